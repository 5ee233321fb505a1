//! Dates that almanacs print, and what must hold for every day.

use super::*;
use crate::event::to_cbor;
use proptest::prelude::*;

fn day(year: i32, month: u8, day: u8) -> i32 {
    Date { year, month, day }.day().unwrap()
}

fn lunar(year: i32, month: u8, leap: bool, day: u8) -> Lunar {
    Lunar { year, month, leap, day }
}

/// Every day of the lunar calendar that we know.
fn known_days() -> RangeInclusive<i32> {
    day(1900, 1, 31)..=day(2101, 1, 28)
}

/// 春节: year, month, day.
#[rustfmt::skip]
const NEW_YEARS: [(i32, u8, u8); 101] = [
    (1950, 2, 17), (1951, 2, 6), (1952, 1, 27), (1953, 2, 14), (1954, 2, 3), (1955, 1, 24),
    (1956, 2, 12), (1957, 1, 31), (1958, 2, 18), (1959, 2, 8), (1960, 1, 28), (1961, 2, 15),
    (1962, 2, 5), (1963, 1, 25), (1964, 2, 13), (1965, 2, 2), (1966, 1, 21), (1967, 2, 9),
    (1968, 1, 30), (1969, 2, 17), (1970, 2, 6), (1971, 1, 27), (1972, 2, 15), (1973, 2, 3),
    (1974, 1, 23), (1975, 2, 11), (1976, 1, 31), (1977, 2, 18), (1978, 2, 7), (1979, 1, 28),
    (1980, 2, 16), (1981, 2, 5), (1982, 1, 25), (1983, 2, 13), (1984, 2, 2), (1985, 2, 20),
    (1986, 2, 9), (1987, 1, 29), (1988, 2, 17), (1989, 2, 6), (1990, 1, 27), (1991, 2, 15),
    (1992, 2, 4), (1993, 1, 23), (1994, 2, 10), (1995, 1, 31), (1996, 2, 19), (1997, 2, 7),
    (1998, 1, 28), (1999, 2, 16), (2000, 2, 5), (2001, 1, 24), (2002, 2, 12), (2003, 2, 1),
    (2004, 1, 22), (2005, 2, 9), (2006, 1, 29), (2007, 2, 18), (2008, 2, 7), (2009, 1, 26),
    (2010, 2, 14), (2011, 2, 3), (2012, 1, 23), (2013, 2, 10), (2014, 1, 31), (2015, 2, 19),
    (2016, 2, 8), (2017, 1, 28), (2018, 2, 16), (2019, 2, 5), (2020, 1, 25), (2021, 2, 12),
    (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6),
    (2028, 1, 26), (2029, 2, 13), (2030, 2, 3), (2031, 1, 23), (2032, 2, 11), (2033, 1, 31),
    (2034, 2, 19), (2035, 2, 8), (2036, 1, 28), (2037, 2, 15), (2038, 2, 4), (2039, 1, 24),
    (2040, 2, 12), (2041, 2, 1), (2042, 1, 22), (2043, 2, 10), (2044, 1, 30), (2045, 2, 17),
    (2046, 2, 6), (2047, 1, 26), (2048, 2, 14), (2049, 2, 2), (2050, 1, 23),
];

