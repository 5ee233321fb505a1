//! A shop's own list of styles: CSV with a head line, in UTF-8 or GB18030.
//!
//! Columns are found by their heads, Chinese or English, in any order; others are passed over.
//!
//! # Invariants
//!
//! - A file with a wrong line is not taken at all, and every wrong line is named.
//!
//! Not here: keeping them (the parent module).

use std::fmt;
use std::path::{Path, PathBuf};

use sync::care_code::{CareCode, CareCodeError};

use super::{Style, Styles, csv};
use crate::note::who::is_plain;

/// Wrong lines that are named; a file that is wrong altogether says so early enough.
const ERRORS_MAX: usize = 20;
/// A cell longer than this is no word for what is sold.
const CELL_LEN_MAX: usize = 60;

const NUMBER: [&str; 9] =
    ["款号", "款式编号", "货号", "商品编码", "style", "style no", "style_no", "sku", "article"];
const CATEGORY: [&str; 7] = ["品类", "类别", "品名", "商品名称", "category", "name", "garment"];
const FIBRE: [&str; 7] = ["面料", "成分", "材质", "fibre", "fiber", "material", "composition"];
const CARE: [&str; 7] = ["洗标", "洗涤", "洗护", "洗唛", "care", "care code", "care_code"];

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its styles.
    pub styles: Styles,
    /// How it is written: `utf-8` or `gb18030`.
    pub encoding: &'static str,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {}", listed(lines))]
pub struct ImportError {
    path: PathBuf,
    /// What is wrong, line by line.
    pub lines: Vec<(usize, LineError)>,
}

/// What is wrong in one line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// No head says which column is the style number.
    #[error("no column is called {}: write one of these as a head", NUMBER.join(", "))]
    NoNumber,
    /// Nothing but numbers.
    #[error("no column says what a style is: add one of {}, {}, {}", CATEGORY[0], FIBRE[0], CARE[0])]
    NothingSaid,
    /// A cell is empty.
    #[error("the style number is missing")]
    Missing,
    /// Two lines say different things.
    #[error("this style number stands in line {0} too, with other words")]
    Twice(usize),
    /// The care code.
    #[error(transparent)]
    Care(#[from] CareCodeError),
    /// A cell that no paper takes.
    #[error("{0}: control or invisible characters, or more than {CELL_LEN_MAX} characters")]
    Odd(&'static str),
    /// A quote that is never closed.
    #[error("a quote is opened and never closed")]
    Quote,
}

fn listed(lines: &[(usize, LineError)]) -> impl fmt::Display {
    let said = lines.iter().take(ERRORS_MAX).map(|(line, error)| format!("line {line}: {error}"));
    let more = lines.len().saturating_sub(ERRORS_MAX);
    let rest = (more > 0).then(|| format!("and {more} lines more"));
    said.chain(rest).collect::<Vec<String>>().join("\n  ")
}

/// Reads a file; `path` is for messages.
///
/// # Errors
///
/// [`ImportError`] with every wrong line.
pub fn import(bytes: &[u8], path: &Path) -> Result<Imported, ImportError> {
    let failed = |lines| ImportError { path: path.into(), lines };
    let (text, encoding) = decoded(bytes);
    let rows = csv::rows(&text).map_err(|line| failed(vec![(line, LineError::Quote)]))?;
    let Some(((head_line, head), rows)) = rows.split_first() else {
        return Err(failed(vec![(1, LineError::NoNumber)]));
    };
    let columns = Columns::of(head).map_err(|error| failed(vec![(*head_line, error)]))?;
    let (mut styles, mut errors) = (Styles::default(), Vec::new());
    let mut seen = std::collections::HashMap::new();
    for (line, cells) in rows {
        match columns.style(cells) {
            Err(error) => errors.push((*line, error)),
            Ok((number, style)) => {
                let first = *seen.entry(super::number(&number)).or_insert(*line);
                if styles.put(&number, style) && first != *line {
                    errors.push((*line, LineError::Twice(first)));
                }
            }
        }
    }
    if errors.is_empty() { Ok(Imported { styles, encoding }) } else { Err(failed(errors)) }
}

fn decoded(bytes: &[u8]) -> (String, &'static str) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.trim_start_matches('\u{FEFF}').to_owned(), "utf-8"),
        Err(_) => {
            (encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned(), "gb18030")
        }
    }
}

/// Which column is which.
struct Columns {
    number: usize,
    category: Option<usize>,
    fibre: Option<usize>,
    care: Option<usize>,
}

impl Columns {
    fn of(head: &[String]) -> Result<Self, LineError> {
        let find = |names: &[&str]| {
            head.iter().position(|cell| names.contains(&cell.to_lowercase().as_str()))
        };
        let columns = Self {
            number: find(&NUMBER).ok_or(LineError::NoNumber)?,
            category: find(&CATEGORY),
            fibre: find(&FIBRE),
            care: find(&CARE),
        };
        let says = [columns.category, columns.fibre, columns.care].iter().any(Option::is_some);
        says.then_some(columns).ok_or(LineError::NothingSaid)
    }

    fn style(&self, cells: &[String]) -> Result<(String, Style), LineError> {
        let cell = |at: Option<usize>, name: &'static str| {
            let text = at.and_then(|at| cells.get(at)).map_or("", String::as_str);
            let usual = text.chars().count() <= CELL_LEN_MAX && text.chars().all(is_plain);
            if usual { Ok(text.to_owned()) } else { Err(LineError::Odd(name)) }
        };
        let number = cell(Some(self.number), NUMBER[0])?;
        if number.is_empty() {
            return Err(LineError::Missing);
        }
        let category = cell(self.category, CATEGORY[0])?;
        let fibre = cell(self.fibre, FIBRE[0])?;
        // A code of all symbols is longer than a word.
        let care = self.care.and_then(|at| cells.get(at)).map_or("", String::as_str);
        Ok((number, Style { category, fibre, care: CareCode::parse(care)? }))
    }
}
