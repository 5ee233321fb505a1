//! The agent is killed, stopped and restarted: the paper is complete, and every slip becomes
//! exactly one sale at HQ.
//!
//! The bridge is the one that the agent started, with the hold of a real shop: a note may come too
//! late on a busy machine, a receipt may not.
//!
//! Not here: what the wire does to batches (`sync`'s own tests).

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http;
use crate::printer::Job;
use crate::programs::signal;
use crate::shop::{BridgeOf, Setting, Shop};
use crate::splice::added;
use crate::till::{self, Receipt, reprinted};
use crate::wait::until_true;

/// The longest hold and what a busy machine adds to it.
const HOLD_AND_SLACK: Duration = Duration::from_millis(300 + 1_200);

fn shop() -> Shop {
    Shop::with(Setting { bridge: BridgeOf::TheAgent, ..Setting::default() })
}

fn receipts(count: usize) -> Vec<Receipt> {
    let receipt = |at: usize| {
        let price = 10_000 + i64::try_from(at).unwrap() * 37;
        Receipt {
            cash: price + 63, ..Receipt::of(format!("2026112180{at:02}"), "羊毛大衣", price)
        }
    };
    (0..count).map(receipt).collect()
}

/// The paper is what was sent, plus at most one note.
fn assert_complete(receipt: &Receipt, printed: &Job) {
    let blocks = added(&receipt.bytes(), &printed.bytes, 1);
    let blocks = blocks.unwrap_or_else(|| panic!("{}: the paper is not complete", receipt.no));
    assert!(blocks.iter().all(|block| block.stands_before_the_cut(&receipt.bytes())));
}

/// HQ has each of `receipts` once, with its total and change, and nothing else.
fn assert_each_is_one_sale(shop: &Shop, receipts: &[Receipt]) {
    shop.sync();
    let sales = shop.sales();
    for receipt in receipts {
        let same: Vec<_> = sales.iter().filter(|sale| sale["receipt_no"] == receipt.no).collect();
        assert_eq!(same.len(), 1, "{}: {same:#?}", receipt.no);
        assert_eq!(same[0]["total"], json!(receipt.total()), "{}", receipt.no);
        assert_eq!(same[0]["change"], json!(receipt.cash - receipt.total()), "{}", receipt.no);
    }
    assert_eq!(sales.len(), receipts.len(), "sales that nobody made");
}

