//! The store's database: one SQLite file, one connection that writes.
//!
//! # Invariants
//!
//! - WAL and `synchronous=FULL`: what was committed survives a power cut.
//! - Nothing personal in clear: events are sealed to HQ, profiles and day book under local keys, a
//!   customer is a keyed pseudonym.
//! - Freed pages are overwritten, so that a destroyed key is gone.
//!
//! Not here: what the tables are for (`outbox`, `day_book`, `customers`, `sales`).

pub mod ballast;
pub mod damage;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

/// Name of the database in the state directory.
pub const DATABASE_FILE: &str = "store.db";

/// The layout this program writes.
const LAYOUT: i64 = 5;

/// What layout 2 has and layout 1 had not.
const FROM_1: &str = "
BEGIN;
ALTER TABLE sale ADD COLUMN taken_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sale ADD COLUMN tenders BLOB NOT NULL DEFAULT x'';
UPDATE sale SET taken_day = day;
PRAGMA user_version = 2;
COMMIT;";

/// What layout 3 has and layout 2 had not: customers have a row number, which the directory of last
/// digits names, and share their marks.
const FROM_2: &str = "
BEGIN;
ALTER TABLE customer RENAME TO customer_2;
CREATE TABLE customer (
    id        INTEGER PRIMARY KEY,
    pseudonym BLOB NOT NULL UNIQUE,
    hq_id     BLOB UNIQUE,
    root      BLOB,
    marks     INTEGER,
    stale     INTEGER NOT NULL DEFAULT 0,
    sealed    BLOB NOT NULL
);
CREATE INDEX customer_by_root ON customer (root) WHERE root IS NOT NULL;
CREATE INDEX customer_stale ON customer (id) WHERE stale = 1;
CREATE TABLE mark_set (
    id    INTEGER PRIMARY KEY,
    marks BLOB NOT NULL
);
CREATE TABLE uncared (
    item     TEXT NOT NULL,
    style    TEXT NOT NULL,
    count    INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (item, style)
) WITHOUT ROWID;
CREATE TABLE peer_sale (
    terminal BLOB NOT NULL,
    epoch    BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    said     INTEGER NOT NULL,
    customer BLOB,
    day      INTEGER NOT NULL,
    amount   INTEGER NOT NULL,
    taken    INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch, seq)
) WITHOUT ROWID;
CREATE INDEX peer_sale_by_customer ON peer_sale (customer) WHERE customer IS NOT NULL;
INSERT INTO customer (pseudonym, hq_id, sealed) SELECT pseudonym, hq_id, sealed FROM customer_2;
DROP TABLE customer_2;
PRAGMA user_version = 3;
COMMIT;";

/// What layout 4 has and layout 3 had not: words that have a number, and the manager's tasks.
const FROM_3: &str = "
BEGIN;
CREATE TABLE word (
    epoch  BLOB NOT NULL REFERENCES epoch (epoch),
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (epoch, number)
) WITHOUT ROWID;
CREATE TABLE task (
    id     INTEGER PRIMARY KEY,
    due    INTEGER NOT NULL,
    hq_id  BLOB,
    sealed BLOB NOT NULL
);
CREATE INDEX task_by_customer ON task (hq_id) WHERE hq_id IS NOT NULL;

CREATE TABLE task_done (
    id  INTEGER PRIMARY KEY,
    day INTEGER NOT NULL
);
PRAGMA user_version = 4;
COMMIT;";

/// What layout 5 has and layout 4 had not: styles from HQ. The care list comes anew, because the program
/// before passed over what it said of them.
const FROM_4: &str = "
BEGIN;
CREATE TABLE hq_style (
    number   TEXT PRIMARY KEY,
    category TEXT NOT NULL,
    fibre    TEXT NOT NULL,
    care     TEXT NOT NULL,
    stale    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
DELETE FROM memo WHERE name = 'care list cursor';
PRAGMA user_version = 5;
COMMIT;";

/// The step from each layout to the next; a layout's step is at its number less one.
const STEPS: [&str; 4] = [FROM_1, FROM_2, FROM_3, FROM_4];

/// SQLite below 3.51.3 can lose committed writes when a WAL is reset.
const SQLITE_MIN: i32 = 3_051_003;

const SCHEMA: &str = include_str!("store.sql");

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite says no.
    #[error("the store's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It was written by a later version.
    #[error("{path} has layout {found}, this program knows {LAYOUT}: install the newer huitou")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
    },
    /// The SQLite that was linked is too old to be trusted.
    #[error("SQLite {0} can lose writes; 3.51.3 or later is needed")]
    SqliteTooOld(&'static str),
}

