//! The receiver's rule, one case each and for all.

use super::*;
use crate::batch::Builder;
use crate::event::{Epoch, TerminalId};
use proptest::collection::vec;
use proptest::prelude::*;

/// A ledger in memory: blobs and the chain after each.
#[derive(Default)]
struct Ledger(Vec<(Vec<u8>, Hash)>);

impl Ledger {
    fn mark(&self) -> HighWater {
        self.0.last().map_or(HighWater::START, |(_, hash)| HighWater {
            seq: Seq(self.0.len() as u64),
            hash: *hash,
        })
    }

    fn take(&mut self, batch: &Batch) -> Decision {
        let known = |seq: Seq| self.0.get(seq.0 as usize - 1).map(|(_, hash)| *hash);
        let decision = receive(batch, self.mark(), known);
        if let Decision::Append { first, mark } = decision {
            let new = batch.entries().filter(|entry| entry.seq >= first);
            self.0.extend(new.map(|entry| (entry.sealed.to_vec(), entry.hash)));
            assert_eq!(self.mark(), mark);
        }
        decision
    }
}

fn event(seq: u64) -> Vec<u8> {
    format!("event {seq}").into_bytes()
}

/// Events `first..=last`; from number `changed` on they are another history.
fn batch(first: u64, last: u64, changed: u64) -> Batch {
    let tell = |seq: u64| {
        if seq >= changed { format!("other {seq}").into() } else { event(seq) }
    };
    let (terminal, epoch) = (TerminalId([1; 16]), Epoch([2; 16]));
    let mut before = Builder::new(terminal, epoch, Seq::NONE, Hash::GENESIS, usize::MAX);
    (1..first).for_each(|seq| before.push(tell(seq)).unwrap());
    let prev = before.finish().map_or(Hash::GENESIS, |batch| batch.head);
    let mut builder = Builder::new(terminal, epoch, Seq(first - 1), prev, usize::MAX);
    (first..=last).for_each(|seq| builder.push(tell(seq)).unwrap());
    builder.finish().unwrap()
}

#[test]
fn a_replay_has_no_effect_and_a_gap_is_refused() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.take(&batch(2, 3, 99)), Decision::Gap);
    assert!(matches!(ledger.take(&batch(1, 3, 99)), Decision::Append { first: Seq(1), .. }));
    assert_eq!(ledger.take(&batch(1, 3, 99)), Decision::Have);
    assert_eq!(ledger.take(&batch(2, 2, 99)), Decision::Have);
    assert!(matches!(ledger.take(&batch(3, 5, 99)), Decision::Append { first: Seq(4), .. }));
    assert_eq!(ledger.take(&batch(7, 7, 99)), Decision::Gap);
    assert_eq!(ledger.0.len(), 5);
}

#[test]
fn another_history_is_a_fork_where_it_first_differs() {
    let mut ledger = Ledger::default();
    ledger.take(&batch(1, 5, 99));
    assert_eq!(ledger.take(&batch(1, 9, 4)), Decision::Fork { at: Seq(4) });
    assert_eq!(ledger.take(&batch(6, 9, 4)), Decision::Stray, "not our head");
    assert_eq!(ledger.take(&batch(3, 4, 2)), Decision::Stray);
    assert_eq!(ledger.0.len(), 5);
}

proptest! {
    /// Whatever ranges arrive, in whatever order and however often, the ledger is the true history
    /// up to its mark, each number once; clones append nothing.
    #[test]
    fn the_ledger_is_always_a_prefix_of_the_true_history(
        ranges in vec((1u64..20, 0u64..8, prop_oneof![Just(99u64), 1u64..20]), 1..40),
    ) {
        let mut ledger = Ledger::default();
        for (first, more, changed) in ranges {
            // A clone that writes before HQ has seen the original cannot be told from it.
            let changed = if changed <= ledger.0.len() as u64 { changed } else { 99 };
            ledger.take(&batch(first, first + more, changed));
            for (at, (sealed, _)) in ledger.0.iter().enumerate() {
                prop_assert_eq!(sealed, &event(at as u64 + 1));
            }
        }
    }
}
