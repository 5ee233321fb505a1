//! The agent on a shop's till: what a receipt means, and whom it belongs to.
//!
//! ```text
//! bridge_link ─▶ receipt ─▶ sale ─▶ agent ─▶ outbox ─▶ nightly ─▶ HQ
//!      ▲ note ◀───────────────────────┤
//!                       page ◀────────┴─▶ customers, sales, day_book
//! ```
//!
//! Not here: carrying bytes (`firmware_bridge`), events and sealing (`sync`), HQ.

/// The standard library's panics where standard error cannot be written: a log on the disk that is full would
/// end the agent at the very moment at which it says so. This one goes on.
macro_rules! eprintln {
    ($($words:tt)*) => {
        $crate::said(format_args!($($words)*))
    };
}

pub mod agent;
pub mod at_rest;
pub mod bridge_link;
pub mod bridges;
pub mod check;
pub mod clock;
pub mod completeness;
pub mod config;
pub mod customers;
pub mod day_book;
pub mod demo;
pub mod enrol;
pub mod keypad;
pub mod keys;
pub mod keys_command;
pub mod layout_command;
pub mod layouts;
pub mod nightly;
pub mod note;
pub mod note_command;
pub mod outbox;
pub mod page;
pub mod paper;
pub mod peers;
pub mod plain_pipe;
pub mod read;
pub mod receipt;
pub mod run;
pub mod sale;
pub mod sales;
pub mod second_screen;
pub mod store;
pub mod styles;
pub mod uncared;

fn said(words: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let _nobody_hears = writeln!(std::io::stderr(), "{words}");
}
