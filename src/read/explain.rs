//! The paper with what each row was taken for, the equations, and what is in doubt.
//!
//! ```text
//! 销售 · 合计 1104.15 · 已由算式证明
//!   云裳衣坊                          │ 店名
//!   羊毛大衣  85%  1  1299.00 1104.15 │ 商品
//!   合计:1104.15                      │ 合计
//! = 1104.15 = 1 × 1299.00 × 0.85
//! ```
//!
//! Not here: finding it out (`sale`).

use std::fmt::Write;

use crate::config::Language;
use crate::receipt::Receipt;
use crate::receipt::code_page::columns;
use crate::sale::{Doubt, Kind, Known, Mark, Minor, Part, Reading};

/// Columns of the paper in the margin's left.
const WIDTH_MAX: usize = 56;

/// One slip for a person to read.
pub(super) fn paper(
    kind: Kind,
    receipt: &Receipt,
    reading: &Reading,
    language: Language,
) -> String {
    let mut text = format!("{}\n", head(kind, reading, language));
    let lines = receipt.lines();
    let width = lines.iter().map(|line| columns(line)).max().unwrap_or(0).min(WIDTH_MAX);
    for (row, line) in lines.iter().enumerate() {
        let pad = " ".repeat(width.saturating_sub(columns(line)));
        let said = marks(&reading.marks, row, language);
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {line}{pad} │ {said}");
    }
    for equation in &reading.equations {
        let _ = writeln!(text, "= {equation}");
    }
    for doubt in &reading.doubts {
        let _ = writeln!(text, "? {}", doubt_in_words(*doubt, language));
    }
    text.push('\n');
    text
}

fn head(kind: Kind, reading: &Reading, language: Language) -> String {
    let mut said = vec![kind_in_words(kind, language).to_owned()];
    if let Some(total) = reading.total {
        let label = part_in_words(Part::Total, language);
        said.push(format!("{label} {}", total.with_decimals(2)));
        said.push(known_in_words(reading.known.total, language).to_owned());
    }
    said.join(" · ")
}

fn marks(marks: &[Mark], row: usize, language: Language) -> String {
    let here = marks.iter().filter(|mark| mark.row == row);
    let mut words: Vec<&str> = here.map(|mark| part_in_words(mark.part, language)).collect();
    words.dedup();
    words.join(language.pick("、", ", "))
}

/// How something is known, in words.
pub(crate) const fn known_in_words(known: Known, language: Language) -> &'static str {
    match known {
        Known::Proved => language.pick("已由算式证明", "proved by sums"),
        Known::Consistent => language.pick("前后一致", "consistent"),
        Known::Keyword => language.pick("只凭字样", "by a word only"),
        Known::Disputed => language.pick("有疑问", "disputed"),
    }
}

/// A doubt in words.
pub(crate) fn doubt_in_words(doubt: Doubt, language: Language) -> String {
    let amount = |units: Minor| units.with_decimals(2);
    match doubt {
        Doubt::NoTotal => language.pick("找不到合计", "no total is found").to_owned(),
        Doubt::Unlabelled => {
            language.pick("没有字样说明这是合计", "no word says that this is the total").to_owned()
        }
        Doubt::NotTheSum { items } => match language {
            Language::Chinese => format!("商品相加得 {},与合计不符", amount(items)),
            Language::English => format!("the items add up to {}, not to the total", amount(items)),
        },
        Doubt::OtherTotal { row, amount: other } => match language {
            Language::Chinese => format!("第 {} 行另有合计 {}", row + 1, amount(other)),
            Language::English => format!("row {} has another total, {}", row + 1, amount(other)),
        },
        Doubt::Overpaid => language
            .pick("付款多于合计,又没有找零", "more was paid than due, and no change")
            .to_owned(),
        Doubt::CloseRival => language
            .pick("还有另一种读法也说得通", "another reading fits nearly as well")
            .to_owned(),
    }
}

const fn kind_in_words(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::Sale => language.pick("销售", "sale"),
        Kind::Return => language.pick("退货", "return"),
        Kind::Void => language.pick("作废", "void"),
        Kind::Reprint => language.pick("补打", "reprint"),
        Kind::MerchantCopy => language.pick("商户联", "merchant copy"),
        Kind::CardSlip => language.pick("刷卡单", "card slip"),
        Kind::Report => language.pick("日结/交班", "report"),
        Kind::Kitchen => language.pick("厨房单", "kitchen"),
        Kind::Recharge => language.pick("充值", "recharge"),
        Kind::Delivery => language.pick("配送", "delivery"),
        Kind::Unread => language.pick("图片,未读", "picture, unread"),
        _ => language.pick("其他", "other"),
    }
}

/// A part of the paper in words.
pub(crate) const fn part_in_words(part: Part, language: Language) -> &'static str {
    match part {
        Part::Shop => language.pick("店名", "shop"),
        Part::Address => language.pick("地址", "address"),
        Part::ShopPhone => language.pick("店铺电话", "shop phone"),
        Part::ReceiptNo => language.pick("单号", "receipt no."),
        Part::OriginalNo => language.pick("原单号", "original receipt"),
        Part::Date => language.pick("日期", "date"),
        Part::Time => language.pick("时间", "time"),
        Part::Till => language.pick("收银台", "till"),
        Part::Cashier => language.pick("收银员", "cashier"),
        Part::Associate => language.pick("导购", "associate"),
        Part::MemberPhone => language.pick("会员手机", "member phone"),
        Part::MemberNo => language.pick("会员号", "member no."),
        Part::MemberName => language.pick("会员姓名", "member name"),
        Part::MemberTier => language.pick("会员等级", "member tier"),
        Part::Points => language.pick("积分", "points"),
        Part::ColumnHeads => language.pick("表头", "column heads"),
        Part::Item => language.pick("商品", "item"),
        Part::ItemText => language.pick("商品(续)", "item text"),
        Part::ItemCount => language.pick("件数", "count"),
        Part::Subtotal => language.pick("小计", "subtotal"),
        Part::Discount => language.pick("优惠", "discount"),
        Part::Tax => language.pick("税", "tax"),
        Part::Charge => language.pick("加收", "charge"),
        Part::Rounding => language.pick("舍入", "rounding"),
        Part::Total => language.pick("合计", "total"),
        Part::Tender => language.pick("付款", "tender"),
        Part::Change => language.pick("找零", "change"),
        Part::Info => language.pick("说明", "info"),
        Part::NotUnderstood => language.pick("未看懂", "not understood"),
    }
}
