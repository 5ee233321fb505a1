//! Waiting with a deadline: a test looks again until it sees what it waits for.
//!
//! Not here: what is looked at.

use std::time::{Duration, Instant};

/// The longest any one thing may take on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits until `look` gives something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "waited {} s for {what}", PATIENCE.as_secs());
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Waits until `look` says so.
pub(crate) fn until_true(what: &str, mut look: impl FnMut() -> bool) {
    until(what, || look().then_some(()));
}
