//! What a till writes for a deed: the event, and beside it its own sales, customers and tasks, as the
//! agent does, all in the caller's transaction.
//!
//! Not here: taking a deed once (`till`), the events themselves (`deed`).

use huitou::agent::tasks::kept;
use huitou::customers::{Customer, Memory};
use huitou::outbox::Outbox;
use huitou::sales;
use rusqlite::Connection;
use sync::care_list::{CarePage, CustomerId};
use sync::event::{
    Asked, Body, Event, Field, Forgotten, LocalSeconds, Name, Outcome, OutcomeKind, Purpose,
    SaleRef, Seq, TenderKind, When,
};
use sync::money::Minor;
use sync::phone::Phone;

use super::Trouble;
use crate::deed::{self, Deed, Job, Slip};

const DAY_MS: i64 = 86_400_000;

/// An outcome that a till told: of which task, and whose it believed that to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) task: u64,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) closes: bool,
}

/// A till's books, open in one transaction.
pub(super) struct Desk<'a> {
    pub(super) db: &'a Connection,
    pub(super) outbox: &'a Outbox,
    pub(super) memory: Memory<'a>,
    pub(super) at: When,
    pub(super) boot: u64,
    /// Whether a sale of this till's own is named by its place.
    pub(super) by_place: bool,
}

