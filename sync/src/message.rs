//! The messages around the batches: enrolment, HQ's keys, receipts and refusals.
//!
//! ```text
//! person ── enrolment code (HQ's fingerprint + one-time token) ──▶ till
//! till   ── GET /v1/keys ─────────────────────────────────────────▶ HQ    keys, signed; checked against
//! till   ── POST /v1/enrol: token and own keys, sealed to HQ ─────▶ HQ          the fingerprint
//! till   ◀─ terminal id, store, policy: signed, sealed to the till ─ HQ
//! till   ── PUT /v1/t/{terminal}/{epoch}/{first}-{last}: batch ───▶ HQ
//! till   ◀─ receipt { mark, hash }, or refusal { reason, mark }: signed ─ HQ
//! till   ── POST /v1/release: what its keys are wrapped under? ────▶ HQ    only where HQ releases keys
//! till   ◀─ release key: signed, sealed to the till; or a refusal ── HQ
//! ```
//!
//! # Invariants
//!
//! - Nobody is trusted on first use: the code carries the fingerprint, so enrolment is safe over plain HTTP.
//! - The till believes a mark only with HQ's signature under it, whatever the HTTP status says.
//! - Each message is versioned by its context; fields are only appended.
//!
//! Not here: batches (`batch`), care lists (`care_list`).

mod answer;
mod enrol;
mod enrol_code;
mod release;

pub use answer::{AnswerError, Receipt, Refusal, RefusalReason};
pub use enrol::{EnrolError, EnrolReply, EnrolRequest, HqKeys, StoreId};
pub use enrol_code::{CodeError, EnrolCode, Fingerprint, Token};
pub use release::{Purpose, Release, ReleaseError, ReleaseRequest};

#[cfg(test)]
mod tests;
