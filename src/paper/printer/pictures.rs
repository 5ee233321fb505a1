//! Commands that print pictures, or store them for later.
//!
//! | command                    | picture                                              |
//! |----------------------------|------------------------------------------------------|
//! | `ESC *`                    | a band of 8 or 24 rows in the line                   |
//! | `GS v 0`, `GS Q 0`         | raster, columns: printed at once                     |
//! | `GS ( L`, `GS 8 L`         | 112, 113 into the buffer, 50 prints it; 67, 83 store |
//! | `GS *`, `GS /`             | one downloaded picture                               |
//! | `FS q`, `FS p`             | numbered pictures in NV memory                       |
//!
//! # Invariants
//!
//! - At most [`STORED_MAX`] pictures are kept of each kind, no wider than the paper.
//!
//! Not here: bits to dots (`bits`).
//!
//! Source: Epson ESC/POS command reference, the commands named.

use super::commands::word;
use super::{Picture, Printer};
use crate::paper::bits;

/// Pictures kept of each kind.
const STORED_MAX: usize = 16;

/// Rows of a `GS ( L` picture, as the command reference has it.
const GRAPHICS_ROWS_MAX: usize = 2_400;

/// Pictures in the printer's memory; they outlive `ESC @`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    /// `GS ( L` 112, until 50 prints it.
    buffer: Option<Picture>,
    /// `GS *`.
    downloaded: Option<Picture>,
    /// `FS q`, in order.
    numbered: Vec<Picture>,
    /// `GS ( L` 67 and 83, by two letters.
    keyed: Vec<([u8; 2], Picture)>,
}

impl Printer {
    pub(super) fn run_picture(&mut self, command: &[u8]) {
        match command {
            [0x1B, b'*', m, _, _, bytes @ ..] => self.band(*m, bytes),
            [0x1D, b'v', _, m, xl, xh, yl, yh, bytes @ ..] => {
                let picture = self.raster(bytes, word(*xl, *xh), word(*yl, *yh));
                self.put_scaled(&picture, *m);
            }
            [0x1D, b'Q', _, m, _, _, yl, yh, bytes @ ..] => {
                let picture = bits::columns(bytes, word(*yl, *yh), self.width);
                self.put_scaled(&picture, *m);
            }
            [0x1D, b'(', b'L', _, _, args @ ..] | [0x1D, b'8', b'L', _, _, _, _, args @ ..] => {
                self.graphics(args);
            }
            [0x1D, b'*', _, y, bytes @ ..] => {
                self.stored.downloaded = Some(bits::columns(bytes, usize::from(*y), self.width));
            }
            [0x1D, b'/', m] => self.put_stored(*m, |stored| stored.downloaded.clone()),
            [0x1C, b'q', _, images @ ..] => self.stored.numbered = numbered(images, self.width),
            [0x1C, b'p', n, m] => {
                let index = usize::from(*n).wrapping_sub(1);
                self.put_stored(*m, |stored| stored.numbered.get(index).cloned());
            }
            _ => {}
        }
    }

    /// `ESC *`: 8 rows of 60 dpi or 24 of 180, at half or full density across.
    fn band(&mut self, m: u8, bytes: &[u8]) {
        let (column_bytes, across, down) = match m {
            0 => (1, 2, 3),
            1 => (1, 1, 3),
            32 => (3, 2, 1),
            33 => (3, 1, 1),
            _ => return,
        };
        let picture = bits::columns(bytes, column_bytes, self.width);
        self.line.put_picture(&picture.stretched(across, down));
    }

    /// A raster of at most `rows` rows; more bytes than that are none of its business.
    fn raster(&self, bytes: &[u8], row_bytes: usize, rows: usize) -> Picture {
        let len = row_bytes.saturating_mul(rows).min(bytes.len());
        bits::raster(&bytes[..len], row_bytes, self.width)
    }

