//! A million answers at once beside the same answers one by one.

use super::super::many;
use super::super::value::Horizon;
use super::super::{BetaGeometric, Buying, GammaGamma, Leaving, ParetoNbd, Rhythm, Spend};
use proptest::prelude::*;

const AMOUNTS: GammaGamma = GammaGamma { p: 6.25, q: 3.74, v: 1_544.0 };

/// Rhythms in days, some of them of heavy buyers, some older than any shop.
fn hers() -> impl Strategy<Value = Vec<Rhythm>> {
    let her = (0u32..40, 0.0..1.0f64, 0u32..4_000, prop::bool::weighted(0.1)).prop_map(
        |(repeats, share, days, heavy)| {
            let repeats = if heavy { repeats * 100 } else { repeats };
            let last = if repeats > 0 { (share * f64::from(days)).round() } else { 0.0 };
            Rhythm { repeats, recency_weeks: last / 7.0, age_weeks: f64::from(days) / 7.0 }
        },
    );
    prop::collection::vec(her, 1..60)
}

fn near(one: f64, other: f64) -> Result<(), TestCaseError> {
    let apart = (one - other).abs() / other.abs().max(1.0);
    prop_assert!(apart < 2e-8, "{one} is not {other}");
    Ok(())
}

fn equal(model: &(impl Buying + Sync), hers: &[Rhythm]) -> Result<(), TestCaseError> {
    let alive = many::alive(model, hers);
    let expected = many::expected(model, hers, 26.0);
    let comes = many::comes_within(model, hers, 26.0);
    prop_assert_eq!(
        (alive.len(), expected.len(), comes.len()),
        (hers.len(), hers.len(), hers.len())
    );
    for (at, her) in hers.iter().enumerate() {
        near(alive[at], model.alive(her))?;
        near(expected[at], model.expected(her, 26.0))?;
        near(comes[at], model.comes_within(her, 26.0))?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn many_beta_geometric_customers_are_answered_as_each_alone(
        hers in hers(), r in 0.05..5.0f64, alpha in 0.1..60.0f64, a in 0.05..4.0f64, b in 0.05..9.0f64,
    ) {
        for leaving in [Leaving::AfterRepeat, Leaving::AfterAny] {
            equal(&BetaGeometric { leaving, r, alpha, a, b }, &hers)?;
        }
    }

    #[test]
    fn many_pareto_customers_are_answered_as_each_alone(
        hers in hers(), r in 0.05..5.0f64, alpha in 0.1..60.0f64, s in 0.05..5.0f64, beta in 0.1..60.0f64,
    ) {
        equal(&ParetoNbd { r, alpha, s, beta }, &hers)?;
    }
}

/// More customers than places and than one core's share: none gets another's answer.
#[test]
fn a_crowd_larger_than_what_is_kept_is_answered_in_its_order() {
    let model = ParetoNbd { r: 0.5533, alpha: 10.578, s: 0.6061, beta: 11.668 };
    let her = |at: u32| Rhythm {
        repeats: at % 23,
        recency_weeks: if at.is_multiple_of(23) { 0.0 } else { f64::from(at % 1_009) / 70.0 },
        age_weeks: 15.0 + f64::from(at) / 997.0,
    };
    let hers: Vec<Rhythm> = (0..150_000).map(her).collect();
    let expected = many::expected(&model, &hers, 12.0);
    for at in (0..hers.len()).step_by(97) {
        let alone = model.expected(&hers[at], 12.0);
        assert!((expected[at] - alone).abs() < 1e-7, "{at}: {} is not {alone}", expected[at]);
    }
}

#[test]
fn the_values_of_many_are_those_of_each() {
    let model =
        BetaGeometric { leaving: Leaving::AfterAny, r: 0.52, alpha: 6.18, a: 0.89, b: 1.61 };
    let horizon = Horizon::year(0.01, 0.4);
    let her = |repeats: u32, last: f64, age: f64| {
        (Rhythm { repeats, recency_weeks: last, age_weeks: age }, Spend { repeats, mean: 2_500.0 })
    };
    let all = [her(0, 0.0, 30.0), her(3, 20.0, 30.0), her(40, 100.0, 101.0)];
    let (hers, spends): (Vec<Rhythm>, Vec<Spend>) = all.into_iter().unzip();
    let values = many::values(&horizon, &model, &AMOUNTS, &hers, &spends);
    for (at, (her, spend)) in all.iter().enumerate() {
        let alone = horizon.value(&model, &AMOUNTS, her, spend).unwrap();
        assert!((values[at] - alone).abs() < 1e-6 * alone, "{} is not {alone}", values[at]);
        assert_eq!(Some(many::spends(&AMOUNTS, &spends)[at]), AMOUNTS.expected(spend));
    }
    let heavy_tail = GammaGamma { q: 0.9, ..AMOUNTS };
    assert!(many::spends(&heavy_tail, &spends)[0].is_nan(), "there is no mean to draw her to");
}
