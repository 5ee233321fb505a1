//! A till's side of the road: what to send next, when, and what an answer means.
//!
//! The driver owns clock, outbox and HTTP client and loops:
//!
//! ```text
//! wake(now)                                  a round begins: window, day report, idle, start
//! loop  poll(now, &local) → Send(request)    send it; then handle_response or handle_failure
//!                         → NeedEvents{..}   read them from the outbox; then handle_events
//!                         → Wait{until_ms}   sleep until then
//!                         → Idle             the round is done: all sent, care list up to date
//! ```
//!
//! Whatever [`Uplink::handle_response`] heard must be stored (mark, or page and cursor in one
//! transaction) before the next `poll`, because `poll` learns from [`Local`] where the till stands.
//!
//! # Invariants
//!
//! - Every failure path ends in a timer: after any failure `poll` says `Wait`, then sends again.
//! - A request without an answer is given up after [`ANSWER_MS_MAX`], also if the driver forgets it.
//! - With a cap the line is used for no more than that, on average over a request and its answer.
//! - Only HQ's signed word moves a mark, up or down; a page is handed out only once it is verified.
//!
//! Not here: the window of the night (`nightly`, in the agent), the outbox itself.

mod heard;
mod pace;

pub use heard::Heard;
pub use pace::{PAUSE_MS_MAX, PAUSE_MS_MIN};

use crate::batch::{Builder, Kept};
use crate::care_list::{CareRequest, Held, Version};
use crate::event::{Epoch, Seq, TerminalId};
use crate::random::random;
use crate::seal::SealingSecret;
use crate::sign::{SigningKey, VerifyingKey};
use core::num::NonZeroU32;
use pace::Pace;

/// How long to wait for an answer before the request counts as lost.
pub const ANSWER_MS_MAX: u64 = 60_000;

/// What a till says that it runs: program and till are of one version.
const SOFTWARE: &str = concat!("huitou ", env!("CARGO_PKG_VERSION"));

/// Who the till is and whom it believes.
#[derive(Debug)]
pub struct Identity {
    /// Who we are.
    pub terminal: TerminalId,
    /// What we sign with.
    pub signing: SigningKey,
    /// What opens HQ's pages.
    pub sealing: SealingSecret,
    /// HQ's signing key, pinned at enrolment.
    pub hq: VerifyingKey,
}

/// Where the till stands, read from its database before each `poll`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Local {
    /// The life of the outbox that is being sent; an older one with unsent events goes first.
    pub epoch: Epoch,
    /// The last event written in it.
    pub last: Seq,
    /// HQ's last word for it, as [`Heard::Mark`] told.
    pub acknowledged: Seq,
    /// The version of the care list that is applied.
    pub cursor: Version,
    /// Every epoch of which HQ has acknowledged events that are still here: what a restored HQ can be
    /// given again.
    pub held: Vec<Held>,
}

/// What the driver is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Send this, then call `handle_response` or `handle_failure`.
    Send(Request),
    /// Read sealed events behind `after` up to about `bytes_max`, then call `handle_events`.
    NeedEvents {
        /// The last event HQ has.
        after: Seq,
        /// Sum of the sealed events' bytes.
        bytes_max: usize,
    },
    /// Nothing to do before then (milliseconds, the caller's clock).
    Wait {
        /// When to poll again.
        until_ms: u64,
    },
    /// The round is done; `wake` begins another.
    Idle,
}

/// An HTTP request, without host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// `PUT` or `POST`.
    pub method: &'static str,
    /// Path below HQ's address.
    pub path: String,
    /// The body, `application/cose`.
    pub body: Vec<u8>,
}

/// The state of one till's road to HQ.
#[derive(Debug)]
pub struct Uplink {
    identity: Identity,
    pace: Pace,
    care_due: bool,
    /// HQ lacks what it had: sent in this round, though the list is there.
    refill: bool,
    wait_until_ms: Option<u64>,
    /// The wait is for the line's sake, nothing failed.
    is_capped: bool,
    ready: Option<(Asked, Request)>,
    in_flight: Option<InFlight>,
}

