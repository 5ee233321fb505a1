//! A secret in parts: any `needed` of them give it back, one fewer tells nothing at all.
//!
//! Shamir's scheme over the field with 256 elements, byte by byte: each byte is the value at 0 of a
//! polynomial of degree `needed - 1` with random other coefficients; part x holds its values at x.
//! Additions are XOR, so there is no carry, no rounding and no modulus to choose.
//!
//! A part is written as a line that a person can copy from paper:
//!
//! ```text
//! HQ-PART 2/3 of 5: 7K3M-9QDA-…-X
//! ```
//!
//! # Source
//!
//! Adi Shamir, "How to share a secret" (1979); the field's polynomial is that of AES (FIPS 197, 4.2).
//!
//! Not here: what the secret opens (`recovery`).

use crate::base32::{self, ALPHABET};
use crate::chain::Hash;
use crate::random::random;
use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// Part number, how many are needed, which split, the values, and a check.
const PART_BYTES: usize = 1 + 1 + 4 + SECRET_BYTES + 4;

/// One part of a secret. `Debug` shows no value.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Part {
    /// Where the polynomials were taken: 1, 2, …
    pub number: u8,
    /// How many parts give the secret back.
    pub needed: u8,
    /// Parts of one split have the same.
    pub split: [u8; 4],
    values: [u8; SECRET_BYTES],
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Part({} of {} needed)", self.number, self.needed)
    }
}

/// Why parts do not give a secret, or a line is no part. Carries nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// A number of parts that makes no sense.
    #[error(
        "{needed} of {count}: needed has to be 2 or more, and not more than there are (at most 255)"
    )]
    Count {
        /// How many would be needed.
        needed: u8,
        /// How many there would be.
        count: u8,
    },
    /// The line is mistyped.
    #[error("this line is mistyped or no part")]
    Mistyped,
    /// Parts of different splits.
    #[error("these parts belong to different backups")]
    Mixed,
    /// Not enough different parts.
    #[error("{needed} different parts are needed, {have} are there")]
    TooFew {
        /// How many there are.
        have: u8,
        /// How many are needed.
        needed: u8,
    },
}

/// Splits `secret` into `count` parts, any `needed` of which give it back.
///
/// # Errors
///
/// [`PartError::Count`].
pub fn split(secret: &[u8; SECRET_BYTES], needed: u8, count: u8) -> Result<Vec<Part>, PartError> {
    if needed < 2 || count < needed {
        return Err(PartError::Count { needed, count });
    }
    let coefficients: Zeroizing<Vec<[u8; SECRET_BYTES]>> =
        Zeroizing::new((1..needed).map(|_| random()).collect());
    let split = random();
    let part = |number: u8| {
        let value = |at: usize| {
            let higher = coefficients.iter().rev().map(|row| row[at]);
            times(higher.fold(0, |value, next| times(value, number) ^ next), number) ^ secret[at]
        };
        Part { number, needed, split, values: core::array::from_fn(value) }
    };
    Ok((1..=count).map(part).collect())
}

/// Gives the secret back. More parts than needed have to agree with it: a wrong one is noticed then.
///
/// # Errors
///
/// [`PartError`].
pub fn join(parts: &[Part]) -> Result<Zeroizing<[u8; SECRET_BYTES]>, PartError> {
    let mut seen = BTreeSet::new();
    let distinct: Vec<&Part> = parts.iter().filter(|part| seen.insert(part.number)).collect();
    let needed = distinct.first().map_or(2, |part| part.needed);
    if distinct.iter().any(|part| (part.split, part.needed) != (distinct[0].split, needed)) {
        return Err(PartError::Mixed);
    }
    if distinct.len() < usize::from(needed) {
        let have = u8::try_from(distinct.len()).unwrap_or(u8::MAX);
        return Err(PartError::TooFew { have, needed });
    }
    let (used, more) = distinct.split_at(usize::from(needed));
    if more.iter().any(|part| *at(used, part.number) != part.values) {
        return Err(PartError::Mixed);
    }
    Ok(at(used, 0))
}

/// The polynomials' values at `x` (Lagrange).
fn at(parts: &[&Part], x: u8) -> Zeroizing<[u8; SECRET_BYTES]> {
    let mut values = Zeroizing::new([0; SECRET_BYTES]);
    for part in parts {
        let others = parts.iter().filter(|other| other.number != part.number);
        let weight = others.fold(1, |weight, other| {
            let across = inverse(part.number ^ other.number);
            times(weight, times(x ^ other.number, across))
        });
        for (value, own) in values.iter_mut().zip(part.values) {
            *value ^= times(weight, own);
        }
    }
    values
}

/// Multiplies without a branch or a table that depends on the secret.
fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & 0u8.wrapping_sub(b >> bit & 1);
        a = a << 1 ^ (0x1b & 0u8.wrapping_sub(a >> 7));
    }
    product
}

