//! What became of every message, and how many of what: the reasons of what was not sent too (S119).
//!
//! # Invariants
//!
//! - Neither a number nor a text is in it: pseudonyms, kinds and words of ours only.
//!
//! Not here: deciding (`gate`), sending (`send`).

use super::gate::Held;
use super::kind::Kind;
use crate::care_list::CustomerId;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// So many messages of a kind in a state.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Count {
    /// What for.
    pub kind: String,
    /// `queued`, `sending`, `sent`, `failed`, `unknown` or `held`.
    pub state: String,
    /// Why, where it was not sent.
    pub reason: Option<String>,
    /// How many.
    pub count: u32,
}

/// Counts of one run.
#[derive(Debug, Default)]
pub struct Counts(BTreeMap<(Kind, Option<Held>), u32>);

impl Counts {
    pub(super) fn add(&mut self, kind: Kind, verdict: Result<(), Held>) {
        *self.0.entry((kind, verdict.err())).or_default() += 1;
    }

    /// As rows, in the order of kinds.
    #[must_use]
    pub fn into_rows(self) -> Vec<Count> {
        let row = |((kind, held), count): ((Kind, Option<Held>), u32)| Count {
            kind: kind.word().to_owned(),
            state: if held.is_some() { "held" } else { "queued" }.to_owned(),
            reason: held.map(|held| held.word().to_owned()),
            count,
        };
        self.0.into_iter().map(row).collect()
    }
}

/// Counts of all messages whose day lies between `from` and `to`.
///
/// # Errors
///
/// As SQLite says.
pub fn counts(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Count>> {
    super::tasks::settle(db)?;
    let mut select = db.prepare_cached(
        "SELECT kind, state, reason, count(*) FROM message WHERE day BETWEEN ?1 AND ?2
         GROUP BY kind, state, reason ORDER BY kind, state, reason",
    )?;
    let rows = select.query_map(params![from, to], |row| {
        Ok(Count { kind: row.get(0)?, state: row.get(1)?, reason: row.get(2)?, count: row.get(3)? })
    })?;
    rows.collect()
}

/// One message.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// Its day.
    pub day: i32,
    /// What for.
    pub kind: String,
    /// For which occasion.
    pub subject: String,
    /// Her pseudonym.
    pub customer: String,
    /// Whose store sends it.
    pub store: Option<String>,
    /// Who writes.
    pub sender: Option<String>,
    /// The way it takes.
    pub outlet: Option<String>,
    /// What became of it.
    pub state: String,
    /// Why, where it was not sent.
    pub reason: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// She has it, says the gateway.
    pub delivered: Option<bool>,
}

/// All messages of some days, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn entries(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Entry>> {
    super::tasks::settle(db)?;
    let mut select = db.prepare_cached(
        "SELECT m.id, m.day, m.kind, m.subject, m.customer, s.name, m.sender, m.outlet, m.state,
                m.reason, m.tries, m.delivered
         FROM message m LEFT JOIN store s ON s.id = m.store
         WHERE m.day BETWEEN ?1 AND ?2 ORDER BY m.day DESC, m.id DESC",
    )?;
    let rows = select.query_map(params![from, to], |row| {
        Ok(Entry {
            id: row.get(0)?,
            day: row.get(1)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            customer: row.get::<_, CustomerId>(4)?.to_string(),
            store: row.get(5)?,
            sender: row.get(6)?,
            outlet: row.get(7)?,
            state: row.get(8)?,
            reason: row.get(9)?,
            tries: row.get(10)?,
            delivered: row.get(11)?,
        })
    })?;
    rows.collect()
}
