//! A night over a made-up chain: what is forecast, what is counted, and what is left out.

use super::*;
use crate::hq::customer;
use crate::hq::keys::Keys;
use crate::hq::store::{self, Founding};
use crate::money::Minor;
use crate::phone::Phone;
use crate::tier::TierPolicy;
use rusqlite::params;

const TODAY: i32 = 20_600;

/// An HQ with one store and stream.
fn hq() -> Hq {
    let dir = tempfile::tempdir().unwrap();
    let policy = TierPolicy::default();
    let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
    let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
    hq.db
        .execute_batch(
            "INSERT INTO store (id, name) VALUES (x'01010101010101010101010101010101', 's')",
        )
        .unwrap();
    hq
}

fn person(hq: &Hq, at: u32) -> CustomerId {
    let phone = Phone::parse(&format!("139{:08}", 11_000_000 + at * 137)).unwrap();
    customer::of_phone(&hq.db, &hq.keys, &phone).unwrap().unwrap()
}

fn bought(hq: &Hq, seq: &mut i64, who: &CustomerId, day: i32, units: i64) {
    *seq += 1;
    hq.db
        .execute(
            "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total, own_known,
                 own_asked, own_counts, total, known, asked, customer, counts)
             VALUES (1, ?1, x'01010101010101010101010101010101', 'sale', 0, ?2, 0, 0, '', '', 1, ?3, '', 'given', ?4, 1)",
            params![*seq, day, Minor::new(units), who],
        )
        .unwrap();
}

/// Forty who come every three weeks or so, the later ones not any more.
fn chain(hq: &Hq) -> Vec<CustomerId> {
    let (mut seq, mut all) = (0, Vec::new());
    for at in 0..40_i32 {
        let who = person(hq, at.cast_unsigned());
        let last = if at < 20 { 0 } else { 180 + 5 * at };
        let mut day = TODAY - last;
        for _ in 0..(2 + at % 6) {
            bought(hq, &mut seq, &who, day, 50_000 + 1_000 * i64::from(at));
            day -= 21 + (at % 5) * 9;
        }
        all.push(who);
    }
    all
}

#[test]
fn s82_whoever_still_comes_is_expected_more_often_than_who_stays_away() {
    let mut hq = hq();
    let all = chain(&hq);
    run(&mut hq, TODAY).unwrap();
    let of = |at: usize| of(&hq.db, &all[at]).unwrap().unwrap();
    // Both came five times; one was here today, the other half a year ago.
    let (comes, stays_away) = (of(3), of(27));
    assert!(comes.alive > stays_away.alive && comes.comes > stays_away.comes);
    assert!(comes.purchases > stays_away.purchases && comes.value > stays_away.value);
    assert!(comes.alive <= 1_000 && comes.comes <= 1_000 && stays_away.value >= 0);
    let kept = practice(&hq.db).unwrap().unwrap();
    assert_eq!((kept.day, kept.customers, kept.unfitted), (TODAY, 40, None));
    let sums: usize = kept.rfm.iter().flatten().map(|(count, _)| count).sum();
    assert_eq!((sums, kept.stages.iter().sum::<usize>()), (40, 40));
    assert_eq!(kept.stages[3], 40, "all bought on two days or more");
    let months: Vec<_> = kept.cohorts.iter().map(|of| (of.year, of.month)).collect();
    assert!(months.len() > 2 && months.is_sorted(), "the oldest first: {months:?}");
    let trial = kept.trial.unwrap();
    let beside = trial.beside.unwrap();
    let lost = |verdict: crate::hq::model::absence::Verdict| {
        (verdict.flagged, verdict.flagged_came <= verdict.flagged)
    };
    assert_eq!(lost(beside.by_rule), lost(beside.by_model), "S118: each calls equally many lost");
    assert!(beside.by_rule.flagged > 0 && beside.by_rule.unflagged > 0, "{beside:?}");
    assert_eq!(beside.by_rule.flagged + beside.by_rule.unflagged, trial.customers);
    assert!(trial.customers > 0 && trial.ranked.unwrap() > 500, "better than chance: {trial:?}");
    let said = trial.models.map(|said| said.expect("each has a peak"));
    assert_eq!(said.map(|of| of.model.name()), ["BG/NBD", "MBG/NBD", "Pareto/NBD"]);
    assert_eq!(
        (said[1].expected, said[1].ranked),
        (trial.expected, trial.ranked),
        "the same model"
    );
    for of in said {
        let off = of.expected as f64 / trial.expected as f64;
        assert!((0.5..2.0).contains(&off) && of.ranked.unwrap() > 500, "{of:?} beside {trial:?}");
    }
    let worth = kept.worth.unwrap();
    assert!(worth.customers > 0 && worth.mean > 0, "{worth:?}");
    assert!((200..=1_000).contains(&worth.top_fifth), "no less than a fifth: {worth:?}");
}

