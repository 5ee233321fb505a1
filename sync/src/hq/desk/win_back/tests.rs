//! Who stays away, who is called, who is left alone, and what it showed.

use super::super::tests::{LI, TODAY, World};
use super::segment::{Audience, segment};
use super::*;
use crate::event::{LostReason, Outcome, OutcomeKind};
use crate::phone::Phone;

fn number(at: u32) -> String {
    format!("139{:08}", 11_000_000 + at * 137)
}

/// So many customers who bought once, long ago.
fn long_gone(count: u32) -> World {
    let mut world = World::new();
    for at in 0..count {
        world.agrees(&number(at));
        world.buys(TODAY - 200, &number(at), 1_000);
    }
    world
}

#[test]
fn s118_three_months_are_calendar_months() {
    let day = |year, month, day| Date { year, month, day }.day().unwrap();
    assert_eq!(months_before(day(2026, 5, 31), 3), day(2026, 2, 28));
    assert_eq!(months_before(day(2026, 2, 10), 3), day(2025, 11, 10));
    let mut world = World::new();
    world.agrees(LI);
    let today = day(2026, 5, 31);
    world.buys(day(2026, 2, 28), LI, 1_000);
    let away = |today| lapsed(&world.hq.db, &Rules::shipped(), today).unwrap().len();
    assert_eq!((away(today), away(today + 1)), (0, 1), "the day itself is not older");
}

/// S118: exactly those of the audience, and who has just been here is not among them.
#[test]
fn s118_the_audience_is_the_women_who_bought_nothing_for_three_months() {
    let mut world = long_gone(90);
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let her = |at: u32| {
        let phone = Phone::parse(&number(at)).unwrap();
        crate::hq::customer::of_phone(db, keys, &phone).unwrap().unwrap()
    };
    let titled = |at: u32, title: &str| {
        let name = crate::event::Name { surname: "王".into(), title: title.into() };
        let place = (i64::MAX, 1, crate::event::Seq(1));
        crate::hq::customer::name(db, keys, &her(at), &name, place).unwrap();
    };
    for at in 0..4 {
        titled(at, "先生");
    }
    titled(4, "老师");
    let count = |of| segment(&world.hq, of, TODAY).unwrap().len();
    assert_eq!([Audience::All, Audience::Women, Audience::Men].map(count), [90, 85, 4]);
    let write = |at, sex| {
        crate::hq::customer::entry::write(db, keys, &her(at), ("sex", sex), "店长", 1).unwrap()
    };
    assert!(write(4, "女") && write(0, "女"));
    assert_eq!([Audience::Women, Audience::Men].map(count), [87, 3], "her file's word goes first");
    world.buys(TODAY, &number(50), 1_000);
    assert_eq!(segment(&world.hq, Audience::Women, TODAY).unwrap().len(), 86);
}

/// S21: who leaves without a word is seen by her odds, before she has been away for long.
#[test]
fn s21_who_fades_by_her_odds_and_never_complained_is_counted() {
    let mut world = long_gone(3);
    let her = |world: &World, at| {
        let phone = Phone::parse(&number(at)).unwrap();
        let id = crate::hq::customer::of_phone(&world.hq.db, &world.hq.keys, &phone);
        id.unwrap().unwrap()
    };
    for (at, alive) in [(0, 499), (1, 500), (2, 20)] {
        let sql = "INSERT INTO forecast VALUES (?1, ?2, 0, 0, 0, NULL, NULL)";
        world.hq.db.execute(sql, params![her(&world, at), alive]).unwrap();
    }
    let fading = |world: &World| report::report(&world.hq.db, TODAY).unwrap().fading;
    assert_eq!(fading(&world), 2);
    let sql =
        "INSERT INTO complaint (customer, scope, opened_ms, state) VALUES (?1, 'store', 1, 'open')";
    world.hq.db.execute(sql, [her(&world, 0)]).unwrap();
    assert_eq!(fading(&world), 1, "she said a word");
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 0\n").unwrap();
    run(&mut world.hq, TODAY, beyond_rhythm).unwrap();
    assert_eq!(fading(&world), 0, "and who is called is no longer overlooked");
}

