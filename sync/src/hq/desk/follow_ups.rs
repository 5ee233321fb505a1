//! What one person did for customers in a month, by kind and outcome, and what customers said of it (S22,
//! S43): facts, by name.
//!
//! # Invariants
//!
//! - A contact without an outcome does not count.
//!
//! Not here: all months at once (`standing::done`).

use crate::message::StoreId;
use rusqlite::{Connection, params};

/// The outcomes that are told apart, in the order in which they are counted.
pub const OUTCOMES: [&str; 7] =
    ["reached", "resolved", "sent", "rescheduled", "no_answer", "declined", "other"];

/// One person's tasks of one kind.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct FollowUps {
    /// Who.
    pub staff: String,
    /// What, as a word of tasks.
    pub kind: String,
    /// How often it ended so, by [`OUTCOMES`].
    pub outcomes: [u32; 7],
    /// Customers' answers to whether they like it and are comfortable.
    pub answers: u32,
    /// Of them, good ones.
    pub good: u32,
}

/// What was done in one store, or by the region and the company, from a day to another; by name.
///
/// # Errors
///
/// As SQLite says.
pub fn follow_ups(
    db: &Connection,
    store: Option<&StoreId>,
    from: i32,
    to: i32,
) -> rusqlite::Result<Vec<FollowUps>> {
    let counts = OUTCOMES.map(|outcome| format!("count(*) FILTER (WHERE t.outcome = '{outcome}')"));
    let said = |what: &str| {
        format!("coalesce(sum((SELECT sum({what}) FROM outcome o WHERE o.task = t.id)), 0)")
    };
    let mut select = db.prepare_cached(&format!(
        "SELECT t.closed_by, t.kind, {}, {}, {} FROM task t
         WHERE t.store IS ?1 AND t.closed_day BETWEEN ?2 AND ?3 AND t.closed_day IS NOT NULL
           AND t.state = 'done' AND t.outcome IS NOT NULL AND t.closed_by IS NOT NULL
         GROUP BY 1, 2 ORDER BY 1, 2",
        counts.join(", "),
        said("(o.likes IS NOT NULL) + (o.comfortable IS NOT NULL)"),
        said("coalesce(o.likes, 0) + coalesce(o.comfortable, 0)"),
    ))?;
    let rows = select.query_map(params![store, from, to], |row| {
        let mut outcomes = [0; 7];
        for (at, count) in (2..).zip(&mut outcomes) {
            *count = row.get(at)?;
        }
        let (answers, good) = (row.get(9)?, row.get(10)?);
        Ok(FollowUps { staff: row.get(0)?, kind: row.get(1)?, outcomes, answers, good })
    })?;
    rows.collect()
}
