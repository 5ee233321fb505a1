//! Staff over a database: contests, cases, who looks after whom and who leaves.

use super::{LI, Shop, TODAY, WANG, ZHAO};
use crate::calendar::Date;
use crate::hq::customer::entry;
use crate::hq::figures::contest::{self, Quarter};
use crate::hq::figures::handover::{self, HandoverError, To};
use crate::hq::figures::measure::measured;
use crate::hq::figures::numbers::alerts;
use crate::hq::figures::rules::FigureRules;
use crate::hq::figures::timeline::{What, timeline};
use crate::hq::figures::{preference, staff};
use crate::hq::keys::Keys;
use crate::language::Language;
use rusqlite::params;

/// S9, S10: counts and completeness by who made the file; staff's own numbers do not count.
#[test]
fn s9_s10_new_files_are_counted_and_their_completeness_without_a_sanction() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 3, LI, 100, "小陈");
    shop.buys(TODAY - 2, WANG, 100, "小陈");
    shop.buys(TODAY - 2, ZHAO, 100, "小周");
    let keys = Keys::load(shop._dir.path()).unwrap();
    entry::write(&shop.hq.db, &keys, &shop.her(ZHAO), ("taste", "素色"), "店长", 7).unwrap();
    let seq = shop.place();
    shop.run("INSERT INTO staff VALUES (1, ?1, ?2, 1, 1)", params![seq, shop.her(WANG)]);
    shop.night(TODAY);
    let rules = FigureRules::shipped();
    let all = contest::entrants(&shop.hq.db, &rules, Quarter::of(TODAY)).unwrap();
    let counts: Vec<_> = all
        .iter()
        .map(|one| (one.staff.as_str(), one.files, one.invalid, one.rank_files))
        .collect();
    assert_eq!(counts, [("小周", 1, 0, 1), ("小陈", 1, 1, 1)], "equal ones share the rank");
    assert!(all[0].complete_percent > all[1].complete_percent, "S10");
    assert_eq!((all[0].rank_complete, all[1].rank_complete), (Some(1), Some(2)));
    assert_eq!(all[0].rank_valid, None, "nothing was checked");
    let earlier = contest::entrants(&shop.hq.db, &rules, Quarter::of(TODAY - 100)).unwrap();
    assert!(earlier.is_empty(), "a file counts for the quarter of its first sale");
}

#[test]
fn s11_a_drawn_file_is_checked_and_ranks_by_the_share_found_valid() {
    let mut shop = Shop::new();
    for n in 0..20 {
        let staff = if n % 2 == 0 { "小陈" } else { "小周" };
        shop.buys(TODAY - 1, &format!("139000000{n:02}"), 100, staff);
    }
    shop.night(TODAY);
    let quarter = Quarter::of(TODAY);
    let drawn = contest::draw(&shop.hq.db, quarter, "2024 autumn", 3).unwrap();
    assert_eq!(drawn.len(), 6);
    assert_eq!(contest::draw(&shop.hq.db, quarter, "2024 autumn", 3).unwrap(), drawn);
    for (at, one) in drawn.iter().enumerate() {
        let her = preference::by_pseudonym(&shop.hq.db, &one.customer).unwrap().unwrap();
        contest::check(&shop.hq.db, &her, quarter, at != 0, "督导", 1).unwrap();
    }
    let rules = FigureRules::shipped();
    let all = contest::entrants(&shop.hq.db, &rules, quarter).unwrap();
    let of = |staff: &str| all.iter().find(|one| one.staff == staff).unwrap();
    let wrong = of(&drawn[0].staff);
    assert_eq!((wrong.checked, wrong.found_valid, wrong.rank_valid), (3, 2, Some(2)));
    let again = contest::draw(&shop.hq.db, quarter, "2024 autumn", 3).unwrap();
    assert_eq!(again[0].valid, Some(false), "and the list says so");
}

