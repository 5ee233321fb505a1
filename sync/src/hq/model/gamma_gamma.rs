//! Gamma-Gamma: what she spends on a day, from what she spent so far and what all spend.
//!
//! Her days vary around a mean of her own as Gamma(p, ν), and ν between customers as Gamma(q, v). Who
//! spent little on few days is drawn towards the mean of all. The first purchase is left out, as the
//! models of buying count repeats.
//!
//! # Source
//!
//! Fader and Hardie, "The Gamma-Gamma model of monetary value", note 025, 2013.
//!
//! Not here: how often she buys (`beta_geometric`, `pareto_nbd`).

use super::buying::Fit;
use super::climb::{FitError, Likelihood, climb};
use statrs::function::gamma::{digamma, ln_gamma};
use std::collections::BTreeMap;

/// Fewer customers who came again than this tell nothing about three parameters.
const REPEATERS_MIN: usize = 10;
/// Where the climbs begin, in units of the mean: p, q, v.
const STARTS: [[f64; 3]; 2] = [[3.0, 3.0, 1.0], [0.7, 8.0, 5.0]];

/// What one customer spent on the days of her repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spend {
    /// Days with a purchase after the first (x).
    pub repeats: u32,
    /// Their mean in minor units; meaningless without repeats.
    pub mean: f64,
}

/// A fitted Gamma-Gamma; amounts in minor units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of a customer's days around her mean.
    pub p: f64,
    /// Shape of the customers' means.
    pub q: f64,
    /// Their scale, in minor units.
    pub v: f64,
}

impl GammaGamma {
    /// Fits by maximum likelihood on those who came again and spent more than nothing; others are left
    /// out, since a mean needs a day.
    ///
    /// # Errors
    ///
    /// [`FitError`] if too few came again, a mean is not finite, or no peak is found.
    pub fn fit(spends: impl IntoIterator<Item = Spend>) -> Result<Fit<Self>, FitError> {
        let spends = Spends::new(spends)?;
        let peak = climb(&spends, &STARTS)?;
        let [p, q, v] = peak.parameters;
        // A mean has a density per minor unit.
        let log_likelihood = (peak.height - spends.unit.ln()) * spends.customers as f64;
        let model = Self { p, q, v: v * spends.unit };
        Ok(Fit { model, log_likelihood, customers: spends.customers, edge: peak.edge })
    }

    /// The log-likelihood of one customer's mean; of nobody without a repeat.
    #[must_use]
    pub fn log_likelihood(&self, her: &Spend) -> Option<f64> {
        let x = f64::from(her.repeats);
        (her.repeats > 0).then(|| self.of_count(x).height + self.of_mean(x, her.mean))
    }

    /// Expected spend on one of her days, in minor units; for one without repeats the mean of all.
    /// `None` if the fitted tail is so heavy that there is no mean (q ≤ 1, and hardly a repeat of hers).
    #[must_use]
    pub fn expected(&self, her: &Spend) -> Option<f64> {
        let x = f64::from(her.repeats);
        let spent = if her.repeats > 0 { x * her.mean } else { 0.0 };
        let below = self.p * x + self.q - 1.0;
        (below > 0.0).then(|| self.p * (self.v + spent) / below)
    }

    fn of_count(&self, x: f64) -> OfCount {
        let (px, q) = (self.p * x, self.q);
        let height = ln_gamma(px + q) - ln_gamma(px) - ln_gamma(q) + q * self.v.ln() + px * x.ln();
        let both = digamma(px + q);
        let slope = [x * (both - digamma(px) + x.ln()), both - digamma(q) + self.v.ln()];
        OfCount { x, height, slope }
    }

    fn of_mean(&self, x: f64, mean: f64) -> f64 {
        let px = self.p * x;
        (px - 1.0) * mean.ln() - (px + self.q) * (x * mean + self.v).ln()
    }
}

/// What depends on the number of repeats alone, with its slope by p and q.
struct OfCount {
    x: f64,
    height: f64,
    slope: [f64; 2],
}

/// Repeats, mean in units of all customers' mean, and how many have both; by rising repeats.
struct Spends {
    rows: Vec<(f64, f64, f64)>,
    unit: f64,
    customers: usize,
}

impl Spends {
    fn new(spends: impl IntoIterator<Item = Spend>) -> Result<Self, FitError> {
        let (mut counts, mut customers, mut total) = (BTreeMap::<_, f64>::new(), 0_usize, 0.0);
        for (row, spend) in spends.into_iter().enumerate().filter(|(_, spend)| spend.repeats > 0) {
            if !spend.mean.is_finite() {
                return Err(FitError::Inconsistent { row: row + 1 });
            }
            if spend.mean > 0.0 {
                *counts.entry((spend.repeats, spend.mean.to_bits())).or_default() += 1.0;
                (customers, total) = (customers + 1, total + spend.mean);
            }
        }
        if customers < REPEATERS_MIN {
            return Err(FitError::TooFewRepeats { have: customers, need: REPEATERS_MIN });
        }
        let unit = total / customers as f64;
        let row = |((x, mean), count)| (f64::from(x), f64::from_bits(mean) / unit, count);
        Ok(Self { rows: counts.into_iter().map(row).collect(), unit, customers })
    }
}

impl Likelihood<3> for Spends {
    fn at(&self, &[p, q, v]: &[f64; 3]) -> (f64, [f64; 3]) {
        let model = GammaGamma { p, q, v };
        let (mut height, mut slope) = (0.0, [0.0; 3]);
        let mut of = model.of_count(1.0);
        for (x, mean, customers) in &self.rows {
            if of.x != *x {
                of = model.of_count(*x);
            }
            let (below, px) = (x * mean + v, p * x);
            height += customers * (of.height + model.of_mean(*x, *mean));
            slope[0] += customers * (of.slope[0] + x * (mean.ln() - below.ln()));
            slope[1] += customers * (of.slope[1] - below.ln());
            slope[2] += customers * (q / v - (px + q) / below);
        }
        let customers = self.customers();
        (height / customers, slope.map(|slope| slope / customers))
    }

    fn customers(&self) -> f64 {
        self.customers as f64
    }
}
