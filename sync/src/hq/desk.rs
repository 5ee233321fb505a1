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

pub mod after_sale;
pub mod book;
pub mod complaint;
pub(super) mod down;
pub mod engine;
mod fact;
mod facts;
pub mod feedback;
pub mod follow_ups;
pub mod late;
pub mod messages;
pub mod opinion;
pub(super) mod outcome;
pub mod practice;
pub mod rehearse;
mod rule;
pub mod rules;
pub mod standing;
pub mod vip;
pub mod win_back;
pub mod year;

use super::Hq;
use rules::{Rules, RulesError};

/// Once a day, after the night's forecasts: last year's highest spenders in January, and who stays away.
///
/// # Errors
///
/// [`RulesError`] if the rules do not read, or as SQLite says; what was committed stays.
pub fn daily(hq: &mut Hq, today: i32) -> Result<(), RulesError> {
    let rules = Rules::of(&hq.db)?;
    year::close(hq, &rules, today)?;
    let worth = win_back::by_value(&hq.db)?;
    win_back::run(hq, today, worth).map(drop)
}

#[cfg(test)]
mod tests;
