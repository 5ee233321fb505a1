//! Who may ask for what: look-ups in moderation, tills by token, a manager by PIN.
//!
//! ```text
//! cashier's page ─ loopback ─────────────▶ routes    look-ups are counted (rate)
//!                            manager's PIN ─▶ a few of them (pin, manager)
//! a till that can call out ─ bearer token ─▶ /api/v1 (tokens, calls)
//! ```
//!
//! # Invariants
//!
//! - No secret is kept: of tokens and the PIN there is a hash in a file that only its owner reads.
//! - No answer, error or log line holds a secret, or says how nearly one was guessed.
//! - What cannot be read or written refuses: a lost count of wrong tries must not open a lock.
//!
//! Not here: whose phone it is (`second_screen`), what the routes do (`api`).

pub mod calls;
pub mod certificate;
pub mod command;
pub mod lan;
pub mod manager;
pub mod pin;
pub mod port;
pub mod rate;
mod refusal;
pub mod secret;
mod slow_hash;
pub mod tokens;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use serde::Deserialize;

use crate::clock::{Clock, Moment};
use crate::config::{Config, Language};
use manager::Sessions;
use pin::Pin;
use rate::{Bucket, Buckets};
pub use refusal::Refusal;

/// So many customers are looked up in a minute: a cashier types fewer, a script that walks all
/// numbers wants more.
const LOOK_UPS: u32 = 120;
const MINUTE_MS: u64 = 60_000;

/// So many times a minute somebody is looked for by the digits typed so far: one of eight keys of a
/// number. Who would walk all last digits at that pace needs the night, and is seen doing it.
const DIGITS: u32 = 960;

/// So often a till with a token may call in a second.
const CALLS: u32 = 10;
const SECOND_MS: u64 = 1_000;

/// So many wrong tokens, or pairing links, come from one address in a minute.
const WRONG: u32 = 10;

/// The API for tills that can call out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Another address beside the page's, for tills that are not this box.
    pub listen: Option<SocketAddr>,
    /// Whether that address speaks TLS.
    pub tls: bool,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self { listen: None, tls: true }
    }
}

/// From which listener a request came; without it from this box.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The page on this box.
    Desk,
    /// A phone, over TLS.
    Screen,
}

/// Whose connection a request came over.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// A connection of this box.
    pub const OWN: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));
}

/// Everything that says who may do what.
pub struct Access {
    state_dir: PathBuf,
    language: Language,
    clock: Clock,
    /// The manager's PIN.
    pub pin: Pin,
    sessions: Mutex<Sessions>,
    look_ups: Mutex<Bucket>,
    digits: Mutex<Bucket>,
    calls: Mutex<Buckets<String>>,
    called_look_ups: Mutex<Buckets<String>>,
    wrong: Mutex<Buckets<IpAddr>>,
}

impl Access {
    /// For the state directory and language of `config`.
    #[must_use]
    pub fn new(config: &Config, clock: Clock) -> Self {
        Self {
            state_dir: config.state_dir.clone(),
            language: config.language,
            clock,
            pin: Pin::new(&config.state_dir),
            sessions: Mutex::default(),
            look_ups: Mutex::new(Bucket::new(LOOK_UPS, MINUTE_MS)),
            digits: Mutex::new(Bucket::new(DIGITS, MINUTE_MS)),
            calls: Mutex::new(Buckets::new(CALLS, SECOND_MS)),
            called_look_ups: Mutex::new(Buckets::new(LOOK_UPS, MINUTE_MS)),
            wrong: Mutex::new(Buckets::new(WRONG, MINUTE_MS)),
        }
    }

    /// What people read.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Where secrets' hashes lie.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Counts one look-up of a customer on the page; the answer to give when there were too many.
    ///
    /// # Errors
    ///
    /// 429, with words and `Retry-After`.
    #[allow(clippy::result_large_err)] // it is the answer itself
    pub fn look_up(&self) -> Result<(), Response> {
        let now_ms = self.now().mono_ms;
        let taken = locked(&self.look_ups).take(now_ms);
        taken.map_err(|wait| self.refuse(Refusal::TooManyLookUps { wait_s: wait.seconds }))
    }

    /// Counts one look at whom a few digits can mean.
    ///
    /// # Errors
    ///
    /// As [`look_up`](Self::look_up).
    #[allow(clippy::result_large_err)] // it is the answer itself
    pub fn digits(&self) -> Result<(), Response> {
        let now_ms = self.now().mono_ms;
        let taken = locked(&self.digits).take(now_ms);
        taken.map_err(|wait| self.refuse(Refusal::TooManyLookUps { wait_s: wait.seconds }))
    }

    /// A refusal in words.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal) -> Response {
        refusal.response(self.language)
    }

    /// Whether an address has been wrong too often to be listened to.
    pub(crate) fn may_try(&self, peer: Peer) -> Result<(), Refusal> {
        let wait = locked(&self.wrong).wait(&peer.0, self.now().mono_ms);
        wait.map_or(Ok(()), |wait| Err(Refusal::TooFast { wait_s: wait.seconds }))
    }

    /// Counts a wrong secret.
    pub(crate) fn was_wrong(&self, peer: Peer) {
        let _ = locked(&self.wrong).take(peer.0, self.now().mono_ms); // the next try is what waits
    }
}

/// Locks what a panic cannot leave half done: counters and lists.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
