//! Reads a customer's facts, what the book holds of her, and who looks after her.
//!
//! # Invariants
//!
//! - All her numbers are one person: what is read is of every number under her root.
//!
//! Not here: what follows from facts (`engine`), writing (`book`).

use super::engine::{Cause, Facts, Known, OpenTask, ReferralFact, Rule, SaleFact};
use super::rules::Rules;
use crate::care_list::{CustomerId, TaskKind};
use crate::event::{Field, Purpose};
use crate::hq::customer::{self, File, card, fact, person, referral};
use crate::hq::figures::handover;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use crate::tier::DatedAmount;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::BTreeSet;

/// All numbers of the person whom `?1` is found under.
const HERS: &str = "(SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
/// Task `?1` and those that it is the next try of.
const TRIED: &str = "WITH RECURSIVE tried (task) AS (
     SELECT ?1 UNION SELECT CAST(c.subject AS INTEGER) FROM tried
     JOIN task_cause c ON c.task = tried.task AND c.rule IN ('retry', 'appointment'))";
/// An associate who sold nothing here for so long works here no more.
const ACTIVE_DAYS: i32 = 60;

/// Her facts as they stand.
pub(super) fn facts(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
) -> rusqlite::Result<Facts> {
    let excluded = excluded(db, keys, rules, root)?;
    if excluded {
        return Ok(Facts { excluded, ..Facts::default() });
    }
    facts_of_anybody(db, root)
}

/// Her facts, whether she may be called or not: for figures, not for tasks.
pub(super) fn facts_of_anybody(db: &Connection, root: &CustomerId) -> rusqlite::Result<Facts> {
    Ok(Facts {
        sales: sales(db, root)?,
        amounts: amounts(db, root)?,
        brought: brought(db, root)?,
        came: came(db, root)?,
        excluded: false,
    })
}

/// Whether nobody is to call her.
pub(super) fn excluded(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
) -> rusqlite::Result<bool> {
    // What is cheap and decides most of them goes first: her file is opened for few.
    if rules.caps.needs_consent && !ever_agreed(db, root)? || is_left_alone(db, root)? {
        return Ok(true);
    }
    let (agreed, declined) = card::consents(db, root)?;
    if declined.contains(&Purpose::Care)
        || rules.caps.needs_consent && !agreed.contains(&Purpose::Care)
    {
        return Ok(true);
    }
    cannot_be_called(db, keys, root)
}

/// Whether she is owed the answer that `rule` stands for, though [`excluded`] from all care: who
/// complained is answered. Whether it was settled well is asked of nobody who declined to be cared for,
/// and who is to be left alone is called for nothing at all.
pub(in crate::hq) fn is_owed(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    rule: Rule,
) -> rusqlite::Result<bool> {
    if !rule.is_answer() || is_left_alone(db, root)? {
        return Ok(false);
    }
    if rule != Rule::Complaint && card::consents(db, root)?.1.contains(&Purpose::Care) {
        return Ok(false);
    }
    Ok(!cannot_be_called(db, keys, root)?)
}

/// The answer that a task is, by itself or as the next try of one that was.
pub(super) fn answer_of(db: &Connection, task: i64) -> rusqlite::Result<Option<Rule>> {
    let mut select = db.prepare_cached(&format!(
        "{TRIED} SELECT c.rule FROM tried JOIN task_cause c ON c.task = tried.task AND c.stands"
    ))?;
    let rules = select.query_map([task], |row| row.get::<_, String>(0))?;
    let rules: Vec<String> = rules.collect::<rusqlite::Result<_>>()?;
    let answers = rules.iter().filter_map(|rule| Rule::from_word(rule));
    Ok(answers.filter(|rule| rule.is_answer()).min())
}

/// The complaint that a task asks about afterwards, by itself or as the next try of one that does.
pub(super) fn case_asked_about(db: &Connection, task: i64) -> rusqlite::Result<Option<i64>> {
    let subject: Option<String> = db
        .prepare_cached(&format!(
            "{TRIED} SELECT c.subject FROM tried JOIN task_cause c ON c.task = tried.task
             WHERE c.rule = 'second_chance' AND c.stands ORDER BY c.day DESC LIMIT 1"
        ))?
        .query_row([task], |row| row.get(0))
        .optional()?;
    Ok(subject.and_then(|subject| subject.split(':').next()?.parse().ok()))
}

