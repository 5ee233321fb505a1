//! A large chain's night, timed: `cargo test --all-features figures::tests::load -- --ignored --nocapture`.
//!
//! `HUITOU_CUSTOMERS` says how many; each has twenty sales over three years.

use super::{Shop, TODAY};
use crate::hq::customer;
use crate::hq::figures::night;
use crate::phone::Phone;
use rusqlite::params;
use std::time::{Duration, Instant};

const SALES: i32 = 20;

fn fill(shop: &mut Shop, customers: u32) {
    let store = shop.store("湖滨店");
    let stores: Vec<_> = (0..200).map(|n| shop.store(&format!("店{n}"))).collect();
    let tx = shop.hq.db.transaction().unwrap();
    let mut insert = tx
        .prepare(
            "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total, own_known,
                 own_asked, own_counts, total, known, asked, customer, counts, associate)
             VALUES (1, ?1, ?2, 'sale', 0, ?3, 1, 0, '', '', 1, ?4, 'proved', 'given', ?5, 1, ?6)",
        )
        .unwrap();
    let mut item = tx
        .prepare(
            "INSERT INTO sale_item (stream, seq, line, name, qty_milli, amount)
             VALUES (1, ?1, 1, ?2, 1000, 1)",
        )
        .unwrap();
    let mut seq = 0_i64;
    // Day by day, as sales come: neighbours in the table are strangers.
    let ids: Vec<_> = (0..customers)
        .map(|n| {
            let phone = Phone::parse(&format!("139{n:08}")).unwrap();
            customer::of_phone(&tx, &shop.hq.keys, &phone).unwrap().unwrap()
        })
        .collect();
    for round in 0..SALES {
        for (n, id) in (0_i32..).zip(&ids) {
            seq += 1;
            let home = stores.get(n.unsigned_abs() as usize % stores.len()).unwrap_or(&store);
            let day = TODAY - 1_095 + round * 54 + n % 53;
            let staff = format!("员{}", (n / 200) % 5);
            let total = 100 + i64::from(n % 977) * 100;
            insert.execute(params![seq, home, day, total, id, staff]).unwrap();
            item.execute(params![seq, format!("货{}", seq % 40)]).unwrap();
        }
    }
    drop((insert, item));
    tx.commit().unwrap();
    // The pages' own sums are not what is measured here.
    shop.run("DELETE FROM due_person", []);
    shop.run("DELETE FROM due_day", []);
}

fn timed(what: &str, work: impl FnOnce() -> u32) -> Duration {
    let began = Instant::now();
    let pieces = work();
    let took = began.elapsed();
    println!(
        "{what}: {:.1} s, {pieces} pieces, longest memory {} MiB",
        took.as_secs_f64(),
        peak_mib()
    );
    took
}

/// The most memory this process ever had, where the system tells.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

#[test]
#[ignore = "minutes"]
fn a_large_chains_night() {
    let customers = std::env::var("HUITOU_CUSTOMERS").ok().and_then(|n| n.parse().ok());
    let customers: u32 = customers.unwrap_or(20_000);
    let mut shop = Shop::on_disk();
    fill(&mut shop, customers);
    timed("days of stores", || {
        (0..).take_while(|_| night::due_days(&mut shop.hq).unwrap()).count() as u32
    });
    timed("rows", || {
        (0..).take_while(|_| night::due_persons(&mut shop.hq, TODAY).unwrap()).count() as u32
    });
    timed("the pass", || night::run(&mut shop.hq, TODAY).unwrap());
    // A usual night: one in two hundred bought.
    shop.run(
        "INSERT INTO figure_due SELECT customer FROM figure_person
         WHERE substr(customer, 1, 1) = x'07' ON CONFLICT DO NOTHING",
        [],
    );
    let usual = timed("a usual night", || night::run(&mut shop.hq, TODAY + 1).unwrap());
    assert!(usual < Duration::from_secs(60), "{usual:?}");
}
