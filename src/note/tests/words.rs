//! What a note says, by example.

use super::*;

/// S14, S18, S19, S28.
#[test]
fn a_regular_reads_her_name_her_tier_and_how_to_wash_it() {
    let (store, guest, items) = (store(), li(), [item("真丝连衣裙 M")]);
    assert_eq!(
        texts(&scene(&store, Some(&guest), &items)),
        [
            "李女士,谢谢您又来看我们",
            "您是金卡会员,明年底前有效",
            "[真丝连衣裙 养护,以洗标为准]",
            " 30度内手洗,中性洗涤剂,不拧",
            " 反面阴干,低温熨,别喷香水",
            "退换修补洗护,找小陈,当天回您",
            " 小陈/门店 0571-8765-4321",
            "客服400-800-1234 投诉12315",
        ]
    );
}

#[test]
fn a_newcomer_on_a_rainy_day_reads_what_her_number_is_for() {
    let (store, guest, items) = (store(), wang(), [item("羊毛大衣 驼色")]);
    let consent = Some("care-2026-11");
    let rainy = Scene { rain: true, consent, ..scene(&store, Some(&guest), &items) };
    assert_eq!(
        texts(&rainy),
        [
            "王女士,很高兴认识您",
            "外面有雨,淋湿了记得换件衣服",
            "[羊毛大衣 养护,以洗标为准]",
            " 送干洗;每穿一天,挂一天再穿",
            " 收起来前刷净晾透,放樟木条",
            "导购小周 0571-8765-4321",
            "客服400-800-1234 投诉12315",
            "号码只为服务您,要删请说(2026-11)",
        ]
    );
    let wide = texts(&Scene { columns: 42, ..rainy });
    assert_eq!(wide[7], "号码只为服务您,要删请告诉我们(2026-11版)");
}

#[test]
fn in_english_too() {
    let (store, mut guest, items) = (store(), li(), [item("Silk dress")]);
    guest.name = Some(Name { surname: "Li".into(), title: "Ms".into() });
    guest.tier = Some("Gold".into());
    let store = StoreConfig { associate: Some("Anna".into()), ..store };
    let english = Scene { language: Language::English, ..scene(&store, Some(&guest), &items) };
    assert_eq!(
        texts(&english),
        [
            "Ms Li, lovely to see you",
            "Gold until the end of next year",
            "[Silk dress care; see label]",
            " Hand wash below 30C, mild soap",
            " Dry inside out, cool iron",
            "Anna/shop 0571-8765-4321",
            "Service 400-800-1234",
            "Complaints 12315",
        ]
    );
}

#[test]
fn who_gave_no_number_gets_care_without_a_greeting() {
    let (store, items) = (store(), [item("羊毛大衣")]);
    let rows = texts(&Scene { asked: Asked::Refused, ..scene(&store, None, &items) });
    assert!(rows[0].starts_with("[羊毛"), "{rows:?}");
    assert!(!rows.iter().any(|row| row.contains("会员") || row.contains("谢谢")));
    assert_eq!(rows.last().unwrap(), "客服400-800-1234 投诉12315");
}

#[test]
fn a_return_gets_the_service_rows_only_and_an_unknown_thing_no_advice() {
    let (store, guest) = (store(), li());
    let items = [item("神秘商品"), item("购物袋"), item("牛仔裤")];
    let sale = scene(&store, Some(&guest), &items);
    let note = compose(&sale, &Books::shipped());
    assert_eq!(note.unknown, [0], "a shopping bag needs none");
    assert!(note.rows.iter().any(|row| row.text.starts_with("[牛仔裤 养护")));
    assert_eq!(
        texts(&Scene { is_return: true, rain: true, ..sale }),
        ["导购小陈 0571-8765-4321", "客服400-800-1234 投诉12315"]
    );
}

