//! What a till learnt about a customer: a sale was hers, she agreed.
//!
//! # Invariants
//!
//! - The number travels in [`Attribution`], [`Consent`] and [`super::Sale`] only, and these only sealed.
//! - `Debug` shows neither a number nor a name.
//!
//! Not here: her file (`hq::customer`), what came of a task (`task`), what comes back down (`care_list`).

use super::code::codes;
use super::position::SaleRef;
use crate::phone::Phone;
use core::fmt;
use minicbor::{Decode, Encode};

/// How to address a customer.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Name {
    /// Family name, e.g. 李.
    #[n(0)]
    pub surname: String,
    /// Form of address, e.g. 女士.
    #[n(1)]
    pub title: String,
}

impl Name {
    /// As she is addressed: 李女士, Ms Lee.
    #[must_use]
    pub fn addressed(&self) -> String {
        let Self { surname, title } = self;
        match title.is_ascii() && !title.is_empty() {
            true => format!("{title} {surname}"),
            false => format!("{surname}{title}"),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(**)")
    }
}

/// A sale was hers, is no longer, or will be nobody's. The last one by position wins.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Attribution {
    /// Which sale.
    #[n(0)]
    pub sale: SaleRef,
    /// What changed.
    #[n(1)]
    pub change: LinkChange,
    /// Where the number, or the refusal, came from.
    #[n(2)]
    pub by: How,
    /// Who did it, where known.
    #[n(3)]
    pub cashier: Option<String>,
}

/// What an [`Attribution`] changes.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum LinkChange {
    /// The sale is hers.
    #[n(0)]
    Linked {
        /// Her number.
        #[n(0)]
        phone: Phone,
        /// How to address her, if told.
        #[n(1)]
        who: Option<Name>,
    },
    /// A link made by mistake is undone.
    #[n(1)]
    Unlinked,
    /// She would rather not give her number.
    #[n(2)]
    Refused,
    /// The next sale began and nobody had asked.
    #[n(3)]
    NotAsked,
}

codes! {
    /// Where a customer's number came from.
    How, unknown reads as Afterwards {
        /// The till printed it itself.
        TillMemberLine = 0 "till_member_line",
        /// Typed on the cashier's page.
        Cashier = 1 "cashier",
        /// Keypad or scanner beside the till.
        Keypad = 2 "keypad",
        /// The local API.
        Api = 3 "api",
        /// Attached afterwards, by receipt number.
        Afterwards = 4 "afterwards",
    }
}

/// She agreed to a text, or withdrew her agreement.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Consent {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// What for.
    #[n(1)]
    pub purpose: Purpose,
    /// `false` withdraws.
    #[n(2)]
    pub given: bool,
    /// Which wording she saw, e.g. `care-2026-03`.
    #[n(3)]
    pub text_version: String,
    /// Who told her, where the receipt names them (S12).
    #[n(4)]
    pub cashier: Option<String>,
}

/// She wants to be forgotten: a person at HQ does it, and has the proof.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct ErasureRequest {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// Who heard it, where known.
    #[n(1)]
    pub by: Option<String>,
}

codes! {
    /// What a consent is for.
    Purpose, unknown reads as Care {
        /// Being known, advised and cared for; never selling.
        Care = 0 "care",
        /// Marketing messages.
        Marketing = 1 "marketing",
        /// Being known in other shops of the chain too.
        Roaming = 2 "roaming",
        /// Having on paper what is missing to the next tier.
        GapOnPaper = 3 "gap_on_paper",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_stands_behind_a_chinese_name_and_before_an_english_one() {
        let name = |surname: &str, title: &str| {
            Name { surname: surname.into(), title: title.into() }.addressed()
        };
        assert_eq!(name("李", "女士"), "李女士");
        assert_eq!(name("Lee", "Ms"), "Ms Lee");
        assert_eq!(name("王", ""), "王");
    }
}