/// Opens the database in `state_dir`, and makes it if there is none.
///
/// # Errors
///
/// [`StoreError`] if it is damaged, of a later layout, or the disk refuses.
pub fn open(state_dir: &Path) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(StoreError::SqliteTooOld(rusqlite::version()));
    }
    let path = state_dir.join(DATABASE_FILE);
    let connection = Connection::open(&path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -2_048)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match found {
        LAYOUT => {}
        0 => connection.execute_batch(SCHEMA)?,
        1..LAYOUT => {
            let done = usize::try_from(found - 1).unwrap_or_default();
            STEPS.iter().skip(done).try_for_each(|step| connection.execute_batch(step))?;
        }
        _ => return Err(StoreError::TooNew { path, found }),
    }
    Ok(connection)
}

/// A sync that fails leaves in the system's memory what the disk does not have, and the next one passes it
/// over. Read again, it looks whole: what is added behind it would be gone with the power. So a log that is
/// found is carried into the database, and the next one begins on the disk; as far as nobody reads just then.
///
/// # Errors
///
/// What SQLite says; then nothing may be added.
pub fn settle_log(connection: &Connection) -> rusqlite::Result<()> {
    let frames: i64 = connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
    if frames == 0 {
        return Ok(());
    }
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Ok(()) } else { connection.pragma_update(None, "user_version", LAYOUT) }
}

/// Reads a remembered value.
///
/// # Errors
///
/// What SQLite says.
pub fn remembered(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM memo WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Remembers a value.
///
/// # Errors
///
/// What SQLite says.
pub fn remember(connection: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO memo (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_later_layout_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let connection = open(dir.path()).unwrap();
        let mode: String =
            connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        assert!(matches!(open(dir.path()), Err(StoreError::TooNew { found: 99, .. })));
    }

    #[test]
    fn a_log_left_by_an_unclean_end_is_carried_over_before_anything_is_added() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let connection = open(one.path()).unwrap();
        (0..9).for_each(|_| remember(&connection, "what was there", b"is there").unwrap());
        for file in [DATABASE_FILE, "store.db-wal"] {
            std::fs::copy(one.path().join(file), other.path().join(file)).unwrap();
        }
        let found = open(other.path()).unwrap();
        settle_log(&found).unwrap();
        let frames = found.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1));
        assert_eq!(frames, Ok(1), "nine and more are in the database, a new log has begun");
        let there = remembered(&found, "what was there").unwrap();
        assert_eq!(there.as_deref(), Some(&b"is there"[..]));
    }

    /// As earlier versions wrote them; do not change the files.
    const EARLIER: [&str; 3] = [
        include_str!("store/layout_2.sql"),
        include_str!("store/layout_3.sql"),
        include_str!("store/layout_4.sql"),
    ];

    fn columns(connection: &Connection) -> Vec<(String, String)> {
        let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                   WHERE m.type = 'table' ORDER BY 1, 2";
        let mut select = connection.prepare(sql).unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_database_of_an_earlier_layout_becomes_one_of_this_with_its_customers() {
        for layout in EARLIER {
            let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let before = Connection::open(old.path().join(DATABASE_FILE)).unwrap();
            before.execute_batch(layout).unwrap();
            let insert = "INSERT INTO customer (pseudonym, hq_id, sealed) VALUES (?1, ?2, x'00')";
            before.execute(insert, params![[1_u8; 32], [2_u8; 16]]).unwrap();
            drop(before);
            let moved = open(old.path()).unwrap();
            assert_eq!(columns(&moved), columns(&open(new.path()).unwrap()));
            let count: i64 =
                moved.query_row("SELECT count(hq_id) FROM customer", [], |row| row.get(0)).unwrap();
            assert_eq!(count, 1);
            drop(moved);
            assert!(open(old.path()).is_ok(), "once is enough");
        }
    }
}
