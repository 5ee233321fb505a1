//! What a cashier does on her page, and what HQ makes of it.
//!
//! Not here: how the page looks.

use serde_json::{Value, json};

use crate::http;
use crate::shop::{BridgeOf, Setting, Shop};
use crate::splice::added;
use crate::till::{self, Receipt, gb18030};

const NUMBER: &str = "13900001234";
const MASKED: &str = "139****1234";

/// Rings up a receipt and says how many notes were printed and with which bytes.
fn note(shop: &Shop, receipt: &Receipt) -> Option<Vec<u8>> {
    let printed = shop.ring_up(receipt).bytes;
    let mut blocks = added(&receipt.bytes(), &printed, 1).expect("the paper is what was sent");
    blocks.pop().map(|block| block.bytes)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    let text = gb18030(text);
    bytes.windows(text.len()).any(|part| part == text)
}

/// Who was asked and whose it is, as HQ shows it.
fn standing(shop: &Shop, no: &str) -> (Value, Value) {
    shop.sync();
    let sale = shop.sale(no);
    (sale["asked"].clone(), sale["member"].clone())
}

#[test]
fn a_typed_number_belongs_to_the_sale_being_rung_up_and_to_no_other() {
    let shop = Shop::open();
    let given = json!({ "number": NUMBER, "surname": "王", "title": "女士" });
    let guest = shop.post("/api/number", &given);
    assert_eq!(guest["phone"], MASKED);
    assert_eq!(shop.state()["tills"][0]["serving"], "number");
    let greeted = note(&shop, &Receipt::of("6001", "羊毛大衣", 129_900)).expect("a note");
    assert!(contains(&greeted, "王女士"), "she is greeted by name");
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "the sale took the number");
    note(&shop, &Receipt::of("6002", "袜子", 2990));
    assert_eq!(standing(&shop, "6001"), (json!("given"), json!(MASKED)));
    assert_eq!(standing(&shop, "6002").1, Value::Null, "not hers");
}

#[test]
fn the_tills_own_member_line_beats_a_number_that_was_typed() {
    let shop = Shop::open();
    shop.post("/api/number", &json!({ "number": NUMBER }));
    shop.ring_up(&Receipt::of("6051", "羊毛大衣", 129_900).member("13800006721"));
    assert_eq!(standing(&shop, "6051"), (json!("given"), json!("138****6721")));
}

#[test]
fn a_number_typed_for_one_till_is_not_taken_by_the_other() {
    let shop =
        Shop::with(Setting { bridge: BridgeOf::TheAgent, two_tills: true, ..Setting::default() });
    shop.post("/api/number", &json!({ "till": "till-2", "number": NUMBER }));
    shop.ring_up(&Receipt::of("6071", "羊毛大衣", 129_900));
    let (second, printer) = shop.second.as_ref().unwrap();
    till::print(*second, &Receipt::of("6072", "牛仔裤", 39_900).bytes());
    printer.job(1);
    shop.await_slips(2);
    assert_eq!(standing(&shop, "6071").1, Value::Null, "rung up at the first till");
    assert_eq!(standing(&shop, "6072"), (json!("given"), json!(MASKED)));
}

#[test]
fn a_sale_is_attached_afterwards_by_its_receipt_number_and_the_link_can_be_undone() {
    let shop = Shop::open();
    shop.ring_up(&Receipt::of("6101", "牛仔裤", 39_900));
    let given = json!({ "receipt_no": "6101", "number": NUMBER });
    assert_eq!(shop.post("/api/link", &given)["phone"], MASKED);
    assert_eq!(standing(&shop, "6101"), (json!("given"), json!(MASKED)));
    let paper = shop.papers()[0]["id"].as_u64().unwrap();
    shop.post(&format!("/api/papers/{paper}/unlink"), &json!({}));
    assert_eq!(standing(&shop, "6101").1, Value::Null, "undone");
    let right = json!({ "number": "13700002468" });
    shop.post(&format!("/api/papers/{paper}/link"), &right);
    assert_eq!(standing(&shop, "6101"), (json!("given"), json!("137****2468")));
}

#[test]
fn refused_is_kept_as_refused() {
    let shop = Shop::open();
    shop.post("/api/serving", &json!({ "serving": "refused" }));
    shop.ring_up(&Receipt::of("6201", "纯棉衬衫", 24_200));
    shop.ring_up(&Receipt::of("6202", "纯棉衬衫", 24_201));
    assert_eq!(standing(&shop, "6201"), (json!("refused"), Value::Null));
    assert_eq!(standing(&shop, "6202").0, "pending", "refused is said of one sale");
}

