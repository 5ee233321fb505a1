//! The virtual receipt printer, `huitou paper`: a healthy printer made of software.
//!
//! ```text
//!  till ──TCP──▶ serve ──bytes──▶ Printer ──▶ slips ──▶ web page, PNG, text
//!       ◀─answers──┘
//! ```
//!
//! A newcomer prints on it, and tests look at what stands on its paper.
//!
//! # Invariants
//!
//! - [`Printer`] is pure: bytes in, dots and answers out. Only [`serve`] has a port.
//! - Everything it needs is in the program: glyphs, codes, the page.
//!
//! Not here: what a receipt means (`receipt`), how long commands are (`firmware_bridge`).

mod bar_code;
mod bits;
mod desk;
mod glyph;
mod line;
mod page;
mod picture;
mod printer;
mod roll;
mod serve;
mod status;
mod style;
mod symbol;
mod text;

pub use picture::{Picture, PngError};
pub use printer::Printer;
pub use roll::{Cut, Slip};
pub use serve::{Bound, Options, ServeError, serve};

use crate::receipt::code_page::Charset;

/// How wide the paper is, and with it the print head of 8 dots a millimetre.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Width {
    /// 58 mm: 384 dots, 32 columns.
    Mm58,
    /// 80 mm: 576 dots, 48 columns.
    #[default]
    Mm80,
}

impl Width {
    /// Dots in a row.
    #[must_use]
    pub const fn dots(self) -> usize {
        match self {
            Self::Mm58 => 384,
            Self::Mm80 => 576,
        }
    }
}

/// Prints a job and returns the paper as one PNG, cuts as dashed lines.
///
/// # Errors
///
/// [`PngError`] if nothing was printed at all.
pub fn render_file(bytes: &[u8], width: Width, charset: Charset) -> Result<Vec<u8>, PngError> {
    let mut printer = Printer::new(width, charset);
    printer.print(bytes);
    printer.end_job();
    printer.flush();
    png(&printer.roll_picture())
}

/// Writes a picture, e.g. a slip's, as a PNG file: gray, 8 bits a dot, black on white.
///
/// # Errors
///
/// [`PngError`] if the picture is empty.
pub fn png(picture: &Picture) -> Result<Vec<u8>, PngError> {
    let mut file = Vec::new();
    picture.write_png(&mut file)?;
    Ok(file)
}
