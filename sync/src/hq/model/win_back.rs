//! Whom to win back first, who has potential, and whether winning back pays (S69, S80, S82, S88).
//!
//! Lists are ordered by what is expected: purchases × spend. Never by the chance that she is still a
//! customer, which puts heavy buyers who went quiet below faithful small ones.
//!
//! Not here: the tasks (`desk`), who may be written to (consent).

use super::buying::Buying;
use super::gamma_gamma::GammaGamma;
use super::history::{Defined, Histories, share};
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::money::Minor;

/// What is expected of a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prospect {
    /// Who she is.
    pub customer: CustomerId,
    /// Expected days with a purchase.
    pub purchases: f64,
    /// Expected spend on them together, in minor units.
    pub spend: f64,
    /// What she spent so far.
    pub net: Minor,
}

/// Everybody's expectation for the `weeks` after day `today`, as the customers come; nothing is kept.
pub fn prospects<'a>(
    histories: &'a Histories,
    model: &'a impl Buying,
    amounts: &'a GammaGamma,
    today: i32,
    weeks: f64,
) -> impl Iterator<Item = Prospect> + 'a {
    histories.iter().filter_map(move |her| {
        let purchases = model.expected(&her.rhythm(today)?, weeks);
        let spend = purchases * amounts.expected(&her.spend(today)?)?;
        let net = her.net(&(i32::MIN..today.saturating_add(1)));
        Some(Prospect { customer: her.customer, purchases, spend, net })
    })
}

/// The most expected spend first; equal ones by pseudonym, so that the list is the same every night.
#[must_use]
pub fn by_expected_spend(prospects: impl IntoIterator<Item = Prospect>) -> Vec<Prospect> {
    let mut ordered: Vec<Prospect> = prospects.into_iter().collect();
    ordered.sort_unstable_by(|one, other| {
        other.spend.total_cmp(&one.spend).then(one.customer.cmp(&other.customer))
    });
    ordered
}

/// Customers with potential (S69): spent less than the middle customer so far, and belong to the
/// `percent` (0 to 100) of whom most purchases are expected. Most expected spend first.
#[must_use]
pub fn potential(prospects: impl IntoIterator<Item = Prospect>, percent: u8) -> Vec<Prospect> {
    let mut all: Vec<Prospect> = prospects.into_iter().collect();
    if all.is_empty() {
        return all;
    }
    let middle = all.len() / 2;
    let median = all.select_nth_unstable_by_key(middle, |her| her.net).1.net;
    let kept = usize::from(percent.min(100)) * all.len() / 100;
    all.sort_unstable_by(|one, other| {
        other.purchases.total_cmp(&one.purchases).then(one.customer.cmp(&other.customer))
    });
    all.truncate(kept);
    by_expected_spend(all.into_iter().filter(|her| her.net < median))
}

/// Selling to the lost beside selling to strangers (S80).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Regeneration {
    /// Lost customers who were approached.
    pub lost: usize,
    /// Of those, bought again.
    pub regained: usize,
    /// Strangers who were approached.
    pub strangers: usize,
    /// Of those, bought.
    pub won: usize,
}

impl Regeneration {
    /// What is said (S80): twice as often.
    pub const CLAIMED: f64 = 2.0;

    /// How many times as often the lost bought; `None` without strangers who did.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let won = share(self.won, self.strangers).filter(|won| *won > 0.0)?;
        Some(share(self.regained, self.lost)? / won)
    }
}

impl Defined for Regeneration {
    fn definition(&self, language: Language) -> String {
        language
            .of(
                "挽回成功率÷新客成交率。常说“2倍”,此处为本店实测。",
                "The share of approached lost customers who bought again, by the share of approached \
                 strangers who bought. Said to be 2; this one is measured.",
            )
            .to_owned()
    }
}

/// How many new customers one lost one takes (S88).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replacement {
    /// A year's net spend of the lost, together.
    pub lost_net: Minor,
    /// How many they were.
    pub lost: usize,
    /// A first year's net spend of the new, together.
    pub new_net: Minor,
    /// How many they were.
    pub new: usize,
}

impl Replacement {
    /// What is said (S88): ten or more.
    pub const CLAIMED: f64 = 10.0;

    /// What one lost customer spent a year, by what a new one spends in her first.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let mean = |net: Minor, of: usize| (of > 0).then(|| net.units() as f64 / of as f64);
        let new = mean(self.new_net, self.new).filter(|new| *new > 0.0)?;
        Some(mean(self.lost_net, self.lost)? / new)
    }
}

impl Defined for Replacement {
    fn definition(&self, language: Language) -> String {
        language
            .of(
                "流失老顾客上一年人均净消费÷新顾客第一年人均净消费。常说“十个以上”,此处为本店数据。",
                "Mean yearly net spend of the customers lost, by the mean first-year net spend of new \
                 ones. Said to be ten or more; this one is from the shop's own data.",
            )
            .to_owned()
    }
}
