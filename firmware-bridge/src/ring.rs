//! What was printed and is not yet known to be on the agent's disk.
//!
//! ```text
//!  head                sent               tail
//!   ▼                   ▼                  ▼
//! ──┬─ slip 7 ─┬─ slip 8 ┼─ slip 8 ─┬─ slip 9 … free …
//!   └ acknowledged up to 6          └ being printed
//! ```
//!
//! Records are encoded link messages, each behind its length. A record leaves when its slip is
//! acknowledged; a new conversation starts again from the head.
//!
//! # Invariants
//!
//! - A slip is in the ring whole or not at all; one that did not fit is counted as a gap.
//! - The oldest is never dropped for the newest.
//!
//! Not here: what is said in a record (`link`), when it is sent (`bridge`).

use crate::link::{MESSAGE_MAX, ToAgent};

/// Room kept free so that the gap itself can be told.
const GAP_ROOM: usize = 16;

/// The ring over storage `S`: an array in firmware, a boxed slice on a POS box.
#[derive(Debug)]
pub struct Ring<S> {
    bytes: S,
    head: usize,
    len: usize,
    /// Bytes from the head that were handed to the link.
    sent: usize,
    /// Where the slip that is being printed begins, as bytes from the head.
    open: Option<(u32, usize)>,
    gap: Option<(u32, u32)>,
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Ring<S> {
    /// An empty ring over `bytes`.
    pub const fn new(bytes: S) -> Self {
        Self { bytes, head: 0, len: 0, sent: 0, open: None, gap: None }
    }

    /// Bytes that are free.
    pub fn free(&self) -> usize {
        self.bytes.as_ref().len() - self.len
    }

    /// Bytes it can hold in all.
    pub fn capacity(&self) -> usize {
        self.bytes.as_ref().len()
    }

    /// Begins slip `slip`; its records follow by [`push`](Self::push) until [`finish`](Self::finish).
    ///
    /// Once full, the ring takes nothing more until half of it is free: one gap, not many.
    pub fn begin(&mut self, slip: u32) {
        self.tell_gap();
        match self.gap {
            Some(_) => self.widen_gap(slip),
            None => self.open = Some((slip, self.len)),
        }
    }

    /// Adds a record of the open slip. Without room the whole slip becomes a gap.
    pub fn push(&mut self, message: &ToAgent<'_>) {
        let Some((slip, start)) = self.open else { return };
        if self.store(message, GAP_ROOM).is_none() {
            self.len = start;
            self.sent = self.sent.min(start);
            self.open = None;
            self.widen_gap(slip);
        }
    }

    /// Ends the open slip.
    pub fn finish(&mut self) {
        self.open = None;
    }

    /// Starts again from the oldest record: a new conversation knows nothing.
    pub fn rewind(&mut self) {
        self.sent = 0;
    }

    /// Copies the next record that was not sent into `out` and returns its length.
    pub fn next(&mut self, out: &mut [u8; MESSAGE_MAX]) -> Option<usize> {
        if self.sent >= self.len {
            return None;
        }
        let len = self.record_len(self.sent);
        let (capacity, bytes) = (self.capacity(), self.bytes.as_ref());
        let at = (self.head + self.sent + 2) % capacity;
        let first = len.min(capacity - at);
        out[..first].copy_from_slice(&bytes[at..at + first]);
        out[first..len].copy_from_slice(&bytes[..len - first]);
        self.sent += 2 + len;
        Some(len)
    }

    /// Drops every record of slips up to `slip`, but not of the one that is being printed.
    pub fn acknowledge(&mut self, slip: u32) {
        let keep_from = self.open.map_or(self.len, |(_, start)| start);
        let mut dropped = 0;
        while dropped < keep_from && self.slip_at(dropped) <= slip {
            dropped += 2 + self.record_len(dropped);
        }
        let capacity = self.capacity();
        self.head = (self.head + dropped) % capacity.max(1);
        self.len -= dropped;
        self.sent = self.sent.saturating_sub(dropped);
        self.open = self.open.map(|(slip, start)| (slip, start - dropped));
        if self.open.is_none() {
            self.tell_gap();
        }
    }

    fn widen_gap(&mut self, slip: u32) {
        let first = self.gap.map_or(slip, |(first, _)| first);
        self.gap = Some((first, slip));
    }

    fn tell_gap(&mut self) {
        let Some((first, last)) = self.gap.filter(|_| 2 * self.free() >= self.capacity()) else {
            return;
        };
        if self.store(&ToAgent::Gap { first, last }, 0).is_some() {
            self.gap = None;
        }
    }

    /// Appends a record and leaves `spare` bytes free.
    fn store(&mut self, message: &ToAgent<'_>, spare: usize) -> Option<()> {
        let mut encoded = [0; MESSAGE_MAX];
        let len = message.encode(&mut encoded)?;
        if self.free() < 2 + len + spare {
            return None;
        }
        self.append(&u16::try_from(len).ok()?.to_le_bytes());
        self.append(&encoded[..len]);
        Some(())
    }

    fn append(&mut self, bytes: &[u8]) {
        let capacity = self.capacity();
        let at = (self.head + self.len) % capacity;
        let first = bytes.len().min(capacity - at);
        let storage = self.bytes.as_mut();
        storage[at..at + first].copy_from_slice(&bytes[..first]);
        storage[..bytes.len() - first].copy_from_slice(&bytes[first..]);
        self.len += bytes.len();
    }

    fn at(&self, offset: usize) -> u8 {
        self.bytes.as_ref()[(self.head + offset) % self.capacity()]
    }

    fn record_len(&self, offset: usize) -> usize {
        usize::from(u16::from_le_bytes([self.at(offset), self.at(offset + 1)]))
    }

    /// The slip a record belongs to: every record has it behind its first byte; a gap counts as
    /// its last slip.
    fn slip_at(&self, offset: usize) -> u32 {
        let gap = self.at(offset + 2) == 0x07;
        let at = offset + 3 + if gap { 4 } else { 0 };
        u32::from_le_bytes([self.at(at), self.at(at + 1), self.at(at + 2), self.at(at + 3)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::End;
    use std::vec;
    use std::vec::Vec;

    fn slip(ring: &mut Ring<Vec<u8>>, slip: u32, bytes: &[u8]) {
        ring.begin(slip);
        ring.push(&ToAgent::SlipData { slip, bytes });
        let end = ToAgent::SlipEnd { slip, end: End::Cut, held: false, truncated: false, at_ms: 0 };
        ring.push(&end);
        ring.finish();
    }

    fn drain(ring: &mut Ring<Vec<u8>>) -> Vec<u8> {
        let (mut out, mut tags) = ([0; MESSAGE_MAX], Vec::new());
        while ring.next(&mut out).is_some() {
            tags.push(out[0]);
        }
        tags
    }

    #[test]
    fn records_stay_until_acknowledged_and_wrap_round() {
        let mut ring = Ring::new(vec![0; 200]);
        for number in 1..50 {
            slip(&mut ring, number, &[7; 40]);
            assert_eq!(drain(&mut ring), [3, 5]);
            ring.rewind();
            assert_eq!(drain(&mut ring), [3, 5], "told again to a new agent");
            ring.acknowledge(number);
            assert_eq!(ring.free(), 200);
        }
    }

    #[test]
    fn what_does_not_fit_becomes_one_gap_and_the_oldest_stays() {
        let mut ring = Ring::new(vec![0; 200]);
        slip(&mut ring, 1, &[1; 100]);
        slip(&mut ring, 2, &[2; 100]);
        slip(&mut ring, 3, &[3; 100]);
        ring.acknowledge(1);
        slip(&mut ring, 4, &[4; 1]);
        let mut out = [0; MESSAGE_MAX];
        let mut messages = Vec::new();
        while let Some(len) = ring.next(&mut out) {
            messages.push(out[..len].to_vec());
        }
        let decoded: Vec<_> =
            messages.iter().map(|bytes| ToAgent::decode(bytes).unwrap()).collect();
        assert_eq!(decoded[0], ToAgent::Gap { first: 2, last: 3 });
        assert!(matches!(decoded[1], ToAgent::SlipData { slip: 4, .. }));
        ring.acknowledge(3);
        assert!(ring.free() < 200, "slip 4 is kept");
        ring.acknowledge(4);
        assert_eq!(ring.free(), 200);
    }
}
