//! The chain's figures, added up over customers as they come: a pure sum, no table.
//!
//! ```text
//! customers, some thousand at a time ─▶ Tally ─▶ Measured
//! ```
//!
//! # Invariants
//!
//! - Adding customers in one heap or in many gives the same figures.
//! - Memory is a few words a customer: her days are looked at and let go.
//!
//! Not here: reading rows (`measure`), the words beside the figures (`numbers`).

use super::class::Class;
use super::loyalty::Signs;
use super::measured::{Cohort, Measured, Potential, Tenure, Window};
use crate::care_list::CustomerId;
use crate::hq::model::concentration;
use crate::hq::model::history::{Day, Histories, History};
use crate::hq::model::retention::{self, RepeatRate};
use crate::hq::model::rhythm::Rhythm;
use crate::hq::model::stage::{Contact, Transitions, transitions};
use crate::hq::model::value::by_tenure;
use crate::hq::model::win_back::{Prospect, potential};
use crate::hq::model::{BetaGeometric, Buying, FitError, GammaGamma, Leaving, Spend};
use crate::message::StoreId;
use crate::money::Minor;
use std::collections::BTreeMap;

/// A year's window, in days.
pub(super) const YEAR: u32 = 365;
/// A quarter's.
pub(super) const QUARTER: u32 = 90;
/// Tenures: so many periods of so many days.
const TENURE: (u32, u32) = (90, 12);
/// Models are fitted on so many customers: the first by pseudonym, which is a random draw.
const FITTED_MAX: usize = 50_000;
/// A forecast reaches so far.
const WEEKS: f64 = 13.0;
/// Potential is who belongs to so many percent of whom most is expected.
const POTENTIAL_PERCENT: u8 = 30;
/// So many of them are listed.
const LISTED_MAX: usize = 200;

/// One customer, as her row has her.
#[derive(Clone, Debug)]
pub(super) struct Her {
    pub(super) customer: CustomerId,
    pub(super) known: i32,
    pub(super) interested: Option<i32>,
    pub(super) referred: Option<i32>,
    pub(super) days: Vec<Day>,
    pub(super) home: Option<StoreId>,
    pub(super) trusting: bool,
    pub(super) step: u8,
    pub(super) signs: Signs,
    pub(super) rfm: Option<u16>,
    pub(super) class: Class,
}

impl Her {
    fn history(&self) -> Option<History<'_>> {
        let her = History { customer: self.customer, days: &self.days };
        her.first().map(|_| her)
    }

    pub(super) fn contact(&self) -> Contact<'_> {
        Contact {
            known: self.known,
            interested: self.interested,
            referred: self.referred,
            history: self.history(),
        }
    }
}

/// A month whose moves are to be counted: its number, the last day before it and its own last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Month {
    pub(super) number: i32,
    pub(super) before: i32,
    pub(super) last: i32,
}

/// What a forecast needs of one who bought.
struct Buyer {
    customer: CustomerId,
    rhythm: Rhythm,
    spend: Spend,
    net: Minor,
}

/// Sums so far.
pub(super) struct Tally {
    today: i32,
    months: Vec<(Month, Transitions)>,
    measured: Measured,
    cohorts: BTreeMap<(i32, u8), (usize, Vec<usize>)>,
    year_nets: Vec<Minor>,
    buyers: Vec<Buyer>,
}

impl Tally {
    pub(super) fn new(today: i32, months: Vec<Month>) -> Self {
        let months = months.into_iter().map(|month| (month, Transitions::default())).collect();
        let measured = Measured { day: today, ..Measured::default() };
        let (cohorts, year_nets, buyers) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { today, months, measured, cohorts, year_nets, buyers }
    }

    /// Adds customers, who come once each.
    pub(super) fn add(&mut self, customers: &[Her]) {
        for her in customers {
            self.count(her);
            self.buyer(her);
        }
        let days = customers.iter().flat_map(|her| {
            let purchases = |day: &Day| super::person::purchases(her.customer, *day);
            her.days.iter().flat_map(purchases)
        });
        self.histories(&Histories::new(days));
        for (month, counted) in &mut self.months {
            let contacts = customers.iter().map(Her::contact);
            merge(counted, &transitions(contacts, month.before, month.last));
        }
    }

