//! What a shop's day becomes at HQ, and what comes back down.

use crate::headquarters::{self, Headquarters};
use crate::till::{Till, sale_of, sale_to};
use crate::{LI, WANG, a_small_day, attribution, by_receipt, linked, of_receipt, phone, spend};
use sync::event::Name;

#[test]
fn a_day_of_sales_arrives_to_the_fen_and_comes_back_as_tiers() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    hq.command("contact", &["--store", "湖滨店", "store_phone", "0571-8765-4321"]);
    let mut till = Till::enrol(&hq, "湖滨店");
    a_small_day(&mut till);
    till.sync(hq.address);
    assert_eq!(till.acknowledged, till.last());

    let sales = hq.sales();
    assert_eq!(sales.len(), 6);
    let total: i64 = sales.iter().map(|sale| sale["total"].as_i64().unwrap()).sum();
    assert_eq!(total, 600_000 + 129_900 + 9_900 + 50_000 + 70_000 - 100_000);
    assert_eq!(of_receipt(&sales, "A1")["items"][0]["name"], "真丝连衣裙");
    assert_eq!(of_receipt(&sales, "A1")["member"], "138****6721");
    assert_eq!(of_receipt(&sales, "A2")["asked"], "given");
    assert_eq!(of_receipt(&sales, "A3")["asked"], "refused");
    assert_eq!(of_receipt(&sales, "A4")["voided"], true);
    assert_eq!(of_receipt(&sales, "A5")["member"], serde_json::Value::Null);
    assert_eq!(of_receipt(&sales, "R1")["member"], "138****6721", "a return follows its sale");
    assert_eq!(spend(&hq), [(LI.into(), 500_000), (WANG.into(), 129_900)]);

    let li = till.care.iter().find(|profile| profile.phone == phone(LI)).unwrap();
    assert_eq!(li.tier.as_deref(), Some("金卡"), "exactly 5000.00");
    assert_eq!(li.name, Some(Name { surname: "李".into(), title: "女士".into() }));
    assert_eq!(li.spend.iter().map(|dated| dated.amount.units()).sum::<i64>(), 500_000);
    assert_eq!((li.marks[0].terminal, li.marks[0].seq), (till.terminal, till.last()));
    assert_eq!(till.care.len(), 2);
}

#[test]
fn a_link_may_arrive_before_its_sale_and_from_another_till() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut one, mut other) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "湖滨店"));
    other.write(attribution(by_receipt("B7"), linked(LI)));
    other.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 0)]);
    one.write(sale_of("B7", 100_000));
    one.sync(hq.address);
    assert_eq!(spend(&hq), [(LI.into(), 100_000)]);
    other.sync(hq.address);
    assert_eq!(other.care[0].tier.as_deref(), Some("银卡"), "the other till hears of it, too");
    assert_eq!(other.care[0].marks.len(), 2);
}

#[test]
fn a_store_hears_of_its_own_customers_only() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut one, mut far) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "西湖店"));
    one.write(sale_to("A1", 100, LI));
    far.write(sale_to("A1", 200, WANG));
    one.sync(hq.address);
    far.sync(hq.address);
    one.sync(hq.address);
    assert_eq!(one.care.iter().map(|profile| profile.phone.clear()).collect::<Vec<_>>(), [LI]);
    assert_eq!(far.care.iter().map(|profile| profile.phone.clear()).collect::<Vec<_>>(), [WANG]);
}

#[test]
fn tills_of_one_store_get_one_key_and_no_other_store_gets_it() {
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let (mut one, mut other) = (Till::enrol(&hq, "湖滨店"), Till::enrol(&hq, "湖滨店"));
    let mut far = Till::enrol(&hq, "西湖店");
    for till in [&mut one, &mut other, &mut far] {
        till.sync(hq.address);
    }
    assert_eq!((one.peers.len(), &one.peers), (2, &other.peers));
    assert!(one.peers[0] != one.peers[1] && !far.peers.contains(&one.peers[0]));
}

#[test]
fn an_erased_member_is_forgotten_by_hq_and_store_and_stays_so() {
    use std::io::Write as _;
    let root = tempfile::tempdir().unwrap();
    let hq = Headquarters::found(root.path());
    let mut till = Till::enrol(&hq, "湖滨店");
    till.write(sale_to("A1", 100, LI));
    till.sync(hq.address);
    let id = till.care[0].customer;
    let mut erase = headquarters::program()
        .args(["erase", "--dir", hq.dir.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    erase.stdin.take().unwrap().write_all(LI.as_bytes()).unwrap();
    assert!(erase.wait().unwrap().success());
    till.write(sale_to("A2", 100, LI));
    till.sync(hq.address);
    assert_eq!((till.care.len(), till.erased.as_slice()), (0, [id].as_slice()));
    assert!(hq.customers().is_empty());
    assert_eq!(of_receipt(&hq.sales(), "A2")["member"], serde_json::Value::Null);
}
