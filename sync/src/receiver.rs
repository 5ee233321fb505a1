//! HQ's rule for a batch that arrives: append, have it already, ask for what is missing, or alarm.
//!
//! ```text
//! ledger  ─────────────● mark
//! batch          [─────┼─────]   overlap is compared by hash, the rest is appended
//! batch   [──────]     │         had it: same answer again
//! batch                │ [───]   gap: refused with the mark, the till sends from there
//! batch       [──≠]    │         another event under a known number: fork
//! batch     ≠[───]     │         begins behind another history: what leads there is elsewhere, or was lost
//! ```
//!
//! # Invariants
//!
//! - The mark is HQ's own, contiguous and never moves back by a batch.
//! - Whatever is replayed, overlaps or comes twice at once: each number is appended at most once.
//! - A known number with another hash, or a start that is not our head, appends nothing at all.
//!
//! Not here: the transaction around it (`hq::ledger`), the signature (`batch`).

use crate::batch::Batch;
use crate::chain::Hash;
use crate::event::Seq;
use minicbor::{Decode, Encode};

/// How far HQ has a terminal's epoch, without gaps.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct HighWater {
    /// The last event that HQ holds; 0 for none.
    #[n(0)]
    pub seq: Seq,
    /// The chain after it.
    #[n(1)]
    pub hash: Hash,
}

impl HighWater {
    /// HQ holds nothing of this epoch.
    pub const START: Self = Self { seq: Seq::NONE, hash: Hash::GENESIS };
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Append the entries from `first` on and move the mark to `mark`.
    Append {
        /// The first entry that is new.
        first: Seq,
        /// The mark afterwards.
        mark: HighWater,
    },
    /// All of it is there: answer with the mark as it is.
    Have,
    /// Something before it is missing: answer with the mark, the till sends from there.
    Gap,
    /// Another history under known numbers: a cloned or tampered outbox. Freeze and alarm.
    Fork {
        /// The first number that differs.
        at: Seq,
    },
    /// It goes on from another history than ours, which differs at a number before: of that one we have
    /// nothing here. Set aside, or lost with a disk; then the till has to send it again.
    Stray,
}

/// Decides on a batch that [`Batch::verify`] passed. `known(seq)` is the chain after event `seq` in
/// the ledger, for any `seq` from 1 to the mark; hashes stay even where blobs were destroyed.
pub fn receive(batch: &Batch, mark: HighWater, known: impl Fn(Seq) -> Option<Hash>) -> Decision {
    if batch.first > mark.seq.next() {
        return Decision::Gap;
    }
    let chain_at = |seq: Seq| match seq {
        Seq::NONE => Some(Hash::GENESIS),
        seq if seq == mark.seq => Some(mark.hash),
        seq => known(seq),
    };
    let before = Seq(batch.first.0.saturating_sub(1));
    if chain_at(before) != Some(batch.prev) {
        return Decision::Stray;
    }
    let overlap = batch.entries().take_while(|entry| entry.seq <= mark.seq);
    if let Some(entry) = overlap.into_iter().find(|entry| chain_at(entry.seq) != Some(entry.hash)) {
        return Decision::Fork { at: entry.seq };
    }
    if batch.last() <= mark.seq {
        return Decision::Have;
    }
    let mark_after = HighWater { seq: batch.last(), hash: batch.head };
    Decision::Append { first: mark.seq.next(), mark: mark_after }
}

#[cfg(test)]
mod tests;
