//! Each till's road: when it last came, with what delay, what is set aside, and how its clock goes.
//!
//! Not here: its store (`arrivals`), what it sold (`listing`).

use crate::batch::Batch;
use crate::chain::Hash;
use crate::event::{Seq, TerminalId};
use crate::hq::enrol::STANDING;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Sales that a clock is judged by.
const SALES: u32 = 21;
/// Batches that were set aside are read so far back; each may be large.
const BATCHES: u32 = 8;

/// What was set aside of a till that is revoked or forked.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Quarantined {
    /// Its first event; 0 if the batch no longer reads.
    pub first: u64,
    /// Its last event.
    pub last: u64,
    /// `fork` or `revoked`.
    pub reason: String,
    /// When it came, milliseconds since 1970-01-01 UTC.
    pub received_ms: i64,
}

/// How far a till's clock is off, and how that is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Clock {
    /// Seconds; above 0 if it is ahead.
    pub error_s: i64,
    /// `true`: an event was dated after it arrived, so it is ahead by at least this. `false`: against the
    /// time that the till's own receipts print.
    pub by_arrival: bool,
}

/// One till.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct TillState {
    /// Its store's name.
    pub store: String,
    /// Its own name.
    pub till: String,
    /// Who it is, as 32 digits.
    pub terminal: String,
    /// `active`, `revoked`, or `forked` if what it sent does not follow what HQ has.
    pub status: String,
    /// The first event that another history has under a known number, if it is forked.
    pub fork_at: Option<u64>,
    /// Name and version of its software, as it last said.
    pub software: String,
    /// Whether it was heard of since the day of trade ended.
    pub came_in: bool,
    /// When it was last heard of, milliseconds since 1970-01-01 UTC.
    pub seen_ms: Option<i64>,
    /// When the last batch came that counts, milliseconds since 1970-01-01 UTC.
    pub batch_ms: Option<i64>,
    /// Events in the ledger, over all its epochs.
    pub events: u64,
    /// Those of them that are not folded yet.
    pub unopened: u64,
    /// Events that could not be opened or understood.
    pub set_aside: u64,
    /// Epochs whose ledger does not reach from 1 to the mark; there should be none.
    pub broken: u64,
    /// Batches that were set aside since it was revoked or forked.
    pub quarantined_batches: u64,
    /// The newest of them, the newest first.
    pub quarantined: Vec<Quarantined>,
    /// From the newest sale to its arrival, seconds.
    pub lag_s: Option<i64>,
    /// How its clock goes, if enough is known.
    pub clock: Option<Clock>,
    #[serde(skip)]
    pub(super) place: (TerminalId, StoreId),
}

struct Stream {
    id: i64,
    mark: Seq,
    folded: Seq,
    hash: Hash,
}

pub(super) fn tills(
    db: &Connection,
    from_ms: i64,
    zone_ms: i64,
) -> rusqlite::Result<Vec<TillState>> {
    let mut select = db.prepare(&format!(
        "SELECT st.name, t.till,
                {STANDING}, t.fork_at, t.software, t.seen_ms, t.id, t.store
         FROM terminal t JOIN store st ON st.id = t.store ORDER BY st.name, t.till, t.id"
    ))?;
    let rows = select.query_map([], |row| {
        let (seen_ms, place): (Option<i64>, (TerminalId, StoreId)) =
            (row.get(5)?, (row.get(6)?, row.get(7)?));
        Ok(TillState {
            store: row.get(0)?,
            till: row.get(1)?,
            terminal: place.0.to_string(),
            status: row.get(2)?,
            fork_at: row.get::<_, Option<Seq>>(3)?.map(|at| at.0),
            software: row.get(4)?,
            came_in: seen_ms.is_some_and(|seen| seen >= from_ms),
            seen_ms,
            batch_ms: None,
            events: 0,
            unopened: 0,
            set_aside: 0,
            broken: 0,
            quarantined_batches: 0,
            quarantined: Vec::new(),
            lag_s: None,
            clock: None,
            place,
        })
    })?;
    let mut tills = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    // With a ledger in PostgreSQL the desk knows marks alone: nothing to find broken, and a till was last
    // heard of when its last batch came.
    let is_elsewhere =
        !db.query_row("SELECT EXISTS (SELECT 1 FROM ledger)", [], |row| row.get::<_, bool>(0))?;
    for till in &mut tills {
        let streams = streams(db, &till.place.0)?;
        for stream in &streams {
            till.add(db, stream, is_elsewhere)?;
        }
        till.quarantined_batches = db
            .prepare_cached("SELECT count(*) FROM quarantine WHERE terminal = ?1")?
            .query_row([till.place.0], |row| row.get::<_, Seq>(0))?
            .0;
        till.quarantined = quarantined(db, &till.place.0)?;
        // The newest life is the one that speaks of today.
        if let Some(stream) = streams.last() {
            (till.lag_s, till.clock) = times(db, stream.id, zone_ms)?;
        }
    }
    Ok(tills)
}

