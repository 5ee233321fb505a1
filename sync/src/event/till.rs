//! What a till or its bridge reported about sales as a whole: corrected, taken back, missing, added up.
//!
//! Not here: the sale itself (`sale`).

use super::code::codes;
use super::position::{Epoch, SaleRef};
use super::sale::{LocalSeconds, Tender};
use crate::money::Minor;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A sale's total is put right.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Amend {
    /// Which sale.
    #[n(0)]
    pub sale: SaleRef,
    /// The total from now on; negative for a return.
    #[n(1)]
    pub total: Minor,
    /// Why.
    #[n(2)]
    pub reason: AmendReason,
}

codes! {
    /// Why a sale was amended.
    AmendReason, unknown reads as Reviewed {
        /// A person looked at a disputed receipt.
        Reviewed = 0 "reviewed",
        /// A layout learned since reads it better.
        Reread = 1 "reread",
    }
}

/// A sale was taken back at the till.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Void {
    /// Which sale.
    #[n(0)]
    pub sale: SaleRef,
}

/// Which sale a return takes back.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct ReturnLink {
    /// The return.
    #[n(0)]
    pub return_sale: SaleRef,
    /// The sale it takes back, wholly or in part.
    #[n(1)]
    pub original: SaleRef,
}

/// Slips that were printed and that we do not have.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Gap {
    /// The bridge's boot.
    #[n(0)]
    pub boot: u64,
    /// The first missing slip.
    #[n(1)]
    pub first_slip: u64,
    /// The last missing slip, itself missing.
    #[n(2)]
    pub last_slip: u64,
    /// Why they are missing.
    #[n(3)]
    pub reason: GapReason,
}

codes! {
    /// Why slips are missing.
    GapReason, unknown reads as Unknown {
        /// The bridge's ring was full before the agent came for them.
        Overflow = 0 "overflow",
        /// The bridge started anew while it still held some.
        Restart = 1 "restart",
        /// The till's disk was full.
        DiskFull = 2 "disk_full",
        /// Nobody knows.
        Unknown = 3 "unknown",
        /// The till's database was damaged; what could be read of it came along.
        Damaged = 4 "damaged",
    }
}

/// What later events of the same stream name by number: see `words`.
#[derive(Clone, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct WordList {
    /// The first one's number; the others follow it.
    #[n(0)]
    pub first: u32,
    /// CBOR items.
    #[n(1)]
    pub words: Vec<ByteVec>,
    /// They had these numbers in that epoch too, of which HQ may lack the beginning.
    #[n(2)]
    pub as_in: Option<Epoch>,
}

impl core::fmt::Debug for WordList {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "WordList({} from {})", self.words.len(), self.first)
    }
}

/// Receipts that a till must have printed and that nobody has, and where its own report says so.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Missing {
    /// Which printer.
    #[n(0)]
    pub bridge: String,
    /// Local day, counted from 1970-01-01.
    #[n(1)]
    pub day: i32,
    /// Receipt numbers, as the till would print them; the first of them if there are many.
    #[n(2)]
    pub numbers: Vec<String>,
    /// How many are missing in all.
    #[n(3)]
    pub count: u64,
    /// Receipts in the till's own report, and those that were captured, if they differ.
    #[n(4)]
    pub counts: Option<(u32, u32)>,
    /// Net total in the till's own report, and what was captured, if they differ.
    #[n(5)]
    pub totals: Option<(Minor, Minor)>,
}

/// The till's own shift or day report: what its sales should add up to.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Report {
    /// Shift or day.
    #[n(0)]
    pub kind: ReportKind,
    /// The time on the paper.
    #[n(1)]
    pub printed_at: Option<LocalSeconds>,
    /// Number of sales, as printed.
    #[n(2)]
    pub count: Option<u32>,
    /// Net total, as printed.
    #[n(3)]
    pub total: Option<Minor>,
    /// Sums per way of paying, as printed.
    #[n(4)]
    pub tenders: Vec<Tender>,
    /// The till's own name or number.
    #[n(5)]
    pub till: Option<String>,
}

codes! {
    /// What a report closes.
    ReportKind, unknown reads as Day {
        /// One cashier's shift.
        Shift = 0 "shift",
        /// The whole day.
        Day = 1 "day",
    }
}