impl Desk<'_> {
    fn append(&self, body: Body) -> Result<Seq, Trouble> {
        Ok(self.outbox.append(self.db, &Event { at: self.at, body })?)
    }

    const fn today(&self) -> i32 {
        self.at.wall_ms.div_euclid(DAY_MS) as i32
    }

    /// Writes what was done; gives the last event of it, and of an outcome what it was of.
    pub(super) fn write(&self, job: &Job) -> Result<(Seq, Option<Told>), Trouble> {
        let seq = match &job.deed {
            Deed::Sale(slip) => self.sale(job.number, slip)?,
            Deed::Fact { customer, field, value } => {
                self.fact(*customer, *field, value.as_deref())?
            }
            Deed::Consent { customer, purpose, given } => {
                self.consent(&deed::phone(*customer), *customer, *purpose, *given)?
            }
            Deed::Outcome { which, how } => return self.outcome(*which, *how),
            Deed::Amend { receipt_no, .. }
            | Deed::Void { receipt_no }
            | Deed::Link { receipt_no, .. } => self.remark(&job.deed, receipt_no)?,
        };
        Ok((seq, None))
    }

    fn sale(&self, number: u32, slip: &Slip) -> Result<Seq, Trouble> {
        let event = deed::sale(self.boot, number, slip, self.at.wall_ms);
        let phone = event.phone.clone();
        let row = sales::Sale {
            epoch: self.outbox.epoch(),
            seq: Seq::NONE,
            bridge: "till-1".into(),
            receipt_no: event.receipt_no.clone(),
            day: event.printed_at.map_or(0, LocalSeconds::day),
            printed_s: event.printed_at.map(|at| at.0),
            amount: event.total,
            void: false,
            customer: phone.as_ref().map(|phone| self.memory.pseudonym(phone)),
            asked: event.asked,
            taken_day: self.today(),
            tenders: vec![(TenderKind::WeChat, event.total)],
        };
        let who = event.who.clone();
        let seq = self.append(Body::Sale(Box::new(event)))?;
        sales::write(self.db, &sales::Sale { seq, ..row })?;
        match (phone, slip.customer) {
            (Some(phone), Some(customer)) => {
                Ok(self.meet(&phone, customer, who.as_ref())?.unwrap_or(seq))
            }
            _ => Ok(seq),
        }
    }

    /// She is here; whoever gives her number for the first time agrees to be known.
    fn meet(
        &self,
        phone: &Phone,
        customer: u64,
        name: Option<&Name>,
    ) -> Result<Option<Seq>, Trouble> {
        let mut known = self.memory.meet(self.db, phone, name)?;
        let card = known.card();
        if card.agreed.contains(&Purpose::Care) || card.declined.contains(&Purpose::Care) {
            return Ok(None);
        }
        let seq = self.append(deed::consent(customer, Purpose::Care, true))?;
        known.consent(self.outbox.epoch(), seq, Purpose::Care, true);
        self.memory.keep(self.db, &known)?;
        Ok(Some(seq))
    }

    fn her_file(&self, phone: &Phone) -> Result<Customer, Trouble> {
        let known = self.memory.find(self.db, phone)?;
        Ok(known.unwrap_or_else(|| Customer::new(phone.clone())))
    }

    fn fact(&self, customer: u64, field: Field, value: Option<&str>) -> Result<Seq, Trouble> {
        let mut known = self.her_file(&deed::phone(customer))?;
        let seq = self.append(deed::fact(customer, field, value))?;
        known.tell((self.outbox.epoch(), seq), 0, field, value.map(str::to_owned));
        self.memory.keep(self.db, &known)?;
        Ok(seq)
    }

    fn consent(
        &self,
        phone: &Phone,
        customer: u64,
        purpose: Purpose,
        given: bool,
    ) -> Result<Seq, Trouble> {
        let mut known = self.her_file(phone)?;
        let seq = self.append(deed::consent(customer, purpose, given))?;
        known.consent(self.outbox.epoch(), seq, purpose, given);
        self.memory.keep(self.db, &known)?;
        Ok(seq)
    }

    fn remark(&self, deed: &Deed, receipt_no: &str) -> Result<Seq, Trouble> {
        let own = sales::by_receipt(self.db, receipt_no, i32::MIN)?;
        let named = match &own {
            Some(sale) if self.by_place => SaleRef::Here { epoch: sale.epoch, seq: sale.seq },
            _ => SaleRef::Receipt { no: receipt_no.to_owned() },
        };
        let body = deed::remark(deed, named).expect("a deed about a sale");
        let seq = self.append(body)?;
        let mut last = seq;
        if let Deed::Link { customer: Some(customer), title, .. } = deed {
            let name = (*title > 0).then(|| deed::name(*title));
            let phone = deed::phone(*customer);
            last = self.meet(&phone, *customer, name.as_ref())?.unwrap_or(seq);
        }
        let Some(sale) = own else { return Ok(last) };
        match deed {
            Deed::Amend { total, .. } => {
                sales::amend(self.db, &sale, Minor::new(*total), None)?;
            }
            Deed::Void { .. } => sales::void(self.db, &sale)?,
            Deed::Link { customer, .. } => {
                let hers = customer.map(|customer| self.memory.pseudonym(&deed::phone(customer)));
                let asked = if hers.is_some() { Asked::Given } else { Asked::NotAsked };
                sales::attribute(self.db, &sale, hers, asked)?;
            }
            _ => {}
        }
        Ok(last)
    }

    /// What came of a task that is on the list; if there is none, nothing was done.
    fn outcome(&self, which: usize, how: u64) -> Result<(Seq, Option<Told>), Trouble> {
        let tasks = kept::due(self.db, self.memory.local, i32::MAX)?;
        let Some(task) = tasks.get(which % tasks.len().max(1)) else {
            return Ok((Seq::NONE, None));
        };
        let kind = [
            OutcomeKind::Reached,
            OutcomeKind::NoAnswer,
            OutcomeKind::Sent,
            OutcomeKind::Reached,
            OutcomeKind::Resolved,
        ][how as usize % 5];
        let note = (how == 3).then(|| format!("{}还问起", deed::TOLD));
        let said = Outcome { note, ..Outcome::plain(task.id, kind) };
        let seq = self.append(Body::Outcome(said))?;
        kept::done(self.db, task.id, self.today())?;
        let closes = !task.needs_reason;
        Ok((seq, Some(Told { task: task.id, customer: task.customer, closes })))
    }

    /// Takes a page of the care list; HQ hears who was forgotten.
    pub(super) fn take(&self, page: &CarePage) -> Result<(), Trouble> {
        let applied = self.memory.apply(self.db, page)?;
        kept::take(self.db, self.memory.local, page, self.today())?;
        for (customer, proof) in applied.forgotten {
            self.append(Body::Forgotten(Forgotten { customer, proof }))?;
        }
        Ok(())
    }
}
