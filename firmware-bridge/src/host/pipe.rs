//! The loop that joins POS, printer and agent to the core.
//!
//! One thread and one `poll`, so that a byte crosses without a hand-over. Each round: what the
//! printer says goes back first, then the POS is read if there is room and nothing is held, then
//! the agent, then deadlines.
//!
//! # Invariants
//!
//! - One connection of a POS is one connection to a network printer, opened and closed with it.
//! - Bytes that were read from the POS are written to the printer before its connection is closed,
//!   however long that takes.
//!
//! Not here: what the bytes are (`bridge`), opening ports (`stream`).

mod agent;
mod outgoing;
mod ready;

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Instant;

use outgoing::Outgoing;

use super::boot_id;
use super::link_socket::{LinkAddress, LinkSocket, LinkSocketError};
use super::port::PortSpec;
use super::remembered;
use super::stream::{self, OpenError, Stream};
use crate::bridge::{Bridge, Settings};
use crate::time::{Millis, Tick};

/// Bytes read at once, and bytes that may wait for a slow printer or behind a held cut.
const ROOM: usize = 64 * 1024;

/// What the kernel may have taken for the printer without having delivered it.
const UNDELIVERED_MAX: usize = 256 * 1024;

/// Slips that wait for the agent.
const RING_BYTES: usize = 8 * 1024 * 1024;

/// Pause before a port that was lost is opened again.
const REOPEN_AFTER: Millis = Millis(500);

/// A printer that took nothing for so long, with bytes waiting, is said not to answer.
const STALL: Millis = Millis(3_000);

/// A printer's last words may come after the POS has finished.
const LINGER: Millis = Millis(300);

/// What joins what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the POS prints to.
    pub pos: PortSpec,
    /// The printer.
    pub printer: PortSpec,
    /// Where the agent finds us; without it this is a plain pipe.
    pub link: Option<LinkAddress>,
    /// How the core behaves.
    pub settings: Settings,
    /// Where the ports are written down once they were opened, for [`last_good`](super::last_good).
    pub remember: Option<PathBuf>,
    /// Where a plain pipe that stands in a failed bridge's place says so.
    pub mark: Option<PathBuf>,
}

/// Why the bridge ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The POS's port cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The link cannot be opened.
    #[error(transparent)]
    Link(#[from] LinkSocketError),
    /// The system's `poll` failed.
    #[error("poll failed: {0}")]
    Poll(#[from] io::Error),
}

/// Carries bytes until the process is ended.
///
/// # Errors
///
/// [`RunError`] if a port on our side cannot be opened. A printer that is off is no error: we wait
/// for it.
pub fn run(options: &Options) -> Result<(), RunError> {
    let mut pipe = Pipe::open(options)?;
    loop {
        pipe.round()?;
    }
}

/// The POS's side.
#[derive(Debug)]
struct Pos {
    listener: Option<TcpListener>,
    stream: Option<Stream>,
    /// The POS said that no more comes, at this time.
    finished: Option<Tick>,
    /// When a device that went away is opened again.
    reopen_at: Tick,
}

struct Pipe<'a> {
    options: &'a Options,
    began: Instant,
    bridge: Bridge<Box<[u8]>>,
    pos: Pos,
    printer: Option<Stream>,
    printer_writable: bool,
    reopen_at: Tick,
    /// Since when bytes have waited and none was taken.
    stalled_since: Option<Tick>,
    link_socket: Option<LinkSocket>,
    agent: Option<Stream>,
    /// Read from the POS and not yet taken by the core.
    waiting: Vec<u8>,
    to_printer: Outgoing,
    to_pos: Outgoing,
    to_agent: Outgoing,
    buffer: Vec<u8>,
}

