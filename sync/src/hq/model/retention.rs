//! How many come again, counted three ways; each says which (S81, S91, S125).
//!
//! In a shop nobody gives notice, so leaving is never seen: every such number rests on a rule, and two
//! rules give two numbers. The common (start - end) / start lets newcomers hide who left and is not
//! used.
//!
//! ```text
//! window    ├── active before ──┤today├── again? ──┤
//! cohort    all first-buyers of March:  who of them bought in April, May, ...
//! repeat    of all who bought in a span: who did on two days or more
//! ```
//!
//! Not here: what a model expects of them (`beta_geometric`, `pareto_nbd`).

use super::history::{Defined, Histories, share};
use crate::calendar::Date;
use crate::language::Language;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

/// What firms are said to lose a year (S81): a claim to stand beside the own number.
pub const YEARLY_LOSS_CLAIMED: RangeInclusive<f64> = 0.20..=0.40;

/// Retention by window: who was active before a day, and bought again after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// How long before and after, in days.
    pub days: u32,
    /// Bought within the window before.
    pub active_before: usize,
    /// Of those, bought within the window after.
    pub retained: usize,
    /// Bought for the first time within the window after.
    pub newcomers: usize,
    /// Bought within the window after, not within the one before, but earlier: came back by themselves
    /// or were won back.
    pub returned: usize,
}

/// Counts retention around day `today`, which begins the window after.
#[must_use]
pub fn window(histories: &Histories, today: i32, days: u32) -> Window {
    let (start, end) = (today.saturating_sub_unsigned(days), today.saturating_add_unsigned(days));
    let mut window = Window { days, active_before: 0, retained: 0, newcomers: 0, returned: 0 };
    for her in histories.iter() {
        let before = her.count(&(start..today)) > 0;
        let after = her.count(&(today..end)) > 0;
        let is_new = her.first().is_some_and(|first| first >= today);
        window.active_before += usize::from(before);
        window.retained += usize::from(before && after);
        window.newcomers += usize::from(after && is_new);
        window.returned += usize::from(after && !before && !is_new);
    }
    window
}

impl Window {
    /// Share of the active who bought again.
    #[must_use]
    pub fn retention(&self) -> Option<f64> {
        share(self.retained, self.active_before)
    }

    /// Share of the active who did not: as far as the window can tell.
    #[must_use]
    pub fn churn(&self) -> Option<f64> {
        share(self.active_before - self.retained, self.active_before)
    }

    /// Where a yearly loss stands beside the claimed 20 to 40 % (S81); `None` unless the window is a
    /// year, since shorter ones are another number.
    #[must_use]
    pub fn within_claim(&self) -> Option<bool> {
        let yearly = (365..=366).contains(&self.days);
        self.churn().filter(|_| yearly).map(|churn| YEARLY_LOSS_CLAIMED.contains(&churn))
    }
}

impl Defined for Window {
    fn definition(&self, language: Language) -> String {
        let days = self.days;
        match language {
            Language::Zh => format!(
                "留存率:前{days}天内买过的顾客中,后{days}天内又买的比例;流失率=1-留存率。新顾客不计入。"
            ),
            Language::En => format!(
                "Retention: of the customers who bought in the {days} days before, the share who bought \
                 again in the {days} days after. Churn is 1 minus that. New customers do not count."
            ),
        }
    }
}

/// Repeat purchase rate: customers, not orders (S91).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RepeatRate {
    /// The days looked at; the end is not one of them.
    pub days: Range<i32>,
    /// Bought on one day or more.
    pub customers: usize,
    /// On two or more.
    pub repeaters: usize,
}

/// Counts those who bought on two days or more within `days`.
#[must_use]
pub fn repeat_rate(histories: &Histories, days: Range<i32>) -> RepeatRate {
    let counts = histories.iter().map(|her| her.count(&days));
    let (customers, repeaters) = counts.fold((0, 0), |(customers, repeaters), count| {
        (customers + usize::from(count >= 1), repeaters + usize::from(count >= 2))
    });
    RepeatRate { days, customers, repeaters }
}

impl RepeatRate {
    /// Repeaters among customers.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        share(self.repeaters, self.customers)
    }
}

impl Defined for RepeatRate {
    fn definition(&self, language: Language) -> String {
        let days = i64::from(self.days.end) - i64::from(self.days.start);
        match language {
            Language::Zh => {
                format!(
                    "复购率:{days}天内买过两次以上(同一天算一次)的顾客,占期内买过的顾客。按人,不按单。"
                )
            }
            Language::En => format!(
                "Repeat purchase rate: of the customers who bought within {days} days, the share who \
                 bought on two days or more. Counted by customer, not by order."
            ),
        }
    }
}

/// The customers whose first purchase fell in one month.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cohort {
    /// Its year.
    pub year: i32,
    /// Its month, 1 to 12.
    pub month: u8,
    /// How many there are.
    pub customers: usize,
    /// How many of them bought 1, 2, … months later; only months that are over.
    pub bought: Vec<usize>,
}

/// One row for each month of first purchases, oldest first; day `until` is the last one known.
#[must_use]
pub fn cohorts(histories: &Histories, until: i32) -> Vec<Cohort> {
    // The month of tomorrow is the first one that is not over.
    let running = month_of(until.saturating_add(1));
    let mut cohorts = BTreeMap::<i32, (usize, Vec<usize>)>::new();
    for her in histories.iter() {
        let Some(first) = her.first().filter(|first| *first <= until).map(month_of) else {
            continue;
        };
        let over = usize::try_from(running - first - 1).unwrap_or(0);
        let (customers, bought) = cohorts.entry(first).or_insert_with(|| (0, vec![0; over]));
        *customers += 1;
        let mut months: Vec<i32> = her.visits().map(month_of).collect();
        months.dedup();
        for month in months.iter().filter(|month| **month > first && **month < running) {
            bought[(month - first - 1).unsigned_abs() as usize] += 1;
        }
    }
    cohorts.into_iter().map(Cohort::of).collect()
}

/// Months since year 0.
fn month_of(day: i32) -> i32 {
    let date = Date::of(day);
    date.year * 12 + i32::from(date.month) - 1
}

impl Cohort {
    fn of((first, (customers, bought)): (i32, (usize, Vec<usize>))) -> Self {
        let month = first.rem_euclid(12).unsigned_abs() as u8 + 1;
        Self { year: first.div_euclid(12), month, customers, bought }
    }

    /// The share who bought that many months later; `None` for a month that is not over.
    #[must_use]
    pub fn retention(&self, months_later: usize) -> Option<f64> {
        let bought = self.bought.get(months_later.checked_sub(1)?)?;
        share(*bought, self.customers)
    }
}

impl Defined for Cohort {
    fn definition(&self, language: Language) -> String {
        let (year, month) = (self.year, self.month);
        match language {
            Language::Zh => format!("{year}年{month}月首次购买的顾客,此后第几个月又买的比例。"),
            Language::En => format!(
                "Of the customers whose first purchase was in {year}-{month:02}, the share who bought in \
                 the first, second, … month after."
            ),
        }
    }
}
