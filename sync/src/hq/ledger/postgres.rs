//! The ledger in PostgreSQL, or in what speaks its language: for a chain whose batches are more than
//! one process takes.
//!
//! ```text
//! ingest ─┐  each its own connections; the till's row is the lock      ┌ terminal_0 … terminal_7
//! ingest ─┼─▶ lock till ─▶ mark ─▶ rule ─▶ insert, move ─▶ commit ──▶ ┤ stream_0   … stream_7
//! ingest ─┘                                                            └ ledger_0   … ledger_7
//! ```
//!
//! # Invariants
//!
//! - Every transaction is one till's: tables are spread by terminal, and no statement of a batch needs
//!   two partitions. So they may lie on several servers.
//! - Of two processes with the same range one waits for the other at the till's row, and then reads the
//!   mark that the other left. `ON CONFLICT DO NOTHING` stands behind that: if it ever had something to
//!   do, nothing is committed.
//! - No statement names a conflict's columns and none updates on conflict: foreign partitions know neither.
//!
//! Not here: who is at the other end, and whether others can listen (`tls`). What tills sealed stays sealed
//! in any case, names of stores and tills do not.

mod layout;
mod pool;
mod row;
mod sql;
mod tls;
mod value;

use super::{
    Admitted, Checked, Code, Ledger, LedgerError, Ruled, Run, SetAside, Stream, Taken, Terminal,
    Till,
};
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::message::{EnrolRequest, RefusalReason, StoreId};
use crate::random::random;
use crate::receiver::HighWater;
use ::postgres::{Config, Row, Transaction};
use pool::{Connection, Pool};
use row::{high_water, run, stream, terminal};
use std::collections::BTreeMap;
use std::sync::Arc;
pub use tls::TlsError;
use value::{Uuid, hash, number, seq};

/// A ledger in PostgreSQL.
pub struct Postgres {
    pool: Pool,
}

impl From<::postgres::Error> for LedgerError {
    fn from(error: ::postgres::Error) -> Self {
        match tls::stranger(&error) {
            Some(stranger) => Self::Tls(stranger),
            None => Self::Postgres(Arc::new(error)),
        }
    }
}

/// An error and what caused it; of what the server said its sentence, without the rows that it names.
pub(super) fn words(error: &::postgres::Error) -> String {
    let mut said = error.to_string();
    if let Some(refused) = error.as_db_error() {
        return refused.message().to_owned();
    }
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

impl Postgres {
    /// Connects, and brings the database up to this program's layout. `url` as libpq has it, with what
    /// it says of TLS (`sslmode`, `sslrootcert`); without a password in it, `password` is used.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the server cannot be reached, is not whom the URL means, refuses, or has a newer
    /// layout.
    pub fn open(url: &str, password: Option<&str>) -> Result<Self, LedgerError> {
        let (url, asked) = tls::parted(url)?;
        let mut config: Config = url.parse()?;
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
        }
        let connector = asked.connector(&mut config)?;
        let pool = Pool::new(config, connector);
        layout::bring_up(&mut pool.client()?)?;
        Ok(Self { pool })
    }
}

impl Ledger for Postgres {
    fn add_code(&self, code: &Code) -> Result<(), LedgerError> {
        let (terminal, store) = (Uuid(random()), Uuid::from(&code.store));
        let token = code.token_hash.0.as_slice();
        let sql = "INSERT INTO enrol_code (terminal, token_hash, store, store_name, expires_ms)
                   VALUES ($1, $2, $3, $4, $5)";
        self.pool.run(|on| {
            let values: [&(dyn ::postgres::types::ToSql + Sync); 5] =
                [&terminal, &token, &store, &code.store_name, &code.expires_ms];
            on.client.execute(sql, &values)?;
            Ok(())
        })
    }

    fn admit(&self, now_ms: i64, request: &EnrolRequest) -> Result<Option<Admitted>, LedgerError> {
        self.pool.run(|on| admit(on, now_ms, request))
    }

    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, LedgerError> {
        self.pool.run(|on| known(on, id))
    }

    fn revoke(&self, now_ms: i64, id: &TerminalId) -> Result<bool, LedgerError> {
        let sql = "UPDATE terminal SET status = 'revoked', changed_ms = greatest(changed_ms, $2)
                   WHERE terminal = $1";
        self.pool.run(|on| Ok(on.client.execute(sql, &[&Uuid::from(id), &now_ms])? == 1))
    }

    fn take(&self, now_ms: i64, checked: Checked) -> Result<Taken, LedgerError> {
        self.pool.run(|on| take(on, now_ms, &checked))
    }

    fn stream(&self, terminal: &TerminalId, epoch: &Epoch) -> Result<Stream, LedgerError> {
        let key = (Uuid::from(terminal), Uuid::from(epoch));
        self.pool.run(|on| {
            let row = on.client.query_opt(&on.mark, &[&key.0, &key.1])?;
            row.map_or(Ok(Stream::START), |row| stream(&row))
        })
    }

