//! Cases on file: opened, led through their steps, routed, closed; her words under her own key.
//!
//! # Invariants
//!
//! - A step and what it does to the case are one transaction.
//! - While a case is open her card says so, so that whoever serves her knows first of all.
//!
//! Not here: the order of the steps (the parent module).

pub use super::asked::route;
pub use super::page::{CaseRow, list};

use super::asked::{ask, ask_store};

use super::{Said, Stand, Step, StepError};
use crate::care_list::{CustomerId, Notice, TaskKind};
use crate::hq::Hq;
use crate::hq::clock::day;
use crate::hq::customer::{self, fact, person};
use crate::hq::desk::engine::{Cause, Rule};
use crate::hq::desk::facts;
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::opinion;
use crate::hq::desk::rules::RulesError;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeSet;

/// The call afterwards comes so many days after the case was closed (S59).
const FEEDBACK_DAYS: i32 = 7;

/// Why a case cannot be led on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// There is none with this number.
    #[error("no case {0}")]
    NoCase(i64),
    /// Not now, or not so.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A request was refused or granted without saying why, or by whom (S94).
    #[error("a request needs a reason and who approved")]
    NoReason,
    /// The rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// Opens a case with nothing said yet; returns its number.
///
/// # Errors
///
/// [`CaseError`].
pub fn open(
    hq: &mut Hq,
    customer: Option<CustomerId>,
    store: Option<StoreId>,
    scope: Scope,
    now_ms: i64,
) -> Result<i64, CaseError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id: i64 = tx.query_row(
        "INSERT INTO complaint (customer, store, scope, opened_ms, state)
         VALUES (?1, ?2, ?3, ?4, 'open') RETURNING id",
        params![customer, store, scope.word(), now_ms],
        |row| row.get(0),
    )?;
    if let (Some(customer), Scope::Store) = (customer, scope) {
        let cause = Cause { rule: Rule::Complaint, subject: id.to_string() };
        ask(&tx, &hq.keys, &customer, store, cause, TaskKind::Complaint, day(now_ms), now_ms)?;
    }
    tell(&tx, customer)?;
    tx.commit()?;
    Ok(id)
}

/// Takes the next step of a case.
///
/// # Errors
///
/// [`CaseError`]; then nothing was taken.
pub fn step(hq: &mut Hq, id: i64, step: Step, said: &Said, now_ms: i64) -> Result<(), CaseError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let case = find(&tx, id)?;
    let stand = case.stand.take(step, said)?;
    write(&tx, &hq.keys, &case, (step, said, stand), now_ms)?;
    tx.commit()?;
    Ok(())
}

/// Takes the ninth step by what a store heard in its call; where that is not the next, nothing is taken.
pub(in crate::hq::desk) fn feedback(
    db: &Connection,
    keys: &Keys,
    id: i64,
    said: &Said,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let taken = || {
        let case = find(db, id)?;
        let stand = case.stand.take(Step::Feedback, said)?;
        write(db, keys, &case, (Step::Feedback, said, stand), now_ms)
    };
    match taken() {
        Err(CaseError::Sql(error)) => Err(error),
        // A case that was led on meanwhile, by a person who knows more.
        _ => Ok(()),
    }
}

fn write(
    db: &Connection,
    keys: &Keys,
    case: &Case,
    (step, said, stand): (Step, &Said, Stand),
    now_ms: i64,
) -> Result<(), CaseError> {
    write_step(db, keys, case, step, said, now_ms)?;
    write_stand(db, case.id, stand, now_ms)?;
    if let Some(satisfied) = said.satisfied {
        let sql = "UPDATE complaint SET satisfied = ?2 WHERE id = ?1";
        db.execute(sql, params![case.id, satisfied])?;
    }
    if stand.reopened && !case.stand.reopened {
        ask_store(db, keys, case, now_ms)?;
    }
    Ok(tell(db, case.customer)?)
}