#[test]
fn several_things_get_a_row_each_and_the_same_thing_one() {
    let store = store();
    let items = [item("真丝连衣裙"), item("羊毛大衣"), item("真丝连衣裙 L"), item("小白鞋")];
    let rows = texts(&scene(&store, None, &items));
    assert_eq!(
        rows[..4],
        [
            "[养护提示,以洗标为准]",
            " 真丝:30度内手洗,不拧,阴干",
            " 羊毛大衣:送干洗,穿一天挂一天",
            " 小白鞋:软刷刷洗,塞纸阴干",
        ]
    );
}

#[test]
fn a_garment_whose_label_is_known_needs_no_word_of_it() {
    let (store, mut books) = (store(), Books::shipped());
    let list = "款号,品类,面料,洗标\nYS2611,连衣裙,真丝,30|no-bleach|no-tumble|iron1|dryclean-P\n\
                YS9,,\x20羊绒,\n";
    books.styles = crate::styles::import(list.as_bytes(), Path::new("list.csv")).unwrap().styles;
    let said = |style, name| {
        let items = [Item { name, style: Some(style) }];
        let rows = compose(&scene(&store, None, &items), &books).rows;
        rows.into_iter().map(|row| row.text).take(3).collect::<Vec<_>>()
    };
    assert_eq!(
        said("ys2611-红-M", "长裙"),
        ["[真丝连衣裙 养护]", " 30度内洗,不漂白,不烘干", " 低温熨,110度内,可干洗(P)"]
    );
    assert_eq!(said("YS9", "2026新款")[0], "[羊绒 养护,以洗标为准]");
    assert_eq!(
        said("YS7", "羊绒衫")[0],
        "[羊绒衫 养护,以洗标为准]",
        "an unknown style by its name"
    );
}

#[test]
fn what_the_till_printed_is_not_repeated() {
    let (store, guest, items) = (store(), li(), [item("真丝裙")]);
    let rows = |printed: &[&str]| {
        let printed: Vec<String> = printed.iter().map(|&row| row.to_owned()).collect();
        texts(&Scene { printed: &printed, ..scene(&store, Some(&guest), &items) })
    };
    let none = |rows: &[String], word: &str| !rows.iter().any(|row| row.contains(word));
    let card = rows(&["会员等级:银卡", "电话:(0571)87654321"]);
    assert!(none(&card, "金卡") && none(&card, "0571"), "{card:?}");
    assert!(card.contains(&"退换修补洗护,找小陈,当天回您".to_owned()), "{card:?}");
    assert!(none(&rows(&["尊敬的李女士,感谢惠顾"]), "李女士"));
    assert!(!none(&rows(&["会员:李女士"]), "李女士"), "a member's row greets nobody");
    assert_eq!(rows(&["会员姓名:王芳"])[0], "顾客您好,谢谢您又来看我们", "one of us is wrong");
    assert!(none(&rows(&["真丝裙请30度手洗,不可漂白", "洗涤方法:手洗,阴干"]), "养护"));
    assert!(
        !none(&rows(&["干洗后不退换", "真丝裙 手洗款 88.00"]), "养护"),
        "no advice of the till's"
    );
}

/// S28: the paper names one person, whom the till names too.
#[test]
fn who_served_her_today_is_whom_she_may_ask() {
    let (store, guest) = (store(), li());
    let said = |associate| {
        let scene = Scene { associate, ..scene(&store, Some(&guest), &[]) };
        texts(&scene).join("\n")
    };
    assert!(said(None).contains("找小陈"), "who looks after her");
    let today = said(Some("小周"));
    assert!(today.contains("找小周") && !today.contains("小陈"), "{today}");
    assert!(said(Some("0023")).contains("找小陈"), "a number tells her nothing");
}

