//! A customer's phone number, which must never leave memory in clear.
//!
//! # Invariants
//!
//! - `Debug` and `Display` mask it (`138****5678`): an error, a log line or a metric cannot hold one.
//! - The clear digits come out by one name only, [`Phone::clear`], so that a reviewer finds every use.
//! - The digits are wiped when the value is dropped.
//!
//! Not here: the keyed pseudonym that finds her on disk (`customers` in the agent, `customer` at HQ).

use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A customer's phone number: digits only, 6 to 15 of them (E.164), no country code for a number
/// of the shop's own country.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Zeroize, ZeroizeOnDrop)]
pub struct Phone(String);

/// So many digits at the end of a number in one pattern are no accident: a mobile number without its
/// network's three.
const PLACEHOLDER_DIGITS: usize = 8;

fn is_one_digit(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// 12345678 or 87654321; a nought follows the nine.
fn is_run(digits: &[u8]) -> bool {
    let follows = |low: u8, high: u8| (low - b'0' + 1) % 10 == high - b'0';
    digits.windows(2).all(|pair| follows(pair[0], pair[1]))
        || digits.windows(2).all(|pair| follows(pair[1], pair[0]))
}

/// Why a text is no phone number. Carries nothing of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// Fewer than six or more than fifteen digits.
    #[error("a phone number has 6 to 15 digits, this has {digits}")]
    Length {
        /// How many digits were found.
        digits: usize,
    },
    /// Something that is neither a digit nor a usual separator.
    #[error("a phone number holds digits, spaces, - ( ) . and a leading + only")]
    NotADigit,
}

impl Phone {
    /// Reads a number as typed or printed; drops separators, full-width forms and a leading `+86`.
    ///
    /// # Errors
    ///
    /// [`PhoneError`] if it holds anything else, or too few or too many digits.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let mut digits = String::with_capacity(15);
        let mut plus = false;
        for symbol in text.trim().chars() {
            match symbol {
                '0'..='9' => digits.push(symbol),
                '０'..='９' => digits.extend(char::from_u32(symbol as u32 - 0xFEE0)),
                '+' | '＋' if digits.is_empty() && !plus => plus = true,
                ' ' | '-' | '(' | ')' | '.' | '\u{3000}' => {}
                _ => return Err(PhoneError::NotADigit),
            }
        }
        // China's country code, however it is written: the same customer as without it.
        match (digits.len(), plus) {
            (13, _) if digits.starts_with("861") => drop(digits.drain(..2)),
            (15, false) if digits.starts_with("00861") => drop(digits.drain(..4)),
            (12, true) if digits.starts_with("86") => drop(digits.drain(..2)),
            _ => {}
        }
        match digits.len() {
            6..=15 => Ok(Self(digits)),
            found => Err(PhoneError::Length { digits: found }),
        }
    }

    /// The digits in clear. Each use of this is a place where a number could leak.
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.0
    }

    /// Whether it is shaped like a mainland China mobile number: 11 digits, `13` to `19` first.
    #[must_use]
    pub fn is_cn_mobile(&self) -> bool {
        let digits = self.0.as_bytes();
        digits.len() == 11 && digits[0] == b'1' && (b'3'..=b'9').contains(&digits[1])
    }

    /// How many digits it has, if it begins like a mainland China mobile number and is none.
    #[must_use]
    pub fn mistyped(&self) -> Option<usize> {
        let digits = self.0.as_bytes();
        let looks = digits[0] == b'1' && (b'3'..=b'9').contains(&digits[1]);
        (looks && (9..=13).contains(&digits.len()) && digits.len() != 11).then_some(digits.len())
    }

    /// Whether it is typed to get past the question for a number: 13800000000, 13800138000, 12345678.
    /// All of these could be somebody's, so it is a reason to hold a tier back, not to refuse a sale.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        let digits = self.0.as_bytes();
        // China Mobile's message centre, and "one two three" with the ten that follows nine.
        let famous = matches!(self.0.as_str(), "13800138000" | "12345678910");
        let tail = &digits[digits.len().saturating_sub(PLACEHOLDER_DIGITS)..];
        famous || is_one_digit(tail) || is_run(tail)
    }

    /// The last four digits, as a cashier names her to a colleague.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }

    /// `138****5678`: what paper, page and log may show.
    #[must_use]
    pub fn masked(&self) -> String {
        let head = self.0.len().saturating_sub(8).min(3);
        let stars = self.0.len() - head - 4;
        format!("{}{}{}", &self.0[..head], "*".repeat(stars), self.last_four())
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<C> minicbor::Encode<C> for Phone {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Phone {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::parse(d.str()?).map_err(|_| minicbor::decode::Error::message("not a phone number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for text in [
            "13800006721",
            "138 0000 6721",
            "+86 138-0000-6721",
            "8613800006721",
            "0086 13800006721",
            "１３８００００６７２１",
        ] {
            assert_eq!(Phone::parse(text).unwrap().clear(), "13800006721");
        }
        assert_eq!(Phone::parse("12345"), Err(PhoneError::Length { digits: 5 }));
        assert_eq!(Phone::parse("138x0006721"), Err(PhoneError::NotADigit));
    }

    #[test]
    fn a_digit_too_few_or_too_many_is_seen() {
        assert_eq!(Phone::parse("1390000123").unwrap().mistyped(), Some(10));
        assert_eq!(Phone::parse("139000012345").unwrap().mistyped(), Some(12));
        assert_eq!(Phone::parse("13900001234").unwrap().mistyped(), None);
        assert_eq!(Phone::parse("057187654321").unwrap().mistyped(), None);
    }

    #[test]
    fn a_number_typed_to_get_on_is_seen() {
        for number in [
            "13800000000",
            "138 0013 8000",
            "13888888888",
            "11111111111",
            "00000000000",
            "88888888",
            "12345678",
            "123456",
            "12345678901",
            "12345678910",
            "13812345678",
            "13901234567",
            "13987654321",
            "13898765432",
            "+86 13800000000",
        ] {
            assert!(Phone::parse(number).unwrap().is_placeholder(), "{number}");
        }
    }

    #[test]
    fn an_ordinary_number_is_no_placeholder() {
        for number in [
            "13800006721",
            "13900001234",
            "13800138001",
            "13888888880",
            "13812345679",
            "18812341234",
            "13600000001",
            "057187654320",
            "4008001234",
        ] {
            assert!(!Phone::parse(number).unwrap().is_placeholder(), "{number}");
        }
    }

    /// Every 977th mobile number of one network: hundred thousand numbers.
    #[test]
    fn hardly_any_number_is_a_placeholder() {
        let caught = |number: &u64| Phone::parse(&number.to_string()).unwrap().is_placeholder();
        let numbers = (13_900_000_123..14_000_000_000).step_by(977);
        assert_eq!(numbers.clone().count(), 102_355);
        assert_eq!(numbers.filter(caught).count(), 0);
    }

    #[test]
    fn nothing_that_formats_shows_the_middle_digits() {
        for number in ["13800006721", "123456", "1234567", "021654321", "123456789012345"] {
            let phone = Phone::parse(number).unwrap();
            for text in [format!("{phone}"), format!("{phone:?}"), phone.masked()] {
                assert!(!text.contains(number), "{text}");
                assert!(text.contains("**"), "{text}");
            }
        }
    }
}
