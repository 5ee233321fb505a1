//! Counts against sums done by hand.

use super::super::churn_cost::{ChurnCost, TooLarge, WhatIf};
use super::super::concentration::concentration;
use super::super::history::{Day, Defined, Histories, Purchase};
use super::super::retention::{cohorts, repeat_rate, window};
use super::super::rfm::{Bins, Bounds, Cell, Values, cells, rfm};
use super::super::stage::{Contact, Stage, Transitions, transitions};
use super::super::value::by_tenure;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::money::Minor;
use proptest::collection::vec;
use proptest::prelude::*;

pub(super) fn bought(customer: u8, day: i32, net: i64) -> Purchase {
    Purchase { customer: CustomerId([customer; 16]), day, net: Minor::new(net) }
}

fn day(year: i32, month: u8, day: u8) -> i32 {
    Date { year, month, day }.day().unwrap()
}

#[test]
fn purchases_of_one_day_are_one_visit_and_a_return_is_none() {
    let histories = Histories::new([
        bought(1, 12, -300),
        bought(1, 10, 500),
        bought(1, 10, 200),
        bought(2, 10, -100),
        bought(1, 17, 900),
    ]);
    assert_eq!(histories.len(), 1, "who only gave back is nobody");
    let her = histories.iter().next().unwrap();
    let first = Day { day: 10, net: Minor::new(700), visit: true };
    let returned = Day { day: 12, net: Minor::new(-300), visit: false };
    assert_eq!(her.days[..2], [first, returned]);
    let rhythm = her.rhythm(24).unwrap();
    assert_eq!((rhythm.repeats, rhythm.recency_weeks, rhythm.age_weeks), (1, 1.0, 2.0));
    assert_eq!(her.spend(24).unwrap().mean, 600.0, "900 less the 300 given back, on one day");
    assert_eq!(her.rhythm(9), None);
}

/// S125, S81: of four active customers two bought again; a newcomer does not hide the two that were lost.
#[test]
fn newcomers_do_not_hide_who_left() {
    let histories = Histories::new([
        bought(1, 95, 1),
        bought(1, 105, 1),
        bought(2, 91, 1),
        bought(2, 199, 1),
        bought(3, 99, 1),
        bought(4, 0, 1),
        bought(4, 98, 1),
        bought(4, 200, 1),
        bought(5, 100, 1),
        bought(6, 5, 1),
        bought(6, 120, 1),
    ]);
    let counted = window(&histories, 100, 100);
    assert_eq!((counted.active_before, counted.retained), (5, 3));
    assert_eq!((counted.newcomers, counted.returned), (1, 0));
    let counted = window(&histories, 100, 10);
    assert_eq!((counted.active_before, counted.retained), (4, 1), "100 - 10 belongs to the window");
    assert_eq!(counted.retention(), Some(0.25));
    assert_eq!(counted.churn(), Some(0.75));
    assert_eq!(counted.within_claim(), None, "ten days are no year");
    assert_eq!(
        window(&histories, 100, 366).within_claim(),
        Some(true),
        "1 of 5 lost: the bound belongs to it"
    );
    assert_eq!(window(&Histories::default(), 100, 10).retention(), None);
}

/// S91: by customer, and by days within the span only.
#[test]
fn a_repeat_buyer_bought_on_two_days_of_the_span() {
    let histories = Histories::new([
        bought(1, 1, 5),
        bought(1, 1, 5),
        bought(2, 1, 5),
        bought(2, 9, 5),
        bought(3, 9, 5),
        bought(3, 10, 5),
    ]);
    let counted = repeat_rate(&histories, 0..10);
    assert_eq!((counted.customers, counted.repeaters), (3, 1));
    assert_eq!(counted.rate(), Some(1.0 / 3.0));
}

/// S125: a month that is not over is not shown as if nobody came.
#[test]
fn cohorts_follow_first_buyers_through_months_that_are_over() {
    let histories = Histories::new([
        bought(1, day(2025, 11, 30), 1),
        bought(1, day(2025, 12, 1), 1),
        bought(1, day(2025, 12, 31), 1),
        bought(2, day(2025, 11, 1), 1),
        bought(2, day(2026, 1, 15), 1),
        bought(3, day(2026, 1, 2), 1),
        bought(3, day(2026, 2, 2), 1),
    ]);
    let found = cohorts(&histories, day(2026, 2, 27));
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].year, found[0].month, found[0].customers), (2025, 11, 2));
    assert_eq!(found[0].bought, [1, 1], "December and January; February is not over");
    assert_eq!(found[0].retention(2), Some(0.5));
    assert_eq!((found[0].retention(0), found[0].retention(3)), (None, None));
    assert_eq!((found[1].month, found[1].bought.len()), (1, 0));
    assert_eq!(cohorts(&histories, day(2026, 2, 28))[1].bought, [1]);
}

