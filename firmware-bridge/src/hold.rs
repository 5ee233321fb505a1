//! Keeps the last feed and the cut waiting while a note is written.
//!
//! ```text
//! body ─────────────────────────────▶ printer
//! feeds ─▶ [≤ feed_hold_ms]  ───────▶ (a body token: the feeds were inside the receipt)
//! cut   ─▶ [≤ hold_ms_max]   ─ note ▶ feeds, cut
//! ```
//!
//! # Invariants
//!
//! - What is kept leaves in the order in which it came, and before anything later.
//! - It leaves by its deadline: in doubt the receipt wins, not the note.
//!
//! Not here: which token is what (`job`), who asks for the note (`bridge`).

use crate::time::{Millis, Tick};

/// Bytes of feed and cut that can wait. A run that is longer is no feed before a cut.
pub const HOLD_BYTES: usize = 1_024;

/// What is waiting, and until when.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Phase {
    /// Nothing.
    #[default]
    Flow,
    /// A run of feeds that may turn out to stand before a cut.
    Run {
        /// When the first of them came.
        since: Tick,
        /// When they are let go.
        until: Tick,
    },
    /// The end of a slip, and the printer with it.
    Cut {
        /// When it came.
        since: Tick,
        /// When it is let go.
        until: Tick,
    },
}

/// The bytes that wait.
#[derive(Clone, Debug)]
pub struct Hold {
    bytes: [u8; HOLD_BYTES],
    len: usize,
    lines: u16,
    phase: Phase,
}

impl Default for Hold {
    fn default() -> Self {
        Self { bytes: [0; HOLD_BYTES], len: 0, lines: 0, phase: Phase::Flow }
    }
}

impl Hold {
    /// What is waiting.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// How many blank lines are waiting.
    #[must_use]
    pub const fn lines(&self) -> u16 {
        self.lines
    }

    /// When the next deadline is.
    #[must_use]
    pub const fn until(&self) -> Option<Tick> {
        match self.phase {
            Phase::Flow => None,
            Phase::Run { until, .. } | Phase::Cut { until, .. } => Some(until),
        }
    }

    /// Keeps a feed of `lines` lines; `false` if there is no room, and nothing is kept.
    #[must_use]
    pub fn keep_feed(&mut self, bytes: &[u8], lines: u16, now: Tick, feed_hold: Millis) -> bool {
        if !self.keep(bytes) {
            return false;
        }
        self.lines = self.lines.saturating_add(lines);
        if self.phase == Phase::Flow {
            self.phase = Phase::Run { since: now, until: now + feed_hold };
        }
        true
    }

    /// Keeps the cut (nothing on a printer without a cutter) behind the feeds and waits for a note.
    #[must_use]
    pub fn keep_cut(&mut self, cut: &[u8], now: Tick, hold_max: Millis) -> bool {
        if !self.keep(cut) {
            return false;
        }
        self.phase = Phase::Cut { since: now, until: now + hold_max };
        true
    }

    fn keep(&mut self, bytes: &[u8]) -> bool {
        let end = self.len + bytes.len();
        let Some(place) = self.bytes.get_mut(self.len..end) else { return false };
        place.copy_from_slice(bytes);
        self.len = end;
        true
    }

    /// Lets everything go and returns how many blank lines were in it.
    pub fn release(&mut self, print: &mut impl FnMut(&[u8])) -> u16 {
        if self.len > 0 {
            print(&self.bytes[..self.len]);
        }
        let lines = self.lines;
        self.len = 0;
        self.lines = 0;
        self.phase = Phase::Flow;
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn feeds_and_cut_leave_in_order() {
        let (mut hold, mut printed) = (Hold::default(), Vec::new());
        assert!(hold.keep_feed(b"\n", 1, Tick(0), Millis(50)));
        assert!(hold.keep_feed(b"\x1bd\x03", 3, Tick(10), Millis(50)));
        assert_eq!(hold.until(), Some(Tick(50)), "counted from the first feed");
        assert!(hold.keep_cut(b"\x1dV\x00", Tick(20), Millis(300)));
        assert_eq!(hold.until(), Some(Tick(320)));
        assert_eq!(hold.release(&mut |bytes| printed.extend_from_slice(bytes)), 4);
        assert_eq!(printed, b"\n\x1bd\x03\x1dV\x00");
        assert_eq!(hold.until(), None);
    }

    #[test]
    fn what_has_no_room_is_refused_whole() {
        let mut hold = Hold::default();
        assert!(hold.keep_feed(&[0; HOLD_BYTES], 0, Tick(0), Millis(50)));
        assert!(!hold.keep_feed(b"\n", 1, Tick(0), Millis(50)));
    }
}
