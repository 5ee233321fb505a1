//! Does a solved complaint make a customer more loyal, and does a quick answer? (S60, S109)
//!
//! # Invariants
//!
//! - Every share comes with how many it is of and with its 95 % interval: few cases prove nothing.
//! - Who complained so lately that she had no time to come back is not counted.
//!
//! Not here: the cases (`case`).

use crate::care_list::CustomerId;
use crate::hq::figures::measure::each;
use crate::hq::model::History;
use rusqlite::{Connection, params};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Who buys within so many days afterwards came back.
const WINDOW_DAYS: i32 = 180;
/// Below so many a share says little.
const SAMPLE_MIN: u32 = 30;
const DAY_MS: i64 = 86_400_000;

/// How many of a group came back.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Share {
    /// `solved`, `unsolved`, `never_complained`; or how soon she was answered.
    pub group: Cow<'static, str>,
    /// How many are in it.
    pub of: u32,
    /// How many bought again within the window.
    pub came_back: u32,
    /// The share, and the interval it lies in (Wilson, 95 %), in thousandths.
    pub permille: [u32; 3],
    /// Too few to say anything.
    pub too_few: bool,
}

impl Share {
    fn of(group: &'static str, of: u32, came_back: u32) -> Self {
        let permille = wilson(of, came_back);
        let group = Cow::Borrowed(group);
        Self { group, of, came_back, permille, too_few: of < SAMPLE_MIN }
    }
}

/// Share, lower and upper bound in thousandths (Wilson 1927, z = 1.96).
#[allow(clippy::cast_sign_loss, reason = "clamped to what a share can be")]
#[must_use]
pub fn wilson(of: u32, hits: u32) -> [u32; 3] {
    if of == 0 {
        return [0, 0, 1_000];
    }
    let (n, z) = (f64::from(of), 1.96_f64);
    let share = f64::from(hits) / n;
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let spread = share * (1.0 - share) / n + z * z / (4.0 * n * n);
    let half = z / (1.0 + z * z / n) * spread.sqrt();
    // Between 0 and 1000 by construction; the clamp is against rounding.
    [share, middle - half, middle + half]
        .map(|of| (of * 1_000.0).round().clamp(0.0, 1_000.0) as u32)
}

/// Who came back, by how her complaint ended; and those who never complained, since the same days.
///
/// # Errors
///
/// As SQLite says.
pub fn by_ending(db: &Connection, today: i32, silent: &Silent) -> rusqlite::Result<Vec<Share>> {
    let mut select = db.prepare_cached(
        "SELECT coalesce(c.satisfied, 0), count(*), sum(EXISTS (
             SELECT 1 FROM sale s WHERE s.counts AND s.kind = 'sale'
             AND s.customer IN (SELECT id FROM customer WHERE id = c.customer OR root = c.customer)
             AND s.day > c.opened_ms / ?1 AND s.day <= c.opened_ms / ?1 + ?2))
         FROM complaint c WHERE c.customer IS NOT NULL AND c.opened_ms / ?1 + ?2 <= ?3
         GROUP BY 1",
    )?;
    let rows = select.query_map(params![DAY_MS, WINDOW_DAYS, today], |row| {
        Ok((row.get::<_, bool>(0)?, (row.get(1)?, row.get(2)?)))
    })?;
    let counts: BTreeMap<bool, (u32, u32)> = rows.collect::<rusqlite::Result<_>>()?;
    let of = |satisfied| counts.get(&satisfied).copied().unwrap_or_default();
    let (solved, unsolved) = (of(true), of(false));
    Ok(vec![
        Share::of("solved", solved.0, solved.1),
        Share::of("unsolved", unsolved.0, unsolved.1),
        Share::of("never_complained", silent.of, silent.came_back),
    ])
}

/// Those who bought in the window before the last one and never complained; counted one by one, in a pass
/// over everybody.
#[derive(Default)]
pub struct Silent {
    complained: HashSet<CustomerId>,
    of: u32,
    came_back: u32,
}

