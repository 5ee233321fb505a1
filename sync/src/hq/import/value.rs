//! What a field of a spreadsheet may hold: numbers that a spreadsheet has mangled, days, amounts, yes.
//!
//! # Invariants
//!
//! - A value is understood or refused with what to do about it; nothing is guessed.
//! - No reason carries the value.
//!
//! Not here: which field it is (`columns`).

use crate::calendar::Birthday;
use crate::care_code::CareCodeError;
use crate::event::LocalSeconds;
use crate::money::Minor;
use crate::phone::{Phone, PhoneError};
use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};

/// Why a line was not taken. Carries nothing of what stood there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// A field that must be there is empty.
    #[error("is empty")]
    Missing,
    /// `1.38E+10`.
    #[error(
        "a spreadsheet turned the number into the form 1.38E+10 and its last digits are lost: \
         format the column as text, fill it in again from the source and export anew"
    )]
    Scientific,
    /// `138****6721`.
    #[error("the number is masked with stars: export it in full")]
    Masked,
    /// No number at all.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// A digit too few or too many.
    #[error("a mobile number has 11 digits, this has {0}")]
    Digits(usize),
    /// 13800000000.
    #[error("a number typed to get past the question; it is nobody's")]
    Placeholder,
    /// `44197`.
    #[error("a spreadsheet's day number: format the column as a date, like 2026-11-22")]
    DayNumber,
    /// Not a day.
    #[error("not a day; write it as 2026-11-22")]
    Day,
    /// Not a birthday.
    #[error("not a birthday; write it as 05-20, 1990-05-20 or 农历八月十五")]
    Birthday,
    /// Not an amount.
    #[error("not an amount; write it as 1299.00")]
    Amount,
    /// Neither yes nor no.
    #[error("neither yes nor no; write 是 or 否")]
    YesNo,
    /// Longer than any such thing.
    #[error("longer than {0} characters")]
    Long(usize),
    /// A symbol of a label that there is not.
    #[error("no such care symbol; allowed, parted by |: {0}")]
    CareSymbol(String),
    /// Two symbols that say the same thing differently.
    #[error("\"{0}\" and \"{1}\" contradict each other")]
    CareTwice(&'static str, &'static str),
    /// No store of this name.
    #[error("no store of this name or code: import the stores first")]
    NoStore,
    /// She was erased.
    #[error("she was erased and is not brought back")]
    Erased,
    /// An earlier line says otherwise.
    #[error("line {0} has the same key and says otherwise")]
    SaidOtherwise(u64),
    /// An earlier import says otherwise.
    #[error("import {0} has this receipt with another amount or member: undo it first")]
    ImportedOtherwise(i64),
}

impl From<CareCodeError> for Why {
    fn from(error: CareCodeError) -> Self {
        match error {
            CareCodeError::Unknown { allowed, .. } => Self::CareSymbol(allowed),
            CareCodeError::Twice(one, other) => Self::CareTwice(one, other),
        }
    }
}

/// Signs that a spreadsheet, a web page or a phone's address book leaves around a value.
fn is_wrapping(symbol: char) -> bool {
    symbol.is_whitespace()
        || matches!(symbol, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{FEFF}')
}

/// The value itself: no apostrophe before it, no `="…"` around it; `None` if nothing is left.
#[must_use]
pub fn bare(field: &str) -> Option<&str> {
    let field = field.trim_matches(is_wrapping);
    let formula = field.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let field = formula.unwrap_or(field);
    let field = field.strip_prefix(['\'', '’']).unwrap_or(field).trim_matches(is_wrapping);
    (!field.is_empty()).then_some(field)
}

/// A customer's number.
pub(super) fn phone(text: &str) -> Result<Phone, Why> {
    let text: String = text.chars().filter(|symbol| !is_wrapping(*symbol)).collect();
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if is_scientific(text) {
        return Err(Why::Scientific);
    }
    if text.contains(['*', '＊']) {
        return Err(Why::Masked);
    }
    let phone = Phone::parse(text)?;
    match phone.mistyped() {
        Some(digits) => Err(Why::Digits(digits)),
        None if phone.is_placeholder() => Err(Why::Placeholder),
        None => Ok(phone),
    }
}

fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let number = |text: &str| {
        text.contains(|symbol: char| symbol.is_ascii_digit())
            && text.chars().all(|symbol| symbol.is_ascii_digit() || ".+-,".contains(symbol))
    };
    number(mantissa) && number(exponent)
}

