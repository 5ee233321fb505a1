//! Sums that pages show, made beforehand: no page counts through sales.
//!
//! ```text
//! sale, customer, fact change ─(triggers)─▶ due_day, due_person ─▶ step ─▶ day_sum, day_staff,
//!                        each night ─▶ a walk over all persons ─▶ step     person, person_store, tail
//!                                                        └─ at its end ─▶ figure
//! ```
//!
//! # Invariants
//!
//! - A step is one short transaction: a till that sends meanwhile waits for some 50 ms.
//! - What is due is taken off the list in the transaction that does it.
//! - A row is computed from the sales themselves, never from the row before: doing it twice is the same.
//!
//! Not here: tiers (`tier`), how complete a file is (`file`), how it looks (`web`).

mod figures;

pub use figures::{Figures, figures};

use super::customer::{self, File, entry, person};
use super::keys::Keys;
use super::store::{self, Own};
use super::{Hq, file};
use crate::care_list::CustomerId;
use crate::event::{Known, Seq};
use crate::message::StoreId;
use crate::money::Minor;
use crate::tier;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Persons per step.
const PERSONS: u32 = 64;
/// Days of stores per step.
const DAYS: u32 = 4;
/// Persons up to which the chain's figures are computed whenever somebody changed.
const SMALL: u32 = 5_000;
/// How long `recent` reaches back, in days.
const RECENT: i32 = 90;
/// How long `year_net` reaches back, in days.
const YEAR: i32 = 365;

/// Does the next piece of what is due; `false` when nothing is. `today` is HQ's own calendar.
///
/// # Errors
///
/// As SQLite says; then nothing of this piece was done.
pub fn step(hq: &mut Hq, today: i32) -> rusqlite::Result<bool> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let own = store::own(&tx)?;
    let worked = due_days(&tx)?
        || due_persons(&tx, &hq.keys, &own, today)?
        || walk(&tx, &hq.keys, &own, today)?
        || small_chain(&tx, today)?;
    tx.commit()?;
    Ok(worked)
}

fn due_days(tx: &Connection) -> rusqlite::Result<bool> {
    let mut select = tx.prepare_cached("SELECT store, day FROM due_day LIMIT ?1")?;
    let rows = select.query_map([DAYS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let due: Vec<(StoreId, i32)> = rows.collect::<rusqlite::Result<_>>()?;
    for (store, day) in &due {
        sum_day(tx, store, *day)?;
        tx.execute("DELETE FROM due_day WHERE store = ?1 AND day = ?2", params![store, day])?;
    }
    Ok(!due.is_empty())
}

fn sum_day(tx: &Connection, store: &StoreId, day: i32) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM day_sum WHERE day = ?1 AND store = ?2", params![day, store])?;
    tx.prepare_cached(
        "INSERT INTO day_sum (day, store, terminal, sales, returns, net, given, refused, not_asked,
             disputed, member_sales, member_net)
         SELECT ?1, ?2, m.terminal,
             count(*) FILTER (WHERE s.counts AND s.kind = 'sale'),
             count(*) FILTER (WHERE s.counts AND s.kind = 'return'),
             coalesce(sum(s.total) FILTER (WHERE s.counts), 0),
             count(*) FILTER (WHERE s.kind = 'sale' AND NOT s.voided AND s.asked = 'given'),
             count(*) FILTER (WHERE s.kind = 'sale' AND NOT s.voided AND s.asked = 'refused'),
             count(*) FILTER (WHERE s.kind = 'sale' AND NOT s.voided
                 AND s.asked NOT IN ('given', 'refused')),
             count(*) FILTER (WHERE NOT s.voided AND s.known = ?3),
             count(*) FILTER (WHERE s.counts AND s.kind = 'sale' AND s.customer IS NOT NULL),
             coalesce(sum(s.total) FILTER (WHERE s.counts AND s.customer IS NOT NULL), 0)
         FROM sale s JOIN stream m ON m.id = s.stream
         WHERE s.store = ?2 AND s.day = ?1 GROUP BY m.terminal",
    )?
    .execute(params![day, store, Known::Disputed.word()])?;
    tx.execute("DELETE FROM day_staff WHERE store = ?1 AND day = ?2", params![store, day])?;
    tx.prepare_cached(
        "INSERT INTO day_staff (store, day, cashier, sales, given, refused, not_asked)
         SELECT ?2, ?1, coalesce(cashier, ''), count(*),
             count(*) FILTER (WHERE asked = 'given'), count(*) FILTER (WHERE asked = 'refused'),
             count(*) FILTER (WHERE asked NOT IN ('given', 'refused'))
         FROM sale WHERE store = ?2 AND day = ?1 AND kind = 'sale' AND NOT voided
         GROUP BY coalesce(cashier, '')",
    )?
    .execute(params![day, store])?;
    Ok(())
}

