//! What a store's sales repeat: which of it is worth a number, and what a stream's numbers mean.
//!
//! # Invariants
//!
//! - A number means what its own stream said before it; what HQ counted has no part in reading.
//! - Only goods and staff are counted, never anything of a customer.
//! - A word goes down once it was met [`TIMES`] times, under a version of the care list.
//!
//! Not here: packing (`crate::words`).

use super::store as hq_store;
use crate::event::{Item, Sale, WordList, to_cbor};
use crate::message::StoreId;
use crate::words::{WORD_MAX, WORDS_MAX, text_item};
use minicbor::bytes::ByteVec;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

/// Met so often, it is worth a number.
const TIMES: i64 = 3;
/// What is shorter is as short as its number.
const WORD_MIN: usize = 5;
/// Words per page.
const PAGE: usize = 1_000;
/// So many that were met once or twice are kept per store; then the once-met are forgotten.
const RARE_MAX: i64 = 50_000;

/// What goes down with a page.
pub(super) struct Due {
    pub(super) words: Vec<ByteVec>,
    /// The version of the last one.
    pub(super) last: u64,
    /// Nothing above this may be on the page.
    pub(super) end: u64,
    pub(super) more: bool,
}

/// What was met in the sales of one transaction.
#[derive(Debug, Default)]
pub(super) struct Met(BTreeMap<Vec<u8>, i64>);

impl Met {
    pub(super) fn sale(&mut self, sale: &Sale) {
        for item in &sale.items {
            self.item(item);
        }
        for text in [&sale.cashier, &sale.associate, &sale.till].into_iter().flatten() {
            self.word(text_item(text));
        }
        self.word(to_cbor(&sale.slip.boot));
    }

    fn item(&mut self, item: &Item) {
        self.word(to_cbor(item));
        let others = [&item.style, &item.colour, &item.size];
        let texts = others.into_iter().flatten().chain([&item.name]);
        for part in texts.flat_map(|text| text.split(' ')) {
            self.word(text_item(part));
        }
    }

    fn word(&mut self, word: Vec<u8>) {
        if (WORD_MIN..=WORD_MAX).contains(&word.len()) {
            *self.0.entry(word).or_default() += 1;
        }
    }
}

/// Takes what a till says that its numbers mean from now on.
pub(super) fn told(db: &Connection, stream: i64, list: &WordList) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO word (stream, number, word) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for (number, word) in (list.first..).zip(&list.words).take(WORDS_MAX) {
        insert.execute(params![stream, number, &word[..]])?;
    }
    if let Some(epoch) = list.as_in {
        let mut same = db.prepare_cached("UPDATE stream SET words_as_in = ?2 WHERE id = ?1")?;
        same.execute(params![stream, epoch])?;
    }
    Ok(())
}

/// What a number of a stream means, if it was told.
pub(super) fn word(db: &Connection, stream: i64, number: u32) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT word FROM word WHERE stream = ?1 AND number = ?2";
    db.prepare_cached(sql)?.query_row(params![stream, number], |row| row.get(0)).optional()
}

/// Counts what was met in a store's sales, and gives what is worth it a version.
pub(super) fn learn(db: &Connection, store: &StoreId, met: &Met) -> rusqlite::Result<()> {
    if met.0.is_empty() {
        return Ok(());
    }
    let mut count = db.prepare_cached(
        "INSERT INTO store_word (store, word, count) VALUES (?1, ?2, ?3)
         ON CONFLICT (store, word) DO UPDATE SET count = count + excluded.count",
    )?;
    for (word, times) in &met.0 {
        count.execute(params![store, word, times])?;
    }
    promote(db, store)
}

fn promote(db: &Connection, store: &StoreId) -> rusqlite::Result<()> {
    let counted = "SELECT count(*) FROM store_word WHERE store = ?1 AND n IS NOT NULL";
    let have: i64 = db.prepare_cached(counted)?.query_row([store], |row| row.get(0))?;
    let room = i64::try_from(WORDS_MAX).unwrap_or(i64::MAX) - have;
    if room <= 0 {
        return Ok(());
    }
    // Left to itself SQLite walks over all words without a number, which are nearly all of them.
    let mut select = db.prepare_cached(
        "SELECT word FROM store_word INDEXED BY store_word_worth
         WHERE store = ?1 AND n IS NULL AND count >= ?2
         ORDER BY count DESC, length(word) DESC, word LIMIT ?3",
    )?;
    let worth = select.query_map(params![store, TIMES, room], |row| row.get(0))?;
    let worth = worth.collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
    let mut update =
        db.prepare_cached("UPDATE store_word SET n = ?3 WHERE store = ?1 AND word = ?2")?;
    for word in worth {
        update.execute(params![store, word, hq_store::next_care_n(db)?])?;
    }
    Ok(())
}

/// Forgets what a store's sales said once, where there is much of it.
pub(super) fn forget_rare(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM store_word WHERE n IS NULL AND count = 1 AND store IN (
             SELECT store FROM store_word WHERE n IS NULL GROUP BY store HAVING count(*) > ?1)",
        [RARE_MAX],
    )
    .map(drop)
}

/// The words of a store with versions above `after` and up to `end`.
pub(super) fn due(db: &Connection, store: &StoreId, after: u64, end: u64) -> rusqlite::Result<Due> {
    let mut select = db.prepare_cached(
        "SELECT word, n FROM store_word WHERE store = ?1 AND n > ?2 AND n <= ?3 ORDER BY n LIMIT ?4",
    )?;
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let rows = select.query_map(params![store, whole(after), whole(end), limit], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().map_or(after, |(_, n)| *n);
    let end = if more { last } else { end };
    Ok(Due { words: rows.into_iter().map(|(word, _)| word.into()).collect(), last, end, more })
}
