//! A till and a printer on real USB, with `huitou-bridge` between them. Runs in run.sh's guest.
//!
//! ```text
//! till ─▶ /dev/usb/lp0 ═ USB 0 ═ /dev/g_printer0 ─▶ bridge ─▶ /dev/usb/lp1 ═ USB 1 ═ /dev/g_printer1 ─▶ paper
//! ```
//!
//! # What is demanded
//!
//! Plugged in, or unplugged while the line is quiet (also in the middle of a job): every byte is on the
//! paper once and in order.
//!
//! Unplugged while bytes flow, two things are out of everybody's reach, and no more than these may be
//! missing, in one piece and at the place of the unplug:
//!
//! - What the printer had taken and not printed goes with its power. Here that is the gadget driver's
//!   queue, [`QUEUE_BYTES`]: it throws that away when it is unbound.
//! - The transfer on the wire, at most [`TRANSFER_BYTES`]: the host's driver said that it was written,
//!   and never says what became of it.
//!
//! A transfer below [`TRANSFER_BYTES`] that ends with a full packet is held by the gadget's driver, which
//! waits for a shorter one and tells nobody what it has. The till here does not end a write so, and the bridge never does. A real
//! till's job of just n × 512 bytes would end with its next byte.
//!
//! Nothing is doubled, unless the till itself sends it again: a till whose write fails cannot know how
//! much of it was taken, and begins with the first byte that it is not sure of.
//!
//! Not here: booting (`run.sh`), what a note may say (the bridge's own tests).

mod counted;
mod lab;
mod noted;
mod renumbered;
mod wires;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use lab::*;
use wires::*;

/// `O_NONBLOCK` on Linux.
const NONBLOCK: i32 = 0o4000;

/// Buffers of the kernel's gadget printer: ten of 8 KiB.
const QUEUE_BYTES: usize = 10 * 8_192;

/// One packet on this bus.
const FULL_PACKET_BYTES: usize = 512;

/// The largest write that the host's printer driver puts on the wire at once.
const TRANSFER_BYTES: usize = 8_192;

/// A job of 200 KB takes about 0.4 s here; a port that was closed and opened again takes longer.
const FLOWING_S_MAX: f32 = 2.0;

const TILL: &str = "/dev/usb/lp0";
const WAIT: Duration = Duration::from_secs(20);

