//! The ways out by HTTP: what is asked, and what an answer means. No socket but in `http`.
//!
//! ```text
//! outgoing ─▶ webhook | sms ─▶ request ─▶ http ─▶ heard ─▶ verdict: sent, again later, failed, unknown
//! ```
//!
//! # Invariants
//!
//! - `Debug` of what goes out shows neither number nor text.
//! - Where sending twice is possible, doubt is `unknown`, not `again`.
//!
//! Not here: marking and settling (`send`), the store's list (`tasks`).

pub mod http;
pub mod sms;
pub mod webhook;

use crate::phone::Phone;
use core::fmt;

/// A message as it leaves.
pub struct Outgoing {
    /// Our own number of it, the same at every try: 32 hex digits.
    pub key: String,
    /// What for.
    pub kind: &'static str,
    /// Her number.
    pub phone: Phone,
    /// The text, filled.
    pub text: String,
    /// Which store writes.
    pub store: String,
    /// Who writes.
    pub associate: String,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} {})", self.kind, self.key)
    }
}

/// An HTTP request.
#[derive(Clone)]
pub struct Request {
    /// `POST`, or `GET` without a body.
    pub body: Option<Vec<u8>>,
    /// Where.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// How long an answer is waited for.
    pub timeout_ms: u64,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(**)")
    }
}

/// What was heard of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Heard {
    /// An answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// `Retry-After` in seconds, if it said so.
        retry_after_s: Option<u64>,
        /// The body, at most 64 KiB.
        body: Vec<u8>,
    },
    /// Nobody was there: nothing was taken.
    Unreached,
    /// Silence after it was sent: it may have been taken.
    Silence,
}

/// What became of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It was taken; the gateway's own number of it.
    Sent(Option<String>),
    /// Not yet: again after so many milliseconds.
    Again(i64),
    /// It was refused.
    Failed(String),
    /// Nobody can say.
    Unknown(&'static str),
}

/// The first pause; each further one is twice as long.
const PAUSE_MS: i64 = 60_000;
const PAUSE_MS_MAX: i64 = 6 * 3_600_000;
/// Whoever asks for a longer pause waits for the next day, which is too late.
const RETRY_AFTER_S_MAX: u64 = 24 * 3_600;

/// The pause after try number `tries` (from 1), spread by the message's own key so that not all come
/// back at once; never shorter than the other side asked for.
#[must_use]
pub fn pause_ms(tries: u16, key: &str, retry_after_s: Option<u64>) -> i64 {
    let doubled = PAUSE_MS.saturating_mul(1 << tries.saturating_sub(1).min(12));
    let spread = key.bytes().fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 30_000);
    let asked_s = retry_after_s.unwrap_or(0).min(RETRY_AFTER_S_MAX);
    let asked_ms = i64::try_from(asked_s).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000);
    doubled.min(PAUSE_MS_MAX).saturating_add(spread).max(asked_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_is_spread_and_never_shorter_than_asked() {
        let pause = |tries, asked| pause_ms(tries, "00ff", asked);
        let spread = pause(1, None) - 60_000;
        assert!((0..30_000).contains(&spread));
        assert_eq!(pause(2, None) - spread, 120_000);
        assert_eq!(pause(40, None) - spread, PAUSE_MS_MAX, "it ends somewhere");
        assert_eq!(pause(1, Some(600)), 600_000);
        assert_eq!(pause(1, Some(u64::MAX)), 24 * 3_600_000);
        assert_ne!(pause_ms(1, "aa", None), pause_ms(1, "bb", None));
    }

    #[test]
    fn nothing_that_leaves_shows_its_number_or_text() {
        let out = Outgoing {
            key: "k".into(),
            kind: "birthday",
            phone: Phone::parse("13800006721").unwrap(),
            text: "生日快乐".into(),
            store: "湖滨店".into(),
            associate: "小陈".into(),
        };
        let shown = format!("{out:?}");
        assert!(!shown.contains("6721") && !shown.contains("快乐"), "{shown}");
    }
}
