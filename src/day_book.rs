//! The day book: what the till printed in the last two days, for looking back.
//!
//! The cashier undoes a link, adds one afterwards or reads what the last paper said. Each paper is
//! sealed under a key of its day; the key itself is sealed under the local key.
//!
//! # Invariants
//!
//! - After 48 hours the day's key is destroyed (SQLite overwrites what it frees), and the papers go.
//!
//! Not here: what HQ gets (`outbox`).

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sync::event::{Epoch, Seq};
use sync::random::random;

use crate::at_rest::LocalKey;

/// Days whose papers can be read: today, and the two before it cover 48 hours.
const DAYS: i32 = 2;

/// A paper as it was printed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Paper {
    /// When, Unix ms.
    pub at_ms: i64,
    /// Which bridge.
    pub bridge: String,
    /// What kind of slip, as `sale::Kind` names it.
    pub kind: String,
    /// The rows.
    pub rows: Vec<String>,
    /// The rows of the note, if one was printed.
    pub note: Vec<String>,
    /// Receipt number.
    pub receipt_no: Option<String>,
    /// The total in minor units.
    pub total: Option<i64>,
    /// How the total is known.
    pub known: String,
    /// The member's number that the till printed, so that it can be hidden; sealed with the rest.
    #[serde(default)]
    pub member: Option<String>,
}

/// A paper and where its sale stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in the day book.
    pub id: i64,
    /// The sale that it is, if it is one.
    pub sale: Option<(Epoch, Seq)>,
    /// What was printed.
    pub paper: Paper,
}

/// Why the day book cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DayBookError {
    /// The database refused.
    #[error("the day book: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row does not open or is not one.
    #[error("a paper in the day book cannot be read")]
    Damaged,
}

/// Writes a paper down within the caller's transaction and returns its number.
///
/// # Errors
///
/// [`DayBookError`].
pub fn write(
    transaction: &Connection,
    local: &LocalKey,
    day: i32,
    sale: Option<(Epoch, Seq)>,
    paper: &Paper,
) -> Result<i64, DayBookError> {
    let key = match day_key(transaction, local, day)? {
        Some(key) => key,
        None => new_day_key(transaction, local, day)?,
    };
    let plain = serde_json::to_vec(paper).map_err(|_| DayBookError::Damaged)?;
    let sealed = key.seal(&aad(day), &plain);
    let (epoch, seq) = sale.unzip();
    transaction
        .prepare_cached(
            "INSERT INTO paper (day, sale_epoch, sale_seq, sealed) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            day,
            epoch.map(|epoch: Epoch| epoch.0),
            seq.and_then(|seq: Seq| i64::try_from(seq.0).ok()),
            sealed
        ])?;
    Ok(transaction.last_insert_rowid())
}

