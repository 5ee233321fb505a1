//! What a till tells a person of its receipts: those that are missing, those whose member is
//! masked, and those that it did not understand.
//!
//! Not here: how receipts are read (`huitou::sale`), what numbers a till may skip
//! (`huitou::completeness`).

use serde_json::json;

use crate::http;
use crate::shop::Shop;
use crate::till::{self, FEED_AND_CUT, Receipt};

/// A receipt of a till that calls the number of pieces what others call the total.
fn strange(no: &str, price: i64) -> Vec<u8> {
    let price = till::yuan(price);
    let rows = [
        format!("单号:{no}"),
        "时间:2026-11-21 15:02".to_owned(),
        "--------------------------------".to_owned(),
        format!("羊毛大衣      1 {price:>14}"),
        "--------------------------------".to_owned(),
        format!("合计{:>28}", "3.00"),
        format!("本单结数{price:>24}"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    [&till::slip("云裳坊", &rows), FEED_AND_CUT].concat()
}

#[test]
fn numbers_that_skip_and_a_report_that_disagrees_are_told_here_and_at_hq() {
    let shop = Shop::open();
    let mut total = 0;
    for no in [41, 42, 43, 44, 46, 47, 48] {
        let price = 10_000 + no * 100;
        total += price;
        shop.ring_up(&Receipt::of(format!("20261121{no:04}"), "羊毛大衣", price));
    }
    shop.print(&till::report(8, total + 14_500), 1);
    let missing = shop.state()["tills"][0]["missing"].to_string();
    assert!(missing.contains("202611210045"), "{missing}");
    assert!(missing.contains("8") && missing.contains("7"), "{missing}");
    shop.sync();
    let tills = shop.listed("tills");
    assert_eq!(tills[0]["missing"], json!(["202611210045"]), "{tills:#?}");
}

#[test]
fn a_whole_day_is_not_said_to_miss_anything() {
    let shop = Shop::open();
    let mut total = 0;
    for no in 41..48 {
        total += 10_000;
        shop.ring_up(&Receipt::of(format!("20261121{no:04}"), "羊毛大衣", 10_000));
    }
    // A shift report, the day's, and the day's once more: each fits something.
    for _ in 0..3 {
        shop.print(&till::report(7, total), 1);
        assert_eq!(shop.state()["tills"][0]["missing"], json!([]));
    }
}

#[test]
fn a_masked_member_with_her_name_is_found_and_without_it_the_cashier_is_asked() {
    let shop = Shop::open();
    let known = json!({ "number": "13800138021", "surname": "李", "title": "女士" });
    shop.post("/api/number", &known);
    shop.ring_up(&Receipt::of("202611220001", "羊毛大衣", 30_000));
    let named = |no: &str, member: &str| {
        let row = till::gb18030(member);
        let bytes = Receipt::of(no, "丝绸围巾", 20_000).bytes();
        let thanks = till::gb18030("谢谢惠顾");
        let at = bytes.windows(thanks.len()).position(|part| part == thanks).unwrap();
        [&bytes[..at], &row, &bytes[at..]].concat()
    };
    shop.print(&named("202611220002", "会员姓名:李女士  手机:138****8021\n"), 1);
    assert_eq!(shop.papers()[0]["asked"], "given", "{:#?}", shop.papers()[0]);
    shop.print(&named("202611220003", "会员姓名:王女士  手机:138****8021\n"), 1);
    assert_eq!(shop.papers()[0]["asked"], "pending", "another's name");
    assert_eq!(shop.papers()[0]["maybe"], json!([]));
    shop.print(&named("202611220004", "会员手机:138****8021\n"), 1);
    let paper = shop.papers().remove(0);
    assert_eq!(paper["asked"], "pending", "without a name it may be a stranger");
    assert_eq!(paper["maybe"][0]["name"], "李女士");
    shop.post(
        &format!("/api/papers/{}/maybe", paper["id"]),
        &json!({ "maybe": 0, "phone": "138****8021", "name": "李女士" }),
    );
    shop.sync();
    for (no, customers) in [("202611220002", true), ("202611220003", false), ("202611220004", true)]
    {
        assert_eq!(!shop.sale(no)["member"].is_null(), customers, "{no}");
    }
}

#[test]
fn a_person_says_what_a_row_is_and_the_next_receipt_is_read_by_it() {
    let shop = Shop::open();
    shop.print(&strange("000118", 29_900), 1);
    let paper = shop.papers().remove(0);
    assert_eq!(paper["review"], json!(true), "{paper:#}");
    let path = |what: &str| format!("/api/papers/{}/{what}", paper["id"]);
    let explained = http::get(shop.page(), &path("explain")).unwrap().json();
    assert!(!explained["marks"].as_array().unwrap().is_empty(), "{explained:#}");
    let row = |wanted: &str| {
        let rows = paper["rows"].as_array().unwrap().iter();
        rows.clone().position(|row| row.as_str().unwrap().contains(wanted)).unwrap()
    };
    shop.post(&path("review"), &json!({ "row": row("本单结数"), "part": "total" }));
    assert_eq!(shop.papers()[0]["total"], "299.00");
    let wrong = http::post(shop.page(), &path("review"), &json!({ "row": 99, "part": "total" }));
    assert_eq!(wrong.unwrap().status, 422);
    shop.print(&strange("000119", 45_000), 1);
    let next = shop.papers().remove(0);
    assert_eq!((next["total"].as_str(), next["review"].as_bool()), (Some("450.00"), Some(false)));
    shop.sync();
    assert_eq!(shop.sale("000118")["total"], json!(29_900), "amended at HQ");
    assert_eq!(shop.sale("000119")["total"], json!(45_000));
}

#[test]
fn a_return_is_tied_to_the_sale_that_it_names() {
    let shop = Shop::open();
    shop.ring_up(&Receipt::of("202611230001", "羊毛大衣", 129_900).member("13800138021"));
    shop.print(&till::returned("TH0001", "202611230001", 129_900, "13800138021"), 1);
    shop.sync();
    assert_eq!(shop.sale("TH0001")["takes_back"], json!("202611230001"));
    assert_eq!(shop.sale("202611230001")["takes_back"], json!(null));
}

#[test]
fn the_amount_of_a_picture_can_be_typed_and_counts_from_then_on() {
    let shop = Shop::open();
    let dots = [&b"\x1b@\x1dv0\x00\x30\x00\x90\x01"[..], &vec![0x5A; 48 * 400]].concat();
    shop.print(&[&dots, FEED_AND_CUT].concat(), 1);
    let paper = shop.papers().remove(0);
    assert_eq!(paper["kind"], "unread");
    let path = format!("/api/papers/{}/amount", paper["id"]);
    let wrong = http::post(shop.page(), &path, &json!({ "amount": "eighty" })).unwrap();
    assert_eq!(wrong.status, 422);
    let picture = http::get(shop.page(), &format!("/api/papers/{}/picture", paper["id"])).unwrap();
    assert_eq!(picture.status, 200, "{}", picture.body);
    shop.post(&path, &json!({ "amount": "88.50" }));
    assert_eq!(shop.papers()[0]["total"], "88.50");
    shop.sync();
    let sales = shop.sales();
    assert_eq!((&sales[0]["total"], &sales[0]["counts"]), (&json!(8_850), &json!(true)));
}

#[test]
fn the_sale_that_made_a_person_teach_counts_too() {
    let shop = Shop::open();
    let rows = ["单号:000118", "时间:2026-11-21 15:02", "羊毛大衣", "本单结数 299.00"];
    shop.print(&[&till::slip("云裳坊", &rows), FEED_AND_CUT].concat(), 1);
    let paper = shop.papers().remove(0);
    assert_eq!((paper["kind"].as_str(), paper["review"].as_bool()), (Some("other"), Some(true)));
    let row = paper["rows"].as_array().unwrap().len() - 1;
    let path = format!("/api/papers/{}/review", paper["id"]);
    shop.post(&path, &json!({ "row": row, "part": "total" }));
    assert_eq!(shop.papers()[0]["kind"], "sale");
    shop.sync();
    assert_eq!(shop.sale("000118")["total"], json!(29_900));
}
