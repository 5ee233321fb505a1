//! Which earlier sale a slip belongs to: one that it is a copy of, takes back, or makes void.
//!
//! Not here: two slips that are printed together (`sale::group`), what is written (`take`).

use sync::event::{Body, Epoch, SaleRef, Seq, Void};

use super::Agent;
use super::take::{Read, TakeError, is_sale, printed_second};
use crate::clock::Moment;
use crate::sale::Kind;
use crate::sales;

/// How far back a return may reach.
const RETURN_DAYS: i32 = 400;

impl Agent {
    /// The sale that this slip is another copy of.
    pub(super) fn continues(
        &self,
        bridge: &str,
        read: &Read,
        now: Moment,
    ) -> Result<Option<Option<(Epoch, Seq)>>, TakeError> {
        if let Some(copied) = self.copied(bridge, read, now)? {
            return Ok(Some(Some((copied.epoch, copied.seq))));
        }
        let Some((group, sale)) = self.tills.get(bridge).and_then(|till| till.group.as_ref())
        else {
            return Ok(None);
        };
        // A card slip may come before its receipt: that one is the sale.
        let first = sale.is_none() && is_sale(read.summary.kind);
        Ok((!first && group.continues(&read.summary)).then_some(*sale))
    }

    /// The same number, amount, till and printed time once more is the same sale, whatever was
    /// printed in between, and whether or not we were restarted. Numbers alone may come again in the
    /// next shift.
    fn copied(
        &self,
        bridge: &str,
        read: &Read,
        now: Moment,
    ) -> rusqlite::Result<Option<sales::Sale>> {
        let reading = &read.reading;
        let (Some(no), Some(_)) = (&reading.receipt_no, reading.total) else { return Ok(None) };
        if !is_sale(read.summary.kind) {
            return Ok(None);
        }
        let found = match printed_second(reading) {
            Some(_) => sales::by_receipt(&self.connection, no, now.day() - 1)?,
            None => sales::last_of(&self.connection, self.outbox.epoch(), bridge)?,
        };
        Ok(found.filter(|sale| {
            sale.receipt_no.as_ref() == Some(no)
                && sale.amount == self.signed_total(read)
                && sale.printed_s == printed_second(reading)
                && sale.bridge == bridge
        }))
    }

    /// The sale that a return takes back, if the paper says which.
    pub(super) fn original_of(
        &self,
        read: &Read,
        now: Moment,
    ) -> rusqlite::Result<Option<SaleRef>> {
        if read.summary.kind != Kind::Return {
            return Ok(None);
        }
        // Some tills print no number of its own on a return, but its order's.
        let named = read.reading.original_no.as_ref();
        let Some(no) = named.or(read.reading.receipt_no.as_ref()) else { return Ok(None) };
        let found = sales::by_receipt(&self.connection, no, now.day() - RETURN_DAYS)?;
        let here = found.map(|sale| SaleRef::Here { epoch: sale.epoch, seq: sale.seq });
        Ok(here.or_else(|| Some(SaleRef::Receipt { no: named?.clone() })))
    }

    /// A void slip names the sale that it takes back.
    pub(super) fn write_void(
        &self,
        read: &Read,
        now: Moment,
    ) -> Result<Option<(Epoch, Seq)>, TakeError> {
        let Some(no) = &read.reading.receipt_no else { return Ok(None) };
        let found = sales::by_receipt(&self.connection, no, now.day() - 7)?;
        let sale = match &found {
            Some(sale) => SaleRef::Here { epoch: sale.epoch, seq: sale.seq },
            None => SaleRef::Receipt { no: no.clone() },
        };
        self.append(now, Body::Void(Void { sale }))?;
        if let Some(sale) = &found {
            sales::void(&self.connection, sale)?;
        }
        Ok(found.map(|sale| (sale.epoch, sale.seq)))
    }
}
