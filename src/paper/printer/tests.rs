//! Jobs in, dots and answers out.

use super::*;

use proptest::collection::vec;
use proptest::prelude::*;

fn printed(bytes: &[u8]) -> Printer {
    let mut printer = Printer::new(Width::Mm58, Charset::Gb18030);
    printer.print(bytes);
    printer
}

/// The columns and rows that have ink: `(left, right, top, bottom)`, the last two of each excluded.
fn inked(picture: &Picture) -> (usize, usize, usize, usize) {
    let dots = (0..picture.height()).flat_map(|y| (0..picture.width()).map(move |x| (x, y)));
    dots.filter(|&(x, y)| picture.ink(x, y) > 0).fold(
        (usize::MAX, 0, usize::MAX, 0),
        |edges, (x, y)| {
            let (left, right, top, bottom) = edges;
            (left.min(x), right.max(x + 1), top.min(y), bottom.max(y + 1))
        },
    )
}

fn open(bytes: &[u8]) -> Picture {
    printed(bytes).open_slip().picture.clone()
}

fn text(bytes: &[u8]) -> String {
    printed(bytes).open_slip().text.clone()
}

#[test]
fn a_line_is_fed_and_a_cut_ends_the_slip() {
    let printer = printed("\x1b@云裳\n".as_bytes());
    assert_eq!(printer.open_slip().picture.height(), 30);
    let printer = printed(b"\x1b@\xd4\xc6\xc9\xd1\n\x1dV\x01next\n");
    let slip = printer.slips().next().unwrap();
    assert_eq!((slip.text.as_str(), slip.cut, slip.bytes), ("云裳\n", Some(Cut::Partial), 10));
    assert_eq!(printer.open_slip().text, "next\n");
}

#[test]
fn a_cut_with_feed_moves_the_paper_to_the_cutter() {
    let printer = printed(b"a\n\x1dVB\x0a");
    assert_eq!(printer.slips().next().unwrap().picture.height(), 30 + 80 + 10);
}

#[test]
fn double_width_is_twice_as_wide_and_double_height_twice_as_high() {
    let (left, right, top, bottom) = inked(&open(b"HHHH\n"));
    let (wide_left, wide_right, ..) = inked(&open(b"\x1d!\x10HHHH\n"));
    let (.., high_top, high_bottom) = inked(&open(b"\x1d!\x01HHHH\n"));
    // A dot at each edge may be a shade in one size and blank in the other.
    assert!((wide_right - wide_left).abs_diff(2 * (right - left)) <= 3);
    assert!((high_bottom - high_top).abs_diff(2 * (bottom - top)) <= 3);
}

#[test]
fn alignment_moves_a_line_and_a_bar_code() {
    for thing in [&b"HH\n"[..], b"\x1dk\x03" as &[u8]] {
        let job = |n: u8| {
            let code: &[u8] = if thing[0] == 0x1D { b"5512345\0" } else { b"" };
            inked(&open(&[b"\x1ba", &[n][..], thing, code].concat()))
        };
        let (left, centre, right) = (job(0), job(1), job(2));
        assert!(left.0 <= 2 && right.1 >= 382, "at the edges");
        assert!((centre.0).abs_diff(384 - centre.1) <= 3, "as far from both");
        assert_eq!(left.1 - left.0, right.1 - right.0);
    }
}

#[test]
fn a_line_wraps_at_32_columns_and_a_full_line_feeds_once() {
    assert_eq!(text(&[&[b'x'; 33][..], b"\n"].concat()), format!("{}\nx\n", "x".repeat(32)));
    assert_eq!(text(&[&[b'x'; 32][..], b"\n"].concat()), format!("{}\n", "x".repeat(32)));
}

#[test]
fn a_narrow_area_with_a_margin_wraps_sooner_and_further_right() {
    let job = b"\x1dL\x60\x00\x1dW\x30\x00abcde\n";
    assert_eq!(text(job), "abcd\ne\n");
    let (left, right, ..) = inked(&open(job));
    assert!(left >= 96 && right <= 144);
}

#[test]
fn positions_and_tabs_put_columns_where_they_belong() {
    assert_eq!(text(b"a\x1b$\x78\x00b\n"), "a         b\n");
    assert_eq!(text(b"a\x1b\\\x0c\x00b\x1b\\\xe8\xffc\n"), "acb\n");
    assert_eq!(text(b"a\tb\x1bD\x04\x14\x00\tc\n"), "a       b           c\n");
}

