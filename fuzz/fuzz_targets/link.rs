//! Link frames and messages on any bytes, both ways: decoding never fails hard, and what one side
//! says the other reads.
//!
//! The input is taken three ways: as what is on the wire, as one message, and as the rows of a note.
//! So nothing has to guess a CRC to reach the decoders.
//!
//! Not here: what the bridge does about a message (`hold`).
#![no_main]

use firmware_bridge::link::frame::{self, Decoder, WIRE_MAX};
use firmware_bridge::link::{MESSAGE_MAX, ROWS_MAX, Row, Rows, ToAgent, ToBridge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    wire(bytes);
    let message = &bytes[..bytes.len().min(MESSAGE_MAX)];
    to_agent(message);
    to_bridge(message);
    rows(message);
    framed(message, bytes);
});

/// As noise on the wire: in whatever pieces it comes, the same messages are found.
fn wire(bytes: &[u8]) {
    let heard = |pieces: usize| {
        let (mut decoder, mut found) = (Decoder::default(), Vec::new());
        for piece in bytes.chunks(pieces) {
            decoder.push(piece, |message| found.push(message.to_vec()));
        }
        (found, decoder.noise)
    };
    let whole = heard(bytes.len().max(1));
    assert_eq!(whole, heard(1), "byte by byte");
    assert_eq!(whole, heard(7), "in sevens");
    let ends = bytes.iter().filter(|&&byte| byte == 0).count();
    assert!(whole.0.len() + whole.1 as usize <= ends, "more frames than ends of frames");
    for message in &whole.0 {
        assert!(message.len() <= MESSAGE_MAX);
        to_agent(message);
        to_bridge(message);
    }
}

fn to_agent(bytes: &[u8]) {
    let Ok(message) = ToAgent::decode(bytes) else { return };
    let mut out = [0; MESSAGE_MAX];
    let len = message.encode(&mut out).expect("what was decoded fits");
    assert!(len <= bytes.len(), "longer than what was read");
    assert_eq!(ToAgent::decode(&out[..len]), Ok(message));
}

fn to_bridge(bytes: &[u8]) {
    let Ok(message) = ToBridge::decode(bytes) else { return };
    let mut out = [0; MESSAGE_MAX];
    let len = message.encode(&mut out).expect("what was decoded fits");
    assert!(len <= bytes.len(), "longer than what was read");
    assert_eq!(ToBridge::decode(&out[..len]), Ok(message));
    if let ToBridge::Note { rows, .. } = message {
        check(rows);
    }
}

fn rows(bytes: &[u8]) {
    let Ok(rows) = Rows::parse(bytes) else { return };
    check(rows);
}

/// A note has no way to say a control byte, and its rows come back as they were.
fn check(rows: Rows<'_>) {
    let list: Vec<Row<'_>> = rows.iter().collect();
    assert!(list.len() <= ROWS_MAX);
    assert!(list.iter().all(|row| row.text.iter().all(|&byte| byte >= 0x20 && byte != 0x7F)));
    let mut out = [0; MESSAGE_MAX];
    let again = Rows::encode(&list, &mut out).expect("rows that were read can be written");
    assert!(again.iter().eq(list), "rows changed on the way");
}

/// A message is framed, and found again after any noise and before the next one.
fn framed(message: &[u8], noise: &[u8]) {
    let mut out = [0; WIRE_MAX];
    let len = frame::encode(message, &mut out).expect("a message fits a frame");
    let frame = &out[..len];
    assert_eq!(frame.iter().position(|&byte| byte == 0), Some(len - 1), "a zero inside");
    let wire = [noise, &[0], frame, frame].concat();
    let mut found = Vec::new();
    Decoder::default().push(&wire, |message| found.push(message.to_vec()));
    let twice = found.len().checked_sub(2).map(|at| &found[at..]);
    assert!(twice.is_some_and(|two| two.iter().all(|found| found == message)), "not found again");
}
