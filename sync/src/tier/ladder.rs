//! Where a customer stands on a day, and what moves her.
//!
//! ```text
//! purchase: the window reaches a higher tier ──▶ up, a new term
//! end of a term ──▶ the window reaches it ──▶ a new term
//!               └─▶ it does not           ──▶ `Then`
//! ```
//!
//! # Invariants
//!
//! - Between purchases the window's spend only falls, so that she rises on days of purchase alone.
//!
//! Not here: what counts as bought (`history`).

use super::history::{History, minor};
use super::{DatedAmount, Keep, Then, TierPolicy, TierRule, ToKeep, date};

/// The tiers from the lowest up, and one customer's amounts.
pub(super) struct Ladder<'a> {
    rungs: Vec<&'a TierRule>,
    window: i64,
    keep: Keep,
    amounts: &'a [DatedAmount],
    all: History,
}

/// Where she stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Place {
    /// Which rung; `None` below the lowest.
    pub(super) level: Option<usize>,
    /// When the running term began.
    pub(super) since: Option<i64>,
    /// When she last rose.
    rose: Option<i64>,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(policy: &'a TierPolicy, amounts: &'a [DatedAmount]) -> Self {
        let mut rungs: Vec<&TierRule> = policy.tiers.iter().collect();
        rungs.sort_by_key(|rule| rule.spend_min);
        let (window, all) = (i64::from(policy.window_days), History::of(amounts));
        Self { rungs, window, keep: policy.keep, amounts, all }
    }

    pub(super) fn rule(&self, level: usize) -> &'a TierRule {
        self.rungs[level]
    }

    /// The tier above hers: one that begins higher, not merely one further on.
    pub(super) fn above(&self, place: Place) -> Option<&'a TierRule> {
        let own = self.rule(place.level?).spend_min;
        self.rungs.iter().find(|rule| rule.spend_min > own).copied()
    }

    /// Net spend within the window that ends on `day`.
    pub(super) fn spend(&self, day: i64) -> i128 {
        match self.keep {
            Keep::Rolling => self.all.between(day - self.window, i64::MAX),
            Keep::Term { .. } => self.kept(day).between(day - self.window, day),
        }
    }

    /// Where she stands on `day`.
    pub(super) fn place(&self, day: i64) -> Place {
        match self.keep {
            Keep::Rolling => Place { level: self.reached(self.spend(day)), ..Place::default() },
            Keep::Term { days, then } => self.terms(day, days, then).place(day),
        }
    }

    /// The last day from `today` on when she stands at `place` or above, if she buys nothing more.
    pub(super) fn until(&self, today: i64, place: Place) -> Option<i64> {
        let changes = self.changes(today);
        let (mut day, mut now) = (today, place);
        while now.level >= place.level {
            let ahead = changes.get(changes.partition_point(|change| *change <= day)).copied();
            day = [ahead, self.end(day, now)].into_iter().flatten().min()?;
            now = self.place(day);
        }
        Some(day - 1)
    }

    /// What she must spend up to `until`, so that she stands as high on the day after it.
    pub(super) fn to_keep(&self, today: i64, until: i64, place: Place) -> Option<ToKeep> {
        let missing = |rule: &TierRule, day| i128::from(rule.spend_min.units()) - self.spend(day);
        let same = (missing(self.rule(place.level?), until + 1), until + 2 - self.window);
        // A term of the tier above serves as well, and may be nearer.
        let higher = self
            .above(place)
            .zip(self.helps())
            .map(|(above, days)| (missing(above, until), until + 2 - days));
        let in_time = |(_, from): &(i128, i64)| *from <= until;
        let (gap, from) = [Some(same), higher].into_iter().flatten().filter(in_time).min()?;
        let from = date(from).filter(|_| from > today);
        Some(ToKeep { gap: minor(gap), from, by: date(until)? })
    }

    /// For how many days who reaches the tier above is at least one below it.
    fn helps(&self) -> Option<i64> {
        match self.keep {
            Keep::Rolling => None,
            Keep::Term { days, then: Then::Balance } => Some(term_days(days)),
            Keep::Term { days, then: Then::OneDown } => Some(2 * term_days(days)),
        }
    }

    /// How many days of amounts up to `today` say all about `today` and later.
    pub(super) fn horizon(&self, today: i64) -> i64 {
        let Keep::Term { days, then } = self.keep else { return self.window };
        // What was bought by then can no longer be returned.
        let settled = today - self.window;
        let place = self.terms(today, days, then).place(settled);
        today - place.rose.unwrap_or(settled) + self.window
    }

    /// The days after `today` on which her place may change, apart from the ends of terms.
    fn changes(&self, today: i64) -> Vec<i64> {
        let days = || self.amounts.iter().map(|dated| i64::from(dated.day));
        let leaves = days().map(|day| day + self.window);
        let mut changes: Vec<i64> = match self.keep {
            Keep::Rolling => leaves.collect(),
            // What is bought in the future moves with today until its day has come.
            Keep::Term { .. } if days().any(|day| day > today) => {
                leaves.chain(days().map(|day| day + 1)).collect()
            }
            Keep::Term { .. } => Vec::new(),
        };
        changes.retain(|day| *day > today);
        changes.sort_unstable();
        changes
    }

    /// When her term ends for good, if she buys nothing after `day`.
    fn end(&self, day: i64, place: Place) -> Option<i64> {
        let Keep::Term { days, then } = self.keep else { return None };
        let terms = self.terms(day, days, then);
        terms.renewed(place, i64::MAX).unwrap_or(place).since.map(|since| since + terms.days)
    }

    fn kept(&self, today: i64) -> History {
        History::kept(self.amounts, self.window, today)
    }

    fn terms(&self, today: i64, days: u32, then: Then) -> Terms<'_, 'a> {
        Terms { ladder: self, kept: self.kept(today), days: term_days(days), then }
    }

    /// The highest rung that this much reaches.
    fn reached(&self, spend: i128) -> Option<usize> {
        let within = |rule: &&TierRule| i128::from(rule.spend_min.units()) <= spend;
        self.rungs.partition_point(within).checked_sub(1)
    }
}

