//! What comes out is what went in, plus the note: invariant 1 over every recorded job.
//!
//! Not here: how long a cut may wait (`cut`), what a job is read as (`read`).

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::corpus::{self, Recorded};
use crate::printer::Printer;
use crate::programs::Running;
use crate::shop::{Setting, Shop};
use crate::splice::added;
use crate::{port, till, wait};

#[test]
fn without_an_agent_every_job_arrives_as_it_was_sent() {
    let (printer, pos) = (Printer::on(), port::free());
    let dir = tempfile::tempdir().unwrap();
    let ports = [format!("tcp-listen:{pos}"), format!("tcp:{}", printer.address)];
    let arguments = ["--pos", &ports[0], "--printer", &ports[1]];
    let _bridge = Running::start("huitou-bridge", &arguments, &dir.path().join("log"));
    wait::until_true("the bridge's port", || TcpStream::connect(pos).is_ok());
    for (index, job) in corpus::jobs().iter().enumerate() {
        till::print(pos, &job.bytes);
        let printed = printer.job(index + 1).bytes;
        assert!(printed == job.bytes, "{}: changed on the way", job.name);
    }
}

#[test]
fn with_notes_off_every_job_arrives_as_it_was_sent() {
    let shop = Shop::with(Setting { notes: false, ..Setting::default() });
    for (index, job) in corpus::jobs().iter().enumerate() {
        till::print(shop.till, &job.bytes);
        let printed = shop.printer.job(index + 1).bytes;
        assert!(printed == job.bytes, "{}: changed on the way", job.name);
    }
}

#[test]
fn with_notes_on_a_job_gains_one_block_for_each_note_right_before_the_cut() {
    let shop = Shop::open();
    for (index, job) in corpus::jobs().iter().enumerate() {
        ring_up_another(&shop, index);
        let notes = print_and_count_notes(&shop, job);
        let Some(truth) = &job.truth else { continue };
        assert!(notes <= truth.sales, "{}: {notes} notes, {} sales", job.name, truth.sales);
        // Page mode and a line that is cut off give no place for one.
        let placeless = ["page-mode", "truncated"].contains(&job.name.as_str());
        assert!(notes > 0 || placeless, "{}: a sale without a note", job.name);
    }
}

/// Prints a job, holds the paper against it, and says how many notes are on it.
fn print_and_count_notes(shop: &Shop, job: &Recorded) -> usize {
    let jobs = shop.printer.jobs().len();
    till::print(shop.till, &job.bytes);
    let printed = shop.printer.job(jobs + 1).bytes;
    let blocks = added(&job.bytes, &printed, 4);
    let blocks = blocks.unwrap_or_else(|| panic!("{}: more changed than notes explain", job.name));
    for block in &blocks {
        let (before, name) = (job.bytes[block.at..].escape_ascii(), &job.name);
        assert!(block.stands_before_the_cut(&job.bytes), "{name}: the note is before {before}");
    }
    blocks.len()
}

#[test]
fn what_is_no_sale_gets_no_note_and_is_no_sale_at_hq() {
    let shop = Shop::open();
    let jobs = [
        corpus::greeting(),
        corpus::empty_slip(),
        till::report(3, 100_000),
        b"\x1b@\x1bp\x00\x19\xfa".to_vec(),
    ];
    for (index, job) in jobs.iter().enumerate() {
        till::print(shop.till, job);
        assert_eq!(shop.printer.job(index + 1).bytes, *job, "job {index}");
    }
    let receipt = till::Receipt::of("700", "袜子", 2990);
    till::print(shop.till, &receipt.bytes());
    shop.printer.job(jobs.len() + 1);
    wait::until_true("the sale", || shop.papers().iter().any(|paper| paper["receipt_no"] == "700"));
    shop.sync();
    assert_eq!(shop.sales().len(), 1, "{:#?}", shop.sales());
}

#[test]
fn each_recorded_job_is_as_many_sales_at_hq_as_it_was() {
    let shop = Shop::open();
    let jobs: Vec<_> = corpus::jobs().into_iter().filter(|job| job.truth.is_some()).collect();
    for (index, job) in jobs.iter().enumerate() {
        ring_up_another(&shop, index);
        let jobs = shop.printer.jobs().len();
        print_as_recorded(shop.till, job);
        shop.printer.job(jobs + 1);
    }
    ring_up_another(&shop, jobs.len());
    shop.sync();
    let sales = shop.sales();
    let mut after =
        sales.split(|sale| sale["receipt_no"].as_str().is_some_and(|no| no.starts_with(ANOTHER)));
    assert_eq!(after.next().map(<[_]>::len), Some(0));
    for (job, sales) in jobs.iter().zip(after) {
        let wanted = job.truth.as_ref().map(|truth| truth.sales);
        assert_eq!(Some(sales.len()), wanted, "{}: {sales:#?}", job.name);
    }
}

/// Prints a job with the pause that its till made.
fn print_as_recorded(till: SocketAddr, job: &Recorded) {
    let pause = job.truth.as_ref().and_then(|truth| truth.pause);
    let (at, pause_ms) = pause.unwrap_or((job.bytes.len(), 0));
    let mut wire = TcpStream::connect(till).unwrap();
    wire.write_all(&job.bytes[..at]).unwrap();
    thread::sleep(Duration::from_millis(pause_ms));
    wire.write_all(&job.bytes[at..]).unwrap();
}

#[test]
fn a_job_that_comes_byte_by_byte_is_noted_like_one_that_comes_at_once() {
    let shop = Shop::open();
    let receipt = |no: &str| till::Receipt::of(no, "羊毛大衣", 129_900).bytes();
    let (whole, slow) = (receipt("7001"), receipt("7002"));
    till::print(shop.till, &whole);
    let at_once = shop.printer.job(1).bytes;
    let mut wire = TcpStream::connect(shop.till).unwrap();
    wire.set_nodelay(true).unwrap();
    // As a slow serial line brings it: no command comes in one piece.
    for byte in &slow {
        wire.write_all(&[*byte]).unwrap();
        thread::sleep(Duration::from_micros(300));
    }
    drop(wire);
    for (sent, printed) in [(&whole, at_once), (&slow, shop.printer.job(2).bytes)] {
        let blocks = added(sent, &printed, 1).expect("the paper is what was sent");
        assert_eq!(blocks.len(), 1, "a note");
        assert!(blocks[0].stands_before_the_cut(sent));
    }
}

/// How the numbers of [`ring_up_another`] begin.
const ANOTHER: &str = "880088";

/// Rings up a sale between two jobs: one that is printed twice in a row is a copy, and recorded
/// jobs are much alike.
fn ring_up_another(shop: &Shop, index: usize) {
    shop.ring_up(&till::Receipt::of(format!("{ANOTHER}{index:03}"), "羽绒服", 89_900));
}
