//! Two-dimensional codes: QR is drawn, the others stand as a labelled box.
//!
//! ```text
//! GS ( k pL pH  31 43 n      size of a module      GS k 97 v r nL nH d…   a Chinese printer's
//!               31 45 n      error correction                             QR in one command
//!               31 50 30 d…  the data
//!               31 51 30     print
//! ```
//!
//! # Invariants
//!
//! - What does not fit into a code, or on the paper, is not printed; nothing fails.
//!
//! Not here: bar codes (`bar_code`), where a code stands on the paper (`printer/symbols`).
//!
//! Source: Epson ESC/POS command reference, `GS ( k`; HPRT TP80K programming manual, `GS k` 97.

use qrcode::{Color, EcLevel, QrCode};

use super::glyph::{self, FONT_B};
use super::picture::Picture;

/// How a QR code is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct QrStyle {
    /// Dots a side of a module: 1 to 16.
    pub(crate) module: u8,
    /// Error correction: 0 L (7 %), 1 M (15 %), 2 Q (25 %), 3 H (30 %).
    pub(crate) correction: u8,
}

impl Default for QrStyle {
    fn default() -> Self {
        Self { module: 3, correction: 0 }
    }
}

/// Draws a QR code, or `None` if the data does not fit into one.
pub(crate) fn qr(bytes: &[u8], style: QrStyle) -> Option<Picture> {
    let correction = match style.correction {
        0 => EcLevel::L,
        1 => EcLevel::M,
        2 => EcLevel::Q,
        _ => EcLevel::H,
    };
    let code = QrCode::with_error_correction_level(bytes, correction).ok()?;
    let (modules, colors) = (code.width(), code.to_colors());
    let picture = Picture::from_fn(modules, modules, |x, y| match colors[y * modules + x] {
        Color::Dark => 255,
        Color::Light => 0,
    });
    let module = usize::from(style.module.clamp(1, 16));
    Some(picture.stretched(module, module))
}

/// A framed box that says which code would stand here, and how many bytes it holds.
pub(crate) fn placeholder(label: &str) -> Picture {
    let width = label.chars().count() * FONT_B.width + 32;
    let mut picture = Picture::from_fn(width, 64, |x, y| {
        let edge = x < 2 || y < 2 || x + 2 >= width || y + 2 >= 64;
        if edge { 255 } else { 0 }
    });
    for (at, character) in label.chars().enumerate() {
        picture.overlay(&glyph::draw(character, FONT_B, 1, 1), 16 + at * FONT_B.width, 24);
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an independent decoder reads.
    fn read(picture: &Picture) -> String {
        let quiet = 24;
        let (width, height) = (picture.width() + 2 * quiet, picture.height() + 2 * quiet);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            match (x.checked_sub(quiet), y.checked_sub(quiet)) {
                (Some(x), Some(y)) => 255 - picture.ink(x, y),
                _ => 255,
            }
        });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_qr_code_reads_back_at_every_correction() {
        for correction in 0..4 {
            let picture =
                qr(b"https://huitou.example/r/8", QrStyle { module: 4, correction }).unwrap();
            assert_eq!(read(&picture), "https://huitou.example/r/8");
        }
        assert_eq!(read(&qr("回头有礼".as_bytes(), QrStyle::default()).unwrap()), "回头有礼");
    }

    #[test]
    fn too_much_for_a_qr_code_is_none() {
        assert_eq!(qr(&[0xFF; 4_000], QrStyle::default()), None);
    }

    #[test]
    fn a_placeholder_is_as_wide_as_its_label() {
        assert!(placeholder("PDF417 12345").width() > placeholder("PDF417 1").width());
    }
}
