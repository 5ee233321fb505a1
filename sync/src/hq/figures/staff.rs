//! Facts about staff: who worked, what new files they made, how numbers were asked for, what customers
//! said of their calls (S22, S85, S127).
//!
//! # Invariants
//!
//! - By name, in the order of the alphabet. Nothing here ranks people by how many numbers were given: a
//!   ranking brings false numbers.
//! - A case of the digest names nobody: neither her nor who served her, and none of her words.
//!
//! Not here: contests (`contest`), who looks after whom (`link`).

use super::link::ACTIVE_DAYS;
use super::measured::Measured;
use super::tally::hex;
use crate::calendar::Date;
use crate::message::StoreId;
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;

/// Days of stores per transaction.
const DAYS: u32 = 256;

/// Counts who worked on some of the days that are due; `false` when none is.
pub(super) fn count_due_days(tx: &Connection) -> rusqlite::Result<bool> {
    let mut select = tx.prepare_cached(
        "SELECT store, day FROM figure_day_due d WHERE NOT EXISTS
             (SELECT 1 FROM due_day s WHERE s.store = d.store AND s.day = d.day) LIMIT ?1",
    )?;
    let due = select.query_map([DAYS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let due: Vec<(StoreId, i32)> = due.collect::<rusqlite::Result<_>>()?;
    for (store, day) in &due {
        let at = params![store, day];
        tx.prepare_cached("DELETE FROM staff_day WHERE store = ?1 AND day = ?2")?.execute(at)?;
        for (staff, sales) in who_worked(tx, store, *day)? {
            tx.prepare_cached(
                "INSERT INTO staff_day (store, day, staff, sales) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![store, day, staff, sales])?;
        }
        tx.prepare_cached("DELETE FROM figure_day_due WHERE store = ?1 AND day = ?2")?
            .execute(at)?;
    }
    Ok(!due.is_empty())
}

/// Whoever served or sat at the till, once a sale where both are one.
fn who_worked(
    tx: &Connection,
    store: &StoreId,
    day: i32,
) -> rusqlite::Result<BTreeMap<String, u32>> {
    let mut select = tx.prepare_cached(
        "SELECT associate, nullif(cashier, associate), count(*) FROM sale
         WHERE store = ?1 AND day = ?2 AND kind = 'sale' AND NOT voided GROUP BY 1, 2",
    )?;
    let rows = select.query_map(params![store, day], |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?))
    })?;
    let mut worked = BTreeMap::new();
    for row in rows {
        let (associate, cashier, sales): (_, _, u32) = row?;
        for staff in [associate, cashier].into_iter().flatten() {
            *worked.entry(staff).or_default() += sales;
        }
    }
    Ok(worked)
}

/// New customers of one day, by who served them first (S127).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct NewCustomers {
    /// Days since 1970-01-01.
    pub day: i32,
    /// The store's name.
    pub store: String,
    /// Who served them; none where the receipt named nobody.
    pub staff: Option<String>,
    /// How many.
    pub files: u32,
}

/// New customers from `from` to `to`, the newest day first, then by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn new_customers(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<NewCustomers>> {
    let mut select = db.prepare_cached(
        "SELECT f.reg_day, s.name, f.reg_staff, count(*) FROM figure_person f
         JOIN store s ON s.id = f.reg_store WHERE f.reg_day BETWEEN ?1 AND ?2 AND f.valid
         GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3",
    )?;
    let rows = select.query_map([from, to], |row| {
        let (day, store) = (row.get(0)?, row.get(1)?);
        Ok(NewCustomers { day, store, staff: row.get(2)?, files: row.get(3)? })
    })?;
    rows.collect()
}

/// As [`new_customers`], of one store.
///
/// # Errors
///
/// As SQLite says.
pub fn new_in(
    db: &Connection,
    (store, name): (&StoreId, &str),
    from: i32,
    to: i32,
) -> rusqlite::Result<Vec<NewCustomers>> {
    let mut select = db.prepare_cached(
        "SELECT reg_day, reg_staff, count(*) FROM figure_person
         WHERE reg_store = ?1 AND reg_day BETWEEN ?2 AND ?3 AND valid
         GROUP BY 1, 2 ORDER BY 1 DESC, 2",
    )?;
    let rows = select.query_map(params![store, from, to], |row| {
        let (day, store) = (row.get(0)?, name.to_owned());
        Ok(NewCustomers { day, store, staff: row.get(1)?, files: row.get(2)? })
    })?;
    rows.collect()
}

