//! Code pages there and back.

use super::*;
use proptest::prelude::*;

const ALL: [Charset; 9] = [
    Charset::Gb18030,
    Charset::Big5,
    Charset::ShiftJis,
    Charset::EucKr,
    Charset::Utf8,
    Charset::Table(437),
    Charset::Table(932),
    Charset::Table(1252),
    Charset::Table(9999),
];

#[test]
fn each_market_writes_its_own_word_for_a_receipt() {
    for (charset, text) in [
        (Charset::Gb18030, "小票"),
        (Charset::Big5, "收據"),
        (Charset::ShiftJis, "領収書"),
        (Charset::EucKr, "영수증"),
        (Charset::Utf8, "小票"),
        (Charset::Table(866), "чек"),
        (Charset::Table(1252), "reçu €"),
        (Charset::Table(932), "ﾚｼｰﾄ ──円"),
    ] {
        let bytes = encode(charset, text).unwrap();
        assert_eq!(decode(charset, &bytes), text, "{charset:?}");
    }
    assert_eq!(encode(Charset::Table(437), "小"), None);
    assert_eq!(encode(Charset::Gb18030, "好😀"), None);
}

#[test]
fn wide_characters_take_two_columns_and_box_drawing_one() {
    assert_eq!(columns("合计 9.90"), 9);
    assert_eq!(columns("──ｱ（"), 5);
    assert_eq!(Charset::Gb18030.width('×'), 2);
    assert_eq!(Charset::Table(437).width('─'), 1);
}

#[test]
fn the_state_follows_the_stream() {
    let mut state = CodePageState::default();
    let china = Charset::Gb18030;
    assert_eq!(state.charset(china), china);
    state.apply(b"\x1Bt\x10");
    assert_eq!(state.charset(china), china, "a clone stays in kanji mode");
    assert_eq!(state.charset(Charset::Table(437)), Charset::Table(1252));
    state.apply(b"\x1C.");
    assert_eq!(state.charset(china), Charset::Table(1252));
    state.apply(b"\x1C&");
    assert_eq!(state.charset(china), china);
    state.apply(b"\x1B9\x03");
    assert_eq!(state.charset(china), Charset::Big5);
    state.apply(b"\x1C(C\x02\x000\x02");
    assert_eq!(state.charset(china), Charset::Utf8);
    state.apply(b"\x1BR\x0F");
    assert_eq!(state.national('$'), '¥');
    state.apply(b"\x1B@");
    assert_eq!(state, CodePageState::default());
}

proptest! {
    /// A printer never fails on bytes, so neither do we.
    #[test]
    fn any_bytes_decode(bytes: Vec<u8>) {
        for charset in ALL {
            let _ = decode(charset, &bytes);
        }
    }

    /// A note must come out as it was written, or not at all.
    #[test]
    fn what_encodes_reads_back_as_the_same_text(text in "[a-z가-각一-乚ァ-ヶ×é€😀]{0,12}") {
        for charset in ALL {
            if let Some(bytes) = encode(charset, &text) {
                prop_assert_eq!(decode(charset, &bytes), &text[..]);
            }
        }
    }
}
