//! Export: sales and their items for other programs, a day a file, as CSV or Parquet.
//!
//! ```text
//! DIR/sales-2026-11-21.csv     UTF-8 with mark, CRLF, texts that look like formulas neutralised
//! DIR/items-2026-11-21.parquet days, times and decimals typed; joined by terminal, epoch and seq
//! ```
//!
//! # Invariants
//!
//! - Pseudonymous: a member is her pseudonym, nobody once she was erased; no number, no name of hers.
//! - A file appears under its name when it is whole; the same day written again replaces it, and is the
//!   same bytes if nothing changed.
//!
//! Not here: pages and lists for people (`listing`), when it is done at night (`nightly`).

pub mod nightly;
mod parquet_file;
mod tables;

pub use tables::What;

use super::store;
use super::table::{self, Cell};
use crate::event::LocalSeconds;
use crate::money::Minor;
use parquet_file::ParquetFile;
use rusqlite::{Connection, Row};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tables::{Column, Holds};

/// Rows that are held in memory at once; a row group of Parquet.
const CHUNK: usize = 32 * 1024;
/// Excel takes a CSV for UTF-8 only with this.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a file is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// RFC 4180, UTF-8 with mark.
    Csv,
    /// Apache Parquet, compressed with Snappy.
    Parquet,
}

impl Format {
    /// How its files' names end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// Why a day was not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The disk.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The Parquet writer.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A day that no calendar has.
    #[error("no such day")]
    Day,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(Option<String>),
    Whole(Option<i64>),
    Truth(bool),
}

/// Where a day's file is.
///
/// # Errors
///
/// [`ExportError::Day`] beyond the calendar.
pub fn file_of(dir: &Path, what: What, day: i32, format: Format) -> Result<PathBuf, ExportError> {
    let date = chrono::NaiveDate::default()
        .checked_add_signed(chrono::Duration::days(day.into()))
        .ok_or(ExportError::Day)?;
    Ok(dir.join(format!("{}-{date}.{}", what.word(), format.ending())))
}

/// Writes one day, days since 1970-01-01, and says how many rows it has.
///
/// # Errors
///
/// [`ExportError`]; then the file of before, if there was one, is as it was.
pub fn day(
    db: &Connection,
    dir: &Path,
    what: What,
    day: i32,
    format: Format,
) -> Result<u64, ExportError> {
    let file = file_of(dir, what, day, format)?;
    let part = file.with_extension(format!("{}.part", format.ending()));
    let written = write(db, &part, what, day, format).and_then(|rows| {
        fs::rename(&part, &file).map_err(|cause| ExportError::Io { path: file.clone(), cause })?;
        Ok(rows)
    });
    if written.is_err() {
        let _gone = fs::remove_file(&part);
    }
    written
}

fn write(
    db: &Connection,
    part: &Path,
    what: What,
    day: i32,
    format: Format,
) -> Result<u64, ExportError> {
    let io = |cause| ExportError::Io { path: part.into(), cause };
    let exponent = store::own(db)?.currency_exponent;
    let columns = what.columns();
    let mut out = Out::begin(create(part).map_err(io)?, what, exponent, format)?;
    let mut select = db.prepare(what.sql())?;
    let mut rows = select.query([day])?;
    let (mut chunk, mut count) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        chunk.push(values(row, columns)?);
        count += 1;
        if chunk.len() == CHUNK {
            out.write(&chunk).map_err(|error| error.at(part))?;
            chunk.clear();
        }
    }
    out.write(&chunk).map_err(|error| error.at(part))?;
    out.end().map_err(|error| error.at(part))?.sync_all().map_err(io)?;
    Ok(count)
}

/// For its owner and group: what follows reads it, nobody else.
fn create(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(path)
}

fn values(row: &Row<'_>, columns: &[Column]) -> rusqlite::Result<Vec<Value>> {
    let value = |(at, column): (usize, &Column)| {
        Ok(match column.holds {
            Holds::Text => Value::Text(row.get(at)?),
            Holds::Truth => Value::Truth(row.get(at)?),
            Holds::Whole | Holds::Day | Holds::Time | Holds::Amount | Holds::Thousandths => {
                Value::Whole(row.get(at)?)
            }
        })
    };
    columns.iter().enumerate().map(value).collect()
}

/// What went wrong with a file whose name the caller knows.
enum OutError {
    Io(io::Error),
    Parquet(parquet::errors::ParquetError),
}

impl OutError {
    fn at(self, path: &Path) -> ExportError {
        match self {
            Self::Io(cause) => ExportError::Io { path: path.into(), cause },
            Self::Parquet(cause) => ExportError::Parquet(cause),
        }
    }
}

/// A file being written.
enum Out {
    Csv { file: BufWriter<File>, columns: &'static [Column], exponent: u8 },
    Parquet(ParquetFile),
}

impl Out {
    fn begin(file: File, what: What, exponent: u8, format: Format) -> Result<Self, ExportError> {
        let columns = what.columns();
        Ok(match format {
            Format::Parquet => Self::Parquet(ParquetFile::begin(file, what, exponent)?),
            Format::Csv => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                let mut file = BufWriter::new(file);
                let head = [MARK, table::csv(&names, &[]).as_bytes()].concat();
                let path = PathBuf::from(what.word());
                file.write_all(&head).map_err(|cause| ExportError::Io { path, cause })?;
                Self::Csv { file, columns, exponent }
            }
        })
    }

    fn write(&mut self, rows: &[Vec<Value>]) -> Result<(), OutError> {
        match self {
            Self::Parquet(file) => file.write(rows).map_err(OutError::Parquet),
            Self::Csv { file, columns, exponent } => rows.iter().try_for_each(|row| {
                let cells: Vec<Cell> = row
                    .iter()
                    .zip(columns.iter())
                    .map(|(value, column)| cell(value, column.holds, *exponent))
                    .collect();
                file.write_all(table::csv_line(&cells).as_bytes()).map_err(OutError::Io)
            }),
        }
    }

    fn end(self) -> Result<File, OutError> {
        match self {
            Self::Parquet(file) => file.end().map_err(OutError::Parquet),
            Self::Csv { file, .. } => file.into_inner().map_err(|e| OutError::Io(e.into_error())),
        }
    }
}

fn cell(value: &Value, holds: Holds, exponent: u8) -> Cell {
    let number = match value {
        Value::Text(text) => return Cell::text(text.as_deref()),
        Value::Truth(truth) => return Cell::Number(truth.to_string()),
        Value::Whole(None) => return Cell::Number(String::new()),
        Value::Whole(Some(number)) => *number,
    };
    let decimal = |exponent| Minor::new(number).with_decimals(exponent).to_string();
    let date = |seconds: i64| table::local_time(LocalSeconds(seconds));
    Cell::Number(match holds {
        Holds::Amount => decimal(exponent),
        Holds::Thousandths => decimal(3),
        Holds::Day => date(number.saturating_mul(86_400)).chars().take(10).collect(),
        Holds::Time => date(number),
        Holds::Whole | Holds::Text | Holds::Truth => number.to_string(),
    })
}

#[cfg(test)]
mod tests;
