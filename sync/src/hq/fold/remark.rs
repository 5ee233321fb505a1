//! What was said about a sale later: kept beside it, then the sale is settled anew.
//!
//! Not here: which remark wins (`settle`).

use super::Folding;
use crate::care_list::CustomerId;
use crate::event::{Amend, Asked, Attribution, LinkChange, ReturnLink, SaleRef, Seq, Void};
use crate::hq::ledger::sqlite::begun;
use crate::money::Minor;
use rusqlite::params;

/// A [`SaleRef`] as columns: place or receipt number, the other empty.
#[derive(Default)]
struct Target {
    stream: Option<i64>,
    seq: Option<Seq>,
    no: Option<String>,
}

/// The columns that only some kinds of remark fill.
#[derive(Default)]
struct Said {
    asked: Option<Asked>,
    customer: Option<CustomerId>,
    amount: Option<Minor>,
    original: Target,
}

impl Folding<'_> {
    pub(super) fn attribution(&mut self, attribution: &Attribution) -> rusqlite::Result<()> {
        let (asked, customer) = match &attribution.change {
            LinkChange::Linked { phone, who } => {
                (Some(Asked::Given), self.customer(phone, who.as_ref())?)
            }
            LinkChange::Unlinked => (None, None),
            LinkChange::Refused => (Some(Asked::Refused), None),
            LinkChange::NotAsked => (Some(Asked::NotAsked), None),
        };
        let said = Said { asked, customer, ..Said::default() };
        self.remark(&attribution.sale, "attribution", &said)
    }

    pub(super) fn amend(&mut self, amend: &Amend) -> rusqlite::Result<()> {
        let said = Said { amount: Some(amend.total), ..Said::default() };
        self.remark(&amend.sale, "amend", &said)
    }

    pub(super) fn void(&mut self, void: &Void) -> rusqlite::Result<()> {
        self.remark(&void.sale, "void", &Said::default())
    }

    pub(super) fn return_link(&mut self, link: &ReturnLink) -> rusqlite::Result<()> {
        let said = Said { original: self.target(&link.original)?, ..Said::default() };
        self.remark(&link.return_sale, "return", &said)
    }

    fn target(&self, sale: &SaleRef) -> rusqlite::Result<Target> {
        Ok(match sale {
            SaleRef::Here { epoch, seq } => Target {
                stream: Some(begun(self.db, &self.place.terminal, epoch)?.0),
                seq: Some(*seq),
                no: None,
            },
            SaleRef::Receipt { no } => Target { no: Some(no.clone()), ..Target::default() },
        })
    }

    fn remark(&mut self, sale: &SaleRef, kind: &str, said: &Said) -> rusqlite::Result<()> {
        let target = self.target(sale)?;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO remark (
                 stream, seq, store, wall_ms, target_stream, target_seq, target_no, kind, asked,
                 customer, amount, original_stream, original_seq, original_no, said_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        insert.execute(params![
            self.place.stream,
            self.place.seq,
            self.place.store,
            self.wall_ms,
            target.stream,
            target.seq,
            target.no,
            kind,
            said.asked.map(Asked::word),
            said.customer,
            said.amount,
            said.original.stream,
            said.original.seq,
            said.original.no,
            self.place.said_ms
        ])?;
        // A word that does not stand: the till that said it believes it until it hears of her.
        self.touched.extend(said.customer);
        match self.sale_of_remark(self.place.stream, self.place.seq)? {
            Some(key) => self.settle(key),
            None => Ok(()),
        }
    }
}
