//! Lists of customers and how they are judged.

use super::super::absence::{Absence, absent, judge};
use super::super::buying::Buying;
use super::super::history::{Defined, Histories};
use super::super::hold_out::{Judged, calibration, hold_out, ranking};
use super::super::value::Horizon;
use super::super::win_back::{
    Prospect, Regeneration, Replacement, by_expected_spend, potential, prospects,
};
use super::super::{BetaGeometric, GammaGamma, Leaving, ParetoNbd, Rhythm, Spend};
use super::counted::bought;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::money::Minor;

fn day(year: i32, month: u8, day: u8) -> i32 {
    Date { year, month, day }.day().unwrap()
}

/// S118: older than three calendar months, exactly.
#[test]
fn three_months_are_calendar_months_and_their_first_day_still_counts() {
    let three = Absence::Months(3);
    assert_eq!(three.since(day(2026, 11, 22)), day(2026, 8, 22));
    assert_eq!(three.since(day(2026, 5, 31)), day(2026, 2, 28), "February ends");
    assert_eq!(three.since(day(2026, 1, 31)), day(2025, 10, 31));
    assert_eq!(Absence::Months(12).since(day(2024, 2, 29)), day(2023, 2, 28));
    let today = day(2026, 11, 22);
    let histories = Histories::new([
        bought(1, day(2026, 8, 22), 1),
        bought(2, day(2026, 8, 21), 1),
        bought(3, day(2026, 1, 1), 1),
        bought(3, day(2026, 11, 23), 1),
        bought(4, day(2026, 11, 23), 1),
    ]);
    let found: Vec<_> = absent(&histories, three, today).collect();
    let expected =
        [(CustomerId([2; 16]), day(2026, 8, 21)), (CustomerId([3; 16]), day(2026, 1, 1))];
    assert_eq!(found, expected, "what is bought after today is not known today");
}

/// S118: the rule's error is counted by hand, and the model flags equally many.
#[test]
fn the_rule_and_the_model_are_judged_on_equally_many_names() {
    let histories = Histories::new([
        bought(1, 0, 1),
        bought(1, 150, 1),
        bought(2, 10, 1),
        bought(3, 9, 1),
        bought(3, 95, 1),
        bought(3, 130, 1),
        bought(4, 99, 1),
    ]);
    let judged = judge(&histories, Absence::Days(90), 100, 160, |her| {
        f64::from(her.rhythm.repeats) + her.rhythm.age_weeks
    });
    assert_eq!((judged.by_rule.flagged, judged.by_rule.flagged_came), (1, 1), "day 10 is day 90");
    assert_eq!((judged.by_rule.unflagged, judged.by_rule.unflagged_came), (3, 1));
    assert_eq!(judged.by_rule.wrongly_lost(), Some(1.0));
    assert_eq!((judged.by_model.flagged, judged.by_model.flagged_came), (1, 0), "customer 4");
    assert_eq!(judged.days, 60);
    assert!(judged.definition(Language::Zh).contains("90天"));
}

#[test]
fn a_rule_in_days_flags_exactly_whom_its_list_names() {
    let histories = Histories::new((0..250).map(|n| bought(n, i32::from(n), 1)));
    for days in [0, 1, 6, 7, 91, 120] {
        let rule = Absence::Days(days);
        let judged = judge(&histories, rule, 200, 300, |_| 0.0);
        assert_eq!(judged.by_rule.flagged, absent(&histories, rule, 200).count(), "{days}");
    }
}

#[test]
fn the_hold_out_shows_the_model_nothing_after_the_split() {
    let histories = Histories::new([
        bought(1, 0, 1),
        bought(1, 70, 1),
        bought(1, 100, 1),
        bought(1, 101, 1),
        bought(2, 80, 1),
    ]);
    let held: Vec<_> = hold_out(&histories, 70, 100).collect();
    assert_eq!(held.len(), 1, "customer 2 is not known yet");
    assert_eq!(held[0].rhythm, Rhythm { repeats: 1, recency_weeks: 10.0, age_weeks: 10.0 });
    assert_eq!(held[0].visits_after, 1, "100 belongs to it, 101 does not");
}

/// S72: forecast beside actual by group, and the factor that would have been right.
#[test]
fn calibration_puts_mean_forecast_beside_mean_actual() {
    let judged: Vec<Judged> = (0..20)
        .map(|n| Judged { forecast: f64::from(n % 10), actual: f64::from(2 * (n % 10)) })
        .collect();
    let found = calibration(judged, 10);
    assert_eq!(found.groups.len(), 10);
    assert!(found.groups.iter().all(|group| group.customers == 2));
    assert_eq!((found.groups[3].forecast, found.groups[3].actual), (3.0, 6.0));
    assert_eq!(found.factor(), Some(2.0));
    assert_eq!(found.squared_error, 28.5);
    assert_eq!(found.squared_error_of_mean, 33.0);
    let three = calibration(vec![Judged { forecast: 0.0, actual: 1.0 }; 3], 10);
    assert_eq!((three.groups.len(), three.factor()), (3, None));
    let nobody = calibration(Vec::new(), 10);
    assert_eq!((nobody.groups.len(), nobody.all.customers), (1, 0));
}

