//! A timeline, days that matter to her, and what an undone import takes back.

use super::*;

/// S95: sales, touches, cases, agreements and dates, the newest first.
#[test]
fn s95_her_timeline_has_sales_touches_and_cases() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 9, LI, 12_345, "小陈");
    shop.reached(TODAY - 2, LI, "小陈");
    shop.agrees(LI, "care");
    let her = shop.her(LI);
    shop.run(
        "INSERT INTO complaint (customer, scope, opened_ms, closed_ms, state, satisfied)
         VALUES (?1, 'store', ?2, ?2 + 1, 'closed', 1)",
        params![her, i64::from(TODAY - 1) * 86_400_000],
    );
    let all = timeline(&shop.hq.db, &her, 9).unwrap();
    let words: Vec<String> = all.iter().map(|moment| moment.words(Language::En, 2)).collect();
    assert_eq!(
        words,
        [
            "complaint closed 1, content",
            "complaint 1",
            "call: reached",
            "agreed to care",
            "purchase 123.45"
        ]
    );
    assert_eq!((all[4].who.as_deref(), all[4].day()), (Some("小陈"), TODAY - 9));
    assert_eq!(timeline(&shop.hq.db, &her, 2).unwrap().len(), 2);
}

/// S32: calls, cards, messages, souvenirs and what she was invited to stand in one log.
#[test]
fn s32_every_kind_of_touch_stands_in_one_log() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 9, LI, 12_345, "小陈");
    shop.reached(TODAY - 8, LI, "小陈");
    let (her, store) = (shop.her(LI), shop.store("湖滨店"));
    for (days_ago, kind) in [(7, "card"), (6, "gift"), (5, "invitation"), (4, "letter")] {
        shop.run(
            "INSERT INTO task (customer, store, scope, kind, due, made_day, state, outcome, closed_day)
             VALUES (?1, ?2, 'store', ?4, ?3, ?3, 'done', 'sent', ?3)",
            params![her, store, TODAY - days_ago, kind],
        );
    }
    shop.run(
        "INSERT INTO message (customer, kind, subject, store, day, from_minute, outlet, key, state,
             made_ms) VALUES (?1, 'birthday', 'y', ?2, ?3, 0, 'csv', x'00', 'sent', 0)",
        params![her, store, TODAY - 3],
    );
    shop.run("INSERT INTO gift (id, on_day, zh, en) VALUES (1, '05-01', '茶包', 'tea')", []);
    shop.run(
        "INSERT INTO gift_given (gift, customer, store, day, by) VALUES (1, ?1, ?2, ?3, '小陈')",
        params![her, store, TODAY - 2],
    );
    shop.run(
        "INSERT INTO birthday_given (customer, store, day, by) VALUES (?1, ?2, ?3, '小陈')",
        params![her, store, TODAY - 1],
    );
    let all = timeline(&shop.hq.db, &her, 20).unwrap();
    let words =
        |language| -> Vec<String> { all.iter().map(|moment| moment.words(language, 2)).collect() };
    assert_eq!(
        words(Language::Zh),
        [
            "送给她:生日优惠",
            "送给她:茶包",
            "生日祝福已发",
            "信:已发",
            "邀请:已发",
            "礼物:已发",
            "贺卡:已发",
            "回访电话:已联系",
            "购买 123.45",
        ]
    );
    assert_eq!(
        words(Language::En)[..3],
        ["given: birthday discount", "given: tea", "birthday wishes sent"]
    );
    // Every way of touching that a task can be has a name of its own.
    let kinds = (0..=8).map(|code| crate::care_list::TaskKind::from_code(code).word());
    let names: std::collections::BTreeSet<&str> =
        kinds.map(|kind| super::super::timeline::touch(kind, Language::Zh)).collect();
    assert_eq!(names.len(), 9, "{names:?}");
}

/// S96: no date without consent; the store is asked some days before, once a year.
#[test]
fn s96_a_day_of_hers_is_kept_with_consent_and_staff_are_reminded() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 9, LI, 100, "小陈");
    let phone = Phone::parse(LI).unwrap();
    let Date { month, day, .. } = Date::of(TODAY + 10);
    let date = format!("{month:02}-{day:02}");
    let new = NewDate { kind: Kind::Wedding, date: &date, text_version: "c-1", author: "店长" };
    let set = |shop: &Shop, new: NewDate<'_>| life::set(&shop.hq, &phone, new, (TODAY, 1));
    assert!(matches!(set(&shop, new), Err(LifeError::NoConsent)));
    shop.agrees(LI, "care");
    let unsaid = set(&shop, NewDate { text_version: " ", ..new });
    assert!(matches!(unsaid, Err(LifeError::NoConsent)));
    assert!(matches!(set(&shop, NewDate { date: "13-40", ..new }), Err(LifeError::NoDate)));
    set(&shop, new).unwrap();
    let sealed: Vec<u8> =
        shop.hq.db.query_row("SELECT date FROM life_date", [], |row| row.get(0)).unwrap();
    assert!(!sealed.windows(date.len()).any(|part| part == date.as_bytes()));
    let keys = Keys::load(shop._dir.path()).unwrap();
    let kept = life::of(&shop.hq.db, &keys, &shop.her(LI)).unwrap();
    assert_eq!((kept[0].date.as_str(), kept[0].text_version.as_str()), (date.as_str(), "c-1"));
    let tasks = |shop: &Shop| -> Vec<(i32, Option<String>)> {
        let sql = "SELECT t.due, t.assignee FROM task t JOIN task_cause c ON c.task = t.id
                   WHERE c.rule = 'life_event' AND t.state = 'open'";
        let mut select = shop.hq.db.prepare(sql).unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    shop.night(TODAY + 6);
    assert_eq!(tasks(&shop), [], "four days before it is too early");
    shop.night(TODAY + 7);
    shop.night(TODAY + 8);
    assert_eq!(tasks(&shop), [(TODAY + 10, Some("小陈".to_owned()))], "once");
    assert!(life::of(&shop.hq.db, &keys, &shop.her(LI)).unwrap()[0].next_day > TODAY + 300);
    crate::hq::erasure::erase(&mut shop.hq, &phone, "test", 0).unwrap();
    let left = "SELECT (SELECT count(*) FROM life_date) + (SELECT count(*) FROM figure_person)";
    assert_eq!(shop.hq.db.query_row(left, [], |row| row.get::<_, i64>(0)), Ok(0));
}

#[test]
fn a_sale_that_is_no_more_is_counted_no_more() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 3, LI, 100, "小陈");
    shop.buys(TODAY - 1, LI, 100, "小陈");
    shop.night(TODAY);
    shop.run("DELETE FROM sale WHERE day = ?1", [TODAY - 1]);
    shop.night(TODAY + 1);
    assert_eq!((shop.get::<i64>("net", LI), shop.get::<i32>("last_day", LI)), (100, TODAY - 3));
    assert_eq!(person::root(&shop.hq.db, &shop.her(LI)).unwrap(), shop.her(LI));
}
