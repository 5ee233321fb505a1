//! A till's day: sales, and rounds with HQ as the agent makes them.
//!
//! Not here: what the line does (`line`).

use sync::event::Seq;
use sync::uplink::{ANSWER_MS_MAX, Action, Heard, Local, PAUSE_MS_MAX};

use super::{Breach, Message, What, World};
use crate::plan::{DAY, HOUR, MINUTE};
use crate::till::{Till, Trouble};

/// Between two attempts of the bridge to tell a slip.
const TELL_AGAIN: u64 = 30_000;

/// How soon the agent looks again after its own disk failed it.
const LOOK_EVERY: u64 = 20_000;

impl World {
    pub(super) fn print(&mut self, till: usize) -> Result<(), Breach> {
        let chance = &mut self.chance;
        self.tills[till].print(chance);
        self.open_shop(till)?;
        self.close_later(till);
        if self.chance.one_in(6) {
            self.soon(10 * MINUTE, What::Round(till));
        }
        self.tell_slips(till)
    }

    /// The bridge's own timer.
    pub(super) fn told_again(&mut self, till: usize) -> Result<(), Breach> {
        self.tell_slips(till)
    }

    pub(super) fn tell_slips(&mut self, till: usize) -> Result<(), Breach> {
        while !self.tills[till].bridge.waiting.is_empty() && self.tills[till].process.is_some() {
            let now = self.now;
            let taken = self.tills[till].take(now);
            let stopped = self.look_after(till + 1);
            match taken {
                Ok(()) => {
                    let taken = self.tills[till].taken.last();
                    match taken.is_some_and(|(job, ..)| job.slip().is_some()) {
                        true => self.tally.sales += 1,
                        false => self.tally.deeds += 1,
                    }
                    self.say(|| {
                        let (job, _, seq) =
                            &self.tills[till].taken[self.tills[till].taken.len() - 1];
                        format!("till {till} took {} as event {seq}", job.deed)
                    });
                }
                Err(_) if stopped => return Ok(()),
                Err(trouble) => {
                    if !self.is_expected(|what| matches!(what, What::Tell(t) if *t == till)) {
                        self.soon(TELL_AGAIN, What::Tell(till));
                    }
                    return self.till_trouble(till, &trouble);
                }
            }
        }
        Ok(())
    }

    /// The window of the night, an idle hour, or a start.
    pub(super) fn round(&mut self, till: usize) -> Result<(), Breach> {
        if !self.calm && !self.is_expected(|what| matches!(what, What::Round(t) if *t == till)) {
            self.soon(self.plan.rounds, What::Round(till));
        }
        self.open_shop(till)?;
        self.close_later(till);
        if let Some(process) = &mut self.tills[till].process {
            process.uplink.wake();
            return self.poll(till);
        }
        Ok(())
    }

    /// Whether something worked; what went wrong is looked into.
    fn tried<T>(&mut self, till: usize, result: Result<T, Trouble>) -> Result<Option<T>, Breach> {
        if self.look_after(till + 1) {
            return Ok(None);
        }
        match result {
            Ok(value) => Ok(Some(value)),
            Err(trouble) => self.till_trouble(till, &trouble).map(|()| None),
        }
    }

    /// Asks the uplink what to do, and does it, until it waits or is done.
    pub(super) fn poll(&mut self, till: usize) -> Result<(), Breach> {
        loop {
            let local = self.tills[till].local();
            let read = local.is_ok();
            let Some(Some(local)) = self.tried(till, local)? else {
                // The program may be running still: it looks again.
                if !read && self.tills[till].process.is_some() {
                    self.poll_at(till, self.now + LOOK_EVERY);
                }
                return Ok(());
            };
            let own_ms = self.tills[till].own_ms(self.now);
            let Some(process) = &mut self.tills[till].process else { return Ok(()) };
            match process.uplink.poll(own_ms, &local) {
                Action::Idle => return Ok(()),
                Action::Wait { until_ms } => return self.wait(till, own_ms, until_ms),
                Action::Send(request) => {
                    if let Some(last) = last_of(&request.path) {
                        self.tills[till].note_sent(local.epoch, last);
                    }
                    self.send(till, request)?;
                    return self.read_ahead(till, own_ms, &local);
                }
                Action::NeedEvents { after, bytes_max } => {
                    let read =
                        huitou::outbox::read_from(&process.db, local.epoch, after, bytes_max);
                    let Some(kept) = self.tried(till, read.map_err(Trouble::from))? else {
                        self.poll_at(till, self.now + LOOK_EVERY);
                        return Ok(());
                    };
                    if kept.events.is_empty() {
                        let words = "HQ asks for events behind";
                        return Err(Breach(format!("{words} {after}, till {till} has a hole")));
                    }
                    let Some(process) = &mut self.tills[till].process else { return Ok(()) };
                    process.uplink.handle_events(own_ms, local.epoch, kept);
                }
            }
        }
    }

    /// While a batch is under way, the next one is made ready.
    fn read_ahead(&mut self, till: usize, own_ms: u64, local: &Local) -> Result<(), Breach> {
        let Some(process) = &self.tills[till].process else { return Ok(()) };
        let Some((after, bytes_max)) = process.uplink.ahead(local) else { return Ok(()) };
        let read = huitou::outbox::read_from(&process.db, local.epoch, after, bytes_max);
        if let Some(kept) = self.tried(till, read.map_err(Trouble::from))?
            && let Some(process) = &mut self.tills[till].process
        {
            process.uplink.handle_events(own_ms, local.epoch, kept);
        }
        Ok(())
    }

