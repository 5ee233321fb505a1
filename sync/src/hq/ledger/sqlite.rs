//! The ledger in HQ's own SQLite file, beside sales and customer files.
//!
//! ```text
//! take ─▶ waiting ─┐ whoever gets the connection takes all that wait ─▶ one transaction ─▶ one fsync
//! take ─▶ waiting ─┘                                                      └─▶ each its own answer
//! ```
//!
//! # Invariants
//!
//! - The write lock is held from the start of the transaction, so that no mark is read that may move.
//! - An answer leaves after the commit of the transaction that it speaks of.
//! - Look-ups go over a connection of their own and wait for no writer.
//!
//! Not here: the tables (`schema.sql`).

use super::{
    Admitted, Checked, Code, Ledger, LedgerError, Row, Ruled, Run, SetAside, Stream, Taken, Till,
};
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::hq::enrol::{self, Terminal};
use crate::hq::store::{self, StoreError};
use crate::message::{EnrolRequest, RefusalReason};
use crate::receiver::HighWater;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

/// Batches per transaction: some 8 MiB, so that the log stays small and nobody waits long.
const GROUP_MAX: usize = 32;

/// A ledger in HQ's own database.
pub struct Sqlite {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    now_ms: i64,
    checked: Checked,
    answer: mpsc::Sender<Result<Taken, LedgerError>>,
}

impl Sqlite {
    /// Opens the ledger of the HQ in `dir`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if there is none or SQLite refuses.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let (writer, reader) = (Mutex::new(store::open(dir)?), Mutex::new(store::open(dir)?));
        Ok(Self { writer, reader, waiting: Mutex::default() })
    }

    /// Takes what waits, if nobody else did meanwhile.
    fn take_waiting(&self) {
        let mut writer = locked(&self.writer);
        let mut waiting = locked(&self.waiting);
        let count = waiting.len().min(GROUP_MAX);
        let group: Vec<Waiting> = waiting.drain(..count).collect();
        drop(waiting);
        if group.is_empty() {
            return;
        }
        match take_group(&mut writer, &group) {
            Ok(answers) => {
                let answered = group.iter().zip(answers);
                answered.for_each(|(asked, answer)| _ = asked.answer.send(Ok(answer)));
            }
            Err(error) => {
                let error = LedgerError::from(error);
                group.iter().for_each(|asked| _ = asked.answer.send(Err(error.clone())));
            }
        }
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let mut writer = locked(&self.writer);
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}

/// A panic rolled its transaction back; the connection is still good.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger for Sqlite {
    fn add_code(&self, code: &Code) -> Result<(), LedgerError> {
        self.write(|tx| enrol::keep_code(tx, code))
    }

    fn admit(&self, now_ms: i64, request: &EnrolRequest) -> Result<Option<Admitted>, LedgerError> {
        self.write(|tx| enrol::admit(tx, now_ms, request))
    }

    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, LedgerError> {
        Ok(enrol::terminal(&locked(&self.reader), id)?)
    }

    fn revoke(&self, _now_ms: i64, id: &TerminalId) -> Result<bool, LedgerError> {
        self.write(|tx| enrol::revoke(tx, id))
    }

    fn take(&self, now_ms: i64, checked: Checked) -> Result<Taken, LedgerError> {
        let (answer, answered) = mpsc::channel();
        locked(&self.waiting).push(Waiting { now_ms, checked, answer });
        loop {
            match answered.try_recv() {
                Ok(answer) => return answer,
                // Whoever took it stopped in the middle, and its transaction was rolled back.
                Err(mpsc::TryRecvError::Disconnected) => return Err(LedgerError::Busy),
                // Ours is either taken by this call, or was by whoever held the connection before.
                Err(mpsc::TryRecvError::Empty) => self.take_waiting(),
            }
        }
    }

    fn stream(&self, terminal: &TerminalId, epoch: &Epoch) -> Result<Stream, LedgerError> {
        let found = stream(&locked(&self.reader), terminal, epoch)?;
        Ok(found.map_or(Stream::START, |(_, stream)| stream))
    }

    fn behind(
        &self,
        terminal: &TerminalId,
        epoch: &Epoch,
        after: Seq,
        count_max: u32,
    ) -> Result<Run, LedgerError> {
        let reader = locked(&self.reader);
        let Some((stream, _)) = stream(&reader, terminal, epoch)? else {
            return Ok(Run { prev: Hash::GENESIS, rows: Vec::new() });
        };
        let prev = hash_at(&reader, stream, after)?.unwrap_or(Hash::GENESIS);
        Ok(Run { prev, rows: rows(&reader, stream, after, count_max)? })
    }

    fn quarantined(&self) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM quarantine";
        Ok(locked(&self.reader).query_row(sql, [], |row| row.get::<_, Seq>(0))?.0)
    }

    fn aside(&self, terminal: &TerminalId) -> Result<Vec<SetAside>, LedgerError> {
        let reader = locked(&self.reader);
        let mut select = reader.prepare_cached(
            "SELECT body, received_ms FROM quarantine
             WHERE terminal = ?1 AND reason = 'fork' ORDER BY rowid",
        )?;
        let batches = select.query_map([terminal], |row| {
            Ok(SetAside { body: row.get(0)?, received_ms: row.get(1)? })
        })?;
        Ok(batches.collect::<rusqlite::Result<_>>()?)
    }

    fn fork_seen(&self, terminal: &TerminalId) -> Result<(), LedgerError> {
        let sql = "UPDATE terminal SET fork_at = NULL WHERE id = ?1";
        self.write(|tx| tx.execute(sql, [terminal]).map(drop))
    }

    fn changed(&self, _since_ms: i64) -> Result<Vec<Till>, LedgerError> {
        Ok(Vec::new())
    }

    fn gap_seen(&self, _terminal: &TerminalId) -> Result<(), LedgerError> {
        Ok(())
    }

    fn is_apart(&self) -> bool {
        false
    }
}

