//! The book of tasks: plans every customer whose facts changed, and writes down what the plan says.
//!
//! # Invariants
//!
//! - Planning and forgetting that she was to be planned are one transaction.
//! - A task without a store goes to the region of the customer's last store, else to the company.
//!
//! Not here: what a plan is (`engine`), what came of a task (`outcome`).

use super::engine::{self, Cause, Draft, Known, Plan, Rule, Wanted, strength};
use super::rules::{Rules, RulesError};
use super::{facts, messages};
use crate::care_list::{CustomerId, TaskKind};
use crate::hq::Hq;
use crate::hq::customer::{self, person};
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Customers per transaction: others get their turn, and the disk is synced once for all of them.
const CHUNK: u32 = 256;

/// Plans some of the customers whose facts changed; `false` when all are.
///
/// # Errors
///
/// [`RulesError`] if the rules do not read, or as SQLite says.
pub fn step(hq: &mut Hq, today: i32) -> Result<bool, RulesError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let due: Vec<CustomerId> = tx
        .prepare_cached("SELECT customer FROM desk_dirty ORDER BY customer LIMIT ?1")?
        .query_map([CHUNK], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if due.is_empty() {
        return Ok(false);
    }
    let rules = Rules::of(&tx)?;
    for customer in due {
        let root = person::root(&tx, &customer)?;
        plan(&tx, &hq.keys, &rules, &root, today)?;
        tx.prepare_cached("DELETE FROM desk_dirty WHERE customer = ?1")?.execute([customer])?;
    }
    tx.commit()?;
    Ok(true)
}

/// Plans one customer anew.
pub(super) fn plan(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
    today: i32,
) -> rusqlite::Result<()> {
    let mut known = facts::known(db, root)?;
    let asks_for = |rule| {
        let mut causes = known.open.iter().flat_map(|task| &task.causes);
        causes.any(|cause: &Cause| cause.rule == rule)
    };
    // Few have such a task: a night that plans everybody looks no further.
    let (is_won_back, is_sent) = (asks_for(Rule::WinBack), asks_for(Rule::Message));
    if is_won_back {
        came_back(db, root, today)?;
    }
    if is_sent {
        messages::recall(db, keys, rules, root, today)?;
    }
    if is_won_back || is_sent {
        known = facts::known(db, root)?;
    }
    let facts = facts::facts(db, keys, rules, root)?;
    let plan = if facts.excluded {
        only_answers(db, keys, root, &known)?
    } else {
        engine::plan(rules, &facts, &known, today)
    };
    write(db, keys, root, plan, today).map(drop)
}

/// Who bought since she was to be won back is not asked any more why she stayed away.
fn came_back(db: &Connection, root: &CustomerId, today: i32) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(
        "SELECT c.task, c.subject FROM task_cause c JOIN task t ON t.id = c.task
         WHERE c.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
           AND c.rule = 'win_back' AND c.stands AND t.state = 'open'
           AND EXISTS (SELECT 1 FROM sale s WHERE s.counts AND s.kind = 'sale' AND s.day >= c.day
               AND s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1))",
    )?;
    let calls = select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let calls: Vec<(i64, String)> = calls.collect::<rusqlite::Result<_>>()?;
    for (task, subject) in calls {
        let cause = Cause { rule: Rule::WinBack, subject };
        withdraw(db, task, &cause, today)?;
    }
    Ok(())
}

/// A cause leaves its task, and the task goes with its last one.
pub(super) fn withdraw(
    db: &Connection,
    task: i64,
    cause: &Cause,
    today: i32,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE task_cause SET stands = 0 WHERE task = ?1 AND rule = ?2 AND subject = ?3",
    )?
    .execute(params![task, cause.rule.word(), cause.subject])?;
    db.prepare_cached(
        "UPDATE task SET state = 'cancelled', closed_day = ?2 WHERE id = ?1 AND state = 'open'
         AND NOT EXISTS (SELECT 1 FROM task_cause WHERE task = ?1 AND stands)",
    )?
    .execute(params![task, today])
    .map(drop)
}

/// Whether the caps leave room for it, on its day or soon after; nothing is written.
pub(super) fn has_room(
    db: &Connection,
    rules: &Rules,
    root: &CustomerId,
    wanted: Wanted,
    today: i32,
) -> rusqlite::Result<bool> {
    let plan = engine::add(rules, vec![wanted], &facts::known(db, root)?, today);
    Ok(!plan.make.is_empty() || !plan.join.is_empty())
}

