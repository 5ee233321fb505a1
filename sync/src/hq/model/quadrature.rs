//! The one integral of Pareto/NBD: when, between two days, she may have left or come again.
//!
//! ```text
//! ∫ (α+τ)^-p (β+τ)^-q dτ   over τ from .. to
//! ```
//!
//! Published as differences of Gauss's 2F1, which lose their digits for heavy buyers. As an integral
//! all is positive, the slopes are means under the same weights, and over the logarithm of time eight to
//! sixteen Gauss-Legendre points give nine digits, since there the integrand is nearly an exponential.
//!
//! Not here: what the integral means (`pareto_nbd`).

use std::sync::LazyLock;

/// Below this fall (as a power of e) and half width (of the logarithm) eight points are enough.
const GENTLE: (f64, f64) = (5.0, 0.75);
/// Where the integrand has fallen by `e^-32` the rest is below what the points resolve.
const FALL: f64 = 32.0;

static FEW: LazyLock<[(f64, f64); 8]> = LazyLock::new(rule);
static MANY: LazyLock<[(f64, f64); 16]> = LazyLock::new(rule);

/// `(α+τ)^-p (β+τ)^-q`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Powers {
    pub(super) alpha: f64,
    pub(super) p: f64,
    pub(super) beta: f64,
    pub(super) q: f64,
}

/// Means over τ under the integrand as weight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Means {
    pub(super) log_alpha: f64,
    pub(super) per_alpha: f64,
    pub(super) log_beta: f64,
    pub(super) per_beta: f64,
}

impl Powers {
    /// Logarithm of the integrand.
    pub(super) fn log_at(&self, tau: f64) -> f64 {
        -self.p * (self.alpha + tau).ln() - self.q * (self.beta + tau).ln()
    }

    /// Logarithm of the integral; `-∞` over nothing.
    pub(super) fn log_integral(&self, from: f64, to: f64) -> f64 {
        let mut sum = 0.0;
        self.each(from, to, |weight, _| sum += weight);
        self.log_at(from) + sum.ln()
    }

    /// The same, with the means that its slopes are made of.
    pub(super) fn log_integral_and_means(&self, from: f64, to: f64) -> (f64, Means) {
        let (mut sum, mut means) = (0.0, Means::default());
        self.each(from, to, |weight, [alpha, log_alpha, beta, log_beta]| {
            sum += weight;
            means.log_alpha += weight * log_alpha;
            means.per_alpha += weight / alpha;
            means.log_beta += weight * log_beta;
            means.per_beta += weight / beta;
        });
        (self.log_at(from) + sum.ln(), means.divided(f64::max(sum, f64::MIN_POSITIVE)))
    }

    /// Calls `add` with each point's weight, relative to the integrand at `from`, and with `α+τ`, its
    /// logarithm, `β+τ`, its logarithm.
    fn each(&self, from: f64, to: f64, mut add: impl FnMut(f64, [f64; 4])) {
        let start = self.log_at(from);
        let shift = f64::min(self.alpha, self.beta);
        let low = (shift + from).ln();
        let reach = self.reach(from, to);
        let half = (reach / (shift + from)).ln_1p() / 2.0;
        let gentle = half < GENTLE.1 && start - self.log_at(from + reach) < GENTLE.0;
        for (x, w) in if gentle { FEW.as_slice() } else { MANY.as_slice() } {
            let log_near = low + half * (1.0 + x);
            let near = log_near.exp();
            let far = near - shift + f64::max(self.alpha, self.beta);
            let pair = if self.alpha <= self.beta {
                [near, log_near, far, far.ln()]
            } else {
                [far, far.ln(), near, log_near]
            };
            let log = -self.p * pair[1] - self.q * pair[3] - start;
            add(w * half * near * log.exp(), pair);
        }
    }

    /// How far the integrand is worth a look: each factor's own way down, taken together as rates are,
    /// since they fall at the same time.
    fn reach(&self, from: f64, to: f64) -> f64 {
        let fall = |scale: f64, power: f64| (scale + from) * (FALL / power).exp_m1();
        let both = 1.0 / (1.0 / fall(self.alpha, self.p) + 1.0 / fall(self.beta, self.q));
        (to - from).min(both)
    }
}

impl Means {
    fn divided(self, sum: f64) -> Self {
        Self {
            log_alpha: self.log_alpha / sum,
            per_alpha: self.per_alpha / sum,
            log_beta: self.log_beta / sum,
            per_beta: self.per_beta / sum,
        }
    }
}

/// Points and weights on -1 to 1: roots of the Legendre polynomial by Newton's method.
fn rule<const N: usize>() -> [(f64, f64); N] {
    std::array::from_fn(|i| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (N as f64 + 0.5)).cos();
        for _ in 0..8 {
            let (value, slope) = legendre(N, x);
            x -= value / slope;
        }
        let slope = legendre(N, x).1;
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// The Legendre polynomial of that degree, and its slope.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 2..=degree {
        let n = n as f64;
        (before, value) = (value, ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}
