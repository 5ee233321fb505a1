//! Opening: from sealed ledger rows to sales and customer files, exactly once.
//!
//! ```text
//! ledger ──▶ rows above the fold mark ──▶ open ──▶ decode ──▶ fold ──▶ mark moves   one transaction
//!                                          └── fails ──▶ set aside, with position and reason
//! ```
//!
//! # Invariants
//!
//! - Work and fold mark are committed together: a crash repeats nothing and skips nothing.
//! - An event that does not open, decode or fit is set aside and never holds up the ones behind it.
//!
//! Not here: what an event does (`fold`).

use super::Hq;
use super::customer;
use super::fold::{self, Place};
use super::keys::Keys;
use super::words;
use crate::chain::Hash;
use crate::event::{Body, Event, Position, Seq};
use crate::seal;
use crate::words::unpack;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Events per transaction: a writer that takes batches meanwhile waits for some 30 ms.
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
enum Aside {
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

struct Row {
    seq: Seq,
    hash: Hash,
    sealed: Option<Vec<u8>>,
}

/// Opens and folds all that is in the ledger and not folded yet.
///
/// # Errors
///
/// As SQLite says; what was committed stays, the rest is done by the next call.
pub fn open(hq: &mut Hq) -> rusqlite::Result<Opened> {
    let mut opened = Opened::default();
    while chunk(&mut hq.db, &hq.keys, &mut opened)? {}
    Ok(opened)
}

/// As [`open`], but one transaction's worth, so that others get their turn; `false` when all is done.
///
/// # Errors
///
/// As SQLite says.
pub fn step(hq: &mut Hq) -> rusqlite::Result<bool> {
    chunk(&mut hq.db, &hq.keys, &mut Opened::default())
}

fn chunk(db: &mut Connection, keys: &Keys, opened: &mut Opened) -> rusqlite::Result<bool> {
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some((place, prev)) = next_place(&tx)? else {
        return Ok(false);
    };
    let (mut touched, mut met) = (BTreeSet::new(), words::Met::default());
    let rows = rows(&tx, &place)?;
    let (mut prev, mut last) = (prev, place.seq);
    for row in rows {
        let at = Place { seq: row.seq, ..place };
        match apply(&mut tx, keys, at, &prev, row.sealed.as_deref(), &mut touched, &mut met)? {
            Ok(()) => opened.folded += 1,
            Err(reason) => {
                set_aside(&tx, &at, reason)?;
                opened.set_aside += 1;
            }
        }
        (prev, last) = (row.hash, row.seq);
    }
    customer::touch(&tx, &touched)?;
    words::learn(&tx, &place.store, &met)?;
    let moved = "UPDATE stream SET folded = ?2 WHERE id = ?1";
    tx.execute(moved, params![place.stream, last])?;
    tx.commit()?;
    Ok(true)
}

/// The fold mark of a stream that has more, and the chain there.
fn next_place(tx: &Transaction<'_>) -> rusqlite::Result<Option<(Place, Hash)>> {
    tx.query_row(
        "SELECT s.id, s.folded, s.terminal, s.epoch, t.store, l.hash
         FROM stream s JOIN terminal t ON t.id = s.terminal
         LEFT JOIN ledger l ON l.stream = s.id AND l.seq = s.folded
         WHERE s.folded < s.mark ORDER BY s.id LIMIT 1",
        [],
        |row| {
            let place = Place {
                stream: row.get(0)?,
                seq: row.get(1)?,
                terminal: row.get(2)?,
                epoch: row.get(3)?,
                store: row.get(4)?,
            };
            Ok((place, row.get::<_, Option<Hash>>(5)?.unwrap_or(Hash::GENESIS)))
        },
    )
    .optional()
}

fn rows(tx: &Transaction<'_>, place: &Place) -> rusqlite::Result<Vec<Row>> {
    let mut select = tx.prepare_cached(
        "SELECT seq, hash, sealed FROM ledger WHERE stream = ?1 AND seq > ?2
         ORDER BY seq LIMIT ?3",
    )?;
    let rows = select.query_map(params![place.stream, place.seq, CHUNK], |row| {
        Ok(Row { seq: row.get(0)?, hash: row.get(1)?, sealed: row.get(2)? })
    })?;
    rows.collect()
}

/// Folds one event within a savepoint, so that one that does not fit leaves no half of itself.
fn apply(
    tx: &mut Transaction<'_>,
    keys: &Keys,
    place: Place,
    prev: &Hash,
    sealed: Option<&[u8]>,
    touched: &mut BTreeSet<crate::care_list::CustomerId>,
    met: &mut words::Met,
) -> rusqlite::Result<Result<(), Aside>> {
    let event = match read(tx, keys, &place, prev, sealed)? {
        Ok(event) => event,
        Err(reason) => return Ok(Err(reason)),
    };
    let savepoint = tx.savepoint()?;
    match fold::fold(&savepoint, keys, place, &event, touched) {
        Ok(()) => {
            if let Body::Sale(sale) = &event.body {
                met.sale(sale);
            }
            savepoint.commit().map(Ok)
        }
        Err(error) if is_content(&error) => Ok(Err(Aside::Unfit)),
        Err(error) => Err(error),
    }
}

fn read(
    db: &Connection,
    keys: &Keys,
    place: &Place,
    prev: &Hash,
    sealed: Option<&[u8]>,
) -> rusqlite::Result<Result<Event, Aside>> {
    let plain = match opened(keys, place, prev, sealed) {
        Ok(plain) => plain,
        Err(reason) => return Ok(Err(reason)),
    };
    // A disk that fails is no reason to set an event aside.
    let mut failed = None;
    let unpacked = unpack(&plain, |number| {
        words::word(db, place.stream, number).unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(unpacked.map_err(Aside::from).and_then(|plain| decoded(&plain))),
    }
}

fn opened(
    keys: &Keys,
    place: &Place,
    prev: &Hash,
    sealed: Option<&[u8]>,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Aside> {
    let sealed = sealed.ok_or(Aside::Destroyed)?;
    let id = seal::key_id(sealed)?;
    let secret = keys.sealing(id).ok_or(Aside::NoKey(id))?;
    let position = Position { terminal: place.terminal, epoch: place.epoch, seq: place.seq };
    Ok(zeroize::Zeroizing::new(seal::open(secret, &position, prev, sealed)?))
}

fn decoded(plain: &[u8]) -> Result<Event, Aside> {
    let event = Event::decode(plain).map_err(|_| Aside::Decode)?;
    match event.body {
        Body::Unknown(tag) => Err(Aside::UnknownKind(tag)),
        _ => Ok(event),
    }
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