    /// Prints a picture, doubled across by bit 0 of `m` and down by bit 1.
    fn put_scaled(&mut self, picture: &Picture, m: u8) {
        if picture.height() == 0 || picture.width() == 0 {
            return;
        }
        let (across, down) = (usize::from(m & 1) + 1, usize::from(m >> 1 & 1) + 1);
        if (across, down) == (1, 1) {
            self.put_block(picture, None);
        } else {
            self.put_block(&picture.stretched(across, down).columns(self.width), None);
        }
    }

    fn put_stored(&mut self, m: u8, find: impl FnOnce(&Stored) -> Option<Picture>) {
        if let Some(picture) = find(&self.stored) {
            self.put_scaled(&picture, m);
        }
    }

    /// `GS ( L`, after its length: `m fn …`.
    fn graphics(&mut self, args: &[u8]) {
        match args {
            [_, 2 | 50] => {
                if let Some(picture) = self.stored.buffer.take() {
                    self.put_block(&picture, None);
                }
            }
            [_, function @ (112 | 113), _, bx, by, _, size @ ..] => {
                if let Some(picture) = self.drawn(*function == 112, size) {
                    let (across, down) =
                        (usize::from(*bx).clamp(1, 2), usize::from(*by).clamp(1, 2));
                    self.buffer(&picture.stretched(across, down).columns(self.width));
                }
            }
            [
                _,
                function @ (67 | 68 | 83 | 84),
                _,
                a,
                b,
                _,
                xl,
                xh,
                yl,
                yh,
                _colour,
                bytes @ ..,
            ] => {
                let size = [&[*xl, *xh, *yl, *yh], bytes].concat();
                if let Some(picture) = self.drawn(matches!(function, 67 | 83), &size) {
                    self.stored.keep([*a, *b], picture);
                }
            }
            [_, 69 | 85, a, b, across, down] => {
                let m = u8::from(*across > 1) | u8::from(*down > 1) << 1;
                self.put_stored(m, |stored| stored.keyed([*a, *b]));
            }
            _ => {}
        }
    }

    /// `xL xH yL yH` in dots, and the bytes.
    fn drawn(&self, is_raster: bool, size: &[u8]) -> Option<Picture> {
        let [xl, xh, yl, yh, bytes @ ..] = size else { return None };
        let (x, y) = (word(*xl, *xh), word(*yl, *yh).min(GRAPHICS_ROWS_MAX));
        let picture = if is_raster {
            self.raster(bytes, x.div_ceil(8), y).columns(x)
        } else {
            bits::columns(bytes, y.div_ceil(8), self.width.min(x)).rows(0, y)
        };
        (picture.width() > 0 && picture.height() > 0).then_some(picture)
    }

    /// Colours of one picture come one after the other; on this paper all are black.
    fn buffer(&mut self, picture: &Picture) {
        let old = self.stored.buffer.take().unwrap_or_default();
        let (width, height) =
            (old.width().max(picture.width()), old.height().max(picture.height()));
        let mut both = Picture::new(width, height);
        both.overlay(&old, 0, 0);
        both.overlay(picture, 0, 0);
        self.stored.buffer = Some(both);
    }
}

impl Stored {
    fn keep(&mut self, key: [u8; 2], picture: Picture) {
        self.keyed.retain(|(known, _)| *known != key);
        self.keyed.push((key, picture));
        if self.keyed.len() > STORED_MAX {
            self.keyed.remove(0);
        }
    }

    fn keyed(&self, key: [u8; 2]) -> Option<Picture> {
        self.keyed.iter().find(|(known, _)| *known == key).map(|(_, picture)| picture.clone())
    }
}

/// The pictures of `FS q`: `xL xH yL yH` in bytes of 8 dots, then columns; again and again.
fn numbered(mut images: &[u8], width_max: usize) -> Vec<Picture> {
    let mut pictures = Vec::new();
    while let [xl, xh, yl, yh, rest @ ..] = images
        && pictures.len() < STORED_MAX
    {
        let (columns, column_bytes) = (word(*xl, *xh) * 8, word(*yl, *yh));
        let (bytes, next) = rest.split_at((columns * column_bytes).min(rest.len()));
        pictures.push(bits::columns(bytes, column_bytes, width_max));
        images = next;
    }
    pictures
}
