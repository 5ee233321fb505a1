//! The file contests: most new files, most complete ones, most valid ones (S9, S10, S11).
//!
//! ```text
//! quarter 1 count of new valid files      quarter 2 mean completeness
//! quarter 3 a sample drawn by a seed, checked by people: share found valid
//! ```
//!
//! # Invariants
//!
//! - A file counts for the quarter of its first sale, by the day on that receipt, for who served her;
//!   who is cut off by the quarter's last day counts in the next.
//! - Equal results share a rank, and the next rank leaves out as many.
//! - The sample depends on seed, quarter and pseudonyms alone: whoever draws again draws the same.
//! - Ranks are facts. No sanction is computed, stored or suggested.
//!
//! Not here: what makes a file valid (`customer::held_out`), completeness (`file`).

mod count;
mod drawn;

pub(super) use count::Files;
pub use count::counted;
pub use drawn::{Draw, draw_of, drawn_in, found, set_draw};

use super::rules::FigureRules;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::hq::file::{Filled, Weights};
use ring::hmac;
use rusqlite::{Connection, params};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A calendar quarter: its year times four, and 0 to 3.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Quarter(i32);

impl Quarter {
    /// The quarter of a day.
    #[must_use]
    pub fn of(day: i32) -> Self {
        let date = Date::of(day);
        Self(date.year * 4 + (i32::from(date.month) - 1) / 3)
    }

    /// The quarter of `2026Q3`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, quarter) = text.split_once(['q', 'Q'])?;
        let (year, quarter): (i32, i32) = (year.parse().ok()?, quarter.parse().ok()?);
        ((1..=4).contains(&quarter) && (1970..=9999).contains(&year))
            .then_some(Self(year * 4 + quarter - 1))
    }

    /// So many quarters before it.
    #[must_use]
    pub const fn before(self, quarters: i32) -> Self {
        Self(self.0 - quarters)
    }

    /// Its first and its last day.
    #[must_use]
    pub fn days(self) -> (i32, i32) {
        let first = |quarter: i32| {
            let month = u8::try_from(quarter.rem_euclid(4) * 3 + 1).unwrap_or(1);
            Date { year: quarter.div_euclid(4), month, day: 1 }.day().unwrap_or_default()
        };
        (first(self.0), first(self.0 + 1) - 1)
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}Q{}", self.0.div_euclid(4), self.0.rem_euclid(4) + 1)
    }
}

/// One who takes part, with what is counted of the quarter's new files.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Entrant {
    /// The store's name.
    pub store: String,
    /// Who.
    pub staff: String,
    /// New valid files.
    pub files: u32,
    /// Files that do not count: the number is staff's own, or many share it.
    pub invalid: u32,
    /// Mean completeness of the valid ones, percent.
    pub complete_percent: u32,
    /// Files of the sample that were checked.
    pub checked: u32,
    /// Of them, found valid.
    pub found_valid: u32,
    /// Rank by files; equal ones share it.
    pub rank_files: u32,
    /// Rank by completeness; none without a file.
    pub rank_complete: Option<u32>,
    /// Rank by share found valid; none where nothing was checked.
    pub rank_valid: Option<u32>,
}

/// Ranks by a value, most first: 1, 2, 2, 4.
#[must_use]
pub fn ranks<T: Ord + Copy>(values: &[Option<T>]) -> Vec<Option<u32>> {
    let mut sorted: Vec<T> = values.iter().flatten().copied().collect();
    sorted.sort_unstable_by_key(|value| Reverse(*value));
    let better = |than: T| sorted.partition_point(|value| *value > than);
    let rank = |value: &Option<T>| Some(u32::try_from(better((*value)?)).unwrap_or(u32::MAX) + 1);
    values.iter().map(rank).collect()
}

/// Draws up to `size` by a seed: the same for the same seed, whatever order they come in.
#[must_use]
pub fn sample(seed: &str, quarter: Quarter, files: &[CustomerId], size: usize) -> Vec<CustomerId> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed.as_bytes());
    let lot = |file: &CustomerId| {
        let text = [b"huitou file check v1".as_slice(), &quarter.0.to_be_bytes(), &file.0].concat();
        hmac::sign(&key, &text).as_ref().to_vec()
    };
    let mut drawn = files.to_vec();
    drawn.sort_by_cached_key(|file| (lot(file), *file));
    drawn.truncate(size);
    drawn
}

/// Counts a quarter's new files per person, with the three ranks; by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn entrants(
    db: &Connection,
    rules: &FigureRules,
    quarter: Quarter,
) -> rusqlite::Result<Vec<Entrant>> {
    let ((first, last), weights) = (quarter.days(), Weights::of(&rules.file));
    let mut select = db.prepare_cached(
        "SELECT s.name, f.reg_staff, f.valid, coalesce(p.hard, 0), coalesce(p.soft, 0),
                c.valid
         FROM figure_person f JOIN store s ON s.id = f.reg_store
         LEFT JOIN person p ON p.customer = f.customer
         LEFT JOIN file_check c ON c.customer = f.customer AND c.quarter = ?3
         WHERE f.reg_day BETWEEN ?1 AND ?2 AND f.reg_staff IS NOT NULL",
    )?;
    let mut rows = select.query(params![first, last, quarter.0])?;
    let mut sums: BTreeMap<(String, String), (Entrant, u32)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (store, staff): (String, String) = (row.get(0)?, row.get(1)?);
        let (one, percents) = sums
            .entry((store.clone(), staff.clone()))
            .or_insert_with(|| (entrant(store, staff), 0));
        if let Some(valid) = row.get::<_, Option<bool>>(5)? {
            one.checked += 1;
            one.found_valid += u32::from(valid);
        }
        if row.get(2)? {
            one.files += 1;
            let filled = Filled { hard: row.get(3)?, soft: row.get(4)? };
            *percents += filled.percent(weights);
        } else {
            one.invalid += 1;
        }
    }
    let mut all: Vec<Entrant> =
        sums.into_values().map(|(one, percents)| mean(one, percents)).collect();
    rank(&mut all);
    Ok(all)
}