/// S22: by name and in the alphabet's order; a case names nobody.
#[test]
fn s22_a_months_cases_name_nobody_and_answers_are_counted_per_person() {
    let shop = Shop::new();
    let (her, store) = (shop.her(LI), shop.store("湖滨店"));
    let day = Date { year: 2024, month: 9, day: 10 }.day().unwrap();
    let at_ms = i64::from(day) * 86_400_000;
    shop.run(
        "INSERT INTO complaint (customer, store, scope, opened_ms, closed_ms, state, satisfied)
         VALUES (?1, ?2, 'store', ?3, ?3 + 7200000, 'closed', 1)",
        params![her, store, at_ms],
    );
    shop.run(
        "INSERT INTO complaint_step (complaint, step, at_ms, done_by, reason, text)
         VALUES (1, 'analyse', ?1, '小陈', 'quality', x'11')",
        [at_ms + 600_000],
    );
    shop.reached(day, LI, "小陈");
    shop.run(
        "INSERT INTO outcome (stream, seq, task, outcome, likes, comfortable, done_by, wall_ms)
         VALUES (1, 1, 1, 'reached', 1, 0, '小陈', ?1)",
        [at_ms],
    );
    let cases = staff::digest(&shop.hq.db, 2024, 9).unwrap();
    assert_eq!((cases[0].cause.as_deref(), cases[0].hours), (Some("quality"), Some(2)));
    assert_eq!((cases[0].reply_minutes, cases[0].satisfied), (Some(10), Some(true)));
    let shown = serde_json::to_string(&cases).unwrap();
    assert!(!shown.contains("小陈") && !shown.contains(&her.to_string()), "{shown}");
    assert!(staff::digest(&shop.hq.db, 2024, 10).unwrap().is_empty());
    let said = staff::satisfaction(&shop.hq.db, 2024, 9).unwrap();
    assert_eq!((said[0].staff.as_str(), said[0].good, said[0].of), ("小陈", 1, 2));
}

