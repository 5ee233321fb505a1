//! A limit on failures per minute.
//!
//! Not here: what counts as a failure (`tills`).

/// The window over which failures are counted.
const WINDOW_MS: i64 = 60_000;

/// Counts failures in windows of one minute.
#[derive(Debug)]
pub(super) struct Rate {
    limit: u32,
    window_start_ms: i64,
    failures: u32,
}

impl Rate {
    pub(super) const fn new(limit: u32) -> Self {
        Self { limit, window_start_ms: 0, failures: 0 }
    }

    /// Seconds to wait before the next try, or `None` if it may go ahead.
    pub(super) fn wait_s(&mut self, now_ms: i64) -> Option<i64> {
        let since_ms = now_ms.saturating_sub(self.window_start_ms);
        // A clock that was set back starts a new window, too: it must not lock enrolment for years.
        if !(0..WINDOW_MS).contains(&since_ms) {
            (self.window_start_ms, self.failures) = (now_ms, 0);
        }
        let left_ms = self.window_start_ms.saturating_add(WINDOW_MS).saturating_sub(now_ms);
        (self.failures >= self.limit).then_some(left_ms / 1_000 + 1)
    }

    pub(super) const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_for_the_rest_of_the_minute_and_no_longer() {
        let mut rate = Rate::new(2);
        for _ in 0..2 {
            assert_eq!(rate.wait_s(1_000_000), None);
            rate.failed();
        }
        assert_eq!(rate.wait_s(1_030_000), Some(31));
        assert_eq!(rate.wait_s(1_060_000), None);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_enrolment() {
        let mut rate = Rate::new(1);
        assert_eq!(rate.wait_s(1_000_000), None);
        rate.failed();
        assert_eq!(rate.wait_s(500), None);
    }
}
