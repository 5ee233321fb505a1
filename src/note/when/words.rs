//! How conditions are written: dates, amounts, lists, style patterns.
//!
//! Each type reads itself, so that a mistake is shown with its file, its line and what is allowed.
//!
//! Not here: whether they hold (the parent module).

use core::fmt;
use core::marker::PhantomData;

use serde::de::value::{SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sync::calendar::Date;
use sync::money::Minor;

/// One word, or a list of which one is enough.
#[derive(Clone, Debug)]
pub struct AnyOf<T>(pub Vec<T>);

impl<T: PartialEq> AnyOf<T> {
    /// Whether `value` is one of them.
    pub fn has(&self, value: &T) -> bool {
        self.0.contains(value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AnyOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMore<T> {
            type Value = AnyOf<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word like \"a\" or a list like [\"a\", \"b\"]")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
                let one: StrDeserializer<'_, E> = word.into_deserializer();
                T::deserialize(one).map(|one| AnyOf(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                let list = Vec::deserialize(SeqAccessDeserializer::new(list))?;
                if list.is_empty() {
                    return Err(A::Error::custom("an empty list never holds: name at least one"));
                }
                Ok(AnyOf(list))
            }
        }
        deserializer.deserialize_any(OneOrMore(PhantomData))
    }
}

/// A day, every year or once: year (0 is every year), month, day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Day(pub (i32, u8, u8));

impl Day {
    /// Whether it comes every year.
    #[must_use]
    pub const fn is_yearly(self) -> bool {
        self.0.0 == 0
    }

    /// Whether `today` is this day or after it.
    #[must_use]
    pub fn is_reached(self, today: Date) -> bool {
        self.of(today) >= self.0
    }

    /// Whether `today` is after it.
    #[must_use]
    pub fn is_past(self, today: Date) -> bool {
        self.of(today) > self.0
    }

    const fn of(self, day: Date) -> (i32, u8, u8) {
        (if self.is_yearly() { 0 } else { day.year }, day.month, day.day)
    }

    fn parse(text: &str) -> Option<Self> {
        let yearly = text.len() == 5;
        // 2000 was a leap year: 02-29 is a day.
        let date = date(&if yearly { format!("2000-{text}") } else { text.to_owned() })?;
        Some(Self((if yearly { 0 } else { date.year }, date.month, date.day)))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("a day is written like \"05-01\" or \"2026-05-01\""))
    }
}

/// Reads `2026-05-01`; a day that there is not is none.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let usual = text.len() == 10 && year.len() == 4 && month.len() == 2 && parts.next().is_none();
    let date =
        Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
    date.day().filter(|_| usual).map(|_| date)
}

/// How many days ahead; 0 is today.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Within(pub u16);

impl<'de> Deserialize<'de> for Within {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.strip_prefix("within ").and_then(|rest| rest.strip_suffix(" days"));
        match (text.as_str(), days.and_then(|days| days.parse().ok())) {
            ("today", _) => Ok(Self(0)),
            (_, Some(days @ 1..=31)) => Ok(Self(days)),
            _ => Err(D::Error::custom("write \"today\" or \"within 7 days\", 1 to 31")),
        }
    }
}

/// An amount in whatever currency the store has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Amount {
    units: i64,
    decimals: u32,
}

impl Amount {
    /// Whether `total`, in minor units of a currency with `decimals`, is as much or more.
    #[must_use]
    pub fn is_met(self, total: Minor, decimals: u8) -> bool {
        let scaled = |units: i64, by: u32| i128::from(units) * 10_i128.pow(by);
        scaled(total.units(), self.decimals) >= scaled(self.units, u32::from(decimals.min(4)))
    }

    fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let usual = !whole.is_empty() && whole.len() <= 12 && part.len() <= 4;
        let decimals = u32::try_from(part.len()).ok()?;
        (usual && digits(whole) && digits(part))
            .then(|| format!("{whole}{part}").parse().ok())?
            .map(|units| Self { units, decimals })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("an amount is written like \"2000.00\""))
    }
}

/// Whether `text` is like `pattern`: `*` is any characters, `?` is one; case does not matter.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let chars = |text: &str| text.to_uppercase().chars().collect::<Vec<char>>();
    let (pattern, text) = (chars(pattern), chars(text));
    // Where the last star was, and what it has swallowed so far.
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&symbol) if symbol == '?' || symbol == text[from] => {
                (at, from) = (at + 1, from + 1);
            }
            _ => {
                let Some((place, swallowed)) = star else { return false };
                star = Some((place, swallowed + 1));
                (at, from) = (place + 1, swallowed + 1);
            }
        }
    }
    pattern[at..].iter().all(|&symbol| symbol == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_like_a_file_name() {
        assert!(glob("QP*", "qp2026-01") && glob("*", "") && glob("a?c*9", "ABC-9"));
        assert!(!glob("QP*", "AQP") && !glob("a?c", "ac") && glob("*12*3", "x12y123"));
    }

    #[test]
    fn an_amount_is_met_to_the_cent_in_every_currency() {
        let least = Amount::parse("2000.00").unwrap();
        assert!(least.is_met(Minor::new(200_000), 2) && !least.is_met(Minor::new(199_999), 2));
        assert!(least.is_met(Minor::new(2_000), 0) && !least.is_met(Minor::new(1_999), 0));
        assert!(least.is_met(Minor::new(2_000_000), 3));
        assert!(["", "a", "1,000", "-5", "1.2.3"].iter().all(|text| Amount::parse(text).is_none()));
    }
}
