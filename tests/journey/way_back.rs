//! The way back: what the printer says reaches the till unchanged and at once (invariant 2).
//!
//! Not here: what the bridge itself learns from it (`firmware_bridge::status`).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::link_peer::{Line, Peer};
use crate::printer::{Printer, Temper};
use crate::till::{self, Receipt};
use crate::wait::PATIENCE;

/// How long an answer may take on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(1_000);

fn answer(wire: &mut TcpStream, len: usize) -> Vec<u8> {
    wire.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = vec![0; len];
    wire.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_byte_that_the_printer_says_reaches_the_till_unchanged() {
    let printer = Printer::on();
    let line = Line::to(&printer, &[]);
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(b"\x1b@").unwrap();
    printer.has_bytes(2);
    // Every value there is, among them those that mean something on the way there.
    let said: Vec<u8> = (0..=255).chain(*b"\x14\x00\x00\x0f\x5fTM-T88\x00\x1dV\x00").collect();
    printer.say(&said);
    assert_eq!(answer(&mut wire, said.len()), said);
}

#[test]
fn a_status_request_is_answered_by_the_printer_with_an_agent_and_without() {
    let temper = Temper { status: Some(0x12), ..Temper::default() };
    let printer = Printer::at(([127, 0, 0, 1], 0).into(), temper);
    let line = Line::to(&printer, &[]);
    let mut wire = TcpStream::connect(line.till).unwrap();
    let mut ask = || {
        let began = Instant::now();
        wire.write_all(b"\x10\x04\x01").unwrap();
        assert_eq!(answer(&mut wire, 1), [0x12]);
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    };
    ask();
    let _peer = Peer::connect(&line.socket);
    ask();
}

#[test]
fn the_printer_is_heard_while_a_cut_is_held() {
    let printer = Printer::on();
    let line = Line::to(&printer, &["--hold-max", "20000"]);
    let peer = Peer::connect(&line.socket);
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(&Receipt::of("901", "袜子", 2990).bytes()).unwrap();
    assert!(peer.slip_ended(1));
    printer.say(b"\x14\x00\x00\x0f");
    assert_eq!(answer(&mut wire, 4), b"\x14\x00\x00\x0f", "paper low is said at once");
    peer.note(1, "NOTE");
}

#[test]
fn nobody_answers_for_a_printer_that_is_silent() {
    let printer = Printer::on();
    let line = Line::to(&printer, &[]);
    let _peer = Peer::connect(&line.socket);
    let mut wire = TcpStream::connect(line.till).unwrap();
    wire.write_all(b"\x10\x04\x01\x1dr\x01\x1dI\x42").unwrap();
    printer.has_bytes(9);
    wire.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(wire.read(&mut [0; 16]).is_err(), "we spoke for the printer");
}

#[test]
fn the_printers_last_words_reach_a_till_that_has_finished_sending() {
    let printer = Printer::on();
    let line = Line::to(&printer, &[]);
    let mut wire = TcpStream::connect(line.till).unwrap();
    let job = [&Receipt::of("902", "袜子", 2990).bytes()[..], b"\x1dr\x01"].concat();
    wire.write_all(&job).unwrap();
    printer.has_bytes(job.len());
    printer.say(b"\x00");
    assert_eq!(answer(&mut wire, 1), b"\x00");
    till::print(line.till, b""); // the next one may come
}
