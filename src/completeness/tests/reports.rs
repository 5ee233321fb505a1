//! A till's report beside what was captured, and words for both.
//!
//! Not here: receipt numbers (the parent module).

use sync::event::TenderKind;
use sync::money::Minor;

use super::*;
use crate::config::Language;

fn totals(count: u32, total: i64, tenders: &[(TenderKind, i64)]) -> Totals {
    let tenders = tenders.iter().map(|&(kind, sum)| (kind, Minor::new(sum))).collect();
    Totals { count: Some(count), total: Some(Minor::new(total)), tenders }
}

#[test]
fn a_report_that_agrees_is_no_difference_and_only_its_own_tenders_are_compared() {
    let report = totals(2, 30_000, &[(TenderKind::Cash, 10_000)]);
    let captured = totals(2, 30_000, &[(TenderKind::Cash, 10_000), (TenderKind::Card, 20_000)]);
    assert_eq!(compare(&report, &captured), None);
    assert_eq!(compare(&report, &Totals { count: None, total: None, ..captured }), None);
}

#[test]
fn one_fen_one_sale_or_one_tender_is_a_difference() {
    let report = totals(2, 30_000, &[(TenderKind::Cash, 10_000)]);
    let fen = compare(&report, &totals(2, 29_999, &[(TenderKind::Cash, 10_000)])).unwrap();
    let (reported, captured) = (Minor::new(30_000), Minor::new(29_999));
    assert_eq!(fen, Difference { total: Some(Differing { reported, captured }), ..fen.clone() });
    assert_eq!((fen.count, fen.tenders.len()), (None, 0));
    let sale = compare(&report, &totals(3, 30_000, &[(TenderKind::Cash, 10_000)])).unwrap();
    assert_eq!(sale.count, Some(Differing { reported: 2, captured: 3 }));
    let tender = compare(&report, &totals(2, 30_000, &[])).unwrap();
    let sums = Differing { reported: Minor::new(10_000), captured: Minor::ZERO };
    assert_eq!(tender.tenders, [(TenderKind::Cash, sums)]);
}

#[test]
fn tenders_of_one_kind_are_added_up() {
    let report = totals(2, 30_000, &[(TenderKind::Card, 10_000), (TenderKind::Card, 20_000)]);
    assert_eq!(compare(&report, &totals(2, 30_000, &[(TenderKind::Card, 30_000)])), None);
}

#[test]
fn a_report_without_count_and_total_says_nothing() {
    let report = Totals { count: None, total: None, ..totals(0, 0, &[(TenderKind::Cash, 1)]) };
    assert_eq!(compare(&report, &totals(9, 9, &[])), None);
}

#[test]
fn the_words_name_numbers_sums_and_ways_of_paying() {
    let gaps = find(&without(dated(DAY, 40..50), &["XS20261121-0043", "XS20261121-0044"]));
    let report = totals(120, 881_000, &[(TenderKind::Cash, 120_000)]);
    let difference = compare(&report, &totals(118, 860_000, &[(TenderKind::Cash, -5)]));
    assert_eq!(
        words(&gaps, difference.as_ref(), Language::Chinese),
        [
            "缺 2 张小票:XS20261121-0043、XS20261121-0044",
            "日结单 120 笔 8,810.00 元,收到 118 笔 8,600.00 元",
            "现金:日结单 1,200.00 元,收到 -0.05 元",
        ]
    );
    assert_eq!(
        words(&gaps, difference.as_ref(), Language::English),
        [
            "2 receipts missing: XS20261121-0043, XS20261121-0044",
            "till report 120 sales, 8,810.00; captured 118 sales, 8,600.00",
            "Cash: till report 1,200.00; captured -0.05",
        ]
    );
}

#[test]
fn a_long_gap_is_shortened_and_an_equal_count_is_not_said() {
    let lost: Vec<String> = (43..50).map(|n| format!("XS20261121-{n:04}")).collect();
    let lost: Vec<&str> = lost.iter().map(String::as_str).collect();
    let gaps = find(&without(dated(DAY, 1..60), &lost));
    let line = &words(&gaps, None, Language::Chinese)[0];
    assert!(line.starts_with("缺 7 张小票:XS20261121-0043、"), "{line}");
    assert!(
        line.ends_with("XS20261121-0047 等(XS20261121-0042 与 XS20261121-0050 之间)"),
        "{line}"
    );
    let report = totals(1, 123_456_789, &[]);
    let difference = compare(&report, &totals(1, 0, &[]));
    let line = &words(&[], difference.as_ref(), Language::Chinese)[0];
    assert_eq!(line, "日结单 1,234,567.89 元,收到 0.00 元");
    assert!(words(&[], None, Language::English).is_empty());
}
