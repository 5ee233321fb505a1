//! The customers: who spent most first, of all stores or of one; or those whose number ends so.
//!
//! Not here: one customer's file (`person`), the search form's answer (`find`).

use super::{ALL, STORE, beside};
use crate::care_list::CustomerId;
use crate::event::Name;
use crate::hq::Hq;
use crate::hq::customer::{self, File, entry, person};
use crate::hq::figures::rules::FigureRules;
use crate::hq::file::{Filled, Weights};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{LIMIT_MAX, Param, Refused, Shape, Visit, odd};
use crate::money::Minor;
use rusqlite::{OptionalExtension as _, params};
use std::collections::BTreeSet;

pub(super) const LIST: List = List {
    name: "customers",
    zh: "顾客",
    en: "Customers",
    about_zh: "消费多的在前。号码打码;要看全号请打开她的档案。",
    about_en: "Who spent most first. Numbers are masked; open her file to see one.",
    who: ALL,
    name_in_navigation: true,
    people: true,
    fields: &[
        field("customer", Kind::Id("/customers/"), "编号", "Pseudonym"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("tier", Kind::Text, "等级", "Tier"),
        field("net", Kind::Amount, "净消费", "Net spend"),
        field("sales", Kind::Count, "单数", "Sales"),
        field("last_day", Kind::Day, "最近", "Last"),
        field("completeness", Kind::Percent, "档案完整度", "File"),
    ],
    params: &[
        STORE,
        Param { name: "tail", shape: Shape::LastFour, about: "The number's last four digits." },
    ],
    rows,
    above: Some(above),
};

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::FIGURES, "/customers", body);
    search(visit, body);
    Ok(())
}

/// The search: a POST, so that no number stands in an address, a log or a history.
pub(super) fn search(visit: &Visit, body: &mut Html) {
    body.raw("<div class=search>").form("/customers/find", &visit.token);
    let hint = visit.of("尾号四位、全号或编号", "last four, whole number or pseudonym");
    body.field(hint, "what", "required autocomplete=off maxlength=40", "");
    body.button(visit.of("找", "Find")).raw("</form></div>");
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    if let Some(tail) = visit.asked("tail") {
        let found = by_tail(hq, visit, tail)?;
        return Ok(Rows { rows: values(hq, &found, masking)?, next: None });
    }
    let after = match visit.after::<2>()? {
        Some([net, id]) => {
            let net: i64 = net.parse().map_err(|_| odd("after"))?;
            (net, id.parse::<CustomerId>().map_err(|_| odd("after"))?)
        }
        None => (i64::MAX, CustomerId([255; 16])),
    };
    let keys = keys(hq, visit, after, limit + 1)?;
    let (limit, more) = (limit as usize, keys.len() > limit as usize);
    let shown = &keys[..limit.min(keys.len())];
    let next = shown.last().filter(|_| more).map(|(net, id)| format!("{}.{id}", net.units()));
    let ids: Vec<CustomerId> = shown.iter().map(|(_, id)| *id).collect();
    let mut rows = values(hq, &ids, masking)?;
    // In a store's list stands what she spent there.
    for (row, (net, _)) in rows.iter_mut().zip(shown) {
        row[4] = Value::amount(*net);
    }
    Ok(Rows { rows, next })
}

type Key = (Minor, CustomerId);

fn keys(
    hq: &Hq,
    visit: &Visit,
    (net, id): (i64, CustomerId),
    limit: u32,
) -> Result<Vec<Key>, Refused> {
    let key = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = match visit.store_of_list()? {
        None => hq
            .db
            .prepare_cached(
                "SELECT spend, customer FROM person WHERE (spend, customer) < (?1, ?2)
                 ORDER BY spend DESC, customer DESC LIMIT ?3",
            )?
            .query_map(params![net, id, limit], key)?
            .collect(),
        Some(store) => hq
            .db
            .prepare_cached(
                "SELECT net, customer FROM person_store
                 WHERE store = ?4 AND (net, customer) < (?1, ?2)
                 ORDER BY net DESC, customer DESC LIMIT ?3",
            )?
            .query_map(params![net, id, limit, store], key)?
            .collect(),
    };
    let found: rusqlite::Result<Vec<Key>> = found;
    Ok(found?)
}

/// The persons of hers whose number ends so, under the numbers they are found by.
pub(super) fn by_tail(hq: &Hq, visit: &Visit, tail: &str) -> Result<Vec<CustomerId>, Refused> {
    let hash = entry::tail(&hq.keys, tail);
    let mut select = hq.db.prepare_cached("SELECT customer FROM tail WHERE tail = ?1 LIMIT ?2")?;
    let ids = select.query_map(params![hash, 4 * LIMIT_MAX], |row| row.get(0))?;
    let mut found = BTreeSet::new();
    for id in ids.collect::<rusqlite::Result<Vec<CustomerId>>>()? {
        let root = person::root(&hq.db, &id)?;
        if visit.knows(&hq.db, &root)? {
            found.insert(root);
        }
    }
    Ok(found.into_iter().take(LIMIT_MAX as usize).collect())
}

/// One row for each.
pub(super) fn values(
    hq: &Hq,
    ids: &[CustomerId],
    masking: Masking,
) -> Result<Vec<Vec<Value>>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT tier, spend, sales, last_day, hard, soft FROM person WHERE customer = ?1",
    )?;
    let weights = Weights::of(&FigureRules::of_chain(&hq.db).file);
    let mut rows = Vec::new();
    for id in ids {
        let file = customer::file(&hq.db, &hq.keys, id)?;
        let sums = select.query_row([id], |row| {
            let filled = Filled { hard: row.get(4)?, soft: row.get(5)? };
            Ok(vec![
                Value::text(row.get::<_, Option<String>>(0)?),
                Value::amount(row.get(1)?),
                Value::Int(row.get(2)?),
                Value::int(row.get::<_, Option<i64>>(3)?),
                Value::Int(filled.percent(weights).into()),
            ])
        });
        let sums = sums.optional()?.unwrap_or_else(|| vec![Value::None; 5]);
        let who = [
            Value::Text(id.to_string()),
            Value::Text(masking.show(&file)),
            Value::text(name(&file)),
        ];
        rows.push(who.into_iter().chain(sums).collect());
    }
    Ok(rows)
}

/// Surname and form of address.
pub(super) fn name(file: &File) -> Option<String> {
    let File::Known(identity) = file else { return None };
    identity.name.as_ref().map(Name::addressed)
}