#[test]
fn line_spacing_and_feeds_are_in_dots() {
    assert_eq!(open(b"\x1b3\x40a\n\n").height(), 128);
    assert_eq!(open(b"\x1b3\x10a\n").height(), 24, "not into the letters");
    assert_eq!(open(b"a\x1bJ\x64").height(), 100);
    assert_eq!(open(b"a\x1bd\x03").height(), 90);
}

#[test]
fn an_upside_down_line_is_the_line_turned() {
    let upright = open(b"Total 8\n").rows(0, 24);
    assert_eq!(open(b"\x1b{\x01Total 8\n").rows(0, 24), upright.upside_down());
}

#[test]
fn the_same_picture_is_the_same_by_every_command() {
    let rows = [0xF0u8, 0x0F].repeat(12);
    let raster = open(&[b"\x1dv0\x00\x01\x00\x18\x00", &rows[..]].concat());
    let graphics = [b"\x1d(L\x22\x000p0\x01\x011\x08\x00\x18\x00", &rows[..]].concat();
    assert_eq!(open(&[&graphics[..], b"\x1d(L\x02\x0002"].concat()), raster);
    let graphics = [b"\x1d8L\x22\x00\x00\x000p0\x01\x011\x08\x00\x18\x00", &rows[..]].concat();
    assert_eq!(open(&[&graphics[..], b"\x1d(L\x02\x0002"].concat()), raster);
    // The same as columns: four with every other dot, four with the dots between.
    let columns = [[0xAA; 12], [0x55; 12]].concat();
    assert_eq!(open(&[b"\x1b*\x21\x08\x00", &columns[..], b"\x1bJ\x18"].concat()), raster);
    assert_eq!(open(&[b"\x1d*\x01\x03", &columns[..], b"\x1d/\x00"].concat()), raster);
    let stored = [b"\x1cq\x01\x01\x00\x03\x00", &columns[..], b"\x1cp\x01\x00"].concat();
    assert_eq!(open(&stored), raster);
}

#[test]
fn a_raster_is_doubled_each_way() {
    let doubled = open(b"\x1dv0\x03\x01\x00\x01\x00\x80");
    assert_eq!(inked(&doubled), (0, 2, 0, 2));
}

#[test]
fn bands_of_a_windows_driver_join() {
    let band = [b"\x1b$\x01\x00\x1bJ\x18\x1dv0\x00\x01\x00\x18\x00", &[0xFF; 24][..]].concat();
    let job = [&band[..], &band, &band].concat();
    assert_eq!(inked(&open(&job)), (0, 8, 24, 24 + 3 * 24));
    assert_eq!(text(&job), "[picture]\n");
    let plain = [&band[4..], &band[4..]].concat();
    assert_eq!(inked(&open(&plain)).3, 4 * 24, "without ESC $ a feed is a feed");
}

#[test]
fn codes_are_named_in_the_text_and_too_wide_ones_left_out() {
    assert_eq!(text(b"\x1dkC\x0c690123456789"), "[EAN13 6901234567892]\n");
    assert_eq!(text(b"\x1dka\x00\x02\x05\x00hello"), "[QR hello]\n");
    let stored = b"\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0";
    assert_eq!(text(stored), "[QR hello]\n");
    assert_eq!(text(b"\x1d(k\x08\x000P0hello\x1d(k\x03\x000Q0"), "[PDF417 5 bytes]\n");
    assert_eq!(text(&[b"\x1dkI\x28{B", &[b'W'; 38][..]].concat()), "");
}

#[test]
fn a_page_is_burnt_as_a_whole() {
    let area = b"\x1bL\x1bW\x00\x00\x00\x00\x80\x01\x90\x00";
    let job = [&area[..], b"\x1d$\x80\x00low\x1d$\x20\x00\x1b$\x64\x00high\x0c"].concat();
    let (left, _, top, bottom) = inked(&open(&job));
    assert!(left < 12 && top < 0x20 && bottom > 0x60 && bottom <= 0x80);
    assert_eq!(open(&job).height(), 0x90);
    assert!(open(&[&area[..], b"gone\n\x18\x0c"].concat()).is_blank());
    assert_eq!(open(&[&area[..], b"dropped\n\x1bSkept\n"].concat()).height(), 30);
}