/// Returns are said once, and the till's own terms stand.
#[test]
fn returns_are_said_once_and_not_beside_the_tills_own_terms() {
    let (store, guest) = (store(), wang());
    let said = |printed: &[&str], guest| {
        let printed: Vec<String> = printed.iter().map(|&row| row.to_owned()).collect();
        texts(&Scene { printed: &printed, ..scene(&store, guest, &[]) })
    };
    for guest in [Some(&guest), None] {
        let rows = said(&[], guest);
        assert_eq!(rows.iter().filter(|row| row.contains('退')).count(), 1, "{rows:?}");
        assert!(rows.iter().any(|row| row.contains("当天回您")), "{rows:?}");
        let rows = said(&["特价商品非质量问题不退不换"], guest);
        assert!(!rows.iter().any(|row| row.contains('退')), "{rows:?}");
        assert!(rows.iter().any(|row| row.starts_with("洗护修补,找")), "{rows:?}");
    }
    let clock = said(&["时间 11:23:15", "2026-11-23 15:00"], None).join("\n");
    assert!(clock.contains("投诉12315"), "{clock}");
    assert!(!said(&["投诉电话:12315"], None).join("\n").contains("12315"));
}

#[test]
fn with_little_room_the_greeting_and_the_service_stay() {
    let (store, guest, items) = (store(), li(), [item("真丝裙")]);
    for lines_max in 1..=12 {
        let rows = texts(&Scene { lines_max, ..scene(&store, Some(&guest), &items) });
        assert!(rows.len() <= lines_max);
        assert!(rows.iter().any(|row| row.starts_with("客服")), "{rows:?}");
        assert!(lines_max < 2 || rows[0].starts_with("李女士"), "{rows:?}");
    }
}

/// S40.
#[test]
fn each_day_has_its_word_and_none_asks_why_she_was_away() {
    let (store, mut guest) = (store(), li());
    guest.birthday = Birthday::new(11, 22, false);
    let rows = |guest: &Guest, today| {
        texts(&Scene { today: day(today), ..scene(&store, Some(guest), &[]) })
    };
    assert_eq!(rows(&guest, "2026-11-22")[1], "今天是您的生日,祝您心想事成");
    assert_eq!(rows(&guest, "2026-11-16")[1], "生日快到了,先祝您天天开心");
    assert_eq!(rows(&guest, "2026-12-25")[1], "圣诞快乐,愿您平安喜乐");
    assert_eq!(rows(&guest, "2027-02-06")[1], "新春快乐,祝您阖家幸福");
    assert_eq!(rows(&guest, "2027-05-09")[1], "母亲节,祝天下妈妈安康");
    assert_eq!(rows(&guest, "2026-12-01")[1], "天冷了,出门注意保暖");
    guest.last_visit = Some(day("2026-01-05"));
    assert_eq!(rows(&guest, "2026-11-01")[0], "李女士,好久不见,很想念您");
    let lunar = Guest { birthday: Birthday::new(8, 15, true), ..li() };
    assert_eq!(rows(&lunar, "2026-09-25")[1], "今天是您的生日,祝您心想事成");
}

/// S108.
#[test]
fn who_brought_whom_is_thanked_and_tiers_are_greeted_differently() {
    let store = store();
    let first = |guest: &Guest| texts(&scene(&store, Some(guest), &[]))[0].clone();
    assert_eq!(first(&Guest { brought: true, ..li() }), "李女士,谢谢您带朋友来");
    assert_eq!(first(&Guest { came: true, ..wang() }), "王女士,谢谢您和朋友的信任");
    let tiers = ["钻石卡", "金卡", "银卡", "布卡"];
    let mut greetings =
        tiers.map(|tier| first(&Guest { tier: Some(tier.into()), ..li() })).to_vec();
    greetings.push(first(&Guest { regular: false, ..li() }));
    greetings.sort();
    greetings.dedup();
    assert_eq!(greetings.len(), 5, "{greetings:?}");
}

#[test]
fn what_is_missing_to_the_next_tier_needs_her_consent() {
    let (store, mut guest) = (store(), li());
    guest.next = Some(("钻石卡".into(), "712.00".into()));
    let gap = |guest: &Guest| {
        texts(&scene(&store, Some(guest), &[])).iter().any(|row| row == "离钻石卡还差712.00")
    };
    assert!(!gap(&guest));
    guest.gap_on_paper = true;
    assert!(gap(&guest));
    guest.next = Some(("钻石卡".into(), "712 (13800138000)".into()));
    assert!(!gap(&guest), "that is no amount");
}

