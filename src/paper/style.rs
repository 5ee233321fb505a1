//! How letters look: font, size, bold, underlined, inverted, turned.
//!
//! ```text
//! ESC ! n   bit 0 font B · 3 bold · 4 double height · 5 double width · 7 underlined
//! GS  ! n   0wwww … width and height, each 1 to 8 times: 0x11 is double both ways
//! FS  ! n   Chinese only: bit 2 double width · 3 double height · 7 underlined
//! ```
//!
//! # Invariants
//!
//! - A letter's picture is its cell times its scale, whatever else is on.
//! - `ESC !` and `GS !` enlarge Chinese too, as Chinese printers do; `FS !` can only add to that.
//!
//! Not here: the shapes (`glyph`), `ESC {` (a whole line turns: `line`), Star's bytes (`star`).

use super::glyph::{self, Cell, FONT_A, FONT_B, KANJI};
use super::picture::Picture;

/// The look in force; see the module's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    pub(crate) font_b: bool,
    /// How many times wider and higher, less one: 0 to 7.
    pub(crate) wider: u8,
    pub(crate) higher: u8,
    kanji_double: (bool, bool),
    pub(crate) bold: bool,
    double_strike: bool,
    /// Rows of dots: 0 to 2.
    pub(crate) underline: u8,
    kanji_underline: u8,
    pub(crate) inverted: bool,
    turned: bool,
    /// Dots between letters, before enlarging.
    spacing: u8,
    kanji_spacing: (u8, u8),
}

impl Style {
    /// Takes a command that changes the look; tells whether it was one.
    pub(crate) fn apply(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'!', n] => self.select(n),
            [0x1D, b'!', n] => (self.wider, self.higher) = (n >> 4 & 7, n & 7),
            [0x1B, b'M', n] => self.font_b = n % 48 == 1,
            [0x1B, b'E', n] => self.bold = n & 1 == 1,
            [0x1B, b'G', n] => self.double_strike = n & 1 == 1,
            [0x1B, b'-', n] => self.underline = (n % 48).min(2),
            [0x1D, b'B', n] => self.inverted = n & 1 == 1,
            [0x1B, b'V', n] => self.turned = n % 48 != 0,
            [0x1B, b' ', n] => self.spacing = n,
            [0x1C, b'!', n] => self.select_kanji(n),
            [0x1C, b'W', n] => self.kanji_double = (n & 1 == 1, n & 1 == 1),
            [0x1C, b'-', n] => self.kanji_underline = (n % 48).min(2),
            [0x1C, b'S', left, right] => self.kanji_spacing = (left, right),
            _ => return false,
        }
        true
    }

    fn select(&mut self, n: u8) {
        self.font_b = n & 0x01 != 0;
        self.bold = n & 0x08 != 0;
        (self.wider, self.higher) = (n >> 5 & 1, n >> 4 & 1);
        self.underline = n >> 7;
    }

    fn select_kanji(&mut self, n: u8) {
        self.kanji_double = (n & 0x04 != 0, n & 0x08 != 0);
        self.kanji_underline = n >> 7;
    }

    /// The width of one column: what tab stops are counted in. Dots.
    pub(crate) fn column(&self) -> usize {
        let cell = if self.font_b { FONT_B } else { FONT_A };
        (cell.width + usize::from(self.spacing)) * (usize::from(self.wider) + 1)
    }

    /// Draws one character; `wide` is Chinese and the like.
    pub(crate) fn draw(&self, character: char, wide: bool) -> Picture {
        let cell = self.cell(wide);
        let (across, down) = self.scale(wide);
        let letter = glyph::draw(character, cell, across, down);
        let (left, right) = self.spaces(wide);
        let mut picture = Picture::new((left + cell.width + right) * across, letter.height());
        picture.overlay(&letter, left * across, 0);
        if self.bold || self.double_strike {
            picture.overlay(&letter, left * across + across, 0);
        }
        self.finish(picture, wide)
    }

    /// What follows the shape: inverting, turning, underlining.
    fn finish(&self, mut picture: Picture, wide: bool) -> Picture {
        if self.inverted {
            let letter = picture;
            picture =
                Picture::from_fn(letter.width(), letter.height(), |x, y| 255 - letter.ink(x, y));
        }
        if self.turned {
            return picture.turned_right();
        }
        let rows = if wide { self.underline.max(self.kanji_underline) } else { self.underline };
        if !self.inverted {
            picture.underline(usize::from(rows));
        }
        picture
    }

    const fn cell(&self, wide: bool) -> Cell {
        match (wide, self.font_b) {
            (true, _) => KANJI,
            (false, true) => FONT_B,
            (false, false) => FONT_A,
        }
    }

    fn scale(&self, wide: bool) -> (usize, usize) {
        let (across, down) = (usize::from(self.wider) + 1, usize::from(self.higher) + 1);
        let double = |on: bool| if on && wide { 2 } else { 1 };
        (across.max(double(self.kanji_double.0)), down.max(double(self.kanji_double.1)))
    }

    fn spaces(&self, wide: bool) -> (usize, usize) {
        let (left, right) = if wide { self.kanji_spacing } else { (0, self.spacing) };
        (usize::from(left), usize::from(right))
    }
}

impl Picture {
    /// Burns the lowest `rows` rows all over.
    fn underline(&mut self, rows: usize) {
        for y in self.height().saturating_sub(rows)..self.height() {
            (0..self.width()).for_each(|x| self.burn(x, y, 255));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(commands: &[&[u8]]) -> Style {
        let mut style = Style::default();
        assert!(commands.iter().all(|command| style.apply(command)));
        style
    }

    fn size(style: &Style, character: char, wide: bool) -> (usize, usize) {
        let picture = style.draw(character, wide);
        (picture.width(), picture.height())
    }

    #[test]
    fn sizes_multiply_the_cell() {
        assert_eq!(size(&style(&[]), 'A', false), (12, 24));
        assert_eq!(size(&style(&[b"\x1b!\x30"]), 'A', false), (24, 48));
        assert_eq!(size(&style(&[b"\x1d!\x72"]), 'A', false), (96, 72));
        assert_eq!(size(&style(&[b"\x1bM\x01"]), 'A', false), (9, 17));
        assert_eq!(size(&style(&[b"\x1b!\x20"]), '回', true), (48, 24), "as Chinese printers do");
        assert_eq!(size(&style(&[b"\x1c!\x0c"]), '回', true), (48, 48));
        assert_eq!(size(&style(&[b"\x1c!\x0c"]), 'A', false), (12, 24), "Chinese only");
    }

    #[test]
    fn bold_only_adds_ink() {
        let (plain, bold) = (style(&[]).draw('字', true), style(&[b"\x1bE\x01"]).draw('字', true));
        assert!(plain.dots().iter().zip(bold.dots()).all(|(plain, bold)| plain <= bold));
        assert_ne!(plain, bold);
    }

    #[test]
    fn inverted_is_white_on_black_and_an_underline_runs_through() {
        let inverted = style(&[b"\x1dB\x01"]).draw(' ', false);
        assert!(inverted.dots().iter().all(|&ink| ink == 255));
        let underlined = style(&[b"\x1b-\x02"]).draw(' ', false);
        assert_eq!(underlined.dots().iter().filter(|&&ink| ink == 255).count(), 2 * 12);
    }

    #[test]
    fn spacing_follows_every_letter() {
        let style = style(&[b"\x1b \x03", b"\x1cS\x02\x04"]);
        assert_eq!(size(&style, 'A', false).0, 15);
        assert_eq!(size(&style, '回', true).0, 30);
    }
}
