//! A job of our own: the manager's list, a test page. Printed between two jobs of the POS.
//!
//! # Invariants
//!
//! - Never inside a slip, nor while the POS is sending or has half a command on its way.
//! - One at a time; a second one before the first is printed is refused by silence.
//!
//! Not here: what it says (the agent).

use crate::dialect::Dialect;
use crate::hold::Phase;
use crate::link::{MESSAGE_MAX, NotePage, Rows};
use crate::time::{Millis, Tick};

use super::note::BLADE_LINES;
use super::{Bridge, Cutter, Place};

/// The POS must have been silent for so long: it may be about to go on.
const QUIET: Millis = Millis(700);

/// A job that waits for its turn.
#[derive(Debug)]
pub(super) struct OwnJob {
    waiting: Option<(u32, NotePage, usize)>,
    rows: [u8; MESSAGE_MAX],
}

impl Default for OwnJob {
    fn default() -> Self {
        Self { waiting: None, rows: [0; MESSAGE_MAX] }
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    /// Takes a job; it is printed when its turn comes.
    pub(super) fn take_own_job(&mut self, job: u32, page: NotePage, rows: Rows<'_>) {
        let bytes = rows.as_bytes();
        if let (None, Some(place)) =
            (self.own_job.waiting, self.own_job.rows.get_mut(..bytes.len()))
        {
            place.copy_from_slice(bytes);
            self.own_job.waiting = Some((job, page, bytes.len()));
        }
    }

    /// When the waiting job may be printed, if nothing comes in between.
    pub(super) fn own_job_at(&self) -> Option<Tick> {
        self.own_job.waiting?;
        let between = !self.tap.in_slip()
            && self.hold.phase() == Phase::Flow
            && !self.tokenizer.in_body()
            && self.tokenizer.pending().is_empty()
            && self.modes.note_allowed();
        between.then(|| self.quiet_since + QUIET)
    }

    /// Prints the waiting job if its turn has come.
    pub(super) fn print_own_job(&mut self, now: Tick, print: &mut impl FnMut(&[u8])) {
        if self.own_job_at().is_none_or(|at| at > now) {
            return;
        }
        let Some((job, page, len)) = self.own_job.waiting.take() else { return };
        let Ok(rows) = Rows::parse(&self.own_job.rows[..len]) else { return };
        let (modes, line_open) = (self.modes, self.line_open);
        let place = Place { modes, line_open, ..Place::default() };
        self.print_rows(&place, page, rows, print);
        self.line_open = false;
        self.feed(BLADE_LINES, print);
        if self.has_cut || self.settings.cutter == Cutter::Yes {
            match self.tokenizer.dialect() {
                Dialect::EscPos => print(b"\x1dV\x01"),
                Dialect::Star => print(b"\x1bd\x03"),
            }
        }
        self.talk.printed(job);
    }
}
