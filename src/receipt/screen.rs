//! Follows a slip as the printer does and notes where each piece of text lands.
//!
//! ```text
//! cell (x = 0, "羊毛大衣")   cell (x = 324, "1")   cell (x = 456, "1104.15")
//! ╰──────────────── one line, ended by LF, ESC d or ESC J ────────────────╯
//! ```
//!
//! Text that follows text without a position between is one cell, so double-width letters do not
//! tear a word apart. In page mode cells have a height too and are sorted into lines at the end.
//!
//! Not here: what a byte means (`code_page`), fonts and looks (`paper`).

use crate::receipt::code_page::{Charset, CodePageState, columns, decode};
use crate::receipt::picture::Picture;
use crate::receipt::{ROW_COLUMNS_MAX, Row, printable};
use firmware_bridge::token::{Kind, Token, Tokenizer};

/// Dots of one column in font A, and in font B (Epson command reference, `ESC M`).
const FONT_A_DOTS: usize = 12;
const FONT_B_DOTS: usize = 9;
/// Dots of a line: `ESC 2` spacing on most printers.
const LINE_DOTS: usize = 30;
/// Cells kept of one slip; more is not a receipt.
const CELLS_MAX: usize = 400_000;

/// Where a line stands between the margins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

/// One printed line: its text from the left margin, and how it is aligned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) text: String,
    width: usize,
    align: Align,
}

impl Line {
    /// Columns on paper: more than the text has where `—` or a letter is printed double.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The line as a row on paper of so many columns.
    pub(crate) fn row(&self, columns_wide: usize) -> Row {
        let free = columns_wide.saturating_sub(self.width());
        let indent = match self.align {
            Align::Left => 0,
            Align::Centre => free / 2,
            Align::Right => free,
        };
        Row { text: format!("{:indent$}{}", "", self.text.trim_end()) }
    }
}

/// What was printed.
#[derive(Debug, Default)]
pub(crate) struct Paper {
    pub(crate) rows: Vec<Line>,
    /// The charset of most of the text beyond ASCII.
    pub(crate) charset: Option<Charset>,
    /// The print area's width if the stream set it (`GS W`).
    pub(crate) area_columns: Option<usize>,
    pub(crate) picture: Picture,
}

/// Prints `slip` after `prelude` in `default` charset.
pub(crate) fn render(prelude: &[u8], slip: &[u8], default: Charset) -> Paper {
    let mut screen = Screen { default, ..Screen::default() };
    Tokenizer::default().push(prelude, |token, _| {
        if matches!(token.kind, Kind::Command { .. }) {
            screen.command(token.bytes);
        }
    });
    screen.cr_feeds = !slip.contains(&b'\n') && slip.contains(&b'\r');
    let mut tokenizer = Tokenizer::default();
    tokenizer.push(slip, |token, _| screen.take(token));
    tokenizer.finish(|token, _| screen.take(token));
    screen.finish()
}

/// Text at a place: dots from the left and, in page mode, from the top.
#[derive(Debug)]
struct Cell {
    x: usize,
    y: usize,
    text: String,
    /// Columns it takes at the size and in the charset it is printed in.
    width: usize,
}

impl Cell {
    fn push(&mut self, text: &str, width: usize) {
        if self.text.len() < 4 * ROW_COLUMNS_MAX {
            self.text.push_str(text);
            self.width += width;
        }
    }
}

/// Which command's body comes next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Body {
    #[default]
    Skipped,
    Tabs,
    Graphics,
}

#[derive(Debug)]
struct Screen {
    default: Charset,
    state: CodePageState,
    /// Characters beyond ASCII by charset.
    counts: Vec<(Charset, usize)>,
    paper: Paper,
    cells: Vec<Cell>,
    cell_count: usize,
    x: usize,
    y: usize,
    /// The last cell takes the next text too.
    joined: bool,
    page: bool,
    page_origin: (usize, usize),
    align: Align,
    line_align: Align,
    wide: usize,
    font_b: bool,
    tabs: Vec<usize>,
    body: Body,
    cr_feeds: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            default: Charset::Table(437),
            state: CodePageState::default(),
            counts: Vec::new(),
            paper: Paper::default(),
            cells: Vec::new(),
            cell_count: 0,
            x: 0,
            y: 0,
            joined: false,
            page: false,
            page_origin: (0, 0),
            align: Align::Left,
            line_align: Align::Left,
            wide: 1,
            font_b: false,
            tabs: Vec::new(),
            body: Body::Skipped,
            cr_feeds: false,
        }
    }
}