fn is_left_alone(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    let sql = format!("SELECT count(*) > 0 FROM desk_left_alone WHERE customer IN {HERS}");
    db.prepare_cached(&sql)?.query_row([root], |row| row.get(0))
}

/// Erased or unknown, of the staff, or under a number that is nobody's.
fn cannot_be_called(db: &Connection, keys: &Keys, root: &CustomerId) -> rusqlite::Result<bool> {
    let File::Known(identity) = customer::file(db, keys, root)? else { return Ok(true) };
    Ok(customer::held_out(db, root, &identity.phone)?.is_some())
}

/// Whether she agreed to care at any time, taken back since or not.
fn ever_agreed(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM consent WHERE customer IN {HERS}
                           AND purpose = ?2 AND given)"
    );
    db.prepare_cached(&sql)?.query_row(params![root, Purpose::Care.word()], |row| row.get(0))
}

fn sales(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<SaleFact>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT stream, seq, day, store, total FROM sale
         WHERE customer IN {HERS} AND counts AND kind = 'sale' ORDER BY day, stream, seq"
    ))?;
    let rows = select.query_map([root], |row| {
        let (stream, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (item, styles) = lines(db, stream, seq)?;
        Ok(SaleFact {
            place: format!("{stream}/{seq}"),
            day: row.get(2)?,
            store: row.get(3)?,
            total: row.get(4)?,
            back: back(db, stream, seq)?,
            item,
            styles,
        })
    })?;
    rows.collect()
}

/// The dearest thing of a sale, and its style numbers.
fn lines(
    db: &Connection,
    stream: i64,
    seq: i64,
) -> rusqlite::Result<(Option<String>, Vec<String>)> {
    let mut select = db.prepare_cached(
        "SELECT name, style FROM sale_item WHERE stream = ?1 AND seq = ?2
         ORDER BY amount DESC, line",
    )?;
    let rows = select.query_map([stream, seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(String, Option<String>)> = rows.collect::<rusqlite::Result<_>>()?;
    let styles: BTreeSet<String> = rows.iter().filter_map(|(_, style)| style.clone()).collect();
    Ok((rows.into_iter().next().map(|(name, _)| name), styles.into_iter().collect()))
}

/// What came back of a sale.
fn back(db: &Connection, stream: i64, seq: i64) -> rusqlite::Result<Vec<DatedAmount>> {
    let mut select = db.prepare_cached(
        "SELECT day, total FROM sale WHERE original_stream = ?1 AND original_seq = ?2 AND counts
         ORDER BY day",
    )?;
    select.query_map([stream, seq], dated)?.collect()
}

fn amounts(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<DatedAmount>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT day, total FROM sale WHERE customer IN {HERS} AND counts ORDER BY day"
    ))?;
    select.query_map([root], dated)?.collect()
}

fn dated(row: &Row<'_>) -> rusqlite::Result<DatedAmount> {
    Ok(DatedAmount { day: row.get(0)?, amount: row.get(1)? })
}

/// Whom she brought, as far as the word stands.
fn brought(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<ReferralFact>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT r.newcomer, min(r.day), t.store FROM referral r
         JOIN stream s ON s.id = r.stream JOIN terminal t ON t.id = s.terminal
         WHERE r.referrer IN {HERS} AND NOT r.undone GROUP BY r.newcomer ORDER BY 2, 1"
    ))?;
    let rows = select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(CustomerId, i32, StoreId)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut brought: Vec<ReferralFact> = Vec::new();
    for (newcomer, day, store) in rows {
        let newcomer = person::root(db, &newcomer)?;
        let subject = newcomer.to_string();
        let known = brought.iter().any(|of| of.newcomer == subject);
        if !known && referral::referrer(db, &newcomer)? == Some(*root) {
            brought.push(ReferralFact { newcomer: subject, day, store });
        }
    }
    Ok(brought)
}

