//! Follow-ups by who did them, in a month: how each ended, and what customers said (S22, S43).
//!
//! By name, never by how many: these are facts, and nothing follows from them by itself.
//!
//! Not here: counting (`hq::desk::follow_ups`).

use super::words::TASK;
use super::{ALL, MONTH, STORE, beside, each_store};
use crate::hq::Hq;
use crate::hq::desk::follow_ups::{FollowUps, follow_ups};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "follow-ups",
    zh: "回访次数",
    en: "Follow-ups",
    about_zh: "每位员工当月回访的次数,按方式和结果分。没有记下结果的不算。按名字排,不排名。",
    about_en: "What each associate did in the month, by kind and outcome. A contact without an outcome does not count. By name; nobody is ranked.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("staff", Kind::Text, "员工", "Associate"),
        field("kind", Kind::Word(TASK), "方式", "What"),
        field("all", Kind::Count, "合计", "All"),
        field("reached", Kind::Count, "已联系上", "Reached"),
        field("resolved", Kind::Count, "已解决", "Resolved"),
        field("sent", Kind::Count, "已发送", "Sent"),
        field("rescheduled", Kind::Count, "改约", "Another time"),
        field("no_answer", Kind::Count, "没接通", "No answer"),
        field("declined", Kind::Count, "请勿打扰", "Left alone"),
        field("other", Kind::Count, "其他", "Other"),
        field("answers", Kind::Count, "顾客作答", "Answers"),
        field("good", Kind::Count, "其中满意", "Good ones"),
    ],
    params: &[STORE, MONTH],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let (_, _, [from, to]) = visit.month();
    let hq = &*hq;
    each_store::read_all(hq, visit, limit, |(store, name)| {
        let of_no_store = visit.of("公司", "the company");
        let name = if store.is_some() { name } else { of_no_store };
        let all = follow_ups(&hq.db, store, from, to)?;
        Ok(all.into_iter().map(|one| row(name, one)).collect())
    })
}

fn row(store: &str, one: FollowUps) -> Vec<Value> {
    let all: u32 = one.outcomes.iter().sum();
    let start = [Value::Text(store.to_owned()), Value::Text(one.staff), Value::Text(one.kind)];
    let counts = [all].into_iter().chain(one.outcomes).chain([one.answers, one.good]);
    start.into_iter().chain(counts.map(|count| Value::Int(count.into()))).collect()
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/follow-ups", body);
    Ok(())
}
