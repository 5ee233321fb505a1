//! Who will buy again: the models, fitted once a night on the chain's own sales, and what pages read of it.
//!
//! ```text
//! sale ─▶ histories ─▶ MBG/NBD, Gamma-Gamma ─▶ table `forecast` (a row a customer)
//!                  └─▶ counted: retention, RFM, stages, concentration ─▶ figure `practice`
//! ```
//!
//! # Invariants
//!
//! - A night's run is one transaction: no page sees half of it.
//! - A model that cannot be fitted leaves no forecast behind, not yesterday's; the reason is kept.
//! - Lists are ordered by what is expected, never by the chance that she is still a customer (S82).
//!
//! Not here: the models (`model`), the words beside the numbers (`web`).

mod practice;

pub use practice::{Cohort, Given, Practice, Trial, Unfitted, practice};

use super::Hq;
use super::model::{
    BetaGeometric, Buying as _, GammaGamma, Histories, History, Leaving, Purchase, Rhythm,
};
use crate::care_list::CustomerId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

/// How far a forecast looks ahead.
pub const WEEKS: u32 = 12;

/// What is expected of one customer within [`WEEKS`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forecast {
    /// The chance that she has not left for good, in thousandths.
    pub alive: u32,
    /// The chance of at least one purchase, in thousandths.
    pub comes: u32,
    /// Expected purchases, in thousandths of one.
    pub purchases: u32,
    /// Expected spend, minor units.
    pub value: i64,
}

/// Fits the models and writes every customer's forecast and the chain's counted figures.
///
/// # Errors
///
/// As SQLite says; then yesterday's stand.
pub fn run(hq: &mut Hq, today: i32) -> rusqlite::Result<()> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let histories = histories(&tx)?;
    tx.execute("DELETE FROM forecast", [])?;
    let fitted = Fitted::of(&histories, today);
    if let Ok(fitted) = &fitted {
        write(&tx, &histories, fitted, today)?;
    }
    practice::compute(&tx, &hq.keys, &histories, fitted.as_ref().err().copied(), today)?;
    tx.commit()
}

/// What is expected of her, if the models could be fitted and she has bought.
///
/// # Errors
///
/// As SQLite says.
pub fn of(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<Forecast>> {
    let mut select = db.prepare_cached(
        "SELECT alive, comes, purchases, value FROM forecast WHERE customer = ?1",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let (alive, comes) = (row.get(0)?, row.get(1)?);
        Ok(Forecast { alive, comes, purchases: row.get(2)?, value: row.get(3)? })
    };
    select.query_row([root], read).optional()
}

/// Every known customer's counted sales and returns.
fn histories(db: &Connection) -> rusqlite::Result<Histories> {
    let mut select = db.prepare(
        "SELECT coalesce(c.root, c.id), s.day, s.total FROM sale s
         JOIN customer c ON c.id = s.customer WHERE s.counts AND c.identity IS NOT NULL",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Purchase { customer: row.get(0)?, day: row.get(1)?, net: row.get(2)? })
    })?;
    Ok(Histories::new(rows.collect::<rusqlite::Result<Vec<_>>>()?))
}

/// Both models, ready to be asked.
struct Fitted {
    buying: BetaGeometric,
    /// None where too few came again: then her own mean is what she spends.
    amounts: Option<GammaGamma>,
}

impl Fitted {
    fn of(histories: &Histories, today: i32) -> Result<Self, Unfitted> {
        let rhythms: Vec<Rhythm> = histories.iter().filter_map(|her| her.rhythm(today)).collect();
        let buying = BetaGeometric::fit(Leaving::AfterAny, rhythms)?.model;
        let spends = histories.iter().filter_map(|her| her.spend(today));
        let amounts = GammaGamma::fit(spends).ok().map(|fit| fit.model);
        Ok(Self { buying, amounts })
    }

    fn forecast(&self, her: &History<'_>, today: i32) -> Option<Forecast> {
        let rhythm = her.rhythm(today)?;
        let purchases = self.buying.expected(&rhythm, f64::from(WEEKS));
        Some(Forecast {
            alive: thousandths(self.buying.alive(&rhythm)),
            comes: thousandths(self.buying.comes_within(&rhythm, f64::from(WEEKS))),
            purchases: thousandths(purchases),
            value: (purchases * self.amount(her, today)).round().max(0.0) as i64,
        })
    }

    /// What one of her days is expected to bring, in minor units.
    fn amount(&self, her: &History<'_>, today: i32) -> f64 {
        let modelled = self.amounts.as_ref().zip(her.spend(today));
        modelled.and_then(|(amounts, spend)| amounts.expected(&spend)).unwrap_or_else(|| {
            let days = i32::MIN..today.saturating_add(1);
            her.net(&days).units() as f64 / her.count(&days).max(1) as f64
        })
    }
}

#[allow(clippy::cast_sign_loss, reason = "a chance or a count is never below zero")]
fn thousandths(of: f64) -> u32 {
    (of * 1_000.0).round().max(0.0) as u32
}

fn write(
    tx: &Connection,
    histories: &Histories,
    fitted: &Fitted,
    today: i32,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare(
        "INSERT INTO forecast (customer, alive, comes, purchases, value) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for her in histories.iter() {
        let Some(Forecast { alive, comes, purchases, value }) = fitted.forecast(&her, today) else {
            continue;
        };
        insert.execute(params![her.customer, alive, comes, purchases, value])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
