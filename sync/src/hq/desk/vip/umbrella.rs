//! Umbrellas on loan against a deposit, and a word about wet clothes (S33).
//!
//! # Invariants
//!
//! - An umbrella is out once at a time; its deposit goes back when it does.
//!
//! Not here: the thanks of a rainy evening (`messages`).

use super::VipError;
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::message::StoreId;
use crate::money::Minor;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What is said when one is handed out.
#[must_use]
pub const fn reminder(language: Language) -> &'static str {
    language.of(
        "外面下雨,路上慢点。到家先换下湿衣服,喝杯热的。伞方便时带回来,押金当场退您。",
        "It is raining: take care on the way. Change out of wet clothes at home and have something warm. Bring the umbrella back whenever you like, and the deposit is yours again.",
    )
}

/// Hands one out; returns the loan's number.
///
/// # Errors
///
/// [`VipError::Twice`] if that umbrella is out already.
pub fn lend(
    db: &Connection,
    store: &StoreId,
    umbrella: &str,
    customer: Option<&CustomerId>,
    deposit: Minor,
    today: i32,
) -> Result<i64, VipError> {
    if deposit.units() < 0 {
        return Err(VipError::Deposit);
    }
    let sql = "SELECT count(*) > 0 FROM umbrella WHERE store = ?1 AND umbrella = ?2
               AND back_day IS NULL";
    if db.query_row(sql, params![store, umbrella.trim()], |row| row.get(0))? {
        return Err(VipError::Twice);
    }
    Ok(db.query_row(
        "INSERT INTO umbrella (store, umbrella, customer, deposit, out_day)
         VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        params![store, umbrella.trim(), customer, deposit, today],
        |row| row.get(0),
    )?)
}

/// Takes one back; returns the deposit that she gets.
///
/// # Errors
///
/// [`VipError::NoItem`] if there is no such open loan.
pub fn take_back(db: &Connection, id: i64, today: i32) -> Result<Minor, VipError> {
    let sql = "UPDATE umbrella SET back_day = ?2 WHERE id = ?1 AND back_day IS NULL
               RETURNING deposit";
    let deposit = db.query_row(sql, params![id, today], |row| row.get(0)).optional()?;
    deposit.ok_or(VipError::NoItem(id))
}

/// An umbrella that is out.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Loan {
    /// The loan's number.
    pub id: i64,
    /// The store's name.
    pub store: String,
    /// What stands on the umbrella.
    pub umbrella: String,
    /// Her pseudonym, if she is known.
    pub customer: Option<String>,
    /// Minor units.
    pub deposit: i64,
    /// Days since it went out.
    pub out_days: i32,
}

/// Those that are out, the oldest first.
///
/// # Errors
///
/// As SQLite says.
pub fn out(db: &Connection, today: i32) -> rusqlite::Result<Vec<Loan>> {
    let mut select = db.prepare(
        "SELECT u.id, s.name, u.umbrella, u.customer, u.deposit, u.out_day
         FROM umbrella u JOIN store s ON s.id = u.store
         WHERE u.back_day IS NULL ORDER BY u.out_day, u.id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Loan {
            id: row.get(0)?,
            store: row.get(1)?,
            umbrella: row.get(2)?,
            customer: row.get::<_, Option<CustomerId>>(3)?.map(|id| id.to_string()),
            deposit: row.get(4)?,
            out_days: today - row.get::<_, i32>(5)?,
        })
    })?;
    rows.collect()
}
