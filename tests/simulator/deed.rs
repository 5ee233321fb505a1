//! What people at a till do, and the event that tells HQ of it.
//!
//! ```text
//! sale ─ link · amend · void      afterwards, by place or by receipt number, also of the next till's
//! she ── fact · consent           with her number
//! task ─ outcome                  of what HQ asked for
//! ```
//!
//! Not here: what a till writes down beside the event (`till::desk`), what must follow (`oracle`).

use core::fmt;

use sync::event::{
    Amend, AmendReason, Asked, Attribution, Body, Consent, Fact, Field, How, Item, Known,
    LinkChange, LocalSeconds, Name, Purpose, Said, Sale, SaleKind, SaleRef, SlipId, Tender,
    TenderKind, Void,
};
use sync::money::Minor;
use sync::phone::Phone;

use crate::chance::Chance;

/// How every number begins, every name is, every item is called, and every word of hers begins: what
/// no disk of a till and no message may show.
pub(crate) const PHONE: &str = "139770";
pub(crate) const SURNAME: &str = "龘龘";
pub(crate) const ITEM: &str = "真丝连衣裙";
pub(crate) const TOLD: &str = "靁靁";

/// How many customers there are in a run.
pub(crate) const CUSTOMERS: u64 = 6;

/// The wording that she agreed to.
const TEXT: &str = "care-1";

/// A sale that was printed.
#[derive(Clone, Debug)]
pub(crate) struct Slip {
    /// Unique over all tills.
    pub(crate) receipt_no: String,
    /// Below zero for a return.
    pub(crate) total: i64,
    pub(crate) customer: Option<u64>,
    /// Which of her names was told.
    pub(crate) title: u64,
}

/// Something to be taken, once.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its number; with the box's it names it.
    pub(crate) number: u32,
    pub(crate) deed: Deed,
}

/// What was done.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Sale(Slip),
    Amend {
        receipt_no: String,
        total: i64,
    },
    /// Hers, or nobody's.
    Link {
        receipt_no: String,
        customer: Option<u64>,
        title: u64,
    },
    Void {
        receipt_no: String,
    },
    Fact {
        customer: u64,
        field: Field,
        value: Option<String>,
    },
    Consent {
        customer: u64,
        purpose: Purpose,
        given: bool,
    },
    /// Of the task at that place in the list, if there is one.
    Outcome {
        which: usize,
        how: u64,
    },
}

impl Job {
    /// The sale that it is, if it is one.
    pub(crate) const fn slip(&self) -> Option<&Slip> {
        match &self.deed {
            Deed::Sale(slip) => Some(slip),
            _ => None,
        }
    }
}

impl Deed {
    /// Something besides selling: about one of `receipts`, about somebody, or of a task.
    pub(crate) fn draw(chance: &mut Chance, receipts: &[String]) -> Self {
        let customer = chance.below(CUSTOMERS);
        let title = chance.below(3);
        let kind = if receipts.is_empty() { chance.within(6, 11) } else { chance.below(12) };
        let receipt_no =
            receipts.get(chance.below(receipts.len() as u64) as usize).cloned().unwrap_or_default();
        match kind {
            0..=2 => Self::Amend { receipt_no, total: chance.within(1, 99_999).cast_signed() },
            3 | 4 => {
                let customer = (!chance.one_in(3)).then_some(customer);
                Self::Link { receipt_no, customer, title }
            }
            5 => Self::Void { receipt_no },
            6 | 7 => {
                let field = chance.pick(&[Field::Size, Field::Taste, Field::Birthday]);
                let value = (!chance.one_in(4)).then(|| format!("{TOLD}{}", chance.below(100)));
                Self::Fact { customer, field, value }
            }
            8 => {
                let purpose = chance.pick(&[Purpose::Care, Purpose::Marketing, Purpose::Roaming]);
                Self::Consent { customer, purpose, given: !chance.one_in(3) }
            }
            _ => Self::Outcome { which: chance.below(4) as usize, how: chance.below(5) },
        }
    }
}

