//! The life of VIPs over a database.

use super::measure::Angle;
use super::reward::{Given, Type};
use super::wish::Checks;
use super::*;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::care_text;
use crate::event::{Body, HandOut, OfferKind, Outcome, OutcomeKind, Referral, ReturnLink, SaleRef};
use crate::hq::desk::feedback::{self, Asked, Kind, Scope};
use crate::hq::desk::tests::{LI, TODAY, World, sale};
use crate::hq::{customer, enrol};
use crate::language::Language;
use crate::message::StoreId;
use crate::money::Minor;
use crate::phone::Phone;

mod rewards;

const WANG: &str = "13911118888";

fn who(world: &World, number: &str) -> CustomerId {
    let phone = Phone::parse(number).unwrap();
    customer::of_phone(&world.hq.db, &world.hq.keys, &phone).unwrap().unwrap()
}

fn shop(world: &World, name: &str) -> StoreId {
    enrol::store_named(&world.hq.db, name).unwrap()
}

#[test]
fn s61_a_store_with_fewer_than_four_get_togethers_within_a_year_is_warned() {
    let world = World::new();
    let db = &world.hq.db;
    let (lake, hill) = (shop(&world, "湖滨店"), shop(&world, "山路店"));
    for day in [TODAY - 365, TODAY - 364, TODAY - 100, TODAY, TODAY + 30] {
        event::add(db, &lake, day, "茶会", Some(12)).unwrap();
    }
    for day in [1, 2, 3, 4] {
        event::add(db, &hill, TODAY - day, "插花", None).unwrap();
    }
    let years = event::years(db, TODAY).unwrap();
    let shown: Vec<_> =
        years.iter().map(|of| (of.store.as_str(), of.held, of.planned, of.short)).collect();
    assert_eq!(shown, [("湖滨店", 3, 1, 1), ("山路店", 4, 0, 0)], "a rolling year");
    assert_eq!(years[0].themes.len(), 4);
}

#[test]
fn s33_an_umbrella_is_out_once_against_a_deposit_and_open_loans_are_listed() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    let (db, lake, li) = (&world.hq.db, shop(&world, "湖滨店"), who(&world, LI));
    let lend = |name: &str, day| umbrella::lend(db, &lake, name, Some(&li), Minor::new(2_000), day);
    let first = lend("伞1", TODAY).unwrap();
    assert!(matches!(lend("伞1", TODAY), Err(VipError::Twice)));
    lend("伞2", TODAY + 1).unwrap();
    let out = umbrella::out(db, TODAY + 3).unwrap();
    let shown: Vec<_> =
        out.iter().map(|of| (of.umbrella.as_str(), of.deposit, of.out_days)).collect();
    assert_eq!(shown, [("伞1", 2_000, 3), ("伞2", 2_000, 2)]);
    assert_eq!(umbrella::take_back(db, first, TODAY + 3).unwrap(), Minor::new(2_000));
    assert!(matches!(umbrella::take_back(db, first, TODAY + 3), Err(VipError::NoItem(_))), "once");
    assert_eq!(umbrella::out(db, TODAY + 3).unwrap().len(), 1);
    lend("伞1", TODAY + 4).unwrap();
    crate::hq::erasure::erase(&mut world.hq, &Phone::parse(LI).unwrap(), "test", 0).unwrap();
    let out = umbrella::out(&world.hq.db, TODAY + 4).unwrap();
    assert!(out.len() == 2 && out.iter().all(|of| of.customer.is_none()), "hers no more");
}

#[test]
fn s33_what_is_said_with_an_umbrella_minds_wet_clothes_and_sells_nothing() {
    for (language, wet) in [(Language::Zh, "湿衣服"), (Language::En, "wet clothes")] {
        let said = umbrella::reminder(language);
        assert!(said.contains(wet));
        assert_eq!(care_text::check(care_text::Kind::Prompt, said), []);
    }
}

