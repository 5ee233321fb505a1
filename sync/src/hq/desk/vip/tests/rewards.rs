//! Rewards, wishes, stalls and what they bring.

use super::*;

#[test]
fn s105_s106_each_type_of_reward_shows_what_it_brought_thanks_without_money_too() {
    let mut world = World::new();
    world.buys(TODAY - 300, LI, 100);
    world.buys(TODAY - 300, WANG, 100);
    for (kind, number) in [(Type::Trial, LI), (Type::Trial, WANG), (Type::Club, LI)] {
        rewarded(&world, kind, number, TODAY - 200, None);
    }
    rewarded(&world, Type::Discount, LI, TODAY - 10, None);
    world.buys(TODAY - 110, LI, 100);
    world.buys(TODAY - 109, WANG, 100);
    let all = reward::responses(&world.hq.db, TODAY).unwrap();
    let of = |kind: Type| all.iter().find(|of| of.r#type == kind.word()).unwrap();
    let trial = of(Type::Trial);
    assert_eq!((trial.given, trial.came, trial.permille), (2, 1, Some(500)), "90 days and no more");
    assert_eq!((of(Type::Club).given, of(Type::Club).came), (1, 1));
    assert_eq!((of(Type::Discount).given, of(Type::Discount).permille), (0, None), "too early");
    let free: Vec<&str> = all.iter().filter(|of| of.non_material).map(|of| of.r#type).collect();
    assert_eq!(free, ["hotline", "club"], "S106");
}

#[test]
fn s107_a_reward_begins_ends_and_is_stale_after_half_a_year() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    let (db, li) = (&world.hq.db, who(&world, LI));
    let add = |name, from, until| reward::add(db, Type::Upgrade, name, from, until).unwrap();
    let ended = add("ended", TODAY - 30, TODAY - 1);
    let running = add("running", TODAY, TODAY);
    add("planned", TODAY + 1, TODAY + 2);
    // TODAY is 4 October 2024: half a year before is 4 April.
    add("stale", Date { year: 2024, month: 4, day: 3 }.day().unwrap(), TODAY + 9);
    add("just not", Date { year: 2024, month: 4, day: 4 }.day().unwrap(), TODAY + 9);
    let states: Vec<(String, &str)> =
        reward::catalogue(db, TODAY).unwrap().into_iter().map(|of| (of.name, of.state)).collect();
    let expected = [
        ("planned", "planned"),
        ("running", "running"),
        ("ended", "ended"),
        ("just not", "running"),
        ("stale", "stale"),
    ];
    assert_eq!(states, expected.map(|(name, state)| (name.to_owned(), state)));
    let given = |reward| Given { reward, customer: li, store: None, day: TODAY, task: None };
    assert!(matches!(reward::give(db, &given(ended)), Err(VipError::NotNow(_))));
    reward::give(db, &given(running)).unwrap();
    assert!(matches!(reward::give(db, &given(99)), Err(VipError::NoItem(99))));
}

#[test]
fn s70_the_share_of_care_that_leans_on_a_discount_is_counted() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    world.outcome(TODAY + 7, Outcome::plain(1, OutcomeKind::Reached));
    world.buys(TODAY + 10, LI, 200_000);
    world.outcome(TODAY + 17, Outcome::plain(2, OutcomeKind::Reached));
    rewarded(&world, Type::Discount, LI, TODAY + 7, Some(1));
    rewarded(&world, Type::Discount, LI, TODAY + 7, Some(1));
    rewarded(&world, Type::Service, LI, TODAY + 17, Some(2));
    let care = |from, to| {
        let leaning = reward::leaning(&world.hq.db, from, to).unwrap();
        let care = leaning.iter().find(|of| of.of == "care").unwrap();
        (care.done, care.with_discount, care.permille)
    };
    assert_eq!(care(TODAY, TODAY + 30), (2, 1, Some(500)), "a service is no discount");
    assert_eq!(care(TODAY + 8, TODAY + 30), (1, 0, Some(0)));
    assert_eq!(reward::leaning(&world.hq.db, 0, 1).unwrap()[0].permille, None);
}

