//! BG/NBD and MBG/NBD: she buys at a steady rate of her own, and after a purchase may leave for good.
//!
//! Rates differ between customers as Gamma(r, α), the chance to leave as Beta(a, b). The two models
//! differ in one thing: under MBG/NBD she may leave after her first purchase too, so that one-time
//! buyers fade; under BG/NBD they never do. With `n` the purchases after which she could have left
//! (x, or x + 1) all formulas are the same:
//!
//! ```text
//! L = Γ(r+x) α^r / Γ(r) · B(a, b+n) / B(a, b) · { (α+T)^-(r+x) + [n>0] a / (b+n-1) · (α+t_x)^-(r+x) }
//! ```
//!
//! # Source
//!
//! Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24(2), 2005;
//! Batislam, Denizel and Filiztekin, Int. J. of Research in Marketing 24(3), 2007.
//!
//! Not here: the climb (`climb`).

use super::buying::{Buying, Fit};
use super::climb::{FitError, Likelihood, Peak, climb};
use super::powers;
use super::rhythm::{Rhythm, Rhythms};
use super::special::{log_add, share_left};
use statrs::function::gamma::{digamma, ln_gamma};

/// Where the climbs begin, in units of the mean age: r, α, a, b.
const STARTS: [[f64; 4]; 3] = [[0.5, 0.3, 0.7, 1.5], [2.0, 3.0, 0.3, 3.0], [0.2, 0.05, 2.0, 2.0]];

/// When she may leave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Leaving {
    /// BG/NBD: after each repeat purchase.
    AfterRepeat,
    /// MBG/NBD: after each purchase, the first included. For shops where most came once.
    AfterAny,
}

/// A fitted BG/NBD or MBG/NBD; times in weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometric {
    /// Which of the two.
    pub leaving: Leaving,
    /// Shape of the purchase rates.
    pub r: f64,
    /// Their scale: the mean rate is `r / alpha` a week.
    pub alpha: f64,
    /// First shape of the chance to leave, whose mean is `a / (a + b)`.
    pub a: f64,
    /// Second shape of it.
    pub b: f64,
}

impl BetaGeometric {
    /// Fits by maximum likelihood, without a penalty. Equal rhythms cost one.
    ///
    /// # Errors
    ///
    /// [`FitError`] if there are too few customers or repeats, or no peak is found.
    pub fn fit(
        leaving: Leaving,
        rhythms: impl IntoIterator<Item = Rhythm>,
    ) -> Result<Fit<Self>, FitError> {
        let rhythms = Rhythms::new(rhythms)?;
        let peak = peak(leaving, &rhythms)?;
        let model = Self::of(leaving, peak.parameters);
        Ok(Fit {
            model: Self { alpha: model.alpha * rhythms.unit_weeks, ..model },
            log_likelihood: rhythms.log_likelihood(peak.height),
            customers: rhythms.customers,
            edge: peak.edge,
        })
    }

    fn of(leaving: Leaving, [r, alpha, a, b]: [f64; 4]) -> Self {
        Self { leaving, r, alpha, a, b }
    }

    /// The log-likelihood of one customer's purchases.
    #[must_use]
    pub fn log_likelihood(&self, her: &Rhythm) -> f64 {
        self.of_count(her.repeats).height + log_add(self.stayed(her), self.left(her))
    }

    /// Purchases after which she could have left.
    fn chances(&self, repeats: u32) -> f64 {
        f64::from(repeats) + if self.leaving == Leaving::AfterAny { 1.0 } else { 0.0 }
    }

    fn shape(&self, her: &Rhythm) -> f64 {
        self.r + f64::from(her.repeats)
    }

    /// Logarithm of the term for "still there".
    fn stayed(&self, her: &Rhythm) -> f64 {
        -self.shape(her) * (self.alpha + her.age_weeks).ln()
    }

    /// Logarithm of the term for "left after the last purchase".
    fn left(&self, her: &Rhythm) -> f64 {
        let chances = self.chances(her.repeats);
        if chances == 0.0 {
            return f64::NEG_INFINITY;
        }
        let odds = (self.a / (self.b + chances - 1.0)).ln();
        odds - self.shape(her) * (self.alpha + her.recency_weeks).ln()
    }

    /// What depends on the number of repeats alone, with its slope.
    fn of_count(&self, repeats: u32) -> OfCount {
        let (x, n) = (f64::from(repeats), self.chances(repeats));
        let Self { r, alpha, a, b, .. } = *self;
        let height = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + ln_gamma(a + b) - ln_gamma(b)
            + ln_gamma(b + n)
            - ln_gamma(a + b + n);
        let both = digamma(a + b) - digamma(a + b + n);
        let by_b = both - digamma(b) + digamma(b + n);
        let slope = [digamma(r + x) - digamma(r) + alpha.ln(), r / alpha, both, by_b];
        let per_b = if n > 0.0 { 1.0 / (b + n - 1.0) } else { 0.0 };
        OfCount { repeats, height, slope, per_b, left_odds: a * per_b }
    }
}