/// Leap months: lunar year, which month is repeated, and on which date the repeat begins.
#[rustfmt::skip]
const LEAP_MONTHS: [(i32, u8, i32, u8, u8); 74] = [
    (1900, 8, 1900, 9, 24), (1903, 5, 1903, 6, 25), (1906, 4, 1906, 5, 23), (1909, 2, 1909, 3, 22),
    (1911, 6, 1911, 7, 26), (1914, 5, 1914, 6, 23), (1917, 2, 1917, 3, 23), (1919, 7, 1919, 8, 25),
    (1922, 5, 1922, 6, 25), (1925, 4, 1925, 5, 22), (1928, 2, 1928, 3, 22), (1930, 6, 1930, 7, 26),
    (1933, 5, 1933, 6, 23), (1936, 3, 1936, 4, 21), (1938, 7, 1938, 8, 25), (1941, 6, 1941, 7, 24),
    (1944, 4, 1944, 5, 22), (1947, 2, 1947, 3, 23), (1949, 7, 1949, 8, 24), (1952, 5, 1952, 6, 22),
    (1955, 3, 1955, 4, 22), (1957, 8, 1957, 9, 24), (1960, 6, 1960, 7, 24), (1963, 4, 1963, 5, 23),
    (1966, 3, 1966, 4, 21), (1968, 7, 1968, 8, 24), (1971, 5, 1971, 6, 23), (1974, 4, 1974, 5, 22),
    (1976, 8, 1976, 9, 24), (1979, 6, 1979, 7, 24), (1982, 4, 1982, 5, 23), (1984, 10, 1984, 11, 23),
    (1987, 6, 1987, 7, 26), (1990, 5, 1990, 6, 23), (1993, 3, 1993, 4, 22), (1995, 8, 1995, 9, 25),
    (1998, 5, 1998, 6, 24), (2001, 4, 2001, 5, 23), (2004, 2, 2004, 3, 21), (2006, 7, 2006, 8, 24),
    (2009, 5, 2009, 6, 23), (2012, 4, 2012, 5, 21), (2014, 9, 2014, 10, 24), (2017, 6, 2017, 7, 23),
    (2020, 4, 2020, 5, 23), (2023, 2, 2023, 3, 22), (2025, 6, 2025, 7, 25), (2028, 5, 2028, 6, 23),
    (2031, 3, 2031, 4, 22), (2033, 11, 2033, 12, 22), (2036, 6, 2036, 7, 23), (2039, 5, 2039, 6, 22),
    (2042, 2, 2042, 3, 22), (2044, 7, 2044, 8, 23), (2047, 5, 2047, 6, 23), (2050, 3, 2050, 4, 21),
    (2052, 8, 2052, 9, 23), (2055, 6, 2055, 7, 24), (2058, 4, 2058, 5, 22), (2061, 3, 2061, 4, 20),
    (2063, 7, 2063, 8, 24), (2066, 5, 2066, 6, 23), (2069, 4, 2069, 5, 21), (2071, 8, 2071, 9, 24),
    (2074, 6, 2074, 7, 24), (2077, 4, 2077, 5, 22), (2080, 3, 2080, 4, 20), (2082, 7, 2082, 8, 24),
    (2085, 5, 2085, 6, 22), (2088, 4, 2088, 5, 21), (2090, 8, 2090, 9, 24), (2093, 6, 2093, 7, 23),
    (2096, 4, 2096, 5, 22), (2099, 2, 2099, 3, 22),
];

