//! HQ's desk: tasks for people, from what HQ knows down to the store's page, and what came of them.
//!
//! ```text
//! fold ─ whose facts changed ─▶ facts ─▶ engine ─▶ book ─▶ down ─▶ care page ─▶ the store's page
//!                                                   ▲                              │
//!                                                   └── outcome ◀── event ◀────────┘
//! ```
//!
//! # Invariants
//!
//! - A task names its customer by pseudonym; number and name are opened when a page is made.
//! - Nobody who declined, was erased or is held out of tiers is ever asked for.
//! - What is written here of her is closed under her own key, and goes with it.
//!
//! Not here: what a till shows (`agent::tasks`), HQ's pages (`web`).

pub mod book;
pub(super) mod down;
pub mod engine;
mod fact;
mod facts;
pub mod feedback;
pub(super) mod outcome;
pub mod rehearse;
mod rule;
pub mod rules;
pub mod standing;
pub mod year;

#[cfg(test)]
mod tests;
