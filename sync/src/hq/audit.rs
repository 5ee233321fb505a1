//! The audit trail: who looked at what, and why. Rows are chained by their hashes.
//!
//! ```text
//! hash_n = SHA-256( hash_{n-1} ‖ n ‖ at ‖ who ‖ what ‖ about ‖ why ), each text with its length
//! ```
//!
//! # Invariants
//!
//! - A row is on disk before what it speaks of leaves HQ.
//! - A row that was changed, taken out or put in breaks the chain there: [`first_break`] finds it.
//! - No number in clear and no name of a customer: `about` holds pseudonyms.
//!
//! The chain finds changes by whoever has the database and not the program's log of its head. Keep the
//! newest hash elsewhere now and then: it is on the page.
//!
//! Not here: who may read it (`web::route`).

use crate::chain::Hash;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// One row.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1.
    pub n: i64,
    /// HQ's clock, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// Whose session it was.
    pub who: String,
    /// What was done, as a word: `reveal`, `export`, `log_in` …
    pub what: String,
    /// To what: a pseudonym, a list with its filters, a user's name.
    pub about: String,
    /// The reason that was given.
    pub why: String,
    /// Over this row and the one before.
    pub hash: Hash,
}

/// Writes a row down.
///
/// # Errors
///
/// As SQLite says; then what it speaks of must not happen.
pub fn note(
    db: &Connection,
    now_ms: i64,
    who: &str,
    what: &str,
    about: &str,
    why: &str,
) -> rusqlite::Result<()> {
    let last = db
        .prepare_cached("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (n, before): (i64, Hash) = last.unwrap_or((0, Hash::GENESIS));
    let (who, what, about, why) = (who.into(), what.into(), about.into(), why.into());
    let mut entry = Entry { n: n + 1, at_ms: now_ms, who, what, about, why, hash: before };
    entry.hash = chained(&before, &entry);
    db.execute(
        "INSERT INTO audit (n, at_ms, who, what, about, why, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![entry.n, entry.at_ms, entry.who, entry.what, entry.about, entry.why, entry.hash],
    )?;
    Ok(())
}

fn chained(before: &Hash, entry: &Entry) -> Hash {
    let mut bytes = before.0.to_vec();
    bytes.extend(entry.n.to_be_bytes());
    bytes.extend(entry.at_ms.to_be_bytes());
    for text in [&entry.who, &entry.what, &entry.about, &entry.why] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    Hash::of(&bytes)
}

/// The newest rows before number `before`, at most `limit`.
///
/// # Errors
///
/// As SQLite says.
pub fn page(db: &Connection, before: i64, limit: u32) -> rusqlite::Result<Vec<Entry>> {
    let sql = "SELECT n, at_ms, who, what, about, why, hash FROM audit WHERE n < ?1
               ORDER BY n DESC LIMIT ?2";
    db.prepare_cached(sql)?.query_map(params![before, limit], entry)?.collect()
}

/// The number of the first of the newest `count` rows that does not follow from the one before it.
///
/// # Errors
///
/// As SQLite says.
pub fn first_break(db: &Connection, count: u32) -> rusqlite::Result<Option<i64>> {
    let mut rows = page(db, i64::MAX, count)?;
    rows.reverse();
    let Some(first) = rows.first() else { return Ok(None) };
    if first.n == 1 && chained(&Hash::GENESIS, first) != first.hash {
        return Ok(Some(1));
    }
    let broken = rows.windows(2).find(|pair| {
        pair[1].n != pair[0].n + 1 || chained(&pair[0].hash, &pair[1]) != pair[1].hash
    });
    Ok(broken.map(|pair| pair[1].n))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        n: row.get(0)?,
        at_ms: row.get(1)?,
        who: row.get(2)?,
        what: row.get(3)?,
        about: row.get(4)?,
        why: row.get(5)?,
        hash: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::{self, Founding};

    fn written() -> Connection {
        let policy = crate::tier::TierPolicy::default();
        let db = store::in_memory(&Founding { name: "x".into(), currency_exponent: 2, policy });
        for n in 0..5 {
            note(&db, n, "li", "reveal", "ab12", "call back").unwrap();
        }
        db
    }

    #[test]
    fn a_trail_that_nobody_touched_is_whole() {
        let db = written();
        assert_eq!(first_break(&db, 100).unwrap(), None);
        assert_eq!(page(&db, 4, 2).unwrap().iter().map(|row| row.n).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn whatever_is_done_to_a_row_is_found() {
        for (deed, found) in [
            ("UPDATE audit SET why = 'x' WHERE n = 3", 3),
            ("UPDATE audit SET who = 'wang', what = 'reveal' WHERE n = 1", 1),
            ("UPDATE audit SET at_ms = 9 WHERE n = 5", 5),
            ("DELETE FROM audit WHERE n = 2", 3),
            ("UPDATE audit SET who = 'lir', what = 'eveal' WHERE n = 4", 4),
        ] {
            let db = written();
            db.execute(deed, []).unwrap();
            assert_eq!(first_break(&db, 100).unwrap(), Some(found), "{deed}");
        }
    }
}
