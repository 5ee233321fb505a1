//! A bridge that cannot start is replaced by a plain pipe on the ports that worked last.
//!
//! Not here: the same under systemd (`.ci/systemd`).

use std::fs;

use serde_json::json;

use crate::programs::{Running, signal};
use crate::shop::{BridgeOf, FIRST, Setting, Shop};
use crate::till::{self, Receipt};
use crate::wait::until_true;

const SETTING: Setting =
    Setting { notes: true, bridge: BridgeOf::TheAgent, enrolled: true, two_tills: false };

/// A shop that printed a receipt, after which bridge and agent end.
fn shop() -> Shop {
    let mut shop = Shop::with(SETTING);
    shop.ring_up(&Receipt::of("2026112190001", "羊毛大衣", 29_900));
    let bridge = shop.bridge_pid();
    shop.kill_agent();
    signal("-9", bridge);
    shop
}

fn config_with(shop: &Shop, old: &str, new: &str) {
    let text = fs::read_to_string(shop.config()).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(shop.config(), text.replace(old, new)).unwrap();
}

/// A receipt comes out exactly as it was sent.
fn prints_without_a_note(shop: &Shop, no: &str) {
    let (receipt, before) = (Receipt::of(no, "丝绸围巾", 19_900), shop.printer.jobs().len());
    till::print(shop.till, &receipt.bytes());
    assert_eq!(shop.printer.job(before + 1).bytes, receipt.bytes());
}

fn end_pipe(shop: &Shop) {
    let mark = shop.state_dir().join("link").join(format!("{FIRST}.pipe"));
    signal("-9", fs::read_to_string(mark).unwrap().parse().unwrap());
}

#[test]
fn a_bridge_that_keeps_failing_is_replaced_and_the_page_says_so() {
    let mut shop = shop();
    config_with(&shop, "printer = \"tcp:", "printer = \"tpc:");
    shop.start_agent_unwatched();
    shop.await_page();
    until_true("the plain pipe", || shop.state()["tills"][0]["plain_pipe"] == json!(true));
    prints_without_a_note(&shop, "2026112190002");
    // The installer mends the settings.
    shop.kill_agent();
    config_with(&shop, "printer = \"tpc:", "printer = \"tcp:");
    shop.start_agent();
    assert_eq!(shop.state()["tills"][0]["plain_pipe"], json!(false));
    let before = shop.slips_taken();
    shop.ring_up(&Receipt::of("2026112190003", "羊毛大衣", 39_900));
    assert_eq!(shop.slips_taken(), before + 1, "a bridge tells its slips again");
}

#[test]
fn settings_that_cannot_be_read_do_not_stop_the_paper() {
    let shop = shop();
    config_with(&shop, "[store]", "[store");
    let (log, state) = (shop.path("broken.log"), shop.state_dir());
    let arguments = ["run", "--config", &shop.config()];
    let agent = Running::start_in("huitou", &arguments, &log, "STATE_DIRECTORY", &state);
    until_true("a word about it", || agent.said().contains("plain pipe"));
    prints_without_a_note(&shop, "2026112190004");
    end_pipe(&shop);
}
