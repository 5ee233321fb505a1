//! The manager's PIN: Argon2id of it in a file, and a lock that grows with wrong tries.
//!
//! ```text
//! try ─▶ locked? ─▶ counted as wrong, on disk ─▶ Argon2id ─▶ right: the count is dropped
//! ```
//!
//! # Invariants
//!
//! - A try is counted before it is checked: who pulls the plug meanwhile has used one up.
//! - One try at a time: Argon2's 12 MiB are there once.
//! - A clock that was set back cannot lock for longer than the lock that was earned.
//!
//! Not here: the hash (`slow_hash`), what the PIN opens (`manager`), typing a new one (`command`).

use std::path::{Path, PathBuf};
use std::sync::{Mutex, TryLockError};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::secret::{self, SecretError};
use super::slow_hash::{hashed, is_right};

/// What the PIN's hash is kept in.
const PIN_FILE: &str = "manager-pin.toml";
/// What wrong tries are counted in.
const TRIES_FILE: &str = "manager-tries.toml";

/// So many wrong tries are free.
const FREE: u32 = 5;
const LOCK_MS: i64 = 30_000;
const LOCK_MS_MAX: i64 = 15 * 60_000;

/// Why a PIN is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPin {
    /// Its length, or something that is no digit.
    #[error("a PIN has 6 to 12 digits")]
    Length,
    /// Everybody's first guess.
    #[error("this PIN is among the first that everybody tries: no rows, repetitions or dates")]
    Trivial,
}

/// Wrong tries so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tries {
    wrong: u32,
    /// Until when it is locked, in ms since 1970.
    until_ms: i64,
}

impl Tries {
    /// Seconds until the next try.
    #[must_use]
    pub fn wait_s(&self, now_ms: i64) -> Option<u64> {
        let left_ms = self.until_ms.saturating_sub(now_ms).min(self.lock_ms());
        u64::try_from(left_ms).ok().filter(|left_ms| *left_ms > 0).map(|ms| ms.div_ceil(1_000))
    }

    /// Counts a wrong one.
    #[must_use]
    pub fn and_one(self, now_ms: i64) -> Self {
        let counted = Self { wrong: self.wrong.saturating_add(1), until_ms: 0 };
        let until_ms = match counted.lock_ms() {
            0 => 0,
            lock_ms => now_ms.saturating_add(lock_ms),
        };
        Self { until_ms, ..counted }
    }

    /// Tries that are left before the next lock.
    #[must_use]
    pub const fn left(&self) -> u32 {
        FREE.saturating_sub(self.wrong)
    }

    /// 30 s after the fifth wrong try, doubled with each one after it.
    fn lock_ms(&self) -> i64 {
        match self.wrong.checked_sub(FREE) {
            None => 0,
            Some(more) => (LOCK_MS << more.min(10)).min(LOCK_MS_MAX),
        }
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// In PHC form; empty if there is none.
    #[serde(default)]
    hash: String,
}

/// The PIN of a state directory.
pub struct Pin {
    dir: PathBuf,
    trying: Mutex<()>,
}

impl Pin {
    /// The one in `state_dir`, if it was set.
    #[must_use]
    pub fn new(state_dir: &Path) -> Self {
        Self { dir: state_dir.into(), trying: Mutex::default() }
    }

    /// Whether one was set. One that cannot be read is one.
    #[must_use]
    pub fn is_set(&self) -> bool {
        secret::read::<Kept>(&self.dir.join(PIN_FILE)).map_or(true, |kept| !kept.hash.is_empty())
    }

    /// Seconds for which it is locked.
    #[must_use]
    pub fn locked_s(&self, now_ms: i64) -> Option<u64> {
        self.tries().ok()?.wait_s(now_ms)
    }