/// S84: a member has two; a leaver's customers go to the next closest, tasks go along, her timeline says
/// so, and it can be undone.
#[test]
fn s84_two_look_after_a_member_and_a_leavers_customers_are_handed_over() {
    let mut shop = Shop::new();
    for day in [9, 8, 7] {
        shop.buys(TODAY - day, LI, 500_000, "小陈");
    }
    shop.buys(TODAY - 6, LI, 500_000, "小周");
    shop.buys(TODAY - 6, WANG, 500_000, "小陈");
    shop.buys(TODAY - 6, ZHAO, 100, "小陈");
    shop.night(TODAY);
    assert_eq!(shop.links(LI), ["小陈", "小周"]);
    assert_eq!(shop.links(WANG).len(), 2, "a member has two");
    assert_eq!(shop.links(ZHAO), ["小陈"]);
    assert_eq!(handover::alone(&shop.hq.db).unwrap(), (2, 0));
    let store = shop.store("湖滨店");
    shop.run(
        "INSERT INTO task (customer, store, scope, kind, due, assignee, made_day, state)
         VALUES (?1, ?2, 'store', 'call', ?3, '小陈', ?3, 'open')",
        params![shop.her(LI), store, TODAY],
    );
    let nobody = handover::leave(&mut shop.hq, "湖滨店", "小钱", "店长", TODAY);
    assert!(matches!(nobody, Err(HandoverError::Nobody)));
    let handed = handover::leave(&mut shop.hq, "湖滨店", "小陈", "店长", TODAY).unwrap();
    assert_eq!((handed.customers, handed.tasks), (3, 1));
    let orphans: i64 = shop
        .hq
        .db
        .query_row("SELECT count(*) FROM looks_after WHERE staff = '小陈'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(orphans, 0, "nobody is left with who left");
    assert!(!shop.links(ZHAO).is_empty());
    let moments = timeline(&shop.hq.db, &shop.her(ZHAO), 9).unwrap();
    assert!(matches!(&moments[0].what, What::Handed { from, back: false, .. } if from == "小陈"));
    assert!(moments[0].words(Language::Zh, 2).starts_with("小陈离职"));
    shop.night(TODAY + 1);
    assert!(!shop.links(LI).contains(&"小陈".to_owned()), "also when all is counted anew");
    let back = handover::undo(&mut shop.hq, "湖滨店", "小陈", TODAY + 1).unwrap();
    assert_eq!((back.customers, back.tasks), (3, 1));
    assert_eq!(shop.links(LI)[0], "小陈");
    assert!(matches!(
        handover::undo(&mut shop.hq, "湖滨店", "小陈", TODAY + 1),
        Err(HandoverError::Nobody)
    ));
}

/// S84: what a plan says is what happens; all go to one, but for whom that one looks after already.
#[test]
fn s84_a_plan_changes_nothing_and_one_successor_takes_all_but_his_own() {
    let mut shop = Shop::new();
    for day in [9, 8, 7] {
        shop.buys(TODAY - day, LI, 500_000, "小陈");
    }
    shop.buys(TODAY - 6, LI, 500_000, "小周");
    shop.buys(TODAY - 6, WANG, 100, "小陈");
    shop.buys(TODAY - 5, ZHAO, 100, "小陈");
    shop.night(TODAY);
    assert_eq!(shop.links(LI), ["小陈", "小周"]);
    let store = shop.store("湖滨店");
    let rows = |shop: &Shop| -> i64 {
        let sql = "SELECT count(*) FROM staff_left";
        let sql = format!("SELECT ({sql}) + (SELECT count(*) FROM handover)");
        shop.hq.db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let plan = handover::plan(&mut shop.hq, &store, "小陈", To::One("小周"), TODAY).unwrap();
    assert_eq!((plan.customers, plan.second, plan.tasks), (3, 0, 0));
    assert_eq!(plan.to, [("小周".to_owned(), 2), ("收银".to_owned(), 1)], "小周 has LI already");
    assert_eq!((rows(&shop), shop.links(WANG)), (0, vec!["小陈".to_owned()]), "nothing changed");
    for nobody in ["小钱", "小陈"] {
        let refused = handover::plan(&mut shop.hq, &store, "小陈", To::One(nobody), TODAY);
        assert!(matches!(refused, Err(HandoverError::NotHere)), "{nobody}");
    }
    let one = To::One("小周");
    let handed = handover::leave_to(&mut shop.hq, &store, "小陈", one, "店长", TODAY).unwrap();
    assert_eq!(handed.customers, 3);
    assert_eq!((shop.links(WANG), shop.links(ZHAO)), (vec!["小周".into()], vec!["小周".into()]));
    assert_eq!(shop.links(LI), ["收银", "小周"], "two still know the member");
    let all = handover::associates(&shop.hq.db, &store, TODAY).unwrap();
    let of = |staff: &str| all.iter().find(|one| one.staff == staff).unwrap();
    assert_eq!((of("小陈").left, of("小陈").first), (Some(TODAY), 0));
    assert_eq!((of("小周").first, of("小周").second), (2, 1));
    handover::take_back(&mut shop.hq, &store, "小陈", TODAY).unwrap();
    assert_eq!(shop.links(LI), ["小陈", "小周"]);
}

/// S9 to S11: what the night counts is what counting through all files gives, and checks count at once.
#[test]
fn the_night_counts_a_contest_as_going_through_all_files_does() {
    let mut shop = Shop::new();
    for n in 0..40 {
        let staff = ["小陈", "小周", "小林"][n % 3];
        let days = i32::try_from(n).unwrap() * 9;
        shop.buys(TODAY - days, &format!("139000000{n:02}"), 100, staff);
    }
    let keys = Keys::load(shop._dir.path()).unwrap();
    let her = shop.her("13900000004");
    entry::write(&shop.hq.db, &keys, &her, ("taste", "素色"), "店长", 7).unwrap();
    let seq = shop.place();
    let staffs = shop.her("13900000002");
    shop.run("INSERT INTO staff VALUES (1, ?1, ?2, 1, 1)", params![seq, staffs]);
    shop.night(TODAY);
    contest::check(&shop.hq.db, &her, Quarter::of(TODAY - 36), true, "督导", 1).unwrap();
    let (rules, mut files) = (FigureRules::shipped(), 0);
    for back in 0..5 {
        let quarter = Quarter::of(TODAY).before(back);
        let counted = contest::counted(&shop.hq.db, quarter).unwrap();
        assert_eq!(counted, contest::entrants(&shop.hq.db, &rules, quarter).unwrap(), "{quarter}");
        files += counted.iter().map(|one| one.files + one.invalid).sum::<u32>();
    }
    assert_eq!(files, 40);
}

/// S11: a quarter is drawn once, and a store's part of it is its part of the whole draw.
#[test]
fn s11_a_quarter_is_drawn_once_and_each_store_has_its_part_of_it() {
    let mut shop = Shop::new();
    for n in 0..30 {
        let store = if n % 2 == 0 { "湖滨店" } else { "远店" };
        shop.buys_in(store, TODAY - 1, &format!("139000000{n:02}"), 100, "小陈");
    }
    shop.night(TODAY);
    let quarter = Quarter::of(TODAY);
    let draw =
        |seed: &str| contest::Draw { seed: seed.into(), size: 4, by: "总部".into(), at_ms: 1 };
    assert!(contest::set_draw(&shop.hq.db, quarter, &draw("autumn")).unwrap());
    assert!(!contest::set_draw(&shop.hq.db, quarter, &draw("better")).unwrap());
    let kept = contest::draw_of(&shop.hq.db, quarter).unwrap().unwrap();
    let mut parts = Vec::new();
    for name in ["湖滨店", "远店"] {
        let store = shop.store(name);
        parts.extend(contest::drawn_in(&shop.hq.db, quarter, &kept, (&store, name)).unwrap());
    }
    assert_eq!(parts, contest::draw(&shop.hq.db, quarter, "autumn", 4).unwrap());
    assert_eq!(parts.len(), 8);
}

#[test]
fn s84_a_stores_last_associate_does_not_leave_before_another_is_there() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 6, LI, 500_000, "小陈");
    shop.run("UPDATE sale SET cashier = NULL", []);
    shop.night(TODAY);
    let refused = handover::leave(&mut shop.hq, "湖滨店", "小陈", "店长", TODAY);
    assert!(matches!(refused, Err(HandoverError::NobodyLeft(1))));
    assert_eq!(shop.links(LI), ["小陈"], "nothing changed");
    assert_eq!(handover::alone(&shop.hq.db).unwrap(), (1, 1));
    assert_eq!(alerts(&shop.hq.db, Language::En).unwrap().len(), 1);
}

