//! Code 128: three code sets, switched in the data as `{A`, `{B`, `{C`.
//!
//! ```text
//! {B N o . {C 0C 22      start B, N, o, ., code C, 12, 34, check, stop
//! ```
//!
//! In set C every byte is a number from 0 to 99, two digits on the paper.
//!
//! # Invariants
//!
//! - Data without a code set is taken as set B, as Chinese printers do.
//!
//! Not here: drawing (`bar_code`). Source: ISO/IEC 15417; Epson command reference, `GS k` 73.

use super::{BarCodeError, Bars};

/// Six widths of each symbol, bar first, as the digits of a number.
const WIDTHS: [u32; 106] = [
    212_222, 222_122, 222_221, 121_223, 121_322, 131_222, 122_213, 122_312, 132_212, 221_213,
    221_312, 231_212, 112_232, 122_132, 122_231, 113_222, 123_122, 123_221, 223_211, 221_132,
    221_231, 213_212, 223_112, 312_131, 311_222, 321_122, 321_221, 312_212, 322_112, 322_211,
    212_123, 212_321, 232_121, 111_323, 131_123, 131_321, 112_313, 132_113, 132_311, 211_313,
    231_113, 231_311, 112_133, 112_331, 132_131, 113_123, 113_321, 133_121, 313_121, 211_331,
    231_131, 213_113, 213_311, 213_131, 311_123, 311_321, 331_121, 312_113, 312_311, 332_111,
    314_111, 221_411, 431_111, 111_224, 111_422, 121_124, 121_421, 141_122, 141_221, 112_214,
    112_412, 122_114, 122_411, 142_112, 142_211, 241_211, 221_114, 413_111, 241_112, 134_111,
    111_242, 121_142, 121_241, 114_212, 124_112, 124_211, 411_212, 421_112, 421_211, 212_141,
    214_121, 412_121, 111_143, 111_341, 131_141, 114_113, 114_311, 411_113, 411_311, 113_141,
    114_131, 311_141, 411_131, 211_412, 211_214, 211_232,
];

const STOP: [u8; 7] = [2, 3, 3, 1, 1, 1, 2];
const SHIFT: u8 = 98;
const FNC1: u8 = 102;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Set {
    A,
    B,
    C,
}

impl Set {
    /// The symbol that starts with this set, 103 to 105.
    const fn start(self) -> u8 {
        match self {
            Self::A => 103,
            Self::B => 104,
            Self::C => 105,
        }
    }

    /// The symbol that changes to this set.
    const fn code(self) -> u8 {
        match self {
            Self::A => 101,
            Self::B => 100,
            Self::C => 99,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            _ => Self::A,
        }
    }

    /// The symbol of one byte in set A or B.
    const fn value(self, byte: u8) -> Option<u8> {
        match (self, byte) {
            (Self::A, 0..=0x1F) => Some(byte + 64),
            (Self::A, 0x20..=0x5F) | (Self::B, 0x20..=0x7F) => Some(byte - 0x20),
            _ => None,
        }
    }
}

/// Symbols so far, and what a person reads.
struct Symbols {
    values: Vec<u8>,
    text: String,
    set: Set,
    shifted: bool,
}

/// Data as `GS k` has it; `gs1` begins with FNC1.
pub(super) fn encode(bytes: &[u8], gs1: bool) -> Result<Bars, BarCodeError> {
    let (set, start) = match bytes {
        [b'{', b'A', ..] => (Set::A, 2),
        [b'{', b'B', ..] => (Set::B, 2),
        [b'{', b'C', ..] => (Set::C, 2),
        _ => (Set::B, 0),
    };
    let mut symbols =
        Symbols { values: vec![set.start()], text: String::new(), set, shifted: false };
    if gs1 {
        symbols.values.push(FNC1);
    }
    let mut at = start;
    while at < bytes.len() {
        at += symbols.take(&bytes[at..]).ok_or(BarCodeError::Character { at })?;
    }
    if symbols.values.len() < 2 {
        return Err(BarCodeError::Length { len: bytes.len() });
    }
    Ok(symbols.finish())
}

impl Symbols {
    /// Takes the next character, switch or pair; tells how many bytes it had.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        match *bytes {
            [b'{', b'A', ..] => self.switch(Set::A),
            [b'{', b'B', ..] => self.switch(Set::B),
            [b'{', b'C', ..] => self.switch(Set::C),
            [b'{', b'S', ..] => {
                self.values.push(SHIFT);
                self.shifted = true;
                Some(2)
            }
            [b'{', function @ b'1'..=b'4', ..] => self.function(function),
            [b'{', b'{', ..] => self.letter(b'{').map(|_| 2),
            [pair @ 0..=99, ..] if self.set == Set::C => self.pair(pair),
            [byte, ..] => self.letter(byte),
            [] => None,
        }
    }

    fn switch(&mut self, set: Set) -> Option<usize> {
        if self.set != set {
            self.values.push(set.code());
        }
        self.set = set;
        Some(2)
    }

    fn function(&mut self, function: u8) -> Option<usize> {
        self.values.push(match (function, self.set) {
            (b'1', _) => FNC1,
            (b'2', Set::A | Set::B) => 97,
            (b'3', Set::A | Set::B) => 96,
            (b'4', Set::A) => 101,
            (b'4', Set::B) => 100,
            _ => return None,
        });
        Some(2)
    }

    fn pair(&mut self, pair: u8) -> Option<usize> {
        self.values.push(pair);
        self.text.push(char::from(b'0' + pair / 10));
        self.text.push(char::from(b'0' + pair % 10));
        Some(1)
    }

    fn letter(&mut self, byte: u8) -> Option<usize> {
        let set = if std::mem::take(&mut self.shifted) { self.set.other() } else { self.set };
        self.values.push(set.value(byte)?);
        self.text.push(if byte < 0x20 { ' ' } else { char::from(byte) });
        Some(1)
    }

    /// Adds the check symbol: the start counts once, then each by its place; modulo 103.
    fn finish(self) -> Bars {
        let places = std::iter::once(1).chain(1usize..);
        let sum: usize =
            self.values.iter().zip(places).map(|(&value, by)| usize::from(value) * by).sum();
        let check = u8::try_from(sum % 103).unwrap_or(0);
        let values = self.values.iter().chain(std::iter::once(&check));
        let mut widths: Vec<u8> =
            values.flat_map(|&value| digits(WIDTHS[usize::from(value)])).collect();
        widths.extend(STOP);
        Bars { widths, two_width: false, text: self.text }
    }
}

/// The six digits of a number.
fn digits(number: u32) -> [u8; 6] {
    let places = [100_000, 10_000, 1_000, 100, 10, 1];
    places.map(|place| u8::try_from(number / place % 10).unwrap_or(0))
}
