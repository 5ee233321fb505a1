//! The phones that are paired: a hash of each one's secret, and until when.
//!
//! Not here: the file (`second_screen`), which takes it as it is.

use serde::{Deserialize, Serialize};

use crate::page::access::secret::{self, Token};

/// So many phones at once.
pub const SCREENS_MAX: usize = 16;

const HOUR_MS: i64 = 3_600_000;

/// A clock may be corrected by so much without unpairing a phone.
const CORRECTED_MS: i64 = 10 * 60_000;

/// A paired phone.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// What it is revoked by; no secret.
    pub id: String,
    /// What kind of phone it is.
    pub name: String,
    /// When it was paired, in ms since 1970.
    pub since_ms: i64,
    /// When it was last here.
    pub used_ms: i64,
    /// When it has to be paired anew.
    pub until_ms: i64,
    hash: String,
}

impl Screen {
    /// A box that wakes up with a wrong clock must not take a phone for paired that is to come.
    const fn is_good(&self, now_ms: i64) -> bool {
        self.since_ms.saturating_sub(CORRECTED_MS) <= now_ms && now_ms < self.until_ms
    }
}

/// All of them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    #[serde(default, rename = "screen")]
    screens: Vec<Screen>,
}

impl Paired {
    /// Pairs one more for `hours` and gives its secret, if there is room.
    pub fn add(&mut self, name: String, hours: u32, now_ms: i64) -> Option<Token> {
        if self.is_full(now_ms) {
            return None;
        }
        let secret = Token::random::<32>();
        self.screens.push(Screen {
            id: Token::random::<4>().clear().to_owned(),
            name,
            since_ms: now_ms,
            used_ms: now_ms,
            until_ms: now_ms.saturating_add(i64::from(hours) * HOUR_MS),
            hash: secret.hash(),
        });
        Some(secret)
    }

    /// Whether there is no room for one more.
    pub fn is_full(&mut self, now_ms: i64) -> bool {
        self.screens.retain(|screen| now_ms < screen.until_ms);
        self.screens.len() >= SCREENS_MAX
    }

    /// Whether this is the secret of one of them; it was here then.
    pub fn visit(&mut self, secret: &str, now_ms: i64) -> bool {
        let hash = secret::hash(secret);
        let mut screens = self.screens.iter_mut();
        let found = screens.find(|screen| screen.hash == hash && screen.is_good(now_ms));
        found.map(|screen| screen.used_ms = now_ms).is_some()
    }

    /// Ends one of them.
    pub fn revoke(&mut self, id: &str) -> bool {
        let before = self.screens.len();
        self.screens.retain(|screen| screen.id != id);
        self.screens.len() < before
    }

    /// Those that are paired now.
    #[must_use]
    pub fn listed(&self, now_ms: i64) -> Vec<Screen> {
        self.screens.iter().filter(|screen| screen.is_good(now_ms)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_269_900_000;

    fn one() -> (Paired, Token) {
        let mut paired = Paired::default();
        let secret = paired.add("iPhone".into(), 12, NOW).unwrap();
        (paired, secret)
    }

    #[test]
    fn a_phone_is_paired_for_its_hours_and_no_longer() {
        let (mut paired, secret) = one();
        assert!(paired.visit(secret.clear(), NOW + 12 * HOUR_MS - 1));
        assert_eq!(paired.listed(NOW)[0].used_ms, NOW + 12 * HOUR_MS - 1);
        assert!(!paired.visit(secret.clear(), NOW + 12 * HOUR_MS));
        assert_eq!(paired.listed(NOW + 12 * HOUR_MS), []);
    }

    #[test]
    fn only_its_own_secret_is_taken_and_until_it_is_revoked() {
        let (mut paired, secret) = one();
        let screen = paired.listed(NOW)[0].clone();
        for other in ["", "0", &secret.hash(), &screen.id] {
            assert!(!paired.visit(other, NOW), "{other}");
        }
        assert!(!paired.revoke("ffff") && paired.revoke(&screen.id));
        assert!(!paired.visit(secret.clear(), NOW));
    }

    #[test]
    fn a_clock_that_was_set_far_back_unpairs_nobody_for_good() {
        let (mut paired, secret) = one();
        assert!(!paired.visit(secret.clear(), 0), "1970");
        assert!(!paired.is_full(0));
        assert!(paired.visit(secret.clear(), NOW - CORRECTED_MS));
    }

    #[test]
    fn there_is_room_for_so_many_and_who_is_over_makes_room() {
        let mut paired = Paired::default();
        for _ in 0..SCREENS_MAX {
            assert!(paired.add("Android".into(), 1, NOW).is_some());
        }
        assert!(paired.add("Android".into(), 1, NOW).is_none());
        assert!(paired.add("Android".into(), 1, NOW + HOUR_MS).is_some());
    }

    #[test]
    fn the_file_holds_no_secret() {
        let (paired, secret) = one();
        let text = toml::to_string(&paired).unwrap();
        assert!(!text.contains(secret.clear()) && text.contains(&secret.hash()));
        assert_eq!(toml::from_str::<Paired>(&text).unwrap(), paired);
    }
}
