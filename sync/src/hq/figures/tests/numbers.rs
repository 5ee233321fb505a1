//! Numbers over a database: what a night measures, and the words beside it.

use super::{LI, Shop, TODAY, WANG, ZHAO};
use crate::calendar::Date;
use crate::event::{Answers, Outcome, OutcomeKind, Seq};
use crate::hq::customer::entry;
use crate::hq::desk::{self, feedback};
use crate::hq::figures::measure::{measured, stage_months};
use crate::hq::figures::numbers::{alerts, numbers};
use crate::hq::figures::preference;
use crate::hq::figures::rules::FigureRules;
use crate::hq::keys::Keys;
use crate::language::Language;
use rusqlite::params;

#[test]
fn a_night_without_news_does_nothing_but_its_pass_and_not_twice() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 9, LI, 100, "小陈");
    assert!(shop.night(TODAY) > 0);
    assert_eq!(shop.night(TODAY), 0);
    assert_eq!(shop.night(TODAY + 1), 2, "one heap of rows, and the end");
}

/// S73: and how soon questions were answered. S12: a number without a record of consent is counted.
#[test]
fn s7_s12_s73_how_late_sales_and_answers_come_is_measured() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 6, LI, 100, "小陈");
    shop.buys(TODAY - 5, WANG, 100, "小陈");
    shop.agrees(LI, "care");
    shop.run(
        "INSERT INTO feedback (kind, scope, opened_ms, answered_ms)
         VALUES ('question', 'store', ?1, ?1 + 1800000), ('question', 'store', ?1, NULL)",
        [i64::from(TODAY - 1) * 86_400_000],
    );
    shop.night(TODAY);
    let measured = measured(&shop.hq.db).unwrap().unwrap();
    assert_eq!((measured.lag.of, measured.lag.median, measured.lag.ninety), (2, 0, 1_440));
    assert_eq!((measured.answers.of, measured.answers.median), (1, 30), "who waits is not counted");
    assert_eq!(measured.no_consent, 1, "王 never agreed");
}

/// Where nobody typed there is nothing to measure.
#[test]
fn s98_the_cashiers_seconds_over_a_number_are_measured() {
    let mut shop = Shop::new();
    for (at, ds) in [(1, 18), (2, 23), (3, 41)] {
        shop.buys(TODAY - at, LI, 100, "小陈");
        shop.run(
            "UPDATE sale SET typing_ds = ?1 WHERE typing_ds IS NULL AND day = ?2",
            [ds, i64::from(TODAY - at)],
        );
    }
    shop.buys(TODAY - 1, WANG, 100, "小陈");
    shop.night(TODAY);
    let typing = measured(&shop.hq.db).unwrap().unwrap().typing;
    assert_eq!((typing.of, typing.median), (3, 23));
    let shown = numbers(&shop.hq.db, Language::En).unwrap();
    let shown = shown.iter().find(|number| number.rule == "S98").unwrap();
    assert!(shown.value.starts_with("half within 2.3 s"), "{}", shown.value);
}

/// What she asked while HQ was away came with the till's own time: her clock runs from then.
#[test]
fn s77_a_question_that_was_taken_while_hq_was_away_has_its_clock_from_when_it_was_said() {
    let shop = Shop::new();
    let her = shop.her(LI);
    shop.run(
        "INSERT INTO task (customer, scope, kind, due, made_day, state)
         VALUES (?1, 'company', 'call', ?2, ?2, 'open')",
        params![her, TODAY - 9],
    );
    let said_ms = i64::from(TODAY - 9) * 86_400_000;
    let answers = Answers { washing: Some(false), ..Answers::default() };
    let outcome = Outcome { answers: Some(answers), ..Outcome::plain(1, OutcomeKind::Reached) };
    let keys = Keys::load(shop._dir.path()).unwrap();
    desk::outcome::heard(&shop.hq.db, &keys, (1, Seq(1)), said_ms, &outcome).unwrap();
    let rows = feedback::list(&shop.hq.db).unwrap();
    assert_eq!((rows[0].kind.as_str(), rows[0].opened_ms), ("question", said_ms));
}

/// S72: each month's moves are kept once it is over; the newest of two that falls is an alert.
#[test]
fn s71_s72_moves_between_stages_are_kept_month_by_month() {
    let mut shop = Shop::new();
    let day = |month, day| Date { year: 2024, month, day }.day().unwrap();
    shop.buys(day(7, 5), LI, 100, "小陈");
    shop.buys(day(8, 5), LI, 100, "小陈");
    shop.buys(day(8, 6), WANG, 100, "小陈");
    shop.night(day(9, 2));
    let months = stage_months(&shop.hq.db).unwrap();
    let named: Vec<_> = months.iter().map(|of| (of.year, of.month)).collect();
    assert_eq!(named, [(2024, 7), (2024, 8)], "September is not over");
    assert_eq!(months[0].moves.new, [0, 0, 1, 0, 0]);
    assert_eq!((months[1].moves.moves[2][3], months[1].moves.new[2]), (1, 1));
    assert_eq!(measured(&shop.hq.db).unwrap().unwrap().stages, [0, 0, 1, 1, 0], "S71");
    assert!(alerts(&shop.hq.db, Language::En).unwrap().is_empty());
    let fell = |month: i32, stayed: usize, moved: usize| {
        let mut moves = [[0; 5]; 5];
        moves[2] = [0, 0, stayed, moved, 0];
        let text = serde_json::to_string(&(moves, [0; 5])).unwrap();
        shop.run("INSERT INTO stage_month VALUES (?1, ?2)", params![month, text]);
    };
    fell(2025 * 12, 850, 150);
    fell(2025 * 12 + 1, 900, 100);
    assert!(alerts(&shop.hq.db, Language::En).unwrap()[0].contains("moved up"));
    assert!(alerts(&shop.hq.db, Language::Zh).unwrap()[0].contains("升级"));
}

