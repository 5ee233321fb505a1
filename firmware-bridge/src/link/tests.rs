//! Frozen: a bridge in the field speaks these bytes. Add cases; do not change one.

use super::frame::{Decoder, WIRE_MAX};
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn to_agent(message: ToAgent<'_>, frozen: &[u8]) {
    let mut out = [0; MESSAGE_MAX];
    let len = message.encode(&mut out).unwrap();
    assert_eq!(&out[..len], frozen);
    assert_eq!(ToAgent::decode(frozen), Ok(message));
    let appended = [frozen, b"later field"].concat();
    assert_eq!(ToAgent::decode(&appended), Ok(message), "a field of a later version is skipped");
    for cut in 1..frozen.len() {
        assert_eq!(ToAgent::decode(&frozen[..cut]), Err(LinkError::Short));
    }
}

#[test]
fn messages_to_the_agent_are_frozen() {
    to_agent(
        ToAgent::Hello { version: 1, boot: 0x0102_0304_0506_0708, pid: 9 },
        &[1, 1, 8, 7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0],
    );
    to_agent(
        ToAgent::SlipStart { slip: 7, at_ms: 258, prelude: b"\x1c&" },
        &[2, 7, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0x1C, b'&'],
    );
    to_agent(ToAgent::SlipData { slip: 7, bytes: b"ab" }, &[3, 7, 0, 0, 0, 2, 0, b'a', b'b']);
    to_agent(
        ToAgent::Elided { slip: 7, len: 65_536, crc: 0xDEAD_BEEF },
        &[4, 7, 0, 0, 0, 0, 0, 1, 0, 0xEF, 0xBE, 0xAD, 0xDE],
    );
    to_agent(
        ToAgent::SlipEnd { slip: 7, end: End::Close, held: true, truncated: false, at_ms: 1 },
        &[5, 7, 0, 0, 0, 3, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    );
    to_agent(
        ToAgent::Released { slip: 7, outcome: Outcome::Late, held_ms: 300 },
        &[6, 7, 0, 0, 0, 2, 44, 1],
    );
    to_agent(ToAgent::Gap { first: 3, last: 4 }, &[7, 3, 0, 0, 0, 4, 0, 0, 0]);
    to_agent(
        ToAgent::Printer { connected: true, paper_out: false, cover_open: true, offline: false },
        &[8, 1, 0, 1, 0],
    );
    to_agent(ToAgent::Printed { job: 6 }, &[10, 6, 0, 0, 0]);
    to_agent(ToAgent::Beat { at_ms: 5 }, &[9, 5, 0, 0, 0, 0, 0, 0, 0]);
}

fn to_bridge(message: ToBridge<'_>, frozen: &[u8]) {
    let mut out = [0; MESSAGE_MAX];
    let len = message.encode(&mut out).unwrap();
    assert_eq!(&out[..len], frozen);
    assert_eq!(ToBridge::decode(frozen), Ok(message));
}

#[test]
fn messages_to_the_bridge_are_frozen() {
    to_bridge(ToBridge::Hello { version: 1 }, &[0x81, 1]);
    to_bridge(ToBridge::Ack { slip: 7 }, &[0x82, 7, 0, 0, 0]);
    let mut out = [0; 64];
    let row = Row { text: b"hi", bold: true, wide: false, high: true, align: Align::Centre };
    let rows = Rows::encode(&[row], &mut out).unwrap();
    to_bridge(
        ToBridge::Note { slip: 7, page: NotePage::Kanji, rows },
        &[0x83, 7, 0, 0, 0, 1, 4, 0, 0b1101, 2, b'h', b'i'],
    );
    assert_eq!(rows.iter().collect::<Vec<_>>(), [row]);
    to_bridge(
        ToBridge::Print { job: 8, page: NotePage::AsPrinted, rows },
        &[0x86, 8, 0, 0, 0, 0, 4, 0, 0b1101, 2, b'h', b'i'],
    );
    to_bridge(ToBridge::NoNote { slip: 7 }, &[0x84, 7, 0, 0, 0]);
    to_bridge(ToBridge::Beat, &[0x85]);
}

#[test]
fn a_note_cannot_say_a_control_byte() {
    for bad in [&b"\x00\x02\x1bm"[..], b"\x00\x01\x0a", b"\x00\x01\x7f"] {
        assert_eq!(Rows::parse(bad), Err(RowsError::Control { row: 1 }));
    }
    assert_eq!(Rows::parse(b"\x00\x05abc"), Err(RowsError::Short));
    assert_eq!(Rows::parse(&b"\x00\x01a".repeat(33)), Err(RowsError::TooLong));
    let note = [&[0x83, 7, 0, 0, 0, 0, 4, 0][..], b"\x00\x02\x1bm"].concat();
    assert_eq!(ToBridge::decode(&note), Err(LinkError::Field));
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = [0; WIRE_MAX];
    let len = frame::encode(message, &mut out).unwrap();
    out[..len].to_vec()
}

#[test]
fn a_frame_is_frozen() {
    assert_eq!(framed(b"\x09\x05\x00\x00"), [3, 9, 5, 1, 5, 125, 82, 135, 90, 0]);
    assert_eq!(frame::crc32(0, b"123456789"), 0xCBF4_3926, "the check value of CRC-32");
}

proptest! {
    /// What one side frames, the other reads, in whatever pieces it comes and after any noise.
    #[test]
    fn a_frame_comes_through_after_noise(
        message in prop::collection::vec(prop_oneof![Just(0u8), Just(1u8), any::<u8>()], 1..MESSAGE_MAX),
        noise in prop::collection::vec(any::<u8>(), 0..600),
        chunk in 1usize..300,
    ) {
        let wire = [&noise[..], &[0], &framed(&message), &framed(b"next")].concat();
        prop_assert!(!framed(&message)[..framed(&message).len() - 1].contains(&0));
        let mut decoder = Decoder::default();
        let mut found: Vec<Vec<u8>> = Vec::new();
        for piece in wire.chunks(chunk) {
            decoder.push(piece, |message| found.push(message.to_vec()));
        }
        prop_assert_eq!(found.pop().unwrap(), b"next");
        prop_assert_eq!(found.pop().unwrap(), message);
    }

    /// One bit wrong anywhere, and the message is dropped, not misread.
    #[test]
    fn a_flipped_bit_drops_the_message(message in prop::collection::vec(any::<u8>(), 1..300), at: prop::sample::Index, bit in 0u32..8) {
        let mut wire = framed(&message);
        let at = at.index(wire.len());
        wire[at] ^= 1 << bit;
        Decoder::default().push(&wire, |found| assert_ne!(found, &message[..]));
    }

    /// Bytes from a stranger give an error or a message, never a panic.
    #[test]
    fn decoding_is_total(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = ToAgent::decode(&bytes);
        if let Ok(ToBridge::Note { rows, .. }) = ToBridge::decode(&bytes) {
            prop_assert!(rows.iter().all(|row| row.text.iter().all(|&byte| byte >= 0x20)));
        }
    }
}
