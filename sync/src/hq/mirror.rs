//! What the desk's own database must know of a ledger that lies elsewhere: tills and marks.
//!
//! ```text
//! ledger (PostgreSQL) ── tills that changed ──▶ store, terminal, stream   in HQ's own SQLite
//! ```
//!
//! # Invariants
//!
//! - The fold mark is the desk's own and never touched here.
//! - A ledger that was restored from a backup makes the desk begin a new life before it is told that
//!   we know.
//!
//! Not here: the sealed events, which are read where they are (`open`).

use super::ledger::sqlite::begun;
use super::ledger::{Ledger, Till};
use super::open::StepError;
use super::store;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// Clocks of several ingest processes differ: so far back is looked again.
const SKEW_MS: i64 = 120_000;

/// Brings over what changed at `since_ms` or a little earlier. Does nothing where the ledger is the
/// desk's own.
///
/// # Errors
///
/// [`StepError`]; what was brought before stays.
pub fn bring(db: &mut Connection, ledger: &dyn Ledger, since_ms: i64) -> Result<(), StepError> {
    for till in ledger.changed(since_ms.saturating_sub(SKEW_MS))? {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write(&tx, &till)?;
        tx.commit()?;
        if till.gap {
            ledger.gap_seen(&till.terminal.id)?;
        }
    }
    Ok(())
}

fn write(tx: &Transaction<'_>, till: &Till) -> rusqlite::Result<()> {
    let of = &till.terminal;
    tx.execute(
        "INSERT INTO store (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
        params![of.store, till.store_name],
    )?;
    tx.execute(
        "INSERT INTO terminal (id, store, till, signing, sealing_id, sealing, software, status,
                               fork_at, enrolled_ms, seen_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, fork_at = excluded.fork_at,
                                        seen_ms = excluded.seen_ms",
        params![
            of.id,
            of.store,
            till.till,
            of.signing,
            of.sealing.id,
            of.sealing.key,
            till.software,
            of.status,
            of.fork_at,
            till.enrolled_ms,
            till.seen_ms
        ],
    )?;
    for (epoch, mark) in &till.streams {
        let (stream, known) = begun(tx, &of.id, epoch)?;
        if known.mark != *mark {
            let moved = "UPDATE stream SET mark = ?2, hash = ?3 WHERE id = ?1";
            tx.execute(moved, params![stream, mark.seq, mark.hash])?;
        }
    }
    if till.gap {
        store::begin_new_life(tx)?;
    }
    Ok(())
}
