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
//! - A step is one short transaction: a till that sends meanwhile waits for some 50 ms.
//! - What is due is taken off the list in the transaction that does it.
//! - A row is computed from the sales themselves, never from the row before: doing it twice is the same.
//!
//! Not here: what is within which window (`windows`), tiers (`tier`), how complete a file is (`file`), how it looks (`web`).

mod figures;
mod windows;

pub use figures::{Figures, figures};
use windows::{Bought, Windows, bought};

use super::customer::{self, File, entry, person};
use super::figures::rules::{FigureRules, FileRules};
use super::keys::Keys;
use super::store::{self, Own};
use super::{Hq, file};
use crate::care_list::CustomerId;
use crate::event::{Known, Seq};
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

/// Persons per step.
const PERSONS: u32 = 128;
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
        tx.prepare_cached("DELETE FROM due_day WHERE store = ?1 AND day = ?2")?
            .execute(params![store, day])?;
    }
    Ok(!due.is_empty())
}

fn sum_day(tx: &Connection, store: &StoreId, day: i32) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM day_sum WHERE day = ?1 AND store = ?2")?
        .execute(params![day, store])?;
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
    tx.prepare_cached("DELETE FROM day_staff WHERE store = ?1 AND day = ?2")?
        .execute(params![store, day])?;
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
    let rules = FigureRules::of_chain(tx).file;
    let by = By { keys, own, rules: &rules };
    for id in &due {
        sum_person(tx, &by, id, today)?;
        tx.prepare_cached("DELETE FROM due_person WHERE customer = ?1")?.execute([id])?;
    }
    if !due.is_empty() {
        tx.execute("UPDATE walk SET stale = 1", [])?;
    }
    Ok(!due.is_empty())
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

/// Computes the person anew whom this number belongs to.
fn sum_person(tx: &Connection, by: &By<'_>, id: &CustomerId, today: i32) -> rusqlite::Result<()> {
    let keys = by.keys;
    let root = person::root(tx, id)?;
    for number in person::numbers(tx, &root)? {
        tx.prepare_cached("DELETE FROM person WHERE customer = ?1")?.execute([number])?;
        tx.prepare_cached("DELETE FROM person_store WHERE customer = ?1")?.execute([number])?;
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
    insert_person(tx, by, &root, &file, &bought, today)
}

fn find_by_tail(tx: &Connection, keys: &Keys, number: &CustomerId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM tail WHERE customer = ?1")?.execute([number])?;
    if let File::Known(identity) = customer::file(tx, keys, number)? {
        let tail = entry::tail(keys, identity.phone.last_four());
        tx.prepare_cached("INSERT INTO tail (tail, customer) VALUES (?1, ?2)")?
            .execute(params![tail, number])?;
    }
    Ok(())
}

fn insert_person(
    tx: &Connection,
    by: &By<'_>,
    root: &CustomerId,
    file: &File,
    bought: &Bought,
    today: i32,
) -> rusqlite::Result<()> {
    let named = matches!(file, File::Known(identity) if identity.name.is_some());
    let filled = file::filled(tx, by.keys, by.rules, root, (named, bought.sales() > 0))?;
    tx.prepare_cached(
        "INSERT INTO person (customer, spend, sales, first_day, last_day, tier, year_net,
             year_sales, recent, before, hard, soft)
         VALUES (?1, 0, ?2, ?3, ?4, NULL, 0, 0, 0, 0, ?5, ?6)",
    )?
    .execute(params![
        root,
        bought.sales(),
        bought.days.keys().next(),
        bought.days.keys().next_back(),
        filled.hard,
        filled.soft
    ])?;
    write_windows(tx, by.own, root, file, bought, today)
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