    fn count(&mut self, her: &Her) {
        let all = &mut self.measured;
        all.persons += 1;
        *all.classes.entry(her.class.word().to_owned()).or_default() += 1;
        let step = usize::from(her.step.clamp(1, 3)) - 1;
        all.steps[step] += 1;
        if let Some(home) = her.home {
            let (quarter, history) = (split(self.today, QUARTER), her.history());
            let bought = |days| history.is_some_and(|her| her.count(&days) > 0);
            let before = bought(quarter.saturating_sub_unsigned(QUARTER)..quarter);
            let of_store = all.stores.entry(hex(&home)).or_default();
            of_store.steps[step] += 1;
            of_store.active += u64::from(before);
            of_store.retained += u64::from(before && bought(quarter..self.today + 1));
        }
        all.trusting += u64::from(her.trusting);
        all.signs[usize::from(her.signs.score())] += 1;
        if let Some(cell) = her.rfm {
            *all.cells.entry(cell).or_default() += 1;
        }
        if let Some(stage) = her.contact().stage(self.today) {
            all.stages[stage as usize] += 1;
        }
    }

    fn buyer(&mut self, her: &Her) {
        let Some(history) = her.history() else { return };
        let year = i32::try_from(YEAR).unwrap_or(i32::MAX);
        let split = self.today + 1 - year;
        let (before, after) = (split - year..split, split..self.today + 1);
        let (was, is) = (history.count(&before), history.count(&after));
        self.measured.twice += u64::from(history.visits().nth(1).is_some());
        if is > 0 {
            self.year_nets.push(history.net(&after));
        }
        if was > 0 && is == 0 {
            self.measured.lost += 1;
            self.measured.lost_net += history.net(&before).units();
        }
        if let Some(first) = history.first().filter(|first| before.contains(first)) {
            self.measured.new += 1;
            self.measured.new_net += history.net(&(first..first + year)).units();
        }
        if let (Some(rhythm), Some(spend)) = (history.rhythm(self.today), history.spend(self.today))
        {
            let net = history.net(&(i32::MIN..self.today + 1));
            self.buyers.push(Buyer { customer: her.customer, rhythm, spend, net });
        }
    }

    fn histories(&mut self, histories: &Histories) {
        let (today, all) = (self.today, &mut self.measured);
        for (days, window) in [(YEAR, &mut all.year), (QUARTER, &mut all.quarter)] {
            window.add(&retention::window(histories, split(today, days), days));
        }
        let year = split(today, YEAR)..today + 1;
        let RepeatRate { customers, repeaters, .. } = retention::repeat_rate(histories, year);
        all.buyers += customers as u64;
        all.repeaters += repeaters as u64;
        for cohort in retention::cohorts(histories, today) {
            let known = self.cohorts.entry((cohort.year, cohort.month)).or_default();
            known.0 += cohort.customers;
            known.1.resize(known.1.len().max(cohort.bought.len()), 0);
            known.1.iter_mut().zip(&cohort.bought).for_each(|(sum, more)| *sum += more);
        }
        let (days, periods) = TENURE;
        let tenures = by_tenure(histories, today, days, periods);
        all.tenures.resize(tenures.len(), Tenure::default());
        for (sum, more) in all.tenures.iter_mut().zip(&tenures) {
            sum.days = more.period * more.period_days;
            sum.customers += more.customers as u64;
            sum.net = sum.net.saturating_add(more.net.units());
        }
    }

    /// The figures, and the moves of each month.
    pub(super) fn end(self) -> (Measured, Vec<(i32, Transitions)>) {
        let Self { today, months, mut measured, cohorts, year_nets, buyers } = self;
        let year = split(today, YEAR)..today + 1;
        measured.year_net = year_nets.iter().map(|net| net.units()).fold(0, i64::saturating_add);
        let curve = concentration::of_nets(year_nets, year);
        measured.top = [20, 30].map(|percent| curve.share_of_top(percent));
        let newest = cohorts.into_iter().rev().take(12);
        measured.cohorts = newest
            .map(|((year, month), (customers, bought))| Cohort { year, month, customers, bought })
            .collect();
        match listed(&buyers) {
            Ok(listed) => measured.potential = listed,
            Err(why) => measured.no_model = Some(why.to_string()),
        }
        (measured, months.into_iter().map(|(month, moves)| (month.number, moves)).collect())
    }
}

/// The day that begins the window which ends today.
fn split(today: i32, days: u32) -> i32 {
    today.saturating_add(1).saturating_sub_unsigned(days)
}

/// Customers with potential by the model, most expected spend first (S69).
fn listed(buyers: &[Buyer]) -> Result<Vec<Potential>, FitError> {
    let drawn = || buyers.iter().take(FITTED_MAX);
    let model = BetaGeometric::fit(Leaving::AfterAny, drawn().map(|buyer| buyer.rhythm))?.model;
    let amounts = GammaGamma::fit(drawn().map(|buyer| buyer.spend))?.model;
    let prospects = buyers.iter().filter_map(|buyer| {
        let purchases = model.expected(&buyer.rhythm, WEEKS);
        let spend = purchases * amounts.expected(&buyer.spend)?;
        Some(Prospect { customer: buyer.customer, purchases, spend, net: buyer.net })
    });
    let found = potential(prospects, POTENTIAL_PERCENT).into_iter().take(LISTED_MAX);
    Ok(found
        .map(|her| Potential {
            customer: her.customer.to_string(),
            purchases_milli: (her.purchases * 1_000.0).round() as i64,
            spend: her.spend.round() as i64,
            net: her.net.units(),
        })
        .collect())
}

