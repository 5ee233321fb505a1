//! Every closed formula against the integral that it stands for: one customer with a known rate and
//! habit of leaving, averaged over all rates and habits by the trapezoid rule. Nothing of the
//! derivations is used, so an error in one shows.

use super::super::many;
use super::super::quadrature::Powers;
use super::super::special::share_left;
use super::super::{BetaGeometric, Buying, GammaGamma, Leaving, ParetoNbd, Rhythm, Spend};
use statrs::function::gamma::ln_gamma;

const fn her(repeats: u32, recency_weeks: f64, age_weeks: f64) -> Rhythm {
    Rhythm { repeats, recency_weeks, age_weeks }
}

const HERS: [Rhythm; 6] = [
    her(0, 0.0, 38.86),
    her(1, 1.71, 38.86),
    her(2, 30.43, 38.86),
    her(26, 30.86, 31.0),
    her(7, 5.0, 104.0),
    Rhythm::NEW,
];

/// What one customer with known habits does, weighted by how likely these and what was seen are.
#[derive(Clone, Copy, Default)]
struct Story {
    seen: f64,
    alive: f64,
    expected: f64,
    comes: f64,
}

/// Step of the trapezoid rule over logarithms (of odds), which is exact to nine digits as long as it is
/// narrower than the peak.
const STEP: f64 = 0.14;
/// The same for a mean of thirty days, whose peak is narrow.
const FINE_STEP: f64 = 0.02;

