//! Bar codes against the patterns of their standards.

use super::*;

fn widths(symbology: Symbology, bytes: &[u8]) -> Vec<u8> {
    encode(symbology, bytes).unwrap().widths
}

fn modules(symbology: Symbology, bytes: &[u8]) -> String {
    let widths = widths(symbology, bytes);
    let run = |(at, &width): (usize, &u8)| ["1", "0"][at % 2].repeat(width.into());
    widths.iter().enumerate().map(run).collect()
}

#[test]
fn an_ean13_has_the_known_pattern() {
    // Read back by zxing, and by hand from the tables of GS1: 4 is L G L L G G.
    let pattern = [
        "101", "0001101", "0100111", "0111101", "0001011", "0010111", "0011101", "01010",
        "1100110", "1001110", "1001110", "1011100", "1001000", "1010000", "101",
    ];
    assert_eq!(modules(Symbology::Ean13, b"400399415548"), pattern.concat());
    assert_eq!(encode(Symbology::Ean13, b"4003994155480").unwrap().text, "4003994155486");
}

#[test]
fn a_upc_a_is_an_ean13_with_a_leading_zero() {
    assert_eq!(widths(Symbology::UpcA, b"03600029145"), widths(Symbology::Ean13, b"003600029145"));
}

#[test]
fn a_upc_e_is_the_same_from_its_short_and_its_long_form() {
    let short = encode(Symbology::UpcE, b"425261").unwrap();
    assert_eq!(short.text, "04252614", "the example of the UPC standard");
    assert_eq!(encode(Symbology::UpcE, b"042100005264").unwrap(), short);
    assert!(encode(Symbology::UpcE, b"042123405264").is_err(), "cannot be shortened");
}

#[test]
fn every_code_has_its_full_width() {
    let modules = |symbology, bytes: &[u8]| modules(symbology, bytes).len();
    assert_eq!(modules(Symbology::Ean13, b"690123456789"), 95);
    assert_eq!(modules(Symbology::Ean8, b"5512345"), 67);
    assert_eq!(modules(Symbology::UpcE, b"123456"), 51);
    assert_eq!(modules(Symbology::Code93, b"TEST93"), (1 + 6 + 2 + 1) * 9 + 1);
    assert_eq!(modules(Symbology::Code128, b"{BABC"), (1 + 3 + 1) * 11 + 13);
}

#[test]
fn code128_takes_what_its_sets_hold() {
    assert_eq!(encode(Symbology::Code128, b"{C\x0c\x22").unwrap().text, "1234", "packed digits");
    assert_eq!(encode(Symbology::Code128, b"No.{{1").unwrap().text, "No.{1", "no code set: B");
    assert!(encode(Symbology::Code128, b"{Aabc").is_err(), "no small letters in set A");
}

#[test]
fn bars_begin_and_end_every_code() {
    for m in (0..=6).chain(65..=74) {
        let bytes: &[u8] = match m {
            0 | 65 => b"12345678901",
            1 | 66 => b"0123456",
            2 | 67 => b"123456789012",
            6 | 71 => b"A1234567B",
            _ => b"1234567",
        };
        let symbology = Symbology::from_byte(m).unwrap();
        assert_eq!(widths(symbology, bytes).len() % 2, 1, "{symbology:?}");
    }
}

#[test]
fn data_that_a_code_cannot_hold_is_an_error() {
    assert_eq!(encode(Symbology::Ean13, b"12"), Err(BarCodeError::Length { len: 2 }));
    assert_eq!(encode(Symbology::Code39, b"a"), Err(BarCodeError::Character { at: 1 }));
    assert!(encode(Symbology::Code93, b"").is_err());
    assert!(encode(Symbology::Codabar, b"1234").is_err());
}

#[test]
fn text_above_and_below_makes_it_higher() {
    let bars = encode(Symbology::Ean8, b"5512345").unwrap();
    let mut style = BarStyle::default();
    assert_eq!(style.draw(&bars).height(), 162);
    assert_eq!(style.draw(&bars).width(), 67 * 3);
    assert!(style.apply(b"\x1dH\x03") && style.apply(b"\x1dh\x40") && style.apply(b"\x1dw\x02"));
    let picture = style.draw(&bars);
    assert_eq!((picture.width(), picture.height()), (67 * 2, 64 + 2 * 28));
}
