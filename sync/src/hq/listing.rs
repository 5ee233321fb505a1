//! What HQ shows: sales, customers, and which tills came in. Pages, tables, CSV and JSON all ask here.
//!
//! # Invariants
//!
//! - A number leaves masked, unless [`Masking::Clear`] was asked for by name.
//! - Reading takes no write lock: it works while HQ is being served.
//!
//! Not here: how it looks (`web`, `table`).

mod customers;
mod sales;
mod terminals;

pub use customers::{CustomerRow, customers};
pub use sales::{DaySum, SaleRow, days, sales};
pub use terminals::{TerminalRow, terminals};

use super::customer::{File, Identity};

/// Whether numbers are shown in clear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Masking {
    /// `138****5678`: pages, tables, exports.
    Masked,
    /// In full: the owner, at the console.
    Clear,
}

impl Masking {
    pub(super) fn show(self, file: &File) -> String {
        match (file, self) {
            (File::Known(Identity { phone, .. }), Self::Masked) => phone.masked(),
            (File::Known(Identity { phone, .. }), Self::Clear) => phone.clear().to_owned(),
            (File::Erased, _) => "(erased)".into(),
            (File::Unreadable, _) => "(unreadable)".into(),
        }
    }
}