impl Screen {
    fn take(&mut self, token: Token<'_>) {
        match token.kind {
            Kind::Text => self.text(token.bytes),
            Kind::Control => self.control(token.bytes[0]),
            Kind::Command { .. } => self.command(token.bytes),
            Kind::Payload { .. } => self.payload(token.bytes),
        }
    }

    const fn column_dots(&self) -> usize {
        if self.font_b { FONT_B_DOTS } else { FONT_A_DOTS }
    }

    fn text(&mut self, bytes: &[u8]) {
        let charset = self.state.charset(self.default);
        let text: String =
            decode(charset, bytes).chars().map(|symbol| self.state.national(symbol)).collect();
        let text = printable(&text);
        let beyond = text.chars().filter(|symbol| !symbol.is_ascii()).count();
        self.count(charset, beyond);
        let cells: usize = text.chars().map(|symbol| charset.width(symbol)).sum();
        let width = cells * self.wide;
        self.place(text, width);
        self.x += width * self.column_dots();
    }

    fn count(&mut self, charset: Charset, beyond: usize) {
        // A table's upper half is mostly frames around text that is in another charset.
        let weight = if charset.is_multi_byte() { beyond * 1_000 } else { beyond };
        match self.counts.iter_mut().find(|(known, _)| *known == charset) {
            Some((_, count)) => *count += weight,
            None if weight > 0 => self.counts.push((charset, weight)),
            None => {}
        }
    }

