//! A picture made of dots, as a thermal head burns them: rows of ink on white paper.
//!
//! ```text
//!          x ───▶ width
//!        ┌───────────────┐
//!      y │ 0   0  255 128│   one byte a dot: 0 is blank paper, 255 is black.
//!      │ │ 0 255  255   0│   Between them lie the edges of letters, which look like
//!      ▼ └───────────────┘   what the eye sees of round dots of 0.125 mm.
//! ```
//!
//! # Invariants
//!
//! - `dots` holds `width * height` bytes, row by row from the top.
//! - Nothing here fails: what lies outside of a picture is blank, and drawing there does nothing.
//!
//! Not here: what is drawn (`glyph`, `bits`, `bar_code`, `symbol`), where on the paper (`roll`).

use std::io::Write;

/// Dots of ink on white paper; see the module's text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    dots: Vec<u8>,
}

/// Why a picture could not be written as a PNG.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PngError {
    /// A PNG has at least one dot a side.
    #[error("a picture of {width} × {height} dots has no PNG")]
    Empty {
        /// Dots in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// A side that does not fit into 31 bits, or a writer that failed.
    #[error("the picture could not be written: {0}")]
    Write(#[from] png::EncodingError),
}

impl Picture {
    /// Blank paper of `width` × `height` dots.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, dots: vec![0; width * height] }
    }

    /// Asks `ink` for the ink (0 to 255) of every dot at `(x, y)`.
    pub(crate) fn from_fn(width: usize, height: usize, ink: impl Fn(usize, usize) -> u8) -> Self {
        let mut dots = Vec::with_capacity(width * height);
        for y in 0..height {
            dots.extend((0..width).map(|x| ink(x, y)));
        }
        Self { width, height, dots }
    }

    /// Dots in a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows of dots.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// The ink of every dot, row by row: 0 is blank, 255 is black.
    #[must_use]
    pub fn dots(&self) -> &[u8] {
        &self.dots
    }

    /// The ink at `(x, y)`: 0 is blank, also outside of the picture.
    #[must_use]
    pub fn ink(&self, x: usize, y: usize) -> u8 {
        if x < self.width && y < self.height { self.dots[y * self.width + x] } else { 0 }
    }

    /// Whether no dot has ink.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.dots.iter().all(|&ink| ink == 0)
    }

    /// Burns `ink` into one dot; ink is never taken away.
    pub(crate) fn burn(&mut self, x: usize, y: usize, ink: u8) {
        if x < self.width && y < self.height {
            let dot = &mut self.dots[y * self.width + x];
            *dot = ink.max(*dot);
        }
    }

    /// Burns `other` on top, its upper left corner at `(x, y)`; what lies outside is clipped.
    pub(crate) fn overlay(&mut self, other: &Self, x: usize, y: usize) {
        let width = other.width.min(self.width.saturating_sub(x));
        let height = other.height.min(self.height.saturating_sub(y));
        for row in 0..height {
            let from = &other.dots[row * other.width..][..width];
            let to = &mut self.dots[(y + row) * self.width + x..][..width];
            to.iter_mut().zip(from).for_each(|(to, from)| *to = (*to).max(*from));
        }
    }

    /// Makes room for `height` rows, blank ones at the bottom.
    pub(crate) fn grow(&mut self, height: usize) {
        if height > self.height {
            self.height = height;
            self.dots.resize(self.width * height, 0);
        }
    }

    /// Makes room for `height` rows, blank ones at the top.
    pub(crate) fn grow_up(&mut self, height: usize) {
        if height > self.height {
            let blank = (height - self.height) * self.width;
            self.dots.splice(0..0, std::iter::repeat_n(0, blank));
            self.height = height;
        }
    }

    /// The rows from `from` up to but not with `to`.
    pub(crate) fn rows(&self, from: usize, to: usize) -> Self {
        let to = to.min(self.height);
        let from = from.min(to);
        let dots = self.dots[from * self.width..to * self.width].to_vec();
        Self { width: self.width, height: to - from, dots }
    }

    /// The columns up to but not with `to`.
    pub(crate) fn columns(&self, to: usize) -> Self {
        Self::from_fn(to.min(self.width), self.height, |x, y| self.ink(x, y))
    }

    /// Every dot becomes `across` × `down` dots.
    pub(crate) fn stretched(&self, across: usize, down: usize) -> Self {
        Self::from_fn(self.width * across, self.height * down, |x, y| {
            self.ink(x / across, y / down)
        })
    }

    /// Turned by 180°.
    pub(crate) fn upside_down(mut self) -> Self {
        self.dots.reverse();
        self
    }

    /// Turned by 90° clockwise.
    pub(crate) fn turned_right(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.ink(y, self.height - 1 - x))
    }

    /// Writes a PNG in gray, 8 bits a dot.
    ///
    /// # Errors
    ///
    /// [`PngError::Empty`] if a side is 0; [`PngError::Write`] if `out` fails.
    pub fn write_png(&self, out: impl Write) -> Result<(), PngError> {
        let (width, height) = (self.width, self.height);
        let (Ok(across @ 1..), Ok(down @ 1..)) = (u32::try_from(width), u32::try_from(height))
        else {
            return Err(PngError::Empty { width, height });
        };
        let mut encoder = png::Encoder::new(out, across, down);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let light: Vec<u8> = self.dots.iter().map(|ink| 255 - ink).collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&light)?;
        Ok(writer.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner() -> Picture {
        Picture::from_fn(3, 2, |x, y| if (x, y) == (2, 0) { 255 } else { 0 })
    }

    #[test]
    fn turning_moves_the_upper_right_corner() {
        assert_eq!(corner().upside_down().ink(0, 1), 255);
        let right = corner().turned_right();
        assert_eq!((right.width(), right.height(), right.ink(1, 2)), (2, 3, 255));
    }

    #[test]
    fn drawing_outside_is_clipped() {
        let mut paper = Picture::new(2, 2);
        paper.overlay(&corner(), 1, 1);
        paper.overlay(&corner(), 7, 9);
        assert!(paper.is_blank());
        paper.overlay(&corner().upside_down(), 1, 0);
        assert_eq!(paper.ink(1, 1), 255);
    }

    #[test]
    fn growing_upwards_keeps_the_ink_at_the_bottom() {
        let mut paper = corner();
        paper.grow_up(5);
        assert_eq!((paper.height(), paper.ink(2, 3)), (5, 255));
    }

    #[test]
    fn a_png_reads_back_as_black_on_white() {
        let mut file = Vec::new();
        corner().write_png(&mut file).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut dots = vec![0; 6];
        reader.next_frame(&mut dots).unwrap();
        assert_eq!(dots, [255, 255, 0, 255, 255, 255]);
        assert!(matches!(
            Picture::new(4, 0).write_png(Vec::new()),
            Err(PngError::Empty { width: 4, height: 0 })
        ));
    }
}
