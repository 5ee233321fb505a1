//! Questions, suggestions and wishes: each with a clock, each with the side that answers it (S29, S51).
//!
//! # Invariants
//!
//! - What it says lies under her own key where it is hers.
//! - Sending it on to another side counts as misrouted once each time.
//!
//! Not here: complaints (`complaint`), which have nine steps.

use crate::care_list::CustomerId;
use crate::hq::customer::fact;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, params};

/// What it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Wants an answer.
    Question,
    /// Says what could be better.
    Suggestion,
    /// Wishes for something, e.g. an activity.
    Wish,
}

/// Who answers it: regional matters the region, company matters headquarters (S51).
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The store itself.
    Store,
    /// Its region.
    Region,
    /// Headquarters' customer service.
    Company,
}

impl Kind {
    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Suggestion => "suggestion",
            Self::Wish => "wish",
        }
    }
}

impl Scope {
    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Region => "region",
            Self::Company => "company",
        }
    }
}

/// Who asks, and whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Whose it is, if she is known.
    pub customer: Option<CustomerId>,
    /// Where it was said.
    pub store: Option<StoreId>,
    /// The task it came up in.
    pub task: Option<i64>,
    /// What it is.
    pub kind: Kind,
    /// Who answers.
    pub scope: Scope,
}

/// One of them, as lists show it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// Its number.
    pub id: i64,
    /// The store's name.
    pub store: Option<String>,
    /// What it is.
    pub kind: String,
    /// Who answers.
    pub scope: String,
    /// How often it lay with the wrong side.
    pub misrouted: u32,
    /// When it was said, ms since 1970-01-01 UTC.
    pub opened_ms: i64,
    /// When it was answered.
    pub answered_ms: Option<i64>,
}

/// Takes one; returns its number.
///
/// # Errors
///
/// As SQLite says.
pub fn open(
    db: &Connection,
    keys: &Keys,
    asked: &Asked,
    text: Option<&str>,
    now_ms: i64,
) -> rusqlite::Result<i64> {
    // Without a person there is nobody's key to close it under, and nothing personal should be in it.
    let text = match (asked.customer, text) {
        (Some(customer), Some(text)) => fact::close(db, keys, &customer, text)?,
        (None, Some(text)) => Some(text.as_bytes().to_vec()),
        (_, None) => None,
    };
    db.query_row(
        "INSERT INTO feedback (customer, store, task, kind, scope, opened_ms, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        params![
            asked.customer,
            asked.store,
            asked.task,
            asked.kind.word(),
            asked.scope.word(),
            now_ms,
            text
        ],
        |row| row.get(0),
    )
}

/// Sends it on to the side that can answer it. `false` if there is no such open one.
///
/// # Errors
///
/// As SQLite says.
pub fn route(db: &Connection, id: i64, scope: Scope) -> rusqlite::Result<bool> {
    let sql = "UPDATE feedback SET scope = ?2, misrouted = misrouted + (scope <> ?2)
               WHERE id = ?1 AND answered_ms IS NULL";
    Ok(db.execute(sql, params![id, scope.word()])? > 0)
}

/// It was answered. `false` if there is no such open one.
///
/// # Errors
///
/// As SQLite says.
pub fn answer(db: &Connection, id: i64, now_ms: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE feedback SET answered_ms = ?2 WHERE id = ?1 AND answered_ms IS NULL";
    Ok(db.execute(sql, params![id, now_ms])? > 0)
}

/// All that a list shows of one, read by [`row`].
const COLUMNS: &str = "f.id, s.name, f.kind, f.scope, f.misrouted, f.opened_ms, f.answered_ms
    FROM feedback f LEFT JOIN store s ON s.id = f.store";

/// All of them, the open ones first, the oldest first.
///
/// # Errors
///
/// As SQLite says.
pub fn list(db: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} ORDER BY f.answered_ms IS NOT NULL, f.opened_ms, f.id"
    ))?;
    select.query_map([], row)?.collect()
}

/// At most `limit` of the stores that `within` keeps `f.store` to, in the list's order, after one that
/// was answered or not, opened then, of that number.
///
/// # Errors
///
/// As SQLite says.
pub fn page(
    db: &Connection,
    within: &str,
    after: Option<(bool, i64, i64)>,
    limit: u32,
) -> rusqlite::Result<Vec<Row>> {
    let mut found = Vec::new();
    let (answered, opened_ms, id) = after.unwrap_or((false, i64::MIN, i64::MIN));
    for (is, of) in [(false, "IS NULL"), (true, "IS NOT NULL")] {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        if (!is && answered) || left == 0 {
            continue;
        }
        let (opened_ms, id) = if is == answered { (opened_ms, id) } else { (i64::MIN, i64::MIN) };
        let mut select = db.prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE f.answered_ms {of} AND {within}
               AND (f.opened_ms, f.id) > (?1, ?2) ORDER BY f.opened_ms, f.id LIMIT ?3"
        ))?;
        let rows = select.query_map(params![opened_ms, id, left], row)?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        store: row.get(1)?,
        kind: row.get(2)?,
        scope: row.get(3)?,
        misrouted: row.get(4)?,
        opened_ms: row.get(5)?,
        answered_ms: row.get(6)?,
    })
}
