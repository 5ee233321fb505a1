//! The bridge under a till, an agent and a clock that do as they like.
//!
//! ```text
//! [steps] [step, argument] … [printer stream, as it is]
//! ```
//!
//! A step sends the next so many bytes of the stream, lets time pass, or has the agent say something;
//! what the steps leave of the stream is sent at the end. So a captured receipt behind a few steps is
//! a good seed.
//!
//! # What is checked
//!
//! - What is printed is what was sent, in order, and notes.
//! - A note is printed only while its slip is held, between two commands, right before what is held,
//!   and leaves every mode as it was.
//! - Nothing waits past its deadline, nothing waits without an agent, and no deadline stands in the
//!   past.
//! - What the agent is told of a slip is a piece of the stream as it was sent.
//!
//! Not here: how the stream is cut into tokens (`tokenizer`).
#![no_main]

#[path = "hold/shop.rs"]
mod shop;

use libfuzzer_sys::fuzz_target;
use shop::Shop;

fuzz_target!(|script: &[u8]| {
    let Some((&count, rest)) = script.split_first() else { return };
    let (steps, stream) = rest.split_at(rest.len().min(2 * usize::from(count)));
    let mut shop = Shop::new(stream);
    for step in steps.chunks_exact(2) {
        take(&mut shop, step[0] % 24, step[1]);
    }
    shop.send(usize::MAX);
    shop.ends();
});

fn take(shop: &mut Shop<'_>, step: u8, argument: u8) {
    let many = usize::from(argument);
    match step {
        0..=4 => shop.send(many),
        5..=6 => shop.send(many * 16),
        7..=9 => shop.wait(u64::from(argument)),
        10 if argument < 4 => shop.wait(310_000), // long enough to give half a command up
        10 => shop.wait(u64::from(argument) * 20),
        11 => shop.wait(u64::from(argument) * 100),
        12 => shop.sleep(u64::from(argument) * 4),
        13 => shop.close(),
        14 => shop.beat(),
        15..=16 => shop.note(None, argument),
        17 => shop.note(Some(u32::from(argument % 8)), argument),
        18 => shop.no_note(argument),
        19 => shop.acknowledge(argument),
        20 => shop.lose_link(),
        21 => shop.open_link(),
        22 => shop.noise(argument),
        _ if argument % 2 == 0 => shop.queue_full(),
        _ => shop.printer(argument),
    }
}
