//! Opening: from sealed ledger rows to sales and customer files, exactly once.
//!
//! ```text
//! ledger ──▶ rows above the fold mark ──▶ open ──▶ decode ──▶ [ fold ──▶ mark moves ]   one transaction
//!                                          └── fails ──▶ set aside, with position and reason
//! ```
//!
//! # Invariants
//!
//! - Work and fold mark are committed together: a crash repeats nothing and skips nothing.
//! - Opening, the long part, holds no lock; what was opened is folded only if the mark stands where it stood.
//! - An event that does not open, decode or fit is set aside and never holds up the ones behind it.
//!
//! Not here: what an event does (`fold`).

use super::Hq;
use super::customer;
use super::fold::{self, Place};
use super::keys::Keys;
use super::ledger::{Ledger, LedgerError, Run};
use super::words;
use crate::chain::Hash;
use crate::event::{Body, Event, Position, Seq, TerminalId};
use crate::seal::{self, SealingSecret};
use crate::words::unpack;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Events per transaction: a writer that takes batches meanwhile waits for some 20 ms.
const CHUNK: u32 = 256;

/// What one call of [`open`] did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Opened {
    /// Events that were folded.
    pub folded: u64,
    /// Events that were set aside.
    pub set_aside: u64,
}

/// Why an event was set aside. Carries nothing of its content.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Aside {
    #[error("its bytes were destroyed")]
    Destroyed,
    #[error("HQ has no key {0}")]
    NoKey(u32),
    #[error("does not open: {0}")]
    Seal(#[from] seal::OpenError),
    #[error("does not unpack: {0}")]
    Unpack(#[from] crate::words::UnpackError),
    #[error("does not decode")]
    Decode,
    #[error("kind {0} is unknown to this version")]
    UnknownKind(u32),
    #[error("does not fit the tables")]
    Unfit,
}

/// Why opening stopped; what was committed stays, the rest is done by the next call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The desk's database.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Where there is something to open, and what opens it.
pub struct Due {
    place: Place,
    keys: Vec<SealingSecret>,
}

/// An event's bytes, packed as its till packed them; wiped when dropped.
pub(super) type Plain = zeroize::Zeroizing<Vec<u8>>;

/// An event that was opened, or why it was not.
struct Unfolded {
    seq: Seq,
    received_ms: i64,
    plain: Result<Plain, Aside>,
}

/// Events that were opened, and not folded yet.
pub struct Clear {
    place: Place,
    last: Seq,
    events: Vec<Unfolded>,
}

/// Whether each event is folded within a savepoint.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Footing {
    Sure,
    Savepoints,
}

/// Opens and folds all that is in the ledger and not folded yet.
///
/// # Errors
///
/// [`StepError`].
pub fn open(hq: &mut Hq, ledger: &dyn Ledger) -> Result<Opened, StepError> {
    let mut opened = Opened::default();
    while let Some(due) = due(hq, None)? {
        let clear = due.read(ledger)?;
        if clear.is_empty() {
            break;
        }
        clear.fold(hq, &mut opened)?;
    }
    Ok(opened)
}

/// Tries once more what was set aside: a later version of ours may know its kind, a key may have come back.
/// Where it stands among the others does not matter to what is folded.
///
/// # Errors
///
/// [`StepError`]; what was folded before stays.
pub fn retry(hq: &mut Hq, ledger: &dyn Ledger) -> Result<Opened, StepError> {
    let mut opened = Opened::default();
    for place in aside(&hq.db)? {
        let due = Due { place, keys: hq.keys.sealing.clone() };
        let clear = due.read_some(ledger, 1)?;
        // What does not open yet needs no transaction: there may be very many of them.
        let Some(event) = clear.events.first().filter(|event| event.plain.is_ok()) else {
            opened.set_aside += 1;
            continue;
        };
        let mut tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut touched, mut met) = (BTreeSet::new(), words::Met::default());
        let mut at = Place { seq: event.seq, ..place };
        let footing = Footing::Savepoints;
        if apply(&mut tx, &hq.keys, &mut at, event, footing, &mut touched, &mut met)?.is_ok() {
            let known = "DELETE FROM set_aside WHERE stream = ?1 AND seq = ?2";
            tx.execute(known, params![at.stream, at.seq])?;
            customer::touch(&tx, &touched)?;
            words::learn(&tx, &place.store, &met)?;
            tx.commit()?;
            opened.folded += 1;
        } else {
            opened.set_aside += 1;
        }
    }
    Ok(opened)
}

