//! The round with HQ: sends what waits, brings the care list.
//!
//! ```text
//! start · after the day report · idle · nightly window and morning (each terminal its own minute) · on request
//!        ╰──────────────────────▶ round: uplink says what to send, we send it, the agent stores the answer
//! ```
//!
//! # Invariants
//!
//! - Every way a round can fail ends in another attempt.
//! - What HQ said is on disk before the uplink is asked what comes next.
//!
//! Not here: the messages and the pauses (`sync::uplink`), the outbox.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use chrono::Timelike;
use sync::tls::{Pinned, TlsError};
use sync::uplink::{Action, Heard, Local, Request, Uplink};
use tokio::sync::mpsc;

use crate::agent::{RoadError, Shared, lock};
use crate::config::{SyncConfig, Time};
use crate::enrol;
use crate::outbox::copy::Follower;

/// How often the calendar is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(20);

const MINUTES_DAY: u32 = 24 * 60;
/// So long behind the nightly window every till has come for the day's list.
const MORNING_MINUTES: u32 = 90;

/// How a round ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Round {
    /// Events that HQ acknowledged in it.
    pub sent: u64,
    /// Pages of the care list that were applied.
    pub pages: u32,
}

/// Why a round was given up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoundError {
    /// HQ does not answer.
    #[error("HQ at {url} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// HQ answered with an error.
    #[error("HQ answered with status {0}")]
    Status(u16),
    /// HQ refused for a reason that a person has to settle.
    #[error("HQ refused: {0:?}; ask HQ what to do about this terminal")]
    Refused(sync::message::RefusalReason),
    /// An event is missing in the middle of the outbox: its database was changed by other hands.
    #[error(
        "the event behind {after} is missing in this till's outbox; what follows is kept, ask HQ what to do"
    )]
    Missing {
        /// The last event that HQ has.
        after: u64,
    },
    /// HQ answered, and asks for what we do not have.
    #[error(
        "HQ does not take what is left here, and is asked again later; is it of an older version?"
    )]
    NoProgress,
    /// The answer could not be stored.
    #[error(transparent)]
    Road(#[from] RoadError),
}

/// Talks to HQ for one agent.
pub struct Road {
    agent: Shared,
    uplink: Uplink,
    http: reqwest::Client,
    url: String,
    began: Instant,
}

