//! The wait before the cut: invariant 1 against the clock, with an agent that the test plays.
//!
//! Not here: the way back (`way_back`), the hold without a process (`firmware_bridge::bridge`).

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use firmware_bridge::link::{Outcome, ToBridge};

use crate::link_peer::{Line, Peer};
use crate::port;
use crate::printer::{Printer, Temper};
use crate::till::{self, Receipt};
use crate::wait::until;

/// `hold_ms_max` of a real shop.
const HOLD_MAX: Duration = Duration::from_millis(300);

/// `feed_hold_ms` of a real shop.
const FEED_HOLD: Duration = Duration::from_millis(50);

/// What a busy machine may add.
const SLACK: Duration = Duration::from_millis(1_000);
/// Two clocks' beginnings apart.
const HAIR: Duration = Duration::from_millis(5);

/// A hold that no busy machine outlasts.
const LONG: [&str; 2] = ["--hold-max", "20000"];

fn receipt(at: i64) -> Vec<u8> {
    Receipt::of(format!("90{at}"), "羊毛大衣", 129_900 + at).bytes()
}

#[test]
fn a_silent_agent_costs_300_ms_and_the_receipt_is_as_sent() {
    let printer = Printer::on();
    let line = Line::to(&printer, &[]);
    let peer = Peer::connect(&line.socket);
    let job = receipt(1);
    let began = Instant::now();
    till::print(line.till, &job);
    let printed = printer.job(1);
    assert_eq!(printed.bytes, job);
    let (outcome, held_ms) = peer.released(1);
    assert_eq!(outcome, Outcome::Late);
    let held = Duration::from_millis(held_ms.into());
    assert!((HOLD_MAX..HOLD_MAX + SLACK).contains(&held), "held {held:?}");
    let cut = printed.arrivals.last().unwrap().1 - began;
    // Our clock starts a hair after the bridge's: the till was still writing.
    assert!((HOLD_MAX - HAIR..HOLD_MAX + SLACK).contains(&cut), "cut after {cut:?}");
    let body = job.len() - till::FEED_AND_CUT.len() - 5; // the drawer kick waits with the feed
    let (_, first) = printed.arrivals.iter().find(|(len, _)| *len >= body).unwrap();
    assert!(*first - began < HOLD_MAX, "the body did not wait with the cut");
}

#[test]
fn an_agent_that_says_there_is_none_lets_the_cut_go_at_once() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    till::print(line.till, &receipt(1));
    assert!(peer.slip_ended(1), "held");
    peer.say(&ToBridge::NoNote { slip: 1 });
    assert_eq!(peer.released(1).0, Outcome::NoNote);
    assert_eq!(printer.job(1).bytes, receipt(1));
}

#[test]
fn a_note_for_another_slip_or_after_the_cut_is_not_printed() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    till::print(line.till, &receipt(1));
    assert!(peer.slip_ended(1));
    peer.note(7, "NOT YOURS");
    peer.note(1, "NOTE 1");
    assert_eq!(peer.released(1).0, Outcome::Noted);
    peer.note(1, "TOO LATE");
    till::print(line.till, &receipt(2));
    assert!(peer.slip_ended(2));
    peer.note(1, "FAR TOO LATE");
    peer.say(&ToBridge::NoNote { slip: 2 });
    printer.job(2);
    let paper = String::from_utf8_lossy(&printer.bytes()).into_owned();
    assert!(paper.contains("NOTE 1"));
    assert!(!paper.contains("LATE") && !paper.contains("YOURS"), "{paper}");
}

#[test]
fn two_receipts_in_one_burst_both_get_their_notes_in_order() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    till::print(line.till, &[receipt(1), receipt(2)].concat());
    for slip in [1, 2] {
        assert!(peer.slip_ended(slip), "slip {slip} is held");
        peer.note(slip, &format!("NOTE {slip}"));
        assert_eq!(peer.released(slip).0, Outcome::Noted);
    }
    let printed = printer.job(1).bytes;
    let cut = receipt(1).len() - till::FEED_AND_CUT.len() - 5;
    assert_eq!(printed[..cut], receipt(1)[..cut]);
    let place = |text: &[u8]| printed.windows(text.len()).position(|part| part == text).unwrap();
    let second = place(&till::gb18030("流水号:902"));
    assert!(place(b"NOTE 1") < second && second < place(b"NOTE 2"));
}

#[test]
fn blank_lines_that_no_cut_follows_wait_50_ms_at_most() {
    let printer = Printer::on();
    let line = Line::to(&printer, &["--cutter", "yes"]);
    let _peer = Peer::connect(&line.socket);
    let mut wire = TcpStream::connect(line.till).unwrap();
    let part = [&till::slip("T", &["A"])[..], b"\n\n\n\n"].concat();
    let began = Instant::now();
    wire.write_all(&part).unwrap();
    printer.has_bytes(part.len());
    assert!(began.elapsed() < FEED_HOLD + SLACK, "{:?}", began.elapsed());
}

