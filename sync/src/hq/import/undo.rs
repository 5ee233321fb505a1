//! Undo: what an import brought is taken out, and what stood before it stands again.
//!
//! # Invariants
//!
//! - The newest import of its kind goes first, so that what stands again is what stood.
//! - What a till said, and everything that refers to what it said, stays.
//! - A file that only the import made goes; tills that got it get a snapshot without it.
//!
//! Not here: erasing a member, which no import brings back (`customer`).

use super::{Kind, member, shop, stream};
use crate::care_list::CustomerId;
use crate::event::{Epoch, Seq, TerminalId};
use crate::hq::fold::{self, Place};
use crate::hq::{Hq, customer, store, style};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Why an import was not undone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// There is none of this number.
    #[error("no import {0}; `huitou-hq imports` lists them")]
    None(i64),
    /// It is undone.
    #[error("import {0} is undone already")]
    Already(i64),
    /// A later one of its kind stands on it.
    #[error("import {0} is a later list of the same kind: undo it first")]
    Later(i64),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// What was undone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Undone {
    /// Rows of the import that are gone.
    pub rows: usize,
    /// Members' files that are gone with it.
    pub files: usize,
    /// Whether every till gets a snapshot.
    pub snapshot: bool,
}

/// Takes import `id` out again, in one transaction.
///
/// # Errors
///
/// [`UndoError`]; then nothing was changed.
pub fn undo(hq: &mut Hq, id: i64, now_ms: i64) -> Result<Undone, UndoError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let kind = may_undo(&tx, id)?;
    let mut taking = Taking { keys: &hq.keys, id, undone: Undone::default() };
    match kind {
        Kind::Members => taking.members(&tx)?,
        Kind::Staff => taking.staff(&tx)?,
        Kind::Stores => taking.stores(&tx)?,
        Kind::Styles => {
            taking.delete(&tx, "import_style")?;
            style::settle(&tx)?;
        }
        Kind::Sales => taking.sales(&tx)?,
    }
    if taking.undone.snapshot {
        store::begin_new_life(&tx)?;
    }
    tx.execute("UPDATE import SET undone_ms = ?2 WHERE id = ?1", params![id, now_ms])?;
    let undone = taking.undone;
    tx.commit()?;
    Ok(undone)
}

fn may_undo(tx: &Transaction<'_>, id: i64) -> Result<Kind, UndoError> {
    let sql = "SELECT kind, undone_ms IS NOT NULL FROM import WHERE id = ?1";
    let row = tx.query_row(sql, [id], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let (word, undone) = row.optional()?.ok_or(UndoError::None(id))?;
    if undone {
        return Err(UndoError::Already(id));
    }
    let sql = "SELECT max(id) FROM import WHERE kind = ?1 AND undone_ms IS NULL";
    let newest: i64 = tx.query_row(sql, [&word], |row| row.get(0))?;
    match (newest == id, Kind::of_word(&word)) {
        (true, Some(kind)) => Ok(kind),
        _ => Err(UndoError::Later(newest)),
    }
}

struct Taking<'a> {
    keys: &'a crate::hq::keys::Keys,
    id: i64,
    undone: Undone,
}