#[test]
fn whether_she_was_asked_is_open_until_the_next_sale() {
    let shop = Shop::open();
    shop.ring_up(&Receipt::of("6301", "袜子", 2990));
    assert_eq!(standing(&shop, "6301").0, "pending");
    shop.ring_up(&Receipt::of("6302", "袜子", 2991));
    assert_eq!(standing(&shop, "6301").0, "not_asked");
    shop.post("/api/link", &json!({ "receipt_no": "6301", "number": NUMBER }));
    assert_eq!(standing(&shop, "6301"), (json!("given"), json!(MASKED)), "and still attachable");
}

#[test]
fn a_gift_greets_nobody_and_the_next_sale_does() {
    let shop = Shop::open();
    let given = json!({ "number": NUMBER, "surname": "王", "title": "女士" });
    shop.post("/api/number", &given);
    shop.post("/api/quiet", &json!({ "quiet": true }));
    let gift = note(&shop, &Receipt::of("6401", "羊绒围巾", 49_000)).expect("care for the thing");
    assert!(!contains(&gift, "王女士") && contains(&gift, "羊绒"));
    shop.post("/api/number", &given);
    let own = note(&shop, &Receipt::of("6402", "羊绒围巾", 49_001)).expect("a note");
    assert!(contains(&own, "王女士"));
    assert_eq!(standing(&shop, "6401"), (json!("given"), json!(MASKED)), "hers all the same");
}

#[test]
fn a_receipt_of_another_till_is_taken_as_a_reference() {
    let shop = Shop::open();
    let guest = shop.post("/api/link", &json!({ "receipt_no": "T2-0009", "number": NUMBER }));
    assert_eq!(guest["phone"], MASKED);
    shop.sync();
    assert!(shop.sales().is_empty(), "a reference is no sale");
    // It is resolved by what HQ knows of this store, also when the sale comes later.
    shop.ring_up(&Receipt::of("6501", "袜子", 2990));
    assert_eq!(standing(&shop, "6501").1, Value::Null);
}

#[test]
fn no_answer_of_the_page_holds_a_number_in_clear() {
    let shop = Shop::open();
    let answers = [
        shop.post("/api/number", &json!({ "number": NUMBER })),
        shop.state(),
        {
            shop.ring_up(&Receipt::of("6601", "羊毛大衣", 129_900).member(NUMBER));
            shop.state()
        },
        shop.post("/api/link", &json!({ "receipt_no": "6601", "number": NUMBER })),
    ];
    for answer in answers {
        assert!(!answer.to_string().contains(NUMBER), "{answer}");
    }
    for path in ["/", "/?lang=en"] {
        let page = http::get(shop.page(), path).unwrap();
        assert_eq!(page.status, 200);
        assert!(!page.body.contains(NUMBER), "{path}");
    }
}

#[test]
fn what_is_no_number_or_no_receipt_is_refused_in_words_without_repeating_it() {
    let shop = Shop::open();
    for (path, body, status) in [
        ("/api/number", json!({ "number": "1390000123x" }), 422),
        ("/api/number", json!({ "number": "1390000123" }), 422),
        ("/api/number", json!({ "number": "139000012345" }), 422),
        ("/api/link", json!({ "receipt_no": "1", "number": "1390000123" }), 422),
        ("/api/number", json!({ "number": "" }), 422),
        ("/api/link", json!({ "receipt_no": " ", "number": NUMBER }), 422),
        ("/api/papers/4711/link", json!({ "number": NUMBER }), 404),
        ("/api/papers/4711/unlink", json!({}), 404),
    ] {
        let answer = http::post(shop.page(), path, &body).unwrap();
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.body);
        assert!(answer.json()["error"].is_string(), "{path} {body}: {}", answer.body);
        assert!(!answer.body.contains("1390000123"), "{path}: {}", answer.body);
    }
}

#[test]
fn another_site_in_the_browser_gets_nothing_and_changes_nothing() {
    let shop = Shop::open();
    let own = shop.page().to_string();
    let refused = br#"{"serving":"refused"}"#;
    let refused = std::str::from_utf8(refused).unwrap();
    let json = ("Content-Type", "application/json");
    let asked = |headers: &[(&str, &str)]| {
        http::ask(shop.page(), "POST", "/api/serving", headers, refused).unwrap().status
    };
    assert_eq!(asked(&[("Host", "evil.example"), json]), 403, "a name bound to this box");
    assert_eq!(asked(&[("Host", &own), json, ("Origin", "http://evil.example")]), 403);
    assert_eq!(asked(&[("Host", &own), json, ("Origin", "null")]), 403);
    assert_eq!(asked(&[("Host", &own), ("Content-Type", "text/plain")]), 403, "a plain form");
    let read = http::ask(shop.page(), "GET", "/api/state", &[("Host", "evil.example")], "");
    assert_eq!(read.unwrap().status, 403);
    assert_eq!(shop.state()["tills"][0]["serving"], "nobody", "nothing was changed");
    assert_eq!(asked(&[("Host", &own), json]), 200);
    assert_eq!(shop.state()["tills"][0]["serving"], "refused");
}
