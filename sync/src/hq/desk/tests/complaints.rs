//! Complaints over a database: the card, the store's task, figures, and what is forgotten.

use super::*;
use crate::hq::desk::complaint::case;
use crate::hq::desk::complaint::loyalty::{self, Share, Silent};
use crate::hq::desk::complaint::{Said, Step, trend};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::messages::opt;
use crate::hq::forecast;

fn whole() -> Said {
    Said {
        text: Some("对不起,是我们没有说清楚。".into()),
        by: "小陈".into(),
        reason: Some("quality".into()),
        verified: Some(true),
        owner: Some("店长".into()),
        by_day: Some(TODAY + 1),
        satisfied: Some(true),
        offer: None,
        thanked: true,
    }
}

/// Opens a case for 李 and takes its first eight steps, an hour each.
fn settled(world: &mut World) -> i64 {
    let customer = customer::of_phone(&world.hq.db, &world.hq.keys, &Phone::parse(LI).unwrap());
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    let at = i64::from(TODAY) * 86_400_000;
    let id = case::open(&mut world.hq, customer.unwrap(), Some(store), Scope::Store, at).unwrap();
    for (hour, step) in Step::ALL[..8].iter().enumerate() {
        let now = at + i64::try_from(hour).unwrap() * 3_600_000;
        case::step(&mut world.hq, id, *step, &whole(), now).unwrap();
    }
    id
}

#[test]
fn s52_a_case_is_led_to_its_end_and_her_card_says_so_until_then() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let id = settled(&mut world);
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let root = customer::of_phone(db, keys, &Phone::parse(LI).unwrap()).unwrap().unwrap();
    let store = enrol::store_named(db, "湖滨店").unwrap();
    let notices = |db: &rusqlite::Connection| {
        let card = customer::card::card(db, keys, &root, &store).unwrap();
        card.notices.iter().map(|notice| notice.kind.clone()).collect::<Vec<_>>()
    };
    assert_eq!(notices(db), ["complaint"]);
    assert_eq!(world.open()[0].1, "complaint", "it is the store's first task");
    let version: i64 = db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    case::close(&mut world.hq, id, i64::from(TODAY + 1) * 86_400_000).unwrap();
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let after: i64 = db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    assert!(after > version, "her card goes down anew");
    assert!(customer::card::card(db, keys, &root, &store).unwrap().notices.is_empty());
    assert_eq!(world.open(), [(2, "second_chance".to_owned(), TODAY + 8)], "S59");
    assert_eq!(case::story(&world.hq, id).unwrap()[2].text.as_deref(), whole().text.as_deref());
}

/// S52, S59: who was never asked about care, or declined it, is answered all the same when she complains.
#[test]
fn s52_s59_who_agreed_to_no_care_is_answered_and_who_wants_no_calls_is_not_called() {
    let root = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        customer::of_phone(db, keys, &Phone::parse(LI).unwrap()).unwrap().unwrap()
    };
    let declines = |world: &mut World| {
        let consent = Consent {
            phone: Phone::parse(LI).unwrap(),
            purpose: Purpose::Care,
            given: false,
            text_version: "c-1".into(),
            cashier: None,
        };
        world.tell(TODAY, Body::Consent(consent));
    };
    for (has_declined, after) in [(false, "second_chance"), (true, "")] {
        let mut world = World::new();
        world.buys(TODAY, LI, 300_000);
        if has_declined {
            declines(&mut world);
        }
        assert!(world.open().is_empty(), "nobody calls her about her purchase");
        let id = settled(&mut world);
        assert_eq!(world.open()[0].1, "complaint");
        // She buys once more: what is planned anew leaves the answer where it is.
        world.buys(TODAY, LI, 400_000);
        assert_eq!(world.open()[0].1, "complaint");
        let task = world.open()[0].0;
        world.outcome(TODAY, Outcome::plain(u64::try_from(task).unwrap(), OutcomeKind::NoAnswer));
        let tried = world.open();
        assert_eq!((tried.len(), tried[0].1.as_str()), (1, "retry"), "she is called again");
        world.buys(TODAY, LI, 500_000);
        assert_eq!(world.open(), tried);
        let is_asked = case::is_asked_afterwards(&world.hq, Some(&root(&world))).unwrap();
        assert_eq!(is_asked, !has_declined);
        case::close(&mut world.hq, id, i64::from(TODAY) * 86_400_000).unwrap();
        let later = |world: &World| -> Vec<String> {
            let open = world.open().into_iter().filter(|(.., due)| *due > TODAY + 3);
            open.map(|(_, rule, _)| rule).collect()
        };
        assert_eq!(later(&world).join(" "), after);
        opt::leave_alone(&world.hq.db, &root(&world), "h", TODAY, 0).unwrap();
        assert!(world.open().is_empty());
        settled(&mut world);
        assert!(world.open().is_empty(), "her case is led, and nobody calls her");
    }
}

#[test]
fn s54_the_same_apology_twice_is_seen() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    settled(&mut world);
    let stock = |world: &World| case::list(&world.hq.db, 0).unwrap()[0].stock_apology;
    assert!(!stock(&world));
    settled(&mut world);
    assert!(stock(&world));
}