/// Whom nobody may call is asked for nothing, derived or not; what she is owed an answer to stays.
fn only_answers(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    known: &Known,
) -> rusqlite::Result<Plan> {
    let mut plan = Plan::default();
    for task in &known.open {
        let answer = facts::answer_of(db, task.id)?;
        let is_owed = |rule| facts::is_owed(db, keys, root, rule);
        if !answer.map_or(Ok(false), is_owed)? {
            plan.cancel.push(task.id);
            continue;
        }
        let care =
            task.causes.iter().filter(|cause| !cause.rule.is_answer() && !cause.rule.is_next_try());
        plan.drop.extend(care.map(|cause| (task.id, cause.clone())));
    }
    Ok(plan)
}

/// Adds what was agreed with her, or is owed to her; gives the tasks that were made.
pub(in crate::hq) fn add(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    root: &CustomerId,
    wanted: Wanted,
    today: i32,
) -> rusqlite::Result<Vec<i64>> {
    if facts::excluded(db, keys, rules, root)? {
        let answer = match wanted.cause.rule {
            rule if rule.is_next_try() => match wanted.cause.subject.parse() {
                Ok(task) => facts::answer_of(db, task)?,
                Err(_) => None,
            },
            rule => Some(rule),
        };
        if !answer.map_or(Ok(false), |rule| facts::is_owed(db, keys, root, rule))? {
            return Ok(Vec::new());
        }
    }
    let known = facts::known(db, root)?;
    let plan = engine::add(rules, vec![wanted], &known, today);
    let joined: Vec<i64> = plan.join.iter().map(|(id, _)| *id).collect();
    let made = write(db, keys, root, plan, today)?;
    Ok(joined.into_iter().chain(made).collect())
}

/// Takes back everything that is open for her.
pub(crate) fn withdraw_all(db: &Connection, root: &CustomerId, today: i32) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE task SET state = 'cancelled', closed_day = ?2 WHERE state = 'open'
         AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?
    .execute(params![root, today])?;
    Ok(())
}

/// Puts an open task off to another day; `false` if there is no such open one.
///
/// # Errors
///
/// As SQLite says.
pub fn postpone(db: &Connection, task: i64, due: i32) -> rusqlite::Result<bool> {
    let sql =
        "UPDATE task SET due = ?2, at = NULL WHERE id = ?1 AND state = 'open' RETURNING customer";
    let hers: Option<CustomerId> =
        db.prepare_cached(sql)?.query_row(params![task, due], |row| row.get(0)).optional()?;
    hers.map_or(Ok(()), |hers| customer::touch(db, &BTreeSet::from([hers])))?;
    Ok(hers.is_some())
}

fn write(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    plan: Plan,
    today: i32,
) -> rusqlite::Result<Vec<i64>> {
    for (task, cause) in &plan.drop {
        db.prepare_cached(
            "UPDATE task_cause SET stands = 0 WHERE task = ?1 AND rule = ?2 AND subject = ?3",
        )?
        .execute(params![task, cause.rule.word(), cause.subject])?;
    }
    for task in &plan.cancel {
        db.prepare_cached("UPDATE task SET state = 'cancelled', closed_day = ?2 WHERE id = ?1")?
            .execute(params![task, today])?;
    }
    for (task, wanted) in &plan.join {
        fire(db, root, &wanted.cause, Some(*task), today)?;
        strengthen(db, *task, wanted)?;
    }
    for cause in &plan.held {
        fire(db, root, cause, None, today)?;
    }
    let made: Vec<i64> = plan
        .make
        .iter()
        .map(|draft| make(db, keys, root, draft, today))
        .collect::<rusqlite::Result<_>>()?;
    if !made.is_empty() || !plan.cancel.is_empty() {
        // Her card says that a call is to come.
        customer::touch(db, &BTreeSet::from([*root]))?;
    }
    Ok(made)
}

