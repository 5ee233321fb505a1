//! What a till may know of a customer beyond name and spend: enough to serve her, nothing soft.
//!
//! # Invariants
//!
//! - Work, family, character, values and the like (the soft file) have no place in it: what is not
//!   sent cannot be shown (S5).
//! - `Debug` shows no value that she told.
//!
//! Not here: how HQ gathers it (`hq::care`), what of it a cashier sees (the agent).

use crate::event::{Field, OfferKind, Purpose};
use crate::phone::Phone;
use core::fmt;
use minicbor::{Decode, Encode};

/// Her card, as of the day the page was made.
#[derive(Clone, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Card {
    /// What she told, and what she would rather not.
    #[n(0)]
    pub told: Vec<Told>,
    /// The first day she bought, days since 1970-01-01.
    #[n(1)]
    pub first_day: Option<i32>,
    /// The last.
    #[n(2)]
    pub last_day: Option<i32>,
    /// Who looks after her in the till's store.
    #[n(3)]
    pub associate: Option<String>,
    /// What she bought last, as printed.
    #[n(4)]
    pub last_item: Option<String>,
    /// The size that she bought most.
    #[n(5)]
    pub size: Option<String>,
    /// How many she brought (S66).
    #[n(6)]
    pub brought: u32,
    /// Somebody brought her.
    #[n(7)]
    pub came: bool,
    /// What she agreed to.
    #[n(8)]
    pub agreed: Vec<Purpose>,
    /// What she declined, or withdrew.
    #[n(9)]
    pub declined: Vec<Purpose>,
    /// This number is another one's of the same person: her file is under that one.
    #[n(10)]
    pub same_as: Option<Phone>,
    /// What a person at the till should know, most urgent first.
    #[n(11)]
    pub notices: Vec<Notice>,
    /// Her spend counts for no tier: staff, a stop-gap number, a number used too often.
    #[n(12)]
    pub held_out: bool,
    /// Gifts that she was handed of late; none from an older HQ.
    #[n(13)]
    pub had: Option<Vec<Had>>,
}

/// A gift that she was handed, so that no other till hands it to her again.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Had {
    /// Of which list.
    #[n(0)]
    pub kind: OfferKind,
    /// HQ's number in it.
    #[n(1)]
    pub id: u64,
    /// When, days since 1970-01-01.
    #[n(2)]
    pub day: i32,
}

/// One answer of hers.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Told {
    /// To what.
    #[n(0)]
    pub field: Field,
    /// What she said; none if she would rather not.
    #[n(1)]
    pub value: Option<String>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = if self.value.is_some() { "told" } else { "refused" };
        write!(f, "Told({} {said})", self.field.word())
    }
}

/// Something that whoever serves her should know now.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Notice {
    /// `complaint`, `follow_up`, `gift`, …; a till shows what it does not know as it is.
    #[n(0)]
    pub kind: String,
    /// In words, for a cashier's eyes.
    #[n(1)]
    pub text: String,
    /// HQ's number of what is offered by it, so that a cashier can tick it off; none where there is
    /// nothing to tick off, and from an older HQ.
    #[n(2)]
    pub offer: Option<u64>,
}

/// Whether a size that was sold is another than the one on file: letters are compared with letters and
/// figures with figures, since shoes say nothing of a dress (S67).
#[must_use]
pub fn is_another_size(on_file: &str, sold: &str) -> bool {
    let (on_file, sold) = (on_file.trim(), sold.trim());
    let is_figure = |size: &str| size.starts_with(|letter: char| letter.is_ascii_digit());
    let none = on_file.is_empty() || sold.is_empty();
    !none && is_figure(on_file) == is_figure(sold) && !on_file.eq_ignore_ascii_case(sold)
}

impl Card {
    /// Takes it that she was handed something on a day, or was not after all.
    pub fn hand_out(&mut self, had: Had, undone: bool) {
        let known = self.had.get_or_insert_default();
        known.retain(|other| *other != had);
        if !undone {
            known.push(had);
        }
        if had.kind == OfferKind::Benefit && !undone {
            self.notices.retain(|notice| notice.kind != "benefit" || notice.offer != Some(had.id));
        }
    }

    /// What she told of a field.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&str> {
        self.told.iter().find(|told| told.field == field)?.value.as_deref()
    }

    /// Whether a field was asked, whatever she said.
    #[must_use]
    pub fn was_asked(&self, field: Field) -> bool {
        self.told.iter().any(|told| told.field == field)
    }

    /// Takes an answer in the place of an earlier one; of persons there may be several.
    pub fn hear(&mut self, field: Field, value: Option<String>) {
        if field != Field::Person {
            self.told.retain(|told| told.field != field);
        }
        let told = Told { field, value };
        if !self.told.contains(&told) {
            self.told.push(told);
        }
    }
}
