//! Code 93: nine modules a character, two check characters, all of ASCII by pairs.
//!
//! Not here: drawing (`bar_code`). Source: AIM USS Code 93.

use super::{BarCodeError, Bars};

/// The first 43 characters; four shifts and the start follow.
const ALPHABET: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/// Nine modules each, the highest bit first, 1 is black; 43 to 46 are the shifts, 47 the start.
const MODULES: [u16; 48] = [
    0x114, 0x148, 0x144, 0x142, 0x128, 0x124, 0x122, 0x150, 0x112, 0x10A, 0x1A8, 0x1A4, 0x1A2,
    0x194, 0x192, 0x18A, 0x168, 0x164, 0x162, 0x134, 0x11A, 0x158, 0x14C, 0x146, 0x12C, 0x116,
    0x1B4, 0x1B2, 0x1AC, 0x1A6, 0x196, 0x19A, 0x16C, 0x166, 0x136, 0x13A, 0x12E, 0x1D4, 0x1D2,
    0x1CA, 0x16E, 0x176, 0x1AE, 0x126, 0x1DA, 0x1D6, 0x132, 0x15E,
];

const START: usize = 47;
const DOLLAR: usize = 43;
const PERCENT: usize = 44;
const SLASH: usize = 45;
const PLUS: usize = 46;

/// Any ASCII.
pub(super) fn encode(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    if bytes.is_empty() {
        return Err(BarCodeError::Length { len: 0 });
    }
    let mut values = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        match ALPHABET.iter().position(|&known| known == byte) {
            Some(value) => values.push(value),
            None => values.extend(shifted(byte).ok_or(BarCodeError::Character { at })?),
        }
    }
    values.push(check(&values, 20));
    values.push(check(&values, 15));
    let mut widths = runs(MODULES[START]);
    values.iter().for_each(|&value| widths.extend(runs(MODULES[value])));
    widths.extend(runs(MODULES[START]));
    widths.push(1);
    let text = bytes.iter().map(|&byte| if byte < 0x20 { ' ' } else { char::from(byte) }).collect();
    Ok(Bars { widths, two_width: false, text })
}

/// From the right, weights 1 to `most` over and over; modulo 47.
fn check(values: &[usize], most: usize) -> usize {
    values.iter().rev().zip((1..=most).cycle()).map(|(value, weight)| value * weight).sum::<usize>()
        % 47
}

/// A shift and a letter for what has no character of its own.
fn shifted(byte: u8) -> Option<[usize; 2]> {
    let (shift, from, letter) = match byte {
        0 => (PERCENT, 0, b'U'),
        1..=26 => (DOLLAR, 1, b'A'),
        27..=31 => (PERCENT, 27, b'A'),
        b'!'..=b',' => (SLASH, b'!', b'A'),
        b':' => (SLASH, b':', b'Z'),
        b';'..=b'?' => (PERCENT, b';', b'F'),
        b'@' => (PERCENT, b'@', b'V'),
        b'['..=b'_' => (PERCENT, b'[', b'K'),
        b'`' => (PERCENT, b'`', b'W'),
        b'a'..=b'z' => (PLUS, b'a', b'A'),
        b'{'..=0x7F => (PERCENT, b'{', b'P'),
        _ => return None,
    };
    Some([shift, usize::from(byte - from + letter - b'A') + 10])
}

/// Modules to widths; every character begins with a bar and ends with a space.
fn runs(modules: u16) -> Vec<u8> {
    let mut widths = Vec::new();
    let mut last = None;
    for bit in (0..9).rev() {
        let black = modules >> bit & 1;
        match widths.last_mut() {
            Some(width) if last == Some(black) => *width += 1,
            _ => widths.push(1),
        }
        last = Some(black);
    }
    widths
}
