//! The same question asked about very many customers at once.
//!
//! Whether she is still a customer depends on her rhythm only through her count and one time each: that
//! of her last purchase, and today ([`Moment`]). How much then comes depends on her count and her age.
//! Of a million customers many share both, so each is computed once and kept at hand. All cores take a
//! share.
//!
//! ```text
//! odds of having left = last.if_last · e^(last.log - now.log) - now.if_now
//! answer              = what comes if she is there (count, age) / (1 + odds)
//! ```
//!
//! # Invariants
//!
//! - Memory does not grow with the customers: what is kept has a fixed number of places, and a new one
//!   takes an old one's.
//! - The same numbers as [`Buying`] gives one by one, within what double precision leaves of them.
//!
//! Not here: the formulas (`beta_geometric`, `pareto_nbd`).

use super::buying::Buying;
use super::gamma_gamma::{GammaGamma, Spend};
use super::rhythm::Rhythm;
use super::value::Horizon;
use std::num::NonZero;
use std::thread;

/// Places for what was computed, at most, on each core: some MiB, so that they stay near the core.
const PLACES_MAX: usize = 1 << 18;
/// Fewer customers than this are not worth a second core.
const SHARE_MIN: usize = 20_000;

/// What a model says of a count of repeats and one time, whichever customer has them.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Logarithm of the likelihood's term for "there until then", without what the count alone gives.
    pub log: f64,
    /// Odds of leaving from then on (or right then), to be scaled by that term; 0 if she could not.
    pub if_last: f64,
    /// Of these odds, what had not come by then: taken off when it is today.
    pub if_now: f64,
}

/// The chance of each that she has not left for good, in their order.
pub fn alive(model: &(impl Buying + Sync), hers: &[Rhythm]) -> Vec<f64> {
    shared(hers, |hers, out| model.alive_of_many(hers, out))
}

/// Expected purchases of each within the next `weeks`, in their order.
pub fn expected(model: &(impl Buying + Sync), hers: &[Rhythm], weeks: f64) -> Vec<f64> {
    answers(model, hers, |repeats, age| model.expected_if_there(repeats, age, weeks))
}

/// The chance of each to buy at least once within the next `weeks`, in their order.
pub fn comes_within(model: &(impl Buying + Sync), hers: &[Rhythm], weeks: f64) -> Vec<f64> {
    answers(model, hers, |repeats, age| model.comes_if_there(repeats, age, weeks))
}

/// The lifetime value of each in minor units, in their order; not a number where Gamma-Gamma has no mean.
pub fn values(
    horizon: &Horizon,
    model: &(impl Buying + Sync),
    amounts: &GammaGamma,
    hers: &[Rhythm],
    spends: &[Spend],
) -> Vec<f64> {
    let until = |repeats, age| horizon.worth(|weeks| model.expected_if_there(repeats, age, weeks));
    let mut values = answers(model, hers, until);
    for (value, spend) in values.iter_mut().zip(spends) {
        *value *= amounts.expected(spend).unwrap_or(f64::NAN) * horizon.margin;
    }
    values
}

/// What each is expected to spend on a day, in minor units; not a number where Gamma-Gamma has no mean.
pub fn spends(amounts: &GammaGamma, hers: &[Spend]) -> Vec<f64> {
    shared(hers, |hers, out| {
        for (out, her) in out.iter_mut().zip(hers) {
            *out = amounts.expected(her).unwrap_or(f64::NAN);
        }
    })
}

/// What comes of each, given what comes of one who is there, by her repeats and age in weeks.
fn answers<M: Buying + Sync>(
    model: &M,
    hers: &[Rhythm],
    if_there: impl Fn(u32, f64) -> f64 + Sync,
) -> Vec<f64> {
    shared(hers, |hers, out| {
        model.alive_of_many(hers, out);
        let mut kept = Kept::new(hers.len(), &if_there);
        for (out, her) in out.iter_mut().zip(hers) {
            *out *= *kept.at(her.repeats, her.age_weeks);
        }
    })
}

/// The chance of each by her two moments.
pub(super) fn alive_by_moments(model: &(impl Buying + ?Sized), hers: &[Rhythm], out: &mut [f64]) {
    let mut kept = Kept::new(2 * hers.len(), |repeats, weeks| model.moment(repeats, weeks));
    for (out, her) in out.iter_mut().zip(hers) {
        let last = *kept.at(her.repeats, her.recency_weeks);
        let now = kept.at(her.repeats, her.age_weeks);
        *out = 1.0 / (1.0 + odds_of_having_left(&last, now));
    }
}

/// Deals the customers out to the cores.
fn shared<T: Sync>(hers: &[T], work: impl Fn(&[T], &mut [f64]) + Sync) -> Vec<f64> {
    let mut out = vec![0.0; hers.len()];
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = hers.len().div_ceil(cores).max(SHARE_MIN);
    thread::scope(|scope| {
        let mut shares = hers.chunks(share).zip(out.chunks_mut(share));
        // The first share is this thread's own.
        let own = shares.next();
        for (hers, out) in shares {
            scope.spawn(|| work(hers, out));
        }
        if let Some((hers, out)) = own {
            work(hers, out);
        }
    });
    out
}

/// What was computed for a count and a time, in the place that both lead to.
struct Kept<T, F> {
    places: Vec<Option<Place<T>>>,
    compute: F,
}

#[derive(Clone, Copy)]
struct Place<T> {
    repeats: u32,
    /// Of the time, as bits.
    weeks: u64,
    of: T,
}

impl<T: Copy, F: Fn(u32, f64) -> T> Kept<T, F> {
    /// With four places for each of so many, as far as [`PLACES_MAX`] goes.
    fn new(most: usize, compute: F) -> Self {
        let places = (4 * most).next_power_of_two().clamp(2, PLACES_MAX);
        Self { places: vec![None; places], compute }
    }

    fn at(&mut self, repeats: u32, weeks: f64) -> &T {
        let bits = weeks.to_bits();
        let at = index(repeats, bits, self.places.len());
        let place = &mut self.places[at];
        if !matches!(place, Some(known) if known.weeks == bits && known.repeats == repeats) {
            *place = None;
        }
        &place
            .get_or_insert_with(|| Place {
                repeats,
                weeks: bits,
                of: (self.compute)(repeats, weeks),
            })
            .of
    }
}

/// From the high bits of a product: times differ in theirs, counts in the low ones.
fn index(repeats: u32, bits: u64, places: usize) -> usize {
    let mixed = (bits ^ u64::from(repeats).rotate_right(12)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (u64::BITS - places.ilog2())) as usize
}

/// Never below zero, which rounding could make of two equal moments.
fn odds_of_having_left(last: &Moment, now: &Moment) -> f64 {
    let left = if last.if_last > 0.0 { last.if_last * (last.log - now.log).exp() } else { 0.0 };
    (left - now.if_now).max(0.0)
}
