//! What a till printed, read as a sale, and the virtual printer: nothing fails hard, whatever is on the paper.
//!
//! The first byte chooses what the till was told before and which charset is the usual one; the rest is
//! the slip, which is read as one, and as a recorded stream of several.
//!
//! Not here: where a slip begins and ends on the wire (`tokenizer`, `hold`).
#![no_main]

use huitou::paper::{Printer, Width};
use huitou::read;
use huitou::receipt::Receipt;
use huitou::receipt::code_page::Charset;
use huitou::sale;
use libfuzzer_sys::fuzz_target;

const PRELUDES: [&[u8]; 4] = [b"", b"\x1b@\x1c&", b"\x1b@\x1bt\x10", b"\x1b@\x1dW\x40\x02"];
const CHARSETS: [Option<Charset>; 4] =
    [None, Some(Charset::Gb18030), Some(Charset::Utf8), Some(Charset::Table(437))];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, slip)) = bytes.split_first() else { return };
    let (prelude, charset) =
        (PRELUDES[usize::from(choice % 4)], CHARSETS[usize::from(choice / 4 % 4)]);
    let receipt = Receipt::from_slip(prelude, slip, charset);
    sold(&receipt);
    if let Ok(text) = std::str::from_utf8(slip) {
        sold(&Receipt::from_lines(&[text.to_owned()]));
    }
    stream(slip);
    // A long roll takes most of a second to burn.
    if choice >= 0x80 && slip.len() <= 512 {
        printed(slip);
    }
});

/// A row holds no control character, whatever the paper held; the same paper is read alike twice.
fn sold(receipt: &Receipt) {
    for row in &receipt.rows {
        assert!(!row.text.chars().any(char::is_control), "a control character came through");
    }
    let (first, again) = (sale::read(receipt), sale::read(receipt));
    assert_eq!(first.total, again.total);
    assert_eq!(first.items.len(), again.items.len());
    assert!(first.discount.is_none_or(|off| off.units() >= 0), "a discount below zero");
}

/// The slips of a stream stand in order, within it, and do not overlap.
fn stream(bytes: &[u8]) {
    let groups = read::groups(bytes);
    let spans: Vec<_> = groups.iter().flat_map(|group| &group.spans).collect();
    let len = u64::try_from(bytes.len()).expect("a length fits");
    assert!(spans.iter().all(|span| span.start <= span.end && span.end <= len));
    assert!(spans.windows(2).all(|two| two[0].end <= two[1].start), "slips overlap");
}

/// The virtual printer burns the same dots whatever the pieces are in which a job comes.
fn printed(job: &[u8]) {
    let burnt = |piece: usize| {
        let mut printer = Printer::new(Width::Mm58, Charset::Gb18030);
        let answers: Vec<u8> = job.chunks(piece).flat_map(|piece| printer.print(piece)).collect();
        printer.end_job();
        (printer.roll_picture().dots().to_vec(), answers)
    };
    assert!(burnt(job.len().max(1)) == burnt(3), "another picture in pieces");
}
