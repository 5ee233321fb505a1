//! A page of HQ's care list, into this store's memory.
//!
//! # Invariants
//!
//! - All of a page and the cursor behind it, or nothing: the caller's transaction.
//! - A snapshot that spans several pages removes nobody before its last one: what a half of it would
//!   leave out is there until then.
//! - What only this till knows of her stays: which rules were printed, what HQ has not counted yet.
//! - Whom only this till knows stays until HQ has counted all that was said of her here. Is she not in its
//!   list then, she was erased before that came, or it was taken back: the tombstone names her by HQ's
//!   pseudonym, which a till that met her by itself cannot know.
//!
//! Not here: opening and checking the page (`sync::care_list`).

use rusqlite::{Connection, OptionalExtension, params};
use sync::care_list::{CareEntry, CarePage, CustomerId, ErasureProof, Mark, Profile};
use sync::event::{Epoch, Seq, TerminalId};
use sync::phone::Phone;

use super::remember::lead;
use super::{Customer, CustomersError, Memory, Pseudonym, by_pseudonym};
use crate::sales;

/// What a page changed, for the directory.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Number, row and last visit of those who are new or changed.
    pub changed: Vec<(Phone, i64, Option<i32>)>,
    /// Who was forgotten, with HQ's proof, for HQ to hear that it was done.
    pub forgotten: Vec<(CustomerId, ErasureProof)>,
}

impl Memory<'_> {
    /// Applies a page; the caller moves the cursor in the same transaction.
    ///
    /// # Errors
    ///
    /// [`CustomersError`]; the caller rolls back.
    pub fn apply(
        &self,
        transaction: &Connection,
        page: &CarePage,
    ) -> Result<Applied, CustomersError> {
        if page.snapshot {
            // Those whom HQ has not heard of yet stay: their first sale is still on its way.
            transaction.execute("UPDATE customer SET stale = 1 WHERE hq_id IS NOT NULL", [])?;
        }
        let mut applied = Applied::default();
        let mut sets: Vec<(Vec<Mark>, i64)> = Vec::new();
        for entry in &page.entries {
            match entry {
                CareEntry::Customer(profile) => {
                    let set = set_of(transaction, &mut sets, &profile.marks)?;
                    let (row, day) = self.learn(transaction, profile, set)?;
                    applied.changed.push((profile.phone.clone(), row, day));
                }
                CareEntry::Erased(id, proof) => {
                    applied.forgotten.extend(proof.map(|proof| (*id, proof)));
                    let erased = erase(transaction, *id)?;
                    sales::forget_customer(transaction, erased)?;
                    crate::agent::peers::forget_customer(transaction, erased)?;
                }
            }
        }
        if !page.more {
            drop_stale(transaction)?;
            self.forget_strangers(transaction, page.counted.as_deref())?;
        }
        Ok(applied)
    }

    /// Forgets whom HQ does not know, though it has counted all that this till ever said.
    fn forget_strangers(
        &self,
        transaction: &Connection,
        counted: Option<&[Mark]>,
    ) -> Result<(), CustomersError> {
        let Some(counted) = counted else { return Ok(()) };
        if !all_is_counted(transaction, self.terminal, counted)? {
            return Ok(());
        }
        for stranger in strangers(transaction)? {
            let told = crate::agent::peers::of_customer(transaction, stranger)?;
            if told.iter().all(|(of, epoch, seq, _)| is_counted(counted, *of, *epoch, *seq)) {
                let sql = "DELETE FROM customer WHERE pseudonym = ?1";
                transaction.prepare_cached(sql)?.execute([stranger])?;
                sales::forget_customer(transaction, Some(stranger))?;
                crate::agent::peers::forget_customer(transaction, Some(stranger))?;
            }
        }
        Ok(())
    }

    fn learn(
        &self,
        transaction: &Connection,
        profile: &Profile,
        set: i64,
    ) -> Result<(i64, Option<i32>), CustomersError> {
        let pseudonym = self.pseudonym(&profile.phone);
        // The same customer under an earlier number: her file moves, it is not doubled.
        transaction
            .prepare_cached("DELETE FROM customer WHERE hq_id = ?1 AND pseudonym <> ?2")?
            .execute(params![profile.customer.0, pseudonym])?;
        let before = by_pseudonym(transaction, pseudonym)?;
        let here = before.and_then(|row| self.open(transaction, &row).ok()?.here);
        let mut customer = Customer {
            phone: profile.phone.clone(),
            name: profile.name.clone(),
            spend: profile.spend.clone(),
            marks: profile.marks.clone(),
            card: profile.card.clone(),
            here,
        };
        customer.settle(self.terminal);
        let row = self.write(transaction, &customer, Some(profile.customer), Some(set))?;
        let same_as = profile.card.as_ref().and_then(|card| card.same_as.as_ref());
        lead(transaction, pseudonym, same_as.map(|kept| self.pseudonym(kept)))?;
        Ok((row, customer.last_day()))
    }
}

