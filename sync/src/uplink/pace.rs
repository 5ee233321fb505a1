//! Pace: how much to send at once and how long to wait after a failure.
//!
//! # Invariants
//!
//! - A pause is never zero and never longer than [`PAUSE_MS_MAX`], whatever HQ asks for.
//! - The jitter is seeded, so that a test replays it and a thousand shops do not call in step.
//!
//! # Source
//!
//! Decorrelated jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog.
//!
//! Not here: what failed (`uplink`).

use crate::batch;
use core::num::NonZeroU32;

/// The shortest pause after a failure.
pub const PAUSE_MS_MIN: u64 = 1_000;
/// The longest pause, also where HQ's `Retry-After` asks for more.
pub const PAUSE_MS_MAX: u64 = 15 * 60 * 1_000;

/// Batch size and pauses of one till.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_max: usize,
    /// Bytes a second that the line may be used for, on average over a request and its answer.
    cap: Option<NonZeroU32>,
    pause_ms: u64,
    random: u64,
}

impl Pace {
    pub(super) const fn new(seed: u64) -> Self {
        Self { bytes_max: batch::BYTES_MIN, cap: None, pause_ms: PAUSE_MS_MIN, random: seed }
    }

    pub(super) const fn cap(&mut self, bytes_per_s: Option<NonZeroU32>) {
        self.cap = bytes_per_s;
    }

    /// How large the next batch may be: with a cap about a second of the line, so that the others on it
    /// wait no longer.
    pub(super) fn bytes_max(&self) -> usize {
        let second = self.cap.map_or(usize::MAX, |cap| cap.get() as usize);
        self.bytes_max.min(second).max(batch::BYTES_MIN)
    }

    /// How long so many bytes take at least, in milliseconds.
    pub(super) fn takes_ms(&self, bytes: usize) -> u64 {
        self.cap.map_or(0, |cap| (bytes as u64).saturating_mul(1_000) / u64::from(cap.get()))
    }

    /// A batch arrived: twice as much next time.
    pub(super) fn succeeded(&mut self) {
        self.bytes_max = (self.bytes_max * 2).min(batch::BYTES_MAX);
        self.pause_ms = PAUSE_MS_MIN;
    }

    /// No answer: half as much next time. Returns the pause in milliseconds.
    pub(super) fn timed_out(&mut self) -> u64 {
        self.bytes_max = (self.bytes_max / 2).max(batch::BYTES_MIN);
        self.failed()
    }

    /// Any other failure. Returns the pause in milliseconds.
    pub(super) fn failed(&mut self) -> u64 {
        let span = self.pause_ms.saturating_mul(3).saturating_sub(PAUSE_MS_MIN).max(1);
        self.pause_ms = (PAUSE_MS_MIN + self.next_random() % span).min(PAUSE_MS_MAX);
        self.pause_ms
    }

    /// HQ named a pause. At least our own, at most the longest.
    pub(super) fn asked_to_wait(&mut self, seconds: u64) -> u64 {
        let own = self.failed();
        seconds.saturating_mul(1_000).clamp(own, PAUSE_MS_MAX)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): enough for jitter, never for a key.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_double_on_success_and_halve_on_silence_within_bounds() {
        let mut pace = Pace::new(1);
        (0..9).for_each(|_| pace.succeeded());
        assert_eq!(pace.bytes_max(), batch::BYTES_MAX);
        pace.timed_out();
        assert_eq!(pace.bytes_max(), batch::BYTES_MAX / 2);
        (0..9).for_each(|_| _ = pace.timed_out());
        assert_eq!(pace.bytes_max(), batch::BYTES_MIN);
    }

    #[test]
    fn every_pause_is_bounded_and_two_shops_do_not_call_in_step() {
        let (mut one, mut other) = (Pace::new(1), Pace::new(2));
        let pauses: Vec<_> = (0..200).map(|_| (one.failed(), other.failed())).collect();
        assert!(pauses.iter().all(|(a, b)| (PAUSE_MS_MIN..=PAUSE_MS_MAX).contains(a.min(b))));
        assert!(pauses.iter().filter(|(a, b)| a != b).count() > 150);
        assert_eq!(one.asked_to_wait(u64::MAX), PAUSE_MS_MAX);
    }
}