fn merge(sum: &mut Transitions, more: &Transitions) {
    let rows = sum.moves.iter_mut().flatten().zip(more.moves.iter().flatten());
    rows.chain(sum.new.iter_mut().zip(&more.new)).for_each(|(sum, more)| *sum += more);
}

pub(super) fn hex(store: &StoreId) -> String {
    store.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Window {
    fn add(&mut self, counted: &retention::Window) {
        self.active += counted.active_before as u64;
        self.retained += counted.retained as u64;
        self.newcomers += counted.newcomers as u64;
        self.returned += counted.returned as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn her(who: u8, days: &[(i32, i64)]) -> Her {
        let day =
            |(day, net): &(i32, i64)| Day { day: *day, net: Minor::new(*net), visit: *net >= 0 };
        Her {
            customer: CustomerId([who; 16]),
            known: 18_000,
            interested: None,
            referred: None,
            days: days.iter().map(day).collect(),
            home: None,
            trusting: who.is_multiple_of(2),
            step: 1 + who % 3,
            signs: Signs::default(),
            rfm: None,
            class: Class::ALL[usize::from(who) % 7],
        }
    }

    const TODAY: i32 = 20_000;

    fn shop() -> Vec<Her> {
        let of = |who: u8| {
            let first = 18_900 + i32::from(who) * 9;
            let every = 20 + i32::from(who % 7) * 40;
            let days =
                (0..i32::from(who % 5) + 1).map(|n| (first + n * every, 1_000 * i64::from(who)));
            her(who, &days.filter(|(day, _)| *day <= TODAY).collect::<Vec<_>>())
        };
        (1..=120).map(of).collect()
    }

    #[test]
    fn one_heap_or_many_give_the_same_figures() {
        let month = Month { number: 24_297, before: 19_960, last: 19_990 };
        let sum = |size: usize| {
            let mut tally = Tally::new(TODAY, vec![month]);
            shop().chunks(size).for_each(|heap| tally.add(heap));
            tally.end()
        };
        assert_eq!(sum(120), sum(7));
        assert_eq!(sum(7).0.persons, 120);
    }

    /// S81, S88, S91, S103: who bought the year before and not since is lost; who came is not hidden.
    #[test]
    fn s81_s88_s91_a_year_is_counted_by_hand() {
        let mut tally = Tally::new(TODAY, Vec::new());
        tally.add(&[
            her(1, &[(TODAY - 400, 900)]),
            her(2, &[(TODAY - 400, 100), (TODAY - 10, 100), (TODAY - 9, -40)]),
            her(3, &[(TODAY - 5, 300)]),
            her(4, &[(TODAY - 900, 50), (TODAY - 1, 50)]),
        ]);
        let measured = tally.end().0;
        let Window { active, retained, newcomers, returned } = measured.year;
        assert_eq!((active, retained, newcomers, returned), (2, 1, 1, 1));
        assert_eq!((measured.lost, measured.lost_net), (1, 900));
        assert_eq!((measured.new, measured.new_net), (2, 900 + 100), "their first 365 days");
        assert_eq!((measured.twice, measured.buyers, measured.repeaters), (2, 3, 0), "S91");
        assert_eq!(measured.year_net, 100 - 40 + 300 + 50);
        assert!(measured.no_model.is_some(), "four customers make no model");
    }

    /// S68: of net sales of the year the top fifth and the top 30 % have their own share, whatever 80/20
    /// says. S69: potential is a list.
    #[test]
    fn s68_s69_shares_and_potential_come_from_the_data() {
        let mut tally = Tally::new(TODAY, Vec::new());
        tally.add(&shop());
        let measured = tally.end().0;
        let [top20, top30] = measured.top.map(Option::unwrap);
        assert!(0.2 < top20 && top20 < top30 && top30 < 1.0, "{top20} {top30}");
        assert_eq!(measured.no_model, None);
        let nets: Vec<i64> = measured.potential.iter().map(|her| her.net).collect();
        let mut all: Vec<i64> =
            shop().iter().map(|her| her.days.iter().map(|day| day.net.units()).sum()).collect();
        all.sort_unstable();
        assert!(!nets.is_empty() && nets.iter().all(|net| *net < all[60]), "little so far");
        let spend: Vec<i64> = measured.potential.iter().map(|her| her.spend).collect();
        assert!(spend.is_sorted_by(|one, other| one >= other), "most expected first");
    }
}
