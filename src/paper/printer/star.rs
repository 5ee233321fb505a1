//! Star line mode, as far as tills use it: text, sizes, cuts, bit images, raster, codes.
//!
//! | bytes              | Star                     | ESC/POS        |
//! |--------------------|--------------------------|----------------|
//! | `ESC d n`          | cut                      | feed `n` lines |
//! | `ESC a n`          | feed `n` lines           | align          |
//! | `ESC W n`, `ESC h n` | wider, higher          | page area, —   |
//! | `ESC E`, `ESC F`   | bold on, off             | bold by `n`, — |
//! | `ESC GS a n`       | align                    | —              |
//! | `ESC * r A`, `b …` | raster: a row of dots    | bit image, —   |
//!
//! Not here: telling Star from ESC/POS (`firmware_bridge::dialect`); page mode, code pages.
//!
//! Source: Star Line Mode Command Specifications, rev. 1.8.

use super::commands::word;
use super::{Cut, Printer};
use crate::paper::bar_code::{BarStyle, Symbology};
use crate::paper::bits;
use crate::paper::line::Align;

/// Rows from one line to the next: 4 mm, or 3 mm.
const SPACING: [usize; 2] = [24, 32];

impl Printer {
    /// Runs a command; tells whether it was one of Star's.
    pub(super) fn run_star(&mut self, command: &[u8]) -> bool {
        self.star_style(command)
            || self.star_paper(command)
            || self.star_picture(command)
            || self.star_code(command)
    }

    fn star_style(&mut self, command: &[u8]) -> bool {
        let style = &mut self.modes.style;
        match *command {
            [0x1B, b'E'] => style.bold = true,
            [0x1B, b'F'] => style.bold = false,
            [0x1B, b'W', n] => style.wider = (n % 48).min(5),
            [0x1B, b'h', n] => style.higher = (n % 48).min(5),
            [0x1B, b'i', high, wide] => {
                (style.higher, style.wider) = ((high % 48).min(5), (wide % 48).min(5));
            }
            [0x1B, b'-', n] => style.underline = (n % 48).min(1) * 2,
            [0x1B, b'4'] => style.inverted = true,
            [0x1B, b'5'] => style.inverted = false,
            [0x1B, 0x1E, b'F', n] => style.font_b = n % 48 == 1,
            [0x1B, 0x1D, b'a', n] => {
                self.modes.align = Align::from_byte(n).unwrap_or(self.modes.align);
            }
            _ => return false,
        }
        true
    }

    fn star_paper(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'd', n] => self.star_cut(n),
            [0x1B, 0x0C, 0] | [0x1B, b'*', b'r', b'B'] => self.cut(Cut::Full),
            [0x1B, b'*', b'r', ..] => {}
            [0x1B, b'a', n] => self.feed_lines(n),
            [0x1B, b'J', n] => self.feed_rows(usize::from(n) * 2),
            [0x1B, b'I', n] => self.feed_rows(n.into()),
            [0x1B, b'z', n] => self.modes.line_spacing = SPACING[usize::from(n & 1)],
            [0x1B, b'0'] => self.modes.line_spacing = SPACING[0],
            [0x1B, 0x1D, b'A', low, high] => self.line.move_to(word(low, high)),
            [0x1B, 0x1D, b'R', low, high] => {
                let by = isize::from(i16::from_le_bytes([low, high]));
                self.line.move_to(self.line.pen().saturating_add_signed(by));
            }
            [0x1B, 0x07, ..] => {} // how long the drawer's pulse is; BEL opens it
            _ => return false,
        }
        true
    }

    /// 0 and 1 cut here, 2 and 3 feed to the cutter first; odd ones leave a point.
    fn star_cut(&mut self, n: u8) {
        let cut = if n & 1 == 0 { Cut::Full } else { Cut::Partial };
        if n & 2 == 0 { self.cut(cut) } else { self.feed_and_cut(0, cut) }
    }

    fn star_picture(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'K', _, _, ref bytes @ ..] => self.star_band(bytes, 1, 3),
            [0x1B, b'L', _, _, ref bytes @ ..] => self.star_band(bytes, 1, 3),
            [0x1B, b'X', _, _, ref bytes @ ..] => self.star_band(bytes, 3, 1),
            [0x1B, b'k', low, high, ref bytes @ ..] => self.star_raster(bytes, word(low, high)),
            [b'b' | b'k', low, high, ref bytes @ ..] => self.star_raster(bytes, word(low, high)),
            [0x1B, 0x1D, b'S', _, xl, xh, _, _, _, ref bytes @ ..] => {
                self.star_raster(bytes, word(xl, xh));
            }
            _ => return false,
        }
        true
    }

    fn star_band(&mut self, bytes: &[u8], column_bytes: usize, down: usize) {
        let picture = bits::columns(bytes, column_bytes, self.width);
        self.line.put_picture(&picture.stretched(1, down));
    }

    fn star_raster(&mut self, bytes: &[u8], row_bytes: usize) {
        let picture = bits::raster(bytes, row_bytes, self.width);
        if picture.height() > 0 {
            self.put_block(&picture, None);
        }
    }

    fn star_code(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'b', kind, text, module, height, ref bytes @ ..] => {
                let bytes = bytes.strip_suffix(&[0x1E]).unwrap_or(bytes);
                let style = BarStyle::new(
                    (module % 48).clamp(1, 3) + 1,
                    height,
                    matches!(text % 48, 2 | 4),
                );
                if let Some(symbology) = star_symbology(kind) {
                    self.put_bars(symbology, bytes, style);
                }
            }
            [0x1B, 0x1D, b'y', b'S', b'1', level] => self.symbols.qr.correction = level % 48,
            [0x1B, 0x1D, b'y', b'S', b'2', module] => self.symbols.qr.module = module,
            [0x1B, 0x1D, b'y', b'D', _, _, low, high, ref bytes @ ..] => {
                self.symbols.bytes = Self::counted(low, high, bytes).to_vec();
            }
            [0x1B, 0x1D, b'y', b'P', ..] => {
                let bytes = self.symbols.bytes.clone();
                self.put_qr(&bytes, self.symbols.qr);
            }
            _ => return false,
        }
        true
    }
}

/// From the first argument of `ESC b`.
const fn star_symbology(n: u8) -> Option<Symbology> {
    Some(match n % 48 {
        0 => Symbology::UpcE,
        1 => Symbology::UpcA,
        2 => Symbology::Ean8,
        3 => Symbology::Ean13,
        4 => Symbology::Code39,
        5 => Symbology::Itf,
        6 => Symbology::Code128,
        7 => Symbology::Code93,
        8 => Symbology::Codabar,
        _ => return None,
    })
}
