//! What each day came to, from the sums made beforehand.
//!
//! Not here: the sums (`hq::summary`).

use super::{ALL, FROM, STORE, TO};
use crate::hq::Hq;
use crate::hq::listing::Masking;
use crate::hq::user::Scope;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::message::StoreId;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

pub(super) const LIST: List = List {
    name: "days",
    zh: "每天",
    en: "Days",
    about_zh: "每天的净销售、留号与会员占比;最新的在前。",
    about_en: "Net sales, numbers given and members' part per day; the newest first.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("day", Kind::Day, "日期", "Day"),
        field("sales", Kind::Count, "销售", "Sales"),
        field("returns", Kind::Count, "退货", "Returns"),
        field("net", Kind::Amount, "净销售额", "Net"),
        field("member_sales", Kind::Count, "会员单", "Members' sales"),
        field("member_net", Kind::Amount, "会员净额", "Members' net"),
        field("given", Kind::Count, "留号", "Given"),
        field("refused", Kind::Count, "谢绝", "Declined"),
        field("not_asked", Kind::Count, "没问", "Not asked"),
        field("disputed", Kind::Count, "有疑问", "Disputed"),
    ],
    params: &[STORE, FROM, TO],
    rows,
    above: None,
};

/// Sums of one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Day {
    pub(super) sales: i64,
    pub(super) returns: i64,
    pub(super) net: i64,
    pub(super) member_sales: i64,
    pub(super) member_net: i64,
    pub(super) given: i64,
    pub(super) refused: i64,
    pub(super) not_asked: i64,
    pub(super) disputed: i64,
}

/// The days from `from` to `to`, over the visitor's stores or one of them.
pub(super) fn days(
    db: &Connection,
    visit: &Visit,
    store: Option<StoreId>,
    (from, to): (i32, i32),
) -> rusqlite::Result<BTreeMap<i32, Day>> {
    let mut days = BTreeMap::new();
    match (&visit.scope, store) {
        (_, Some(store)) => add(db, Some(&store), (from, to), &mut days)?,
        (Scope::All, None) => add(db, None, (from, to), &mut days)?,
        (Scope::Stores(stores), None) => {
            stores.iter().try_for_each(|store| add(db, Some(store), (from, to), &mut days))?;
        }
    }
    Ok(days)
}

fn add(
    db: &Connection,
    store: Option<&StoreId>,
    (from, to): (i32, i32),
    days: &mut BTreeMap<i32, Day>,
) -> rusqlite::Result<()> {
    let of_store = if store.is_some() { "store = ?3" } else { "?3 IS NULL" };
    let mut select = db.prepare_cached(&format!(
        "SELECT day, sum(sales), sum(returns), sum(net), sum(member_sales), sum(member_net),
                sum(given), sum(refused), sum(not_asked), sum(disputed)
         FROM day_sum WHERE {of_store} AND day BETWEEN ?1 AND ?2 GROUP BY day"
    ))?;
    let mut rows = select.query(params![from, to, store])?;
    while let Some(row) = rows.next()? {
        let day = days.entry(row.get(0)?).or_default();
        let sums: [&mut i64; 9] = [
            &mut day.sales,
            &mut day.returns,
            &mut day.net,
            &mut day.member_sales,
            &mut day.member_net,
            &mut day.given,
            &mut day.refused,
            &mut day.not_asked,
            &mut day.disputed,
        ];
        for (at, sum) in sums.into_iter().enumerate() {
            *sum = sum.saturating_add(row.get(at + 1)?);
        }
    }
    Ok(())
}

/// The most days that one answer looks at.
const DAYS_MAX: u32 = 400;

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let store = visit.store()?;
    let after = match visit.after::<1>()? {
        Some([day]) => day.parse::<i32>().map_err(|_| odd("after"))?.saturating_sub(1),
        None => i32::MAX,
    };
    let newest = "SELECT max(day) FROM day_sum WHERE day <= ?1";
    let to = visit.day("to").unwrap_or(i32::MAX).min(after);
    let newest: Option<i32> = hq.db.query_row(newest, [to], |row| row.get(0))?;
    let Some(to) = newest else { return Ok(Rows::default()) };
    let from = visit.day("from").unwrap_or(i32::MIN);
    let span = limit.min(DAYS_MAX).cast_signed() - 1;
    let first = from.max(to.saturating_sub(span));
    let days = days(&hq.db, visit, store, (first, to))?;
    let row = |(day, sum): (&i32, &Day)| {
        let numbers = [
            sum.sales,
            sum.returns,
            sum.net,
            sum.member_sales,
            sum.member_net,
            sum.given,
            sum.refused,
            sum.not_asked,
            sum.disputed,
        ];
        std::iter::once(i64::from(*day)).chain(numbers).map(Value::Int).collect()
    };
    let older = "SELECT EXISTS (SELECT 1 FROM day_sum WHERE day < ?1 AND day >= ?2)";
    let more: bool = hq.db.query_row(older, [first, from], |row| row.get(0))?;
    Ok(Rows { rows: days.iter().rev().map(row).collect(), next: more.then(|| first.to_string()) })
}