/// S68.
#[test]
fn the_top_share_is_drawn_between_customers_and_never_above_all() {
    let histories = Histories::new([
        bought(1, 1, 600),
        bought(2, 1, 300),
        bought(3, 1, 100),
        bought(4, 1, 50),
        bought(4, 2, -70),
    ]);
    let curve = concentration(&histories, 0..9);
    assert_eq!(curve.customers(), 4);
    assert_eq!(curve.share_of_top(25), Some(0.6));
    assert_eq!(curve.share_of_top(50), Some(0.9));
    assert_eq!(curve.share_of_top(40), Some(0.6 + 0.6 * 0.3));
    assert_eq!((curve.share_of_top(0), curve.share_of_top(100)), (Some(0.0), Some(1.0)));
    let points = curve.curve();
    assert_eq!(points.len(), 101);
    assert!(points.windows(2).all(|pair| pair[0] <= pair[1]));
    assert_eq!(concentration(&Histories::default(), 0..9).share_of_top(20), None);
}

#[test]
fn five_customers_who_all_differ_get_five_different_scores() {
    let values: Vec<Values> = (1..=5)
        .map(|n| Values { days_since: n, visits: n as usize, net: Minor::new(i64::from(n)) })
        .collect();
    let scores: Vec<u16> =
        cells(&values, &Bins::Quintiles).iter().map(|cell| cell.score()).collect();
    assert_eq!(scores, [511, 422, 333, 244, 155]);
}

/// Six of ten came once: they take up the ranks 1 to 6 and share the score of their middle.
#[test]
fn equal_customers_share_the_score_of_their_middle_rank() {
    let frequencies = |visits: &[usize]| -> Vec<u8> {
        let her = |visits: &usize| Values { days_since: 1, visits: *visits, net: Minor::ZERO };
        let values: Vec<Values> = visits.iter().map(her).collect();
        cells(&values, &Bins::Quintiles).iter().map(|cell| cell.f).collect()
    };
    assert_eq!(frequencies(&[1, 1, 1, 1, 1, 1, 2, 3, 4, 5]), [2, 2, 2, 2, 2, 2, 4, 4, 5, 5]);
    assert_eq!(frequencies(&[7, 7, 7]), [3, 3, 3], "where all are equal nobody is worst or best");
}

/// S126: the bound belongs to the better score for visits and money, to the worse one for days.
#[test]
fn fixed_bounds_give_the_same_cell_every_month_and_must_rise() {
    let net = [100, 200, 300, 400].map(Minor::new);
    let bounds = Bounds::new([30, 90, 180, 365], [2, 3, 5, 9], net).unwrap();
    let histories =
        Histories::new([bought(1, 0, 99), bought(1, 71, 1), bought(2, 0, 500), bought(2, 90, 5)]);
    let found = rfm(&histories, 100, &Bins::Fixed(bounds));
    assert_eq!(found[0], (CustomerId([1; 16]), Cell { r: 5, f: 2, m: 2 }));
    assert_eq!(found[1].1.score(), 525);
    assert_eq!(rfm(&histories, 80, &Bins::Quintiles).len(), 2);
    let wrong = Bounds::new([30, 90, 90, 365], [2, 3, 5, 9], net).unwrap_err();
    assert_eq!(wrong.to_string(), "the four bounds of recency must rise");
    assert!(Bounds::new([1, 2, 3, 4], [2, 2, 5, 9], net).is_err());
}

fn anyone() -> impl Strategy<Value = Values> {
    (0..400, 1_usize..12, -500_i64..5_000).prop_map(|(days_since, visits, net)| Values {
        days_since,
        visits,
        net: Minor::new(net),
    })
}

