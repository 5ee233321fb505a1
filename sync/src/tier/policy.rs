//! The chain's tiers, and what keeps one.
//!
//! # Invariants
//!
//! - An older program reads a newer policy: fields are appended, and left out where they say what was
//!   always so.
//!
//! Not here: what follows for a customer (`ladder`), wording (`words`).

use crate::language::Language;
use crate::money::Minor;
use minicbor::{Decode, Encode};

/// The chain's tiers and the window over which spending counts.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct TierPolicy {
    /// In any order.
    #[n(0)]
    pub tiers: Vec<TierRule>,
    /// A sale counts on its own day and the `window_days - 1` days after it.
    #[n(1)]
    pub window_days: u32,
    /// How long a tier is kept.
    #[cbor(n(2), skip_if = "is_default")]
    pub keep: Keep,
    /// What the birthday's discount does to the usual one.
    #[cbor(n(3), skip_if = "is_default")]
    pub birthday: Stacking,
}

/// One tier and where it begins.
#[derive(Clone, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct TierRule {
    /// As the customer reads it on paper.
    #[n(0)]
    pub name: String,
    /// Net spend from which it applies, itself included.
    #[n(1)]
    pub spend_min: Minor,
    /// Discount in percent for what she buys on her birthday, 1 to 99.
    #[n(2)]
    pub birthday_percent: Option<u8>,
    /// What the tier brings, in the chain's own words, for the screen.
    #[n(3)]
    pub benefits: Option<String>,
}

/// How long a tier is kept. Another kind comes as another field of the policy: an older program could
/// not read it here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum Keep {
    /// The tier is what the window says, each day anew.
    #[n(0)]
    #[default]
    Rolling,
    /// A tier once reached is held for a term.
    ///
    /// Reaching a higher one begins a new term. When a term has ended, the window's spend of that day
    /// decides: if it reaches the tier, another term begins, else `then`.
    ///
    /// What was returned was never bought: a return takes away the latest purchases within a window
    /// before it, and with them whatever was reached by them alone, term or not.
    #[n(1)]
    Term {
        /// How long: the day it is reached and the `days - 1` days after it; 0 reads as 1.
        #[n(0)]
        days: u32,
        /// What follows.
        #[n(1)]
        then: Then,
    },
}

/// What follows a term whose tier the window no longer reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum Then {
    /// The tier below for a term of its own; none below the lowest.
    #[n(0)]
    OneDown,
    /// The tier that the window's spend says, for a term of its own.
    #[n(1)]
    Balance,
}

/// How the birthday's discount and the usual one go together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum Stacking {
    /// It comes on top of the usual one.
    #[n(0)]
    #[default]
    Adds,
    /// It takes the place of the usual one.
    #[n(1)]
    Replaces,
}

impl Default for TierPolicy {
    /// As [`TierPolicy::in_language`] in Chinese.
    fn default() -> Self {
        Self::in_language(Language::Zh)
    }
}

impl TierPolicy {
    /// What a chain begins with: 银卡 (Silver) from 1000.00, 金卡 (Gold) from 5000.00, 钻石卡 (Diamond)
    /// from 20000.00, over 365 days, named in the language that it was founded in.
    #[must_use]
    pub fn in_language(language: Language) -> Self {
        let rule = |zh: &str, en: &str, units| TierRule {
            name: language.of(zh, en).into(),
            spend_min: Minor::new(units),
            ..TierRule::default()
        };
        let tiers = vec![
            rule("银卡", "Silver", 100_000),
            rule("金卡", "Gold", 500_000),
            rule("钻石卡", "Diamond", 2_000_000),
        ];
        Self { tiers, window_days: 365, keep: Keep::default(), birthday: Stacking::default() }
    }

    /// The rule of a tier by its name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&TierRule> {
        self.tiers.iter().find(|rule| rule.name == name)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::to_cbor;

    /// Do not change this test: tills in the field read these bytes.
    #[test]
    fn what_a_chain_begins_with_is_named_in_its_language_and_stored_as_before() {
        let stored = to_cbor(&TierPolicy::default());
        let hex: String = stored.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "82838266e993b6e58da11a000186a08266e98791e58da11a0007a1208269e992bbe79fb3e58da11a001e848019016d"
        );
        let names = |language| {
            let tiers = TierPolicy::in_language(language).tiers.into_iter();
            tiers.map(|tier| tier.name).collect::<Vec<_>>()
        };
        assert_eq!(names(Language::Zh), ["银卡", "金卡", "钻石卡"]);
        assert_eq!(names(Language::En), ["Silver", "Gold", "Diamond"]);
    }
}