impl Road {
    /// A road for `agent`.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if our certificate cannot be made.
    pub fn new(agent: &Shared) -> Result<Self, TlsError> {
        let (identity, spread, url, sync) = {
            let agent = lock(agent);
            let sync = agent.config().sync.clone();
            (agent.identity(), agent.spread(), agent.hq_url().to_owned(), sync)
        };
        let http = enrol::client_to(Pinned::Key(identity.hq), Some(&identity.signing), &sync)?;
        let cap = sync.kib_per_second_max;
        let cap = cap.map(|kib| kib.saturating_mul(NonZeroU32::MIN.saturating_add(1_023)));
        let uplink = Uplink::new(identity, spread).capped(cap);
        Ok(Self { agent: agent.clone(), uplink, http, url, began: Instant::now() })
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Makes one round; the first failure ends it.
    ///
    /// # Errors
    ///
    /// [`RoundError`], which says what a person can do.
    pub async fn round(&mut self) -> Result<Round, RoundError> {
        let result = self.attempt().await;
        if let Err(RoundError::Road(error)) = &result {
            // Where the database is what failed it is looked through, and begun anew if it is damaged.
            let healed = lock(&self.agent).heal(error);
            if healed {
                return self.again().await;
            }
        }
        lock(&self.agent).synced(result.is_ok());
        result
    }

    /// Once more, behind a database that was opened anew.
    async fn again(&mut self) -> Result<Round, RoundError> {
        let result = self.attempt().await;
        lock(&self.agent).synced(result.is_ok());
        result
    }

    /// How long the uplink wants to wait after a round that failed.
    fn pause(&mut self) -> Duration {
        let Ok(local) = lock(&self.agent).local() else { return LOOK_EVERY };
        let now_ms = self.now_ms();
        match self.uplink.poll(now_ms, &local) {
            Action::Wait { until_ms } => Duration::from_millis(until_ms.saturating_sub(now_ms)),
            _ => LOOK_EVERY,
        }
    }

    async fn attempt(&mut self) -> Result<Round, RoundError> {
        let mut round = Round::default();
        self.uplink.wake();
        loop {
            let local = lock(&self.agent).local()?;
            match self.uplink.poll(self.now_ms(), &local) {
                Action::Idle => return Ok(round),
                Action::NeedEvents { after, bytes_max } => {
                    let kept = lock(&self.agent).events(local.epoch, after, bytes_max)?;
                    if kept.events.is_empty() {
                        return Err(RoundError::Missing { after: after.0 });
                    }
                    let now_ms = self.now_ms();
                    self.uplink.handle_events(now_ms, local.epoch, kept);
                }
                Action::Wait { until_ms } if self.uplink.is_capped() => {
                    let left_ms = until_ms.saturating_sub(self.now_ms());
                    tokio::time::sleep(Duration::from_millis(left_ms)).await;
                }
                // Waking ended the pause of an earlier round: this one is of an answer that led nowhere.
                Action::Wait { .. } => return Err(RoundError::NoProgress),
                Action::Send(request) => {
                    let heard = self.send(request, &local).await?;
                    self.store(heard, &mut round, local.acknowledged.0)?;
                }
            }
        }
    }

    /// Reads the events that go next and makes them ready, while HQ takes those before them. On another
    /// thread: this one has a request to write.
    async fn read_ahead(&mut self, local: &Local) {
        let Some((after, bytes_max)) = self.uplink.ahead(local) else { return };
        let (agent, epoch) = (self.agent.clone(), local.epoch);
        let read = move || lock(&agent).events(epoch, after, bytes_max);
        // A disk that fails says so when it is asked again.
        if let Ok(Ok(kept)) = tokio::task::spawn_blocking(read).await {
            let now_ms = self.now_ms();
            self.uplink.handle_events(now_ms, epoch, kept);
        }
    }

    async fn send(&mut self, request: Request, local: &Local) -> Result<Heard, RoundError> {
        let url = format!("{}{}", self.url, request.path);
        let method =
            if request.method == "PUT" { reqwest::Method::PUT } else { reqwest::Method::POST };
        let asked = self.http.request(method, url).header("content-type", "application/cose");
        let answer = async {
            let answer = asked.body(request.body).send().await?;
            let status = answer.status().as_u16();
            let retry_after = answer
                .headers()
                .get("retry-after")
                .and_then(|value| value.to_str().ok()?.parse().ok());
            Ok::<_, reqwest::Error>((status, retry_after, answer.bytes().await?))
        };
        let (answer, ()) = tokio::join!(answer, self.read_ahead(local));
        match answer {
            Ok((status, retry_after, body)) => {
                Ok(self.uplink.handle_response(self.now_ms(), status, retry_after, &body))
            }
            Err(error) => {
                self.uplink.handle_failure(self.now_ms());
                let (url, reason) = (self.url.clone(), enrol::without_url(error));
                Err(RoundError::Unreachable { url, reason })
            }
        }
    }

    fn store(&mut self, heard: Heard, round: &mut Round, before: u64) -> Result<(), RoundError> {
        match heard {
            Heard::Mark { epoch, mark, same_to } => {
                lock(&self.agent).acknowledged(epoch, mark, same_to)?;
                round.sent += mark.seq.0.saturating_sub(before);
            }
            Heard::Page(page) => {
                lock(&self.agent).apply(&page)?;
                round.pages += 1;
            }
            Heard::SetAside { epoch, up_to } => lock(&self.agent).set_aside(epoch, up_to)?,
            Heard::Refused(reason) => return Err(RoundError::Refused(reason)),
            Heard::Failed { status } => return Err(RoundError::Status(status)),
            _ => {}
        }
        Ok(())
    }
}

/// Asks for a round and is told how it ended.
pub type Wanted = tokio::sync::oneshot::Sender<Result<Round, String>>;

/// Makes rounds when they are due, until the sender of `wanted` is gone.
pub async fn keep(agent: Shared, mut wanted: mpsc::Receiver<Wanted>) {
    let config = lock(&agent).config().sync.clone();
    let mut road = match Road::new(&agent) {
        Ok(road) => road,
        Err(error) => return eprintln!("huitou: sync: {error}"), // only a broken key file gets here
    };
    let mut calendar = Calendar::default();
    let mut trouble = String::new();
    let mut second = lock(&agent).second_copy();
    loop {
        if calendar.due(&agent, &config) && config.automatic {
            let said = road.round().await.err().map(|error| error.to_string());
            calendar.not_before = said.as_ref().map(|_| Instant::now() + road.pause());
            tell_once(&mut trouble, said.unwrap_or_default());
        }
        lock(&agent).tend_disk();
        second = followed(second).await;
        let _ = lock(&agent).forget_old(); // said at start if the database is broken
        let _ = lock(&agent).audit_days(); // and tried again in a moment
        match tokio::time::timeout(LOOK_EVERY, wanted.recv()).await {
            Ok(Some(reply)) => {
                let result = road.round().await.map_err(|error| error.to_string());
                let _ = reply.send(result); // whoever asked may have gone
            }
            Ok(None) => return,
            Err(_) => {} // nobody asked: look at the calendar again
        }
    }
}

/// Brings the second copy up to date, on a thread that may wait for a slow card.
async fn followed(second: Option<Follower>) -> Option<Follower> {
    let mut second = second?;
    let follow = move || {
        second.follow();
        second
    };
    tokio::task::spawn_blocking(follow).await.ok()
}

/// Says what is wrong when it changes, not at every attempt.
fn tell_once(last: &mut String, now: String) {
    if *last != now && !now.is_empty() {
        eprintln!("huitou: sync: {now}");
    }
    *last = now;
}

/// When a round is due.
#[derive(Debug, Default)]
struct Calendar {
    started: bool,
    /// The last round failed; the next comes then.
    not_before: Option<Instant>,
    last_window_day: Option<i32>,
    last_morning: Option<i32>,
    idle_done: bool,
}

impl Calendar {
    fn due(&mut self, agent: &Shared, config: &SyncConfig) -> bool {
        let mut agent = lock(agent);
        let moment = agent.moment();
        let at_start = !core::mem::replace(&mut self.started, true);
        let again = self.not_before.is_some();
        let report = agent.take_report_printed();
        let idle =
            agent.idle_minutes().is_some_and(|minutes| minutes >= config.idle_minutes.into());
        let was_idle = core::mem::replace(&mut self.idle_done, idle);
        let idle_now = idle && !was_idle;
        let minute = window_minute(config.window_from, config.window_to, agent.spread());
        let in_window = moment.second_of_day() / 60 == minute;
        let window = in_window && self.last_window_day != Some(moment.day());
        if window {
            self.last_window_day = Some(moment.day());
        }
        // HQ plans a day at its midnight: who came in before has yesterday's list until the doors open.
        let minute = morning_minute(config.window_to, agent.spread());
        let is_morning = moment.second_of_day() / 60 == minute;
        let morning = is_morning && self.last_morning != Some(moment.day());
        if morning {
            self.last_morning = Some(moment.day());
        }
        let held_off = self.not_before.is_some_and(|at| Instant::now() < at);
        !held_off && (at_start || again || report || idle_now || window || morning)
    }
}

/// This terminal's own minute in the nightly window, so that a chain does not call at once.
fn window_minute(from: Time, to: Time, spread: u64) -> u32 {
    let (from, to) = (minute_of(from), minute_of(to));
    minute_within(from, (to + MINUTES_DAY - from) % MINUTES_DAY, spread)
}

/// Its own minute right behind the nightly window.
fn morning_minute(to: Time, spread: u64) -> u32 {
    minute_within(minute_of(to), MORNING_MINUTES, spread)
}

fn minute_of(time: Time) -> u32 {
    time.0.hour() * 60 + time.0.minute()
}

fn minute_within(from: u32, length: u32, spread: u64) -> u32 {
    let offset = u32::try_from(spread % u64::from(length.max(1))).unwrap_or_default();
    (from + offset) % MINUTES_DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveTime;

    #[test]
    fn terminals_are_spread_over_the_night_also_across_midnight() {
        let time = |hour| Time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
        let minutes: std::collections::BTreeSet<_> =
            (0..10_000).map(|spread| window_minute(time(22), time(6), spread * 7_919)).collect();
        assert_eq!(minutes.len(), 480, "every minute of eight hours");
        assert!(minutes.iter().all(|&minute| !(6 * 60..22 * 60).contains(&minute)));
        assert_eq!(window_minute(time(22), time(22), 5), 22 * 60);
        let mornings: std::collections::BTreeSet<_> =
            (0..10_000).map(|spread| morning_minute(time(6), spread * 7_919)).collect();
        assert_eq!(mornings, (6 * 60..6 * 60 + 90).collect(), "before the doors open");
    }
}