#[test]
fn too_few_customers_leave_no_forecast_and_say_so() {
    let mut hq = hq();
    let who = person(&hq, 1);
    let mut seq = 0;
    bought(&hq, &mut seq, &who, TODAY - 5, 1_000);
    hq.db.execute("INSERT INTO forecast VALUES (?1, 1, 1, 1, 1, NULL, NULL)", [who]).unwrap();
    run(&mut hq, TODAY).unwrap();
    assert_eq!(of(&hq.db, &who).unwrap(), None, "not yesterday's");
    assert_eq!(practice(&hq.db).unwrap().unwrap().unfitted, Some(Unfitted::TooFew));
}

#[test]
fn s81_s90_what_was_lost_in_a_year_is_counted_from_the_year_before() {
    let mut hq = hq();
    let mut seq = 0;
    let (stayed, lost, new) = (person(&hq, 1), person(&hq, 2), person(&hq, 3));
    for day in [TODAY - 400, TODAY - 10] {
        bought(&hq, &mut seq, &stayed, day, 7_000);
    }
    for day in [TODAY - 500, TODAY - 450] {
        bought(&hq, &mut seq, &lost, day, 1_500);
    }
    bought(&hq, &mut seq, &new, TODAY, 900);
    run(&mut hq, TODAY).unwrap();
    let given = practice(&hq.db).unwrap().unwrap().given;
    let expected = Given {
        before: 2,
        retained: 1,
        lost_orders: 2,
        lost_net: 3_000,
        // Whose first year is over: today's newcomer has only begun hers.
        newcomers: 2,
        new_net: 10_000,
        net: 10_000,
    };
    assert_eq!(given, expected);
}

#[test]
fn who_was_erased_has_no_forecast_any_more() {
    let mut hq = hq();
    let all = chain(&hq);
    run(&mut hq, TODAY).unwrap();
    hq.db.execute("UPDATE customer SET identity = NULL WHERE id = ?1", [all[3]]).unwrap();
    assert_eq!(of(&hq.db, &all[3]).unwrap(), None);
}

/// A row stays while it says what tonight's models say, to two parts in a hundred.
#[test]
fn a_row_is_written_anew_where_it_is_off_by_more_than_anybody_reads_from_it() {
    let kept = Forecast { alive: 800, comes: 500, purchases: 1_200, value: 100_000 };
    let is_off = |now: Forecast| kept.is_off(&now);
    assert!(!is_off(kept));
    assert!(!is_off(Forecast { alive: 796, comes: 496, purchases: 1_180, value: 98_100 }));
    assert!(is_off(Forecast { alive: 795, ..kept }) && is_off(Forecast { comes: 505, ..kept }));
    assert!(is_off(Forecast { purchases: 1_150, ..kept }));
    assert!(
        is_off(Forecast { value: 97_000, ..kept }) && is_off(Forecast { value: 103_000, ..kept })
    );
    let gone = Forecast { alive: 1, comes: 0, purchases: 0, value: 0 };
    assert!(gone.is_off(&Forecast { value: 1, ..gone }) && kept.is_off(&gone));
}

/// A day on which nothing happened writes hardly a row; what is off by then is written after some days.
#[test]
fn quiet_days_leave_rows_alone_until_they_are_off() {
    let mut hq = hq();
    let all = chain(&hq);
    run(&mut hq, TODAY).unwrap();
    let rows =
        |hq: &Hq| all.iter().map(|who| of(&hq.db, who).unwrap().unwrap()).collect::<Vec<_>>();
    let first = rows(&hq);
    run(&mut hq, TODAY).unwrap();
    assert_eq!(rows(&hq), first, "the same day again");
    for day in 1..=60 {
        run(&mut hq, TODAY + day).unwrap();
    }
    let later = rows(&hq);
    assert!(first.iter().zip(&later).filter(|(was, is)| was != is).count() > 20);
    let mut anew = self::hq();
    chain(&anew);
    run(&mut anew, TODAY + 60).unwrap();
    for (kept, at) in later.iter().zip(0..) {
        let now = of(&anew.db, &person(&anew, at)).unwrap().unwrap();
        assert!(!kept.is_off(&now), "never further off than that");
    }
}
