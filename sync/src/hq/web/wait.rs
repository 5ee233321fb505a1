//! How long somebody waits who was wrong, per name and per address: longer each time.
//!
//! # Invariants
//!
//! - The table has a last row: who tries from everywhere fills no memory.
//! - A clock that was set back locks nobody for longer than the wait that was earned.
//!
//! Not here: what is wrong (`door`).

use std::collections::HashMap;

const ROWS_MAX: usize = 10_000;
const FIRST_MS: i64 = 2_000;
const LONGEST_MS: i64 = 15 * 60_000;
/// What was wrong so long ago is forgotten: a day.
const FORGET_MS: i64 = 24 * 60 * 60_000;

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    at_ms: i64,
}

/// Wrong tries under a name, or from an address.
#[derive(Debug)]
pub(super) struct Wait {
    free: u32,
    wrong: HashMap<String, Wrong>,
}

impl Wait {
    /// So many wrong tries are free.
    pub(super) fn new(free: u32) -> Self {
        Self { free, wrong: HashMap::new() }
    }

    /// Seconds to wait before the next try, if any.
    pub(super) fn left_s(&self, key: &str, now_ms: i64) -> Option<i64> {
        let wrong = self.wrong.get(key)?;
        let wait_ms = self.wait_ms(wrong.count);
        let left_ms = wrong.at_ms.saturating_add(wait_ms).saturating_sub(now_ms).min(wait_ms);
        (left_ms > 0).then(|| (left_ms + 999) / 1_000)
    }

    /// 2 s after the first that is not free, doubled with each one after it, 15 min at most.
    fn wait_ms(&self, count: u32) -> i64 {
        match count.checked_sub(self.free) {
            None | Some(0) => 0,
            Some(more) => (FIRST_MS << (more - 1).min(20)).min(LONGEST_MS),
        }
    }

    /// Counts a try before it is checked: who tries a hundred at once has used up a hundred.
    pub(super) fn count(&mut self, key: &str, now_ms: i64) {
        if self.wrong.len() >= ROWS_MAX && !self.wrong.contains_key(key) {
            self.sweep(now_ms);
        }
        let wrong = self.wrong.entry(key.to_owned()).or_insert(Wrong { count: 0, at_ms: now_ms });
        let count = if now_ms - wrong.at_ms > FORGET_MS { 0 } else { wrong.count };
        *wrong = Wrong { count: count.saturating_add(1), at_ms: now_ms };
    }

    /// It was right: nothing is held against her.
    pub(super) fn clear(&mut self, key: &str) {
        self.wrong.remove(key);
    }

    /// Makes room: first what is long ago, and if that is nothing, the half with the fewest tries.
    fn sweep(&mut self, now_ms: i64) {
        self.wrong.retain(|_, wrong| now_ms - wrong.at_ms <= FORGET_MS);
        if self.wrong.len() < ROWS_MAX {
            return;
        }
        let mut counts: Vec<u32> = self.wrong.values().map(|wrong| wrong.count).collect();
        counts.sort_unstable();
        let middle = counts[counts.len() / 2];
        self.wrong.retain(|_, wrong| wrong.count > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_each_wrong_try_and_ends() {
        let mut wait = Wait::new(3);
        let mut waits = Vec::new();
        for _ in 0..16 {
            wait.count("li", 1_000);
            waits.push(wait.left_s("li", 1_000).unwrap_or(0));
        }
        assert_eq!(waits[..6], [0, 0, 0, 2, 4, 8]);
        assert_eq!(waits[15], 900);
        assert_eq!(wait.left_s("li", 1_000 + LONGEST_MS), None);
        assert_eq!(wait.left_s("wang", 1_000), None, "nobody else waits");
        wait.clear("li");
        assert_eq!(wait.left_s("li", 1_000), None);
    }

    #[test]
    fn neither_time_nor_room_is_without_end() {
        let mut wait = Wait::new(0);
        wait.count("li", 1_000_000);
        assert_eq!(wait.left_s("li", 0), Some(2), "a clock that was set back");
        for n in 0..2 * ROWS_MAX {
            wait.count(&n.to_string(), 1_000_000);
            wait.count("li", 1_000_000);
        }
        assert!(wait.wrong.len() <= ROWS_MAX + 1, "{}", wait.wrong.len());
        assert_eq!(wait.left_s("li", 1_000_000), Some(900), "who tried most is kept");
    }
}