/// Closes a case whose result was told, and plans the call afterwards.
///
/// # Errors
///
/// [`CaseError`].
pub fn close(hq: &mut Hq, id: i64, now_ms: i64) -> Result<(), CaseError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let case = find(&tx, id)?;
    let stand = case.stand.close()?;
    write_stand(&tx, id, stand, now_ms)?;
    if let (Some(customer), Some(Step::Feedback)) = (case.customer, stand.next()) {
        let subject = format!("{id}:{}", u8::from(stand.reopened));
        let cause = Cause { rule: Rule::SecondChance, subject };
        let due = day(now_ms) + FEEDBACK_DAYS;
        ask(&tx, &hq.keys, &customer, case.store, cause, TaskKind::Call, due, now_ms)?;
    }
    // The store's own task on it is done with.
    tx.execute(
        "UPDATE task SET state = 'done', outcome = 'resolved', closed_day = ?2
         WHERE state = 'open' AND kind = 'complaint' AND id IN (
             SELECT task FROM task_cause
             WHERE rule = 'complaint' AND (subject = ?1 OR subject LIKE ?1 || ':%'))",
        params![id.to_string(), day(now_ms)],
    )?;
    tell(&tx, case.customer)?;
    tx.commit()?;
    Ok(())
}

/// Whether she is asked after a while if it is settled still: not who is nobody known, or wants no care.
///
/// # Errors
///
/// As SQLite says.
pub fn is_asked_afterwards(hq: &Hq, customer: Option<&CustomerId>) -> rusqlite::Result<bool> {
    let Some(customer) = customer else { return Ok(false) };
    let root = person::root(&hq.db, customer)?;
    facts::is_owed(&hq.db, &hq.keys, &root, Rule::SecondChance)
}

/// Says which style a case is about, for the buyers (S129); an empty one takes it back.
///
/// # Errors
///
/// [`CaseError`].
pub fn about(db: &Connection, id: i64, style: &str) -> Result<(), CaseError> {
    let style: String = style.chars().filter(|symbol| !symbol.is_control()).collect();
    let style = Some(style.trim()).filter(|style| !style.is_empty());
    let case = find(db, id)?;
    db.execute("UPDATE complaint SET style = ?2 WHERE id = ?1", params![id, style])?;
    if let (Some(customer), Some(style)) = (case.customer, style) {
        opinion::name(db, &customer, style)?;
    }
    Ok(())
}

/// What she asks for, granted or not, with the reason and who approved (S94).
///
/// # Errors
///
/// [`CaseError`] if reason or approver is missing, or there is no such case.
pub fn request(
    hq: &Hq,
    id: i64,
    what: &str,
    granted: bool,
    reason: &str,
    approver: &str,
) -> Result<(), CaseError> {
    if reason.trim().is_empty() || approver.trim().is_empty() {
        return Err(CaseError::NoReason);
    }
    let case = find(&hq.db, id)?;
    hq.db.execute(
        "INSERT INTO complaint_request (complaint, granted, approver, what, reason)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            id,
            granted,
            approver,
            closed(&hq.db, &hq.keys, &case, Some(what))?,
            closed(&hq.db, &hq.keys, &case, Some(reason))?
        ],
    )?;
    Ok(())
}

/// One step that was taken.
#[derive(Clone, Eq, PartialEq)]
pub struct Taken {
    /// Which.
    pub step: Option<Step>,
    /// By whom.
    pub by: String,
    /// When, ms since 1970-01-01 UTC.
    pub at_ms: i64,
    /// What was said; none once she was erased.
    pub text: Option<String>,
}

