//! The outbox: an append-only log of sealed events.
//!
//! ```text
//! event ─ encode ─ seal to HQ (position, previous hash) ─▶ row (epoch, seq) ─▶ chain
//! ```
//!
//! # Invariants
//!
//! - `seq` is gap-free within an epoch and given in the transaction that inserts the event.
//! - `hash_n = H(hash_{n-1}, position, H(sealed))`; HQ can tell that nothing is missing.
//! - A row leaves only after HQ's signed mark has passed it, and then after [`KEEP_DAYS`] (`keep`).
//! - A number is given once: a database that went back, or is another box's, begins a new epoch (`life`).
//! - What is in a row cannot be opened here.
//!
//! Not here: what is sent when (`sync::uplink`, `nightly`).

pub mod copy;
mod keep;
pub mod life;
mod mark;

pub use keep::forget_old;
pub use mark::{acknowledge, held, refill, take_mark};

use rusqlite::{Connection, OptionalExtension, params};
use sync::batch::Kept;
use sync::chain::{self, Hash};
use sync::event::{Epoch, Event, Position, Seq, TerminalId};
use sync::random::random;
use sync::seal::{self, SealError, SealingPublic};
use sync::words::Words;

/// On so many days HQ has to speak before events that it has may go: one restored from a backup is refilled.
pub const KEEP_DAYS: u32 = 35;

/// Why an event could not be appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The database refused.
    #[error("the outbox could not be written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The event could not be sealed.
    #[error("the event could not be sealed: {0}")]
    Seal(#[from] SealError),
}

/// Where the outbox stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Its life.
    pub epoch: Epoch,
    /// The last event written.
    pub last: Seq,
    /// The last one that HQ has.
    pub acknowledged: Seq,
}

impl Standing {
    /// How many events HQ does not have yet.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.last.0.saturating_sub(self.acknowledged.0)
    }
}

/// Appends events on behalf of one terminal.
#[derive(Clone, Debug)]
pub struct Outbox {
    terminal: TerminalId,
    /// HQ's sealing key in force.
    pub key: SealingPublic,
    /// Texts that HQ was told the numbers of, in this epoch.
    pub words: Words,
    epoch: Epoch,
}