#[test]
fn killed_in_the_middle_of_jobs_and_between_them_it_loses_and_doubles_nothing() {
    let mut shop = shop();
    let receipts = receipts(36);
    for (at, receipt) in receipts.iter().enumerate() {
        let bytes = receipt.bytes();
        let mut wire = TcpStream::connect(shop.till).unwrap();
        // Anywhere in the job: in its head, its items, its last line, or between feed and cut.
        let half =
            [bytes.len() / 7, bytes.len() / 2, bytes.len() - 12, bytes.len() - 4][at / 6 % 4];
        wire.write_all(&bytes[..half]).unwrap();
        match at % 6 {
            1 => shop.kill_agent(),
            3 => shop.start_agent_unwatched(),
            4 => shop.await_agent(),
            _ => {}
        }
        wire.write_all(&bytes[half..]).unwrap();
        wire.shutdown(Shutdown::Write).unwrap();
        assert_complete(receipt, &shop.printer.job(at + 1));
        if at % 6 == 5 {
            shop.kill_agent();
            shop.start_agent();
        }
    }
    shop.await_slips(36);
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn killed_at_any_moment_while_a_slip_is_written_down_it_takes_the_slip_once() {
    let mut shop = shop();
    let receipts = receipts(12);
    for (at, receipt) in receipts.iter().enumerate() {
        till::print(shop.till, &receipt.bytes());
        // Another moment each time: before the slip is heard, while it is written, after the answer.
        std::thread::sleep(Duration::from_micros(u64::try_from(at).unwrap() * 900));
        shop.kill_agent();
        shop.start_agent();
        assert_complete(receipt, &shop.printer.job(at + 1));
    }
    shop.await_slips(12);
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn what_was_printed_while_the_agent_was_dead_is_taken_when_it_is_back() {
    let mut shop = shop();
    let bridge = shop.bridge_pid();
    shop.kill_agent();
    let receipts = receipts(30);
    let began = Instant::now();
    for (at, receipt) in receipts.iter().enumerate() {
        till::print(shop.till, &receipt.bytes());
        assert_eq!(shop.printer.job(at + 1).bytes, receipt.bytes(), "as sent, for nobody answers");
    }
    assert!(began.elapsed() < HOLD_AND_SLACK * 30, "nothing is held for an agent that is away");
    shop.start_agent();
    assert_eq!(shop.bridge_pid(), bridge, "the bridge outlived its agent and was found again");
    shop.await_slips(30);
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn an_agent_that_hangs_costs_a_receipt_its_note_and_not_its_paper() {
    let shop = shop();
    let receipts = receipts(4);
    shop.ring_up(&receipts[0]);
    signal("-STOP", shop.agent_pid());
    for (at, receipt) in receipts.iter().enumerate().skip(1) {
        let began = Instant::now();
        till::print(shop.till, &receipt.bytes());
        let sent = receipt.bytes().len();
        let printed = until_all(&shop, at, sent);
        assert!(printed.duration_since(began) < HOLD_AND_SLACK, "held for a hung agent");
        assert_eq!(shop.printer.job(at + 1).bytes, receipt.bytes());
    }
    signal("-CONT", shop.agent_pid());
    shop.await_slips(4);
    assert_each_is_one_sale(&shop, &receipts);
}

/// When all `sent` bytes of the job after `before` were on the paper.
fn until_all(shop: &Shop, before: usize, sent: usize) -> Instant {
    let arrivals = shop.printer.job(before + 1).arrivals;
    arrivals.into_iter().find(|(bytes, _)| *bytes >= sent).unwrap().1
}

#[test]
fn a_bridge_that_hangs_is_said_and_found_again() {
    let shop = shop();
    let receipts = receipts(2);
    shop.ring_up(&receipts[0]);
    let bridge = shop.bridge_pid();
    let line_up = |up: bool| shop.state()["tills"][0]["line_up"] == json!(up);
    signal("-STOP", bridge);
    until_true("the page says that nothing prints", || line_up(false));
    signal("-CONT", bridge);
    until_true("the line stands again", || line_up(true));
    assert_complete(&receipts[1], &shop.ring_up(&receipts[1]));
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn a_killed_bridge_is_replaced_and_the_day_goes_on() {
    let shop = shop();
    let receipts = receipts(4);
    shop.ring_up(&receipts[0]);
    shop.ring_up(&receipts[1]);
    let bridge = shop.bridge_pid();
    signal("-9", bridge);
    until_true("another bridge", || {
        let state = shop.state();
        let till = &state["tills"][0];
        till["line_up"] == json!(true) && till["pid"] != json!(bridge)
    });
    for receipt in &receipts[2..] {
        assert_complete(receipt, &shop.ring_up(receipt));
    }
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn a_reprint_after_a_restart_is_still_no_second_sale() {
    let mut shop = shop();
    let receipts = receipts(1);
    shop.ring_up(&receipts[0]);
    shop.kill_agent();
    shop.start_agent();
    let again = reprinted(&receipts[0]);
    assert_eq!(shop.print(&again, 1).bytes, again, "no note on a reprint");
    assert_each_is_one_sale(&shop, &receipts);
}

#[test]
fn hq_that_is_killed_while_it_takes_a_batch_counts_every_sale_once() {
    let mut shop = shop();
    let receipts = receipts(18);
    for (round, sales) in receipts.chunks(3).enumerate() {
        for receipt in sales {
            shop.ring_up(receipt);
        }
        let page = shop.page();
        let sync = std::thread::spawn(move || http::post(page, "/api/sync", &json!({})));
        // Another moment each time, from the first request to the last answer.
        std::thread::sleep(Duration::from_millis(u64::try_from(round).unwrap() * 4));
        shop.restart_hq();
        sync.join().unwrap().unwrap(); // whether it went well or not is all the same
    }
    until_true("HQ to be reached again", || {
        http::post(shop.page(), "/api/sync", &json!({})).is_ok_and(|answer| answer.status == 200)
    });
    assert_each_is_one_sale(&shop, &receipts);
    assert_eq!(shop.state()["waiting"], 0, "nothing waits any more");
}
