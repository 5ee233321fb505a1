//! A job of the agent's own, between two jobs of the till.
//!
//! Not here: waiting for its turn (`firmware_bridge::bridge`, which tests that).

use serde_json::json;

use crate::shop::Shop;
use crate::till::{self, Receipt};
use crate::wait;

#[test]
fn a_test_page_comes_out_between_two_receipts_and_changes_neither() {
    let mut shop = Shop::open();
    shop.await_agent();
    let first = Receipt::of("701", "袜子", 2990);
    shop.ring_up(&first);
    shop.post("/api/print-test", &json!({}));
    let title = till::gb18030("回头 打印测试");
    let page = wait::until("the test page", || {
        shop.printer.jobs().into_iter().find(|job| has(&job.bytes, &title) && job.closed)
    });
    assert!(page.bytes.ends_with(b"\x1dV\x01"), "it is cut off like a receipt");
    wait::until_true("the agent to hear of it", || {
        shop.state()["tills"][0]["test_printed"] == json!(true)
    });
    let second = Receipt::of("702", "袜子", 2990);
    let job = shop.ring_up(&second);
    assert!(!has(&job.bytes, &title));
    shop.sync();
    assert_eq!(shop.sales().len(), 2, "a page of our own is no sale");
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
