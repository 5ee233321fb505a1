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

/// Each of them, fitted on what was known then; none where it has no peak.
pub(super) fn all(then: &[Then]) -> [Option<Said>; 3] {
    let rhythms = || then.iter().take(FITTED_MAX).map(|her| her.rhythm);
    let geometric = |leaving| Some(BetaGeometric::fit(leaving, rhythms()).ok()?.model);
    let pareto = ParetoNbd::fit(rhythms()).ok().map(|fit| fit.model);
    [
        geometric(Leaving::AfterRepeat).map(|model| said(Model::BgNbd, &model, then)),
        geometric(Leaving::AfterAny).map(|model| said(Model::MbgNbd, &model, then)),
        pareto.map(|model| said(Model::ParetoNbd, &model, then)),
    ]
}

fn said(model: Model, buying: &impl Buying, then: &[Then]) -> Said {
    let judged: Vec<Judged> = then
        .iter()
        .take(FITTED_MAX)
        .map(|her| Judged {
            forecast: buying.expected(&her.rhythm, f64::from(WEEKS)),
            actual: f64::from(her.visits_after),
        })
        .collect();
    let customers = judged.len() as u64;
    let ranked = ranking(judged.clone()).map(thousandths);
    let mean = calibration(judged, 1).all.forecast;
    Said { model, expected: u64::from(thousandths(mean)) * customers, ranked }
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