/// Year, then the days of 清明 (April), 立春 (February), 立夏 (May), 立秋 (August), 立冬 (November) and
/// 冬至 (December).
#[rustfmt::skip]
const TERMS: [[i32; 7]; 51] = [
    [2000, 4, 4, 5, 7, 7, 21], [2001, 5, 4, 5, 7, 7, 22], [2002, 5, 4, 6, 8, 7, 22], [2003, 5, 4, 6, 8, 8, 22],
    [2004, 4, 4, 5, 7, 7, 21], [2005, 5, 4, 5, 7, 7, 22], [2006, 5, 4, 5, 7, 7, 22], [2007, 5, 4, 6, 8, 8, 22],
    [2008, 4, 4, 5, 7, 7, 21], [2009, 4, 4, 5, 7, 7, 22], [2010, 5, 4, 5, 7, 7, 22], [2011, 5, 4, 6, 8, 8, 22],
    [2012, 4, 4, 5, 7, 7, 21], [2013, 4, 4, 5, 7, 7, 22], [2014, 5, 4, 5, 7, 7, 22], [2015, 5, 4, 6, 8, 8, 22],
    [2016, 4, 4, 5, 7, 7, 21], [2017, 4, 3, 5, 7, 7, 22], [2018, 5, 4, 5, 7, 7, 22], [2019, 5, 4, 6, 8, 8, 22],
    [2020, 4, 4, 5, 7, 7, 21], [2021, 4, 3, 5, 7, 7, 21], [2022, 5, 4, 5, 7, 7, 22], [2023, 5, 4, 6, 8, 8, 22],
    [2024, 4, 4, 5, 7, 7, 21], [2025, 4, 3, 5, 7, 7, 21], [2026, 5, 4, 5, 7, 7, 22], [2027, 5, 4, 6, 8, 7, 22],
    [2028, 4, 4, 5, 7, 7, 21], [2029, 4, 3, 5, 7, 7, 21], [2030, 5, 4, 5, 7, 7, 22], [2031, 5, 4, 6, 8, 7, 22],
    [2032, 4, 4, 5, 7, 7, 21], [2033, 4, 3, 5, 7, 7, 21], [2034, 5, 4, 5, 7, 7, 22], [2035, 5, 4, 5, 7, 7, 22],
    [2036, 4, 4, 5, 7, 7, 21], [2037, 4, 3, 5, 7, 7, 21], [2038, 5, 4, 5, 7, 7, 22], [2039, 5, 4, 5, 7, 7, 22],
    [2040, 4, 4, 5, 7, 7, 21], [2041, 4, 3, 5, 7, 7, 21], [2042, 4, 4, 5, 7, 7, 22], [2043, 5, 4, 5, 7, 7, 22],
    [2044, 4, 4, 5, 7, 7, 21], [2045, 4, 3, 5, 7, 7, 21], [2046, 4, 4, 5, 7, 7, 22], [2047, 5, 4, 5, 7, 7, 22],
    [2048, 4, 4, 5, 7, 7, 21], [2049, 4, 3, 5, 7, 7, 21], [2050, 4, 3, 5, 7, 7, 22],
];

/// Frozen: do not change the test. Computed with sxtwl, which shares nothing with our library.
#[test]
fn new_years_leap_months_and_terms_are_as_in_the_almanac() {
    for (year, month, date) in NEW_YEARS {
        let day = day(year, month, date);
        assert_eq!(Lunar::of(day), Some(lunar(year, 1, false, 1)), "{year}");
        assert!(holidays(day).contains(&Holiday::SpringFestival), "{year}");
        assert!(holidays(day - 1).contains(&Holiday::NewYearsEve), "{year}");
    }
    for (year, month, in_year, in_month, date) in LEAP_MONTHS {
        let begins = day(in_year, in_month, date);
        assert_eq!(Lunar::of(begins), Some(lunar(year, month, true, 1)), "{year}");
        let before = Lunar::of(begins - 1).unwrap();
        assert_eq!((before.month, before.leap), (month, false), "{year}");
    }
    for [year, bright, spring, summer, autumn, winter, solstice] in TERMS {
        let term = |month, date: i32| solar_term(day(year, month, u8::try_from(date).unwrap()));
        assert_eq!(term(4, bright), Some(SolarTerm::PureBrightness), "{year}");
        assert_eq!(term(2, spring), Some(SolarTerm::SpringBegins), "{year}");
        assert_eq!(term(5, summer), Some(SolarTerm::SummerBegins), "{year}");
        assert_eq!(term(8, autumn), Some(SolarTerm::AutumnBegins), "{year}");
        assert_eq!(term(11, winter), Some(SolarTerm::WinterBegins), "{year}");
        assert_eq!(term(12, solstice), Some(SolarTerm::WinterSolstice), "{year}");
    }
}

