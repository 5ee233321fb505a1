//! Code 39, Codabar and ITF: bars and spaces that are either narrow or wide.
//!
//! Patterns are numbers: the highest bit is the first bar, 1 is wide.
//!
//! Not here: how wide wide is (`bar_code`).
//!
//! Sources: ISO/IEC 16388 (Code 39), 16390 (ITF), EN 798 (Codabar).

use super::{BarCodeError, Bars, digits};

const CODE39: &[u8; 44] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*";

/// Nine bars and spaces each; in the order of [`CODE39`].
const CODE39_WIDE: [u16; 44] = [
    0x034, 0x121, 0x061, 0x160, 0x031, 0x130, 0x070, 0x025, 0x124, 0x064, 0x109, 0x049, 0x148,
    0x019, 0x118, 0x058, 0x00D, 0x10C, 0x04C, 0x01C, 0x103, 0x043, 0x142, 0x013, 0x112, 0x052,
    0x007, 0x106, 0x046, 0x016, 0x181, 0x0C1, 0x1C0, 0x091, 0x190, 0x0D0, 0x085, 0x184, 0x0C4,
    0x0A8, 0x0A2, 0x08A, 0x02A, 0x094,
];

const CODABAR: &[u8; 20] = b"0123456789-$:/.+ABCD";

/// Seven bars and spaces each; in the order of [`CODABAR`].
const CODABAR_WIDE: [u16; 20] = [
    0x003, 0x006, 0x009, 0x060, 0x012, 0x042, 0x021, 0x024, 0x030, 0x048, 0x00C, 0x018, 0x045,
    0x051, 0x054, 0x015, 0x01A, 0x029, 0x00B, 0x00E,
];

/// Five bars, or the five spaces between them, for each digit.
const ITF_WIDE: [u16; 10] = [0x06, 0x11, 0x09, 0x18, 0x05, 0x14, 0x0C, 0x03, 0x12, 0x0A];

/// Letters, digits and a few signs; the asterisks at both ends are added where missing.
pub(super) fn code39(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let inner = bytes.strip_prefix(b"*").unwrap_or(bytes);
    let inner = inner.strip_suffix(b"*").unwrap_or(inner);
    separate(&[b"*", inner, b"*"].concat(), CODE39, &CODE39_WIDE, 9)
}

/// Digits and a few signs between two of the letters A to D.
pub(super) fn codabar(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    let upper = bytes.to_ascii_uppercase();
    let is_edge = |byte: Option<&u8>| matches!(byte, Some(b'A'..=b'D'));
    if upper.len() < 2 || !is_edge(upper.first()) || !is_edge(upper.last()) {
        return Err(BarCodeError::Length { len: bytes.len() });
    }
    separate(&upper, CODABAR, &CODABAR_WIDE, 7)
}

/// Pairs of digits, one as bars and one as the spaces between; an odd number gets a leading zero.
pub(super) fn itf(bytes: &[u8]) -> Result<Bars, BarCodeError> {
    if bytes.is_empty() {
        return Err(BarCodeError::Length { len: 0 });
    }
    let mut digits = digits(bytes)?;
    if digits.len() % 2 == 1 {
        digits.insert(0, 0);
    }
    let mut widths = vec![1; 4];
    for pair in digits.chunks_exact(2) {
        let [bars, spaces] =
            [pair[0], pair[1]].map(|digit| elements(ITF_WIDE[usize::from(digit)], 5));
        bars.zip(spaces).for_each(|(bar, space)| widths.extend([bar, space]));
    }
    widths.extend([2, 1, 1]);
    let text = digits.iter().map(|&digit| char::from(b'0' + digit)).collect();
    Ok(Bars { widths, two_width: true, text })
}

/// Characters one by one, a narrow space between them.
fn separate(bytes: &[u8], alphabet: &[u8], wide: &[u16], count: u32) -> Result<Bars, BarCodeError> {
    let mut widths = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let index = alphabet.iter().position(|known| known == byte);
        let pattern = wide[index.ok_or(BarCodeError::Character { at })?];
        if at > 0 {
            widths.push(1);
        }
        widths.extend(elements(pattern, count));
    }
    let text = bytes.iter().map(|&byte| char::from(byte)).collect();
    Ok(Bars { widths, two_width: true, text })
}

fn elements(pattern: u16, count: u32) -> impl Iterator<Item = u8> {
    (0..count).rev().map(move |bit| if pattern >> bit & 1 == 1 { 2 } else { 1 })
}
