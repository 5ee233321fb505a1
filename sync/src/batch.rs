//! A run of sealed events under one signature: what a till uploads, and what HQ keeps as evidence.
//!
//! ```text
//! COSE_Sign1( [ terminal, epoch, first, prev, head, [ sealed, … ], oldest ] )
//!              chain before the first ┘     └ chain after the last
//! ```
//!
//! # Invariants
//!
//! - A [`Batch`] that came from [`Batch::verify`] is the terminal's own and its chain holds from
//!   `prev` to `head`; whether `prev` is HQ's own head is for `receiver` to say.
//! - It holds at least one event, at most [`BYTES_MAX`] of them unless the only one is larger.
//!
//! Not here: what is in the events (`seal`), when to send (`uplink`).

use crate::chain::{self, Hash};
use crate::event::{Epoch, Position, Seq, TerminalId, to_cbor};
use crate::sign::{self, SigningKey, VerifyError, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A batch starts this large and never gets smaller on purpose.
pub const BYTES_MIN: usize = 16 * 1024;
/// A batch never grows past this: on a slow link it must fit into one patient request.
pub const BYTES_MAX: usize = 256 * 1024;

const CONTEXT: &str = "huitou batch v1";

/// Consecutive sealed events of one epoch.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// Whose events.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which life of its outbox.
    #[n(1)]
    pub epoch: Epoch,
    /// Number of the first event.
    #[n(2)]
    pub first: Seq,
    /// The chain before the first event.
    #[n(3)]
    pub prev: Hash,
    /// The chain after the last event.
    #[n(4)]
    pub head: Hash,
    /// The sealed events, in order.
    #[n(5)]
    pub events: Vec<ByteVec>,
    /// What came before the first of them is gone at the till: HQ had it, and its time there is over.
    #[n(6)]
    pub is_oldest: Option<bool>,
}

/// What an outbox holds behind an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kept {
    /// That event; 0 for the beginning.
    pub after: Seq,
    /// The chain there.
    pub prev: Hash,
    /// Nothing of what led there is kept any more.
    pub is_oldest: bool,
    /// The sealed events, in order.
    pub events: Vec<Vec<u8>>,
}

/// Why bytes are no batch of this terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Not signed by the terminal.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// Signed, but no batch.
    #[error("a signed message, but no batch of at least one event numbered from 1")]
    Malformed,
    /// The events do not lead from `prev` to `head`: the till's outbox is damaged.
    #[error("the chain does not lead from the batch's start to its head")]
    Chain,
}

impl Batch {
    /// Signs and encodes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(key, CONTEXT, to_cbor(self))
    }

    /// Reads a signed batch and checks signature and chain.
    ///
    /// # Errors
    ///
    /// [`BatchError`] if it is not the key's, no batch, or its chain is broken.
    pub fn verify(key: &VerifyingKey, bytes: &[u8]) -> Result<Self, BatchError> {
        Ok(Verified::read(key, bytes)?.batch)
    }

    /// Reads a batch whose signature was checked when it came; `None` if it is none.
    #[must_use]
    pub fn claimed(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(&sign::claimed(bytes).ok()?).ok()
    }

    fn decoded(key: &VerifyingKey, bytes: &[u8]) -> Result<Self, BatchError> {
        let payload = sign::verify(key, CONTEXT, bytes)?;
        let batch: Self = minicbor::decode(&payload).map_err(|_| BatchError::Malformed)?;
        let count = u64::try_from(batch.events.len()).map_err(|_| BatchError::Malformed)?;
        if count == 0 || batch.first == Seq::NONE || batch.first.0.checked_add(count).is_none() {
            return Err(BatchError::Malformed);
        }
        Ok(batch)
    }

    /// Number of the last event.
    #[must_use]
    pub fn last(&self) -> Seq {
        let count = u64::try_from(self.events.len()).expect("a length fits 64 bits");
        Seq(self.first.0.saturating_add(count).saturating_sub(1))
    }

    /// The events with their numbers and the chain after each.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let positions = (self.first.0..).map(|seq| self.position(Seq(seq)));
        let mut prev = self.prev;
        positions.zip(&self.events).map(move |(position, sealed)| {
            let hash = chain::next(&prev, &position, sealed);
            let entry = Entry { seq: position.seq, prev, hash, sealed };
            prev = hash;
            entry
        })
    }

    const fn position(&self, seq: Seq) -> Position {
        Position { terminal: self.terminal, epoch: self.epoch, seq }
    }
}

/// A batch whose signature and chain hold, with the chain after each of its events: HQ stores these,
/// and working them out a second time would cost as much as the check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    batch: Batch,
    hashes: Vec<Hash>,
}

impl Verified {
    /// As [`Batch::verify`].
    ///
    /// # Errors
    ///
    /// [`BatchError`] if it is not the key's, no batch, or its chain is broken.
    pub fn read(key: &VerifyingKey, bytes: &[u8]) -> Result<Self, BatchError> {
        let batch = Batch::decoded(key, bytes)?;
        let hashes: Vec<Hash> = batch.entries().map(|entry| entry.hash).collect();
        match hashes.last() {
            Some(head) if *head == batch.head => Ok(Self { batch, hashes }),
            _ => Err(BatchError::Chain),
        }
    }

