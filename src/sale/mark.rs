//! What each row of the paper was taken for, so that a person can look over our shoulder.
//!
//! ```text
//! 云裳坊 湖滨店          shop
//! 羊毛大衣 1 1299.00     item
//! 实收 1299.00           total
//! 编码 88.00             not understood
//! ```
//!
//! Not here: taking it for that (`story`, `details`), showing it (`read`, `page`).

use serde::{Deserialize, Serialize};

use crate::sale::entry::Entry;
use crate::sale::fold::key;
use crate::sale::lexicon::{Field, Role};
use crate::sale::page::Page;
use crate::sale::story::{Act, Story};
use crate::sale::{Doubt, Reading};

/// What something on the paper is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the words
pub enum Part {
    Shop,
    Address,
    ShopPhone,
    ReceiptNo,
    OriginalNo,
    Date,
    Time,
    Till,
    Cashier,
    Associate,
    MemberPhone,
    MemberNo,
    MemberName,
    MemberTier,
    Points,
    ColumnHeads,
    Item,
    ItemText,
    ItemCount,
    Subtotal,
    Discount,
    Tax,
    Charge,
    Rounding,
    Total,
    Tender,
    Change,
    Info,
    NotUnderstood,
}

/// A row's part; a row may have several.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Mark {
    /// From 0.
    pub row: usize,
    /// What stands there.
    pub part: Part,
}

/// A label and what stands beside it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Labelled {
    /// Folded.
    pub(crate) label: String,
    pub(crate) part: Part,
}

/// Marks the rows of amounts.
pub(super) fn amounts(entries: &[Entry], story: &Story, reading: &mut Reading) {
    let total = story.total;
    for (entry, act) in entries.iter().zip(&story.acts) {
        if let Some(part) = amount(entry, *act, total) {
            reading.marks.push(Mark { row: entry.row, part });
            let label = key(entry.label.chars());
            if !label.is_empty() && is_taught(part) {
                reading.evidence.push(Labelled { label, part });
            }
        }
    }
}

fn amount(entry: &Entry, act: Act, total: Option<i64>) -> Option<Part> {
    let is_total = Some(entry.amount) == total || total.is_some_and(|t| entry.amounts.contains(&t));
    Some(match (act, entry.role()) {
        (Act::Item(true), _) => Part::Item,
        (Act::Item(false), _) => Part::Discount,
        (Act::Tender, _) => Part::Tender,
        (Act::Change, _) => Part::Change,
        (Act::Check | Act::Jump, Some(Role::Tender)) => Part::Tender,
        (Act::Check | Act::Jump, _) if is_total => Part::Total,
        (Act::Check | Act::Jump, _) => Part::Subtotal,
        (Act::Adjust(_) | Act::Skip, Some(role)) => by_role(role, is_total),
        (Act::Adjust(by), None) if by < 0 => Part::Discount,
        (Act::Adjust(_), None) => Part::Charge,
        (Act::Skip, None) if entry.detail => Part::ItemText,
        (Act::Skip, None) if entry.amount == 0 => return None,
        (Act::Skip, None) => Part::NotUnderstood,
    })
}

const fn by_role(role: Role, is_total: bool) -> Part {
    match role {
        Role::Total if is_total => Part::Total,
        Role::Total => Part::NotUnderstood,
        Role::Subtotal | Role::Net => Part::Subtotal,
        Role::Tax => Part::Tax,
        Role::Charge => Part::Charge,
        Role::Discount => Part::Discount,
        Role::Rounding => Part::Rounding,
        Role::Tender => Part::Tender,
        Role::Change => Part::Change,
        Role::Count => Part::ItemCount,
        Role::Info => Part::Info,
    }
}

/// Marks the amounts of a slip of which no reading makes sense.
pub(super) fn unread(entries: &[Entry], reading: &mut Reading) {
    let amounts = entries.iter().filter(|entry| entry.amount != 0);
    let marks = amounts.map(|entry| {
        let part = entry.strong().map_or(Part::NotUnderstood, |role| by_role(role, false));
        Mark { row: entry.row, part }
    });
    reading.marks.extend(marks);
    reading.doubts.push(Doubt::NoTotal);
}

/// Whether a label can say that an amount is this; goods have names, not labels.
const fn is_taught(part: Part) -> bool {
    !matches!(part, Part::Item | Part::ItemText | Part::NotUnderstood)
}

/// Marks the rows of labelled texts, heads and what stands between the items.
pub(super) fn texts(page: &Page, reading: &mut Reading) {
    let labelled = page.labelled.iter().filter(|found| !found.value.is_empty());
    let fields: Vec<Mark> = labelled
        .filter_map(|found| Some(Mark { row: found.row, part: by_field(found.field)? }))
        .collect();
    reading.marks.extend(fields);
    let labelled = page.labelled.iter().filter(|found| !found.value.is_empty());
    reading.evidence.extend(labelled.filter_map(|found| {
        Some(Labelled { label: found.label.clone(), part: by_field(found.field)? })
    }));
    reading.marks.extend(page.head_row.map(|row| Mark { row, part: Part::ColumnHeads }));
    let items = reading.marks.iter().filter(|mark| mark.part == Part::Item).map(|mark| mark.row);
    if let (Some(first), Some(last)) = (items.clone().min(), items.max()) {
        let from = page.head_row.filter(|&head| head < first).map_or(first, |head| head + 1);
        let bare = |row: &usize| {
            !page.rules[*row]
                && !page.text(*row).is_empty()
                && !reading.marks.iter().any(|mark| mark.row == *row)
        };
        let texts: Vec<Mark> =
            (from..=last).filter(bare).map(|row| Mark { row, part: Part::ItemText }).collect();
        reading.marks.extend(texts);
    }
    reading.marks.sort_by_key(|mark| (mark.row, mark.part));
    reading.marks.dedup();
}

const fn by_field(field: Field) -> Option<Part> {
    Some(match field {
        Field::ReceiptNo => Part::ReceiptNo,
        Field::OriginalNo => Part::OriginalNo,
        Field::Date => Part::Date,
        Field::Time => Part::Time,
        Field::Till => Part::Till,
        Field::Cashier => Part::Cashier,
        Field::Associate => Part::Associate,
        Field::MemberPhone => Part::MemberPhone,
        Field::MemberNo => Part::MemberNo,
        Field::MemberName => Part::MemberName,
        Field::MemberTier => Part::MemberTier,
        Field::Points => Part::Points,
        Field::ShopPhone => Part::ShopPhone,
        Field::Address => Part::Address,
        Field::Shop => Part::Shop,
        Field::Other => return None,
    })
}
