//! What stands of a sale after every remark on it: computed anew from all of them, in order.
//!
//! A remark by receipt number means, among the store's sales with that number, one of its own kind if
//! there is one, the last printed before the remark, else the nearest after it. Numbers start over in
//! many shops; seven days are the till's rule, this is only the choice among namesakes. An imported sale
//! that does not count is nobody's namesake.
//!
//! # Invariants
//!
//! - The outcome depends on which sales and remarks there are, not on which came first.
//! - A return without a customer of its own follows the sale it takes back.
//!
//! Not here: keeping sales and remarks (`sale`, `remark`).

use super::Folding;
use crate::care_list::CustomerId;
use crate::event::{Asked, Known, SaleKind, Seq};
use crate::money::Minor;
use rusqlite::{OptionalExtension as _, Row, params};

/// A sale's place.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct SaleKey {
    pub(super) stream: i64,
    pub(super) seq: Seq,
}

/// What stands of a sale.
struct Standing {
    total: Minor,
    known: String,
    asked: String,
    counts: bool,
    voided: bool,
    customer: Option<CustomerId>,
    original: Option<SaleKey>,
    own_asked: String,
    is_return: bool,
    before: Option<CustomerId>,
}

struct Remark {
    place: SaleKey,
    kind: String,
    asked: Option<String>,
    customer: Option<CustomerId>,
    amount: Option<Minor>,
}

