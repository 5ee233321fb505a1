//! ESC/POS commands that move the paper and the pen, cut, and set modes.
//!
//! # Invariants
//!
//! - An unknown command does nothing.
//!
//! Not here: letters' looks (`style`), pictures (`pictures`), codes (`symbols`), Star (`star`).
//!
//! Source: Epson ESC/POS command reference; `ESC 9`, `GS k` 97: Maoyuan and HPRT manuals.

use firmware_bridge::dialect::Dialect;

use super::modes::{LINE_SPACING, Modes};
use super::{Cut, Line, Page, Printer, status};
use crate::paper::line::Align;

/// Rows between the print head and the cutter: 10 mm.
const TO_CUTTER: usize = 80;

impl Printer {
    /// Runs one whole command, with its body.
    pub(super) fn run(&mut self, command: &[u8], dialect: Dialect, answers: &mut Vec<u8>) {
        self.modes.code_pages.apply(command);
        if dialect == Dialect::Star && self.run_star(command) {
            return;
        }
        answers.extend(status::answer(command));
        if self.feed_band(command) {
            return;
        }
        let known = self.modes.style.apply(command)
            || self.modes.bars.apply(command)
            || self.set(command)
            || self.move_pen(command)
            || self.move_paper(command)
            || self.run_page(command)
            || self.run_symbol(command);
        if !known {
            self.run_picture(command);
        }
    }

