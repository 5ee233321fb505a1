//! A spreadsheet's text: bytes to rows, whatever program and country wrote them.
//!
//! ```text
//! bytes ─▶ UTF-8 (with or without mark) | UTF-16 with mark | GB18030 ─▶ comma, tab or semicolon ─▶ rows
//! ```
//!
//! # Invariants
//!
//! - Any bytes give rows or an error with a line; nothing panics, and no error carries what stood there.
//! - A line number is the one that an editor shows: a quoted field may span several.
//!
//! Not here: what a column means (`columns`), what a field may hold (`value`).

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// A larger file is no list of members.
pub const BYTES_MAX: usize = 512 * 1024 * 1024;
/// A longer field is a quote that was never closed.
const FIELD_BYTES_MAX: usize = 4_000;

/// Rows with their header.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// How the file was written, e.g. `GB18030`.
    pub encoding: &'static str,
    /// The first row.
    pub header: Vec<String>,
    /// The others; empty ones are left out.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Where it begins, from 1.
    pub line: u64,
    /// As many as the header has, or fewer.
    pub fields: Vec<String>,
}

/// Why a file is no list.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty; its first line should name the columns")]
    Empty,
    /// Larger than [`BYTES_MAX`].
    #[error("the file is larger than 512 MiB; split it")]
    Large,
    /// An encoding that we do not read.
    #[error("line {line}: neither UTF-8 nor GB18030; save the file as \"CSV UTF-8\"")]
    Encoding {
        /// From 1.
        line: u64,
    },
    /// A quote that is never closed, most likely.
    #[error("line {line}: a field has more than {FIELD_BYTES_MAX} bytes; is a quote not closed?")]
    LongField {
        /// Where the row begins, from 1.
        line: u64,
    },
    /// More fields than columns: a comma that should have been quoted.
    #[error(
        "line {line}: {fields} fields, and the header names {columns} columns; a text with a comma in it needs quotes"
    )]
    Fields {
        /// From 1.
        line: u64,
        /// How many it has.
        fields: usize,
        /// How many the header has.
        columns: usize,
    },
}

/// Reads a whole file.
///
/// # Errors
///
/// [`ReadError`], with the line where there is one.
pub fn read(bytes: &[u8]) -> Result<Sheet, ReadError> {
    if bytes.len() > BYTES_MAX {
        return Err(ReadError::Large);
    }
    let (text, encoding) = text(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut sheet = Sheet { encoding, ..Sheet::default() };
    let mut lines = Lines { text: text.as_bytes(), byte: 0, line: 1 };
    let mut record = csv::StringRecord::new();
    while let Ok(true) = reader.read_record(&mut record) {
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        take(&mut sheet, line, fields)?;
    }
    if sheet.header.is_empty() { Err(ReadError::Empty) } else { Ok(sheet) }
}

/// Counts lines as an editor does: a return, a line feed, or both together end one.
struct Lines<'a> {
    text: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record begins that was looked for from `byte` on.
    fn of(&mut self, byte: u64) -> u64 {
        let from = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.byte, self.text.len());
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let begins = from + self.text[from..].iter().take_while(is_end).count();
        for at in self.byte..begins {
            let with_next = self.text[at] == b'\r' && self.text.get(at + 1) == Some(&b'\n');
            self.line += u64::from(is_end(&&self.text[at]) && !with_next);
        }
        self.byte = begins;
        self.line
    }
}

fn take(sheet: &mut Sheet, line: u64, mut fields: Vec<String>) -> Result<(), ReadError> {
    if fields.iter().any(|field| field.len() > FIELD_BYTES_MAX) {
        return Err(ReadError::LongField { line });
    }
    if fields.iter().all(|field| field.trim().is_empty()) {
        return Ok(());
    }
    if sheet.header.is_empty() {
        sheet.header = fields;
        return Ok(());
    }
    let columns = sheet.header.len();
    // A spreadsheet ends its lines in commas where a column once was.
    while fields.len() > columns && fields.last().is_some_and(|last| last.trim().is_empty()) {
        fields.pop();
    }
    if fields.len() > columns {
        return Err(ReadError::Fields { line, fields: fields.len(), columns });
    }
    sheet.rows.push(Row { line, fields });
    Ok(())
}

/// The file as text, and how it was written.
fn text(bytes: &[u8]) -> Result<(String, &'static str), ReadError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let name = if encoding == UTF_8 { "UTF-8 with mark" } else { encoding.name() };
        return decode(encoding, &bytes[mark..]).map(|text| (text, name));
    }
    match core::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), "UTF-8")),
        Err(_) => decode(GB18030, bytes).map(|text| (text, "GB18030")),
    }
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, ReadError> {
    debug_assert!([UTF_8, UTF_16LE, UTF_16BE, GB18030].contains(&encoding));
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(ReadError::Encoding { line: broken_line(encoding, bytes) }),
    }
}

