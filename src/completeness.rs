//! Whether a receipt is missing: numbers that skip, and the till's own report.
//!
//! ```text
//! numbers as printed ─▶ numbering ─▶ one series each ─▶ run ─▶ Skipped ─┐
//! the till's report, what was captured ─▶ totals ─▶ Difference ─────────┴─▶ words
//! ```
//!
//! A till numbers as it likes: `XS20261121-0042` from 1 every day, `0002826` for ever, 1 to 99 and
//! again, or at random. So a series has to prove first that it counts; what does not is left alone.
//!
//! # Invariants
//!
//! - A number that was seen anywhere in its day (or, if the series counts for ever, at all) is never
//!   missing; neither is one outside of the two seen numbers that bound its gap.
//! - A series of which less than 80 % are in order and follow the step claims nothing; that takes six
//!   numbers for one gap.
//! - At most [`SEEN_MAX`] numbers are looked at, each a bounded number of times.
//!
//! A skipped number is a number without paper. The receipt may be lost, or the till may have given it
//! to a sale that was given up, or to a second till on the same counter that sells little.
//!
//! Not here: reading numbers and reports off the paper (`sale`), where captured sums come from (`sales`).

mod numbering;
mod run;
mod totals;
mod words;

pub use totals::{Difference, Differing, Totals, compare};
pub use words::words;

/// The most numbers looked at, the latest ones: weeks of a busy till.
pub const SEEN_MAX: usize = 5_000;

/// The most numbers that [`Skipped`] spells out.
pub const LISTED_MAX: usize = 50;

/// A receipt number as printed, in the order in which it was printed, of one till printer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seen<'a> {
    /// As printed.
    pub number: &'a str,
    /// The local day on which it was printed, counted from 1970-01-01.
    pub day: i32,
}

/// Numbers that must have been given and were not seen, as the till would print them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Skipped {
    /// The first of them, at most [`LISTED_MAX`], ascending.
    pub numbers: Vec<String>,
    /// How many there are, at most 200.
    pub count: u64,
    /// The last number seen before them; the day before's last if they begin their day.
    pub after: String,
    /// The first number seen after them.
    pub before: String,
}

/// Finds the numbers that were skipped, in the order in which the number after them was printed.
///
/// `seen` is in the order of printing; of more than [`SEEN_MAX`] the latest count. Copies, reprints,
/// neighbours that change places and single misread numbers are expected and claim nothing.
#[must_use]
pub fn skipped(seen: &[Seen<'_>]) -> Vec<Skipped> {
    let seen = &seen[seen.len().saturating_sub(SEEN_MAX)..];
    let mut found: Vec<(usize, Skipped)> =
        numbering::series(seen).iter().flat_map(|series| run::skipped(seen, series)).collect();
    found.sort_by_key(|(before_at, _)| *before_at);
    found.into_iter().map(|(_, skipped)| skipped).collect()
}

#[cfg(test)]
mod tests;
