//! What serial pads and scanners send, as their manuals have it; and anything else.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const NUMBER: &str = "13800006721";

fn told(bytes: &[u8]) -> Vec<Typed> {
    let mut entry = Entry::default();
    bytes.iter().filter_map(|byte| entry.byte(*byte, 0)).collect()
}

/// What was entered or cleared; not what was on the way.
fn ends(bytes: &[u8]) -> Vec<Typed> {
    told(bytes).into_iter().filter(|typed| !matches!(typed, Typed::SoFar(_))).collect()
}

fn entered(text: &str) -> Typed {
    Typed::Entered(text.into())
}

#[test]
fn each_way_to_end_a_number_enters_it_once() {
    for end in ["\r", "\n", "\r\n", "\n\r", "#", "\x03", "#\r\n"] {
        let bytes = [NUMBER, end].concat();
        assert_eq!(ends(bytes.as_bytes()), [entered(NUMBER)], "{end:?}");
    }
}

#[test]
fn the_screen_sees_each_digit() {
    let so_far = |text: &str| Typed::SoFar(text.into());
    assert_eq!(told(b"138"), [so_far("1"), so_far("13"), so_far("138")]);
    assert_eq!(told(b"13\x08"), [so_far("1"), so_far("13"), so_far("1")]);
    assert_eq!(told(b"1\x7f"), [so_far("1"), Typed::Cleared]);
    assert_eq!(told(b"\x08"), [], "nothing to take back");
}

#[test]
fn star_escape_and_cancel_clear_even_when_nothing_is_typed() {
    for clear in [b'*', 0x1B, 0x18] {
        assert_eq!(ends(&[b'1', b'3', clear, b'9', b'\r']), [Typed::Cleared, entered("9")]);
        assert_eq!(ends(&[clear]), [Typed::Cleared]);
    }
}

#[test]
fn a_frame_begins_anew_and_its_check_sum_is_no_digit() {
    assert_eq!(ends(b"99\x0213800006721\x037"), [Typed::Cleared, entered(NUMBER)]);
    assert_eq!(ends(b"\x02138\x03\x02139\x03"), [entered("138"), entered("139")], "no check sum");
    let mut entry = Entry::default();
    let _ = b"\x02138\x03".map(|byte| entry.byte(byte, 0));
    assert_eq!(entry.byte(b'1', BURST_MS), Some(Typed::SoFar("1".into())), "a person, later");
}

#[test]
fn a_symbology_id_is_not_part_of_the_code() {
    assert_eq!(ends(b"]C113800006721\r"), [entered(NUMBER)]);
    assert_eq!(ends(b"]Q1\x1dVIP0012\r\n"), [entered("VIP0012")], "FNC1 is none, either");
    assert_eq!(ends(b"]1\r"), [entered("1")], "no letter: no such id");
    assert_eq!(ends(b"12]C1\r"), [entered("12C1")], "only at the beginning");
}

#[test]
fn full_width_digits_are_digits_in_utf_8_and_in_gb_18030() {
    assert_eq!(ends("１３８００００６７２１\r".as_bytes()), [entered(NUMBER)]);
    assert_eq!(ends(b"\xa3\xb1\xa3\xb3\xa3\xb8\r"), [entered("138")]);
    assert_eq!(ends(b"1\xef\xbc\xef\xbc\x93\xa3\xa3\xb88\r"), [entered("1388")], "a broken one");
}

#[test]
fn a_member_code_is_entered_and_a_web_address_is_not() {
    assert_eq!(ends(b"VIP-0012\r"), [entered("VIP0012")]);
    assert!(!told(b"VIP").iter().any(|typed| matches!(typed, Typed::SoFar(_))));
    assert_eq!(ends(b"https://shop.example/members?id=1\r"), [Typed::Cleared]);
    assert_eq!(ends(b"123456789012345678901\r"), [Typed::Cleared], "21 digits");
    assert_eq!(ends(b"123456789012345678901\x08\r"), [Typed::Cleared], "the 21st is not known");
}