    /// Tries a PIN. Takes a good part of a second and 12 MiB: not for the thread that serves.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with.
    pub fn attempt(&self, pin: &str, now_ms: i64) -> Result<(), Refusal> {
        let _one_at_a_time = match self.trying.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Refusal::PinBusy),
            Err(TryLockError::Poisoned(lock)) => lock.into_inner(),
            Ok(lock) => lock,
        };
        let kept: Kept = secret::read(&self.dir.join(PIN_FILE)).map_err(told)?;
        if kept.hash.is_empty() {
            return Err(Refusal::PinUnset);
        }
        let tries = self.tries().map_err(told)?;
        if let Some(wait_s) = tries.wait_s(now_ms) {
            return Err(Refusal::PinLocked { wait_s });
        }
        let counted = tries.and_one(now_ms);
        self.count(&counted).map_err(told)?;
        if !is_right(&kept.hash, pin) {
            let wait_s = counted.wait_s(now_ms);
            let wrong = Refusal::PinWrong { left: counted.left() };
            return Err(wait_s.map_or(wrong, |wait_s| Refusal::PinLocked { wait_s }));
        }
        self.count(&Tries::default()).map_err(told)
    }

    /// Sets the PIN and forgets wrong tries.
    ///
    /// # Errors
    ///
    /// [`SecretError`] if it cannot be written.
    pub fn set(&self, pin: &NewPin) -> Result<(), SecretError> {
        let kept = Kept { hash: hashed(&pin.0) };
        secret::write(&self.dir.join(PIN_FILE), &kept)?;
        self.count(&Tries::default())
    }

    fn tries(&self) -> Result<Tries, SecretError> {
        secret::read(&self.dir.join(TRIES_FILE))
    }

    fn count(&self, tries: &Tries) -> Result<(), SecretError> {
        secret::write(&self.dir.join(TRIES_FILE), tries)
    }
}

fn told(error: SecretError) -> Refusal {
    eprintln!("huitou: the manager's PIN: {error}");
    Refusal::Storage
}

/// A PIN that may be set.
pub struct NewPin(zeroize::Zeroizing<String>);

impl NewPin {
    /// Takes 6 to 12 digits that are not everybody's first guess.
    ///
    /// # Errors
    ///
    /// [`WeakPin`] if they are.
    pub fn parse(text: &str) -> Result<Self, WeakPin> {
        let digits = text.as_bytes();
        if !(6..=12).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(WeakPin::Length);
        }
        if is_row(digits) || is_repetition(digits) || is_date(text) {
            return Err(WeakPin::Trivial);
        }
        Ok(Self(zeroize::Zeroizing::new(text.to_owned())))
    }
}

/// `123456`, `987654`, `890123`, and with each digit doubled: `112233`.
fn is_row(digits: &[u8]) -> bool {
    let mut once = digits.to_vec();
    once.dedup();
    let by = |step: u8| once.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    by(1) || by(9)
}

/// `000000`, `121212`, `123123`, or two different digits in all.
fn is_repetition(digits: &[u8]) -> bool {
    let repeats = |period: usize| digits.iter().skip(period).eq(&digits[..digits.len() - period]);
    let mut different = digits.to_vec();
    different.sort_unstable();
    different.dedup();
    different.len() <= 2 || (1..=digits.len() / 2).any(repeats)
}

/// A day as people write their birthdays: `19880615`, `880615`, `150688`, `061588`, `15061988`,
/// `198806`.
fn is_date(text: &str) -> bool {
    let forms = match text.len() {
        6 => ["%y%m%d", "%d%m%y", "%m%d%y"],
        8 => ["%Y%m%d", "%d%m%Y", "%m%d%Y"],
        _ => return false,
    };
    let usual = |date: NaiveDate| {
        let year: i32 = date.format("%Y").to_string().parse().unwrap_or_default();
        (1900..2100).contains(&year)
    };
    let month = || NaiveDate::parse_from_str(&format!("{text}01"), "%Y%m%d").is_ok_and(usual);
    forms.iter().any(|form| NaiveDate::parse_from_str(text, form).is_ok_and(usual))
        || text.len() == 6 && month()
}

#[cfg(test)]
#[path = "pin_tests.rs"]
mod tests;