#[test]
fn a_rule_speaks_once_in_its_period_and_the_next_one_takes_its_place() {
    let (store, guest) = (store(), li());
    let today = Scene { today: day("2026-12-01"), ..scene(&store, Some(&guest), &[]) };
    let note = compose(&today, &Books::shipped());
    assert_eq!(note.printed, ["season-winter"]);
    let shown = vec![("season-winter".into(), day("2026-12-01"))];
    let again = Guest { shown, ..li() };
    let later = Scene { today: day("2026-12-31"), guest: Some(&again), ..today };
    assert!(compose(&later, &Books::shipped()).printed.is_empty());
    let next_month = Scene { today: day("2027-01-04"), ..later };
    assert_eq!(compose(&next_month, &Books::shipped()).printed, ["season-winter"]);
}

#[test]
fn a_shops_own_rules_hold_when_all_their_conditions_do() {
    let books = own(
        "[[rule]]\nid = \"evening\"\npart = \"gift\"\nwhen = { category = [\"evening\"], spend_min = \"2000.00\" }\n\
         zh = [\"礼服免费熨烫\"]\n\
         [[rule]]\nid = \"qp\"\npart = \"promise\"\nwhen = { style = \"QP*\", from = \"11-01\", to = \"02-28\" }\nzh = [\"送盘扣\"]\n",
    );
    let (store, items) = (store(), [Item { name: "晚礼服", style: Some("QP88") }]);
    let said = |total, today| {
        let scene = Scene {
            total: Some(Minor::new(total)),
            today: day(today),
            ..scene(&store, None, &items)
        };
        let rows = compose(&scene, &books).rows;
        ["礼服免费熨烫", "送盘扣"].map(|text| rows.iter().any(|row| row.text == text))
    };
    assert_eq!(said(200_000, "2026-11-21"), [true, true]);
    assert_eq!(said(199_999, "2027-01-01"), [false, true]);
    assert_eq!(said(200_000, "2026-10-31"), [true, false]);
    assert_eq!(said(200_000, "2027-03-01"), [true, false]);
    let mut unknown = Books::shipped();
    let text =
        "[[rule]]\nid = \"x\"\npart = \"gift\"\nwhen = { category = \"silks\" }\nzh = [\"好\"]\n";
    unknown.rules.merge(text, Path::new("own.toml")).unwrap();
    let error = unknown.checked().unwrap_err().to_string();
    assert!(error.contains("rule \"x\"") && error.contains("silk, wool-cloth"), "{error}");
}

#[test]
fn where_simplified_chinese_cannot_be_written_it_is_traditional_else_english() {
    let (store, guest, items) = (store(), li(), [item("真丝连衣裙 M")]);
    let at =
        |charset| texts(&Scene { charset: Some(charset), ..scene(&store, Some(&guest), &items) });
    assert_eq!(
        at(Charset::Big5),
        [
            "李女士,謝謝您又來看我們",
            "您是金卡會員,明年底前有效",
            "[真絲連衣裙 養護,以洗標為準]",
            " 30度內手洗,中性洗滌劑,不擰",
            " 反面陰乾,低溫熨,別噴香水",
            "退換修補洗護,找小陳,當天回您",
            " 小陳/門店 0571-8765-4321",
            "客服400-800-1234 投訴12315",
        ]
    );
    let latin = at(Charset::Table(437));
    assert_eq!(latin[0], "Dear customer, lovely to see you");
    assert!(latin.iter().all(|row| row.is_ascii()), "{latin:?}");
    assert!(latin.contains(&" Shop 0571-8765-4321".to_owned()), "{latin:?}");
}

