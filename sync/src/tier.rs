//! Tiers by net spend within a rolling window: one rule, for till and HQ alike.
//!
//! ```text
//!            today - window_days ┐                         ┌ today
//! ───────────────────────────────(═════════════════════════]──▶ days
//!                                 sales add, returns deduct
//!
//! Keep::Rolling   the tier is what the window says today
//! Keep::Term      reached ─── held for a term ───▶ evaluated ─┬─ the window reaches it: another term
//!                                                             └─ else one down, or the window's tier
//! ```
//!
//! # Invariants
//!
//! - The boundary belongs to the tier: 1000.00 spent is 银卡.
//! - A day after `today` counts: a till's clock that is ahead never takes a sale from her.
//! - The order of the amounts does not matter, nor whether those of one day come as one.
//! - A term never gives less than the rolling window would.
//!
//! Not here: whose sale it was (`hq::customer`, `customers` in the agent).

mod history;
mod hold_out;
mod ladder;
mod policy;
mod words;

pub use hold_out::{HeldOut, held_out};
pub use policy::{Keep, Stacking, Then, TierPolicy, TierRule};

use crate::money::Minor;
use ladder::Ladder;
use minicbor::{Decode, Encode};

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
    /// Where it begins.
    pub spend_min: Minor,
    /// Net spend within the window.
    pub spend: Minor,
    /// How long spending counts.
    pub window_days: u32,
    /// The tier above, if there is one.
    pub next: Option<NextTier>,
    /// The day on which the running term began; `None` without terms.
    pub since: Option<i32>,
    /// The last day on which she has at least this tier if she buys nothing more; `None` if that
    /// never ends it.
    pub until: Option<i32>,
    /// What keeps it beyond `until`.
    pub keep: Option<ToKeep>,
}

/// The tier above and what is missing to it. On the screen always; on paper only if she agreed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NextTier {
    /// Its name.
    pub name: String,
    /// What is missing, above zero.
    pub gap: Minor,
}

/// What keeps a tier. On the screen always; on paper only if she agreed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ToKeep {
    /// What is missing, above zero; bought on a day without returns, for a day's purchases and returns
    /// are one amount.
    pub gap: Minor,
    /// The first day on which buying helps, if that is still to come: a term longer than the window.
    pub from: Option<i32>,
    /// The last day on which buying helps.
    pub by: i32,
}

/// Her tier on day `today` (days since 1970-01-01), or `None` below the lowest one.
#[must_use]
pub fn tier(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Option<Standing> {
    let ladder = Ladder::new(policy, amounts);
    let day = i64::from(today);
    let place = ladder.place(day);
    let rule = ladder.rule(place.level?);
    let spend = ladder.spend(day);
    let until = ladder.until(day, place);
    Some(Standing {
        name: rule.name.clone(),
        spend_min: rule.spend_min,
        spend: history::minor(spend),
        window_days: policy.window_days,
        next: ladder.above(place).map(|above| NextTier {
            name: above.name.clone(),
            gap: history::minor(i128::from(above.spend_min.units()) - spend),
        }),
        since: place.since.and_then(date),
        until: until.and_then(date),
        keep: until.and_then(|until| ladder.to_keep(day, until, place)),
    })
}

/// Net spend within the window that ends on day `today`, as [`tier`] counts it.
#[must_use]
pub fn net_spend(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> Minor {
    history::minor(Ladder::new(policy, amounts).spend(i64::from(today)))
}

/// The lowest tier above `spend`, or `None` at the top.
#[must_use]
pub fn next_tier(policy: &TierPolicy, spend: Minor) -> Option<NextTier> {
    let above = policy.tiers.iter().filter(|rule| rule.spend_min > spend);
    let rule = above.min_by_key(|rule| rule.spend_min)?;
    let gap = rule.spend_min.checked_sub(spend)?;
    Some(NextTier { name: rule.name.clone(), gap })
}

/// How far back amounts are needed: without those of `today - horizon_days` and before, [`tier`] says
/// the same on `today` and on each day after it, whatever she buys and returns from then on.
///
/// With terms that is never less than two windows (what she bought within the last one may still come
/// back, and then she stands where she stood before it), and reaches back to where she last climbed
/// before that.
#[must_use]
pub fn horizon_days(policy: &TierPolicy, amounts: &[DatedAmount], today: i32) -> u32 {
    u32::try_from(Ladder::new(policy, amounts).horizon(i64::from(today))).unwrap_or(u32::MAX)
}

/// A day as it is stored; none that far away is ever met.
fn date(day: i64) -> Option<i32> {
    i32::try_from(day).ok()
}

#[cfg(test)]
mod tests;
