//! The three models of buying tried on the same weeks that none of them had seen, and what a customer is
//! worth within a year.
//!
//! Not here: the models (`model`), the night that asks (`pass`), the page (`web`).

use super::practice::Then;
use super::{Buyer, FITTED_MAX, Fitted, WEEKS, thousandths};
use crate::hq::model::hold_out::{Judged, calibration, ranking};
use crate::hq::model::value::Horizon;
use crate::hq::model::{BetaGeometric, Buying, Leaving, ParetoNbd};

/// What later spend counts less a month.
const DISCOUNT: f64 = 0.01;

/// One of the models.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// BG/NBD.
    BgNbd,
    /// MBG/NBD, with which the forecasts are made.
    MbgNbd,
    /// Pareto/NBD.
    ParetoNbd,
}

impl Model {
    /// As its authors call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
        }
    }
}

/// What one of them said of the last [`WEEKS`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Said {
    /// Which.
    pub model: Model,
    /// Purchases that it expected of all together, in thousandths.
    pub expected: u64,
    /// How often it ranked one who came above one who did not, in thousandths.
    pub ranked: Option<u32>,
}

/// One of them tried.
pub(super) struct Tried {
    pub(super) said: Said,
    /// Purchases that were made, in thousandths.
    pub(super) made: u64,
    /// Each one's forecast beside what she did, in order.
    pub(super) judged: Vec<Judged>,
}

/// Holds a model that was fitted on what was known then against what came.
pub(super) fn tried(model: Model, buying: &impl Buying, then: &[Then]) -> Tried {
    let judged: Vec<Judged> = then
        .iter()
        .take(FITTED_MAX)
        .map(|her| Judged {
            forecast: buying.expected(&her.rhythm, f64::from(WEEKS)),
            actual: f64::from(her.visits_after),
        })
        .collect();
    let ranked = ranking(judged.clone()).map(thousandths);
    let all = calibration(judged.clone(), 1).all;
    let together = |mean: f64| u64::from(thousandths(mean)) * judged.len() as u64;
    let said = Said { model, expected: together(all.forecast), ranked };
    Tried { said, made: together(all.actual), judged }
}

/// The others beside the one that the forecasts are made with; none where one has no peak.
pub(super) fn all(mbg: Said, then: &[Then]) -> [Option<Said>; 3] {
    let rhythms = || then.iter().take(FITTED_MAX).map(|her| her.rhythm);
    let bg = BetaGeometric::fit(Leaving::AfterRepeat, rhythms()).ok();
    let pareto = ParetoNbd::fit(rhythms()).ok();
    [
        bg.map(|fit| tried(Model::BgNbd, &fit.model, then).said),
        Some(mbg),
        pareto.map(|fit| tried(Model::ParetoNbd, &fit.model, then).said),
    ]
}

/// What customers are expected to bring within a year of months (CLV).
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Worth {
    /// Of how many it was reckoned.
    pub customers: usize,
    /// Of one in the mean, minor units.
    pub mean: i64,
    /// The share of all of it that the top fifth brings, in thousandths.
    pub top_fifth: u32,
}

/// Over what it is reckoned.
#[must_use]
pub const fn horizon() -> Horizon {
    Horizon::year(DISCOUNT, 1.0)
}

/// Of the first by pseudonym, which is a random draw; none of nobody.
pub(super) fn worth(fitted: &Fitted, buyers: &[Buyer]) -> Option<Worth> {
    let of = |her: &Buyer| horizon().purchases(&fitted.buying, &her.rhythm) * fitted.amount(her);
    let mut each: Vec<f64> = buyers.iter().take(FITTED_MAX).map(|her| of(her).max(0.0)).collect();
    each.sort_unstable_by(|one, other| other.total_cmp(one));
    let (customers, all) = (each.len(), each.iter().sum::<f64>());
    let fifth: f64 = each.iter().take(customers.div_ceil(5)).sum();
    (all > 0.0).then(|| Worth {
        customers,
        mean: (all / customers as f64).round() as i64,
        top_fifth: thousandths(fifth / all),
    })
}
