//! So often and no oftener.
//!
//! ```
//! use huitou::page::access::rate::Bucket;
//! let mut look_ups = Bucket::new(2, 60_000);
//! assert!(look_ups.take(0).is_ok() && look_ups.take(10_000).is_ok());
//! assert_eq!(look_ups.take(20_000).unwrap_err().seconds, 40);
//! assert!(look_ups.take(60_000).is_ok());
//! ```
//!
//! # Invariants
//!
//! - In no span of the window's length are there more than so many, wherever it begins.
//! - What is refused does not count: waiting as long as was said is enough.
//!
//! Not here: what is counted (`access`).

use std::collections::{BTreeMap, VecDeque};

/// So many keys are counted each by itself; those beyond share one count.
const KEYS_MAX: usize = 256;

/// How long to wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait {
    /// Seconds, rounded up; at least 1.
    pub seconds: u64,
}

/// A limit on how often something is done.
#[derive(Clone, Debug)]
pub struct Bucket {
    limit: usize,
    window_ms: u64,
    /// When it was done, oldest first; those within the window.
    taken_ms: VecDeque<u64>,
}

impl Bucket {
    /// At most `limit` within any `window_ms`.
    #[must_use]
    pub const fn new(limit: u32, window_ms: u64) -> Self {
        Self { limit: limit as usize, window_ms, taken_ms: VecDeque::new() }
    }

    /// Does it once more.
    ///
    /// # Errors
    ///
    /// How long to wait instead.
    pub fn take(&mut self, now_ms: u64) -> Result<(), Wait> {
        match self.wait(now_ms) {
            Some(wait) => Err(wait),
            None => {
                self.taken_ms.push_back(now_ms);
                Ok(())
            }
        }
    }

    /// How long to wait until it may be done, if it may not be done now.
    pub fn wait(&mut self, now_ms: u64) -> Option<Wait> {
        let window_ms = self.window_ms;
        while self.taken_ms.front().is_some_and(|at_ms| now_ms.saturating_sub(*at_ms) >= window_ms)
        {
            self.taken_ms.pop_front();
        }
        if self.taken_ms.len() < self.limit {
            return None;
        }
        let free_ms = self.taken_ms.front().map_or(now_ms, |at_ms| at_ms.saturating_add(window_ms));
        Some(Wait { seconds: free_ms.saturating_sub(now_ms).div_ceil(1_000).max(1) })
    }
}

/// A limit for each of many.
#[derive(Clone, Debug)]
pub struct Buckets<K> {
    limit: u32,
    window_ms: u64,
    of: BTreeMap<K, Bucket>,
    others: Bucket,
}

impl<K: Ord> Buckets<K> {
    /// At most `limit` within any `window_ms`, for each key.
    #[must_use]
    pub const fn new(limit: u32, window_ms: u64) -> Self {
        let others = Bucket::new(limit, window_ms);
        Self { limit, window_ms, of: BTreeMap::new(), others }
    }

    /// Does it once more for `key`.
    ///
    /// # Errors
    ///
    /// How long to wait instead.
    pub fn take(&mut self, key: K, now_ms: u64) -> Result<(), Wait> {
        if !self.of.contains_key(&key) {
            self.forget(now_ms);
        }
        if self.of.len() >= KEYS_MAX && !self.of.contains_key(&key) {
            return self.others.take(now_ms);
        }
        let new = || Bucket::new(self.limit, self.window_ms);
        self.of.entry(key).or_insert_with(new).take(now_ms)
    }

    /// How long `key` is to wait, if it is to.
    pub fn wait(&mut self, key: &K, now_ms: u64) -> Option<Wait> {
        let crowded = self.of.len() >= KEYS_MAX;
        match self.of.get_mut(key) {
            Some(bucket) => bucket.wait(now_ms),
            None if crowded => self.others.wait(now_ms),
            None => None,
        }
    }

    /// Drops those of whom nothing is counted any more.
    fn forget(&mut self, now_ms: u64) {
        self.of.retain(|_, bucket| bucket.wait(now_ms).is_some() || !bucket.taken_ms.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No span of a second holds more than three, and who waits as long as is said gets in.
        #[test]
        fn no_span_holds_more(pauses in vec(0u64..700, 1..60)) {
            let (mut bucket, mut now, mut taken) = (Bucket::new(3, 1_000), 0, Vec::new());
            for pause in pauses {
                now += pause;
                if let Err(wait) = bucket.take(now) {
                    now += wait.seconds * 1_000;
                    prop_assert!(bucket.take(now).is_ok(), "said to wait too little");
                }
                taken.push(now);
            }
            for (index, from) in taken.iter().enumerate() {
                let within = taken[index..].iter().filter(|at| **at - from < 1_000).count();
                prop_assert!(within <= 3);
            }
        }
    }

    #[test]
    fn what_is_refused_does_not_count() {
        let mut bucket = Bucket::new(1, 1_000);
        assert_eq!(bucket.take(0), Ok(()));
        for now in 1..999 {
            assert_eq!(bucket.take(now), Err(Wait { seconds: 1 }));
        }
        assert_eq!(bucket.take(1_000), Ok(()));
    }

    #[test]
    fn each_has_a_count_of_his_own_and_a_crowd_shares_one() {
        let mut buckets = Buckets::new(1, 1_000);
        for key in 0..KEYS_MAX {
            assert_eq!(buckets.take(key, 0), Ok(()));
            assert!(buckets.wait(&key, 0).is_some());
        }
        assert_eq!(buckets.wait(&9_998, 0), None);
        assert_eq!(buckets.take(9_998, 0), Ok(()));
        assert!(buckets.take(9_999, 0).is_err() && buckets.wait(&9_999, 0).is_some());
        assert_eq!(buckets.of.len(), KEYS_MAX);
        assert_eq!(buckets.take(9_999, 1_000), Ok(()));
        assert_eq!(buckets.of.len(), 1, "who is quiet is forgotten");
    }
}
