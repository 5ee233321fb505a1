//! Rows as Apache Parquet, with their types: dates, times, decimals.
//!
//! # Invariants
//!
//! - Every column may be empty; an amount is a decimal of the currency's own places, never a float.
//!
//! Not here: which columns (`tables`).

use super::Value;
use super::tables::{Column, Holds, What};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::sync::Arc;

/// A Parquet file being written.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<File>,
    columns: &'static [Column],
}

impl ParquetFile {
    pub(super) fn begin(file: File, what: What, exponent: u8) -> Result<Self> {
        let columns = what.columns();
        let fields: Vec<String> = columns.iter().map(|column| field(column, exponent)).collect();
        let message = format!("message {} {{ {} }}", what.word(), fields.join(" "));
        let schema = Arc::new(parse_message_type(&message)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("huitou-hq ", env!("CARGO_PKG_VERSION")).into())
            .build();
        Ok(Self { writer: SerializedFileWriter::new(file, schema, Arc::new(properties))?, columns })
    }

    /// Writes a row group.
    pub(super) fn write(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (at, column) in self.columns.iter().enumerate() {
            let mut writer = group.next_column()?.ok_or_else(unexpected)?;
            let values = rows.iter().filter_map(|row| row.get(at));
            write_column(writer.untyped(), column.holds, values)?;
            writer.close()?;
        }
        group.close().map(drop)
    }

    pub(super) fn end(self) -> Result<File> {
        self.writer.into_inner()
    }
}

fn unexpected() -> ParquetError {
    ParquetError::General("a column of another type than its schema says".into())
}

/// A column as Parquet's own schema language has it.
fn field(column: &Column, exponent: u8) -> String {
    let (physical, logical) = match column.holds {
        Holds::Text => ("BYTE_ARRAY", " (UTF8)".to_owned()),
        Holds::Whole => ("INT64", String::new()),
        Holds::Truth => ("BOOLEAN", String::new()),
        Holds::Day => ("INT32", " (DATE)".to_owned()),
        Holds::Time => ("INT64", " (TIMESTAMP(MILLIS,false))".to_owned()),
        Holds::Amount => ("INT64", format!(" (DECIMAL(18,{exponent}))")),
        Holds::Thousandths => ("INT64", " (DECIMAL(18,3))".to_owned()),
    };
    format!("OPTIONAL {physical} {}{logical};", column.name)
}

fn write_column<'a>(
    writer: &mut ColumnWriter<'_>,
    holds: Holds,
    values: impl Iterator<Item = &'a Value>,
) -> Result<()> {
    let mut levels = Vec::new();
    let (mut texts, mut numbers, mut truths) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let is_there = match value {
            Value::Text(text) => {
                texts.extend(text.as_deref().map(ByteArray::from));
                text.is_some()
            }
            Value::Whole(number) => {
                numbers.extend(*number);
                number.is_some()
            }
            Value::Truth(truth) => {
                truths.push(*truth);
                true
            }
        };
        levels.push(i16::from(is_there));
    }
    let levels = Some(levels.as_slice());
    match (writer, holds) {
        (ColumnWriter::ByteArrayColumnWriter(out), _) => out.write_batch(&texts, levels, None),
        (ColumnWriter::BoolColumnWriter(out), _) => out.write_batch(&truths, levels, None),
        (ColumnWriter::Int32ColumnWriter(out), _) => {
            let narrow = |number: &i64| i32::try_from(*number).map_err(|_| unexpected());
            let days = numbers.iter().map(narrow).collect::<Result<Vec<i32>>>()?;
            out.write_batch(&days, levels, None)
        }
        (ColumnWriter::Int64ColumnWriter(out), Holds::Time) => {
            let millis: Vec<i64> = numbers.iter().map(|at| at.saturating_mul(1_000)).collect();
            out.write_batch(&millis, levels, None)
        }
        (ColumnWriter::Int64ColumnWriter(out), _) => out.write_batch(&numbers, levels, None),
        _ => Err(unexpected()),
    }
    .map(drop)
}
