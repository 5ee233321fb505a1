//! What the printer says of itself on the way back.
//!
//! The bytes go to the POS unchanged and at once; here we only look over its shoulder. Replies are
//! told apart by their fixed bits: a `DLE EOT` reply is `0xx1xx10`, the first of four automatic
//! status bytes `0xx1xx00` (Epson, "Transmit status"; the same masks as receiptio).
//!
//! Not here: answering for a printer. We never do.

/// What is known of the printer's state.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PrinterState {
    /// Out of paper.
    pub paper_out: bool,
    /// Cover open.
    pub cover_open: bool,
    /// Not ready to print.
    pub offline: bool,
}

/// Follows the bytes on the way back.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusWatch {
    state: PrinterState,
    asked: u8,
    asb: [u8; 4],
    asb_len: usize,
}

impl StatusWatch {
    /// What is known so far.
    #[must_use]
    pub const fn state(&self) -> PrinterState {
        self.state
    }

    /// Notes which status the POS asked for: `DLE EOT n`.
    pub fn asked(&mut self, n: u8) {
        self.asked = n;
    }

    /// Looks at bytes from the printer.
    pub fn look(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.asb_len > 0 {
                self.rest_of_asb(byte);
            } else if byte & 0x93 == 0x10 {
                self.asb[0] = byte;
                self.asb_len = 1;
            } else if byte & 0x93 == 0x12 {
                self.reply(byte);
            }
        }
    }

    fn rest_of_asb(&mut self, byte: u8) {
        if byte & 0x90 != 0 {
            self.asb_len = 0; // the other three have these bits clear: it was something else
            return;
        }
        self.asb[self.asb_len] = byte;
        self.asb_len += 1;
        if self.asb_len == 4 {
            self.asb_len = 0;
            let [first, _, third, _] = self.asb;
            self.state = PrinterState {
                offline: first & 0x08 != 0,
                cover_open: first & 0x20 != 0,
                paper_out: third & 0x0C != 0,
            };
        }
    }

    fn reply(&mut self, byte: u8) {
        match self.asked {
            1 => self.state.offline = byte & 0x08 != 0,
            2 => {
                self.state.cover_open = byte & 0x04 != 0;
                self.state.paper_out = byte & 0x20 != 0;
            }
            4 => self.state.paper_out = byte & 0x60 != 0,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_and_automatic_status_tell_the_state() {
        let mut watch = StatusWatch::default();
        watch.asked(1);
        watch.look(&[0x1A]);
        assert!(watch.state().offline);
        watch.look(&[0x10, 0x00, 0x0C, 0x00]);
        assert_eq!(watch.state(), PrinterState { paper_out: true, ..PrinterState::default() });
        watch.asked(4);
        watch.look(&[0x12]);
        assert_eq!(watch.state(), PrinterState::default());
    }
}
