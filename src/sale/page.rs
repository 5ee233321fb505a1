//! A receipt made ready for reading: folded rows, rules, column heads, labelled texts.
//!
//! Not here: amounts (`entry`), meaning (`story`, `details`).

use crate::receipt::{Receipt, is_rule};
use crate::sale::field::{Labelled, labelled};
use crate::sale::fold::{folded, key};
use crate::sale::layout::{self, Layout, Names};
use crate::sale::lexicon::{Head, Role, lexicon};
use crate::sale::number::{Style, style};
use std::collections::HashMap;

/// Rows that are read; the longest real receipts have some hundred. What is below is not.
pub(crate) const ROWS_MAX: usize = 1_500;
/// Characters of a row that are read.
const ROW_LEN_MAX: usize = 160;

/// A receipt's rows, as every part of reading takes them.
pub(crate) struct Page {
    /// Folded.
    pub(crate) rows: Vec<Vec<char>>,
    /// As they are printed, character by character the same.
    printed: Vec<Vec<char>>,
    pub(crate) rules: Vec<bool>,
    pub(crate) style: Style,
    /// The last row of the column heads over the items.
    pub(crate) head_row: Option<usize>,
    pub(crate) labelled: Vec<Labelled>,
    /// What this till's layout calls its amounts.
    pub(crate) amounts: HashMap<String, Role>,
    /// Where this till's layout has the names of goods.
    pub(crate) names: Option<Names>,
}

impl Page {
    pub(crate) fn new(receipt: &Receipt) -> Self {
        Self::with(receipt, &[])
    }

    /// The same by the one of `layouts` that it is of.
    pub(crate) fn with(receipt: &Receipt, layouts: &[Layout]) -> Self {
        let rows: Vec<Vec<char>> = receipt
            .rows
            .iter()
            .take(ROWS_MAX)
            .map(|row| folded(&row.text).into_iter().take(ROW_LEN_MAX).collect())
            .collect();
        let printed = receipt.rows.iter().take(ROWS_MAX);
        let printed = printed.map(|row| row.text.chars().take(ROW_LEN_MAX).collect()).collect();
        let rules = receipt.rows.iter().take(ROWS_MAX).map(|row| is_rule(&row.text)).collect();
        let head_row = head_row(&rows);
        let layout = layout::choose(layouts, &rows);
        let labelled = labelled(&rows, layout);
        let amounts = layout.map(Layout::roles).unwrap_or_default();
        let (style, names) = (style(&rows), layout.and_then(|layout| layout.names));
        Self { style, rules, head_row, labelled, amounts, names, rows, printed }
    }

    /// A part of a row as it is printed.
    pub(crate) fn printed(&self, row: usize, place: std::ops::Range<usize>) -> String {
        let part = self.printed.get(row).and_then(|row| row.get(place));
        part.into_iter().flatten().collect()
    }

    /// A row's text without the spaces around it.
    pub(crate) fn text(&self, row: usize) -> String {
        self.rows
            .get(row)
            .map(|row| row.iter().collect::<String>().trim().to_owned())
            .unwrap_or_default()
    }
}

/// Finds the column heads; where they fill several rows (a three-line item), the last of them.
fn head_row(rows: &[Vec<char>]) -> Option<usize> {
    let first = rows.iter().position(|row| is_head(row, 2))?;
    let more = rows[first + 1..].iter().take(2).take_while(|row| is_head(row, 2)).count();
    Some(first + more)
}

fn is_head(row: &[char], least: usize) -> bool {
    let heads = heads(row);
    let columns = heads.iter().filter(|head| !matches!(head, Head::Other)).count();
    let priced = heads.iter().any(|head| matches!(head, Head::Amount | Head::Unit | Head::Qty));
    columns >= least && priced && !row.iter().any(char::is_ascii_digit)
}

/// The heads on a row, if it has nothing else.
fn heads(row: &[char]) -> Vec<Head> {
    let text: String =
        row.iter().map(|&symbol| if "·|".contains(symbol) { ' ' } else { symbol }).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > 12 {
        return Vec::new();
    }
    let known: Vec<Head> = words.iter().filter_map(|word| head(word)).collect();
    // "U. PRICE" and "TAX CODE" are two words; a sentence has many that are no heads.
    if known.len() * 2 >= words.len() { known } else { Vec::new() }
}

fn head(word: &str) -> Option<Head> {
    let words = &lexicon().heads;
    let whole = words.exact(&key(word.chars()));
    whole.or_else(|| word.split(['/', '(']).next().and_then(|part| words.exact(&key(part.chars()))))
}
