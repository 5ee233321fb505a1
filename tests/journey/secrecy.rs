//! A customer's number in clear lives in memory only: invariant 5, over every byte of every file.
//!
//! Not here: what is on the wire; it is the same sealed bytes that lie in the outbox.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::http;
use crate::shop::Shop;
use crate::till::{self, Receipt, returned};

const PRINTED: &str = "13800006721";
const TYPED: &str = "13900001234";
const ATTACHED: &str = "13700002468";
const UNDONE: &str = "13600009753";
const MISTYPED: &str = "13500008642";
const OF_ANOTHER_TILL: &str = "15800007531";

const NUMBERS: [&str; 6] = [PRINTED, TYPED, ATTACHED, UNDONE, MISTYPED, OF_ANOTHER_TILL];

/// Rings up a day on which numbers come from everywhere, and gives its sales.
fn day(shop: &Shop) -> Vec<Receipt> {
    let coat = Receipt { cash: 140_000, ..Receipt::of("5001", "羊毛大衣", 129_900) };
    let day = vec![
        coat.member(PRINTED),
        Receipt::of("5002", "真丝连衣裙", 239_900),
        Receipt::of("5003", "纯棉衬衫", 24_200),
        Receipt::of("5004", "牛仔裤", 39_900),
        Receipt::of("5005", "羽绒服", 89_901),
    ];
    shop.ring_up(&day[0]);
    let given = json!({ "number": TYPED, "surname": "王", "title": "女士" });
    shop.post("/api/number", &given);
    shop.ring_up(&day[1]);
    shop.post("/api/serving", &json!({ "serving": "refused" }));
    shop.ring_up(&day[2]);
    shop.ring_up(&day[3]);
    shop.post("/api/link", &json!({ "receipt_no": "5004", "number": ATTACHED, "surname": "李" }));
    shop.ring_up(&day[4]);
    let paper = shop.papers()[0]["id"].as_u64().unwrap();
    shop.post(&format!("/api/papers/{paper}/link"), &json!({ "number": UNDONE }));
    shop.post(&format!("/api/papers/{paper}/unlink"), &json!({}));
    let wrong = json!({ "number": format!("{MISTYPED}o") });
    let refused = http::post(shop.page(), "/api/number", &wrong).unwrap();
    assert_eq!(refused.status, 422, "a number that is none");
    let other = json!({ "receipt_no": "A-77", "number": OF_ANOTHER_TILL });
    shop.post("/api/link", &other);
    shop.print(&returned("5006", "5001", 129_900, PRINTED), 1);
    shop.print(&till::report(5, 523_801), 1);
    day
}

#[test]
fn after_a_day_of_sales_no_file_holds_a_customers_number() {
    let mut shop = Shop::open();
    day(&shop);
    assert_silent(&shop, "before the sync");
    shop.sync();
    assert_silent(&shop, "after the sync");
    shop.kill_agent();
    assert_silent(&shop, "after kill -9");
    shop.start_agent();
    assert_silent(&shop, "after a restart");
    let state = shop.state().to_string();
    assert!(found_in(state.as_bytes()).is_empty(), "the page shows a number in clear");
}

#[test]
fn hq_shows_what_was_printed_to_the_fen() {
    let shop = Shop::open();
    let day = day(&shop);
    shop.sync();
    let sales = shop.sales();
    let totals: BTreeMap<&str, i64> = sales
        .iter()
        .map(|sale| (sale["receipt_no"].as_str().unwrap(), sale["total"].as_i64().unwrap()))
        .collect();
    let mut printed: BTreeMap<&str, i64> =
        day.iter().map(|receipt| (receipt.no.as_str(), receipt.total())).collect();
    printed.insert("5006", -129_900);
    assert_eq!(totals, printed);
    for receipt in &day {
        let sale = shop.sale(&receipt.no);
        let change = receipt.cash - receipt.total();
        assert_eq!(sale["change"], json!(change), "{}", receipt.no);
        let paid: i64 = amounts(&sale["tenders"]).sum();
        assert!(paid == receipt.cash || paid == receipt.total(), "{}: {sale}", receipt.no);
        assert_eq!(amounts(&sale["items"]).sum::<i64>(), receipt.total(), "{}", receipt.no);
        assert_eq!(sale["items"][0]["name"], receipt.items[0].0);
    }
    let members: Vec<Value> = sales.iter().map(|sale| sale["member"].clone()).collect();
    let masked = |number: &str| json!(format!("{}****{}", &number[..3], &number[7..]));
    let wanted = [PRINTED, TYPED, "", ATTACHED, "", PRINTED];
    let wanted = wanted.map(|number| if number.is_empty() { Value::Null } else { masked(number) });
    assert_eq!(members, wanted);
}

fn amounts(rows: &Value) -> impl Iterator<Item = i64> {
    rows.as_array().unwrap().iter().map(|row| row["amount"].as_i64().unwrap())
}

/// No file of the shop, of HQ or of a log holds a number.
fn assert_silent(shop: &Shop, when: &str) {
    let mut files = 0;
    visit(&shop.path(""), &mut |path, bytes| {
        files += 1;
        let found = found_in(bytes);
        assert!(found.is_empty(), "{when}: {} holds {found:?}", path.display());
    });
    assert!(files >= 6, "{when}: only {files} files were looked at");
}

/// The numbers among `bytes`, as they are typed or with separators as people write them.
fn found_in(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let spelled = |number: &str| {
        let (a, rest) = number.split_at(3);
        let (b, c) = rest.split_at(4);
        [number.to_owned(), format!("{a} {b} {c}"), format!("{a}-{b}-{c}")]
    };
    let told = |number: &&str| spelled(number).iter().any(|text| holds(text));
    NUMBERS.into_iter().filter(told).collect()
}

fn visit(path: &Path, see: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        let path = entry.path();
        match std::fs::metadata(&path) {
            Ok(about) if about.is_dir() => visit(&path, see),
            Ok(about) if about.is_file() => see(&path, &std::fs::read(&path).unwrap()),
            _ => {} // a socket, or gone since
        }
    }
}

#[test]
fn the_search_finds_a_number_that_is_there() {
    assert_eq!(found_in(b"\0\0phone=13800006721\0"), [PRINTED]);
    assert_eq!(found_in(b"139 0000 1234"), [TYPED]);
    assert!(found_in(b"138****6721").is_empty());
}
