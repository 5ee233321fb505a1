//! What the desk owes: overdue tasks, broken standards, members whom nobody has touched, and who did
//! how much.
//!
//! Not here: the standards themselves (`rules`), complaints' own clock (`complaint`).

use super::late::PROMISED_DAYS;
use super::rules::Rules;
use crate::care_list::CustomerId;
use crate::hq::customer;
use crate::hq::keys::Keys;
use crate::hq::store::Own;
use crate::tier;
use rusqlite::{Connection, params};

const HOUR_MS: i64 = 3_600_000;

/// An open task as lists show it; nothing of it is hers but the pseudonym.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TaskRow {
    /// Its number.
    pub id: i64,
    /// The store's name, if it is a store's.
    pub store: Option<String>,
    /// Who does it: `store`, `region` or `company`.
    pub scope: String,
    /// What.
    pub kind: String,
    /// The rules that ask for it.
    pub rules: String,
    /// By which day, days since 1970-01-01.
    pub due: i32,
    /// So many days over it, or before it if below zero.
    pub late_days: i32,
    /// Who looks after her.
    pub assignee: Option<String>,
    /// Her pseudonym.
    pub customer: String,
}

/// Every open task, the most overdue first.
///
/// # Errors
///
/// As SQLite says.
pub fn open_tasks(db: &Connection, today: i32) -> rusqlite::Result<Vec<TaskRow>> {
    let mut select = db.prepare_cached(
        "SELECT t.id, s.name, t.scope, t.kind, t.due, t.assignee, t.customer,
                (SELECT group_concat(DISTINCT rule) FROM task_cause WHERE task = t.id AND stands)
         FROM task t LEFT JOIN store s ON s.id = t.store
         WHERE t.state = 'open' ORDER BY t.due, t.id",
    )?;
    let rows = select.query_map([], |row| {
        let due: i32 = row.get(4)?;
        Ok(TaskRow {
            id: row.get(0)?,
            store: row.get(1)?,
            scope: row.get(2)?,
            kind: row.get(3)?,
            due,
            late_days: today - due,
            assignee: row.get(5)?,
            customer: row.get::<_, CustomerId>(6)?.to_string(),
            rules: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
        })
    })?;
    rows.collect()
}

/// A standard that was not kept (S23).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Breach {
    /// `follow_up`, `question`, `complaint_reply`, `complaint_close` or `complaint_day`.
    pub standard: &'static str,
    /// The store's name.
    pub store: Option<String>,
    /// The task's, question's or case's number.
    pub of: i64,
    /// So many hours over what was promised.
    pub late_hours: i64,
}

/// Every standard that is broken now.
///
/// # Errors
///
/// As SQLite says.
pub fn breaches(
    db: &Connection,
    rules: &Rules,
    today: i32,
    now_ms: i64,
) -> rusqlite::Result<Vec<Breach>> {
    let standards = &rules.standards;
    let mut all: Vec<Breach> = open_tasks(db, today)?
        .into_iter()
        .filter(|task| task.late_days > standards.follow_up_days)
        .map(|task| Breach {
            standard: "follow_up",
            store: task.store,
            of: task.id,
            late_hours: i64::from(task.late_days - standards.follow_up_days) * 24,
        })
        .collect();
    all.extend(promises(db, rules, now_ms)?);
    Ok(all)
}

/// Every promise to a customer that is broken now: questions and complaints, not our own follow-ups.
///
/// # Errors
///
/// As SQLite says.
pub fn promises(db: &Connection, rules: &Rules, now_ms: i64) -> rusqlite::Result<Vec<Breach>> {
    let (standards, mut all) = (&rules.standards, Vec::new());
    let questions = super::feedback::list(db)?.into_iter();
    let open = questions.filter(|row| row.answered_ms.is_none() && row.kind == "question");
    all.extend(open.filter_map(|row| {
        let over = now_ms - row.opened_ms - standards.question_hours * HOUR_MS;
        (over > 0).then_some(Breach {
            standard: "question",
            store: row.store,
            of: row.id,
            late_hours: over / HOUR_MS,
        })
    }));
    for case in super::complaint::case::list(db, now_ms)? {
        let minutes = (now_ms - case.opened_ms) / 60_000;
        let over = minutes - standards.complaint_reply_minutes;
        if case.state == "open" && case.reply_minutes.is_none() && over > 0 {
            all.push(Breach {
                standard: "complaint_reply",
                store: case.store.clone(),
                of: case.id,
                late_hours: over / 60,
            });
        }
        let over = case.age_hours - standards.complaint_close_days * 24;
        if case.state == "open" && over > 0 {
            let (store, of) = (case.store, case.id);
            all.push(Breach { standard: "complaint_close", store, of, late_hours: over });
        }
    }
    let sql = format!("SELECT o.id, s.name, o.opened_ms FROM {PROMISED_DAYS}");
    let mut select = db.prepare_cached(&sql)?;
    let days = select.query_map([], |row| {
        let late_hours = (now_ms - row.get::<_, i64>(2)?).div_euclid(HOUR_MS);
        Ok(Breach { standard: "complaint_day", store: row.get(1)?, of: row.get(0)?, late_hours })
    })?;
    let days = days.collect::<rusqlite::Result<Vec<_>>>()?;
    all.extend(days.into_iter().filter(|breach| breach.late_hours > 0));
    Ok(all)
}

