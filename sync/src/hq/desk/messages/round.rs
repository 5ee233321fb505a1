//! Whom planning looks at, and when: of a million customers a day concerns some thousand.
//!
//! ```text
//! sale, fact, consent, word ─(triggers)─▶ message_look, hour 0 ─┐
//! her birthday, her absence, caps ──────▶ message_look, hour h ─┼─▶ step ─▶ plan, some at a time
//! holiday, season, text, settings ─▶ all of them, hour 0 ───────┘
//! ```
//!
//! # Invariants
//!
//! - Whoever is left out is one whom a look would not have told anything: nothing of hers changed, nothing
//!   that concerns everybody, and her hour has not come.
//! - Nobody is looked at before her sums are (`due_person`): what changes until then is in them, and rings
//!   no second time.
//!
//! Not here: what a look finds (`plan`).

use super::due::Day;
use super::log::Counts;
use super::settings::Settings;
use super::{MessageError, Now, library, plan, tasks, weather};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::{is_erased, person};
use crate::hq::desk::rules::Rules;
use crate::message::StoreId;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Persons marked per transaction.
const MARKED: i64 = 4_096;

/// Does the next piece of planning; `false` when nobody is to be looked at before the next hour, or before
/// something changes.
///
/// # Errors
///
/// [`MessageError`]; then nothing of this piece was done.
pub fn step(hq: &mut Hq, now: Now, counts: &mut Counts) -> Result<bool, MessageError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let worked = tend(&tx, now)? || mark_some(&tx)?;
    let persons = if worked { Vec::new() } else { due(&tx, now)? };
    plan::these(&tx, &hq.keys, now, &roots(&tx, &persons)?, counts)?;
    tx.commit()?;
    Ok(worked || !persons.is_empty())
}

/// Notes when she is to be looked at again, unless something of hers has changed meanwhile.
pub(super) fn look_again(db: &Connection, root: &CustomerId, hour: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO message_look (customer, hour) SELECT ?1, ?2
         WHERE NOT EXISTS (SELECT 1 FROM due_person WHERE customer = ?1)
         ON CONFLICT (customer) DO UPDATE SET hour = excluded.hour",
    )?
    .execute(params![root, hour])
    .map(drop)
}

fn due(db: &Connection, now: Now) -> rusqlite::Result<Vec<CustomerId>> {
    let limit = i64::try_from(plan::CHUNK).unwrap_or(i64::MAX);
    db.prepare_cached(
        "SELECT customer FROM message_look l WHERE hour <= ?1
         AND NOT EXISTS (SELECT 1 FROM due_person p WHERE p.customer = l.customer)
         ORDER BY hour, customer LIMIT ?2",
    )?
    .query_map(params![now.hour(), limit], |row| row.get(0))?
    .collect()
}

/// Of these numbers those that persons are found under; the look at another one is passed on, and whoever
/// is erased needs none.
fn roots(db: &Connection, numbers: &[CustomerId]) -> rusqlite::Result<Vec<CustomerId>> {
    let mut roots = Vec::new();
    for number in numbers {
        let root = person::root(db, number)?;
        if root == *number && is_erased(db, &root)? == Some(false) {
            roots.push(root);
            continue;
        }
        db.prepare_cached("DELETE FROM message_look WHERE customer = ?1")?.execute([number])?;
        if root != *number {
            db.prepare_cached(
                "INSERT INTO message_look VALUES (?1, 0)
                 ON CONFLICT (customer) DO UPDATE SET hour = 0",
            )?
            .execute([root])?;
        }
    }
    Ok(roots)
}

/// Once an hour: what became of tasks becomes of their messages, and what concerns everybody is looked for.
fn tend(db: &Connection, now: Now) -> Result<bool, MessageError> {
    let before: Option<(i64, String)> = db
        .prepare_cached("SELECT hour, concerns FROM message_round")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if before.as_ref().is_some_and(|(hour, _)| *hour == now.hour()) {
        return Ok(false);
    }
    tasks::settle(db)?;
    tasks::expire(db, now.day)?;
    let (_, before) = before.unwrap_or_default();
    let known: BTreeSet<&str> = before.lines().collect();
    let concerns = concerns(db, now.day)?;
    let new = concerns.iter().any(|concern| !known.contains(concern.as_str()));
    for store in weather::wet(db, now.day)? {
        mark_who_came(db, &store, now.day)?;
    }
    let text = concerns.join("\n");
    db.prepare_cached(
        "INSERT INTO message_round (one, hour, concerns, after)
         VALUES (1, ?1, ?2, CASE WHEN ?3 THEN x'' END)
         ON CONFLICT (one) DO UPDATE SET hour = excluded.hour, concerns = excluded.concerns,
             after = coalesce(excluded.after, after)",
    )?
    .execute(params![now.hour(), text, new])?;
    Ok(true)
}

/// What is the same for everybody, a line each: a new line concerns all of them, one that is gone nobody.
fn concerns(db: &Connection, today: i32) -> Result<Vec<String>, MessageError> {
    let (settings, rules) = (Settings::of(db)?, Rules::text(db)?);
    let day = Day::of(&settings, today);
    let own = Settings::text(db)?;
    let texts: (i64, Option<i64>) = db
        .prepare_cached("SELECT count(reviewer), max(reviewed_ms) FROM message_text")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut all = vec![
        format!("program {}", env!("CARGO_PKG_VERSION")),
        format!("settings {} {}", fingerprint(&own), fingerprint(&rules)),
        format!("texts {} {}", texts.0, texts.1.unwrap_or_default()),
    ];
    all.extend(day.holidays.iter().map(|holiday| format!("{}:{today}", holiday.word())));
    all.extend(day.season.map(|(word, first)| format!("{word}:{first}")));
    let running = library::running(db, settings.language(), today)?;
    all.extend(running.iter().map(|text| format!("text {}", text.id)));
    Ok(all)
}

fn fingerprint(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// It rains there: whoever came today is looked at, again too, since it may have begun since.
fn mark_who_came(db: &Connection, store: &StoreId, today: i32) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO message_look SELECT DISTINCT customer, 0 FROM sale
         WHERE store = ?1 AND day = ?2 AND customer IS NOT NULL
         ON CONFLICT (customer) DO UPDATE SET hour = 0",
    )?
    .execute(params![store, today])
    .map(drop)
}

/// Marks the next ones where everybody is concerned; `false` when all are marked.
fn mark_some(db: &Connection) -> rusqlite::Result<bool> {
    let after: Option<Vec<u8>> =
        db.prepare_cached("SELECT after FROM message_round")?.query_row([], |row| row.get(0))?;
    let Some(after) = after else { return Ok(false) };
    let until: Option<CustomerId> = db
        .prepare_cached("SELECT id FROM customer WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2")?
        .query_row(params![after, MARKED - 1], |row| row.get(0))
        .optional()?;
    db.prepare_cached(
        "INSERT INTO message_look SELECT id, 0 FROM customer
         WHERE id > ?1 AND (?2 IS NULL OR id <= ?2) AND root IS NULL AND identity IS NOT NULL
         ON CONFLICT (customer) DO UPDATE SET hour = 0",
    )?
    .execute(params![after, until])?;
    db.prepare_cached("UPDATE message_round SET after = ?1")?.execute([until])?;
    Ok(true)
}

#[cfg(test)]
mod tests;
