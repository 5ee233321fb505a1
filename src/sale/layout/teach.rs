//! A person's word: what is what on a sample.
//!
//! ```text
//! row  "本单实结  1299.00"   truth: total 1299.00   ─▶ 本单实结 = total
//! ```
//!
//! Not here: learning without a person (`learn`).

use std::collections::{BTreeMap, BTreeSet};

use super::{Layout, field, labels, masked, role, words};
use crate::receipt::Receipt;
use crate::sale::Part;
use crate::sale::entry::{Entry, entries};
use crate::sale::fold::{folded, is_cjk, key};
use crate::sale::page::Page;

/// What is true of a sample: a part, and its value as printed.
pub type Truth = BTreeMap<Part, String>;

/// Why a sample teaches nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TeachError {
    /// The value is nowhere on the sample. Names the part, never the value.
    #[error("the value given for {0:?} is not on the sample as it is printed")]
    Absent(Part),
    /// The value has no label beside or above it.
    #[error("the value of {0:?} stands alone on its row: there is no label to learn")]
    Unlabelled(Part),
    /// A part that has no label.
    #[error(
        "{0:?} cannot be taught; total, tender, change, discount, receipt_no, cashier and the like can"
    )]
    Untaught(Part),
}

/// Adds to `layout` what `truth` says of `receipt`.
///
/// # Errors
///
/// [`TeachError`] at the first part that cannot be learned; `layout` is as it was then.
pub fn teach(layout: &Layout, receipt: &Receipt, truth: &Truth) -> Result<Layout, TeachError> {
    let page = Page::new(receipt);
    let mut taught = layout.clone();
    for (part, value) in truth {
        let amount = role(*part).is_some();
        if !amount && field(*part).is_none() {
            return Err(TeachError::Untaught(*part));
        }
        let label = if amount { amount_label(&page, value) } else { text_label(&page, value) };
        let label = label.ok_or(TeachError::Absent(*part))?;
        if label.is_empty() {
            return Err(TeachError::Unlabelled(*part));
        }
        let place = if amount { &mut taught.amounts } else { &mut taught.fields };
        place.insert(label, *part);
        if *part == Part::ReceiptNo {
            taught.receipt_no = Some(masked(value));
        }
    }
    taught.labels = fingerprint(&page, &taught);
    Ok(taught)
}

/// Adds to `layout` that what stands on `row` is `part`.
///
/// # Errors
///
/// As [`teach`].
pub fn teach_row(
    layout: &Layout,
    receipt: &Receipt,
    row: usize,
    part: Part,
) -> Result<Layout, TeachError> {
    let page = Page::new(receipt);
    let mut taught = layout.clone();
    let amount = role(part).is_some();
    if !amount && field(part).is_none() {
        return Err(TeachError::Untaught(part));
    }
    let label = if amount {
        let entries = entries(&page);
        let found = entries.iter().rfind(|entry| entry.row == row);
        key(found.ok_or(TeachError::Absent(part))?.label.chars())
    } else {
        let text = page.text(row);
        let end = text.find(':').or_else(|| text.find(|symbol: char| symbol.is_ascii_digit()));
        key(text[..end.ok_or(TeachError::Unlabelled(part))?].chars())
    };
    if label.is_empty() {
        return Err(TeachError::Unlabelled(part));
    }
    let place = if amount { &mut taught.amounts } else { &mut taught.fields };
    place.insert(label, part);
    taught.labels = fingerprint(&page, &taught);
    Ok(taught)
}

/// What tells this till's receipts: the words of this one that every till may print, and those that
/// were taught. Goods and people are none of them.
fn fingerprint(page: &Page, taught: &Layout) -> BTreeSet<String> {
    let own =
        |label: &String| taught.amounts.contains_key(label) || taught.fields.contains_key(label);
    let mut here = words(&page.rows);
    here.extend(labels(&page.rows).into_iter().filter(own));
    match taught.labels.is_empty() {
        true => here,
        false => taught.labels.iter().filter(|label| here.contains(*label)).cloned().collect(),
    }
}

/// The label of the last amount that is `value`.
fn amount_label(page: &Page, value: &str) -> Option<String> {
    let wanted = crate::sale::number::numbers(&folded(value), page.style);
    let wanted = wanted.first()?.hundredths()?;
    let entries = entries(page);
    let all = || entries.iter().filter(|entry| entry.amount == wanted);
    // A word that nobody knows is what there is to teach; the tender repeats the amount.
    let named = |entry: &&Entry| !entry.label.trim().is_empty();
    let unknown = all().filter(named).find(|entry| entry.cue.is_none() && entry.shape.is_none());
    let found = unknown.or_else(|| all().rfind(named)).or_else(|| all().next_back());
    Some(key(found?.label.chars()))
}

/// The text before `value` on its row.
fn text_label(page: &Page, value: &str) -> Option<String> {
    let value: String = folded(value.trim()).into_iter().collect();
    // The whole word: 118 is not in 000118.
    let here = |row: usize| {
        let text = page.text(row);
        let edge = |symbol: Option<char>| symbol.is_none_or(|symbol| !symbol.is_alphanumeric());
        text.match_indices(&value).map(|(at, _)| at).find(|&at| {
            let parted = text[..at].chars().next_back().is_none_or(|s| edge(Some(s)) || is_cjk(s));
            parted && edge(text[at + value.len()..].chars().next())
        })
    };
    let (row, at) = (0..page.rows.len()).find_map(|row| Some((row, here(row)?)))?;
    let text = page.text(row);
    let before = text[..at].trim_end();
    // Another field may stand before it: the label is what follows the last gap.
    let label = before.rsplit("  ").find(|part| !part.trim().is_empty()).unwrap_or_default();
    Some(key(label.chars()))
}
