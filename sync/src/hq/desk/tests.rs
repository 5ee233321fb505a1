//! The desk over a database: from a sale to a task, an outcome, and what follows.

use super::book;
use super::complaint::case;
use super::complaint::loyalty::{self, Share};
use super::complaint::{Said, Step};
use super::feedback::Scope;
use super::rules::Rules;
use super::standing;
use crate::care_list::{TaskKind, open_number};
use crate::event::{
    Answers, Asked, Body, Consent, Epoch, Event, Item, Known, LocalSeconds, LostReason, Name,
    Outcome, OutcomeKind, Purpose, Referral, ReturnLink, Sale, SaleKind, SaleRef, Seq, SlipId,
    StyleAnswer, TerminalId, When,
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

pub(super) const TODAY: i32 = 20_000;
const TERMINAL: TerminalId = TerminalId([1; 16]);

/// An HQ with one till, and the keys of that till.
pub(super) struct World {
    pub(super) hq: Hq,
    place: Place,
    secret: SealingSecret,
    _dir: tempfile::TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let founding =
            Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
        let hq = Hq { db: store::in_memory(&founding), keys: Keys::create(dir.path()).unwrap() };
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
        let stream = crate::hq::ledger::stream(&hq.db, &TERMINAL, &epoch).unwrap();
        let place = Place { stream, seq: Seq::NONE, terminal: TERMINAL, epoch, store };
        Self { hq, place, secret, _dir: dir }
    }

    /// Folds an event of day `day` and plans whom it touched.
    pub(super) fn tell(&mut self, day: i32, body: Body) -> Seq {
        self.place.seq = self.place.seq.next();
        let at = When { wall_ms: i64::from(day) * 86_400_000 + 36_000_000, boot: 1, mono_ms: 1 };
        let mut touched = BTreeSet::new();
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
            Body::Consent(Consent { phone, purpose, given: true, text_version: "c-1".into() }),
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
    world.tell(TODAY, Body::Consent(Consent { phone, purpose, given: false, text_version }));
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

/// S30, S32, S43.
#[test]
fn s129_her_answers_are_counted_per_style_with_her_words() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let likes = Answers { likes: Some(true), comfortable: Some(false), washing: Some(false) };
    let style =
        StyleAnswer { style: "CT1107".into(), answers: likes, words: Some("领口紧".into()) };
    world.outcome(
        TODAY + 7,
        Outcome {
            answers: Some(likes),
            styles: Some(vec![style]),
            by: Some("小周".into()),
            ..Outcome::plain(1, OutcomeKind::Reached)
        },
    );
    let styles = standing::styles(&world.hq.db, &world.hq.keys).unwrap();
    let counts: Vec<_> =
        styles.iter().map(|style| (style.style.as_str(), style.uncomfortable)).collect();
    assert_eq!(counts, [("CT1107", 1)], "she spoke of one");
    assert_eq!(styles[0].words, ["领口紧"]);
    let done = standing::done(&world.hq.db).unwrap();
    assert_eq!((done[0].staff.as_str(), done[0].count), ("小周", 1), "S43");
    world.buys(TODAY + 8, LI, 200_000);
    let all = Outcome { answers: Some(likes), ..Outcome::plain(2, OutcomeKind::Reached) };
    world.outcome(TODAY + 15, all);
    let styles = standing::styles(&world.hq.db, &world.hq.keys).unwrap();
    assert_eq!((styles[1].style.as_str(), styles[1].uncomfortable), ("DR2301", 1), "of all");
}

#[test]
fn s29_a_washing_question_has_a_clock() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let answers = Answers { washing: Some(false), ..Answers::default() };
    let asks = Outcome { answers: Some(answers), ..Outcome::plain(1, OutcomeKind::Reached) };
    world.outcome(TODAY + 7, asks);
    let rules = Rules::shipped();
    let hour = 3_600_000;
    let asked_ms = i64::from(TODAY + 7) * 24 * hour + 10 * hour;
    let breaches = |now| standing::breaches(&world.hq.db, &rules, TODAY + 7, now).unwrap().len();
    assert_eq!(breaches(asked_ms + 24 * hour), 0, "S29: a washing question has a day");
    assert_eq!(breaches(asked_ms + 25 * hour), 1);
}

