//! Standards that are broken now, each with where it is mended (S23); and whom nobody has touched (S110).
//!
//! Not here: the standards (`hq::desk::rules`), counting (`hq::desk::standing`).

use super::words::STANDARD;
use super::{ALL, STORE, tasks};
use crate::hq::Hq;
use crate::hq::desk::late::{self, After, Asked, Late};
use crate::hq::desk::rules::{Rules, Standards};
use crate::hq::desk::standing;
use crate::hq::forecast;
use crate::hq::listing::Masking;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "standards",
    zh: "没守住的标准",
    en: "Broken standards",
    about_zh: "公司自己定的最低标准里,现在没守住的;超得多的在前。",
    about_en: "What the chain promised itself and does not keep now; the worst first.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("of", Kind::Id("/"), "去办", "Where"),
        field("standard", Kind::Word(STANDARD), "标准", "Standard"),
        field("store", Kind::Text, "门店", "Store"),
        field("late_hours", Kind::Count, "超过小时", "Hours over"),
    ],
    params: &[STORE],
    rows,
    above: Some(above),
};

/// The first promises to customers that are broken, those of the visitor's stores, the worst first.
pub(super) fn promises(
    hq: &Hq,
    visit: &Visit,
    limit: u32,
) -> Result<Vec<standing::Breach>, Refused> {
    let all = broken(hq, visit, false, visit.now_ms, None, limit)?;
    Ok(all.into_iter().map(|late| late.breach).collect())
}

/// What is broken in the visitor's stores after a place in the list, the worst first.
fn broken(
    hq: &Hq,
    visit: &Visit,
    with_tasks: bool,
    now_ms: i64,
    after: Option<After>,
    limit: u32,
) -> Result<Vec<Late>, Refused> {
    let rules = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped());
    let one = visit.store()?;
    // A region's own tasks stand in no store.
    let within = |column: &str| match column {
        "t.store" => tasks::hers(visit, one),
        column => visit.within(column, one),
    };
    let asked = Asked { rules: &rules, today: visit.today, now_ms, with_tasks, within: &within };
    Ok(late::page(&hq.db, &asked, after, limit)?)
}

/// Where a breach is mended.
pub(super) fn place(breach: &standing::Breach) -> String {
    let room = match breach.standard {
        "follow_up" => "tasks",
        "question" => "questions",
        _ => "complaints",
    };
    format!("{room}/{}", breach.of)
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let row = |late: &Late| {
        let breach = &late.breach;
        vec![
            Value::Text(place(breach)),
            Value::Text(breach.standard.to_owned()),
            Value::text(breach.store.clone()),
            Value::Int(breach.late_hours),
        ]
    };
    let after = visit.after::<4>()?;
    let after = after.map(|parts| parts.map(|part| part.parse::<i64>().unwrap_or(i64::MAX)));
    // Pages that follow are of the same moment as the first: what runs out meanwhile moves no row.
    let now_ms = after.map_or(visit.now_ms, |[now_ms, ..]| now_ms);
    let after = after.map(|[_, late_ms, source, of]| After { late_ms, source, of });
    let mut all = broken(hq, visit, true, now_ms, after, limit + 1)?;
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|late| {
        let After { late_ms, source, of } = late.at;
        format!("{now_ms}.{late_ms}.{source}.{of}")
    });
    Ok(Rows { rows: all.iter().map(row).collect(), next })
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    tasks::neighbours(visit, "/standards", body);
    let standards = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped()).standards;
    body.raw("<p class=soft>").text(&promised(visit, &standards)).raw("</p>");
    if !visit.is_hq() {
        return Ok(());
    }
    if let Some(coverage) = forecast::practice(&hq.db)?.and_then(|practice| practice.coverage) {
        let standing::Coverage { members, untouched, days } = coverage;
        let words = match visit.lang {
            Lang::Zh => {
                format!("会员 {members} 位,{days} 天内没人联系过的 {untouched} 位;目标是 0。")
            }
            Lang::En => format!(
                "{members} members; {untouched} of them nobody touched within {days} days. The aim is none."
            ),
        };
        body.raw(if untouched > 0 { "<p class=warn>" } else { "<p class=good>" });
        body.text(&words).raw("</p>");
    }
    Ok(())
}

/// The promises, in a line.
fn promised(visit: &Visit, standards: &Standards) -> String {
    let Standards { follow_up_days, question_hours, .. } = standards;
    let (reply, close) = (standards.complaint_reply_minutes, standards.complaint_close_days);
    match visit.lang {
        Lang::Zh => format!(
            "标准:回访最晚到期后 {follow_up_days} 天;问题 {question_hours} 小时内答复;投诉 {reply} 分钟内首次答复、{close} 天内结案。"
        ),
        Lang::En => format!(
            "Promised: a follow-up at most {follow_up_days} days after its day; a question answered within {question_hours} hours; a complaint answered first within {reply} minutes and settled within {close} days."
        ),
    }
}
