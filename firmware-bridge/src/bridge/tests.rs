//! A till, a printer and an agent around one bridge.

use super::*;
use crate::link::frame::{self, Decoder, WIRE_MAX};
use crate::link::{MESSAGE_MAX, NotePage, Row, Rows, ToAgent, ToBridge};
use crate::time::Millis;
use proptest::prelude::*;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// A till, a printer and an agent around one bridge.
struct Shop {
    bridge: Bridge<Vec<u8>>,
    printed: Vec<u8>,
    told: Vec<String>,
    /// Bytes of each slip as the agent got them.
    slips: Vec<(u32, Vec<u8>)>,
    now: Tick,
    waiting: Vec<u8>,
    agent_hears: Decoder,
}

impl Shop {
    fn new() -> Self {
        Self::with_ring(64 * 1024)
    }

    fn with_ring(ring: usize) -> Self {
        Self {
            bridge: Bridge::new(Settings::default(), 1, 0, vec![0; ring]),
            printed: Vec::new(),
            told: Vec::new(),
            slips: Vec::new(),
            now: Tick(0),
            waiting: Vec::new(),
            agent_hears: Decoder::default(),
        }
    }

    fn with_agent() -> Self {
        let mut shop = Self::new();
        shop.bridge.handle_link_opened(shop.now);
        shop.say(ToBridge::Hello { version: 1 });
        shop
    }

    fn say(&mut self, message: ToBridge<'_>) {
        let (mut bytes, mut wire) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
        let len = message.encode(&mut bytes).unwrap();
        let len = frame::encode(&bytes[..len], &mut wire).unwrap();
        self.bridge.handle_link(&wire[..len], self.now, &mut |bytes| self.printed.extend(bytes));
        self.settle();
    }

    fn note(&mut self, slip: u32, text: &[u8]) {
        let mut out = [0; 256];
        let row = Row { text, bold: true, ..Row::default() };
        let rows = Rows::encode(&[row], &mut out).unwrap();
        self.say(ToBridge::Note { slip, page: NotePage::AsPrinted, rows });
    }

    fn pos(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
        self.settle();
    }

    fn settle(&mut self) {
        let waiting = core::mem::take(&mut self.waiting);
        let taken = self.bridge.handle_pos(&waiting, self.now, &mut |bytes| {
            self.printed.extend(bytes);
        });
        self.waiting = waiting[taken..].to_vec();
        let mut out = vec![0; 4 * WIRE_MAX];
        loop {
            let len = self.bridge.poll_link(&mut out, self.now);
            if len == 0 {
                break;
            }
            let (told, slips) = (&mut self.told, &mut self.slips);
            self.agent_hears.push(&out[..len], |message| match ToAgent::decode(message).unwrap() {
                ToAgent::SlipStart { slip, prelude, .. } => slips.push((slip, prelude.to_vec())),
                ToAgent::SlipData { bytes, .. } => slips.last_mut().unwrap().1.extend(bytes),
                ToAgent::Beat { .. } | ToAgent::Printer { .. } | ToAgent::Hello { .. } => {}
                other => told.push(std::format!("{other:?}")),
            });
        }
    }

    fn wait(&mut self, ms: u64) {
        let until = self.now + Millis(ms);
        while let Some(at) = self.bridge.poll_timeout().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.bridge.handle_timeout(self.now, &mut |bytes| self.printed.extend(bytes));
            self.settle();
        }
        self.now = until;
    }

    fn close(&mut self) {
        self.bridge.handle_pos_closed(self.now, &mut |bytes| self.printed.extend(bytes));
        self.settle();
    }
}

#[test]
fn a_note_goes_between_the_text_and_the_feed_before_the_cut() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@total 1.00\n\x1bd\x03\x1dV\x00\x1bp\x00\x19\xfa");
    assert_eq!(shop.printed, b"\x1b@total 1.00\n");
    shop.note(1, b"hello");
    assert_eq!(
        shop.printed,
        b"\x1b@total 1.00\n\x1bE\x01hello\n\x1bE\x00\x1bE\x00\x1bd\x03\x1dV\x00\x1bp\x00\x19\xfa"
    );
    assert_eq!(shop.slips, [(1, b"\x1b@total 1.00\n\x1bd\x03\x1dV\x00".to_vec())]);
    assert!(shop.told[1].contains("Noted"), "{:?}", shop.told);
}