/// Digits of any width as ASCII.
fn narrow(text: &str) -> String {
    let narrow = |symbol: char| match symbol {
        '！'..='～' => char::from_u32(symbol as u32 - 0xFEE0).unwrap_or(symbol),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(narrow).collect()
}

/// The numbers in a text that holds nothing else but what stands between them in a date.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let is_between = |symbol: char| "-/.年月日号 ".contains(symbol);
    let parts = text.split(is_between).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok().filter(|_| part.len() <= 4)).collect()
}

/// A day with its year, as days since 1970-01-01, and the time if there is one.
pub(super) fn moment(text: &str) -> Result<(i32, Option<LocalSeconds>), Why> {
    let text = narrow(text).replace('T', " ");
    let text = text.trim();
    if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Why::DayNumber);
    }
    let (day, time) = match text.find(':') {
        None => (text, None),
        Some(colon) => {
            let split = text[..colon].rfind(' ').ok_or(Why::Day)?;
            (&text[..split], Some(time(text[split..].trim()).ok_or(Why::Day)?))
        }
    };
    let date = date(day).ok_or(Why::Day)?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    let day = i32::try_from(days).map_err(|_| Why::Day)?;
    let at =
        time.map(|time| LocalSeconds(days * 86_400 + i64::from(time.num_seconds_from_midnight())));
    Ok((day, at))
}

/// A day with its year.
pub(super) fn day(text: &str) -> Result<i32, Why> {
    moment(text).map(|(day, _)| day)
}

fn time(text: &str) -> Option<NaiveTime> {
    let whole = text.split('.').next().unwrap_or_default();
    NaiveTime::parse_from_str(whole, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(whole, "%H:%M"))
        .ok()
}

/// The year stands first: which of two small numbers is the month, nobody can tell.
fn date(text: &str) -> Option<NaiveDate> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return NaiveDate::parse_from_str(text, "%Y%m%d").ok().filter(is_of_our_time);
    }
    let [year, month, day] = <[u32; 3]>::try_from(numbers(text)?).ok()?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(is_of_our_time)
}

fn is_of_our_time(date: &NaiveDate) -> bool {
    (1900..=2100).contains(&date.year())
}

/// A birthday as `MM-DD` or `lunar MM-DD`; a year is dropped, nobody's age is ours to know.
pub(super) fn birthday(text: &str, lunar: bool) -> Result<String, Why> {
    let text = narrow(text).to_lowercase();
    let mut rest = text.trim();
    let mut is_lunar = lunar;
    for word in ["农历", "阴历", "lunar", "公历", "阳历", "solar"] {
        if let Some(after) = rest.strip_prefix(word) {
            is_lunar = matches!(word, "农历" | "阴历" | "lunar");
            rest = after.trim_start_matches([' ', ':', '：']);
        }
    }
    let (month, day) = match numbers(rest).as_deref() {
        Some([month, day]) => (*month, *day),
        Some([year, month, day]) if *year > 1_899 => (*month, *day),
        _ => lunar_words(rest).inspect(|_| is_lunar = true).ok_or(Why::Birthday)?,
    };
    let small = |number: u32| u8::try_from(number).map_err(|_| Why::Birthday);
    let birthday = Birthday::new(small(month)?, small(day)?, is_lunar).ok_or(Why::Birthday)?;
    let calendar = if birthday.lunar { "lunar " } else { "" };
    Ok(format!("{calendar}{:02}-{:02}", birthday.month, birthday.day))
}

/// `八月十五`, `正月初一`, `腊月廿三`.
fn lunar_words(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('月')?;
    let month = match month {
        "正" => 1,
        "冬" => 11,
        "腊" => 12,
        other => chinese(other)?,
    };
    Some((month, chinese(day.strip_prefix('初').unwrap_or(day).trim_end_matches('日'))?))
}