impl Outbox {
    /// Goes on in the current epoch, or begins the first.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn open(
        connection: &Connection,
        terminal: TerminalId,
        key: SealingPublic,
        now_ms: i64,
    ) -> rusqlite::Result<Self> {
        let current: Option<[u8; 16]> = connection
            .query_row(
                "SELECT epoch FROM epoch WHERE terminal = ?1 ORDER BY begun_ms DESC LIMIT 1",
                [terminal.0],
                |row| row.get(0),
            )
            .optional()?;
        let epoch = match current {
            Some(epoch) => Epoch(epoch),
            None => begin(connection, terminal, now_ms)?,
        };
        Ok(Self { terminal, key, words: Words::default(), epoch })
    }

    /// Goes on in a new epoch, whose numbers nobody has used.
    ///
    /// # Errors
    ///
    /// What SQLite says; then the epoch stays.
    pub fn begin_anew(&mut self, connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
        self.epoch = begin(connection, self.terminal, now_ms)?;
        self.words = Words::default();
        Ok(())
    }

    /// The life of the outbox in force.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Appends `event` within the caller's transaction and returns its number.
    ///
    /// # Errors
    ///
    /// [`OutboxError`]; the caller rolls back, and nothing was taken.
    pub fn append(&self, transaction: &Connection, event: &Event) -> Result<Seq, OutboxError> {
        let (last, prev): (i64, [u8; 32]) = transaction
            .prepare_cached("SELECT last_seq, last_hash FROM epoch WHERE epoch = ?1")?
            .query_row([self.epoch.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let seq = Seq(u64::try_from(last).unwrap_or_default()).next();
        let position = Position { terminal: self.terminal, epoch: self.epoch, seq };
        let sealed =
            seal::seal(&self.key, &position, &Hash(prev), &self.words.pack(&event.encode()))?;
        let hash = chain::next(&Hash(prev), &position, &sealed);
        transaction
            .prepare_cached(
                "INSERT INTO outbox (epoch, seq, prev, sealed, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![self.epoch.0, last + 1, prev, sealed, event.at.wall_ms])?;
        transaction
            .prepare_cached("UPDATE epoch SET last_seq = ?2, last_hash = ?3 WHERE epoch = ?1")?
            .execute(params![self.epoch.0, last + 1, hash.0])?;
        Ok(seq)
    }
}

/// Draws an epoch. It counts as later than all before it, also where the clock went back.
fn begin(connection: &Connection, terminal: TerminalId, now_ms: i64) -> rusqlite::Result<Epoch> {
    let epoch = Epoch(random());
    connection.execute(
        "INSERT INTO epoch (epoch, terminal, begun_ms, last_hash)
         SELECT ?1, ?2, max(?3, coalesce(max(begun_ms) + 1, ?3)), ?4 FROM epoch WHERE terminal = ?2",
        params![epoch.0, terminal.0, now_ms, Hash::GENESIS.0],
    )?;
    Ok(epoch)
}

/// How far an epoch was written.
///
/// # Errors
///
/// What SQLite says.
pub fn last_of(connection: &Connection, epoch: Epoch) -> rusqlite::Result<Seq> {
    connection
        .prepare_cached("SELECT last_seq FROM epoch WHERE epoch = ?1")?
        .query_row([epoch.0], |row| row.get::<_, i64>(0))
        .map(|last| Seq(last.unsigned_abs()))
}

/// Where a terminal's oldest epoch with unsent events stands, or the current one.
///
/// # Errors
///
/// What SQLite says.
pub fn standing(
    connection: &Connection,
    terminal: TerminalId,
) -> rusqlite::Result<Option<Standing>> {
    connection
        .query_row(
            "SELECT epoch, last_seq, acknowledged FROM epoch WHERE terminal = ?1
             ORDER BY last_seq = acknowledged, CASE WHEN last_seq = acknowledged THEN -begun_ms ELSE begun_ms END
             LIMIT 1",
            [terminal.0],
            |row| {
                Ok(Standing {
                    epoch: Epoch(row.get(0)?),
                    last: Seq(row.get::<_, i64>(1)?.unsigned_abs()),
                    acknowledged: Seq(row.get::<_, i64>(2)?.unsigned_abs()),
                })
            },
        )
        .optional()
}

/// Where the box was another terminal's before, these memos are forgotten: HQ's list comes anew, as what is
/// here cannot be opened under the new keys.
///
/// # Errors
///
/// What SQLite says.
pub fn was_anothers(
    connection: &Connection,
    terminal: TerminalId,
    memos: &[&str],
) -> rusqlite::Result<()> {
    let sql = "SELECT count(*) > 0 AND count(*) FILTER (WHERE terminal = ?1) = 0 FROM epoch";
    if connection.query_row(sql, [terminal.0], |row| row.get(0))? {
        for name in memos {
            connection.execute("DELETE FROM memo WHERE name = ?1", [name])?;
        }
    }
    Ok(())
}

/// Events that wait for HQ, of whichever terminal this box was.
///
/// # Errors
///
/// What SQLite says.
pub fn unsent(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(sum(last_seq - acknowledged), 0) FROM epoch";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// Sealed events behind `after`, up to about `bytes_max`; none if the first of them is missing.
///
/// # Errors
///
/// What SQLite says.
pub fn read_from(
    connection: &Connection,
    epoch: Epoch,
    after: Seq,
    bytes_max: usize,
) -> rusqlite::Result<Kept> {
    let behind = i64::try_from(after.0).unwrap_or(i64::MAX);
    let mut before =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE epoch = ?1 AND seq = ?2")?;
    let is_oldest = after > Seq::NONE && !before.exists(params![epoch.0, behind])?;
    let mut rows = connection.prepare_cached(
        "SELECT prev, sealed, seq FROM outbox WHERE epoch = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut rows = rows.query(params![epoch.0, behind])?;
    let (mut prev, mut events, mut bytes) = (Hash::GENESIS, Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (sealed, seq): (Vec<u8>, i64) = (row.get(1)?, row.get(2)?);
        // A row is missing: to send what follows under its number would look like a fork.
        if seq.unsigned_abs() != after.0 + 1 + events.len() as u64 {
            break;
        }
        if events.is_empty() {
            prev = Hash(row.get(0)?);
        }
        bytes += sealed.len();
        if bytes > bytes_max && !events.is_empty() {
            break;
        }
        events.push(sealed);
    }
    Ok(Kept { after, prev, is_oldest, events })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys, store};
    use sync::event::{Body, Gap, GapReason, When};
    use sync::seal::SealingSecret;

    fn gap(slip: u64) -> Event {
        let reason = GapReason::from_code(0);
        let body = Body::Gap(Gap { boot: 1, first_slip: slip, last_slip: slip, reason });
        Event { at: When { wall_ms: 1_000, boot: 1, mono_ms: 1 }, body }
    }

    #[test]
    fn events_are_chained_gap_free_and_opened_by_hq_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = store::open(dir.path()).unwrap();
        let hq = SealingSecret::generate(9);
        let terminal = keys::example().terminal;
        let outbox = Outbox::open(&connection, terminal, hq.public(), 5).unwrap();
        for slip in 1..=3 {
            let transaction = connection.transaction().unwrap();
            assert_eq!(outbox.append(&transaction, &gap(slip)).unwrap(), Seq(slip));
            transaction.commit().unwrap();
        }
        let transaction = connection.transaction().unwrap();
        outbox.append(&transaction, &gap(99)).unwrap();
        transaction.rollback().unwrap();

        let again = Outbox::open(&connection, terminal, hq.public(), 6).unwrap();
        assert_eq!(again.epoch(), outbox.epoch(), "a restart goes on where it was");
        let read = |after, bytes_max| {
            read_from(&connection, outbox.epoch(), Seq(after), bytes_max).unwrap()
        };
        let Kept { mut prev, events, is_oldest, .. } = read(0, 1 << 20);
        assert!(!is_oldest, "there was nothing before it");
        assert_eq!(events.len(), 3);
        for (number, sealed) in (1..).zip(&events) {
            let position = Position { terminal, epoch: outbox.epoch(), seq: Seq(number) };
            let plain = seal::open(&hq, &position, &prev, sealed).unwrap();
            assert_eq!(Event::decode(&plain).unwrap(), gap(number));
            prev = chain::next(&prev, &position, sealed);
        }
        assert!(!read(2, 1).is_oldest);
        connection.execute("DELETE FROM outbox WHERE seq = 2", []).unwrap();
        assert_eq!(read(0, 1 << 20).events.len(), 1, "up to a hole");
        let rest = read(2, 1);
        assert_eq!(rest.events.len(), 1, "at least one, however small the batch");
        assert_ne!(rest.prev, Hash::GENESIS);
        assert!(rest.is_oldest, "what was before it is gone");
    }

    #[test]
    fn a_new_epoch_is_the_current_one_also_where_the_clock_went_back() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let (terminal, key) = (TerminalId([1; 16]), SealingSecret::generate(1).public());
        let mut outbox = Outbox::open(&connection, terminal, key, 1_790_000_000_000).unwrap();
        outbox.append(&connection, &gap(1)).unwrap();
        let before = outbox.epoch();
        outbox.begin_anew(&connection, 0).unwrap();
        assert_ne!(outbox.epoch(), before);
        assert_eq!(outbox.append(&connection, &gap(2)).unwrap(), Seq(1), "its own numbers");
        let again = Outbox::open(&connection, terminal, key, 0).unwrap();
        assert_eq!(again.epoch(), outbox.epoch());
        let first = standing(&connection, terminal).unwrap().unwrap();
        assert_eq!(first.epoch, before, "what the one before has unsent goes first");
        assert_eq!(last_of(&connection, before).unwrap(), Seq(1));
    }

    #[test]
    fn only_acknowledged_events_are_ever_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let outbox =
            Outbox::open(&connection, TerminalId([1; 16]), SealingSecret::generate(1).public(), 5)
                .unwrap();
        for slip in 1..=4 {
            outbox.append(&connection, &gap(slip)).unwrap();
        }
        acknowledge(&connection, outbox.epoch(), Seq(3)).unwrap();
        let day_ms = 86_400_000;
        let dropped: usize =
            (0..365).map(|day| forget_old(&connection, day * day_ms, KEEP_DAYS).unwrap()).sum();
        assert_eq!(dropped, 3);
        let now = standing(&connection, TerminalId([1; 16])).unwrap().unwrap();
        assert_eq!((now.last, now.acknowledged, now.waiting()), (Seq(4), Seq(3), 1));
        acknowledge(&connection, outbox.epoch(), Seq(900)).unwrap();
        assert_eq!(
            standing(&connection, TerminalId([1; 16])).unwrap().unwrap().acknowledged,
            Seq(4)
        );
    }
}