/// The first line that does not decode by itself; the last one if only the whole does not.
fn broken_line(encoding: &'static Encoding, bytes: &[u8]) -> u64 {
    let whole = encoding.decode_without_bom_handling(bytes).0;
    let good = whole.split('\u{FFFD}').next().unwrap_or_default();
    1 + u64::try_from(good.matches('\n').count()).unwrap_or(u64::MAX - 1)
}

/// Whichever of the three the header has most of; a comma if none.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: &u8| header.bytes().filter(|byte| byte == sign).count();
    // Of equals the last one wins.
    [b';', b'\t', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        read(bytes).unwrap().rows.into_iter().map(|row| row.fields).collect()
    }

    #[test]
    fn one_list_is_the_same_in_every_encoding() {
        let text = "手机号,姓\r\n13800006721,李\r\n";
        let expected = [["13800006721", "李"]];
        let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        let written = [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8 with mark"),
            (GB18030.encode(text).0.into_owned(), "GB18030"),
            (utf16([0xFF, 0xFE], u16::to_le_bytes), "UTF-16LE"),
            (utf16([0xFE, 0xFF], u16::to_be_bytes), "UTF-16BE"),
        ];
        for (bytes, encoding) in written {
            let sheet = read(&bytes).unwrap();
            assert_eq!((sheet.encoding, &sheet.header[0][..]), (encoding, "手机号"));
            assert_eq!(rows(&bytes), expected, "{encoding}");
        }
    }

    #[test]
    fn quotes_line_ends_and_separators_are_read_as_spreadsheets_write_them() {
        assert_eq!(rows(b"a,b\n\"x, \"\"y\"\"\",\"1\n2\"\n"), [["x, \"y\"", "1\n2"]]);
        assert_eq!(rows(b"a;b\r\n1;2\r\n"), [["1", "2"]]);
        assert_eq!(rows(b"a\tb\r1\t2"), [["1", "2"]]);
        assert_eq!(rows(b"a,b\n1\n\n,,\n1,2,,\n"), [vec!["1"], vec!["1", "2"]]);
    }

    #[test]
    fn a_line_number_is_the_one_that_an_editor_shows() {
        let sheet = read(b"a,b\r\n\r\n\"1\r\n2\",3\r\n4,5\r\n").unwrap();
        assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(
            read(b"a,b\n1,2\n1,2,3\n").unwrap_err(),
            ReadError::Fields { line: 3, fields: 3, columns: 2 }
        );
        assert_eq!(read(b"a,b\n1,2\n\xFF\xFF,2\n").unwrap_err(), ReadError::Encoding { line: 3 });
        let open = [b"a,b\n1,\"", "x".repeat(FIELD_BYTES_MAX + 1).as_bytes()].concat();
        assert_eq!(read(&open).unwrap_err(), ReadError::LongField { line: 2 });
        assert_eq!(read(b" \n\n").unwrap_err(), ReadError::Empty);
    }

    proptest! {
        /// Any bytes at all: rows within the header's width, or an error; lines go up.
        #[test]
        fn any_bytes_are_rows_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            check(&bytes)?;
        }

        /// The same with what spreadsheets are made of, so that quotes and line ends meet.
        #[test]
        fn any_arrangement_of_signs_is_rows_or_an_error(
            parts in proptest::collection::vec(
                proptest::sample::select(SIGNS),
                0..60,
            ),
        ) {
            check(&parts.concat())?;
        }

        /// What we quote comes back as it was.
        #[test]
        fn fields_come_back_as_they_were_written(
            fields in proptest::collection::vec("[a-z,;\"\r\n\t李 ]{1,12}x", 1..6),
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let row = fields.iter().map(quoted).collect::<Vec<_>>().join(",");
            let header = vec!["h"; fields.len()].join(",");
            prop_assert_eq!(&rows(format!("{header}\r\n{row}\r\n").as_bytes())[0], &fields);
        }
    }

    const SIGNS: &[&[u8]] = &[
        b",",
        b"\"",
        b"\r\n",
        b"\n",
        b"\r",
        b";",
        b"\t",
        b"a",
        b"\xE6\x9D\x8E",
        b"\xC0\xEE",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
    ];

    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        match read(bytes) {
            Ok(sheet) => {
                prop_assert!(sheet.rows.iter().all(|row| row.fields.len() <= sheet.header.len()));
                let lines: Vec<u64> = sheet.rows.iter().map(|row| row.line).collect();
                prop_assert!(lines.is_sorted_by(|a, b| a < b), "{:?}", lines);
                let ends = 1 + bytes.iter().filter(|b| [b'\n', b'\r'].contains(b)).count();
                prop_assert!(lines.iter().all(|line| *line <= ends as u64));
            }
            Err(error) => {
                let said = error.to_string();
                let has_line = matches!(error, ReadError::Empty | ReadError::Large)
                    || said.starts_with("line ");
                prop_assert!(has_line, "{}", said);
            }
        }
        Ok(())
    }
}
