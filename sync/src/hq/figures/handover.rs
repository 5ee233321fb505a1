//! What happens to a leaver's customers (S84).
//!
//! ```text
//! staff leave ─▶ each of his customers ─▶ one successor, or her next closest here, else another who
//!                works here ─▶ handover
//! staff leave --undo ─▶ as it was
//! ```
//!
//! # Invariants
//!
//! - Nobody is handed to one who left, or who has not worked in that store lately.
//! - A store's last associate does not leave before another is there: then nothing changes.
//! - Undoing gives back what is still where it was put; what changed since stays.
//! - Who would take over whom is found before anything is moved, by the same steps in [`plan`].
//!
//! Not here: who is closest (`link`), which tasks there are (`desk`).

mod plan;

pub use plan::{Associate, Plan, associates, plan};

use super::link::{Served, another, is_active, with_touches};
use crate::care_list::CustomerId;
use crate::hq::{Hq, customer};
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Why somebody cannot leave.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverError {
    /// Nobody is there to take over.
    #[error("nobody else has sold in this store lately: there is nobody to hand {0} customers to")]
    NobodyLeft(usize),
    /// Left before, or never here.
    #[error("there is no such associate in this store")]
    Nobody,
    /// The one who is to take over has not sold here lately, or left too.
    #[error("the one who is to take over does not work in this store now")]
    NotHere,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// What leaving did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Handed {
    /// Customers who were handed over.
    pub customers: usize,
    /// Open tasks that went along.
    pub tasks: usize,
}

/// Who looks after her in this store, if it was written down and that one is still there.
pub(in crate::hq) fn of(
    db: &Connection,
    root: &CustomerId,
    store: &StoreId,
) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(
        "SELECT staff FROM looks_after a WHERE customer = ?1 AND store = ?2 AND handed
         AND NOT EXISTS (SELECT 1 FROM staff_left l WHERE l.store = a.store AND l.staff = a.staff)
         ORDER BY place LIMIT 1",
    )?
    .query_row(params![root, store], |row| row.get(0))
    .optional()
}

/// To whom a leaver's customers go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum To<'a> {
    /// Each to her next closest here, else to another who works here.
    Closest,
    /// All to one; whom that one looks after already, to her next closest.
    One(&'a str),
}

/// A customer of a leaver's, at which of her places, and who takes over.
struct Move {
    customer: CustomerId,
    place: u8,
    to: String,
}

/// One who leaves: hands each of his customers to the next closest here, else to another who works here.
///
/// # Errors
///
/// [`HandoverError`] if there is no such one, or nobody to take over; then nothing changes.
pub fn leave(
    hq: &mut Hq,
    store: &str,
    staff: &str,
    by: &str,
    today: i32,
) -> Result<Handed, HandoverError> {
    let store = known_store(&hq.db, store)?;
    leave_to(hq, &store, staff, To::Closest, by, today)
}

/// One who leaves: hands his customers over as `to` says.
///
/// # Errors
///
/// [`HandoverError`] if there is no such one, or nobody to take over; then nothing changes.
pub fn leave_to(
    hq: &mut Hq,
    store: &StoreId,
    staff: &str,
    to: To<'_>,
    by: &str,
    today: i32,
) -> Result<Handed, HandoverError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let moves = moves_of(&tx, store, staff, to, by, today)?;
    let mut handed = Handed { customers: moves.len(), tasks: 0 };
    for Move { customer, place, to } in &moves {
        hand(&tx, customer, *place, store, (staff, to), today)?;
        handed.tasks += hand_tasks(&tx, Some(customer), store, (staff, to), today)?;
    }
    // A task may be assigned to him for one whom somebody else looks after.
    let rest = match to {
        To::One(one) => Some(one.to_owned()),
        To::Closest => another(&tx, store, &[staff], &CustomerId([0; 16]), today)?,
    };
    if let Some(rest) = rest {
        handed.tasks += hand_tasks(&tx, None, store, (staff, &rest), today)?;
    }
    // Tills and paper name who looks after her now.
    customer::touch(&tx, &moves.iter().map(|moved| moved.customer).collect())?;
    tx.commit()?;
    Ok(handed)
}