impl<'a> Pipe<'a> {
    fn open(options: &'a Options) -> Result<Self, RunError> {
        // First of all: a second bridge must not touch the ports of the one that runs.
        let link_socket = options.link.as_ref().map(LinkSocket::listen).transpose()?;
        let listener = match &options.pos {
            PortSpec::TcpListen(address) => Some(stream::listen(address)?),
            _ => None,
        };
        let stream = match listener {
            Some(_) => None,
            // A gadget whose till is not up yet, a line that is not plugged in: we wait for it.
            None if options.pos.is_plugged_in() => Stream::open(&options.pos).ok(),
            None => Some(Stream::open(&options.pos)?),
        };
        if let Some(file) = &options.remember {
            // It is for the day when all else fails; today all is well without it.
            let _ = remembered::write(file, options);
        }
        if let Some(mark) = &options.mark {
            let _ = remembered::write_mark(mark); // it only tells the page
        }
        let ring_bytes = if link_socket.is_some() { RING_BYTES } else { 0 };
        let ring = vec![0; ring_bytes].into_boxed_slice();
        Ok(Self {
            options,
            began: Instant::now(),
            bridge: Bridge::new(options.settings, boot_id::draw(), std::process::id(), ring),
            pos: Pos { listener, stream, finished: None, reopen_at: Tick(0) },
            printer: None,
            printer_writable: false,
            reopen_at: Tick(0),
            stalled_since: None,
            link_socket,
            agent: None,
            waiting: Vec::new(),
            to_printer: Outgoing::keeping(UNDELIVERED_MAX),
            to_pos: Outgoing::default(),
            to_agent: Outgoing::default(),
            buffer: vec![0; ROOM],
        })
    }

