//! Sales of before, so that tiers and stages are right from the first day.
//!
//! ```text
//! one line a receipt, or one line an item with the receipt's number and amount on each
//! ```
//!
//! # Invariants
//!
//! - A receipt is one sale, known by store, day and number; it counts only before the first sale that
//!   the store's own tills sent (`cut_off`).
//! - Nothing is said about how it was paid, and no store is made by a list of sales.
//!
//! Not here: tiers (`tier`), taking it out again (`undo`).

use super::columns::{Line, Problem};
use super::cut_off;
use super::value::{self, Why};
use super::{At, Entry, Verdict, note, store_of};
use crate::care_list::CustomerId;
use crate::event::{
    Asked, Body, Epoch, Event, Item, Known, LocalSeconds, Sale, SaleKind, Seq, SlipId, TerminalId,
    When,
};
use crate::hq::customer;
use crate::hq::fold::{self, Place};
use crate::money::Minor;
use crate::phone::Phone;
use rusqlite::{OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};

const TOO_LATE: &str =
    "are not before the first sale that the store's till sent itself: kept, and do not count";
const PLACEHOLDER: &str = "have a number that was typed to get past the question: kept as nobody's";
const ERASED: &str = "are sales of members who were erased: kept without them";

/// One receipt of a list.
pub(super) struct Past {
    day: i32,
    at: Option<LocalSeconds>,
    store: String,
    receipt: String,
    amount: Minor,
    phone: Option<Phone>,
    placeholder: bool,
    associate: Option<String>,
    items: Vec<Item>,
}

impl Past {
    pub(super) fn read(line: &Line<'_>, exponent: u8) -> Result<Self, Problem> {
        let (day, at) = line.must("date", value::moment)?;
        let money = |text: &str| value::amount(text, exponent);
        // The sale was one, whoever made it; a number that is broken is told instead.
        let phone = line.read("phone", |text| match value::phone(text) {
            Err(Why::Placeholder) => Ok(None),
            other => other.map(Some),
        })?;
        Ok(Self {
            day,
            at,
            store: line.must("store", |text| value::short(text, 60))?,
            receipt: line.must("receipt", |text| value::short(text, 60))?,
            amount: line.must("amount", money)?,
            placeholder: phone == Some(None),
            phone: phone.flatten(),
            associate: line.short("associate", 20)?,
            items: item(line, exponent)?.into_iter().collect(),
        })
    }

    fn kind(&self) -> SaleKind {
        if self.amount < Minor::ZERO { SaleKind::Return } else { SaleKind::Sale }
    }

    /// The latest moment at which it may have been.
    fn latest(&self) -> LocalSeconds {
        self.at.unwrap_or(LocalSeconds(i64::from(self.day) * 86_400 + 86_399))
    }

    fn event(&self) -> Event {
        // Without a time, noon: a moment that is on its day in whatever zone.
        let noon = LocalSeconds(i64::from(self.day) * 86_400 + 43_200);
        let wall_ms = self.at.unwrap_or(noon).0.saturating_mul(1_000);
        let asked = if self.phone.is_some() { Asked::Given } else { Asked::NotAsked };
        let sale = Sale {
            kind: self.kind(),
            slip: SlipId { boot: 0, slip: 0 },
            total: self.amount,
            known: Known::Consistent,
            asked,
            noted: false,
            items: self.items.clone(),
            tenders: Vec::new(),
            receipt_no: Some(self.receipt.clone()),
            printed_at: self.at,
            till: None,
            cashier: None,
            associate: self.associate.clone(),
            item_count: None,
            subtotal: None,
            discount: None,
            tax: None,
            change: None,
            phone: self.phone.clone(),
            who: None,
            typing_ds: None,
        };
        Event { at: When { wall_ms, boot: 0, mono_ms: 0 }, body: Body::Sale(Box::new(sale)) }
    }
}

fn item(line: &Line<'_>, exponent: u8) -> Result<Option<Item>, Problem> {
    let (name, style) = (line.short("item", 80)?, line.short("style", 40)?);
    let Some(name) = name.or_else(|| style.clone()) else { return Ok(None) };
    let whole = line.read("item_amount", |text| value::amount(text, exponent))?;
    Ok(Some(Item {
        name,
        qty_milli: line.read("quantity", value::thousandths)?.unwrap_or(1_000),
        amount: whole.unwrap_or(Minor::ZERO),
        unit_price: None,
        discount: None,
        style,
        colour: line.short("colour", 40)?,
        size: line.short("size", 20)?,
    }))
}

impl Entry for Past {
    fn key(&self) -> Vec<u8> {
        format!("{}\0{}\0{}", self.store, self.day, self.receipt).into_bytes()
    }

    /// Another item of the receipt; the line of an item repeats what the receipt has.
    fn absorb(&mut self, other: &Self) -> bool {
        let same = (self.amount, self.at, &self.phone) == (other.amount, other.at, &other.phone);
        if same {
            self.items.extend(other.items.iter().cloned());
        }
        same
    }

    fn verdict(
        &self,
        at: &At<'_>,
        notes: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict> {
        let Some(store) = store_of(at.db, &self.store)? else {
            return Ok(Verdict::Refused("store", Why::NoStore));
        };
        let mut id = self.phone.as_ref().map(|phone| customer::id_of(at.keys, phone));
        if let Some(known) = id
            && customer::is_erased(at.db, &known)? == Some(true)
        {
            note(notes, ERASED);
            id = None;
        }
        if self.placeholder {
            note(notes, PLACEHOLDER);
        }
        if !cut_off::is_before(at.db, &store, self.latest())? {
            note(notes, TOO_LATE);
        }
        let mut select = at.db.prepare_cached(
            "SELECT stream, own_total, own_customer FROM sale
             WHERE store = ?1 AND receipt_no = ?2 AND day = ?3 AND stream < 0",
        )?;
        let known: Option<(i64, Minor, Option<CustomerId>)> = select
            .query_row(params![store, self.receipt, self.day], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        Ok(match known {
            None => Verdict::New,
            Some((_, total, customer)) if (total, customer) == (self.amount, id) => Verdict::Same,
            Some((stream, ..)) => {
                Verdict::Refused("receipt", Why::ImportedOtherwise(stream - super::FIRST_STREAM))
            }
        })
    }

    fn write(&self, at: &At<'_>, touched: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()> {
        let Some(store) = store_of(at.db, &self.store)? else { return Ok(()) };
        let place = Place {
            stream: at.stream(),
            seq: Seq(at.line),
            said_ms: 0,
            received_ms: 0,
            terminal: TerminalId([0; 16]),
            epoch: Epoch([0; 16]),
            store,
        };
        fold::fold(at.db, at.keys, place, &self.event(), touched)
    }
}
