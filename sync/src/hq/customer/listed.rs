//! What a list from elsewhere brings to a file: her name, and the store that is to know her.
//!
//! # Invariants
//!
//! - A till's word stands over a list's, and a later list's over an earlier one's: a list's words count as
//!   said at 0, in a negative stream (`import`).
//!
//! Not here: what is read from a list (`import`).

use super::{identity, sealed_columns};
use crate::care_list::CustomerId;
use crate::event::Name;
use crate::hq::keys::Keys;
use crate::hq::store as hq_store;
use crate::message::StoreId;
use crate::phone::Phone;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Her pseudonym, whether or not she has a file.
pub(in crate::hq) fn id_of(keys: &Keys, phone: &Phone) -> CustomerId {
    identity::pseudonym(keys, phone)
}

/// Whether her file was erased; `None` if there never was one.
pub(in crate::hq) fn is_erased(db: &Connection, id: &CustomerId) -> rusqlite::Result<Option<bool>> {
    let mut select = db.prepare_cached("SELECT identity IS NULL FROM customer WHERE id = ?1")?;
    select.query_row([id], |row| row.get(0)).optional()
}

/// Notes how a list addresses her, or with `None` that it no longer does, unless a till said otherwise.
pub(in crate::hq) fn listed_name(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    name: Option<&Name>,
    stream: i64,
) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(
        "SELECT wrapped_key, identity FROM customer WHERE id = ?1 AND identity IS NOT NULL
         AND ((named_stream = 0 AND named_seq = 0) OR (named_stream < 0 AND named_stream <= ?2))",
    )?;
    let row = select.query_row(params![id, stream], sealed_columns).optional()?;
    let Some((wrapped, sealed)) = row else { return Ok(()) };
    let Some(renamed) = identity::renamed(keys, id, &wrapped, &sealed, name) else { return Ok(()) };
    let place = if name.is_some() { stream } else { 0 };
    db.prepare_cached(
        "UPDATE customer SET identity = ?2, named_stream = ?3, named_seq = 0 WHERE id = ?1",
    )?
    .execute(params![id, renamed, place])?;
    Ok(())
}

/// Whether the tills of this store get her file.
pub(in crate::hq) fn is_known_in(
    db: &Connection,
    store: &StoreId,
    id: &CustomerId,
) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT count(*) > 0 FROM customer_store WHERE store = ?1 AND customer = ?2")?
        .query_row(params![store, id], |row| row.get(0))
}

/// Lets the tills of this store have her file.
pub(in crate::hq) fn known_in(
    db: &Connection,
    store: &StoreId,
    id: &CustomerId,
) -> rusqlite::Result<()> {
    if is_known_in(db, store, id)? {
        return Ok(());
    }
    db.execute(
        "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)",
        params![store, id, hq_store::next_care_n(db)?],
    )?;
    Ok(())
}
