//! Receipts as sales, the recorded ones among them.

use super::group::Summary;
use super::*;
use crate::receipt::Receipt;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn receipt(text: &str) -> Receipt {
    Receipt::from_lines(&text.lines().map(str::to_owned).collect::<Vec<_>>())
}

fn summary(text: &str) -> Summary {
    let receipt = receipt(text);
    Summary::of(&receipt, &read(&receipt))
}

const COAT: &str = "云裳衣坊\n单号：XS42\n羊毛大衣   1  1299.00  1104.15\n合计：1104.15\n实收：1200.00\n找零：95.85";

#[test]
fn each_kind_of_slip_is_known_by_its_title() {
    for (text, expected) in [
        (COAT, Kind::Sale),
        ("补打 单号：XS42\n羊毛大衣 1 88.00\n合计：88.00", Kind::Reprint),
        ("--重打印--\n云裳衣坊\n羊毛大衣 1 88.00\n合计：88.00", Kind::Reprint),
        ("云裳衣坊\n退货单\n单号：TH42\n羊毛大衣 1 88.00\n合计：88.00", Kind::Return),
        ("云裳衣坊\n单号：TH42\n羊毛大衣 -1 -88.00\n合计：-88.00", Kind::Return),
        ("云裳衣坊\n作废\n羊毛大衣 1 88.00\n合计：88.00", Kind::Void),
        ("交班单\n收银员：1003\n现金 500.00\n微信 300.00\n合计 800.00", Kind::Report),
        ("云裳衣坊\n日结\n销售笔数 12\n合计 8800.00", Kind::Report),
        ("Z-REPORT\nCash 500.00\nTotal 500.00", Kind::Report),
        ("会员充值\n充值金额：500.00\n赠送金额：50.00\n充值后余额：550.00", Kind::Recharge),
        ("厨房单\n桌号：5\n雪碧 2\n鲟龙鱼 1", Kind::Kitchen),
        ("银联签购单\n卡号：6222****1234\n金额：88.00", Kind::CardSlip),
        ("(보관용)\n승인번호: 30107862\n거래금액: 17,000", Kind::MerchantCopy),
        ("云裳衣坊\n单号：XS42\n羊毛大衣 1 88.00\n合计：88.00\n储值卡支付：88.00", Kind::Sale),
        ("云裳衣坊\n日结报表\n销售笔数:12\n退货金额:100.00\n合计:8700.00", Kind::Report),
        ("Hello, World!\nThis is a test.", Kind::Other),
        ("凭小票七天内可退货\n谢谢惠顾", Kind::Other),
    ] {
        assert_eq!(kind(&receipt(text)), expected, "{text}");
    }
}

#[test]
fn small_print_does_not_change_the_kind() {
    let text = format!("{COAT}\n本店商品七天内凭小票退货\nGOODS SOLD ARE NOT RETURNABLE");
    assert_eq!(kind(&receipt(&text)), Kind::Sale);
}

#[test]
fn a_store_copy_belongs_to_its_sale_and_a_reprint_does_not() {
    let sale = summary(COAT);
    let copy = summary("商户存根\n授权码：301078\n金额：1104.15");
    let other = summary("商户存根\n授权码：301078\n金额：99.00");
    let reprint = summary(&format!("补打\n{COAT}"));
    let next = summary(&COAT.replace("XS42", "XS43"));
    assert!(sale.continues(&copy));
    assert!(!sale.continues(&other));
    assert!(!sale.continues(&reprint));
    assert!(!sale.continues(&next));
    assert!(sale.continues(&summary(COAT)), "printed twice, sold once");
}

#[test]
fn a_card_number_is_in_no_field() {
    let text = format!("{COAT}\n会员卡号：6222021234567890123\n卡号：6222021234567890123");
    let seen = format!("{:?}", read(&receipt(&text)));
    assert!(!seen.contains("6222021234567890123"), "{seen}");
}

#[test]
fn a_change_that_does_not_fit_proves_nothing() {
    for change in ["20.00", "11.00"] {
        let text = format!("羊毛大衣  88.00\n合计：88.00\n现金：100.00\n找零：{change}");
        let seen = read(&receipt(&text));
        assert_eq!(seen.total, Some(Minor::new(8_800)));
        assert!(seen.known.tenders > Known::Proved && seen.known.total > Known::Proved, "{change}");
    }
}