type Outcome = Result<String, String>;
type Scenario = (&'static str, fn(&mut Shop) -> Outcome);

const SCENARIOS: [Scenario; 13] = [
    ("receipts", receipts),
    ("status", status),
    ("printer-unplugged-quiet", printer_unplugged_quiet),
    ("printer-unplugged-flowing", printer_unplugged_flowing),
    ("till-unplugged-quiet", till_unplugged_quiet),
    ("till-unplugged-flowing", till_unplugged_flowing),
    ("status-while-printing", status_while_printing),
    ("status-in-whole-packets", status_in_whole_packets),
    ("printer-comes-last", printer_comes_last),
    ("till-comes-last", till_comes_last),
    ("counted", counted::counted),
    ("noted", noted::noted),
    ("renumbered", renumbered::renumbered),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut shop = Shop::open();
    let mut failed = 0;
    for (name, scenario) in SCENARIOS {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        let began = Instant::now();
        let outcome = scenario(&mut shop).and_then(|said| shop.bridge_is_alive().map(|()| said));
        let took = began.elapsed().as_secs_f32();
        match outcome {
            Ok(said) => println!("ok      {name} ({took:.1} s): {said}"),
            Err(said) => {
                failed += 1;
                println!("FAILED  {name} ({took:.1} s): {said}");
                shop.start_afresh();
            }
        }
    }
    println!("USB: {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// The scenarios.

/// Receipts of all sizes, one after the other.
fn receipts(shop: &mut Shop) -> Outcome {
    let jobs: Vec<Vec<u8>> = (0..30).map(|number| receipt(number, 2 + number * 7)).collect();
    let began = Instant::now();
    for job in &jobs {
        shop.till.print(job);
    }
    let all = jobs.concat();
    shop.paper_is(&all)?;
    let rate = all.len() as f32 / 1024.0 / began.elapsed().as_secs_f32();
    Ok(format!("30 receipts, {} bytes, {rate:.0} KiB/s", all.len()))
}

/// What the printer says reaches the till as it was said, also in the middle of a job.
fn status(shop: &mut Shop) -> Outcome {
    let mut back = 0;
    for len in [1, 4, 63, 64, 65, 300] {
        let words: Vec<u8> = (0..len).map(|at| (at * 7 + len) as u8).collect();
        shop.till.print(b"\x10\x04\x01");
        shop.printer.say(&words);
        shop.till.hears(&words)?;
        back += words.len();
    }
    shop.paper_is(&b"\x10\x04\x01".repeat(6))?;
    Ok(format!("{back} bytes came back"))
}

/// What the printer says while it prints does not wait for the job's end.
fn status_while_printing(shop: &mut Shop) -> Outcome {
    said_while_printing(shop, &[0x14; 4])
}

/// A reply that fills its packets is ended by an empty one, which is no end of the stream.
fn status_in_whole_packets(shop: &mut Shop) -> Outcome {
    said_while_printing(shop, &[0x12; 1_024])
}

fn said_while_printing(shop: &mut Shop, words: &[u8]) -> Outcome {
    let job = receipt(7, 8_000);
    let printing = shop.till.prints(&job);
    let began = Instant::now();
    for part in 1..=6 {
        shop.printer.has_at_least(job.len() * part / 8)?;
        shop.printer.say(words);
        shop.till.hears(words).map_err(|said| {
            let paper = locked(&shop.printer.paper);
            format!(
                "{said} in part {part}; {} of {} bytes are on the paper",
                common(&paper, &job),
                job.len()
            )
        })?;
    }
    printing.join().map_err(|_| "the till gave up")?;
    shop.paper_is(&job)?;
    let took = began.elapsed().as_secs_f32();
    if took > FLOWING_S_MAX {
        return Err(format!("all came, but it took {took:.1} s: the printer stood still"));
    }
    Ok(format!(
        "6 times {} bytes came back in {took:.1} s, during a job of {}",
        words.len(),
        job.len()
    ))
}

/// The cable is pulled while nothing moves: nothing may be missing.
fn printer_unplugged_quiet(shop: &mut Shop) -> Outcome {
    let mut all = Vec::new();
    for (round, away_ms) in [50, 400, 1_200, 2_500].into_iter().enumerate() {
        let job = receipt(round, 60);
        let (first, second) = job.split_at(job.len() * (round + 1) / 6);
        shop.till.print(first);
        all.extend_from_slice(first);
        shop.paper_is_so_far(&all)?;
        unplug(1);
        shop.till.print(second);
        all.extend_from_slice(second);
        pause(away_ms);
        plug(1);
        shop.paper_is_so_far(&all)?;
    }
    shop.paper_is(&all)?;
    Ok("4 times in the middle of a job, nothing missing".into())
}

/// The cable is pulled while the printer is printing.
fn printer_unplugged_flowing(shop: &mut Shop) -> Outcome {
    let mut missing = Vec::new();
    for round in 0..4 {
        let job = receipt(round, 8_000);
        let printing = shop.till.prints(&job);
        shop.printer.has_at_least(job.len() * (round + 1) / 6)?;
        unplug(1);
        pause(700);
        plug(1);
        printing.join().map_err(|_| "the till gave up")?;
        shop.till.print(b"LAST");
        let all = [&job[..], b"LAST"].concat();
        missing.push(shop.paper_with_a_hole(&all, QUEUE_BYTES + TRANSFER_BYTES)?.len());
    }
    Ok(format!("4 times, missing {missing:?} bytes of what the printer and its driver had taken"))
}

/// The till's cable is pulled between two writes; the till goes on where it was.
fn till_unplugged_quiet(shop: &mut Shop) -> Outcome {
    let mut all = Vec::new();
    for (round, away_ms) in [50, 400, 1_200, 2_500].into_iter().enumerate() {
        let job = receipt(round, 60);
        let (first, second) = job.split_at(job.len() * (round + 1) / 6);
        shop.till.print(first);
        all.extend_from_slice(first);
        shop.paper_is_so_far(&all)?;
        unplug(0);
        pause(away_ms);
        plug(0);
        shop.till.print(second);
        all.extend_from_slice(second);
        shop.paper_is_so_far(&all)?;
    }
    shop.paper_is(&all)?;
    Ok("4 times in the middle of a job, nothing missing".into())
}

/// The till's cable is pulled while it writes.
fn till_unplugged_flowing(shop: &mut Shop) -> Outcome {
    let mut said = Vec::new();
    for round in 0..4 {
        let job = receipt(round, 24_000);
        shop.till.resumed.store(0, Ordering::SeqCst);
        let printing = shop.till.prints(&job);
        shop.printer.has_at_least(job.len() * (round + 1) / 8)?;
        unplug(0);
        pause(700);
        plug(0);
        printing.join().map_err(|_| "the till gave up")?;
        let resumed = shop.till.resumed.load(Ordering::SeqCst);
        if resumed == 0 {
            return Err("the till did not notice; the job is too short for this test".into());
        }
        said.push(shop.paper_resumed(&job, resumed)?);
    }
    Ok(format!("4 times, bytes missing (-) or sent again by the till (+): {said:?}"))
}

/// The bridge is there before the printer.
fn printer_comes_last(shop: &mut Shop) -> Outcome {
    let job = receipt(1, 40);
    shop.stop_bridge();
    unplug(1);
    shop.start_bridge();
    pause(300);
    shop.till.print(&job);
    pause(700);
    plug(1);
    shop.paper_is(&job)?;
    Ok("printed".into())
}

/// The bridge is there before the till: a box that has power while the till is still off.
fn till_comes_last(shop: &mut Shop) -> Outcome {
    let job = receipt(2, 40);
    shop.stop_bridge();
    unplug(0);
    shop.start_bridge();
    pause(1_000);
    plug(0);
    shop.bridge_is_alive()?;
    shop.till.print(&job);
    shop.paper_is(&job)?;
    Ok("printed".into())
}