proptest! {
    /// S126: no overlap, no gap: everybody is in exactly one of 125 cells; the better value never has
    /// the lower score; equal customers are together; the order they come in does not matter.
    #[test]
    fn everybody_is_in_exactly_one_cell(mut values in vec(anyone(), 1..80), fixed in any::<bool>()) {
        let bins = if fixed {
            let net = [0, 100, 1_000, 2_000].map(Minor::new);
            Bins::Fixed(Bounds::new([30, 90, 180, 365], [2, 3, 5, 9], net).unwrap())
        } else {
            Bins::Quintiles
        };
        let found = cells(&values, &bins);
        prop_assert_eq!(found.len(), values.len());
        for (cell, her) in found.iter().zip(&values) {
            prop_assert!([cell.r, cell.f, cell.m].iter().all(|score| (1..=5).contains(score)));
            for (other_cell, other) in found.iter().zip(&values) {
                prop_assert!(her.days_since < other.days_since || cell.r <= other_cell.r);
                prop_assert!(her.visits > other.visits || cell.f <= other_cell.f);
                prop_assert!(her.net > other.net || cell.m <= other_cell.m);
            }
        }
        values.reverse();
        let mut backwards = cells(&values, &bins);
        backwards.reverse();
        prop_assert_eq!(backwards, found);
    }

    /// Of customers who all differ, no fifth is larger than another by more than one.
    #[test]
    fn quintiles_of_different_customers_are_of_equal_size(customers in 1_usize..200) {
        let values: Vec<Values> = (0..customers)
            .map(|n| Values { days_since: n as i32, visits: n, net: Minor::new(n as i64) })
            .collect();
        let found = cells(&values, &Bins::Quintiles);
        let sizes: Vec<usize> = (1..=5).map(|f| found.iter().filter(|cell| cell.f == f).count()).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
    }

    /// However purchases are mixed, they give the same histories.
    #[test]
    fn the_order_of_purchases_does_not_matter(
        mut purchases in vec((1_u8..6, 0..30, -50_i64..200).prop_map(|(who, day, net)| bought(who, day, net)), 0..40),
    ) {
        let days = |histories: &Histories| {
            histories.iter().map(|her| (her.customer, her.days.to_vec())).collect::<Vec<_>>()
        };
        let found = days(&Histories::new(purchases.iter().copied()));
        purchases.reverse();
        prop_assert_eq!(days(&Histories::new(purchases)), found);
    }
}

/// S71: 3 to 4 on the second sale, 4 to 5 on the first referral.
#[test]
fn five_stages_are_reached_by_facts_on_their_day() {
    let histories = Histories::new([bought(1, 20, 100), bought(1, 30, 100), bought(1, 31, -100)]);
    let her = Contact {
        known: 5,
        interested: Some(10),
        referred: Some(25),
        history: histories.iter().next(),
    };
    let reached = [4, 5, 10, 20, 25, 30].map(|day| her.stage(day));
    let expected = [
        None,
        Some(Stage::Suspicion),
        Some(Stage::Expectation),
        Some(Stage::First),
        Some(Stage::First),
        Some(Stage::Advocate),
    ];
    assert_eq!(reached, expected);
    let silent = Contact { referred: None, ..her };
    assert_eq!(silent.stage(99), Some(Stage::Repeat));
}

/// S72: the matrix adds up, and a fall is told from chance.
#[test]
fn moves_between_stages_are_counted_and_a_real_fall_is_noticed() {
    let histories =
        Histories::new([bought(1, 20, 1), bought(1, 45, 1), bought(2, 50, 1), bought(3, 10, 1)]);
    let contacts = histories.iter().map(|history| Contact {
        known: 0,
        interested: None,
        referred: None,
        history: Some(history),
    });
    let known_late = Contact { known: 40, interested: None, referred: None, history: None };
    let counted = transitions(contacts.chain([known_late]), 30, 60);
    assert_eq!(counted.moves[Stage::First as usize][Stage::Repeat as usize], 1);
    assert_eq!(counted.moves[Stage::Suspicion as usize][Stage::First as usize], 1);
    assert_eq!(counted.moves[Stage::First as usize][Stage::First as usize], 1);
    assert_eq!(counted.new, [1, 0, 0, 0, 0]);
    assert_eq!(counted.upward(), Some(2.0 / 3.0));

    let month = |stayed: usize, moved: usize| {
        let mut month = Transitions::default();
        month.moves[2] = [0, 0, stayed, moved, 0];
        month
    };
    assert!(month(900, 100).falls_behind(&month(850, 150)));
    assert!(!month(90, 10).falls_behind(&month(85, 15)), "of a hundred, five are chance");
    assert!(!month(850, 150).falls_behind(&month(900, 100)));
    assert!(!month(0, 0).falls_behind(&month(850, 150)), "nobody to judge by");
}