    fn wait(&mut self, till: usize, own_ms: u64, until_ms: u64) -> Result<(), Breach> {
        if until_ms <= own_ms || until_ms - own_ms > PAUSE_MS_MAX.max(ANSWER_MS_MAX) {
            return Err(Breach(format!("till {till} waits from {own_ms} to {until_ms}")));
        }
        self.poll_at(till, self.tills[till].world_ms(until_ms));
        Ok(())
    }

    /// Has the uplink asked at that time, unless it is asked before.
    pub(super) fn poll_at(&mut self, till: usize, at: u64) {
        let Till { poll_at, life, .. } = &mut self.tills[till];
        if poll_at.is_none_or(|planned| at < planned) {
            *poll_at = Some(at);
            let life = *life;
            self.at(at, What::Poll(till, life));
        }
    }

    pub(super) fn polled(&mut self, till: usize, life: u64) -> Result<(), Breach> {
        let now = self.now;
        let Till { poll_at, life: current, .. } = &mut self.tills[till];
        if *current != life || *poll_at != Some(now) {
            return Ok(());
        }
        *poll_at = None;
        self.poll(till)
    }

    /// The shop opens: its box is switched on, if it is not.
    pub(super) fn open_shop(&mut self, till: usize) -> Result<(), Breach> {
        match self.tills[till].closed {
            true => self.start(till + 1),
            false => Ok(()),
        }
    }

    /// In a long story the box is on around its sales and rounds only.
    pub(super) fn close_later(&mut self, till: usize) {
        let planned = self.is_expected(|what| matches!(what, What::Close(t) if *t == till));
        if !self.calm && self.plan.length > DAY && !planned {
            self.soon(HOUR, What::Close(till));
        }
    }

    pub(super) fn close(&mut self, till: usize) -> Result<(), Breach> {
        if !self.calm && !self.tills[till].closed {
            self.say(|| format!("till {till} is switched off"));
            self.tills[till].stop();
            self.tills[till].closed = true;
            self.look_after(till + 1);
        }
        Ok(())
    }

    fn is_awaited(&self, message: &Message) -> bool {
        let till = &self.tills[message.till];
        till.life == message.life && till.flight == Some(message.number)
    }

    /// A connection ended without an answer.
    pub(super) fn failed(&mut self, message: &Message) -> Result<(), Breach> {
        if !self.is_awaited(message) {
            return Ok(());
        }
        let till = message.till;
        let own_ms = self.tills[till].own_ms(self.now);
        self.tills[till].flight = None;
        if let Some(process) = &mut self.tills[till].process {
            process.uplink.handle_failure(own_ms);
        }
        self.must_wait(till)?;
        self.poll(till)
    }

    /// An answer arrives.
    pub(super) fn answered(
        &mut self,
        message: &Message,
        status: u16,
        body: &[u8],
    ) -> Result<(), Breach> {
        if !self.is_awaited(message) {
            return Ok(());
        }
        let till = message.till;
        let own_ms = self.tills[till].own_ms(self.now);
        self.tills[till].flight = None;
        let Some(process) = &mut self.tills[till].process else { return Ok(()) };
        let retry_after_s = (status == 503).then_some(7);
        let heard = process.uplink.handle_response(own_ms, status, retry_after_s, body);
        self.say(|| format!("till {till} hears {}", word(&heard)));
        let stored = match heard {
            Heard::Mark { epoch, mark, same_to } => {
                self.tills[till].acknowledged(epoch, mark, same_to)
            }
            Heard::SetAside { epoch, up_to } => self.tills[till].set_aside(self.now, epoch, up_to),
            Heard::Page(page) => self.tills[till].apply(self.now, &page),
            Heard::Refused(_) | Heard::Failed { .. } => {
                self.must_wait(till)?;
                Ok(())
            }
            _ => Ok(()),
        };
        self.tried(till, stored)?;
        self.poll(till)
    }

    /// Every failure ends in a timer.
    fn must_wait(&mut self, till: usize) -> Result<(), Breach> {
        let Ok(Some(local)) = self.tills[till].local() else { return Ok(()) };
        let own_ms = self.tills[till].own_ms(self.now);
        let Some(process) = &mut self.tills[till].process else { return Ok(()) };
        match process.uplink.poll(own_ms, &local) {
            Action::Wait { .. } => Ok(()),
            other => Err(Breach(format!("after a failure till {till} does not wait: {other:?}"))),
        }
    }
}

/// The last event of an upload, by its path.
fn last_of(path: &str) -> Option<Seq> {
    Some(Seq(path.rsplit_once('-')?.1.parse().ok()?))
}

/// What was heard, without what is in it.
fn word(heard: &Heard) -> String {
    match heard {
        Heard::Mark { mark, .. } => format!("HQ's mark {}", mark.seq),
        Heard::Page(page) => format!("a page of {}", page.entries.len()),
        Heard::SetAside { up_to, .. } => format!("that HQ set aside what was sent up to {up_to}"),
        Heard::Refused(reason) => format!("a refusal: {reason:?}"),
        Heard::Failed { status } => format!("nothing of use, status {status}"),
        _ => "what nobody asked".into(),
    }
}
