//! Which slips are one sale.
//!
//! ```text
//! receipt 42 ✂  store copy, approval 301 ✂  │  receipt 43 ✂  │  reprint of 43 ✂
//! ╰──────────── one sale ─────────────────╯ │  ╰─ a sale ──╯ │  ╰─ of its own ─╯
//! ```
//!
//! Not here: cuts and pauses (`firmware_bridge`), what a slip says (`sale`).

use crate::receipt::Receipt;
use crate::sale::kind::kind_of;
use crate::sale::{Kind, Minor, Reading};

/// What is kept of a slip, or of a group so far, to tell whether the next one belongs to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// What it is.
    pub kind: Kind,
    /// The receipt's number.
    pub receipt_no: Option<String>,
    /// A card payment's approval number.
    pub approval_no: Option<String>,
    /// What was to be paid.
    pub total: Option<Minor>,
    /// Date and time as printed in ISO form.
    pub time: Option<String>,
}

impl Summary {
    /// Takes what tells slips apart.
    #[must_use]
    pub fn of(receipt: &Receipt, reading: &Reading) -> Self {
        let stamp = [reading.date.as_deref(), reading.time.as_deref()].into_iter().flatten();
        let stamp = stamp.collect::<Vec<_>>().join(" ");
        Self {
            kind: kind_of(receipt, reading),
            receipt_no: reading.receipt_no.clone(),
            approval_no: reading.approval_no.clone(),
            total: reading.total,
            time: (!stamp.is_empty()).then_some(stamp),
        }
    }

    /// Whether `next`, printed right after, belongs to the same sale.
    #[must_use]
    pub fn continues(&self, next: &Self) -> bool {
        let counts = matches!(self.kind, Kind::Sale | Kind::Return | Kind::Void);
        match next.kind {
            Kind::MerchantCopy | Kind::CardSlip => self.is_paper_of_sale() && self.agrees(next),
            // The card's slip may come first, the receipt after it.
            Kind::Sale if self.kind == Kind::CardSlip => self.same(next) == Some(true),
            Kind::Sale | Kind::Return if counts => self.kind == next.kind && self.is_copy(next),
            Kind::Reprint => self.kind == Kind::Reprint && self.is_copy(next),
            _ => false,
        }
    }

    /// Takes a slip that continues this one into it.
    pub fn absorb(&mut self, next: &Self) {
        if self.kind == Kind::CardSlip {
            self.kind = next.kind;
        }
        self.receipt_no = self.receipt_no.take().or_else(|| next.receipt_no.clone());
        self.approval_no = self.approval_no.take().or_else(|| next.approval_no.clone());
        self.total = self.total.or(next.total);
        self.time = self.time.take().or_else(|| next.time.clone());
    }

    const fn is_paper_of_sale(&self) -> bool {
        matches!(self.kind, Kind::Sale | Kind::Return | Kind::Reprint | Kind::CardSlip)
    }

    /// Whether the numbers say yes or no; `None` if they say nothing.
    fn same(&self, next: &Self) -> Option<bool> {
        let equal = |a: &Option<String>, b: &Option<String>| Some(a.as_ref()? == b.as_ref()?);
        equal(&self.approval_no, &next.approval_no)
            .or_else(|| equal(&self.receipt_no, &next.receipt_no))
            .or_else(|| Some(self.total? == next.total?))
    }

    /// A copy may say less than the receipt, but nothing else.
    fn agrees(&self, next: &Self) -> bool {
        let total =
            self.total.zip(next.total).is_none_or(|(a, b)| a.units().abs() == b.units().abs());
        let number = self.receipt_no.as_ref().zip(next.receipt_no.as_ref());
        total || number.is_some_and(|(a, b)| a == b)
    }

    /// The same number, sum and time: printed twice, sold once.
    fn is_copy(&self, next: &Self) -> bool {
        let number = self.receipt_no.is_some() && self.receipt_no == next.receipt_no;
        let time = self.time.is_some() && self.time == next.time;
        self.total == next.total
            && self.total.is_some()
            && (number || (time && next.receipt_no.is_none()))
    }
}
