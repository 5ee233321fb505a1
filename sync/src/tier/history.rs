//! What she spent, day by day, in order.
//!
//! # Invariants
//!
//! - Sums are exact: no order of additions changes one, and none overflows.
//!
//! Not here: what a sum is worth (`ladder`).

use super::DatedAmount;
use crate::money::Minor;
use std::collections::BTreeMap;

/// Days with their net amounts.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Ascending, each once.
    days: Vec<i64>,
    /// The sum of all days before the one at this index; one longer than `days`.
    before: Vec<i128>,
}

impl History {
    /// All of it.
    pub(super) fn of(amounts: &[DatedAmount]) -> Self {
        Self::new(by_day(amounts, i64::MAX))
    }

    /// What was bought and not returned, as of `today`: a return takes the latest purchases of the
    /// `window` days before it away. What it finds no purchase for, it takes from nobody.
    pub(super) fn kept(amounts: &[DatedAmount], window: i64, today: i64) -> Self {
        let mut kept: Vec<(i64, i128)> = Vec::new();
        for (day, mut amount) in by_day(amounts, today) {
            while amount < 0 {
                match kept.last_mut().filter(|(bought, _)| *bought > day - window) {
                    Some((_, left)) if *left + amount > 0 => {
                        *left += amount;
                        amount = 0;
                    }
                    Some((_, left)) => {
                        amount += *left;
                        kept.pop();
                    }
                    None => amount = 0,
                }
            }
            if amount > 0 {
                kept.push((day, amount));
            }
        }
        Self::new(kept)
    }

    fn new(amounts: impl IntoIterator<Item = (i64, i128)>) -> Self {
        let (mut days, mut before, mut sum) = (Vec::new(), vec![0], 0);
        for (day, amount) in amounts {
            days.push(day);
            sum += amount;
            before.push(sum);
        }
        Self { days, before }
    }

    /// The days on which something was bought or returned, ascending.
    pub(super) fn days(&self) -> &[i64] {
        &self.days
    }

    /// The sum of the days after `from` up to `to`, `to` included.
    pub(super) fn between(&self, from: i64, to: i64) -> i128 {
        let up_to = |day: i64| self.before[self.days.partition_point(|at| *at <= day)];
        if from < to { up_to(to) - up_to(from) } else { 0 }
    }

    /// Until when what was spent up to `day` is at least `sum` within a window; `None` if it is less on
    /// `day` already. For a history without returns.
    pub(super) fn lasts(&self, window: i64, sum: i128, day: i64) -> Option<i64> {
        let spent = self.before[self.days.partition_point(|at| *at <= day)];
        let spare = self.before.partition_point(|before| *before <= spent - sum).checked_sub(1)?;
        let needed = self.days.get(spare)?;
        Some(needed + window - 1).filter(|last| *last >= day)
    }
}

/// The net amount of each day; what is dated after `today` as of today.
fn by_day(amounts: &[DatedAmount], today: i64) -> BTreeMap<i64, i128> {
    let mut days = BTreeMap::new();
    for dated in amounts {
        let sum: &mut i128 = days.entry(i64::from(dated.day).min(today)).or_default();
        *sum += i128::from(dated.amount.units());
    }
    days
}

/// An exact sum as an amount; stays at the limit, which is never met honestly.
pub(super) fn minor(sum: i128) -> Minor {
    let limit = if sum < 0 { i64::MIN } else { i64::MAX };
    Minor::new(i64::try_from(sum).unwrap_or(limit))
}
