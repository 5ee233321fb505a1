//! Lifetime value: expected purchases times expected margin, later periods counting less; and what
//! customers really brought by how long they have been known (S102).
//!
//! ```text
//! Σ over periods k = 1 … n:  purchases expected within period k × spend of a day × margin / (1 + d)^k
//! ```
//!
//! Time is weeks throughout and the period's length is said, never implied: the common Python library
//! takes a month of a weekly model for 30 weeks unless told otherwise, and makes 140 of 36.
//!
//! Not here: the parts (`beta_geometric`, `pareto_nbd`, `gamma_gamma`).

use super::buying::Buying;
use super::gamma_gamma::{GammaGamma, Spend};
use super::history::{Defined, Histories};
use super::rhythm::Rhythm;
use crate::language::Language;
use crate::money::Minor;

/// Weeks of a mean month: 365.2425 / 12 / 7.
pub const WEEKS_PER_MONTH: f64 = 4.348_125;

/// How far and at what discount value is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// Length of one period.
    pub period_weeks: f64,
    /// How many.
    pub periods: u32,
    /// Per period, e.g. 0.01 for 1 % a month.
    pub discount: f64,
    /// Share of spend that is earned, 0 to 1; with 1 the value is revenue.
    pub margin: f64,
}

impl Horizon {
    /// A year of months.
    #[must_use]
    pub const fn year(discount: f64, margin: f64) -> Self {
        Self { period_weeks: WEEKS_PER_MONTH, periods: 12, discount, margin }
    }

    /// Purchases that are expected of her, each worth less the later it comes.
    #[must_use]
    pub fn purchases(&self, model: &impl Buying, her: &Rhythm) -> f64 {
        self.worth(|weeks| model.expected(her, weeks))
    }

    /// The same of whomever `until` says how many are expected within some weeks from now.
    pub(super) fn worth(&self, until: impl Fn(f64) -> f64) -> f64 {
        let mut before = 0.0;
        let worth = (1..=self.periods).map(|period| {
            let now = until(f64::from(period) * self.period_weeks);
            let within = now - before;
            before = now;
            within / (1.0 + self.discount).powf(f64::from(period))
        });
        worth.sum()
    }

    /// Her lifetime value in minor units, not rounded; `None` where Gamma-Gamma has no mean.
    #[must_use]
    pub fn value(
        &self,
        model: &impl Buying,
        amounts: &GammaGamma,
        her: &Rhythm,
        spend: &Spend,
    ) -> Option<f64> {
        Some(self.purchases(model, her) * amounts.expected(spend)? * self.margin)
    }
}

impl Defined for Horizon {
    fn definition(&self, language: Language) -> String {
        let Self { period_weeks, periods, .. } = self;
        let (discount, margin) = (100.0 * self.discount, 100.0 * self.margin);
        match language {
            Language::Zh => format!(
                "顾客终身价值:今后{periods}期(每期{period_weeks:.2}周)的预期购买次数×预期每次消费×毛利率\
                 {margin:.0}%,每期折现{discount:.2}%。"
            ),
            Language::En => format!(
                "Lifetime value: over the next {periods} periods of {period_weeks:.2} weeks, expected \
                 purchases × expected spend × margin of {margin:.0} %, discounted by {discount:.2} % a \
                 period."
            ),
        }
    }
}

/// What customers had brought by the end of their n-th period.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tenure {
    /// Counted from 1, from the day of the first visit.
    pub period: u32,
    /// How many have been known that long.
    pub customers: usize,
    /// Their net spend up to then, together.
    pub net: Minor,
    /// How many days a period has.
    pub period_days: u32,
}

impl Tenure {
    /// Mean net spend per customer, in minor units, not rounded.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.customers > 0).then(|| self.net.units() as f64 / self.customers as f64)
    }
}

/// Net spend per customer by how long she has been known; day `until` is the last one known. A customer
/// counts in a period only once it is over for her: the last rows rest on the oldest customers.
#[must_use]
pub fn by_tenure(histories: &Histories, until: i32, period_days: u32, periods: u32) -> Vec<Tenure> {
    let empty = |period| Tenure { period, customers: 0, net: Minor::ZERO, period_days };
    let mut tenures: Vec<Tenure> = (1..=periods).map(empty).collect();
    for her in histories.iter() {
        let Some(first) = her.first() else { continue };
        for tenure in &mut tenures {
            let end = first.saturating_add_unsigned(tenure.period.saturating_mul(period_days));
            if end > until.saturating_add(1) {
                break;
            }
            tenure.customers += 1;
            tenure.net = tenure.net.saturating_add(her.net(&(i32::MIN..end)));
        }
    }
    tenures
}

impl Defined for Tenure {
    fn definition(&self, language: Language) -> String {
        let days = self.period.saturating_mul(self.period_days);
        match language {
            Language::Zh => format!("首次购买后满{days}天的顾客,到那时为止人均净消费。"),
            Language::En => format!(
                "Of the customers whose first purchase is at least {days} days ago: mean net spend up to \
                 that day."
            ),
        }
    }
}
