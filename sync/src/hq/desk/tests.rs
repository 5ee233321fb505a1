//! The desk over a database: from a sale to a task, an outcome, and what follows.

use super::after_sale::{AfterSale, after_sale};
use super::book;
use super::rules::Rules;
use super::standing;
use crate::care_list::{TaskKind, open_number};
use crate::event::{
    Answers, Asked, Body, Consent, Epoch, ErasureRequest, Event, Fact, Field, Item, Known,
    LocalSeconds, LostReason, Name, Outcome, OutcomeKind, Purpose, Referral, ReturnLink, Said,
    Sale, SaleKind, SaleRef, Seq, SlipId, StyleAnswer, TerminalId, When,
};
use crate::hq::fold::{self, Place};
use crate::hq::keys::Keys;
use crate::hq::store::{self, Founding};
use crate::hq::{Hq, customer, enrol};
use crate::money::Minor;
use crate::phone::Phone;
use crate::seal::SealingSecret;
use crate::tier::TierPolicy;
use std::collections::BTreeSet;

mod came_late;
mod complaints;
mod opinion;
mod pages;
mod standards;

pub(super) const TODAY: i32 = 20_000;
const TERMINAL: TerminalId = TerminalId([1; 16]);

/// An HQ with one till, and the keys of that till.
pub(super) struct World {
    pub(super) hq: Hq,
    place: Place,
    secret: SealingSecret,
    dir: tempfile::TempDir,
}

impl World {
    /// A folder of HQ with all this in it, as a program opens it.
    pub(super) fn folder(&self) -> &std::path::Path {
        let path = self.dir.path();
        self.hq.db.execute("VACUUM INTO ?1", [path.join("hq.db").to_str().unwrap()]).unwrap();
        path
    }

    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let founding =
            Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
        let hq = Hq::of(store::in_memory(&founding), Keys::create(dir.path()).unwrap());
        let store = enrol::store_named(&hq.db, "湖滨店").unwrap();
        let secret = SealingSecret::from_bytes(1, [3; 32]);
        let key = crate::sign::SigningKey::from_seed([5; 32]).verifying();
        hq.db
            .execute(
                "INSERT INTO terminal
                 (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
                 VALUES (?1, ?2, '', ?3, 1, ?4, '', 'active', 0)",
                rusqlite::params![TERMINAL, store, key, secret.public().key],
            )
            .unwrap();
        let epoch = Epoch([1; 16]);
        let (stream, _) = crate::hq::ledger::sqlite::begun(&hq.db, &TERMINAL, &epoch).unwrap();
        let place = Place {
            stream,
            seq: Seq::NONE,
            said_ms: 0,
            received_ms: 0,
            terminal: TERMINAL,
            epoch,
            store,
        };
        Self { hq, place, secret, dir }
    }

    /// Folds an event of day `day` and plans whom it touched.
    pub(super) fn tell(&mut self, day: i32, body: Body) -> Seq {
        self.place.seq = self.place.seq.next();
        let at = When { wall_ms: i64::from(day) * 86_400_000 + 36_000_000, boot: 1, mono_ms: 1 };
        let mut touched = BTreeSet::new();
        self.place.said_ms = at.wall_ms;
        let event = Event { at, body };
        fold::fold(&self.hq.db, &self.hq.keys, self.place, &event, &mut touched).unwrap();
        customer::touch(&self.hq.db, &touched).unwrap();
        while book::step(&mut self.hq, day).unwrap() {}
        self.place.seq
    }

    pub(super) fn agrees(&mut self, who: &str) {
        let phone = Phone::parse(who).unwrap();
        let purpose = Purpose::Care;
        self.tell(
            TODAY,
            Body::Consent(Consent {
                phone,
                purpose,
                given: true,
                text_version: "c-1".into(),
                cashier: None,
            }),
        );
    }

    pub(super) fn buys(&mut self, day: i32, who: &str, units: i64) -> Seq {
        let number = self.place.seq.0 + 1;
        self.tell(day, sale(day, number, units, Some(who)))
    }

