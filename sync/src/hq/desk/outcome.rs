//! What came of a task: closes it, makes the next one, keeps her answers.
//!
//! ```text
//! reached, sent, resolved ─▶ done          a win-back: only with a reason (S20)
//! no answer               ─▶ done ─▶ again tomorrow, so often as the rules say
//! rescheduled             ─▶ done ─▶ a task at the agreed time (S45)
//! declined                ─▶ done ─▶ left alone from now on
//! a washing question      ─▶ a question with a clock (S29)
//! ```
//!
//! # Invariants
//!
//! - Every word of a till is kept; the first one on an open task closes it, and one that was said before
//!   HQ took the task back counts as if it had come at once.
//! - That she wants no calls is heeded whenever it comes.
//! - Notes and her words lie under her own key.
//!
//! Not here: what the event looks like (`event::task`).

use super::complaint::{Said, case};
use super::engine::{Cause, Rule, Wanted};
use super::rules::Rules;
use super::{book, facts, feedback, opinion};
use crate::care_list::{CustomerId, TaskKind};
use crate::event::{Answers, Outcome, OutcomeKind, Seq};
use crate::hq::customer::{self, fact, person};
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeSet;

const DAY_MS: i64 = 86_400_000;
/// Who called, where a store's word names nobody.
const OF_STORE: &str = "门店 / store";

/// A task as it stands.
struct Task {
    id: i64,
    customer: CustomerId,
    store: Option<StoreId>,
    kind: TaskKind,
    about: Option<String>,
    tries: u16,
    open: bool,
    win_back: bool,
    /// The day on which HQ took it back, if it did.
    cancelled: Option<i32>,
}

/// Takes a till's word on a task.
pub(crate) fn heard(
    db: &Connection,
    keys: &Keys,
    (stream, seq): (i64, Seq),
    wall_ms: i64,
    outcome: &Outcome,
) -> rusqlite::Result<()> {
    let task = task(db, outcome.task)?;
    let note = match (&task, &outcome.note) {
        (Some(task), Some(note)) => fact::close(db, keys, &task.customer, note)?,
        _ => None,
    };
    let answers = outcome.answers.unwrap_or_default();
    db.prepare_cached(
        "INSERT INTO outcome (stream, seq, task, outcome, likes, comfortable, washing, next,
             done_by, reason, note, wall_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        stream,
        seq,
        Seq(outcome.task),
        outcome.outcome.word(),
        answers.likes,
        answers.comfortable,
        answers.washing,
        outcome.next.map(|at| at.0),
        outcome.by,
        outcome.reason.map(crate::event::LostReason::word),
        note,
        wall_ms
    ])?;
    let Some(task) = task else { return Ok(()) };
    styles(db, keys, (stream, seq), &task, outcome, answers)?;
    let lacks_reason = task.win_back && closes(outcome.outcome) && outcome.reason.is_none();
    let today = i32::try_from(wall_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX);
    // What a store did before HQ took the task back, and tells afterwards, was done all the same.
    let was_open = task.open || task.cancelled.is_some_and(|day| today <= day);
    if was_open && !lacks_reason {
        close(db, &task, outcome, today)?;
        if !task.open {
            sent_after_all(db, task.id, outcome.outcome, today)?;
        }
        customer::touch(db, &BTreeSet::from([task.customer]))?;
    }
    let is_hers = matches!(outcome.outcome, OutcomeKind::Declined | OutcomeKind::Rescheduled);
    // Her own word is heeded whenever it comes; to try again is for a task that was open only.
    if outcome.outcome == OutcomeKind::Declined
        || !lacks_reason && (task.open || was_open && is_hers)
    {
        follow(db, keys, &task, outcome, today)?;
    }
    if was_open && outcome.outcome == OutcomeKind::Reached {
        asked_afterwards(db, keys, &task, outcome, wall_ms)?;
    }
    if answers.washing == Some(false) && !lacks_reason {
        let asked = feedback::Asked {
            customer: Some(task.customer),
            store: task.store,
            task: Some(task.id),
            kind: feedback::Kind::Question,
            scope: feedback::Scope::Store,
        };
        feedback::open(db, keys, &asked, outcome.note.as_deref(), wall_ms)?;
    }
    Ok(())
}

