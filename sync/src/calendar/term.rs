//! The 24 solar terms, and the seasons that four of them begin.
//!
//! # Invariants
//!
//! - A term begins on the day (UTC+8) on which the sun reaches its longitude; two in each month.
//! - A table, not a computation: a float that differs by a second would move a day.
//!
//! Not here: the holidays among them (`holiday`).

use super::{Date, YEARS, named};

named! {
    /// One of the 24 solar terms, in the order of the calendar year.
    SolarTerm {
        MinorCold "minor_cold" "小寒" "Minor Cold",
        MajorCold "major_cold" "大寒" "Major Cold",
        SpringBegins "spring_begins" "立春" "Beginning of Spring",
        RainWater "rain_water" "雨水" "Rain Water",
        InsectsWake "insects_wake" "惊蛰" "Awakening of Insects",
        SpringEquinox "spring_equinox" "春分" "Spring Equinox",
        PureBrightness "pure_brightness" "清明" "Pure Brightness",
        GrainRain "grain_rain" "谷雨" "Grain Rain",
        SummerBegins "summer_begins" "立夏" "Beginning of Summer",
        GrainFills "grain_fills" "小满" "Grain Fills",
        GrainInEar "grain_in_ear" "芒种" "Grain in Ear",
        SummerSolstice "summer_solstice" "夏至" "Summer Solstice",
        MinorHeat "minor_heat" "小暑" "Minor Heat",
        MajorHeat "major_heat" "大暑" "Major Heat",
        AutumnBegins "autumn_begins" "立秋" "Beginning of Autumn",
        HeatEnds "heat_ends" "处暑" "End of Heat",
        WhiteDew "white_dew" "白露" "White Dew",
        AutumnEquinox "autumn_equinox" "秋分" "Autumn Equinox",
        ColdDew "cold_dew" "寒露" "Cold Dew",
        FrostDescends "frost_descends" "霜降" "Frost's Descent",
        WinterBegins "winter_begins" "立冬" "Beginning of Winter",
        MinorSnow "minor_snow" "小雪" "Minor Snow",
        MajorSnow "major_snow" "大雪" "Major Snow",
        WinterSolstice "winter_solstice" "冬至" "Winter Solstice",
    }
}

named! {
    /// A season, from 立春, 立夏, 立秋 or 立冬 on.
    Season {
        Spring "spring" "春" "spring",
        Summer "summer" "夏" "summer",
        Autumn "autumn" "秋" "autumn",
        Winter "winter" "冬" "winter",
    }
}

/// The term that begins on this day, days since 1970-01-01; `None` also outside of [`YEARS`].
#[must_use]
pub fn solar_term(day: i32) -> Option<SolarTerm> {
    let date = Date::of(day);
    let first = usize::from(date.month - 1) * 2;
    let terms = (first..first + 2).zip(&SolarTerm::ALL[first..]);
    let begins = |(index, _): &(usize, _)| day_of_month(date.year, *index) == Some(date.day);
    terms.into_iter().find(begins).map(|(_, term)| *term)
}

/// Which term begins which season, and on which day of its month mostly.
const BEGINNINGS: [(SolarTerm, u8, Season); 4] = [
    (SolarTerm::WinterBegins, 7, Season::Winter),
    (SolarTerm::AutumnBegins, 7, Season::Autumn),
    (SolarTerm::SummerBegins, 5, Season::Summer),
    (SolarTerm::SpringBegins, 4, Season::Spring),
];

/// The season of a day. Outside of [`YEARS`] by the day on which its first term mostly falls.
#[must_use]
pub fn season(day: i32) -> Season {
    let date = Date::of(day);
    let begun = |(term, mostly, _): &&(SolarTerm, u8, Season)| {
        let index = *term as usize;
        let begins = day_of_month(date.year, index).unwrap_or(*mostly);
        (usize::from(date.month), date.day) >= (index / 2 + 1, begins)
    };
    BEGINNINGS.iter().find(begun).map_or(Season::Winter, |(_, _, season)| *season)
}

