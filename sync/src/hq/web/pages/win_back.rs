//! Who stays away, the most valuable first, with what is expected of each; and who is left alone.
//!
//! Not here: what winning back showed (`win_back_report`), who is called (`hq::desk::win_back`).

use super::words::DRAWN;
use super::{ALL, STORE, customers, tasks};
use crate::care_list::CustomerId;
use crate::hq::desk::rules::Rules;
use crate::hq::desk::win_back::months_before;
use crate::hq::forecast::{self, Unfitted};
use crate::hq::listing::Masking;
use crate::hq::user::Scope;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Param, Refused, Shape, Visit, odd};
use crate::hq::{Hq, customer};
use crate::message::StoreId;
use rusqlite::{Connection, params};

pub(super) const LIST: List = List {
    name: "win-back",
    zh: "挽回名单",
    en: "Win-back list",
    about_zh: "三个月没来的老顾客,今后 12 周预计消费多的在前。",
    about_en: "Who has not come for three months; who is expected to spend most in the next 12 weeks comes first.",
    who: ALL,
    name_in_navigation: false,
    people: true,
    fields: &[
        field("customer", Kind::Id("/customers/"), "编号", "Pseudonym"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("store", Kind::Text, "门店", "Store"),
        field("last_day", Kind::Day, "最近一次", "Last"),
        field("away_days", Kind::Count, "没来天数", "Days away"),
        field("net", Kind::Amount, "已消费", "Spent so far"),
        field("value", Kind::Amount, "预计再消费", "Will spend"),
        field("purchases_thousandths", Kind::Thousandths, "预计来几次", "Visits"),
        field("comes_percent", Kind::Percent, "会再来", "Comes again"),
        field("alive_percent", Kind::Percent, "还是顾客", "Still ours"),
        field("drawn", Kind::Word(DRAWN), "安排", "Planned"),
    ],
    params: &[
        STORE,
        Param {
            name: "show",
            shape: Shape::Word(&["waiting", "called", "held_out"]),
            about: "Who waits, is to be called or is held out; all unless given.",
        },
    ],
    rows,
    above: Some(above),
};

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    tasks::neighbours(visit, "/win-back", body);
    if let Some(why) = forecast::practice(&hq.db)?.and_then(|practice| practice.unfitted) {
        body.raw("<p class=warn>").text(unfitted(visit, why)).raw("</p>");
    }
    Ok(())
}

/// Why nothing is forecast.
pub(super) fn unfitted<'a>(visit: &Visit, why: Unfitted) -> &'a str {
    let (zh, en) = match why {
        Unfitted::TooFew => (
            "顾客还太少,模型算不出预测;名单按已消费排。",
            "Too few customers for a forecast yet; the list is by what they spent.",
        ),
        Unfitted::TooFewRepeats => (
            "来过两次的顾客还太少,模型算不出预测;名单按已消费排。",
            "Too few customers came twice for a forecast yet; the list is by what they spent.",
        ),
        Unfitted::NoPeak => (
            "这些销售数据模型算不出可靠的预测;名单按已消费排。",
            "The models find no reliable forecast in these sales; the list is by what they spent.",
        ),
    };
    visit.lang.of(zh, en)
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let rules = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped());
    let before = months_before(visit.today, rules.win_back.lapsed_months);
    let since = visit.today - rules.win_back.again_after_days;
    let which = match visit.asked("show") {
        Some("waiting") => "w.day IS NULL",
        Some("called") => "w.day IS NOT NULL AND w.task IS NOT NULL",
        Some("held_out") => "w.day IS NOT NULL AND w.task IS NULL",
        _ => "1",
    };
    let Order { from, key, id, store, is_hers } = order(&hq.db, visit)?;
    let sql = format!(
        "SELECT {key}, p.customer, s.name, p.last_day, p.spend, f.value, f.purchases, f.comes, f.alive,
                w.day IS NOT NULL, w.task IS NOT NULL
         FROM {from} JOIN store s ON s.id = {store}
         LEFT JOIN win_back w ON w.customer = p.customer AND w.day = (SELECT max(day)
             FROM win_back v WHERE v.customer = p.customer AND v.day > ?5)
         WHERE p.last_day < ?3 AND p.sales > 0 AND {which} AND {}
           AND {is_hers} AND ({key}, {id}) < (?1, ?2)
         ORDER BY {key} DESC, {id} DESC LIMIT ?4",
        visit.within(store, visit.store()?)
    );
    let (worth, id) = after(visit)?;
    let mut select = hq.db.prepare_cached(&sql)?;
    let mut found = select.query(params![worth, id, before, limit + 1, since])?;
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        let id: CustomerId = row.get(1)?;
        keys.push(format!("{}.{id}", row.get::<_, i64>(0)?));
        rows.push(one(hq, visit, row, &id, masking)?);
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = keys.into_iter().nth(rows.len().saturating_sub(1)).filter(|_| more);
    Ok(Rows { rows, next })
}

