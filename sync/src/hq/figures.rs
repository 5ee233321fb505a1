//! Customers, staff and losses in figures: a row a person, made anew when something of hers changed, and
//! one pass over all rows each night.
//!
//! ```text
//! sale, word, task, referral ─(triggers)─▶ figure_due ─▶ night ─▶ person ─▶ class · step · loyalty · link
//!                                                          ├─▶ life ─▶ tasks of the desk
//!                                                          └─▶ measure ─▶ tally ─▶ measured ─▶ numbers
//! ```
//!
//! # Invariants
//!
//! - What follows from numbers is a pure function (`class`, `step`, `tally`, `contest::ranks`); tables are
//!   read and written beside it.
//! - Every number is shown with the words that say how it was counted.
//! - Facts about staff, no sanctions; nobody is ranked by how many numbers were given.
//!
//! Not here: the counts themselves (`model`), the pages' own sums (`summary`), pages (`web`).

pub mod class;
pub mod classed;
pub mod contest;
pub mod fit;
pub mod handover;
pub mod life;
mod link;
pub mod loyalty;
pub mod measure;
pub mod measured;
pub mod night;
pub mod numbers;
mod person;
pub mod preference;
pub mod rules;
pub mod staff;
pub mod step;
pub mod survey;
mod tally;
pub mod timeline;

#[cfg(test)]
mod tests;
