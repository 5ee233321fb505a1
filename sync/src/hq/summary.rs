//! Sums that pages show, made beforehand: no page counts through sales.
//!
//! ```text
//! sale, customer, fact change ─(triggers)─▶ due_day, due_person ─▶ step ─▶ day_sum, day_staff,
//!     each night ─▶ a walk over those whose windows moved ──────▶ step     person, person_store, tail
//!                                                        └─ at its end ─▶ figure
//! ```
//!
//! # Invariants
//!
//! - A step is one short transaction: a till that sends meanwhile waits for some 50 ms, in a chain's first
//!   night for some 300.
//! - What is due is taken off the list in the transaction that does it.
//! - A row is computed from the sales themselves, never from the row before: doing it twice is the same.
//!
//! Not here: what is within which window (`windows`), tiers (`tier`), how complete a file is (`file`), how it looks (`web`).

mod day;
mod figures;
mod windows;

pub use figures::{Figures, figures};
use windows::{Bought, StoreSum, Windows, bought};

use super::ahead::{Ahead, Reads};
use super::customer::{self, File, entry, person};
use super::figures::rules::{FigureRules, FileRules};
use super::keys::Keys;
use super::store::{self, Own};
use super::{Hq, ahead, bulk, file};
use crate::care_list::CustomerId;
use crate::event::Seq;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Persons per step.
const PERSONS: u32 = 128;
/// The same while the table is filled: pages that all of them touch go into the log once.
const PERSONS_FILLING: u32 = 1_024;
/// What a person's sums are made of and lies apart from her neighbours'.
pub(super) const READS: Reads = &[ahead::FILE, ahead::SALES];
/// Days of stores per step.
const DAYS: u32 = 32;
/// Persons up to which the chain's figures are computed whenever somebody changed.
const SMALL: u32 = 5_000;

/// Does the next piece of what is due; `false` when nothing is. `today` is HQ's own calendar.
///
/// # Errors
///
/// As SQLite says; then nothing of this piece was done.
pub fn step(hq: &mut Hq, today: i32) -> rusqlite::Result<bool> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let own = store::own(&tx)?;
    let worked = due_days(&tx)?
        || due_persons(&tx, &hq.keys, &own, today, &mut hq.ahead.sums)?
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
        day::sum(tx, store, *day)?;
        tx.prepare_cached("DELETE FROM due_day WHERE store = ?1 AND day = ?2")?
            .execute(params![store, day])?;
    }
    Ok(!due.is_empty())
}