impl Buying for BetaGeometric {
    fn alive(&self, her: &Rhythm) -> f64 {
        1.0 / (1.0 + (self.left(her) - self.stayed(her)).exp())
    }

    fn expected(&self, her: &Rhythm, weeks: f64) -> f64 {
        self.expected_if_there(her.repeats, her.age_weeks, weeks) * self.alive(her)
    }

    fn comes_within(&self, her: &Rhythm, weeks: f64) -> f64 {
        self.comes_if_there(her.repeats, her.age_weeks, weeks) * self.alive(her)
    }

    fn expected_if_there(&self, repeats: u32, age_weeks: f64, weeks: f64) -> f64 {
        let z = weeks / (self.alpha + age_weeks + weeks);
        let c = self.a + self.b + self.chances(repeats) - 1.0;
        share_left(self.a, c - self.r - f64::from(repeats), c, z)
    }

    fn comes_if_there(&self, repeats: u32, age_weeks: f64, weeks: f64) -> f64 {
        let silence = (-weeks / (self.alpha + age_weeks + weeks)).ln_1p();
        -((self.r + f64::from(repeats)) * silence).exp_m1()
    }

    fn alive_of_many(&self) -> impl FnMut(&[Rhythm], &mut [f64]) {
        let processor = pulp::Arch::new();
        move |hers, out| processor.dispatch(Slots { model: self, hers, out })
    }

    fn scale_weeks(&self) -> f64 {
        self.alpha
    }
}

/// Chances, a handful at a time.
struct Slots<'a> {
    model: &'a BetaGeometric,
    hers: &'a [Rhythm],
    out: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Slots<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { model, hers, out } = self;
        let slots = hers.chunks(powers::LANES).zip(out.chunks_mut(powers::LANES));
        for (hers, out) in slots {
            let (mut ratios, mut shapes) = ([1.0; powers::LANES], [0.0; powers::LANES]);
            for (at, her) in hers.iter().enumerate() {
                ratios[at] = (model.alpha + her.age_weeks) / (model.alpha + her.recency_weeks);
                shapes[at] = model.shape(her);
            }
            let silence = powers::product([(&ratios, &shapes)]);
            for ((out, her), silence) in out.iter_mut().zip(hers).zip(silence) {
                let chances = model.chances(her.repeats);
                let odds = if chances > 0.0 { model.a / (model.b + chances - 1.0) } else { 0.0 };
                *out = 1.0 / (1.0 + odds * silence);
            }
        }
    }
}

/// Of many customers the peak of some is where the climb over all begins: the long way is short there.
fn peak(leaving: Leaving, rhythms: &Rhythms) -> Result<Peak<4>, FitError> {
    let seen = Seen { leaving, rhythms };
    let near = rhythms.thinned().and_then(|few| peak(leaving, &few).ok());
    let near = near.and_then(|near| climb(&seen, &[near.parameters]).ok());
    near.map_or_else(|| climb(&seen, &STARTS), Ok)
}

/// See [`BetaGeometric::of_count`].
struct OfCount {
    repeats: u32,
    height: f64,
    slope: [f64; 4],
    /// `1 / (b + n - 1)`, or 0 for one who could not leave yet.
    per_b: f64,
    /// `a` times that: the odds of having left at the last purchase, before the silence since.
    left_odds: f64,
}

/// The customers, as the climb sees them.
struct Seen<'a> {
    leaving: Leaving,
    rhythms: &'a Rhythms,
}

impl Likelihood<4> for Seen<'_> {
    fn at(&self, parameters: &[f64; 4]) -> (f64, [f64; 4]) {
        let model = BetaGeometric::of(self.leaving, *parameters);
        let (mut height, mut slope) = (0.0, [0.0; 4]);
        let mut of_count = model.of_count(0);
        for (her, customers) in &self.rhythms.rows {
            if of_count.repeats != her.repeats {
                of_count = model.of_count(her.repeats);
            }
            height += customers * model.add_slope(her, *customers, &of_count, &mut slope);
        }
        let customers = self.rhythms.customers as f64;
        (height / customers, slope.map(|slope| slope / customers))
    }

    fn customers(&self) -> f64 {
        self.rhythms.customers as f64
    }
}

impl BetaGeometric {
    /// Adds one row's slope and gives its height.
    fn add_slope(&self, her: &Rhythm, customers: f64, of: &OfCount, slope: &mut [f64; 4]) -> f64 {
        let (now, then) = (self.alpha + her.age_weeks, self.alpha + her.recency_weeks);
        let (log_now, log_then, shape) = (now.ln(), then.ln(), self.shape(her));
        let odds = of.left_odds * (shape * (log_now - log_then)).exp();
        let left = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        let stayed = 1.0 - left;
        slope[0] += customers * (of.slope[0] - stayed * log_now - left * log_then);
        slope[1] += customers * (of.slope[1] - shape * (stayed / now + left / then));
        slope[2] += customers * (of.slope[2] + left / self.a);
        slope[3] += customers * (of.slope[3] - left * of.per_b);
        of.height - shape * log_now + odds.ln_1p()
    }
}
