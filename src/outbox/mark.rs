//! HQ's mark: up to where it holds each epoch, in its own signed word.
//!
//! # Invariants
//!
//! - A mark counts where the chain there is ours; another history's is shown to HQ as a fork.
//! - It may go down: HQ was restored from a backup, and what it lacks is sent again.
//!
//! Not here: how long acknowledged events stay (`keep`), what a fork leads to (`agent::road`).

use rusqlite::{Connection, OptionalExtension, params};
use sync::care_list::Held;
use sync::chain::Hash;
use sync::event::{Epoch, Seq, TerminalId};
use sync::receiver::HighWater;

use super::{keep, last_of};

/// Takes what HQ says that it holds, if it is our history. `same_to` is the last event that HQ has compared;
/// where its mark is another history's, everything behind that is sent, so that HQ sees the fork.
///
/// # Errors
///
/// What SQLite says; then the mark stays.
pub fn take_mark(
    connection: &Connection,
    epoch: Epoch,
    mark: HighWater,
    same_to: Option<Seq>,
) -> rusqlite::Result<()> {
    let ours = chain_at(connection, epoch, mark.seq)?;
    let before_all = Seq(first_kept(connection, epoch)?.0.saturating_sub(1));
    let seq = match (ours, same_to) {
        // The beginning is everybody's, also where it is gone here: what is left is given.
        (Some(ours), _) if ours == mark.hash => mark.seq.max(before_all),
        // Other events under our numbers, or numbers that we have not reached.
        (_, Some(same_to)) => same_to,
        // The same, or HQ lacks what is gone here too: it is given all that we still have.
        (_, None) => before_all,
    };
    acknowledge(connection, epoch, seq)
}

/// HQ lacks events that it once had: those that are still here are sent again. Returns whether all are.
///
/// # Errors
///
/// What SQLite says; then the mark stays.
pub fn refill(connection: &Connection, lacks: &Held) -> rusqlite::Result<bool> {
    let (epoch, mark) = (lacks.epoch, lacks.mark);
    let last = last_of(connection, epoch).optional()?.unwrap_or(Seq::NONE);
    let first = first_kept(connection, epoch)?;
    if first <= last && mark.seq < last {
        take_mark(connection, epoch, mark, None)?;
    }
    Ok(first <= mark.seq.next() && mark.seq < last)
}

/// What HQ acknowledged of each epoch of which events are still here.
///
/// # Errors
///
/// What SQLite says.
pub fn held(connection: &Connection, terminal: TerminalId) -> rusqlite::Result<Vec<Held>> {
    let mut select = connection.prepare_cached(
        "SELECT epoch, acknowledged FROM epoch e WHERE terminal = ?1 AND acknowledged > 0
         AND EXISTS (SELECT 1 FROM outbox o WHERE o.epoch = e.epoch AND o.seq <= e.acknowledged)
         ORDER BY begun_ms DESC",
    )?;
    let rows = select.query_map([terminal.0], |row| {
        Ok((Epoch(row.get(0)?), Seq(row.get::<_, i64>(1)?.unsigned_abs())))
    })?;
    let mut held = Vec::new();
    for (epoch, seq) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        if let Some(hash) = chain_at(connection, epoch, seq)? {
            held.push(Held { epoch, mark: HighWater { seq, hash } });
        }
    }
    Ok(held)
}

/// The chain after event `seq`, while that can be told.
fn chain_at(connection: &Connection, epoch: Epoch, seq: Seq) -> rusqlite::Result<Option<Hash>> {
    if seq == Seq::NONE {
        return Ok(Some(Hash::GENESIS));
    }
    let number = i64::try_from(seq.0).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT last_hash FROM epoch WHERE epoch = ?1 AND last_seq = ?2
             UNION ALL SELECT prev FROM outbox WHERE epoch = ?1 AND seq = ?2 + 1 LIMIT 1",
        )?
        .query_row(params![epoch.0, number], |row| row.get(0).map(Hash))
        .optional()
}

/// The first event of an epoch that is still here; past the end if none is.
fn first_kept(connection: &Connection, epoch: Epoch) -> rusqlite::Result<Seq> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(seq) FROM outbox WHERE epoch = ?1")?
        .query_row([epoch.0], |row| row.get(0))?;
    Ok(first.map_or(Seq(u64::MAX), |first| Seq(first.unsigned_abs())))
}

