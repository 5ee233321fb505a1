//! Questions with a clock, breaches, who was touched, and what follows a sale.

use super::*;

#[test]
fn s29_a_washing_question_has_a_clock() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let answers = Answers { washing: Some(false), ..Answers::default() };
    let asks = Outcome { answers: Some(answers), ..Outcome::plain(1, OutcomeKind::Reached) };
    world.outcome(TODAY + 7, asks);
    let rules = Rules::shipped();
    let hour = 3_600_000;
    let asked_ms = i64::from(TODAY + 7) * 24 * hour + 10 * hour;
    let breaches = |now| standing::breaches(&world.hq.db, &rules, TODAY + 7, now).unwrap().len();
    assert_eq!(breaches(asked_ms + 24 * hour), 0, "S29: a washing question has a day");
    assert_eq!(breaches(asked_ms + 25 * hour), 1);
}

#[test]
fn s23_a_task_left_open_too_long_is_a_breach() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let breaches =
        |today| standing::breaches(&world.hq.db, &Rules::shipped(), today, 0).unwrap().len();
    assert_eq!((breaches(TODAY + 9), breaches(TODAY + 10)), (0, 1));
}

#[test]
fn s110_a_member_whom_nobody_touched_is_counted_until_an_outcome_is_there() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let untouched = |world: &World| {
        let own = store::own(&world.hq.db).unwrap();
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        standing::coverage(db, keys, &own, &Rules::shipped(), TODAY + 7).unwrap()
    };
    assert_eq!((untouched(&world).members, untouched(&world).untouched), (1, 1));
    world.outcome(TODAY + 7, Outcome::plain(1, OutcomeKind::Reached));
    assert_eq!(untouched(&world).untouched, 0);
}

#[test]
fn who_asks_to_be_left_alone_is_and_an_erased_one_has_no_tasks() {
    let mut world = World::new();
    world.agrees(LI);
    world.agrees(WANG);
    world.buys(TODAY, LI, 200_000);
    world.buys(TODAY, WANG, 200_000);
    world.outcome(TODAY, Outcome::plain(1, OutcomeKind::Declined));
    world.buys(TODAY, LI, 300_000);
    assert_eq!(world.open().len(), 1, "only 王's");
    crate::hq::erasure::erase(&mut world.hq, &Phone::parse(WANG).unwrap(), "test", 0).unwrap();
    assert_eq!((world.open().len(), world.down(TODAY).tasks.len()), (0, 0));
}

/// She asked at the till: nobody calls or writes to her from then on, and if she thinks better of it all is
/// as before.
#[test]
fn who_asks_to_be_forgotten_is_left_alone_until_a_person_has_decided() {
    use crate::hq::desk::messages::opt;
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let phone = Phone::parse(LI).unwrap();
    let consent = |given| Consent {
        phone: phone.clone(),
        purpose: Purpose::Care,
        given,
        text_version: "c-1".into(),
        cashier: None,
    };
    assert_eq!(world.open().len(), 1);
    world.tell(TODAY, Body::Consent(consent(false)));
    let request = ErasureRequest { phone: phone.clone(), by: None };
    let seq = world.tell(TODAY, Body::ErasureRequest(request));
    assert_eq!(world.open(), [], "nobody calls her");
    let count = |world: &World, sql: &str| {
        world.hq.db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let opts = "SELECT count(*) FROM message_opt WHERE NOT given";
    assert_eq!(count(&world, opts), 3, "nor is anything sent to her: care, themes, marketing");
    assert_eq!(count(&world, "SELECT count(*) FROM erasure_request WHERE closed_ms IS NULL"), 1);
    let her = customer::of_phone(&world.hq.db, &world.hq.keys, &phone).unwrap().unwrap();
    let stream = world.place.stream;
    let said = (stream, i64::try_from(seq.0).unwrap(), world.place.said_ms);
    opt::go_on(&world.hq.db, &her, said).unwrap();
    assert_eq!(count(&world, opts), 0);
    assert_eq!(count(&world, "SELECT count(*) FROM consent WHERE NOT given"), 0);
    world.buys(TODAY + 1, LI, 300_000);
    assert_eq!(world.open().len(), 1, "she is called as before");
}

#[test]
fn an_outcome_of_an_unknown_task_is_kept_and_closes_nothing() {
    let mut world = World::new();
    world.outcome(
        TODAY,
        Outcome { reason: Some(LostReason::Service), ..Outcome::plain(99, OutcomeKind::Reached) },
    );
    let kept: i64 =
        world.hq.db.query_row("SELECT count(*) FROM outcome", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn s31_s97_every_sale_of_hers_ends_in_a_touch_or_in_none_with_a_reason() {
    let mut world = World::new();
    let after = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        after_sale(db, keys, &Rules::shipped(), TODAY, TODAY + 30).unwrap()
    };
    world.buys(TODAY, WANG, 200_000);
    assert_eq!(after(&world), AfterSale { sales: 1, may_not: 1, ..AfterSale::default() });
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let expected = AfterSale { sales: 2, may_not: 1, no_rule: 1, ..AfterSale::default() };
    assert_eq!(after(&world), expected);
    world.buys(TODAY, LI, 200_000);
    assert_eq!((after(&world).planned, after(&world).no_rule), (2, 0), "the call is for both");
    for (task, day) in [(1, 7), (2, 8), (3, 9)] {
        world.outcome(TODAY + day, Outcome::plain(task, OutcomeKind::NoAnswer));
    }
    let nobody = after(&world);
    assert_eq!((nobody.neither, nobody.no_rule), (1, 1), "she never picked up");
    world.buys(TODAY + 10, LI, 200_000);
    world.outcome(TODAY + 17, Outcome::plain(4, OutcomeKind::Reached));
    assert_eq!((after(&world).touched, after(&world).neither), (3, 0));
}
