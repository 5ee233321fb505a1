//! How long acknowledged events stay: until HQ has had them on each of the last days.
//!
//! ```text
//! day        20778  20779  20780  …  20813
//! HQ had up    812    812   1640  …   2210     ─▶ the least of them may go: 1 to 812
//! ```
//!
//! A day is one on which HQ spoke to this box, whatever its clock called it. A clock that jumps ten years
//! makes one day, one that goes back and forth between two dates makes two; both keep events longer, never
//! shorter. Days on which HQ is silent do not count: it may come back from a backup, and lack what it had.
//!
//! # Invariants
//!
//! - The days are counted from HQ's word, not from the sale: what waited five weeks stays as long.
//! - What goes is the beginning of an epoch, never something out of its middle.
//! - A mark that went back counts from then on: HQ was restored, and may be again from a backup of that day.
//!
//! Not here: the marks (`outbox`), what HQ keeps.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, params};
use sync::event::{Epoch, Seq};

use crate::store;

const MEMO: &str = "acknowledged by day";

const DAY_MS: i64 = 86_400_000;

/// What HQ had when it first spoke on a day.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Day {
    /// Days since 1970-01-01, as the box believed.
    #[n(0)]
    day: i64,
    #[n(1)]
    marks: Vec<Mark>,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Mark {
    #[n(0)]
    epoch: ByteArray<16>,
    #[n(1)]
    seq: u64,
}

impl Day {
    fn mark(&self, epoch: &[u8; 16]) -> u64 {
        self.marks.iter().find(|mark| *mark.epoch == *epoch).map_or(0, |mark| mark.seq)
    }
}

/// Drops events that HQ has had on each of the last `keep_days` days on which it spoke, and today; returns
/// how many. Called whenever HQ has spoken, and after what it lacks is noted, it looks once a day.
///
/// # Errors
///
/// What SQLite says; then nothing was dropped.
pub fn forget_old(connection: &Connection, now_ms: i64, keep_days: u32) -> rusqlite::Result<usize> {
    let today = now_ms.div_euclid(DAY_MS);
    let mut days = remembered(connection)?;
    if days.iter().any(|day| day.day == today) {
        return Ok(0);
    }
    let transaction = connection.unchecked_transaction()?;
    days.push(Day { day: today, marks: marks(&transaction)? });
    let keep = usize::try_from(keep_days).unwrap_or(usize::MAX).saturating_add(1);
    days.drain(..days.len().saturating_sub(keep));
    let dropped = if days.len() == keep { drop_before(&transaction, &days)? } else { 0 };
    remember(&transaction, &days)?;
    transaction.commit()?;
    Ok(dropped)
}

/// Notes that HQ's mark went back to `mark`, in the caller's transaction.
pub(super) fn went_back(connection: &Connection, epoch: Epoch, mark: Seq) -> rusqlite::Result<()> {
    let mut days = remembered(connection)?;
    let marks = days.iter_mut().flat_map(|day| &mut day.marks);
    for known in marks.filter(|known| *known.epoch == epoch.0) {
        known.seq = known.seq.min(mark.0);
    }
    remember(connection, &days)
}

fn drop_before(connection: &Connection, days: &[Day]) -> rusqlite::Result<usize> {
    let mut dropped = 0;
    for mark in days.last().map_or(&[][..], |today| &today.marks) {
        let least = days.iter().map(|day| day.mark(&mark.epoch)).min().unwrap_or_default();
        dropped += connection.execute(
            "DELETE FROM outbox WHERE epoch = ?1 AND seq <= ?2",
            params![*mark.epoch, i64::try_from(least).unwrap_or(i64::MAX)],
        )?;
    }
    Ok(dropped)
}

fn marks(connection: &Connection) -> rusqlite::Result<Vec<Mark>> {
    let mut select = connection.prepare_cached("SELECT epoch, acknowledged FROM epoch")?;
    let marks = select.query_map([], |row| {
        let epoch: [u8; 16] = row.get(0)?;
        Ok(Mark { epoch: epoch.into(), seq: row.get::<_, i64>(1)?.unsigned_abs() })
    })?;
    marks.collect()
}

