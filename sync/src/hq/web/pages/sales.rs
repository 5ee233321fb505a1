//! The sales, the newest first, of all stores or of one.
//!
//! Not here: one sale with its lines (`sale`).

use super::{ALL, FROM, STORE, TO, words};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::{self, person};
use crate::hq::listing::Masking;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::message::StoreId;
use rusqlite::{Row, params};
use std::collections::HashMap;

pub(super) const LIST: List = List {
    name: "sales",
    zh: "小票",
    en: "Sales",
    about_zh: "最新的在前。",
    about_en: "The newest first.",
    who: ALL,
    name_in_navigation: true,
    people: true,
    fields: &[
        field("sale", Kind::Id("/sales/"), "编号", "Identifier"),
        field("receipt_no", Kind::Text, "小票号", "Receipt"),
        field("store", Kind::Text, "门店", "Store"),
        field("printed_at", Kind::Local, "时间", "Time"),
        field("kind", Kind::Word(words::KIND), "类型", "Kind"),
        field("items", Kind::Count, "件数", "Items"),
        field("total", Kind::Amount, "合计", "Total"),
        field("cashier", Kind::Text, "收银员", "Cashier"),
        field("customer", Kind::Id("/customers/"), "顾客编号", "Pseudonym"),
        field("member", Kind::Text, "会员", "Member"),
        field("asked", Kind::Word(words::ASKED), "留号", "Number"),
        field("known", Kind::Word(words::KNOWN), "读数", "Read"),
    ],
    params: &[STORE, FROM, TO],
    rows,
    above: None,
};

/// Where in the list a sale stands.
type Key = [i64; 4];

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let after = match visit.after::<4>()? {
        Some(parts) => {
            let mut key: Key = [0; 4];
            for (part, text) in key.iter_mut().zip(&parts) {
                *part = text.parse().map_err(|_| odd("after"))?;
            }
            key
        }
        None => [i64::MAX; 4],
    };
    let store = visit.store_of_list()?;
    let mut found = select(hq, visit, store, after, limit + 1)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next =
        found.last().filter(|_| more).map(|(key, ..)| key.map(|part| part.to_string()).join("."));
    let mut seen = HashMap::new();
    let mut rows = Vec::new();
    for (_, customer, mut values) in found {
        if let Some(id) = customer {
            let root = person::root(&hq.db, &id)?;
            let member = match seen.get(&root) {
                Some(shown) => String::clone(shown),
                None => masking.show(&customer::file(&hq.db, &hq.keys, &root)?),
            };
            // A person of another store is told by her mask alone: her file is not the visitor's.
            if visit.knows(&hq.db, &root)? {
                values[8] = Value::Text(root.to_string());
            }
            values[9] = Value::Text(member.clone());
            seen.insert(root, member);
        }
        rows.push(values);
    }
    Ok(Rows { rows, next })
}

type Found = (Key, Option<CustomerId>, Vec<Value>);

fn select(
    hq: &Hq,
    visit: &Visit,
    store: Option<StoreId>,
    after: Key,
    limit: u32,
) -> Result<Vec<Found>, Refused> {
    // Two statements, so that each has its index's order: a store's, or the days'.
    let of_store = if store.is_some() { "s.store = ?8" } else { "?8 IS NULL" };
    let mut select = hq.db.prepare_cached(&format!(
        "SELECT s.day, s.wall_ms, s.stream, s.seq, s.receipt_no, st.name, s.printed_at,
                CASE WHEN s.voided THEN 'void' ELSE s.kind END,
                coalesce(s.item_count, (SELECT count(*) FROM sale_item i
                    WHERE i.stream = s.stream AND i.seq = s.seq)),
                s.total, s.cashier, s.asked, s.known, s.customer
         FROM sale s JOIN store st ON st.id = s.store
         WHERE {of_store} AND (s.day, s.wall_ms, s.stream, s.seq) < (?1, ?2, ?3, ?4)
           AND s.day BETWEEN ?5 AND ?6
         ORDER BY s.day DESC, s.wall_ms DESC, s.stream DESC, s.seq DESC LIMIT ?7"
    ))?;
    let from = visit.day("from").unwrap_or(i32::MIN);
    let to = visit.day("to").unwrap_or(i32::MAX);
    let [day, wall_ms, stream, seq] = after;
    let rows =
        select.query_map(params![day, wall_ms, stream, seq, from, to, limit, store], found)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let key = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
    let text = |at| row.get::<_, Option<String>>(at).map(Value::text);
    let values = vec![
        Value::Text(format!("{}-{}", key[2], key[3])),
        text(4)?,
        text(5)?,
        Value::int(row.get::<_, Option<i64>>(6)?),
        text(7)?,
        Value::Int(row.get(8)?),
        Value::amount(row.get(9)?),
        text(10)?,
        Value::None,
        Value::None,
        text(11)?,
        text(12)?,
    ];
    Ok((key, row.get(13)?, values))
}
