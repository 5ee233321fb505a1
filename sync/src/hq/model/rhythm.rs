//! How often, when last and for how long: all that the models look at of a customer.
//!
//! ```text
//! first purchase      repeats (x = 3)       last (t_x)        today (age T)
//! ├───────────●───────────────●────────────────●────────────────┤
//! ```
//!
//! Purchases of one day are one; time is weeks. Collapsing to whole weeks instead of days would change
//! the fit.
//!
//! Not here: what she spent (`gamma_gamma`); making rhythms out of purchases (`history`).

use super::climb::FitError;

/// Fewer customers than this tell nothing about four parameters.
const CUSTOMERS_MIN: usize = 20;
/// Fewer customers who came again than this do not either.
const REPEATERS_MIN: usize = 5;

/// Different rhythms from which the place of a peak is seen well enough to begin there.
const THINNED: usize = 2_000;

/// When a customer bought, from her first purchase to the day of the look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// Days with a purchase after the day of the first one (x).
    pub repeats: u32,
    /// From the first to the last purchase (t_x); 0 without repeats.
    pub recency_weeks: f64,
    /// From the first purchase to the day of the look (T).
    pub age_weeks: f64,
}

impl Rhythm {
    /// A customer who bought for the first time just now.
    pub const NEW: Self = Self { repeats: 0, recency_weeks: 0.0, age_weeks: 0.0 };

    fn consistent(&self) -> bool {
        let times = self.recency_weeks >= 0.0 && self.recency_weeks <= self.age_weeks;
        times && self.age_weeks.is_finite() && (self.repeats > 0 || self.recency_weeks == 0.0)
    }
}

/// Equal rhythms once, with their number; times in units of the mean age, so that every shop's fit
/// starts from the same numbers.
#[derive(Clone, Debug)]
pub(super) struct Rhythms {
    /// By rising repeats.
    pub(super) rows: Vec<(Rhythm, f64)>,
    /// The mean age.
    pub(super) unit_weeks: f64,
    /// How many there are.
    pub(super) customers: usize,
    repeats: f64,
}

impl Rhythms {
    pub(super) fn new(rhythms: impl IntoIterator<Item = Rhythm>) -> Result<Self, FitError> {
        let mut keys = Vec::new();
        for rhythm in rhythms {
            if !rhythm.consistent() {
                return Err(FitError::Inconsistent { row: keys.len() + 1 });
            }
            keys.push(Key::of(&rhythm));
        }
        enough(keys.len(), keys.iter().filter(|key| key.0 > 0).count())?;
        keys.sort_unstable();
        Ok(Self::scaled(&keys))
    }

    fn scaled(sorted: &[Key]) -> Self {
        let customers = sorted.len();
        let total: f64 = sorted.iter().map(|key| key.rhythm().age_weeks).sum();
        let unit_weeks = f64::max(total / customers as f64, f64::MIN_POSITIVE);
        let rows = sorted.chunk_by(|one, other| one == other);
        let rows = rows.map(|equal| (equal[0].rhythm().divided(unit_weeks), equal.len() as f64));
        let repeats = sorted.iter().map(|key| f64::from(key.0)).sum();
        Self { rows: rows.collect(), unit_weeks, customers, repeats }
    }

    /// Every so-manieth of many, in the same units: where the climb over all of them begins. None if there
    /// are not many.
    #[allow(clippy::cast_sign_loss, reason = "counts of customers")]
    pub(super) fn thinned(&self) -> Option<Self> {
        let step = self.rows.len() / THINNED;
        let rows: Vec<_> = self.rows.iter().step_by(step.max(1)).copied().collect();
        let customers = rows.iter().map(|(_, customers)| *customers as usize).sum();
        (step > 1).then_some(Self { rows, customers, ..*self })
    }

    /// From the mean log-likelihood in scaled time to the whole one in weeks: each repeat purchase has
    /// a density per unit of time.
    pub(super) fn log_likelihood(&self, mean: f64) -> f64 {
        mean * self.customers as f64 - self.repeats * self.unit_weeks.ln()
    }
}

fn enough(customers: usize, repeaters: usize) -> Result<(), FitError> {
    if customers < CUSTOMERS_MIN {
        return Err(FitError::TooFew { have: customers, need: CUSTOMERS_MIN });
    }
    if repeaters < REPEATERS_MIN {
        return Err(FitError::TooFewRepeats { have: repeaters, need: REPEATERS_MIN });
    }
    Ok(())
}

/// Times by their bits: for numbers of zero and above these order as the numbers do.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Key(u32, u64, u64);

impl Key {
    fn of(rhythm: &Rhythm) -> Self {
        // Adding zero turns a negative zero into a plain one.
        let bits = |weeks: f64| (weeks + 0.0).to_bits();
        Self(rhythm.repeats, bits(rhythm.recency_weeks), bits(rhythm.age_weeks))
    }

    fn rhythm(&self) -> Rhythm {
        let (recency_weeks, age_weeks) = (f64::from_bits(self.1), f64::from_bits(self.2));
        Rhythm { repeats: self.0, recency_weeks, age_weeks }
    }
}

impl Rhythm {
    fn divided(&self, unit_weeks: f64) -> Self {
        Self {
            repeats: self.repeats,
            recency_weeks: self.recency_weeks / unit_weeks,
            age_weeks: self.age_weeks / unit_weeks,
        }
    }
}
