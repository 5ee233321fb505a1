//! The byte path between a till and its receipt printer.
//!
//! ```text
//! POS ─▶ token ─▶ hold ─▶ printer        printer ─▶ (as it is) ─▶ POS
//!          │        ▲ note
//!          ▼        │
//!        tap ─▶ ring ─▶ link ─▶ agent
//! ```
//!
//! The core is `no_std`, without heap, clock or I/O; see [`bridge`] for the order in which a shell
//! calls it. The shells for a POS box are in `host` (feature `host`).
//!
//! Not here: money, customers, databases, TLS, HTTP. The bridge knows bytes, not people.
#![cfg_attr(not(feature = "host"), no_std)]
#![cfg_attr(not(feature = "host"), forbid(unsafe_code))]

#[cfg(all(test, not(feature = "host")))]
extern crate std;

pub mod bridge;
pub mod command;
pub mod dialect;
pub mod hold;
#[cfg(feature = "host")]
pub mod host;
pub mod job;
pub mod link;
pub mod modes;
pub mod ring;
pub mod status;
pub mod time;
pub mod token;
