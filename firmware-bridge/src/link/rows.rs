//! The rows of a note on the wire: `[flags][length][bytes]` each.
//!
//! # Invariants
//!
//! - A [`Rows`] that exists holds no byte below 0x20 and at most [`ROWS_MAX`] rows.
//!
//! Not here: printing them (`bridge`).

/// More rows than this are no note.
pub const ROWS_MAX: usize = 32;

/// How a row stands on the paper.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right edge.
    Right,
}

/// One row of a note.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Row<'a> {
    /// Its bytes, each ≥ 0x20, in the note's code page.
    pub text: &'a [u8],
    /// Printed bold where the printer's bold is known.
    pub bold: bool,
    /// Twice as wide.
    pub wide: bool,
    /// Twice as high.
    pub high: bool,
    /// Where it stands.
    pub align: Align,
}

/// Why rows are no note.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// A control byte in a row.
    #[error("row {row} holds a control byte")]
    Control {
        /// Counted from 1.
        row: usize,
    },
    /// Too many rows, or a row or all of them too long.
    #[error("the note is too long")]
    TooLong,
    /// The bytes end inside a row.
    #[error("the rows are cut off")]
    Short,
}

/// Checked rows in their wire form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rows<'a>(&'a [u8]);

impl<'a> Rows<'a> {
    /// Writes `rows` into `out` and returns them checked.
    ///
    /// # Errors
    ///
    /// [`RowsError`] if a row holds a control byte or they do not fit.
    pub fn encode(rows: &[Row<'_>], out: &'a mut [u8]) -> Result<Self, RowsError> {
        let mut len = 0;
        for row in rows {
            let count = u8::try_from(row.text.len()).map_err(|_| RowsError::TooLong)?;
            let end = len + 2 + row.text.len();
            let place = out.get_mut(len..end).ok_or(RowsError::TooLong)?;
            place[0] = flags(row);
            place[1] = count;
            place[2..].copy_from_slice(row.text);
            len = end;
        }
        Self::parse(&out[..len])
    }

    /// Checks the wire form.
    ///
    /// # Errors
    ///
    /// [`RowsError`] if it is cut off, too long, or a row holds a control byte.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RowsError> {
        let (mut rest, mut count) = (bytes, 0);
        while let [_, len, after @ ..] = rest {
            let (text, next) = after.split_at_checked(usize::from(*len)).ok_or(RowsError::Short)?;
            count += 1;
            if text.iter().any(|&byte| byte < 0x20 || byte == 0x7F) {
                return Err(RowsError::Control { row: count });
            }
            rest = next;
        }
        match (rest, count) {
            ([], ..=ROWS_MAX) => Ok(Self(bytes)),
            ([], _) => Err(RowsError::TooLong),
            _ => Err(RowsError::Short),
        }
    }

    /// The wire form.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The rows, top to bottom.
    pub fn iter(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let [flags, len, after @ ..] = rest else { return None };
            let (text, next) = after.split_at_checked(usize::from(*len))?;
            rest = next;
            Some(Row {
                text,
                bold: flags & 1 != 0,
                wide: flags & 2 != 0,
                high: flags & 4 != 0,
                align: match flags >> 3 & 3 {
                    1 => Align::Centre,
                    2 => Align::Right,
                    _ => Align::Left,
                },
            })
        })
    }
}

fn flags(row: &Row<'_>) -> u8 {
    u8::from(row.bold) | u8::from(row.wide) << 1 | u8::from(row.high) << 2 | (row.align as u8) << 3
}