/// A message whose day went by before HQ heard that it was sent.
fn sent_after_all(
    db: &Connection,
    task: i64,
    outcome: OutcomeKind,
    day: i32,
) -> rusqlite::Result<()> {
    if !matches!(outcome, OutcomeKind::Sent | OutcomeKind::Reached) {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE message SET state = 'sent', reason = NULL, day = ?2
         WHERE task = ?1 AND state = 'held' AND reason IN ('late', 'withdrawn')",
    )?
    .execute(params![task, day])
    .map(drop)
}

/// The call after a complaint is its ninth step: what she answered tells whether the cure held (S59).
fn asked_afterwards(
    db: &Connection,
    keys: &Keys,
    task: &Task,
    outcome: &Outcome,
    wall_ms: i64,
) -> rusqlite::Result<()> {
    let Some(case) = facts::case_asked_about(db, task.id)? else { return Ok(()) };
    let answers = outcome.answers.unwrap_or_default();
    let all = [answers.likes, answers.comfortable, answers.washing];
    let said = all.into_iter().flatten();
    // Reached and asked nothing is no answer: a person at the case settles that.
    let Some(satisfied) = said.reduce(|one, other| one && other) else { return Ok(()) };
    let by = outcome.by.clone().unwrap_or_else(|| OF_STORE.to_owned());
    let text = outcome.note.clone();
    case::feedback(
        db,
        keys,
        case,
        &Said { satisfied: Some(satisfied), by, text, ..Said::default() },
        wall_ms,
    )
}

/// Takes the word of somebody at HQ's pages on a task. HQ's own words stand under stream 0, which no
/// till has.
pub(crate) fn at_hq(
    db: &Connection,
    keys: &Keys,
    now_ms: i64,
    outcome: &Outcome,
) -> rusqlite::Result<()> {
    let sql = "SELECT coalesce(max(seq), 0) FROM outcome WHERE stream = 0";
    let last: Seq = db.query_row(sql, [], |row| row.get(0))?;
    heard(db, keys, (0, last.next()), now_ms, outcome)
}

/// Whether it ends the matter, so that a win-back must say why she stayed away.
const fn closes(outcome: OutcomeKind) -> bool {
    !matches!(outcome, OutcomeKind::NoAnswer | OutcomeKind::Rescheduled)
}

fn task(db: &Connection, id: u64) -> rusqlite::Result<Option<Task>> {
    let Ok(id) = i64::try_from(id) else { return Ok(None) };
    db.prepare_cached(
        "SELECT customer, store, kind, about, tries, state = 'open',
                EXISTS (SELECT 1 FROM task_cause c WHERE c.task = t.id AND c.rule = 'win_back'),
                CASE WHEN state = 'cancelled' THEN closed_day END
         FROM task t WHERE id = ?1",
    )?
    .query_row([id], |row| {
        Ok(Task {
            id,
            customer: row.get(0)?,
            store: row.get(1)?,
            kind: TaskKind::from_word(&row.get::<_, String>(2)?),
            about: row.get(3)?,
            tries: row.get(4)?,
            open: row.get(5)?,
            win_back: row.get(6)?,
            cancelled: row.get(7)?,
        })
    })
    .optional()
}

fn close(db: &Connection, task: &Task, outcome: &Outcome, today: i32) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE task SET state = 'done', outcome = ?2, reason = ?3, closed_day = ?4,
             closed_by = coalesce(?5, assignee) WHERE id = ?1",
    )?
    .execute(params![
        task.id,
        outcome.outcome.word(),
        outcome.reason.map(crate::event::LostReason::word),
        today,
        outcome.by
    ])
    .map(drop)
}