    fn set(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'@'] => self.reset(),
            [0x1B, b'a', n] => self.modes.align = Align::from_byte(n).unwrap_or(self.modes.align),
            [0x1B, b'{', n] => self.modes.upside_down = n & 1 == 1,
            [0x1B, b'2'] => self.modes.line_spacing = LINE_SPACING,
            [0x1B, b'3', n] => self.modes.line_spacing = n.into(),
            [0x1B, b'D', ref stops @ ..] => {
                self.modes.tabs = stops.iter().copied().filter(|&stop| stop > 0).collect();
            }
            [0x1D, b'L', low, high] => {
                self.resize_line(|printer| printer.modes.margin = word(low, high));
            }
            [0x1D, b'W', low, high] => {
                self.resize_line(|printer| printer.modes.area = Some(word(low, high)));
            }
            [0x1B, b'p', ..] | [0x10, 0x14, 1, ..] => self.roll.kick_drawer(),
            _ => return false,
        }
        true
    }

    /// `ESC @`: what stands in the print buffer is lost, what was stored stays.
    pub(super) fn reset(&mut self) {
        self.modes = Modes::default();
        self.page = None;
        self.line = Line::new(self.area());
    }

    fn move_pen(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'$', low, high] => self.line.move_to(word(low, high)),
            [0x1B, b'\\', low, high] => {
                let by = isize::from(i16::from_le_bytes([low, high]));
                if let Some(x) = self.line.pen().checked_add_signed(by) {
                    self.line.move_to(x);
                }
            }
            _ => return false,
        }
        true
    }

    /// HT: on to the next stop; beyond the last one it is ignored.
    pub(super) fn tab(&mut self) {
        let column = self.modes.style.column();
        let pen = self.line.pen();
        let stops = self.modes.tabs.iter().map(|&stop| usize::from(stop) * column);
        if let Some(x) = stops.into_iter().find(|&x| x > pen) {
            self.line.move_to(x);
        }
    }

    fn move_paper(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'd', n] => self.feed_lines(n),
            [0x1B, b'J', n] => self.feed_rows(n.into()),
            [0x1B, b'K', n] => self.feed_back(n.into()),
            [0x1B, b'e', n] => self.feed_back(usize::from(n) * self.modes.line_spacing),
            [0x1B, b'i' | b'm'] => self.cut(Cut::Partial),
            [0x1D, b'V', 65 | 97 | 103, n] => self.feed_and_cut(n, Cut::Full),
            [0x1D, b'V', 66 | 98 | 104, n] => self.feed_and_cut(n, Cut::Partial),
            [0x1D, b'V', 1 | b'1'] => self.cut(Cut::Partial),
            [0x1D, b'V', _] => self.cut(Cut::Full),
            _ => return false,
        }
        true
    }

    /// Ends the line and feeds, `n` lines in all.
    pub(super) fn feed_lines(&mut self, n: u8) {
        if !self.line.is_empty() || n > 0 {
            self.end_line(usize::from(n.min(1)) * self.modes.line_spacing);
        }
        (1..n).for_each(|_| self.end_line(self.modes.line_spacing));
    }

    /// Ends the line and feeds, `n` rows of dots in all.
    pub(super) fn feed_rows(&mut self, n: usize) {
        if self.line.is_blank() && self.page.is_none() {
            self.line.move_to(0);
            self.roll.feed(n);
        } else {
            self.end_line(n);
        }
    }

    /// `GS v 0` … `ESC $` … `ESC J n`: a feed that the band has taken already.
    ///
    /// A Windows driver for Chinese printers sends every band of a receipt so, with `n` the band's
    /// height: there a raster waits in the print buffer like `ESC *`. Without the `ESC $` it is an
    /// ordinary feed. Source: the bytes of a clothing shop's job, which Epson's rule tears apart.
    fn feed_band(&mut self, command: &[u8]) -> bool {
        match (self.band.take(), command) {
            (_, [0x1D, b'v', _, m, _, _, yl, yh, ..]) => {
                self.band = Some(word(*yl, *yh) << (m >> 1 & 1));
                false
            }
            (band, [0x1B, b'$', ..]) => {
                self.band = band;
                false
            }
            (Some(rows), [0x1B, b'J', n]) if self.line.is_blank() && self.line.pen() > 0 => {
                self.feed_rows(usize::from(*n).saturating_sub(rows));
                true
            }
            _ => false,
        }
    }

    fn feed_back(&mut self, rows: usize) {
        if !self.line.is_empty() {
            self.end_line(0);
        }
        if self.page.is_none() {
            self.roll.feed_back(rows);
        }
    }

    /// Feeds to where the cutter is, and `n` rows more.
    pub(super) fn feed_and_cut(&mut self, n: u8, cut: Cut) {
        if !self.line.is_empty() {
            self.end_line(self.modes.line_spacing);
        }
        self.roll.feed(TO_CUTTER + usize::from(n));
        self.roll.part(Some(cut));
    }

    fn run_page(&mut self, command: &[u8]) -> bool {
        match *command {
            [0x1B, b'L'] => self.open_page(),
            [0x1B, b'S'] => self.close_page(),
            [0x1B, 0x0C] => self.burn_page(false),
            [0x1B, b'W', ref args @ ..] if let Ok(args) = <[u8; 8]>::try_from(args) => {
                self.change_page(|page| page.set_area(args));
            }
            [0x1B, b'T', n] => self.change_page(|page| page.set_direction(n)),
            [0x1D, b'$', low, high] => self.change_page(|page| page.set_ground(word(low, high))),
            [0x1D, b'\\', low, high] => {
                self.change_page(|page| page.move_ground(i16::from_le_bytes([low, high])));
            }
            _ => return false,
        }
        true
    }

    fn open_page(&mut self) {
        if self.page.is_none() {
            let width = self.width;
            self.resize_line(|printer| printer.page = Some(Page::new(width)));
        }
    }

    fn close_page(&mut self) {
        self.page = None;
        self.line = Line::new(self.area());
    }

    /// Changes where the page goes on; what stands in the line keeps its place.
    fn change_page(&mut self, change: impl FnOnce(&mut Page)) {
        if self.page.is_none() {
            return;
        }
        if !self.line.is_empty() {
            self.end_line(0);
        }
        if let Some(page) = &mut self.page {
            change(page);
        }
        self.line = Line::new(self.area());
    }

    /// FF burns the page and leaves page mode; `ESC FF` burns it and stays.
    pub(super) fn burn_page(&mut self, leave: bool) {
        if self.page.is_some() && !self.line.is_empty() {
            self.end_line(0);
        }
        let Some(page) = &self.page else { return };
        let picture = page.picture();
        self.roll.burn(&picture, 0, picture.height());
        if leave {
            self.close_page();
        }
    }

    /// CAN empties the area of a page; elsewhere it does nothing.
    pub(super) fn cancel(&mut self) {
        if let Some(page) = &mut self.page {
            page.clear_area();
            self.line = Line::new(self.area());
        }
    }
}

/// A number as commands have it, low byte first.
pub(super) fn word(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}