    pub(super) fn open(&self) -> Vec<(i64, String, i32)> {
        let tasks = standing::open_tasks(&self.hq.db, TODAY).unwrap();
        tasks.into_iter().map(|task| (task.id, task.rules, task.due)).collect()
    }

    pub(super) fn down(&self, today: i32) -> crate::care_list::Tasks {
        let till = enrol::terminal(&self.hq.db, &TERMINAL).unwrap().unwrap();
        let own = store::own(&self.hq.db).unwrap();
        super::down::tasks(&self.hq.db, &self.hq.keys, &till, &own.policy, today).unwrap()
    }

    pub(super) fn outcome(&mut self, day: i32, outcome: Outcome) {
        self.tell(day, Body::Outcome(outcome));
    }
}

pub(super) fn sale(day: i32, number: u64, units: i64, who: Option<&str>) -> Body {
    let total = Minor::new(units);
    Body::Sale(Box::new(Sale {
        kind: if units < 0 { SaleKind::Return } else { SaleKind::Sale },
        slip: SlipId { boot: 1, slip: number },
        total,
        known: Known::Proved,
        asked: Asked::Given,
        noted: true,
        items: vec![Item {
            name: "真丝连衣裙".into(),
            qty_milli: 1_000,
            amount: total,
            unit_price: None,
            discount: None,
            style: Some("DR2301".into()),
            colour: None,
            size: None,
        }],
        tenders: Vec::new(),
        receipt_no: Some(number.to_string()),
        printed_at: Some(LocalSeconds(i64::from(day) * 86_400 + 36_000)),
        till: None,
        cashier: None,
        associate: Some("小陈".into()),
        item_count: None,
        subtotal: None,
        discount: None,
        tax: None,
        change: None,
        phone: who.map(|who| Phone::parse(who).unwrap()),
        who: who.map(|_| Name { surname: "李".into(), title: "女士".into() }),
        typing_ds: None,
    }))
}

pub(super) const LI: &str = "13800006721";
const WANG: &str = "13911118888";

#[test]
fn s44_a_large_sale_becomes_a_call_on_day_7_in_the_hands_of_who_served_her() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    assert_eq!(world.open(), [(1, "big_sale".to_owned(), TODAY + 7)]);
    let tasks = world.down(TODAY).tasks;
    let task = &tasks[0];
    assert_eq!((task.kind, task.due_day), (TaskKind::Call, TODAY + 7));
    assert_eq!(task.assignee.as_deref(), Some("小陈"), "S42");
    assert_eq!(task.tail.as_deref(), Some("6721"));
    assert!(task.words_zh.contains("李女士") && task.words_zh.contains("真丝连衣裙"));
    assert_eq!(task.styles.as_deref(), Some(&["DR2301".to_owned()][..]));
    let number = task.number.as_ref().unwrap();
    let opened = open_number(&world.secret, &TERMINAL, task.id, number).unwrap();
    assert_eq!(opened, Phone::parse(LI).unwrap());
}

/// S26: size, taste and last style go with the task of whoever calls her.
#[test]
fn s26_a_task_carries_what_she_wears_likes_and_bought_last() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let wears = |world: &World| world.down(TODAY).tasks[0].wears.clone().unwrap();
    let bought = wears(&world);
    assert_eq!((bought.size, bought.taste), (None, None));
    assert_eq!(bought.last_item.as_deref(), Some("真丝连衣裙"));
    assert_eq!(bought.last_style.as_deref(), Some("DR2301"));
    let tell = |world: &mut World, field, value: &str| {
        let phone = Phone::parse(LI).unwrap();
        world.tell(TODAY, Body::Fact(Fact { phone, field, said: Said::Told(value.into()) }));
    };
    tell(&mut world, Field::Size, "L");
    tell(&mut world, Field::Taste, "素色");
    let told = wears(&world);
    assert_eq!((told.size.as_deref(), told.taste.as_deref()), (Some("L"), Some("素色")));
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let her = customer::of_phone(db, keys, &Phone::parse(LI).unwrap()).unwrap().unwrap();
    customer::entry::write(db, keys, &her, ("size", "M"), "店长", 1).unwrap();
    assert_eq!(wears(&world).size.as_deref(), Some("M"), "who wrote it has seen what she told");
}

