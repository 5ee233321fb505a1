//! The printer's modes, as far as the stream has told them.
//!
//! A note is printed with plain text modes and must leave every mode as it found it. A mode cannot
//! be read back from a printer, so it is followed here from the commands that pass. Before the
//! first `ESC @` a mode is unknown until a command sets it; an unknown mode is never touched,
//! because it could not be put back.
//!
//! ```text
//! known:   bold on  ──▶ ESC E 0   note   ESC E 1
//! unknown: bold ?   ──▶           note
//! ```
//!
//! Not here: when a note goes out (`hold`, `bridge`).

mod style;

use crate::dialect::Dialect;
use crate::token::{Kind, Token};
pub(crate) use style::{Style, Touched};

/// A mode's value, or `None` while the stream has not told it.
type Mode = Option<u8>;

/// The modes that matter to a note and to reading what is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Modes {
    align: Mode,
    /// As the argument of `GS !`: width in the high half, height in the low.
    size: Mode,
    emphasis: Mode,
    double_strike: Mode,
    underline: Mode,
    inverse: Mode,
    upside_down: Mode,
    font: Mode,
    right_spacing: Mode,
    /// `None` unknown, `Some(0)` the default of `ESC 2`, else the argument of `ESC 3`.
    line_spacing: Mode,
    kanji: Mode,
    kanji_style: Mode,
    kanji_underline: Mode,
    code_table: Mode,
    charset: Mode,
    clone_page: Mode,
    kanji_code: Mode,
    page: bool,
    in_macro: bool,
}

impl Modes {
    /// Whether a note may be printed at all: not in page mode, nor inside a macro.
    #[must_use]
    pub const fn note_allowed(&self) -> bool {
        !self.page && !self.in_macro
    }

    /// Learns from a token that passes, in the dialect that it was read in.
    pub fn apply(&mut self, token: Token<'_>, dialect: Dialect) {
        match token.kind {
            Kind::Command { .. } if dialect == Dialect::Star => self.star(token.bytes),
            Kind::Command { .. } => self.command(token.bytes),
            Kind::Control if token.bytes == b"\x0c" => self.page = false,
            _ => {}
        }
    }

    fn command(&mut self, bytes: &[u8]) {
        match bytes {
            [0x1B, b'@'] => *self = Self { in_macro: self.in_macro, ..Self::initial() },
            [0x1B, b'L'] => self.page = true,
            [0x1B, b'S'] => self.page = false,
            [0x1D, b':'] => self.in_macro = !self.in_macro,
            [0x1B, b'2'] => self.line_spacing = Some(0),
            [0x1C, b'&'] => self.kanji = Some(1),
            [0x1C, b'.'] => self.kanji = Some(0),
            [0x1B, op, n] => self.escape(*op, *n),
            // What is out of range, the printer ignores; so do we.
            [0x1D, b'!', n] if n & 0x88 == 0 => self.size = Some(*n),
            [0x1D, b'B', n] => self.inverse = Some(n & 1),
            [0x1C, b'!', n] => self.kanji_style = Some(*n),
            [0x1C, b'-', n] => self.kanji_underline = Some(*n),
            [0x1C, b'C', n] => self.kanji_code = Some(*n),
            _ => {}
        }
    }

    /// Star line mode: the same letters often say something else.
    fn star(&mut self, bytes: &[u8]) {
        let with = |size: Mode, mask: u8, bits: u8| Some(size.unwrap_or(0) & mask | bits);
        match bytes {
            [0x1B, b'@'] => *self = Self { in_macro: self.in_macro, ..Self::initial() },
            [0x1B, b'-', n] => self.underline = Some(n % 48),
            [0x1B, b'R', n] => self.charset = Some(*n),
            [0x1B, 0x1D, b't', n] => self.code_table = Some(*n),
            [0x1B, b'E'] => self.emphasis = Some(1),
            [0x1B, b'F'] => self.emphasis = Some(0),
            [0x1B, b'4'] => self.inverse = Some(1),
            [0x1B, b'5'] => self.inverse = Some(0),
            [0x1B, b'i', high, wide] => self.size = Some((wide & 7) << 4 | (high & 7)),
            [0x1B, 0x1D, b'a', n] => self.align = Some(n % 48),
            [0x1B, b'W', n] => self.size = with(self.size, 0x0F, (n & 1) << 4),
            [0x1B, b'h', n] => self.size = with(self.size, 0xF0, n & 1),
            [0x1B, b'*', b'r', b'A' | b'R'] => self.page = true, // rows of dots: no place for text
            [0x1B, b'*', b'r', b'B'] => self.page = false,
            _ => {}
        }
    }