fn take_group(db: &mut Connection, group: &[Waiting]) -> rusqlite::Result<Vec<Taken>> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answers = group.iter().map(|asked| take_one(&tx, asked.now_ms, &asked.checked));
    let answers = answers.collect::<rusqlite::Result<_>>()?;
    tx.commit()?;
    Ok(answers)
}

fn take_one(tx: &Transaction<'_>, now_ms: i64, checked: &Checked) -> rusqlite::Result<Taken> {
    let terminal = &checked.range.terminal;
    let mut select = tx.prepare_cached("SELECT status FROM terminal WHERE id = ?1")?;
    let till: Option<String> = select.query_row([terminal], |row| row.get(0)).optional()?;
    let Some(status) = till else {
        return Ok(checked.refusal(RefusalReason::UnknownTerminal, None));
    };
    let mut seen = tx.prepare_cached("UPDATE terminal SET seen_ms = ?2 WHERE id = ?1")?;
    seen.execute(params![terminal, now_ms])?;
    if status != "active" {
        quarantine(tx, now_ms, checked, &status)?;
        return Ok(checked.refusal(RefusalReason::Revoked, None));
    }
    apply(tx, now_ms, checked)
}

fn apply(tx: &Transaction<'_>, now_ms: i64, checked: &Checked) -> rusqlite::Result<Taken> {
    let (stream, stands) = begun(tx, &checked.range.terminal, &checked.range.epoch)?;
    // A hash that cannot be read counts as different: a damaged ledger freezes, it does not overwrite.
    let known = |seq| hash_at(tx, stream, seq).ok().flatten();
    match checked.ruled(stands, known, || is_led_to_from_aside(tx, checked))? {
        Ruled::Append { first, mark } => {
            append(tx, now_ms, stream, checked, first, mark)?;
            Ok(checked.receipt(mark))
        }
        Ruled::Have => Ok(checked.receipt(stands.mark)),
        Ruled::Lacks { mark, keep } => {
            // A till begins behind what we acknowledged. That we do not have it proves that HQ was
            // restored from a backup, and its care-list versions with it.
            store::begin_new_life(tx)?;
            if keep {
                quarantine(tx, now_ms, checked, "fork")?;
            }
            Ok(checked.refusal(RefusalReason::MarkMismatch, Some(mark)))
        }
        Ruled::Fork { at, lacks } => {
            if lacks {
                store::begin_new_life(tx)?;
            }
            let is_new = quarantine(tx, now_ms, checked, "fork")?;
            if stands.fork_at.is_none() {
                tx.execute("UPDATE stream SET fork_at = ?2 WHERE id = ?1", params![stream, at])?;
            }
            // Also where a person has looked before: this is more to look at.
            if is_new {
                let sql = "UPDATE terminal SET fork_at = ?2 WHERE id = ?1";
                tx.execute(sql, params![checked.range.terminal, at])?;
            }
            Ok(checked.forked(at))
        }
    }
}

