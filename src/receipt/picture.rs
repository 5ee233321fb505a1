//! How much of a slip is picture.
//!
//! Not here: reading a picture. A receipt that comes as one is kept unread.

/// Dots of pictures that a whole receipt has at least: 58 mm paper, two centimetres of it. A QR
/// code or a logo has fewer.
const RECEIPT_DOTS_MIN: u64 = 384 * 160;

/// Adds up the pictures of a slip.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Picture {
    dots: u64,
}

impl Picture {
    /// Takes the header of a command; others than those of pictures count nothing.
    ///
    /// Source of the headers: Epson ESC/POS command reference, `GS v 0`, `ESC *`, `GS ( L` and
    /// `GS 8 L` function 112, `GS *`; Star raster rows are `b nL nH`.
    pub(crate) fn apply(&mut self, command: &[u8]) {
        self.dots += match *command {
            [0x1D, b'v' | b'Q', b'0', _, xl, xh, yl, yh, ..] => 8 * word(xl, xh) * word(yl, yh),
            [0x1B, b'*', 32 | 33, nl, nh, ..] => 24 * word(nl, nh),
            [0x1B, b'*', 0 | 1, nl, nh, ..] => 8 * word(nl, nh),
            [0x1D, b'*', x, y, ..] => 64 * u64::from(x) * u64::from(y),
            [b'b' | b'k', nl, nh] => 8 * word(nl, nh),
            _ => 0,
        };
    }

    /// Takes the beginning of the body of `GS ( L` or `GS 8 L`: `m fn a bx by c xL xH yL yH`.
    pub(crate) fn apply_graphics(&mut self, body: &[u8]) {
        if let [0x30, 0x70, _, _, _, _, xl, xh, yl, yh, ..] = *body {
            self.dots += word(xl, xh) * word(yl, yh);
        }
    }

    /// Whether a receipt could be in these pictures.
    pub(crate) const fn is_receipt_sized(self) -> bool {
        self.dots >= RECEIPT_DOTS_MIN
    }
}

fn word(low: u8, high: u8) -> u64 {
    u64::from(u16::from_le_bytes([low, high]))
}
