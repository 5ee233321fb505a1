//! Bar codes: from the data of `GS k` to bars on paper.
//!
//! ```text
//! "A12" ──encode──▶ widths 1 2 1 1 …, bar first ──draw──▶ ▌▌│█║ bars, and the text beneath
//! ```
//!
//! # Invariants
//!
//! - Widths alternate bar, space, bar; they begin and end with a bar.
//! - Data that the code cannot hold, and codes wider than the paper, are not printed, as on any
//!   printer.
//!
//! Not here: two-dimensional codes (`symbol`), the bytes of `GS k` (`printer/symbols`).
//!
//! Source: Epson ESC/POS command reference, `GS k`, `GS h`, `GS w`, `GS H`, `GS f`.

mod code128;
mod code93;
mod ean;
mod two_width;

use super::glyph::{self, Cell, FONT_A, FONT_B};
use super::line::Align;
use super::picture::Picture;

/// A kind of bar code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Symbology {
    UpcA,
    UpcE,
    Ean13,
    Ean8,
    Code39,
    Itf,
    Codabar,
    Code93,
    Code128,
    /// GS1-128: Code 128 that begins with FNC1.
    Gs1128,
}

impl Symbology {
    /// From the `m` of `GS k`, in both of its forms.
    pub(crate) const fn from_byte(m: u8) -> Option<Self> {
        Some(match m {
            0 | 65 => Self::UpcA,
            1 | 66 => Self::UpcE,
            2 | 67 => Self::Ean13,
            3 | 68 => Self::Ean8,
            4 | 69 => Self::Code39,
            5 | 70 => Self::Itf,
            6 | 71 => Self::Codabar,
            72 => Self::Code93,
            73 | 79 => Self::Code128,
            74 => Self::Gs1128,
            _ => return None,
        })
    }

    /// Its name, as the slip's text shows it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UpcA => "UPC-A",
            Self::UpcE => "UPC-E",
            Self::Ean13 => "EAN13",
            Self::Ean8 => "EAN8",
            Self::Code39 => "CODE39",
            Self::Itf => "ITF",
            Self::Codabar => "CODABAR",
            Self::Code93 => "CODE93",
            Self::Code128 => "CODE128",
            Self::Gs1128 => "GS1-128",
        }
    }
}

/// Why data is not printed as a bar code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum BarCodeError {
    /// A number of characters that the code does not have.
    #[error("{len} characters do not make this bar code")]
    Length {
        /// Characters.
        len: usize,
    },
    /// A character that the code does not have.
    #[error("character {at} is not in this bar code")]
    Character {
        /// Counted from 0.
        at: usize,
    },
}

/// Bars and spaces; see the module's text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Bars {
    /// In modules; where `two_width`, 1 is narrow and 2 is wide.
    pub(crate) widths: Vec<u8>,
    /// Whether there are just two widths, with a ratio of their own.
    pub(crate) two_width: bool,
    /// What a person reads beside it.
    pub(crate) text: String,
}

/// Bytes of a bar code: what the counted form of `GS k` can say. The form that ends with NUL could
/// go on for ever, and no paper is wide enough for either.
const DATA_MAX: usize = 255;

/// Turns `bytes` into bars.
///
/// # Errors
///
/// [`BarCodeError`] if the code cannot hold them.
pub(crate) fn encode(symbology: Symbology, bytes: &[u8]) -> Result<Bars, BarCodeError> {
    if bytes.len() > DATA_MAX {
        return Err(BarCodeError::Length { len: bytes.len() });
    }
    match symbology {
        Symbology::UpcA => ean::upc_a(bytes),
        Symbology::UpcE => ean::upc_e(bytes),
        Symbology::Ean13 => ean::ean13(bytes),
        Symbology::Ean8 => ean::ean8(bytes),
        Symbology::Code39 => two_width::code39(bytes),
        Symbology::Itf => two_width::itf(bytes),
        Symbology::Codabar => two_width::codabar(bytes),
        Symbology::Code93 => code93::encode(bytes),
        Symbology::Code128 => code128::encode(bytes, false),
        Symbology::Gs1128 => code128::encode(bytes, true),
    }
}

/// Digits as numbers.
fn digits(bytes: &[u8]) -> Result<Vec<u8>, BarCodeError> {
    let digit = |(at, byte): (usize, &u8)| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        _ => Err(BarCodeError::Character { at }),
    };
    bytes.iter().enumerate().map(digit).collect()
}

/// How bar codes look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BarStyle {
    /// Dots of a module: 2 to 6.
    module: u8,
    /// Dots.
    height: u8,
    text_above: bool,
    text_below: bool,
    font_b: bool,
}

impl Default for BarStyle {
    fn default() -> Self {
        Self { module: 3, height: 162, text_above: false, text_below: false, font_b: false }
    }
}

impl BarStyle {
    /// Dots of a module, which a Chinese printer's QR code takes for its own.
    pub(crate) const fn module(self) -> u8 {
        self.module
    }

    /// A look given at once, as Star does.
    pub(crate) const fn new(module: u8, height: u8, text_below: bool) -> Self {
        Self { module, height, text_above: false, text_below, font_b: false }
    }

    /// Takes a command that changes the look; tells whether it was one.
    pub(crate) fn apply(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1D, b'h', height @ 1..=255] => self.height = height,
            [0x1D, b'w', module @ 1..=6] => self.module = module,
            [0x1D, b'H', n] => {
                (self.text_above, self.text_below) = (n & 1 == 1, n & 2 == 2);
            }
            [0x1D, b'f', n] => self.font_b = n % 48 == 1,
            _ => return false,
        }
        true
    }

    /// Draws `bars` with their text.
    pub(crate) fn draw(self, bars: &Bars) -> Picture {
        let row = self.row(bars);
        let cell = if self.font_b { FONT_B } else { FONT_A };
        let text_width = bars.text.chars().count() * cell.width;
        let width = row.len().max(text_width);
        let above = if self.text_above { cell.height + TEXT_GAP } else { 0 };
        let below = if self.text_below { cell.height + TEXT_GAP } else { 0 };
        let height = usize::from(self.height);
        let mut picture = Picture::new(width, above + height + below);
        let left = Align::Centre.offset(row.len(), width);
        let solid = Picture::from_fn(row.len(), height, |x, _| row[x]);
        picture.overlay(&solid, left, above);
        if self.text_above {
            write(&mut picture, &bars.text, cell, 0);
        }
        if self.text_below {
            write(&mut picture, &bars.text, cell, above + height + TEXT_GAP);
        }
        picture
    }

    /// One row of dots.
    fn row(self, bars: &Bars) -> Vec<u8> {
        let mut row = Vec::new();
        for (at, &width) in bars.widths.iter().enumerate() {
            let dots = match (bars.two_width, width) {
                (true, 2) => WIDE[usize::from(self.module)],
                _ => usize::from(width * self.module),
            };
            row.extend(std::iter::repeat_n(if at % 2 == 0 { 255 } else { 0 }, dots));
        }
        row
    }
}

/// Rows between the bars and their text.
const TEXT_GAP: usize = 4;

/// Dots of a wide bar by the module: 2.5 times a narrow one.
const WIDE: [usize; 7] = [0, 3, 5, 8, 10, 13, 15];

fn write(picture: &mut Picture, text: &str, cell: Cell, y: usize) {
    let left = Align::Centre.offset(text.chars().count() * cell.width, picture.width());
    for (at, character) in text.chars().enumerate() {
        picture.overlay(&glyph::draw(character, cell, 1, 1), left + at * cell.width, y);
    }
}

#[cfg(test)]
mod tests;
