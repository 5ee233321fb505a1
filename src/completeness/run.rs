//! Whether a series counts, and which of its numbers are missing.
//!
//! ```text
//! printed    57 58 59 61 60  9999 62 65 66 │ 3 4 5      next day
//! run        57 58 59    60       62 65 66 │ 3 4 5      the best way through, strays left out
//! seen                61     9999                       never bounds a gap, but fills one
//! missing                           63 64  │ 1 2        1 and 2 if every day begins at 1
//! ```
//!
//! # Invariants
//!
//! - A gap lies between two numbers of the run, in one period: a printed date, a day, or for ever.
//! - A gap into which a number fell at quite another time claims nothing: something else counts here.
//! - `O(n log n)`: looking back and looking into a gap are bounded.
//!
//! Not here: what a counter is (`numbering`).

use std::collections::{BTreeMap, BTreeSet};

use super::numbering::Entry;
use super::{LISTED_MAX, Seen, Skipped};

/// A longer gap is a jump of the till's own.
const GAP_MAX: u64 = 200;

/// A longer gap needs, on both sides, a second number this near: one alone may be misread.
const ALONE_MAX: u64 = 10;

/// How far a run looks back over strays, in numbers printed.
const LOOK_BACK: usize = 32;

/// How far a late number or a copy may be from its place, in numbers printed.
const NEAR: usize = 8;

/// Worth of a number in the run; a missing one costs 1, so that of two ways the closer one is taken.
const WORTH: i64 = 1_000;

/// Price of a restart within a period: a wrap or a new shift goes on for more numbers than these three.
const RESTART: i64 = 3 * WORTH;

/// A counter begins again every day only if it did this often: one morning's copies look like it.
const NIGHTS_MIN: usize = 2;

/// The gaps of a series, each with the place of the number after it.
pub(super) fn skipped(seen: &[Seen<'_>], series: &[Entry]) -> Vec<(usize, Skipped)> {
    let Some(step) = step(series) else { return Vec::new() };
    let line = Line::new(seen, series, step);
    let run = line.run();
    if !line.counts(&run) {
        return Vec::new();
    }
    let between = run.windows(2).filter_map(|pair| {
        let missing = line.gap(pair[0], pair[1])?;
        Some(line.claim(&missing, pair[0], pair[1], pair[0]))
    });
    between.chain(line.heads(&run)).collect()
}

/// The difference that comes most often between neighbours of a day; the smaller of equals.
fn step(series: &[Entry]) -> Option<u64> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for pair in series.windows(2).filter(|pair| pair[0].day == pair[1].day) {
        let difference = pair[1].value.checked_sub(pair[0].value).filter(|&by| by > 0);
        difference.into_iter().for_each(|by| *counts.entry(by).or_default() += 1);
    }
    let most = counts.into_iter().max_by_key(|&(by, count)| (count, core::cmp::Reverse(by)));
    most.map(|(by, _)| by)
}

/// What a counter without a date does over night.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Night {
    /// It goes on, and most nights without a gap.
    GoesOn,
    /// It begins again.
    BeginsAgain,
    /// Too few nights to say: nothing is claimed over night, and no number is given twice.
    Unclear,
}

impl Night {
    fn of(series: &[Entry], step: u64) -> Self {
        let days: Vec<&[Entry]> = series.chunk_by(|a, b| a.day == b.day).collect();
        let back = days.windows(2).filter(|pair| is_back(pair[0], pair[1])).count();
        let forward = days.windows(2).filter(|pair| !is_back(pair[0], pair[1]));
        let (exact, gap): (Vec<_>, Vec<_>) =
            forward.partition(|pair| is_exact(pair[0], pair[1], step));
        match (exact.len(), gap.len()) {
            (exact, gap) if exact > 0 && exact >= gap && exact > back => Self::GoesOn,
            (exact, gap) if back >= NIGHTS_MIN && back > exact + gap => Self::BeginsAgain,
            _ => Self::Unclear,
        }
    }
}

/// Whether a day counts where the day before did. Quarters, because the ends may hold copies.
fn is_back(before: &[Entry], day: &[Entry]) -> bool {
    let sorted = |day: &[Entry]| {
        let mut values: Vec<u64> = day.iter().map(|entry| entry.value).collect();
        values.sort_unstable();
        values
    };
    let (before, day) = (sorted(before), sorted(day));
    before[before.len() - 1 - before.len() / 4] >= day[day.len() / 4]
}

/// Whether a day begins with the number that comes after one of the last of the day before.
fn is_exact(before: &[Entry], day: &[Entry], step: u64) -> bool {
    let last = before.iter().rev().take(NEAR).map(|entry| entry.value.saturating_add(step));
    let first: BTreeSet<u64> = day.iter().take(NEAR).map(|entry| entry.value).collect();
    let known: BTreeSet<u64> = before.iter().map(|entry| entry.value).collect();
    last.into_iter().any(|next| first.contains(&next) && !known.contains(&next))
}