impl Folding<'_> {
    /// Computes `key` anew, and the returns that follow it.
    pub(super) fn settle(&mut self, key: SaleKey) -> rusqlite::Result<()> {
        let Some(mut standing) = self.own_word(key)? else {
            return Ok(());
        };
        for remark in self.remarks_on(key)? {
            self.heed(&mut standing, &remark)?;
        }
        if standing.customer.is_none() {
            standing.customer = self.customer_of(standing.original)?;
        }
        self.write(key, &standing)?;
        self.touched.extend([standing.before, standing.customer].into_iter().flatten());
        // A return is nobody's original, so this goes one step deep.
        if !standing.is_return {
            self.returns_of(key)?.into_iter().try_for_each(|of| self.settle(of))?;
        }
        Ok(())
    }

    /// A sale has come under a number that others bear too: remarks by number may mean it now.
    pub(super) fn settle_namesakes(&mut self, key: SaleKey, no: &str) -> rusqlite::Result<()> {
        let namesakes = self.keys(
            "SELECT s.stream, s.seq FROM sale s WHERE s.store = ?1 AND s.receipt_no = ?2
             AND (EXISTS (SELECT 1 FROM remark WHERE store = ?1 AND target_no = ?2)
                  OR EXISTS (SELECT 1 FROM remark WHERE store = ?1 AND original_no = ?2))",
            params![self.place.store, no],
        )?;
        namesakes.into_iter().filter(|of| *of != key).try_for_each(|of| self.settle(of))
    }

    /// The sale at this place is gone: returns that followed it and remarks by its number look again.
    pub(super) fn settle_without(&mut self, no: Option<&str>) -> rusqlite::Result<()> {
        let key = SaleKey { stream: self.place.stream, seq: self.place.seq };
        self.returns_of(key)?.into_iter().try_for_each(|of| self.settle(of))?;
        no.map_or(Ok(()), |no| self.settle_namesakes(key, no))
    }

    /// Whether anything was ever said of the sale at this place or of its number, as the one that is meant
    /// or as the one that is taken back. Of most nothing was: one look instead of settling.
    pub(super) fn is_remarked(&self, key: SaleKey, no: Option<&str>) -> rusqlite::Result<bool> {
        let mut select = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM remark WHERE target_stream = ?1 AND target_seq = ?2)
                 OR EXISTS (SELECT 1 FROM remark WHERE store = ?3 AND target_no = ?4)
                 OR EXISTS (SELECT 1 FROM remark WHERE original_stream = ?1 AND original_seq = ?2)
                 OR EXISTS (SELECT 1 FROM remark WHERE store = ?3 AND original_no = ?4)",
        )?;
        let params = params![key.stream, key.seq, self.place.store, no];
        select.query_row(params, |row| row.get(0))
    }

    /// Returns that named this sale before it came.
    pub(super) fn settle_returns_waiting_for(
        &mut self,
        key: SaleKey,
        no: Option<&str>,
    ) -> rusqlite::Result<()> {
        let remarks = self.keys(
            "SELECT stream, seq FROM remark
             WHERE (original_stream = ?1 AND original_seq = ?2)
                OR (store = ?3 AND original_no = ?4)",
            params![key.stream, key.seq, self.place.store, no],
        )?;
        for remark in remarks {
            if let Some(of) = self.sale_of_remark(remark.stream, remark.seq)? {
                self.settle(of)?;
            }
        }
        Ok(())
    }

    /// Which sale a remark means, if it is there.
    pub(super) fn sale_of_remark(
        &self,
        stream: i64,
        seq: Seq,
    ) -> rusqlite::Result<Option<SaleKey>> {
        let mut select = self.db.prepare_cached(
            "SELECT s.stream, s.seq FROM remark r JOIN sale s
                 ON (s.stream = r.target_stream AND s.seq = r.target_seq)
                 OR (s.store = r.store AND s.receipt_no = r.target_no)
             WHERE r.stream = ?1 AND r.seq = ?2 AND (s.stream > 0 OR s.own_counts)
             ORDER BY (s.kind = CASE r.kind WHEN 'return' THEN 'return' ELSE 'sale' END) DESC,
                      (s.wall_ms <= r.wall_ms) DESC, abs(s.wall_ms - r.wall_ms),
                      s.stream DESC, s.seq DESC LIMIT 1",
        )?;
        select.query_row(params![stream, seq], key).optional()
    }

    fn original_of_remark(&self, place: SaleKey) -> rusqlite::Result<Option<SaleKey>> {
        let mut select = self.db.prepare_cached(
            "SELECT s.stream, s.seq FROM remark r JOIN sale s
                 ON (s.stream = r.original_stream AND s.seq = r.original_seq)
                 OR (s.store = r.store AND s.receipt_no = r.original_no)
             WHERE r.stream = ?1 AND r.seq = ?2 AND s.kind = 'sale'
                   AND (s.stream > 0 OR s.own_counts)
             ORDER BY (s.wall_ms <= r.wall_ms) DESC, abs(s.wall_ms - r.wall_ms),
                      s.stream DESC, s.seq DESC LIMIT 1",
        )?;
        select.query_row(params![place.stream, place.seq], key).optional()
    }

    fn own_word(&self, key: SaleKey) -> rusqlite::Result<Option<Standing>> {
        let mut select = self.db.prepare_cached(
            "SELECT own_total, own_known, own_asked, own_counts, own_customer, customer, kind
             FROM sale WHERE stream = ?1 AND seq = ?2",
        )?;
        let standing = select.query_row(params![key.stream, key.seq], |row| {
            Ok(Standing {
                total: row.get(0)?,
                known: row.get(1)?,
                asked: row.get(2)?,
                own_asked: row.get(2)?,
                counts: row.get(3)?,
                customer: row.get(4)?,
                before: row.get(5)?,
                is_return: row.get::<_, String>(6)? == SaleKind::Return.word(),
                voided: false,
                original: None,
            })
        });
        standing.optional()
    }

    fn remarks_on(&self, key: SaleKey) -> rusqlite::Result<Vec<Remark>> {
        let mut select = self.db.prepare_cached(
            "SELECT r.stream, r.seq, r.kind, r.asked, r.customer, r.amount
             FROM sale s JOIN remark r
                 ON (r.target_stream = s.stream AND r.target_seq = s.seq)
                 OR (r.store = s.store AND r.target_no = s.receipt_no)
             WHERE s.stream = ?1 AND s.seq = ?2 ORDER BY r.said_ms, r.stream, r.seq",
        )?;
        let named = select.query_map(params![key.stream, key.seq], remark)?;
        let mut remarks = named.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut meant = Ok(());
        remarks.retain(|remark| match self.sale_of_remark(remark.place.stream, remark.place.seq) {
            Ok(of) => of == Some(key),
            Err(error) => {
                meant = Err(error);
                false
            }
        });
        meant.map(|()| remarks)
    }

    fn heed(&self, standing: &mut Standing, remark: &Remark) -> rusqlite::Result<()> {
        let silence = remark.asked.as_deref() == Some(Asked::NotAsked.word());
        match remark.kind.as_str() {
            // A till that moves on says that it did not ask; it cannot know that another till of
            // the store has attached the receipt meanwhile. Silence takes nobody's link away.
            "attribution" if silence && standing.customer.is_some() => {}
            "attribution" => {
                standing.customer = remark.customer;
                standing.asked = remark.asked.clone().unwrap_or_else(|| unlinked(standing));
            }
            "amend" => {
                standing.total = remark.amount.unwrap_or(standing.total);
                standing.known = Known::Consistent.word().into();
                standing.counts = !standing.voided;
            }
            "void" => (standing.voided, standing.counts) = (true, false),
            // A sale takes nothing back, whatever was said of it: so no sale follows itself.
            _ if standing.is_return => {
                standing.original = self.original_of_remark(remark.place)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn customer_of(&self, sale: Option<SaleKey>) -> rusqlite::Result<Option<CustomerId>> {
        let Some(key) = sale else { return Ok(None) };
        let sql = "SELECT customer FROM sale WHERE stream = ?1 AND seq = ?2";
        let mut select = self.db.prepare_cached(sql)?;
        select.query_row(params![key.stream, key.seq], |row| row.get(0))
    }

    /// Most sales stand as they came: those are not written twice.
    fn write(&self, key: SaleKey, standing: &Standing) -> rusqlite::Result<()> {
        let mut update = self.db.prepare_cached(
            "UPDATE sale SET total = ?3, known = ?4, asked = ?5, counts = ?6, voided = ?7,
                 customer = ?8, original_stream = ?9, original_seq = ?10
             WHERE stream = ?1 AND seq = ?2
                 AND (total, known, asked, counts, voided, customer, original_stream, original_seq)
                     IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        update.execute(params![
            key.stream,
            key.seq,
            standing.total,
            standing.known,
            standing.asked,
            standing.counts,
            standing.voided,
            standing.customer,
            standing.original.map(|of| of.stream),
            standing.original.map(|of| of.seq)
        ])?;
        Ok(())
    }

    fn returns_of(&self, key: SaleKey) -> rusqlite::Result<Vec<SaleKey>> {
        self.keys(
            "SELECT stream, seq FROM sale WHERE original_stream = ?1 AND original_seq = ?2",
            params![key.stream, key.seq],
        )
    }

    fn keys(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<SaleKey>> {
        self.db.prepare_cached(sql)?.query_map(params, key)?.collect()
    }
}

/// Once a link is undone nobody has given a number, whatever the sale said at first.
fn unlinked(standing: &Standing) -> String {
    if standing.own_asked == Asked::Given.word() {
        Asked::NotAsked.word().into()
    } else {
        standing.own_asked.clone()
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<SaleKey> {
    Ok(SaleKey { stream: row.get(0)?, seq: row.get(1)? })
}

fn remark(row: &Row<'_>) -> rusqlite::Result<Remark> {
    Ok(Remark {
        place: key(row)?,
        kind: row.get(2)?,
        asked: row.get(3)?,
        customer: row.get(4)?,
        amount: row.get(5)?,
    })
}