/// The places right before the events that were set aside, in the order in which they were said; those whose
/// bytes are gone are left out. So many that HQ is not held long.
fn aside(db: &Connection) -> rusqlite::Result<Vec<Place>> {
    let mut select = db.prepare(
        "SELECT s.id, a.seq - 1, s.terminal, s.epoch, t.store
         FROM set_aside a JOIN stream s ON s.id = a.stream JOIN terminal t ON t.id = s.terminal
         WHERE a.reason <> ?1 ORDER BY a.stream, a.seq LIMIT 20000",
    )?;
    let places = select.query_map([Aside::Destroyed.to_string()], |row| {
        Ok(Place {
            stream: row.get(0)?,
            seq: row.get(1)?,
            terminal: row.get(2)?,
            epoch: row.get(3)?,
            store: row.get(4)?,
            said_ms: 0,
            received_ms: 0,
        })
    })?;
    places.collect()
}

/// Looks where there is something to open, at till `first` before others; `None` when all is done.
///
/// # Errors
///
/// As SQLite says.
pub fn due(hq: &Hq, first: Option<&TerminalId>) -> rusqlite::Result<Option<Due>> {
    let place = next_place(&hq.db, first)?;
    Ok(place.map(|place| Due { place, keys: hq.keys.sealing.clone() }))
}

impl Due {
    /// Reads and opens one transaction's worth. This is the long part, and needs neither HQ's
    /// database nor its lock.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    pub fn read(&self, ledger: &dyn Ledger) -> Result<Clear, LedgerError> {
        self.read_some(ledger, CHUNK)
    }

    fn read_some(&self, ledger: &dyn Ledger, most: u32) -> Result<Clear, LedgerError> {
        let Place { terminal, epoch, seq, .. } = &self.place;
        let Run { mut prev, rows } = ledger.behind(terminal, epoch, *seq, most)?;
        let mut clear = Clear { place: self.place, last: *seq, events: Vec::new() };
        for row in rows {
            let at = Place { seq: row.seq, ..self.place };
            let plain = read(&self.keys, &at, &prev, row.sealed.as_deref());
            clear.events.push(Unfolded { seq: row.seq, received_ms: row.received_ms, plain });
            (prev, clear.last) = (row.hash, row.seq);
        }
        Ok(clear)
    }
}

impl Clear {
    /// Whether the ledger had nothing there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Folds what was opened and moves the fold mark, in one transaction. Does nothing if somebody
    /// else did it meanwhile.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn fold(self, hq: &mut Hq, opened: &mut Opened) -> rusqlite::Result<()> {
        // A savepoint around each event costs as much as a third of the fold, and events that do not
        // fit are rare: only when there is one the chunk is folded anew with them.
        let done = match self.fold_as(hq, Footing::Sure) {
            Err(error) if is_content(&error) => self.fold_as(hq, Footing::Savepoints)?,
            done => done?,
        };
        opened.folded += done.folded;
        opened.set_aside += done.set_aside;
        Ok(())
    }

    fn fold_as(&self, hq: &mut Hq, footing: Footing) -> rusqlite::Result<Opened> {
        let mut tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut touched, mut done) = (BTreeSet::new(), Opened::default());
        let mut met = words::Met::default();
        if fold_mark(&tx, self.place.stream)? != self.place.seq {
            return Ok(done);
        }
        let mut said_ms = self.place.said_ms;
        for event in &self.events {
            let mut at = Place { seq: event.seq, said_ms, ..self.place };
            let applied =
                apply(&mut tx, &hq.keys, &mut at, event, footing, &mut touched, &mut met)?;
            said_ms = at.said_ms;
            match applied {
                Ok(()) => done.folded += 1,
                Err(reason) => {
                    set_aside(&tx, &at, reason)?;
                    done.set_aside += 1;
                }
            }
        }
        customer::touch(&tx, &touched)?;
        words::learn(&tx, &self.place.store, &met)?;
        let moved = "UPDATE stream SET folded = ?2, said_ms = ?3 WHERE id = ?1";
        tx.prepare_cached(moved)?.execute(params![self.place.stream, self.last, said_ms])?;
        tx.commit()?;
        Ok(done)
    }
}

