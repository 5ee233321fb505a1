//! A sale counts once, what HQ erased is gone, a number leads to her file.

use super::*;
use crate::at_rest::LocalKey;
use std::collections::BTreeMap;

use crate::store;
use sync::care_list::{Card, CareEntry, CarePage, Profile, Version};
use sync::event::{Field, Name};
use sync::money::Minor;

const TERMINAL: TerminalId = TerminalId([1; 16]);
const EPOCH: Epoch = Epoch([2; 16]);

fn profile(amount: i64, mark: u64) -> Profile {
    Profile {
        customer: CustomerId([9; 16]),
        phone: Phone::parse("13800006721").unwrap(),
        spend: vec![DatedAmount { day: 100, amount: Minor::new(amount) }],
        marks: vec![Mark { terminal: TERMINAL, epoch: EPOCH, seq: Seq(mark) }],
        tier: None,
        name: Some(Name { surname: "李".into(), title: "女士".into() }),
        card: None,
    }
}

fn page(entries: Vec<CareEntry>, snapshot: bool) -> CarePage {
    CarePage {
        from: Version::NONE,
        to: Version::NONE,
        snapshot,
        more: false,
        entries,
        policy: None,
        contact: BTreeMap::new(),
        sealing: None,
        peers: None,
        words: None,
        styles: None,
        lacks: None,
        counted: None,
        tasks: None,
    }
}

#[test]
fn a_sale_counts_once_whether_hq_has_counted_it_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let connection = store::open(dir.path()).unwrap();
    let local = LocalKey::new(&[7; 32]);
    let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
    let policy = sync::tier::TierPolicy::default();
    let phone = Phone::parse("138 0000 6721").unwrap();
    for (seq, amount) in [(1, 60_000), (2, 50_000)] {
        let sale = sales::Sale {
            epoch: EPOCH,
            seq: Seq(seq),
            day: 100,
            amount: Minor::new(amount),
            customer: Some(memory.pseudonym(&phone)),
            ..sales::example()
        };
        sales::write(&connection, &sale).unwrap();
    }
    memory.meet(&connection, &phone, None).unwrap();
    let spend = |connection: &Connection| {
        let customer = memory.find(connection, &phone).unwrap().unwrap();
        let amounts = memory.amounts(connection, &customer).unwrap();
        let standing = sync::tier::tier(&policy, &amounts, 120);
        standing.map(|standing| standing.spend.units())
    };
    assert_eq!(spend(&connection), Some(110_000));
    for (mark, counted) in [(1, 60_000), (2, 110_000)] {
        memory
            .apply(&connection, &page(vec![CareEntry::Customer(profile(counted, mark))], false))
            .unwrap();
        assert_eq!(spend(&connection), Some(110_000), "HQ's mark at {mark}");
    }
    assert_eq!(memory.find(&connection, &phone).unwrap().unwrap().name.unwrap().surname, "李");
}

#[test]
fn what_hq_erased_is_gone_here() {
    let dir = tempfile::tempdir().unwrap();
    let connection = store::open(dir.path()).unwrap();
    let local = LocalKey::new(&[7; 32]);
    let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
    memory.apply(&connection, &page(vec![CareEntry::Customer(profile(1, 1))], true)).unwrap();
    assert_eq!(count(&connection), 1);
    memory
        .apply(&connection, &page(vec![CareEntry::Erased(CustomerId([9; 16]), None)], false))
        .unwrap();
    assert_eq!(count(&connection), 0);
}

#[test]
fn a_snapshot_keeps_those_whom_hq_has_not_heard_of() {
    let dir = tempfile::tempdir().unwrap();
    let connection = store::open(dir.path()).unwrap();
    let local = LocalKey::new(&[7; 32]);
    let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
    memory.meet(&connection, &Phone::parse("13900001234").unwrap(), None).unwrap();
    memory.apply(&connection, &page(vec![CareEntry::Customer(profile(1, 1))], false)).unwrap();
    memory.apply(&connection, &page(Vec::new(), true)).unwrap();
    assert_eq!(count(&connection), 1);
    assert!(memory.find(&connection, &Phone::parse("13900001234").unwrap()).unwrap().is_some());
}

/// Erased at HQ before what this till had sold her came: the tombstone's pseudonym means nothing here.
#[test]
fn whom_only_this_till_knows_goes_once_hq_has_counted_all_and_does_not_know_her() {
    let dir = tempfile::tempdir().unwrap();
    let connection = store::open(dir.path()).unwrap();
    let local = LocalKey::new(&[7; 32]);
    let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
    connection
        .execute(
            "INSERT INTO epoch (epoch, terminal, begun_ms, last_hash, last_seq)
             VALUES (?1, ?2, 0, x'', 3)",
            params![EPOCH.0, TERMINAL.0],
        )
        .unwrap();
    let phone = Phone::parse("13800006721").unwrap();
    let hers = memory.pseudonym(&phone);
    memory.meet(&connection, &phone, None).unwrap();
    let sale = sales::Sale { epoch: EPOCH, seq: Seq(3), customer: Some(hers), ..sales::example() };
    sales::write(&connection, &sale).unwrap();
    let counted = |terminal, seq| {
        let counted = vec![Mark { terminal, epoch: EPOCH, seq: Seq(seq) }];
        CarePage { counted: Some(counted), ..page(Vec::new(), false) }
    };
    let other = TerminalId([3; 16]);
    for early in [counted(TERMINAL, 2), counted(other, 9), page(Vec::new(), false)] {
        memory.apply(&connection, &early).unwrap();
        assert!(memory.find(&connection, &phone).unwrap().is_some(), "her sale is on its way");
    }
    let half = CarePage { more: true, ..counted(TERMINAL, 3) };
    memory.apply(&connection, &half).unwrap();
    assert!(memory.find(&connection, &phone).unwrap().is_some(), "she may be on the next page");
    memory.apply(&connection, &counted(TERMINAL, 3)).unwrap();
    assert!(memory.find(&connection, &phone).unwrap().is_none());
    assert_eq!(sales::of_customer(&connection, hers).unwrap(), []);
    let sent = CareEntry::Customer(profile(100, 3));
    let known = CarePage { entries: vec![sent], ..counted(TERMINAL, 3) };
    memory.apply(&connection, &known).unwrap();
    assert!(memory.find(&connection, &phone).unwrap().is_some(), "HQ knows her");
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM customer", [], |row| row.get(0)).unwrap()
}

/// S17: one question a visit, and none at the first.
#[test]
fn something_may_be_asked_on_another_day_than_the_first_and_than_the_last_answer() {
    let mut her = Customer::new(Phone::parse("13800006721").unwrap());
    assert!(her.may_be_asked(20_000));
    her.tell((Epoch([1; 16]), Seq(1)), 20_000, Field::Birthday, Some("08-15".into()));
    assert!(!her.may_be_asked(20_000) && her.may_be_asked(20_001));
    her.card = Some(Box::new(Card { first_day: Some(20_001), ..Card::default() }));
    assert!(!her.may_be_asked(20_001) && her.may_be_asked(20_002));
}
