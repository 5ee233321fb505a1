//! Her card: what a till of one store may know of her, gathered from the tables.
//!
//! Not here: number, name and spend (the parent module), when it goes down (`hq::care`).

use super::{entry, fact, person, referral};
use crate::care_list::{Card, CustomerId, Wears};
use crate::event::{Field, Purpose};
use crate::hq::desk::{self, vip::hand_out};
use crate::hq::figures::{fit, handover};
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The person's sales that count.
const HERS: &str = "s.counts AND s.kind = 'sale'
    AND s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)";

/// Her newest sales, from the index alone: what she wears shows in these, and of a shop's own card with
/// thousands not every line is read.
pub(in crate::hq) fn lately() -> String {
    format!(
        "SELECT s.stream, s.seq, s.day, s.wall_ms FROM sale s WHERE {HERS}
         ORDER BY s.day DESC, s.wall_ms DESC LIMIT 200"
    )
}

/// Her card for a till of `store`; `root` is the number that she is found under.
///
/// # Errors
///
/// As SQLite says.
pub(crate) fn card(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    store: &StoreId,
) -> rusqlite::Result<Card> {
    let (first_day, last_day) = db
        .prepare_cached(&format!("SELECT min(s.day), max(s.day) FROM sale s WHERE {HERS}"))?
        .query_row([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (agreed, declined) = consents(db, root)?;
    Ok(Card {
        told: fact::told(db, keys, root)?,
        first_day,
        last_day,
        associate: associate(db, root, store)?,
        last_item: last(db, root)?.map(|(item, _)| item),
        size: size(db, root)?,
        brought: referral::brought(db, root)?,
        came: referral::referrer(db, root)?.is_some(),
        agreed,
        declined,
        same_as: None,
        notices: desk::down::notices(db, root)?
            .into_iter()
            .chain(fit::notice(db, keys, root)?)
            .collect(),
        held_out: false,
        had: hand_out::had(db, root)?,
    })
}

/// What whoever calls her should have in mind (S26); none if nothing is known.
pub(crate) fn wears(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<Option<Wears>> {
    let (last_item, last_style) = last(db, root)?.unzip();
    let [on_file, taste] = on_file(db, keys, root, [Field::Size, Field::Taste])?;
    let size = match on_file {
        Some(size) => Some(size),
        None => size(db, root)?,
    };
    let wears = Wears { size, taste, last_item, last_style: last_style.flatten() };
    Ok(Some(wears).filter(|wears| *wears != Wears::default()))
}

/// Her size as a person wrote it, else as she told it.
pub(crate) fn size_on_file(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<Option<String>> {
    Ok(on_file(db, keys, root, [Field::Size])?.into_iter().flatten().next())
}

/// Fields of the file that tills ask for too, under the same words.
fn on_file<const N: usize>(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    fields: [Field; N],
) -> rusqlite::Result<[Option<String>; N]> {
    let (written, told) = (entry::written(db, keys, root)?, fact::told(db, keys, root)?);
    Ok(fields.map(|field| {
        let written = written.iter().rfind(|it| it.field == field.word());
        let told = || told.iter().find(|told| told.field == field)?.value.clone();
        written.map(|written| written.value.clone()).or_else(told)
    }))
}

/// Who looks after her in this store: to whom a leaver handed her over (S84), else who served her most and is
/// still there.
fn associate(
    db: &Connection,
    root: &CustomerId,
    store: &StoreId,
) -> rusqlite::Result<Option<String>> {
    let handed = handover::of(db, root, store)?;
    if handed.is_some() {
        return Ok(handed);
    }
    db.prepare_cached(&served_most())?.query_row(params![root, store], |row| row.get(0)).optional()
}

fn served_most() -> String {
    // `+`: along her sales, not along all of the store's.
    format!(
        "SELECT s.associate FROM sale s WHERE {HERS} AND +s.store = ?2 AND s.associate IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM staff_left l WHERE l.store = ?2 AND l.staff = s.associate)
         GROUP BY s.associate ORDER BY count(*) DESC, max(s.day) DESC, s.associate LIMIT 1"
    )
}

/// The dearest thing that she bought last, as printed, and its style.
fn last(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<(String, Option<String>)>> {
    db.prepare_cached(&format!(
        "SELECT i.name, i.style
         FROM (SELECT s.stream, s.seq FROM ({}) s WHERE EXISTS (
                   SELECT 1 FROM sale_item of WHERE of.stream = s.stream AND of.seq = s.seq)
               ORDER BY s.day DESC, s.wall_ms DESC LIMIT 1) last
              JOIN sale_item i ON i.stream = last.stream AND i.seq = last.seq
         ORDER BY i.amount DESC, i.line LIMIT 1",
        lately()
    ))?
    .query_row([root], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

fn size(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(&format!(
        "SELECT i.size FROM ({}) s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
         WHERE i.size IS NOT NULL
         GROUP BY i.size ORDER BY count(*) DESC, max(s.day) DESC, i.size LIMIT 1",
        lately()
    ))?
    .query_row([root], |row| row.get(0))
    .optional()
}

/// What she agreed to and what she declined: the last word on each purpose.
pub(crate) fn consents(
    db: &Connection,
    root: &CustomerId,
) -> rusqlite::Result<(Vec<Purpose>, Vec<Purpose>)> {
    let mut select = db.prepare_cached(
        "SELECT purpose, given FROM consent
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY said_ms, stream, seq",
    )?;
    let mut last = std::collections::BTreeMap::new();
    let mut rows = select.query([root])?;
    while let Some(row) = rows.next()? {
        let purpose = Purpose::from_word(&row.get::<_, String>(0)?);
        last.insert(purpose, row.get::<_, bool>(1)?);
    }
    let of = |given: bool| {
        last.iter().filter(|(_, said)| **said == given).map(|(purpose, _)| *purpose).collect()
    };
    Ok((of(true), of(false)))
}

/// The number that an absorbed one stands for now, if `id` is one.
pub(crate) fn stands_for(db: &Connection, id: &CustomerId) -> rusqlite::Result<Option<CustomerId>> {
    let root = person::root(db, id)?;
    Ok((root != *id).then_some(root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::{self, Founding};

    #[test]
    fn her_card_is_read_along_her_own_sales() {
        let policy = crate::tier::TierPolicy::default();
        let db = store::in_memory(&Founding { name: "test".into(), currency_exponent: 2, policy });
        for sql in [served_most(), lately()] {
            let plan = store::plan(&db, &sql);
            assert!(plan.contains("sale_by_customer") && !plan.contains("sale_by_store"), "{plan}");
        }
    }
}
