//! What one till's receipts have in common, as a small file that a person can read and edit.
//!
//! ```text
//! three proved receipts that agree ─▶ layout ─▶ read first by its labels, and checked all the same
//! five in a row that prove nothing ─▶ drift  ─▶ forgotten, learned anew
//! ```
//!
//! A layout holds labels, never values: nothing of a customer is in it.
//!
//! # Invariants
//!
//! - Only proved receipts teach, or a person.
//! - A layout's word goes before the lexicon's; arithmetic goes before both.
//!
//! Not here: gathering it (`learn`), a person's word (`teach`), where the files are (`layouts`).

mod learn;
mod teach;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::sale::fold::key;
use crate::sale::lexicon::{Field, Role, lexicon};
use crate::sale::page::Page;
use crate::sale::{Part, Reading};

pub use learn::{Learned, Learner};
pub use teach::{TeachError, Truth, teach, teach_row};

/// Share of a layout's labels that must stand on a receipt of it, in percent.
const SAME_PERCENT: usize = 60;
/// Labels that a layout needs to be told from another's.
const LABELS_MIN: usize = 3;

/// A till's way of writing receipts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layout {
    /// Proved receipts that it was learned from; 0 if a person taught it.
    pub receipts: u32,
    /// Labels that stand on each of its receipts, folded: no digits, no signs. Words that tills
    /// print in general, or that a person taught: a customer's name is none.
    pub labels: BTreeSet<String>,
    /// The receipt number, its digits as 0: `XS00000000-0000`.
    pub receipt_no: Option<String>,
    /// Where an item's name stands if it is not on the amount's row.
    pub names: Option<Names>,
    /// What the amount beside a label is.
    pub amounts: BTreeMap<String, Part>,
    /// What the text beside a label is.
    pub fields: BTreeMap<String, Part>,
}

/// Where an item's name stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// On the row before its numbers.
    Above,
    /// On the row after them.
    Below,
}

impl Layout {
    /// Whether the labels of a receipt are this layout's.
    fn fits(&self, labels: &BTreeSet<String>) -> bool {
        let same = self.labels.intersection(labels).count();
        same >= LABELS_MIN.min(self.labels.len().max(1))
            && same * 100 >= self.labels.len() * SAME_PERCENT
    }

    /// What the amounts beside labels are, by the labels' keys.
    pub(super) fn roles(&self) -> HashMap<String, Role> {
        let amounts = self.amounts.iter();
        amounts.filter_map(|(label, part)| Some((label.clone(), role(*part)?))).collect()
    }

    /// Its field labels as keys.
    pub(super) fn field_labels(&self) -> HashMap<&str, Field> {
        let fields = self.fields.iter();
        let fields = fields.take(LABELS_MAX);
        fields.filter_map(|(label, part)| Some((label.as_str(), field(*part)?))).collect()
    }
}

/// The layout among `layouts` that a receipt with these labels is of.
pub(super) fn choose<'a>(layouts: &'a [Layout], rows: &[Vec<char>]) -> Option<&'a Layout> {
    if layouts.is_empty() {
        return None;
    }
    let labels = labels(rows);
    let fitting = layouts.iter().filter(|layout| layout.fits(&labels));
    fitting.max_by_key(|layout| layout.labels.intersection(&labels).count())
}

/// Which of `layouts` a receipt is of, by its place among them.
#[must_use]
pub fn place(layouts: &[Layout], receipt: &crate::receipt::Receipt) -> Option<usize> {
    let page = Page::new(receipt);
    let found = choose(layouts, &page.rows)?;
    layouts.iter().position(|layout| std::ptr::eq(layout, found))
}

/// What stands before the first digit or colon of each row, folded.
fn labels(rows: &[Vec<char>]) -> BTreeSet<String> {
    let rows = rows.iter().map(|row| {
        let text = row.iter().take_while(|sign| !sign.is_ascii_digit() && **sign != ':');
        key(text.copied())
    });
    rows.filter(|label| (2..=24).contains(&label.chars().count())).collect()
}

