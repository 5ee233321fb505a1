//! What a till handed to a customer, and what its weather was: both told by whoever stands there.
//!
//! # Invariants
//!
//! - Her number travels in a hand-out only sealed; what she was given is named by HQ's number for it.
//! - Nothing is overwritten: a hand-out that was a mistake is taken back by a later event.
//!
//! Not here: what there is to hand out (`care_list::Offer`), what HQ makes of it (`hq::desk::vip`).

use super::code::codes;
use crate::phone::Phone;
use minicbor::{Decode, Encode};

/// She was handed a gift, had a benefit, was given a reward, or had her birthday's discount (S62 to S64,
/// S105).
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct HandOut {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// Of which list.
    #[n(1)]
    pub kind: OfferKind,
    /// HQ's number in it; the birthday has none: 0.
    #[n(2)]
    pub offer: u64,
    /// The shop's day, since 1970-01-01.
    #[n(3)]
    pub day: i32,
    /// `true` takes it back: it was a mistake.
    #[n(4)]
    pub undone: bool,
    /// Who handed it out, where known.
    #[n(5)]
    pub by: Option<String>,
}

codes! {
    /// Of which list something is that may be handed out.
    OfferKind, unknown reads as Other {
        /// From a newer version: it is shown, and cannot be ticked off here.
        Other = 0 "other",
        /// A gift of the calendar.
        Gift = 1 "gift",
        /// What a named style brings.
        Benefit = 2 "benefit",
        /// A reward of the catalogue.
        Reward = 3 "reward",
        /// What her tier brings on her birthday; an HQ that is older notes nothing.
        Birthday = 4 "birthday",
    }
}

/// It rains at this shop on a day, or does not after all (S33, S34).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Weather {
    /// The shop's day, since 1970-01-01.
    #[n(0)]
    pub day: i32,
    /// It rains.
    #[n(1)]
    pub rains: bool,
}
