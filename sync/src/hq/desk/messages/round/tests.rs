//! A season in which everything happens, and days on which nothing does.

use super::*;
use crate::event::{Body, Fact, Field, Outcome, OutcomeKind, Said};
use crate::hq::desk::messages::kind::{Kind, Stream};
use crate::hq::desk::messages::library::Draft;
use crate::hq::desk::messages::opt::{self, Opt};
use crate::hq::desk::messages::tests::{draft, stocked};
use crate::hq::desk::tests::{LI, TODAY, World};
use crate::hq::{enrol, summary};
use crate::phone::Phone;

const WANG: &str = "13911118888";
const AWAY: &str = "13911117777";

fn at(day: i32, hour: u16) -> Now {
    Now { ms: i64::from(day) * 86_400_000, day, minute: hour * 60 }
}

/// What one night and hour do; gives how many pieces it took.
fn goes_on(world: &mut World, now: Now) -> u32 {
    while summary::step(&mut world.hq, now.day).unwrap() {}
    let mut pieces = 0;
    while step(&mut world.hq, now, &mut Counts::default()).unwrap() {
        pieces += 1;
    }
    pieces
}

fn messages(world: &World) -> Vec<String> {
    let sql = "SELECT hex(customer) || ' ' || kind || ' ' || subject || ' ' || state || ' '
                   || coalesce(reason, '') || ' ' || coalesce(text, '') || ' ' || day
               FROM message ORDER BY 1";
    let mut select = world.hq.db.prepare(sql).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn waiting(world: &World, now: Now) -> i64 {
    let sql = "SELECT count(*) FROM message_look WHERE hour <= ?1";
    world.hq.db.query_row(sql, [now.hour()], |row| row.get(0)).unwrap()
}

fn born(world: &mut World, day: i32, number: &str, date: &str) {
    let phone = Phone::parse(number).unwrap();
    let fact = Fact { phone, field: Field::Birthday, said: Said::Told(date.into()) };
    world.tell(day, Body::Fact(fact));
}

/// Looks at everybody right after, and finds what the few looks found.
fn nobody_was_left_out(world: &mut World, now: Now, what: &str) {
    let few = messages(world);
    plan::plan(&mut world.hq, now, true).unwrap();
    assert_eq!(few, messages(world), "{what}");
}

fn campaign(world: &World) {
    let text = "{name}{title},新款到店,全场八折。回复T退订";
    let draft = Draft {
        occasion: "autumn".into(),
        from_day: Some(TODAY + 5),
        until_day: Some(TODAY + 9),
        ..draft(Kind::Marketing, text)
    };
    let id = library::add(&world.hq.db, &draft, 0).unwrap();
    library::review(&world.hq.db, id, "王经理", 0).unwrap();
}

/// One deed of a season in which everything happens that makes a message due, or not any more.
fn deed(world: &mut World, day: i32) {
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    match day - TODAY {
        0 => {
            world.agrees(LI);
            world.buys(day - 119, LI, 100);
        }
        2 => born(world, day, LI, "10-09"),
        3 => {
            world.buys(day, WANG, 100);
            weather::set(&world.hq.db, &store, day, true, 0).unwrap();
        }
        4 => world.agrees(WANG),
        5 => drop(Settings::set(&world.hq.db, "[caps]\nper_store_per_day = 0\n").unwrap()),
        6 => {
            world.agrees(AWAY);
            world.buys(day - 200, AWAY, 100);
        }
        8 => drop(Settings::set(&world.hq.db, "[caps]\nper_store_per_day = 1\n").unwrap()),
        9 => {
            let phone = Phone::parse(AWAY).unwrap();
            let away = crate::hq::customer::id_of(&world.hq.keys, &phone);
            let opt = Opt {
                stream: Stream::Marketing,
                theme: None,
                given: true,
                proof: Some("表17".into()),
                by: "王经理".into(),
            };
            opt::note(&world.hq.db, &away, &opt, 0).unwrap();
        }
        12 => {
            let tasks = world.down(day).tasks;
            let done = tasks.iter().map(|task| Outcome::plain(task.id, OutcomeKind::Sent));
            done.collect::<Vec<_>>().into_iter().for_each(|done| world.outcome(day, done));
        }
        40 => drop(world.buys(day, LI, 3_000)),
        _ => {}
    }
}

#[test]
fn whoever_is_not_looked_at_would_have_got_nothing_more() {
    let mut world = World::new();
    stocked(&world);
    campaign(&world);
    for day in TODAY..TODAY + 60 {
        deed(&mut world, day);
        for hour in [0, 9, 10, 18, 21] {
            goes_on(&mut world, at(day, hour));
            nobody_was_left_out(&mut world, at(day, hour), &format!("day {}", day - TODAY));
        }
    }
    let kinds: BTreeSet<String> =
        messages(&world).iter().filter_map(|row| Some(row.split(' ').nth(1)?.into())).collect();
    let all = ["birthday", "long_absent", "marketing", "rain", "season"];
    assert!(all.iter().all(|kind| kinds.contains(*kind)), "{kinds:?}");
}

#[test]
fn on_a_quiet_day_nobody_is_looked_at() {
    let mut world = World::new();
    stocked(&world);
    for number in [LI, WANG, AWAY] {
        world.agrees(number);
        world.buys(TODAY - 20, number, 100);
    }
    goes_on(&mut world, at(TODAY, 9));
    assert_eq!(waiting(&world, at(TODAY + 1, 9)), 0);
    assert_eq!(goes_on(&mut world, at(TODAY, 9)), 0, "the same hour");
    assert_eq!(goes_on(&mut world, at(TODAY, 10)), 1, "the hour's own look at tasks");
    born(&mut world, TODAY, LI, "12-31");
    assert_eq!(waiting(&world, at(TODAY, 10)), 1, "something of hers changed");
    assert_eq!(goes_on(&mut world, at(TODAY, 10)), 1);
    assert_eq!(waiting(&world, at(TODAY + 20, 10)), 0);
}

/// A look before her sums would miss what changes until they are made.
#[test]
fn what_changes_before_her_sums_are_made_is_looked_at_after() {
    let mut world = World::new();
    stocked(&world);
    world.agrees(LI);
    world.buys(TODAY - 20, LI, 100);
    goes_on(&mut world, at(TODAY, 9));
    world.buys(TODAY - 10, LI, 100);
    while step(&mut world.hq, at(TODAY, 10), &mut Counts::default()).unwrap() {}
    plan::plan(&mut world.hq, at(TODAY, 10), true).unwrap();
    assert_eq!(waiting(&world, at(TODAY, 10)), 1, "still to be looked at");
    born(&mut world, TODAY, LI, "10-04");
    goes_on(&mut world, at(TODAY, 10));
    assert_eq!(messages(&world).len(), 1, "her birthday is today");
}