fn is_counted(counted: &[Mark], terminal: TerminalId, epoch: Epoch, seq: Seq) -> bool {
    let of = |mark: &&Mark| mark.terminal == terminal && mark.epoch == epoch;
    counted.iter().find(of).is_some_and(|mark| mark.seq >= seq)
}

/// Whether HQ has counted every event of this till's outbox, whichever life of it.
fn all_is_counted(
    transaction: &Connection,
    terminal: TerminalId,
    counted: &[Mark],
) -> rusqlite::Result<bool> {
    let mut select = transaction
        .prepare_cached("SELECT epoch, last_seq FROM epoch WHERE terminal = ?1 AND last_seq > 0")?;
    let last = select.query_map([terminal.0], |row| {
        Ok((Epoch(row.get(0)?), Seq(row.get::<_, i64>(1)?.unsigned_abs())))
    })?;
    let last = last.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(last.into_iter().all(|(epoch, seq)| is_counted(counted, terminal, epoch, seq)))
}

/// Takes off whom a snapshot did not name. Who bought here is one whom we know by ourselves from now on: HQ
/// may have lost her with its disk, and gets her sales again; when it has, it sends her or she is forgotten,
/// and with her whose sales they were.
fn drop_stale(transaction: &Connection) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "UPDATE customer SET stale = 0, hq_id = NULL WHERE stale = 1
             AND (EXISTS (SELECT 1 FROM sale s WHERE s.customer = pseudonym)
                  OR EXISTS (SELECT 1 FROM peer_sale s WHERE s.customer = pseudonym));
         DELETE FROM customer WHERE stale = 1;",
    )
}

/// Those whom HQ never sent.
fn strangers(transaction: &Connection) -> rusqlite::Result<Vec<Pseudonym>> {
    let mut select =
        transaction.prepare_cached("SELECT pseudonym FROM customer WHERE hq_id IS NULL")?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// The row of a set of marks; a page's customers share one.
fn set_of(
    transaction: &Connection,
    sets: &mut Vec<(Vec<Mark>, i64)>,
    marks: &[Mark],
) -> Result<i64, CustomersError> {
    if let Some((_, set)) = sets.iter().find(|(known, _)| known == marks) {
        return Ok(*set);
    }
    let bytes = minicbor::to_vec(marks).map_err(|_| CustomersError::Damaged)?;
    let known = transaction
        .prepare_cached("SELECT id FROM mark_set WHERE marks = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([&bytes], |row| row.get(0))
        .optional()?;
    let set = match known {
        Some(set) => set,
        None => transaction
            .prepare_cached("INSERT INTO mark_set (marks) VALUES (?1) RETURNING id")?
            .query_row([&bytes], |row| row.get(0))?,
    };
    sets.push((marks.to_vec(), set));
    Ok(set)
}

fn erase(transaction: &Connection, id: CustomerId) -> rusqlite::Result<Option<Pseudonym>> {
    transaction
        .prepare_cached("DELETE FROM customer WHERE hq_id = ?1 RETURNING pseudonym")?
        .query_row([id.0], |row| row.get(0))
        .optional()
}
