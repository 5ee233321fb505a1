//! Tiers go to HQ as sales, come back as a care list, and stand on the next receipt.
//!
//! Not here: the rule itself (`sync::tier`).

use serde_json::json;

use crate::shop::Shop;
use crate::splice::added;
use crate::till::{Receipt, gb18030, returned};

const NUMBER: &str = "13900001234";

/// Rings up a sale of hers and says whether the note names this tier.
fn names(shop: &Shop, no: &str, tier: &str, price: i64) -> bool {
    let receipt = Receipt::of(no, "羊毛大衣", price).member(NUMBER);
    let printed = shop.ring_up(&receipt).bytes;
    let blocks = added(&receipt.bytes(), &printed, 1).expect("the paper is what was sent");
    let (note, tier) = (&blocks.first().expect("a note").bytes, gb18030(tier));
    note.windows(tier.len()).any(|part| part == tier)
}

fn tier_at_hq(shop: &Shop) -> serde_json::Value {
    let customers = shop.listed("customers");
    assert_eq!(customers.len(), 1, "{customers:#?}");
    customers[0]["tier"].clone()
}

#[test]
fn who_spends_5000_is_gold_on_the_next_receipt_and_a_return_takes_it_back() {
    let shop = Shop::open();
    assert!(!names(&shop, "7001", "金卡", 499_999), "below the line");
    shop.sync();
    assert_eq!(tier_at_hq(&shop), "银卡");
    assert!(!names(&shop, "7002", "金卡", 1), "the sale that crosses it is not yet hers");
    shop.sync();
    assert_eq!(tier_at_hq(&shop), "金卡");
    assert!(names(&shop, "7003", "金卡", 1000), "the first receipt after the sync");
    shop.print(&returned("7004", "7001", 499_999, NUMBER), 1);
    shop.sync();
    assert_eq!(tier_at_hq(&shop), json!(null));
    assert!(!names(&shop, "7005", "金卡", 1000), "taken back");
}

#[test]
fn a_till_counts_its_own_sales_before_hq_has_them() {
    let shop = Shop::open();
    names(&shop, "7101", "金卡", 510_000);
    assert!(names(&shop, "7102", "金卡", 1000), "with the cable out");
    shop.sync();
    assert!(names(&shop, "7103", "金卡", 1000), "and counted once, not twice, after the sync");
    shop.sync();
    assert_eq!(shop.listed("customers")[0]["spend"], json!(512_000));
}
