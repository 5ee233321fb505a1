//! A person's word: what is what on a sample.
//!
//! ```text
//! row  "本单实结  1299.00"   truth: total 1299.00   ─▶ 本单实结 = total
//! ```
//!
//! Not here: learning without a person (`learn`).

use std::collections::BTreeMap;

use super::{Layout, field, labels, masked, role};
use crate::receipt::Receipt;
use crate::sale::Part;
use crate::sale::entry::entries;
use crate::sale::fold::{folded, key};
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
    let here = labels(&page.rows);
    if taught.labels.is_empty() {
        taught.labels = here;
    } else {
        taught.labels.retain(|label| here.contains(label));
    }
    Ok(taught)
}

/// The label of the last amount that is `value`.
fn amount_label(page: &Page, value: &str) -> Option<String> {
    let wanted = crate::sale::number::numbers(&folded(value), page.style);
    let wanted = wanted.first()?.hundredths()?;
    let entries = entries(page);
    let found =
        entries.iter().rfind(|entry| entry.amount == wanted && !entry.label.trim().is_empty());
    let found = found.or_else(|| entries.iter().rfind(|entry| entry.amount == wanted))?;
    Some(key(found.label.chars()))
}

/// The text before `value` on its row.
fn text_label(page: &Page, value: &str) -> Option<String> {
    let value: String = folded(value.trim()).into_iter().collect();
    let row = (0..page.rows.len()).rfind(|&row| page.text(row).contains(&value))?;
    let text = page.text(row);
    let before = text[..text.find(&value)?].trim_end();
    // Another field may stand before it: the label is what follows the last gap.
    let label = before.rsplit("  ").find(|part| !part.trim().is_empty()).unwrap_or_default();
    Some(key(label.chars()))
}