/// Moves the mark, up or down: an HQ restored from a backup asks for events again.
///
/// # Errors
///
/// What SQLite says; then the mark stays.
pub fn acknowledge(connection: &Connection, epoch: Epoch, mark: Seq) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let before: Option<i64> = transaction
        .prepare_cached("SELECT acknowledged FROM epoch WHERE epoch = ?1")?
        .query_row([epoch.0], |row| row.get(0))
        .optional()?;
    if before.is_some_and(|before| mark.0 < before.unsigned_abs()) {
        keep::went_back(&transaction, epoch, mark)?;
    }
    transaction
        .prepare_cached("UPDATE epoch SET acknowledged = min(?2, last_seq) WHERE epoch = ?1")?
        .execute(params![epoch.0, i64::try_from(mark.0).unwrap_or(i64::MAX)])?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{self, Outbox};
    use crate::store;
    use sync::event::{Body, Event, Gap, GapReason, When};
    use sync::seal::SealingSecret;

    const TERMINAL: TerminalId = TerminalId([1; 16]);

    fn till(events: u64) -> (tempfile::TempDir, Connection, Epoch) {
        let dir = tempfile::tempdir().unwrap();
        let db = store::open(dir.path()).unwrap();
        let key = SealingSecret::generate(1).public();
        let outbox = Outbox::open(&db, TERMINAL, key, 0).unwrap();
        for slip in 1..=events {
            let reason = GapReason::from_code(0);
            let body = Body::Gap(Gap { boot: 1, first_slip: slip, last_slip: slip, reason });
            let event = Event { at: When { wall_ms: 1_000, boot: 1, mono_ms: 1 }, body };
            outbox.append(&db, &event).unwrap();
        }
        let epoch = outbox.epoch();
        (dir, db, epoch)
    }

    fn at(db: &Connection, epoch: Epoch, seq: u64) -> HighWater {
        let hash = chain_at(db, epoch, Seq(seq)).unwrap().unwrap();
        HighWater { seq: Seq(seq), hash }
    }

    fn acknowledged(db: &Connection) -> u64 {
        outbox::standing(db, TERMINAL).unwrap().unwrap().acknowledged.0
    }

    #[test]
    fn a_mark_on_our_chain_counts_up_and_down() {
        let (_dir, db, epoch) = till(5);
        for seq in [3, 5, 2, 0] {
            take_mark(&db, epoch, at(&db, epoch, seq), None).unwrap();
            assert_eq!(acknowledged(&db), seq);
        }
    }

    #[test]
    fn another_historys_mark_counts_no_further_than_hq_has_compared() {
        let (_dir, db, epoch) = till(5);
        let other = |seq| HighWater { seq: Seq(seq), hash: Hash([9; 32]) };
        take_mark(&db, epoch, other(4), Some(Seq(2))).unwrap();
        assert_eq!(acknowledged(&db), 2, "HQ had these two, and goes on differently");
        take_mark(&db, epoch, other(9), Some(Seq(3))).unwrap();
        assert_eq!(acknowledged(&db), 3, "HQ is further than we are");
        take_mark(&db, epoch, other(1), None).unwrap();
        assert_eq!(acknowledged(&db), 0, "from the beginning, so that HQ sees where they part");
    }

    #[test]
    fn a_restored_hq_is_given_what_is_still_here() {
        let (_dir, db, epoch) = till(5);
        take_mark(&db, epoch, at(&db, epoch, 5), Some(Seq(5))).unwrap();
        let held_here = held(&db, TERMINAL).unwrap();
        assert_eq!(held_here, [Held { epoch, mark: at(&db, epoch, 5) }]);
        assert!(refill(&db, &Held { epoch, mark: at(&db, epoch, 2) }).unwrap());
        assert_eq!(acknowledged(&db), 2);
        acknowledge(&db, epoch, Seq(5)).unwrap();
        db.execute("DELETE FROM outbox WHERE seq <= 4", []).unwrap();
        let start = Held { epoch, mark: HighWater::START };
        assert!(!refill(&db, &start).unwrap(), "the first four are gone");
        assert_eq!(acknowledged(&db), 4, "the fifth is sent");
        take_mark(&db, epoch, HighWater::START, None).unwrap();
        assert_eq!(acknowledged(&db), 4, "HQ's word after that batch says the same");
        db.execute("DELETE FROM outbox", []).unwrap();
        assert!(!refill(&db, &start).unwrap());
        take_mark(&db, epoch, HighWater::START, None).unwrap();
        assert_eq!(acknowledged(&db), 5, "there is nothing left to send");
        assert_eq!(held(&db, TERMINAL).unwrap(), [], "nothing here that HQ could be given");
    }
}