/// The days on which calendars are known to have been printed or computed wrong.
#[test]
fn the_difficult_days_are_right() {
    // Some calendars of 1978 had 中秋 on 16 September.
    assert_eq!(holidays(day(1978, 9, 17)), [Holiday::MidAutumn]);
    assert_eq!(holidays(day(1978, 9, 16)), []);
    // 2033: the repeated month is the eleventh, not the seventh.
    assert_eq!(Lunar::of(day(2033, 8, 25)), Some(lunar(2033, 8, false, 1)));
    assert_eq!(Lunar::of(day(2033, 12, 22)), Some(lunar(2033, 11, true, 1)));
    assert_eq!(Lunar::of(day(2034, 2, 19)), Some(lunar(2034, 1, false, 1)));
    // 2057: a new moon at midnight; 28 September by the rule in force.
    assert_eq!(Lunar::of(day(2057, 9, 28)), Some(lunar(2057, 9, false, 1)));
    // 2025 repeats the sixth month, 2023 the second, 2020 the fourth.
    assert_eq!(Lunar::of(day(2025, 7, 25)), Some(lunar(2025, 6, true, 1)));
    assert_eq!(Lunar::of(day(2023, 3, 22)), Some(lunar(2023, 2, true, 1)));
    assert_eq!(Lunar::of(day(2020, 5, 23)), Some(lunar(2020, 4, true, 1)));
    // 2025 began with a year that had no 腊月三十: 除夕 was the 29th.
    assert_eq!(Lunar::of(day(2025, 1, 28)), Some(lunar(2024, 12, false, 29)));
    assert_eq!(holidays(day(2025, 1, 28)), [Holiday::NewYearsEve]);
}

#[test]
fn the_holidays_of_2026_are_on_their_days() {
    let year = (day(2026, 1, 1)..=day(2026, 12, 31))
        .flat_map(|day| holidays(day).into_iter().map(move |holiday| (Date::of(day), holiday)))
        .map(|(date, holiday)| (date.month, date.day, holiday.word()))
        .collect::<Vec<_>>();
    assert_eq!(
        year,
        [
            (1, 1, "new_years_day"),
            (1, 26, "laba"),
            (2, 16, "new_years_eve"),
            (2, 17, "spring_festival"),
            (3, 3, "lantern"),
            (3, 8, "women"),
            (4, 5, "qingming"),
            (5, 10, "mothers"),
            (6, 1, "children"),
            (6, 19, "dragon_boat"),
            (6, 21, "fathers"),
            (8, 19, "qixi"),
            (9, 10, "teachers"),
            (9, 25, "mid_autumn"),
            (10, 1, "national_day"),
            (10, 18, "double_ninth"),
            (12, 22, "winter_solstice"),
            (12, 25, "christmas"),
        ]
    );
}

#[test]
fn two_holidays_can_meet() {
    assert_eq!(holidays(day(2020, 10, 1)), [Holiday::MidAutumn, Holiday::NationalDay]);
    assert_eq!(holidays(day(2025, 5, 31)), [Holiday::DragonBoat]);
    assert_eq!(holidays(day(2014, 6, 1)), [Holiday::Children]);
}

#[test]
fn the_second_and_third_sunday_are_found_at_their_earliest_and_latest() {
    for (year, date) in [(2022, 8), (2023, 14)] {
        assert_eq!(holidays(day(year, 5, date)), [Holiday::Mothers], "{year}");
    }
    for (year, date) in [(2025, 15), (2020, 21)] {
        assert!(holidays(day(year, 6, date)).contains(&Holiday::Fathers), "{year}");
    }
}

#[test]
fn a_date_is_a_day_and_back() {
    assert_eq!(Date::of(0), Date { year: 1970, month: 1, day: 1 });
    assert_eq!(day(2000, 2, 29), 11_016);
    assert_eq!(day(2026, 11, 22), 20_779);
    assert_eq!(Date::of(-719_162), Date { year: 1, month: 1, day: 1 });
    for (year, month, day) in
        [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0)]
    {
        assert_eq!(Date { year, month, day }.day(), None, "{year}-{month}-{day}");
    }
    assert_eq!(Date { year: i32::MAX, month: 1, day: 1 }.day(), None, "no such count of days");
}

#[test]
fn the_days_follow_each_other_by_plain_counting() {
    let mut date = Date { year: 1599, month: 12, day: 31 };
    for day in date.day().unwrap()..date.day().unwrap() + 300_000 {
        assert_eq!(Date::of(day), date);
        assert_eq!(date.day(), Some(day));
        date = match (date.month, date.day) {
            (12, 31) => Date { year: date.year + 1, month: 1, day: 1 },
            (_, last) if last == days_in(date.year, date.month) => {
                Date { month: date.month + 1, day: 1, ..date }
            }
            (_, inside) => Date { day: inside + 1, ..date },
        };
    }
}

