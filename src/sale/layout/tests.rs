//! A till whose words are in no lexicon.

use super::*;
use crate::receipt::Receipt;
use crate::sale::{Known, Part, read_by};

/// A receipt of that till: its number counts up beside a label that nobody knows.
fn rows(no: u32, prices: &[i64], total_label: &str) -> Vec<String> {
    let amount = |units: i64| crate::sale::Minor::new(units).with_decimals(2).to_string();
    let mut rows = vec!["云裳衣坊".to_owned(), format!("票根:{no:06}"), "经办:小陈".into()];
    rows.push("品名   数量  单价  金额".into());
    for (at, price) in prices.iter().enumerate() {
        let name = ["羊毛大衣", "牛仔裤", "围巾", "衬衫"][at];
        rows.push(format!("{name}   1  {0}  {0}", amount(*price)));
    }
    let total: i64 = prices.iter().sum();
    rows.push(format!("{total_label}:{}", amount(total)));
    rows.push(format!("现金:{}", amount(total + 5_000)));
    rows.push(format!("找零:{}", amount(5_000)));
    rows.push("谢谢惠顾".into());
    rows
}

fn receipt(no: u32, prices: &[i64], total_label: &str) -> Receipt {
    Receipt::from_lines(&rows(no, prices, total_label))
}

/// Reads and learns as a till prints.
fn day(receipts: &[Receipt]) -> Vec<Layout> {
    let (mut learner, mut layouts) = (Learner::default(), Vec::new());
    for receipt in receipts {
        let reading = read_by(receipt, &layouts);
        match learner.take(receipt, &reading, &layouts) {
            Learned::Layout { at, layout } if at < layouts.len() => layouts[at] = *layout,
            Learned::Layout { layout, .. } => layouts.push(*layout),
            Learned::Drift(at) => drop(layouts.remove(at)),
            Learned::Nothing => {}
        }
    }
    layouts
}

#[test]
fn three_proved_receipts_make_a_layout_and_two_do_not() {
    let receipts: Vec<Receipt> = [(118, 30_000), (119, 12_000), (121, 45_000)]
        .map(|(no, price)| receipt(no, &[price, 9_900], "合计"))
        .into();
    assert!(day(&receipts[..2]).is_empty());
    let layouts = day(&receipts);
    assert_eq!(layouts.len(), 1);
    assert_eq!(layouts[0].amounts.get("合计"), Some(&Part::Total));
    assert_eq!(layouts[0].receipts, 3);
    assert!(!layouts[0].labels.contains("羊毛大衣"), "goods are no labels of all tills");
}

#[test]
fn a_number_that_counts_up_beside_an_unknown_label_is_the_receipts() {
    let receipts: Vec<Receipt> =
        (118..122).map(|no| receipt(no, &[30_000, i64::from(no) * 100], "合计")).collect();
    assert_eq!(read_by(&receipts[0], &[]).receipt_no, None);
    let layouts = day(&receipts);
    let seen = read_by(&receipt(130, &[1_000], "合计"), &layouts);
    assert_eq!(seen.receipt_no.as_deref(), Some("000130"));
}

#[test]
fn unproved_receipts_teach_nothing() {
    let wrong = |no: u32| {
        let mut rows = rows(no, &[30_000, 9_900], "合计");
        rows[6] = "合计:1.00".into();
        Receipt::from_lines(&rows)
    };
    assert!(day(&(118..130).map(wrong).collect::<Vec<_>>()).is_empty());
}

#[test]
fn a_person_teaches_a_word_and_it_proves_the_next_receipt() {
    let sample = receipt(118, &[30_000, 9_900], "本单结数");
    assert!(read_by(&sample, &[]).known.total > Known::Proved);
    let truth = Truth::from([
        (Part::Total, "399.00".to_owned()),
        (Part::ReceiptNo, "000118".into()),
        (Part::Cashier, "小陈".into()),
    ]);
    let layout = teach(&Layout::default(), &sample, &truth).unwrap();
    let text = toml::to_string(&layout).unwrap();
    assert_eq!(toml::from_str::<Layout>(&text).unwrap(), layout, "{text}");
    let seen = read_by(&receipt(150, &[1_000, 2_000], "本单结数"), &[layout]);
    assert_eq!((seen.known.total, seen.receipt_no.as_deref()), (Known::Proved, Some("000150")));
    assert_eq!(seen.cashier.as_deref(), Some("小陈"));
}

