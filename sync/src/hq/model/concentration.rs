//! How much of the revenue the best customers bring: 80/20 computed, not assumed (S68).
//!
//! Not here: who they are by name.

use super::history::{Defined, Histories};
use crate::language::Language;
use crate::money::Minor;
use std::ops::Range;

/// The concentration curve of net spend.
#[derive(Clone, Debug)]
pub struct Concentration {
    /// The days looked at; the end is not one of them.
    pub days: Range<i32>,
    /// What the best 1, 2, … customers spent together, in minor units.
    sums: Vec<i128>,
}

/// Ranks everybody who bought within `days` by net spend. Who gave back more than she bought counts as
/// zero, not as less than nothing: shares stay between 0 and 1.
#[must_use]
pub fn concentration(histories: &Histories, days: Range<i32>) -> Concentration {
    let bought = histories.iter().filter(|her| her.count(&days) > 0);
    of_nets(bought.map(|her| her.net(&days)).collect(), days)
}

/// The same of what each who bought within `days` spent in them, where histories do not all fit in
/// memory at once.
#[must_use]
pub fn of_nets(mut nets: Vec<Minor>, days: Range<i32>) -> Concentration {
    nets.iter_mut().for_each(|net| *net = (*net).max(Minor::ZERO));
    nets.sort_unstable_by(|one, other| other.cmp(one));
    let sums = nets.iter().scan(0, |sum, net| {
        *sum += i128::from(net.units());
        Some(*sum)
    });
    Concentration { sums: sums.collect(), days }
}

impl Concentration {
    /// How many customers are ranked.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.sums.len()
    }

    /// Share of revenue of the best `percent` of customers, 0 to 100, drawn straight between two
    /// customers; `None` if nothing was spent.
    #[must_use]
    pub fn share_of_top(&self, percent: u8) -> Option<f64> {
        let total = *self.sums.last().filter(|total| **total > 0)?;
        let hundredths = usize::from(percent.min(100)) * self.sums.len();
        let (whole, rest) = (hundredths / 100, (hundredths % 100) as i128);
        let sum_of = |count: usize| if count == 0 { 0 } else { self.sums[count - 1] };
        let next = if rest > 0 { sum_of(whole + 1) } else { 0 };
        Some((sum_of(whole) * (100 - rest) + next * rest) as f64 / (100.0 * total as f64))
    }

    /// The curve at 0, 1, … 100 % of customers; empty if nothing was spent.
    #[must_use]
    pub fn curve(&self) -> Vec<f64> {
        (0..=100).filter_map(|percent| self.share_of_top(percent)).collect()
    }
}

impl Defined for Concentration {
    fn definition(&self, language: Language) -> String {
        let days = i64::from(self.days.end) - i64::from(self.days.start);
        match language {
            Language::Zh => format!(
                "{days}天内买过的顾客按净消费从高到低排,前p%的顾客占全部净消费的比例。\
                 由本店数据算出,不套用80/20。"
            ),
            Language::En => format!(
                "Customers who bought within {days} days, ranked by net spend: the share of all net \
                 spend that the top p % brought. Computed from this data; 80/20 is not assumed."
            ),
        }
    }
}
