//! The store's task list as a way out: "send her these words".
//!
//! # Invariants
//!
//! - The words are filled when the list goes down; without them the task does not go down either.
//! - What became of the task becomes of the message; one whose day went by is taken back.
//!
//! Not here: placing tasks (`engine`), the list (`down`).

use super::fill::fill;
use super::gate::{self, Held};
use super::kind::Kind;
use super::library;
use super::standing::{filling, standing};
use crate::care_list::{CustomerId, TaskKind};
use crate::hq::desk::book;
use crate::hq::desk::engine::{Cause, Rule, Wanted};
use crate::hq::desk::rules::Rules;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, params};

/// Asks the store to send a message today.
pub(super) fn make(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
    message: i64,
    store: StoreId,
    today: i32,
) -> rusqlite::Result<Result<(), Held>> {
    let wanted = Wanted {
        cause: Cause { rule: Rule::Message, subject: message.to_string() },
        kind: TaskKind::Message,
        due: today,
        store: Some(store),
        about: None,
        styles: Vec::new(),
    };
    match book::add(db, keys, rules, root, wanted, today)?.first() {
        Some(task) => {
            db.execute("UPDATE message SET task = ?2 WHERE id = ?1", params![message, task])?;
            Ok(Ok(()))
        }
        None => {
            hold(db, message, Held::CapDesk)?;
            Ok(Err(Held::CapDesk))
        }
    }
}

/// Keeps a message back, and says why.
pub(super) fn hold(db: &Connection, message: i64, why: Held) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE message SET state = 'held', reason = ?2 WHERE id = ?1")?
        .execute(params![message, why.word()])
        .map(drop)
}

/// The words that a task asks to send: none if it asks for none, an empty list if they cannot be
/// filled any more.
pub(crate) fn words(
    db: &Connection,
    keys: &Keys,
    task: i64,
) -> rusqlite::Result<Option<Vec<String>>> {
    let mut select = db.prepare_cached(
        "SELECT customer, store, sender, text FROM message
         WHERE task = ?1 AND state = 'queued' ORDER BY id",
    )?;
    let rows =
        select.query_map([task], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<(CustomerId, StoreId, Option<String>, i64)> =
        rows.collect::<rusqlite::Result<_>>()?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut filled = Vec::new();
    for (customer, store, sender, text) in rows {
        let words = library::words(db, text)?;
        let filling = filling(db, keys, &customer, &store, sender)?;
        filled.extend(filling.and_then(|(filling, _)| fill(&words, &filling)));
    }
    Ok(Some(filled))
}

/// What became of the tasks becomes of their messages.
pub(super) fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "UPDATE message SET state = 'sent', reason = NULL,
             day = (SELECT coalesce(t.closed_day, message.day) FROM task t WHERE t.id = message.task)
         WHERE state = 'queued' AND task IN
             (SELECT id FROM task WHERE state = 'done' AND outcome IN ('sent', 'reached'));
         UPDATE message SET state = 'failed',
             reason = (SELECT t.outcome FROM task t WHERE t.id = message.task)
         WHERE state = 'queued' AND task IN (SELECT id FROM task WHERE state = 'done');
         UPDATE message SET state = 'held', reason = 'withdrawn'
         WHERE state = 'queued' AND task IN (SELECT id FROM task WHERE state = 'cancelled');",
    )
}

/// Takes back what was not sent on its day: a birthday's wishes do not come the day after.
pub(super) fn expire(db: &Connection, today: i32) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(
        "SELECT id, task FROM message WHERE state = 'queued' AND day < ?1 ORDER BY id",
    )?;
    let late = select.query_map([today], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let late: Vec<(i64, Option<i64>)> = late.collect::<rusqlite::Result<_>>()?;
    for (message, task) in late {
        hold(db, message, Held::Late)?;
        if let Some(task) = task {
            withdraw(db, message, task, today)?;
        }
    }
    Ok(())
}

/// Takes back what waits to be sent to her and her word no longer allows.
pub(crate) fn recall(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
    today: i32,
) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(
        "SELECT m.id, m.task, m.kind, x.theme FROM message m JOIN message_text x ON x.id = m.text
         WHERE m.state = 'queued'
           AND m.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?;
    let rows =
        select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let queued: Vec<(i64, Option<i64>, String, Option<String>)> =
        rows.collect::<rusqlite::Result<_>>()?;
    for (message, task, kind, theme) in queued {
        let Some(kind) = Kind::from_word(&kind) else { continue };
        let standing = standing(db, keys, rules, root, Some(message))?;
        let Err(held) = gate::consent(&standing, kind, theme.as_deref()) else { continue };
        hold(db, message, held)?;
        if let Some(task) = task {
            withdraw(db, message, task, today)?;
        }
    }
    Ok(())
}

/// The message's cause leaves its task, and the task goes with its last cause.
fn withdraw(db: &Connection, message: i64, task: i64, today: i32) -> rusqlite::Result<()> {
    let cause = Cause { rule: Rule::Message, subject: message.to_string() };
    book::withdraw(db, task, &cause, today)
}
