//! Complaints as lists show them: all of them, or a page of those that somebody may see.
//!
//! # Invariants
//!
//! - Open ones first, the oldest first; a page is read by an index in that order and counts nothing that
//!   it skips.
//!
//! Not here: what happens to a case (`case`).

use super::{Stand, Step};
use crate::care_list::CustomerId;
use rusqlite::{Connection, Row, params};

/// All that a list shows of a case, read by [`case`].
const COLUMNS: &str = "c.id, s.name, c.customer, c.scope, c.state, c.last, c.reopened, c.satisfied,
    c.misrouted, c.opened_ms, c.closed_ms,
    (SELECT min(at_ms) FROM complaint_step p WHERE p.complaint = c.id AND p.step <> 'listen'),
    EXISTS (SELECT 1 FROM complaint_step p JOIN complaint_step o
                ON o.apology = p.apology AND o.complaint <> p.complaint
            WHERE p.complaint = c.id AND p.apology IS NOT NULL)
    FROM complaint c LEFT JOIN store s ON s.id = c.store";

/// A case as lists show it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CaseRow {
    /// Its number.
    pub id: i64,
    /// The store's name.
    pub store: Option<String>,
    /// Her pseudonym, if she is known.
    pub customer: Option<String>,
    /// Who leads it.
    pub scope: String,
    /// `open` or `closed`.
    pub state: String,
    /// The step that is next; none when all are done.
    pub next: Option<Step>,
    /// Minutes until somebody first answered her, if anybody did.
    pub reply_minutes: Option<i64>,
    /// Hours until it was closed, or so far.
    pub age_hours: i64,
    /// Her last word on whether she is content.
    pub satisfied: Option<bool>,
    /// The apology is word for word that of another case (S54).
    pub stock_apology: bool,
    /// How often it lay with the wrong side.
    pub misrouted: u32,
    /// When it was opened, ms since 1970-01-01 UTC.
    pub opened_ms: i64,
}

/// Which cases a page shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which {
    /// Open ones, then closed ones.
    All,
    /// Open ones.
    Open,
    /// Closed ones.
    Closed,
    /// Open ones that were not answered since `unanswered_ms`, or are older than `open_ms` (both ms since
    /// 1970-01-01 UTC).
    Overdue {
        /// Opened up to then and never answered.
        unanswered_ms: i64,
        /// Opened up to then.
        open_ms: i64,
    },
}

/// Where a page begins: after a case that is closed or not, opened then, of this number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct After {
    /// It is closed.
    pub closed: bool,
    /// When it was opened.
    pub opened_ms: i64,
    /// Its number.
    pub id: i64,
}

/// At most `limit` cases of the stores that `within` keeps `c.store` to, in the list's order.
///
/// # Errors
///
/// As SQLite says.
pub fn page(
    db: &Connection,
    within: &str,
    which: Which,
    after: Option<After>,
    limit: u32,
    now_ms: i64,
) -> rusqlite::Result<Vec<CaseRow>> {
    let mut found = Vec::new();
    let from = after.is_some_and(|after| after.closed);
    for closed in [false, true].into_iter().filter(|closed| *closed >= from) {
        let wanted = match which {
            Which::All => true,
            Which::Open | Which::Overdue { .. } => !closed,
            Which::Closed => closed,
        };
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        if wanted && left > 0 {
            let here = after.filter(|after| after.closed == closed);
            let here = here.map_or((i64::MIN, i64::MIN), |after| (after.opened_ms, after.id));
            found.extend(of_state(db, within, which, closed, here, left, now_ms)?);
        }
    }
    Ok(found)
}

fn of_state(
    db: &Connection,
    within: &str,
    which: Which,
    closed: bool,
    (opened_ms, id): (i64, i64),
    limit: u32,
    now_ms: i64,
) -> rusqlite::Result<Vec<CaseRow>> {
    let (unanswered_ms, open_ms) = match which {
        Which::Overdue { unanswered_ms, open_ms } => (unanswered_ms, open_ms),
        _ => (i64::MAX, i64::MAX),
    };
    let state = if closed { "closed" } else { "open" };
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE c.state = '{state}' AND {within}
           AND (c.opened_ms, c.id) > (?1, ?2)
           AND (c.opened_ms <= ?5 OR c.opened_ms <= ?4 AND NOT EXISTS (SELECT 1
                FROM complaint_step p WHERE p.complaint = c.id AND p.step <> 'listen'))
         ORDER BY c.opened_ms, c.id LIMIT ?3"
    ))?;
    let asked = params![opened_ms, id, limit, unanswered_ms, open_ms];
    select.query_map(asked, |row| case(row, now_ms))?.collect()
}

/// Every case, the open ones first, the oldest first.
///
/// # Errors
///
/// As SQLite says.
pub fn list(db: &Connection, now_ms: i64) -> rusqlite::Result<Vec<CaseRow>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} ORDER BY c.state = 'closed', c.opened_ms, c.id"
    ))?;
    select.query_map([], |row| case(row, now_ms))?.collect()
}

fn case(row: &Row<'_>, now_ms: i64) -> rusqlite::Result<CaseRow> {
    let opened_ms: i64 = row.get(9)?;
    let ended: Option<i64> = row.get(10)?;
    let replied: Option<i64> = row.get(11)?;
    let last = row.get::<_, Option<String>>(5)?;
    let last = last.and_then(|word| Step::from_word(&word));
    let state: String = row.get(4)?;
    let stand = Stand { last, reopened: row.get(6)?, closed: state == "closed" };
    Ok(CaseRow {
        id: row.get(0)?,
        store: row.get(1)?,
        customer: row.get::<_, Option<CustomerId>>(2)?.map(|id| id.to_string()),
        scope: row.get(3)?,
        state,
        next: stand.next(),
        reply_minutes: replied.map(|at| (at - opened_ms) / 60_000),
        age_hours: (ended.unwrap_or(now_ms) - opened_ms) / 3_600_000,
        satisfied: row.get(7)?,
        stock_apology: row.get(12)?,
        misrouted: row.get(8)?,
        opened_ms,
    })
}