#[test]
fn a_call_to_come_is_on_her_card_until_it_was_made() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let noticed = |world: &World| {
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        let root = customer::of_phone(db, keys, &Phone::parse(LI).unwrap()).unwrap().unwrap();
        let store = enrol::store_named(db, "湖滨店").unwrap();
        let version: i64 = db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
        let notices = customer::card::card(db, keys, &root, &store).unwrap().notices;
        (version, notices.into_iter().map(|notice| notice.kind).collect::<Vec<_>>())
    };
    let (version, kinds) = noticed(&world);
    assert_eq!(kinds, ["follow_up"]);
    world.outcome(TODAY + 7, Outcome::plain(1, OutcomeKind::Reached));
    let (later, kinds) = noticed(&world);
    assert!(later > version && kinds.is_empty(), "and goes down anew");
}

#[test]
fn s44_what_came_back_before_the_day_takes_the_call_away() {
    let mut world = World::new();
    world.agrees(LI);
    let seq = world.buys(TODAY, LI, 200_000);
    let back = world.tell(TODAY + 2, sale(TODAY + 2, 90, -100, None));
    assert_eq!(world.open().len(), 1, "nobody's return yet");
    let here = |seq| SaleRef::Here { epoch: Epoch([1; 16]), seq };
    let link = ReturnLink { return_sale: here(back), original: here(seq) };
    world.tell(TODAY + 2, Body::ReturnLink(link));
    assert_eq!(world.open(), []);
}

#[test]
fn nobody_is_called_who_never_agreed_or_who_withdrew() {
    let mut world = World::new();
    world.buys(TODAY, LI, 200_000);
    assert_eq!(world.open(), [], "she was never asked");
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    assert_eq!(world.open().len(), 1);
    let phone = Phone::parse(LI).unwrap();
    let (purpose, text_version) = (Purpose::Care, "c-1".into());
    world.tell(
        TODAY,
        Body::Consent(Consent { phone, purpose, given: false, text_version, cashier: None }),
    );
    assert_eq!(world.open(), [], "effective at once");
}

#[test]
fn s46_a_referral_thanks_both_and_an_undone_one_takes_it_back() {
    let mut world = World::new();
    world.agrees(LI);
    world.agrees(WANG);
    world.buys(TODAY - 90, LI, 1_000);
    world.buys(TODAY, WANG, 1);
    let (newcomer, referrer) = (Phone::parse(WANG).unwrap(), Phone::parse(LI).unwrap());
    let said = Referral { newcomer, referrer, undone: false };
    world.tell(TODAY, Body::Referral(said.clone()));
    let rules: BTreeSet<(String, i32)> =
        world.open().into_iter().map(|(_, rules, due)| (rules, due)).collect();
    let expected = [("newcomer_call", 7), ("newcomer_thanks", 0), ("referrer_thanks", 0)];
    assert_eq!(rules, expected.map(|(rule, after)| (rule.to_owned(), TODAY + after)).into());
    world.tell(TODAY, Body::Referral(Referral { undone: true, ..said }));
    assert_eq!(world.open(), []);
}