/// A series in the order of printing. A place is an index into `series`.
struct Line<'a> {
    seen: &'a [Seen<'a>],
    series: &'a [Entry],
    step: u64,
    /// Within a period a number is given once: the printed date, the day, or always the same.
    periods: Vec<i32>,
    /// Whether a period may have gaps between two days of printing.
    over_night: bool,
    /// Where a number was seen first.
    places: BTreeMap<(i32, u64), usize>,
}

/// The first of the run in a period.
struct Head {
    place: usize,
    /// The last of the run in the period before.
    previous: Option<usize>,
    /// Numbers of the run in this period.
    length: usize,
}

impl<'a> Line<'a> {
    fn new(seen: &'a [Seen<'a>], series: &'a [Entry], step: u64) -> Self {
        let night = Night::of(series, step);
        let dated = series.iter().any(|entry| entry.date.is_some());
        let undated = |entry: &Entry| if night == Night::BeginsAgain { entry.day } else { 0 };
        let period = |entry: &Entry| entry.date.unwrap_or_else(|| undated(entry));
        let periods: Vec<i32> = series.iter().map(period).collect();
        let mut places = BTreeMap::new();
        for (place, entry) in series.iter().enumerate() {
            places.entry((periods[place], entry.value)).or_insert(place);
        }
        let over_night = dated || night == Night::GoesOn;
        Self { seen, series, step, periods, over_night, places }
    }

    fn key(&self, place: usize) -> (i32, u64) {
        (self.periods[place], self.series[place].value)
    }

    /// Whether a printed date is that of the printing, ±1; if not, it is an old receipt's copy.
    fn is_of_its_day(&self, place: usize) -> bool {
        let entry = &self.series[place];
        entry.date.is_none_or(|date| date.abs_diff(entry.day) <= 1)
    }

    /// Whether the second may be the next of its period after the first.
    fn is_together(&self, from: usize, to: usize) -> bool {
        let same_day = self.series[from].day == self.series[to].day;
        self.periods[from] == self.periods[to]
            && (self.over_night || same_day)
            && to - from <= LOOK_BACK
    }

    /// How many numbers lie between two of a period, if the second may follow the first.
    fn between(&self, from: usize, to: usize) -> Option<u64> {
        let by = self.series[to].value.checked_sub(self.series[from].value)?;
        let between = (by / self.step).checked_sub(1)?;
        let may = by.is_multiple_of(self.step) && between <= GAP_MAX && self.is_together(from, to);
        may.then_some(between)
    }

    /// What it costs the run to go on from one to the other, if it may.
    fn price(&self, from: usize, to: usize) -> Option<i64> {
        let new_day = !self.over_night && self.series[from].day < self.series[to].day;
        if new_day || self.periods[from] < self.periods[to] {
            return Some(0);
        }
        i64::try_from(self.between(from, to)?).ok()
    }

    /// The way through the series that takes the most numbers along for the fewest restarts.
    fn run(&self) -> Vec<usize> {
        let mut best: Vec<(i64, Option<usize>)> = Vec::new();
        let mut top: Option<usize> = None;
        for place in 0..self.series.len() {
            let near = (place.saturating_sub(LOOK_BACK)..place)
                .filter_map(|from| Some((best[from].0 - self.price(from, place)?, Some(from))));
            let restart = top.map(|top| (best[top].0 - RESTART, Some(top)));
            let (worth, from) = near.chain(restart).fold((0, None), Ord::max);
            let worth = if self.is_of_its_day(place) { worth + WORTH } else { i64::MIN / 2 };
            best.push((worth, from));
            if top.is_none_or(|top| best[top].0 <= worth) {
                top = Some(place);
            }
        }
        let mut run: Vec<usize> = core::iter::successors(top, |&place| best[place].1).collect();
        run.reverse();
        run
    }

    /// Whether this is a counter at all: four in five in order, and four in five steps equal. So a
    /// gap takes six numbers to be one.
    fn counts(&self, run: &[usize]) -> bool {
        let fresh = (0..self.series.len()).filter(|&place| {
            let before = place.saturating_sub(NEAR)..place;
            self.is_of_its_day(place)
                && !before.into_iter().any(|at| self.key(at) == self.key(place))
        });
        let steps = run.windows(2).filter(|pair| self.between(pair[0], pair[1]).is_some());
        let whole = steps.clone().filter(|pair| self.is_whole(pair[0], pair[1])).count();
        let in_order = run.len() * 5 >= fresh.count() * 4;
        in_order && whole > 0 && whole * 5 >= steps.count() * 4
    }

    /// The numbers between two of a period, and where each was seen.
    fn inside(&self, from: usize, to: usize) -> impl Iterator<Item = (u64, Option<usize>)> {
        let (period, low) = self.key(from);
        let count = self.between(from, to).unwrap_or_default();
        (1..=count).map(move |nth| {
            let value = low + nth * self.step;
            (value, self.places.get(&(period, value)).copied())
        })
    }

    /// Whether a place is where a number between these two may be, give or take a few.
    fn is_near(place: usize, from: usize, to: usize) -> bool {
        (from.saturating_sub(NEAR)..=to + NEAR).contains(&place)
    }

    fn is_whole(&self, from: usize, to: usize) -> bool {
        self.inside(from, to).all(|(_, at)| at.is_some_and(|at| Self::is_near(at, from, to)))
    }

    /// Whether a number was seen long before, or on another day: a copy bounds no gap.
    fn is_old_copy(&self, place: usize) -> bool {
        let first = self.places.get(&self.key(place)).copied().unwrap_or(place);
        let same_day = self.series[first].day == self.series[place].day;
        place - first > NEAR || !(self.over_night || same_day)
    }

    /// What is missing between two of the run.
    fn gap(&self, from: usize, to: usize) -> Option<Vec<u64>> {
        let between = self.between(from, to)?;
        let strange = |at: Option<usize>| at.is_some_and(|at| !Self::is_near(at, from, to));
        let alone = between > ALONE_MAX && !(self.has_below(from) && self.has_above(to));
        let copies = self.is_old_copy(from) || self.is_old_copy(to);
        if alone || copies || self.inside(from, to).any(|(_, at)| strange(at)) {
            return None;
        }
        let unseen = self.inside(from, to).filter(|(_, at)| at.is_none());
        let missing: Vec<u64> = unseen.map(|(value, _)| value).collect();
        (!missing.is_empty()).then_some(missing)
    }

    fn has_below(&self, place: usize) -> bool {
        let (period, value) = self.key(place);
        let low = value.saturating_sub(self.step.saturating_mul(ALONE_MAX));
        self.places.range((period, low)..(period, value)).next().is_some()
    }

    fn has_above(&self, place: usize) -> bool {
        let (period, value) = self.key(place);
        let high = value.saturating_add(self.step.saturating_mul(ALONE_MAX));
        self.places.range((period, value + 1)..=(period, high)).next().is_some()
    }

    /// Gaps at the beginning of days, if days begin with a certain number.
    fn heads(&self, run: &[usize]) -> Vec<(usize, Skipped)> {
        let heads = self.periods_of(run);
        let Some(start) = self.start(&heads) else { return Vec::new() };
        let gap = |head: &Head| {
            let previous = head.previous?;
            let missing = self.missing_at_head(head, previous, start)?;
            Some(self.claim(&missing, previous, head.place, start))
        };
        heads.iter().filter_map(gap).collect()
    }

    fn periods_of(&self, run: &[usize]) -> Vec<Head> {
        let mut previous = None;
        let periods = run.chunk_by(|&a, &b| self.periods[a] == self.periods[b]);
        let heads = periods.filter_map(|places| {
            let head = Head { place: *places.first()?, previous, length: places.len() };
            previous = places.last().copied();
            Some(head)
        });
        heads.collect()
    }

    /// The number with which periods begin: three for each that does not. The first does not speak
    /// against it: nobody says that it was seen from its beginning.
    fn start(&self, heads: &[Head]) -> Option<usize> {
        let value = |head: &Head| self.series[head.place].value;
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        heads.iter().for_each(|head| *counts.entry(value(head)).or_default() += 1);
        let (start, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        let others = heads.iter().skip(1).filter(|head| value(head) != start).count();
        let found = heads.iter().find(|head| value(head) == start)?;
        (count >= others * 3).then_some(found.place)
    }

    fn missing_at_head(&self, head: &Head, previous: usize, start: usize) -> Option<Vec<u64>> {
        let ((period, first), start) = (self.key(head.place), self.series[start].value);
        let by = first.checked_sub(start).filter(|&by| by > 0 && by.is_multiple_of(self.step))?;
        // A day that goes on where the last one stopped has not restarted yet.
        let restarted = first < self.series[previous].value;
        let count = by / self.step;
        let alone = head.length < 2 || count > ALONE_MAX && !self.has_above(head.place);
        if !restarted || alone || count > GAP_MAX {
            return None;
        }
        let missing: Vec<u64> = (0..count).map(|nth| start + nth * self.step).collect();
        // The first of the day may have been printed before the last of the day before.
        let just_before = &self.series[head.place.saturating_sub(3)..head.place];
        let was_seen = |value: &u64| {
            self.places.contains_key(&(period, *value))
                || just_before.iter().any(|entry| entry.value == *value)
        };
        (!missing.iter().any(was_seen)).then_some(missing)
    }

    /// Puts a gap into words of the till: written like the number at `width_of`.
    fn claim(
        &self,
        missing: &[u64],
        after: usize,
        before: usize,
        width_of: usize,
    ) -> (usize, Skipped) {
        let number = |place: usize| self.seen[self.series[place].at].number;
        let width = self.series[width_of].counter.len();
        // The number after the gap has the right date; both have the rest.
        let written = |value: &u64| {
            let mut text = number(before).to_owned();
            let counter = self.series[before].counter.clone();
            text.replace_range(counter, &format!("{value:0width$}"));
            text
        };
        let skipped = Skipped {
            numbers: missing.iter().take(LISTED_MAX).map(written).collect(),
            count: u64::try_from(missing.len()).unwrap_or(u64::MAX),
            after: number(after).to_owned(),
            before: number(before).to_owned(),
        };
        (self.series[before].at, skipped)
    }
}
