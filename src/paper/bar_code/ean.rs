//! EAN-13, EAN-8, UPC-A and UPC-E: digits of seven modules, two bars each.
//!
//! ```text
//! EAN-13   101 │ six digits L or G │ 01010 │ six digits R │ 101
//!              ╰ which of them are G tells the first digit
//! ```
//!
//! # Invariants
//!
//! - The check digit is computed; one that was sent is replaced, so that a scanner always reads it.
//!
//! Not here: drawing (`bar_code`). Source: GS1 General Specifications, 5.2.

use super::{BarCodeError, Bars, digits};

/// Widths of the digits in the left half, space first; the right half has the same, bar first.
const LEFT: [[u8; 4]; 10] = [
    [3, 2, 1, 1],
    [2, 2, 2, 1],
    [2, 1, 2, 2],
    [1, 4, 1, 1],
    [1, 1, 3, 2],
    [1, 2, 3, 1],
    [1, 1, 1, 4],
    [1, 3, 1, 2],
    [1, 2, 1, 3],
    [3, 1, 1, 2],
];

/// Which of the left digits are mirrored (G), by the first digit; the highest of six bits is the
/// leftmost digit.
const MIRRORED: [u8; 10] = [
    0b00_0000, 0b00_1011, 0b00_1101, 0b00_1110, 0b01_0011, 0b01_1001, 0b01_1100, 0b01_0101,
    0b01_0110, 0b01_1010,
];

/// The same for UPC-E, by the check digit, with number system 0.
const MIRRORED_UPC_E: [u8; 10] = [
    0b11_1000, 0b11_0100, 0b11_0010, 0b11_0001, 0b10_1100, 0b10_0110, 0b10_0011, 0b10_1010,
    0b10_1001, 0b10_0101,
];

const EDGE: [u8; 3] = [1; 3];
const CENTRE: [u8; 5] = [1; 5];

/// 12 or 13 digits.
pub(super) fn ean13(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let digits = checked(bytes, 12)?;
    Ok(finish(thirteen(&digits), &digits))
}

/// 11 or 12 digits: an EAN-13 with a leading zero.
pub(super) fn upc_a(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let digits = checked(bytes, 11)?;
    Ok(finish(thirteen(&[&[0], &digits[..]].concat()), &digits))
}

/// 7 or 8 digits.
pub(super) fn ean8(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let digits = checked(bytes, 7)?;
    let mut widths = EDGE.to_vec();
    halves(&mut widths, &digits[..4], 0, &digits[4..]);
    Ok(finish(widths, &digits))
}

/// 6 to 8 digits as printed, or 11 or 12 of a UPC-A that can be shortened.
pub(super) fn upc_e(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let len = bytes.len();
    let given = digits(bytes)?;
    let six = match given[..] {
        [a, b, c, d, e, f] | [0, a, b, c, d, e, f] | [0, a, b, c, d, e, f, _] => [a, b, c, d, e, f],
        [0, ref rest @ ..] if matches!(len, 11 | 12) => {
            shortened(rest).ok_or(BarCodeError::Length { len })?
        }
        _ => return Err(BarCodeError::Length { len }),
    };
    let check = check_digit(&lengthened(six));
    let mut widths = EDGE.to_vec();
    left(&mut widths, &six, MIRRORED_UPC_E[usize::from(check)]);
    widths.extend([1; 6]);
    Ok(finish(widths, &[&[0], &six[..], &[check]].concat()))
}

/// Digits with their check digit, out of `len` digits or one more.
fn checked(bytes: &[u8], len: usize) -> Result<Vec<u8>, BarCodeError> {
    if bytes.len() != len && bytes.len() != len + 1 {
        return Err(BarCodeError::Length { len: bytes.len() });
    }
    let mut digits = digits(&bytes[..len])?;
    digits.push(check_digit(&digits));
    Ok(digits)
}

/// From the right, digits count three times and once in turn; the sum is filled up to a ten.
fn check_digit(digits: &[u8]) -> u8 {
    let weights = [3u32, 1].into_iter().cycle();
    let sum: u32 = digits.iter().rev().zip(weights).map(|(&digit, by)| u32::from(digit) * by).sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

fn thirteen(digits: &[u8]) -> Vec<u8> {
    let mut widths = EDGE.to_vec();
    halves(&mut widths, &digits[1..7], MIRRORED[usize::from(digits[0])], &digits[7..]);
    widths
}

fn halves(widths: &mut Vec<u8>, before: &[u8], mirrored: u8, after: &[u8]) {
    left(widths, before, mirrored);
    widths.extend(CENTRE);
    after.iter().for_each(|&digit| widths.extend(LEFT[usize::from(digit)]));
    widths.extend(EDGE);
}

fn left(widths: &mut Vec<u8>, digits: &[u8], mirrored: u8) {
    for (at, &digit) in digits.iter().enumerate() {
        let mut digit = LEFT[usize::from(digit)];
        if mirrored & (0b10_0000 >> at) != 0 {
            digit.reverse();
        }
        widths.extend(digit);
    }
}

fn finish(widths: Vec<u8>, digits: &[u8]) -> Bars {
    let text = digits.iter().map(|&digit| char::from(b'0' + digit)).collect();
    Bars { widths, two_width: false, text }
}

/// The 11 digits of a UPC-A that six digits of a UPC-E stand for.
const fn lengthened([a, b, c, d, e, f]: [u8; 6]) -> [u8; 11] {
    match f {
        0..=2 => [0, a, b, f, 0, 0, 0, 0, c, d, e],
        3 => [0, a, b, c, 0, 0, 0, 0, 0, d, e],
        4 => [0, a, b, c, d, 0, 0, 0, 0, 0, e],
        _ => [0, a, b, c, d, e, 0, 0, 0, 0, f],
    }
}

/// The six digits, if the zeros of a UPC-A stand where they can be left out.
const fn shortened(digits: &[u8]) -> Option<[u8; 6]> {
    match *digits {
        [a, b, c @ 0..=2, 0, 0, 0, 0, d, e, f, ..] => Some([a, b, d, e, f, c]),
        [a, b, c, 0, 0, 0, 0, 0, d, e, ..] => Some([a, b, c, d, e, 3]),
        [a, b, c, d, 0, 0, 0, 0, 0, e, ..] => Some([a, b, c, d, e, 4]),
        [a, b, c, d, e, 0, 0, 0, 0, f @ 5..=9, ..] => Some([a, b, c, d, e, f]),
        _ => None,
    }
}
