//! Complaints per store: how many, how old, how soon answered, more or fewer than before (S74, S75).
//!
//! # Invariants
//!
//! - How many stay silent is an estimate from a share that the rules name, and is called one.
//! - Counted are the cases of a year, and whatever is open: by an index, not all there ever were.
//!
//! Not here: the cases (`case`), who comes back (`loyalty`).

use super::loyalty::Speed;
use crate::hq::desk::rules::Rules;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// The trend compares the last so many days with as many before.
const TREND_DAYS: i64 = 30;
/// Cases that were closed count for so many days since they were opened.
const COUNTED_DAYS: i64 = 365;
const DAY_MS: i64 = 86_400_000;

/// One store's complaints.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Trend {
    /// The store's name; none for what belongs to no store.
    pub store: Option<String>,
    /// Cases that are open.
    pub open: u32,
    /// How old the oldest of them is.
    pub oldest_hours: i64,
    /// Opened within the last thirty days.
    pub lately: u32,
    /// Opened within the thirty days before.
    pub before: u32,
    /// How soon she was first answered, where she was.
    pub reply: Speed,
    /// If only so many of a hundred complain as the rules say, about so many more are dissatisfied.
    pub silent_estimate: u64,
}

/// Every store that has cases which are open or were opened within the last 365 days.
///
/// # Errors
///
/// As SQLite says.
pub fn by_store(db: &Connection, rules: &Rules, now_ms: i64) -> rusqlite::Result<Vec<Trend>> {
    let mut stores: BTreeMap<Option<String>, (Trend, u64, Vec<i64>)> = BTreeMap::new();
    let mut select = db.prepare_cached(
        "SELECT s.name, c.state = 'open', c.opened_ms,
                (SELECT min(at_ms) FROM complaint_step p WHERE p.complaint = c.id
                 AND p.step <> 'listen')
         FROM complaint c LEFT JOIN store s ON s.id = c.store
         WHERE c.state = 'open' OR (c.state = 'closed' AND c.opened_ms > ?1)",
    )?;
    let mut rows = select.query(params![now_ms - COUNTED_DAYS * DAY_MS])?;
    while let Some(row) = rows.next()? {
        let (trend, voiced, replies) = stores.entry(row.get(0)?).or_default();
        let (opened_ms, replied): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        *voiced += 1;
        replies.extend(replied.map(|at| (at - opened_ms) / 60_000));
        let days = (now_ms - opened_ms) / DAY_MS;
        trend.lately += u32::from(days < TREND_DAYS);
        trend.before += u32::from((TREND_DAYS..2 * TREND_DAYS).contains(&days));
        if row.get(1)? {
            trend.open += 1;
            trend.oldest_hours = trend.oldest_hours.max((now_ms - opened_ms) / 3_600_000);
        }
    }
    let percent = u64::from(rules.standards.voiced_percent.clamp(1, 100));
    let all = stores.into_iter().map(|(store, (trend, voiced, replies))| Trend {
        store,
        reply: Speed::of(replies),
        silent_estimate: voiced * (100 - percent) / percent,
        ..trend
    });
    Ok(all.collect())
}
