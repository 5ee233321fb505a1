//! What is due when: held feeds and cuts, half a command, a slip that nothing ends.
//!
//! # Invariants
//!
//! - Whatever waits has a deadline, and [`Bridge::poll_timeout`] names the next one.
//!
//! Not here: reading a clock (`host`).

use super::{Bridge, Cutter};
use crate::hold::Phase;
use crate::link::{End, Outcome};
use crate::modes::Modes;
use crate::time::{Millis, Tick};

/// How long the rest of a command may stay away before it is taken to be lost.
const GIVE_UP: Millis = Millis(5 * 60 * 1_000);

/// The POS pauses so long within a slip: what it sent so far is told, so that a person sees it come.
const LULL: Millis = Millis(100);

/// Blank lines that count as the cut on a printer without a cutter.
const CUT_LINES: u16 = 3;

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Tick, print: &mut impl FnMut(&[u8])) {
        self.talk.tick(now);
        self.print_own_job(now, print);
        match self.hold.phase() {
            Phase::Cut { until, .. } if until <= now => {
                self.release_cut(Outcome::Late, now, print);
            }
            Phase::Run { until, since } if until <= now => self.run_is_over(since, now, print),
            _ => {}
        }
        let lingers = self.lingering.is_some_and(|since| since + self.settings.feed_hold <= now);
        if lingers && self.wants_pos() {
            self.forward_pending(print);
        }
        if self.told_at().is_some_and(|at| at <= now) {
            self.tap.flush(&mut self.ring);
        }
        if self.tap.in_slip() && self.idle_at() <= now && self.wants_pos() {
            self.end_slip(End::Idle, false, now);
        }
        if self.given_up_at().is_some_and(|at| at <= now) {
            self.forward_pending(print);
            self.forget_half_a_command();
        }
    }

    /// Feeds that no cut followed: on a printer without a cutter they are the end.
    fn run_is_over(&mut self, since: Tick, now: Tick, print: &mut impl FnMut(&[u8])) {
        let cutter = match self.settings.cutter {
            Cutter::Auto => self.has_cut,
            Cutter::Yes => true,
            Cutter::No => false,
        };
        // Half a command is on its way: the receipt goes on.
        let more = self.tokenizer.pending().len() > self.forwarded;
        let ends = !cutter && !more && self.hold.lines() >= CUT_LINES && self.tap.in_slip();
        if !ends {
            self.let_feeds_go(print);
        } else if self.holding(now) && self.hold.keep_cut(&[], since, self.settings.hold_max) {
            self.end_slip(End::Feed, true, now);
        } else {
            self.end_slip(End::Feed, false, now);
            self.let_feeds_go(print);
        }
    }

    /// Sends what has come of an incomplete command: the printer shall wait for the POS, not for us.
    pub(super) fn forward_pending(&mut self, print: &mut impl FnMut(&[u8])) {
        self.lingering = None;
        self.let_feeds_go(print);
        let pending = self.tokenizer.pending();
        if pending.len() > self.forwarded {
            print(&pending[self.forwarded..]);
            self.forwarded = pending.len();
        }
    }

    /// When a command that never came whole is given up. Long after a slip would be: to take the
    /// rest of a picture for commands is worse than to miss a receipt.
    fn given_up_at(&self) -> Option<Tick> {
        let open = self.tokenizer.in_body() || !self.tokenizer.pending().is_empty();
        (open && self.wants_pos()).then(|| self.quiet_since + GIVE_UP)
    }

    /// The POS is not silent: what it sent still waits, for paper or for a slow printer.
    pub fn handle_busy(&mut self, now: Tick) {
        self.quiet_since = now;
    }

    /// When a piece of a slip that is not full yet is told.
    fn told_at(&self) -> Option<Tick> {
        self.tap.has_piece().then(|| self.quiet_since + LULL)
    }

    fn idle_at(&self) -> Tick {
        self.quiet_since + self.settings.idle
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has work, if ever.
    pub fn poll_timeout(&self) -> Option<Tick> {
        let lingering = self.lingering.filter(|_| self.wants_pos());
        let lingering = lingering.map(|since| since + self.settings.feed_hold);
        let idle = (self.tap.in_slip() && self.wants_pos()).then(|| self.idle_at());
        let beat = self.talk.beat_at();
        let told = self.told_at();
        [self.hold.until(), lingering, idle, beat, self.given_up_at(), self.own_job_at(), told]
            .into_iter()
            .flatten()
            .min()
    }

    /// A command that never came whole, all of it sent on: the next receipt is none of its body. (A
    /// printer may see it otherwise; to read the receipt does no harm then.)
    pub(super) fn forget_half_a_command(&mut self) {
        if self.tokenizer.in_body() || !self.tokenizer.pending().is_empty() {
            self.modes = Modes::default(); // the printer may take what follows for something else
        }
        self.tokenizer.finish(|_, _| {});
        self.forwarded = 0;
        self.lingering = None;
    }
}
