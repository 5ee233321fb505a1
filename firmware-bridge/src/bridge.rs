//! The bridge: bytes from the POS to the printer, slips to the agent, notes before the cut.
//!
//! A core without I/O. A shell (see `host`) calls, in this order whenever something happens:
//!
//! ```text
//! handle_pos(bytes, now)        bytes came from the POS; returns how many were taken
//! handle_pos_closed(now)        the POS closed its port
//! handle_printer(bytes)         bytes came from the printer (pass them on yourself, at once)
//! handle_link_opened / _closed / handle_link(bytes, now)
//! handle_timeout(now)           poll_timeout() has passed
//! then: poll_link(out, now) until it gives 0, and poll_timeout()
//! ```
//!
//! While a cut is held nothing is taken from the POS: what was not taken waits in the shell, in
//! order, and is offered again. `handle_queue_full` lets the cut go when the shell's room runs out.
//!
//! # Invariants
//!
//! - What is printed is what the POS sent, in order, plus at most one note right before what is held.
//! - A run of feeds waits at most `feed_hold_ms`, a cut at most `hold_ms_max`.
//! - Without a live agent nothing waits, and slips are still kept in the ring.
//! - No clock, heap or port.
//!
//! Not here: what a receipt means. The bridge knows bytes, not people.

mod deadlines;
mod note;
mod own_job;
mod settings;
mod talk;
mod tap;

use core::ops::ControlFlow;

use crate::dialect::{Dialect, Tongue};
use crate::hold::{Hold, Phase};
use crate::job::{self, Role};
use crate::link::{End, Outcome};
use crate::modes::Modes;
use crate::ring::Ring;
use crate::status::StatusWatch;
use crate::time::Tick;
use crate::token::{Token, Tokenizer};

use own_job::OwnJob;
pub use settings::{Cutter, Settings};
use talk::Talk;
use tap::Tap;

/// How the printer stands at a place in the stream.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    modes: Modes,
    line_open: bool,
    fed_lines: u16,
    /// The last byte begins a command that never came: the printer would take a note's first byte
    /// for the rest of it.
    dangling: bool,
}

impl Place {
    const fn takes_a_note(&self) -> bool {
        self.modes.note_allowed() && !self.dangling
    }
}

/// The bridge over ring storage `S`.
#[derive(Debug)]
pub struct Bridge<S> {
    settings: Settings,
    tokenizer: Tokenizer,
    modes: Modes,
    hold: Hold,
    tap: Tap,
    ring: Ring<S>,
    talk: Talk,
    status: StatusWatch,
    own_job: OwnJob,
    /// Bytes of a command that is not complete yet, but went to the printer because it lingered.
    forwarded: usize,
    /// Since when a command has been incomplete.
    lingering: Option<Tick>,
    /// Since when the POS has been silent.
    quiet_since: Tick,
    line_open: bool,
    /// Spaces that are held: once they are out, they have opened a line.
    blanks_held: bool,
    /// Blank lines that already went out since something was printed.
    fed_lines: u16,
    /// How things stood where the held bytes begin, which is where a note goes.
    place: Place,
    has_cut: bool,
    newline: &'static [u8],
    last_byte: u8,
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    /// A bridge that keeps slips in `ring`; `boot` is drawn anew at each start.
    pub fn new(settings: Settings, boot: u64, pid: u32, ring: S) -> Self {
        let tongue = settings.dialect.map_or_else(Tongue::default, Tongue::pinned);
        Self {
            settings,
            tokenizer: Tokenizer::new(tongue),
            modes: Modes::default(),
            hold: Hold::default(),
            tap: Tap::default(),
            ring: Ring::new(ring),
            talk: Talk::new(boot, pid),
            status: StatusWatch::default(),
            own_job: OwnJob::default(),
            forwarded: 0,
            lingering: None,
            quiet_since: Tick(0),
            line_open: false,
            blanks_held: false,
            fed_lines: 0,
            place: Place::default(),
            has_cut: false,
            newline: b"\n",
            last_byte: 0,
        }
    }