#[test]
fn s85_who_went_stands_beside_who_stayed() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 120, LI, 100, "小陈");
    shop.buys(TODAY - 120, WANG, 100, "小周");
    shop.buys(TODAY - 5, LI, 100, "小周");
    shop.night(TODAY);
    let measured = measured(&shop.hq.db).unwrap().unwrap();
    let here = shop.store("湖滨店");
    assert_eq!(staff::gone(&shop.hq.db, &here, TODAY).unwrap(), (3, 1), "as over all stores");
    let turnover = staff::turnover(&shop.hq.db, &measured, TODAY).unwrap();
    let of = &turnover[0];
    assert_eq!((of.staff_before, of.staff_gone), (3, 1), "小陈, and neither 小周 nor the cashier");
    assert_eq!((of.customers_before, of.customers_stayed), (2, 1));
}

/// S127, and S9's counting: by day, store and who served her first.
#[test]
fn s127_new_customers_are_counted_by_day_and_staff() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 3, LI, 100, "小陈");
    shop.buys(TODAY - 1, LI, 100, "小周");
    shop.buys(TODAY - 1, WANG, 100, "小周");
    shop.buys(TODAY - 1, ZHAO, 100, "小周");
    shop.night(TODAY);
    let new = staff::new_customers(&shop.hq.db, TODAY - 9, TODAY).unwrap();
    let counts: Vec<_> = new.iter().map(|of| (of.day, of.staff.as_deref(), of.files)).collect();
    assert_eq!(counts, [(TODAY - 1, Some("小周"), 2), (TODAY - 3, Some("小陈"), 1)]);
    let here = shop.store("湖滨店");
    let of_store = staff::new_in(&shop.hq.db, (&here, "湖滨店"), TODAY - 9, TODAY).unwrap();
    assert_eq!(of_store, new);
    let asked = staff::asked(&shop.hq.db, TODAY - 9, TODAY).unwrap();
    assert_eq!((asked[0].staff.as_str(), asked[0].given), ("收银", 4));
    let who = staff::active(&shop.hq.db, TODAY).unwrap();
    assert_eq!(who.len(), 3);
}
