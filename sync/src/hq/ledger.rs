//! The ledger: sealed events by position, taken once.
//!
//! ```text
//! batch ─▶ who? ─▶ signature, chain ─▶ receiver's rule ─▶ insert, move the mark ─▶ commit ─▶ receipt
//!           └ revoked, frozen, fork ─▶ quarantine ─▶ commit ─▶ refusal
//! ```
//!
//! # Invariants
//!
//! - All of it happens in one transaction that holds the write lock from the start; a receipt is made
//!   only after the commit.
//! - What a revoked or frozen till sends is set aside, never dropped and never counted.
//! - What the batch says about itself is what the path says.
//!
//! Not here: opening (`open`).

use super::enrol::{self, Terminal};
use super::store;
use crate::batch::Batch;
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::message::{Receipt, Refusal, RefusalReason};
use crate::receiver::{Decision, HighWater, receive};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

/// Where a batch claims to belong, from the request's path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// Whose.
    pub terminal: TerminalId,
    /// Which life of its outbox.
    pub epoch: Epoch,
    /// Its first event.
    pub first: Seq,
    /// Its last event.
    pub last: Seq,
}

/// What HQ says to a batch; the shell signs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is in the ledger, on disk.
    Receipt(Receipt),
    /// It is not.
    Refusal(Refusal),
}

/// Takes a signed batch.
///
/// # Errors
///
/// As SQLite says; then nothing was changed and the till sends again.
pub fn take(
    db: &mut Connection,
    now_ms: i64,
    range: &Range,
    body: &[u8],
) -> rusqlite::Result<Taken> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(till) = enrol::terminal(&tx, &range.terminal)? else {
        return Ok(refuse(range, RefusalReason::UnknownTerminal, None));
    };
    let Some(batch) = read(&till, range, body) else {
        return Ok(refuse(range, RefusalReason::Malformed, None));
    };
    let taken = match till.status.as_str() {
        "active" => apply(&tx, now_ms, range, &batch, body)?,
        _ => {
            let at = till.fork_at.map(|at| RefusalReason::Fork { at });
            let reason = at.unwrap_or(RefusalReason::Revoked);
            quarantine(&tx, now_ms, range, &till.status, body)?;
            refuse(range, reason, None)
        }
    };
    let seen = "UPDATE terminal SET seen_ms = ?2 WHERE id = ?1";
    tx.execute(seen, params![range.terminal, now_ms])?;
    tx.commit()?;
    Ok(taken)
}

fn read(till: &Terminal, range: &Range, body: &[u8]) -> Option<Batch> {
    let batch = Batch::verify(&till.signing, body).ok()?;
    let claimed = Range {
        terminal: batch.terminal,
        epoch: batch.epoch,
        first: batch.first,
        last: batch.last(),
    };
    (claimed == *range).then_some(batch)
}

fn apply(
    tx: &Transaction<'_>,
    now_ms: i64,
    range: &Range,
    batch: &Batch,
    body: &[u8],
) -> rusqlite::Result<Taken> {
    let stream = stream(tx, &range.terminal, &range.epoch)?;
    let mark = mark(tx, stream)?;
    let receipt =
        |mark| Taken::Receipt(Receipt { terminal: range.terminal, epoch: range.epoch, mark });
    match receive(batch, mark, |seq| hash_at(tx, stream, seq)) {
        Decision::Append { first, mark } => {
            append(tx, now_ms, stream, batch, first, mark)?;
            Ok(receipt(mark))
        }
        Decision::Have => Ok(receipt(mark)),
        Decision::Gap => {
            // A till begins behind what we acknowledged. That we do not have it proves that HQ was
            // restored from a backup, and its care-list versions with it.
            store::begin_new_life(tx)?;
            Ok(refuse(range, RefusalReason::MarkMismatch, Some(mark)))
        }
        Decision::Fork { at } => {
            quarantine(tx, now_ms, range, "fork", body)?;
            tx.execute(
                "UPDATE terminal SET status = 'frozen', fork_at = ?2 WHERE id = ?1",
                params![range.terminal, at],
            )?;
            Ok(refuse(range, RefusalReason::Fork { at }, None))
        }
    }
}

/// The number of a till's epoch at HQ, given in the order in which HQ first hears of it.
pub(super) fn stream(
    tx: &Connection,
    terminal: &TerminalId,
    epoch: &Epoch,
) -> rusqlite::Result<i64> {
    tx.execute(
        "INSERT INTO stream (terminal, epoch, mark, hash) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (terminal, epoch) DO NOTHING",
        params![terminal, epoch, HighWater::START.seq, HighWater::START.hash],
    )?;
    let sql = "SELECT id FROM stream WHERE terminal = ?1 AND epoch = ?2";
    tx.query_row(sql, params![terminal, epoch], |row| row.get(0))
}

fn mark(tx: &Transaction<'_>, stream: i64) -> rusqlite::Result<HighWater> {
    tx.query_row("SELECT mark, hash FROM stream WHERE id = ?1", [stream], |row| {
        Ok(HighWater { seq: row.get(0)?, hash: row.get(1)? })
    })
}

/// A hash that cannot be read counts as different: a damaged ledger freezes, it does not overwrite.
fn hash_at(tx: &Transaction<'_>, stream: i64, seq: Seq) -> Option<Hash> {
    let sql = "SELECT hash FROM ledger WHERE stream = ?1 AND seq = ?2";
    tx.query_row(sql, params![stream, seq], |row| row.get(0)).optional().ok().flatten()
}

fn append(
    tx: &Transaction<'_>,
    now_ms: i64,
    stream: i64,
    batch: &Batch,
    first: Seq,
    mark: HighWater,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO ledger (stream, seq, hash, sealed, received_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for entry in batch.entries().filter(|entry| entry.seq >= first) {
        insert.execute(params![stream, entry.seq, entry.hash, entry.sealed, now_ms])?;
    }
    let moved = "UPDATE stream SET mark = ?2, hash = ?3 WHERE id = ?1";
    tx.execute(moved, params![stream, mark.seq, mark.hash])?;
    Ok(())
}

/// Keeps a batch that may not count. The same bytes sent again take no more room.
fn quarantine(
    tx: &Transaction<'_>,
    now_ms: i64,
    range: &Range,
    reason: &str,
    body: &[u8],
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO quarantine (terminal, digest, reason, body, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![range.terminal, Hash::of(body), reason, body, now_ms],
    )?;
    Ok(())
}

fn refuse(range: &Range, reason: RefusalReason, mark: Option<HighWater>) -> Taken {
    let Range { terminal, epoch, .. } = *range;
    Taken::Refusal(Refusal { terminal, epoch, reason, mark })
}