/// Her number.
pub(crate) fn phone(customer: u64) -> Phone {
    let digits = format!("{PHONE}{:05}", 10_007 + customer * 7_919);
    Phone::parse(&digits).expect("eleven digits")
}

/// Whose number that is.
pub(crate) fn customer_of(number: &Phone) -> Option<u64> {
    (0..CUSTOMERS).find(|customer| phone(*customer) == *number)
}

/// How she is addressed.
pub(crate) fn name(title: u64) -> Name {
    let title = ["女士", "小姐", "老师"][title as usize % 3];
    Name { surname: SURNAME.into(), title: title.into() }
}

/// A wrong or missing link put right, the amount read anew, or the sale taken back.
pub(crate) fn remark(deed: &Deed, sale: SaleRef) -> Option<Body> {
    match deed {
        Deed::Amend { total, .. } => {
            let (total, reason) = (Minor::new(*total), AmendReason::Reviewed);
            Some(Body::Amend(Amend { sale, total, reason }))
        }
        Deed::Void { .. } => Some(Body::Void(Void { sale })),
        Deed::Link { customer, title, .. } => {
            let linked = |customer: u64| LinkChange::Linked {
                phone: phone(customer),
                who: (*title > 0).then(|| name(*title)),
            };
            let change = customer.map_or(LinkChange::Unlinked, linked);
            let by = How::Afterwards;
            Some(Body::Attribution(Attribution { sale, change, by, cashier: None }))
        }
        _ => None,
    }
}

pub(crate) fn fact(customer: u64, field: Field, value: Option<&str>) -> Body {
    let said = value.map_or(Said::Refused, |value| Said::Told(value.to_owned()));
    Body::Fact(Fact { phone: phone(customer), field, said })
}

pub(crate) fn consent(customer: u64, purpose: Purpose, given: bool) -> Body {
    let text_version = TEXT.into();
    Body::Consent(Consent { phone: phone(customer), purpose, given, text_version, cashier: None })
}

/// The event of a printed sale.
pub(crate) fn sale(boot: u64, number: u32, slip: &Slip, wall_ms: i64) -> Sale {
    let total = Minor::new(slip.total);
    Sale {
        kind: if slip.total < 0 { SaleKind::Return } else { SaleKind::Sale },
        slip: SlipId { boot, slip: number.into() },
        total,
        known: Known::Proved,
        asked: if slip.customer.is_some() { Asked::Given } else { Asked::Refused },
        noted: false,
        items: vec![Item {
            name: ITEM.into(),
            qty_milli: 1_000,
            amount: total,
            unit_price: None,
            discount: None,
            style: Some("DR2301".into()),
            colour: None,
            size: Some("M".into()),
        }],
        tenders: vec![Tender { kind: TenderKind::WeChat, amount: total, label: None }],
        receipt_no: Some(slip.receipt_no.clone()),
        printed_at: Some(LocalSeconds(wall_ms.div_euclid(1_000))),
        till: Some("01".into()),
        cashier: None,
        associate: None,
        item_count: Some(1),
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        who: slip.customer.map(|_| name(slip.title)),
        typing_ds: None,
        phone: slip.customer.map(phone),
    }
}

/// As a story tells it.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sale(Slip { receipt_no, total, customer, .. }) => {
                write!(f, "{receipt_no}, {total} of {customer:?}")
            }
            Self::Amend { receipt_no, total } => write!(f, "{receipt_no} is {total}"),
            Self::Link { receipt_no, customer, .. } => write!(f, "{receipt_no} is of {customer:?}"),
            Self::Void { receipt_no } => write!(f, "{receipt_no} is void"),
            Self::Fact { customer, field, .. } => write!(f, "{} of {customer}", field.word()),
            Self::Consent { customer, purpose, given } => {
                write!(f, "{customer} agrees to {}: {given}", purpose.word())
            }
            Self::Outcome { which, .. } => write!(f, "the outcome of task {which} on the list"),
        }
    }
}