#[derive(Debug)]
struct InFlight {
    asked: Asked,
    began_ms: u64,
    bytes: usize,
    give_up_ms: u64,
}

/// What the request under way, or the one that is ready, is about.
#[derive(Clone, Debug)]
enum Asked {
    Upload { epoch: Epoch, after: Seq, last: Seq, is_oldest: bool },
    CareList(CareRequest),
}

impl Uplink {
    /// Nothing is sent before [`wake`](Self::wake). `seed` makes the jitter: random, but for tests.
    #[must_use]
    pub const fn new(identity: Identity, seed: u64) -> Self {
        Self {
            identity,
            pace: Pace::new(seed),
            care_due: false,
            refill: false,
            wait_until_ms: None,
            is_capped: false,
            ready: None,
            in_flight: None,
        }
    }

    /// Uses no more of the line than so many bytes a second, bodies counted, both ways.
    #[must_use]
    pub const fn capped(mut self, bytes_per_s: Option<NonZeroU32>) -> Self {
        self.pace.cap(bytes_per_s);
        self
    }

    /// Whether what [`Action::Wait`] waits for is the cap: the round goes on then, nothing failed.
    #[must_use]
    pub const fn is_capped(&self) -> bool {
        self.is_capped
    }

    /// Begins a round: send all that is unsent, then fetch the care list. A person who asks for it
    /// does not wait for a pause to end.
    pub fn wake(&mut self) {
        self.care_due = true;
        self.wait_until_ms = self.wait_until_ms.filter(|_| self.is_capped);
    }

    /// Says what to do at `now_ms`, given where the till stands.
    pub fn poll(&mut self, now_ms: u64, local: &Local) -> Action {
        if let Some(flight) = &self.in_flight {
            if now_ms < flight.give_up_ms {
                return Action::Wait { until_ms: flight.give_up_ms };
            }
            self.handle_failure(now_ms);
        }
        match self.wait_until_ms {
            Some(until_ms) if now_ms < until_ms => Action::Wait { until_ms },
            _ => self.next(now_ms, local),
        }
    }

    fn next(&mut self, now_ms: u64, local: &Local) -> Action {
        (self.wait_until_ms, self.is_capped) = (None, false);
        // What was made ready ahead of HQ's answer goes only where the answer left us there.
        let ready = self.ready.take().filter(|(asked, _)| match asked {
            Asked::Upload { epoch, after, .. } => {
                *epoch == local.epoch && *after == local.acknowledged
            }
            Asked::CareList(_) => true,
        });
        if let Some((asked, request)) = ready {
            self.begin(now_ms, asked, request.body.len());
            return Action::Send(request);
        }
        if !self.care_due && !self.refill {
            return Action::Idle;
        }
        if local.acknowledged < local.last {
            return Action::NeedEvents {
                after: local.acknowledged,
                bytes_max: self.pace.bytes_max(),
            };
        }
        self.refill = false;
        if !self.care_due {
            return Action::Idle;
        }
        let request = CareRequest {
            cursor: local.cursor,
            nonce: random(),
            software: Some(SOFTWARE.into()),
            packed: Some(true),
            held: Some(local.held.clone()),
        };
        let body = request.sign(&self.identity.signing);
        self.begin(now_ms, Asked::CareList(request), body.len());
        Action::Send(Request {
            method: "POST",
            path: format!("/v1/t/{}/care-list", self.identity.terminal),
            body,
        })
    }

    fn begin(&mut self, now_ms: u64, asked: Asked, bytes: usize) {
        let give_up_ms = now_ms.saturating_add(ANSWER_MS_MAX);
        self.in_flight = Some(InFlight { asked, began_ms: now_ms, bytes, give_up_ms });
    }

    /// What to read while a batch is under way, after which event and about how many bytes, so that the
    /// next one is ready when HQ answers; none where nothing is left, or it is ready. A driver that
    /// never asks loses nothing but time.
    #[must_use]
    pub fn ahead(&self, local: &Local) -> Option<(Seq, usize)> {
        match (&self.in_flight, &self.ready) {
            (Some(InFlight { asked: Asked::Upload { epoch, last, .. }, .. }), None)
                if *epoch == local.epoch && *last < local.last =>
            {
                Some((*last, self.pace.bytes_max()))
            }
            _ => None,
        }
    }

