//! What customers say of goods: answers of calls and complaints, per style and per kind of goods.

use super::*;
use crate::hq::desk::complaint::{Said, Step, case};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::opinion::{By, Opinion, opinions};

/// A world in which 李 was called about what she bought, and said that one style is not comfortable.
fn called() -> World {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let said = Answers { likes: Some(true), comfortable: Some(false), washing: Some(false) };
    let style =
        StyleAnswer { style: "CT1107".into(), answers: said, words: Some("领口紧".into()) };
    let outcome = Outcome {
        answers: Some(said),
        styles: Some(vec![style]),
        by: Some("小周".into()),
        ..Outcome::plain(1, OutcomeKind::Reached)
    };
    world.outcome(TODAY + 7, outcome);
    world
}

fn told(world: &World, by: By) -> Vec<Opinion> {
    opinions(&world.hq.db, &world.hq.keys, by).unwrap()
}

/// S30: exactly three questions of a call, each answered yes, no or not at all, and her own words.
#[test]
fn s30_three_questions_and_free_words_come_back_from_a_call() {
    let world = called();
    let sql = "SELECT likes, comfortable, washing, note FROM outcome";
    let kept: (Option<bool>, Option<bool>, Option<bool>, Option<Vec<u8>>) = world
        .hq
        .db
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap();
    assert_eq!(kept, (Some(true), Some(false), Some(false), None));
    let Answers { likes, comfortable, washing } = Answers::default();
    assert_eq!([likes, comfortable, washing], [None; 3], "not asked is no answer");
    assert_eq!(told(&world, By::Style)[0].words, ["领口紧"]);
}

#[test]
fn s129_her_answers_are_counted_per_style_with_her_words() {
    let mut world = called();
    let counts: Vec<_> = told(&world, By::Style)
        .iter()
        .map(|of| (of.style.clone().unwrap(), of.uncomfortable, of.category.clone()))
        .collect();
    assert_eq!(
        counts,
        [("CT1107".to_owned(), 1, None)],
        "she spoke of one; no list says what it is"
    );
    let done = standing::done(&world.hq.db).unwrap();
    assert_eq!((done[0].staff.as_str(), done[0].count), ("小周", 1), "S43");
    world.buys(TODAY + 8, LI, 200_000);
    let said = Answers { likes: Some(true), comfortable: Some(false), washing: Some(false) };
    let all = Outcome { answers: Some(said), ..Outcome::plain(2, OutcomeKind::Reached) };
    world.outcome(TODAY + 15, all);
    let styles = told(&world, By::Style);
    let of_all = styles.iter().find(|of| of.style.as_deref() == Some("DR2301")).unwrap();
    assert_eq!(of_all.uncomfortable, 1, "of all");
    assert!(of_all.item.is_some(), "as the receipt has it");
}

/// S129: a complaint about a style is counted with it and its kind of goods, her words first; erased
/// she says nothing.
#[test]
fn s129_complaints_are_counted_per_style_and_per_kind_of_goods() {
    let mut world = called();
    for (code, category) in [("CT1107", "大衣"), ("CT1108", "大衣")] {
        let sql = "INSERT INTO style (code, n, category) VALUES (?1, 1, ?2)";
        world.hq.db.execute(sql, [code, category]).unwrap();
    }
    let phone = Phone::parse(LI).unwrap();
    let her = customer::of_phone(&world.hq.db, &world.hq.keys, &phone).unwrap();
    let listened =
        Said { text: Some("袖口脱线".into()), by: "小陈".into(), ..Said::default() };
    for (customer, style) in [(her, " CT1108\n"), (None, "XX1")] {
        let id = case::open(&mut world.hq, customer, None, Scope::Store, 0).unwrap();
        case::step(&mut world.hq, id, Step::Listen, &listened, 0).unwrap();
        case::about(&world.hq.db, id, style).unwrap();
    }
    let mistaken = case::open(&mut world.hq, None, None, Scope::Store, 0).unwrap();
    case::about(&world.hq.db, mistaken, "CT1107").unwrap();
    case::about(&world.hq.db, mistaken, " ").unwrap();
    // Two complaints of it weigh more than one uncomfortable fit.
    let again = case::open(&mut world.hq, None, None, Scope::Store, 0).unwrap();
    case::about(&world.hq.db, again, "XX1").unwrap();
    assert_eq!(
        told(&world, By::Style)[0].style.as_deref(),
        Some("XX1"),
        "the most criticised first"
    );
    case::about(&world.hq.db, again, "").unwrap();
    let short = |by| -> Vec<(Option<String>, u32, u32, usize)> {
        let of = |of: &Opinion| {
            let name = of.style.clone().or_else(|| of.category.clone());
            (name, of.answers, of.complaints, of.words.len())
        };
        told(&world, by).iter().map(of).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let mut by_style = short(By::Style);
    by_style.sort();
    let each = [(some("CT1107"), 1, 0, 1), (some("CT1108"), 0, 1, 1), (some("XX1"), 0, 1, 1)];
    assert_eq!(by_style, each);
    assert_eq!(short(By::Category), [(some("大衣"), 1, 1, 2), (None, 0, 1, 1)]);
    assert_eq!(told(&world, By::Category)[0].words, ["袖口脱线", "领口紧"]);
    crate::hq::erasure::erase(&mut world.hq, &phone, "test", 0).unwrap();
    assert_eq!(told(&world, By::Category)[0].words, [""; 0], "erased is erased");
    assert!(case::about(&world.hq.db, 99, "CT1107").is_err());
}
