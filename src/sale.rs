//! What a receipt says: its kind, and the sale on it.
//!
//! ```text
//! Receipt ─▶ kind ─▶ page ─▶ entries ─▶ story ─▶ items, total, tenders, change
//!                      └────▶ labelled texts ─▶ number, date, cashier, member
//! ```
//!
//! Amounts are read by arithmetic first: one reading must explain the whole receipt. Each field
//! says how it is known.
//!
//! # Invariants
//!
//! - Nothing is guessed silently: sums that disagree are [`Known::Disputed`].
//! - The shop's phone is never the customer's; a card number is in no field.
//! - Work is bounded, however long and hostile the receipt.
//!
//! Not here: rows and columns (`receipt`), learning a till's layout.

mod details;
mod entry;
mod field;
mod fold;
pub mod group;
mod items;
mod judge;
mod kind;
pub mod layout;
mod lexicon;
mod mark;
mod money;
mod number;
mod page;
mod shape;
mod shop;
mod stamp;
mod story;
mod variant;

pub use judge::Doubt;
pub use kind::{Kind, kind};
pub use mark::{Mark, Part};
pub use sync::money::Minor;

use crate::receipt::Receipt;
use crate::sale::page::Page;
use serde::Serialize;
use sync::phone::Phone;

/// How a field is known, best first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Known {
    /// An equation that could have failed holds, and nothing speaks against it.
    Proved,
    /// What is there agrees, but proves little: one item that is the total.
    Consistent,
    /// A label says so.
    Keyword,
    /// Sums disagree, or the field is not there.
    #[default]
    Disputed,
}

/// One line item.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Item {
    /// As printed, without index, code and numbers.
    pub name: String,
    /// Style number (款号), SKU or bar code.
    pub style: Option<String>,
    /// As the name says it.
    pub colour: Option<String>,
    /// As the name says it.
    pub size: Option<String>,
    /// Thousandths of a piece, kilogram or what the unit is.
    pub qty_milli: i64,
    /// List price of one, if it is printed or follows.
    pub unit_price: Option<Minor>,
    /// What was taken off by a printed factor.
    pub discount: Option<Minor>,
    /// What it adds to the sum, in hundredths.
    pub amount: Minor,
}

/// How something was paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// WeChat Pay.
    WeChat,
    /// Alipay.
    Alipay,
    /// A bank's card.
    Card,
    /// Money the shop holds for her: stored value, gift card.
    Balance,
    /// A voucher.
    Voucher,
    /// The receipt does not say, or we do not know the word.
    Other,
}

/// One payment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Tender {
    /// Which sort.
    pub kind: TenderKind,
    /// As printed.
    pub label: String,
    /// In hundredths.
    pub amount: Minor,
}

/// The customer's phone number as the till printed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MemberPhone {
    /// All digits.
    Full(Phone),
    /// With stars: `138****6721`.
    Masked(String),
}

/// How each field is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Knowledge {
    /// Names and amounts of the items.
    pub items: Known,
    /// What was to be paid.
    pub total: Known,
    /// What was paid, and what was given back.
    pub tenders: Known,
    /// The receipt's number.
    pub receipt_no: Known,
    /// The printed date.
    pub date: Known,
    /// The printed time.
    pub time: Known,
    /// The customer's phone number.
    pub member_phone: Known,
}

/// Everything read off one receipt; all amounts are hundredths, whatever the currency.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// The shop's name as printed on top.
    pub shop: Option<String>,
    /// The company behind it, where another name is printed.
    pub company: Option<String>,
    /// The shop's address.
    pub address: Option<String>,
    /// The shop's own phone numbers, as printed.
    pub shop_phones: Vec<String>,
    /// The receipt's number.
    pub receipt_no: Option<String>,
    /// The number of the sale that this one takes back or changes.
    pub original_no: Option<String>,
    /// A card payment's approval number.
    pub approval_no: Option<String>,
    /// `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The date as printed.
    pub date_text: Option<String>,
    /// `HH:MM`, 24 hours.
    pub time: Option<String>,
    /// The time as printed.
    pub time_text: Option<String>,
    /// Number of the till.
    pub till: Option<String>,
    /// Name or number of the cashier.
    pub cashier: Option<String>,
    /// Name or number of the sales associate (导购).
    pub associate: Option<String>,
    /// Line items, top to bottom.
    pub items: Vec<Item>,
    /// How many pieces the receipt itself counts, in thousandths.
    pub item_count: Option<i64>,
    /// The items' sum, if the receipt prints it apart from the total.
    pub subtotal: Option<Minor>,
    /// What was taken off the sum, 0 or more.
    pub discount: Option<Minor>,
    /// Tax as printed, in the total or on top.
    pub tax: Option<Minor>,
    /// Tip or service charge.
    pub tips: Option<Minor>,
    /// What was to be paid; below zero for a return.
    pub total: Option<Minor>,
    /// Payments in order.
    pub tenders: Vec<Tender>,
    /// What was given back.
    pub change: Option<Minor>,
    /// The customer's phone number.
    pub member_phone: Option<MemberPhone>,
    /// The customer's name.
    pub member_name: Option<String>,
    /// Her member number, where it is no phone number.
    pub member_no: Option<String>,
    /// Her tier, as the till has it.
    pub member_tier: Option<String>,
    /// Her points as the till prints them: all that she has, else those of this sale.
    pub points: Option<String>,
    /// Decimals that this receipt prints: 2, or 0 for whole amounts.
    pub exponent: u8,
    /// How each field is known.
    pub known: Knowledge,
    /// The equations that hold, for a person to read.
    pub equations: Vec<String>,
    /// What speaks against it.
    pub doubts: Vec<Doubt>,
    /// What each row was taken for, in order of the rows.
    pub marks: Vec<Mark>,
    /// Labels and what stood beside them, to learn from.
    pub(crate) evidence: Vec<mark::Labelled>,
    /// Where the names of the goods stood, if not beside their amounts.
    pub(crate) names: Option<layout::Names>,
}

/// Reads everything off `receipt`, whatever its kind.
#[must_use]
pub fn read(receipt: &Receipt) -> Reading {
    read_by(receipt, &[])
}

/// The same by the one of this till's `layouts` that it is of, if it is of any.
#[must_use]
pub fn read_by(receipt: &Receipt, layouts: &[layout::Layout]) -> Reading {
    let page = Page::with(receipt, layouts);
    let mut reading = Reading::default();
    let goods = money::read(&page, &mut reading);
    details::read(&page, &mut reading);
    shop::read(&page, goods, &mut reading);
    mark::texts(&page, &mut reading);
    reading
}

#[cfg(test)]
mod layouts_tests;
#[cfg(test)]
mod tests;
