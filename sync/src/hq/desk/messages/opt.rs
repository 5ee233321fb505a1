//! Opting in and out: what she said to a person at HQ, or answered to a message.
//!
//! # Invariants
//!
//! - The last word on a stream counts, and an opt-out at once: it is asked again before anything leaves.
//! - An opt-in has its proof with it; without one it is refused.
//! - Opting out of everything leaves her alone: the desk asks for nothing either.
//!
//! Not here: what a till heard (`fold`), what counts (`gate`).

use super::kind::Stream;
use crate::care_list::CustomerId;
use rusqlite::{Connection, params};

/// Who notes what an erasure that she asked for stops meanwhile.
pub const ERASURE_REQUEST: &str = "erasure request";

/// Her word on a stream.
#[derive(Clone, Debug)]
pub struct Opt {
    /// Of which stream.
    pub stream: Stream,
    /// The theme that she chose, for information.
    pub theme: Option<String>,
    /// She wants it; else she does not.
    pub given: bool,
    /// What proves it: a form's number, the message that she answered.
    pub proof: Option<String>,
    /// Who wrote it down.
    pub by: String,
}

/// Why her word is not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptError {
    /// An opt-in needs one.
    #[error("an opt-in needs a proof, such as a form's number")]
    NoProof,
    /// Information is by theme.
    #[error("information is chosen by theme")]
    NoTheme,
    /// Care is agreed to at the till, under a text that she reads.
    #[error("consent to care is given at the till")]
    Care,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// Keeps her word.
///
/// # Errors
///
/// [`OptError`] if it lacks what it needs.
pub fn note(
    db: &Connection,
    customer: &CustomerId,
    opt: &Opt,
    now_ms: i64,
) -> Result<(), OptError> {
    let proof = opt.proof.as_deref().map(str::trim).filter(|proof| !proof.is_empty());
    match (opt.given, opt.stream) {
        (true, Stream::Care) => return Err(OptError::Care),
        (true, Stream::Information) if opt.theme.is_none() => return Err(OptError::NoTheme),
        (true, _) if proof.is_none() => return Err(OptError::NoProof),
        _ => {}
    }
    db.execute(
        "INSERT INTO message_opt (customer, stream, theme, given, at_ms, proof, by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![customer, opt.stream.word(), opt.theme, opt.given, now_ms, proof, opt.by],
    )?;
    Ok(())
}

/// She thought better of being forgotten: what her request (`stream`, `seq`) stopped goes on as before.
///
/// # Errors
///
/// As SQLite says.
pub fn go_on(
    db: &Connection,
    customer: &CustomerId,
    (stream, seq, said_ms): (i64, i64, i64),
) -> rusqlite::Result<()> {
    // The till withdrew each consent in the events right before it, one a purpose.
    db.execute(
        "DELETE FROM consent WHERE stream = ?1 AND seq BETWEEN ?2 - 4 AND ?2 - 1 AND NOT given
             AND customer = ?3",
        params![stream, seq, customer],
    )?;
    db.execute(
        "DELETE FROM message_opt WHERE customer = ?1 AND by = ?2 AND at_ms = ?3",
        params![customer, ERASURE_REQUEST, said_ms],
    )?;
    let day = said_ms.div_euclid(86_400_000);
    let sql = "DELETE FROM desk_left_alone WHERE customer = ?1 AND day = ?2";
    db.execute(sql, params![customer, day]).map(drop)
}

/// She wants nothing at all any more, from this moment on.
///
/// # Errors
///
/// As SQLite says.
pub fn leave_alone(
    db: &Connection,
    customer: &CustomerId,
    by: &str,
    today: i32,
    now_ms: i64,
) -> Result<(), OptError> {
    for stream in Stream::ALL {
        let by = by.to_owned();
        let opt = Opt { stream, theme: None, given: false, proof: None, by };
        note(db, customer, &opt, now_ms)?;
    }
    db.execute(
        "INSERT INTO desk_left_alone (customer, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![customer, today],
    )?;
    let root = crate::hq::customer::person::root(db, customer)?;
    Ok(crate::hq::desk::book::withdraw_all(db, &root, today)?)
}