#[test]
fn s45_another_time_makes_a_second_task_at_that_time_and_no_answer_one_tomorrow() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let next = LocalSeconds(i64::from(TODAY + 9) * 86_400 + 54_000);
    let outcome = Outcome { next: Some(next), ..Outcome::plain(1, OutcomeKind::Rescheduled) };
    world.outcome(TODAY + 7, outcome);
    assert_eq!(world.open(), [(2, "appointment".to_owned(), TODAY + 9)]);
    assert_eq!(world.down(TODAY + 7).tasks[0].at, Some(next));
    world.outcome(TODAY + 9, Outcome::plain(2, OutcomeKind::NoAnswer));
    world.outcome(TODAY + 10, Outcome::plain(3, OutcomeKind::NoAnswer));
    assert_eq!(world.open(), [(4, "retry".to_owned(), TODAY + 11)]);
    world.outcome(TODAY + 11, Outcome::plain(4, OutcomeKind::NoAnswer));
    assert_eq!(world.open(), [], "twice again is enough");
}

/// S43: by month, person, kind and outcome; S110: what has no outcome is no contact.
#[test]
fn s43_contacts_are_counted_by_month_person_kind_and_outcome_and_without_one_not_at_all() {
    let mut world = World::new();
    world.agrees(LI);
    for at in 0..3 {
        world.buys(TODAY + 40 * at, LI, 200_000);
    }
    let done = |id, kind| Outcome { by: Some("小周".into()), ..Outcome::plain(id, kind) };
    world.outcome(TODAY + 7, done(1, OutcomeKind::Reached));
    world.outcome(TODAY + 47, done(2, OutcomeKind::Other));
    let counted = standing::done(&world.hq.db).unwrap();
    let rows: Vec<_> = counted
        .iter()
        .map(|of| {
            (of.month.as_str(), of.staff.as_str(), of.kind.as_str(), of.outcome.as_str(), of.count)
        })
        .collect();
    let expected =
        [("2024-11", "小周", "call", "other", 1), ("2024-10", "小周", "call", "reached", 1)];
    assert_eq!(rows, expected, "the third is open: nobody contacted her");
}

/// S42: a leaver looks after nobody any more; then it is whom she named, and else the manager's.
#[test]
fn s42_who_left_is_nobodys_closest_and_whom_she_named_is() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let assignee = |world: &World| {
        let tasks = world.down(TODAY + 99).tasks;
        tasks.iter().max_by_key(|task| task.due_day).unwrap().assignee.clone()
    };
    assert_eq!(assignee(&world).as_deref(), Some("小陈"));
    let sql = "INSERT INTO staff_left (store, staff, day, by) SELECT id, '小陈', ?1, '' FROM store";
    world.hq.db.execute(sql, [TODAY + 1]).unwrap();
    world.buys(TODAY + 40, LI, 200_000);
    assert_eq!(assignee(&world), None, "the manager's");
    let fact = Fact {
        phone: Phone::parse(LI).unwrap(),
        field: Field::Associate,
        said: Said::Told("小周".into()),
    };
    world.tell(TODAY + 41, Body::Fact(fact));
    world.buys(TODAY + 80, LI, 200_000);
    assert_eq!(assignee(&world).as_deref(), Some("小周"));
}

/// S50: the year is closed by visits, one for each who spent most; closing it again makes none.
#[test]
fn s50_the_years_highest_spenders_are_visited_once() {
    let mut world = World::new();
    let zhao = "13722223333";
    for (who, units) in [(LI, 500), (WANG, 900), (zhao, 900)] {
        world.agrees(who);
        world.buys(TODAY, who, units);
    }
    let january = crate::calendar::Date { year: 2025, month: 1, day: 2 }.day().unwrap();
    let rules = Rules::shipped();
    let mut close = |day| super::year::close(&mut world.hq, &rules, day).unwrap();
    assert_eq!(close(TODAY), 0, "the year before had no sale");
    assert_eq!(close(january), 0, "a store may still be on its way");
    assert_eq!(close(january + 7), 2, "both who tie");
    assert_eq!(close(january + 8), 0);
    let visits: i64 = world
        .hq
        .db
        .query_row(
            "SELECT count(*) FROM task t JOIN task_cause c ON c.task = t.id
             WHERE t.kind = 'visit' AND c.rule = 'top_spender' AND t.state = 'open'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(visits, 2);
}
