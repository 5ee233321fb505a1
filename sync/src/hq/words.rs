//! Words that a store's sales repeat: which are worth a number, and what a stream's numbers mean.
//!
//! # Invariants
//!
//! - A number means what its own stream said before it; what HQ counted has no part in reading.
//! - A text goes down once it was met [`TIMES`] times, under a version of the care list.
//!
//! Not here: packing (`crate::words`).

use super::fold::Place;
use crate::event::{Seq, WordList};
use crate::message::StoreId;
use crate::words::{TEXT_MAX, WORDS_MAX};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Met so often, a text is worth a number.
const TIMES: i64 = 3;
/// A shorter text is as short as its number.
const TEXT_MIN: i64 = 4;
/// Words per page.
const PAGE: usize = 1_000;

/// What goes down with a page.
pub(super) struct Due {
    pub(super) texts: Vec<String>,
    /// The version of the last one.
    pub(super) last: u64,
    /// Nothing above this may be on the page.
    pub(super) end: u64,
    pub(super) more: bool,
}

/// Takes what a till says that its numbers mean from now on.
pub(super) fn told(db: &Connection, stream: i64, list: &WordList) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO word (stream, number, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for (number, text) in (list.first..).zip(&list.texts).take(WORDS_MAX) {
        insert.execute(params![stream, number, text])?;
    }
    Ok(())
}

/// What a number of a stream means, if it was told.
pub(super) fn word(db: &Connection, stream: i64, number: u32) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT text FROM word WHERE stream = ?1 AND number = ?2";
    db.prepare_cached(sql)?.query_row(params![stream, number], |row| row.get(0)).optional()
}

/// Counts the texts of the sales behind `place` up to `last`, and gives those that are worth it a version.
pub(super) fn learn(db: &Connection, place: &Place, last: Seq) -> rusqlite::Result<()> {
    db.prepare_cached(
        "WITH sold AS (SELECT * FROM sale_item WHERE stream = ?2 AND seq > ?3 AND seq <= ?4),
              met (text) AS (
             SELECT name FROM sold UNION ALL SELECT style FROM sold
             UNION ALL SELECT colour FROM sold UNION ALL SELECT size FROM sold
             UNION ALL SELECT cashier FROM sale WHERE stream = ?2 AND seq > ?3 AND seq <= ?4)
         INSERT INTO store_word (store, text, count)
         SELECT ?1, text, count(*) FROM met
         WHERE length(CAST(text AS BLOB)) BETWEEN ?5 AND ?6 GROUP BY text
         ON CONFLICT (store, text) DO UPDATE SET count = count + excluded.count",
    )?
    .execute(params![
        place.store,
        place.stream,
        place.seq,
        last,
        TEXT_MIN,
        i64::try_from(TEXT_MAX).unwrap_or(i64::MAX)
    ])?;
    promote(db, &place.store)
}

fn promote(db: &Connection, store: &StoreId) -> rusqlite::Result<()> {
    let count = "SELECT count(*) FROM store_word WHERE store = ?1 AND n IS NOT NULL";
    let have: i64 = db.prepare_cached(count)?.query_row([store], |row| row.get(0))?;
    let room = i64::try_from(WORDS_MAX).unwrap_or(i64::MAX) - have;
    let mut select = db.prepare_cached(
        "SELECT text FROM store_word WHERE store = ?1 AND n IS NULL AND count >= ?2
         ORDER BY count DESC, text LIMIT ?3",
    )?;
    let worth = select.query_map(params![store, TIMES, room.max(0)], |row| row.get(0))?;
    let worth = worth.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut update =
        db.prepare_cached("UPDATE store_word SET n = ?3 WHERE store = ?1 AND text = ?2")?;
    for text in worth {
        let sql = "UPDATE hq SET care_n = care_n + 1 RETURNING care_n";
        let n: i64 = db.query_row(sql, [], |row| row.get(0))?;
        update.execute(params![store, text, n])?;
    }
    Ok(())
}

/// The words of a store with versions above `after` and up to `end`.
pub(super) fn due(db: &Connection, store: &StoreId, after: u64, end: u64) -> rusqlite::Result<Due> {
    let mut select = db.prepare_cached(
        "SELECT text, n FROM store_word WHERE store = ?1 AND n > ?2 AND n <= ?3 ORDER BY n LIMIT ?4",
    )?;
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let rows = select.query_map(params![store, whole(after), whole(end), limit], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().map_or(after, |(_, n)| *n);
    let end = if more { last } else { end };
    Ok(Due { texts: rows.into_iter().map(|(text, _)| text).collect(), last, end, more })
}
