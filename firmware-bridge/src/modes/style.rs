//! The commands that set one mode of text, in each dialect.
//!
//! Not here: which modes are known (the parent module).
//!
//! Sources: Epson ESC/POS command reference; Star line mode command specifications.

use crate::dialect::Dialect;

/// A mode that changes how text looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    UpsideDown,
    Align,
    Font,
    RightSpacing,
    /// Width in the high half, height in the low, each one less than the factor.
    Size,
    Emphasis,
    DoubleStrike,
    Underline,
    Inverse,
    KanjiSize,
    KanjiUnderline,
}

impl Style {
    /// Writes the command that sets it to `value`; nothing where the dialect has none.
    pub(crate) fn write(self, value: u8, dialect: Dialect, write: &mut impl FnMut(&[u8])) {
        match dialect {
            Dialect::EscPos => write(&self.esc_pos(value)),
            Dialect::Star => self.star(value, write),
        }
    }

    const fn esc_pos(self, value: u8) -> [u8; 3] {
        let (prefix, op) = match self {
            Self::UpsideDown => (0x1B, b'{'),
            Self::Align => (0x1B, b'a'),
            Self::Font => (0x1B, b'M'),
            Self::RightSpacing => (0x1B, b' '),
            Self::Size => (0x1D, b'!'),
            Self::Emphasis => (0x1B, b'E'),
            Self::DoubleStrike => (0x1B, b'G'),
            Self::Underline => (0x1B, b'-'),
            Self::Inverse => (0x1D, b'B'),
            Self::KanjiSize => (0x1C, b'!'),
            Self::KanjiUnderline => (0x1C, b'-'),
        };
        [prefix, op, value]
    }

    fn star(self, value: u8, write: &mut impl FnMut(&[u8])) {
        match (self, value) {
            (Self::Align, _) => write(&[0x1B, 0x1D, b'a', value]),
            (Self::Size, _) => write(&[0x1B, b'i', value & 7, value >> 4]),
            (Self::Emphasis, 0) => write(b"\x1bF"),
            (Self::Emphasis, _) => write(b"\x1bE"),
            (Self::Inverse, 0) => write(b"\x1b5"),
            (Self::Inverse, _) => write(b"\x1b4"),
            (Self::Underline, _) => write(&[0x1B, b'-', value]),
            _ => {}
        }
    }
}

/// Which modes the rows of a note changed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) bold: bool,
    pub(crate) size: bool,
    pub(crate) align: bool,
}

impl Touched {
    pub(super) const fn has(&self, style: Style) -> bool {
        match style {
            Style::Emphasis => self.bold,
            Style::Size => self.size,
            Style::Align => self.align,
            _ => false,
        }
    }
}
