//! A model against what came after: fitted on the past up to a day, judged on the days since (S72, S125).
//!
//! ```text
//! ├──── known to the model ────┤split├──── hold-out: forecast beside actual ────┤
//! ```
//!
//! On the public CDNOW purchases the models forecast 12 to 16 % too little. So a page shows
//! [`Calibration::factor`] beside a forecast, or multiplies by it and says so.
//!
//! # Invariants
//!
//! - A forecast sees nothing after the split.
//! - Groups are of equal size to within one, and every customer is in exactly one.
//!
//! Not here: the tier rule's hold-out (`tier::held_out`).

use super::history::{Defined, Histories};
use super::rhythm::Rhythm;
use crate::care_list::CustomerId;
use crate::language::Language;

/// A customer known at the split, and what she did after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Who she is.
    pub customer: CustomerId,
    /// As known at the split.
    pub rhythm: Rhythm,
    /// Days with a visit after the split, up to and including the end.
    pub visits_after: u32,
}

/// Everybody who had bought up to and including day `split`, with her visits from then to day `end`.
pub fn hold_out(histories: &Histories, split: i32, end: i32) -> impl Iterator<Item = HeldOut> + '_ {
    let after = split.saturating_add(1)..end.saturating_add(1);
    histories.iter().filter_map(move |her| {
        Some(HeldOut {
            customer: her.customer,
            rhythm: her.rhythm(split)?,
            visits_after: u32::try_from(her.count(&after)).unwrap_or(u32::MAX),
        })
    })
}

/// One customer's forecast beside what happened: purchases, or the chance of any beside 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What the model said.
    pub forecast: f64,
    /// What she did.
    pub actual: f64,
}

/// Forecast beside actual, over all and by group.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Over all.
    pub all: Group,
    /// By rising forecast, e.g. ten deciles; fewer if there are fewer customers.
    pub groups: Vec<Group>,
    /// Mean squared error: for chances the Brier score.
    pub squared_error: f64,
    /// The same for one who tells everybody the mean of what happened.
    pub squared_error_of_mean: f64,
}

/// Some customers' mean forecast and what they did in the mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Group {
    /// How many.
    pub customers: usize,
    /// Mean forecast.
    pub forecast: f64,
    /// Mean of what happened.
    pub actual: f64,
}

impl Group {
    fn of(judged: &[Judged]) -> Self {
        let (customers, count) = (judged.len(), judged.len().max(1) as f64);
        Self {
            customers,
            forecast: judged.iter().map(|one| one.forecast).sum::<f64>() / count,
            actual: judged.iter().map(|one| one.actual).sum::<f64>() / count,
        }
    }
}

/// Sorts by forecast and compares in `groups` groups.
#[must_use]
pub fn calibration(mut judged: Vec<Judged>, groups: usize) -> Calibration {
    judged.sort_unstable_by(|one, other| one.forecast.total_cmp(&other.forecast));
    let (all, len) = (Group::of(&judged), judged.len());
    let groups = groups.clamp(1, len.max(1));
    let slice = |at: usize| Group::of(&judged[at * len / groups..(at + 1) * len / groups]);
    let squares = |guess: &dyn Fn(&Judged) -> f64| {
        judged.iter().map(|one| (guess(one) - one.actual).powi(2)).sum::<f64>() / len.max(1) as f64
    };
    Calibration {
        all,
        groups: (0..groups).map(slice).collect(),
        squared_error: squares(&|one| one.forecast),
        squared_error_of_mean: squares(&|_| all.actual),
    }
}

impl Calibration {
    /// Actual by forecast: what a forecast is to be multiplied by to be right on the whole. `None` if
    /// nothing was forecast.
    #[must_use]
    pub fn factor(&self) -> Option<f64> {
        (self.all.forecast > 0.0).then(|| self.all.actual / self.all.forecast)
    }
}

impl Defined for Calibration {
    fn definition(&self, language: Language) -> String {
        let groups = self.groups.len();
        match language {
            Language::Zh => format!(
                "模型只用截止日前的购买拟合;顾客按预测从低到高分成{groups}组,比较各组预测均值与之后的实际均值。\
                 校正系数=实际÷预测。"
            ),
            Language::En => format!(
                "The model saw purchases up to the split day only. Customers are put into {groups} groups \
                 by rising forecast; each group's mean forecast stands beside what happened after. The \
                 factor is actual by forecast."
            ),
        }
    }
}

/// The chance that one who came again was ranked above one who did not (area under the ROC curve), equal
/// ranks counting half: 1 is perfect, 0.5 is chance. `None` unless there are both kinds.
#[must_use]
pub fn ranking(mut judged: Vec<Judged>) -> Option<f64> {
    judged.sort_unstable_by(|one, other| one.forecast.total_cmp(&other.forecast));
    let (mut stayed_away, mut won) = (0.0, 0.0);
    for equal in judged.chunk_by(|one, other| one.forecast == other.forecast) {
        let came = equal.iter().filter(|one| one.actual > 0.0).count() as f64;
        let not = equal.len() as f64 - came;
        won += came * (stayed_away + not / 2.0);
        stayed_away += not;
    }
    let pairs = stayed_away * (judged.len() as f64 - stayed_away);
    (pairs > 0.0).then(|| won / pairs)
}
