//! The printer itself: bytes in, paper and answers out.
//!
//! ```text
//!           ┌ text ──▶ characters ──▶ style ──▶ line ─┐
//! bytes ──▶ token                                     ├─▶ page? ──▶ roll of slips
//!           ├ command ──▶ modes, pictures, symbols ───┘
//!           └ status request ──▶ answer
//! ```
//!
//! # Invariants
//!
//! - Same bytes, same dots and answers, however they were chopped.
//! - No bytes make it fail, and its memory is bounded: a command's body by [`BODY_MAX`], stored
//!   pictures by their number, the paper by `roll`.
//! - It has no clock and no port.
//!
//! Not here: the socket and the web page (`serve`, `desk`).

mod commands;
mod modes;
mod pictures;
mod star;
mod symbols;

use firmware_bridge::dialect::Dialect;
use firmware_bridge::token::{Kind, Token, Tokenizer};

use super::line::Line;
use super::page::{PAGE_ROWS_MAX, Page};
use super::picture::Picture;
use super::roll::{Cut, Roll, Slip};
use super::text::Characters;
use super::{Width, status};
use crate::receipt::code_page::Charset;
use modes::Modes;
use pictures::Stored;
use symbols::Symbols;

/// Bytes kept of one command, e.g. a picture: nearly two metres of 80 mm paper.
const BODY_MAX: usize = 1 << 20;

/// A healthy printer made of software; see the module's text.
///
/// ```
/// use huitou::paper::{Cut, Printer, Width};
/// use huitou::receipt::code_page::Charset;
///
/// let mut printer = Printer::new(Width::Mm80, Charset::Gb18030);
/// let answers = printer.print(b"\x10\x04\x01Total 12.50\n\x1dV\x00");
/// assert_eq!(answers, [0x16]);
/// let slip = printer.slips().next().expect("one slip was cut");
/// assert_eq!((slip.text.as_str(), slip.cut), ("Total 12.50\n", Some(Cut::Full)));
/// ```
#[derive(Clone, Debug)]
pub struct Printer {
    width: usize,
    charset: Charset,
    tokenizer: Tokenizer,
    /// A command whose body is still coming.
    body: Option<Vec<u8>>,
    characters: Characters,
    modes: Modes,
    line: Line,
    page: Option<Page>,
    /// Rows of the raster band just printed, while its feed may still come; see `feed_band`.
    band: Option<usize>,
    stored: Stored,
    symbols: Symbols,
    roll: Roll,
    bytes: u64,
}

impl Printer {
    /// A printer that was just switched on. `charset` is how it reads text of a stream that says
    /// nothing, which is GB18030 on a Chinese printer.
    #[must_use]
    pub fn new(width: Width, charset: Charset) -> Self {
        let width = width.dots();
        Self {
            width,
            charset,
            tokenizer: Tokenizer::default(),
            body: None,
            characters: Characters::default(),
            modes: Modes::default(),
            line: Line::new(width),
            page: None,
            band: None,
            stored: Stored::default(),
            symbols: Symbols::default(),
            roll: Roll::new(width),
            bytes: 0,
        }
    }

    /// Takes the next bytes, in pieces of any size, and returns what the printer answers.
    pub fn print(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut answers = Vec::new();
        // Taken out while it runs: the tokens are handed to `self`.
        let mut tokenizer = std::mem::take(&mut self.tokenizer);
        tokenizer.push(bytes, |token, dialect| self.take(token, dialect, &mut answers));
        self.tokenizer = tokenizer;
        answers
    }

    /// Ends a job, e.g. when a connection closes: a picture that stopped half-way is printed as far
    /// as it came, and a command that never came whole is forgotten. A line that was not ended
    /// stays in the print buffer.
    pub fn end_job(&mut self) {
        let mut tokenizer = std::mem::take(&mut self.tokenizer);
        tokenizer.finish(|_, _| {});
        self.tokenizer = tokenizer;
        self.end_text();
        if let Some(command) = self.body.take() {
            self.run(&command, Dialect::EscPos, &mut Vec::new());
        }
    }

    /// Prints what is still in the print buffer, e.g. a last line without its line feed.
    pub fn flush(&mut self) {
        self.end_text();
        if !self.line.is_empty() {
            self.end_line(self.modes.line_spacing);
        }
    }

    /// Tears off what is out of the printer, by hand.
    pub fn tear_off(&mut self) {
        self.flush();
        self.roll.part(None);
    }

    /// The whole roll as one picture, oldest slip at the top, cuts as dashed lines.
    #[must_use]
    pub fn roll_picture(&self) -> Picture {
        self.roll.picture()
    }

    /// The slips that were cut or torn off and are still kept, oldest first.
    pub fn slips(&self) -> impl DoubleEndedIterator<Item = &Slip> + Clone {
        self.roll.slips()
    }