fn day_of_month(year: i32, index: usize) -> Option<u8> {
    let row = DELAYS.get(usize::try_from(year - YEARS.start()).ok()?)?;
    Some(EARLIEST[index] + (row >> (2 * index) & 3) as u8)
}

/// The earliest day of its month on which each term falls within [`YEARS`].
const EARLIEST: [u8; 24] =
    [4, 19, 3, 18, 4, 19, 4, 19, 4, 20, 4, 20, 6, 22, 6, 22, 6, 22, 7, 22, 6, 21, 6, 21];

/// How many days later it falls, two bits for each term, 小寒 in the lowest; one number a year.
///
/// Computed with 寿星万年历 (sxtwl 2.0.7). An ephemeris (PyEphem 4.2.1) agrees on all 4,824 days but
/// one: 冬至 of 1951, which it puts four seconds to the other side of midnight. Almanacs differ for five
/// terms before 1929 and for 大寒 of 1979, eleven seconds before midnight.
#[rustfmt::skip]
const DELAYS: [u64; 201] = [
    0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0xAAAA_AABA_AA6A, 0xAAAB_BABB_AFAA, 0x5AA6_65A6_5AAB, // 1900
    0x6AAA_A6AA_9A5A, 0xAAAA_AAAA_AA6A, 0xAAAB_BABB_AFAA, 0x5AA6_65A6_5AAB, 0x6AAA_A6AA_9A5A,
    0xAAAA_AAAA_AA6A, 0xAAAB_BABB_AFAA, 0x56A6_65A6_5AAB, 0x6AA6_A6AA_9A56, 0xAAAA_AAAA_9A5A,
    0xAAAB_AABA_AEAA, 0x5696_65A6_5AAA, 0x6AA6_A6A6_9A56, 0x6AAA_AAAA_9A5A, 0xAAAB_AABA_AEAA,
    0x5696_65A6_5AAA, 0x5AA6_A6A6_5A56, 0x6AAA_AAAA_9A5A, 0xAAAB_AABA_AA6A, 0x5696_65A6_5AAA,
    0x5AA6_A6A6_5A56, 0x6AAA_A6AA_9A5A, 0xAAAB_AABA_AA6A, 0x5556_65A6_5AAA, 0x5AA6_65A6_5A56, // 1925
    0x6AAA_A6AA_9A5A, 0xAAAA_AABA_AA6A, 0x5556_6566_5AAA, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A,
    0xAAAA_AAAA_AA6A, 0x5556_6566_5AAA, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0xAAAA_AAAA_AA6A,
    0x5556_6566_5AAA, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0xAAAA_AAAA_AA6A, 0x5556_6565_5AAA,
    0x5696_65A6_5A56, 0x6AA6_A6AA_9A56, 0xAAAA_AAAA_9A5A, 0x5556_5565_59AA, 0x5696_65A6_5A55,
    0x6AA6_A6A6_5A56, 0xAAAA_AAAA_9A5A, 0x5556_5565_59AA, 0x5696_65A6_5A55, 0x5AA6_A6A6_5A56, // 1950
    0x6AAA_A6AA_9A5A, 0x5556_5565_55AA, 0x5696_65A6_5A55, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A,
    0x5555_5565_556A, 0x5556_6566_5A55, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0x5555_5565_556A,
    0x5556_6566_5A55, 0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0x5555_5555_556A, 0x5556_6566_5A55,
    0x5AA6_65A6_5A56, 0x6AAA_A6AA_9A5A, 0x5555_5555_556A, 0x5556_6565_5A55, 0x5AA6_65A6_5A56,
    0x6AA6_A6AA_9A5A, 0x5555_5555_456A, 0x5556_5565_5A55, 0x5A96_65A6_5A56, 0x6AA6_A6A6_9A56, // 1975
    0x5555_5555_456A, 0x5556_5565_5A55, 0x5696_65A6_5A56, 0x6AA6_A6A6_5A56, 0x5555_5155_455A,
    0x5556_5565_5955, 0x5696_65A6_5A55, 0x5AA6_A5A6_5A56, 0x1555_5155_455A, 0x5555_5565_5555,
    0x5696_6566_5A55, 0x5AA6_65A6_5A56, 0x1555_5155_455A, 0x5555_5565_5515, 0x5556_6566_5A55,
    0x5AA6_65A6_5A56, 0x1555_5155_455A, 0x5555_5555_5515, 0x5556_6566_5A55, 0x5AA6_65A6_5A56,
    0x1555_5155_455A, 0x5555_5555_5515, 0x5556_6566_5A55, 0x5AA6_65A6_5A56, 0x1555_5155_455A, // 2000
    0x5555_5555_5515, 0x5556_5565_5A55, 0x5AA6_65A6_5A56, 0x1551_5155_455A, 0x5555_5555_4515,
    0x5556_5565_5A55, 0x5A96_65A6_5A56, 0x1551_5151_455A, 0x5555_5155_4515, 0x5556_5565_5A55,
    0x5696_65A6_5A56, 0x1551_5151_0556, 0x5555_5155_4505, 0x5556_5565_5955, 0x5696_6566_5A55,
    0x1551_1051_0556, 0x1555_5155_4505, 0x5555_5565_5555, 0x5696_6566_5A55, 0x0551_1051_0556,
    0x1555_5155_4505, 0x5555_5555_5515, 0x5556_6566_5A55, 0x0551_1051_0556, 0x1555_5155_4505, // 2025
    0x5555_5555_5515, 0x5556_6566_5A55, 0x0551_1051_0556, 0x1555_5155_4505, 0x5555_5555_5515,
    0x5556_5565_5A55, 0x0551_1051_0556, 0x1555_5155_4505, 0x5555_5555_5515, 0x5556_5565_5A55,
    0x0551_1051_0556, 0x1551_5151_4505, 0x5555_5555_4515, 0x5556_5565_5A55, 0x0541_1051_0556,
    0x1551_5151_0505, 0x5555_5155_4515, 0x5556_5565_5A55, 0x0141_1011_0556, 0x1551_1051_0501,
    0x5555_5155_4505, 0x5555_5565_5555, 0x0141_1011_0555, 0x1551_1051_0501, 0x5555_5155_4505, // 2050
    0x5555_5555_5555, 0x0141_1011_0555, 0x0551_1051_0501, 0x1555_5155_4505, 0x5555_5555_5555,
    0x0001_1011_0555, 0x0551_1051_0501, 0x1555_5155_4505, 0x5555_5555_5515, 0x0001_1011_0555,
    0x0551_1051_0501, 0x1555_5155_4505, 0x5555_5555_5515, 0x0001_0010_0555, 0x0551_1051_0501,
    0x1551_5151_4505, 0x5555_5555_5515, 0x0001_0010_0555, 0x0541_1051_0501, 0x1551_5151_4505,
    0x5555_5155_4515, 0x0001_0010_0555, 0x0541_1051_0501, 0x1551_5051_0505, 0x5555_5155_4515, // 2075
    0x0001_0010_0555, 0x0141_1011_0501, 0x1551_1051_0505, 0x5555_5155_4505, 0x0000_0010_0055,
    0x0141_1011_0500, 0x1551_1051_0501, 0x5555_5155_4505, 0x0000_0000_0055, 0x0141_1011_0500,
    0x0551_1051_0501, 0x1555_5155_4505, 0x0000_0000_0055, 0x0001_1011_0500, 0x0551_1051_0501,
    0x1555_5155_4505, 0x0000_0000_0015, 0x0001_0011_0500, 0x0551_1051_0501, 0x1555_5155_4505,
    0x5555_5555_5515, // 2100
];
