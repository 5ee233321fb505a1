//! Fills a store's memory with customers and times look-ups by number and by last four digits.
//!
//! ```text
//! bench-customers fill DIR COUNT      a state directory with a key file and so many customers
//! bench-customers look DIR ROUNDS     JSON: microseconds of each look-up, and of the directory
//! ```
//!
//! Every customer has a name, a card and five days of spend, as HQ sends them.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use huitou::at_rest::LocalKey;
use huitou::customers::Memory;
use huitou::keys::TerminalKeys;
use huitou::store;
use sync::care_list::{Card, CareEntry, CarePage, CustomerId, Mark, Profile, Told, Version};
use sync::event::{Epoch, Field, Name, Seq, TerminalId};
use sync::money::Minor;
use sync::phone::Phone;
use sync::seal::SealingSecret;
use sync::sign::SigningKey;
use sync::tier::DatedAmount;

const TODAY: i32 = 20_779;
const PAGE: u64 = 256;
const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "欧阳", "赵", "孙"];

/// The n-th customer's number: spread over all last digits, and no two the same.
fn number(n: u64) -> String {
    let mixed = (n.wrapping_mul(2_654_435_761) ^ 0x5bd1) % 100_000_000;
    let head = 130 + n * 7 % 60;
    format!("{head}{mixed:08}")
}

fn keys() -> TerminalKeys {
    TerminalKeys {
        terminal: TerminalId([1; 16]),
        signing: SigningKey::generate(),
        sealing: SealingSecret::generate(0),
        hq: SigningKey::generate().verifying(),
        hq_sealing: SealingSecret::generate(1).public(),
        hq_url: "http://127.0.0.1:1".into(),
        store_name: "一百万位顾客的店".into(),
        currency_exponent: 2,
        index: [5; 32],
        local: [6; 32],
    }
}

fn profile(n: u64) -> Profile {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    id[8..].copy_from_slice(&n.to_be_bytes());
    let day = TODAY - i32::try_from(n * 13 % 700).unwrap_or_default();
    let spend = (0..5).map(|k| DatedAmount { day: day - 20 * k, amount: Minor::new(39_900) });
    let marks = (0..4).map(|till| Mark {
        terminal: TerminalId([till; 16]),
        epoch: Epoch([till; 16]),
        seq: Seq(123_456),
    });
    let birthday = format!("{:02}-{:02}", n % 12 + 1, n % 28 + 1);
    let card = Card {
        told: vec![Told { field: Field::Birthday, value: Some(birthday) }],
        first_day: Some(day - 300),
        last_day: Some(day),
        associate: Some("小陈".into()),
        last_item: Some("真丝连衣裙".into()),
        size: Some("M".into()),
        ..Card::default()
    };
    Profile {
        customer: CustomerId(id),
        phone: Phone::parse(&number(n)).expect("eleven digits"),
        spend: spend.collect(),
        marks: marks.collect(),
        tier: None,
        name: Some(Name { surname: SURNAMES[n as usize % 8].into(), title: "女士".into() }),
        card: Some(Box::new(card)),
    }
}

fn fill(dir: &Path, count: u64) {
    let keys = keys();
    keys.save_new(dir).expect("a new directory");
    let connection = store::open(dir).expect("a database");
    connection.pragma_update(None, "synchronous", "OFF").expect("only while it is filled");
    let local = LocalKey::new(&keys.local);
    let memory = Memory { index: &keys.index, local: &local, terminal: keys.terminal };
    for first in (0..count).step_by(PAGE as usize) {
        let entries = (first..count.min(first + PAGE)).map(|n| CareEntry::Customer(profile(n)));
        let page = CarePage {
            from: Version::NONE,
            to: Version::NONE,
            snapshot: false,
            more: true,
            entries: entries.collect(),
            policy: None,
            contact: BTreeMap::new(),
            sealing: None,
            peers: None,
            words: None,
            tasks: None,
            styles: None,
            lacks: None,
            counted: None,
        };
        let transaction = connection.unchecked_transaction().expect("a transaction");
        memory.apply(&transaction, &page).expect("a page");
        transaction.commit().expect("a commit");
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
}

/// Takes pages out of the system's cache, so that the next look-up comes from the disk.
fn forget_cache() -> bool {
    std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

fn look(dir: &Path, rounds: u64) {
    let keys = keys();
    let connection = store::open(dir).expect("a database");
    let local = LocalKey::new(&keys.local);
    let memory = Memory { index: &keys.index, local: &local, terminal: keys.terminal };
    let began = Instant::now();
    let directory = memory.directory(&connection).expect("a directory");
    let read_ms = began.elapsed().as_millis();
    let count = directory.len() as u64;
    let by_number = |n: u64| {
        let phone = Phone::parse(&number(n % count)).expect("eleven digits");
        assert!(black_box(memory.find(&connection, &phone)).expect("a look").is_some());
    };
    let by_ending = |n: u64| {
        let number = number(n % count);
        let rows = directory.find(&number[7..], 5);
        assert!(!rows.is_empty());
        for row in rows {
            assert!(black_box(memory.at(&connection, row)).expect("a look").is_some());
        }
    };
    let time = |of: &dyn Fn(u64), n: u64| {
        let began = Instant::now();
        of(n);
        began.elapsed().as_micros()
    };
    let step = |n: u64| n * 48_271 + 11;
    let warm = |of: &dyn Fn(u64)| -> Vec<u128> {
        (0..rounds).for_each(|n| of(step(n)));
        (0..rounds).map(|n| time(of, step(n))).collect()
    };
    let cold = |of: &dyn Fn(u64)| -> Vec<u128> {
        let rounds = (0..rounds.min(60)).map(|n| step(n + 1_000_000));
        rounds.filter_map(|n| forget_cache().then(|| time(of, n))).collect()
    };
    println!("{{\"customers\": {count}, \"directory_ms\": {read_ms},");
    println!("\"number_warm_us\": {:?}, \"ending_warm_us\": {:?},", warm(&by_number), warm(&by_ending));
    println!("\"number_cold_us\": {:?}, \"ending_cold_us\": {:?}}}", cold(&by_number), cold(&by_ending));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fill", dir, count] => fill(Path::new(dir), count.parse().expect("a number")),
        ["look", dir, rounds] => look(Path::new(dir), rounds.parse().expect("a number")),
        _ => panic!("fill DIR COUNT, or look DIR ROUNDS"),
    }
}