fn came(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<ReferralFact>> {
    if referral::referrer(db, root)?.is_none() {
        return Ok(None);
    }
    let mut select = db.prepare_cached(&format!(
        "SELECT r.day, t.store FROM referral r
         JOIN stream s ON s.id = r.stream JOIN terminal t ON t.id = s.terminal
         WHERE r.newcomer IN {HERS} AND NOT r.undone ORDER BY r.said_ms, r.stream, r.seq LIMIT 1"
    ))?;
    let first = select.query_row([root], |row| {
        Ok(ReferralFact { newcomer: "her".into(), day: row.get(0)?, store: row.get(1)? })
    });
    first.optional()
}

/// What the book holds of her.
pub(super) fn known(db: &Connection, root: &CustomerId) -> rusqlite::Result<Known> {
    let mut known = Known::default();
    let mut open: std::collections::BTreeMap<i64, OpenTask> = db
        .prepare_cached(&format!(
            "SELECT id, kind, due FROM task WHERE customer IN {HERS} AND state = 'open'"
        ))?
        .query_map([root], |row| {
            let (id, kind): (i64, String) = (row.get(0)?, row.get(1)?);
            let kind = TaskKind::from_word(&kind);
            Ok((id, OpenTask { id, kind, due: row.get(2)?, causes: BTreeSet::new() }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut causes = db.prepare_cached(&format!(
        "SELECT rule, subject, task, stands FROM task_cause WHERE customer IN {HERS}"
    ))?;
    let mut rows = causes.query([root])?;
    while let Some(row) = rows.next()? {
        let Some(rule) = Rule::from_word(&row.get::<_, String>(0)?) else { continue };
        let cause = Cause { rule, subject: row.get(1)? };
        if let Some(task) = row.get::<_, Option<i64>>(2)?.and_then(|task| open.get_mut(&task))
            && row.get(3)?
        {
            task.causes.insert(cause.clone());
        }
        known.fired.insert(cause);
    }
    known.open = open.into_values().collect();
    known.touched = db
        .prepare_cached(&format!(
            "SELECT closed_day FROM task WHERE customer IN {HERS} AND state = 'done'
                 AND closed_day IS NOT NULL
             UNION SELECT day FROM message WHERE customer IN {HERS} AND task IS NULL
                 AND state IN ('queued', 'sending', 'sent', 'unknown')
             ORDER BY 1 DESC LIMIT 32"
        ))?
        .query_map([root], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(known)
}

/// Who looks after her in a store: whom she sees most and who still works there, else whom she named
/// (S42).
pub(super) fn associate(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    store: &StoreId,
    today: i32,
) -> rusqlite::Result<Option<String>> {
    // Who left handed her over (S84).
    let handed = handover::of(db, root, store)?;
    if handed.is_some() {
        return Ok(handed);
    }
    // `+`: along her sales, not along all of the store's.
    let most = db
        .prepare_cached(&format!(
            "SELECT s.associate FROM sale s
             WHERE s.customer IN {HERS} AND s.counts AND +s.store = ?2 AND s.associate IS NOT NULL
               AND EXISTS (SELECT 1 FROM sale w WHERE w.store = ?2
                           AND w.associate = s.associate AND w.day > ?3)
               AND NOT EXISTS (SELECT 1 FROM staff_left l
                               WHERE l.store = ?2 AND l.staff = s.associate)
             GROUP BY s.associate
             ORDER BY count(*) + (SELECT count(*) FROM task t WHERE t.customer IN {HERS}
                                  AND t.closed_by = s.associate AND t.state = 'done') DESC,
                      max(s.day) DESC, s.associate LIMIT 1"
        ))?
        .query_row(params![root, store, today - ACTIVE_DAYS], |row| row.get(0))
        .optional()?;
    if most.is_some() {
        return Ok(most);
    }
    let told = fact::told(db, keys, root)?;
    let named = told.into_iter().find(|told| told.field == Field::Associate);
    Ok(named.and_then(|told| told.value))
}
