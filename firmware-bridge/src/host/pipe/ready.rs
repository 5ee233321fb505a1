//! Waits for the ports and for the next deadline: the one place that calls `poll`.
//!
//! Not here: what is done about it (the parent module).

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{LINGER, Pipe, ROOM, RunError};
use crate::host::stream::Stream;
use crate::time::Millis;

/// How often a printer on a DTR/DSR line is asked whether it is ready: ten bytes at 19200 baud.
const ASK_READY: Millis = Millis(5);

/// What a round of `poll` found ready.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready {
    pub(super) pos: bool,
    pub(super) pos_hung_up: bool,
    pub(super) pos_out: bool,
    pub(super) pos_listener: bool,
    pub(super) printer: bool,
    pub(super) printer_hung_up: bool,
    pub(super) printer_out: bool,
    pub(super) link_socket: bool,
    pub(super) agent: bool,
}

impl Pipe<'_> {
    /// Deadline of the next round.
    fn timeout(&self) -> Option<Timespec> {
        let reopen = (self.printer.is_none() && self.wants_printer()).then_some(self.reopen_at);
        let linger = self.pos.finished.map(|at| at + LINGER);
        let away = self.pos.listener.is_none() && self.pos.stream.is_none();
        let pos = away.then_some(self.pos.reopen_at);
        let now = self.now();
        let asks = self.printer_is_paced() && !self.to_printer.is_empty()
            || self.pos_is_paced() && !self.to_pos.is_empty();
        let ask = asks.then(|| now + ASK_READY);
        let core = self.bridge.poll_timeout();
        let due = [core, reopen, linger, pos, ask].into_iter().flatten().min()?;
        let wait = due - now;
        Timespec::try_from(Duration::from_millis(wait.0)).ok()
    }

    fn printer_is_paced(&self) -> bool {
        self.printer.as_ref().is_some_and(Stream::is_paced_by_hand) && self.printer_writable
    }

    fn pos_is_paced(&self) -> bool {
        self.pos.stream.as_ref().is_some_and(Stream::is_paced_by_hand)
    }

    /// Waits until a port is ready or a deadline has come.
    pub(super) fn wait(&self) -> Result<Ready, RunError> {
        let mut fds = Vec::with_capacity(5);
        let mut places = [None; 5];
        let mut add = |place: usize, fd, flags: PollFlags| {
            places[place] = Some(fds.len());
            fds.push(PollFd::from_borrowed_fd(fd, flags));
        };
        if let Some(stream) =
            self.pos.stream.as_ref().filter(|_| self.pos_flags() != PollFlags::empty())
        {
            add(0, stream.as_fd(), self.pos_flags());
        }
        if let Some(listener) = self.pos.listener.as_ref().filter(|_| self.may_accept()) {
            add(1, listener.as_fd(), PollFlags::IN);
        }
        if let Some(printer) = &self.printer {
            let connecting = !self.printer_writable;
            let out = connecting || !(self.to_printer.is_empty() || self.printer_is_paced());
            let mut flags = PollFlags::empty();
            // A printer that says more than the POS reads waits, as it would without us.
            flags.set(PollFlags::IN, self.to_pos.len() < ROOM);
            flags.set(PollFlags::OUT, out);
            add(2, printer.as_fd(), flags);
        }
        if let Some(socket) = &self.link_socket {
            add(3, socket.as_fd(), PollFlags::IN);
        }
        if let Some(agent) = &self.agent {
            let out = if self.to_agent.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            add(4, agent.as_fd(), PollFlags::IN | out);
        }
        match poll(&mut fds, self.timeout().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(RunError::Poll(error.into())),
        }
        let got =
            |place: usize| places[place].map_or(PollFlags::empty(), |at: usize| fds[at].revents());
        let gone = PollFlags::HUP | PollFlags::ERR;
        let readable = PollFlags::IN | gone;
        Ok(Ready {
            pos: got(0).intersects(readable),
            pos_hung_up: got(0).intersects(gone),
            pos_out: got(0).contains(PollFlags::OUT) || self.pos_is_paced(),
            pos_listener: got(1).intersects(readable),
            printer: got(2).intersects(readable),
            printer_hung_up: got(2).intersects(gone),
            printer_out: got(2).contains(PollFlags::OUT),
            link_socket: got(3).intersects(readable),
            agent: got(4).intersects(readable),
        })
    }

    fn pos_flags(&self) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, self.may_read_pos());
        flags.set(PollFlags::OUT, !self.to_pos.is_empty() && !self.pos_is_paced());
        flags
    }
}