/// The fold mark of a stream that has more, and when the last word there was said: they move together.
fn next_place(db: &Connection, first: Option<&TerminalId>) -> rusqlite::Result<Option<Place>> {
    let mut select = db.prepare_cached(
        "SELECT s.id, s.folded, s.terminal, s.epoch, t.store, s.said_ms
         FROM stream s JOIN terminal t ON t.id = s.terminal
         WHERE s.folded < s.mark ORDER BY s.terminal IS ?1 DESC, s.id LIMIT 1",
    )?;
    let place = |row: &rusqlite::Row<'_>| {
        Ok(Place {
            stream: row.get(0)?,
            seq: row.get(1)?,
            terminal: row.get(2)?,
            said_ms: row.get(5)?,
            received_ms: 0,
            epoch: row.get(3)?,
            store: row.get(4)?,
        })
    };
    select.query_row([first], place).optional()
}

fn fold_mark(db: &Connection, stream: i64) -> rusqlite::Result<Seq> {
    db.prepare_cached("SELECT folded FROM stream WHERE id = ?1")?
        .query_row([stream], |row| row.get(0))
}

/// Folds one event, and notes in `place` when it was said. With a savepoint one that does not fit leaves no
/// half of itself; without, it is an error and the transaction is over.
fn apply(
    tx: &mut Transaction<'_>,
    keys: &Keys,
    place: &mut Place,
    unfolded: &Unfolded,
    footing: Footing,
    touched: &mut BTreeSet<crate::care_list::CustomerId>,
    met: &mut words::Met,
) -> rusqlite::Result<Result<(), Aside>> {
    let event = match &unfolded.plain {
        Ok(plain) => decoded(tx, place, plain)?,
        Err(reason) => Err(*reason),
    };
    let event = match event {
        Ok(event) => event,
        Err(reason) => return Ok(Err(reason)),
    };
    place.received_ms = unfolded.received_ms;
    place.said_ms = fold::said_ms(place.said_ms, event.at.wall_ms, unfolded.received_ms);
    if footing == Footing::Sure {
        fold::fold(tx, keys, *place, &event, touched)?;
    } else {
        let savepoint = tx.savepoint()?;
        match fold::fold(&savepoint, keys, *place, &event, touched) {
            Ok(()) => savepoint.commit()?,
            Err(error) if is_content(&error) => return Ok(Err(Aside::Unfit)),
            Err(error) => return Err(error),
        }
    }
    if let Body::Sale(sale) = &event.body {
        met.sale(sale);
    }
    Ok(Ok(()))
}

pub(super) fn read(
    keys: &[SealingSecret],
    place: &Place,
    prev: &Hash,
    sealed: Option<&[u8]>,
) -> Result<Plain, Aside> {
    let sealed = sealed.ok_or(Aside::Destroyed)?;
    let id = seal::key_id(sealed)?;
    let secret = keys.iter().find(|key| key.id() == id).ok_or(Aside::NoKey(id))?;
    let position = Position { terminal: place.terminal, epoch: place.epoch, seq: place.seq };
    Ok(zeroize::Zeroizing::new(seal::open(secret, &position, prev, sealed)?))
}

/// Unpacks and decodes: in turn, for what a number means may have been said by the event before.
pub(super) fn decoded(
    db: &Connection,
    place: &Place,
    plain: &[u8],
) -> rusqlite::Result<Result<Event, Aside>> {
    // A disk that fails is no reason to set an event aside.
    let mut failed = None;
    let unpacked = unpack(plain, |number| {
        words::word(db, place.stream, number).unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let unpacked = match unpacked {
        Ok(unpacked) => zeroize::Zeroizing::new(unpacked),
        Err(error) => return Ok(Err(error.into())),
    };
    Ok(match Event::decode(&unpacked) {
        Ok(Event { body: Body::Unknown(tag), .. }) => Err(Aside::UnknownKind(tag)),
        Ok(event) => Ok(event),
        Err(_) => Err(Aside::Decode),
    })
}

/// Whether the event is to blame, not the disk.
fn is_content(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::ToSqlConversionFailure(_) => true,
        other => other.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation),
    }
}

fn set_aside(tx: &Transaction<'_>, place: &Place, reason: Aside) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO set_aside (stream, seq, reason) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET reason = excluded.reason",
        params![place.stream, place.seq, reason.to_string()],
    )?;
    Ok(())
}
