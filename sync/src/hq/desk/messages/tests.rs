//! Messages over a database: from a day to a text that leaves, or to the reason why none does.

use super::gate::Held;
use super::kind::{Kind, Stream};
use super::library::{self, Draft, Overrule, TextError};
use super::log::{self, Count};
use super::opt::{self, Opt, OptError};
use super::plan::plan;
use super::settings::Settings;
use super::{Now, weather};
use crate::care_list::CustomerId;
use crate::event::{Body, Consent, Fact, Field, Outcome, OutcomeKind, Purpose, Said, Weather};
use crate::hq::desk::tests::{LI, TODAY, World};
use crate::hq::{customer, enrol};
use crate::language::Language;
use crate::phone::Phone;

mod gateway;
mod marketing;
mod outlets;

const EVENING: u16 = 1_100;
/// The day's own birthday: TODAY is 4 October 2024, without holiday or new season.
const BORN_TODAY: &str = "10-04";

fn now(day: i32, minute: u16) -> Now {
    Now { ms: i64::from(day) * 86_400_000 + i64::from(minute) * 60_000, day, minute }
}

fn phone(number: &str) -> Phone {
    Phone::parse(number).unwrap()
}

fn root(world: &World, number: &str) -> CustomerId {
    customer::of_phone(&world.hq.db, &world.hq.keys, &phone(number)).unwrap().unwrap()
}

pub(super) fn draft(kind: Kind, text: &str) -> Draft {
    Draft {
        kind,
        language: Language::Zh,
        occasion: String::new(),
        text: text.into(),
        author: "小林".into(),
        theme: None,
        from_day: None,
        until_day: None,
        overrule: None,
    }
}

/// The shipped texts, reviewed.
pub(super) fn stocked(world: &World) {
    for draft in library::shipped() {
        let id = library::add(&world.hq.db, &draft, 0).unwrap();
        library::review(&world.hq.db, id, "王经理", 0).unwrap();
    }
}

fn tells(world: &mut World, number: &str, field: Field, value: &str) {
    let fact = Fact { phone: phone(number), field, said: Said::Told(value.into()) };
    world.tell(TODAY - 30, Body::Fact(fact));
}

/// 李 agreed to care, bought some time ago, and has her birthday today.
fn celebrating() -> World {
    let mut world = World::new();
    stocked(&world);
    world.agrees(LI);
    world.buys(TODAY - 30, LI, 100);
    tells(&mut world, LI, Field::Birthday, BORN_TODAY);
    world
}

fn planned(world: &mut World, day: i32, minute: u16) -> Vec<(String, Option<String>, u32)> {
    let counts = plan(&mut world.hq, now(day, minute), true).unwrap();
    counts.into_iter().map(|of: Count| (of.kind, of.reason, of.count)).collect()
}

fn held(kind: Kind, why: Held) -> (String, Option<String>, u32) {
    (kind.word().to_owned(), Some(why.word().to_owned()), 1)
}

fn queued(kind: Kind) -> (String, Option<String>, u32) {
    (kind.word().to_owned(), None, 1)
}

fn states(world: &World) -> Vec<(String, String, Option<String>)> {
    let entries = log::entries(&world.hq.db, 0, i32::MAX).unwrap();
    entries.into_iter().map(|of| (of.kind, of.state, of.reason)).collect()
}

#[test]
fn s38_s42_a_birthday_is_a_task_of_who_is_closest_with_the_words_once_a_year() {
    let mut world = celebrating();
    assert_eq!(planned(&mut world, TODAY, 600), [queued(Kind::Birthday)]);
    assert_eq!(planned(&mut world, TODAY, 601), [], "once");
    let tasks = world.down(TODAY).tasks;
    assert_eq!((tasks.len(), tasks[0].assignee.as_deref()), (1, Some("小陈")), "S42");
    assert_eq!(tasks[0].rules, ["message"]);
    let words = "李女士,今天是您的生日,湖滨店的小陈祝您生日快乐,心想事成,平安喜乐!";
    assert_eq!((tasks[0].words_zh.as_str(), tasks[0].due_day), (words, TODAY));
    let id = tasks[0].id;
    world.outcome(TODAY, Outcome::plain(id, OutcomeKind::Sent));
    assert_eq!(states(&world), [("birthday".into(), "sent".into(), None)]);
    // Another date told later makes no second birthday of the year, nor of the half year after.
    tells(&mut world, LI, Field::Birthday, "11-20");
    assert_eq!(planned(&mut world, TODAY + 47, 600), []);
    tells(&mut world, LI, Field::Birthday, "03-01");
    world.buys(TODAY + 140, LI, 100);
    assert_eq!(planned(&mut world, TODAY + 148, 600), [held(Kind::Birthday, Held::CapKind)]);
}

