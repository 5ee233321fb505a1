//! A printed receipt, as it was read.
//!
//! # Invariants
//!
//! - [`Sale::known`] says how the total is known; nothing is guessed silently.
//! - A return's amounts are negative.
//! - No card number: it is dropped before a sale is made.
//!
//! Not here: reading (`sale`, in the agent), who the customer became later ([`super::Attribution`]).

use super::code::codes;
use super::customer::Name;
use crate::money::Minor;
use crate::phone::Phone;
use minicbor::{Decode, Encode};

/// What a receipt told, and what the cashier was told beside it.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Sale {
    /// Sale, return, or a picture that is still unread.
    #[n(0)]
    pub kind: SaleKind,
    /// Which slip of which bridge it came from, so that a slip is one sale.
    #[n(1)]
    pub slip: SlipId,
    /// Negative for a return; zero while unread.
    #[n(2)]
    pub total: Minor,
    /// How the total is known.
    #[n(3)]
    pub known: Known,
    /// Whether the customer's number was asked for.
    #[n(4)]
    pub asked: Asked,
    /// Whether a note went on the paper.
    #[n(5)]
    pub noted: bool,
    /// What was sold, in the receipt's order.
    #[n(6)]
    pub items: Vec<Item>,
    /// How it was paid, in the receipt's order.
    #[n(7)]
    pub tenders: Vec<Tender>,
    /// As printed.
    #[n(8)]
    pub receipt_no: Option<String>,
    /// The time on the paper.
    #[n(9)]
    pub printed_at: Option<LocalSeconds>,
    /// The till's own name or number.
    #[n(10)]
    pub till: Option<String>,
    /// As printed.
    #[n(11)]
    pub cashier: Option<String>,
    /// The sales associate who served her.
    #[n(12)]
    pub associate: Option<String>,
    /// Pieces, as the receipt counts them.
    #[n(13)]
    pub item_count: Option<u32>,
    /// Before discount and tax.
    #[n(14)]
    pub subtotal: Option<Minor>,
    /// Off the whole receipt, zero or more.
    #[n(15)]
    pub discount: Option<Minor>,
    /// As printed; included in the total or added to it, as the shop's country does.
    #[n(16)]
    pub tax: Option<Minor>,
    /// Given back in cash.
    #[n(17)]
    pub change: Option<Minor>,
    /// The customer's number, if it was given by the time the receipt was printed.
    #[n(18)]
    pub phone: Option<Phone>,
    /// How to address her, if told.
    #[n(19)]
    pub who: Option<Name>,
    /// Tenths of a second from the first digit of her number to its Enter (S98); none if nobody typed it.
    #[n(20)]
    pub typing_ds: Option<u16>,
}

impl Sale {
    /// Whether the total may count towards a customer's spend: till and HQ ask the same question. A
    /// picture that nobody has read counts once an [`super::Amend`] tells its total.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.kind != SaleKind::Unread && self.known != Known::Unread
    }
}

/// One line of a receipt.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, serde::Serialize)]
#[cbor(array)]
pub struct Item {
    /// As printed.
    #[n(0)]
    pub name: String,
    /// Thousandths of a piece, metre or kilogram: 1000 is one piece.
    #[n(1)]
    pub qty_milli: i64,
    /// What the line comes to, after its own discount.
    #[n(2)]
    pub amount: Minor,
    /// Per piece, before discount. One piece without a discount may leave it out: it is the amount.
    #[n(3)]
    pub unit_price: Option<Minor>,
    /// Off this line, zero or more.
    #[n(4)]
    pub discount: Option<Minor>,
    /// Style number or SKU.
    #[n(5)]
    pub style: Option<String>,
    /// Its colour, where the till prints one.
    #[n(6)]
    pub colour: Option<String>,
    /// Its size, where the till prints one.
    #[n(7)]
    pub size: Option<String>,
}

/// One way a receipt was paid.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode, serde::Serialize)]
#[cbor(array)]
pub struct Tender {
    /// What it is.
    #[n(0)]
    pub kind: TenderKind,
    /// As handed over; negative when paid back.
    #[n(1)]
    pub amount: Minor,
    /// As printed, where the kind alone does not say it.
    #[n(2)]
    pub label: Option<String>,
}

/// A slip as the bridge numbers it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct SlipId {
    /// Random per start of the bridge.
    #[n(0)]
    pub boot: u64,
    /// Counts up within a boot.
    #[n(1)]
    pub slip: u64,
}

/// A time on paper: seconds since 1970-01-01 00:00 on the shop's own clock, no zone.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Encode, Decode)]
#[cbor(transparent)]
pub struct LocalSeconds(#[n(0)] pub i64);

impl LocalSeconds {
    /// Days since 1970-01-01 on the shop's calendar; stays at the limit for a nonsense time.
    #[must_use]
    pub fn day(self) -> i32 {
        let day = self.0.div_euclid(86_400);
        i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
    }
}

codes! {
    /// What a receipt is.
    SaleKind, unknown reads as Unread {
        /// Goods against money.
        Sale = 0 "sale",
        /// Money back against goods.
        Return = 1 "return",
        /// A picture, kept until it can be read; counts for nothing until then.
        Unread = 2 "unread",
    }
}

codes! {
    /// How a field is known.
    Known, unknown reads as Disputed {
        /// Arithmetic over the whole receipt leaves one reading.
        Proved = 0 "proved",
        /// Nothing speaks against it.
        Consistent = 1 "consistent",
        /// A label stood beside it, no more.
        Keyword = 2 "keyword",
        /// Two readings, or sums that disagree.
        Disputed = 3 "disputed",
        /// Not read at all.
        Unread = 4 "unread",
    }
}

codes! {
    /// Whether the customer was asked for her number.
    Asked, unknown reads as NotAsked {
        /// She gave it.
        Given = 0 "given",
        /// She would rather not.
        Refused = 1 "refused",
        /// Nobody asked.
        NotAsked = 2 "not_asked",
        /// Not final before the next sale.
        Pending = 3 "pending",
    }
}

codes! {
    /// How a receipt, or a part of it, was paid.
    TenderKind, unknown reads as Other {
        /// Coins and notes.
        Cash = 0 "cash",
        /// Credit or debit card.
        Card = 1 "card",
        /// Alipay.
        Alipay = 2 "alipay",
        /// WeChat Pay.
        WeChat = 3 "wechat",
        /// Money she had paid in before.
        MemberBalance = 4 "member_balance",
        /// A voucher or gift card.
        Voucher = 5 "voucher",
        /// Points turned into money.
        Points = 6 "points",
        /// Anything else; see the label.
        Other = 7 "other",
    }
}
