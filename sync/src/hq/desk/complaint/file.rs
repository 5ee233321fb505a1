//! One case as its page shows it: where it stands, every step with what was said, what she asked for.
//!
//! # Invariants
//!
//! - What was said is opened here for the one who leads the case; once she was erased there is none.
//!
//! Not here: leading it on (`case`).

use super::case::{self, CaseError};
use super::{Stand, Step};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::fact;
use crate::hq::desk::rules::Standards;
use crate::message::StoreId;
use rusqlite::Connection;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A case.
pub struct CaseFile {
    /// Whose it is, if she is known.
    pub customer: Option<CustomerId>,
    /// Where it happened.
    pub store: Option<StoreId>,
    /// Where it stands.
    pub stand: Stand,
    /// Who leads it: `store`, `region` or `company`.
    pub scope: String,
    /// When it was opened, ms since 1970-01-01 UTC.
    pub opened_ms: i64,
    /// When it was closed.
    pub closed_ms: Option<i64>,
    /// Which style it is about, if it is about one.
    pub style: Option<String>,
    /// How often it lay with the wrong side.
    pub misrouted: u32,
    /// Her last word on whether she is content.
    pub satisfied: Option<bool>,
    /// Every step that was taken, in order; after a second chance some stand twice.
    pub steps: Vec<Told>,
    /// What she asked for.
    pub requests: Vec<Request>,
}

/// A step that was taken.
pub struct Told {
    /// Which; none if a newer program wrote it.
    pub step: Option<Step>,
    /// When, ms since 1970-01-01 UTC.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// What was said.
    pub text: Option<String>,
    /// The cause; or why there is no gift.
    pub reason: Option<String>,
    /// What she says was checked and is true.
    pub verified: Option<bool>,
    /// Who sees to it.
    pub owner: Option<String>,
    /// By which day.
    pub by_day: Option<i32>,
}

/// Something she asked for (S94).
pub struct Request {
    /// What.
    pub what: Option<String>,
    /// Granted or refused.
    pub granted: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub approver: String,
}

impl CaseFile {
    /// Until when she is to be answered first, ms since 1970-01-01 UTC; none once she was.
    #[must_use]
    pub fn reply_due_ms(&self, standards: &Standards) -> Option<i64> {
        let answered = self.steps.iter().any(|told| told.step != Some(Step::Listen));
        let due = self.opened_ms + standards.complaint_reply_minutes * MINUTE_MS;
        (!answered && !self.stand.closed).then_some(due)
    }

    /// Until when it is to be settled; none once it is.
    #[must_use]
    pub fn close_due_ms(&self, standards: &Standards) -> Option<i64> {
        let due = self.opened_ms + standards.complaint_close_days * DAY_MS;
        (!self.stand.closed).then_some(due)
    }
}

/// The whole of case `id`.
///
/// # Errors
///
/// [`CaseError`].
pub fn read(hq: &Hq, id: i64) -> Result<CaseFile, CaseError> {
    let case = case::find(&hq.db, id)?;
    let open = |sealed: Option<Vec<u8>>| -> rusqlite::Result<Option<String>> {
        match (case.customer, sealed) {
            (Some(customer), Some(sealed)) => fact::open(&hq.db, &hq.keys, &customer, &sealed),
            (None, Some(plain)) => Ok(String::from_utf8(plain).ok()),
            (_, None) => Ok(None),
        }
    };
    let steps = steps(&hq.db, id, open)?;
    let requests = requests(&hq.db, id, open)?;
    let sql = "SELECT scope, opened_ms, closed_ms, misrouted, satisfied, style FROM complaint WHERE id = ?1";
    let (customer, store, stand) = (case.customer, case.store, case.stand);
    Ok(hq.db.query_row(sql, [id], |row| {
        let (scope, opened_ms, closed_ms) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (misrouted, satisfied) = (row.get(3)?, row.get(4)?);
        Ok(CaseFile {
            customer,
            store,
            stand,
            scope,
            opened_ms,
            closed_ms,
            style: row.get(5)?,
            misrouted,
            satisfied,
            steps,
            requests,
        })
    })?)
}

type Opened = rusqlite::Result<Option<String>>;

fn steps(
    db: &Connection,
    id: i64,
    open: impl Fn(Option<Vec<u8>>) -> Opened,
) -> rusqlite::Result<Vec<Told>> {
    let mut select = db.prepare_cached(
        "SELECT step, at_ms, done_by, text, reason, verified, owner, by_day
         FROM complaint_step WHERE complaint = ?1 ORDER BY id",
    )?;
    let rows = select.query_map([id], |row| {
        Ok(Told {
            step: Step::from_word(&row.get::<_, String>(0)?),
            at_ms: row.get(1)?,
            by: row.get(2)?,
            text: open(row.get(3)?)?,
            reason: row.get(4)?,
            verified: row.get(5)?,
            owner: row.get(6)?,
            by_day: row.get(7)?,
        })
    })?;
    rows.collect()
}

fn requests(
    db: &Connection,
    id: i64,
    open: impl Fn(Option<Vec<u8>>) -> Opened,
) -> rusqlite::Result<Vec<Request>> {
    let mut select = db.prepare_cached(
        "SELECT what, granted, reason, approver FROM complaint_request
         WHERE complaint = ?1 ORDER BY id",
    )?;
    let rows = select.query_map([id], |row| {
        let (what, reason) = (open(row.get(0)?)?, open(row.get(2)?)?);
        Ok(Request { what, granted: row.get(1)?, reason, approver: row.get(3)? })
    })?;
    rows.collect()
}