impl Taking<'_> {
    /// Deletes the import's rows of one of its own tables.
    fn delete(&mut self, tx: &Connection, table: &'static str) -> rusqlite::Result<()> {
        let sql = format!("DELETE FROM {table} WHERE import = ?1");
        self.undone.rows += tx.execute(&sql, [self.id])?;
        Ok(())
    }

    fn members(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = "SELECT customer FROM import_fact WHERE import = ?1
                   UNION SELECT customer FROM import_consent WHERE import = ?1";
        let ids = customers(tx, sql, self.id)?;
        self.delete(tx, "import_fact")?;
        self.delete(tx, "import_consent")?;
        tx.execute("DELETE FROM consent WHERE stream = ?1", [stream(self.id)])?;
        tx.execute("DELETE FROM fact WHERE stream = ?1", [stream(self.id)])?;
        for id in &ids {
            customer::listed_name(tx, self.keys, id, None, stream(self.id))?;
            self.stand_again(tx, id)?;
        }
        self.drop_files(tx, ids)
    }

    /// What lists before this one said of her.
    fn stand_again(&self, tx: &Connection, id: &CustomerId) -> rusqlite::Result<()> {
        let told = member::as_told(tx, self.keys, id)?;
        let mut place = tx.prepare_cached(
            "SELECT import, line FROM import_fact WHERE customer = ?1 AND field = ?2
             ORDER BY import DESC LIMIT 1",
        )?;
        for (field, text) in &told {
            let at: (i64, i64) =
                place.query_row(params![id, field], |row| Ok((row.get(0)?, row.get(1)?)))?;
            member::stand(tx, self.keys, id, field, text, (stream(at.0), at.1))?;
        }
        Ok(())
    }

    fn staff(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = "SELECT customer FROM import_staff WHERE import = ?1 AND customer IS NOT NULL";
        let ids = customers(tx, sql, self.id)?;
        self.delete(tx, "import_staff")?;
        tx.execute("DELETE FROM staff WHERE stream = ?1", [stream(self.id)])?;
        self.drop_files(tx, ids)
    }

    fn stores(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = "SELECT s.id, s.name FROM import_store i JOIN store s ON s.name = i.name
                   WHERE i.import = ?1";
        let stores: Vec<(crate::message::StoreId, String)> = tx
            .prepare(sql)?
            .query_map([self.id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (id, name) in &stores {
            let from = shop::newest(tx, name, self.id + 1)?;
            let to = shop::newest(tx, name, self.id)?;
            shop::replace_texts(tx, id, from.as_ref(), to.as_ref())?;
        }
        self.delete(tx, "import_store")?;
        for (id, name) in &stores {
            if shop::newest(tx, name, i64::MAX)?.is_none() {
                gone(tx, "DELETE FROM store WHERE id = ?1", id)?;
            }
        }
        Ok(())
    }

    fn sales(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let sql = "SELECT customer FROM sale WHERE stream = ?1 AND customer IS NOT NULL
                   UNION SELECT own_customer FROM sale
                       WHERE stream = ?1 AND own_customer IS NOT NULL";
        let ids = customers(tx, sql, stream(self.id))?;
        let sales: Vec<(Seq, Option<String>, crate::message::StoreId)> = tx
            .prepare("SELECT seq, receipt_no, store FROM sale WHERE stream = ?1")?
            .query_map([stream(self.id)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for table in ["sale_item", "sale"] {
            let sql = format!("DELETE FROM {table} WHERE stream = ?1");
            self.undone.rows += tx.execute(&sql, [stream(self.id)])?;
        }
        let mut touched = BTreeSet::new();
        for (seq, no, store) in &sales {
            let place = Place {
                stream: stream(self.id),
                seq: *seq,
                said_ms: 0,
                received_ms: 0,
                terminal: TerminalId([0; 16]),
                epoch: Epoch([0; 16]),
                store: *store,
            };
            fold::without(tx, self.keys, place, no.as_deref(), &mut touched)?;
        }
        customer::touch(tx, &touched)?;
        self.drop_files(tx, ids)
    }

    /// Those files go to which nothing refers any more; the others get a new version.
    fn drop_files(&mut self, tx: &Transaction<'_>, ids: Vec<CustomerId>) -> rusqlite::Result<()> {
        let mut kept = BTreeSet::new();
        for id in ids {
            tx.execute_batch("SAVEPOINT file")?;
            let known = tx.execute("DELETE FROM customer_store WHERE customer = ?1", [id])?;
            forget_what_was_made_of_her(tx, &id)?;
            if gone(tx, "DELETE FROM customer WHERE id = ?1 AND identity IS NOT NULL", &id)? {
                self.undone.files += 1;
                self.undone.snapshot |= known > 0;
            } else {
                tx.execute_batch("ROLLBACK TO file")?;
                kept.insert(id);
            }
            tx.execute_batch("RELEASE file")?;
        }
        customer::touch(tx, &kept)
    }
}

/// What nights made of her file by themselves goes with it: nobody did anything with it.
fn forget_what_was_made_of_her(tx: &Connection, id: &CustomerId) -> rusqlite::Result<()> {
    for made in ["tail", "person", "person_store", "figure_person", "looks_after", "forecast"] {
        let sql = format!("DELETE FROM {made} WHERE customer = ?1");
        tx.prepare_cached(&sql)?.execute([id])?;
    }
    // Of those kept back only that they were is noted; whatever was sent, or is to be, stays.
    let sql = "DELETE FROM message WHERE customer = ?1 AND state = 'held' AND task IS NULL";
    tx.prepare_cached(sql)?.execute([id]).map(drop)
}

fn customers(tx: &Connection, sql: &str, of: i64) -> rusqlite::Result<Vec<CustomerId>> {
    tx.prepare(sql)?.query_map([of], |row| row.get(0))?.collect()
}

/// Deletes a row unless another refers to it; says whether it is gone.
fn gone(db: &Connection, sql: &str, id: &impl rusqlite::ToSql) -> rusqlite::Result<bool> {
    match db.prepare_cached(sql)?.execute([id]) {
        Ok(count) => Ok(count > 0),
        Err(error) => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Ok(false),
            _ => Err(error),
        },
    }
}
