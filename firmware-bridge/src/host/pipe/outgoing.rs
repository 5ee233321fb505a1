//! Bytes that wait for a port.
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
}

impl Outgoing {
    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        // A port that never quite keeps up must not make what is behind it pile up.
        if self.sent >= ROOM {
            self.bytes.drain(..self.sent);
            self.sent = 0;
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
                len => self.sent += len,
            }
        }
        self.clear();
        Ok(())
    }
}
