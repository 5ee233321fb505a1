//! The desk's tasks: what is due, what is late, and whose it is.
//!
//! Not here: one task (`task`), which tasks there are (`hq::desk`).

use super::words::{OUTCOME, RULE, SIDE, TASK};
use super::{ALL, STORE, beside, customers, words};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::{self, person};
use crate::hq::listing::Masking;
use crate::hq::user::Role;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Param, Refused, Shape, Visit};
use crate::message::StoreId;
use rusqlite::params;

const KINDS: &[&str] = &["call", "message", "visit", "complaint"];

pub(super) const LIST: List = List {
    name: "tasks",
    zh: "任务",
    en: "Tasks",
    about_zh: "逾期的在前。点一条看该说什么,并记下结果。",
    about_en: "The most overdue first. Open one to see what to say and to write down what came of it.",
    who: ALL,
    name_in_navigation: true,
    people: true,
    fields: &[
        field("task", Kind::Id("/tasks/"), "编号", "Number"),
        field("kind", Kind::Word(TASK), "方式", "What"),
        field("due", Kind::Day, "到期", "Due"),
        field("late_days", Kind::Count, "逾期天数", "Days late"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("why", Kind::Word(RULE), "为什么", "Why"),
        field("store", Kind::Text, "门店", "Store"),
        field("side", Kind::Word(SIDE), "由谁办", "Whose"),
        field("assignee", Kind::Text, "负责人", "Who"),
        field("outcome", Kind::Word(OUTCOME), "结果", "Outcome"),
    ],
    params: &[
        STORE,
        Param {
            name: "state",
            shape: Shape::Word(&["open", "today", "overdue", "done"]),
            about: "Which: open ones unless given.",
        },
        Param { name: "kind", shape: Shape::Word(KINDS), about: "Of this kind only." },
    ],
    rows,
    above: Some(above),
};

/// The part of a WHERE that keeps tasks to those that are the visitor's: her stores', and for a region
/// what its stores' customers have that is the region's own.
pub(super) fn hers(visit: &Visit, one: Option<StoreId>) -> String {
    let own = visit.within("t.store", one);
    if one.is_some() || visit.user.role != Role::Region {
        return own;
    }
    let known = visit.within("cs.store", None);
    format!(
        "({own} OR (t.store IS NULL AND t.scope = 'region' AND EXISTS (SELECT 1
             FROM customer_store cs WHERE cs.customer = t.customer AND {known})))"
    )
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let wanted = visit.asked("state").unwrap_or("open");
    let (state, from, to) = match wanted {
        "done" => ("done", i32::MIN, i32::MAX),
        "today" => ("open", visit.today, visit.today),
        "overdue" => ("open", i32::MIN, visit.today - 1),
        _ => ("open", i32::MIN, i32::MAX),
    };
    // Open ones by their day, done ones the newest first: two numbers that rise.
    let (first, second) =
        if state == "done" { ("-coalesce(t.closed_day, 0)", "-t.id") } else { ("t.due", "t.id") };
    let sql = format!(
        "SELECT {first}, {second}, t.id, t.customer, t.kind, t.due, s.name, t.scope, t.assignee,
                t.outcome, t.state,
                (SELECT min(rule) FROM task_cause c WHERE c.task = t.id AND c.stands)
         FROM task t LEFT JOIN store s ON s.id = t.store
         WHERE t.state = '{state}' AND t.due BETWEEN ?3 AND ?4 AND (?5 IS NULL OR t.kind = ?5)
           AND {} AND ({first}, {second}) > (?1, ?2)
         ORDER BY {first}, {second} LIMIT ?6",
        hers(visit, visit.store()?)
    );
    let after = match visit.after::<2>()? {
        Some(parts) => parts.map(|part| part.parse::<i64>().unwrap_or(i64::MAX)),
        None => [i64::MIN; 2],
    };
    let mut select = hq.db.prepare_cached(&sql)?;
    let asked = params![after[0], after[1], from, to, visit.asked("kind"), limit + 1];
    let mut found = select.query(asked)?;
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        keys.push((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        rows.push(one(hq, visit, row, masking)?);
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = keys.get(rows.len().saturating_sub(1)).filter(|_| more);
    Ok(Rows { rows, next: last.map(|(first, second)| format!("{first}.{second}")) })
}

fn one(
    hq: &Hq,
    visit: &Visit,
    row: &rusqlite::Row<'_>,
    masking: Masking,
) -> Result<Vec<Value>, Refused> {
    let root = person::root(&hq.db, &row.get::<_, CustomerId>(3)?)?;
    let file = customer::file(&hq.db, &hq.keys, &root)?;
    let (due, state): (i32, String) = (row.get(5)?, row.get(10)?);
    let late = i64::from(visit.today) - i64::from(due);
    let late = Some(late).filter(|late| state == "open" && *late > 0);
    Ok(vec![
        Value::Text(row.get::<_, i64>(2)?.to_string()),
        Value::Text(row.get(4)?),
        Value::Int(due.into()),
        Value::int(late),
        Value::Text(masking.show(&file)),
        Value::text(customers::name(&file)),
        Value::text(row.get::<_, Option<String>>(11)?),
        Value::text(row.get::<_, Option<String>>(6)?),
        Value::Text(row.get(7)?),
        Value::text(row.get::<_, Option<String>>(8)?),
        Value::text(row.get::<_, Option<String>>(9)?),
    ])
}

/// How many there are, and where else the desk's lists are.
fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    let one = visit.store()?;
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE t.due = ?1), count(*) FILTER (WHERE t.due < ?1)
         FROM task t WHERE t.state = 'open' AND {}",
        hers(visit, one)
    );
    let counts: [i64; 3] = hq
        .db
        .prepare_cached(&sql)?
        .query_row([visit.today], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    let store = one.map(|store| format!("&store={store}")).unwrap_or_default();
    body.raw("<p class=tally>");
    for (word, count) in ["open", "today", "overdue"].into_iter().zip(counts) {
        let said = words::of(words::FILTER, word, visit.lang);
        let late = word == "overdue" && count > 0;
        body.raw(if late { "<span class=warn><b>" } else { "<span><b>" }).number(count);
        body.raw("</b> ").link(&format!("/tasks?state={word}{store}"), said).raw("</span>");
    }
    body.raw("</p>");
    neighbours(visit, "/tasks", body);
    Ok(())
}

/// The desk's other pages, which the navigation has no room for.
pub(in crate::hq::web) fn neighbours(visit: &Visit, here: &str, body: &mut Html) {
    beside::links(visit, beside::DESK, here, body);
}