#[test]
fn every_lunar_day_follows_the_one_before_and_comes_back() {
    let mut before: Option<Lunar> = None;
    let mut new_years = 0;
    for day in known_days() {
        let today = Lunar::of(day).unwrap();
        assert_eq!(today.day(), Some(day), "{today:?}");
        if let Some(before) = before {
            let goes_on = today == Lunar { day: before.day + 1, ..before };
            let repeats = today == Lunar { leap: true, day: 1, ..before };
            let next = (today.leap, today.day) == (false, 1)
                && (today.year, today.month)
                    == (before.year + i32::from(before.month / 12), before.month % 12 + 1);
            assert!(goes_on || before.day >= 29 && (repeats || next), "{before:?} {today:?}");
        }
        new_years += usize::from(holidays(day).contains(&Holiday::SpringFestival));
        before = Some(today);
    }
    assert_eq!(new_years, 201, "each lunar year has one 春节");
    assert_eq!(Lunar::of(known_days().start() - 1), None);
    assert_eq!(Lunar::of(known_days().end() + 1), None);
}

#[test]
fn every_year_has_each_holiday_once_and_each_term_once() {
    for year in 1901..=2099 {
        let days = day(year, 1, 1)..=day(year, 12, 31);
        let mut found: Vec<Holiday> = days.clone().flat_map(holidays).collect();
        // 腊八 belongs to the lunar year before or to this one: none or two in some years.
        found.retain(|holiday| *holiday != Holiday::Laba);
        found.sort_unstable();
        let all = Holiday::ALL.iter().filter(|holiday| **holiday != Holiday::Laba);
        assert!(found.iter().eq(all), "{year} {found:?}");
        let terms: Vec<SolarTerm> = days.filter_map(solar_term).collect();
        assert_eq!(terms, SolarTerm::ALL, "{year}");
    }
}

#[test]
fn a_season_begins_with_its_term_and_lasts_until_the_next() {
    for year in 1901..=2099 {
        for at in day(year, 1, 1)..=day(year, 12, 31) {
            let begins = match solar_term(at) {
                Some(SolarTerm::SpringBegins) => Some(Season::Spring),
                Some(SolarTerm::SummerBegins) => Some(Season::Summer),
                Some(SolarTerm::AutumnBegins) => Some(Season::Autumn),
                Some(SolarTerm::WinterBegins) => Some(Season::Winter),
                _ => None,
            };
            assert_eq!(season(at), begins.unwrap_or_else(|| season(at - 1)), "{:?}", Date::of(at));
        }
    }
    assert_eq!(season(day(2026, 11, 22)), Season::Winter);
    assert_eq!(season(day(2500, 2, 3)), Season::Winter, "beyond the table");
    assert_eq!(season(day(2500, 2, 4)), Season::Spring, "beyond the table");
    assert_eq!(season(day(1800, 5, 4)), Season::Spring, "before the table");
    assert_eq!(season(day(1800, 5, 5)), Season::Summer, "before the table");
}

#[test]
fn a_word_finds_its_holiday_and_none_is_used_twice() {
    for (index, holiday) in Holiday::ALL.iter().enumerate() {
        assert_eq!(Holiday::from_word(holiday.word()), Some(*holiday));
        assert!(!Holiday::ALL[..index].iter().any(|other| other.zh() == holiday.zh()));
        assert!(holiday.en().is_ascii() && !holiday.zh().is_ascii());
    }
    assert_eq!(Holiday::from_word("someday"), None);
}

#[test]
fn a_birthday_that_no_year_has_is_refused() {
    for (month, day, lunar) in
        [(2, 30, false), (4, 31, false), (0, 1, false), (13, 1, true), (1, 31, true), (5, 0, true)]
    {
        assert_eq!(Birthday::new(month, day, lunar), None, "{month}-{day}");
        let written = to_cbor(&(month, day, lunar));
        assert!(minicbor::decode::<Birthday>(&written).is_err(), "{month}-{day}");
    }
    assert!(Birthday::new(2, 29, false).is_some());
    assert!(Birthday::new(12, 30, true).is_some());
}