/// Those of the labels that tills print in general.
fn words(rows: &[Vec<char>]) -> BTreeSet<String> {
    labels(rows).into_iter().filter(|label| is_word(label)).collect()
}

/// Whether a label is a word that tills print: nothing personal can be in it.
fn is_word(label: &str) -> bool {
    let words = lexicon();
    words.amounts.exact(label).is_some()
        || words.fields.exact(label).is_some()
        || words.not_shop.exact(label).is_some()
}

/// What an amount's part is in a reading.
const fn role(part: Part) -> Option<Role> {
    Some(match part {
        Part::Total => Role::Total,
        Part::Subtotal => Role::Subtotal,
        Part::Discount => Role::Discount,
        Part::Tax => Role::Tax,
        Part::Charge => Role::Charge,
        Part::Rounding => Role::Rounding,
        Part::Tender => Role::Tender,
        Part::Change => Role::Change,
        Part::ItemCount => Role::Count,
        Part::Info => Role::Info,
        _ => return None,
    })
}

/// What a text's part is.
const fn field(part: Part) -> Option<Field> {
    Some(match part {
        Part::ReceiptNo => Field::ReceiptNo,
        Part::OriginalNo => Field::OriginalNo,
        Part::Date => Field::Date,
        Part::Time => Field::Time,
        Part::Till => Field::Till,
        Part::Cashier => Field::Cashier,
        Part::Associate => Field::Associate,
        Part::MemberPhone => Field::MemberPhone,
        Part::MemberNo => Field::MemberNo,
        Part::MemberName => Field::MemberName,
        Part::MemberTier => Field::MemberTier,
        Part::Points => Field::Points,
        Part::ShopPhone => Field::ShopPhone,
        Part::Address => Field::Address,
        Part::Shop => Field::Shop,
        _ => return None,
    })
}

/// A number with its digits as 0, so that what stays the same is seen.
fn masked(number: &str) -> String {
    number.chars().map(|sign| if sign.is_ascii_digit() { '0' } else { sign }).collect()
}

/// Labels that a file may have; more is no till's.
const LABELS_MAX: usize = 64;

/// What a proved receipt shows of its layout.
#[derive(Clone, Debug, Default)]
struct Seen {
    labels: BTreeSet<String>,
    amounts: BTreeMap<String, Part>,
    fields: BTreeMap<String, Part>,
    receipt_no: Option<String>,
    names: Option<Names>,
    /// Numbers beside labels that nobody knows.
    unknown: BTreeMap<String, u64>,
}

/// Whether a reading has what a layout is learned from.
fn teaches(reading: &Reading) -> bool {
    reading.known.total == crate::sale::Known::Proved && reading.doubts.is_empty()
}

impl Seen {
    fn of(page: &Page, reading: &Reading) -> Self {
        let mut seen = Self { labels: words(&page.rows), ..Self::default() };
        let known = reading.evidence.iter().filter(|found| is_word(&found.label));
        for found in known.filter(|found| found.part != Part::Info) {
            let place =
                if role(found.part).is_some() { &mut seen.amounts } else { &mut seen.fields };
            place.entry(found.label.clone()).or_insert(found.part);
        }
        seen.receipt_no = reading.receipt_no.as_deref().map(masked);
        seen.names = reading.names;
        seen.unknown = unknown(page);
        seen
    }
}

/// `label: number` where the label is in no lexicon.
fn unknown(page: &Page) -> BTreeMap<String, u64> {
    let rows = page.rows.iter().enumerate();
    let pairs = rows.filter(|(row, _)| !page.labelled.iter().any(|found| found.row == *row));
    pairs
        .filter_map(|(_, row)| {
            let text: String = row.iter().collect();
            let (label, value) = text.trim().split_once([':', '#'])?;
            let label = key(label.chars());
            let value = value.split_whitespace().next()?;
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            let plain =
                value.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign));
            let short = (2..=12).contains(&label.chars().count());
            (plain && short && digits.len() >= 3).then_some((label, digits.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests;
