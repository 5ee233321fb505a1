//! What comes after the plan: a number that changed, a purchase, an answer that HQ had given up on.

use super::*;
use crate::event::{Merge, MergeReason};
use crate::hq::desk::complaint::case;
use crate::hq::desk::complaint::{Said as SaidOfCase, Step};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::{standing, win_back};

fn only_task(world: &World) -> (i64, String, i32) {
    let open = world.open();
    assert_eq!(open.len(), 1, "{open:?}");
    open[0].clone()
}

fn state(world: &World, task: i64) -> String {
    let sql = "SELECT state || ' ' || coalesce(outcome, '') FROM task WHERE id = ?1";
    world.hq.db.query_row(sql, [task], |row| row.get(0)).unwrap()
}

fn said(task: i64, outcome: OutcomeKind) -> Outcome {
    Outcome::plain(u64::try_from(task).unwrap(), outcome)
}

#[test]
fn a_task_goes_down_under_the_number_that_she_has_now() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 300_000);
    assert_eq!(world.down(TODAY).tasks[0].tail.as_deref(), Some(&LI[7..]));
    let (kept, absorbed) = (Phone::parse(WANG).unwrap(), Phone::parse(LI).unwrap());
    world.agrees(WANG);
    let merge = Merge { kept, absorbed, why: MergeReason::NewNumber, undone: false };
    world.tell(TODAY + 2, Body::Merge(merge));
    let task = &world.down(TODAY + 2).tasks[0];
    assert_eq!(task.tail.as_deref(), Some(&WANG[7..]), "the old one may be a stranger's by now");
    let till = enrol::terminal(&world.hq.db, &TERMINAL).unwrap().unwrap();
    let sealed = task.number.as_ref().unwrap();
    let opened = open_number(&world.secret, &till.id, task.id, sealed).unwrap();
    assert_eq!(opened.clear(), WANG);
    let root = customer::of_phone(&world.hq.db, &world.hq.keys, &Phone::parse(WANG).unwrap());
    assert_eq!(task.customer, root.unwrap());
}

/// S20, S118: nobody is asked why she stays away once she is back; the draw stays for the comparison.
#[test]
fn s118_who_comes_back_by_herself_is_not_called_to_come_back() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY - 200, LI, 1_000);
    Rules::set(&world.hq.db, "[win_back]\nhold_out_permille = 0\n").unwrap();
    assert_eq!(win_back::run(&mut world.hq, TODAY, |_| 0).unwrap().asked, 1);
    assert_eq!(only_task(&world).1, "win_back");
    world.buys(TODAY + 1, LI, 1_000);
    assert!(world.open().is_empty());
    let drawn: i64 =
        world.hq.db.query_row("SELECT count(*) FROM win_back", [], |row| row.get(0)).unwrap();
    assert_eq!(drawn, 1);
}

/// A store that was without HQ over night tells in the morning what it did the evening before.
#[test]
fn what_was_done_before_hq_took_the_task_back_counts_and_her_refusal_always_does() {
    let taken_back = || {
        let mut world = World::new();
        world.agrees(LI);
        world.buys(TODAY, LI, 300_000);
        let task = only_task(&world).0;
        let sql = "UPDATE task SET state = 'cancelled', closed_day = ?2 WHERE id = ?1";
        world.hq.db.execute(sql, rusqlite::params![task, TODAY + 7]).unwrap();
        (world, task)
    };
    let (mut world, task) = taken_back();
    world.outcome(TODAY + 7, said(task, OutcomeKind::Reached));
    assert_eq!(state(&world, task), "done reached");
    let (mut world, task) = taken_back();
    world.outcome(TODAY + 9, said(task, OutcomeKind::Reached));
    assert_eq!(state(&world, task), "cancelled ", "done after it was taken back");
    world.outcome(TODAY + 9, said(task, OutcomeKind::Declined));
    world.buys(TODAY + 10, LI, 300_000);
    assert!(world.open().is_empty(), "she wants no calls, whenever that is heard");
    let (mut world, task) = taken_back();
    world.outcome(TODAY + 7, said(task, OutcomeKind::NoAnswer));
    assert!(world.open().is_empty(), "nobody tries again what HQ took back");
}

