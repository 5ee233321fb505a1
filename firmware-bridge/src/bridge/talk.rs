//! The bridge's side of the conversation with the agent.
//!
//! # Invariants
//!
//! - Each conversation begins with `Hello`; then every slip in the ring is told, oldest first.
//! - A note for any slip but the one that is held is not printed.
//!
//! Not here: frames and messages (`link`), sockets (`host`).

use crate::hold::Phase;
use crate::link::frame::{self, Decoder, WIRE_MAX};
use crate::link::{MESSAGE_MAX, Outcome, ToAgent, ToBridge, VERSION};
use crate::status::PrinterState;
use crate::time::{Millis, Tick};

use super::Bridge;

/// How often we say that we are alive.
const BEAT: Millis = Millis(1_000);

/// What is to be said, and to whom we are listening.
#[derive(Debug)]
pub(super) struct Talk {
    boot: u64,
    pid: u32,
    decoder: Decoder,
    open: bool,
    /// When the agent was last heard in this conversation.
    heard: Option<Tick>,
    hello_due: bool,
    beat_due: bool,
    beat_at: Tick,
    held: Option<u32>,
    released: Option<(u32, Outcome, Millis)>,
    printed: Option<u32>,
    printer: PrinterState,
    connected: bool,
    printer_due: bool,
}

impl Talk {
    pub(super) fn new(boot: u64, pid: u32) -> Self {
        Self {
            boot,
            pid,
            decoder: Decoder::default(),
            open: false,
            heard: None,
            hello_due: false,
            beat_due: false,
            beat_at: Tick(0),
            held: None,
            released: None,
            printed: None,
            printer: PrinterState::default(),
            connected: false,
            printer_due: false,
        }
    }

    pub(super) fn agent_is_here(&self, now: Tick, away: Millis) -> bool {
        self.open && self.heard.is_some_and(|heard| now < heard + away)
    }

    pub(super) fn slip_ended(&mut self, slip: u32, held: bool) {
        if held {
            self.held = Some(slip);
        }
    }

    /// The held cut went out.
    pub(super) fn released(&mut self, outcome: Outcome, held_for: Millis) {
        if let Some(slip) = self.held.take() {
            self.released = Some((slip, outcome, held_for));
        }
    }

    /// A job of our own is on the paper.
    pub(super) fn printed(&mut self, job: u32) {
        self.printed = Some(job);
    }

    pub(super) fn printer_said(&mut self, state: PrinterState) {
        self.printer_due |= state != self.printer;
        self.printer = state;
    }

    pub(super) fn printer_connected(&mut self, connected: bool) {
        self.printer_due |= connected != self.connected;
        self.connected = connected;
    }

    /// The beat falls due whether or not the agent takes what was said before.
    pub(super) fn tick(&mut self, now: Tick) {
        if self.beat_at <= now {
            self.beat_due = true;
            self.beat_at = now + BEAT;
        }
    }

    pub(super) fn beat_at(&self) -> Option<Tick> {
        self.open.then_some(self.beat_at)
    }

    /// The next message of our own, records of the ring aside.
    fn next(&mut self, now: Tick) -> Option<ToAgent<'static>> {
        if core::mem::take(&mut self.hello_due) {
            return Some(ToAgent::Hello { version: VERSION, boot: self.boot, pid: self.pid });
        }
        if let Some((slip, outcome, held_for)) = self.released.take() {
            let held_ms = u16::try_from(held_for.0).unwrap_or(u16::MAX);
            return Some(ToAgent::Released { slip, outcome, held_ms });
        }
        if let Some(job) = self.printed.take() {
            return Some(ToAgent::Printed { job });
        }
        if core::mem::take(&mut self.printer_due) {
            let PrinterState { paper_out, cover_open, offline } = self.printer;
            let connected = self.connected;
            return Some(ToAgent::Printer { connected, paper_out, cover_open, offline });
        }
        core::mem::take(&mut self.beat_due).then_some(ToAgent::Beat { at_ms: now.0 })
    }
}

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    /// An agent connected.
    pub fn handle_link_opened(&mut self, now: Tick) {
        self.ring.rewind();
        self.talk.decoder = Decoder::default();
        (self.talk.open, self.talk.hello_due, self.talk.printer_due) = (true, true, true);
        (self.talk.heard, self.talk.beat_due, self.talk.beat_at) = (None, true, now + BEAT);
    }

    /// The agent is gone: nothing waits for it any more.
    pub fn handle_link_closed(&mut self, now: Tick, print: &mut impl FnMut(&[u8])) {
        self.talk.open = false;
        self.talk.heard = None;
        self.release_cut(Outcome::Late, now, print);
        self.forward_pending(print);
    }

    /// Takes bytes from the agent and prints what they let go.
    pub fn handle_link(&mut self, wire: &[u8], now: Tick, print: &mut impl FnMut(&[u8])) {
        let mut decoder = core::mem::take(&mut self.talk.decoder);
        decoder.push(wire, |message| {
            // Anything else is noise or of a later version: not for us, and no reason to hang up.
            if let Ok(message) = ToBridge::decode(message) {
                self.answer(message, now, print);
            }
        });
        self.talk.decoder = decoder;
    }

    fn answer(&mut self, message: ToBridge<'_>, now: Tick, print: &mut impl FnMut(&[u8])) {
        self.talk.heard = Some(now);
        let held = |slip| self.is_holding_cut() && self.talk.held == Some(slip);
        match message {
            ToBridge::Hello { .. } | ToBridge::Beat => {}
            ToBridge::Ack { slip } => self.ring.acknowledge(slip),
            ToBridge::Print { job, page, rows } => {
                self.take_own_job(job, page, rows);
                self.print_own_job(now, print);
            }
            ToBridge::NoNote { slip } if held(slip) => {
                self.release_cut(Outcome::NoNote, now, print);
            }
            ToBridge::Note { slip, page, rows } if held(slip) => {
                if !self.place.takes_a_note() {
                    return self.release_cut(Outcome::NotHere, now, print);
                }
                self.print_note(page, rows, print);
                self.release_cut(Outcome::Noted, now, print);
            }
            ToBridge::Note { .. } | ToBridge::NoNote { .. } => {} // its cut is long gone
        }
    }

    /// Writes the next frames for the agent into `out`, at least [`WIRE_MAX`] long; returns how
    /// many bytes.
    pub fn poll_link(&mut self, out: &mut [u8], now: Tick) -> usize {
        let mut len = 0;
        while self.talk.open && out.len() - len >= WIRE_MAX {
            let mut message = [0; MESSAGE_MAX];
            let own = self.talk.next(now).and_then(|own| own.encode(&mut message));
            let Some(size) = own.or_else(|| self.ring.next(&mut message)) else { break };
            let Some(framed) = frame::encode(&message[..size], &mut out[len..]) else { break };
            len += framed;
        }
        len
    }

    /// Whether a cut is waiting for the agent.
    pub fn is_holding_cut(&self) -> bool {
        matches!(self.hold.phase(), Phase::Cut { .. })
    }
}