fn grid(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> + Clone {
    let steps = ((high - low) / step) as u32;
    (0..=steps).map(move |at| low + f64::from(at) * step)
}

fn averaged(weights: impl Iterator<Item = (f64, Story)>) -> Story {
    weights.fold(Story::default(), |sum, (weight, one)| Story {
        seen: sum.seen + weight * one.seen,
        alive: sum.alive + weight * one.alive,
        expected: sum.expected + weight * one.expected,
        comes: sum.comes + weight * one.comes,
    })
}

/// Density of a gamma-distributed value at `e^u`, by `u`.
fn gamma_density(shape: f64, rate: f64, u: f64) -> f64 {
    (shape * (u + rate.ln()) - rate * u.exp() - ln_gamma(shape)).exp()
}

/// Density of a beta-distributed share at the odds `e^w`, by `w`.
fn beta_density(a: f64, b: f64, w: f64) -> f64 {
    let (log_p, log_q) = (-(-w).exp().ln_1p(), -w.exp().ln_1p());
    (a * log_p + b * log_q + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp()
}

fn beta_geometric_story(model: &BetaGeometric, her: &Rhythm, weeks: f64) -> Story {
    let (x, first) = (f64::from(her.repeats), model.leaving == Leaving::AfterAny);
    let chances = if first { x + 1.0 } else { x };
    let one = |rate: f64, leave: f64| {
        let stayed = (1.0 - leave).powf(chances) * rate.powf(x) * (-rate * her.age_weeks).exp();
        let left = match chances {
            0.0 => 0.0,
            chances => {
                leave
                    * (1.0 - leave).powf(chances - 1.0)
                    * rate.powf(x)
                    * (-rate * her.recency_weeks).exp()
            }
        };
        let expected = -(-rate * leave * weeks).exp_m1() / leave;
        let comes = -(-rate * weeks).exp_m1();
        Story {
            seen: stayed + left,
            alive: stayed,
            expected: stayed * expected,
            comes: stayed * comes,
        }
    };
    averaged(grid(-90.0, 6.0, STEP).flat_map(|u| {
        let by_rate = gamma_density(model.r, model.alpha, u) * STEP * STEP;
        grid(-40.0, 36.0, STEP).map(move |w| {
            (by_rate * beta_density(model.a, model.b, w), one(u.exp(), 1.0 / (1.0 + (-w).exp())))
        })
    }))
}

fn pareto_story(model: &ParetoNbd, her: &Rhythm, weeks: f64) -> Story {
    let x = f64::from(her.repeats);
    let one = |rate: f64, leave: f64| {
        let both = rate + leave;
        let stayed = rate.powf(x) * (-both * her.age_weeks).exp();
        let silence = -(-both * (her.age_weeks - her.recency_weeks)).exp_m1();
        let left = rate.powf(x) * leave / both * (-both * her.recency_weeks).exp() * silence;
        let expected = rate / leave * -(-leave * weeks).exp_m1();
        let comes = rate / both * -(-both * weeks).exp_m1();
        Story {
            seen: stayed + left,
            alive: stayed,
            expected: stayed * expected,
            comes: stayed * comes,
        }
    };
    averaged(grid(-70.0, 6.0, STEP).flat_map(|u| {
        let by_rate = gamma_density(model.r, model.alpha, u) * STEP * STEP;
        grid(-70.0, 6.0, STEP)
            .map(move |w| (by_rate * gamma_density(model.s, model.beta, w), one(u.exp(), w.exp())))
    }))
}

#[track_caller]
fn close(what: &str, ours: f64, integral: f64) {
    let apart = (ours - integral).abs() / f64::max(1.0, integral.abs());
    assert!(apart < 1e-7, "{what}: {ours} is not {integral}");
}

#[track_caller]
fn agrees(
    model: &(impl Buying + Sync),
    log_likelihood: f64,
    her: &Rhythm,
    weeks: f64,
    story: &Story,
) {
    close("likelihood", log_likelihood, story.seen.ln());
    close("alive", model.alive(her), story.alive / story.seen);
    close("expected", model.expected(her, weeks), story.expected / story.seen);
    close("comes within", model.comes_within(her, weeks), story.comes / story.seen);
    let hers = [*her];
    close("alive of many", many::alive(model, &hers)[0], story.alive / story.seen);
    close("expected of many", many::expected(model, &hers, weeks)[0], story.expected / story.seen);
    close("of many", many::comes_within(model, &hers, weeks)[0], story.comes / story.seen);
}

/// S69: the forecast behind "potential" and win-back is the model's own, for both ways of leaving.
#[test]
fn bg_nbd_and_mbg_nbd_are_the_averages_that_they_stand_for() {
    for leaving in [Leaving::AfterRepeat, Leaving::AfterAny] {
        for (r, alpha, a, b) in
            [(0.2426, 4.4135, 0.7929, 2.4258), (1.7, 9.0, 1.0, 3.0), (0.6, 2.0, 2.3, 0.8)]
        {
            let model = BetaGeometric { leaving, r, alpha, a, b };
            for her in &HERS {
                let story = beta_geometric_story(&model, her, 39.0);
                agrees(&model, model.log_likelihood(her), her, 39.0, &story);
            }
        }
    }
}

#[test]
fn pareto_nbd_is_the_average_that_it_stands_for() {
    for (r, alpha, s, beta) in
        [(0.5533, 10.578, 0.6061, 11.668), (2.0, 4.0, 1.0, 30.0), (0.4, 30.0, 2.5, 8.0)]
    {
        let model = ParetoNbd { r, alpha, s, beta };
        for her in &HERS {
            let story = pareto_story(&model, her, 39.0);
            agrees(&model, model.log_likelihood(her), her, 39.0, &story);
        }
    }
}

#[test]
fn gamma_gamma_is_the_average_that_it_stands_for() {
    let model = GammaGamma { p: 6.25, q: 3.74, v: 1_544.0 };
    for (repeats, mean) in [(1, 2_500.0), (4, 900.0), (30, 12_000.0)] {
        let x = f64::from(repeats);
        let (mut seen, mut expected) = (0.0, 0.0);
        for u in grid(-40.0, 10.0, FINE_STEP) {
            let (nu, prior) = (u.exp(), gamma_density(model.q, model.v, u) * FINE_STEP);
            // Her mean of x days; the density is by the mean itself.
            let day = gamma_density(model.p * x, nu * x, f64::ln(mean)) / mean;
            seen += prior * day;
            expected += prior * day * model.p / nu;
        }
        let spend = Spend { repeats, mean };
        close("likelihood", model.log_likelihood(&spend).unwrap(), seen.ln());
        close("expected", model.expected(&spend).unwrap() / 1_000.0, expected / seen / 1_000.0);
    }
}

#[test]
fn a_customer_without_repeats_is_expected_to_spend_the_mean_of_all() {
    let model = GammaGamma { p: 6.25, q: 3.74, v: 1_544.0 };
    let once = model.expected(&Spend { repeats: 0, mean: 99_999.0 }).unwrap();
    assert!((once - 6.25 * 1_544.0 / 2.74).abs() < 1e-9);
    let heavy_tail = GammaGamma { q: 0.9, ..model };
    assert_eq!(heavy_tail.expected(&Spend { repeats: 0, mean: 0.0 }), None);
}

/// The published form with 2F1, summed term by term, where that does not overflow.
#[test]
fn the_transformed_series_equals_the_published_one() {
    let gauss = |a: f64, b: f64, c: f64, z: f64| {
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 0..20_000 {
            let n = f64::from(n);
            sum += term;
            term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        }
        sum
    };
    for (shape, a, b, z) in [(0.24, 0.79, 2.43, 0.9), (5.24, 0.79, 7.43, 0.5), (3.0, 1.9, 4.0, 0.3)]
    {
        let c = a + b - 1.0;
        let published = c / (a - 1.0) * (1.0 - (1.0_f64 - z).powf(shape) * gauss(shape, b, c, z));
        close("series", share_left(a, c - shape, c, z), published);
    }
}

#[test]
fn nothing_breaks_for_one_who_came_every_day_for_years() {
    let daily = her(3_650, 521.0, 521.4);
    let bg = BetaGeometric { leaving: Leaving::AfterAny, r: 0.24, alpha: 4.4, a: 0.79, b: 2.43 };
    let pareto = ParetoNbd { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 };
    for (alive, expected) in [
        (bg.alive(&daily), bg.expected(&daily, 52.0)),
        (pareto.alive(&daily), pareto.expected(&daily, 52.0)),
    ] {
        assert!(alive > 0.9 && alive <= 1.0, "{alive}");
        assert!(expected > 300.0 && expected < 365.0, "{expected}");
    }
    // Silent for a year after that: gone, without a NaN.
    let silent = her(3_650, 521.0, 573.0);
    assert!(bg.alive(&silent) < 1e-9 && pareto.alive(&silent) < 1e-9);
    assert!(pareto.expected(&silent, 52.0) >= 0.0 && bg.expected(&silent, 52.0) >= 0.0);
}

/// Sixteen points against four thousand.
#[test]
fn the_integral_holds_for_gentle_and_for_steep_cases() {
    for (alpha, p, beta, q) in [
        (10.0, 0.6, 11.0, 1.6),
        (0.01, 30.0, 50.0, 1.5),
        (300.0, 9.0, 0.02, 1.3),
        (1e4, 2e3, 1e5, 2e4),
        (5.0, 800.0, 5.0, 1.1),
    ] {
        for (from, to) in [(0.0, 39.0), (30.0, 31.0), (2.0, 520.0), (7.0, 7.0)] {
            let powers = Powers { alpha, p, beta, q };
            let start = powers.log_at(from);
            // Simpson over the logarithm of the time since `from`, where the fall is.
            let scale = f64::min((alpha + from) / p, (beta + from) / q) / 50.0;
            let (last, steps) = ((1.0 + (to - from) / scale).ln(), 4_000);
            let at = |step: i32| {
                let grown = (last * f64::from(step) / f64::from(steps)).exp();
                (powers.log_at(from + scale * (grown - 1.0)) - start).exp() * scale * grown
            };
            let weight = |step| match step {
                0 | 4_000 => 1.0,
                odd if odd % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let sum: f64 = (0..=steps).map(|step| weight(step) * at(step)).sum();
            let simpson = sum * last / f64::from(steps) / 3.0;
            let ours = (powers.log_integral(from, to) - start).exp();
            assert!(
                (ours - simpson).abs() <= 1e-7 * simpson,
                "{powers:?} {from} {to}: {ours} {simpson}"
            );
        }
    }
}