impl Silent {
    /// Before the first is counted.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn begin(db: &Connection) -> rusqlite::Result<Self> {
        let mut select = db.prepare_cached(
            "SELECT coalesce(r.root, r.id) FROM complaint c JOIN customer r ON r.id = c.customer",
        )?;
        let complained = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self { complained, ..Self::default() })
    }

    /// Counts one more, who came back if she bought in the last window too.
    pub fn add(&mut self, her: &History<'_>, today: i32) {
        let began = today.saturating_sub(WINDOW_DAYS).saturating_add(1);
        let bought = |days: Range<i32>| her.count(&days) > 0;
        if bought(began.saturating_sub(WINDOW_DAYS)..began)
            && !self.complained.contains(&her.customer)
        {
            self.of += 1;
            self.came_back += u32::from(bought(began..today.saturating_add(1)));
        }
    }

    /// Everybody, as the figures' last night has them.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn of_all(db: &Connection, today: i32) -> rusqlite::Result<Self> {
        let mut silent = Self::begin(db)?;
        each(db, |her| silent.add(her, today))?;
        Ok(silent)
    }
}

/// Who came back, by how soon she was first answered.
///
/// # Errors
///
/// As SQLite says.
pub fn by_reply(db: &Connection, today: i32) -> rusqlite::Result<Vec<Share>> {
    const GROUPS: [&str; 4] = ["within_an_hour", "within_a_day", "later", "never_answered"];
    let mut select = db.prepare_cached(
        "SELECT c.opened_ms,
                (SELECT min(at_ms) FROM complaint_step p WHERE p.complaint = c.id
                 AND p.step <> 'listen'),
                EXISTS (SELECT 1 FROM sale s WHERE s.counts AND s.kind = 'sale'
                    AND s.customer IN
                        (SELECT id FROM customer WHERE id = c.customer OR root = c.customer)
                    AND s.day > c.opened_ms / ?1 AND s.day <= c.opened_ms / ?1 + ?2)
         FROM complaint c WHERE c.customer IS NOT NULL AND c.opened_ms / ?1 + ?2 <= ?3",
    )?;
    let mut counts = [(0_u32, 0_u32); 4];
    let mut rows = select.query(params![DAY_MS, WINDOW_DAYS, today])?;
    while let Some(row) = rows.next()? {
        let (opened, replied): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
        let band = match replied.map(|at| at - opened) {
            Some(..=3_600_000) => 0,
            Some(..=DAY_MS) => 1,
            Some(_) => 2,
            None => 3,
        };
        counts[band].0 += 1;
        counts[band].1 += u32::from(row.get::<_, bool>(2)?);
    }
    Ok(GROUPS.iter().zip(counts).map(|(group, (of, back))| Share::of(group, of, back)).collect())
}

/// Half and nine tenths of the cases were answered, and closed, within so many minutes (S76).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Speed {
    /// Cases.
    pub of: usize,
    /// Half of them within so many minutes.
    pub median: i64,
    /// Nine tenths.
    pub ninety: i64,
}

impl Speed {
    /// Of these times, in minutes.
    #[must_use]
    pub fn of(mut minutes: Vec<i64>) -> Self {
        minutes.sort_unstable();
        // The smallest time within which at least that share was done.
        let at = |percent: usize| {
            let rank = (minutes.len() * percent).div_ceil(100);
            minutes.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { of: minutes.len(), median: at(50), ninety: at(90) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 is 0.2553 to 0.3662.
    #[test]
    fn a_share_has_the_interval_of_the_literature() {
        assert_eq!(wilson(263, 81), [308, 255, 366]);
        assert_eq!(wilson(0, 0), [0, 0, 1_000]);
        assert!(Share::of("solved", 29, 20).too_few && !Share::of("solved", 30, 20).too_few);
    }

    #[test]
    fn s76_half_and_nine_tenths_are_times_that_cases_really_took() {
        assert_eq!(Speed::of((1..=10).collect()), Speed { of: 10, median: 5, ninety: 9 });
        assert_eq!(Speed::of(vec![7]), Speed { of: 1, median: 7, ninety: 7 });
        assert_eq!(Speed::of(Vec::new()), Speed::default());
    }
}
