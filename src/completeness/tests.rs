//! What tills do in real life.

mod properties;
mod reports;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::*;

/// 2026-11-21, in days since 1970-01-01.
const DAY: i32 = 20_778;

type Printed = Vec<(String, i32)>;

fn find(printed: &Printed) -> Vec<Skipped> {
    let seen: Vec<Seen<'_>> =
        printed.iter().map(|(number, day)| Seen { number, day: *day }).collect();
    skipped(&seen)
}

/// Every number claimed, in order.
fn claimed(printed: &Printed) -> Vec<String> {
    find(printed).into_iter().flat_map(|skipped| skipped.numbers).collect()
}

/// `20261121`.
fn ymd(day: i32) -> String {
    let date = NaiveDate::default() + TimeDelta::days(day.into());
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

fn dated(day: i32, counters: impl IntoIterator<Item = u32>) -> Printed {
    counters.into_iter().map(|counter| (format!("XS{}-{counter:04}", ymd(day)), day)).collect()
}

/// As printed on one day.
fn on(day: i32, numbers: impl IntoIterator<Item = impl ToString>) -> Printed {
    numbers.into_iter().map(|number| (number.to_string(), day)).collect()
}

fn without(printed: Printed, lost: &[&str]) -> Printed {
    printed.into_iter().filter(|(number, _)| !lost.contains(&number.as_str())).collect()
}

/// A generator of numbers without order, the same for every run.
fn scattered(count: usize, below: u64) -> Vec<u64> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn the_day_of_these_tests_is_what_it_says() {
    assert_eq!(ymd(DAY), "20261121");
}

#[test]
fn a_gap_names_the_lost_numbers_and_their_neighbours() {
    let printed = without(dated(DAY, 40..50), &["XS20261121-0043", "XS20261121-0044"]);
    let numbers = vec!["XS20261121-0043".to_owned(), "XS20261121-0044".to_owned()];
    let (after, before) = ("XS20261121-0042".to_owned(), "XS20261121-0045".to_owned());
    assert_eq!(find(&printed), [Skipped { numbers, count: 2, after, before }]);
}

#[test]
fn every_way_of_counting_is_understood() {
    let digits = |from: u64| move |count: u64| (0..count).map(move |nth| from + nth);
    let table: Vec<(&str, Printed, Vec<&str>)> = vec![
        (
            "a counter for ever, over night",
            [
                on(DAY, (2_826..2_836).map(|n| format!("{n:07}"))),
                on(DAY + 1, (2_836..2_846).map(|n| format!("{n:07}"))),
                on(DAY + 2, (2_846..2_850).map(|n| format!("{n:07}"))),
                on(DAY + 3, (2_852..2_860).map(|n| format!("{n:07}"))),
            ]
            .concat(),
            vec!["0002850", "0002851"],
        ),
        (
            "date and counter in one group of digits",
            without(on(DAY, digits(20_261_121_000_042)(9)), &["20261121000045"]),
            vec!["20261121000045"],
        ),
        (
            "a short date",
            without(on(DAY, (1..20).map(|n| format!("M261121{n:03}"))), &["M261121009"]),
            vec!["M261121009"],
        ),
        (
            "the till's number before the date",
            without(on(DAY, (1..20).map(|n| format!("0120261121{n:04}"))), &["01202611210013"]),
            vec!["01202611210013"],
        ),
        (
            "no zeros in front",
            without(on(DAY, 1..120), &["9", "10", "99", "100"]),
            vec!["9", "10", "99", "100"],
        ),
        (
            "returns between sales",
            [
                dated(DAY, 1..8),
                on(DAY, ["TH0012"]),
                dated(DAY, 8..15),
                on(DAY, ["TH0013", "TH0014"]),
                dated(DAY, 16..20),
                on(DAY, ["TH0016", "TH0017", "TH0018", "TH0019"]),
            ]
            .concat(),
            vec!["XS20261121-0015", "TH0015"],
        ),
        (
            "a counter per cashier, taking turns",
            (1..30)
                .flat_map(|n| on(DAY, [format!("03-{n:03}"), format!("11-{:03}", n + 50)]))
                .collect(),
            vec![],
        ),
        (
            "one of two cashiers loses one",
            without(
                (1..30)
                    .flat_map(|n| on(DAY, [format!("03-{n:03}"), format!("11-{:03}", n + 50)]))
                    .collect(),
                &["11-060"],
            ),
            vec!["11-060"],
        ),
        ("steps of two", without(on(DAY, (100..160).step_by(2)), &["130"]), vec!["130"]),
        ("steps of ten", without(on(DAY, (1_000..1_300).step_by(10)), &["1200"]), vec!["1200"]),
        ("a new shift begins again", [on(DAY, 1..41), on(DAY, 1..31)].concat(), vec![]),
        ("1 to 99 and again", on(DAY, (50..100).chain(1..100).chain(1..40)), vec![]),
        (
            "two tills on one counter",
            on(DAY, [1, 3, 4, 7, 9, 10, 13, 14, 16, 19, 20, 22, 25, 26, 29]),
            vec![],
        ),
        ("two tills taking turns", on(DAY, (1..80).step_by(2)), vec![]),
        (
            "sale and return counters of one look",
            (0..40)
                .flat_map(|n| on(DAY, [3_000 + n, 100 + n]))
                .map(|(n, d)| (format!("{n:0>7}"), d))
                .collect(),
            vec![],
        ),
        ("at random", on(DAY, scattered(300, 1_000_000)), vec![]),
        ("at random below a hundred", on(DAY, scattered(300, 100)), vec![]),
        ("hex", on(DAY, scattered(300, 1 << 32).into_iter().map(|n| format!("{n:08x}"))), vec![]),
        ("hex that counts", on(DAY, (0..600).map(|n| format!("{n:04X}"))), vec![]),
        (
            "time of day",
            on(
                DAY,
                scattered(80, 300).into_iter().scan(32_400, |at, by| {
                    *at += by;
                    Some(format!("20261121{:02}{:02}{:02}", *at / 3_600, *at / 60 % 60, *at % 60))
                }),
            ),
            vec![],
        ),
        (
            "a check digit behind the counter",
            on(DAY, (42..82).map(|n| format!("{n:05}-{}", n * 7 % 10))),
            vec![],
        ),
        ("five are too few", on(DAY, ["0001", "0002", "0003", "0004", "0006"]), vec![]),
        (
            "six are enough",
            on(DAY, 1..8).into_iter().filter(|(n, _)| n != "5").collect(),
            vec!["5"],
        ),
        (
            "a date written with dashes, few a day, closed on some",
            (0..20)
                .filter(|day| day % 6 != 5)
                .flat_map(|day| {
                    on(DAY - 20 + day, (1..4).map(|n| format!("2026-11-{:02}-{n:04}", day + 1)))
                })
                .collect(),
            vec![],
        ),
        (
            "month, day and two digits, which no rule knows",
            (0..7)
                .flat_map(|day| on(DAY + day, (1..40).map(|n| format!("{}{n:02}", 1_121 + day))))
                .collect(),
            vec![],
        ),
        (
            "a till whose clock is wrong by a year",
            (0..7)
                .flat_map(|day| on(DAY + day, (1..40).map(|n| format!("{}{n:02}", 251_121 + day))))
                .collect(),
            vec![],
        ),
    ];
    for (case, printed, lost) in table {
        assert_eq!(claimed(&printed), lost, "{case}");
    }
}

#[test]
fn a_misread_number_claims_nothing_wherever_it_comes() {
    let regular: Vec<u32> = (1..60).collect();
    for at in 0..=regular.len() {
        for wrong in [0, 10_000, 9_999_999, 240, 120, 71] {
            let mut numbers = regular.clone();
            numbers.insert(at, wrong);
            let one_day: Printed = on(DAY, numbers.iter().map(|n| format!("{n:07}")));
            assert_eq!(claimed(&one_day), [""; 0], "{wrong} at {at}");
        }
    }
}

#[test]
fn copies_of_older_receipts_claim_nothing() {
    let days = |first: i32| (first..first + 4).flat_map(|day| dated(day, 1..20));
    let copies = [dated(DAY + 1, [7, 8, 11, 12, 15]), dated(DAY - 40, [33])].concat();
    let copies: Printed = copies.into_iter().map(|(number, _)| (number, DAY + 3)).collect();
    let printed = [days(DAY).collect(), copies, dated(DAY + 3, 20..40)].concat();
    assert_eq!(claimed(&printed), [""; 0]);
    let for_ever = [on(DAY, 1..60), on(DAY, [12, 13, 16, 17, 19, 24]), on(DAY, 60..80)].concat();
    assert_eq!(claimed(&for_ever), [""; 0]);
}

#[test]
fn a_number_seen_only_as_a_copy_is_not_missing() {
    let printed = [without(on(DAY, 1..60), &["30"]), on(DAY, [30]), on(DAY, 60..70)].concat();
    assert_eq!(claimed(&printed), [""; 0]);
}

#[test]
fn a_day_that_begins_late_misses_its_first_once_three_days_began_at_one() {
    let days = |count| (0..count).flat_map(|day| dated(DAY + day, 1..20));
    let late = |count: i32| [days(count).collect(), dated(DAY + count, 3..9)].concat();
    assert_eq!(claimed(&late(2)), [""; 0]);
    let found = find(&late(3));
    assert_eq!(found[0].numbers, ["XS20261124-0001", "XS20261124-0002"]);
    assert_eq!((&*found[0].after, &*found[0].before), ("XS20261123-0019", "XS20261124-0003"));
    let plain = |count: i32| {
        let begun = (0..count).flat_map(|day| on(DAY + day, 1..20)).collect();
        [begun, on(DAY + count, 3..9)].concat()
    };
    assert_eq!(claimed(&plain(2)), [""; 0]);
    assert_eq!(claimed(&plain(4)), ["1", "2"]);
}

#[test]
fn a_day_that_has_not_begun_again_or_has_one_number_misses_nothing() {
    let days = |count: i32| (0..count).flat_map(|day| on(DAY + day, 1..20)).collect::<Printed>();
    let strays = on(DAY + 4, [70_001, 80_002, 90_003]);
    assert_eq!(claimed(&[days(4), strays, on(DAY + 4, 25..35)].concat()), [""; 0]);
    assert_eq!(claimed(&[days(4), on(DAY + 4, [3])].concat()), [""; 0]);
    let early = [days(4), on(DAY + 3, [1]), on(DAY + 4, 2..20)].concat();
    assert_eq!(claimed(&early), [""; 0]);
}

#[test]
fn a_date_far_from_the_day_begins_no_day() {
    let days: Printed = (0..4).flat_map(|day| dated(DAY + day, 1..20)).collect();
    let wrong = on(DAY + 3, ["XS20270101-0004", "XS20270101-0005"]);
    assert_eq!(claimed(&[days, wrong].concat()), [""; 0]);
}

#[test]
fn the_date_may_be_the_one_of_the_evening_before() {
    let days = (0..4).flat_map(|day| dated(DAY + day, 1..20));
    let printed = days.chain(dated(DAY + 4, 2..20)).map(|(number, day)| (number, day + 1));
    assert_eq!(claimed(&printed.collect()), ["XS20261125-0001"]);
}

#[test]
fn numbers_of_another_width_do_not_disturb() {
    let with = |other: fn(u64) -> String| {
        let till = (0..60).map(|n| format!("{:04}", 26 + n));
        let drawn = scattered(60, 90).into_iter().map(other);
        without(on(DAY, till.zip(drawn).flat_map(|(a, b)| [a, b])), &["0055"])
    };
    assert_eq!(claimed(&with(|n| format!("{}", 10 + n))), ["0055"]);
    let with = |other: fn(u64) -> String| {
        let till = (0..60).map(|n| format!("{:07}", 1_002_826 + n));
        let drawn = scattered(60, 90_000).into_iter().map(other);
        without(on(DAY, till.zip(drawn).flat_map(|(a, b)| [a, b])), &["1002850"])
    };
    assert_eq!(claimed(&with(|n| format!("{}", 450_000_000_000 + n))), ["1002850"]);
}

#[test]
fn a_gap_that_fills_at_another_time_is_none() {
    let jump = [on(DAY, 1..30), on(DAY, 36..60), on(DAY, [33])].concat();
    assert_eq!(claimed(&jump), [""; 0]);
}

#[test]
fn a_number_lost_is_lost_once_and_strays_do_not_hide_it() {
    let copies = on(DAY, [18, 19, 21, 22, 23]);
    let printed = [without(on(DAY, 1..60), &["20"]), copies, on(DAY, 60..80)].concat();
    assert_eq!(claimed(&printed), ["20"]);
    let strays = on(DAY, [70_001, 80_002, 90_003]);
    let printed = [on(DAY, 1..31), strays, on(DAY, 32..60)].concat();
    assert_eq!(claimed(&printed), ["31"]);
}

#[test]
fn copies_in_the_morning_do_not_show_how_a_night_went() {
    let one = [on(DAY, 1..9), on(DAY + 1, [2, 3, 5, 6]), on(DAY + 1, 9..17)].concat();
    assert_eq!(claimed(&one), [""; 0]);
    let number = |day: i32, n: i32| format!("{}{n:02}", 1_121 + day);
    let days = (0..7).flat_map(|day| {
        let copy = on(DAY + day, [number(day - 1, 39)]);
        [copy, on(DAY + day, (1..40).map(|n| number(day, n)))].concat()
    });
    assert_eq!(claimed(&days.collect()), [""; 0]);
}

#[test]
fn the_first_day_in_view_may_be_cut_off() {
    let begun = (1..4).flat_map(|day| dated(DAY + day, 1..20)).collect();
    let late = [dated(DAY, 11..30), begun, dated(DAY + 4, 2..9)].concat();
    assert_eq!(claimed(&late), ["XS20261125-0001"]);
    let printed =
        [dated(DAY, 11..30), (1..6).flat_map(|d| dated(DAY + d, 1..20)).collect()].concat();
    assert_eq!(claimed(&printed), [""; 0]);
}

#[test]
fn a_bar_open_after_midnight_has_not_lost_its_first_numbers() {
    let printed: Printed = (0..6)
        .flat_map(|day| {
            let (evening, night) = (on(DAY + day, 1..40), on(DAY + day + 1, 40..43));
            if day == 3 { [evening, night].concat() } else { evening }
        })
        .collect();
    assert_eq!(claimed(&printed), [""; 0]);
    let dated: Printed = (0..6)
        .flat_map(|day| {
            dated(DAY + day, 1..40)
                .into_iter()
                .enumerate()
                .map(move |(at, (number, _))| (number, DAY + day + i32::from(at > 30)))
        })
        .collect();
    assert_eq!(claimed(&dated), [""; 0]);
}

#[test]
fn a_jump_of_more_than_200_is_the_tills_own() {
    let jump = |to: u32| on(DAY, (1..40).chain(to..to + 20).map(|n| format!("{n:06}")));
    assert_eq!(find(&jump(240))[0].count, 200);
    assert_eq!(find(&jump(240))[0].numbers.len(), LISTED_MAX);
    assert_eq!(find(&jump(241)), []);
}

#[test]
fn only_the_latest_5000_are_looked_at() {
    let old = without(on(DAY, (1..100).map(|n| format!("{n:07}"))), &["0000050"]);
    let many = |to: u32| on(DAY, (100..to).map(|n| format!("{n:07}")));
    assert_eq!(claimed(&[old.clone(), many(4_000)].concat()), ["0000050"]);
    assert_eq!(claimed(&[old, many(5_100)].concat()), [""; 0]);
}

#[test]
fn hostile_numbers_are_no_numbers() {
    let huge = "9".repeat(40);
    let odd = ["", "-", "号", "00000000000000000000", &huge, "18446744073709551615", "1\u{1}2"];
    let printed: Printed = odd.iter().cycle().take(200).flat_map(|n| on(DAY, [n])).collect();
    assert_eq!(find(&printed), []);
    let days = [i32::MIN, i32::MAX, 0, -1].into_iter().flat_map(|day| on(day, 1..9)).collect();
    assert_eq!(find(&days), []);
}