/// How the list is read.
struct Order {
    from: &'static str,
    /// What a row is worth.
    key: &'static str,
    /// Whose it is; of the table that the order is read from.
    id: &'static str,
    /// Her store: where she bought last.
    store: &'static str,
    /// What makes it hers.
    is_hers: &'static str,
}

/// Where the list is read from, and by what it is ordered: along the index of forecasts, which knows where
/// and when she bought last, a page at a time. Where nothing is forecast, by what she spent: of a small
/// store by its own customers.
fn order(db: &Connection, visit: &Visit) -> Result<Order, Refused> {
    const LAST: &str = "ps.store = (SELECT min(store) FROM person_store o
         WHERE o.customer = p.customer AND o.last_day = p.last_day)";
    let fitted: bool =
        db.query_row("SELECT EXISTS (SELECT 1 FROM forecast)", [], |row| row.get(0))?;
    if fitted {
        return Ok(Order {
            // The index alone says who is passed over.
            from: "forecast k CROSS JOIN forecast f ON f.customer = k.customer
                   CROSS JOIN person p ON p.customer = k.customer",
            key: "k.value",
            id: "k.customer",
            store: "k.store",
            is_hers: "k.last_day < ?3",
        });
    }
    let all = match (visit.store()?, &visit.scope) {
        (Some(store), _) => are_large(db, [&store])?,
        (None, Scope::Stores(stores)) => are_large(db, stores)?,
        (None, Scope::All) => true,
    };
    let from = match all {
        true => {
            "person p CROSS JOIN person_store ps ON ps.customer = p.customer
             LEFT JOIN forecast f ON f.customer = p.customer"
        }
        false => {
            "person_store ps CROSS JOIN person p ON p.customer = ps.customer
             LEFT JOIN forecast f ON f.customer = p.customer"
        }
    };
    Ok(Order { from, key: "p.spend", id: "p.customer", store: "ps.store", is_hers: LAST })
}

/// One customer in so many, or more, bought in these stores.
fn are_large<'a>(
    db: &Connection,
    stores: impl IntoIterator<Item = &'a StoreId>,
) -> Result<bool, Refused> {
    const ONE_IN: i64 = 200;
    let mut count = db.prepare_cached("SELECT count(*) FROM person_store WHERE store = ?1")?;
    let own = stores.into_iter().map(|store| count.query_row([store], |row| row.get::<_, i64>(0)));
    let own: i64 = own.sum::<rusqlite::Result<i64>>()?;
    let all: i64 = db.query_row("SELECT count(*) FROM person", [], |row| row.get(0))?;
    Ok(own * ONE_IN >= all)
}

fn after(visit: &Visit) -> Result<(i64, CustomerId), Refused> {
    let Some([worth, id]) = visit.after::<2>()? else {
        return Ok((i64::MAX, CustomerId([255; 16])));
    };
    let worth = worth.parse::<i64>().map_err(|_| odd("after"))?;
    Ok((worth, id.parse().map_err(|_| odd("after"))?))
}

fn one(
    hq: &Hq,
    visit: &Visit,
    row: &rusqlite::Row<'_>,
    id: &CustomerId,
    masking: Masking,
) -> Result<Vec<Value>, Refused> {
    let file = customer::file(&hq.db, &hq.keys, id)?;
    let last: i32 = row.get(3)?;
    let number = |at| row.get::<_, Option<i64>>(at);
    let percent = |at| number(at).map(|of| of.map(|of| (of + 5) / 10));
    let drawn = match (row.get(9)?, row.get(10)?) {
        (false, _) => "waiting",
        (true, true) => "called",
        (true, false) => "held_out",
    };
    Ok(vec![
        Value::Text(id.to_string()),
        Value::Text(masking.show(&file)),
        Value::text(customers::name(&file)),
        Value::Text(row.get(2)?),
        Value::Int(last.into()),
        Value::Int(i64::from(visit.today) - i64::from(last)),
        Value::int(number(4)?),
        Value::int(number(5)?),
        Value::int(number(6)?),
        Value::int(percent(7)?),
        Value::int(percent(8)?),
        Value::Text(drawn.to_owned()),
    ])
}
