//! New files by quarter and who made them, counted each night, so that a page need not go through them.
//!
//! ```text
//! figure_person, some thousand rows at a time ─▶ Files ─▶ figure_file ─┬▶ Entrant
//!                                                         file_check ─┘
//! ```
//!
//! # Invariants
//!
//! - Counted in many pieces or in one, it comes out as [`entrants`](super::entrants) counts it.
//! - What was checked today counts today: only the files themselves wait for the night.
//!
//! Not here: the ranks (the parent module).

use super::super::rules::FigureRules;
use super::{Entrant, Quarter, entrant, mean, rank};
use crate::hq::file::{Filled, Weights};
use crate::message::StoreId;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Quarters that are counted anew each night; older ones stay as they were counted last.
const QUARTERS: i32 = 8;

/// Files that count, that do not, and the sum of the former's completeness in percent.
type Sums = (u32, u32, u32);

/// Sums so far.
pub(in crate::hq::figures) struct Files {
    first: Quarter,
    weights: Weights,
    sums: BTreeMap<(Quarter, StoreId, String), Sums>,
}

impl Files {
    pub(in crate::hq::figures) fn begin(db: &Connection, today: i32) -> Self {
        let rules = FigureRules::of_chain(db);
        let first = Quarter::of(today).before(QUARTERS - 1);
        Self { first, weights: Weights::of(&rules.file), sums: BTreeMap::new() }
    }

    /// Adds the files of customers after `after` up to `last`.
    pub(in crate::hq::figures) fn add(
        &mut self,
        db: &Connection,
        after: &[u8],
        last: &[u8],
    ) -> rusqlite::Result<()> {
        let mut select = db.prepare_cached(
            "SELECT f.reg_day, f.reg_store, f.reg_staff, f.valid, coalesce(p.hard, 0),
                    coalesce(p.soft, 0)
             FROM figure_person f LEFT JOIN person p ON p.customer = f.customer
             WHERE f.customer > ?1 AND f.customer <= ?2 AND +f.reg_day >= ?3
               AND f.reg_store IS NOT NULL AND f.reg_staff IS NOT NULL",
        )?;
        let (first, _) = self.first.days();
        let mut rows = select.query(params![after, last, first])?;
        while let Some(row) = rows.next()? {
            let key = (Quarter::of(row.get(0)?), row.get(1)?, row.get(2)?);
            let sums = self.sums.entry(key).or_default();
            if row.get(3)? {
                let filled = Filled { hard: row.get(4)?, soft: row.get(5)? };
                sums.0 += 1;
                sums.2 += filled.percent(self.weights);
            } else {
                sums.1 += 1;
            }
        }
        Ok(())
    }

    /// Keeps them in place of last night's.
    pub(in crate::hq::figures) fn keep(&self, db: &Connection) -> rusqlite::Result<()> {
        db.execute("DELETE FROM figure_file WHERE quarter >= ?1", [self.first.0])?;
        let mut insert = db.prepare_cached(
            "INSERT INTO figure_file (quarter, store, staff, files, invalid, percents)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for ((quarter, store, staff), (files, invalid, percents)) in &self.sums {
            insert.execute(params![quarter.0, store, staff, files, invalid, percents])?;
        }
        Ok(())
    }
}

/// A quarter's new files per person as the last night counted them, with the three ranks.
///
/// # Errors
///
/// As SQLite says.
pub fn counted(db: &Connection, quarter: Quarter) -> rusqlite::Result<Vec<Entrant>> {
    let checks = checks(db, quarter)?;
    let mut select = db.prepare_cached(
        "SELECT s.name, f.store, f.staff, f.files, f.invalid, f.percents
         FROM figure_file f JOIN store s ON s.id = f.store WHERE f.quarter = ?1",
    )?;
    let rows = select.query_map([quarter.0], |row| {
        let (store, staff): (StoreId, String) = (row.get(1)?, row.get(2)?);
        let (checked, found_valid) = checks.get(&(store, staff.clone())).copied().unwrap_or((0, 0));
        let (files, invalid, percents) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let one = entrant(row.get(0)?, staff);
        Ok(mean(Entrant { files, invalid, checked, found_valid, ..one }, percents))
    })?;
    let mut all: Vec<Entrant> = rows.collect::<rusqlite::Result<_>>()?;
    rank(&mut all);
    Ok(all)
}

/// How many files of each one's were checked, and how many of them found valid.
fn checks(
    db: &Connection,
    quarter: Quarter,
) -> rusqlite::Result<BTreeMap<(StoreId, String), (u32, u32)>> {
    let mut select = db.prepare_cached(
        "SELECT f.reg_store, f.reg_staff, count(*), sum(c.valid) FROM file_check c
         JOIN figure_person f ON f.customer = c.customer
         WHERE c.quarter = ?1 AND f.reg_store IS NOT NULL AND f.reg_staff IS NOT NULL
         GROUP BY 1, 2",
    )?;
    let rows = select.query_map([quarter.0], |row| {
        Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)))
    })?;
    rows.collect()
}
