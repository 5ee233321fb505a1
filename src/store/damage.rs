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
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use sync::chain::{self, Hash};
use sync::event::{Epoch, Position, Seq, TerminalId};

use super::DATABASE_FILE;

/// Says where a damaged database is, until what was in it is in the new one.
const BEGUN_FILE: &str = "store.db.damaged";

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
/// it is now. A note of it stays there until [`done`]: whatever ends us in between, what was set aside
/// is looked through again.
///
/// # Errors
///
/// [`io::Error`] if it cannot be moved; it is tried again then.
pub fn set_aside(state_dir: &Path, now_ms: i64) -> io::Result<PathBuf> {
    let name = match begun(state_dir) {
        Some(name) => name,
        None => {
            let at = now_ms.div_euclid(1_000);
            let free = |number: &u32| !state_dir.join(aside(at, *number)).exists();
            let name = aside(at, (0..).find(free).unwrap_or_default());
            note(state_dir, &name)?;
            name
        }
    };
    let place = state_dir.join(&name);
    if !place.exists() {
        // The log goes first: a new database of the old one's name would make an end of it.
        for beside in ["-wal", "-shm", ""] {
            let from = state_dir.join(format!("{DATABASE_FILE}{beside}"));
            match fs::rename(from, state_dir.join(format!("{name}{beside}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {} // there is no log after a clean end
            }
        }
    }
    Ok(place)
}

/// Which file a damaged database was being moved to, if what was in it may not be here yet.
#[must_use]
pub fn begun(state_dir: &Path) -> Option<String> {
    let name = fs::read_to_string(state_dir.join(BEGUN_FILE)).ok()?;
    let is_ours =
        name.starts_with(&format!("{DATABASE_FILE}.damaged-")) && !name.contains(['/', '\\']);
    is_ours.then_some(name)
}

/// What could be had from the damaged database is here, and HQ is told.
pub fn done(state_dir: &Path) {
    let _ = fs::remove_file(state_dir.join(BEGUN_FILE)); // else it is looked through once more
}

fn note(state_dir: &Path, name: &str) -> io::Result<()> {
    let mut file = fs::File::create(state_dir.join(BEGUN_FILE))?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::File::open(state_dir)?.sync_all()
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
    let rows = rows(source, life);
    let sound = sound(terminal, life, &rows);
    let Some((sound, last_hash)) = sound else { return Ok(0) };
    let sound = &rows[sound];
    let Some(last) = sound.last().map(|row| row.seq) else { return Ok(0) };
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
    for row in sound {
        transaction.execute(
            "INSERT OR IGNORE INTO outbox (epoch, seq, prev, sealed, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![life.epoch, whole(row.seq), row.prev, row.sealed, row.at_ms],
        )?;
    }
    transaction.commit()?;
    Ok(last.saturating_sub(life.acknowledged))
}

/// What can be read, in order: what waits for HQ from its beginning on, and of what HQ has as much as can be
/// read backwards from there. So damage among old events takes none of the new ones.
fn rows(source: &Connection, life: &Life) -> Vec<Row> {
    let read = |which: &str| -> rusqlite::Result<Vec<Row>> {
        let sql =
            format!("SELECT seq, prev, sealed, at_ms FROM outbox WHERE epoch = ?1 AND seq {which}");
        let mut select = source.prepare(&sql)?;
        let rows = select.query_map(params![life.epoch, whole(life.acknowledged)], |row| {
            let seq: i64 = row.get(0)?;
            let seq = seq.unsigned_abs();
            Ok(Row { seq, prev: row.get(1)?, sealed: row.get(2)?, at_ms: row.get(3)? })
        })?;
        Ok(rows.map_while(Result::ok).collect())
    };
    let mut rows = read("<= ?2 ORDER BY seq DESC").unwrap_or_default();
    rows.reverse();
    rows.extend(read("> ?2 ORDER BY seq").unwrap_or_default());
    rows
}

/// The rows of which nothing is missing or changed, and the chain at their end. What follows the last
/// acknowledged event must be there, else HQ could not go on from it.
fn sound(terminal: TerminalId, life: &Life, rows: &[Row]) -> Option<(Range<usize>, Hash)> {
    let linked = |row: &Row| {
        let position = Position { terminal, epoch: Epoch(life.epoch), seq: Seq(row.seq) };
        chain::next(&Hash(row.prev), &position, &row.sealed)
    };
    let waiting = rows.partition_point(|row| row.seq <= life.acknowledged);
    let follows = rows.get(waiting).is_some_and(|row| row.seq == life.acknowledged + 1);
    let mut end = waiting;
    while follows && end < rows.len() && rows[end].seq == rows[waiting].seq + (end - waiting) as u64
    {
        if end > waiting && Hash(rows[end].prev) != linked(&rows[end - 1]) {
            end -= 1; // it is the one before that was changed, as far as anyone can tell
            break;
        }
        end += 1;
    }
    // A last row that was changed breaks no link; what the database knew of its end tells.
    let is_end = |end: usize| end > 0 && rows[end - 1].seq == life.end.0;
    if end > waiting && is_end(end) && linked(&rows[end - 1]) != life.end.1 {
        end -= 1;
    }
    // What HQ has, backwards from where its own begins.
    let mut hash = match (end > waiting, is_end(waiting)) {
        (true, _) => Some(Hash(rows[waiting].prev)),
        (false, true) => Some(life.end.1),
        (false, false) => None,
    };
    let mut start = waiting;
    while start > 0 {
        let row = &rows[start - 1];
        let next = if start == waiting { life.acknowledged } else { rows[start].seq - 1 };
        if row.seq != next || hash.is_some_and(|hash| hash != linked(row)) {
            break;
        }
        hash = Some(Hash(row.prev));
        start -= 1;
    }
    (start < end).then(|| (start..end, linked(&rows[end - 1])))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