#[test]
fn half_a_number_is_forgotten_after_fifteen_seconds() {
    let mut entry = Entry::default();
    for byte in b"138" {
        entry.byte(*byte, 1_000);
    }
    assert_eq!(entry.poll_timeout(), Some(1_000 + FORGET_MS));
    assert_eq!(entry.poll(FORGET_MS), None);
    assert_eq!(entry.poll(1_000 + FORGET_MS), Some(Typed::Cleared));
    assert_eq!((entry.poll_timeout(), entry.poll(u64::MAX)), (None, None), "told once");
}

#[test]
fn what_was_typed_on_a_pad_that_is_pulled_out_is_gone() {
    let mut entry = Entry::default();
    entry.byte(b'1', 0);
    assert_eq!(entry.lost(), Some(Typed::Cleared));
    assert_eq!((entry.lost(), entry.byte(b'\r', 0)), (None, None));
}

#[test]
fn a_log_line_cannot_hold_what_was_typed() {
    let shown = format!("{:?} {:?}", entered(NUMBER), Typed::SoFar("1380".into()));
    assert!(!shown.contains("138"), "{shown}");
}

/// A digit as ASCII, as UTF-8 full width, as GB 18030 full width.
fn spelled(digit: u8, how: u8) -> Vec<u8> {
    match how {
        0 => vec![b'0' + digit],
        1 => vec![0xEF, 0xBC, 0x90 + digit],
        _ => vec![0xA3, 0xB0 + digit],
    }
}

proptest! {
    /// However a pad spells the digits, whatever noise is between them and however slowly they
    /// come (ms, under 15 s), the number is entered as it was typed, once.
    #[test]
    fn a_number_is_entered_as_it_was_typed(
        digits in vec((0u8..10, 0u8..3, select(vec![0u8, b' ', b'-', b'.', 7, 0xFF]), 0..FORGET_MS), 1..=LEN_MAX),
        end in select(vec![b'\r', b'\n', b'#', 3]),
    ) {
        let (mut entry, mut now, mut said) = (Entry::default(), 0, Vec::new());
        for (digit, how, noise, pause) in &digits {
            now += pause;
            said.extend(entry.poll(now));
            for byte in [vec![*noise], spelled(*digit, *how)].concat() {
                said.extend(entry.byte(byte, now));
            }
        }
        said.extend(entry.byte(end, now));
        said.retain(|typed| !matches!(typed, Typed::SoFar(_)));
        let number: String = digits.iter().map(|(digit, ..)| char::from(b'0' + digit)).collect();
        prop_assert_eq!(said, vec![Typed::Entered(number)]);
    }

    /// Whatever comes, and whenever: nothing but letters and digits is told, at most 20 of them, on
    /// the way digits only; and no entry holds what came before 15 s of silence.
    #[test]
    fn nothing_strange_is_ever_told(bytes in vec((any::<u8>(), 0u64..20_000), 0..200)) {
        let (mut entry, mut now, mut since_silence) = (Entry::default(), 0, 0);
        for (byte, pause) in bytes {
            now += pause;
            since_silence = if pause >= FORGET_MS { 1 } else { since_silence + 1 };
            match entry.byte(byte, now) {
                Some(Typed::Entered(text)) => {
                    prop_assert!((1..=LEN_MAX).contains(&text.len()));
                    prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
                    prop_assert!(text.len() < since_silence);
                    prop_assert_eq!(entry.poll_timeout(), None);
                }
                Some(Typed::SoFar(text)) => {
                    prop_assert!((1..=LEN_MAX).contains(&text.len()));
                    prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit()));
                    prop_assert!(text.len() <= since_silence);
                }
                _ => {}
            }
        }
    }

    /// More than 20 are nobody's number: neither the first 20 nor the last.
    #[test]
    fn what_is_too_long_is_never_entered(digits in vec(b'0'..=b'9', LEN_MAX + 1..60)) {
        let bytes = [digits.as_slice(), b"\r"].concat();
        prop_assert_eq!(ends(&bytes), vec![Typed::Cleared]);
    }
}
