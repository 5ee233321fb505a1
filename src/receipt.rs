//! A slip as a person sees it: rows of text with true columns.
//!
//! ```text
//! 1B 24 44 01 │ 31 … 0A      ESC $ puts "1" at dot 324
//! "         羊毛大衣 驼色     1          1104.15"
//!                             ╰ column 27 = 324 / 12
//! ```
//!
//! # Invariants
//!
//! - Any bytes give a receipt; nothing in it is a control character.
//! - Time and memory grow with the length of the slip, not faster.
//!
//! Not here: where a slip begins and ends (`firmware_bridge::job`), what it says (`sale`).

pub mod code_page;
pub mod detect;
mod picture;
mod screen;

use crate::receipt::code_page::{Charset, columns};
use serde::Serialize;

/// Bytes of one slip that are read; a printed receipt has a few thousand, pictures included.
const SLIP_LEN_MAX: usize = 16 << 20;
/// Columns kept of one row; what stands further right was never on paper.
pub(crate) const ROW_COLUMNS_MAX: usize = 512;

/// One row of text.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Row {
    /// Padded with spaces so that a character's display column is its place on paper.
    pub text: String,
}

/// What a slip shows.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Receipt {
    /// Top to bottom; blank rows are left out.
    pub rows: Vec<Row>,
    /// Name of the charset most of the text is in, e.g. `gb18030`; `ascii` if every one would do.
    pub encoding: String,
    /// The same as a charset, `None` for ASCII: what a note in the receipt's own script is written in.
    pub charset: Option<Charset>,
    /// 32, 42 or 48: how wide the paper seems to be, in columns.
    pub columns_wide: usize,
    /// The slip is a picture big enough to be a receipt, and its text is not one.
    pub picture: bool,
}

impl Receipt {
    /// Reads `slip`, where `prelude` holds the commands that were in force before it, e.g.
    /// `ESC @ FS &`. Without a `default` charset one is guessed from the slip.
    #[must_use]
    pub fn from_slip(prelude: &[u8], slip: &[u8], default: Option<Charset>) -> Self {
        let slip = &slip[..slip.len().min(SLIP_LEN_MAX)];
        let guess = detect::detect(prelude, slip);
        let default = default.or(guess.charset).unwrap_or(Charset::Table(437));
        let paper = screen::render(prelude, slip, default);
        let charset = paper.charset.filter(|_| guess.beyond_ascii);
        let columns_wide = wide(&paper.rows, paper.area_columns);
        let rows: Vec<Row> = paper.rows.iter().map(|line| line.row(columns_wide)).collect();
        Self {
            picture: paper.picture.is_receipt_sized() && !could_be_receipt(&rows),
            rows: unwrapped(rows),
            encoding: charset.map_or_else(|| "ascii".into(), Charset::name),
            charset,
            columns_wide,
        }
    }

    /// Takes rows that are text already, as a test set or another program has them.
    #[must_use]
    pub fn from_lines(lines: &[String]) -> Self {
        let rows: Vec<Row> = lines
            .iter()
            .flat_map(|line| line.split('\n'))
            .map(|line| Row { text: printable(line).trim_end().to_owned() })
            .filter(|row| !row.text.is_empty())
            .collect();
        let widest = rows.iter().map(|row| columns(&row.text)).max().unwrap_or(0);
        Self {
            rows,
            encoding: "utf-8".into(),
            charset: Some(Charset::Utf8),
            columns_wide: paper_width(widest),
            picture: false,
        }
    }

    /// The rows' text, top to bottom.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.text.clone()).collect()
    }
}

/// Leaves out control characters; a tab becomes a space.
pub(crate) fn printable(text: &str) -> String {
    let keep = |symbol: char| match symbol {
        '\t' => Some(' '),
        _ if symbol.is_control() => None,
        _ => Some(symbol),
    };
    text.chars().take(ROW_COLUMNS_MAX).filter_map(keep).collect()
}

/// The paper's columns: from a rule line if there is one, else what the stream set, else the rows.
fn wide(lines: &[screen::Line], area_columns: Option<usize>) -> usize {
    let widths = |only_rules: bool| {
        let chosen = lines.iter().filter(move |line| !only_rules || is_rule(&line.text));
        chosen.map(screen::Line::width).filter(|&width| width <= 48).max()
    };
    let rule = widths(true).filter(|&width| width > 20);
    paper_width(rule.or(area_columns).or_else(|| widths(false)).unwrap_or(0))
}

/// The nearest usual width that holds `columns`.
const fn paper_width(columns: usize) -> usize {
    match columns {
        0..=32 => 32,
        33..=42 => 42,
        _ => 48,
    }
}

/// Whether a row is a line drawn with signs, `-----` or `══════`.
#[must_use]
pub fn is_rule(text: &str) -> bool {
    let mut signs = text.chars().filter(|symbol| !symbol.is_whitespace());
    let Some(first) = signs.next() else { return false };
    let drawn = |symbol: char| !symbol.is_alphanumeric() && symbol != char::REPLACEMENT_CHARACTER;
    drawn(first) && signs.clone().count() >= 4 && signs.all(drawn)
}

/// Whether the text beside a picture could be a receipt of its own: it has rows, and an amount.
fn could_be_receipt(rows: &[Row]) -> bool {
    let amount = |row: &Row| {
        let text = row.text.as_bytes();
        text.windows(4).any(|part| {
            part[0].is_ascii_digit()
                && matches!(part[1], b'.' | b',')
                && part[2].is_ascii_digit()
                && part[3].is_ascii_digit()
        })
    };
    rows.len() > 12 || (rows.len() >= 3 && rows.iter().any(amount))
}

/// Joins an amount that a narrow cell broke after its point with the digits below it.
///
/// ```text
/// 合计          3     1822.        合计          3     1822.15
///                     15       ──▶
/// ```
fn unwrapped(rows: Vec<Row>) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let digits = row.text.trim();
        let tail = matches!(digits.len(), 1..=2) && digits.bytes().all(|b| b.is_ascii_digit());
        match joined.last_mut() {
            Some(above) if tail && broken_at(&above.text, columns(&row.text) - digits.len()) => {
                above.text.push_str(digits);
            }
            _ => joined.push(row),
        }
    }
    joined
}

/// Whether `text` ends in digits and a point, in a cell that reaches to `column`.
fn broken_at(text: &str, column: usize) -> bool {
    let Some(body) = text.trim_end().strip_suffix('.') else { return false };
    let number = body.trim_end_matches(|symbol: char| symbol.is_ascii_digit() || symbol == ',');
    number.len() < body.len() && columns(number) <= column && column < columns(text)
}

#[cfg(test)]
mod tests;
