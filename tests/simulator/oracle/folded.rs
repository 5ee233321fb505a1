//! A second fold, as short as the rules are: what all events that HQ holds say, beside what HQ made of
//! them in whatever order it got them, between stops, twice over.
//!
//! ```text
//! ledger ─▶ opened, in the order in which it was said ─▶ the last word on each thing ═?═ HQ's tables
//! ```
//!
//! Not here: whether the ledger holds all (the parent module), what tills have of it (`lists`).

use std::collections::{BTreeMap, BTreeSet};

use sync::chain::Hash;
use sync::event::{
    Body, Epoch, Event, Field, LinkChange, Position, Purpose, Said, SaleRef, Seq, TerminalId,
};
use sync::hq::Hq;
use sync::hq::customer::{self, File};
use sync::phone::Phone;
use sync::seal;

use super::{Checked, breach, sql};
use crate::deed::customer_of;
use crate::plan::DAY;
use crate::world::Breach;

/// Where an event stands: its stream at HQ, its number.
type Place = (i64, u64);

/// What stands of a sale.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Standing {
    total: i64,
    customer: Option<u64>,
    voided: bool,
}

/// What stands of a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    title: Option<String>,
    pub(super) told: BTreeMap<Field, Option<String>>,
    pub(super) agreed: BTreeMap<Purpose, bool>,
}

/// What all events say.
#[derive(Debug, Default)]
pub(super) struct Folded {
    sales: BTreeMap<Place, Standing>,
    pub(super) persons: BTreeMap<u64, Person>,
    /// Which outcome is told where.
    outcomes: BTreeSet<Place>,
    /// Pseudonyms that tills say they forgot.
    pub(super) forgotten: BTreeSet<[u8; 16]>,
}

/// An event, where it stands, and whose it is.
type Told = (Place, (TerminalId, Epoch), Event);
/// By pseudonym, whose file it is and how she is addressed.
type Files = BTreeMap<[u8; 16], (u64, Option<String>)>;