/// a^254, which is 1/a; 0 for 0. 254 is 11111110 in binary: square and multiply six times, then square.
fn inverse(a: u8) -> u8 {
    let power = (0..6).fold(a, |power, _| times(times(power, power), a));
    times(power, power)
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body =
            Zeroizing::new([&[self.number, self.needed][..], &self.split, &self.values].concat());
        let all = Zeroizing::new([&body[..], &Hash::of(&body).0[..4]].concat());
        for (at, value) in base32::symbols(&all).into_iter().enumerate() {
            let dash = if at > 0 && at.is_multiple_of(4) { "-" } else { "" };
            write!(f, "{dash}{}", char::from(ALPHABET[usize::from(value)]))?;
        }
        Ok(())
    }
}

impl FromStr for Part {
    type Err = PartError;

    /// Takes lower case, spaces and hyphens anywhere, `O` for `0`, `I` and `L` for `1`, and whatever
    /// stands before a colon.
    fn from_str(line: &str) -> Result<Self, PartError> {
        let line = line.rsplit(':').next().unwrap_or_default();
        let typed = line.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let values = typed.map(|c| base32::value(ALPHABET, c)).collect::<Option<Vec<u8>>>();
        let all = Zeroizing::new(base32::bytes(&values.ok_or(PartError::Mistyped)?));
        if all.len() != PART_BYTES {
            return Err(PartError::Mistyped);
        }
        let (body, check) = all.split_at(PART_BYTES - 4);
        if *check != Hash::of(body).0[..4] {
            return Err(PartError::Mistyped);
        }
        let mistyped = |_| PartError::Mistyped;
        Ok(Self {
            number: body[0],
            needed: body[1],
            split: body[2..6].try_into().map_err(mistyped)?,
            values: body[6..].try_into().map_err(mistyped)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_field_is_a_field() {
        assert_eq!(times(0x57, 0x83), 0xc1, "FIPS 197, section 4.2");
        for a in 1..=255 {
            assert_eq!(times(a, inverse(a)), 1, "{a}");
        }
    }

    #[test]
    fn one_part_fewer_leaves_every_secret_possible() {
        // With two needed and one known, each value at 0 fits exactly one line through the known point.
        let (x, y) = (3, 0x5a);
        let fits = |secret: u8| (0..=255).filter(|slope| secret ^ times(*slope, x) == y).count();
        assert!((0..=255).all(|secret| fits(secret) == 1));
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for (needed, count) in [(0, 3), (1, 3), (4, 3)] {
            assert_eq!(split(&[1; 32], needed, count), Err(PartError::Count { needed, count }));
        }
        assert!(split(&[1; 32], 2, 255).is_ok());
    }

    #[test]
    fn parts_of_two_backups_do_not_mix_and_too_few_are_counted() {
        let (one, two) = (split(&[1; 32], 2, 3).unwrap(), split(&[2; 32], 2, 3).unwrap());
        assert_eq!(join(&[one[0].clone(), two[1].clone()]), Err(PartError::Mixed));
        let twice = [one[0].clone(), one[0].clone()];
        assert_eq!(join(&twice), Err(PartError::TooFew { have: 1, needed: 2 }));
        assert_eq!(join(&[]), Err(PartError::TooFew { have: 0, needed: 2 }));
    }

    #[test]
    fn a_line_is_read_as_people_type_it_and_one_wrong_sign_is_noticed() {
        let part = split(&[7; 32], 3, 5).unwrap().remove(1);
        let line = format!("HQ-PART 2 of 5, 3 needed: {part}");
        assert_eq!(line.to_lowercase().replace('-', " ").parse::<Part>(), Ok(part.clone()));
        assert_eq!(part.to_string().replace('0', "o").replace('1', "l").parse(), Ok(part.clone()));
        let text = part.to_string();
        for at in (0..text.len()).filter(|at| text.as_bytes()[*at] != b'-') {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'7' { b'8' } else { b'7' };
            let wrong = String::from_utf8(wrong).unwrap();
            // The last symbol holds spare bits: what differs there only is the same part.
            assert!(wrong.parse::<Part>().is_err() || wrong.parse() == Ok(part.clone()), "{at}");
        }
        for line in ["", "HQ-PART", "7K3M", "小票"] {
            assert_eq!(line.parse::<Part>(), Err(PartError::Mistyped));
        }
    }

    #[test]
    fn no_debug_shows_a_value() {
        let part = split(&[0xab; 32], 2, 2).unwrap().remove(0);
        assert_eq!(format!("{part:?}"), "Part(1 of 2 needed)");
    }

    proptest! {
        #[test]
        fn any_parts_that_are_enough_give_the_secret_back(
            secret in any::<[u8; 32]>(),
            needed in 2u8..6,
            more in 0u8..4,
            order in any::<u64>(),
        ) {
            let mut parts = split(&secret, needed, needed + more).unwrap();
            let mut order = order;
            for at in (1..parts.len()).rev() {
                parts.swap(at, (order % (at as u64 + 1)) as usize);
                order = order.rotate_left(7) ^ 0x9e37_79b9;
            }
            prop_assert_eq!(*join(&parts).unwrap(), secret);
            parts.truncate(usize::from(needed));
            prop_assert_eq!(*join(&parts).unwrap(), secret);
            parts.pop();
            prop_assert!(join(&parts).is_err());
        }
    }
}
