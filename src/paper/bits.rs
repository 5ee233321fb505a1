//! Bit images: bytes to dots.
//!
//! ```text
//! raster  (GS v 0, GS ( L)       column (ESC *, GS *, FS q)
//! 7 6 5 4 3 2 1 0 │ next byte    7 ▏▏ next column
//! ─────────────── │              6 ▏▏
//! next row                       …  (then the byte below)
//! ```
//!
//! # Invariants
//!
//! - A header may promise any size: only dots whose bytes came are made, and none beyond the width
//!   of the paper.
//!
//! Not here: which command says what (`printer/pictures`).

use super::picture::Picture;

/// Rows of bytes, 8 dots each, the highest bit on the left. `row_bytes` may exceed the paper,
/// which has `width_max` dots.
pub(crate) fn raster(bytes: &[u8], row_bytes: usize, width_max: usize) -> Picture {
    if row_bytes == 0 {
        return Picture::default();
    }
    let width = row_bytes.saturating_mul(8).min(width_max);
    let rows = bytes.len().div_ceil(row_bytes);
    Picture::from_fn(width, rows, |x, y| {
        let byte = bytes.get(y * row_bytes + x / 8).copied().unwrap_or(0);
        ink(byte << (x % 8))
    })
}

/// Columns of `column_bytes` bytes, the highest bit at the top.
pub(crate) fn columns(bytes: &[u8], column_bytes: usize, width_max: usize) -> Picture {
    if column_bytes == 0 {
        return Picture::default();
    }
    let width = bytes.len().div_ceil(column_bytes).min(width_max);
    Picture::from_fn(width, column_bytes * 8, |x, y| {
        let byte = bytes.get(x * column_bytes + y / 8).copied().unwrap_or(0);
        ink(byte << (y % 8))
    })
}

const fn ink(byte: u8) -> u8 {
    if byte & 0x80 != 0 { 255 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_across_and_columns_read_down() {
        let across = raster(&[0x80, 0x01, 0x00, 0x00], 2, 384);
        assert_eq!((across.width(), across.height()), (16, 2));
        assert_eq!((across.ink(0, 0), across.ink(15, 0), across.ink(0, 1)), (255, 255, 0));
        let down = columns(&[0x80, 0x00, 0x01, 0x00], 2, 384);
        assert_eq!((down.width(), down.height()), (2, 16));
        assert_eq!((down.ink(0, 0), down.ink(1, 7)), (255, 255));
    }

    #[test]
    fn a_promise_of_a_huge_picture_makes_none() {
        assert_eq!(raster(&[0xFF; 3], 8191, 384).height(), 1);
        assert_eq!(columns(&[], 3, 384).width(), 0);
    }
}
