//! The demo's table: what was printed beside what HQ shows.
//!
//! Not here: making it happen (the parent module).

use serde_json::Value;
use sync::money::Minor;

use super::day::{GOLD, Step};
use crate::config::Language;
use crate::receipt::code_page::columns;

/// The table, and whether everything in it is as expected.
pub(super) fn table(
    language: Language,
    day: &[Step],
    papers: &[String],
    sales: &[Value],
    customers: &[Value],
) -> (String, bool) {
    let heads = [
        language.pick("今天发生的", "what happened"),
        language.pick("小票号", "receipt"),
        language.pick("总部看到", "HQ shows"),
        language.pick("会员", "member"),
        language.pick("附言", "note"),
        "",
    ];
    let mut rows = vec![heads.map(str::to_owned)];
    let mut good = papers.len() == day.len();
    for (step, paper) in day.iter().zip(papers) {
        let (row, right) = row(language, step, paper, sales);
        good &= right;
        rows.push(row);
    }
    let expected = day.iter().filter(|step| step.expected.is_some()).count();
    good &= sales.len() == expected;
    let gold = customers.iter().find(|customer| {
        customer["phone"].as_str().is_some_and(|phone| phone.ends_with(&GOLD[7..]))
    });
    let tier = gold.and_then(|customer| customer["tier"].as_str()).unwrap_or("-");
    good &= tier == "金卡" && customers.len() == 3;
    let summary = match language {
        Language::Chinese => format!(
            "总部:销售和退货 {} 笔(应为 {expected}),顾客 {} 位,王女士 {tier}\n{}\n",
            sales.len(),
            customers.len(),
            if good { "全部与预期一致" } else { "与预期不一致!" }
        ),
        Language::English => format!(
            "HQ: {} sales and returns (expected {expected}), {} customers, Ms Wang: {tier}\n{}\n",
            sales.len(),
            customers.len(),
            if good { "all as expected" } else { "NOT as expected!" }
        ),
    };
    (format!("{}{summary}", aligned(&rows)), good)
}

fn row(language: Language, step: &Step, paper: &str, sales: &[Value]) -> ([String; 6], bool) {
    let shown = step.expected.and_then(|sale| {
        sales.iter().find(|row| row["receipt_no"].as_str() == Some(sale.receipt_no))
    });
    let noted = paper.contains("400-800-1234");
    let mut right = noted == step.note.is_some();
    // In English the words are others; that there is a note is checked all the same.
    if let (Some(words), Language::Chinese) = (step.note, language) {
        right &= paper.contains(words);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (no, hq, member) = match (step.expected, shown) {
        (None, _) => ("-".into(), "-".into(), "-".into()),
        (Some(sale), None) => {
            right = false;
            (sale.receipt_no.to_owned(), "?".into(), "?".into())
        }
        (Some(sale), Some(row)) => {
            let total = row["total"].as_i64().unwrap_or_default();
            let member = text(&row["member"]);
            right &= total == sale.total
                && row["kind"] == sale.kind
                && row["asked"] == sale.asked
                && sale.member.map_or(member.is_empty(), |four| member.ends_with(four));
            let amount = Minor::new(total).with_decimals(2).to_string();
            let who = if member.is_empty() { text(&row["asked"]) } else { member };
            (sale.receipt_no.to_owned(), amount, who)
        }
    };
    let words = language.pick(step.words.0, step.words.1).to_owned();
    let note = language.pick(if noted { "有" } else { "无" }, if noted { "yes" } else { "no" });
    ([words, no, hq, member, note.to_owned(), if right { "✓" } else { "✗" }.into()], right)
}

/// Columns as wide as their widest cell; a Chinese character counts two.
fn aligned(rows: &[[String; 6]]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| columns(&row[column])).max().unwrap_or_default();
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut out = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            out.push_str(cell);
            out.push_str(&" ".repeat(width - columns(cell) + 2));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}