#[test]
fn a_printer_without_a_cutter_gets_its_note_before_the_blank_lines() {
    let printer = Printer::on();
    let line = Line::to(&printer, &[&LONG[..], &["--cutter", "no"]].concat());
    let peer = Peer::connect(&line.socket);
    let body = till::slip("T", &["A", "B"]);
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(&[&body[..], b"\n\n\n\n\n"].concat()).unwrap();
    assert!(peer.slip_ended(1), "held while the till keeps its port open");
    peer.note(1, "NOTE");
    let printed = printer.has_bytes(body.len() + 5 + 5);
    assert_eq!(printed[..body.len()], body);
    assert!(
        printed[body.len()..].starts_with(b"NOTE\n"),
        "{:?}",
        printed[body.len()..].escape_ascii().to_string()
    );
    assert!(printed.ends_with(b"\n\n\n\n\n"));
}

#[test]
fn what_follows_a_held_cut_waits_behind_it_in_order() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    let after = b"\x1bp\x00\x19\xfa\x1b@\x10\x04\x01NEXT";
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(&receipt(1)).unwrap();
    assert!(peer.slip_ended(1));
    wire.write_all(after).unwrap();
    wire.shutdown(Shutdown::Write).unwrap();
    peer.note(1, "NOTE");
    let printed = printer.job(1).bytes;
    assert!(printed.ends_with(&[till::FEED_AND_CUT, after].concat()), "order");
}

#[test]
fn a_till_that_hangs_up_after_its_last_byte_gets_note_and_cut() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(&receipt(1)).unwrap();
    drop(wire); // both ways at once, as some tills do
    assert!(peer.slip_ended(1));
    peer.note(1, "NOTE");
    let printed = printer.job(1).bytes;
    assert!(printed.ends_with(till::FEED_AND_CUT));
    assert!(printed.windows(4).any(|part| part == b"NOTE"));
}

#[test]
fn connections_without_a_byte_are_no_jobs_and_block_nobody() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    for _ in 0..5 {
        drop(TcpStream::connect(line.till).unwrap());
    }
    till::print(line.till, &receipt(1));
    assert!(peer.slip_ended(1), "it is the first slip");
    peer.say(&ToBridge::NoNote { slip: 1 });
    assert_eq!(printer.job(1).bytes, receipt(1));
}

#[test]
fn a_slow_printer_gets_everything() {
    let pause = Duration::from_millis(1);
    let printer = Printer::at(([127, 0, 0, 1], 0).into(), Temper { pause, ..Temper::default() });
    let line = Line::to(&printer, &[]);
    let _peer = Peer::connect(&line.socket);
    // 2 MiB of pictures: more than all buffers on the way hold.
    let band = [&b"\x1dv0\x00\x48\x00\x64\x00"[..], &[0x1D; 7_200]].concat();
    let job = [band.repeat(290), receipt(1)].concat();
    till::print(line.till, &job);
    assert!(printer.job(1).bytes == job, "not what was sent");
}

#[test]
fn a_printer_that_is_switched_on_later_gets_everything_once() {
    let address = port::free();
    let line = Line::to_address(&address.to_string(), &[]);
    till::print(line.till, &receipt(1));
    // The till waits for its turn meanwhile, as it would at the printer itself.
    let second = std::thread::spawn({
        let till = line.till;
        move || till::print(till, &receipt(2))
    });
    let printer = Printer::at(address, Temper::default());
    assert_eq!(printer.job(1).bytes, receipt(1));
    second.join().unwrap();
    assert_eq!(printer.job(2).bytes, receipt(2));
    assert_eq!(printer.bytes(), [receipt(1), receipt(2)].concat(), "once");
}

#[test]
fn an_agent_that_dies_while_a_cut_is_held_lets_it_go() {
    let printer = Printer::on();
    let line = Line::to(&printer, &LONG);
    let peer = Peer::connect(&line.socket);
    till::print(line.till, &receipt(1));
    assert!(peer.slip_ended(1));
    peer.hang_up();
    assert_eq!(printer.job(1).bytes, receipt(1));
    // It is told again until it is acknowledged, and never after that.
    let again = Peer::connect(&line.socket);
    again.slip_ended(1);
    let third = until("an agent that is told nothing twice", || {
        let next = Peer::connect(&line.socket);
        if next.has_heard_of(1) {
            next.say(&ToBridge::Ack { slip: 1 });
            return None;
        }
        Some(next)
    });
    till::print(line.till, &receipt(2));
    third.slip_ended(2);
}