#[test]
fn s51_a_case_with_the_wrong_side_is_sent_on_and_counted() {
    let mut world = World::new();
    let id = case::open(&mut world.hq, None, None, Scope::Store, 0).unwrap();
    case::route(&mut world.hq, id, Scope::Company, 0).unwrap();
    case::route(&mut world.hq, id, Scope::Company, 0).unwrap();
    let row = &case::list(&world.hq.db, 0).unwrap()[0];
    assert_eq!((row.scope.as_str(), row.misrouted), ("company", 1));
    assert!(case::route(&mut world.hq, 99, Scope::Store, 0).is_err());
}

#[test]
fn s94_a_request_needs_a_reason_and_an_approver() {
    let mut world = World::new();
    let id = case::open(&mut world.hq, None, None, Scope::Company, 0).unwrap();
    assert!(case::request(&world.hq, id, "换新", false, "", "店长").is_err());
    assert!(case::request(&world.hq, id, "换新", false, "已穿过", " ").is_err());
    case::request(&world.hq, id, "换新", false, "已穿过", "店长").unwrap();
}

#[test]
fn s76_a_complaint_without_answer_or_end_breaks_a_standard() {
    let mut world = World::new();
    case::open(&mut world.hq, None, None, Scope::Company, 0).unwrap();
    let broken = |minutes: i64| {
        let rules = Rules::shipped();
        let now = minutes * 60_000;
        let all = standing::breaches(&world.hq.db, &rules, 0, now).unwrap();
        all.iter().map(|breach| breach.standard).collect::<Vec<_>>()
    };
    assert_eq!(broken(60), [""; 0]);
    assert_eq!(broken(61), ["complaint_reply"]);
    assert_eq!(broken(73 * 60), ["complaint_reply", "complaint_close"]);
}

/// S56: a day that she was told is a promise; once it is over and she knows no result, it is broken.
#[test]
fn s56_the_day_she_was_promised_is_a_standard() {
    let mut world = World::new();
    let at = i64::from(TODAY) * 86_400_000;
    let id = case::open(&mut world.hq, None, None, Scope::Company, at).unwrap();
    for step in &Step::ALL[..7] {
        case::step(&mut world.hq, id, *step, &whole(), at).unwrap();
    }
    let broken = |world: &World, hours: i64| {
        let now = at + hours * 3_600_000;
        let all = standing::breaches(&world.hq.db, &Rules::shipped(), TODAY, now).unwrap();
        let days = all.into_iter().filter(|breach| breach.standard == "complaint_day");
        days.map(|breach| (breach.of, breach.late_hours)).collect::<Vec<_>>()
    };
    assert_eq!(broken(&world, 48), [], "promised for tomorrow");
    assert_eq!(broken(&world, 50), [(id, 2)]);
    case::step(&mut world.hq, id, Step::ALL[7], &whole(), at).unwrap();
    assert_eq!(broken(&world, 50), [], "the result was told");
}

#[test]
fn s60_s109_who_came_back_is_counted_by_ending_and_by_reply_with_the_sample() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    world.buys(TODAY, WANG, 100);
    settled(&mut world);
    world.buys(TODAY + 30, LI, 100);
    forecast::run(&mut world.hq, TODAY + 180).unwrap();
    let db = &world.hq.db;
    let told = |all: Vec<Share>| {
        all.into_iter().map(|share| (share.group, share.of, share.came_back)).collect::<Vec<_>>()
    };
    let ending = |today| {
        let silent = Silent::of_all(db, today).unwrap();
        told(loyalty::by_ending(db, today, &silent).unwrap())
    };
    let early = ending(TODAY + 100);
    assert_eq!(early[0], ("solved".into(), 0, 0), "she may still come");
    assert_eq!(early[2], ("never_complained".into(), 0, 0), "nobody bought before the last window");
    let practice = forecast::practice(db).unwrap().unwrap();
    let ending = ending(TODAY + 180);
    assert_eq!(told(practice.complaints)[..3], ending, "the night counts the same");
    let counted = [("solved", 1, 1), ("unsolved", 0, 0), ("never_complained", 1, 0)];
    assert_eq!(ending, counted.map(|(group, of, back)| (group.into(), of, back)));
    let replies = told(loyalty::by_reply(db, TODAY + 180).unwrap());
    assert_eq!(replies[0], ("within_an_hour".into(), 1, 1));
}

#[test]
fn what_an_erased_customer_said_is_gone() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let id = settled(&mut world);
    crate::hq::erasure::erase(&mut world.hq, &Phone::parse(LI).unwrap(), "test", 0).unwrap();
    let story = case::story(&world.hq, id).unwrap();
    assert!(
        story.len() == 8 && story.iter().all(|taken| taken.text.is_none()),
        "the steps stay, her words do not"
    );
}

#[test]
fn s75_s74_each_store_sees_its_cases_their_trend_and_how_many_may_be_silent() {
    let mut world = World::new();
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    let at = |day: i32| i64::from(day) * 86_400_000;
    for day in [TODAY - 40, TODAY - 10, TODAY] {
        case::open(&mut world.hq, None, Some(store), Scope::Store, at(day)).unwrap();
    }
    let trend = trend::by_store(&world.hq.db, &Rules::shipped(), at(TODAY) + 7_200_000).unwrap();
    let of = &trend[0];
    assert_eq!((of.store.as_deref(), of.open, of.lately, of.before), (Some("湖滨店"), 3, 2, 1));
    assert_eq!(of.oldest_hours, 40 * 24 + 2);
    assert_eq!(of.silent_estimate, 27, "three voiced are a tenth: S74");
}
