//! Rows for people and programs: aligned text for a console, CSV for a spreadsheet.
//!
//! # Invariants
//!
//! - CSV is RFC 4180. A text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, tab or
//!   return first) gets a leading apostrophe; a number stays a number.
//! - Control characters never reach the console.
//!
//! Not here: which rows (`listing`).

use crate::event::LocalSeconds;
use crate::money::Minor;

/// One field of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cell {
    /// Came off paper or a keyboard: hostile.
    Text(String),
    /// Our own digits: right-aligned, never neutralised.
    Number(String),
}

impl Cell {
    /// A text, empty where there is none.
    #[must_use]
    pub fn text(text: Option<&str>) -> Self {
        Self::Text(text.unwrap_or_default().to_owned())
    }

    /// An amount with its currency's decimals, empty where there is none.
    #[must_use]
    pub fn amount(amount: Option<Minor>, exponent: u8) -> Self {
        let shown = amount.map(|amount| amount.with_decimals(exponent).to_string());
        Self::Number(shown.unwrap_or_default())
    }

    fn content(&self) -> &str {
        match self {
            Self::Text(content) | Self::Number(content) => content,
        }
    }
}

/// A moment, milliseconds since 1970-01-01 UTC, on HQ's clock to the minute.
#[must_use]
pub fn minute(at_ms: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(time) => time.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string(),
        None => at_ms.to_string(),
    }
}

/// `2026-11-21 19:05` on the shop's own clock; the bare number for a time no calendar has.
#[must_use]
pub fn local_time(at: LocalSeconds) -> String {
    match chrono::DateTime::from_timestamp(at.0, 0) {
        Some(time) => time.format("%Y-%m-%d %H:%M").to_string(),
        None => at.0.to_string(),
    }
}

/// RFC 4180 with a header row and CRLF line ends.
#[must_use]
pub fn csv(header: &[&str], rows: &[Vec<Cell>]) -> String {
    let header: Vec<Cell> = header.iter().map(|name| Cell::Number((*name).into())).collect();
    std::iter::once(&header).chain(rows).map(|row| csv_line(row)).collect()
}

/// One row of RFC 4180, with its line end.
#[must_use]
pub fn csv_line(row: &[Cell]) -> String {
    let fields: Vec<String> = row.iter().map(csv_field).collect();
    fields.join(",") + "\r\n"
}

fn csv_field(cell: &Cell) -> String {
    let content = match cell {
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        other => other.content().to_owned(),
    };
    if content.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", content.replace('"', "\"\""))
    } else {
        content
    }
}

/// Columns padded to their widest cell; Chinese and Japanese signs are two columns wide.
#[must_use]
pub fn aligned(header: &[&str], rows: &[Vec<Cell>]) -> String {
    let header: Vec<Cell> = header.iter().map(|name| Cell::text(Some(name))).collect();
    let lines: Vec<&Vec<Cell>> = std::iter::once(&header).chain(rows).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|at| lines.iter().filter_map(|row| row.get(at)).map(shown_width).max().unwrap_or(0))
        .collect();
    lines.iter().map(|row| aligned_line(row, &widths)).collect()
}

fn aligned_line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let pad = " ".repeat(width.saturating_sub(shown_width(cell)));
        match cell {
            Cell::Text(_) => line.push_str(&(shown(cell) + &pad)),
            Cell::Number(_) => line.push_str(&(pad + &shown(cell))),
        }
        line.push_str("  ");
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

fn shown(cell: &Cell) -> String {
    cell.content().chars().filter(|symbol| !symbol.is_control()).collect()
}

fn shown_width(cell: &Cell) -> usize {
    shown(cell).chars().map(|symbol| if symbol < '\u{2E80}' { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_takes_no_text_for_a_formula() {
        let row = |text: &str| csv(&["a"], &[vec![Cell::text(Some(text))]]);
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert!(row(text).contains(&format!("'{text}")), "{text:?}");
        }
        assert_eq!(row("1=1"), "a\r\n1=1\r\n");
    }

    #[test]
    fn quotes_commas_and_line_ends_are_quoted_as_rfc_4180_says() {
        let row = [Cell::text(Some("a \"b\", c")), Cell::text(Some("d\ne")), Cell::text(None)];
        assert_eq!(
            csv(&["x", "y", "z"], &[row.to_vec()]),
            "x,y,z\r\n\"a \"\"b\"\", c\",\"d\ne\",\r\n"
        );
    }

    #[test]
    fn an_amount_stays_a_number() {
        assert_eq!(csv_field(&Cell::amount(Some(Minor::new(-1_250)), 2)), "-12.50");
    }

    #[test]
    fn chinese_columns_line_up() {
        let rows = [[Cell::text(Some("湖滨店")), Cell::Number("5".into())].to_vec()];
        assert_eq!(aligned(&["store", "n"], &rows), "store   n\n湖滨店  5\n");
    }
}
