//! The formulas against integrals that were not derived, fits against a public library and against
//! made-up shops whose truth is known, counts against sums done by hand.

#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "small numbers, written by the tests themselves"
)]

mod cdnow;
mod counted;
mod fits;
mod integrals;
mod lists;
mod maker;
mod many;
