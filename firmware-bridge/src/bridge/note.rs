//! Writes rows of text onto the paper and leaves the printer as it was.
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
//! Not here: what a note says (`note`, in the agent), when a job of our own may be printed (`own_job`).

use crate::dialect::Dialect;
use crate::link::{Align, NotePage, Row, Rows};
use crate::modes::{Modes, Style, Touched};

use super::{Bridge, Place};

/// Lines between the print head and the blade, on the usual mechanisms (about 15 mm).
pub(super) const BLADE_LINES: u16 = 6;

impl<S: AsRef<[u8]> + AsMut<[u8]>> Bridge<S> {
    /// Prints a note where the held bytes begin.
    pub(super) fn print_note(&self, page: NotePage, rows: Rows<'_>, print: &mut impl FnMut(&[u8])) {
        self.print_rows(&self.place, page, rows, print);
        let lines = self.place.fed_lines.min(BLADE_LINES);
        if lines > 0 {
            self.feed(lines, print);
        }
    }

    /// Feeds so many lines, at most 255.
    pub(super) fn feed(&self, lines: u16, print: &mut impl FnMut(&[u8])) {
        let op = match self.tokenizer.dialect() {
            Dialect::EscPos => b'd',
            Dialect::Star => b'a',
        };
        print(&[0x1B, op, u8::try_from(lines).unwrap_or(u8::MAX)]);
    }

    /// Prints rows with the printer standing at `place`.
    pub(super) fn print_rows(
        &self,
        place: &Place,
        page: NotePage,
        rows: Rows<'_>,
        print: &mut impl FnMut(&[u8]),
    ) {
        let (modes, dialect) = (&place.modes, self.tokenizer.dialect());
        let kanji = page == NotePage::Kanji && modes.kanji_off() && dialect == Dialect::EscPos;
        let mut touched = Touched::default();
        if place.line_open {
            print(self.newline);
        }
        modes.plain(dialect, &mut *print);
        if kanji {
            print(b"\x1c&");
        }
        for row in rows.iter() {
            self.row(row, modes, dialect, &mut touched, print);
        }
        if kanji {
            print(b"\x1c.");
        }
        modes.restore(&touched, dialect, &mut *print);
    }

    /// Prints one row and takes its own modes back.
    fn row(
        &self,
        row: Row<'_>,
        modes: &Modes,
        dialect: Dialect,
        touched: &mut Touched,
        print: &mut impl FnMut(&[u8]),
    ) {
        let size = u8::from(row.wide) << 4 | u8::from(row.high);
        let own = [
            (Style::Align, row.align as u8, row.align != Align::Left && modes.align_known()),
            (Style::Emphasis, 1, row.bold && modes.bold_known()),
            (Style::Size, size, size != 0 && modes.size_known()),
        ];
        for (style, value, _) in own.iter().filter(|(.., used)| *used) {
            style.write(*value, dialect, print);
        }
        print(row.text);
        print(self.newline);
        for (style, ..) in own.iter().rev().filter(|(.., used)| *used) {
            style.write(0, dialect, print);
        }
        touched.align |= own[0].2;
        touched.bold |= own[1].2;
        touched.size |= own[2].2;
    }
}