#[test]
fn s35_an_old_customer_month_counts_contacts_and_regulars_in_its_days_and_stores() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY - 40, LI, 200_000);
    world.outcome(TODAY - 33, Outcome::plain(1, OutcomeKind::Reached));
    world.buys(TODAY - 10, LI, 200_000);
    world.outcome(TODAY - 3, Outcome::plain(2, OutcomeKind::Reached));
    world.buys(TODAY - 5, WANG, 700);
    world.buys(TODAY - 4, WANG, 700);
    world.buys(TODAY + 1, LI, 900);
    let (db, lake, hill) = (&world.hq.db, shop(&world, "湖滨店"), shop(&world, "山路店"));
    let id = campaign::add(db, "老顾客月", TODAY - 30, TODAY, &[lake]).unwrap();
    let counters = campaign::counters(db, id).unwrap();
    let expected = campaign::Counter {
        store: "湖滨店".into(),
        contacts: 1,
        staff: 1,
        regulars: 1,
        net: 200_000,
    };
    assert_eq!(counters, [expected], "who came first within it is no regular yet");
    let elsewhere = campaign::add(db, "别处", TODAY - 30, TODAY, &[hill]).unwrap();
    assert_eq!(campaign::counters(db, elsewhere).unwrap()[0].regulars, 0);
    assert!(matches!(campaign::add(db, "x", 2, 1, &[]), Err(VipError::Days)));
}

#[test]
fn s120_261_of_3920_shown_are_6_66_percent() {
    let world = World::new();
    let db = &world.hq.db;
    let id = campaign::add(db, "回来看看", TODAY, TODAY + 6, &[]).unwrap();
    for day in 0..7 {
        let clicked = if day == 6 { 27 } else { 39 };
        campaign::seen(db, id, TODAY + day, 560, clicked).unwrap();
    }
    campaign::seen(db, id, TODAY, 560, 39).unwrap();
    assert!(matches!(campaign::seen(db, id, TODAY, 1, 2), Err(VipError::Clicks)));
    let all = campaign::responses(db).unwrap();
    assert_eq!((all[0].shown, all[0].clicked, all[0].per_myriad), (3_920, 261, Some(666)));
    let none = campaign::add(db, "没有展示", TODAY, TODAY, &[]).unwrap();
    let all = campaign::responses(db).unwrap();
    let none = all.iter().find(|of| of.id == none).unwrap();
    assert_eq!(none.per_myriad, None, "nothing is no share");
}

#[test]
fn s63_a_holidays_gift_is_handed_out_on_its_day_once_a_year() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    let (db, lake, li) = (&world.hq.db, shop(&world, "湖滨店"), who(&world, LI));
    let carnation = gift::add(db, "mothers", "康乃馨", "carnations").unwrap();
    let book = gift::add(db, "10-01", "健康手册", "a health guide").unwrap();
    assert!(matches!(gift::add(db, "02-30", "x", "x"), Err(VipError::GiftDay)));
    let on = |year, month, day| Date { year, month, day }.day().unwrap();
    let mothers = on(2024, 5, 12);
    let today = |day| gift::of_day(db, day).unwrap().iter().map(|of| of.id).collect::<Vec<_>>();
    assert_eq!(today(mothers), [carnation]);
    assert_eq!(today(on(2024, 10, 1)), [book]);
    assert_eq!(today(mothers + 1), [0; 0]);
    let give = |day| gift::hand_out(db, carnation, &li, &lake, day, "小陈");
    give(mothers).unwrap();
    assert!(matches!(give(mothers), Err(VipError::Twice)));
    assert!(matches!(give(mothers + 1), Err(VipError::NotNow(_))));
    give(on(2025, 5, 11)).unwrap();
    assert_eq!(gift::calendar(db).unwrap()[0].given, 2);
}

fn handed(kind: OfferKind, offer: i64, day: i32, undone: bool) -> Body {
    let (phone, offer) = (Phone::parse(LI).unwrap(), offer.unsigned_abs());
    Body::HandOut(HandOut { phone, kind, offer, day, undone, by: Some(" 小陈 ".into()) })
}

