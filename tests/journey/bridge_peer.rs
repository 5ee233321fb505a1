//! A bridge that a test plays, to tell an agent things that a real one tells once in a year.
//!
//! Not here: what a real bridge says (`firmware_bridge::bridge`).

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{End, MESSAGE_MAX, PIECE_MAX, ToAgent, ToBridge, VERSION};
use serde_json::json;

use crate::shop::{BridgeOf, FIRST, Setting, Shop};
use crate::till::{self, FEED_AND_CUT, Receipt, yuan};
use crate::wait::PATIENCE;

/// One conversation with an agent.
struct Conversation {
    wire: UnixStream,
    decoder: Decoder,
}

impl Conversation {
    /// Waits for an agent and says hello as the bridge's start `boot`.
    fn open(listener: &UnixListener, boot: u64) -> Self {
        let (wire, _) = listener.accept().unwrap();
        wire.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut conversation = Self { wire, decoder: Decoder::default() };
        conversation.say(&ToAgent::Hello { version: VERSION, boot, pid: 0 });
        conversation
    }

    fn say(&mut self, message: &ToAgent<'_>) {
        let (mut plain, mut framed) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
        let len = message.encode(&mut plain).unwrap();
        let len = frame::encode(&plain[..len], &mut framed).unwrap();
        self.wire.write_all(&framed[..len]).unwrap();
    }

    /// Tells a slip that was printed a while ago.
    fn tell(&mut self, slip: u32, job: &[u8]) {
        self.say(&ToAgent::SlipStart { slip, at_ms: 1, prelude: b"" });
        for bytes in job.chunks(PIECE_MAX) {
            self.say(&ToAgent::SlipData { slip, bytes });
        }
        let (end, held, truncated) = (End::Cut, false, false);
        self.say(&ToAgent::SlipEnd { slip, end, held, truncated, at_ms: 2 });
    }

    /// Waits until the agent acknowledges this slip.
    fn acknowledged(&mut self, number: u32) {
        let (mut piece, mut seen) = ([0; 1_024], false);
        while !seen {
            let len = self.wire.read(&mut piece).unwrap();
            assert!(len > 0, "the agent hung up before it acknowledged slip {number}");
            self.decoder.push(&piece[..len], |message| {
                seen |= ToBridge::decode(message) == Ok(ToBridge::Ack { slip: number });
            });
        }
    }
}

/// A shop whose agent runs and hears nobody yet, and the place where it looks for its bridge.
fn shop() -> (Shop, UnixListener) {
    let mut shop = Shop::with(Setting { bridge: BridgeOf::Nobody, ..Setting::default() });
    let socket = shop.socket(FIRST);
    let listener = listen(&socket);
    shop.start_agent_unwatched();
    (shop, listener)
}

fn listen(socket: &Path) -> UnixListener {
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    UnixListener::bind(socket).unwrap()
}

fn job(no: &str) -> Vec<u8> {
    Receipt::of(no, "羊毛大衣", 129_900).bytes()
}

/// The receipt numbers that HQ shows.
fn at_hq(shop: &Shop) -> Vec<String> {
    shop.sync();
    let sales = shop.sales();
    sales.iter().map(|sale| sale["receipt_no"].as_str().unwrap().to_owned()).collect()
}

/// A receipt without a number: only the slip's own number can tell it from itself told again.
fn nameless(total: i64) -> Vec<u8> {
    let paid = format!("现金{:>28}", yuan(total));
    let due = format!("合计{:>28}", yuan(total));
    let item = format!("羊毛大衣{:>24}", yuan(total));
    [&till::slip("云裳坊", &["时间:2026-11-21 15:02", &item, &due, &paid]), FEED_AND_CUT].concat()
}

#[test]
fn a_slip_whose_acknowledgement_was_lost_is_told_again_and_taken_once() {
    let (mut shop, listener) = shop();
    for kill in [false, true] {
        let mut first = Conversation::open(&listener, 7);
        first.tell(1, &nameless(400_100));
        first.tell(2, &nameless(400_200));
        first.acknowledged(2);
        if kill {
            shop.kill_agent();
            shop.start_agent_unwatched();
        }
        // It hangs up without having heard it.
    }
    let mut last = Conversation::open(&listener, 7);
    last.tell(1, &nameless(400_100));
    last.tell(2, &nameless(400_200));
    last.tell(3, &nameless(400_300));
    last.acknowledged(3);
    shop.await_agent();
    shop.sync();
    let sales = shop.sales();
    let totals: Vec<_> = sales.iter().map(|sale| sale["total"].as_i64().unwrap()).collect();
    assert_eq!(totals, [400_100, 400_200, 400_300]);
}

#[test]
fn a_bridge_that_was_restarted_counts_from_one_again_and_its_slips_are_new() {
    let (mut shop, listener) = shop();
    let mut before = Conversation::open(&listener, 7);
    before.tell(1, &job("4101"));
    before.acknowledged(1);
    drop(before);
    let mut after = Conversation::open(&listener, 8);
    after.tell(1, &job("4102"));
    after.acknowledged(1);
    shop.await_agent();
    assert_eq!(at_hq(&shop), ["4101", "4102"]);
}

#[test]
fn noise_and_unknown_messages_on_the_line_cost_nothing_else() {
    let (mut shop, listener) = shop();
    let mut wire = Conversation::open(&listener, 7);
    wire.wire.write_all(b"\x05noise\x00\x00\xff\xff\x00").unwrap();
    let mut unknown = [0; WIRE_MAX];
    let len = frame::encode(b"\x7fof a later version", &mut unknown).unwrap();
    wire.wire.write_all(&unknown[..len]).unwrap();
    wire.tell(1, &job("4201"));
    wire.acknowledged(1);
    shop.await_agent();
    assert_eq!(at_hq(&shop), ["4201"]);
}

#[test]
fn slips_that_were_lost_are_told_to_hq_as_a_gap_and_acknowledged() {
    let (mut shop, listener) = shop();
    let mut wire = Conversation::open(&listener, 7);
    wire.say(&ToAgent::Gap { first: 1, last: 5 });
    wire.acknowledged(5);
    wire.tell(6, &job("4301"));
    wire.acknowledged(6);
    shop.await_agent();
    assert_eq!(at_hq(&shop), ["4301"]);
    assert_eq!(shop.state()["waiting"], json!(0), "the gap is at HQ too");
}
