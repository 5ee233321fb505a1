//! Keeping customers in numbers: plain counts, and models of who will buy again.
//!
//! ```text
//! purchases ─▶ history ─┬─▶ retention · rfm · concentration · stage · absence · churn_cost   (counted)
//!                       └─▶ rhythm ─▶ beta_geometric, pareto_nbd ─┬─▶ value · win_back       (forecast)
//!                           spend  ─▶ gamma_gamma ────────────────┘
//!                           many: the forecasts of a million customers
//!                           hold_out: forecast beside what happened
//! ```
//!
//! Pure: purchases and days come as arguments, numbers go out, each with the words that say how it was
//! counted ([`Defined`]). Time is weeks in models and days in counts; money is minor units, and where it
//! is expected rather than counted, a fraction of them.
//!
//! Which model: MBG/NBD or Pareto/NBD where many came once (most shops); BG/NBD never lets a one-time
//! buyer fade. Rank by expected purchases or spend, never by [`Buying::alive`].
//!
//! # Invariants
//!
//! - Nothing here is quadratic: a million customers are forecast in less than two seconds and sorted
//!   once.
//! - A model that did not converge, or had too few customers, is an error and never a guess.
//!
//! Not here: the database (`hq`), pages, and what staff do with a list.

pub mod absence;
pub mod beta_geometric;
pub mod buying;
pub mod churn_cost;
pub mod climb;
pub mod concentration;
mod curves;
pub mod gamma_gamma;
pub mod history;
pub mod hold_out;
pub mod many;
pub mod pareto_nbd;
mod powers;
mod quadrature;
pub mod retention;
pub mod rfm;
pub mod rhythm;
mod special;
pub mod stage;
pub mod value;
pub mod win_back;

pub use beta_geometric::{BetaGeometric, Leaving};
pub use buying::{Buying, Fit};
pub use climb::FitError;
pub use gamma_gamma::{GammaGamma, Spend};
pub use history::{Defined, Histories, History, Purchase};
pub use pareto_nbd::ParetoNbd;
pub use rhythm::Rhythm;

#[cfg(test)]
mod tests;