/// Marks him as gone, and finds who takes over each of his customers.
fn moves_of(
    tx: &Connection,
    store: &StoreId,
    staff: &str,
    to: To<'_>,
    by: &str,
    today: i32,
) -> Result<Vec<Move>, HandoverError> {
    let worked: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM staff_day WHERE store = ?1 AND staff = ?2)
                AND NOT EXISTS (SELECT 1 FROM staff_left WHERE store = ?1 AND staff = ?2)",
        )?
        .query_row(params![store, staff], |row| row.get(0))?;
    if !worked {
        return Err(HandoverError::Nobody);
    }
    tx.execute(
        "INSERT INTO staff_left (store, staff, day, by) VALUES (?1, ?2, ?3, ?4)",
        params![store, staff, today, by],
    )?;
    if let To::One(one) = to
        && !is_active(tx, store, one, today)?
    {
        return Err(HandoverError::NotHere);
    }
    let hers = customers_of(tx, store, staff)?;
    let nobody = HandoverError::NobodyLeft(hers.len());
    let mut moves = Vec::with_capacity(hers.len());
    for (customer, place) in hers {
        let found = match to {
            To::One(one) if !looks_after(tx, &customer, one)? => Some(one.to_owned()),
            _ => successor(tx, &customer, store, today)?,
        };
        let Some(to) = found else { return Err(nobody) };
        moves.push(Move { customer, place, to });
    }
    Ok(moves)
}

fn looks_after(db: &Connection, customer: &CustomerId, staff: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM looks_after WHERE customer = ?1 AND staff = ?2)",
    )?
    .query_row(params![customer, staff], |row| row.get(0))
}

fn tasks_of(db: &Connection, store: &StoreId, staff: &str) -> rusqlite::Result<usize> {
    let sql = "SELECT count(*) FROM task WHERE state = 'open' AND store = ?1 AND assignee = ?2";
    let count: u32 = db.prepare_cached(sql)?.query_row(params![store, staff], |row| row.get(0))?;
    Ok(count as usize)
}

fn known_store(db: &Connection, name: &str) -> Result<StoreId, HandoverError> {
    let sql = "SELECT id FROM store WHERE name = ?1";
    db.query_row(sql, [name], |row| row.get(0)).optional()?.ok_or(HandoverError::Nobody)
}