/// S48: a call for a second reason is one call, by the earlier of the two days.
#[test]
fn s48_a_call_that_joins_another_is_made_on_the_earlier_day() {
    let mut world = World::new();
    world.agrees(LI);
    world.agrees(WANG);
    world.buys(TODAY - 3, LI, 300_000); // her call is due on TODAY + 4
    let big = only_task(&world);
    assert_eq!(big.2, TODAY + 4);
    let referral = Referral {
        newcomer: Phone::parse(LI).unwrap(),
        referrer: Phone::parse(WANG).unwrap(),
        undone: false,
    };
    world.tell(TODAY - 6, Body::Referral(referral));
    let calls: Vec<_> =
        world.open().into_iter().filter(|(_, rules, _)| rules.contains("big_sale")).collect();
    assert!(calls.iter().all(|(.., due)| *due <= TODAY + 4), "{calls:?}");
    let newcomer = standing::open_tasks(&world.hq.db, TODAY).unwrap();
    let newcomer = newcomer.iter().find(|task| task.rules.contains("newcomer_call"));
    assert!(newcomer.is_some_and(|task| task.due <= TODAY + 1), "within a week of coming");
}

fn of_case() -> SaidOfCase {
    SaidOfCase {
        text: Some("对不起".into()),
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

/// S51, S59: the store's task goes with the case; what she says a week later is the case's ninth step.
#[test]
fn s51_s59_a_case_and_its_tasks_go_together() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let customer = customer::of_phone(&world.hq.db, &world.hq.keys, &Phone::parse(LI).unwrap());
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    let at = i64::from(TODAY) * 86_400_000;
    let id = case::open(&mut world.hq, customer.unwrap(), Some(store), Scope::Company, at).unwrap();
    assert!(world.open().is_empty(), "the company's");
    case::route(&mut world.hq, id, Scope::Store, at).unwrap();
    assert_eq!(only_task(&world).1, "complaint");
    case::route(&mut world.hq, id, Scope::Region, at).unwrap();
    assert!(world.open().is_empty());
    case::route(&mut world.hq, id, Scope::Store, at).unwrap();
    assert_eq!(only_task(&world).1, "complaint");
    for step in &Step::ALL[..8] {
        case::step(&mut world.hq, id, *step, &of_case(), at).unwrap();
    }
    case::close(&mut world.hq, id, at).unwrap();
    let (call, rule, due) = only_task(&world);
    assert_eq!((rule.as_str(), due), ("second_chance", TODAY + 7));
    world.outcome(TODAY + 7, said(call, OutcomeKind::NoAnswer));
    let (again, ..) = only_task(&world);
    let answers = Answers { likes: Some(true), comfortable: Some(false), washing: None };
    let heard = Outcome { answers: Some(answers), ..said(again, OutcomeKind::Reached) };
    world.outcome(TODAY + 8, heard);
    let row = &case::list(&world.hq.db, at).unwrap()[0];
    assert_eq!(row.state, "open", "it did not hold: the second chance");
    assert_eq!(only_task(&world).1, "complaint", "and the store has it again");
    for step in &Step::ALL[3..8] {
        case::step(&mut world.hq, id, *step, &of_case(), at).unwrap();
    }
    case::close(&mut world.hq, id, at).unwrap();
    let (last, rule, _) = only_task(&world);
    assert_eq!(rule, "second_chance");
    let answers = Answers { likes: Some(true), comfortable: Some(true), washing: None };
    let heard = Outcome { answers: Some(answers), ..said(last, OutcomeKind::Reached) };
    world.outcome(TODAY + 16, heard);
    let story = case::story(&world.hq, id).unwrap();
    assert_eq!(story.iter().filter(|taken| taken.step == Some(Step::Feedback)).count(), 2);
    assert!(world.open().is_empty());
}
