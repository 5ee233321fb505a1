//! VIPs' get-togethers: four a year in each store, or a warning (S61).
//!
//! Not here: who is invited (`messages`).

use crate::message::StoreId;
use rusqlite::{Connection, params};

/// So many a year.
pub const PER_YEAR: u32 = 4;
/// A rolling year.
const YEAR: i32 = 365;

/// Writes one down; returns its number.
///
/// # Errors
///
/// As SQLite says.
pub fn add(
    db: &Connection,
    store: &StoreId,
    day: i32,
    theme: &str,
    guests: Option<u32>,
) -> rusqlite::Result<i64> {
    db.query_row(
        "INSERT INTO vip_event (store, day, theme, guests) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        params![store, day, theme.trim(), guests],
        |row| row.get(0),
    )
}

/// A store's year.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Year {
    /// The store's name.
    pub store: String,
    /// Within the 365 days that end today.
    pub held: u32,
    /// Planned after today.
    pub planned: u32,
    /// So many are missing to four.
    pub short: u32,
    /// Their themes, the newest first.
    pub themes: Vec<String>,
}

/// Every store's year, those who lack most first.
///
/// # Errors
///
/// As SQLite says.
pub fn years(db: &Connection, today: i32) -> rusqlite::Result<Vec<Year>> {
    let mut stores = db.prepare("SELECT id, name FROM store ORDER BY name")?;
    let mut events = db.prepare(
        "SELECT day, theme FROM vip_event WHERE store = ?1 AND day > ?2 ORDER BY day DESC, id DESC",
    )?;
    let rows = stores.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut years = Vec::new();
    for (id, store) in rows.collect::<rusqlite::Result<Vec<(StoreId, String)>>>()? {
        let found =
            events.query_map(params![id, today - YEAR], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found: Vec<(i32, String)> = found.collect::<rusqlite::Result<_>>()?;
        let past = |(day, _): &&(i32, String)| *day <= today;
        let held = u32::try_from(found.iter().filter(past).count()).unwrap_or(u32::MAX);
        let planned = u32::try_from(found.len()).unwrap_or(u32::MAX) - held;
        let themes = found.into_iter().map(|(_, theme)| theme).collect();
        years.push(Year { store, held, planned, short: PER_YEAR.saturating_sub(held), themes });
    }
    years.sort_by_key(|year| core::cmp::Reverse(year.short));
    Ok(years)
}
