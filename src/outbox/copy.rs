//! A second copy of the outbox on another disk, against the death of the first.
//!
//! ```text
//! store.db: outbox ─ what is new, after the commit ─▶ outbox-copy.db on a card or stick
//! ```
//!
//! What is copied is sealed to HQ as it is in the store. The copy runs behind the sale, over a connection
//! of its own, and never holds one up; a card that is missing is said and tried again.
//!
//! Not here: bringing it back (`store::damage`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};
use sync::event::TerminalId;

use crate::config::Language;
use crate::store::DATABASE_FILE;

/// Name of the copy in the directory that was chosen.
pub const FILE: &str = "outbox-copy.db";

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS epoch (
    epoch        BLOB PRIMARY KEY,
    terminal     BLOB NOT NULL,
    begun_ms     INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    last_hash    BLOB NOT NULL,
    acknowledged INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    epoch  BLOB NOT NULL,
    seq    INTEGER NOT NULL,
    prev   BLOB NOT NULL,
    sealed BLOB NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;";

/// The copy in one directory.
#[derive(Debug)]
pub struct Copy {
    dir: PathBuf,
    connection: Option<Connection>,
}

impl Copy {
    /// The one in `dir`; nothing is opened yet.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), connection: None }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir.join(FILE)
    }

    /// Copies what the store has and the copy has not, and drops what the store dropped; returns how
    /// many events were copied.
    ///
    /// # Errors
    ///
    /// What SQLite says of either; the next call opens the copy anew.
    pub fn catch_up(
        &mut self,
        store: &Connection,
        terminal: TerminalId,
    ) -> rusqlite::Result<usize> {
        let copied = self.open().and_then(|copy| catch_up(store, copy, terminal));
        if copied.is_err() {
            self.connection = None;
        }
        copied
    }

    fn open(&mut self) -> rusqlite::Result<&mut Connection> {
        if self.connection.is_none() {
            let connection = Connection::open(self.path())?;
            connection.busy_timeout(Duration::from_secs(2))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(SCHEMA)?;
            self.connection = Some(connection);
        }
        Ok(self.connection.as_mut().expect("just opened"))
    }
}

/// Keeps the copy of one terminal's outbox up to date, and says when it cannot.
#[derive(Debug)]
pub struct Follower {
    copy: Copy,
    store: PathBuf,
    terminal: TerminalId,
    language: Language,
    failed: bool,
}

impl Follower {
    /// The copy in `dir` of the store in `state_dir`.
    #[must_use]
    pub fn new(dir: &Path, state_dir: &Path, terminal: TerminalId, language: Language) -> Self {
        let store = state_dir.join(DATABASE_FILE);
        Self { copy: Copy::new(dir), store, terminal, language, failed: false }
    }

    /// Copies what is new. A card may be slow: whoever calls this holds nobody up.
    pub fn follow(&mut self) {
        let was = self.failed;
        let copied = self.store().and_then(|store| self.copy.catch_up(&store, self.terminal));
        self.failed = copied.is_err();
        let (Err(error), false) = (copied, was) else { return };
        let words = self.language.pick("第二份拷贝写不了", "the second copy cannot be written");
        eprintln!("huitou: {words}: {error}");
    }

    /// Opened anew each time: the store may have been set aside meanwhile.
    fn store(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = Connection::open_with_flags(&self.store, flags)?;
        store.busy_timeout(Duration::from_secs(2))?;
        Ok(store)
    }
}

fn catch_up(
    store: &Connection,
    copy: &mut Connection,
    terminal: TerminalId,
) -> rusqlite::Result<usize> {
    let transaction = copy.transaction()?;
    let mut select = store.prepare_cached(
        "SELECT epoch, begun_ms, last_seq, last_hash, acknowledged FROM epoch WHERE terminal = ?1",
    )?;
    let mut lives = select.query([terminal.0])?;
    let mut copied = 0;
    while let Some(life) = lives.next()? {
        let epoch: [u8; 16] = life.get(0)?;
        copied += events(store, &transaction, epoch)?;
        let hash: [u8; 32] = life.get(3)?;
        let (begun, last): (i64, i64) = (life.get(1)?, life.get(2)?);
        let acknowledged: i64 = life.get(4)?;
        transaction.execute(
            "INSERT OR REPLACE INTO epoch (epoch, terminal, begun_ms, last_seq, last_hash, acknowledged)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![epoch, terminal.0, begun, last, hash, acknowledged],
        )?;
    }
    transaction.commit()?;
    Ok(copied)
}

fn events(store: &Connection, copy: &Connection, epoch: [u8; 16]) -> rusqlite::Result<usize> {
    let bound = "SELECT coalesce(max(seq), 0) FROM outbox WHERE epoch = ?1";
    let have: i64 = copy.query_row(bound, [epoch], |row| row.get(0))?;
    let mut select = store.prepare_cached(
        "SELECT seq, prev, sealed, at_ms FROM outbox WHERE epoch = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut rows = select.query(params![epoch, have])?;
    let mut insert = copy.prepare_cached(
        "INSERT INTO outbox (epoch, seq, prev, sealed, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut copied = 0;
    while let Some(row) = rows.next()? {
        let (seq, at): (i64, i64) = (row.get(0)?, row.get(3)?);
        let (prev, sealed): ([u8; 32], Vec<u8>) = (row.get(1)?, row.get(2)?);
        copied += insert.execute(params![epoch, seq, prev, sealed, at])?;
    }
    let first = "SELECT coalesce(min(seq), 0) FROM outbox WHERE epoch = ?1";
    let first: i64 = store.query_row(first, [epoch], |row| row.get(0))?;
    copy.execute("DELETE FROM outbox WHERE epoch = ?1 AND seq < ?2", params![epoch, first])?;
    Ok(copied)
}