#[test]
fn an_agent_that_says_nothing_delays_the_cut_by_its_deadline() {
    let mut shop = Shop::with_agent();
    shop.pos(b"total\n\n\n\x1dV\x00");
    shop.wait(299);
    assert_eq!(shop.printed, b"total\n");
    shop.wait(1);
    assert_eq!(shop.printed, b"total\n\n\n\x1dV\x00");
    shop.note(1, b"too late");
    assert_eq!(shop.printed, b"total\n\n\n\x1dV\x00");
}

#[test]
fn without_an_agent_nothing_waits_and_the_slip_is_told_later() {
    let mut shop = Shop::new();
    shop.pos(b"total\n\n\n\x1dV\x00\x1b");
    assert_eq!(shop.printed, b"total\n\n\n\x1dV\x00\x1b");
    shop.bridge.handle_link_opened(shop.now);
    shop.settle();
    assert_eq!(shop.slips, [(1, b"total\n\n\n\x1dV\x00".to_vec())]);
    assert!(shop.told[0].contains("held: false"));
}

#[test]
fn an_agent_that_stops_beating_is_not_waited_for() {
    let mut shop = Shop::with_agent();
    shop.wait(3_001);
    shop.pos(b"total\n\n\x1dV\x00");
    assert_eq!(shop.printed, b"total\n\n\x1dV\x00");
}

#[test]
fn feeds_inside_a_receipt_wait_no_longer_than_the_next_text() {
    let mut shop = Shop::with_agent();
    shop.pos(b"head\n\n\n");
    assert_eq!(shop.printed, b"head\n");
    shop.pos(b"body\n");
    assert_eq!(shop.printed, b"head\n\n\nbody\n");
    shop.pos(b"\n");
    shop.wait(50);
    assert_eq!(shop.printed, b"head\n\n\nbody\n\n");
}

#[test]
fn a_note_after_feeds_that_are_out_brings_its_own_feed() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1bithis cut has no slip before it");
    shop.pos(b"\n\n\n\n");
    shop.wait(1_000);
    shop.say(ToBridge::Beat);
    shop.pos(b"\x1bm");
    shop.note(1, b"hi");
    assert!(shop.printed.ends_with(b"\n\n\n\nhi\n\x1bd\x03\x1bm"), "{:?}", shop.printed);
}

#[test]
fn blank_lines_are_the_cut_of_a_printer_without_a_cutter() {
    let mut shop = Shop::with_agent();
    shop.pos(b"total\r\n\r\n\r\n\r\n");
    shop.wait(50);
    assert!(shop.told[0].contains("Feed"), "{:?}", shop.told);
    shop.note(1, b"hi");
    assert_eq!(shop.printed, b"total\r\nhi\r\n\r\n\r\n\r\n");
}

#[test]
fn a_closed_port_ends_the_slip_and_a_long_pause_does() {
    let mut shop = Shop::with_agent();
    shop.pos(b"torn off");
    shop.close();
    assert!(shop.told[0].contains("Close") && shop.told[0].contains("held: false"));
    shop.pos(b"again\n\n");
    shop.close();
    shop.note(2, b"hi");
    assert_eq!(shop.printed, b"torn offagain\nhi\n\n");
    shop.pos(b"third");
    shop.wait(20_000);
    assert!(shop.told.last().unwrap().contains("Idle"));
}

#[test]
fn receipts_in_one_burst_are_noted_one_by_one() {
    let mut shop = Shop::with_agent();
    shop.pos(b"one\n\n\x1dV\x00\x1b@two\n\n\x1dV\x00\x1b@");
    shop.note(1, b"A");
    shop.note(2, b"B");
    assert_eq!(
        shop.printed,
        b"one\nA\n\n\x1dV\x00\x1b@two\n\x1bE\x01B\n\x1bE\x00\x1bE\x00\n\x1dV\x00\x1b@"
    );
}

#[test]
fn a_wrong_or_forbidden_note_is_not_printed() {
    let mut shop = Shop::with_agent();
    shop.pos(b"one\n\n\x1dV\x00");
    shop.note(9, b"not yours");
    assert_eq!(shop.printed, b"one\n");
    shop.say(ToBridge::NoNote { slip: 1 });
    assert_eq!(shop.printed, b"one\n\n\x1dV\x00");
    shop.pos(b"\x1bLpage\x1dV\x00");
    shop.note(2, b"inside a page");
    assert!(!shop.printed.ends_with(b"page"), "let go");
    assert!(!shop.printed.windows(6).any(|bytes| bytes == b"inside"));
}