#[test]
fn a_birthdays_wishes_do_not_come_the_day_after() {
    let mut world = celebrating();
    planned(&mut world, TODAY, 600);
    assert_eq!(world.open().len(), 1);
    assert_eq!(planned(&mut world, TODAY + 1, 600), []);
    assert_eq!((world.open().len(), states(&world)[0].2.as_deref()), (0, Some("late")));
    let mut world = celebrating();
    assert_eq!(planned(&mut world, TODAY, 1_210), [held(Kind::Birthday, Held::Late)], "quiet");
}

#[test]
fn s34_s33_a_rainy_evening_thanks_who_came_that_day_and_minds_wet_clothes() {
    let mut world = World::new();
    stocked(&world);
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    let (came, refused) = (LI, "13911118888");
    world.agrees(came);
    world.buys(TODAY, came, 100);
    world.buys(TODAY, refused, 100);
    assert_eq!(planned(&mut world, TODAY, EVENING), [], "no rain");
    weather::set(&world.hq.db, &store, TODAY, true, 0).unwrap();
    let counts = planned(&mut world, TODAY, EVENING);
    assert_eq!(counts, [queued(Kind::Rain), held(Kind::Rain, Held::NoConsent)]);
    let words = &world.down(TODAY).tasks[0].words_zh;
    assert!(words.contains("谢谢您今天冒雨过来") && words.contains("换件干衣服"), "{words}");
    weather::set(&world.hq.db, &store, TODAY + 1, true, 0).unwrap();
    assert_eq!(planned(&mut world, TODAY + 1, EVENING), [], "she did not come that day");
}

/// S34: what a cashier said of the weather is HQ's weather, unless somebody at HQ said otherwise since.
#[test]
fn s34_rain_that_a_till_told_thanks_who_came() {
    let mut world = World::new();
    stocked(&world);
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let rains = |day, rains| Body::Weather(Weather { day, rains });
    world.tell(TODAY, rains(TODAY, true));
    assert_eq!(weather::wet(&world.hq.db, TODAY).unwrap().into_iter().collect::<Vec<_>>(), [store]);
    assert_eq!(planned(&mut world, TODAY, EVENING), [queued(Kind::Rain)]);
    world.tell(TODAY + 1, rains(TODAY + 1, true));
    world.tell(TODAY + 1, rains(TODAY + 1, false));
    assert!(weather::wet(&world.hq.db, TODAY + 1).unwrap().is_empty(), "it has stopped");
    let later_ms = i64::from(TODAY + 2) * 86_400_000 + 80_000_000;
    weather::set(&world.hq.db, &store, TODAY + 2, false, later_ms).unwrap();
    world.tell(TODAY + 2, rains(TODAY + 2, true));
    assert!(weather::wet(&world.hq.db, TODAY + 2).unwrap().is_empty(), "HQ's word is the later");
}

#[test]
fn s40_who_stays_away_is_missed_and_the_next_time_much_later() {
    let mut world = World::new();
    stocked(&world);
    world.agrees(LI);
    world.buys(TODAY - 200, LI, 100);
    assert_eq!(planned(&mut world, TODAY, 600), [queued(Kind::LongAbsent)]);
    let words = &world.down(TODAY).tasks[0].words_zh;
    assert!(words.contains("很想念您") && !words.contains('?'), "{words}");
    assert_eq!(planned(&mut world, TODAY, 700), []);
}

