//! The weather as a store says it: a flag of one day.
//!
//! Not here: who is thanked for coming in the rain (`plan`), umbrellas (`desk::vip`).

use crate::message::StoreId;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// It rains in this store today, or does not after all.
///
/// # Errors
///
/// As SQLite says.
pub fn set(
    db: &Connection,
    store: &StoreId,
    day: i32,
    rains: bool,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO weather (store, day, rains, at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (store, day) DO UPDATE SET rains = excluded.rains, at_ms = excluded.at_ms",
        params![store, day, rains, now_ms],
    )
    .map(drop)
}

/// What a till says of its weather, unless somebody has said something since.
pub(in crate::hq) fn heard(
    db: &Connection,
    store: &StoreId,
    day: i32,
    rains: bool,
    said_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO weather (store, day, rains, at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (store, day) DO UPDATE SET rains = excluded.rains, at_ms = excluded.at_ms
         WHERE excluded.at_ms >= at_ms",
    )?
    .execute(params![store, day, rains, said_ms])
    .map(drop)
}

/// Stores in which it rains on this day.
///
/// # Errors
///
/// As SQLite says.
pub fn wet(db: &Connection, day: i32) -> rusqlite::Result<BTreeSet<StoreId>> {
    db.prepare_cached("SELECT store FROM weather WHERE day = ?1 AND rains")?
        .query_map([day], |row| row.get(0))?
        .collect()
}