fn entrant(store: String, staff: String) -> Entrant {
    Entrant {
        store,
        staff,
        files: 0,
        invalid: 0,
        complete_percent: 0,
        checked: 0,
        found_valid: 0,
        rank_files: 0,
        rank_complete: None,
        rank_valid: None,
    }
}

fn mean(one: Entrant, percents: u32) -> Entrant {
    let complete_percent = (percents + one.files / 2).checked_div(one.files).unwrap_or(0);
    Entrant { complete_percent, ..one }
}

fn rank(all: &mut [Entrant]) {
    let files: Vec<_> = all.iter().map(|one| Some(one.files)).collect();
    let complete: Vec<_> =
        all.iter().map(|one| (one.files > 0).then_some(one.complete_percent)).collect();
    let share = |one: &Entrant| one.found_valid * 10_000 / one.checked;
    let valid: Vec<_> = all.iter().map(|one| (one.checked > 0).then(|| share(one))).collect();
    let ranked = ranks(&files).into_iter().zip(ranks(&complete)).zip(ranks(&valid));
    for (one, ((files, complete), valid)) in all.iter_mut().zip(ranked) {
        one.rank_files = files.unwrap_or_default();
        (one.rank_complete, one.rank_valid) = (complete, valid);
    }
    all.sort_by_key(|one| (Reverse(one.files), one.store.clone(), one.staff.clone()));
}

/// A file that is to be checked.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Drawn {
    /// The store's name.
    pub store: String,
    /// Whose file it is.
    pub staff: String,
    /// Her pseudonym.
    pub customer: String,
    /// What the check found, if it was made.
    pub valid: Option<bool>,
}

/// Draws up to `size` of each one's new files of a quarter, by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn draw(
    db: &Connection,
    quarter: Quarter,
    seed: &str,
    size: usize,
) -> rusqlite::Result<Vec<Drawn>> {
    let (first, last) = quarter.days();
    let mut select = db.prepare_cached(
        "SELECT s.name, f.reg_staff, f.customer FROM figure_person f
         JOIN store s ON s.id = f.reg_store
         WHERE f.reg_day BETWEEN ?1 AND ?2 AND f.reg_staff IS NOT NULL",
    )?;
    let mut rows = select.query([first, last])?;
    let mut files: BTreeMap<(String, String), Vec<CustomerId>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        files.entry((row.get(0)?, row.get(1)?)).or_default().push(row.get(2)?);
    }
    let mut drawn = Vec::new();
    for ((store, staff), hers) in files {
        for customer in sample(seed, quarter, &hers, size) {
            let valid = found(db, &customer, quarter)?;
            let (store, staff, customer) = (store.clone(), staff.clone(), customer.to_string());
            drawn.push(Drawn { store, staff, customer, valid });
        }
    }
    Ok(drawn)
}

/// Notes what a check found; a later check of the same quarter stands.
///
/// # Errors
///
/// As SQLite says, also if there is no such file.
pub fn check(
    db: &Connection,
    customer: &CustomerId,
    quarter: Quarter,
    valid: bool,
    by: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO file_check (customer, quarter, valid, by, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (customer, quarter) DO UPDATE SET
             valid = excluded.valid, by = excluded.by, at_ms = excluded.at_ms",
        params![customer, quarter.0, valid, by, now_ms],
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_equal_ones_share_a_rank_and_the_next_is_left_out() {
        assert_eq!(
            ranks(&[Some(5), Some(9), None, Some(5), Some(1)]),
            [Some(2), Some(1), None, Some(2), Some(4)]
        );
    }

    #[test]
    fn a_quarter_has_its_days_and_its_name() {
        let quarter = Quarter::parse("2026Q3").unwrap();
        let day = |month, day| Date { year: 2026, month, day }.day().unwrap();
        assert_eq!(quarter.days(), (day(7, 1), day(9, 30)));
        assert_eq!((Quarter::of(day(9, 30)), Quarter::of(day(10, 1)) > quarter), (quarter, true));
        assert_eq!(quarter.to_string(), "2026Q3");
        assert_eq!(["2026Q5", "2026", "xQ1"].map(Quarter::parse), [None; 3]);
    }

    #[test]
    fn s11_a_sample_is_the_same_for_the_same_seed_and_another_for_another() {
        let files: Vec<CustomerId> = (0..100).map(|n| CustomerId([n; 16])).collect();
        let quarter = Quarter::parse("2026Q3").unwrap();
        let drawn = sample("spring", quarter, &files, 10);
        let mut backwards = files.clone();
        backwards.reverse();
        assert_eq!(sample("spring", quarter, &backwards, 10), drawn);
        assert_eq!(sample("spring", quarter, &files, 3), drawn[..3]);
        assert_ne!(sample("autumn", quarter, &files, 10), drawn);
        assert_ne!(sample("spring", Quarter(quarter.0 + 1), &files, 10), drawn);
        assert_eq!(sample("spring", quarter, &files[..5], 10).len(), 5, "all there are");
    }
}