    fn place(&mut self, text: String, width: usize) {
        if self.cells.is_empty() {
            self.line_align = self.align;
        }
        match self.cells.last_mut() {
            Some(cell) if self.joined => cell.push(&text, width),
            _ if self.cell_count < CELLS_MAX => {
                self.cell_count += 1;
                // Columns are counted in the font that is on: keep them as font A's.
                let x = self.x / self.column_dots() * FONT_A_DOTS;
                self.cells.push(Cell { x, y: self.y, text, width });
            }
            _ => {}
        }
        self.joined = true;
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\n' => self.feed(),
            b'\r' if self.cr_feeds => self.feed(),
            b'\t' => self.tab(),
            0x0C if self.page => self.print_page(),
            0x0C => self.feed(),
            0x18 if self.page => self.cells.clear(),
            _ => {}
        }
    }

    fn tab(&mut self) {
        let column = self.x / self.column_dots();
        let stop = self.tabs.iter().copied().find(|&stop| stop > column);
        let stop = stop.unwrap_or(if self.tabs.is_empty() { column / 8 * 8 + 8 } else { column });
        self.move_to(stop * self.column_dots());
    }

    fn move_to(&mut self, x: usize) {
        self.x = x;
        self.joined = false;
    }

    fn feed(&mut self) {
        if self.page {
            self.y += LINE_DOTS;
        } else {
            let cells = std::mem::take(&mut self.cells);
            self.push_line(cells, self.line_align);
        }
        self.move_to(if self.page { self.page_origin.0 } else { 0 });
    }

    fn push_line(&mut self, mut cells: Vec<Cell>, align: Align) {
        cells.sort_by_key(|cell| cell.x);
        // Printing twice on the same place makes bold letters, not two words.
        cells.dedup_by(|next, cell| next.x == cell.x && next.text == cell.text);
        let mut text = String::new();
        let (mut at, mut width) = (0, 0);
        for cell in cells.iter().filter(|cell| !cell.text.trim().is_empty() || cell.x == 0) {
            let column = (cell.x / FONT_A_DOTS).min(ROW_COLUMNS_MAX);
            let gap = if column >= at { column - at } else { usize::from(at > 0) };
            text.extend(std::iter::repeat_n(' ', gap));
            text.push_str(&cell.text);
            at += gap + columns(&cell.text);
            let padding = cell.text.len() - cell.text.trim_end().len();
            width = column + cell.width.saturating_sub(padding);
        }
        if !text.trim().is_empty() {
            self.paper.rows.push(Line { text, width, align });
        }
    }

    fn print_page(&mut self) {
        let mut cells = std::mem::take(&mut self.cells);
        cells.sort_by_key(|cell| (cell.y, cell.x));
        let mut line: Vec<Cell> = Vec::new();
        for cell in cells {
            if line.first().is_some_and(|first| cell.y >= first.y + LINE_DOTS / 2) {
                self.push_line(std::mem::take(&mut line), Align::Left);
            }
            line.push(cell);
        }
        self.push_line(line, Align::Left);
        self.page = false;
        self.y = 0;
        self.move_to(0);
    }

    fn command(&mut self, bytes: &[u8]) {
        self.state.apply(bytes);
        self.paper.picture.apply(bytes);
        self.body = Body::Skipped;
        match *bytes {
            [0x1B, b'@'] => self.reset(),
            [0x1B, b'$', low, high] => self.move_to(self.page_origin.0 + word(low, high)),
            [0x1B, b'\\', low, high] => self.shift(low, high),
            [0x1B, b'a', n] => self.align = alignment(n),
            [0x1B, b'!', n] => {
                self.wide = if n & 0x20 == 0 { 1 } else { 2 };
                self.font_b = n & 1 == 1;
            }
            [0x1D, b'!', n] => self.wide = usize::from(n >> 4 & 7) + 1,
            [0x1B, b'M', n] => self.font_b = matches!(n, 1 | b'1'),
            [0x1B, b'd', n] => (0..n.max(1)).for_each(|_| self.feed()),
            [0x1B, b'J', _] => self.feed(),
            [0x1B, b'D', ..] => self.set_tabs(&bytes[2..]),
            [0x1B, b'L'] => self.page = true,
            [0x1B, b'S'] if self.page => self.print_page(),
            [0x1B, 0x0C] if self.page => self.print_page(),
            [0x1B, b'W', xl, xh, yl, yh, ..] => self.set_area(word(xl, xh), word(yl, yh)),
            [0x1D, b'$', low, high] => self.move_down_to(self.page_origin.1 + word(low, high)),
            [0x1D, b'W', low, high] => {
                self.paper.area_columns = Some(word(low, high) / FONT_A_DOTS);
            }
            [0x1D, b'(', b'L', _, _, ref body @ ..] => self.graphics(body),
            [0x1D, b'8', b'L', _, _, _, _, ref body @ ..] => self.graphics(body),
            _ => {}
        }
    }

    fn graphics(&mut self, body: &[u8]) {
        self.paper.picture.apply_graphics(body);
        self.body = if body.is_empty() { Body::Graphics } else { Body::Skipped };
    }

    fn set_tabs(&mut self, stops: &[u8]) {
        self.tabs = stops.iter().take_while(|&&stop| stop != 0).map(|&s| usize::from(s)).collect();
        self.body = Body::Tabs;
    }

    fn set_area(&mut self, x: usize, y: usize) {
        self.page_origin = if self.page { (x, y) } else { (0, 0) };
        self.y = self.page_origin.1;
        self.move_to(self.page_origin.0);
    }

    fn move_down_to(&mut self, y: usize) {
        if self.page {
            self.y = y;
            self.joined = false;
        }
    }

    fn payload(&mut self, bytes: &[u8]) {
        match self.body {
            Body::Tabs => {
                self.tabs.extend(bytes.iter().filter(|&&stop| stop != 0).map(|&s| usize::from(s)))
            }
            Body::Graphics => {
                self.paper.picture.apply_graphics(bytes);
                self.body = Body::Skipped;
            }
            Body::Skipped => {}
        }
    }

    /// `ESC \`: to the right or, as a number below zero, to the left.
    fn shift(&mut self, low: u8, high: u8) {
        let by = isize::from(i16::from_le_bytes([low, high]));
        if by != 0 {
            self.move_to(self.x.saturating_add_signed(by));
        }
    }

    /// `ESC @`: looks and modes as at power-up. An open line is kept: a printer drops it, but some
    /// tills send the command in the middle of one and mean it to be read.
    fn reset(&mut self) {
        if !self.page {
            self.feed();
        }
        self.cells.clear();
        (self.align, self.wide, self.font_b, self.page) = (Align::Left, 1, false, false);
        (self.page_origin, self.y) = ((0, 0), 0);
        self.tabs.clear();
        self.move_to(0);
    }

    fn finish(mut self) -> Paper {
        if self.page {
            self.print_page();
        }
        self.feed();
        self.counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.paper.charset = self.counts.first().map(|(charset, _)| *charset);
        self.paper
    }
}

const fn alignment(n: u8) -> Align {
    match n {
        1 | b'1' => Align::Centre,
        2 | b'2' => Align::Right,
        _ => Align::Left,
    }
}

fn word(low: u8, high: u8) -> usize {
    usize::from(u16::from_le_bytes([low, high]))
}
