//! The chain's counted figures on keeping customers, kept as one row for the numbers page.
//!
//! # Invariants
//!
//! - A share is kept as its two counts, so that the page can show both; of nothing there is none.
//!
//! Not here: counting (`model`), the definitions beside the figures (`model::Defined`, `web`).

use super::beside::{self, Model, Said, Tried, Worth};
use super::pass::Seen;
use super::{Buyer, FITTED_MAX, WEEKS};
use crate::hq::counted;
use crate::hq::desk::after_sale::AfterSale;
use crate::hq::desk::complaint::loyalty::{self, Share};
use crate::hq::desk::standing::Coverage;
use crate::hq::desk::win_back::report::Newcomers;
use crate::hq::figures::measure;
use crate::hq::figures::measured::Cohort;
use crate::hq::model::absence::{self, Absence, RuleBesideModel};
use crate::hq::model::rfm::{Bins, Values, cells};
use crate::hq::model::{BetaGeometric, FitError, History, Leaving, Rhythm};
use rusqlite::Connection;

/// A year, in days.
const YEAR: u32 = 365;
const NAME: &str = "practice";
/// Who has not bought for so long is said to be lost (S118).
const LAPSED_MONTHS: u16 = 3;

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfitted {
    /// Fewer customers than the models need.
    TooFew,
    /// Hardly anybody came twice.
    TooFewRepeats,
    /// The purchases leave the parameters open, or do not hold together.
    NoPeak,
}

impl From<FitError> for Unfitted {
    fn from(error: FitError) -> Self {
        match error {
            FitError::TooFew { .. } => Self::TooFew,
            FitError::TooFewRepeats { .. } => Self::TooFewRepeats,
            _ => Self::NoPeak,
        }
    }
}

/// The model tried on the last [`WEEKS`], which it had not seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Trial {
    /// Customers it was tried on.
    pub customers: usize,
    /// Purchases that it expected of them together, in thousandths.
    pub expected: u64,
    /// Purchases that they made, in thousandths.
    pub made: u64,
    /// How often one who came was ranked above one who did not, in thousandths: 500 is chance.
    pub ranked: Option<u32>,
    /// The rule of three months beside it, each calling equally many lost (S118); none if an older version tried.
    #[serde(default)]
    pub beside: Option<RuleBesideModel>,
    /// Each of the models on the same weeks; none if an older version tried.
    #[serde(default)]
    pub models: [Option<Said>; 3],
}

/// What was given up with those who stayed away for a year, counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Given {
    /// Bought in the year before the last.
    pub before: usize,
    /// Of those, bought in the last year.
    pub retained: usize,
    /// Of those who did not: days with a purchase in the year before.
    pub lost_orders: usize,
    /// Their net spend in it, minor units.
    pub lost_net: i64,
    /// Bought for the first time in the year before the last.
    pub newcomers: usize,
    /// What those spent in it.
    pub new_net: i64,
    /// Net spend of everybody who bought in the year before, in that year.
    pub net: i64,
}

/// All of it.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Practice {
    /// The day it was counted, days since 1970-01-01.
    pub day: i32,
    /// Customers who ever bought.
    pub customers: usize,
    /// Why there is no forecast, if there is none.
    pub unfitted: Option<Unfitted>,
    /// The model tried on what it had not seen.
    pub trial: Option<Trial>,
    /// By recency 1 to 5, then frequency 1 to 5: how many, and the sum of their money scores.
    pub rfm: [[(usize, usize); 5]; 5],
    /// Customers by stage today.
    pub stages: [usize; 5],
    /// Moves between the stages in the last whole month, by stage before and after.
    pub moves: [[usize; 5]; 5],
    /// Came on file in that month, by stage after.
    pub new: [usize; 5],
    /// The month of the moves: year and month.
    pub month: (i32, u8),
    /// Fewer moved up than the month before, by more than chance explains (S72).
    pub falls_behind: bool,
    /// Months of first purchases, oldest first.
    pub cohorts: Vec<Cohort>,
    /// What was lost within a year.
    pub given: Given,
    /// Share of net spend of the top 20 % and 30 % of the last year's buyers, in thousandths.
    pub top: Option<[u32; 2]>,
    /// Members whom nobody touched; none if an older version counted.
    pub coverage: Option<Coverage>,
    /// What followed the sales of the last thirty days; as `coverage`.
    pub after_sale: Option<AfterSale>,
    /// Who came for the first time, and again; as `coverage`.
    pub newcomers: Option<Newcomers>,
    /// What customers are expected to bring within a year; as `coverage`.
    pub worth: Option<Worth>,
    /// Who came back after a complaint, by how it ended and by how soon she was answered (S60, S109).
    pub complaints: Vec<Share>,
}

/// The newest, if a night has passed.
///
/// # Errors
///
/// As SQLite says.
pub fn practice(db: &Connection) -> rusqlite::Result<Option<Practice>> {
    counted::kept(db, NAME)
}