    fn now(&self) -> Tick {
        Tick(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Waits for something to happen and deals with it.
    fn round(&mut self) -> Result<(), RunError> {
        self.keep_printer();
        self.keep_pos();
        let ready = self.wait()?;
        if ready.printer {
            self.read_printer(ready.printer_hung_up);
        }
        if ready.printer_out {
            self.printer_writable = true;
        }
        if ready.pos_listener {
            self.accept_pos();
        }
        if ready.pos_out {
            self.write_pos();
        }
        if ready.pos {
            self.read_pos(ready.pos_hung_up);
        }
        if ready.link_socket {
            self.accept_agent();
        }
        if ready.agent {
            self.read_agent();
        }
        self.drive();
        self.close_finished_pos();
        Ok(())
    }

    /// Whether a network printer is wanted now, or any other printer at all.
    fn wants_printer(&self) -> bool {
        !matches!(self.options.printer, PortSpec::Tcp(_))
            || self.pos.stream.is_some()
            || !self.to_printer.is_empty()
    }

    fn keep_printer(&mut self) {
        let now = self.now();
        if self.printer.is_some() || !self.wants_printer() || now < self.reopen_at {
            return;
        }
        match Stream::open(&self.options.printer) {
            Ok(printer) => {
                self.printer = Some(printer);
                self.printer_writable = false;
                self.to_printer.opened();
            }
            Err(_) => self.reopen_at = now + REOPEN_AFTER,
        }
    }

    /// Opens the POS's device again after it went away: a USB gadget re-plugged, a line reset.
    fn keep_pos(&mut self) {
        let now = self.now();
        let away = self.pos.listener.is_none() && self.pos.stream.is_none();
        if away && now >= self.pos.reopen_at {
            self.pos.stream = Stream::open(&self.options.pos).ok();
            self.pos.reopen_at = now + REOPEN_AFTER;
        }
    }

    fn lose_printer(&mut self) {
        let finished = self.pos.finished.is_some() && self.is_drained();
        let undelivered = self.printer.as_ref().map_or(0, Stream::undelivered);
        // The end that we announced counts as one.
        self.to_printer.lost(undelivered.saturating_sub(usize::from(finished)));
        if finished && self.is_drained() {
            return self.close_pos(); // the printer hung up because we did
        }
        self.printer = None;
        self.printer_writable = false;
        self.reopen_at = self.now() + REOPEN_AFTER;
    }

    fn may_read_pos(&self) -> bool {
        self.pos.finished.is_none() && self.waiting.len() < ROOM && self.to_printer.len() < ROOM
    }

    /// The next till may come once the last one is done with: a printer takes one at a time.
    fn may_accept(&self) -> bool {
        self.pos.stream.is_none() && self.pos.finished.is_none()
    }

    fn is_drained(&self) -> bool {
        self.waiting.is_empty() && self.to_printer.is_empty() && self.bridge.wants_pos()
    }

    fn accept_pos(&mut self) {
        let accepted = self.pos.listener.as_ref().and_then(|listener| listener.accept().ok());
        let Some((stream, _)) = accepted else { return };
        self.pos.stream = Some(stream.into());
    }

    /// What the printer says goes to the POS before anything else is done with it.
    fn read_printer(&mut self, hung_up: bool) {
        let Some(printer) = &self.printer else { return };
        match printer.read(&mut self.buffer, hung_up) {
            Ok(Some(0)) | Err(_) => self.lose_printer(),
            Ok(Some(len)) => {
                if let Some(pos) = &self.pos.stream {
                    self.to_pos.push(&self.buffer[..len]);
                    let _ = self.to_pos.write_to(pos); // a POS that went away is found by its read
                }
                self.bridge.handle_printer(&self.buffer[..len]);
            }
            Ok(None) => {}
        }
    }

    /// Gives the POS what it did not take at once of the printer's words.
    fn write_pos(&mut self) {
        if let Some(pos) = &self.pos.stream
            && self.to_pos.write_to(pos).is_err()
        {
            self.to_pos.clear(); // a POS that went away is found by its read
        }
    }

    fn read_pos(&mut self, hung_up: bool) {
        let Some(pos) = &self.pos.stream else { return };
        if !self.may_read_pos() {
            return;
        }
        match pos.read(&mut self.buffer, hung_up) {
            Ok(Some(0)) | Err(_) => self.pos.finished = Some(self.now()),
            Ok(Some(len)) => self.waiting.extend_from_slice(&self.buffer[..len]),
            Ok(None) => {}
        }
    }

    /// Runs the core on what has come and writes what it gives.
    fn drive(&mut self) {
        let now = self.now();
        if !self.to_printer.is_empty() {
            self.bridge.handle_busy(now);
        }
        let out = &mut self.to_printer;
        let mut print = |bytes: &[u8]| out.push(bytes);
        self.bridge.handle_timeout(now, &mut print);
        let taken = self.bridge.handle_pos(&self.waiting, now, &mut print);
        self.waiting.drain(..taken);
        if self.waiting.len() >= ROOM {
            self.bridge.handle_queue_full(now, &mut print);
        }
        let finished = self.pos.finished.is_some() && self.waiting.is_empty();
        if finished {
            self.bridge.handle_pos_closed(now, &mut print);
        }
        // A job of our own opened the printer; it is closed as after a POS's.
        let own = self.pos.stream.is_none() && self.pos.listener.is_some();
        if own && self.printer.is_some() && self.pos.finished.is_none() {
            self.pos.finished = Some(now);
        }
        self.write_printer(now);
        if let Some(pos) = &self.pos.stream {
            pos.say_ready(self.may_read_pos());
        }
        self.write_agent(now);
    }

    fn write_printer(&mut self, now: Tick) {
        let waited = self.to_printer.len();
        if let Some(printer) = self.printer.as_ref().filter(|_| self.printer_writable)
            && self.to_printer.write_to(printer).is_err()
        {
            self.lose_printer();
        }
        self.watch_printer(waited, now);
    }

    /// Follows whether the printer takes what it is given. A network printer is only spoken to
    /// while there is something for it: no connection says nothing.
    fn watch_printer(&mut self, waited: usize, now: Tick) {
        let network = matches!(self.options.printer, PortSpec::Tcp(_));
        if self.to_printer.is_empty() || self.to_printer.len() < waited {
            self.stalled_since = None;
        } else {
            self.stalled_since.get_or_insert(now);
        }
        let stalled = self.stalled_since.is_some_and(|since| since + STALL <= now);
        let there = network || self.printer.is_some();
        self.bridge.handle_printer_connected(there && !stalled);
    }

    /// Ends a POS's connection, and the printer's with it, once everything is on the paper.
    fn close_finished_pos(&mut self) {
        let Some(finished) = self.pos.finished else { return };
        if !self.is_drained() {
            self.pos.finished = Some(self.now());
            return;
        }
        if self.pos.listener.is_none() {
            self.pos.reopen_at = self.now() + REOPEN_AFTER;
            return self.close_pos();
        }
        let network = matches!(self.options.printer, PortSpec::Tcp(_));
        let Some(printer) = self.printer.as_ref().filter(|_| network) else {
            return self.close_pos();
        };
        printer.finish();
        // Most printers hang up now, which ends it. One that does not has still to be given what
        // the kernel holds: closing a socket that is spoken to throws that away.
        if printer.undelivered() > 0 {
            self.pos.finished = Some(self.now());
        } else if finished + LINGER <= self.now() {
            self.close_pos();
        }
    }

    fn close_pos(&mut self) {
        self.pos.stream = None;
        self.pos.finished = None;
        self.to_pos.clear();
        if matches!(self.options.printer, PortSpec::Tcp(_)) {
            self.printer = None;
            self.printer_writable = false;
        }
    }
}
