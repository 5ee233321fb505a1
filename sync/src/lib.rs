//! The road from the shops to headquarters: what travels, how it is sealed, and how it arrives once.
//!
//! ```text
//! store                                                                         HQ
//! event ─▶ seal ─▶ chain ─▶ (outbox) ─▶ batch ─▶ uplink ═══▶ receiver ─▶ (ledger) ─▶ open ─▶ customer
//!                                        care_list ◀═══ tier ◀──────────────────────────────────┘
//! ```
//!
//! # Invariants
//!
//! - Outside of `hq` nothing here reads a clock, a file or a socket: `now` and bytes come as arguments.
//!   Randomness for keys and sealing is the system's.
//! - What a shop wrote stays readable by the next version and the one before: fields are only appended.
//! - A phone number leaves this crate sealed or not at all.
//!
//! Not here: the outbox on the till's disk and the HTTP client that carries what [`uplink`] says (the agent).

mod base32;
pub mod batch;
pub mod calendar;
pub mod care_code;
pub mod care_list;
pub mod care_text;
pub mod chain;
pub mod event;
mod hex;
#[cfg(feature = "hq")]
pub mod hq;
pub mod language;
pub mod message;
pub mod money;
pub mod phone;
pub mod random;
pub mod receiver;
pub mod seal;
pub mod sign;
pub mod tier;
#[cfg(feature = "tls")]
pub mod tls;
pub mod uplink;
pub mod words;
