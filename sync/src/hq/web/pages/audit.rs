//! The audit trail as a list, and whether its chain holds.
//!
//! Not here: the chain (`hq::audit`).

use super::{HQ, words};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};

/// Rows whose chain is checked each time the page is opened.
const CHECKED: u32 = 1_000;

pub(super) const LIST: List = List {
    name: "audit",
    zh: "查看记录",
    en: "Audit trail",
    about_zh: "谁在什么时候看了什么、为什么。每行的校验值连着上一行,改一行就断。",
    about_en: "Who looked at what, when and why. Each row's hash covers the row before it: a changed row breaks the chain.",
    who: HQ,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("n", Kind::Count, "号", "No."),
        field("at_ms", Kind::Moment, "时间", "Time"),
        field("who", Kind::Text, "谁", "Who"),
        field("what", Kind::Word(words::DEED), "做了什么", "What"),
        field("about", Kind::Text, "对象", "About"),
        field("why", Kind::Text, "原因", "Why"),
        field("hash", Kind::Text, "校验值", "Hash"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    match audit::first_break(&hq.db, CHECKED)? {
        None => body
            .raw("<p class=good>")
            .text(visit.of("最近 1000 行的链完整", "the chain of the newest 1000 rows holds")),
        Some(n) => body
            .raw("<p class=warn role=alert>")
            .text(visit.of("链在这一行断了:", "the chain breaks at row "))
            .number(n),
    };
    body.raw("</p>");
    Ok(())
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let before = match visit.after::<1>()? {
        Some([n]) => n.parse().map_err(|_| odd("after"))?,
        None => i64::MAX,
    };
    let mut entries = audit::page(&hq.db, before, limit + 1)?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.n.to_string());
    let row = |entry: audit::Entry| {
        vec![
            Value::Int(entry.n),
            Value::Int(entry.at_ms),
            Value::Text(entry.who),
            Value::Text(entry.what),
            Value::Text(entry.about),
            Value::Text(entry.why),
            Value::Text(entry.hash.short()),
        ]
    };
    Ok(Rows { rows: entries.into_iter().map(row).collect(), next })
}
