//! The printer's type: letters of 12 × 24 dots and Chinese of 24 × 24, out of GNU Unifont.
//!
//! Unifont has every character, but 16 dots high. It is tripled first, with the corners rounded
//! off (Scale3x), and every dot of the paper then takes the average of what it covers:
//!
//! ```text
//! 8 × 16 ──×3, rounded──▶ 24 × 48 ──average──▶ 12 × 24 (font A), 24 × 48 (double size), …
//! ```
//!
//! So a stroke keeps its weight wherever it falls, and large type gets smoother, not coarser.
//! Font B is 9 × 17: Unifont dot by dot, with a blank column and row.
//!
//! # Invariants
//!
//! - Same character, cell and scale: same dots. A character without a shape becomes a box.
//!
//! Not here: bold, underline and the like (`style`), where letters go (`line`).

use unifont::{Glyph, get_glyph};

use super::picture::Picture;

/// What a character without a glyph looks like.
const MISSING: char = '\u{25A1}';

/// Rows of a tripled glyph.
const ROWS: usize = 48;

/// A cell of type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cell {
    /// Dots.
    pub(crate) width: usize,
    /// Dots.
    pub(crate) height: usize,
}

/// Letters of font A.
pub(crate) const FONT_A: Cell = Cell { width: 12, height: 24 };
/// Letters of font B.
pub(crate) const FONT_B: Cell = Cell { width: 9, height: 17 };
/// Chinese, Japanese, Korean.
pub(crate) const KANJI: Cell = Cell { width: 24, height: 24 };

/// Draws `character` into `cell`, enlarged `across` × `down` times.
pub(crate) fn draw(character: char, cell: Cell, across: usize, down: usize) -> Picture {
    let glyph = find(character);
    let (width, height) = (cell.width * across, cell.height * down);
    if cell == FONT_B {
        let squeeze = glyph.get_width() / 8;
        return Picture::from_fn(width, height, |x, y| {
            ink(glyph.get_pixel(x / across * squeeze, y / down))
        });
    }
    let shape = Tripled::new(glyph, cell == KANJI);
    Picture::from_fn(width, height, |x, y| shape.average(x, y, width, height))
}

/// User-defined codes that nobody defined are blank, as on a printer.
fn find(character: char) -> &'static Glyph {
    let character = if matches!(character, '\u{E000}'..='\u{F8FF}') { ' ' } else { character };
    get_glyph(character).or_else(|| get_glyph(MISSING)).unwrap_or(&Glyph::Halfwidth([0; 16]))
}

const fn ink(burnt: bool) -> u8 {
    if burnt { 255 } else { 0 }
}

/// A glyph at three times its size; bit `x` of row `y`, counted from the left.
struct Tripled {
    width: usize,
    rows: [u64; ROWS],
}

impl Tripled {
    /// `wide` puts a narrow glyph into the middle of a wide cell.
    fn new(glyph: &Glyph, wide: bool) -> Self {
        let narrow = glyph.get_width() == 8;
        let left = if wide && narrow { 4 } else { 0 };
        let width = if wide { 48 } else { glyph.get_width() * 3 };
        let mut rows = [0; ROWS];
        for y in 0..16 {
            for x in 0..glyph.get_width() {
                for (part, burnt) in rounded(glyph, x, y).into_iter().enumerate() {
                    rows[3 * y + part / 3] |= u64::from(burnt) << (3 * (x + left) + part % 3);
                }
            }
        }
        Self { width, rows }
    }

    /// The ink of dot `(x, y)` of `width` × `height`: four samples, exact for single size.
    fn average(&self, x: usize, y: usize, width: usize, height: usize) -> u8 {
        let mut burnt = 0;
        for (right, low) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
            let column = (4 * x + right) * self.width / (4 * width);
            let row = (4 * y + low) * ROWS / (4 * height);
            burnt += u8::from(self.rows[row] >> column & 1 == 1);
        }
        SHADES[usize::from(burnt)]
    }
}

/// Ink of a dot by how many of its quarters are covered: heat spreads, so half is more than half.
const SHADES: [u8; 5] = [0, 72, 150, 215, 255];

/// The nine parts of dot `(x, y)`, row by row, by the rule of Scale3x: a part takes the colour of
/// its neighbours where these make a slanted edge (www.scale2x.it/algorithm).
fn rounded(glyph: &Glyph, x: usize, y: usize) -> [bool; 9] {
    // Wrapping below zero is far outside, and so blank.
    let at = |right: usize, low: usize| {
        let (x, y) = ((x + right).wrapping_sub(1), (y + low).wrapping_sub(1));
        x < 16 && y < 16 && glyph.get_pixel(x, y)
    };
    let (a, b, c) = (at(0, 0), at(1, 0), at(2, 0));
    let (d, e, f) = (at(0, 1), at(1, 1), at(2, 1));
    let (g, h, i) = (at(0, 2), at(1, 2), at(2, 2));
    let upper_left = d == b && b != f && d != h;
    let upper_right = b == f && b != d && f != h;
    let lower_left = d == h && d != b && h != f;
    let lower_right = h == f && d != h && b != f;
    let pick = |slanted: bool, colour: bool| if slanted { colour } else { e };
    [
        pick(upper_left, d),
        pick(upper_left && e != c || upper_right && e != a, b),
        pick(upper_right, f),
        pick(upper_left && e != g || lower_left && e != a, d),
        e,
        pick(upper_right && e != i || lower_right && e != c, f),
        pick(lower_left, d),
        pick(lower_left && e != i || lower_right && e != g, h),
        pick(lower_right, f),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_ink_and_a_space_has_none() {
        assert!(!draw('A', FONT_A, 1, 1).is_blank());
        assert!(!draw('回', KANJI, 1, 1).is_blank());
        assert!(draw(' ', FONT_A, 1, 1).is_blank());
    }

    #[test]
    fn a_character_without_a_shape_is_a_box() {
        assert_eq!(draw('\u{10FFFF}', KANJI, 1, 1), draw(MISSING, KANJI, 1, 1));
    }

    #[test]
    fn double_width_doubles_the_cell() {
        let big = draw('H', FONT_A, 2, 1);
        assert_eq!((big.width(), big.height()), (24, 24));
    }
}