fn customers_of(
    db: &Connection,
    store: &StoreId,
    staff: &str,
) -> rusqlite::Result<Vec<(CustomerId, u8)>> {
    let mut select = db.prepare_cached(
        "SELECT customer, place FROM looks_after WHERE store = ?1 AND staff = ?2 ORDER BY customer",
    )?;
    select.query_map(params![store, staff], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Her next closest in this store who is not hers already; else another who works here.
fn successor(
    db: &Connection,
    customer: &CustomerId,
    store: &StoreId,
    today: i32,
) -> rusqlite::Result<Option<String>> {
    let mut others = db.prepare_cached("SELECT staff FROM looks_after WHERE customer = ?1")?;
    let others: Vec<String> =
        others.query_map([customer], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for one in with_touches(db, customer, served_in(db, customer, store)?)? {
        let is_hers = others.contains(&one.staff) || one.store != *store;
        if !is_hers && is_active(db, store, &one.staff, today)? {
            return Ok(Some(one.staff));
        }
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    match another(db, store, &others, customer, today)? {
        // In a shop of two the other one is better than nobody.
        None => another(db, store, &[], customer, today),
        found => Ok(found),
    }
}

fn served_in(
    db: &Connection,
    customer: &CustomerId,
    store: &StoreId,
) -> rusqlite::Result<Vec<Served>> {
    let mut select = db.prepare_cached(
        "SELECT coalesce(associate, cashier), count(*), max(day) FROM sale
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND +store = ?2
           AND counts AND kind = 'sale' AND coalesce(associate, cashier) IS NOT NULL GROUP BY 1",
    )?;
    let rows = select.query_map(params![customer, store], |row| {
        let (staff, times, last_day) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Served { store: *store, staff, times, last_day })
    })?;
    rows.collect()
}

fn hand(
    db: &Connection,
    customer: &CustomerId,
    place: u8,
    store: &StoreId,
    (from, to): (&str, &str),
    today: i32,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE looks_after SET staff = ?3, since = ?4, handed = 1
         WHERE customer = ?1 AND place = ?2",
    )?
    .execute(params![customer, place, to, today])?;
    db.prepare_cached(
        "INSERT INTO handover (customer, place, store, from_staff, to_staff, day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET to_staff = excluded.to_staff, undone_day = NULL",
    )?
    .execute(params![customer, place, store, from, to, today])
    .map(drop)
}

fn hand_tasks(
    db: &Connection,
    customer: Option<&CustomerId>,
    store: &StoreId,
    (from, to): (&str, &str),
    today: i32,
) -> rusqlite::Result<usize> {
    let his = "state = 'open' AND store = ?1 AND assignee = ?2
               AND (?3 IS NULL OR customer IN (SELECT id FROM customer WHERE id = ?3 OR root = ?3))";
    db.prepare_cached(&format!(
        "INSERT INTO handover_task (task, store, from_staff, to_staff, day)
         SELECT id, ?1, ?2, ?4, ?5 FROM task WHERE {his}
         ON CONFLICT DO UPDATE SET from_staff = excluded.from_staff, to_staff = excluded.to_staff"
    ))?
    .execute(params![store, from, customer, to, today])?;
    db.prepare_cached(&format!("UPDATE task SET assignee = ?4 WHERE {his}"))?
        .execute(params![store, from, customer, to])
}

/// It was a mistake, or he is back: what is still where it was put is his again.
///
/// # Errors
///
/// [`HandoverError::Nobody`] if nobody of that name left this store.
pub fn undo(hq: &mut Hq, store: &str, staff: &str, today: i32) -> Result<Handed, HandoverError> {
    let store = known_store(&hq.db, store)?;
    take_back(hq, &store, staff, today)
}

/// As [`undo`], of the store of this identifier.
///
/// # Errors
///
/// As [`undo`].
pub fn take_back(
    hq: &mut Hq,
    store: &StoreId,
    staff: &str,
    today: i32,
) -> Result<Handed, HandoverError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "DELETE FROM staff_left WHERE store = ?1 AND staff = ?2 RETURNING day";
    let day: Option<i32> = tx.query_row(sql, params![store, staff], |row| row.get(0)).optional()?;
    let day = day.ok_or(HandoverError::Nobody)?;
    let his = "store = ?1 AND from_staff = ?2 AND day = ?3";
    let hers: BTreeSet<CustomerId> = tx
        .prepare(&format!("SELECT customer FROM handover WHERE {his} AND undone_day IS NULL"))?
        .query_map(params![store, staff, day], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let customers = tx.execute(
        &format!(
            "UPDATE looks_after SET staff = ?2, since = ?4, handed = 1
             WHERE store = ?1 AND EXISTS (SELECT 1 FROM handover h WHERE h.{his}
                 AND h.undone_day IS NULL AND h.customer = looks_after.customer
                 AND h.place = looks_after.place AND h.to_staff = looks_after.staff)"
        ),
        params![store, staff, day, today],
    )?;
    tx.execute(
        &format!("UPDATE handover SET undone_day = ?4 WHERE {his} AND undone_day IS NULL"),
        params![store, staff, day, today],
    )?;
    let tasks = tx.execute(
        &format!(
            "UPDATE task SET assignee = ?2 WHERE state = 'open' AND store = ?1
             AND EXISTS (SELECT 1 FROM handover_task h WHERE h.{his} AND h.task = task.id
                         AND h.to_staff = task.assignee)"
        ),
        params![store, staff, day],
    )?;
    customer::touch(&tx, &hers)?;
    tx.commit()?;
    Ok(Handed { customers, tasks })
}

/// Members of tiers, and how many of them fewer than two look after: the aim is none (S84).
///
/// # Errors
///
/// As SQLite says.
pub fn alone(db: &Connection) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS
                   (SELECT 1 FROM looks_after a JOIN looks_after b ON b.customer = a.customer
                    WHERE a.customer = p.customer AND a.staff <> b.staff))
               FROM person p WHERE p.tier IS NOT NULL";
    db.query_row(sql, [], |row| {
        let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        Ok((count(0)?, count(1)?))
    })
}