/// 1 to 39 in words.
fn chinese(words: &str) -> Option<u32> {
    let digit = |symbol: char| {
        "一二三四五六七八九".chars().position(|word| word == symbol).map(|at| at as u32 + 1)
    };
    let symbols: Vec<char> = words.chars().collect();
    match symbols.as_slice() {
        ['十'] => Some(10),
        ['廿'] | ['二', '十'] => Some(20),
        ['卅'] | ['三', '十'] => Some(30),
        [one] => digit(*one),
        ['十', one] => digit(*one).map(|one| 10 + one),
        ['廿', one] => digit(*one).map(|one| 20 + one),
        [ten, '十', one] => Some(digit(*ten)? * 10 + digit(*one)?),
        _ => None,
    }
}

/// An amount with at most the currency's decimals: `1,299.00`, `¥1299`, `-100`, `(100)`.
pub(in crate::hq) fn amount(text: &str, exponent: u8) -> Result<Minor, Why> {
    let text: String = narrow(text).chars().filter(|s| !"¥￥元$€, ".contains(*s)).collect();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let (negative, digits) = match (inner, text.strip_prefix('-')) {
        (Some(inner), _) => (true, inner),
        (None, Some(rest)) => (true, rest),
        (None, None) => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::from(exponent);
    let (part, rest) = part.split_at_checked(places).unwrap_or((part, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || rest.contains(|s| s != '0') {
        return Err(Why::Amount);
    }
    let units: i64 = format!("{whole}{part:0<places$}").parse().map_err(|_| Why::Amount)?;
    Ok(Minor::new(if negative { -units } else { units }))
}

/// A quantity in thousandths.
pub(super) fn thousandths(text: &str) -> Result<i64, Why> {
    amount(text, 3).map(Minor::units)
}

/// Yes or no.
pub(super) fn yes(text: &str) -> Result<bool, Why> {
    match narrow(text).to_lowercase().as_str() {
        "是" | "同意" | "有" | "已同意" | "y" | "yes" | "true" | "1" | "√" => Ok(true),
        "否" | "不同意" | "拒绝" | "无" | "n" | "no" | "false" | "0" | "×" => Ok(false),
        _ => Err(Why::YesNo),
    }
}

/// Whether a field only says that there is nothing, as lists do where a column must not be empty.
pub(super) fn says_none(text: &str) -> bool {
    let text = narrow(text).to_lowercase();
    let words = [
        "无", "没有", "暂无", "没", "否", "不", "空", "未知", "缺", "待补", "n/a", "na", "none",
        "no", "n", "null", "nil", "false", "unknown", "tbd", "x",
    ];
    words.contains(&text.trim()) || !text.chars().any(|sign| sign.is_alphanumeric() && sign != '0')
}

/// A text without control signs, of at most so many characters.
pub(super) fn short(text: &str, characters_max: usize) -> Result<String, Why> {
    let clean: String = text.chars().filter(|symbol| !symbol.is_control()).collect();
    match clean.chars().count() <= characters_max {
        true => Ok(clean),
        false => Err(Why::Long(characters_max)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Result<String, Why> {
        phone(bare(text).ok_or(Why::Missing)?).map(|phone| phone.clear().to_owned())
    }

    #[test]
    fn a_number_is_understood_however_a_spreadsheet_left_it() {
        for text in [
            "13800006721",
            "'13800006721",
            "’13800006721",
            "=\"13800006721\"",
            " 138 0000 6721 ",
            "138-0000-6721",
            "+86 13800006721",
            "0086-13800006721",
            "86 13800006721",
            "13800006721.0",
            "\u{202D}13800006721\u{202C}",
            "\u{FEFF}138\u{A0}0000\u{A0}6721",
            "１３８００００６７２１",
        ] {
            assert_eq!(number(text).as_deref(), Ok("13800006721"), "{text:?}");
        }
        assert_eq!(number("0571-8765 4320").as_deref(), Ok("057187654320"));
    }

    #[test]
    fn a_number_whose_digits_are_lost_is_refused_and_the_reason_says_what_to_do() {
        for text in ["1.38E+10", "1.38e10", "1.3800006721E+10", "'1.38E+10", "1,38E+10"] {
            assert_eq!(number(text), Err(Why::Scientific), "{text}");
        }
        assert!(Why::Scientific.to_string().contains("format the column as text"));
        assert_eq!(number("138****6721"), Err(Why::Masked));
        assert_eq!(number("1380000672"), Err(Why::Digits(10)));
        assert_eq!(number("13800000000"), Err(Why::Placeholder));
        assert_eq!(number("无"), Err(Why::Phone(PhoneError::NotADigit)));
        assert_eq!(number("'"), Err(Why::Missing));
    }

    #[test]
    fn a_day_is_read_with_its_year_first() {
        for text in ["2026-11-22", "2026/11/22", "2026.11.22", "2026年11月22日", "20261122"] {
            assert_eq!(moment(text), Ok((20_779, None)), "{text}");
        }
        let noon = Some(LocalSeconds(20_779 * 86_400 + 12 * 3_600 + 5 * 60));
        for text in ["2026-11-22 12:05", "2026/11/22 12:05:00", "2026-11-22T12:05:00.000"] {
            assert_eq!(moment(text), Ok((20_779, noon)), "{text}");
        }
        assert_eq!(moment("46348"), Err(Why::DayNumber));
        for text in ["22/11/2026", "2026-13-01", "2026-02-30", "11-22", "", "x", "12:05", "年"] {
            assert_eq!(moment(text), Err(Why::Day), "{text}");
        }
    }

    #[test]
    fn a_birthday_keeps_no_year_and_knows_the_lunar_calendar() {
        for (text, lunar, expected) in [
            ("05-20", false, "05-20"),
            ("1990-05-20", false, "05-20"),
            ("5月20日", false, "05-20"),
            ("8-15", true, "lunar 08-15"),
            ("农历八月十五", false, "lunar 08-15"),
            ("正月初一", false, "lunar 01-01"),
            ("腊月廿三", false, "lunar 12-23"),
            ("阴历1962-10-30", false, "lunar 10-30"),
            ("公历 5.20", true, "05-20"),
            ("lunar 12-30", false, "lunar 12-30"),
        ] {
            assert_eq!(birthday(text, lunar).as_deref(), Ok(expected), "{text}");
        }
        for text in ["13-01", "02-30", "农历八月卅一", "x", "", "33000"] {
            assert_eq!(birthday(text, false), Err(Why::Birthday), "{text}");
        }
    }

    #[test]
    fn an_amount_is_whole_minor_units() {
        for (text, units) in [
            ("1299", 129_900),
            ("1,299.5", 129_950),
            ("¥1299.00", 129_900),
            ("1299.5000元", 129_950),
            ("-100", -10_000),
            ("(100.00)", -10_000),
            ("１２．３４", 1_234),
        ] {
            assert_eq!(amount(text, 2), Ok(Minor::new(units)), "{text}");
        }
        for text in ["", "-", "1.234", "1e3", "12a", "1.2.3", "99999999999999999999"] {
            assert_eq!(amount(text, 2), Err(Why::Amount), "{text}");
        }
        assert_eq!(amount("1700", 0), Ok(Minor::new(1_700)));
    }

    proptest! {
        #[test]
        fn no_value_panics_and_no_reason_shows_it(text in "\\PC{0,30}") {
            let told = [
                phone(&text).err(),
                moment(&text).err(),
                birthday(&text, false).err(),
                amount(&text, 2).err(),
                yes(&text).err(),
                short(&text, 5).err(),
            ];
            let _bare = bare(&text);
            for why in told.into_iter().flatten() {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                prop_assert!(digits.len() < 6 || !why.to_string().contains(&digits));
            }
        }

        #[test]
        fn an_amount_comes_back_as_it_was_written(units in -1_000_000_000i64..1_000_000_000) {
            let written = Minor::new(units).with_decimals(2).to_string();
            prop_assert_eq!(amount(&written, 2), Ok(Minor::new(units)));
        }
    }
}
