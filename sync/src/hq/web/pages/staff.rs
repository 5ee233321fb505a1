//! Staff: how often a number was given, declined or not asked for, per cashier.
//!
//! By name, never by how many: a ranking brings false numbers.
//!
//! Not here: follow-ups and their outcomes (`follow_ups`), who leaves (`hand_over`).

use super::{ALL, FROM, STORE, TO, beside, each_store};
use crate::hq::Hq;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};
use crate::message::StoreId;
use rusqlite::params;

/// Days back, unless others are asked for.
const DAYS: i32 = 30;
/// The most days over all stores at once.
const DAYS_MAX: i32 = 93;

pub(super) const LIST: List = List {
    name: "staff",
    zh: "店员",
    en: "Staff",
    about_zh: "近 30 天(或所选日期)每位收银员:留号、谢绝、没问。按名字排,不排名。",
    about_en: "Per cashier over the last 30 days, or the days chosen: numbers given, declined, not asked for. By name; nobody is ranked.",
    who: ALL,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("cashier", Kind::Text, "收银员", "Cashier"),
        field("sales", Kind::Count, "单数", "Sales"),
        field("given", Kind::Count, "留号", "Given"),
        field("refused", Kind::Count, "谢绝", "Declined"),
        field("not_asked", Kind::Count, "没问", "Not asked"),
    ],
    params: &[STORE, FROM, TO],
    rows,
    above: Some(above),
};

/// The days that were asked for, else the last thirty.
pub(super) fn days(visit: &Visit) -> Result<[i32; 2], Refused> {
    let to = visit.day("to").unwrap_or(visit.today);
    let from = visit.day("from").unwrap_or(to.saturating_sub(DAYS - 1));
    if to.saturating_sub(from) > DAYS_MAX {
        return Err(Refused::odd("最多选 93 天", "93 days at most"));
    }
    Ok([from, to])
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let days = days(visit)?;
    let hq = &*hq;
    each_store::read(hq, visit, limit, |store, name| of_store(hq, store, name, days))
}

fn of_store(
    hq: &Hq,
    store: &StoreId,
    name: &str,
    [from, to]: [i32; 2],
) -> Result<Vec<Vec<Value>>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT cashier, sum(sales), sum(given), sum(refused), sum(not_asked) FROM day_staff
         WHERE store = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY cashier ORDER BY cashier",
    )?;
    let rows = select.query_map(params![store, from, to], |row| {
        Ok(vec![
            Value::Text(name.to_owned()),
            Value::Text(row.get(0)?),
            Value::Int(row.get(1)?),
            Value::Int(row.get(2)?),
            Value::Int(row.get(3)?),
            Value::Int(row.get(4)?),
        ])
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/staff", body);
    Ok(())
}
