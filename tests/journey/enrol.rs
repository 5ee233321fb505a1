//! Becoming a till of a store: a code counts once, and only for the HQ that gave it.
//!
//! Not here: the messages (`sync::message`).

use crate::programs::output;
use crate::shop::{BridgeOf, Setting, Shop, enrol_code, start_hq};
use crate::till::{self, Receipt};
use crate::wait::until_true;

fn not_enrolled() -> Shop {
    Shop::with(Setting { enrolled: false, bridge: BridgeOf::TheAgent, ..Setting::default() })
}

/// Tries to enrol and gives what is said against it.
fn refusal(shop: &Shop, code: &str) -> String {
    let url = shop.hq_url();
    let arguments = ["enrol", "--config", &shop.config(), "--hq", &url, "--code", code];
    let output = output("huitou", &arguments);
    assert!(!output.status.success(), "enrolled with a code that is not good");
    assert!(!shop.state_dir().join("terminal.key").exists(), "nothing may be left of it");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_code_that_is_used_up_is_refused() {
    let (first, second) = (not_enrolled(), not_enrolled());
    let code = enrol_code(&first.path("hq"));
    first.enrol_with(&code);
    // The second box tries at the first one's HQ.
    let url = first.hq_url();
    let arguments = ["enrol", "--config", &second.config(), "--hq", &url, "--code", &code];
    let output = output("huitou", &arguments);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("used up"), "{said}");
    assert!(!second.state_dir().join("terminal.key").exists());
}

#[test]
fn a_code_of_another_hq_is_found_out_before_anything_is_told() {
    let shop = not_enrolled();
    let dir = tempfile::tempdir().unwrap();
    let (_other, _) = start_hq(dir.path(), "other");
    let said = refusal(&shop, &enrol_code(&dir.path().join("other")));
    assert!(!said.contains("status"), "it was sent to the wrong HQ: {said}");
}

#[test]
fn a_mistyped_code_is_told_as_such() {
    let shop = not_enrolled();
    let mut code = enrol_code(&shop.path("hq"));
    let last = if code.pop() == Some('2') { '3' } else { '2' };
    code.push(last);
    let said = refusal(&shop, &code);
    assert!(said.contains("code"), "{said}");
}

#[test]
fn receipts_print_before_enrolment_and_are_taken_afterwards() {
    let mut shop = not_enrolled();
    shop.start_agent_unwatched();
    until_true("the bridge's port", || std::net::TcpStream::connect(shop.till).is_ok());
    let receipts: Vec<_> =
        (0..5).map(|at| Receipt::of(format!("80{at}"), "羊毛大衣", 129_900 + at)).collect();
    for (at, receipt) in receipts.iter().enumerate() {
        till::print(shop.till, &receipt.bytes());
        assert_eq!(shop.printer.job(at + 1).bytes, receipt.bytes(), "as sent");
    }
    shop.enrol();
    shop.await_agent();
    shop.await_slips(5);
    shop.sync();
    for receipt in &receipts {
        assert_eq!(shop.sale(&receipt.no)["total"], receipt.total());
    }
    assert_eq!(shop.sales().len(), 5);
}
