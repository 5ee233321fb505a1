//! The Chinese lunar calendar.
//!
//! The months are ICU4X's table: the Purple Mountain Observatory's for 1900 to 2025, the Hong Kong
//! Observatory's to 2100. A new moon of 2057, 2089 and 2097 falls so close to midnight that almanacs
//! differ by a day for one month each.
//!
//! Not here: what is celebrated on which day (`holiday`).

use super::YEARS;
use icu_calendar::Date;
use icu_calendar::cal::ChineseTraditional;
use icu_calendar::types::{Month, RataDie};

/// Day 1 of ICU4X's count is 0001-01-01.
const RATA_DIE_1970: i64 = 719_163;

/// A day of the lunar calendar.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Lunar {
    /// The year in which the lunar year begins: 2026 is 丙午, from 2026-02-17 to 2027-02-05.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// The month's repeat, 闰.
    pub leap: bool,
    /// 1 to 30.
    pub day: u8,
}

impl Lunar {
    /// The lunar date of a day, days since 1970-01-01; `None` before 1900-01-31 and after 2101-01-28.
    #[must_use]
    pub fn of(day: i32) -> Option<Self> {
        let day = RataDie::new(i64::from(day) + RATA_DIE_1970);
        let date = Date::from_rata_die(day, ChineseTraditional::new());
        let (year, month) = (date.cyclic_year().related_iso, date.month().to_input());
        let known = YEARS.contains(&year);
        let (leap, day) = (month.is_leap(), date.day_of_month().0);
        known.then_some(Self { year, month: month.number(), leap, day })
    }

    /// Its day, days since 1970-01-01; `None` if there is no such date, or its year is not known.
    #[must_use]
    pub fn day(self) -> Option<i32> {
        if !YEARS.contains(&self.year) {
            return None;
        }
        let month = if self.leap { Month::leap(self.month) } else { Month::new(self.month) };
        let date = Date::try_new_chinese_traditional(self.year, month, self.day).ok()?;
        i32::try_from(date.to_rata_die().to_i64_date() - RATA_DIE_1970).ok()
    }
}
