//! Broken standards, the worst first, a page at a time (S23).
//!
//! ```text
//! late tasks ────────┐
//! late questions ────┤ each by an index, the longest over first ─▶ merged ─▶ a page
//! unanswered cases ──┤
//! unsettled cases ───┤
//! promised days ─────┘
//! ```
//!
//! # Invariants
//!
//! - A page holds what [`breaches`](super::standing::breaches) holds, in one order, each once.
//! - No source is read further than the page goes.
//!
//! Not here: the standards (`rules`).

use super::rules::Rules;
use super::standing::Breach;
use rusqlite::{Connection, params};
use std::cmp::Reverse;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Whose breaches, and as of when.
pub struct Asked<'a> {
    /// The standards.
    pub rules: &'a Rules,
    /// HQ's calendar.
    pub today: i32,
    /// HQ's clock.
    pub now_ms: i64,
    /// Whether our own follow-ups are meant, too, and not promises to customers alone.
    pub with_tasks: bool,
    /// The part of a WHERE that keeps a column to the stores that are meant.
    pub within: &'a dyn Fn(&str) -> String,
}

/// A breach at its place in the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Late {
    /// What is broken.
    pub breach: Breach,
    /// Its place: see [`After`].
    pub at: After,
}

/// A place in the list: so long over, of which source, of which number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct After {
    /// Milliseconds over what was promised.
    pub late_ms: i64,
    /// 0 follow-up, 1 question, 2 first answer, 3 settling, 4 the day she was told.
    pub source: i64,
    /// The task's, question's or case's number.
    pub of: i64,
}

/// At most `limit` breaches after a place, the worst first.
///
/// # Errors
///
/// As SQLite says.
pub fn page(
    db: &Connection,
    asked: &Asked<'_>,
    after: Option<After>,
    limit: u32,
) -> rusqlite::Result<Vec<Late>> {
    let mut all = if asked.with_tasks { tasks(db, asked, after, limit)? } else { Vec::new() };
    for source in promises(asked) {
        all.extend(source.read(db, asked, after, limit)?);
    }
    all.sort_by_key(|late| (Reverse(late.at.late_ms), late.at.source, late.at.of));
    all.truncate(limit as usize);
    Ok(all)
}

/// Where numbers of `source` begin that are exactly as late as `after`.
fn beyond(after: After, source: i64) -> i64 {
    match source.cmp(&after.source) {
        std::cmp::Ordering::Greater => i64::MIN,
        std::cmp::Ordering::Equal => after.of,
        std::cmp::Ordering::Less => i64::MAX,
    }
}

fn tasks(
    db: &Connection,
    asked: &Asked<'_>,
    after: Option<After>,
    limit: u32,
) -> rusqlite::Result<Vec<Late>> {
    let last = i64::from(asked.today) - i64::from(asked.rules.standards.follow_up_days);
    let (due, id) = after.map_or((i64::MIN, i64::MIN), |after| {
        let due = last.saturating_sub(after.late_ms.div_euclid(DAY_MS));
        let exact = after.late_ms.rem_euclid(DAY_MS) == 0;
        (due, if exact { beyond(after, 0) } else { i64::MIN })
    });
    let mut select = db.prepare_cached(&format!(
        "SELECT t.id, s.name, t.due FROM task t LEFT JOIN store s ON s.id = t.store
         WHERE t.state = 'open' AND t.due < ?4 AND (t.due, t.id) > (?1, ?2) AND {}
         ORDER BY t.due, t.id LIMIT ?3",
        (asked.within)("t.store")
    ))?;
    let rows = select.query_map(params![due, id, limit, last], |row| {
        let (of, store, days): (i64, _, i64) =
            (row.get(0)?, row.get(1)?, last - row.get::<_, i64>(2)?);
        let breach = Breach { standard: "follow_up", store, of, late_hours: days * 24 };
        Ok(Late { breach, at: After { late_ms: days * DAY_MS, source: 0, of } })
    })?;
    rows.collect()
}

/// Cases in which she was told a day by which it is done, and was not told the result since. A day is over
/// at its midnight in UTC: in the shops' morning.
pub(super) const PROMISED_DAYS: &str = "(
     SELECT c.id AS id, c.store AS store, (t.by_day + 1) * 86400000 AS opened_ms
     FROM complaint c JOIN complaint_step t ON t.complaint = c.id
     WHERE c.state = 'open' AND t.by_day IS NOT NULL
         AND t.id = (SELECT max(id) FROM complaint_step WHERE complaint = c.id AND step = 'handle')
         AND NOT EXISTS (SELECT 1 FROM complaint_step r
             WHERE r.complaint = c.id AND r.step = 'result' AND r.id > t.id)) o
     LEFT JOIN store s ON s.id = o.store WHERE 1";

/// A promise that ran out so long after something was opened.
struct Promise {
    source: i64,
    standard: &'static str,
    /// Table and conditions of what it holds for; opened, or promised, at `o.opened_ms`, of store `o.store`.
    of: &'static str,
    promised_ms: i64,
    /// It is broken once so much is over.
    over_ms: i64,
}

fn promises(asked: &Asked<'_>) -> [Promise; 4] {
    let standards = &asked.rules.standards;
    [
        Promise {
            source: 1,
            standard: "question",
            of: "feedback o LEFT JOIN store s ON s.id = o.store
                 WHERE o.answered_ms IS NULL AND o.kind = 'question'",
            promised_ms: standards.question_hours * HOUR_MS,
            over_ms: 1,
        },
        Promise {
            source: 2,
            standard: "complaint_reply",
            of: "complaint o LEFT JOIN store s ON s.id = o.store
                 WHERE o.state = 'open' AND NOT EXISTS (SELECT 1 FROM complaint_step p
                     WHERE p.complaint = o.id AND p.step <> 'listen')",
            promised_ms: standards.complaint_reply_minutes * MINUTE_MS,
            over_ms: MINUTE_MS,
        },
        Promise {
            source: 3,
            standard: "complaint_close",
            of: "complaint o LEFT JOIN store s ON s.id = o.store WHERE o.state = 'open'",
            promised_ms: standards.complaint_close_days * DAY_MS,
            over_ms: HOUR_MS,
        },
        Promise {
            source: 4,
            standard: "complaint_day",
            of: PROMISED_DAYS,
            promised_ms: 0,
            over_ms: HOUR_MS,
        },
    ]
}

impl Promise {
    fn read(
        &self,
        db: &Connection,
        asked: &Asked<'_>,
        after: Option<After>,
        limit: u32,
    ) -> rusqlite::Result<Vec<Late>> {
        let due = asked.now_ms.saturating_sub(self.promised_ms);
        let (opened, id) = after.map_or((i64::MIN, i64::MIN), |after| {
            (due.saturating_sub(after.late_ms), beyond(after, self.source))
        });
        let mut select = db.prepare_cached(&format!(
            "SELECT o.id, s.name, o.opened_ms FROM {} AND o.opened_ms <= ?4
               AND (o.opened_ms, o.id) > (?1, ?2) AND {} ORDER BY o.opened_ms, o.id LIMIT ?3",
            self.of,
            (asked.within)("o.store")
        ))?;
        let latest = due.saturating_sub(self.over_ms);
        let rows = select.query_map(params![opened, id, limit, latest], |row| {
            let (of, late_ms) = (row.get(0)?, due.saturating_sub(row.get(2)?));
            let (standard, late_hours) = (self.standard, late_ms / HOUR_MS);
            let breach = Breach { standard, store: row.get(1)?, of, late_hours };
            Ok(Late { breach, at: After { late_ms, source: self.source, of } })
        })?;
        rows.collect()
    }
}
