//! Which command language the stream speaks: ESC/POS or Star line mode.
//!
//! The two share bytes with other meanings: `ESC d 2` cuts on a Star and feeds two lines on an
//! Epson; `ESC W` takes one argument or eight. The stream tells: Star has sequences that ESC/POS
//! has not, and the other way round. The last evidence counts; a config may pin it.
//!
//! `ESC ACK SOH` is no evidence: receiptio sends it to every printer, to learn which one it has.
//!
//! Not here: what the commands are (`command`).

use crate::command::STAR_GS;

/// A command language.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dialect {
    /// ESC/POS, as Epson and nearly all Chinese printers speak it.
    #[default]
    EscPos,
    /// Star line mode, with its raster mode inside.
    Star,
}

/// The dialect in force and whether the stream may change it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tongue {
    now: Dialect,
    pinned: bool,
}

impl Tongue {
    /// Speaks `dialect` whatever the stream says.
    #[must_use]
    pub const fn pinned(dialect: Dialect) -> Self {
        Self { now: dialect, pinned: true }
    }

    /// The dialect in force.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        self.now
    }

    /// Learns from the beginning of a command, as far as it has come.
    pub(crate) fn hear(&mut self, head: &[u8]) {
        if self.pinned {
            return;
        }
        match head {
            [0x1B, 0x1E, b'a'..=b'z' | b'A'..=b'Z'] | [0x1B, b'*', b'r'] => {
                self.now = Dialect::Star
            }
            // The third byte guards against an ESC that was cut off before a real GS command.
            [0x1B, 0x1D, sub] if STAR_GS.contains(sub) => self.now = Dialect::Star,
            [0x1D, b'V' | b'!' | b'v' | b'(' | b'B' | b'k'] | [0x1C, b'&' | b'.' | b'('] => {
                self.now = Dialect::EscPos;
            }
            _ => {}
        }
    }
}
