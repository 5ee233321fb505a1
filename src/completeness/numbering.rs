//! Cuts receipt numbers into what stays, a date and a counter, and sorts them into series.
//!
//! ```text
//! XS 20261121 - 03 - 0042
//! └┬ └───┬──┘   │    └┬─┘
//!  │    date    │   counter: the digits that change most often within a day
//!  └────────────┴── stays: what tells this series from another
//! ```
//!
//! # Invariants
//!
//! - Two numbers are of one series only if they agree in all but date and counter.
//! - Digits are a date only if most numbers of their form have the day (±1: tills close after
//!   midnight) in this place.
//!
//! Not here: whether the counter counts (`run`).

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::Seen;

/// A counter of more digits than these is cut: the rest belongs to what stays.
const COUNTER_DIGITS_MAX: usize = 18;

/// A counter without zeros in front that has at most these digits may grow by one (99, 100).
const GROWING_DIGITS_MAX: usize = 5;

/// Stand for what changes: no receipt number holds them, control characters are stripped before.
const COUNTER_HERE: &str = "\u{1}";
const DATE_HERE: &str = "\u{2}";

/// A number in its series.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Which of the seen it is.
    pub(super) at: usize,
    /// The local day of its printing.
    pub(super) day: i32,
    /// The day that is printed in it, if the series has one.
    pub(super) date: Option<i32>,
    /// What the counter says.
    pub(super) value: u64,
    /// Where the counter stands, in bytes.
    pub(super) counter: Range<usize>,
}

/// Every series, each in the order of printing.
pub(super) fn series(seen: &[Seen<'_>]) -> Vec<Vec<Entry>> {
    let mut all: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for form in forms(seen) {
        let Some(counter) = counter_part(seen, &form) else { continue };
        let padded = padded_widths(seen, &form, counter);
        for cut in &form {
            let Some((entry, key)) = entry(seen, cut, counter, &padded) else { continue };
            all.entry(key).or_default().push(entry);
        }
    }
    let mut all: Vec<Vec<Entry>> = all.into_values().collect();
    // A counter that grew from 99 to 100 comes from two classes.
    all.iter_mut().for_each(|series| series.sort_by_key(|entry| entry.at));
    all
}

/// How a date may be written.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum DateForm {
    Ymd6,
    Dmy6,
    Dmy8,
    Mdy8,
    Ymd8,
}

impl DateForm {
    const ALL: [Self; 5] = [Self::Ymd8, Self::Mdy8, Self::Dmy8, Self::Dmy6, Self::Ymd6];

    const fn width(self) -> usize {
        match self {
            Self::Ymd6 | Self::Dmy6 => 6,
            Self::Dmy8 | Self::Mdy8 | Self::Ymd8 => 8,
        }
    }

    fn write(self, date: NaiveDate) -> String {
        let (y, m, d) = (date.year(), date.month(), date.day());
        match self {
            Self::Ymd6 => format!("{:02}{m:02}{d:02}", y % 100),
            Self::Dmy6 => format!("{d:02}{m:02}{:02}", y % 100),
            Self::Dmy8 => format!("{d:02}{m:02}{y:04}"),
            Self::Mdy8 => format!("{m:02}{d:02}{y:04}"),
            Self::Ymd8 => format!("{y:04}{m:02}{d:02}"),
        }
    }

    /// The day that these digits say, counted from 1970-01-01.
    fn read(self, digits: &str) -> Option<i32> {
        let part = |range: Range<usize>| digits.get(range)?.parse::<u32>().ok();
        let (y, m, d) = match self {
            Self::Ymd6 => (2000 + part(0..2)?, part(2..4)?, part(4..6)?),
            Self::Dmy6 => (2000 + part(4..6)?, part(2..4)?, part(0..2)?),
            Self::Dmy8 => (part(4..8)?, part(2..4)?, part(0..2)?),
            Self::Mdy8 => (part(4..8)?, part(0..2)?, part(2..4)?),
            Self::Ymd8 => (part(0..4)?, part(4..6)?, part(6..8)?),
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, m, d)?;
        i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
    }
}

/// Where the date stands in numbers of one form.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct DatePlace {
    form: DateForm,
    /// Which group of digits.
    group: usize,
    /// Digits of that group before it.
    offset: usize,
}

/// A number cut into its parts.
#[derive(Clone, Debug)]
struct Cut {
    at: usize,
    /// The groups of digits but for the date; as many in every number of a form.
    parts: Vec<Range<usize>>,
    date: Option<(Range<usize>, i32)>,
}