#[test]
fn ranking_counts_pairs_and_half_of_equal_ones() {
    let judged = |pairs: &[(f64, f64)]| {
        ranking(
            pairs
                .iter()
                .map(|(forecast, actual)| Judged { forecast: *forecast, actual: *actual })
                .collect(),
        )
    };
    assert_eq!(judged(&[(0.1, 0.0), (0.9, 3.0)]), Some(1.0));
    assert_eq!(judged(&[(0.1, 1.0), (0.9, 0.0)]), Some(0.0));
    assert_eq!(judged(&[(0.5, 1.0), (0.5, 0.0)]), Some(0.5));
    assert_eq!(judged(&[(0.2, 0.0), (0.5, 1.0), (0.5, 0.0), (0.7, 1.0)]), Some(0.875));
    assert_eq!(judged(&[(0.2, 1.0)]), None);
}

const AMOUNTS: GammaGamma = GammaGamma { p: 6.25, q: 3.74, v: 1_544.0 };
const PARETO: ParetoNbd = ParetoNbd { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 };

/// S82: a heavy buyer who went quiet comes before a faithful small one, whom P(alive) would put first.
#[test]
fn win_back_goes_by_expected_spend_and_not_by_the_chance_to_be_alive() {
    let heavy = (0..40).map(|n| bought(1, n * 7, 90_000));
    let small = [bought(2, 0, 800), bought(2, 180, 800), bought(2, 330, 800)];
    let histories = Histories::new(heavy.chain(small));
    let ordered = by_expected_spend(prospects(&histories, &PARETO, &AMOUNTS, 330, 13.0));
    let alive: Vec<f64> =
        histories.iter().map(|her| PARETO.alive(&her.rhythm(330).unwrap())).collect();
    assert!(alive[0] < alive[1], "{alive:?}");
    assert_eq!(ordered[0].customer, CustomerId([1; 16]), "{ordered:?}");
}

/// S82: one dear purchase comes before three cheap ones; equal ones stand in the same order every night.
#[test]
fn the_order_is_by_amount_and_not_by_number_of_purchases() {
    let one = |number: u8, purchases: f64, spend: f64| Prospect {
        customer: CustomerId([number; 16]),
        purchases,
        spend,
        net: Minor::ZERO,
    };
    let ordered = by_expected_spend([
        one(3, 0.2, 50.0),
        one(1, 3.0, 300.0),
        one(2, 1.0, 900.0),
        one(4, 0.1, 50.0),
    ]);
    let numbers: Vec<u8> = ordered.iter().map(|her| her.customer.0[0]).collect();
    assert_eq!(numbers, [2, 1, 3, 4]);
}

/// S69: little spent so far, much expected.
#[test]
fn potential_is_low_spend_so_far_with_many_purchases_expected() {
    let one = |number: u8, net: i64, purchases: f64| Prospect {
        customer: CustomerId([number; 16]),
        purchases,
        spend: purchases * 100.0,
        net: Minor::new(net),
    };
    let all = [
        one(1, 9_000, 5.0),
        one(2, 100, 4.0),
        one(3, 8_000, 0.1),
        one(4, 50, 0.1),
        one(5, 60, 3.0),
        one(6, 7_000, 0.2),
    ];
    let found: Vec<u8> = potential(all, 50).iter().map(|her| her.customer.0[0]).collect();
    assert_eq!(found, [2, 5]);
    assert!(potential([], 50).is_empty());
}

/// S80, S88: measured ratios, beside what is said.
#[test]
fn ratios_are_measured_and_absent_without_a_base() {
    let measured = Regeneration { lost: 200, regained: 50, strangers: 400, won: 50 };
    assert_eq!(measured.ratio(), Some(2.0));
    assert_eq!(Regeneration { won: 0, ..measured }.ratio(), None);
    assert!(measured.definition(Language::En).contains("Said to be 2"));
    let replaced = Replacement {
        lost_net: Minor::new(120_000),
        lost: 3,
        new_net: Minor::new(50_000),
        new: 10,
    };
    assert_eq!(replaced.ratio(), Some(8.0));
    assert_eq!(Replacement { new: 0, ..replaced }.ratio(), None);
}

/// S102: value grows with the horizon, and every unit is said.
#[test]
fn lifetime_value_is_the_sum_of_its_periods() {
    let model = BetaGeometric { leaving: Leaving::AfterAny, r: 0.52, alpha: 6.2, a: 0.89, b: 1.61 };
    let her = Rhythm { repeats: 2, recency_weeks: 20.0, age_weeks: 30.0 };
    let spend = Spend { repeats: 2, mean: 2_000.0 };
    let horizon = Horizon { period_weeks: 4.0, periods: 3, discount: 0.0, margin: 0.4 };
    let plain = horizon.value(&model, &AMOUNTS, &her, &spend).unwrap();
    let expected = model.expected(&her, 12.0) * AMOUNTS.expected(&spend).unwrap() * 0.4;
    assert!((plain - expected).abs() < 1e-9 * expected);
    let by_hand: f64 = (1..=3)
        .map(|period| {
            let until = |period: i32| model.expected(&her, 4.0 * f64::from(period));
            (until(period) - until(period - 1)) / 1.1_f64.powi(period)
        })
        .sum();
    let discounted = Horizon { discount: 0.1, ..horizon };
    assert!((discounted.purchases(&model, &her) - by_hand).abs() < 1e-12);
    let year = Horizon::year(0.01, 1.0);
    assert!(year.definition(Language::En).contains("12 periods of 4.35 weeks"));
}