/// How one person asked for numbers; by name, nobody is ranked.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Asked {
    /// The store's name.
    pub store: String,
    /// Who; empty where receipts name nobody.
    pub staff: String,
    /// Sales.
    pub sales: i64,
    /// Numbers given.
    pub given: i64,
    /// Declined.
    pub refused: i64,
    /// Not asked for.
    pub not_asked: i64,
}

/// Numbers given, declined and not asked for from `from` to `to`, by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn asked(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Asked>> {
    let mut select = db.prepare_cached(
        "SELECT s.name, d.cashier, sum(d.sales), sum(d.given), sum(d.refused), sum(d.not_asked)
         FROM day_staff d JOIN store s ON s.id = d.store WHERE d.day BETWEEN ?1 AND ?2
         GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let rows = select.query_map([from, to], |row| {
        Ok(Asked {
            store: row.get(0)?,
            staff: row.get(1)?,
            sales: row.get(2)?,
            given: row.get(3)?,
            refused: row.get(4)?,
            not_asked: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Staff who went, beside customers who stayed (S85).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Turnover {
    /// The store's name.
    pub store: String,
    /// Worked here in the 90 days before the last 90.
    pub staff_before: u64,
    /// Of them, not since, or said to have left.
    pub staff_gone: u64,
    /// Customers who bought in the same 90 days.
    pub customers_before: u64,
    /// Of them, bought in the last 90.
    pub customers_stayed: u64,
}

/// Each store's staff turnover beside its retention, by the store's name.
///
/// # Errors
///
/// As SQLite says.
pub fn turnover(
    db: &Connection,
    measured: &Measured,
    today: i32,
) -> rusqlite::Result<Vec<Turnover>> {
    let mut select = db.prepare_cached(
        "SELECT s.id, s.name, count(DISTINCT d.staff), count(DISTINCT d.staff) FILTER (WHERE
             EXISTS (SELECT 1 FROM staff_left l WHERE l.store = d.store AND l.staff = d.staff)
             OR NOT EXISTS (SELECT 1 FROM staff_day n WHERE n.store = d.store
                 AND n.staff = d.staff AND n.day > ?1))
         FROM staff_day d JOIN store s ON s.id = d.store
         WHERE d.day > ?2 AND d.day <= ?1 GROUP BY s.id, s.name ORDER BY s.name",
    )?;
    let rows = select.query_map([today - 90, today - 180], |row| {
        let store: StoreId = row.get(0)?;
        let customers = measured.stores.get(&hex(&store)).copied().unwrap_or_default();
        let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        Ok(Turnover {
            store: row.get(1)?,
            staff_before: count(2)?,
            staff_gone: count(3)?,
            customers_before: customers.active,
            customers_stayed: customers.retained,
        })
    })?;
    rows.collect()
}

/// Of one store's staff who worked there in the 90 days before the last 90: how many, and how many of
/// them not since, or said to have left (S85).
///
/// # Errors
///
/// As SQLite says.
pub fn gone(db: &Connection, store: &StoreId, today: i32) -> rusqlite::Result<(u32, u32)> {
    db.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE
             EXISTS (SELECT 1 FROM staff_left l WHERE l.store = ?1 AND l.staff = d.staff)
             OR NOT EXISTS (SELECT 1 FROM staff_day n WHERE n.store = ?1
                 AND n.staff = d.staff AND n.day > ?2))
         FROM (SELECT DISTINCT staff FROM staff_day
               WHERE store = ?1 AND day > ?3 AND day <= ?2) d",
    )?
    .query_row(params![store, today - 90, today - 180], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What customers said on one person's calls in one month (S22).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Satisfaction {
    /// The store's name.
    pub store: Option<String>,
    /// Who called.
    pub staff: String,
    /// Calls with an answer to a question.
    pub answered: u32,
    /// Answers that were good: likes it, is comfortable.
    pub good: u32,
    /// All answers to these two.
    pub of: u32,
}

/// Each one's answers in a month, by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn satisfaction(db: &Connection, year: i32, month: u8) -> rusqlite::Result<Vec<Satisfaction>> {
    let (from, to) = month_ms(year, month);
    let mut select = db.prepare_cached(
        "SELECT s.name, coalesce(o.done_by, t.assignee), count(*),
                sum(coalesce(o.likes, 0) + coalesce(o.comfortable, 0)),
                sum((o.likes IS NOT NULL) + (o.comfortable IS NOT NULL))
         FROM outcome o JOIN task t ON t.id = o.task LEFT JOIN store s ON s.id = t.store
         WHERE o.wall_ms >= ?1 AND o.wall_ms < ?2 AND coalesce(o.done_by, t.assignee) IS NOT NULL
           AND (o.likes IS NOT NULL OR o.comfortable IS NOT NULL)
         GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let rows = select.query_map([from, to], |row| {
        Ok(Satisfaction {
            store: row.get(0)?,
            staff: row.get(1)?,
            answered: row.get(2)?,
            good: row.get(3)?,
            of: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// A case for the staff meeting, without a name in it (S22).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Case {
    /// The store's name.
    pub store: Option<String>,
    /// The cause that was found, by its word.
    pub cause: Option<String>,
    /// Spread to the first answer.
    pub reply_minutes: Option<i64>,
    /// Hours until it was closed.
    pub hours: Option<i64>,
    /// Whether she was content.
    pub satisfied: Option<bool>,
    /// Whether it was opened again.
    pub reopened: bool,
    /// Requests granted.
    pub granted: u32,
    /// Requests refused.
    pub refused: u32,
}

/// The cases that were opened in a month.
///
/// # Errors
///
/// As SQLite says.
pub fn digest(db: &Connection, year: i32, month: u8) -> rusqlite::Result<Vec<Case>> {
    let (from, to) = month_ms(year, month);
    let mut select = db.prepare_cached(
        "SELECT s.name,
                (SELECT reason FROM complaint_step p WHERE p.complaint = c.id
                 AND p.step = 'analyse' ORDER BY p.id DESC LIMIT 1),
                ((SELECT min(at_ms) FROM complaint_step p WHERE p.complaint = c.id
                  AND p.step <> 'listen') - c.opened_ms) / 60000,
                (c.closed_ms - c.opened_ms) / 3600000, c.satisfied, c.reopened,
                (SELECT count(*) FROM complaint_request r WHERE r.complaint = c.id AND r.granted),
                (SELECT count(*) FROM complaint_request r WHERE r.complaint = c.id
                 AND NOT r.granted)
         FROM complaint c LEFT JOIN store s ON s.id = c.store
         WHERE c.state IN ('open', 'closed') AND c.opened_ms >= ?1 AND c.opened_ms < ?2
         ORDER BY s.name, c.opened_ms",
    )?;
    select.query_map([from, to], case)?.collect()
}

fn case(row: &Row<'_>) -> rusqlite::Result<Case> {
    Ok(Case {
        store: row.get(0)?,
        cause: row.get(1)?,
        reply_minutes: row.get(2)?,
        hours: row.get(3)?,
        satisfied: row.get(4)?,
        reopened: row.get(5)?,
        granted: row.get(6)?,
        refused: row.get(7)?,
    })
}

/// The month in milliseconds since 1970-01-01 UTC, as HQ keeps its times.
pub(in crate::hq) fn month_ms(year: i32, month: u8) -> (i64, i64) {
    let first = |year, month| {
        i64::from(Date { year, month, day: 1 }.day().unwrap_or_default()) * 86_400_000
    };
    let (next_year, next) = if month >= 12 { (year + 1, 1) } else { (year, month + 1) };
    (first(year, month), first(next_year, next))
}

/// Who works in which store now: sold lately and is not said to have left.
///
/// # Errors
///
/// As SQLite says.
pub fn active(db: &Connection, today: i32) -> rusqlite::Result<Vec<(String, String, i32)>> {
    let mut select = db.prepare_cached(
        "SELECT s.name, d.staff, max(d.day) FROM staff_day d JOIN store s ON s.id = d.store
         WHERE d.day > ?1 AND NOT EXISTS
             (SELECT 1 FROM staff_left l WHERE l.store = d.store AND l.staff = d.staff)
         GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let rows = select
        .query_map([today - ACTIVE_DAYS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}
