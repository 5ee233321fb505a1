//! What keeps HQ from its work, said once when it begins and once when it is over.
//!
//! ```text
//! full, read-only, failing, away ─▶ tills are told to try again and keep what they have ─▶ a line on
//!                                   standard error, and /health is 503 until the work succeeds again
//! ```
//!
//! # Invariants
//!
//! - Nothing is dropped to make room, and nothing is acknowledged that is not on disk (`ledger`).
//! - Taking and opening have a trouble each: the ledger may lie elsewhere than the desk's database.
//!
//! Not here: a till's own disk (the agent's `disk`).

use super::ledger::LedgerError;
use super::open::StepError;
use rusqlite::ErrorCode;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

/// What is wrong, as a person has to act on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// No room on the disk.
    Full,
    /// Nobody may write to it.
    ReadOnly,
    /// It fails to read, write or keep.
    Io,
    /// The file is no sound database.
    Damaged,
    /// The ledger's server cannot be reached, or refuses.
    Away,
}

impl Ailment {
    /// What a failure of the ledger says; `None` for one that the next attempt may well not meet.
    #[must_use]
    pub fn of(error: &LedgerError) -> Option<Self> {
        match error {
            LedgerError::Sqlite(error) => Self::of_sqlite(error),
            LedgerError::Damaged | LedgerError::PastMark => Some(Self::Damaged),
            LedgerError::Busy => None,
            _ => Some(Self::Away),
        }
    }

    fn of_sqlite(error: &rusqlite::Error) -> Option<Self> {
        match error.sqlite_error_code()? {
            ErrorCode::DiskFull => Some(Self::Full),
            ErrorCode::ReadOnly => Some(Self::ReadOnly),
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Some(Self::Io),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Self::Damaged),
            _ => None,
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Full => "the disk is full: make room",
            Self::ReadOnly => "the disk is read-only: check it",
            Self::Io => "the disk fails: check it",
            Self::Damaged => "the database is damaged: restore it from the last backup",
            Self::Away => "the ledger's server does not do its part: look at its log",
        }
    }
}

/// Whose trouble.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// Batches into the ledger.
    Taking,
    /// What the ledger has into customers and sales.
    Opening,
}

impl Work {
    const fn stands(self) -> &'static str {
        match self {
            Self::Taking => "nothing is taken, tills keep what they have and send it again",
            Self::Opening => "what tills send is kept and not opened yet",
        }
    }

    const fn goes_on(self) -> &'static str {
        match self {
            Self::Taking => "the disk is well again: batches are taken",
            Self::Opening => "the disk is well again: what tills sent is opened",
        }
    }
}

/// What is wrong now.
#[derive(Debug, Default)]
pub struct Trouble(Mutex<Now>);

/// What is wrong with each work.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Now {
    /// With [`Work::Taking`].
    pub taking: Option<Ailment>,
    /// With [`Work::Opening`].
    pub opening: Option<Ailment>,
}

impl Now {
    /// Whether nothing is.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.taking.is_none() && self.opening.is_none()
    }
}

impl Trouble {
    /// How it stands.
    #[must_use]
    pub fn now(&self) -> Now {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of how the ledger took a batch.
    pub fn took<T>(&self, taken: &Result<T, LedgerError>) {
        match taken {
            Ok(_) => self.note(Work::Taking, None),
            Err(error) => self.failed(Work::Taking, Ailment::of(error)),
        }
    }

    /// Takes note of how opening went.
    pub fn opened<T>(&self, opened: &Result<T, StepError>) {
        match opened {
            Ok(_) => self.note(Work::Opening, None),
            Err(StepError::Sql(error)) => self.failed(Work::Opening, Ailment::of_sqlite(error)),
            Err(StepError::Ledger(error)) => self.failed(Work::Opening, Ailment::of(error)),
        }
    }

    fn failed(&self, work: Work, ailment: Option<Ailment>) {
        if ailment.is_some() {
            self.note(work, ailment);
        }
    }

    /// Says what changed, on the log that who supervises us reads.
    fn note(&self, work: Work, ailment: Option<Ailment>) {
        if let Some(said) = self.changed(work, ailment) {
            say(&said);
        }
    }

    fn changed(&self, work: Work, ailment: Option<Ailment>) -> Option<String> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match work {
            Work::Taking => &mut now.taking,
            Work::Opening => &mut now.opening,
        };
        if core::mem::replace(place, ailment) == ailment {
            return None;
        }
        Some(match ailment {
            Some(ailment) => format!("{}; {}", ailment.said(), work.stands()),
            None => work.goes_on().to_owned(),
        })
    }
}

/// Says something of HQ itself on standard error. Where that cannot be written, as on a disk that is full,
/// HQ goes on, which `eprintln!` would not.
pub(super) fn say(words: &str) {
    let _nobody_hears = writeln!(std::io::stderr(), "huitou-hq: {words}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn sqlite(code: i32) -> LedgerError {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        LedgerError::Sqlite(Arc::new(error))
    }

    #[test]
    fn a_trouble_is_said_when_it_begins_when_it_changes_and_when_it_is_over() {
        let trouble = Trouble::default();
        let full = Ailment::of(&sqlite(rusqlite::ffi::SQLITE_FULL));
        let said = trouble.changed(Work::Taking, full).unwrap();
        assert!(said.contains("full") && said.contains("tills keep"), "{said}");
        assert_eq!(trouble.changed(Work::Taking, full), None, "not again and again");
        let failing = Ailment::of(&sqlite(rusqlite::ffi::SQLITE_IOERR_FSYNC));
        assert!(trouble.changed(Work::Taking, failing).is_some());
        assert_eq!(trouble.now(), Now { taking: Some(Ailment::Io), opening: None });
        assert!(trouble.changed(Work::Taking, None).unwrap().contains("well again"));
        assert!(trouble.now().is_well());
        assert_eq!(trouble.changed(Work::Taking, None), None);
    }

    #[test]
    fn the_desks_trouble_is_not_over_because_the_ledger_takes() {
        let trouble = Trouble::default();
        let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
        let failed: Result<(), StepError> = Err(rusqlite::Error::SqliteFailure(full, None).into());
        trouble.opened(&failed);
        trouble.took(&Ok(()));
        assert_eq!(trouble.now(), Now { taking: None, opening: Some(Ailment::Full) });
    }

    #[test]
    fn what_passes_by_itself_is_no_trouble() {
        let trouble = Trouble::default();
        trouble.took::<()>(&Err(LedgerError::Busy));
        trouble.took::<()>(&Err(sqlite(rusqlite::ffi::SQLITE_BUSY)));
        assert!(trouble.now().is_well());
    }
}