#[test]
fn a_note_is_not_printed_behind_half_a_command() {
    let mut shop = Shop::with_agent();
    shop.pos(b"total\x1b\x1bi");
    shop.note(1, b"hi");
    assert_eq!(shop.printed, b"total\x1b\x1bi");
    assert!(shop.told.last().unwrap().contains("NotHere"), "{:?}", shop.told);
}

#[test]
fn a_star_gets_its_note_in_its_own_words() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1b\x1da\x01\x1bEtotal\x1bi\x01\x01\n\n\x1bd\x02");
    shop.note(1, b"hi");
    let note = b"\x1b\x1da\x00\x1bi\x00\x00\x1bF\x1bEhi\n\x1bF\x1b\x1da\x01\x1bi\x01\x01\x1bE";
    let whole =
        [&b"\x1b@\x1b\x1da\x01\x1bEtotal\x1bi\x01\x01\n"[..], note, b"\n\x1bd\x02"].concat();
    assert_eq!(shop.printed, whole);
}

#[test]
fn a_feed_on_a_star_is_no_alignment() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1b\x1da\x01total\n\x1ba\x02\x1bd\x02");
    assert!(shop.printed.ends_with(b"total\n"), "the feed waits with the cut: {:x?}", shop.printed);
    shop.note(1, b"hi");
    let note = b"\x1b\x1da\x00\x1bEhi\n\x1bF\x1b\x1da\x01\x1bF\x1ba\x02\x1bd\x02";
    assert!(shop.printed.ends_with(note), "{:x?}", shop.printed);
}

#[test]
fn a_job_of_our_own_waits_until_the_till_is_done() {
    let mut shop = Shop::with_agent();
    let mut out = [0; 64];
    let rows = Rows::encode(&[Row { text: b"list", ..Row::default() }], &mut out).unwrap();
    shop.pos(b"one\n\x1bi");
    shop.say(ToBridge::NoNote { slip: 1 });
    shop.pos(b"two");
    shop.say(ToBridge::Print { job: 5, page: NotePage::AsPrinted, rows });
    shop.wait(2_000);
    assert_eq!(shop.printed, b"one\n\x1bitwo", "the till is in the middle of a slip");
    shop.say(ToBridge::Beat);
    shop.pos(b"\n\x1bi");
    shop.say(ToBridge::NoNote { slip: 2 });
    shop.wait(699);
    assert_eq!(shop.printed, b"one\n\x1bitwo\n\x1bi");
    shop.wait(1);
    assert_eq!(shop.printed, b"one\n\x1bitwo\n\x1bilist\n\x1bd\x06\x1dV\x01");
    assert!(shop.told.last().unwrap().contains("Printed { job: 5 }"), "{:?}", shop.told);
}

#[test]
fn modes_are_plain_for_the_note_and_put_back() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1ba\x01\x1b!\x38\x1b3\x08thanks\n\n\x1dV\x00");
    shop.note(1, b"hi");
    let expected = b"\x1ba\x00\x1d!\x00\x1bE\x00\x1b2\x1bE\x01hi\n\x1bE\x00\x1ba\x01\x1d!\x11\x1bE\x01\x1b3\x08";
    let at = shop.printed.len() - b"\n\x1dV\x00".len();
    assert!(shop.printed[..at].ends_with(expected), "{:x?}", &shop.printed);
}

#[test]
fn a_picture_that_never_came_whole_does_not_hide_the_next_receipt() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1dv0\x00\x30\x00\xff\x00only a part of it");
    shop.close();
    shop.pos(b"next\n\n\x1dV\x00");
    assert_eq!(shop.slips.len(), 2);
    assert!(shop.told.last().unwrap().contains("held: true"), "{:?}", shop.told);
}

#[test]
fn the_rest_of_a_picture_that_pauses_is_still_its_rest() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1dv0\x00\x04\x00\x04\x00half of ");
    shop.wait(30_000);
    shop.say(ToBridge::Beat);
    shop.pos(b"\x1dV\x00it..after\n\x1dV\x00");
    let held = shop.told.iter().filter(|told| told.contains("held: true")).count();
    assert_eq!(held, 1, "{:?}", shop.told);
    assert!(shop.printed.ends_with(b"after\n"), "{:?}", shop.printed);
}

#[test]
fn a_slip_right_behind_a_cut_is_told_with_its_modes() {
    let mut shop = Shop::new();
    shop.pos(b"\x1b@\x1bt\x10\x1c.one\n\x1dV\x00two\n\x1dV\x00");
    shop.bridge.handle_link_opened(shop.now);
    shop.settle();
    assert!(shop.slips[1].1.starts_with(b"\x1bt\x10"), "{:x?}", shop.slips[1].1);
}