/// Frozen: do not change the test.
#[test]
fn a_birthday_is_written_as_it_always_was() {
    let birthday = Birthday::new(8, 15, true).unwrap();
    assert_eq!(to_cbor(&birthday), [0x83, 8, 15, 0xf5]);
    assert_eq!(minicbor::decode::<Birthday>(&[0x83, 8, 15, 0xf5]).unwrap(), birthday);
    // A later version may append.
    assert_eq!(minicbor::decode::<Birthday>(&[0x84, 8, 15, 0xf5, 1]).unwrap(), birthday);
}

#[test]
fn birthdays_that_a_year_does_not_have_are_kept_the_day_before() {
    let leap_day = Birthday::new(2, 29, false).unwrap();
    assert!(leap_day.falls_on(day(2024, 2, 29)) && !leap_day.falls_on(day(2024, 2, 28)));
    assert!(leap_day.falls_on(day(2026, 2, 28)) && !leap_day.falls_on(day(2026, 3, 1)));
    // 腊月 had 30 days in lunar 2023 and 29 in lunar 2024.
    let eve = Birthday::new(12, 30, true).unwrap();
    assert!(eve.falls_on(day(2024, 2, 9)) && !eve.falls_on(day(2024, 2, 8)));
    assert!(eve.falls_on(day(2025, 1, 28)));
    // 2025 has 六月 twice; the first counts.
    let june = Birthday::new(6, 1, true).unwrap();
    assert!(june.falls_on(day(2025, 6, 25)) && !june.falls_on(day(2025, 7, 25)));
}

/// Day by day over every birthday there is: how far apart they are kept.
#[test]
fn a_birthday_is_kept_once_a_year() {
    let all = |lunar| {
        (1..=12)
            .flat_map(move |month| (1..=31).filter_map(move |day| Birthday::new(month, day, lunar)))
    };
    let kept = |birthday: Birthday| {
        let mut at = day(1900, 6, 1);
        let mut gaps = Vec::new();
        loop {
            let wait = birthday.days_until(at);
            if wait == u16::MAX || at > day(2099, 1, 1) {
                return gaps;
            }
            gaps.push(wait + 1);
            at += i32::from(wait) + 1;
        }
    };
    for birthday in all(false) {
        assert!(kept(birthday)[1..].iter().all(|gap| (365..=366).contains(gap)), "{birthday:?}");
    }
    for birthday in all(true) {
        let gaps = kept(birthday);
        assert!(
            gaps.len() > 195 && gaps[1..].iter().all(|gap| (353..=385).contains(gap)),
            "{birthday:?}"
        );
    }
    assert_eq!((all(false).count(), all(true).count()), (366, 360));
}

prop_compose! {
    fn some_birthday()(month in 1u8..=12, day in 1u8..=31, lunar: bool) -> Birthday {
        let fits = Birthday::new(month, day, lunar).or(Birthday::new(month, day - 1, lunar));
        fits.unwrap_or(Birthday::new(2, 29, lunar).unwrap())
    }
}

proptest! {
    /// `days_until` is what counting forward finds.
    #[test]
    fn the_wait_is_what_counting_finds(birthday in some_birthday(), at in -25_000i32..47_000) {
        let counted = (0u16..=400).find(|wait| birthday.falls_on(at + i32::from(*wait)));
        prop_assert_eq!(Some(birthday.days_until(at)), counted);
        prop_assert_eq!(birthday.days_until(at) == 0, birthday.falls_on(at));
    }

    /// A till's clock may say anything.
    #[test]
    fn no_day_is_too_far(day: i32, birthday in some_birthday()) {
        prop_assert_eq!(Date::of(day).day(), Some(day));
        let _ = season(day);
        prop_assert!(holidays(day).len() <= 3);
        prop_assert!(birthday.days_until(day) == 0 || !birthday.falls_on(day));
    }
}