/// What is to be done next.
fn follow(
    db: &Connection,
    keys: &Keys,
    task: &Task,
    outcome: &Outcome,
    today: i32,
) -> rusqlite::Result<()> {
    let rules = Rules::of(db).unwrap_or_else(|_| Rules::shipped());
    let root = person::root(db, &task.customer)?;
    let (rule, due, at) = match outcome.outcome {
        OutcomeKind::Rescheduled => {
            // A time is demanded where it is entered; without one, tomorrow is better than never.
            let day = outcome.next.map_or(today + 1, |at| at.day().max(today));
            (Rule::Appointment, day, outcome.next)
        }
        OutcomeKind::NoAnswer if task.tries < rules.retry.times => {
            (Rule::Retry, today + rules.retry.after_days, None)
        }
        OutcomeKind::Declined => {
            db.prepare_cached(
                "INSERT INTO desk_left_alone (customer, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![task.customer, today])?;
            return book::withdraw_all(db, &root, today);
        }
        _ => return Ok(()),
    };
    let wanted = Wanted {
        cause: Cause { rule, subject: task.id.to_string() },
        kind: task.kind,
        due,
        store: task.store,
        about: task.about.clone(),
        styles: Vec::new(),
    };
    for made in book::add(db, keys, &rules, &root, wanted, today)? {
        carry(db, task, made, at.map(|at| at.0))?;
    }
    Ok(())
}

/// What the next task inherits: its tries, the agreed time, its styles, that it is a win-back.
fn carry(db: &Connection, task: &Task, made: i64, at: Option<i64>) -> rusqlite::Result<()> {
    let tries = if at.is_some() { 0 } else { task.tries + 1 };
    db.execute(
        "UPDATE task SET tries = ?2, at = coalesce(?3, at) WHERE id = ?1",
        params![made, tries, at],
    )?;
    db.execute(
        "INSERT INTO task_style (task, style) SELECT ?2, style FROM task_style WHERE task = ?1
         ON CONFLICT DO NOTHING",
        params![task.id, made],
    )?;
    db.execute(
        "INSERT INTO task_cause (customer, rule, subject, task, day, stands)
         SELECT customer, rule, ?2 || '>' || subject, ?2, day, 1 FROM task_cause
         WHERE task = ?1 AND rule = 'win_back' ON CONFLICT DO NOTHING",
        params![task.id, made],
    )
    .map(drop)
}

/// Whether she said something against what she bought.
const fn is_against(answers: Answers) -> bool {
    matches!(answers.likes, Some(false)) || matches!(answers.comfortable, Some(false))
}

/// Her answers by style (S129): what she said of single ones, else of all that the task is about.
fn styles(
    db: &Connection,
    keys: &Keys,
    (stream, seq): (i64, Seq),
    task: &Task,
    outcome: &Outcome,
    answers: Answers,
) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO style_answer
             (stream, seq, style, task, likes, comfortable, washing, words)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?;
    let mut keep = |style: &str, said: Answers, words: Option<Vec<u8>>| {
        let Answers { likes, comfortable, washing } = said;
        insert.execute(params![stream, seq, style, task.id, likes, comfortable, washing, words])?;
        opinion::name(db, &task.customer, style)
    };
    for said in outcome.styles.iter().flatten() {
        let words = said.words.as_deref();
        let words = words.map(|words| fact::close(db, keys, &task.customer, words)).transpose()?;
        keep(&said.style, said.answers, words.flatten())?;
    }
    let of_one = outcome.styles.iter().flatten().next().is_some();
    if !of_one && outcome.answers.is_some_and(|answers| answers != Answers::default()) {
        let mut select = db.prepare_cached("SELECT style FROM task_style WHERE task = ?1")?;
        let about = select.query_map([task.id], |row| row.get::<_, String>(0))?;
        for style in about.collect::<rusqlite::Result<Vec<_>>>()? {
            // What she said against it is for the buyers, of whichever of them.
            let note = outcome.note.as_deref().filter(|_| is_against(answers));
            let words = note.map(|note| fact::close(db, keys, &task.customer, note)).transpose()?;
            keep(&style, answers, words.flatten())?;
        }
    }
    Ok(())
}
