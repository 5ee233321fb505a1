//! On the paper, everything but the note is as it would be without it, to the dot.
//!
//! ```text
//! without: │ receipt │ feed, cut        with: │ receipt │ note │ feed, cut
//! ```
//!
//! Not here: bytes (`bytes`), what the virtual printer draws (`huitou::paper`).

use firmware_bridge::bridge::{Bridge, Settings};
use firmware_bridge::link::frame::{self, WIRE_MAX};
use firmware_bridge::link::{MESSAGE_MAX, NotePage, Row, Rows, ToBridge};
use firmware_bridge::time::Tick;
use huitou::paper::{Picture, Printer, Width};
use huitou::receipt::code_page::Charset;
use proptest::prelude::*;

use crate::till;

fn framed(message: ToBridge<'_>) -> Vec<u8> {
    let (mut bytes, mut wire) = ([0; MESSAGE_MAX], [0; WIRE_MAX]);
    let len = message.encode(&mut bytes).unwrap();
    let len = frame::encode(&bytes[..len], &mut wire).unwrap();
    wire[..len].to_vec()
}

/// What reaches the printer when each slip of `job` gets a note.
fn noted(job: &[u8]) -> Vec<u8> {
    let now = Tick(0);
    let mut bridge = Bridge::new(Settings::default(), 1, 0, vec![0; 1 << 16]);
    let mut printed = Vec::new();
    bridge.handle_link_opened(now);
    bridge.handle_link(&framed(ToBridge::Hello { version: 1 }), now, &mut |_| {});
    let (mut taken, mut slip) = (0, 1);
    while taken < job.len() {
        taken += bridge.handle_pos(&job[taken..], now, &mut |bytes| printed.extend(bytes));
        if bridge.is_holding_cut() {
            let mut room = [0; 256];
            let (first, second) =
                (till::gb18030("李女士,谢谢您又来看我们"), till::gb18030(" 30度内手洗"));
            let rows = [
                Row { text: &first, bold: true, ..Row::default() },
                Row { text: &second, ..Row::default() },
            ];
            let rows = Rows::encode(&rows, &mut room).unwrap();
            let note = framed(ToBridge::Note { slip, page: NotePage::Kanji, rows });
            bridge.handle_link(&note, now, &mut |bytes| printed.extend(bytes));
            slip += 1;
        }
    }
    printed
}

fn pictures(bytes: &[u8]) -> Vec<Picture> {
    let mut printer = Printer::new(Width::Mm80, Charset::Gb18030);
    printer.print(bytes);
    printer.slips().map(|slip| slip.picture.clone()).collect()
}

/// Where a picture has rows that the other has not; `None` if it is more than one place.
fn only_gains(without: &Picture, with: &Picture) -> Option<usize> {
    let width = without.width();
    let (short, long) = (without.dots(), with.dots());
    let gained = long.len().checked_sub(short.len())?;
    let common =
        short.iter().zip(long).take_while(|(left, right)| left == right).count() / width * width;
    let places = (0..common / width + 1).rev().map(|row| row * width);
    let mut fits = places.filter(|&at| short[at..] == long[at + gained..]);
    fits.next().map(|_| gained / width)
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text =
        prop_oneof!["[a-z0-9 ]{1,30}", "[金额合计李王]{1,8}"].prop_map(|text| till::gb18030(&text));
    let line = text.clone().prop_map(|mut text| {
        text.push(b'\n');
        text
    });
    let set = |prefix: &'static [u8], values: std::ops::Range<u8>| {
        values.prop_map(move |value| [prefix, &[value]].concat())
    };
    prop_oneof![
        6 => line,
        2 => text,
        1 => prop_oneof![Just(b" ".to_vec()), Just(b"  \r".to_vec()), Just(b" \n".to_vec())],
        1 => Just(b"\x1bp\x00\x19\xfa".to_vec()),
        1 => set(b"\x1ba", 0..3),
        1 => set(b"\x1bE", 0..2),
        1 => set(b"\x1bG", 0..2),
        1 => set(b"\x1b-", 0..3),
        1 => set(b"\x1dB", 0..2),
        1 => set(b"\x1bM", 0..2),
        1 => set(b"\x1b ", 0..9),
        1 => prop_oneof![Just(0x00), Just(0x11), Just(0x01), Just(0x10)].prop_map(|n| vec![0x1D, b'!', n]),
        1 => prop_oneof![Just(0x00), Just(0x38), Just(0x80), Just(0x01)].prop_map(|n| vec![0x1B, b'!', n]),
        1 => prop_oneof![Just(8u8), Just(30), Just(60)].prop_map(|n| vec![0x1B, b'3', n]),
        1 => Just(b"\x1b2".to_vec()),
        1 => Just(b"\n\x1b@".to_vec()), // in an open line printers differ: some drop it
        1 => Just(b"\n\n".to_vec()),
        1 => Just(b"\x1dv0\x00\x02\x00\x04\x00\xff\x0f\xf0\xff\x00\x1b\x1dV".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever modes a receipt left on, and whatever the next one relies on, a note adds its own
    /// rows in one place and changes no dot elsewhere.
    #[test]
    fn a_note_adds_its_rows_and_changes_no_dot(
        receipts in prop::collection::vec(prop::collection::vec(piece(), 1..12), 1..4),
        feeds in prop::sample::select(vec![&b"\n\n\x1dV\x00"[..], b"\x1bd\x03\x1dVB\x00", b"\x1ba\x00\x1b!\x00\n\x1bi", b"\x1bi"]),
    ) {
        let mut job = b"\x1b@".to_vec();
        for pieces in receipts {
            job.extend(pieces.concat());
            job.extend(feeds);
        }
        let (without, with) = (pictures(&job), pictures(&noted(&job)));
        prop_assert_eq!(without.len(), with.len());
        for (without, with) in without.iter().zip(&with) {
            prop_assert!(only_gains(without, with).is_some(), "another dot has changed");
        }
    }
}

/// Spaces wait as a part of the feed; when something else lets them go, they have begun a line.
#[test]
fn a_note_does_not_begin_behind_spaces() {
    let job = b"\x1b@total\n \x1bE\x00\x1bi";
    assert!(only_gains(&pictures(job)[0], &pictures(&noted(job))[0]).is_some());
}

#[test]
fn the_note_itself_is_there() {
    let job = b"\x1b@\x1ba\x01\x1d!\x11total\n\n\n\x1dV\x00";
    let (without, with) = (pictures(job), pictures(&noted(job)));
    let rows = only_gains(&without[0], &with[0]).unwrap();
    assert!((48..120).contains(&rows), "two plain lines are {rows} dots high");
}
