//! What a night counted of the chain: one row a name, as JSON, beside the day that it is of.
//!
//! Not here: what is counted (`summary`, `figures`, `forecast`).

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts it in the place of what was counted before.
pub(super) fn keep(
    db: &Connection,
    name: &str,
    day: i32,
    value: &impl Serialize,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO figure (name, day, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET day = excluded.day, value = excluded.value",
        params![name, day, json(value)?],
    )
    .map(drop)
}

/// The newest, if a night has passed and it still reads.
pub(super) fn kept<T: DeserializeOwned>(
    db: &Connection,
    name: &str,
) -> rusqlite::Result<Option<T>> {
    let sql = "SELECT value FROM figure WHERE name = ?1";
    let kept: Option<String> = db.query_row(sql, [name], |row| row.get(0)).optional()?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

/// Whether the newest is of this day.
pub(super) fn is_of(db: &Connection, name: &str, today: i32) -> rusqlite::Result<bool> {
    let sql = "SELECT day FROM figure WHERE name = ?1";
    let day: Option<i32> = db.query_row(sql, [name], |row| row.get(0)).optional()?;
    Ok(day == Some(today))
}

/// As a column holds it.
pub(super) fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))
}