    fn behind(
        &self,
        terminal: &TerminalId,
        epoch: &Epoch,
        after: Seq,
        count_max: u32,
    ) -> Result<Run, LedgerError> {
        let key = (Uuid::from(terminal), Uuid::from(epoch));
        // The one at `after` comes along for its hash.
        let (from, limit) = (number(after)?, i64::from(count_max) + i64::from(after != Seq::NONE));
        self.pool.run(|on| {
            let rows = on.client.query(sql::BEHIND, &[&key.0, &key.1, &from, &limit])?;
            run(after, &rows)
        })
    }

    fn quarantined(&self) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM quarantine";
        self.pool.run(|on| Ok(seq(on.client.query_one(sql, &[])?.try_get(0)?)?.0))
    }

    fn aside(&self, terminal: &TerminalId) -> Result<Vec<SetAside>, LedgerError> {
        self.pool.run(|on| {
            let rows = on.client.query(sql::ASIDE, &[&Uuid::from(terminal)])?;
            let batch =
                |row: &Row| Ok(SetAside { body: row.try_get(0)?, received_ms: row.try_get(1)? });
            rows.iter().map(batch).collect()
        })
    }

    fn fork_seen(&self, terminal: &TerminalId) -> Result<(), LedgerError> {
        let sql = "UPDATE terminal SET fork_at = NULL WHERE terminal = $1";
        self.pool.run(|on| {
            on.client.execute(sql, &[&Uuid::from(terminal)])?;
            Ok(())
        })
    }

    fn changed(&self, since_ms: i64) -> Result<Vec<Till>, LedgerError> {
        self.pool.run(|on| {
            let rows = on.client.query(sql::CHANGED, &[&since_ms])?;
            rows.iter().map(|row| till(on, row)).collect()
        })
    }

    fn gap_seen(&self, terminal: &TerminalId) -> Result<(), LedgerError> {
        let sql = "UPDATE terminal SET gap = false WHERE terminal = $1";
        self.pool.run(|on| {
            on.client.execute(sql, &[&Uuid::from(terminal)])?;
            Ok(())
        })
    }

    fn is_apart(&self) -> bool {
        true
    }
}

fn take(on: &mut Connection, now_ms: i64, checked: &Checked) -> Result<Taken, LedgerError> {
    let Connection { client, seen, mark, .. } = on;
    let mut tx = client.transaction()?;
    let key = (Uuid::from(&checked.range.terminal), Uuid::from(&checked.range.epoch));
    // The lock first: what is read after it is what the one before us left.
    let Some(till) = tx.query_opt(seen, &[&key.0, &now_ms])? else {
        return Ok(checked.refusal(RefusalReason::UnknownTerminal, None));
    };
    let status: String = till.try_get(0)?;
    if status != "active" {
        quarantine(&mut tx, now_ms, checked, &status)?;
        tx.commit()?;
        return Ok(checked.refusal(RefusalReason::Revoked, None));
    }
    let begun = tx.query_opt(mark, &[&key.0, &key.1])?;
    let is_new = begun.is_none();
    let stands = begun.map_or(Ok(Stream::START), |row| stream(&row))?;
    let hashes = hashes(&mut tx, &on.hashes, checked, stands.mark)?;
    let known = |seq| hashes.get(&seq).copied();
    let taken = match checked.ruled(stands, known, || is_led_to_from_aside(&mut tx, checked))? {
        Ruled::Append { first, mark } => {
            append(&mut tx, &on.append, now_ms, checked, first)?;
            let values = (number(mark.seq)?, mark.hash.0.as_slice());
            if is_new {
                tx.execute(&on.begin, &[&key.0, &key.1, &values.0, &values.1, &now_ms])?;
            } else {
                tx.execute(&on.moved, &[&key.0, &key.1, &values.0, &values.1])?;
            }
            checked.receipt(mark)
        }
        Ruled::Have => checked.receipt(stands.mark),
        Ruled::Lacks { mark, keep } => {
            // What the till was told we hold is missing: the desk has to begin a new life.
            tx.execute(sql::GAP, &[&key.0])?;
            if keep {
                quarantine(&mut tx, now_ms, checked, "fork")?;
            }
            checked.refusal(RefusalReason::MarkMismatch, Some(mark))
        }
        Ruled::Fork { at, lacks } => {
            if lacks {
                tx.execute(sql::GAP, &[&key.0])?;
            }
            let is_more = quarantine(&mut tx, now_ms, checked, "fork")?;
            if is_new {
                let start = HighWater::START;
                let values = (number(start.seq)?, start.hash.0.as_slice());
                tx.execute(&on.begin, &[&key.0, &key.1, &values.0, &values.1, &now_ms])?;
            }
            // Also where a person has looked before: this is more to look at.
            if stands.fork_at.is_none() || is_more {
                tx.execute(sql::FORKED, &[&key.0, &key.1, &number(at)?])?;
            }
            checked.forked(at)
        }
    };
    tx.commit()?;
    Ok(taken)
}