/// How many members of tiers were touched lately; the aim is nobody untouched (S110).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Coverage {
    /// Members of any tier who may be called.
    pub members: u32,
    /// Of these, nobody touched so many within the days of the standard.
    pub untouched: u32,
    /// The days.
    pub days: i32,
}

/// Counts who was not touched within the days of the standard.
///
/// # Errors
///
/// As SQLite says.
pub fn coverage(
    db: &Connection,
    keys: &Keys,
    own: &Own,
    rules: &Rules,
    today: i32,
) -> rusqlite::Result<Coverage> {
    let days = rules.standards.coverage_days;
    let mut coverage = Coverage { days, ..Coverage::default() };
    let mut select =
        db.prepare("SELECT id FROM customer WHERE root IS NULL AND identity IS NOT NULL")?;
    let ids = select.query_map([], |row| row.get::<_, CustomerId>(0))?;
    for id in ids.collect::<rusqlite::Result<Vec<_>>>()? {
        let spend = customer::spend(db, &id, &own.policy, today)?;
        let is_member = tier::tier(&own.policy, &spend, today).is_some();
        if is_member {
            coverage.member(db, keys, rules, today, &id)?;
        }
    }
    Ok(coverage)
}

impl Coverage {
    /// Counts one more who has a tier.
    fn member(
        &mut self,
        db: &Connection,
        keys: &Keys,
        rules: &Rules,
        today: i32,
        id: &CustomerId,
    ) -> rusqlite::Result<()> {
        if !super::facts::excluded(db, keys, rules, id)? {
            self.members += 1;
            self.untouched += u32::from(!touched(db, id, today - self.days)?);
        }
        Ok(())
    }

    /// Counts so many members behind `after`, by the tiers of the night's sums; gives the last of them,
    /// none when all are counted.
    pub(in crate::hq) fn some(
        &mut self,
        db: &Connection,
        keys: &Keys,
        rules: &Rules,
        (today, after, most): (i32, &[u8], usize),
    ) -> rusqlite::Result<Option<CustomerId>> {
        self.days = rules.standards.coverage_days;
        let mut select = db.prepare_cached(
            "SELECT customer FROM person WHERE tier IS NOT NULL AND customer > ?1
             ORDER BY customer LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let ids = select.query_map(params![after, most], |row| row.get(0))?;
        let ids: Vec<CustomerId> = ids.collect::<rusqlite::Result<_>>()?;
        for id in &ids {
            self.member(db, keys, rules, today, id)?;
        }
        Ok(ids.last().copied())
    }
}

/// Whether an outcome of hers is on file since a day: a contact without one does not count (S43).
fn touched(db: &Connection, id: &CustomerId, since: i32) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT count(*) > 0 FROM task WHERE state = 'done' AND closed_day >= ?2
         AND outcome IN ('reached', 'sent', 'resolved', 'rescheduled', 'declined')
         AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?
    .query_row(params![id, since], |row| row.get(0))
}

/// What one person did in one month, by kind and outcome (S43).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Done {
    /// `2026-11`.
    pub month: String,
    /// The store's name.
    pub store: Option<String>,
    /// Who.
    pub staff: String,
    /// What.
    pub kind: String,
    /// How it went.
    pub outcome: String,
    /// How often.
    pub count: u32,
}

/// Tasks with an outcome, by month, person, kind and outcome. What was done before its day or in a
/// rush is not judged here: these are counts.
///
/// # Errors
///
/// As SQLite says.
pub fn done(db: &Connection) -> rusqlite::Result<Vec<Done>> {
    let mut select = db.prepare_cached(
        "SELECT strftime('%Y-%m', t.closed_day * 86400, 'unixepoch') AS month, s.name,
                t.closed_by, t.kind, t.outcome, count(*)
         FROM task t LEFT JOIN store s ON s.id = t.store
         WHERE t.state = 'done' AND t.outcome IS NOT NULL AND t.closed_by IS NOT NULL
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 2, 3, 4, 5",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Done {
            month: row.get(0)?,
            store: row.get(1)?,
            staff: row.get(2)?,
            kind: row.get(3)?,
            outcome: row.get(4)?,
            count: row.get(5)?,
        })
    })?;
    rows.collect()
}
