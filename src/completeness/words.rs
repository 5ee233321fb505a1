//! What is missing, as lines for a person.
//!
//! ```text
//! 缺 2 张小票:XS20261121-0043、XS20261121-0044
//! 日结单 120 笔 8,810.00 元,收到 118 笔 8,600.00 元
//! 现金:日结单 1,200.00 元,收到 990.00 元
//! ```
//!
//! Not here: where the lines are shown (`page`).

use sync::event::TenderKind;
use sync::money::Minor;

use super::{Difference, Differing, Skipped};
use crate::config::Language;

/// The most numbers in one line; more would not be read.
const SPELT_MAX: usize = 5;

/// One line for each gap, one for count and total, one for each way of paying; amounts in hundredths.
#[must_use]
pub fn words(
    skipped: &[Skipped],
    difference: Option<&Difference>,
    language: Language,
) -> Vec<String> {
    let mut lines: Vec<String> = skipped.iter().map(|gap| missing(gap, language)).collect();
    if let Some(difference) = difference {
        lines.extend(sums(difference, language));
        lines.extend(difference.tenders.iter().map(|(kind, sums)| tender(*kind, sums, language)));
    }
    lines
}

fn missing(gap: &Skipped, language: Language) -> String {
    let (count, after, before) = (gap.count, &gap.after, &gap.before);
    let spelt = &gap.numbers[..gap.numbers.len().min(SPELT_MAX)];
    let all = u64::try_from(spelt.len()) == Ok(count);
    match language {
        Language::Chinese => {
            let tail =
                if all { String::new() } else { format!(" 等({after} 与 {before} 之间)") };
            format!("缺 {count} 张小票:{}{tail}", spelt.join("、"))
        }
        Language::English => {
            let noun = if count == 1 { "receipt" } else { "receipts" };
            let between = || format!(" and more (between {after} and {before})");
            let tail = if all { String::new() } else { between() };
            format!("{count} {noun} missing: {}{tail}", spelt.join(", "))
        }
    }
}

fn sums(difference: &Difference, language: Language) -> Option<String> {
    let side = |count: Option<u32>, total: Option<Minor>| {
        let count = count.map(|count| counted(count, language));
        let total = total.map(|total| amount(total, language));
        count.into_iter().chain(total).collect::<Vec<_>>().join(language.pick(" ", ", "))
    };
    let (count, total) = (difference.count, difference.total);
    let reported = side(count.map(|both| both.reported), total.map(|both| both.reported));
    let captured = side(count.map(|both| both.captured), total.map(|both| both.captured));
    let line = match language {
        Language::Chinese => format!("日结单 {reported},收到 {captured}"),
        Language::English => format!("till report {reported}; captured {captured}"),
    };
    (!reported.is_empty()).then_some(line)
}

fn counted(count: u32, language: Language) -> String {
    match language {
        Language::Chinese => format!("{count} 笔"),
        Language::English if count == 1 => "1 sale".into(),
        Language::English => format!("{count} sales"),
    }
}

fn tender(kind: TenderKind, sums: &Differing<Minor>, language: Language) -> String {
    let (name, reported) = (tender_name(kind, language), amount(sums.reported, language));
    let captured = amount(sums.captured, language);
    match language {
        Language::Chinese => format!("{name}:日结单 {reported},收到 {captured}"),
        Language::English => format!("{name}: till report {reported}; captured {captured}"),
    }
}

fn tender_name(kind: TenderKind, language: Language) -> &'static str {
    match kind {
        TenderKind::Cash => language.pick("现金", "Cash"),
        TenderKind::Card => language.pick("银行卡", "Card"),
        TenderKind::Alipay => language.pick("支付宝", "Alipay"),
        TenderKind::WeChat => language.pick("微信", "WeChat"),
        TenderKind::MemberBalance => language.pick("储值", "Balance"),
        TenderKind::Voucher => language.pick("券", "Voucher"),
        TenderKind::Points => language.pick("积分", "Points"),
        _ => language.pick("其他", "Other"),
    }
}

/// `8,810.00 元`, or `8,810.00`: English does not know the currency.
fn amount(amount: Minor, language: Language) -> String {
    let text = amount.with_decimals(2).to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{decimals}{}", language.pick(" 元", ""))
}
