//! Whether a store is expected to have traded on a day: it did, or it usually does on that weekday.
//!
//! # Invariants
//!
//! - Learnt from the eight weeks up to its last known sale, so a store that is silent stays expected.
//!
//! Not here: holidays; a store that keeps one is missing until it trades again.

use crate::message::StoreId;
use rusqlite::{Connection, params};

const WEEKS: i32 = 8;

/// Notes that a till of `store` sold on `day`.
pub(in crate::hq) fn traded(db: &Connection, store: &StoreId, day: i32) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO store_day (store, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![store, day])?;
    Ok(())
}

/// Whether the store should be heard of about `day`.
pub(super) fn is_expected(db: &Connection, store: &StoreId, day: i32) -> rusqlite::Result<bool> {
    // The last day that it traded up to this one: a date far ahead is a misread.
    let sql = "SELECT max(day) FROM store_day WHERE store = ?1 AND day <= ?2";
    let last: Option<i32> =
        db.prepare_cached(sql)?.query_row(params![store, day], |row| row.get(0))?;
    let Some(last) = last else { return Ok(false) };
    if last == day {
        return Ok(true);
    }
    let from = last - WEEKS * 7 + 1;
    let mut select = db.prepare_cached(
        "SELECT min(day), count(*) FILTER (WHERE (day - ?4) % 7 = 0) FROM store_day
         WHERE store = ?1 AND day BETWEEN ?2 AND ?3",
    )?;
    let (first, traded): (i32, i32) =
        select.query_row(params![store, from, last, day], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // So many of this weekday there were since it began, at most eight.
    let weekdays = (first..=last).filter(|at| (day - at) % 7 == 0).count();
    Ok(weekdays > 0 && usize::try_from(traded).unwrap_or(0) * 2 >= weekdays)
}