#[test]
fn s119_what_is_not_sent_has_a_reason_that_can_be_counted() {
    let mut world = celebrating();
    world.buys(TODAY - 7, LI, 200_000);
    assert_eq!(world.open()[0].2, TODAY, "the call about the large sale is today");
    assert_eq!(planned(&mut world, TODAY, 600), [held(Kind::Birthday, Held::CapDay)]);
    let counts = log::counts(&world.hq.db, TODAY, TODAY).unwrap();
    let held = Count {
        kind: "birthday".into(),
        state: "held".into(),
        reason: Some("cap_day".into()),
        count: 1,
    };
    assert_eq!(counts, [held]);
}

#[test]
fn s119_a_store_that_has_enough_to_send_is_asked_another_day_but_for_birthdays() {
    let mut world = celebrating();
    let away = "13911118888";
    world.agrees(away);
    world.buys(TODAY - 200, away, 100);
    Settings::set(&world.hq.db, "[caps]\nper_store_per_day = 0\n").unwrap();
    let mut counts = planned(&mut world, TODAY, 600);
    counts.sort();
    assert_eq!(counts, [queued(Kind::Birthday), held(Kind::LongAbsent, Held::CapStore)]);
    Settings::set(&world.hq.db, "[caps]\nper_store_per_day = 1\n").unwrap();
    assert_eq!(planned(&mut world, TODAY + 1, 600), [queued(Kind::LongAbsent)]);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_keeps_nothing() {
    let mut world = celebrating();
    let counts = plan(&mut world.hq, now(TODAY, 600), false).unwrap();
    assert_eq!((counts.len(), counts[0].state.as_str()), (1, "queued"));
    assert_eq!((states(&world), world.open()), (Vec::new(), Vec::new()));
}

#[test]
fn s36_the_checker_refuses_names_the_words_and_a_person_may_overrule_with_a_reason() {
    let world = World::new();
    let db = &world.hq.db;
    let sells = draft(Kind::Season, "{name}{title},天凉了,秋装新款到店,全场八折。");
    let Err(TextError::Refused(objections)) = library::add(db, &sells, 0) else { panic!() };
    assert!(objections.iter().any(|of| sells.text.contains(&of.words)), "{objections:?}");
    let overruled = |why: &str| {
        let overrule = Some(Overrule { by: "王经理".into(), why: why.into() });
        library::add(db, &Draft { overrule, ..sells.clone() }, 0)
    };
    assert!(matches!(overruled(" "), Err(TextError::NoReason)));
    let id = overruled("品牌名里有「新款」二字").unwrap();
    let kept = library::list(db).unwrap();
    assert_eq!((kept[0].id, kept[0].overruled_by.as_deref()), (id, Some("王经理")));
    assert_eq!(kept[0].overruled_why.as_deref(), Some("品牌名里有「新款」二字"));
    assert!(kept[0].objections.is_some());
    let fine = draft(Kind::Season, "{name}{title},天凉了,早晚添件衣,多喝温水。");
    library::add(db, &fine, 0).unwrap();
    let versions: Vec<u32> = library::list(db).unwrap().iter().map(|of| of.version).collect();
    assert_eq!(versions, [2, 1], "a new wording is a new version");
}

#[test]
fn s36_only_what_somebody_else_has_reviewed_goes_out_the_newest_first() {
    let mut world = celebrating();
    let db = &world.hq.db;
    let text = "{name}{title},生日快乐,愿您天天开心。{associate}";
    let id = library::add(db, &draft(Kind::Birthday, text), 0).unwrap();
    let current = |world: &World| {
        library::current(&world.hq.db, Kind::Birthday, Language::Zh, "").unwrap().unwrap().version
    };
    assert_eq!(current(&world), 1, "not yet");
    assert!(matches!(library::review(db, id, "小林", 0), Err(TextError::OwnReview)));
    library::review(db, id, "王经理", 0).unwrap();
    assert!(matches!(library::review(db, id, "李经理", 0), Err(TextError::None(_))), "once");
    assert_eq!(current(&world), 2);
    planned(&mut world, TODAY, 600);
    assert!(world.down(TODAY).tasks[0].words_zh.contains("愿您天天开心"));
    let mut bare = World::new();
    bare.agrees(LI);
    bare.buys(TODAY - 30, LI, 100);
    tells(&mut bare, LI, Field::Birthday, BORN_TODAY);
    assert_eq!(planned(&mut bare, TODAY, 600), [held(Kind::Birthday, Held::NoText)]);
}

#[test]
fn every_shipped_text_passes_the_checker_in_both_languages() {
    for of in library::shipped() {
        let found = super::judge::judge(of.kind, of.language, &of.text);
        assert!(found.is_empty(), "{}: {found:?}", of.text);
    }
}

#[test]
fn a_text_with_an_empty_brace_is_not_sent() {
    let mut world = celebrating();
    // Somebody whose name nobody was told.
    let stranger = "13911118888";
    let sale = crate::hq::desk::tests::sale(TODAY - 30, 77, 100, Some(stranger));
    let Body::Sale(mut sale) = sale else { panic!() };
    sale.who = None;
    world.tell(TODAY - 30, Body::Sale(sale));
    world.agrees(stranger);
    tells(&mut world, stranger, Field::Birthday, BORN_TODAY);
    let counts = planned(&mut world, TODAY, 600);
    assert_eq!(counts, [queued(Kind::Birthday), held(Kind::Birthday, Held::Unfilled)]);
}

/// S79, S112: what she takes back counts at once, also for what a store was asked to send.
#[test]
fn s79_an_opt_out_takes_back_what_the_store_was_to_send() {
    let mut world = celebrating();
    planned(&mut world, TODAY, 600);
    assert_eq!(world.down(TODAY).tasks.len(), 1);
    let out = Opt { stream: Stream::Care, theme: None, given: false, proof: None, by: "h".into() };
    let her = root(&world, LI);
    opt::note(&world.hq.db, &her, &out, 0).unwrap();
    let rules = crate::hq::desk::rules::Rules::shipped();
    super::recall(&world.hq.db, &world.hq.keys, &rules, &her, TODAY).unwrap();
    assert!(world.down(TODAY).tasks.is_empty());
    assert!(states(&world)[0].1 == "held", "{:?}", states(&world));
    assert_eq!(planned(&mut world, TODAY, 700), [held(Kind::Birthday, Held::OptedOut)]);
    assert!(world.down(TODAY).tasks.is_empty());
}

/// The last word counts, whoever heard it: a till that heard no after HQ had a form that said yes.
#[test]
fn s112_a_no_at_the_till_takes_back_a_yes_that_headquarters_had() {
    let mut world = celebrating();
    let her = root(&world, LI);
    let yes = Opt {
        stream: Stream::Marketing,
        theme: None,
        given: true,
        proof: Some("form 7".into()),
        by: "h".into(),
    };
    let at_ms = i64::from(TODAY) * 86_400_000;
    opt::note(&world.hq.db, &her, &yes, at_ms).unwrap();
    let rules = crate::hq::desk::rules::Rules::shipped();
    let may = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        let standing = super::standing::standing(db, keys, &rules, &her, None).unwrap();
        super::gate::consent(&standing, Kind::Marketing, None)
    };
    assert_eq!(may(&world), Ok(()));
    let consent = Consent {
        phone: phone(LI),
        purpose: Purpose::Marketing,
        given: false,
        text_version: "c-1".into(),
        cashier: None,
    };
    world.tell(TODAY + 1, Body::Consent(consent));
    assert_eq!(may(&world), Err(Held::OptedOut));
}

/// S124: who was drawn to be left alone gets no "we missed you" either, or the comparison shows nothing.
#[test]
fn s124_whom_the_draw_left_alone_is_not_missed_in_words() {
    for hold_out in [0, 1_000] {
        let mut world = World::new();
        stocked(&world);
        world.agrees(LI);
        world.buys(TODAY - 200, LI, 100);
        let rules = format!("[win_back]\nhold_out_permille = {hold_out}\nper_store_per_day = 0\n");
        let rules = if hold_out == 0 { rules } else { rules.replace("day = 0", "day = 3") };
        crate::hq::desk::rules::Rules::set(&world.hq.db, &rules).unwrap();
        let ran = crate::hq::desk::win_back::run(&mut world.hq, TODAY, |_| 0).unwrap();
        assert_eq!(ran.held_out, u32::from(hold_out > 0));
        let kinds: Vec<String> =
            planned(&mut world, TODAY, 600).into_iter().map(|(kind, ..)| kind).collect();
        let missed = kinds.iter().any(|kind| kind == Kind::LongAbsent.word());
        assert_eq!(missed, hold_out == 0, "{kinds:?}");
    }
}
