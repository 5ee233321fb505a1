//! Who will buy again: the models, fitted once a night on the chain's own sales, and what pages read of it.
//!
//! ```text
//! figure_person, in order ─▶ Seen ─▶ MBG/NBD, Gamma-Gamma ─▶ table `forecast` (a row a customer)
//!                             └────▶ counted: RFM, what a year gave up ─▶ figure `practice`
//! ```
//!
//! # Invariants
//!
//! - A night works in short pieces: nobody waits for the whole, and memory is a few words a customer.
//! - Rows are replaced in place: while a night runs some are yesterday's, and none is missing.
//! - A row is at most 2 % (chances: half a hundredth) off what the night's models say.
//! - A model that cannot be fitted leaves no forecast behind, not yesterday's; the reason is kept.
//! - Lists are ordered by what is expected, never by the chance that she is still a customer (S82).
//!
//! Not here: the models (`model`), days a person (`figures`), the words beside the numbers (`web`).

pub mod beside;
mod pass;
mod practice;

pub use practice::{Given, Practice, Trial, Unfitted, practice};

use super::figures::night::run as figures;
use super::figures::rules::FigureRulesError;
use super::model::{BetaGeometric, Buying as _, GammaGamma, Leaving, Rhythm, Spend};
use super::{Hq, summary};
use crate::care_list::CustomerId;
use crate::money::Minor;
pub use pass::Night;
use rusqlite::{Connection, OptionalExtension as _, Row};

/// How far a forecast looks ahead.
pub const WEEKS: u32 = 12;
/// Models are fitted on so many customers: the first by pseudonym, which is a random draw.
const FITTED_MAX: usize = 50_000;

/// A row is written anew where a chance is off by so many thousandths,
const CHANCE_OFF: u32 = 5;
/// or an expectation by more than one part of so many.
const OFF: i64 = 50;

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

impl Forecast {
    /// Four columns from this one on.
    fn from_row(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let (alive, comes) = (row.get(at)?, row.get(at + 1)?);
        Ok(Self { alive, comes, purchases: row.get(at + 2)?, value: row.get(at + 3)? })
    }

    /// Whether a row that says this is to be written anew where `now` is the forecast: a day in which
    /// nothing happened moves it by less than anybody reads from it, and such days add up to one that
    /// is off.
    fn is_off(&self, now: &Self) -> bool {
        let chances = [(self.alive, now.alive), (self.comes, now.comes)];
        let far = |was: i64, is: i64, least: i64| (was - is).abs() > (is / OFF).max(least);
        chances.iter().any(|(was, is)| was.abs_diff(*is) >= CHANCE_OFF)
            || far(self.purchases.into(), now.purchases.into(), 1)
            || far(self.value, now.value, 0)
    }
}

/// Settles every person's figures, forecasts everybody and counts the chain's, in the caller's own time.
///
/// # Errors
///
/// [`FigureRulesError`] if the figures' rules do not read, or as SQLite says; what was committed stays.
pub fn run(hq: &mut Hq, today: i32) -> Result<(), FigureRulesError> {
    while summary::step(hq, today)? {}
    figures(hq, today)?;
    let mut night = Night::anew(today);
    while night.step(hq, today)? {}
    Ok(())
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
    select.query_row([root], |row| Forecast::from_row(row, 0)).optional()
}

/// One who bought, as the models see her.
#[derive(Clone, Copy, Debug)]
struct Buyer {
    customer: CustomerId,
    rhythm: Rhythm,
    spend: Spend,
    /// Net spend so far.
    net: Minor,
    /// Days since her last visit.
    since: i32,
}

/// Both models, ready to be asked.
struct Fitted {
    buying: BetaGeometric,
    /// None where too few came again: then her own mean is what she spends.
    amounts: Option<GammaGamma>,
}

impl Fitted {
    fn of(buyers: &[Buyer]) -> Result<Self, Unfitted> {
        let drawn = || buyers.iter().take(FITTED_MAX);
        let rhythms = drawn().map(|her| her.rhythm);
        let buying = BetaGeometric::fit(Leaving::AfterAny, rhythms)?.model;
        let amounts = GammaGamma::fit(drawn().map(|her| her.spend)).ok().map(|fit| fit.model);
        Ok(Self { buying, amounts })
    }

    fn forecast(&self, her: &Buyer) -> Forecast {
        let purchases = self.buying.expected(&her.rhythm, f64::from(WEEKS));
        Forecast {
            alive: thousandths(self.buying.alive(&her.rhythm)),
            comes: thousandths(self.buying.comes_within(&her.rhythm, f64::from(WEEKS))),
            purchases: thousandths(purchases),
            value: (purchases * self.amount(her)).round().max(0.0) as i64,
        }
    }

    /// What one of her days is expected to bring, in minor units.
    fn amount(&self, her: &Buyer) -> f64 {
        let modelled = self.amounts.as_ref().and_then(|amounts| amounts.expected(&her.spend));
        modelled.unwrap_or_else(|| her.net.units() as f64 / f64::from(her.rhythm.repeats + 1))
    }
}

#[allow(clippy::cast_sign_loss, reason = "a chance or a count is never below zero")]
fn thousandths(of: f64) -> u32 {
    (of * 1_000.0).round().max(0.0) as u32
}

#[cfg(test)]
mod tests;
