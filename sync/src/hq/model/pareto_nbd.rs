//! Pareto/NBD: she buys at a steady rate of her own and may leave at any moment.
//!
//! Purchase rates differ between customers as Gamma(r, α), rates of leaving as Gamma(s, β).
//!
//! ```text
//! L = Γ(r+x) α^r β^s / Γ(r) · { (α+T)^-(r+x) (β+T)^-s + s ∫ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ }
//!                               still there             left at τ, from t_x to T
//! ```
//!
//! # Source
//!
//! Schmittlein, Morrison and Colombo, Management Science 33(1), 1987; the integral instead of 2F1 is
//! their likelihood before it is integrated out.
//!
//! Not here: the climb (`climb`), the integral (`quadrature`).

use super::buying::{Buying, Fit};
use super::climb::{FitError, Likelihood, climb};
use super::curves::Curves;
use super::powers;
use super::quadrature::Powers;
use super::rhythm::{Rhythm, Rhythms};
use super::special::{exp_m1_over, gauss_with_one, log_add};
use statrs::function::gamma::{digamma, ln_gamma};

/// Where the climbs begin, in units of the mean age: r, α, s, β.
const STARTS: [[f64; 4]; 2] = [[0.5, 0.3, 0.5, 0.3], [2.0, 2.0, 2.0, 3.0]];

/// A fitted Pareto/NBD; times in weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Their scale: the mean rate is `r / alpha` a week.
    pub alpha: f64,
    /// Shape of the rates of leaving.
    pub s: f64,
    /// Their scale.
    pub beta: f64,
}

impl ParetoNbd {
    /// Fits by maximum likelihood, without a penalty. Equal rhythms cost one.
    ///
    /// # Errors
    ///
    /// [`FitError`] if there are too few customers or repeats, or no peak is found.
    pub fn fit(rhythms: impl IntoIterator<Item = Rhythm>) -> Result<Fit<Self>, FitError> {
        let rhythms = Rhythms::new(rhythms)?;
        let peak = climb(&rhythms, &STARTS)?;
        let model = Self::of(peak.parameters);
        let unit = rhythms.unit_weeks;
        Ok(Fit {
            model: Self { alpha: model.alpha * unit, beta: model.beta * unit, ..model },
            log_likelihood: rhythms.log_likelihood(peak.height),
            customers: rhythms.customers,
            edge: peak.edge,
        })
    }

    fn of([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    /// The log-likelihood of one customer's purchases.
    #[must_use]
    pub fn log_likelihood(&self, her: &Rhythm) -> f64 {
        self.of_count(her.repeats).height + log_add(self.stayed(her), self.left(her))
    }

    fn shape(&self, her: &Rhythm) -> f64 {
        self.r + f64::from(her.repeats)
    }

    /// Logarithm of the term for "still there".
    fn stayed(&self, her: &Rhythm) -> f64 {
        self.powers(self.shape(her), self.s).log_at(her.age_weeks)
    }

    /// Logarithm of the term for "left since the last purchase".
    fn left(&self, her: &Rhythm) -> f64 {
        let powers = self.powers(self.shape(her), self.s + 1.0);
        self.s.ln() + powers.log_integral(her.recency_weeks, her.age_weeks)
    }

    fn powers(&self, p: f64, q: f64) -> Powers {
        Powers { alpha: self.alpha, p, beta: self.beta, q }
    }

    /// What depends on the number of repeats alone, with its slope.
    fn of_count(&self, repeats: u32) -> OfCount {
        let (Self { r, alpha, s, beta }, x) = (*self, f64::from(repeats));
        let height = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
        let by_r = digamma(r + x) - digamma(r) + alpha.ln();
        OfCount { repeats, height, slope: [by_r, r / alpha, beta.ln(), s / beta] }
    }

    /// Adds one row's slope and gives its height.
    fn add_slope(&self, her: &Rhythm, customers: f64, of: &OfCount, slope: &mut [f64; 4]) -> f64 {
        let (k, stayed) = (self.shape(her), self.stayed(her));
        let powers = self.powers(k, self.s + 1.0);
        let (left, means) = powers.log_integral_and_means(her.recency_weeks, her.age_weeks);
        let both = log_add(stayed, left + self.s.ln());
        let (stay, go) = ((stayed - both).exp(), (left + self.s.ln() - both).exp());
        let (alpha, beta) = (self.alpha + her.age_weeks, self.beta + her.age_weeks);
        let of_terms = [
            -stay * alpha.ln() - go * means.log_alpha,
            -k * (stay / alpha + go * means.per_alpha),
            -stay * beta.ln() + go * (1.0 / self.s - means.log_beta),
            -stay * self.s / beta - go * (self.s + 1.0) * means.per_beta,
        ];
        for (slope, (of_terms, of_count)) in slope.iter_mut().zip(of_terms.iter().zip(of.slope)) {
            *slope += customers * (of_terms + of_count);
        }
        of.height + both
    }
}

impl Buying for ParetoNbd {
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
        let rate = (self.r + f64::from(repeats)) / (self.alpha + age_weeks);
        let beta = self.beta + age_weeks;
        // [1 - (β / (β + t))^(s-1)] / (s - 1), which is ln((β + t) / β) at s = 1.
        let log_rest = -(weeks / beta).ln_1p();
        rate * beta * -exp_m1_over(self.s - 1.0, log_rest)
    }

    fn comes_if_there(&self, repeats: u32, age_weeks: f64, weeks: f64) -> f64 {
        let k = self.r + f64::from(repeats);
        let first = self.powers(k + 1.0, self.s).log_integral(age_weeks, age_weeks + weeks);
        k * (first - self.powers(k, self.s).log_at(age_weeks)).exp()
    }

    /// She may leave from her last purchase on: from then to for ever, less from today to for ever.
    fn alive_of_many(&self) -> impl FnMut(&[Rhythm], &mut [f64]) {
        let processor = pulp::Arch::new();
        let leaves_first = |repeats, weeks| self.leaves_first(repeats, weeks);
        let mut leaves_first = Curves::new(self.scale_weeks(), leaves_first);
        move |hers, out| {
            let leaves_first = &mut leaves_first;
            processor.dispatch(Slots { model: self, leaves_first, hers, out });
        }
    }

    fn scale_weeks(&self) -> f64 {
        self.alpha.min(self.beta)
    }
}

/// Chances, a handful at a time. She may leave from her last purchase on: from then to for ever, less
/// from today to for ever.
struct Slots<'a, F> {
    model: &'a ParetoNbd,
    leaves_first: &'a mut Curves<F>,
    hers: &'a [Rhythm],
    out: &'a mut [f64],
}