/// S104: the card thanks who is loyal; who never bought without a discount is known for it.
#[test]
fn s104_who_never_bought_without_a_discount_is_flagged() {
    let mut world = World::new();
    world.buys(TODAY - 9, LI, 1_000);
    let phone = Phone::parse(LI).unwrap();
    let her = crate::hq::customer::of_phone(&world.hq.db, &world.hq.keys, &phone).unwrap().unwrap();
    let only = |world: &World| script::discount_only(&world.hq.db, &her).unwrap();
    let cheap = |world: &World| {
        world.hq.db.execute("UPDATE sale SET discount = 100", []).unwrap();
    };
    cheap(&world);
    assert!(!only(&world), "once is no habit");
    world.buys(TODAY - 5, LI, 1_000);
    cheap(&world);
    assert!(only(&world));
    world.buys(TODAY - 1, LI, 1_000);
    assert!(!only(&world));
}

/// S114: the emergency cure.
#[test]
fn s82_a_store_is_asked_for_so_many_a_day_the_most_valuable_first() {
    let mut world = long_gone(12);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 0\n").unwrap();
    let phone = Phone::parse(&number(7)).unwrap();
    let id = crate::hq::customer::of_phone(&world.hq.db, &world.hq.keys, &phone);
    let best = id.unwrap().unwrap();
    let worth = |one: &Lapsed| i64::from(one.customer == best);
    let ran = run(&mut world.hq, TODAY, worth).unwrap();
    assert_eq!(ran, Ran { asked: 5, held_out: 0, waiting: 7 });
    assert_eq!(world.down(TODAY).tasks[0].customer, Some(best));
    assert!(world.down(TODAY).tasks[0].needs_reason, "S20");
    let again = run(&mut world.hq, TODAY, worth).unwrap();
    assert_eq!((again.asked, again.waiting), (0, 7), "once a day");
    assert_eq!(run(&mut world.hq, TODAY + 1, worth).unwrap().asked, 5, "the next five");
}

#[test]
fn who_is_held_out_is_left_alone_and_about_as_many_as_the_rules_say() {
    let mut world = long_gone(1);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 1000\n").unwrap();
    assert_eq!(run(&mut world.hq, TODAY, beyond_rhythm).unwrap().held_out, 1);
    assert_eq!(world.open(), []);
    let again = run(&mut world.hq, TODAY + 1, beyond_rhythm).unwrap();
    assert_eq!(again, Ran::default(), "drawn once");
    let held = |round| {
        let lots = (0..10_000_u32).map(|at| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&at.to_be_bytes());
            is_held_out(&world.hq.keys, &CustomerId(id), round, 100)
        });
        lots.collect::<Vec<bool>>()
    };
    let (one, two) = (held(4_052), held(4_053));
    let count = one.iter().filter(|held| **held).count();
    assert!((850..1_150).contains(&count), "{count} of 10000");
    assert_ne!(one, two, "another round, other lots");
}

#[test]
fn s20_a_win_back_stays_open_until_she_said_why() {
    let mut world = long_gone(1);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 0\n").unwrap();
    run(&mut world.hq, TODAY, beyond_rhythm).unwrap();
    world.outcome(TODAY, Outcome::plain(1, OutcomeKind::Reached));
    assert_eq!(world.open().len(), 1, "no reason yet");
    let reason = Some(LostReason::Competitor);
    world.outcome(TODAY + 2, Outcome { reason, ..Outcome::plain(1, OutcomeKind::Reached) });
    assert_eq!(world.open(), []);
    let report = report::report(&world.hq.db, TODAY + 2).unwrap();
    let given: Vec<_> = report.reasons.iter().filter(|reason| reason.count > 0).collect();
    assert_eq!((given[0].group, given[0].reason), ("the_worlds", "competitor"), "S113");
    assert_eq!((report.loop_days, report.silent), (Some(2), 1), "S128, S21");
}