/// S63: the gift of the day goes down with the tasks, its hand-out comes back from the till.
#[test]
fn s63_a_till_knows_the_gifts_to_come_and_hq_learns_who_was_handed_one() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    let Date { month, day, .. } = Date::of(TODAY + 3);
    let gift = gift::add(&world.hq.db, &format!("{month:02}-{day:02}"), "贺卡", "a card").unwrap();
    let far = Date::of(TODAY + 60);
    gift::add(&world.hq.db, &format!("{:02}-{:02}", far.month, far.day), "远", "far").unwrap();
    let tea = reward::add(&world.hq.db, Type::Club, "茶会", TODAY - 9, TODAY + 9).unwrap();
    reward::add(&world.hq.db, Type::Club, "去年的", TODAY - 400, TODAY - 40).unwrap();
    let offers = world.down(TODAY).offers.unwrap();
    let shown: Vec<_> =
        offers.iter().map(|of| (of.kind, of.id, of.from_day, of.until_day)).collect();
    let (gift_id, tea_id) = (gift.unsigned_abs(), tea.unsigned_abs());
    let expected = [
        (OfferKind::Gift, gift_id, TODAY + 3, TODAY + 3),
        (OfferKind::Reward, tea_id, TODAY - 9, TODAY + 9),
    ];
    assert_eq!(shown, expected);
    assert_eq!((offers[0].zh.as_str(), offers[0].en.as_str()), ("贺卡", "a card"));

    let version = |world: &World| -> i64 {
        world.hq.db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap()
    };
    let before = version(&world);
    for _ in 0..2 {
        world.tell(TODAY + 3, handed(OfferKind::Gift, gift, TODAY + 3, false));
        world.tell(TODAY + 3, handed(OfferKind::Reward, tea, TODAY + 3, false));
    }
    let given = |world: &World| {
        let all = gift::calendar(&world.hq.db).unwrap();
        let rewards = reward::catalogue(&world.hq.db, TODAY).unwrap();
        let tea = rewards.iter().find(|of| of.id == tea).unwrap();
        (all[0].given, tea.given)
    };
    assert_eq!(given(&world), (1, 1), "told twice is given once");
    let by: String =
        world.hq.db.query_row("SELECT by FROM gift_given", [], |row| row.get(0)).unwrap();
    assert_eq!(by, "小陈");
    assert!(version(&world) > before, "her card goes down anew");
    let card = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        customer::card::card(db, keys, &who(world, LI), &shop(world, "湖滨店")).unwrap()
    };
    let had = card(&world).had.unwrap();
    assert_eq!(had.len(), 2);
    assert!(had.iter().any(|it| (it.kind, it.id, it.day) == (OfferKind::Gift, gift_id, TODAY + 3)));
    world.tell(TODAY + 3, handed(OfferKind::Gift, gift, TODAY + 3, true));
    assert_eq!(given(&world), (0, 1), "it was a mistake");
    world.tell(TODAY + 3, handed(OfferKind::Gift, 999, TODAY + 3, false));
    world.tell(TODAY + 3, handed(OfferKind::Other, gift, TODAY + 3, false));
    assert_eq!(given(&world), (0, 1), "what nobody knows is given to nobody");
    world.tell(TODAY + 3, handed(OfferKind::Gift, gift, TODAY + 3, false));
    crate::hq::erasure::erase(&mut world.hq, &Phone::parse(LI).unwrap(), "test", 0).unwrap();
    assert_eq!(given(&world), (0, 0), "erased is erased");
    world.tell(TODAY + 3, handed(OfferKind::Gift, gift, TODAY + 3, false));
    assert_eq!(given(&world), (0, 0), "also for what arrives late");
}

/// S62: what her tier brought on her birthday is logged once, goes down with her card, is taken back.
#[test]
fn s62_a_birthdays_discount_that_a_till_gave_is_logged_once() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    for _ in 0..2 {
        world.tell(TODAY + 3, handed(OfferKind::Birthday, 0, TODAY + 3, false));
    }
    let logged = |world: &World| {
        let card = customer::card::card(
            &world.hq.db,
            &world.hq.keys,
            &who(world, LI),
            &shop(world, "湖滨店"),
        );
        card.unwrap().had.unwrap_or_default()
    };
    let once = crate::care_list::Had { kind: OfferKind::Birthday, id: 0, day: TODAY + 3 };
    assert_eq!(logged(&world), [once]);
    world.tell(TODAY + 3, handed(OfferKind::Birthday, 0, TODAY + 3, true));
    assert_eq!(logged(&world), []);
    world.tell(TODAY + 3, handed(OfferKind::Birthday, 0, TODAY + 3, false));
    crate::hq::erasure::erase(&mut world.hq, &Phone::parse(LI).unwrap(), "test", 0).unwrap();
    let left: u32 =
        world.hq.db.query_row("SELECT count(*) FROM birthday_given", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "erased is erased");
}

