//! What the shop knows of each style number (款号): what it is, what it is made of, its care code.
//!
//! ```text
//! styles.csv in the state directory
//! style,category,fibre,care
//! YS2611,连衣裙,真丝,30|no-bleach|no-tumble|iron1
//! ```
//!
//! # Invariants
//!
//! - A row that is kept has a style number and a care code of known symbols.
//! - Importing the same file twice changes nothing the second time.
//! - What the shop says of a number itself stands before what HQ says.
//!
//! Not here: reading a shop's own file (`import`), what is printed of it (`note`).

mod csv;
pub mod from_hq;
mod import;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sync::care_code::CareCode;

pub use import::{ImportError, Imported, LineError, import};

/// Under the state directory.
pub const FILE: &str = "styles.csv";

/// What is known of one style.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Style {
    /// What it is, e.g. 连衣裙.
    pub category: String,
    /// What it is made of, e.g. 真丝.
    pub fibre: String,
    /// What its label says.
    pub care: CareCode,
}

/// Every style by its number, in upper case: the shop's own list, and HQ's where that is silent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Styles {
    own: BTreeMap<String, Style>,
    hq: BTreeMap<String, Style>,
}

/// Why the styles cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StylesError {
    /// The file.
    #[error("{path}: {source}")]
    Io {
        /// It.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Its rows.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// How a style number is looked up.
#[must_use]
pub fn number(text: &str) -> String {
    text.trim().to_uppercase()
}

impl Styles {
    /// The styles of the state directory; none if there is no file.
    ///
    /// # Errors
    ///
    /// [`StylesError`], which names the file and its lines.
    pub fn open(state_dir: &Path) -> Result<Self, StylesError> {
        let path = state_dir.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => Ok(import(&bytes, &path)?.styles),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(StylesError::Io { path, source }),
        }
    }

    /// Keeps them: the old file stays until the new one is whole.
    ///
    /// # Errors
    ///
    /// [`StylesError::Io`].
    pub fn keep(&self, state_dir: &Path) -> Result<(), StylesError> {
        let path = state_dir.join(FILE);
        let new = state_dir.join(format!("{FILE}.new"));
        let written =
            fs::write(&new, self.written()).and_then(|()| fs::File::open(&new)?.sync_all());
        let kept = written.and_then(|()| fs::rename(&new, &path));
        kept.map_err(|source| StylesError::Io { path, source })
    }

    /// As the file has them.
    #[must_use]
    pub fn written(&self) -> String {
        let mut text = String::from("style,category,fibre,care\n");
        for (number, style) in &self.own {
            let care = style.care.written();
            let cells =
                [number, &style.category, &style.fibre, &care].map(|cell| csv::quoted(cell));
            text += &(cells.join(",") + "\n");
        }
        text
    }

    /// What is known of a style. A till often prints more than the number: `YS2611-RED-M` is found
    /// as `YS2611` where no longer number is known.
    #[must_use]
    pub fn find(&self, printed: &str) -> Option<&Style> {
        let printed = number(printed);
        let mut rest = printed.as_str();
        loop {
            if let Some(style) = self.own.get(rest).or_else(|| self.hq.get(rest)) {
                return Some(style);
            }
            let at = rest.rfind(|symbol: char| !symbol.is_alphanumeric())?;
            rest = &rest[..at];
        }
    }

    /// Adds a style; `true` if it is new or other than before.
    pub fn put(&mut self, style: &str, known: Style) -> bool {
        let changed = self.own.get(&number(style)) != Some(&known);
        self.own.insert(number(style), known);
        changed
    }

    /// The same, with HQ's list in the place of the one before.
    #[must_use]
    pub fn with_hq(self, hq: BTreeMap<String, Style>) -> Self {
        Self { hq, ..self }
    }

    /// The shop's own, by number.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Style)> {
        self.own.iter()
    }

    /// Whether the shop's own list has exactly this number.
    #[must_use]
    pub fn has(&self, style: &str) -> bool {
        self.own.contains_key(&number(style))
    }

    /// How many the shop's own list has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether the shop has none of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }
}

#[cfg(test)]
mod tests;
