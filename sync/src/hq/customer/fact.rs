//! What she told about herself, closed under her own key, and what she would rather not.
//!
//! # Invariants
//!
//! - Her answers go with her key: erasing it erases them.
//! - The last answer stands, over all her numbers.
//!
//! Not here: which fields there are (`event::Field`), what a till gets of them (`card`).

use super::{identity, person};
use crate::care_list::{CustomerId, Told};
use crate::event::{Field, Name, Said};
use crate::hq::fold::SaidAt;
use crate::hq::keys::Keys;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

/// Keeps an answer, unless a later one is there.
pub(crate) fn hear(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    field: Field,
    said: &Said,
    (said_ms, stream, seq): SaidAt,
) -> rusqlite::Result<()> {
    let (word, value) = match said {
        Said::Told(value) => ("told", Some(value.as_str())),
        Said::Refused => ("refused", None),
        Said::Forgotten => ("forgotten", None),
    };
    // Of persons under one number there may be several; each is told apart by a keyed hash.
    let item = match (field, value) {
        (Field::Person, Some(value)) => identity::hash(keys, value),
        _ => Vec::new(),
    };
    let sql = "SELECT wrapped_key FROM customer WHERE id = ?1 AND identity IS NOT NULL";
    let wrapped: Option<Vec<u8>> = db.query_row(sql, [id], |row| row.get(0)).optional()?;
    let Some(wrapped) = wrapped else { return Ok(()) };
    let sealed = value.and_then(|value| identity::close_fact(keys, id, &wrapped, value));
    db.execute(
        "INSERT INTO fact (customer, field, item, stream, seq, said, value, said_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (customer, field, item) DO UPDATE SET
             stream = excluded.stream, seq = excluded.seq, said = excluded.said,
             value = excluded.value, said_ms = excluded.said_ms
         WHERE (excluded.said_ms, excluded.stream, excluded.seq) > (said_ms, stream, seq)",
        params![id, field.word(), item, stream, seq, word, sealed, said_ms],
    )?;
    Ok(())
}

/// A text closed under her key; `None` if she was erased, or her key does not open.
pub(crate) fn closed(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    text: &str,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT wrapped_key FROM customer WHERE id = ?1 AND identity IS NOT NULL";
    let wrapped: Option<Vec<u8>> =
        db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    Ok(wrapped.and_then(|wrapped| identity::close_fact(keys, id, &wrapped, text)))
}

/// What [`closed`] closed, opened with her wrapped key.
pub(crate) fn opened(
    keys: &Keys,
    id: &CustomerId,
    wrapped_key: &[u8],
    sealed: &[u8],
) -> Option<String> {
    identity::open_fact(keys, id, wrapped_key, sealed)
}

/// What she told and refused, under all her numbers.
///
/// # Errors
///
/// As SQLite says.
pub(crate) fn told(db: &Connection, keys: &Keys, id: &CustomerId) -> rusqlite::Result<Vec<Told>> {
    let mut last: BTreeMap<(Field, Vec<u8>), Answer> = BTreeMap::new();
    for number in person::numbers(db, id)? {
        for (key, answer) in answers(db, keys, &number)? {
            match last.get(&key) {
                Some(known) if known.place > answer.place => {}
                _ => drop(last.insert(key, answer)),
            }
        }
    }
    let stands = last.into_iter().filter(|(_, answer)| answer.said != "forgotten");
    Ok(stands.map(|((field, _), answer)| Told { field, value: answer.value }).collect())
}

/// Whether this is one of the other persons of her number.
pub(super) fn is_person(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    name: &Name,
) -> rusqlite::Result<bool> {
    let item = identity::hash(keys, &format!("{} {}", name.surname, name.title));
    db.prepare_cached(
        "SELECT count(*) > 0 FROM fact
         WHERE customer = ?1 AND field = ?2 AND item = ?3 AND said = 'told'",
    )?
    .query_row(params![id, Field::Person.word(), item], |row| row.get(0))
}

struct Answer {
    place: SaidAt,
    said: String,
    value: Option<String>,
}

type Key = (Field, Vec<u8>);

fn answers(db: &Connection, keys: &Keys, id: &CustomerId) -> rusqlite::Result<Vec<(Key, Answer)>> {
    let mut select = db.prepare_cached(
        "SELECT f.field, f.item, f.stream, f.seq, f.said, f.value, c.wrapped_key, f.said_ms
         FROM fact f JOIN customer c ON c.id = f.customer
         WHERE f.customer = ?1 AND c.identity IS NOT NULL",
    )?;
    let rows = select.query_map([id], |row| {
        let field = Field::from_word(&row.get::<_, String>(0)?);
        let sealed: Option<Vec<u8>> = row.get(5)?;
        let wrapped: Vec<u8> = row.get(6)?;
        let value = sealed.and_then(|sealed| identity::open_fact(keys, id, &wrapped, &sealed));
        let place = (row.get(7)?, row.get(2)?, row.get(3)?);
        Ok(((field, row.get(1)?), Answer { place, said: row.get(4)?, value }))
    })?;
    rows.collect()
}

/// Closes a text about her under her own key; none if she was erased.
pub(crate) fn close(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    text: &str,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let wrapped = wrapped_key(db, id)?;
    Ok(wrapped.and_then(|wrapped| identity::close_fact(keys, id, &wrapped, text)))
}

/// Opens what [`close`] closed; none once her key is gone.
pub(crate) fn open(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    sealed: &[u8],
) -> rusqlite::Result<Option<String>> {
    let wrapped = wrapped_key(db, id)?;
    Ok(wrapped.and_then(|wrapped| identity::open_fact(keys, id, &wrapped, sealed)))
}

fn wrapped_key(db: &Connection, id: &CustomerId) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT wrapped_key FROM customer WHERE id = ?1 AND identity IS NOT NULL")?
        .query_row([id], |row| row.get(0))
        .optional()
}
