//! The holidays on which a shop greets its customers.
//!
//! Not here: which of them a chain greets on, and how (`note` in the agent, `hq::care`).

use super::{Date, Lunar, SolarTerm, named, solar_term, weekday};

named! {
    /// A holiday, in the order in which they are named when two meet.
    Holiday {
        NewYearsDay "new_years_day" "元旦" "New Year's Day",
        NewYearsEve "new_years_eve" "除夕" "Chinese New Year's Eve",
        SpringFestival "spring_festival" "春节" "Chinese New Year",
        Lantern "lantern" "元宵节" "Lantern Festival",
        Women "women" "妇女节" "Women's Day",
        Qingming "qingming" "清明节" "Qingming Festival",
        Mothers "mothers" "母亲节" "Mother's Day",
        Children "children" "儿童节" "Children's Day",
        Fathers "fathers" "父亲节" "Father's Day",
        DragonBoat "dragon_boat" "端午节" "Dragon Boat Festival",
        Qixi "qixi" "七夕节" "Qixi Festival",
        Teachers "teachers" "教师节" "Teachers' Day",
        MidAutumn "mid_autumn" "中秋节" "Mid-Autumn Festival",
        NationalDay "national_day" "国庆节" "National Day",
        DoubleNinth "double_ninth" "重阳节" "Double Ninth Festival",
        WinterSolstice "winter_solstice" "冬至" "Winter Solstice",
        Christmas "christmas" "圣诞节" "Christmas",
        Laba "laba" "腊八节" "Laba Festival",
    }
}

/// The holidays of a day, days since 1970-01-01. Those of the lunar calendar and the solar terms are
/// known within [`YEARS`](super::YEARS) only.
#[must_use]
pub fn holidays(day: i32) -> Vec<Holiday> {
    let mut holidays: Vec<Holiday> =
        [fixed(day), by_weekday(day), by_term(day), by_moon(day)].into_iter().flatten().collect();
    holidays.sort_unstable();
    holidays
}

fn fixed(day: i32) -> Option<Holiday> {
    let date = Date::of(day);
    match (date.month, date.day) {
        (1, 1) => Some(Holiday::NewYearsDay),
        (3, 8) => Some(Holiday::Women),
        (6, 1) => Some(Holiday::Children),
        (9, 10) => Some(Holiday::Teachers),
        (10, 1) => Some(Holiday::NationalDay),
        (12, 25) => Some(Holiday::Christmas),
        _ => None,
    }
}

fn by_weekday(day: i32) -> Option<Holiday> {
    let date = Date::of(day);
    match (date.month, date.day) {
        _ if weekday(day) != 0 => None,
        (5, 8..=14) => Some(Holiday::Mothers),
        (6, 15..=21) => Some(Holiday::Fathers),
        _ => None,
    }
}

fn by_term(day: i32) -> Option<Holiday> {
    match solar_term(day)? {
        SolarTerm::PureBrightness => Some(Holiday::Qingming),
        SolarTerm::WinterSolstice => Some(Holiday::WinterSolstice),
        _ => None,
    }
}

/// A leap month repeats no holiday.
fn by_moon(day: i32) -> Option<Holiday> {
    let lunar = Lunar::of(day)?;
    match (lunar.month, lunar.day) {
        _ if is_new_years_eve(lunar, day) => Some(Holiday::NewYearsEve),
        _ if lunar.leap => None,
        (1, 1) => Some(Holiday::SpringFestival),
        (1, 15) => Some(Holiday::Lantern),
        (5, 5) => Some(Holiday::DragonBoat),
        (7, 7) => Some(Holiday::Qixi),
        (8, 15) => Some(Holiday::MidAutumn),
        (9, 9) => Some(Holiday::DoubleNinth),
        (12, 8) => Some(Holiday::Laba),
        _ => None,
    }
}

/// The last day of the year, whether its last month has 29 days or 30, or is a leap month.
fn is_new_years_eve(lunar: Lunar, day: i32) -> bool {
    lunar.month == 12 && lunar.day >= 29 && Lunar::of(day + 1).is_none_or(|next| next.month == 1)
}