#[test]
fn star_cuts_where_epson_feeds() {
    let printer = printed(b"\x1b\x1da\x01Star\n\x1bd\x02");
    let slip = printer.slips().next().unwrap();
    assert_eq!((slip.text.trim(), slip.cut), ("Star", Some(Cut::Full)));
    assert_eq!(printed(b"Epson\n\x1bd\x02").slips().count(), 0);
}

#[test]
fn a_status_request_inside_a_picture_is_dots() {
    let mut printer = Printer::new(Width::Mm80, Charset::Gb18030);
    let mut job = b"\x1dv0\x00\x40\x00\x01\x00".to_vec();
    job.extend([0x10, 0x04, 0x01, 0x00].repeat(16));
    assert!(printer.print(&job).is_empty());
    assert_eq!(printer.print(b"\x10\x04\x04"), [0x12]);
}

#[test]
fn half_a_picture_is_printed_when_the_job_ends() {
    let mut printer = printed(b"\x1dv0\x00\x30\x00\x64\x00");
    printer.print(&[0xFF; 96]);
    assert_eq!(printer.open_slip().picture.height(), 0);
    printer.end_job();
    assert_eq!(printer.open_slip().picture.height(), 2);
    printer.print(b"next\n");
    assert_eq!(printer.open_slip().text, "[picture]\nnext\n");
}

#[test]
fn initialising_forgets_modes_and_the_open_line() {
    assert_eq!(text(b"\x1ba\x02lost\x1b@kept\n"), "kept\n");
    let upright = open(b"kept\n");
    assert_eq!(open(b"\x1b{\x01\x1bE\x01\x1dB\x01\x1b!\x31\x1b3\x08\x1b@kept\n"), upright);
}

#[test]
fn endless_commands_take_bounded_memory() {
    let endless = |head: &[u8], byte: u8| {
        let mut printer = printed(head);
        (0..17).for_each(|_| drop(printer.print(&[byte; 64 << 10])));
        printer.end_job();
        printer
            .slips()
            .chain([printer.open_slip()])
            .map(|slip| slip.picture.dots().len())
            .sum::<usize>()
    };
    assert_eq!(endless(b"\x1dk\x04", b'A'), 0, "a bar code without its NUL");
    // Tall and narrow, doubled both ways; as raster, and as columns on a page.
    for head in [&b"\x1dv0\x03\x12\x00\xff\xff"[..], b"\x1bL\x1dQ0\x03\xff\xff\xff\xff"] {
        assert!(endless(head, 0xFF) < 40 << 20);
    }
}

/// Bytes that a printer may stumble over: commands with small arguments, text, real codes.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let command = |first: u8| {
        (0u8..=255, vec(0u8..8, 0..12))
            .prop_map(move |(op, args)| [&[first, op], &args[..]].concat())
    };
    let piece = prop_oneof![
        vec(any::<u8>(), 0..24),
        command(0x1B),
        command(0x1D),
        command(0x1C),
        "[ -~云裳￥é]{0,12}\n".prop_map(String::into_bytes),
        Just(b"\x1bL\x1bW\x08\x00\x10\x00\x80\x00\x40\x00\x1bT\x01".to_vec()),
        Just(b"\x1d(k\x08\x001P0hello\x1d(k\x03\x001Q0\x1dkI\x05{BABC".to_vec()),
        Just(b"\x1b\x1da\x01\x1b*rAb\x02\x00\xf0\x0f\x1b*rB\x1bd\x02".to_vec()),
        Just(b"\x1dv0\x00\xff\xff\xff\xff".to_vec()),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A port may deliver a job in any pieces, and no job makes the printer fail.
    #[test]
    fn chopping_changes_neither_dots_nor_answers(stream in stream(), size in 1usize..9) {
        let mut whole = Printer::new(Width::Mm58, Charset::Gb18030);
        let mut chopped = whole.clone();
        let answers = whole.print(&stream);
        let pieces: Vec<u8> = stream.chunks(size).flat_map(|piece| chopped.print(piece)).collect();
        prop_assert_eq!(pieces, answers);
        for printer in [&mut whole, &mut chopped] {
            printer.end_job();
            printer.tear_off();
        }
        prop_assert!(whole.slips().count() == chopped.slips().count());
        for (one, other) in whole.slips().zip(chopped.slips()) {
            prop_assert!(one.picture == other.picture, "slip {}", one.number);
            prop_assert_eq!((&one.text, one.cut, one.bytes), (&other.text, other.cut, other.bytes));
        }
    }
}
