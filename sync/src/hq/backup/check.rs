//! Whether a database holds what its marks say.
//!
//! ```text
//! ledger rows 1 ..= mark, none missing ─▶ chain from the first to the head ─▶ head = what the mark says
//! ```
//!
//! # Invariants
//!
//! - Reads only; where a blob was destroyed, its hash stands in for it.
//!
//! Not here: what the events say (`open`).

use super::BackupError;
use crate::chain::{self, Hash};
use crate::event::{Epoch, Position, Seq, TerminalId};
use rusqlite::{Connection, params};

/// How far one epoch of a till reaches.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Held {
    /// The store's name.
    pub store: String,
    /// The till's own name.
    pub till: String,
    /// Who it is, as 32 digits.
    pub terminal: String,
    /// Which life of its outbox, as 32 digits.
    pub epoch: String,
    /// The last event that HQ holds.
    pub mark: u64,
    /// The last event that counts already.
    pub folded: u64,
    /// When the last one came, milliseconds since 1970-01-01 UTC.
    pub received_ms: Option<i64>,
    #[serde(skip)]
    place: (i64, TerminalId, Epoch, Hash),
}

/// SQLite's own check, and every row that refers to one that is not there.
///
/// # Errors
///
/// [`BackupError::Damaged`] with what SQLite says, which names tables and pages, never content.
pub fn pages(db: &Connection) -> Result<(), BackupError> {
    let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(BackupError::Damaged(said.lines().take(3).collect::<Vec<_>>().join("; ")));
    }
    let mut select = db.prepare("PRAGMA foreign_key_check")?;
    let mut rows = select.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let (from, to): (String, String) = (row.get(0)?, row.get(2)?);
            Err(BackupError::Damaged(format!("a row of {from} refers to none of {to}")))
        }
    }
}

/// Every till's epochs with their marks, each checked against the ledger from its first event on.
///
/// # Errors
///
/// [`BackupError::Damaged`] naming the till and the first number that is wrong.
pub fn marks(db: &Connection) -> Result<Vec<Held>, BackupError> {
    let held = held(db)?;
    // A ledger in PostgreSQL is not in this file, and has backups of its own.
    let is_here: bool =
        db.query_row("SELECT EXISTS (SELECT 1 FROM ledger)", [], |row| row.get(0))?;
    if !is_here && held.iter().any(|held| held.mark > 0) {
        return Ok(held);
    }
    held.iter().try_for_each(|held| chain_of(db, held))?;
    Ok(held)
}

/// Every till's epochs with their marks, as they stand.
///
/// # Errors
///
/// As SQLite says.
pub fn held(db: &Connection) -> rusqlite::Result<Vec<Held>> {
    let mut select = db.prepare(
        "SELECT st.name, t.till, t.id, m.epoch, m.mark, m.folded, l.received_ms, m.id, m.hash
         FROM stream m JOIN terminal t ON t.id = m.terminal JOIN store st ON st.id = t.store
              LEFT JOIN ledger l ON l.stream = m.id AND l.seq = m.mark
         ORDER BY st.name, t.till, t.id, m.id",
    )?;
    let rows = select.query_map([], |row| {
        let (terminal, epoch): (TerminalId, Epoch) = (row.get(2)?, row.get(3)?);
        Ok(Held {
            store: row.get(0)?,
            till: row.get(1)?,
            terminal: terminal.to_string(),
            epoch: epoch.to_string(),
            mark: row.get::<_, Seq>(4)?.0,
            folded: row.get::<_, Seq>(5)?.0,
            received_ms: row.get(6)?,
            place: (row.get(7)?, terminal, epoch, row.get(8)?),
        })
    })?;
    rows.collect()
}

fn chain_of(db: &Connection, held: &Held) -> Result<(), BackupError> {
    let (stream, terminal, epoch, head) = held.place;
    let wrong = |seq: Seq, what: &str| {
        let Held { store, till, .. } = held;
        BackupError::Damaged(format!("{store} {till}: event {seq} {what}"))
    };
    let mut select =
        db.prepare_cached("SELECT seq, hash, sealed FROM ledger WHERE stream = ?1 ORDER BY seq")?;
    let mut rows = select.query(params![stream])?;
    let (mut last, mut hash) = (Seq::NONE, Hash::GENESIS);
    while let Some(row) = rows.next()? {
        let seq: Seq = row.get(0)?;
        if seq != last.next() {
            return Err(wrong(last.next(), "is missing"));
        }
        let (stated, sealed): (Hash, Option<Vec<u8>>) = (row.get(1)?, row.get(2)?);
        let position = Position { terminal, epoch, seq };
        if sealed.is_some_and(|sealed| chain::next(&hash, &position, &sealed) != stated) {
            return Err(wrong(seq, "is not the one that the till signed"));
        }
        (last, hash) = (seq, stated);
    }
    match (last.0 == held.mark && hash == head, held.folded > held.mark) {
        (true, false) => Ok(()),
        _ => Err(wrong(last, "is the last, and the mark says otherwise")),
    }
}