    /// Takes what the outbox holds. What does not fit one batch is asked for again. Called for
    /// [`Action::NeedEvents`], and for what [`Self::ahead`] names while a batch is under way.
    pub fn handle_events(&mut self, now_ms: u64, epoch: Epoch, kept: Kept) {
        let Kept { after, prev, is_oldest, events } = kept;
        let terminal = self.identity.terminal;
        let builder = Builder::new(terminal, epoch, after, prev, self.pace.bytes_max());
        let mut builder = builder.oldest(is_oldest);
        let _all_fit = events.into_iter().try_for_each(|sealed| builder.push(sealed));
        let Some(batch) = builder.finish() else {
            // The outbox could not give what it said it has: ask again, but not in a tight loop.
            if self.in_flight.is_none() {
                self.pause(now_ms, None);
            }
            return;
        };
        let request = Request {
            method: "PUT",
            path: format!("/v1/t/{terminal}/{epoch}/{}-{}", batch.first, batch.last()),
            body: batch.sign(&self.identity.signing),
        };
        let asked = Asked::Upload { epoch, after, last: batch.last(), is_oldest };
        self.ready = Some((asked, request));
    }

    /// Takes HQ's answer; `retry_after_s` is its `Retry-After` in seconds, if it sent one. Returns
    /// what is to be stored or shown.
    pub fn handle_response(
        &mut self,
        now_ms: u64,
        status: u16,
        retry_after_s: Option<u64>,
        body: &[u8],
    ) -> Heard {
        let Some(flight) = self.in_flight.take() else {
            return Heard::Nothing;
        };
        let heard = match &flight.asked {
            Asked::Upload { epoch, last, .. } => {
                heard::upload(&self.identity, *epoch, *last, status, body)
            }
            Asked::CareList(request) => heard::page(&self.identity, request, status, body),
        };
        self.settle(now_ms, &flight.asked, &heard, retry_after_s);
        let takes_ms = self.pace.takes_ms(flight.bytes + body.len());
        let free_ms = flight.began_ms.saturating_add(takes_ms);
        if self.wait_until_ms.is_none() && now_ms < free_ms {
            (self.wait_until_ms, self.is_capped) = (Some(free_ms), true);
        }
        heard
    }

    fn settle(&mut self, now_ms: u64, asked: &Asked, heard: &Heard, retry_after_s: Option<u64>) {
        match (asked, heard) {
            // A mark that moved in either direction changes what comes next; one that did not is no
            // progress, and asking again at once would be a loop. So is one behind all that we have.
            (Asked::Upload { after, is_oldest, .. }, Heard::Mark { mark, .. })
                if mark.seq > *after || mark.seq < *after && !is_oldest =>
            {
                self.pace.succeeded();
            }
            (Asked::Upload { after, .. }, Heard::SetAside { up_to, .. }) if up_to > after => {
                self.pace.succeeded();
            }
            (Asked::CareList(request), Heard::Page(page))
                if page.to != request.cursor || !page.more =>
            {
                self.pace.succeeded();
                self.care_due = page.more;
                self.refill = page.lacks.as_ref().is_some_and(|lacks| !lacks.is_empty());
            }
            _ => self.pause(now_ms, retry_after_s),
        }
    }

    /// No answer came: connection refused, reset, or timed out.
    pub fn handle_failure(&mut self, now_ms: u64) {
        (self.in_flight, self.ready) = (None, None);
        self.wait_until_ms = Some(now_ms.saturating_add(self.pace.timed_out()));
        self.is_capped = false;
    }

    fn pause(&mut self, now_ms: u64, retry_after_s: Option<u64>) {
        self.ready = None; // smaller batches from now on
        let pause_ms = match retry_after_s {
            Some(seconds) => self.pace.asked_to_wait(seconds),
            None => self.pace.failed(),
        };
        self.wait_until_ms = Some(now_ms.saturating_add(pause_ms));
        self.is_capped = false;
    }
}

#[cfg(test)]
mod tests;