#[test]
fn what_is_not_on_the_sample_is_said_and_not_learned() {
    let sample = receipt(118, &[30_000], "合计");
    let taught = |part, value: &str| {
        teach(&Layout::default(), &sample, &Truth::from([(part, value.to_owned())]))
    };
    assert_eq!(taught(Part::Total, "7.77"), Err(TeachError::Absent(Part::Total)));
    assert_eq!(taught(Part::Item, "300.00"), Err(TeachError::Untaught(Part::Item)));
    let error = taught(Part::ReceiptNo, "13800006721").unwrap_err().to_string();
    assert!(!error.contains("13800006721"), "{error}");
}

#[test]
fn a_till_that_changes_its_words_is_noticed() {
    let mut receipts: Vec<Receipt> =
        (118..121).map(|no| receipt(no, &[30_000, 9_900], "合计")).collect();
    assert_eq!(day(&receipts).len(), 1);
    let other = |no: u32| {
        let mut rows = rows(no, &[30_000, 9_900], "合计");
        rows[6] = "合计:1.00".into();
        Receipt::from_lines(&rows)
    };
    receipts.extend((121..126).map(other));
    assert!(day(&receipts).is_empty(), "five that prove nothing");
}

/// The same woman buys three times; her name is on every receipt, and on the one that is taught.
#[test]
fn no_name_and_no_goods_are_in_a_layout() {
    let named = |no: u32| {
        let mut rows = rows(no, &[30_000, 9_900], "合计");
        rows.extend(["尊敬的李小明女士".to_owned(), "李小明女士 积分 20".into()]);
        Receipt::from_lines(&rows)
    };
    let mut layouts = day(&(118..122).map(named).collect::<Vec<_>>());
    let taught = teach_row(&Layout::default(), &named(130), 6, Part::Total).unwrap();
    assert_eq!(taught.amounts.get("合计"), Some(&Part::Total));
    layouts.push(taught);
    for layout in layouts {
        let text = toml::to_string(&layout).unwrap();
        assert!(!text.contains("李小明") && !text.contains("羊毛"), "{text}");
    }
}

/// The amount that was paid stands on another row too; the row that was meant is what counts.
#[test]
fn the_row_that_a_person_points_at_is_taught_and_not_another_with_its_amount() {
    let mut rows = rows(118, &[30_000, 9_900], "本单结数");
    rows[7] = "现金:399.00".into();
    rows[8] = "找零:0.00".into();
    let sample = Receipt::from_lines(&rows);
    let by_row = teach_row(&Layout::default(), &sample, 6, Part::Total).unwrap();
    let truth = Truth::from([(Part::Total, "399.00".to_owned())]);
    let by_value = teach(&Layout::default(), &sample, &truth).unwrap();
    for layout in [by_row, by_value] {
        assert_eq!(layout.amounts.keys().collect::<Vec<_>>(), ["本单结数"]);
        let next = read_by(&receipt(150, &[1_000], "本单结数"), &[layout]);
        assert_eq!(next.total.map(|total| total.units()), Some(1_000));
    }
}

#[test]
fn what_a_person_taught_is_not_forgotten() {
    let wrong = |no: u32| {
        let mut rows = rows(no, &[30_000, 9_900], "本单结数");
        rows[6] = "本单结数:1.00".into();
        Receipt::from_lines(&rows)
    };
    let taught = teach_row(&Layout::default(), &wrong(118), 6, Part::Total).unwrap();
    let (mut learner, layouts) = (Learner::default(), [taught]);
    for no in 119..130 {
        let reading = read_by(&wrong(no), &layouts);
        assert_eq!(learner.take(&wrong(no), &reading, &layouts), Learned::Nothing);
    }
}