/// The chain at the numbers that we have and the batch speaks of.
fn hashes(
    tx: &mut Transaction<'_>,
    select: &::postgres::Statement,
    checked: &Checked,
    mark: HighWater,
) -> Result<BTreeMap<Seq, Hash>, LedgerError> {
    let before = Seq(checked.range.first.0.saturating_sub(1));
    if before >= mark.seq {
        return Ok(BTreeMap::new());
    }
    let key = (Uuid::from(&checked.range.terminal), Uuid::from(&checked.range.epoch));
    let (from, to) = (number(before)?, number(checked.range.last.min(mark.seq))?);
    let rows = tx.query(select, &[&key.0, &key.1, &from, &to])?;
    rows.iter().map(|row| Ok((seq(row.try_get(0)?)?, hash(row, 1)?))).collect()
}

fn append(
    tx: &mut Transaction<'_>,
    insert: &::postgres::Statement,
    now_ms: i64,
    checked: &Checked,
    first: Seq,
) -> Result<(), LedgerError> {
    let key = (Uuid::from(&checked.range.terminal), Uuid::from(&checked.range.epoch));
    let new = checked.batch.from(first).map(|(_, hash, sealed)| (hash.0.as_slice(), sealed));
    let (hashes, sealed): (Vec<&[u8]>, Vec<&[u8]>) = new.unzip();
    let before = number(Seq(first.0.saturating_sub(1)))?;
    let written = tx.execute(insert, &[&key.0, &key.1, &before, &now_ms, &hashes, &sealed])?;
    let all = u64::try_from(hashes.len()).expect("a length fits 64 bits");
    if written == all { Ok(()) } else { Err(LedgerError::PastMark) }
}

/// Whether something that was set aside leads up to this batch; most likely the last of it, so that the
/// others are not fetched.
fn is_led_to_from_aside(tx: &mut Transaction<'_>, checked: &Checked) -> Result<bool, LedgerError> {
    let newest_first = tx.bind(sql::NEWEST_ASIDE, &[&Uuid::from(&checked.range.terminal)])?;
    while let [row] = &tx.query_portal(&newest_first, 1)?[..] {
        if checked.is_led_to_by(row.try_get(0)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps a batch that may not count; whether it is new. The same bytes sent again take no more room.
fn quarantine(
    tx: &mut Transaction<'_>,
    now_ms: i64,
    checked: &Checked,
    reason: &str,
) -> Result<bool, LedgerError> {
    let (terminal, digest) = (Uuid::from(&checked.range.terminal), Hash::of(&checked.body));
    let values: [&(dyn ::postgres::types::ToSql + Sync); 5] =
        [&terminal, &digest.0.as_slice(), &reason, &checked.body, &now_ms];
    Ok(tx.execute(sql::QUARANTINE, &values)? > 0)
}

fn admit(
    on: &mut Connection,
    now_ms: i64,
    request: &EnrolRequest,
) -> Result<Option<Admitted>, LedgerError> {
    let token = request.token.hash();
    let code = on.client.query_opt(
        "SELECT terminal, store, store_name FROM enrol_code
         WHERE token_hash = $1 AND expires_ms > $2",
        &[&token.0.as_slice(), &now_ms],
    )?;
    let Some(code) = code else { return Ok(None) };
    let terminal: Uuid = code.try_get(0)?;
    let store: Uuid = code.try_get(1)?;
    let store_name: String = code.try_get(2)?;
    // The code's till is there once, whoever comes first; then we look whether it is this one.
    on.client.execute(
        "INSERT INTO terminal (terminal, store, store_name, till, signing, sealing_id, sealing,
                               software, status, enrolled_ms, changed_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $9) ON CONFLICT DO NOTHING",
        &[
            &terminal,
            &store,
            &store_name,
            &request.till,
            &request.signing.0.as_slice(),
            &i64::from(request.sealing.id),
            &request.sealing.key.as_slice(),
            &request.software,
            &now_ms,
        ],
    )?;
    let terminal = TerminalId(terminal.0);
    let is_same = known(on, &terminal)?.is_some_and(|till| till.is_of(request));
    Ok(is_same.then_some(Admitted { terminal, store: StoreId(store.0), store_name }))
}

fn known(on: &mut Connection, id: &TerminalId) -> Result<Option<Terminal>, LedgerError> {
    let row = on.client.query_opt(&on.terminal, &[&Uuid::from(id)])?;
    row.map(|row| terminal(&row)).transpose()
}

fn till(on: &mut Connection, row: &::postgres::Row) -> Result<Till, LedgerError> {
    let terminal = terminal(row)?;
    let streams = on.client.query(sql::STREAMS, &[&Uuid::from(&terminal.id)])?;
    let stream =
        |row: &::postgres::Row| Ok((Epoch(row.try_get::<_, Uuid>(0)?.0), high_water(row, 1)?));
    Ok(Till {
        terminal,
        store_name: row.try_get(7)?,
        till: row.try_get(8)?,
        software: row.try_get(9)?,
        enrolled_ms: row.try_get(10)?,
        seen_ms: row.try_get(11)?,
        gap: row.try_get(12)?,
        streams: streams.iter().map(stream).collect::<Result<_, LedgerError>>()?,
    })
}