/// The last `count` papers, newest first; one that cannot be read is left out.
///
/// # Errors
///
/// [`DayBookError`].
pub fn last(
    connection: &Connection,
    local: &LocalKey,
    count: u32,
) -> Result<Vec<Entry>, DayBookError> {
    let mut rows = connection.prepare_cached(
        "SELECT id, day, sale_epoch, sale_seq, sealed FROM paper ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = rows.query_map([count], read_row)?.collect::<Result<Vec<_>, _>>()?;
    let opened = rows.into_iter().map(|row| open(connection, local, row));
    opened.filter(|entry| !matches!(entry, Err(DayBookError::Damaged))).collect()
}

/// One paper.
///
/// # Errors
///
/// [`DayBookError`].
pub fn entry(
    connection: &Connection,
    local: &LocalKey,
    id: i64,
) -> Result<Option<Entry>, DayBookError> {
    let row = connection
        .prepare_cached("SELECT id, day, sale_epoch, sale_seq, sealed FROM paper WHERE id = ?1")?
        .query_row([id], read_row)
        .optional()?;
    row.map(|row| open(connection, local, row)).transpose()
}

/// Destroys what is older than two days.
///
/// # Errors
///
/// What SQLite says.
pub fn forget_old(connection: &Connection, today: i32) -> rusqlite::Result<()> {
    let oldest = today.saturating_sub(DAYS);
    connection.execute("DELETE FROM day_key WHERE day < ?1", [oldest])?;
    connection.execute("DELETE FROM paper WHERE day < ?1", [oldest])?;
    Ok(())
}

struct Row {
    id: i64,
    day: i32,
    sale: Option<(Epoch, Seq)>,
    sealed: Vec<u8>,
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let epoch: Option<[u8; 16]> = row.get(2)?;
    let seq: Option<i64> = row.get(3)?;
    Ok(Row {
        id: row.get(0)?,
        day: row.get(1)?,
        sale: epoch.zip(seq).map(|(epoch, seq)| (Epoch(epoch), Seq(seq.unsigned_abs()))),
        sealed: row.get(4)?,
    })
}

fn open(connection: &Connection, local: &LocalKey, row: Row) -> Result<Entry, DayBookError> {
    let key = day_key(connection, local, row.day)?.ok_or(DayBookError::Damaged)?;
    let plain = key.open(&aad(row.day), &row.sealed).map_err(|_| DayBookError::Damaged)?;
    let paper = serde_json::from_slice(&plain).map_err(|_| DayBookError::Damaged)?;
    Ok(Entry { id: row.id, sale: row.sale, paper })
}

/// The key of a day; `None` if there is none, or one that another box sealed.
fn day_key(
    connection: &Connection,
    local: &LocalKey,
    day: i32,
) -> rusqlite::Result<Option<LocalKey>> {
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT sealed FROM day_key WHERE day = ?1")?
        .query_row([day], |row| row.get(0))
        .optional()?;
    let key = sealed.and_then(|sealed| local.open(&key_aad(day), &sealed).ok());
    Ok(key.and_then(|key| key.try_into().ok()).map(|key: [u8; 32]| LocalKey::new(&key)))
}

/// Draws the key of a day.
fn new_day_key(connection: &Connection, local: &LocalKey, day: i32) -> rusqlite::Result<LocalKey> {
    let key: [u8; 32] = random();
    connection.execute(
        "INSERT OR REPLACE INTO day_key (day, sealed) VALUES (?1, ?2)",
        params![day, local.seal(&key_aad(day), &key)],
    )?;
    Ok(LocalKey::new(&key))
}

fn aad(day: i32) -> Vec<u8> {
    format!("huitou paper {day}").into_bytes()
}

fn key_aad(day: i32) -> Vec<u8> {
    format!("huitou day key {day}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_paper_can_be_read_for_two_days_and_then_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let local = LocalKey::new(&[1; 32]);
        let paper = Paper { rows: vec!["合计 88.00".into()], ..Paper::default() };
        let sale = Some((Epoch([4; 16]), Seq(7)));
        let id = write(&connection, &local, 100, sale, &paper).unwrap();
        forget_old(&connection, 102).unwrap();
        let found = entry(&connection, &local, id).unwrap().unwrap();
        assert_eq!(
            (found.sale, found.paper.rows.as_slice()),
            (sale, &["合计 88.00".to_owned()][..])
        );
        let other = LocalKey::new(&[2; 32]);
        assert!(last(&connection, &other, 5).unwrap().is_empty(), "another box's key");
        write(&connection, &other, 100, None, &paper).unwrap();
        assert_eq!(last(&connection, &other, 5).unwrap().len(), 1, "it goes on with its own");
        forget_old(&connection, 103).unwrap();
        assert!(last(&connection, &local, 5).unwrap().is_empty());
        assert!(entry(&connection, &local, id).unwrap().is_none());
        let keys: i64 =
            connection.query_row("SELECT count(*) FROM day_key", [], |row| row.get(0)).unwrap();
        assert_eq!(keys, 0);
    }
}
