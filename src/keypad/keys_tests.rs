//! What pads and wedge scanners send as keys; the codes are those of `input-event-codes.h`.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::entry::FORGET_MS;
use super::*;

const ENTER: u16 = 28;
const SHIFT: u16 = 42;
const CONTROL: u16 = 29;
const ALT: u16 = 56;
const NUM_LOCK: u16 = 69;
const PAD: [u16; 10] = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73];
const ROW: [u16; 10] = [11, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const TELEPHONE: [u16; 10] = [0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207, 0x208, 0x209];

fn ends(events: &[(u16, i32)]) -> Vec<Typed> {
    let mut keys = Keys::default();
    let told = events.iter().filter_map(|(code, value)| keys.key(*code, *value, 0));
    told.filter(|typed| !matches!(typed, Typed::SoFar(_))).collect()
}

/// Each key pressed and let go.
fn strokes(codes: &[u16]) -> Vec<(u16, i32)> {
    codes.iter().flat_map(|code| [(*code, PRESSED), (*code, RELEASED)]).collect()
}

fn entered(text: &str) -> Typed {
    Typed::Entered(text.into())
}

#[test]
fn digits_are_digits_on_the_row_the_pad_and_a_telephone_pad() {
    for digits in [ROW, PAD, TELEPHONE] {
        for enter in [ENTER, 96, 15, 0x20B] {
            let codes = [digits.as_slice(), &[enter]].concat();
            assert_eq!(ends(&strokes(&codes)), [entered("0123456789")]);
        }
    }
}

#[test]
fn num_lock_changes_nothing() {
    let codes: Vec<u16> = PAD.iter().flat_map(|code| [NUM_LOCK, *code, NUM_LOCK]).collect();
    assert_eq!(ends(&strokes(&[codes.as_slice(), &[ENTER]].concat())), [entered("0123456789")]);
}

#[test]
fn a_key_that_is_held_counts_once_but_backspace_repeats() {
    let held = [(2, PRESSED), (2, REPEATED), (2, REPEATED), (2, RELEASED), (ENTER, PRESSED)];
    assert_eq!(ends(&held), [entered("1")]);
    let mut taken_back = strokes(&[2, 3, 4]);
    taken_back.extend([(14, PRESSED), (14, REPEATED), (14, RELEASED), (ENTER, PRESSED)]);
    assert_eq!(ends(&taken_back), [entered("1")]);
    assert_eq!(ends(&[(ENTER, PRESSED), (ENTER, REPEATED)]), []);
}

#[test]
fn escape_star_and_clear_clear() {
    for clear in [1, 55, 0x20A, 355] {
        let codes = [2, clear, 3, ENTER];
        assert_eq!(ends(&strokes(&codes)), [Typed::Cleared, entered("2")], "{clear}");
    }
}

#[test]
fn a_scanners_letters_keep_their_case_and_its_symbology_id_is_left_out() {
    let mut events = strokes(&[27]); // ]
    events.push((SHIFT, PRESSED));
    events.extend(strokes(&[46])); // C
    events.push((SHIFT, RELEASED));
    events.extend(strokes(&[2])); // 1
    events.push((SHIFT, PRESSED));
    events.extend(strokes(&[47])); // V
    events.push((SHIFT, RELEASED));
    events.extend(strokes(&[23, 11, ENTER])); // i0
    assert_eq!(ends(&events), [entered("Vi0")]);
}

#[test]
fn signs_over_digits_are_no_digits() {
    let shifted = |code| [(SHIFT, PRESSED), (code, PRESSED), (code, RELEASED), (SHIFT, RELEASED)];
    assert_eq!(
        ends(&[strokes(&[3]), shifted(2).to_vec(), strokes(&[ENTER])].concat()),
        [entered("2")]
    );
    assert_eq!(ends(&[strokes(&[3]), shifted(4).to_vec()].concat()), [entered("2")], "#");
    assert_eq!(ends(&[strokes(&[3]), shifted(9).to_vec()].concat()), [Typed::Cleared], "*");
}

#[test]
fn a_character_code_typed_with_alt_is_that_character() {
    let mut events = Vec::new();
    for code in [[PAD[0], PAD[0], PAD[4], PAD[9]], [PAD[0], PAD[0], PAD[5], PAD[6]]] {
        events.push((ALT, PRESSED));
        events.extend(strokes(&code));
        events.push((ALT, RELEASED));
    }
    events.extend(strokes(&[ENTER]));
    assert_eq!(ends(&events), [entered("18")], "0049 0056");
}

#[test]
fn nothing_is_typed_with_control_held() {
    let events = [(CONTROL, PRESSED), (2, PRESSED), (2, RELEASED), (CONTROL, RELEASED)];
    assert_eq!(ends(&[events.to_vec(), strokes(&[ENTER])].concat()), []);
}

#[test]
fn a_shift_key_that_was_down_when_the_pad_was_pulled_out_is_up_again() {
    let mut keys = Keys::default();
    keys.key(SHIFT, PRESSED, 0);
    keys.lost();
    assert_eq!(keys.key(2, PRESSED, 0), Some(Typed::SoFar("1".into())));
}

proptest! {
    /// Any event of any device, known or not, at any time, is taken without a word too much.
    #[test]
    fn any_event_is_harmless(events in vec((any::<u16>(), -1i32..4, 0..2 * FORGET_MS), 0..200)) {
        let (mut keys, mut now) = (Keys::default(), 0);
        for (code, value, pause) in events {
            now += pause;
            if let Some(Typed::Entered(text) | Typed::SoFar(text)) = keys.key(code, value, now) {
                prop_assert!(!text.is_empty() && text.len() <= 20);
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
        }
    }

    /// A number typed on any mix of rows is that number.
    #[test]
    fn a_number_is_entered_whichever_row_it_is_typed_on(digits in vec((0usize..10, 0usize..3), 1..=20)) {
        let mut codes: Vec<u16> =
            digits.iter().map(|(digit, row)| [ROW, PAD, TELEPHONE][*row][*digit]).collect();
        codes.push(ENTER);
        let number: String = digits.iter().map(|(digit, _)| digit.to_string()).collect();
        prop_assert_eq!(ends(&strokes(&codes)), vec![entered(&number)]);
    }
}
