//! The day book: what the till printed in the last two days, for looking back.
//!
//! The cashier undoes a link, adds one afterwards or reads what the last paper said. Each paper is
//! sealed under a key of its hour; the key itself is sealed under the local key.
//!
//! # Invariants
//!
//! - Before it is 48 hours old a paper's key is destroyed (SQLite overwrites what it frees), and the
//!   paper goes.
//!
//! Not here: what HQ gets (`outbox`).

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sync::event::{Epoch, Seq};
use sync::random::random;

use crate::at_rest::LocalKey;

/// Hours whose papers can be read, this one included.
const HOURS: i64 = 48;

const HOUR_MS: i64 = 3_600_000;

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
    /// The member's number as the till masked it, and the name beside it.
    #[serde(default)]
    pub masked: Option<(String, Option<String>)>,
    /// A picture receipt as a PNG file, in hexadecimal digits.
    #[serde(default)]
    pub picture: Option<String>,
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
    sale: Option<(Epoch, Seq)>,
    paper: &Paper,
) -> Result<i64, DayBookError> {
    let hour = paper.at_ms.div_euclid(HOUR_MS);
    let key = match hour_key(transaction, local, hour)? {
        Some(key) => key,
        None => new_hour_key(transaction, local, hour)?,
    };
    let plain = serde_json::to_vec(paper).map_err(|_| DayBookError::Damaged)?;
    let sealed = key.seal(&aad(hour), &plain);
    let (epoch, seq) = sale.unzip();
    transaction
        .prepare_cached(
            "INSERT INTO paper (hour, sale_epoch, sale_seq, sealed) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            hour,
            epoch.map(|epoch: Epoch| epoch.0),
            seq.and_then(|seq: Seq| i64::try_from(seq.0).ok()),
            sealed
        ])?;
    Ok(transaction.last_insert_rowid())
}

/// Writes a paper again that was read anew; when it was printed stays.
///
/// # Errors
///
/// [`DayBookError`].
pub fn rewrite(
    transaction: &Connection,
    local: &LocalKey,
    id: i64,
    sale: Option<(Epoch, Seq)>,
    paper: &Paper,
) -> Result<(), DayBookError> {
    let hour = paper.at_ms.div_euclid(HOUR_MS);
    let key = hour_key(transaction, local, hour)?.ok_or(DayBookError::Damaged)?;
    let plain = serde_json::to_vec(paper).map_err(|_| DayBookError::Damaged)?;
    transaction
        .prepare_cached(
            "UPDATE paper SET sealed = ?2, sale_epoch = ?3, sale_seq = ?4 WHERE id = ?1",
        )?
        .execute(params![
            id,
            key.seal(&aad(hour), &plain),
            sale.map(|(epoch, _)| epoch.0),
            sale.and_then(|(_, seq)| i64::try_from(seq.0).ok())
        ])?;
    Ok(())
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
        "SELECT id, hour, sale_epoch, sale_seq, sealed FROM paper ORDER BY id DESC LIMIT ?1",
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
        .prepare_cached("SELECT id, hour, sale_epoch, sale_seq, sealed FROM paper WHERE id = ?1")?
        .query_row([id], read_row)
        .optional()?;
    row.map(|row| open(connection, local, row)).transpose()
}

/// Destroys what is 48 hours old.
///
/// # Errors
///
/// What SQLite says.
pub fn forget_old(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    let last_gone = now_ms.div_euclid(HOUR_MS) - HOURS;
    connection.execute("DELETE FROM paper WHERE hour <= ?1", [last_gone])?;
    if connection.execute("DELETE FROM hour_key WHERE hour <= ?1", [last_gone])? > 0 {
        // The log still holds the page as it was; carry it over, so that the key is gone there too.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(())
}

struct Row {
    id: i64,
    hour: i64,
    sale: Option<(Epoch, Seq)>,
    sealed: Vec<u8>,
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let epoch: Option<[u8; 16]> = row.get(2)?;
    let seq: Option<i64> = row.get(3)?;
    Ok(Row {
        id: row.get(0)?,
        hour: row.get(1)?,
        sale: epoch.zip(seq).map(|(epoch, seq)| (Epoch(epoch), Seq(seq.unsigned_abs()))),
        sealed: row.get(4)?,
    })
}

fn open(connection: &Connection, local: &LocalKey, row: Row) -> Result<Entry, DayBookError> {
    let key = hour_key(connection, local, row.hour)?.ok_or(DayBookError::Damaged)?;
    let plain = key.open(&aad(row.hour), &row.sealed).map_err(|_| DayBookError::Damaged)?;
    let paper = serde_json::from_slice(&plain).map_err(|_| DayBookError::Damaged)?;
    Ok(Entry { id: row.id, sale: row.sale, paper })
}

/// The key of an hour; `None` if there is none, or one that another box sealed.
fn hour_key(
    connection: &Connection,
    local: &LocalKey,
    hour: i64,
) -> rusqlite::Result<Option<LocalKey>> {
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT sealed FROM hour_key WHERE hour = ?1")?
        .query_row([hour], |row| row.get(0))
        .optional()?;
    let key = sealed.and_then(|sealed| local.open(&key_aad(hour), &sealed).ok());
    Ok(key.and_then(|key| key.try_into().ok()).map(|key: [u8; 32]| LocalKey::new(&key)))
}

/// Draws the key of an hour.
fn new_hour_key(
    connection: &Connection,
    local: &LocalKey,
    hour: i64,
) -> rusqlite::Result<LocalKey> {
    let key: [u8; 32] = random();
    connection.execute(
        "INSERT OR REPLACE INTO hour_key (hour, sealed) VALUES (?1, ?2)",
        params![hour, local.seal(&key_aad(hour), &key)],
    )?;
    Ok(LocalKey::new(&key))
}

fn aad(hour: i64) -> Vec<u8> {
    format!("huitou paper {hour}").into_bytes()
}

fn key_aad(hour: i64) -> Vec<u8> {
    format!("huitou paper key {hour}").into_bytes()
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
        let at_ms = 1_000 * HOUR_MS + 59 * 60_000;
        let paper = Paper { at_ms, rows: vec!["合计 88.00".into()], ..Paper::default() };
        let sale = Some((Epoch([4; 16]), Seq(7)));
        let id = write(&connection, &local, sale, &paper).unwrap();
        forget_old(&connection, at_ms + 47 * HOUR_MS).unwrap();
        let found = entry(&connection, &local, id).unwrap().unwrap();
        assert_eq!((found.sale, found.paper.rows), (sale, paper.rows));
        forget_old(&connection, at_ms + 48 * HOUR_MS).unwrap();
        assert!(entry(&connection, &local, id).unwrap().is_none());
        let keys: i64 =
            connection.query_row("SELECT count(*) FROM hour_key", [], |row| row.get(0)).unwrap();
        assert_eq!(keys, 0);
    }

    #[test]
    fn papers_of_another_boxs_key_are_left_out_and_it_goes_on_with_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let other = LocalKey::new(&[2; 32]);
        write(&connection, &LocalKey::new(&[1; 32]), None, &Paper::default()).unwrap();
        assert!(last(&connection, &other, 5).unwrap().is_empty());
        write(&connection, &other, None, &Paper::default()).unwrap();
        assert_eq!(last(&connection, &other, 5).unwrap().len(), 1);
    }
}
