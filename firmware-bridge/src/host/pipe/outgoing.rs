//! Bytes that wait for a port, and those that it may not have got.
//!
//! ```text
//! │ kept, the printer has them? │ to be sent │
//!                    sent ──────┘
//! ```
//!
//! What a network printer did not acknowledge before its connection was lost is sent again on the
//! next one; what it did acknowledge is not.
//!
//! Not here: which port (the parent module).

use std::io;

use super::ROOM;
use crate::host::stream::Stream;

/// Bytes on their way to a port.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
    /// Sent bytes that are kept in case they did not arrive.
    keep: usize,
    /// Bytes sent since the port was opened.
    sent_here: usize,
}

impl Outgoing {
    /// Keeps the last `keep` bytes that were sent.
    pub(super) fn keeping(keep: usize) -> Self {
        Self { keep, ..Self::default() }
    }

    /// The port was opened: nothing went over it yet.
    pub(super) fn opened(&mut self) {
        self.sent_here = 0;
    }

    /// The port was lost before it took the last `undelivered` bytes: they are to be sent again.
    pub(super) fn lost(&mut self, undelivered: usize) {
        self.sent -= undelivered.min(self.sent_here).min(self.sent);
        self.sent_here = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        // A port that never quite keeps up must not make what is behind it pile up.
        if self.sent >= ROOM + self.keep {
            self.bytes.drain(..self.sent - self.keep);
            self.sent = self.keep;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.sent = 0;
    }

    pub(super) fn write_to(&mut self, stream: &Stream) -> io::Result<()> {
        while !self.is_empty() {
            match stream.write(&self.bytes[self.sent..])? {
                0 => return Ok(()),
                len => {
                    self.sent += len;
                    self.sent_here += len;
                }
            }
        }
        if self.keep == 0 {
            self.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_arrive_is_sent_again_and_nothing_from_before() {
        let mut out = Outgoing::keeping(8);
        out.push(b"before");
        (out.sent, out.sent_here) = (6, 6);
        out.opened();
        out.push(b"0123456789");
        (out.sent, out.sent_here) = (12, 6);
        out.lost(4);
        assert_eq!(&out.bytes[out.sent..], b"23456789");
        out.lost(99);
        assert_eq!(&out.bytes[out.sent..], b"23456789", "lost once");
        (out.sent, out.sent_here) = (14, 2);
        out.lost(99);
        assert_eq!(&out.bytes[out.sent..], b"6789", "not what the last connection got");
    }
}