fn make(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    draft: &Draft,
    today: i32,
) -> rusqlite::Result<i64> {
    let store = draft.wanted.iter().find_map(|wanted| wanted.store);
    let by_region = draft.wanted.iter().any(|wanted| wanted.cause.rule == Rule::TopSpender);
    let scope = match store {
        Some(_) if !by_region => "store",
        _ if by_region && region_of(db, root)?.is_some() => "region",
        _ => "company",
    };
    let assignee = match store {
        Some(store) if scope == "store" => facts::associate(db, keys, root, &store, today)?,
        _ => None,
    };
    let about = draft.wanted.iter().find_map(|wanted| wanted.about.as_deref());
    let task = db
        .prepare_cached(
            "INSERT INTO task (customer, store, scope, kind, due, assignee, about, made_day, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open') RETURNING id",
        )?
        .query_row(
            params![root, store, scope, draft.kind.word(), draft.due, assignee, about, today],
            |row| row.get(0),
        )?;
    for wanted in &draft.wanted {
        fire(db, root, &wanted.cause, Some(task), today)?;
        styles(db, task, wanted)?;
    }
    Ok(task)
}

fn fire(
    db: &Connection,
    root: &CustomerId,
    cause: &Cause,
    task: Option<i64>,
    today: i32,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO task_cause (customer, rule, subject, task, day, stands)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?
    .execute(params![root, cause.rule.word(), cause.subject, task, today, task.is_some()])
    .map(drop)
}

/// A joined cause may make a message a call, and brings its styles.
fn strengthen(db: &Connection, task: i64, wanted: &Wanted) -> rusqlite::Result<()> {
    let kind: String =
        db.query_row("SELECT kind FROM task WHERE id = ?1", [task], |row| row.get(0))?;
    if strength(wanted.kind) > strength(TaskKind::from_word(&kind)) {
        db.prepare_cached("UPDATE task SET kind = ?2 WHERE id = ?1")?
            .execute(params![task, wanted.kind.word()])?;
    }
    db.prepare_cached(
        "UPDATE task SET about = coalesce(about, ?2), due = min(due, ?3) WHERE id = ?1",
    )?
    .execute(params![task, wanted.about, wanted.due])?;
    styles(db, task, wanted)
}

fn styles(db: &Connection, task: i64, wanted: &Wanted) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO task_style (task, style) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    wanted.styles.iter().try_for_each(|style| insert.execute(params![task, style]).map(drop))
}

/// The region of the store where she bought last.
pub(super) fn region_of(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(
        "SELECT r.name FROM sale s JOIN region r ON r.store = s.store
         WHERE s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND s.counts
         ORDER BY s.day DESC, s.wall_ms DESC LIMIT 1",
    )?
    .query_row([root], |row| row.get(0))
    .optional()
}

/// Says which region a store is in.
///
/// # Errors
///
/// As SQLite says.
pub fn set_region(db: &Connection, store: &StoreId, name: &str) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO region (store, name) VALUES (?1, ?2)
         ON CONFLICT (store) DO UPDATE SET name = excluded.name",
        params![store, name],
    )
    .map(drop)
}

/// Has these customers planned anew; called when their files change.
pub(crate) fn mark(db: &Connection, roots: &BTreeSet<CustomerId>) -> rusqlite::Result<()> {
    let mut insert =
        db.prepare_cached("INSERT INTO desk_dirty (customer) VALUES (?1) ON CONFLICT DO NOTHING")?;
    roots.iter().try_for_each(|root| insert.execute([root]).map(drop))
}

/// Forgets what was written of her: her words go, open tasks are withdrawn.
pub(crate) fn forget(db: &Connection, number: &CustomerId) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE task SET about = NULL,
             state = CASE state WHEN 'open' THEN 'cancelled' ELSE state END WHERE customer = ?1",
        [number],
    )?;
    db.execute(
        "UPDATE outcome SET note = NULL WHERE task IN (SELECT id FROM task WHERE customer = ?1)",
        [number],
    )?;
    db.execute(
        "UPDATE style_answer SET words = NULL
         WHERE task IN (SELECT id FROM task WHERE customer = ?1)",
        [number],
    )?;
    for (table, texts) in
        [("complaint_step", "text = NULL"), ("complaint_request", "what = NULL, reason = NULL")]
    {
        let hers = "complaint IN (SELECT id FROM complaint WHERE customer = ?1)";
        db.execute(&format!("UPDATE {table} SET {texts} WHERE {hers}"), [number])?;
    }
    db.execute("UPDATE feedback SET text = NULL, customer = NULL WHERE customer = ?1", [number])?;
    db.execute("DELETE FROM desk_dirty WHERE customer = ?1", [number]).map(drop)
}