#[test]
fn a_note_stands_where_the_held_bytes_begin_not_where_they_end() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1ba\x01total\x1ba\x00\x1bd\x03\x1dV\x00");
    shop.note(1, b"hi");
    let note = b"\x1b@\x1ba\x01total\x1ba\x00\n\x1bE\x01hi\n\x1bE\x00\x1bE\x00\x1bd\x03\x1dV\x00";
    assert_eq!(shop.printed, note, "an open line is ended first");

    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1ba\x01\x1d!\x11thanks\n\n\x1b@\x1dV\x00");
    shop.note(1, b"hi");
    let plain =
        b"\n\x1ba\x00\x1d!\x00\x1bE\x01hi\n\x1bE\x00\x1ba\x01\x1d!\x11\x1bE\x00\n\x1b@\x1dV\x00";
    assert!(shop.printed.ends_with(plain), "{:x?}", shop.printed);
}

#[test]
fn a_command_that_lingers_after_blank_lines_is_no_end() {
    let mut shop = Shop::with_agent();
    shop.pos(b"total\n\n\n\n\n\x1b");
    shop.wait(60);
    assert_eq!(shop.printed, b"total\n\n\n\n\n\x1b");
    shop.note(1, b"inside a command");
    shop.pos(b"@next\n\n\x1dV\x00");
    shop.note(1, b"hi");
    shop.note(1, b"again");
    assert_eq!(
        shop.printed,
        b"total\n\n\n\n\n\x1b@next\n\x1bE\x01hi\n\x1bE\x00\x1bE\x00\n\x1dV\x00"
    );
}

#[test]
fn half_a_command_goes_on_after_a_while_and_its_rest_once() {
    let mut shop = Shop::with_agent();
    shop.pos(b"text\x1d");
    assert_eq!(shop.printed, b"text");
    shop.wait(50);
    assert_eq!(shop.printed, b"text\x1d");
    shop.pos(b"V\x00more");
    assert_eq!(shop.printed, b"text\x1dV\x00more");
}

#[test]
fn settings_between_slips_are_told_with_the_next() {
    let mut shop = Shop::with_agent();
    shop.pos(b"\x1b@\x1c&\x1bt\x10one\n\x1dV\x00");
    shop.say(ToBridge::NoNote { slip: 1 });
    shop.pos(b"\x1bp\x00\x19\xfa\x1ba\x01two\n\x1dV\x00");
    let prelude = b"\x1bt\x10\x1ba\x00\x1d!\x00\x1c&\x1bp\x00\x19\xfa\x1ba\x01";
    assert_eq!(shop.slips[1].1, [&prelude[..], b"two\n\x1dV\x00"].concat());
}

#[test]
fn a_picture_without_room_is_told_by_length_and_the_text_survives() {
    let mut shop = Shop::with_ring(8 * 1024);
    let mut job = b"head\n\x1dv0\x00\x30\x00\xff\x00".to_vec();
    job.extend(vec![0xFF; 0x30 * 0xFF]);
    job.extend(b"\x1dv0\x00\x30\x00\xff\x00");
    job.extend(vec![0xFF; 0x30 * 0xFF]);
    job.extend(b"tail\n\x1dV\x00");
    shop.pos(&job);
    assert_eq!(shop.printed, job);
    shop.bridge.handle_link_opened(shop.now);
    shop.settle();
    assert!(shop.slips[0].1.ends_with(b"tail\n\x1dV\x00"));
    assert!(shop.told.iter().any(|told| told.contains("Elided")), "{:?}", shop.told);
}

mod properties;

#[test]
fn what_came_of_a_slip_is_told_when_the_till_pauses_and_whole_at_the_end() {
    let mut shop = Shop::with_agent();
    shop.pos(b"coat 88.00\n");
    shop.wait(99);
    assert_eq!(shop.slips, [(1, vec![])], "it may go on at once");
    shop.wait(1);
    assert_eq!(shop.slips, [(1, b"coat 88.00\n".to_vec())]);
    assert_eq!(shop.printed, b"coat 88.00\n");
    shop.pos(b"total 88.00\n\x1dV\x00");
    assert_eq!(shop.slips, [(1, b"coat 88.00\ntotal 88.00\n\x1dV\x00".to_vec())]);
}