#[test]
fn s78_feedback_is_about_value_system_or_people_and_old_words_are_stale() {
    let mut shop = Shop::new();
    let asked = feedback::Asked {
        customer: Some(shop.her(LI)),
        store: None,
        task: None,
        kind: feedback::Kind::Suggestion,
        scope: feedback::Scope::Company,
    };
    let keys = Keys::load(shop._dir.path()).unwrap();
    let id = feedback::open(&shop.hq.db, &keys, &asked, Some("试衣间太小"), 1).unwrap();
    assert_eq!(preference::tags(&shop.hq.db).unwrap(), ([0, 0, 0], 1));
    assert!(preference::tag(&shop.hq.db, id, preference::Tag::People).unwrap());
    assert!(preference::tag(&shop.hq.db, id, preference::Tag::System).unwrap(), "a later word");
    assert!(!preference::tag(&shop.hq.db, 99, preference::Tag::System).unwrap());
    assert_eq!(preference::tags(&shop.hq.db).unwrap(), ([0, 1, 0], 0));
    let day_ms = 86_400_000;
    let write = |field: &str, day: i32| {
        let at = i64::from(day) * day_ms;
        entry::write(&shop.hq.db, &keys, &shop.her(LI), (field, "x"), "店长", at).unwrap();
    };
    write("taste", TODAY - 10);
    write("leisure", TODAY - 800);
    let rules = FigureRules::shipped();
    let stale = preference::stale(&shop.hq.db, &rules, TODAY).unwrap();
    assert_eq!(stale, [("leisure".to_owned(), 1, 1), ("taste".to_owned(), 1, 0)]);
    shop.night(TODAY);
    assert_eq!(shop.get::<u8>("signs", LI), 2, "S100: she suggested something");
}

/// S88 to S90, S101 to S103, S68, S81, S91, S125: each with its definition, in one language at a time.
#[test]
fn s81_s88_s89_s90_s101_s102_s103_s125_every_number_says_how_it_was_counted() {
    let mut shop = Shop::new();
    assert!(numbers(&shop.hq.db, Language::Zh).unwrap().is_empty(), "before the first night");
    for n in 0..40 {
        let who = format!("139000000{n:02}");
        shop.buys(TODAY - 500, &who, 10_000, "小陈");
        if n < 30 {
            shop.buys(TODAY - 100, &who, 20_000, "小陈");
        }
    }
    shop.night(TODAY);
    let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let en = numbers(&shop.hq.db, Language::En).unwrap();
    let zh = numbers(&shop.hq.db, Language::Zh).unwrap();
    assert_eq!(en.len(), zh.len());
    for (en, zh) in en.iter().zip(&zh) {
        assert!(!han(&en.name) && !han(&en.value) && !han(&en.definition), "{en:?}");
        assert!(han(&zh.name) && han(&zh.definition), "{zh:?}");
        assert!(!en.definition.contains("  "), "{}", en.definition);
    }
    let value = |rule: &str| {
        en.iter().filter(|of| of.rule == rule).map(|of| of.value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(value("S81"), ["25.0 % (10 / 40)"], "within 20 to 40 %");
    assert_eq!(value("S88"), ["1.00 (claimed: 10)"], "100.00 a year of the lost and of the new");
    assert_eq!(value("S90")[0], "10 × 1 × 8.33 = 83.30", "its sums");
    assert_eq!(value("S90").len(), 3);
    assert_eq!(value("S101"), ["5"]);
    assert_eq!(value("S103"), ["0.0 %"]);
    assert_eq!(value("S125")[1], "75.0 % (30 / 40)");
    assert!(value("S89")[0].ends_with('%') && value("S102").len() == 12);
    for rule in ["S1", "S2", "S8", "S68", "S69", "S71", "S72", "S84", "S91", "S100", "S126"] {
        assert!(!value(rule).is_empty(), "{rule}");
    }
}

/// S103: of all net sales, also to those whom nobody knows.
#[test]
fn s103_members_share_is_of_all_sales() {
    let mut shop = Shop::new();
    shop.buys(TODAY - 3, LI, 600_000, "小陈");
    shop.buys(TODAY - 3, WANG, 90_000, "小陈");
    shop.buys(TODAY - 3, ZHAO, 110_000, "小陈");
    shop.run("UPDATE sale SET customer = NULL WHERE customer = ?1", params![shop.her(ZHAO)]);
    shop.night(TODAY);
    let measured = measured(&shop.hq.db).unwrap().unwrap();
    assert_eq!((measured.member_net, measured.all_net), (600_000, 800_000));
    let all = numbers(&shop.hq.db, Language::En).unwrap();
    assert_eq!(all.iter().find(|of| of.rule == "S103").unwrap().value, "75.0 %");
}
