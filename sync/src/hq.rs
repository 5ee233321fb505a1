//! Headquarters: takes what the shops send, folds it into sales and customer files, and sends tiers
//! back down.
//!
//! ```text
//! web ─▶ ledger (sealed, by position) ─▶ open ─▶ fold: sale, remark, customer ─▶ care (down again)
//!   └─▶ enrol                                          ├─▶ listing ─▶ table, CSV, JSON
//!                                                      └─▶ summary ─▶ pages, API ◀─ user, audit
//! lists ─▶ import ─▶ the same tables ─▶ arrivals (who came in), export (for programs), backup
//! ```
//!
//! # Invariants
//!
//! - An event is applied once, by its position; ledger and fold each move their mark in the
//!   transaction that does the work.
//! - Sale rows are pseudonymous. Number and name lie under a key of the customer's own, and that under
//!   the master key; look-up is by HMAC.
//! - `now` comes from the shells: `serve` and `command` read the clock, nobody else does.
//! - Who looks at pages is a [`user`]; while there is none they are served on loopback only.
//!
//! Not here: what a till does (the agent).

mod ahead;
pub mod arrivals;
pub mod audit;
pub mod backup;
mod bulk;
pub mod care;
pub mod clock;
pub mod command;
mod counted;
pub mod customer;
pub mod desk;
pub mod enrol;
pub mod erasure;
pub mod export;
pub mod figures;
mod file;
mod fold;
pub mod forecast;
pub mod fork;
pub mod import;
pub mod keys;
pub mod ledger;
pub mod listing;
pub mod mirror;
pub mod model;
pub mod open;
pub mod release;
pub mod serve;
mod sql;
pub mod store;
mod style;
pub mod summary;
pub mod table;
pub mod tiers;
pub mod tls;
pub mod trouble;
pub mod user;
pub mod web;
mod words;

use crate::hq::keys::{KeyError, Keys};
use crate::hq::store::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// An open HQ: its database and its keys.
pub struct Hq {
    /// Ledger, sales and customer files; the one connection of this process that writes.
    pub db: Connection,
    /// What signs, opens and looks up.
    pub keys: Keys,
    /// Who reads ahead of the night, while many are due.
    ahead: ahead::Readers,
}

/// Why an HQ could not be created or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HqError {
    /// The key file.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hq {
    /// Creates folder, keys and database; refuses to touch an existing HQ.
    ///
    /// # Errors
    ///
    /// [`HqError`] if there is one already, or the disk refuses.
    pub fn create(dir: &Path, founding: &store::Founding) -> Result<Self, HqError> {
        let keys = Keys::create(dir)?;
        Ok(Self::of(store::create(dir, founding)?, keys))
    }

    /// Opens an existing HQ.
    ///
    /// # Errors
    ///
    /// [`HqError`] if there is none, it is damaged, or a newer version wrote it.
    pub fn open(dir: &Path) -> Result<Self, HqError> {
        let keys = Keys::load(dir)?;
        Ok(Self::of(store::open(dir)?, keys))
    }

    /// As whoever writes for long begins: what the log holds after an unclean end is on the disk for sure.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn settle_log(&self) -> rusqlite::Result<()> {
        store::settle_log(&self.db)
    }

    fn of(db: Connection, keys: Keys) -> Self {
        Self { db, keys, ahead: ahead::Readers::default() }
    }
}

#[cfg(test)]
mod tests;