#[test]
fn s111_revenue_per_active_customer_counts_a_person_once_and_takes_returns_off() {
    let mut world = World::new();
    world.buys(TODAY, LI, 1_000);
    world.buys(TODAY + 1, LI, 2_000);
    world.buys(TODAY, WANG, 4_000);
    world.buys(TODAY + 2, WANG, -1_000);
    world.tell(TODAY, sale(TODAY, 91, 50_000, None));
    let all = revenue::per_customer(&world.hq.db, TODAY, TODAY + 9).unwrap();
    assert_eq!((all[0].active, all[0].net, all[0].each), (2, 6_000, 3_000));
    let all = revenue::per_customer(&world.hq.db, TODAY + 2, TODAY + 9).unwrap();
    assert_eq!(all, [], "a return alone makes nobody active");
}

#[test]
fn s65_a_wish_is_done_with_three_times_yes_only() {
    let mut world = World::new();
    world.buys(TODAY, LI, 100);
    let (customer, store) = (Some(who(&world, LI)), Some(shop(&world, "湖滨店")));
    let wish = Asked { customer, store, task: None, kind: Kind::Wish, scope: Scope::Company };
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let id = feedback::open(db, keys, &wish, Some("想学插花"), 1).unwrap();
    let question = Asked { kind: Kind::Question, ..wish };
    let other = feedback::open(db, keys, &question, Some("怎么洗"), 1).unwrap();
    let all = Checks { suits: true, feasible: true, no_conflict: true };
    let decide = |id, checks, does| wish::decide(db, id, checks, does, "十二月茶会上", "王经理", 9);
    for lacking in [
        Checks { suits: false, ..all },
        Checks { feasible: false, ..all },
        Checks { no_conflict: false, ..all },
    ] {
        assert!(matches!(decide(id, lacking, true), Err(VipError::Checks)));
    }
    assert!(matches!(decide(other, all, true), Err(VipError::NoItem(_))), "no wish");
    assert_eq!(wish::list(db).unwrap()[0].does, None);
    decide(id, all, true).unwrap();
    assert!(matches!(decide(id, all, false), Err(VipError::NoItem(_))), "decided is decided");
    let wishes = wish::list(db).unwrap();
    assert_eq!((wishes.len(), wishes[0].does, wishes[0].checks), (1, Some(true), Some(all)));
    let refused = feedback::open(db, keys, &wish, Some("打五折"), 2).unwrap();
    decide(refused, Checks { suits: false, ..all }, false).unwrap();
}

#[test]
fn s130_sales_of_a_stall_carry_its_tag_also_those_that_arrive_later() {
    let mut world = World::new();
    world.buys(TODAY - 9, LI, 100);
    let lake = shop(&world, "湖滨店");
    let stall = fair::Stall {
        tag: "秋季展销".into(),
        store: lake,
        till: None,
        from: TODAY,
        until: TODAY + 2,
    };
    fair::add(&world.hq.db, &stall).unwrap();
    world.buys(TODAY, LI, 1_000);
    world.buys(TODAY + 2, WANG, 2_000);
    world.buys(TODAY + 3, WANG, 4_000);
    world.tell(TODAY + 1, sale(TODAY + 1, 92, 500, None));
    let all = fair::sales(&world.hq.db, TODAY, TODAY + 9).unwrap();
    let at_fair = &all[0];
    assert_eq!(at_fair.tag.as_deref(), Some("秋季展销"));
    assert_eq!((at_fair.sales, at_fair.net), (3, 3_500));
    assert_eq!((at_fair.known, at_fair.newcomers), (2, 1), "李 had bought before");
    assert_eq!((all[1].tag.as_deref(), all[1].sales, all[1].net), (None, 1, 4_000));
    let one_till = fair::Stall { till: Some("9".into()), tag: "x".into(), ..stall };
    fair::add(&world.hq.db, &one_till).unwrap();
    assert_eq!(fair::sales(&world.hq.db, TODAY, TODAY + 9).unwrap(), all, "no such till sold");
}

#[test]
fn s117_a_plan_lacks_what_is_missing_to_three_measures_for_each_angle() {
    let world = World::new();
    let db = &world.hq.db;
    let add = |angle, text| measure::add(db, "2024", angle, text);
    for text in ["当天回复", "上门取衣", "改衣免费"] {
        add(Angle::Service, text).unwrap();
    }
    assert!(matches!(add(Angle::Service, " 当天回复 "), Err(VipError::Twice)));
    add(Angle::Price, "照实说料子").unwrap();
    let plans = measure::plans(db).unwrap();
    let short: Vec<_> = plans.iter().map(|of| (of.angle, of.measures, of.short)).collect();
    assert_eq!(short, [("service", 3, 0), ("advertising", 0, 3), ("price", 1, 2)]);
}