    /// Whether the POS may be read: not while a cut is held.
    pub fn wants_pos(&self) -> bool {
        !matches!(self.hold.phase(), Phase::Cut { .. })
    }

    /// Takes bytes from the POS, prints what may go, and returns how many were taken.
    pub fn handle_pos(&mut self, input: &[u8], now: Tick, print: &mut impl FnMut(&[u8])) -> usize {
        if !input.is_empty() {
            self.quiet_since = now;
        }
        let mut taken = 0;
        while taken < input.len() && self.wants_pos() {
            taken += self.take_some(&input[taken..], now, print);
        }
        let pending = self.tokenizer.pending().len();
        self.lingering = (pending > self.forwarded).then(|| self.lingering.unwrap_or(now));
        if !self.holding(now) && !matches!(self.hold.phase(), Phase::Cut { .. }) {
            self.forward_pending(print);
        }
        taken
    }

    fn take_some(&mut self, input: &[u8], now: Tick, print: &mut impl FnMut(&[u8])) -> usize {
        // The tokenizer lends tokens while the rest of the bridge acts on them.
        let mut tokenizer = core::mem::take(&mut self.tokenizer);
        let taken = tokenizer.push_until(input, |token, dialect| {
            self.lingering = None;
            self.take(token, dialect, now, print);
            if self.wants_pos() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.tokenizer = tokenizer;
        taken
    }

    /// Acts on one token.
    fn take(
        &mut self,
        token: Token<'_>,
        dialect: Dialect,
        now: Tick,
        print: &mut impl FnMut(&[u8]),
    ) {
        let role = job::role(token, dialect);
        if let [0x10, 0x04, n] = token.bytes {
            self.status.asked(*n);
        }
        self.tap.take(token, dialect, role, &self.modes, now, &mut self.ring);
        let unsent = self.unsent(token.bytes);
        let whole = unsent.len() == token.bytes.len();
        match role {
            Role::Cut => self.cut(unsent, whole, now, print),
            _ if whole && self.holds_back(role, now) => self.keep_back(token, role, now, print),
            _ => self.pass(unsent, role, print),
        }
        self.modes.apply(token, dialect);
        self.follow_line(token, role);
    }

    /// The part of a token that did not already go out while it was incomplete.
    fn unsent<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let sent = self.forwarded.min(bytes.len());
        self.forwarded -= sent;
        &bytes[sent..]
    }

    /// Whether a token may stand in the feed before a cut and is to wait.
    fn holds_back(&self, role: Role, now: Tick) -> bool {
        let in_run = matches!(self.hold.phase(), Phase::Run { .. });
        let feed = match role {
            // The line feed that ends the last line of text is still the receipt's body.
            Role::Feed { lines } => in_run || !self.line_open || lines > 1,
            Role::Blank | Role::Set | Role::Aside => in_run || !self.line_open,
            _ => false,
        };
        feed && self.tap.in_slip() && self.holding(now)
    }

    /// Whether there is somebody to wait for.
    fn holding(&self, now: Tick) -> bool {
        self.talk.agent_is_here(now, self.settings.agent_away)
    }

    fn keep_back(
        &mut self,
        token: Token<'_>,
        role: Role,
        now: Tick,
        print: &mut impl FnMut(&[u8]),
    ) {
        let lines = if let Role::Feed { lines } = role { lines } else { 0 };
        self.mark_place();
        if !self.hold.keep_feed(token.bytes, lines, now, self.settings.feed_hold) {
            self.let_feeds_go(print);
            self.pass(token.bytes, role, print);
        }
    }

    /// Remembers how the printer stands before the first byte that is held: the modes of what is
    /// held are not in force yet when a note is printed.
    fn mark_place(&mut self) {
        if self.hold.phase() == Phase::Flow {
            let Self { modes, line_open, fed_lines, .. } = *self;
            let dangling = matches!(self.last_byte, 0x1B | 0x1C | 0x1D | 0x10 | 0x12);
            self.place = Place { modes, line_open, fed_lines, dangling };
        }
    }

    fn pass(&mut self, bytes: &[u8], role: Role, print: &mut impl FnMut(&[u8])) {
        self.let_feeds_go(print);
        print(bytes);
        match role {
            Role::Feed { lines } if !self.line_open => {
                self.fed_lines = self.fed_lines.saturating_add(lines);
            }
            Role::Print => self.fed_lines = 0,
            _ => {}
        }
    }

    fn let_feeds_go(&mut self, print: &mut impl FnMut(&[u8])) {
        let lines = self.hold.release(print);
        self.fed_lines = self.fed_lines.saturating_add(lines);
        self.line_open |= core::mem::take(&mut self.blanks_held);
    }

    fn cut(&mut self, bytes: &[u8], whole: bool, now: Tick, print: &mut impl FnMut(&[u8])) {
        self.has_cut = true;
        self.mark_place();
        let waits = whole
            && self.tap.in_slip()
            && self.holding(now)
            && is_text_cut(bytes)
            && self.hold.keep_cut(bytes, now, self.settings.hold_max);
        self.end_slip(End::Cut, waits, now);
        if !waits {
            self.let_feeds_go(print);
            print(bytes);
            self.fed_lines = 0;
        }
    }

    fn end_slip(&mut self, end: End, held: bool, now: Tick) {
        if let Some(slip) = self.tap.end(end, held, now, &mut self.ring) {
            self.talk.slip_ended(slip, held);
        }
    }

    /// Follows whether a line is open, and how this POS ends its lines.
    fn follow_line(&mut self, token: Token<'_>, role: Role) {
        match role {
            Role::Print => self.line_open = matches!(token.kind, crate::token::Kind::Text),
            Role::Blank if self.hold.phase() == Phase::Flow => self.line_open = true,
            Role::Blank => self.blanks_held = true,
            Role::Feed { lines } if lines > 0 => self.end_line(),
            Role::Cut => self.end_line(),
            _ => {}
        }
        if token.bytes == b"\n" {
            self.newline = if self.last_byte == b'\r' { b"\r\n" } else { b"\n" };
        }
        self.last_byte = token.bytes.last().copied().unwrap_or(self.last_byte);
    }

    const fn end_line(&mut self) {
        (self.line_open, self.blanks_held) = (false, false);
    }

    /// The POS closed its port: what it left open ends here.
    pub fn handle_pos_closed(&mut self, now: Tick, print: &mut impl FnMut(&[u8])) {
        if !self.wants_pos() {
            return;
        }
        let pending = self.tokenizer.pending().len() > self.forwarded;
        let waits = matches!(self.hold.phase(), Phase::Run { .. })
            && !pending
            && self.tap.in_slip()
            && self.holding(now)
            && self.hold.keep_cut(&[], now, self.settings.hold_max);
        self.end_slip(End::Close, waits, now);
        if !waits {
            self.forward_pending(print);
            self.forget_half_a_command();
        }
    }

    /// The shell has no more room for bytes that wait behind a cut.
    pub fn handle_queue_full(&mut self, now: Tick, print: &mut impl FnMut(&[u8])) {
        self.release_cut(Outcome::Full, now, print);
    }

    /// Lets a held cut go without a note.
    fn release_cut(&mut self, outcome: Outcome, now: Tick, print: &mut impl FnMut(&[u8])) {
        let Phase::Cut { since, .. } = self.hold.phase() else { return };
        self.let_feeds_go(print);
        self.fed_lines = 0;
        self.talk.released(outcome, now - since);
    }

    /// Looks at bytes that the printer sent; the shell passes them to the POS.
    pub fn handle_printer(&mut self, bytes: &[u8]) {
        self.status.look(bytes);
        self.talk.printer_said(self.status.state());
    }

    /// The shell opened or lost the printer's port.
    pub fn handle_printer_connected(&mut self, connected: bool) {
        self.talk.printer_connected(connected);
    }
}

/// Whether text can stand before this cut: Star's raster modes have no place for it.
fn is_text_cut(cut: &[u8]) -> bool {
    !matches!(cut, [0x1B, b'*', b'r', ..] | [0x1B, 0x0C, ..])
}

#[cfg(test)]
mod tests;
