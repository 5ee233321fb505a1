//! Slips as rows.

use super::*;
use crate::receipt::code_page::encode;
use proptest::prelude::*;

fn lines(slip: &[u8]) -> Vec<String> {
    Receipt::from_slip(b"", slip, None).lines()
}

fn gb(text: &str) -> Vec<u8> {
    encode(Charset::Gb18030, text).unwrap()
}

#[test]
fn cells_stand_where_the_stream_put_them() {
    let slip = [
        b"\x1B$\x00\x00".as_slice(),
        &gb("羊毛大衣"),
        b"\x1B$\x44\x011\x1B$\xC8\x01\x1B\\\x00\x00104.15\n",
    ];
    assert_eq!(lines(&slip.concat()), ["羊毛大衣                   1          104.15"]);
}

#[test]
fn every_line_end_seen_in_the_field_ends_one_line() {
    for end in ["\n", "\r\n", "\n\r", "\r\r\n", "\r"] {
        let slip = ["a", end, "b", end].concat();
        assert_eq!(lines(slip.as_bytes()), ["a", "b"], "{end:?}");
    }
}

#[test]
fn nul_padding_is_not_text() {
    let slip = [b"a\n".as_slice(), &[0; 200], b"b\n", &[0; 200]].concat();
    assert_eq!(lines(&slip), ["a", "b"]);
}

#[test]
fn page_mode_is_read_top_to_bottom() {
    let slip = b"\x1BL\x1D$\x80\x00\x1B$\x00\x00below\x1D$\x10\x00\x1B$\x18\x00above\x0C";
    assert_eq!(lines(slip), ["  above", "below"]);
}

#[test]
fn tabs_alignment_and_size_keep_columns() {
    let slip = b"\x1BD\x0A\x14\x00a\tb\tc\n\x1Ba\x02right\n\x1Ba\x01\x1D!\x11mid\x1D!\x00dle\n";
    let seen = lines(slip);
    assert_eq!(seen[0], "a         b         c");
    assert_eq!(seen[1].len(), 32);
    assert_eq!(seen[2].trim(), "middle");
}

#[test]
fn an_amount_broken_by_a_narrow_cell_is_joined() {
    let slip = b"sum 3     1822.\n          15\n15\n";
    assert_eq!(lines(slip), ["sum 3     1822.15", "15"]);
}

#[test]
fn a_picture_without_text_is_a_picture_receipt() {
    let mut slip = b"\x1B@\x1Dv0\x00\x30\x00\xC8\x00".to_vec();
    slip.extend([0; 0x30 * 0xC8]);
    assert!(Receipt::from_slip(b"", &slip, None).picture);
    slip.extend(b"\nshop\nCoat 1 88.00\nTotal 88.00\n");
    assert!(!Receipt::from_slip(b"", &slip, None).picture);
}

#[test]
fn the_prelude_holds_for_the_slip() {
    let slip = encode(Charset::Utf8, "小票").unwrap();
    let receipt = Receipt::from_slip(b"\x1B@\x1B9\x01", &slip, Some(Charset::Gb18030));
    assert_eq!(receipt.lines(), ["小票"]);
    assert_eq!(receipt.encoding, "utf-8");
}

#[test]
fn paper_is_as_wide_as_its_rules() {
    for (rule, wide) in [(32, 32), (42, 42), (43, 48), (48, 48)] {
        let slip = format!("{}\nlonger than any paper is: {0}{0}\n", "-".repeat(rule));
        assert_eq!(Receipt::from_slip(b"", slip.as_bytes(), None).columns_wide, wide);
    }
}

proptest! {
    /// What comes off the wire is hostile: any bytes make a receipt, and no control byte is in it.
    #[test]
    fn any_bytes_make_clean_rows(slip: Vec<u8>, commands in "([\x1B\x1C\x1D][!-z][\x00-\x7F]{0,4}[a-z]{0,3}\n?){0,40}") {
        for bytes in [&slip[..], commands.as_bytes()] {
            let receipt = Receipt::from_slip(b"", bytes, None);
            prop_assert!(receipt.lines().iter().all(|row| !row.chars().any(char::is_control)));
        }
    }
}
