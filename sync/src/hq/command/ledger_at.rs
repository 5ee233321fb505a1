//! Which ledger: HQ's own file, or PostgreSQL.
//!
//! Not here: the engines (`ledger`).

use super::CommandError;
use crate::hq::HqError;
use crate::hq::ledger::Ledger;
use crate::hq::ledger::sqlite::Sqlite;
use crate::hq::store;
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// In the place of `--ledger`, so that a password stands in no list of processes.
const URL: &str = "HUITOU_LEDGER";

#[derive(Debug, Args)]
pub(super) struct LedgerAt {
    /// Keep sealed events in PostgreSQL (postgres://user@host/database) instead of the folder's own
    /// file; also HUITOU_LEDGER, and PGPASSWORD for the password. To a server elsewhere with
    /// ?sslmode=verify-full&sslrootcert=CA.pem
    #[arg(long, value_name = "URL")]
    ledger: Option<String>,
}

impl LedgerAt {
    /// Opens it; `dir` is HQ's folder.
    /// For who takes batches all day: in SQLite its log is carried over first.
    pub(super) fn open_to_serve(&self, dir: &Path) -> Result<Arc<dyn Ledger>, CommandError> {
        let ledger = self.open(dir)?;
        if !ledger.is_apart() {
            store::settle_log(&store::open(dir).map_err(HqError::from)?)?;
        }
        Ok(ledger)
    }

    pub(super) fn open(&self, dir: &Path) -> Result<Arc<dyn Ledger>, CommandError> {
        let url = self.ledger.clone().or_else(|| std::env::var(URL).ok());
        match url.filter(|url| !url.is_empty()) {
            Some(url) => postgres(&url),
            None => Ok(Arc::new(Sqlite::open(dir).map_err(HqError::from)?)),
        }
    }
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Arc<dyn Ledger>, CommandError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(CommandError::LedgerUrl);
    }
    let password = std::env::var("PGPASSWORD").ok();
    Ok(Arc::new(crate::hq::ledger::postgres::Postgres::open(url, password.as_deref())?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_url: &str) -> Result<Arc<dyn Ledger>, CommandError> {
    Err(CommandError::LedgerUrl)
}
