//! The sample of a quarter: drawn once by a seed that everybody may read, and what each check found.
//!
//! ```text
//! seed, size (kept) ─▶ a store's new files of the quarter, by associate ─▶ the same ones, whoever looks
//! ```
//!
//! Not here: drawing itself ([`sample`](super::sample)).

use super::{Drawn, Quarter, sample};
use crate::care_list::CustomerId;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

/// How a quarter's files were drawn.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Draw {
    /// The words that it hangs on.
    pub seed: String,
    /// So many of each one's files.
    pub size: u32,
    /// Who drew.
    pub by: String,
    /// When, ms since 1970-01-01 UTC.
    pub at_ms: i64,
}

/// The draw of a quarter, if there was one.
///
/// # Errors
///
/// As SQLite says.
pub fn draw_of(db: &Connection, quarter: Quarter) -> rusqlite::Result<Option<Draw>> {
    db.prepare_cached("SELECT seed, size, by, at_ms FROM file_draw WHERE quarter = ?1")?
        .query_row([quarter.0], |row| {
            let (seed, size, by) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Draw { seed, size, by, at_ms: row.get(3)? })
        })
        .optional()
}

/// Draws a quarter; `false` if it was drawn before: who draws until he likes it draws no sample.
///
/// # Errors
///
/// As SQLite says.
pub fn set_draw(db: &Connection, quarter: Quarter, draw: &Draw) -> rusqlite::Result<bool> {
    let Draw { seed, size, by, at_ms } = draw;
    let sql = "INSERT INTO file_draw (quarter, seed, size, by, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    Ok(db.execute(sql, params![quarter.0, seed, size, by, at_ms])? > 0)
}

/// The files that a draw takes of one store's, by associate.
///
/// # Errors
///
/// As SQLite says.
pub fn drawn_in(
    db: &Connection,
    quarter: Quarter,
    draw: &Draw,
    (store, name): (&StoreId, &str),
) -> rusqlite::Result<Vec<Drawn>> {
    let (first, last) = quarter.days();
    let mut select = db.prepare_cached(
        "SELECT reg_staff, customer FROM figure_person
         WHERE reg_store = ?1 AND reg_day BETWEEN ?2 AND ?3 AND reg_staff IS NOT NULL",
    )?;
    let mut rows = select.query(params![store, first, last])?;
    let mut files: BTreeMap<String, Vec<CustomerId>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        files.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let mut drawn = Vec::new();
    for (staff, hers) in files {
        for customer in sample(&draw.seed, quarter, &hers, draw.size as usize) {
            let valid = found(db, &customer, quarter)?;
            let (store, customer) = (name.to_owned(), customer.to_string());
            drawn.push(Drawn { store, staff: staff.clone(), customer, valid });
        }
    }
    Ok(drawn)
}

/// What the check of a file found, if it was made.
///
/// # Errors
///
/// As SQLite says.
pub fn found(
    db: &Connection,
    customer: &CustomerId,
    quarter: Quarter,
) -> rusqlite::Result<Option<bool>> {
    let sql = "SELECT max(valid) FROM file_check WHERE customer = ?1 AND quarter = ?2";
    db.prepare_cached(sql)?.query_row(params![customer, quarter.0], |row| row.get(0))
}