/// Numbers of the same look, the date in the same place.
fn forms(seen: &[Seen<'_>]) -> Vec<Vec<Cut>> {
    // Widths are told apart first: a date is found by where it stands.
    let mut classes: BTreeMap<(String, Vec<usize>), Vec<usize>> = BTreeMap::new();
    for (at, one) in seen.iter().enumerate() {
        let widths = digit_groups(one.number).iter().map(Range::len).collect();
        classes.entry((mask(one.number), widths)).or_default().push(at);
    }
    let mut forms: BTreeMap<(String, Option<DatePlace>), Vec<Cut>> = BTreeMap::new();
    for ((mask, _), members) in classes {
        let place = date_place(seen, &members);
        let cuts = members.iter().filter_map(|&at| cut(at, seen[at].number, place));
        forms.entry((mask, place)).or_default().extend(cuts);
    }
    forms.values_mut().for_each(|form| form.sort_by_key(|cut| cut.at));
    forms.into_values().collect()
}

/// The number with each group of digits as one sign.
fn mask(number: &str) -> String {
    let mut mask = String::new();
    for symbol in number.chars() {
        match symbol.is_ascii_digit() {
            false => mask.push(symbol),
            true if mask.ends_with(COUNTER_HERE) => {}
            true => mask.push_str(COUNTER_HERE),
        }
    }
    mask
}

fn digit_groups(number: &str) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, _) in number.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Where at least four in five of these numbers have their day.
fn date_place(seen: &[Seen<'_>], members: &[usize]) -> Option<DatePlace> {
    let mut counts: BTreeMap<DatePlace, usize> = BTreeMap::new();
    for &at in members {
        date_places(&seen[at]).into_iter().for_each(|place| *counts.entry(place).or_default() += 1);
    }
    let (place, count) = counts.into_iter().max_by_key(|(place, count)| (*count, place.form))?;
    (count * 5 >= members.len() * 4).then_some(place)
}

fn date_places(seen: &Seen<'_>) -> BTreeSet<DatePlace> {
    let mut places = BTreeSet::new();
    for (group, range) in digit_groups(seen.number).into_iter().enumerate() {
        let digits = &seen.number[range];
        for date in (-1..=1).filter_map(|off| date_of(seen.day.checked_add(off)?)) {
            let found = DateForm::ALL.into_iter().filter_map(|form| {
                Some(DatePlace { form, group, offset: digits.find(&form.write(date))? })
            });
            places.extend(found);
        }
    }
    places
}

fn date_of(day: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(day.into())?)
}

/// Cuts a number; `None` if its place for the date holds none.
fn cut(at: usize, number: &str, place: Option<DatePlace>) -> Option<Cut> {
    let mut parts = digit_groups(number);
    let Some(place) = place else { return Some(Cut { at, parts, date: None }) };
    let group = parts.get(place.group)?.clone();
    let start = group.start + place.offset;
    let date = start..start + place.form.width();
    let day = place.form.read(number.get(date.clone())?)?;
    parts.splice(place.group..=place.group, [group.start..start, date.end..group.end]);
    Some(Cut { at, parts, date: Some((date, day)) })
}

/// The part that changes most often from one number to the next of the same day; the last of equals.
fn counter_part(seen: &[Seen<'_>], form: &[Cut]) -> Option<usize> {
    let parts = form.first()?.parts.len();
    let text = |cut: &Cut, part: usize| &seen[cut.at].number[cut.parts[part].clone()];
    let changes = |part: usize| {
        let same_day = form.windows(2).filter(|pair| seen[pair[0].at].day == seen[pair[1].at].day);
        same_day.filter(|pair| text(&pair[0], part) != text(&pair[1], part)).count()
    };
    (0..parts).max_by_key(|&part| (changes(part), part))
}

/// The widths in which the counter has zeros in front: it does not grow past them.
fn padded_widths(seen: &[Seen<'_>], form: &[Cut], counter: usize) -> BTreeSet<usize> {
    let counters = form.iter().map(|cut| &seen[cut.at].number[cut.parts[counter].clone()]);
    counters.filter(|digits| digits.len() > 1 && digits.starts_with('0')).map(str::len).collect()
}

/// The number as an entry, and the name of its series.
fn entry(
    seen: &[Seen<'_>],
    cut: &Cut,
    counter: usize,
    padded: &BTreeSet<usize>,
) -> Option<(Entry, String)> {
    let number = seen[cut.at].number;
    let part = cut.parts[counter].clone();
    let counter = part.start.max(part.end.saturating_sub(COUNTER_DIGITS_MAX))..part.end;
    let value = number[counter.clone()].parse().ok()?;
    let fixed = part.len() > GROWING_DIGITS_MAX || padded.contains(&part.len());
    let width = if fixed { part.len() } else { 0 };
    let mut key = number.to_owned();
    let mut holes = vec![(counter.clone(), COUNTER_HERE)];
    holes.extend(cut.date.iter().map(|(range, _)| (range.clone(), DATE_HERE)));
    holes.sort_by_key(|(range, _)| core::cmp::Reverse(range.start));
    holes.into_iter().for_each(|(range, sign)| key.replace_range(range, sign));
    let date = cut.date.as_ref().map(|(_, day)| *day);
    let entry = Entry { at: cut.at, day: seen[cut.at].day, date, value, counter };
    Some((entry, format!("{key} {width}")))
}
