//! Purchases, by customer and day: what every number of this folder is counted from.
//!
//! # Invariants
//!
//! - Purchases of one day are one visit. A return (below zero) lowers what was spent and is no visit.
//! - The order in which purchases come does not matter.
//! - Who only ever gave something back is nobody here: she has no first purchase.
//!
//! Not here: whose sale it was (`hq::customer`), which sales count (`hq::sql`).

use super::gamma_gamma::Spend;
use super::rhythm::Rhythm;
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::money::Minor;
use std::ops::Range;

/// A number that says how it was counted, for the page that prints it.
pub trait Defined {
    /// One or two sentences, with the bounds that were used.
    fn definition(&self, language: Language) -> String;
}

/// A share, or nothing of nothing.
pub(super) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// One sale or return.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Purchase {
    /// Whose it was: the root of her files, where several were joined.
    pub customer: CustomerId,
    /// Days since 1970-01-01 on the shop's calendar.
    pub day: i32,
    /// Net; below zero for a return.
    pub net: Minor,
}

/// All of one customer's purchases of one day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Day {
    /// Days since 1970-01-01.
    pub day: i32,
    /// The day's sum.
    pub net: Minor,
    /// Something was bought, not only given back.
    pub visit: bool,
}

/// Every customer's days; 24 bytes a day and 24 a customer.
#[derive(Clone, Debug, Default)]
pub struct Histories {
    days: Vec<Day>,
    /// Each customer, and where her days end.
    ends: Vec<(CustomerId, usize)>,
}

impl Histories {
    /// Sorts purchases by customer and day.
    #[must_use]
    pub fn new(purchases: impl IntoIterator<Item = Purchase>) -> Self {
        let mut purchases: Vec<Purchase> = purchases.into_iter().collect();
        purchases.sort_unstable_by_key(|purchase| (purchase.customer, purchase.day));
        let mut histories = Self::default();
        for hers in purchases.chunk_by(|one, other| one.customer == other.customer) {
            histories.add(hers);
        }
        histories
    }

    fn add(&mut self, hers: &[Purchase]) {
        if hers.iter().all(|purchase| purchase.net < Minor::ZERO) {
            return;
        }
        self.days.extend(hers.chunk_by(|one, other| one.day == other.day).map(|day| Day {
            day: day[0].day,
            net: day.iter().map(|purchase| purchase.net).sum(),
            visit: day.iter().any(|purchase| purchase.net >= Minor::ZERO),
        }));
        self.ends.push((hers[0].customer, self.days.len()));
    }

    /// Every customer, by rising pseudonym.
    pub fn iter(&self) -> impl Iterator<Item = History<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let hers = self.ends.iter().zip(starts);
        hers.map(|((customer, end), start)| History {
            customer: *customer,
            days: &self.days[start..*end],
        })
    }

    /// How many customers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Nobody bought anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// One customer's days, rising.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Who she is.
    pub customer: CustomerId,
    /// At least one of them is a visit.
    pub days: &'a [Day],
}

impl History<'_> {
    /// Her visits, rising.
    pub fn visits(&self) -> impl DoubleEndedIterator<Item = i32> + Clone + '_ {
        self.days.iter().filter(|day| day.visit).map(|day| day.day)
    }

    /// The day of her first visit.
    #[must_use]
    pub fn first(&self) -> Option<i32> {
        self.visits().next()
    }

    /// Her last visit up to and including day `until`.
    #[must_use]
    pub fn last(&self, until: i32) -> Option<i32> {
        self.visits().rev().find(|day| *day <= until)
    }

    /// Visits within `days`.
    #[must_use]
    pub fn count(&self, days: &Range<i32>) -> usize {
        self.visits().filter(|day| days.contains(day)).count()
    }

    /// Net spend within `days`.
    #[must_use]
    pub fn net(&self, days: &Range<i32>) -> Minor {
        self.days.iter().filter(|day| days.contains(&day.day)).map(|day| day.net).sum()
    }

    /// How she bought up to and including day `until`; `None` if not yet.
    #[must_use]
    pub fn rhythm(&self, until: i32) -> Option<Rhythm> {
        let (first, last) = (self.first()?, self.last(until)?);
        let repeats = self.visits().take_while(|day| *day <= until).count() - 1;
        let weeks = |day: i32| f64::from(day.saturating_sub(first)) / 7.0;
        Some(Rhythm {
            repeats: u32::try_from(repeats).unwrap_or(u32::MAX),
            recency_weeks: weeks(last),
            age_weeks: weeks(until),
        })
    }

    /// What she spent after the day of her first visit, up to and including day `until`, per repeat.
    #[must_use]
    pub fn spend(&self, until: i32) -> Option<Spend> {
        let (first, rhythm) = (self.first()?, self.rhythm(until)?);
        let net = self.net(&(first.saturating_add(1)..until.saturating_add(1)));
        let mean = net.units() as f64 / f64::from(rhythm.repeats.max(1));
        Some(Spend { repeats: rhythm.repeats, mean })
    }
}
