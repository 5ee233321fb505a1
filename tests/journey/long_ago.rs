//! HQ comes back from a backup that is older than what the till still keeps: what can be given is given,
//! the till goes on, and a person at HQ counts the rest.
//!
//! Not here: a backup that the till can fill up (`sync`'s own tests), which sales are lost for good.

use std::path::Path;

use huitou::store::DATABASE_FILE;
use rusqlite::Connection;

use crate::programs::done;
use crate::shop::Shop;
use crate::till::Receipt;

fn receipt(no: usize) -> Receipt {
    Receipt::of(format!("202611218{no}"), "羊毛大衣", 20_000 + i64::try_from(no).unwrap() * 100)
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn counted(shop: &Shop) -> Vec<String> {
    let mut numbers: Vec<_> = shop.sales().iter().map(|sale| sale["receipt_no"].clone()).collect();
    numbers.sort_by_key(ToString::to_string);
    numbers.iter().map(|no| no.as_str().unwrap()[9..].to_owned()).collect()
}

#[test]
fn a_till_whose_older_events_are_gone_goes_on_with_an_hq_that_lacks_them() {
    let mut shop = Shop::open();
    shop.ring_up(&receipt(1));
    shop.sync();
    shop.stop_hq();
    copied(&shop.path("hq"), &shop.path("kept"));
    shop.restart_hq();
    let store = Connection::open(shop.state_dir().join(DATABASE_FILE)).unwrap();
    let mut third = 0_i64;
    for no in 2..=4 {
        third = store.query_row("SELECT max(seq) FROM outbox", [], |row| row.get(0)).unwrap();
        shop.ring_up(&receipt(no));
        shop.sync();
    }
    // Five weeks later, only the last sale is still in the outbox.
    shop.kill_agent();
    store.execute("DELETE FROM outbox WHERE seq <= ?1", [third]).unwrap();
    drop(store);
    shop.start_agent();
    shop.stop_hq();
    std::fs::remove_dir_all(shop.path("hq")).unwrap();
    copied(&shop.path("kept"), &shop.path("hq"));
    shop.restart_hq();
    shop.ring_up(&receipt(5));
    shop.sync();
    assert_eq!(shop.state()["waiting"], 0, "nothing is stuck");
    shop.ring_up(&receipt(6));
    shop.sync();
    assert_eq!(counted(&shop), ["1", "6"], "what follows the hole waits for a person");
    let hq = shop.path("hq");
    let at = ["--dir", hq.to_str().unwrap()];
    let listed = done("huitou-hq", &[&["fork", "list", "--json"], &at[..]].concat());
    let forked: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    let terminal = forked["terminal"].as_str().unwrap();
    let said = done("huitou-hq", &[&["fork", "count", terminal], &at[..]].concat());
    assert!(said.starts_with("2 sales"), "{said}");
    assert_eq!(counted(&shop), ["1", "4", "5", "6"], "2 and 3 are nowhere any more");
    done("huitou-hq", &[&["fork", "close", terminal], &at[..]].concat());
    shop.sync();
    assert_eq!(counted(&shop), ["1", "4", "5", "6"]);
}
