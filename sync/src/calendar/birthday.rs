//! A birthday without its year: on which day it is kept, and how long until then.
//!
//! # Invariants
//!
//! - It is kept once in each year of its calendar, solar or lunar.
//! - No year of birth is stored: nobody's age is ours to know.
//!
//! Not here: what she gets that day (`tier`).

use super::{Date, Lunar, days_in};
use minicbor::{Decode, Encode};

/// Day and month on which somebody was born.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Encode, serde::Serialize)]
#[cbor(array)]
#[non_exhaustive]
pub struct Birthday {
    /// 1 to 12.
    #[n(0)]
    pub month: u8,
    /// 1 to 31; at most 30 if lunar.
    #[n(1)]
    pub day: u8,
    /// By the lunar calendar.
    #[n(2)]
    pub lunar: bool,
}

/// Any leap year: a birthday may be on 29 February.
const LEAP_YEAR: i32 = 2000;
/// A lunar month never has more days.
const LUNAR_DAYS_MAX: u8 = 30;

impl Birthday {
    /// A birthday; `None` if no year has such a day.
    #[must_use]
    pub fn new(month: u8, day: u8, lunar: bool) -> Option<Self> {
        let days = if lunar { LUNAR_DAYS_MAX } else { days_in(LEAP_YEAR, month) };
        let exists = (1..=12).contains(&month) && (1..=days).contains(&day);
        exists.then_some(Self { month, day, lunar })
    }

    /// Whether it is kept on this day, days since 1970-01-01. 29 February is kept on the 28th in a
    /// common year, the 30th of a short lunar month on the 29th, and a leap month repeats nothing. A
    /// lunar one outside of [`YEARS`](super::YEARS) falls on no day.
    #[must_use]
    pub fn falls_on(self, day: i32) -> bool {
        self.year_of(day).and_then(|year| self.in_year(year)) == Some(day)
    }

    /// How many days until it is kept, 0 on the day itself; `u16::MAX` if that is beyond the lunar
    /// calendar we know.
    #[must_use]
    pub fn days_until(self, today: i32) -> u16 {
        let years = self.year_of(today).into_iter().flat_map(|year| [year, year + 1]);
        let mut days = years.filter_map(|year| self.in_year(year));
        let next = days.find(|day| *day >= today);
        next.and_then(|day| u16::try_from(day - today).ok()).unwrap_or(u16::MAX)
    }

    fn year_of(self, day: i32) -> Option<i32> {
        match self.lunar {
            true => Lunar::of(day).map(|lunar| lunar.year),
            false => Some(Date::of(day).year),
        }
    }

    /// The day on which it is kept in a year of its calendar.
    fn in_year(self, year: i32) -> Option<i32> {
        let Self { month, day, lunar } = self;
        if !lunar {
            return Date { year, month, day: day.min(days_in(year, month)) }.day();
        }
        let kept = |day| Lunar { year, month, leap: false, day }.day();
        kept(day).or_else(|| kept(day.min(LUNAR_DAYS_MAX - 1)))
    }
}

/// Reads only what [`Birthday::new`] would make.
impl<'b, C> Decode<'b, C> for Birthday {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        #[derive(Decode)]
        #[cbor(array)]
        struct Written {
            #[n(0)]
            month: u8,
            #[n(1)]
            day: u8,
            #[n(2)]
            lunar: bool,
        }
        let Written { month, day, lunar } = Written::decode(d, ctx)?;
        let refused = || minicbor::decode::Error::message("no year has such a birthday");
        Self::new(month, day, lunar).ok_or_else(refused)
    }
}