impl TillState {
    fn add(
        &mut self,
        db: &Connection,
        stream: &Stream,
        is_elsewhere: bool,
    ) -> rusqlite::Result<()> {
        self.events += stream.mark.0;
        self.unopened += stream.mark.0.saturating_sub(stream.folded.0);
        self.set_aside += db
            .prepare_cached("SELECT count(*) FROM set_aside WHERE stream = ?1")?
            .query_row([stream.id], |row| row.get::<_, Seq>(0))?
            .0;
        if is_elsewhere {
            self.batch_ms = self.batch_ms.max(self.seen_ms.filter(|_| stream.mark > Seq::NONE));
            return Ok(());
        }
        let mut row = db.prepare_cached(
            "SELECT hash, received_ms FROM ledger WHERE stream = ?1 AND seq = ?2",
        )?;
        let head: Option<(Hash, i64)> = row
            .query_row(params![stream.id, stream.mark], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let reaches = db
            // One of them by itself is a look-up; both at once would read the whole stream.
            .prepare_cached(
                "SELECT (SELECT min(seq) FROM ledger WHERE stream = ?1),
                        (SELECT max(seq) FROM ledger WHERE stream = ?1)",
            )?
            .query_row([stream.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let whole = match stream.mark {
            Seq::NONE => reaches == (None, None),
            mark => {
                reaches == (Some(Seq(1)), Some(mark))
                    && head.is_some_and(|(hash, _)| hash == stream.hash)
            }
        };
        self.broken += u64::from(!whole);
        self.batch_ms = self.batch_ms.max(head.map(|(_, received_ms)| received_ms));
        Ok(())
    }
}

fn streams(db: &Connection, terminal: &TerminalId) -> rusqlite::Result<Vec<Stream>> {
    let mut select = db.prepare_cached(
        "SELECT id, mark, folded, hash FROM stream WHERE terminal = ?1 ORDER BY id",
    )?;
    let rows = select.query_map([terminal], |row| {
        Ok(Stream { id: row.get(0)?, mark: row.get(1)?, folded: row.get(2)?, hash: row.get(3)? })
    })?;
    rows.collect()
}

fn quarantined(db: &Connection, terminal: &TerminalId) -> rusqlite::Result<Vec<Quarantined>> {
    let mut select = db.prepare_cached(
        "SELECT reason, received_ms, body FROM quarantine WHERE terminal = ?1
         ORDER BY rowid DESC LIMIT ?2",
    )?;
    let rows = select.query_map(params![terminal, BATCHES], |row| {
        let body: Vec<u8> = row.get(2)?;
        // Its signature was checked before it was set aside.
        let (first, last) =
            Batch::claimed(&body).map_or((0, 0), |batch| (batch.first.0, batch.last().0));
        Ok(Quarantined { first, last, reason: row.get(0)?, received_ms: row.get(1)? })
    })?;
    rows.collect()
}

/// How long its newest sale was under way, and how its clock goes.
fn times(
    db: &Connection,
    stream: i64,
    zone_ms: i64,
) -> rusqlite::Result<(Option<i64>, Option<Clock>)> {
    let mut select = db.prepare_cached(
        "SELECT s.wall_ms, s.printed_at, l.received_ms FROM sale s
         JOIN ledger l ON l.stream = s.stream AND l.seq = s.seq
         WHERE s.stream = ?1 ORDER BY s.seq DESC LIMIT ?2",
    )?;
    let rows = select
        .query_map(params![stream, SALES], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows = rows.collect::<rusqlite::Result<Vec<(i64, Option<i64>, i64)>>>()?;
    let Some((wall_ms, _, received_ms)) = rows.first() else { return Ok((None, None)) };
    let lag_s = (received_ms - wall_ms).div_euclid(1_000);
    if lag_s < 0 {
        return Ok((Some(lag_s), Some(Clock { error_s: -lag_s, by_arrival: true })));
    }
    let against_paper = |(wall_ms, paper, _): &(i64, Option<i64>, i64)| {
        Some((wall_ms + zone_ms).div_euclid(1_000) - (*paper)?)
    };
    let mut errors: Vec<i64> = rows.iter().filter_map(against_paper).collect();
    errors.sort_unstable();
    let middle = errors.get(errors.len() / 2).copied();
    Ok((Some(lag_s), middle.map(|error_s| Clock { error_s, by_arrival: false })))
}
