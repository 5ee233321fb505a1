//! The shop's calendar: dates, the lunar calendar, seasons, holidays and birthdays.
//!
//! Days are `i32`, counted from 1970-01-01 on the shop's clock, as everywhere in this crate.
//!
//! ```text
//! day ─▶ Date    2026-02-17      ─▶ Holiday, Birthday
//!     ─▶ Lunar   2026 正月 初一   ─▶ Holiday, Birthday
//!     ─▶ SolarTerm, Season
//! ```
//!
//! # Invariants
//!
//! - No clock: the caller says which day it is.
//! - What lies outside of the tables (lunar years and solar terms of [`YEARS`]) is `None`, never a guess.
//!
//! Not here: what is said or given on such a day (`note` in the agent, `hq::care`).

mod birthday;
mod holiday;
mod lunar;
mod term;

pub use birthday::Birthday;
pub use holiday::{Holiday, holidays};
pub use lunar::Lunar;
pub use term::{Season, SolarTerm, season, solar_term};

use core::ops::RangeInclusive;

/// The years whose lunar months and solar terms are known.
pub const YEARS: RangeInclusive<i32> = 1900..=2100;

/// A date as people write it: proleptic Gregorian.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date {
    /// 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

const DAYS_PER_400_YEARS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const MARCH_0000: i64 = 719_468;

impl Date {
    /// The date of a day, days since 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day ends them (Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms").
    #[must_use]
    pub fn of(day: i32) -> Self {
        let days = i64::from(day) + MARCH_0000;
        let (cycle, day) =
            (days.div_euclid(DAYS_PER_400_YEARS), days.rem_euclid(DAYS_PER_400_YEARS));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year + cycle * 400 + i64::from(month <= 2);
        Self {
            year: year as i32,
            month: month.unsigned_abs() as u8,
            day: (day_of_year - (153 * from_march + 2) / 5 + 1).unsigned_abs() as u8,
        }
    }

    /// Its day, days since 1970-01-01; `None` if there is no such date, e.g. 30 February.
    #[must_use]
    pub fn day(self) -> Option<i32> {
        if !(1..=days_in(self.year, self.month)).contains(&self.day) {
            return None;
        }
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let day = year * 365 + year / 4 - year / 100 + day_of_year;
        i32::try_from(cycle * DAYS_PER_400_YEARS + day - MARCH_0000).ok()
    }
}

/// How many days a month has; none if there is no such month.
fn days_in(year: i32, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Sunday is 0.
fn weekday(day: i32) -> i64 {
    (i64::from(day) + 4).rem_euclid(7)
}

/// A closed set with a key for files and pages, and a name in both languages.
macro_rules! named {
    (
        $(#[$meta:meta])*
        $name:ident { $($variant:ident $word:literal $zh:literal $en:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $(
                #[doc = concat!($zh, ", ", $en, ".")]
                #[serde(rename = $word)]
                $variant,
            )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The key in files and pages; never changed.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Who has this key.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Its name in Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// Its name in English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)+ }
            }
        }
    };
}
use named;

#[cfg(test)]
mod tests;
