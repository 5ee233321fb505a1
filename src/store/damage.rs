//! What is wrong with a database, and what can still be had from one that is damaged.
//!
//! ```text
//! store.db ─ does not read ─▶ store.db.damaged-1790000000 (kept) ─ events HQ lacks ─▶ new store.db
//!            second copy ─────────────────────────────────────────── and from here ──▶
//! ```
//!
//! # Invariants
//!
//! - A damaged file is set aside, never deleted and never written again.
//! - Of its events come those whose chain is whole: HQ would take no others.
//!
//! Not here: when to look (`agent::disk`); customers, which HQ sends again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use sync::chain::{self, Hash};
use sync::event::{Epoch, Position, Seq, TerminalId};

use super::DATABASE_FILE;

/// What is wrong, as a person has to act on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// No room.
    Full,
    /// Nobody may write.
    ReadOnly,
    /// The disk fails to read, write or keep.
    Io,
    /// The file is no sound database.
    Damaged,
}

/// What an error says of the disk, if it does: also where it lies within another.
#[must_use]
pub fn ailment(error: &(dyn std::error::Error + 'static)) -> Option<Ailment> {
    let inner = || error.source().and_then(ailment);
    match error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code) {
        Some(ErrorCode::DiskFull) => Some(Ailment::Full),
        Some(ErrorCode::ReadOnly) => Some(Ailment::ReadOnly),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Some(Ailment::Io),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Some(Ailment::Damaged),
        _ => inner(),
    }
}

/// Looks through the whole file; seconds for a very large one.
///
/// # Errors
///
/// What SQLite says.
pub fn is_sound(connection: &Connection) -> rusqlite::Result<bool> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(said == "ok")
}

/// Moves the database in `state_dir` out of the way, with what SQLite keeps beside it; returns where
/// it is now.
///
/// # Errors
///
/// [`io::Error`] if it cannot be moved; then nothing was.
pub fn set_aside(state_dir: &Path, now_ms: i64) -> io::Result<PathBuf> {
    let at = now_ms.div_euclid(1_000);
    let free = |number: &u32| !state_dir.join(aside(at, *number)).exists();
    let number = (0..).find(free).unwrap_or_default();
    let place = state_dir.join(aside(at, number));
    fs::rename(state_dir.join(DATABASE_FILE), &place)?;
    for beside in ["-wal", "-shm"] {
        let from = state_dir.join(format!("{DATABASE_FILE}{beside}"));
        let to = state_dir.join(format!("{}{beside}", aside(at, number)));
        let _ = fs::rename(from, to); // there is none after a clean end
    }
    Ok(place)
}

fn aside(at: i64, number: u32) -> String {
    match number {
        0 => format!("{DATABASE_FILE}.damaged-{at}"),
        more => format!("{DATABASE_FILE}.damaged-{at}-{more}"),
    }
}

struct Life {
    epoch: [u8; 16],
    begun_ms: i64,
    acknowledged: u64,
    /// Its end, as the database knew it.
    end: (u64, Hash),
}

struct Row {
    seq: u64,
    prev: [u8; 32],
    sealed: Vec<u8>,
    at_ms: i64,
}

/// Brings what a terminal wrote from the database at `from` into `to`; returns how many events came
/// that HQ does not have.
///
/// # Errors
///
/// What SQLite says of `to`. Of `from` comes what can be read.
pub fn salvage(to: &Connection, from: &Path, terminal: TerminalId) -> rusqlite::Result<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(source) = Connection::open_with_flags(from, flags) else { return Ok(0) };
    let mut unsent = 0;
    for life in lives(&source, terminal).unwrap_or_default() {
        unsent += bring(to, &source, terminal, &life)?;
    }
    Ok(unsent)
}

fn lives(source: &Connection, terminal: TerminalId) -> rusqlite::Result<Vec<Life>> {
    let sql = "SELECT epoch, begun_ms, acknowledged, last_seq, last_hash
               FROM epoch WHERE terminal = ?1";
    let mut select = source.prepare(sql)?;
    let lives = select.query_map([terminal.0], |row| {
        let (acknowledged, last): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok(Life {
            epoch: row.get(0)?,
            begun_ms: row.get(1)?,
            acknowledged: acknowledged.unsigned_abs(),
            end: (last.unsigned_abs(), Hash(row.get(4)?)),
        })
    })?;
    Ok(lives.map_while(Result::ok).collect())
}

fn bring(
    to: &Connection,
    source: &Connection,
    terminal: TerminalId,
    life: &Life,
) -> rusqlite::Result<u64> {
    let rows = rows(source, life).unwrap_or_default();
    let sound = sound(terminal, life, &rows);
    let Some((last, last_hash)) = sound.last().copied() else { return Ok(0) };
    let transaction = to.unchecked_transaction()?;
    let made = transaction.execute(
        "INSERT INTO epoch (epoch, terminal, begun_ms, last_seq, last_hash, acknowledged)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (epoch) DO UPDATE SET last_seq = ?4, last_hash = ?5 WHERE last_seq < ?4",
        params![
            life.epoch,
            terminal.0,
            life.begun_ms,
            whole(last),
            last_hash.0,
            whole(life.acknowledged.min(last))
        ],
    )?;
    if made == 0 {
        return Ok(0); // another copy had more
    }
    for row in &rows[..sound.len()] {
        transaction.execute(
            "INSERT OR IGNORE INTO outbox (epoch, seq, prev, sealed, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![life.epoch, whole(row.seq), row.prev, row.sealed, row.at_ms],
        )?;
    }
    transaction.commit()?;
    Ok(last.saturating_sub(life.acknowledged))
}

fn rows(source: &Connection, life: &Life) -> rusqlite::Result<Vec<Row>> {
    let sql = "SELECT seq, prev, sealed, at_ms FROM outbox WHERE epoch = ?1 ORDER BY seq";
    let mut select = source.prepare(sql)?;
    let rows = select.query_map([life.epoch], |row| {
        let seq: i64 = row.get(0)?;
        let seq = seq.unsigned_abs();
        Ok(Row { seq, prev: row.get(1)?, sealed: row.get(2)?, at_ms: row.get(3)? })
    })?;
    Ok(rows.map_while(Result::ok).collect())
}

/// Number and chain of each row from the first on, as long as nothing is missing or changed. What
/// follows the last acknowledged event must be there, else HQ could not go on from it.
fn sound(terminal: TerminalId, life: &Life, rows: &[Row]) -> Vec<(u64, Hash)> {
    let Some(first) = rows.first().filter(|row| row.seq <= life.acknowledged + 1) else {
        return Vec::new();
    };
    let (mut seq, mut prev, mut sound) = (first.seq, Hash(first.prev), Vec::new());
    for row in rows.iter().take_while(|row| row.seq >= first.seq) {
        if row.seq != seq {
            break;
        }
        if Hash(row.prev) != prev {
            sound.pop(); // it is the one before that was changed, as far as anyone can tell
            break;
        }
        let position = Position { terminal, epoch: Epoch(life.epoch), seq: Seq(seq) };
        prev = chain::next(&prev, &position, &row.sealed);
        sound.push((seq, prev));
        seq += 1;
    }
    // A last row that was changed breaks no link; what the database knew of its end tells.
    if sound.last().is_some_and(|&(seq, hash)| seq == life.end.0 && hash != life.end.1) {
        sound.pop();
    }
    sound
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
