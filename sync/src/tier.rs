//! Tiers by net spend within a rolling window: one rule, for till and HQ alike.
//!
//! ```text
//!            today - window_days ┐                         ┌ today
//! ───────────────────────────────(═════════════════════════]──▶ days
//!                                 sales add, returns deduct
//! ```
//!
//! # Invariants
//!
//! - The boundary belongs to the tier: 1000.00 spent is 银卡.
//! - A day after `today` counts: a till's clock that is ahead never takes a sale from her.
//!
//! Not here: whose sale it was (`hq::customer`, `customers` in the agent).

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
}

/// One tier and where it begins.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct TierRule {
    /// As the customer reads it on paper.
    #[n(0)]
    pub name: String,
    /// Net spend from which it applies, itself included.
    #[n(1)]
    pub spend_min: Minor,
}

/// What was spent (or, below zero, given back) on one day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct DatedAmount {
    /// Days since 1970-01-01 on the shop's calendar.
    #[n(0)]
    pub day: i32,
    /// Net.
    #[n(1)]
    pub amount: Minor,
}

/// Where a customer stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Her tier.
    pub name: String,
    /// Net spend within the window.
    pub spend: Minor,
    /// The tier above, if there is one.
    pub next: Option<NextTier>,
}

/// The tier above and what is missing to it. On the screen always; on paper only if she agreed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NextTier {
    /// Its name.
    pub name: String,
    /// What is missing, above zero.
    pub gap: Minor,
}

impl Default for TierPolicy {
    /// 银卡 from 1000.00, 金卡 from 5000.00, 钻石卡 from 20000.00, over 365 days.
    fn default() -> Self {
        let rule = |name: &str, units| TierRule { name: name.into(), spend_min: Minor::new(units) };
        let tiers = vec![rule("银卡", 100_000), rule("金卡", 500_000), rule("钻石卡", 2_000_000)];
        Self { tiers, window_days: 365 }
    }
}

/// Her tier on day `today` (days since 1970-01-01), or `None` below the lowest one.
#[must_use]
pub fn tier(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Option<Standing> {
    let spend = net_spend(policy, amounts, today);
    let reached = policy.tiers.iter().filter(|rule| rule.spend_min <= spend);
    let rule = reached.max_by_key(|rule| rule.spend_min)?;
    Some(Standing { name: rule.name.clone(), spend, next: next_tier(policy, spend) })
}

/// Net spend within the window that ends on day `today`.
#[must_use]
pub fn net_spend(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Minor {
    let counts = |dated: &&DatedAmount| in_window(policy, dated.day, today);
    amounts.iter().filter(counts).map(|dated| dated.amount).sum()
}

/// Whether what happened on `day` still counts on `today`.
#[must_use]
pub fn in_window(policy: &TierPolicy, day: i32, today: i32) -> bool {
    i64::from(today) - i64::from(day) < i64::from(policy.window_days)
}

/// The lowest tier above `spend`, or `None` at the top.
#[must_use]
pub fn next_tier(policy: &TierPolicy, spend: Minor) -> Option<NextTier> {
    let above = policy.tiers.iter().filter(|rule| rule.spend_min > spend);
    let rule = above.min_by_key(|rule| rule.spend_min)?;
    let gap = rule.spend_min.checked_sub(spend)?;
    Some(NextTier { name: rule.name.clone(), gap })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const TODAY: i32 = 20_000;

    fn dated(day: i32, units: i64) -> DatedAmount {
        DatedAmount { day, amount: Minor::new(units) }
    }

    fn name_of(amounts: &[DatedAmount]) -> Option<String> {
        tier(&TierPolicy::default(), amounts, TODAY).map(|standing| standing.name)
    }

    #[test]
    fn the_boundary_belongs_to_the_tier() {
        assert_eq!(name_of(&[dated(TODAY, 99_999)]), None);
        assert_eq!(name_of(&[dated(TODAY, 100_000)]).as_deref(), Some("银卡"));
        assert_eq!(name_of(&[dated(TODAY, 500_000)]).as_deref(), Some("金卡"));
        assert_eq!(name_of(&[dated(TODAY, 2_000_000)]).as_deref(), Some("钻石卡"));
    }

    #[test]
    fn a_sale_counts_for_exactly_the_window() {
        assert!(name_of(&[dated(TODAY - 364, 100_000)]).is_some());
        assert!(name_of(&[dated(TODAY - 365, 100_000)]).is_none());
        assert!(name_of(&[dated(TODAY + 4_000, 100_000)]).is_some(), "a clock that is ahead");
    }

    #[test]
    fn the_gap_leads_exactly_to_the_next_tier() {
        let standing = tier(&TierPolicy::default(), &[dated(TODAY, 110_415)], TODAY).unwrap();
        assert_eq!(standing.next, Some(NextTier { name: "金卡".into(), gap: Minor::new(389_585) }));
        assert_eq!(next_tier(&TierPolicy::default(), Minor::new(2_000_000)), None);
    }

    prop_compose! {
        fn some_amount()(day in TODAY - 800..TODAY + 5, units in -3_000_000i64..3_000_000) -> DatedAmount {
            dated(day, units)
        }
    }

    proptest! {
        /// A return of the same day takes exactly its sale back, wherever it stands in the list.
        #[test]
        fn a_full_return_leaves_no_trace(
            amounts in vec(some_amount(), 0..12), sale in some_amount(), at in 0usize..12,
        ) {
            let mut with = amounts.clone();
            with.insert(at.min(amounts.len()), sale);
            with.push(DatedAmount { amount: sale.amount.negated(), ..sale });
            let policy = TierPolicy::default();
            prop_assert_eq!(tier(&policy, &with, TODAY), tier(&policy, &amounts, TODAY));
        }

        /// The tier is the highest one whose minimum the window's sum reaches, by plain counting.
        #[test]
        fn the_tier_agrees_with_plain_counting(amounts in vec(some_amount(), 0..12)) {
            let mut spend = 0;
            for dated in &amounts {
                if dated.day > TODAY - 365 {
                    spend += dated.amount.units();
                }
            }
            let plain = match spend {
                2_000_000.. => Some("钻石卡"),
                500_000.. => Some("金卡"),
                100_000.. => Some("银卡"),
                _ => None,
            };
            let name = name_of(&amounts);
            prop_assert_eq!(name.as_deref(), plain);
        }
    }
}
