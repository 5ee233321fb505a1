//! The figures' nightly work, in short transactions: rows of whom something changed, classes that time
//! changes, reminders, then one ordered pass over everybody.
//!
//! ```text
//! figure_day_due ─▶ staff_day      figure_due, changes_on ─▶ figure_person      life_date ─▶ tasks
//!                                  figure_person, in order ─▶ tally ─▶ figure, stage_month
//! ```
//!
//! # Invariants
//!
//! - What is due is taken off the list in the transaction that does it; what the pages' sums still owe
//!   (`due_person`, `due_day`) waits for them.
//! - Nobody is asked after whom nothing changed, except by the one pass that reads rows in order.
//! - A night that was cut short begins its pass anew; rows that were made stay.
//!
//! Not here: what a row is (`person`), what the sums are (`tally`).

use super::measure::{self, Pass};
use super::person::{self, With};
use super::rules::{FigureRules, FigureRulesError};
use super::{life, staff};
use crate::care_list::CustomerId;
use crate::hq::ahead::{self, Reads};
use crate::hq::{Hq, bulk};
use rusqlite::{Connection, TransactionBehavior, params};

/// Customers per transaction.
const PERSONS: u32 = 512;
/// The same while the table is filled.
const PERSONS_FILLING: u32 = 2_048;
/// What a person's row is made of and lies apart from her neighbours'.
pub(in crate::hq) const READS: Reads = &[
    ahead::FILE,
    ahead::SALES,
    // As many as tell kinds of goods apart, with most.
    "SELECT count(i.name) FROM (SELECT stream, seq FROM sale WHERE customer = ?1 AND counts
         AND kind = 'sale' LIMIT 4) s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq",
];

/// One who works at night; what a pass has summed so far lies in here.
#[derive(Default)]
pub struct Night {
    pass: Option<Pass>,
}

impl Night {
    /// Does the next piece; `false` when today's work is done. `today` is HQ's own calendar.
    ///
    /// # Errors
    ///
    /// [`FigureRulesError`] if the rules do not read, or as SQLite says; then nothing of this piece was
    /// done.
    pub fn step(&mut self, hq: &mut Hq, today: i32) -> Result<bool, FigureRulesError> {
        if self.pass.is_none() {
            if due_days(hq)? || due_persons(hq, today)? || life::remind(hq, today)? {
                return Ok(true);
            }
            if measure::is_done(&hq.db, today)? {
                return Ok(false);
            }
        }
        let pass = match self.pass.take() {
            Some(pass) if pass.is_of(today) => pass,
            _ => Pass::begin(&hq.db, today)?,
        };
        self.pass = pass.step(&mut hq.db)?;
        Ok(true)
    }
}

/// Does all of a night's work, in the caller's own time; returns how many pieces it was.
///
/// # Errors
///
/// As [`Night::step`].
pub fn run(hq: &mut Hq, today: i32) -> Result<u32, FigureRulesError> {
    let (mut night, mut pieces) = (Night::default(), 0);
    while night.step(hq, today)? {
        pieces += 1;
    }
    Ok(pieces)
}

pub(super) fn due_days(hq: &mut Hq) -> rusqlite::Result<bool> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let worked = staff::count_due_days(&tx)?;
    tx.commit()?;
    Ok(worked)
}

pub(super) fn due_persons(hq: &mut Hq, today: i32) -> Result<bool, FigureRulesError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_filling = bulk::begin(&tx, &bulk::FIGURES)?;
    let (count, asked) =
        if is_filling { (PERSONS_FILLING, 2 * PERSONS_FILLING) } else { (PERSONS, PERSONS) };
    let mut due = customers(
        &tx,
        "SELECT customer FROM figure_due d
         WHERE NOT EXISTS (SELECT 1 FROM due_person p WHERE p.customer = d.customer) LIMIT ?1",
        params![asked],
    )?;
    if due.is_empty() && bulk::end(&tx, &bulk::FIGURES)? {
        tx.commit()?;
        return Ok(true);
    }
    if due.is_empty() {
        due = customers(
            &tx,
            "SELECT customer FROM figure_person WHERE changes_on <= ?2 LIMIT ?1",
            params![count, today],
        )?;
    }
    let due = ahead::piece(&mut hq.ahead.figures, &tx, READS, due, count);
    if due.is_empty() {
        return Ok(false);
    }
    let rules = FigureRules::of(&tx)?;
    let bands = rules.bands()?;
    let with = With { keys: &hq.keys, rules: &rules, bands: &bands, today };
    for id in &due {
        person::settle(&tx, &with, id)?;
        tx.prepare_cached("DELETE FROM figure_due WHERE customer = ?1")?.execute([id])?;
    }
    tx.commit()?;
    Ok(true)
}

fn customers(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Vec<CustomerId>> {
    db.prepare_cached(sql)?.query_map(params, |row| row.get(0))?.collect()
}