/// Adds what the pass saw to what the figures of the same night have, and keeps it.
pub(super) fn compute(
    tx: &Connection,
    seen: &Seen,
    unfitted: Option<Unfitted>,
    today: i32,
) -> rusqlite::Result<()> {
    let mut practice = Practice {
        day: today,
        customers: seen.buyers.len(),
        unfitted,
        trial: trial(&seen.then, today),
        rfm: rfm(&seen.buyers),
        given: seen.given,
        ..Practice::default()
    };
    measured(tx, &mut practice)?;
    practice.complaints = loyalty::by_ending(tx, today, &seen.silent)?;
    practice.complaints.extend(loyalty::by_reply(tx, today)?);
    practice.worth = seen.worth;
    practice.newcomers = Some(seen.newcomers);
    practice.coverage = Some(seen.coverage);
    practice.after_sale = Some(seen.after_sale);
    counted::keep(tx, NAME, today, &practice)
}

/// Whether it was counted today.
pub(super) fn is_done(db: &Connection, today: i32) -> rusqlite::Result<bool> {
    counted::is_of(db, NAME, today)
}

/// One known [`WEEKS`] ago, and on how many days she bought since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then {
    pub(super) rhythm: Rhythm,
    pub(super) visits_after: u32,
}

/// Fitted on what was known then, and held against what came.
fn trial(then: &[Then], today: i32) -> Option<Trial> {
    let drawn = || then.iter().take(FITTED_MAX);
    let model = BetaGeometric::fit(Leaving::AfterAny, drawn().map(|her| her.rhythm)).ok()?.model;
    let Tried { said, made, judged } = beside::tried(Model::MbgNbd, &model, then);
    let split = today.saturating_sub_unsigned(7 * WEEKS);
    let rows = drawn().zip(&judged).enumerate();
    let rows = rows.map(|(at, (her, hers))| (her.rhythm, hers.forecast, at, her.visits_after > 0));
    let rule = Some(absence::beside(Absence::Months(LAPSED_MONTHS), split, today, rows));
    Some(Trial {
        customers: judged.len(),
        expected: said.expected,
        made,
        ranked: said.ranked,
        beside: rule,
        models: beside::all(said, then),
    })
}

fn rfm(buyers: &[Buyer]) -> [[(usize, usize); 5]; 5] {
    let values: Vec<Values> = buyers
        .iter()
        .map(|her| Values {
            days_since: her.since,
            visits: her.rhythm.repeats as usize + 1,
            net: her.net,
        })
        .collect();
    let mut counts = [[(0, 0); 5]; 5];
    for cell in cells(&values, &Bins::Quintiles) {
        let at = |score: u8| usize::from(score.clamp(1, 5) - 1);
        let place: &mut (usize, usize) = &mut counts[at(cell.r)][at(cell.f)];
        *place = (place.0 + 1, place.1 + usize::from(cell.m));
    }
    counts
}

impl Given {
    /// Counts one customer more.
    pub(super) fn add(&mut self, her: &History<'_>, today: i32) {
        let middle = today.saturating_add(1).saturating_sub_unsigned(YEAR);
        let (before, after) =
            (middle.saturating_sub_unsigned(YEAR)..middle, middle..today.saturating_add(1));
        let (was, is) = (her.count(&before), her.count(&after));
        if was > 0 {
            self.before += 1;
            self.retained += usize::from(is > 0);
            self.net = self.net.saturating_add(her.net(&before).units());
        }
        if was > 0 && is == 0 {
            self.lost_orders += was;
            self.lost_net = self.lost_net.saturating_add(her.net(&before).units());
        }
        // A first year that is over (S88): that of this year's newcomers has only begun.
        if let Some(first) = her.first().filter(|first| before.contains(first)) {
            let year = first..first.saturating_add_unsigned(YEAR);
            self.newcomers += 1;
            self.new_net = self.new_net.saturating_add(her.net(&year).units());
        }
    }
}

/// What the figures counted in the same night: stages, their moves, months of first purchases, shares.
fn measured(tx: &Connection, practice: &mut Practice) -> rusqlite::Result<()> {
    let Some(measured) = measure::measured(tx)? else { return Ok(()) };
    practice.stages = measured.stages.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    practice.cohorts = measured.cohorts;
    practice.cohorts.reverse(); // there the newest is first
    let [twenty, thirty] = measured.top.map(|share| share.map(super::thousandths));
    practice.top = twenty.zip(thirty).map(|(twenty, thirty)| [twenty, thirty]);
    if let Some(last) = measure::stage_months(tx)?.pop() {
        practice.month = (last.year, last.month);
        (practice.moves, practice.new) = (last.moves.moves, last.moves.new);
        practice.falls_behind = last.falls;
    }
    Ok(())
}