#[test]
fn the_word_before_a_colon_says_what_the_amount_is() {
    let text = "雪花啤酒 2 x 5.50 11.00\n购货总额：11.00\n付款：   现金 人民币  11.00\n找零：   现金 人民币  0.00";
    let seen = read(&receipt(text));
    assert_eq!(seen.tenders.len(), 1);
    assert_eq!((seen.tenders[0].kind, seen.change), (TenderKind::Cash, Some(Minor::ZERO)));
}

#[test]
fn a_number_that_is_also_the_shops_is_not_the_members() {
    let text = format!("{COAT}\n电话：13900000001\n联系方式：13900000001");
    assert_eq!(read(&receipt(&text)).member_phone, None);
}

#[test]
fn equations_are_written_as_a_person_would() {
    let text = "品名 数量 单价 金额\nA1103 羊毛大衣\n 折扣85% 1 1299.00 1104.15\n围巾 1 99.00 99.00\n合计：1203.15\n实收：1300.00\n找零：96.85";
    let seen = read(&receipt(text));
    assert_eq!(
        seen.equations,
        ["1104.15 = 1 × 1299.00 × 0.85", "1203.15 = 1104.15 + 99.00", "96.85 = 1300.00 - 1203.15",]
    );
    assert_eq!(seen.known.total, Known::Proved);
    assert_eq!(seen.items[0].discount, Some(Minor::new(19_485)));
}

#[test]
fn ten_megabytes_of_hostile_rows_end_in_bounded_time() {
    for row in [
        "合计 1.00 2.00 3.00",
        "x 1 2 3 4 5 6 7 8 9",
        "毛衣 1 199.00 199.00",
        "合合合合合合合合合合",
    ] {
        let slip = format!("{row}\n").repeat((10 << 20) / (row.len() + 1));
        let begun = Instant::now();
        let receipt = Receipt::from_slip(b"", slip.as_bytes(), None);
        let _ = kind(&receipt);
        // Ten times what a slow test machine takes; a quadratic reading would take hours.
        assert!(begun.elapsed() < Duration::from_secs(60), "{row}");
    }
}

proptest! {
    /// Whatever rows a printer is sent, reading them ends and breaks nothing.
    #[test]
    fn any_rows_read(rows in proptest::collection::vec("[ -~合计找零单号￥：0-9.x×*%折@#/-]{0,40}", 0..30)) {
        let receipt = Receipt::from_lines(&rows);
        let reading = read(&receipt);
        let _ = Summary::of(&receipt, &reading);
        prop_assert!(reading.known.total != Known::Proved || reading.total.is_some());
    }

    /// A till adds exactly: what it adds up is read back to the fen, and proved.
    #[test]
    fn a_receipt_that_adds_up_is_proved(prices in proptest::collection::vec((1_i64..5, 100_i64..99_999), 2..8), paid in 1_i64..5_000) {
        let amount = |units: i64| Minor::new(units).with_decimals(2).to_string();
        let mut rows = vec!["云裳衣坊".to_owned(), "单号：XS20261121-0042".into(), "品名   数量  单价  金额".into()];
        let mut total = 0;
        for (at, (count, price)) in prices.iter().enumerate() {
            total += count * price;
            let name = ["羊毛大衣", "牛仔裤", "围巾", "衬衫", "毛衣", "短裙", "风衣", "背心"][at];
            rows.push(format!("{name}   {count}  {}  {}", amount(*price), amount(count * price)));
        }
        rows.push(format!("合计：{}", amount(total)));
        rows.push(format!("现金：{}", amount(total + paid)));
        rows.push(format!("找零：{}", amount(paid)));
        let seen = read(&Receipt::from_lines(&rows));
        prop_assert_eq!(seen.total, Some(Minor::new(total)));
        prop_assert_eq!(seen.change, Some(Minor::new(paid)));
        prop_assert_eq!(seen.items.len(), prices.len());
        prop_assert_eq!(seen.known.total, Known::Proved);
    }
}
