//! Bytes from the system's randomness, the one thing this crate takes from its surroundings.
//!
//! Not here: jitter (`uplink`), which is seeded so that a test can replay it.

use ring::rand::{SecureRandom as _, SystemRandom};

/// `N` bytes nobody can foresee.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system has randomness; without it no key may be made");
    bytes
}
