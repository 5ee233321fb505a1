//! Who brought whom.
//!
//! # Invariants
//!
//! - Nobody brought herself, under whatever number, and no chain of referrals closes: the word that
//!   would close one does not stand.
//! - Of several words on a newcomer the last stands.
//!
//! Not here: thanks and tasks that follow (the desk).

use super::person;
use crate::care_list::CustomerId;
use crate::hq::fold::SaidAt;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeSet;

/// A chain of referrals is followed so far.
const CHAIN_MAX: usize = 64;

struct Word {
    place: SaidAt,
    referrer: CustomerId,
}

/// Who brought the person whom `root` is, if anybody did.
pub(crate) fn referrer(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<CustomerId>> {
    let Some(word) = last_word(db, root)? else { return Ok(None) };
    if word.referrer == *root || closes(db, root, &word)? {
        return Ok(None);
    }
    Ok(Some(word.referrer))
}

/// How many she brought.
pub(crate) fn brought(db: &Connection, root: &CustomerId) -> rusqlite::Result<u32> {
    Ok(u32::try_from(whom(db, root)?.len()).unwrap_or(u32::MAX))
}

/// Whom she brought.
pub(crate) fn whom(db: &Connection, root: &CustomerId) -> rusqlite::Result<BTreeSet<CustomerId>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT newcomer FROM referral
         WHERE referrer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?;
    let newcomers = select.query_map([root], |row| row.get(0))?;
    let mut hers = BTreeSet::new();
    for newcomer in newcomers.collect::<rusqlite::Result<Vec<CustomerId>>>()? {
        let newcomer = person::root(db, &newcomer)?;
        if referrer(db, &newcomer)? == Some(*root) {
            hers.insert(newcomer);
        }
    }
    Ok(hers)
}

fn last_word(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<Word>> {
    let mut select = db.prepare_cached(
        "SELECT said_ms, stream, seq, referrer, undone FROM referral
         WHERE newcomer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY said_ms DESC, stream DESC, seq DESC LIMIT 1",
    )?;
    let last = select
        .query_row([root], |row| {
            let place = (row.get(0)?, row.get(1)?, row.get(2)?);
            let word = Word { place, referrer: row.get(3)? };
            Ok((!row.get::<_, bool>(4)?).then_some(word))
        })
        .optional()?
        .flatten();
    let Some(word) = last else { return Ok(None) };
    Ok(Some(Word { referrer: person::root(db, &word.referrer)?, ..word }))
}

/// Whether earlier words lead from the referrer back to the newcomer.
fn closes(db: &Connection, newcomer: &CustomerId, word: &Word) -> rusqlite::Result<bool> {
    let mut at = word.referrer;
    for _ in 0..CHAIN_MAX {
        match last_word(db, &at)? {
            Some(before) if before.place < word.place => at = before.referrer,
            _ => return Ok(false),
        }
        if at == *newcomer {
            return Ok(true);
        }
    }
    Ok(true) // a chain that long is none
}
