//! A month's complaints without a name in them, for the staff meeting (S22).
//!
//! Not here: the complaints with their names (`complaints`).

use super::words::CAUSE;
use super::{ALL, MONTH, STORE, beside, complaints};
use crate::hq::Hq;
use crate::hq::figures::staff::{Case, digest};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "cases",
    zh: "本月案例",
    en: "The month's cases",
    about_zh: "当月的投诉,供例会讨论:没有顾客和员工的名字,也没有她说的话。",
    about_en: "The month's complaints, for the staff meeting: no name of hers or of staff, and none of her words.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("cause", Kind::Word(CAUSE), "起因", "Cause"),
        field("reply_minutes", Kind::Count, "首次答复(分)", "First answer, min"),
        field("hours", Kind::Count, "用时(小时)", "Hours"),
        field("satisfied", Kind::Flag, "满意", "Content"),
        field("reopened", Kind::Flag, "第二次机会", "Second chance"),
        field("granted", Kind::Count, "同意的要求", "Granted"),
        field("refused", Kind::Count, "没同意的", "Refused"),
    ],
    params: &[STORE, MONTH],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let names = complaints::names(hq, visit)?;
    let (year, month, _) = visit.month();
    let all = digest(&hq.db, year, month)?.into_iter();
    let hers = all.filter(|case| complaints::has(&names, case.store.as_ref()));
    complaints::cut(visit, limit, hers.map(row).collect())
}

fn row(case: Case) -> Vec<Value> {
    // A cause in own words may name somebody.
    let is_ours = |cause: &String| CAUSE.iter().any(|(word, ..)| word == cause);
    let cause = case.cause.map(|cause| if is_ours(&cause) { cause } else { "other".to_owned() });
    vec![
        Value::text(case.store),
        Value::text(cause),
        Value::int(case.reply_minutes),
        Value::int(case.hours),
        case.satisfied.map_or(Value::None, Value::Flag),
        Value::Flag(case.reopened),
        Value::Int(case.granted.into()),
        Value::Int(case.refused.into()),
    ]
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/cases", body);
    Ok(())
}