fn due_persons(tx: &Connection, keys: &Keys, own: &Own, today: i32) -> rusqlite::Result<bool> {
    let mut select = tx.prepare_cached("SELECT customer FROM due_person LIMIT ?1")?;
    let due: Vec<CustomerId> =
        select.query_map([PERSONS], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in &due {
        sum_person(tx, keys, own, id, today)?;
        tx.execute("DELETE FROM due_person WHERE customer = ?1", [id])?;
    }
    if !due.is_empty() {
        tx.execute("UPDATE walk SET stale = 1", [])?;
    }
    Ok(!due.is_empty())
}

/// The nightly walk: windows move with the day, so each person is computed anew once a day.
fn walk(tx: &Connection, keys: &Keys, own: &Own, today: i32) -> rusqlite::Result<bool> {
    let sql = "SELECT day, after FROM walk";
    let at: Option<(i32, Option<Vec<u8>>)> =
        tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let after = match at {
        Some((day, None)) if day == today => return Ok(false),
        Some((day, Some(after))) if day == today => after,
        _ => Vec::new(),
    };
    let mut select =
        tx.prepare_cached("SELECT customer FROM person WHERE customer > ?1 ORDER BY 1 LIMIT ?2")?;
    let rows = select.query_map(params![after, PERSONS], |row| row.get(0))?;
    let next: Vec<CustomerId> = rows.collect::<rusqlite::Result<_>>()?;
    for id in &next {
        sum_person(tx, keys, own, id, today)?;
    }
    if next.is_empty() {
        figures::compute(tx, today)?;
    }
    tx.execute(
        "INSERT INTO walk (one, day, after) VALUES (1, ?1, ?2)
         ON CONFLICT (one) DO UPDATE SET day = excluded.day, after = excluded.after",
        params![today, next.last()],
    )?;
    Ok(true)
}

/// A small chain need not wait for the night to see its figures move.
fn small_chain(tx: &Connection, today: i32) -> rusqlite::Result<bool> {
    let sql = "SELECT stale AND (SELECT count(*) FROM (SELECT 1 FROM person LIMIT ?1)) < ?1
               FROM walk";
    let due: Option<bool> = tx.query_row(sql, [SMALL], |row| row.get(0)).optional()?;
    if due == Some(true) {
        figures::compute(tx, today)?;
        tx.execute("UPDATE walk SET stale = 0", [])?;
    }
    Ok(due == Some(true))
}

/// Computes the person anew whom this number belongs to.
fn sum_person(
    tx: &Connection,
    keys: &Keys,
    own: &Own,
    id: &CustomerId,
    today: i32,
) -> rusqlite::Result<()> {
    let root = person::root(tx, id)?;
    for number in person::numbers(tx, &root)? {
        tx.execute("DELETE FROM person WHERE customer = ?1", [number])?;
        tx.execute("DELETE FROM person_store WHERE customer = ?1", [number])?;
        find_by_tail(tx, keys, &number)?;
    }
    let file = customer::file(tx, keys, &root)?;
    if file == File::Erased {
        return Ok(());
    }
    let bought = bought(tx, &root)?;
    for (store, sum) in &bought.stores {
        tx.prepare_cached(
            "INSERT INTO person_store (store, customer, net, sales, last_day)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![store, root, sum.net, sum.sales, sum.last_day])?;
    }
    insert_person(tx, keys, own, &root, &file, &bought, today)
}

fn find_by_tail(tx: &Connection, keys: &Keys, number: &CustomerId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM tail WHERE customer = ?1", [number])?;
    if let File::Known(identity) = customer::file(tx, keys, number)? {
        let tail = entry::tail(keys, identity.phone.last_four());
        tx.execute("INSERT INTO tail (tail, customer) VALUES (?1, ?2)", params![tail, number])?;
    }
    Ok(())
}

fn insert_person(
    tx: &Connection,
    keys: &Keys,
    own: &Own,
    root: &CustomerId,
    file: &File,
    bought: &Bought,
    today: i32,
) -> rusqlite::Result<()> {
    let spend = customer::spend(tx, root, &own.policy, today)?;
    let (mut held_out, mut named) = (false, false);
    if let File::Known(identity) = file {
        held_out = customer::held_out(tx, root, &identity.phone)?.is_some();
        named = identity.name.is_some();
    }
    let standing = tier::tier(&own.policy, &spend, today).filter(|_| !held_out);
    let filled = file::filled(tx, keys, root, named, bought.sales() > 0)?;
    let within = |from: i32, to: i32| {
        move |day: &&i32| {
            i64::from(today) - i64::from(**day) >= i64::from(from)
                && i64::from(today) - i64::from(**day) < i64::from(to)
        }
    };
    let days_within = |from, to| {
        let count = bought.days.keys().filter(within(from, to)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    };
    let year: Vec<&DaySum> = bought
        .days
        .iter()
        .filter(|(day, _)| within(i32::MIN, YEAR)(day))
        .map(|(_, sum)| sum)
        .collect();
    tx.prepare_cached(
        "INSERT INTO person (customer, spend, sales, first_day, last_day, tier, year_net,
             year_sales, recent, before, hard, soft)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        root,
        tier::net_spend(&own.policy, &spend, today),
        bought.sales(),
        bought.days.keys().next(),
        bought.days.keys().next_back(),
        standing.map(|standing| standing.name),
        year.iter().map(|sum| sum.net).sum::<Minor>(),
        year.iter().map(|sum| sum.sales).sum::<u32>(),
        days_within(i32::MIN, RECENT),
        days_within(RECENT, 2 * RECENT),
        filled.hard,
        filled.soft
    ])?;
    Ok(())
}

/// What she bought, per store and per day.
#[derive(Default)]
struct Bought {
    stores: BTreeMap<StoreId, StoreSum>,
    days: BTreeMap<i32, DaySum>,
}

#[derive(Default)]
struct StoreSum {
    net: Minor,
    sales: u32,
    last_day: Option<i32>,
}

#[derive(Default)]
struct DaySum {
    net: Minor,
    sales: u32,
}

impl Bought {
    fn sales(&self) -> u32 {
        self.days.values().map(|day| day.sales).sum()
    }
}

fn bought(tx: &Connection, root: &CustomerId) -> rusqlite::Result<Bought> {
    let mut select = tx.prepare_cached(
        "SELECT store, day, kind, total FROM sale
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND counts",
    )?;
    let mut rows = select.query([root])?;
    let mut bought = Bought::default();
    while let Some(row) = rows.next()? {
        let (day, total): (i32, Minor) = (row.get(1)?, row.get(3)?);
        let is_sale = u32::from(row.get_ref(2)?.as_str()? == "sale");
        let at = bought.days.entry(day).or_default();
        (at.net, at.sales) = (at.net.saturating_add(total), at.sales + is_sale);
        let store = bought.stores.entry(row.get(0)?).or_default();
        (store.net, store.sales) = (store.net.saturating_add(total), store.sales + is_sale);
        store.last_day = store.last_day.max(Some(day));
    }
    Ok(bought)
}

/// How far the ledger is ahead of what is folded and summed: events, days, persons.
///
/// # Errors
///
/// As SQLite says.
pub fn behind(db: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    let events: Seq =
        db.query_row("SELECT coalesce(sum(mark - folded), 0) FROM stream", [], |row| row.get(0))?;
    let days: Seq = db.query_row("SELECT count(*) FROM due_day", [], |row| row.get(0))?;
    let persons: Seq = db.query_row("SELECT count(*) FROM due_person", [], |row| row.get(0))?;
    Ok((events.0, days.0, persons.0))
}

#[cfg(test)]
mod tests;