#[test]
fn s23_a_task_left_open_too_long_is_a_breach() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let breaches =
        |today| standing::breaches(&world.hq.db, &Rules::shipped(), today, 0).unwrap().len();
    assert_eq!((breaches(TODAY + 9), breaches(TODAY + 10)), (0, 1));
}

#[test]
fn s110_a_member_whom_nobody_touched_is_counted_until_an_outcome_is_there() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 200_000);
    let untouched = |world: &World| {
        let own = store::own(&world.hq.db).unwrap();
        let (db, keys) = (&world.hq.db, &world.hq.keys);
        standing::coverage(db, keys, &own, &Rules::shipped(), TODAY + 7).unwrap()
    };
    assert_eq!((untouched(&world).members, untouched(&world).untouched), (1, 1));
    world.outcome(TODAY + 7, Outcome::plain(1, OutcomeKind::Reached));
    assert_eq!(untouched(&world).untouched, 0);
}

#[test]
fn who_asks_to_be_left_alone_is_and_an_erased_one_has_no_tasks() {
    let mut world = World::new();
    world.agrees(LI);
    world.agrees(WANG);
    world.buys(TODAY, LI, 200_000);
    world.buys(TODAY, WANG, 200_000);
    world.outcome(TODAY, Outcome::plain(1, OutcomeKind::Declined));
    world.buys(TODAY, LI, 300_000);
    assert_eq!(world.open().len(), 1, "only 王's");
    customer::erase(&mut world.hq.db, &world.hq.keys, &Phone::parse(WANG).unwrap()).unwrap();
    assert_eq!((world.open().len(), world.down(TODAY).tasks.len()), (0, 0));
}

