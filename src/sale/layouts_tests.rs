//! One receipt of each layout seen in the field, with the truth beside it.

mod abroad;
mod china;

use super::*;
use crate::receipt::Receipt;

/// What a receipt must read as; amounts in hundredths.
struct Truth {
    items: &'static [(&'static str, i64, i64)],
    total: i64,
    tenders: &'static [i64],
    change: Option<i64>,
    receipt_no: Option<&'static str>,
    time: Option<&'static str>,
    phone: Option<&'static str>,
}

const NOTHING: Truth = Truth {
    items: &[],
    total: 0,
    tenders: &[],
    change: None,
    receipt_no: None,
    time: None,
    phone: None,
};

fn reading(text: &str) -> (Kind, Reading) {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let receipt = Receipt::from_lines(&lines);
    (kind(&receipt), read(&receipt))
}

#[track_caller]
fn check(text: &str, truth: &Truth) -> Reading {
    let (kind, seen) = reading(text);
    assert_eq!(kind, Kind::Sale);
    let items: Vec<(&str, i64, i64)> = seen
        .items
        .iter()
        .map(|item| (item.name.as_str(), item.qty_milli, item.amount.units()))
        .collect();
    assert_eq!(items, truth.items);
    assert_eq!(seen.total.map(Minor::units), Some(truth.total));
    let tenders: Vec<i64> = seen.tenders.iter().map(|tender| tender.amount.units()).collect();
    assert_eq!(tenders, truth.tenders);
    assert_eq!(seen.change.map(Minor::units), truth.change);
    assert_eq!(seen.receipt_no.as_deref(), truth.receipt_no);
    assert_eq!(seen.time.as_deref(), truth.time);
    let phone = seen.member_phone.clone().map(|phone| match phone {
        MemberPhone::Full(phone) => phone.clear().to_owned(),
        MemberPhone::Masked(text) => text,
    });
    assert_eq!(phone.as_deref(), truth.phone);
    seen
}