/// S90, with the source's own figures; its "nearly 150,000" is 158,760.
#[test]
fn the_cost_of_churn_shows_every_sum() {
    let cost = ChurnCost {
        lost: 7,
        orders_per_month: 10,
        order: Minor::new(15_000),
        margin_bp: 2_000,
        rate_e4: 63_000,
        exponent: 2,
    };
    let steps = cost.steps().unwrap();
    let sums: Vec<String> = steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        sums,
        [
            "7 × 10 × 150.00 = 10500.00",
            "10500.00 × 20% = 2100.00",
            "2100.00 × 6.3 = 13230.00",
            "13230.00 × 12 = 158760.00",
        ]
    );
    assert_eq!(steps[3].amount, Minor::new(15_876_000));
    assert_eq!(steps[3].label(Language::Zh), "一年少赚");
    let one_currency = ChurnCost { rate_e4: 10_000, ..cost };
    assert_eq!(one_currency.steps().unwrap().len(), 3);
    let beyond = ChurnCost { order: Minor::new(i64::MAX / 2), ..cost };
    assert_eq!(beyond.steps(), Err(TooLarge));
    let odd = ChurnCost {
        lost: 1,
        orders_per_month: 1,
        order: Minor::new(5),
        margin_bp: 1_000,
        ..one_currency
    };
    assert_eq!(
        odd.steps().unwrap()[1].amount,
        Minor::new(1),
        "half a fen is rounded away from zero"
    );
}

/// S89: 20 % lost a year, five points less, 10 % discount: 0.30 / 0.25 - 1 = 20 % more.
#[test]
fn five_points_less_churn_are_worth_what_the_shops_own_numbers_say() {
    let what =
        WhatIf { yearly_churn: 0.20, points_less: 0.05, discount: 0.10, yearly_earning: 30_000.0 };
    assert!((what.now().unwrap() - 110_000.0).abs() < 1e-6);
    assert!((what.gain().unwrap() - 0.2).abs() < 1e-12);
    assert!(!WhatIf::CLAIMED.contains(&what.gain().unwrap()));
    let endless = WhatIf { yearly_churn: 0.0, points_less: 0.0, discount: 0.0, ..what };
    assert_eq!(endless.now(), None);
}

/// S102: value by tenure, of those only who have been known that long.
#[test]
fn spend_by_tenure_counts_only_who_was_known_long_enough() {
    let histories = Histories::new([
        bought(1, 0, 100),
        bought(1, 29, 10),
        bought(1, 30, 50),
        bought(2, 40, 300),
    ]);
    let tenures = by_tenure(&histories, 69, 30, 3);
    let counted: Vec<_> =
        tenures.iter().map(|tenure| (tenure.customers, tenure.net.units())).collect();
    assert_eq!(counted, [(2, 410), (1, 160), (0, 0)]);
    assert_eq!((tenures[0].mean(), tenures[2].mean()), (Some(205.0), None));
}

/// Every number says how it was counted, with the bounds used, in one language at a time.
#[test]
fn definitions_name_their_bounds_and_do_not_mix_languages() {
    let histories = Histories::new([bought(1, 1, 5)]);
    let counted = window(&histories, 10, 123);
    let cost = ChurnCost {
        lost: 1,
        orders_per_month: 1,
        order: Minor::ZERO,
        margin_bp: 0,
        rate_e4: 0,
        exponent: 2,
    };
    let defined: [(&dyn Defined, &str); 6] = [
        (&counted, "123"),
        (&repeat_rate(&histories, 0..77), "77"),
        (&concentration(&histories, 0..88), "88"),
        (&by_tenure(&histories, 10, 30, 3)[1], "60"),
        (&Bins::Quintiles, "5"),
        (&cost, "12"),
    ];
    for (one, bound) in defined {
        let (zh, en) = (one.definition(Language::Zh), one.definition(Language::En));
        assert!(zh.contains(bound) && en.contains(bound), "{zh} {en}");
        assert!(en.chars().all(|letter| !('\u{4e00}'..='\u{9fff}').contains(&letter)), "{en}");
        assert!(
            zh.chars().filter(|letter| ('\u{4e00}'..='\u{9fff}').contains(letter)).count() > 8,
            "{zh}"
        );
        assert!(!en.contains("  ") && !zh.contains(' '), "{zh} {en}");
    }
}