/// Every event of the ledger, opened, in the order that counts.
fn events(hq: &Hq) -> Result<Vec<Told>, Breach> {
    let text = "SELECT s.id, s.terminal, s.epoch, l.seq, l.hash, l.sealed, l.received_ms
                FROM stream s JOIN ledger l ON l.stream = s.id ORDER BY s.id, l.seq";
    let mut select = hq.db.prepare(text).map_err(sql)?;
    let mut rows = select.query([]).map_err(sql)?;
    let (mut events, mut head, mut said_ms) = (Vec::new(), Hash::GENESIS, 0);
    while let Some(row) = rows.next().map_err(sql)? {
        let read = || -> rusqlite::Result<_> {
            let whose = (TerminalId(row.get(1)?), Epoch(row.get(2)?));
            let place = (row.get(0)?, row.get::<_, i64>(3)?.unsigned_abs());
            Ok((place, whose, Hash(row.get(4)?), row.get::<_, Vec<u8>>(5)?, row.get(6)?))
        };
        let (place, whose, hash, sealed, received_ms) = read().map_err(sql)?;
        let is_first = place.1 == 1;
        let prev = if is_first { Hash::GENESIS } else { head };
        head = hash;
        let at = Position { terminal: whose.0, epoch: whose.1, seq: Seq(place.1) };
        let Some(event) = opened(hq, &at, &prev, &sealed) else {
            return breach(format!("event {} of stream {} does not open", place.1, place.0));
        };
        let said = said(event.at.wall_ms, received_ms);
        said_ms = if is_first { said } else { said.max(said_ms.min(received_ms)) };
        events.push((said_ms, (place, whose, event)));
    }
    events.sort_by_key(|(said_ms, (place, ..))| (*said_ms, *place));
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

/// When a word was said, as far as HQ can tell: a clock that is ahead, or years behind, is not believed.
fn said(wall_ms: i64, received_ms: i64) -> i64 {
    match wall_ms > received_ms || wall_ms <= received_ms - 400 * DAY.cast_signed() {
        true => received_ms,
        false => wall_ms,
    }
}

/// What was sealed for HQ.
pub(super) fn opened(hq: &Hq, at: &Position, prev: &Hash, sealed: &[u8]) -> Option<Event> {
    let secret = hq.keys.sealing(seal::key_id(sealed).ok()?)?;
    let plain = seal::open(secret, at, prev, sealed).ok()?;
    let plain = sync::words::unpack(&plain, |_| None).ok()?;
    Event::decode(&plain).ok()
}

impl Folded {
    /// Folds all that HQ holds.
    pub(super) fn of(hq: &Hq) -> Result<Self, Breach> {
        let events = events(hq)?;
        let mut folded = Self::default();
        let (mut streams, mut receipts) = (BTreeMap::new(), BTreeMap::new());
        for (place, whose, event) in &events {
            streams.insert(*whose, place.0);
            if let Body::Sale(sale) = &event.body {
                let customer = folded.told_of(sale.phone.as_ref(), sale.who.as_ref());
                let standing = Standing { total: sale.total.units(), customer, voided: false };
                folded.sales.insert(*place, standing);
                receipts.insert(sale.receipt_no.clone().unwrap_or_default(), *place);
            } else if let Body::Attribution(said) = &event.body
                && let LinkChange::Linked { phone, who } = &said.change
            {
                folded.told_of(Some(phone), who.as_ref());
            }
        }
        for (place, (terminal, _), event) in &events {
            let named = |sale: &SaleRef| match sale {
                SaleRef::Here { epoch, seq } => {
                    streams.get(&(*terminal, *epoch)).map(|stream| (*stream, seq.0))
                }
                SaleRef::Receipt { no } => receipts.get(no).copied(),
            };
            folded.hear(*place, &event.body, named);
        }
        Ok(folded)
    }

    fn told_of(&mut self, phone: Option<&Phone>, who: Option<&sync::event::Name>) -> Option<u64> {
        let customer = customer_of(phone?)?;
        let person = self.persons.entry(customer).or_default();
        person.title = who.map(|who| who.title.clone()).or(person.title.take());
        Some(customer)
    }

    /// Remarks and words of hers; each may come before what it is about.
    fn hear(&mut self, place: Place, body: &Body, named: impl Fn(&SaleRef) -> Option<Place>) {
        let mut on = |sale: &SaleRef, change: &dyn Fn(&mut Standing)| {
            if let Some(standing) = named(sale).and_then(|place| self.sales.get_mut(&place)) {
                change(standing);
            }
        };
        match body {
            Body::Amend(said) => on(&said.sale, &|sale| sale.total = said.total.units()),
            Body::Void(said) => on(&said.sale, &|sale| sale.voided = true),
            Body::Attribution(said) => {
                let customer = match &said.change {
                    LinkChange::Linked { phone, .. } => customer_of(phone),
                    _ => None,
                };
                on(&said.sale, &|sale| sale.customer = customer);
            }
            Body::Fact(said) => {
                let value = match &said.said {
                    Said::Told(value) => Some(value.clone()),
                    _ => None,
                };
                self.person(&said.phone).told.insert(said.field, value);
            }
            Body::Consent(said) => {
                self.person(&said.phone).agreed.insert(said.purpose, said.given);
            }
            Body::Outcome(_) => self.outcomes.extend([place]),
            Body::Forgotten(said) => self.forgotten.extend([said.customer.0]),
            _ => {}
        }
    }

    fn person(&mut self, phone: &Phone) -> &mut Person {
        self.persons.entry(customer_of(phone).unwrap_or(u64::MAX)).or_default()
    }

    /// HQ made the same of it; `erased` are nobody's, or still under their pseudonym.
    pub(super) fn is_what_hq_made(&self, hq: &Hq, erased: &BTreeSet<u64>) -> Checked {
        let files = files(hq)?;
        self.every_person_is_known(&files, erased)?;
        self.every_sale_stands(hq, &files, erased)?;
        self.every_outcome_is_heard(hq)
    }

    fn every_person_is_known(
        &self,
        files: &BTreeMap<[u8; 16], (u64, Option<String>)>,
        erased: &BTreeSet<u64>,
    ) -> Checked {
        let known: BTreeMap<u64, &Option<String>> =
            files.values().map(|(customer, title)| (*customer, title)).collect();
        for (customer, person) in &self.persons {
            match known.get(customer) {
                None if erased.contains(customer) => {}
                None => return breach(format!("HQ has no file of customer {customer}")),
                Some(_) if erased.contains(customer) => {
                    return breach(format!("HQ knows customer {customer}, who was erased"));
                }
                Some(title) if **title == person.title => {}
                Some(title) => {
                    let said = &person.title;
                    return breach(format!("customer {customer} is {title:?}, not {said:?}"));
                }
            }
        }
        match known.keys().find(|customer| !self.persons.contains_key(customer)) {
            Some(nobody) => breach(format!("HQ knows customer {nobody}, of whom nobody told")),
            None => Ok(()),
        }
    }

    fn every_sale_stands(
        &self,
        hq: &Hq,
        files: &BTreeMap<[u8; 16], (u64, Option<String>)>,
        erased: &BTreeSet<u64>,
    ) -> Checked {
        let text = "SELECT stream, seq, total, customer, voided, counts FROM sale";
        let mut select = hq.db.prepare(text).map_err(sql)?;
        let mut rows = select.query([]).map_err(sql)?;
        let (mut seen, mut spent) = (0, BTreeMap::<u64, i64>::new());
        while let Some(row) = rows.next().map_err(sql)? {
            let read = || -> rusqlite::Result<_> {
                let place = (row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs());
                let hers: Option<[u8; 16]> = row.get(3)?;
                Ok((place, row.get::<_, i64>(2)?, hers, row.get(4)?, row.get::<_, bool>(5)?))
            };
            let (place, total, hers, voided, counts) = read().map_err(sql)?;
            let Some(expected) = self.sales.get(&place) else {
                return breach(format!("HQ counts a sale at {place:?}, there is none"));
            };
            let expected = match expected.customer {
                Some(customer) if erased.contains(&customer) => {
                    Standing { customer: None, ..expected.clone() }
                }
                _ => expected.clone(),
            };
            let customer = hers.and_then(|id| files.get(&id)).map(|(customer, _)| *customer);
            let made = Standing { total, customer, voided };
            if made != expected || counts == voided {
                return breach(format!("the sale at {place:?} is {made:?}, not {expected:?}"));
            }
            seen += 1;
            if let Some(customer) = customer.filter(|_| counts) {
                *spent.entry(customer).or_default() += total;
            }
        }
        if seen != self.sales.len() {
            return breach(format!("HQ counts {seen} sales of {}", self.sales.len()));
        }
        self.net_spend_is(&spent, erased)
    }

    fn net_spend_is(&self, spent: &BTreeMap<u64, i64>, erased: &BTreeSet<u64>) -> Checked {
        let mut expected = BTreeMap::<u64, i64>::new();
        for sale in self.sales.values().filter(|sale| !sale.voided) {
            if let Some(customer) = sale.customer.filter(|customer| !erased.contains(customer)) {
                *expected.entry(customer).or_default() += sale.total;
            }
        }
        match *spent == expected {
            true => Ok(()),
            false => breach(format!("net spend is {spent:?}, not {expected:?}")),
        }
    }

    fn every_outcome_is_heard(&self, hq: &Hq) -> Checked {
        let mut select =
            hq.db.prepare("SELECT stream, seq FROM outcome WHERE stream > 0").map_err(sql)?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)));
        let heard = rows.map_err(sql)?.map(|row| row.map(|(a, b)| (a, b.unsigned_abs())));
        let heard = heard.collect::<rusqlite::Result<BTreeSet<Place>>>().map_err(sql)?;
        match heard == self.outcomes {
            true => Ok(()),
            false => breach(format!("HQ heard outcomes {heard:?}, not {:?}", self.outcomes)),
        }
    }
}

/// Every file that HQ can open.
fn files(hq: &Hq) -> Result<Files, Breach> {
    let mut select = hq.db.prepare("SELECT id FROM customer").map_err(sql)?;
    let ids = select.query_map([], |row| row.get::<_, [u8; 16]>(0)).map_err(sql)?;
    let mut files = BTreeMap::new();
    for id in ids {
        let id = id.map_err(sql)?;
        let file = customer::file(&hq.db, &hq.keys, &sync::care_list::CustomerId(id));
        match file.map_err(sql)? {
            File::Known(her) => {
                let customer = customer_of(&her.phone).unwrap_or(u64::MAX);
                files.insert(id, (customer, her.name.map(|name| name.title)));
            }
            File::Erased => {}
            File::Unreadable => return breach("a file does not open at HQ".into()),
        }
    }
    Ok(files)
}