fn term_days(days: u32) -> i64 {
    i64::from(days.max(1))
}

/// What she bought and kept, and the rule of terms over it.
struct Terms<'l, 'a> {
    ladder: &'l Ladder<'a>,
    kept: History,
    days: i64,
    then: Then,
}

impl Terms<'_, '_> {
    fn place(&self, today: i64) -> Place {
        let mut place = Place { level: self.floor(), ..Place::default() };
        for day in self.kept.days().iter().take_while(|day| **day <= today) {
            place = self.wait(place, *day);
            place = self.rise(place, *day);
        }
        self.wait(place, today)
    }

    /// The rung that everybody stands on; no term ends there.
    fn floor(&self) -> Option<usize> {
        self.ladder.reached(0)
    }

    fn reached(&self, day: i64) -> Option<usize> {
        self.ladder.reached(self.kept.between(day - self.ladder.window, day))
    }

    fn rise(&self, place: Place, day: i64) -> Place {
        let level = self.reached(day);
        let risen = Place { level, since: Some(day), rose: Some(day) };
        if level > place.level { risen } else { place }
    }

    /// Lets the terms end that end by `day`.
    fn wait(&self, mut place: Place, day: i64) -> Place {
        while let Some(end) = place.since.map(|since| since + self.days).filter(|end| *end <= day) {
            place = self.renewed(place, day).unwrap_or_else(|| self.fallen(place, end));
        }
        place
    }

    /// The last of the terms up to `day` that follow this one, if there is one.
    fn renewed(&self, place: Place, day: i64) -> Option<Place> {
        let end = place.since? + self.days;
        let spend_min = i128::from(self.ladder.rule(place.level?).spend_min.units());
        let lasts = self.kept.lasts(self.ladder.window, spend_min, end)?.min(day);
        let terms = (lasts - end) / self.days;
        Some(Place { since: Some(end + terms * self.days), ..place })
    }

    /// Where she stands when the window no longer reaches her tier at the term's end.
    fn fallen(&self, place: Place, end: i64) -> Place {
        let level = match self.then {
            Then::OneDown => place.level.and_then(|level| level.checked_sub(1)),
            Then::Balance => self.reached(end),
        };
        if level > self.floor() {
            Place { level, since: Some(end), ..place }
        } else {
            Place { level: self.floor(), ..Place::default() }
        }
    }
}
