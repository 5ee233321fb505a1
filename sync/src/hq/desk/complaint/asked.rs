//! What a case asks of its store: a task while it is the store's, a call when it was settled a while ago.
//!
//! # Invariants
//!
//! - A case that is the store's and open has one open task there; one that is not has none.
//!
//! Not here: the case itself (`case`), where a task finds its day (`desk::engine`).

use super::case::{Case, CaseError, find};
use crate::care_list::{CustomerId, TaskKind};
use crate::hq::Hq;
use crate::hq::clock::day;
use crate::hq::customer::person;
use crate::hq::desk::book;
use crate::hq::desk::engine::{Cause, Rule, Wanted};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::rules::Rules;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, TransactionBehavior, params};

/// Sends a case on to the side that can solve it (S51), and the store's task with it.
///
/// # Errors
///
/// [`CaseError::NoCase`] if there is no such open one.
pub fn route(hq: &mut Hq, id: i64, scope: Scope, now_ms: i64) -> Result<(), CaseError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "UPDATE complaint SET scope = ?2, misrouted = misrouted + (scope <> ?2)
               WHERE id = ?1 AND state = 'open'";
    if tx.execute(sql, params![id, scope.word()])? == 0 {
        return Err(CaseError::NoCase(id));
    }
    for (task, cause) in tasks_of(&tx, id)? {
        if scope != Scope::Store {
            book::withdraw(&tx, task, &cause, day(now_ms))?;
        }
    }
    ask_store(&tx, &hq.keys, &find(&tx, id)?, now_ms)?;
    tx.commit()?;
    Ok(())
}

/// The store's open tasks on a case.
fn tasks_of(db: &Connection, id: i64) -> rusqlite::Result<Vec<(i64, Cause)>> {
    let mut select = db.prepare_cached(
        "SELECT c.task, c.subject FROM task_cause c JOIN task t ON t.id = c.task
         WHERE t.state = 'open' AND c.stands AND c.rule = 'complaint'
           AND (c.subject = ?1 OR c.subject LIKE ?1 || ':%')",
    )?;
    let rows = select.query_map([id.to_string()], |row| {
        Ok((row.get(0)?, Cause { rule: Rule::Complaint, subject: row.get(1)? }))
    })?;
    rows.collect()
}

/// Asks the store once more, if the case is the store's and it has no task for it.
pub(super) fn ask_store(
    db: &Connection,
    keys: &Keys,
    case: &Case,
    now_ms: i64,
) -> Result<(), CaseError> {
    let sql = "SELECT scope = 'store' FROM complaint WHERE id = ?1";
    let is_stores: bool = db.query_row(sql, [case.id], |row| row.get(0))?;
    let Some(customer) = case.customer.filter(|_| is_stores) else { return Ok(()) };
    if !tasks_of(db, case.id)?.is_empty() {
        return Ok(());
    }
    let asked: i64 = db.query_row(
        "SELECT count(*) FROM task_cause
         WHERE rule = 'complaint' AND (subject = ?1 OR subject LIKE ?1 || ':%')",
        [case.id.to_string()],
        |row| row.get(0),
    )?;
    let subject = if asked == 0 { case.id.to_string() } else { format!("{}:{asked}", case.id) };
    let cause = Cause { rule: Rule::Complaint, subject };
    ask(db, keys, &customer, case.store, cause, TaskKind::Complaint, day(now_ms), now_ms)
}

/// Asks the store for a task of this case.
#[allow(clippy::too_many_arguments, reason = "each is said once, where a task is asked for")]
pub(super) fn ask(
    db: &Connection,
    keys: &Keys,
    customer: &CustomerId,
    store: Option<StoreId>,
    cause: Cause,
    kind: TaskKind,
    due: i32,
    now_ms: i64,
) -> Result<(), CaseError> {
    let rules = Rules::of(db)?;
    let root = person::root(db, customer)?;
    let wanted = Wanted { cause, kind, due, store, about: None, styles: Vec::new() };
    book::add(db, keys, &rules, &root, wanted, day(now_ms))?;
    Ok(())
}
