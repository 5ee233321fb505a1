//! What becomes of a customer's file at a till: a field told or refused, who brought her, another
//! number, two files that are one person's.
//!
//! # Invariants
//!
//! - Numbers travel in these events only sealed; `Debug` shows none, nor what she told.
//! - Nothing is overwritten: a merge and a referral are undone by a later event of the same kind.
//!
//! Not here: consent and whose a sale was (`customer`), what HQ makes of it (`hq::file`).

use super::code::codes;
use crate::care_list::{CustomerId, ErasureProof};
use crate::phone::Phone;
use core::fmt;
use minicbor::{Decode, Encode};

/// She told something about herself, or would rather not.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Fact {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// What was asked.
    #[n(1)]
    pub field: Field,
    /// What she said.
    #[n(2)]
    pub said: Said,
}

/// A till has forgotten a customer, as HQ told it. Folded again after HQ was restored from an older
/// backup, it forgets her there as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Forgotten {
    /// Who.
    #[n(0)]
    pub customer: CustomerId,
    /// HQ's own word for it.
    #[n(1)]
    pub proof: ErasureProof,
}

codes! {
    /// A field of the customer file that a shop may ask for; each optional, one at a time (S16, S17).
    Field, unknown reads as Other {
        /// From a newer version, or free.
        Other = 0 "other",
        /// `MM-DD`, or `lunar MM-DD`; no year.
        Birthday = 1 "birthday",
        /// What she usually wears.
        Size = 2 "size",
        /// Where a card or a gift goes.
        Address = 3 "address",
        /// Her mail address.
        Email = 4 "email",
        /// How she likes to be reached: `phone`, `sms`, `wechat`.
        Channel = 5 "channel",
        /// Another person of the same number: surname and title, e.g. `王 先生`.
        Person = 6 "person",
        /// Her own words on style and taste.
        Taste = 7 "taste",
        /// Who looks after her in this store.
        Associate = 8 "associate",
    }
}

/// An answer.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum Said {
    /// This.
    #[n(0)]
    Told(#[n(0)] String),
    /// She would rather not: she is not asked again.
    #[n(1)]
    Refused,
    /// What was told is to be forgotten.
    #[n(2)]
    Forgotten,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told(_) => "Told(**)",
            Self::Refused => "Refused",
            Self::Forgotten => "Forgotten",
        })
    }
}

/// Who brought her (S46), or that this was a mistake.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Referral {
    /// Who came.
    #[n(0)]
    pub newcomer: Phone,
    /// Who brought her.
    #[n(1)]
    pub referrer: Phone,
    /// `true` takes it back.
    #[n(2)]
    pub undone: bool,
}

/// Two numbers are one person's: she has another number now, or two files were hers all along.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Merge {
    /// The number that she is found under from now on.
    #[n(0)]
    pub kept: Phone,
    /// The one whose history goes to it.
    #[n(1)]
    pub absorbed: Phone,
    /// Why.
    #[n(2)]
    pub why: MergeReason,
    /// `true` takes it back: each file is again what it was.
    #[n(3)]
    pub undone: bool,
}

codes! {
    /// Why two numbers are one person's.
    MergeReason, unknown reads as SamePerson {
        /// Two files were hers.
        SamePerson = 0 "same_person",
        /// She gave up the old number: it may be somebody else's soon.
        NewNumber = 1 "new_number",
    }
}

/// A number is a member of staff's, or no longer: its sales count for no tier.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Staff {
    /// The number.
    #[n(0)]
    pub phone: Phone,
    /// `false` takes it back.
    #[n(1)]
    pub is_staff: bool,
}