/// What was said at each step of a case, in order, for the one who leads it.
///
/// # Errors
///
/// [`CaseError`].
pub fn story(hq: &Hq, id: i64) -> Result<Vec<Taken>, CaseError> {
    let case = find(&hq.db, id)?;
    let mut select = hq.db.prepare_cached(
        "SELECT step, done_by, at_ms, text FROM complaint_step WHERE complaint = ?1 ORDER BY id",
    )?;
    let rows = select.query_map([id], |row| {
        let sealed: Option<Vec<u8>> = row.get(3)?;
        let text = match (case.customer, sealed) {
            (Some(customer), Some(sealed)) => fact::open(&hq.db, &hq.keys, &customer, &sealed)?,
            (None, Some(plain)) => String::from_utf8(plain).ok(),
            (_, None) => None,
        };
        let step = Step::from_word(&row.get::<_, String>(0)?);
        Ok(Taken { step, by: row.get(1)?, at_ms: row.get(2)?, text })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What her card says while a case of hers is open.
pub(crate) fn notice(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<Notice>> {
    let open: bool = db
        .prepare_cached(
            "SELECT count(*) > 0 FROM complaint WHERE +state = 'open'
             AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
        )?
        .query_row([root], |row| row.get(0))?;
    let text = "她有投诉还没解决:先问候,听她说";
    Ok(open.then(|| Notice { kind: "complaint".into(), text: text.into(), offer: None }))
}

pub(super) struct Case {
    pub(super) id: i64,
    pub(super) customer: Option<CustomerId>,
    pub(super) store: Option<StoreId>,
    pub(super) stand: Stand,
}

pub(super) fn find(db: &Connection, id: i64) -> Result<Case, CaseError> {
    let case = db
        .prepare_cached(
            "SELECT customer, store, last, reopened, state = 'closed' FROM complaint WHERE id = ?1",
        )?
        .query_row([id], |row| {
            let last = row.get::<_, Option<String>>(2)?;
            let last = last.and_then(|word| Step::from_word(&word));
            let stand = Stand { last, reopened: row.get(3)?, closed: row.get(4)? };
            Ok(Case { id, customer: row.get(0)?, store: row.get(1)?, stand })
        })
        .optional()?;
    case.ok_or(CaseError::NoCase(id))
}

fn write_step(
    db: &Connection,
    keys: &Keys,
    case: &Case,
    step: Step,
    said: &Said,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let words = match (&said.text, &said.offer) {
        (Some(text), Some(offer)) => Some(format!("{text}\n{offer}")),
        (text, offer) => text.clone().or_else(|| offer.clone()),
    };
    let apology = said.text.as_deref().filter(|_| step == Step::Apologise).map(|text| {
        let plain: String = text.chars().filter(|symbol| symbol.is_alphanumeric()).collect();
        customer::hash(keys, &plain)
    });
    db.execute(
        "INSERT INTO complaint_step
             (complaint, step, at_ms, done_by, text, reason, verified, owner, by_day, apology)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            case.id,
            step.word(),
            now_ms,
            said.by,
            closed(db, keys, case, words.as_deref())?,
            said.reason,
            said.verified,
            said.owner,
            said.by_day,
            apology
        ],
    )
    .map(drop)
}

/// A text closed under her key; of nobody known it lies open, and should name nobody.
fn closed(
    db: &Connection,
    keys: &Keys,
    case: &Case,
    text: Option<&str>,
) -> rusqlite::Result<Option<Vec<u8>>> {
    match (case.customer, text) {
        (Some(customer), Some(text)) => fact::close(db, keys, &customer, text),
        (None, Some(text)) => Ok(Some(text.as_bytes().to_vec())),
        (_, None) => Ok(None),
    }
}

fn write_stand(db: &Connection, id: i64, stand: Stand, now_ms: i64) -> rusqlite::Result<()> {
    let state = if stand.closed { "closed" } else { "open" };
    db.execute(
        "UPDATE complaint SET last = ?2, reopened = ?3, state = ?4,
             closed_ms = CASE WHEN ?4 = 'closed' THEN coalesce(closed_ms, ?5) END WHERE id = ?1",
        params![id, stand.last.map(Step::word), stand.reopened, state, now_ms],
    )
    .map(drop)
}

/// Her card goes down anew.
fn tell(tx: &Connection, customer: Option<CustomerId>) -> rusqlite::Result<()> {
    customer.map_or(Ok(()), |customer| customer::touch(tx, &BTreeSet::from([customer])))
}