/// S64: what a style brings is ticked off at the till too, by the number in the notice.
/// S66: who brings others is given something for it, and it is seen who was given nothing.
#[test]
fn s66_who_brought_others_and_what_she_was_given_since_is_a_ledger() {
    let mut world = World::new();
    let sun = "13722223333";
    for (number, units) in [(LI, 100), (WANG, 70_000), (sun, 30_000)] {
        world.buys(TODAY, number, units);
    }
    rewarded(&world, Type::Trial, LI, TODAY - 9, None);
    let brings = |newcomer: &str, undone| {
        let [newcomer, referrer] = [newcomer, LI].map(|number| Phone::parse(number).unwrap());
        Body::Referral(Referral { newcomer, referrer, undone })
    };
    world.tell(TODAY, brings(WANG, false));
    world.tell(TODAY + 1, brings(sun, false));
    let ledger = |world: &World| referrer::ledger(&world.hq.db).unwrap();
    let one = ledger(&world).remove(0);
    assert_eq!((one.brought, one.since, one.net), (2, TODAY, 100_000));
    assert_eq!(
        (one.given, one.owed),
        (0, true),
        "what she had before thanks her for something else"
    );
    rewarded(&world, Type::Service, LI, TODAY + 2, None);
    rewarded(&world, Type::Trial, LI, TODAY + 3, None);
    let one = ledger(&world).remove(0);
    assert_eq!((one.given, one.owed), (2, false));
    world.tell(TODAY + 4, brings(sun, true));
    world.tell(TODAY + 4, brings(WANG, true));
    assert_eq!(ledger(&world), [], "taken back");
}

#[test]
fn s64_a_benefit_that_a_till_ticked_off_is_on_her_card_no_more() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100_000);
    let (zh, en) = ("晚装化妆一次".to_owned(), "make-up".to_owned());
    let offer =
        benefit::Offer { goods: "DR2301".into(), zh, en, from: TODAY - 1, until: TODAY + 30 };
    let id = benefit::add(&world.hq.db, &offer).unwrap();
    let noticed = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        let card = customer::card::card(db, keys, &who(world, LI), &shop(world, "湖滨店")).unwrap();
        card.notices.into_iter().map(|notice| notice.offer).collect::<Vec<_>>()
    };
    assert_eq!(noticed(&world), [Some(id.unsigned_abs())]);
    world.tell(TODAY + 2, handed(OfferKind::Benefit, id, TODAY + 2, false));
    assert_eq!(noticed(&world), []);
    world.tell(TODAY + 2, handed(OfferKind::Benefit, id, TODAY + 2, true));
    assert_eq!(noticed(&world), [Some(id.unsigned_abs())]);
}

#[test]
fn s64_a_named_style_brings_its_service_to_her_card_until_she_had_it() {
    let mut world = World::new();
    let seq = world.buys(TODAY, LI, 100_000);
    let li = who(&world, LI);
    let noticed = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        let card = customer::card::card(db, keys, &li, &shop(world, "湖滨店")).unwrap();
        card.notices.into_iter().map(|of| (of.kind, of.text)).collect::<Vec<_>>()
    };
    let offer = benefit::Offer {
        goods: "DR2301".into(),
        zh: "晚装化妆一次".into(),
        en: "make-up for the evening".into(),
        from: TODAY - 1,
        until: TODAY + 30,
    };
    let before: i64 = world.hq.db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    let id = benefit::add(&world.hq.db, &offer).unwrap();
    let after: i64 = world.hq.db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    assert!(after > before, "her card goes down anew");
    let expected = [("benefit".to_owned(), "真丝连衣裙:晚装化妆一次".to_owned())];
    assert_eq!(noticed(&world), expected);
    benefit::given(&world.hq.db, id, &li, TODAY + 2, "小周").unwrap();
    assert!(matches!(benefit::given(&world.hq.db, id, &li, TODAY, "小周"), Err(VipError::Twice)));
    assert_eq!(noticed(&world), []);
    // Another year's offer does not reach back, and what came back brings nothing.
    benefit::add(&world.hq.db, &benefit::Offer { from: TODAY + 1, ..offer.clone() }).unwrap();
    assert_eq!(noticed(&world), []);
    benefit::add(&world.hq.db, &benefit::Offer { goods: "连衣裙".into(), ..offer }).unwrap();
    assert_eq!(noticed(&world), expected, "by a word of the goods' name too");
    let back = world.tell(TODAY + 3, sale(TODAY + 3, 90, -100_000, None));
    let epoch = crate::event::Epoch([1; 16]);
    let here = |seq| SaleRef::Here { epoch, seq };
    let link = ReturnLink { return_sale: here(back), original: here(seq) };
    world.tell(TODAY + 3, Body::ReturnLink(link));
    assert_eq!(noticed(&world), []);
}

fn rewarded(world: &World, kind: Type, number: &str, day: i32, task: Option<i64>) {
    let db = &world.hq.db;
    let reward = reward::add(db, kind, kind.word(), day, day).unwrap();
    let customer = who(world, number);
    reward::give(db, &Given { reward, customer, store: None, day, task }).unwrap();
}
