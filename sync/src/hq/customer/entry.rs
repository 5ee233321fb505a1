//! What a person at HQ or in a store wrote into her file, closed under her own key; and finding her by
//! her last four digits.
//!
//! # Invariants
//!
//! - Entries go with her key, and at once: the table's trigger deletes them when she is erased.
//! - The last digits are kept as a keyed hash, never as digits.
//!
//! Not here: which fields there are and what for (`hq::file`), what she told a till (`fact`).

use super::identity;
use crate::care_list::CustomerId;
use crate::hq::keys::Keys;
use rusqlite::{Connection, OptionalExtension as _, params};

/// A field as somebody wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) author: String,
    pub(crate) at_ms: i64,
}

/// Writes a field; an empty value takes it out. `false` if she has no file.
pub(crate) fn write(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    (field, value): (&str, &str),
    author: &str,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    if value.is_empty() {
        let sql = "DELETE FROM file_entry WHERE customer = ?1 AND field = ?2";
        db.execute(sql, params![id, field])?;
        // The trigger on what is written does not see what is taken out.
        let sql = "INSERT INTO due_person VALUES (?1) ON CONFLICT DO NOTHING";
        return db.execute(sql, [id]).map(|_| true);
    }
    let sql = "SELECT wrapped_key FROM customer WHERE id = ?1 AND identity IS NOT NULL";
    let wrapped: Option<Vec<u8>> = db.query_row(sql, [id], |row| row.get(0)).optional()?;
    let closed = wrapped.and_then(|wrapped| identity::close_fact(keys, id, &wrapped, value));
    let Some(closed) = closed else { return Ok(false) };
    let sql = "DELETE FROM file_entry WHERE customer = ?1 AND field = ?2";
    db.execute(sql, params![id, field])?;
    db.execute(
        "INSERT INTO file_entry (customer, field, value, author, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, field, closed, author, now_ms],
    )?;
    Ok(true)
}

/// What was written into the file of the person whom `root` is, under any of her numbers.
pub(crate) fn written(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<Vec<Entry>> {
    let mut select = db.prepare_cached(
        "SELECT e.customer, e.field, e.value, e.author, e.at_ms, c.wrapped_key
         FROM file_entry e JOIN customer c ON c.id = e.customer
         WHERE e.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
           AND c.identity IS NOT NULL ORDER BY e.at_ms",
    )?;
    let rows = select.query_map([root], |row| {
        let id: CustomerId = row.get(0)?;
        let (closed, wrapped): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(5)?);
        let value = identity::open_fact(keys, &id, &wrapped, &closed);
        let (field, author, at_ms) = (row.get(1)?, row.get(3)?, row.get(4)?);
        Ok(value.map(|value| Entry { field, value, author, at_ms }))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// By what the last four digits of a number are found.
pub(crate) fn tail(keys: &Keys, last_four: &str) -> Vec<u8> {
    identity::hash(keys, &format!("tail {last_four}"))
}
