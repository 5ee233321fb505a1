//! Marketing under its own consent, information by theme, and an end to both.

use super::*;

fn campaign(world: &World, theme: Option<&str>) {
    let offer = Draft {
        occasion: "coats".into(),
        theme: theme.map(str::to_owned),
        from_day: Some(TODAY),
        until_day: Some(TODAY + 7),
        ..draft(Kind::Marketing, "{name}{title},羊绒大衣新款八折。退订回T。")
    };
    let id = library::add(&world.hq.db, &offer, 0).unwrap();
    library::review(&world.hq.db, id, "王经理", 0).unwrap();
}

fn markets(world: &mut World, text_version: &str) {
    let (purpose, text_version) = (Purpose::Marketing, text_version.into());
    let consent = Consent { phone: phone(LI), purpose, given: true, text_version, cashier: None };
    world.tell(TODAY - 30, Body::Consent(consent));
}

#[test]
fn s79_marketing_goes_to_whom_opted_in_with_proof_and_whose_theme_it_is() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY - 30, LI, 100);
    campaign(&world, Some("真丝"));
    assert_eq!(planned(&mut world, TODAY, 600), [], "care is no opt-in");
    markets(&mut world, "");
    assert_eq!(planned(&mut world, TODAY, 600), [held(Kind::Marketing, Held::NoProof)]);
    markets(&mut world, "marketing-2024-09");
    assert_eq!(planned(&mut world, TODAY, 600), [queued(Kind::Marketing)], "she bought silk");
    let mut other = World::new();
    other.agrees(LI);
    other.buys(TODAY - 30, LI, 100);
    markets(&mut other, "marketing-2024-09");
    campaign(&other, Some("羊绒"));
    assert_eq!(planned(&mut other, TODAY, 600), [], "wool is no theme of hers");
    tells(&mut other, LI, Field::Taste, "喜欢羊绒");
    assert_eq!(planned(&mut other, TODAY, 600), [queued(Kind::Marketing)], "she told it");
}

#[test]
fn s5_whoever_minds_promotion_gets_none_whatever_she_once_signed() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY - 30, LI, 100);
    campaign(&world, None);
    markets(&mut world, "marketing-2024-09");
    let li = root(&world, LI);
    let mut writes = |value: &str, at_ms| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        customer::entry::write(db, keys, &li, ("promotion", value), "小陈", at_ms).unwrap();
        plan(&mut world.hq, now(TODAY, 600), false).unwrap()[0].reason.clone()
    };
    assert_eq!(writes("促销短信别发给我", 1).as_deref(), Some("opted_out"));
    assert_eq!(writes("Never, please", 2).as_deref(), Some("opted_out"));
    assert_eq!(writes("喜欢看新款", 3), None);
}

#[test]
fn s79_marketing_needs_days_of_its_own_and_its_opt_in_a_proof() {
    let world = World::new();
    let db = &world.hq.db;
    let offer = draft(Kind::Marketing, "{name}{title},新款八折。退订回T。");
    assert!(matches!(library::add(db, &offer, 0), Err(TextError::NoDays)));
    let li = root(&world, LI);
    let by = || "王经理".to_owned();
    let mut opt =
        Opt { stream: Stream::Marketing, theme: None, given: true, proof: None, by: by() };
    assert!(matches!(opt::note(db, &li, &opt, 0), Err(OptError::NoProof)));
    opt.proof = Some("表17".into());
    opt::note(db, &li, &opt, 0).unwrap();
    opt.stream = Stream::Care;
    assert!(matches!(opt::note(db, &li, &opt, 0), Err(OptError::Care)));
}

#[test]
fn s112_information_comes_on_the_theme_that_she_chose() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY - 30, LI, 100);
    let tips = Draft {
        occasion: "silk-care".into(),
        theme: Some("真丝护理".into()),
        from_day: Some(TODAY),
        until_day: Some(TODAY + 7),
        ..draft(Kind::Information, "{name}{title},真丝衣服反面阴干,低温熨,就不会发黄。{associate}")
    };
    let selling = Draft {
        text: "{name}{title},真丝新款到店,全场八折,欢迎选购。".into(),
        ..tips.clone()
    };
    assert!(library::add(&world.hq.db, &selling, 0).is_err(), "information sells nothing");
    let id = library::add(&world.hq.db, &tips, 0).unwrap();
    library::review(&world.hq.db, id, "王经理", 0).unwrap();
    assert_eq!(planned(&mut world, TODAY, 600), [], "nobody asked for it");
    let chosen = Opt {
        stream: Stream::Information,
        theme: Some("真丝护理".into()),
        given: true,
        proof: Some("门店登记 3".into()),
        by: "小陈".into(),
    };
    let li = root(&world, LI);
    opt::note(&world.hq.db, &li, &chosen, 0).unwrap();
    assert_eq!(planned(&mut world, TODAY, 600), [queued(Kind::Information)]);
    assert!(world.down(TODAY).tasks[0].words_zh.contains("真丝衣服反面阴干"));
}

#[test]
fn s119_who_wants_nothing_any_more_has_nothing_from_that_moment() {
    let mut world = celebrating();
    planned(&mut world, TODAY, 600);
    assert_eq!(world.down(TODAY).tasks.len(), 1);
    let li = root(&world, LI);
    opt::leave_alone(&world.hq.db, &li, "王经理", TODAY, 0).unwrap();
    assert_eq!(world.down(TODAY).tasks.len(), 0, "at once");
    assert_eq!(states(&world)[0].2.as_deref(), Some("withdrawn"));
    let settings = Settings::over("outlet = \"csv\"\n").unwrap();
    assert_eq!(settings.outlet(Kind::Birthday).word(), "csv");
    assert_eq!(planned(&mut world, TODAY, 700), [], "and it does not come back");
}

#[test]
fn an_erased_one_has_no_message_and_no_opt_left() {
    let mut world = celebrating();
    Settings::set(&world.hq.db, "outlet = \"csv\"\n").unwrap();
    planned(&mut world, TODAY, 600);
    let li = root(&world, LI);
    let opt = Opt {
        stream: Stream::Marketing,
        theme: None,
        given: true,
        proof: Some("表17".into()),
        by: "王经理".into(),
    };
    opt::note(&world.hq.db, &li, &opt, 0).unwrap();
    crate::hq::erasure::erase(&mut world.hq, &phone(LI), "test", 0).unwrap();
    assert_eq!(states(&world)[0].2.as_deref(), Some("erased"));
    let left = |sql: &str| world.hq.db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(left("SELECT count(*) FROM message_opt"), 0);
}
