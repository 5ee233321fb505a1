//! `huitou read`: what would be read off files, as JSON lines, without a running agent.
//!
//! ```text
//! job.bin ─▶ slips ─▶ receipts ─▶ groups ─▶ {"file","kind","encoding","slips","lines","sale"}
//! x.jsonl ─▶ {"id","lines"} ─────────────▶ {"id","pred","conf","proved"}
//! ```
//!
//! The customer's phone number is in the output, since the user asked for his own files; no error
//! carries receipt text.
//!
//! Not here: arguments of the command line (`main`).

pub(crate) mod explain;
mod json;

use std::collections::HashMap;

use crate::config::Language;
use crate::receipt::Receipt;
use crate::sale::layout::{Layout, Learned, Learner};
use crate::sale::{self, Kind, Reading, group::Summary};
use firmware_bridge::job::{Slip, split};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// What the files hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Bytes as a till sends them to its printer.
    Escpos,
    /// JSON lines of `{"id","lines"}`.
    Lines,
}

/// Why reading files ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file cannot be opened or read.
    #[error("{file}: {source}")]
    File {
        /// Its path as given.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A line is not JSON of the expected shape. Carries nothing of the line.
    #[error("{file}, line {line}: expected an object with \"id\" and \"lines\"")]
    Line {
        /// The file's path as given.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// The output is closed.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

/// Reads `files` and writes one JSON object a line.
///
/// # Errors
///
/// [`ReadError`] at the first file or line that cannot be read; what came before it is written.
pub fn run(options: &Options, files: &[PathBuf], out: &mut impl Write) -> Result<(), ReadError> {
    for file in files {
        match options.format {
            Format::Escpos => escpos(options, file, out)?,
            Format::Lines => lines(options, file, out)?,
        }
    }
    out.flush()?;
    Ok(())
}

/// How files are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What they hold.
    pub format: Format,
    /// Layouts to read by.
    pub layouts: Vec<Layout>,
    /// Whether samples teach the ones after them; a sample's `till` or `shop` says whose it is.
    pub learn: bool,
    /// Not JSON but the paper with what each row was taken for, in this language.
    pub explain: Option<Language>,
}

impl From<Format> for Options {
    fn from(format: Format) -> Self {
        Self { format, layouts: Vec::new(), learn: false, explain: None }
    }
}

/// Where a slip lies in its file; the offsets are bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// The first byte of the cut, if one ended it.
    pub cut: Option<u64>,
}

/// Slips that are one sale, or one other thing.
#[derive(Clone, Debug)]
pub struct Group {
    /// What tells it from the next.
    pub summary: Summary,
    /// Its slips, in order.
    pub spans: Vec<Span>,
    /// The first slip: the customer's.
    pub receipt: Receipt,
    /// What that slip says; a card slip that came first gives way to the receipt.
    pub reading: Reading,
}

/// Reads a recorded stream into groups of slips.
#[must_use]
pub fn groups(stream: &[u8]) -> Vec<Group> {
    groups_by(stream, &[])
}

fn groups_by(stream: &[u8], layouts: &[Layout]) -> Vec<Group> {
    let mut slips: Vec<Slip> = Vec::new();
    split(stream, |slip| slips.push(slip));
    let mut groups: Vec<Group> = Vec::new();
    for slip in slips {
        let group = group_of(stream, slip, layouts);
        match groups.last_mut() {
            Some(last) if last.summary.continues(&group.summary) => last.take(group),
            _ => groups.push(group),
        }
    }
    groups
}

fn group_of(stream: &[u8], slip: Slip, layouts: &[Layout]) -> Group {
    let mut prelude = Vec::new();
    slip.modes.prelude(|bytes| prelude.extend_from_slice(bytes));
    let at = |offset: u64| usize::try_from(offset).unwrap_or(stream.len()).min(stream.len());
    let bytes = &stream[at(slip.start)..at(slip.end)];
    let receipt = Receipt::from_slip(&prelude, bytes, None);
    let reading = sale::read_by(&receipt, layouts);
    let span = Span { start: slip.start, end: slip.end, cut: slip.cut };
    Group { summary: Summary::of(&receipt, &reading), spans: vec![span], receipt, reading }
}

impl Group {
    fn take(&mut self, next: Self) {
        if self.summary.kind == Kind::CardSlip {
            (self.receipt, self.reading) = (next.receipt, next.reading);
        }
        self.summary.absorb(&next.summary);
        self.spans.extend(next.spans);
    }
}

fn escpos(options: &Options, file: &Path, out: &mut impl Write) -> Result<(), ReadError> {
    let name = file.display().to_string();
    let stream =
        std::fs::read(file).map_err(|source| ReadError::File { file: name.clone(), source })?;
    for group in groups_by(&stream, &options.layouts) {
        match options.explain {
            Some(language) => {
                let kind = group.summary.kind;
                write!(out, "{}", explain::paper(kind, &group.receipt, &group.reading, language))?;
            }
            None => writeln!(out, "{}", json::group(&name, &group))?,
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Sample {
    id: serde_json::Value,
    lines: Vec<String>,
    #[serde(default, alias = "shop")]
    till: serde_json::Value,
}

/// Layouts of tills that are learned on the way.
#[derive(Debug, Default)]
struct Tills {
    tills: HashMap<String, (Learner, Vec<Layout>)>,
}

impl Tills {
    fn read(&mut self, options: &Options, till: &serde_json::Value, receipt: &Receipt) -> Reading {
        if !options.learn {
            return sale::read_by(receipt, &options.layouts);
        }
        let (learner, layouts) = self
            .tills
            .entry(till.to_string())
            .or_insert_with(|| (Learner::default(), options.layouts.clone()));
        let reading = sale::read_by(receipt, layouts);
        match learner.take(receipt, &reading, layouts) {
            Learned::Layout { at, layout } if at < layouts.len() => layouts[at] = *layout,
            Learned::Layout { layout, .. } => layouts.push(*layout),
            Learned::Drift(at) => drop(layouts.remove(at)),
            Learned::Nothing => {}
        }
        reading
    }
}

fn lines(options: &Options, file: &Path, out: &mut impl Write) -> Result<(), ReadError> {
    let name = file.display().to_string();
    let fail = |source| ReadError::File { file: name.clone(), source };
    let input = BufReader::new(std::fs::File::open(file).map_err(fail)?);
    let mut tills = Tills::default();
    for (at, line) in input.lines().enumerate() {
        let line = line.map_err(fail)?;
        if line.trim().is_empty() {
            continue;
        }
        let sample: Sample = serde_json::from_str(&line)
            .map_err(|_| ReadError::Line { file: name.clone(), line: at + 1 })?;
        let receipt = Receipt::from_lines(&sample.lines);
        let reading = tills.read(options, &sample.till, &receipt);
        match options.explain {
            Some(language) => {
                let kind = Summary::of(&receipt, &reading).kind;
                write!(out, "{}", explain::paper(kind, &receipt, &reading, language))?;
            }
            None => writeln!(out, "{}", json::prediction(&sample.id, &reading))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