    /// The paper that is still in the printer; its picture may have no rows.
    #[must_use]
    pub const fn open_slip(&self) -> &Slip {
        self.roll.open()
    }

    /// Bytes taken since it was switched on.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn take(&mut self, token: Token<'_>, dialect: Dialect, answers: &mut Vec<u8>) {
        self.roll.count(token.bytes.len());
        if !matches!(token.kind, Kind::Text) {
            self.end_text();
        }
        match token.kind {
            Kind::Text => self.text(token.bytes),
            Kind::Control => self.control(token.bytes[0]),
            Kind::Command { body: false } => self.run(token.bytes, dialect, answers),
            Kind::Command { body: true } => self.body = Some(token.bytes.to_vec()),
            Kind::Payload { last } => self.payload(token.bytes, last, dialect, answers),
        }
    }

    fn payload(&mut self, bytes: &[u8], last: bool, dialect: Dialect, answers: &mut Vec<u8>) {
        let Some(body) = &mut self.body else { return };
        let room = BODY_MAX.saturating_sub(body.len()).min(bytes.len());
        body.extend_from_slice(&bytes[..room]);
        if last && let Some(command) = self.body.take() {
            self.run(&command, dialect, answers);
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        let charset = self.modes.code_pages.charset(self.charset);
        for &byte in bytes {
            let mut ready = Vec::new();
            self.characters.push(byte, charset, |character| ready.push(character));
            ready.into_iter().for_each(|character| self.letter(character, charset));
        }
    }

    fn end_text(&mut self) {
        let charset = self.modes.code_pages.charset(self.charset);
        let mut ready = Vec::new();
        self.characters.finish(charset, |character| ready.push(character));
        ready.into_iter().for_each(|character| self.letter(character, charset));
    }

    fn letter(&mut self, character: char, charset: Charset) {
        if character.is_control() {
            return;
        }
        let character = self.modes.code_pages.national(character);
        let wide = charset.width(character) == 2;
        let picture = self.modes.style.draw(character, wide);
        if self.line.is_full_for(picture.width()) {
            self.end_line(self.modes.line_spacing);
        }
        self.line.put_letter(character, &picture);
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\n' => self.end_line(self.modes.line_spacing),
            b'\t' => self.tab(),
            0x0C => self.burn_page(true),
            0x18 => self.cancel(),
            // A Star printer opens the drawer at BEL; CR comes beside an LF, and NUL is padding.
            0x07 => self.roll.kick_drawer(),
            _ => {}
        }
    }

    /// Burns the line and moves on by `feed` rows, at least its height.
    fn end_line(&mut self, feed: usize) {
        let burnt = self.line.burn(self.modes.align, self.modes.upside_down);
        match &mut self.page {
            Some(page) => page.put(&burnt.picture, feed),
            None => {
                let feed = feed.max(burnt.picture.height());
                self.roll.burn(&burnt.picture, self.left(), feed);
            }
        }
        if burnt.pictures && burnt.text.is_empty() {
            self.roll.write_picture();
        } else {
            self.roll.write(&burnt.text);
        }
    }

    /// Puts something that has lines of its own: a bar code, a code, a raster picture.
    fn put_block(&mut self, picture: &Picture, label: Option<&str>) {
        if self.page.is_some() {
            // On a page things stand where the pen is, beside each other.
            self.line.put_picture(&picture.rows(0, PAGE_ROWS_MAX));
        } else {
            if !self.line.is_empty() {
                self.end_line(self.modes.line_spacing);
            }
            let x = self.left() + self.modes.align.offset(picture.width(), self.area());
            self.roll.burn(picture, x, picture.height());
        }
        match label {
            Some(label) => self.roll.write(label),
            None => self.roll.write_picture(),
        }
    }

    /// Where lines begin on the paper. Dots.
    fn left(&self) -> usize {
        self.modes.margin.min(self.width - 1)
    }

    /// How wide lines are. Dots.
    fn area(&self) -> usize {
        let left = self.width - self.left();
        match (&self.page, self.modes.area) {
            (Some(page), _) => page.line_width(),
            (None, Some(area)) => area.clamp(1, left),
            (None, None) => left,
        }
    }

    /// Begins a new line after what changes its width; a line that was begun is ended first.
    fn resize_line(&mut self, change: impl FnOnce(&mut Self)) {
        if !self.line.is_empty() {
            self.end_line(self.modes.line_spacing);
        }
        change(self);
        self.line = Line::new(self.area());
    }

    fn cut(&mut self, cut: Cut) {
        if !self.line.is_empty() {
            self.end_line(self.modes.line_spacing);
        }
        self.roll.part(Some(cut));
    }
}

#[cfg(test)]
mod tests;