/// The number of a till's epoch at HQ, given in the order in which HQ first hears of it, and how it stands.
pub(in crate::hq) fn begun(
    tx: &Connection,
    terminal: &TerminalId,
    epoch: &Epoch,
) -> rusqlite::Result<(i64, Stream)> {
    if let Some(known) = stream(tx, terminal, epoch)? {
        return Ok(known);
    }
    tx.query_row(
        "INSERT INTO stream (terminal, epoch, mark, hash) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        params![terminal, epoch, HighWater::START.seq, HighWater::START.hash],
        |row| Ok((row.get(0)?, Stream::START)),
    )
}

fn stream(
    db: &Connection,
    terminal: &TerminalId,
    epoch: &Epoch,
) -> rusqlite::Result<Option<(i64, Stream)>> {
    let sql = "SELECT id, mark, hash, fork_at FROM stream WHERE terminal = ?1 AND epoch = ?2";
    let mut select = db.prepare_cached(sql)?;
    let known = |row: &rusqlite::Row<'_>| {
        let mark = HighWater { seq: row.get(1)?, hash: row.get(2)? };
        Ok((row.get(0)?, Stream { mark, fork_at: row.get(3)? }))
    };
    select.query_row(params![terminal, epoch], known).optional()
}

fn hash_at(db: &Connection, stream: i64, seq: Seq) -> rusqlite::Result<Option<Hash>> {
    let mut select = db.prepare_cached("SELECT hash FROM ledger WHERE stream = ?1 AND seq = ?2")?;
    select.query_row(params![stream, seq], |row| row.get(0)).optional()
}

fn rows(db: &Connection, stream: i64, after: Seq, count_max: u32) -> rusqlite::Result<Vec<Row>> {
    let mut select = db.prepare_cached(
        "SELECT seq, hash, sealed, received_ms FROM ledger WHERE stream = ?1 AND seq > ?2
         ORDER BY seq LIMIT ?3",
    )?;
    let rows = select.query_map(params![stream, after, count_max], |row| {
        let (seq, hash) = (row.get(0)?, row.get(1)?);
        Ok(Row { seq, hash, sealed: row.get(2)?, received_ms: row.get(3)? })
    })?;
    rows.collect()
}

fn append(
    tx: &Transaction<'_>,
    now_ms: i64,
    stream: i64,
    checked: &Checked,
    first: Seq,
    mark: HighWater,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO ledger (stream, seq, hash, sealed, received_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (seq, hash, sealed) in checked.batch.from(first) {
        insert.execute(params![stream, seq, hash, sealed, now_ms])?;
    }
    let mut moved = tx.prepare_cached("UPDATE stream SET mark = ?2, hash = ?3 WHERE id = ?1")?;
    moved.execute(params![stream, mark.seq, mark.hash])?;
    Ok(())
}

/// Whether something that was set aside leads up to this batch; most likely the last of it.
fn is_led_to_from_aside(tx: &Transaction<'_>, checked: &Checked) -> rusqlite::Result<bool> {
    let mut select = tx.prepare_cached(
        "SELECT body FROM quarantine WHERE terminal = ?1 AND reason = 'fork' ORDER BY rowid DESC",
    )?;
    let mut rows = select.query([checked.range.terminal])?;
    while let Some(row) = rows.next()? {
        if checked.is_led_to_by(row.get_ref(0)?.as_blob()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps a batch that may not count; whether it is new. The same bytes sent again take no more room.
fn quarantine(
    tx: &Transaction<'_>,
    now_ms: i64,
    checked: &Checked,
    reason: &str,
) -> rusqlite::Result<bool> {
    let kept = tx.execute(
        "INSERT INTO quarantine (terminal, digest, reason, body, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![checked.range.terminal, Hash::of(&checked.body), reason, checked.body, now_ms],
    )?;
    Ok(kept > 0)
}