fn due_persons(
    tx: &Connection,
    keys: &Keys,
    own: &Own,
    today: i32,
    ahead: &mut Option<Ahead>,
) -> rusqlite::Result<bool> {
    let is_filling = bulk::begin(tx, &bulk::PERSONS)?;
    let (count, asked) =
        if is_filling { (PERSONS_FILLING, 2 * PERSONS_FILLING) } else { (PERSONS, PERSONS) };
    let mut select = tx.prepare_cached("SELECT customer FROM due_person LIMIT ?1")?;
    let due: Vec<CustomerId> =
        select.query_map([asked], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let due = ahead::piece(ahead, tx, READS, due, count);
    let rules = FigureRules::of_chain(tx).file;
    let by = By { keys, own, rules: &rules };
    for id in &due {
        sum_person(tx, &by, id, today)?;
        tx.prepare_cached("DELETE FROM due_person WHERE customer = ?1")?.execute([id])?;
    }
    if due.is_empty() {
        return bulk::end(tx, &bulk::PERSONS);
    }
    tx.execute("UPDATE walk SET stale = 1", [])?;
    Ok(true)
}

/// The nightly walk: windows move with the day, so whoever a window's edge has reached is computed anew.
fn walk(tx: &Connection, keys: &Keys, own: &Own, today: i32) -> rusqlite::Result<bool> {
    let walked: Option<i32> =
        tx.query_row("SELECT day FROM walk", [], |row| row.get(0)).optional()?;
    if walked == Some(today) {
        return Ok(false);
    }
    if walked.is_some_and(|walked| walked > today) {
        // The clock was ahead: what was computed for a day to come says nothing of this one.
        tx.execute("UPDATE person SET next_day = ?1", [today])?;
        tx.execute("UPDATE walk SET day = ?1 - 1", [today])?;
    }
    let mut select =
        tx.prepare_cached("SELECT customer FROM person WHERE next_day <= ?1 LIMIT ?2")?;
    let rows = select.query_map(params![today, PERSONS], |row| row.get(0))?;
    let next: Vec<CustomerId> = rows.collect::<rusqlite::Result<_>>()?;
    for id in &next {
        move_on(tx, keys, own, id, today)?;
    }
    if next.is_empty() {
        figures::compute(tx, today)?;
        tx.execute(
            "INSERT INTO walk (one, day) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET day = excluded.day",
            [today],
        )?;
    }
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

/// What every person of a step is summed by.
struct By<'a> {
    keys: &'a Keys,
    own: &'a Own,
    /// Which fields of a file count.
    rules: &'a FileRules,
}

/// Computes the person anew whom this number belongs to. Rows that say it already are not written.
fn sum_person(tx: &Connection, by: &By<'_>, id: &CustomerId, today: i32) -> rusqlite::Result<()> {
    let root = person::root(tx, id)?;
    for number in person::led_to(tx, &root)? {
        forget(tx, &number)?;
        find_by_tail(tx, by.keys, &number, &customer::file(tx, by.keys, &number)?)?;
    }
    let file = customer::file(tx, by.keys, &root)?;
    find_by_tail(tx, by.keys, &root, &file)?;
    if file == File::Erased {
        return forget(tx, &root);
    }
    let bought = bought(tx, &root)?;
    write_stores(tx, &root, &bought)?;
    write_person(tx, by, &root, &file, &bought, today)
}

fn forget(tx: &Connection, number: &CustomerId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM person WHERE customer = ?1")?.execute([number])?;
    tx.prepare_cached("DELETE FROM person_store WHERE customer = ?1")?.execute([number]).map(drop)
}

fn find_by_tail(
    tx: &Connection,
    keys: &Keys,
    number: &CustomerId,
    file: &File,
) -> rusqlite::Result<()> {
    let tail = match file {
        File::Known(identity) => Some(entry::tail(keys, identity.phone.last_four())),
        _ => None,
    };
    let known = tx
        .prepare_cached("SELECT tail FROM tail WHERE customer = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    if known == tail {
        return Ok(());
    }
    tx.prepare_cached("DELETE FROM tail WHERE customer = ?1")?.execute([number])?;
    if let Some(tail) = tail {
        tx.prepare_cached("INSERT INTO tail (tail, customer) VALUES (?1, ?2)")?
            .execute(params![tail, number])?;
    }
    Ok(())
}

fn write_stores(tx: &Connection, root: &CustomerId, bought: &Bought) -> rusqlite::Result<()> {
    let mut select = tx.prepare_cached(
        "SELECT store, net, sales, last_day FROM person_store WHERE customer = ?1",
    )?;
    let known = select.query_map([root], |row| {
        let sum = StoreSum { net: row.get(1)?, sales: row.get(2)?, last_day: row.get(3)? };
        Ok((row.get(0)?, sum))
    })?;
    let known: BTreeMap<StoreId, StoreSum> = known.collect::<rusqlite::Result<_>>()?;
    for store in known.keys().filter(|store| !bought.stores.contains_key(*store)) {
        tx.prepare_cached("DELETE FROM person_store WHERE store = ?1 AND customer = ?2")?
            .execute(params![store, root])?;
    }
    for (store, sum) in bought.stores.iter().filter(|(store, sum)| known.get(store) != Some(sum)) {
        tx.prepare_cached(
            "INSERT INTO person_store (store, customer, net, sales, last_day)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (store, customer) DO UPDATE SET
                 net = excluded.net, sales = excluded.sales, last_day = excluded.last_day",
        )?
        .execute(params![store, root, sum.net, sum.sales, sum.last_day])?;
    }
    Ok(())
}

fn write_person(
    tx: &Connection,
    by: &By<'_>,
    root: &CustomerId,
    file: &File,
    bought: &Bought,
    today: i32,
) -> rusqlite::Result<()> {
    let named = matches!(file, File::Known(identity) if identity.name.is_some());
    let filled = file::filled(tx, by.keys, by.rules, root, (named, bought.sales() > 0))?;
    let windows = Windows::of(tx, by.own, root, file, bought, today)?;
    tx.prepare_cached(
        "INSERT INTO person (customer, spend, sales, first_day, last_day, tier, year_net,
             year_sales, recent, before, hard, soft, next_day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (customer) DO UPDATE SET spend = excluded.spend, sales = excluded.sales,
             first_day = excluded.first_day, last_day = excluded.last_day, tier = excluded.tier,
             year_net = excluded.year_net, year_sales = excluded.year_sales,
             recent = excluded.recent, before = excluded.before, hard = excluded.hard,
             soft = excluded.soft, next_day = excluded.next_day
         WHERE (spend, sales, first_day, last_day, tier, year_net, year_sales, recent, before, hard,
                soft, next_day)
             IS NOT (excluded.spend, excluded.sales, excluded.first_day, excluded.last_day,
                excluded.tier, excluded.year_net, excluded.year_sales, excluded.recent,
                excluded.before, excluded.hard, excluded.soft, excluded.next_day)",
    )?
    .execute(params![
        root,
        windows.spend,
        bought.sales(),
        bought.days.keys().next(),
        bought.days.keys().next_back(),
        windows.tier,
        windows.year.net,
        windows.year.sales,
        windows.recent,
        windows.before,
        filled.hard,
        filled.soft,
        windows.next_day
    ])
    .map(drop)
}

/// Computes of a person anew what the day alone changes.
fn move_on(
    tx: &Connection,
    keys: &Keys,
    own: &Own,
    root: &CustomerId,
    today: i32,
) -> rusqlite::Result<()> {
    let (file, bought) = (customer::file(tx, keys, root)?, bought(tx, root)?);
    write_windows(tx, own, root, &file, &bought, today)
}

fn write_windows(
    tx: &Connection,
    own: &Own,
    root: &CustomerId,
    file: &File,
    bought: &Bought,
    today: i32,
) -> rusqlite::Result<()> {
    let windows = Windows::of(tx, own, root, file, bought, today)?;
    tx.prepare_cached(
        "UPDATE person SET spend = ?2, tier = ?3, year_net = ?4, year_sales = ?5, recent = ?6,
             before = ?7, next_day = ?8 WHERE customer = ?1",
    )?
    .execute(params![
        root,
        windows.spend,
        windows.tier,
        windows.year.net,
        windows.year.sales,
        windows.recent,
        windows.before,
        windows.next_day
    ])?;
    Ok(())
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
