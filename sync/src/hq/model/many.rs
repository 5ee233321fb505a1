//! The same question asked about very many customers at once.
//!
//! Whether she is still a customer is a power of her own. How much comes if she is depends on her count
//! and her age alone: for each count one curve, of which a piece is computed once (`curves`). All cores
//! take a share.
//!
//! ```text
//! answer = what comes if she is there (count, age) · chance that she is
//! ```
//!
//! # Invariants
//!
//! - Memory does not grow with the customers.
//! - The same numbers as [`Buying`] gives one by one, within 10^-8.
//!
//! Not here: the formulas (`beta_geometric`, `pareto_nbd`).

use super::buying::Buying;
use super::curves::Curves;
use super::gamma_gamma::{GammaGamma, Spend};
use super::rhythm::Rhythm;
use super::value::Horizon;
use std::num::NonZero;
use std::thread;

/// So many customers and their answers stay near the core from one step to the next.
const NEAR: usize = 1_024;
/// Fewer customers than this are not worth a second core.
const SHARE_MIN: usize = 20_000;

/// The chance of each that she has not left for good, in their order.
pub fn alive(model: &(impl Buying + Sync), hers: &[Rhythm]) -> Vec<f64> {
    shared(hers, |hers, out| model.alive_of_many()(hers, out))
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
        let mut alive = model.alive_of_many();
        let mut if_there = Curves::new(model.scale_weeks(), &if_there);
        for (hers, out) in hers.chunks(NEAR).zip(out.chunks_mut(NEAR)) {
            alive(hers, out);
            for (out, her) in out.iter_mut().zip(hers) {
                *out *= if_there.at(her.repeats, her.age_weeks);
            }
        }
    })
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
