//! A leaver's customers before anything is done: who would take over whom, and how many.
//!
//! Not here: doing it (the parent module).

use super::{HandoverError, To, moves_of, tasks_of};
use crate::hq::Hq;
use crate::hq::figures::link::ACTIVE_DAYS;
use crate::message::StoreId;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;

/// What leaving would do.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Customers who would be handed over.
    pub customers: usize,
    /// Of them, those whom he or she is the second one for.
    pub second: usize,
    /// Open tasks that would go along.
    pub tasks: usize,
    /// Who would take over how many, by name.
    pub to: Vec<(String, usize)>,
}

/// Says what [`leave_to`](super::leave_to) would do, and does nothing.
///
/// # Errors
///
/// As [`leave_to`](super::leave_to).
pub fn plan(
    hq: &mut Hq,
    store: &StoreId,
    staff: &str,
    to: To<'_>,
    today: i32,
) -> Result<Plan, HandoverError> {
    // Rolled back when it is dropped: the plan is found by the very steps that would be taken.
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let moves = moves_of(&tx, store, staff, to, "", today)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in &moves {
        *counts.entry(one.to.clone()).or_default() += 1;
    }
    Ok(Plan {
        customers: moves.len(),
        second: moves.iter().filter(|one| one.place == 2).count(),
        tasks: tasks_of(&tx, store, staff)?,
        to: counts.into_iter().collect(),
    })
}

/// One who works in a store or did, and what hangs on her or him.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Associate {
    /// As receipts name her or him.
    pub staff: String,
    /// The last day with a sale, if there was one lately.
    pub last_day: Option<i32>,
    /// Customers to whom she or he is the closest.
    pub first: u32,
    /// Members to whom she or he is the second one.
    pub second: u32,
    /// Open tasks.
    pub tasks: u32,
    /// Since when said to have left.
    pub left: Option<i32>,
}

/// Who works in a store, who looks after somebody there and who left it, by name.
///
/// # Errors
///
/// As SQLite says.
pub fn associates(
    db: &Connection,
    store: &StoreId,
    today: i32,
) -> rusqlite::Result<Vec<Associate>> {
    let mut select = db.prepare_cached(
        "WITH who AS (
             SELECT staff, max(day) AS last FROM staff_day WHERE store = ?1 AND day > ?2 GROUP BY 1
             UNION ALL SELECT staff, NULL FROM staff_left WHERE store = ?1
             UNION ALL SELECT DISTINCT staff, NULL FROM looks_after WHERE store = ?1)
         SELECT w.staff, max(w.last),
                (SELECT count(*) FROM looks_after a
                 WHERE a.store = ?1 AND a.staff = w.staff AND a.place = 1),
                (SELECT count(*) FROM looks_after a
                 WHERE a.store = ?1 AND a.staff = w.staff AND a.place = 2),
                (SELECT count(*) FROM task t
                 WHERE t.state = 'open' AND t.store = ?1 AND t.assignee = w.staff),
                (SELECT day FROM staff_left l WHERE l.store = ?1 AND l.staff = w.staff)
         FROM who w GROUP BY w.staff ORDER BY w.staff",
    )?;
    let rows = select.query_map(params![store, today - ACTIVE_DAYS], |row| {
        Ok(Associate {
            staff: row.get(0)?,
            last_day: row.get(1)?,
            first: row.get(2)?,
            second: row.get(3)?,
            tasks: row.get(4)?,
            left: row.get(5)?,
        })
    })?;
    rows.collect()
}