impl<F: Fn(u32, f64) -> f64> pulp::NullaryFnOnce for Slots<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { model: &ParetoNbd { r, alpha, s, beta }, leaves_first, hers, out } = self;
        let slots = hers.chunks(powers::LANES).zip(out.chunks_mut(powers::LANES));
        for (hers, out) in slots {
            let (mut alphas, mut betas) = ([1.0; powers::LANES], [1.0; powers::LANES]);
            let mut shapes = [0.0; powers::LANES];
            for (at, her) in hers.iter().enumerate() {
                alphas[at] = (alpha + her.age_weeks) / (alpha + her.recency_weeks);
                betas[at] = (beta + her.age_weeks) / (beta + her.recency_weeks);
                shapes[at] = r + f64::from(her.repeats);
            }
            let silence = powers::product([(&alphas, &shapes), (&betas, &[s; powers::LANES])]);
            for ((out, her), silence) in out.iter_mut().zip(hers).zip(silence) {
                let last = leaves_first.at(her.repeats, her.recency_weeks) * silence;
                let left = last - leaves_first.at(her.repeats, her.age_weeks);
                // Rounding could make less than nothing of two equal times.
                *out = 1.0 / (1.0 + left.max(0.0));
            }
        }
    }
}

impl ParetoNbd {
    /// The chance that one who is there after so many weeks leaves before she buys again.
    fn leaves_first(&self, repeats: u32, weeks: f64) -> f64 {
        let k = self.r + f64::from(repeats);
        // Expanded about the greater of the two times, so that all of the series is positive.
        let (alpha, beta, c) = (self.alpha + weeks, self.beta + weeks, k + self.s + 1.0);
        let series = if alpha >= beta {
            gauss_with_one(k, c, 1.0 - beta / alpha)
        } else {
            gauss_with_one(self.s + 1.0, c, 1.0 - alpha / beta) * alpha / beta
        };
        self.s / (k + self.s) * series
    }
}

/// See [`ParetoNbd::of_count`].
struct OfCount {
    repeats: u32,
    height: f64,
    slope: [f64; 4],
}

impl Likelihood<4> for Rhythms {
    fn at(&self, parameters: &[f64; 4]) -> (f64, [f64; 4]) {
        let model = ParetoNbd::of(*parameters);
        let (mut height, mut slope) = (0.0, [0.0; 4]);
        let mut of_count = model.of_count(0);
        for (her, customers) in &self.rows {
            if of_count.repeats != her.repeats {
                of_count = model.of_count(her.repeats);
            }
            height += customers * model.add_slope(her, *customers, &of_count, &mut slope);
        }
        let customers = self.customers as f64;
        (height / customers, slope.map(|slope| slope / customers))
    }

    fn customers(&self) -> f64 {
        self.customers as f64
    }
}
