//! What VIPs wish for: three checks before it is done (S65).
//!
//! # Invariants
//!
//! - It is done only with three times yes; refused, with a reason.
//! - Its words lie where every wish's do: under her own key (`feedback`).
//!
//! Not here: taking a wish (`feedback`), which has the clock.

use super::VipError;
use crate::hq::desk::feedback;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The three checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Checks {
    /// It suits the brand.
    pub suits: bool,
    /// It can be done.
    pub feasible: bool,
    /// It stands in nobody's way.
    pub no_conflict: bool,
}

/// Decides on a wish, and answers it with that. What is done needs three times yes.
///
/// # Errors
///
/// [`VipError::Checks`] if it is to be done against one of them, [`VipError::NoItem`] if there is no such
/// open wish.
pub fn decide(
    db: &Connection,
    wish: i64,
    checks: Checks,
    does: bool,
    why: &str,
    by: &str,
    now_ms: i64,
) -> Result<(), VipError> {
    let Checks { suits, feasible, no_conflict } = checks;
    if does && !(suits && feasible && no_conflict) {
        return Err(VipError::Checks);
    }
    let sql = "SELECT 1 FROM feedback WHERE id = ?1 AND kind = 'wish' AND answered_ms IS NULL";
    let open: Option<i64> = db.query_row(sql, [wish], |row| row.get(0)).optional()?;
    open.ok_or(VipError::NoItem(wish))?;
    db.execute(
        "INSERT INTO wish_decision (feedback, suits, feasible, no_conflict, does, why, by, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![wish, suits, feasible, no_conflict, does, why.trim(), by.trim(), now_ms],
    )?;
    feedback::answer(db, wish, now_ms)?;
    Ok(())
}

/// A wish and what was decided.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Wish {
    /// Its number.
    pub id: i64,
    /// The store's name.
    pub store: Option<String>,
    /// When it was said, ms since 1970-01-01 UTC.
    pub opened_ms: i64,
    /// The checks, once there is a decision.
    pub checks: Option<Checks>,
    /// It is done.
    pub does: Option<bool>,
    /// Why, or why not.
    pub why: Option<String>,
}

/// All wishes, the undecided ones first.
///
/// # Errors
///
/// As SQLite says.
pub fn list(db: &Connection) -> rusqlite::Result<Vec<Wish>> {
    let mut select = db.prepare(
        "SELECT f.id, s.name, f.opened_ms, d.suits, d.feasible, d.no_conflict, d.does, d.why
         FROM feedback f LEFT JOIN store s ON s.id = f.store
         LEFT JOIN wish_decision d ON d.feedback = f.id
         WHERE f.kind = 'wish' ORDER BY d.feedback IS NOT NULL, f.opened_ms, f.id",
    )?;
    let rows = select.query_map([], |row| {
        let does: Option<bool> = row.get(6)?;
        let checks = match does {
            None => None,
            Some(_) => {
                Some(Checks { suits: row.get(3)?, feasible: row.get(4)?, no_conflict: row.get(5)? })
            }
        };
        Ok(Wish {
            id: row.get(0)?,
            store: row.get(1)?,
            opened_ms: row.get(2)?,
            checks,
            does,
            why: row.get(7)?,
        })
    })?;
    rows.collect()
}