    fn escape(&mut self, op: u8, n: u8) {
        match op {
            b'a' if n % 48 <= 2 => self.align = Some(n % 48),
            b'E' => self.emphasis = Some(n & 1),
            b'G' => self.double_strike = Some(n & 1),
            b'-' if n % 48 <= 2 => self.underline = Some(n % 48),
            b'M' => self.font = Some(n),
            b'{' => self.upside_down = Some(n & 1),
            b' ' => self.right_spacing = Some(n),
            b'3' => self.line_spacing = Some(n.max(1)),
            b't' => self.code_table = Some(n),
            b'R' => self.charset = Some(n),
            b'9' => self.clone_page = Some(n),
            b'!' => {
                self.font = Some(n & 1);
                self.emphasis = Some(n >> 3 & 1);
                self.size = Some((n >> 5 & 1) << 4 | (n >> 4 & 1));
                self.underline = Some(n >> 7);
            }
            _ => {}
        }
    }

    /// What `ESC @` sets. Kanji mode and the code pages are the printer's own settings: unknown.
    const fn initial() -> Self {
        const OFF: Mode = Some(0);
        Self {
            align: OFF,
            size: OFF,
            emphasis: OFF,
            double_strike: OFF,
            underline: OFF,
            inverse: OFF,
            upside_down: OFF,
            font: OFF,
            right_spacing: OFF,
            line_spacing: OFF,
            kanji: None,
            kanji_style: OFF,
            kanji_underline: OFF,
            code_table: None,
            charset: None,
            clone_page: None,
            kanji_code: None,
            page: false,
            in_macro: false,
        }
    }

    /// Writes the commands that tell a reader which code pages and sizes are in force.
    pub fn prelude(&self, mut write: impl FnMut(&[u8])) {
        let mut set = |prefix: [u8; 2], mode: Mode| {
            if let Some(n) = mode {
                write(&[prefix[0], prefix[1], n]);
            }
        };
        set([0x1B, b't'], self.code_table);
        set([0x1B, b'R'], self.charset);
        set([0x1B, b'9'], self.clone_page);
        set([0x1C, b'C'], self.kanji_code);
        set([0x1B, b'a'], self.align);
        set([0x1D, b'!'], self.size);
        match self.kanji {
            Some(0) => write(&[0x1C, b'.']),
            Some(_) => write(&[0x1C, b'&']),
            None => {}
        }
    }

    /// Writes the commands that make plain left-aligned text of this printer's own code page.
    pub(crate) fn plain(&self, dialect: Dialect, mut write: impl FnMut(&[u8])) {
        for (style, mode) in self.known() {
            if mode != 0 {
                style.write(0, dialect, &mut write);
            }
        }
        if self.tight(dialect) {
            write(&[0x1B, b'2']);
        }
    }

    /// Undoes [`plain`](Self::plain) and whatever the rows set.
    pub(crate) fn restore(
        &self,
        touched: &Touched,
        dialect: Dialect,
        mut write: impl FnMut(&[u8]),
    ) {
        for (style, mode) in self.known() {
            if mode != 0 || touched.has(style) {
                style.write(mode, dialect, &mut write);
            }
        }
        if let (true, Some(dots)) = (self.tight(dialect), self.line_spacing) {
            write(&[0x1B, b'3', dots]);
        }
    }

    /// Whether the lines would run into each other, as between the stripes of a picture.
    fn tight(&self, dialect: Dialect) -> bool {
        dialect == Dialect::EscPos && self.line_spacing.is_some_and(|dots| dots != 0 && dots < 24)
    }

    /// Every known mode that changes how text looks.
    fn known(&self) -> impl Iterator<Item = (Style, u8)> + use<> {
        let all = [
            (Style::UpsideDown, self.upside_down),
            (Style::Align, self.align),
            (Style::Font, self.font),
            (Style::RightSpacing, self.right_spacing),
            (Style::Size, self.size),
            (Style::Emphasis, self.emphasis),
            (Style::DoubleStrike, self.double_strike),
            (Style::Underline, self.underline),
            (Style::Inverse, self.inverse),
            (Style::KanjiSize, self.kanji_style),
            (Style::KanjiUnderline, self.kanji_underline),
        ];
        all.into_iter().filter_map(|(style, mode)| Some((style, mode?)))
    }

    /// Whether a row may be bold: only where bold can be put back.
    pub(crate) const fn bold_known(&self) -> bool {
        self.emphasis.is_some()
    }

    /// Whether a row may be enlarged.
    pub(crate) const fn size_known(&self) -> bool {
        self.size.is_some()
    }

    /// Whether a row may be aligned.
    pub(crate) const fn align_known(&self) -> bool {
        self.align.is_some()
    }

    /// Whether kanji mode is known to be off, so that double-byte text needs it switched on.
    pub(crate) fn kanji_off(&self) -> bool {
        self.kanji == Some(0)
    }
}
