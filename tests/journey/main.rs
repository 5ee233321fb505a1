//! The whole journey of a sale, through real processes.
//!
//! ```text
//! till (a test) ─TCP─▶ huitou-bridge ─TCP─▶ printer that records every byte
//!                           ⇅
//!                      huitou run ═══▶ huitou-hq serve
//! ```
//!
//! Each test has a shop of its own in a temporary folder, on free ports, so that all can run at
//! once. Nothing waits for a fixed time: a test looks again and again until a deadline.
//!
//! Not here: what one station does by itself; its own tests stand beside it.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod access;
mod bridge_peer;
mod bytes;
mod cashier;
mod config;
mod corpus;
mod cut;
mod enrol;
mod http;
mod keypad;
mod keys;
mod kill;
mod link_peer;
mod long_ago;
mod looked_at;
mod notes;
mod own_job;
mod pin;
mod pixels;
mod plain_pipe;
mod port;
mod printer;
mod programs;
mod read;
mod regular;
mod second_screen;
mod secrecy;
mod shop;
mod slips;
mod splice;
mod tidy;
mod tiers;
mod till;
mod wait;
mod way_back;