    /// The batch.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The events from number `first` on, with the chain after each.
    pub fn from(&self, first: Seq) -> impl Iterator<Item = (Seq, &Hash, &[u8])> {
        let numbered = (self.batch.first.0..).map(Seq).zip(&self.hashes).zip(&self.batch.events);
        let skipped = usize::try_from(first.0.saturating_sub(self.batch.first.0));
        numbered
            .skip(skipped.unwrap_or(usize::MAX))
            .map(|((seq, hash), sealed)| (seq, hash, sealed.as_slice()))
    }
}

/// One event of a batch, in its place.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its number.
    pub seq: Seq,
    /// The chain before it.
    pub prev: Hash,
    /// The chain after it.
    pub hash: Hash,
    /// The sealed event.
    pub sealed: &'a [u8],
}

/// Fills a [`Batch`] up to a size.
#[derive(Debug)]
pub struct Builder {
    batch: Batch,
    bytes: usize,
    bytes_max: usize,
}

/// The batch has no room for another event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the batch is full")]
pub struct Full;

impl Builder {
    /// Starts behind event `after`, where the chain stands at `prev`. `bytes_max` is the sum of the
    /// sealed events and is kept within [`BYTES_MIN`] and [`BYTES_MAX`].
    #[must_use]
    pub fn new(
        terminal: TerminalId,
        epoch: Epoch,
        after: Seq,
        prev: Hash,
        bytes_max: usize,
    ) -> Self {
        let (first, events) = (after.next(), Vec::new());
        let batch = Batch { terminal, epoch, first, prev, head: prev, events, is_oldest: None };
        Self { batch, bytes: 0, bytes_max: bytes_max.clamp(BYTES_MIN, BYTES_MAX) }
    }

    /// Says whether anything before it is kept: without it, or with `false`, HQ may ask for that.
    #[must_use]
    pub fn oldest(mut self, is_oldest: bool) -> Self {
        self.batch.is_oldest = is_oldest.then_some(true);
        self
    }

    /// Appends the next event. The first is taken whatever its size, or it would never leave.
    ///
    /// # Errors
    ///
    /// [`Full`] if it would exceed the size; send what is there first.
    pub fn push(&mut self, sealed: Vec<u8>) -> Result<(), Full> {
        let bytes = self.bytes + sealed.len();
        if bytes > self.bytes_max && !self.batch.events.is_empty() {
            return Err(Full);
        }
        let seq =
            if self.batch.events.is_empty() { self.batch.first } else { self.batch.last().next() };
        self.batch.head = chain::next(&self.batch.head, &self.batch.position(seq), &sealed);
        self.batch.events.push(sealed.into());
        self.bytes = bytes;
        Ok(())
    }

    /// The batch, or `None` if nothing was pushed.
    #[must_use]
    pub fn finish(self) -> Option<Batch> {
        (!self.batch.events.is_empty()).then_some(self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sizes: &[usize], bytes_max: usize) -> (Batch, usize) {
        let mut builder =
            Builder::new(TerminalId([1; 16]), Epoch([2; 16]), Seq(4), Hash([9; 32]), bytes_max);
        let taken = sizes.iter().take_while(|size| builder.push(vec![7; **size]).is_ok()).count();
        (builder.finish().unwrap(), taken)
    }

    #[test]
    fn the_oldest_that_is_left_says_so_and_others_are_as_ever() {
        let (mut batch, _) = filled(&[300, 20], BYTES_MIN);
        let plain = to_cbor(&batch);
        assert_eq!(plain[0], 0x86, "six things, as the version before has them");
        batch.is_oldest = Some(true);
        let told = to_cbor(&batch);
        assert_eq!((told[0], &told[1..plain.len()]), (0x87, &plain[1..]));
        assert_eq!(minicbor::decode::<Batch>(&told).unwrap(), batch);
    }

    #[test]
    fn a_batch_reads_back_and_its_chain_holds() {
        let key = SigningKey::from_seed([3; 32]);
        let (batch, _) = filled(&[300, 20, 1], BYTES_MIN);
        assert_eq!((batch.first, batch.last()), (Seq(5), Seq(7)));
        assert_eq!(Batch::verify(&key.verifying(), &batch.sign(&key)), Ok(batch));
    }

    #[test]
    fn a_swapped_or_missing_event_breaks_the_chain() {
        let key = SigningKey::from_seed([3; 32]);
        let (mut batch, _) = filled(&[300, 20], BYTES_MIN);
        batch.events.swap(0, 1);
        assert_eq!(Batch::verify(&key.verifying(), &batch.sign(&key)), Err(BatchError::Chain));
        batch.events.clear();
        assert_eq!(Batch::verify(&key.verifying(), &batch.sign(&key)), Err(BatchError::Malformed));
    }

    #[test]
    fn a_batch_is_bounded_but_a_single_large_event_still_leaves() {
        assert_eq!(filled(&[BYTES_MIN - 1, 1, 1], 0).1, 2);
        assert_eq!(filled(&[BYTES_MAX * 2, 1], usize::MAX).1, 1);
    }
}