#[test]
fn s80_s121_called_and_held_out_are_compared_with_their_intervals() {
    let mut world = long_gone(40);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 500\nper_store_per_day = 99\n")
        .unwrap();
    let ran = run(&mut world.hq, TODAY, beyond_rhythm).unwrap();
    assert_eq!(ran.asked + ran.held_out, 40);
    let mut back =
        world.hq.db.prepare("SELECT customer FROM win_back WHERE task IS NOT NULL").unwrap();
    let called: Vec<CustomerId> =
        back.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    drop(back);
    for at in 0..40 {
        let phone = Phone::parse(&number(at)).unwrap();
        let id = crate::hq::customer::of_phone(&world.hq.db, &world.hq.keys, &phone).unwrap();
        if called.contains(&id.unwrap()) {
            world.buys(TODAY + 10, &number(at), 1_000);
        }
    }
    let early = report::report(&world.hq.db, TODAY + 30).unwrap();
    assert_eq!((early.arms[0].of, early.lift_permille), (0, None), "the window is not over");
    let report = report::report(&world.hq.db, TODAY + 90).unwrap();
    assert_eq!((report.arms[0].of, report.arms[0].came_back), (ran.asked, ran.asked));
    assert_eq!((report.arms[1].of, report.arms[1].came_back), (ran.held_out, 0));
    assert_eq!((report.lift_permille, report.is_proved), (Some(1_000), true));
}

#[test]
fn s116_a_reason_without_both_cures_is_a_gap() {
    let world = World::new();
    let db = &world.hq.db;
    db.execute_batch(
        "INSERT INTO customer (id) VALUES (x'01');
         INSERT INTO task (customer, scope, kind, due, made_day, state, reason) VALUES
             (x'01', 'company', 'call', 1, 1, 'done', 'service'),
             (x'01', 'company', 'call', 1, 1, 'done', 'service');",
    )
    .unwrap();
    let lacks = || cure::gaps(db).unwrap().iter().map(|gap| gap.lacks).collect::<Vec<_>>();
    assert_eq!(lacks(), [cure::Cure::Emergency, cure::Cure::LongTerm]);
    let service = LostReason::Service;
    assert_eq!(cure::add(db, service, cure::Cure::Emergency, "luck", "x", 1), Ok(None), "S115");
    cure::add(db, service, cure::Cure::Emergency, "service", "x", 1).unwrap().unwrap();
    assert_eq!(lacks(), [cure::Cure::LongTerm]);
}

/// S86, S122.
#[test]
fn s123_s124_each_lost_type_has_its_script_of_four_sections() {
    let scripts = Rules::shipped().scripts;
    for lost in
        [script::Lost::Unknown, script::Lost::Price, script::Lost::Service, script::Lost::Quality]
    {
        for words in scripts.of(lost).sections() {
            assert!(!words.zh.is_empty() && !words.en.is_empty(), "{lost:?}");
        }
    }
    let lacks = "[scripts.price]\nneed = { zh = \"x\" }\n";
    assert!(Rules::over(lacks).is_ok(), "what is not named stays as shipped");
    let mut world = long_gone(1);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 0\n").unwrap();
    run(&mut world.hq, TODAY, beyond_rhythm).unwrap();
    let task = world.down(TODAY).tasks.remove(0);
    assert_eq!(task.words_zh.lines().count(), 4);
    assert!(task.words_zh.contains("湖滨店") && task.words_en.contains("湖滨店"));
}

#[test]
fn s80_newcomers_whose_window_is_over_are_what_winning_back_is_compared_with() {
    let mut world = World::new();
    let hers = [[200, 150].as_slice(), &[200], &[30], &[120, 29]];
    for (at, days) in (0..).zip(hers) {
        for ago in days {
            world.buys(TODAY - ago, &number(at), 100);
        }
    }
    crate::hq::forecast::run(&mut world.hq, TODAY).unwrap();
    let newcomers = &report::report(&world.hq.db, TODAY).unwrap().arms[2];
    assert_eq!((newcomers.name, newcomers.of, newcomers.came_back), ("newcomers", 3, 1));
}