#[test]
fn an_outcome_of_an_unknown_task_is_kept_and_closes_nothing() {
    let mut world = World::new();
    world.outcome(
        TODAY,
        Outcome { reason: Some(LostReason::Service), ..Outcome::plain(99, OutcomeKind::Reached) },
    );
    let kept: i64 =
        world.hq.db.query_row("SELECT count(*) FROM outcome", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

fn whole() -> Said {
    Said {
        text: Some("对不起,是我们没有说清楚。".into()),
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

/// Opens a case for 李 and takes its first eight steps, an hour each.
fn settled(world: &mut World) -> i64 {
    let customer = customer::of_phone(&world.hq.db, &world.hq.keys, &Phone::parse(LI).unwrap());
    let store = enrol::store_named(&world.hq.db, "湖滨店").unwrap();
    let at = i64::from(TODAY) * 86_400_000;
    let id = case::open(&mut world.hq, customer.unwrap(), Some(store), Scope::Store, at).unwrap();
    for (hour, step) in Step::ALL[..8].iter().enumerate() {
        let now = at + i64::try_from(hour).unwrap() * 3_600_000;
        case::step(&mut world.hq, id, *step, &whole(), now).unwrap();
    }
    id
}

#[test]
fn s52_a_case_is_led_to_its_end_and_her_card_says_so_until_then() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let id = settled(&mut world);
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let root = customer::of_phone(db, keys, &Phone::parse(LI).unwrap()).unwrap().unwrap();
    let store = enrol::store_named(db, "湖滨店").unwrap();
    let notices = |db: &rusqlite::Connection| {
        let card = customer::card::card(db, keys, &root, &store).unwrap();
        card.notices.iter().map(|notice| notice.kind.clone()).collect::<Vec<_>>()
    };
    assert_eq!(notices(db), ["complaint"]);
    assert_eq!(world.open()[0].1, "complaint", "it is the store's first task");
    let version: i64 = db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    case::close(&mut world.hq, id, i64::from(TODAY + 1) * 86_400_000).unwrap();
    let (db, keys) = (&world.hq.db, &world.hq.keys);
    let after: i64 = db.query_row("SELECT care_n FROM hq", [], |row| row.get(0)).unwrap();
    assert!(after > version, "her card goes down anew");
    assert!(customer::card::card(db, keys, &root, &store).unwrap().notices.is_empty());
    assert_eq!(world.open(), [(2, "second_chance".to_owned(), TODAY + 8)], "S59");
    assert_eq!(case::story(&world.hq, id).unwrap()[2].text.as_deref(), whole().text.as_deref());
}

#[test]
fn s54_the_same_apology_twice_is_seen() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    settled(&mut world);
    let stock = |world: &World| case::list(&world.hq.db, 0).unwrap()[0].stock_apology;
    assert!(!stock(&world));
    settled(&mut world);
    assert!(stock(&world));
}

#[test]
fn s51_a_case_with_the_wrong_side_is_sent_on_and_counted() {
    let mut world = World::new();
    let id = case::open(&mut world.hq, None, None, Scope::Store, 0).unwrap();
    case::route(&world.hq.db, id, Scope::Company).unwrap();
    case::route(&world.hq.db, id, Scope::Company).unwrap();
    let row = &case::list(&world.hq.db, 0).unwrap()[0];
    assert_eq!((row.scope.as_str(), row.misrouted), ("company", 1));
    assert!(case::route(&world.hq.db, 99, Scope::Store).is_err());
}

#[test]
fn s94_a_request_needs_a_reason_and_an_approver() {
    let mut world = World::new();
    let id = case::open(&mut world.hq, None, None, Scope::Company, 0).unwrap();
    assert!(case::request(&world.hq, id, "换新", false, "", "店长").is_err());
    assert!(case::request(&world.hq, id, "换新", false, "已穿过", " ").is_err());
    case::request(&world.hq, id, "换新", false, "已穿过", "店长").unwrap();
}

#[test]
fn s76_a_complaint_without_answer_or_end_breaks_a_standard() {
    let mut world = World::new();
    case::open(&mut world.hq, None, None, Scope::Company, 0).unwrap();
    let broken = |minutes: i64| {
        let rules = Rules::shipped();
        let now = minutes * 60_000;
        let all = standing::breaches(&world.hq.db, &rules, 0, now).unwrap();
        all.iter().map(|breach| breach.standard).collect::<Vec<_>>()
    };
    assert_eq!(broken(60), [""; 0]);
    assert_eq!(broken(61), ["complaint_reply"]);
    assert_eq!(broken(73 * 60), ["complaint_reply", "complaint_close"]);
}

#[test]
fn s60_s109_who_came_back_is_counted_by_ending_and_by_reply_with_the_sample() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    world.buys(TODAY, WANG, 100);
    settled(&mut world);
    world.buys(TODAY + 30, LI, 100);
    let shares = |today, by: fn(&rusqlite::Connection, i32) -> rusqlite::Result<Vec<Share>>| {
        let all = by(&world.hq.db, today).unwrap();
        all.into_iter().map(|share| (share.group, share.of, share.came_back)).collect::<Vec<_>>()
    };
    let early = shares(TODAY + 100, loyalty::by_ending);
    assert_eq!(early[0], ("solved", 0, 0), "she may still come");
    let ending = shares(TODAY + 180, loyalty::by_ending);
    assert_eq!(ending, [("solved", 1, 1), ("unsolved", 0, 0), ("never_complained", 1, 0)]);
    assert_eq!(shares(TODAY + 180, loyalty::by_reply)[0], ("within_an_hour", 1, 1));
}

#[test]
fn what_an_erased_customer_said_is_gone() {
    let mut world = World::new();
    world.agrees(LI);
    world.buys(TODAY, LI, 100);
    let id = settled(&mut world);
    customer::erase(&mut world.hq.db, &world.hq.keys, &Phone::parse(LI).unwrap()).unwrap();
    let story = case::story(&world.hq, id).unwrap();
    assert!(
        story.len() == 8 && story.iter().all(|taken| taken.text.is_none()),
        "the steps stay, her words do not"
    );
}
