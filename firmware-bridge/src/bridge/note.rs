//! Writes a note onto the paper and leaves the printer as it was.
//!
//! ```text
//! newline, if a line is open │ plain modes │ row, newline … │ modes as they were │ feed, if the
//! receipt's own feed is already out
//! ```
//!
//! # Invariants
//!
//! - Only modes that are known are touched, and each is put back.
//!
//! Not here: what the note says (`note`, in the agent).

use crate::link::{Align, NotePage, Row, Rows};
use crate::modes::Touched;

use super::Bridge;

/// Lines between the print head and the blade, on the usual mechanisms (about 15 mm).
const BLADE_LINES: u16 = 6;

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    pub(super) fn print_note(&self, page: NotePage, rows: Rows<'_>, print: &mut impl FnMut(&[u8])) {
        let kanji = page == NotePage::Kanji && self.place.modes.kanji_off();
        let mut touched = Touched::default();
        if self.place.line_open {
            print(self.newline);
        }
        self.place.modes.plain(&mut *print);
        if kanji {
            print(b"\x1c&");
        }
        for row in rows.iter() {
            self.row(row, &mut touched, print);
        }
        if kanji {
            print(b"\x1c.");
        }
        self.place.modes.restore(&touched, &mut *print);
        let feed = self.place.fed_lines.min(BLADE_LINES);
        if let (true, Ok(lines)) = (feed > 0, u8::try_from(feed)) {
            print(&[0x1B, b'd', lines]);
        }
    }

    /// Prints one row and takes its own modes back.
    fn row(&self, row: Row<'_>, touched: &mut Touched, print: &mut impl FnMut(&[u8])) {
        let bold = row.bold && self.place.modes.bold_known();
        let size = if self.place.modes.size_known() {
            u8::from(row.wide) << 4 | u8::from(row.high)
        } else {
            0
        };
        let align = if self.place.modes.align_known() { row.align } else { Align::Left };
        if align != Align::Left {
            print(&[0x1B, b'a', align as u8]);
        }
        if bold {
            print(b"\x1bE\x01");
        }
        if size != 0 {
            print(&[0x1D, b'!', size]);
        }
        print(row.text);
        print(self.newline);
        if size != 0 {
            print(b"\x1d!\x00");
        }
        if bold {
            print(b"\x1bE\x00");
        }
        if align != Align::Left {
            print(b"\x1ba\x00");
        }
        touched.bold |= bold;
        touched.size |= size != 0;
        touched.align |= align != Align::Left;
    }
}