/// What cannot be read is begun anew: that keeps longer.
fn remembered(connection: &Connection) -> rusqlite::Result<Vec<Day>> {
    let bytes = store::remembered(connection, MEMO)?;
    Ok(bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default())
}

fn remember(connection: &Connection, days: &[Day]) -> rusqlite::Result<()> {
    let bytes = minicbor::to_vec(days).expect("writing to a Vec cannot fail");
    store::remember(connection, MEMO, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{self, Outbox};
    use sync::event::{Body, Event, Gap, GapReason, TerminalId, When};
    use sync::seal::SealingSecret;

    const KEEP: u32 = 5;

    struct Till {
        _dir: tempfile::TempDir,
        db: Connection,
        outbox: Outbox,
    }

    impl Till {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let db = store::open(dir.path()).unwrap();
            let key = SealingSecret::generate(1).public();
            let outbox = Outbox::open(&db, TerminalId([1; 16]), key, 0).unwrap();
            Self { _dir: dir, db, outbox }
        }

        fn write(&self, events: u64, wall_ms: i64) {
            for slip in 1..=events {
                let reason = GapReason::from_code(0);
                let body = Body::Gap(Gap { boot: 1, first_slip: slip, last_slip: slip, reason });
                let event = Event { at: When { wall_ms, boot: 1, mono_ms: 1 }, body };
                self.outbox.append(&self.db, &event).unwrap();
            }
        }

        fn hq_says(&self, mark: u64) {
            outbox::acknowledge(&self.db, self.outbox.epoch(), Seq(mark)).unwrap();
        }

        fn day(&self, day: i64) -> usize {
            forget_old(&self.db, day * DAY_MS + 7, KEEP).unwrap()
        }

        fn numbers(&self) -> Vec<i64> {
            let mut select = self.db.prepare("SELECT seq FROM outbox ORDER BY seq").unwrap();
            select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
    }

    #[test]
    fn what_waited_for_weeks_stays_as_long_as_anything_else_once_hq_has_it() {
        let till = Till::new();
        till.write(3, 0);
        (100..140).for_each(|day| assert_eq!(till.day(day), 0, "HQ has nothing yet"));
        till.hq_says(2);
        assert_eq!(till.day(139), 0, "later on that day");
        (140..145).for_each(|day| assert_eq!(till.day(day), 0, "day {day}"));
        assert_eq!(till.day(145), 2);
        assert_eq!(till.numbers(), [3], "what HQ lacks stays for good");
    }

    #[test]
    fn a_clock_that_jumps_drops_nothing_early_and_nothing_out_of_the_middle() {
        let till = Till::new();
        for wall_ms in [1_790_000_000_000, 0, 1_790_000_000_000, 2_100_000_000_000] {
            till.write(2, wall_ms);
        }
        till.hq_says(8);
        for day in [20_700, 24_353, 0, 24_353, 0, 20_701, 20_700, 0] {
            assert_eq!(till.day(day), 0, "four days have been seen, not ten years");
        }
        assert_eq!(till.numbers().len(), 8);
        assert_eq!(till.day(20_702), 0);
        assert_eq!(till.day(20_703), 8, "the sixth");
    }

    #[test]
    fn an_hq_that_was_restored_may_be_restored_again_from_that_days_backup() {
        let till = Till::new();
        till.write(4, 0);
        till.hq_says(4);
        (1..=KEEP.into()).for_each(|day| assert_eq!(till.day(day), 0));
        till.hq_says(1);
        till.hq_says(4);
        assert_eq!(till.day(6), 1, "it has had the first all along");
        (7..11).for_each(|day| assert_eq!(till.day(day), 0, "day {day}"));
        assert_eq!(till.day(11), 3, "as if HQ had them since that day");
    }
}