#[test]
fn a_reason_is_given_for_each_rule_that_is_silent() {
    let (store, guest) = (store(), li());
    let chosen = choose(&scene(&store, Some(&guest), &[]), &Books::shipped());
    let all = RuleBook::shipped().rules().len();
    assert_eq!(chosen.fired.len() + chosen.left_out.len(), all);
    let why = |id: &str| chosen.left_out.iter().find(|(rule, _)| rule == id).map(|(_, why)| *why);
    assert_eq!(why("rain"), Some(Why::When("weather")));
    assert_eq!(why("greet-regular"), Some(Why::PartTaken));
    assert_eq!(why("tier-brings"), Some(Why::NoValue));
    assert_eq!(why("consent"), Some(Why::NoValue));
}

#[test]
fn whom_to_call_stays_when_much_was_bought_and_the_promise_waits_for_room() {
    let (store, guest) = (store(), li());
    let items = [item("真丝连衣裙"), item("羊毛大衣"), item("小白鞋"), item("牛仔裤")];
    let many = scene(&store, Some(&guest), &items);
    assert!(texts(&many).contains(&"导购小陈 0571-8765-4321".to_owned()));
    let roomy = texts(&Scene { lines_max: 10, ..many });
    assert!(roomy.contains(&" 小陈/门店 0571-8765-4321".to_owned()), "{roomy:?}");
}

/// S26: what she took last time is remembered on paper, weeks later, and only to herself.
#[test]
fn s26_a_regular_is_asked_how_what_she_took_last_time_fits() {
    let (store, items) = (store(), [item("羊毛大衣")]);
    let visit = |days: i32, given: Option<&str>| {
        let last_item = given.map(str::to_owned);
        let last_visit = Some(day("2026-11-21") - days);
        Guest { tier: None, last_item, last_visit, ..li() }
    };
    let said = |guest: &Guest| {
        let guests = Scene { asked: Asked::Given, ..scene(&store, Some(guest), &items) };
        texts(&guests).join("\n")
    };
    assert!(said(&visit(30, Some("真丝连衣裙"))).contains("上次的真丝连衣裙还合身吗"));
    assert!(
        !said(&visit(2, Some("真丝连衣裙"))).contains("上次的"),
        "two days are too few to tell"
    );
    assert!(!said(&visit(30, None)).contains("上次的"), "nothing is known");
    assert!(!said(&visit(30, Some("真丝连衣裙 13800006721"))).contains("1380"));
    let nobody = Scene { asked: Asked::Refused, ..scene(&store, None, &items) };
    assert!(!texts(&nobody).join("\n").contains("上次的"));
}

/// S73: where she brings back or has mended what she bought stands on the paper of a sale: to whom it
/// was sold, who is new on a plain day, and who gave no number.
#[test]
fn s73_the_paper_of_a_sale_says_where_returns_and_repairs_are_taken() {
    let (store, items) = (store(), [item("真丝连衣裙 M")]);
    let (li, wang) = (li(), wang());
    for (guest, asked) in [
        (Some(&li), Asked::Given),
        (Some(&wang), Asked::Given),
        (None, Asked::Refused),
        (None, Asked::NotAsked),
    ] {
        let rows = texts(&Scene { asked, ..scene(&store, guest, &items) });
        assert!(rows.iter().any(|row| row.contains("退换修补")), "{rows:?}");
        assert!(rows.iter().any(|row| row.contains("400-800-1234")), "whom to call: {rows:?}");
    }
}

/// S67: no hard selling: a line of the shop's own that pushes another piece is refused.
#[test]
fn s67_a_note_that_sells_is_refused_by_name() {
    let own = |line: &str| {
        let rule = format!(
            "[[rule]]\nid = \"own\"\npart = \"day\"\nwhen = {{ asked = \"given\" }}\nzh = [\"{line}\"]\n"
        );
        let mut book = RuleBook::shipped();
        book.merge(&rule, Path::new("own.toml")).map_err(|error| error.to_string())
    };
    let refused = own("这件您穿肯定合适,再买一件立减五十").unwrap_err();
    assert!(refused.contains("own"), "{refused}");
    assert_eq!(own("天凉了,记得添衣"), Ok(()));
}
