//! A list as Apache Parquet, with the types of its fields: for whoever reads figures with a program.
//!
//! # Invariants
//!
//! - Every column may be empty; an amount is a decimal of the currency's own places, never a float.
//!
//! Not here: what leaves and who is told (`leave`), sales by the million (`hq::export`).

use super::{Field, Kind, List, Value};
use crate::hq::web::visit::Visit;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

/// Rows of a row group: readers take a group at a time, we hold one.
const GROUP_ROWS: usize = 20_000;

/// A file that is written row group by row group.
pub(super) struct Writer {
    file: SerializedFileWriter<Vec<u8>>,
    fields: &'static [Field],
    group: Vec<Vec<Value>>,
}

impl Writer {
    pub(super) fn new(list: &List, exponent: u8) -> Result<Self> {
        let fields: Vec<String> = list.fields.iter().map(|field| column(field, exponent)).collect();
        let name = list.name.replace('-', "_");
        let schema = parse_message_type(&format!("message {name} {{ {} }}", fields.join(" ")))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("huitou-hq ", env!("CARGO_PKG_VERSION")).into())
            .build();
        let file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, fields: list.fields, group: Vec::new() })
    }

    /// Takes rows, the last ones if `are_last`; returns the bytes that are fit to be sent.
    pub(super) fn add(
        &mut self,
        visit: &Visit,
        rows: Vec<Vec<Value>>,
        are_last: bool,
    ) -> Result<Vec<u8>> {
        self.group.extend(rows);
        if self.group.len() >= GROUP_ROWS || (are_last && !self.group.is_empty()) {
            self.write_group(visit)?;
        }
        if are_last {
            self.file.finish()?;
        }
        self.file.flush()?;
        Ok(std::mem::take(self.file.inner_mut()))
    }

    fn write_group(&mut self, visit: &Visit) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for (at, field) in self.fields.iter().enumerate() {
            let mut writer = group.next_column()?.ok_or_else(unexpected)?;
            let values = self.group.iter().map(|row| row.get(at).unwrap_or(&Value::None));
            write(visit, field.kind, writer.untyped(), values)?;
            writer.close()?;
        }
        group.close()?;
        self.group.clear();
        Ok(())
    }
}

fn unexpected() -> ParquetError {
    ParquetError::General("a field of another type than its kind says".into())
}

/// A field as Parquet's own schema language has it.
fn column(field: &Field, exponent: u8) -> String {
    let (physical, logical) = match field.kind {
        Kind::Id(_) | Kind::Text | Kind::Sentence | Kind::Word(_) => {
            ("BYTE_ARRAY", " (UTF8)".to_owned())
        }
        Kind::Count | Kind::Percent => ("INT64", String::new()),
        Kind::Thousandths => ("INT64", " (DECIMAL(18,3))".to_owned()),
        Kind::Amount => ("INT64", format!(" (DECIMAL(18,{exponent}))")),
        Kind::Day => ("INT32", " (DATE)".to_owned()),
        Kind::Moment => ("INT64", " (TIMESTAMP(MILLIS,true))".to_owned()),
        Kind::Local => ("INT64", " (TIMESTAMP(MILLIS,false))".to_owned()),
        Kind::Flag => ("BOOLEAN", String::new()),
    };
    format!("OPTIONAL {physical} {}{logical};", field.name)
}

fn write<'a>(
    visit: &Visit,
    kind: Kind,
    writer: &mut ColumnWriter<'_>,
    values: impl Iterator<Item = &'a Value>,
) -> Result<()> {
    let (mut levels, mut texts, mut numbers, mut flags) = (vec![], vec![], vec![], vec![]);
    for value in values {
        levels.push(i16::from(*value != Value::None));
        match (value, &mut *writer) {
            (Value::None, _) => {}
            (value, ColumnWriter::ByteArrayColumnWriter(_)) => {
                let text = match value {
                    Value::Text(text) => text.clone(),
                    value => kind.shown(visit, value),
                };
                texts.push(ByteArray::from(text.as_str()));
            }
            (Value::Int(number), _) => numbers.push(*number),
            (Value::Flag(flag), _) => flags.push(*flag),
            (Value::Text(_), _) => return Err(unexpected()),
        }
    }
    let levels = Some(levels.as_slice());
    match writer {
        ColumnWriter::ByteArrayColumnWriter(out) => out.write_batch(&texts, levels, None),
        ColumnWriter::BoolColumnWriter(out) => out.write_batch(&flags, levels, None),
        ColumnWriter::Int32ColumnWriter(out) => {
            let narrow = |number: &i64| i32::try_from(*number).map_err(|_| unexpected());
            let days = numbers.iter().map(narrow).collect::<Result<Vec<i32>>>()?;
            out.write_batch(&days, levels, None)
        }
        ColumnWriter::Int64ColumnWriter(out) if matches!(kind, Kind::Local) => {
            let millis: Vec<i64> = numbers.iter().map(|at| at.saturating_mul(1_000)).collect();
            out.write_batch(&millis, levels, None)
        }
        ColumnWriter::Int64ColumnWriter(out) => out.write_batch(&numbers, levels, None),
        _ => Err(unexpected()),
    }
    .map(drop)
}
