//! The four seconds at the till: found by four digits, asked one thing, brought by somebody, another
//! number, and what HQ and the next till make of it.
//!
//! Not here: how the page looks (.ci/browser).

use serde_json::{Value, json};

use crate::http;
use crate::pin;
use crate::shop::Shop;
use crate::till::Receipt;

const LI: &str = "13800006721";
const WANG: &str = "13900001234";
const SUN: &str = "13700002468";

fn buys(shop: &Shop, no: &str, number: &str, surname: &str) {
    let given = json!({ "number": number, "surname": surname, "title": "女士" });
    shop.post("/api/number", &given);
    shop.ring_up(&Receipt::of(no, "真丝连衣裙 M", 129_900));
}

fn typed(shop: &Shop, digits: &str) -> Value {
    shop.post("/api/typing", &json!({ "digits": digits }))
}

fn row(shop: &Shop, digits: &str) -> i64 {
    let found = typed(shop, digits);
    assert_eq!(found["candidates"].as_array().map(Vec::len), Some(1), "{found}");
    found["candidates"][0]["row"].as_i64().unwrap()
}

fn choose(shop: &Shop, digits: &str) -> Value {
    shop.post("/api/choose", &json!({ "row": row(shop, digits) }))
}

fn refused(shop: &Shop, path: &str, body: &Value) -> u16 {
    http::post(shop.page(), path, body).unwrap().status
}

/// Asks what only a manager may.
fn as_manager(shop: &Shop, path: &str, body: &Value) -> Value {
    pin::with_pin(shop);
    let cookie = pin::open(shop, pin::PIN).cookie().to_owned();
    let host = shop.page().to_string();
    let headers =
        [("Host", host.as_str()), ("Content-Type", "application/json"), ("Cookie", &cookie)];
    let answer = http::ask(shop.page(), "POST", path, &headers, &body.to_string()).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// S26: whoever serves her sees her size and what she took last.
#[test]
fn four_digits_find_her_and_narrow_with_each_digit() {
    let shop = Shop::open();
    buys(&shop, "1", LI, "李");
    buys(&shop, "2", "13811116721", "赵");
    assert_eq!(typed(&shop, "672")["candidates"], json!([]), "three are too few");
    let two = typed(&shop, "6721");
    let names: Vec<&Value> =
        two["candidates"].as_array().unwrap().iter().map(|who| &who["name"]).collect();
    assert_eq!(names.len(), 2, "{two}");
    let one = typed(&shop, "16721");
    assert_eq!(one["candidates"][0]["name"], "赵女士");
    assert_eq!(one["candidates"].as_array().unwrap().len(), 1);
    assert_eq!(typed(&shop, "13800006")["candidates"][0]["name"], "李女士", "or from the front");
    assert!(!typed(&shop, "6721").to_string().contains(LI), "never in clear");
    let guest = choose(&shop, "06721");
    assert_eq!(guest["line"], "李女士 银卡 · 老顾客 · 常穿M · 上次真丝连衣裙", "{guest}");
    shop.ring_up(&Receipt::of("3", "袜子", 2_990));
    shop.sync();
    assert_eq!(shop.sale("3")["member"], "138****6721");
}

#[test]
fn one_thing_is_asked_once_and_comes_back_from_hq() {
    let mut shop = Shop::open();
    buys(&shop, "1", LI, "李");
    let guest = choose(&shop, "6721");
    assert_eq!(guest["ask"], json!(null), "nothing more is asked at her first visit");
    assert_eq!(guest["tell"], "birthday", "she may tell by herself");
    let wrong = json!({ "field": "birthday", "value": "13-40" });
    assert_eq!(refused(&shop, "/api/told", &wrong), 422);
    shop.post("/api/told", &json!({ "field": "birthday", "value": "lunar 08-15" }));
    let guest = shop.post("/api/told", &json!({ "field": "size", "value": null }));
    assert_eq!(guest["tell"], "channel", "a refusal is an answer");
    shop.sync();
    shop.kill_agent();
    shop.start_agent();
    shop.sync();
    assert_eq!(choose(&shop, "6721")["tell"], "channel", "after a restart and a page from HQ");
}

#[test]
fn a_referrer_is_taken_by_her_last_digits_and_no_chain_closes() {
    let shop = Shop::open();
    buys(&shop, "1", LI, "李");
    let li = row(&shop, "6721");
    shop.post("/api/number", &json!({ "number": WANG, "surname": "王", "title": "女士" }));
    shop.post("/api/referrer", &json!({ "row": li }));
    shop.ring_up(&Receipt::of("2", "牛仔裤", 39_900));
    let guest = choose(&shop, "6721");
    assert!(guest["hints"].to_string().contains("referral"), "{guest}");
    let wang = row(&shop, "1234");
    choose(&shop, "6721");
    assert_eq!(refused(&shop, "/api/referrer", &json!({ "row": li })), 409, "herself");
    assert_eq!(refused(&shop, "/api/referrer", &json!({ "row": wang })), 409, "a closed chain");
    buys(&shop, "3", SUN, "孙");
    choose(&shop, "2468");
    shop.post("/api/referrer", &json!({ "row": wang }));
    assert_eq!(refused(&shop, "/api/referrer", &json!({ "row": li })), 409, "one is enough");
    shop.post("/api/referrer", &json!({ "row": null }));
    shop.post("/api/referrer", &json!({ "row": li }));
    let guest = choose(&shop, "6721");
    assert!(guest["hints"].to_string().contains("2位"), "{guest}");
    shop.sync();
    shop.sync();
    let guest = choose(&shop, "6721");
    assert!(guest["hints"].to_string().contains("2位"), "counted once at HQ too: {guest}");
}

#[test]
fn another_number_keeps_the_history_and_two_files_become_one_and_two_again() {
    let shop = Shop::open();
    buys(&shop, "1", LI, "李");
    choose(&shop, "6721");
    let guest = shop.post("/api/new-number", &json!({ "number": WANG }));
    assert_eq!((guest["name"].clone(), guest["tier"].clone()), (json!("李女士"), json!("银卡")));
    shop.ring_up(&Receipt::of("2", "袜子", 2_990));
    shop.sync();
    let customers = shop.listed("customers");
    assert_eq!(customers.len(), 1, "one person: {customers:#?}");
    assert_eq!(customers[0]["spend"], json!(132_890));
    assert_eq!(customers[0]["phone"], "139****1234");
    let old = shop.post("/api/number", &json!({ "number": LI }));
    assert_eq!(old["phone"], "139****1234", "the old number leads to the new");

    buys(&shop, "3", SUN, "孙");
    let (kept, absorbed) = (row(&shop, "1234"), row(&shop, "2468"));
    let both = json!({ "kept": kept, "absorbed": absorbed });
    assert_eq!(refused(&shop, "/api/merge", &both), 403, "that takes the manager");
    as_manager(&shop, "/api/merge", &both);
    shop.sync();
    assert_eq!(shop.listed("customers").len(), 1);
    let apart = as_manager(&shop, "/api/unmerge", &json!({ "number": SUN }));
    assert_eq!(apart["phone"], "137****2468");
    shop.sync();
    assert_eq!(shop.listed("customers").len(), 2);
}

#[test]
fn a_number_of_staff_or_one_typed_for_everybody_earns_no_tier() {
    let shop = Shop::open();
    buys(&shop, "1", LI, "李");
    assert_eq!(choose(&shop, "6721")["tier"], "银卡");
    as_manager(&shop, "/api/staff", &json!({ "row": row(&shop, "6721"), "is_staff": true }));
    assert_eq!(choose(&shop, "6721")["tier"], Value::Null);
    for no in 2..=5 {
        buys(&shop, &no.to_string(), WANG, "王");
    }
    assert_eq!(choose(&shop, "1234")["tier"], Value::Null, "four times in a day");
}

#[test]
fn a_family_shares_a_number_and_whoever_comes_is_greeted() {
    let shop = Shop::open();
    buys(&shop, "1", LI, "李");
    choose(&shop, "6721");
    let guest = shop.post("/api/person", &json!({ "surname": "王", "title": "先生" }));
    assert_eq!(guest["persons"][0]["shown"], "王先生");
    let him = json!({ "number": LI, "surname": "王", "title": "先生" });
    shop.post("/api/number", &him);
    shop.ring_up(&Receipt::of("2", "袜子", 2_990));
    assert_eq!(choose(&shop, "6721")["name"], "李女士", "the file is still hers");
    shop.sync();
    assert_eq!(shop.listed("customers")[0]["name"], "李女士", "at HQ too");
}
