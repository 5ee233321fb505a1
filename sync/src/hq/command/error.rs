//! Why a command failed, worded for the person who typed it.
//!
//! Not here: what the commands do.

use super::keys::KeysFailed;
use super::{figures, regulars};
use crate::event::TerminalId;
use crate::hq::HqError;
use crate::hq::backup::BackupError;
use crate::hq::desk::complaint::case::CaseError;
use crate::hq::desk::rules::RulesError;
use crate::hq::export::ExportError;
use crate::hq::import::{ImportError, UndoError};
use crate::hq::ledger::LedgerError;
use crate::hq::open::StepError;
use crate::hq::serve::ServeError;
use crate::hq::tiers::TiersError;
use crate::hq::user::UserError;
use crate::phone::PhoneError;
use std::io;
use std::path::PathBuf;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// This headquarters cannot be created or opened.
    #[error(transparent)]
    Hq(#[from] HqError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What was given as ledger is none of ours.
    #[error("--ledger takes postgres://…, and only in a program built with PostgreSQL")]
    LedgerUrl,
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Reading or writing the console.
    #[error("the console: {0}")]
    Console(#[from] io::Error),
    /// What was typed is no number.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeysFailed),
    /// Backup and restore.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// An export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A list that is none.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An import that cannot be undone.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// A file that cannot be read.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There is no such till.
    #[error("no till {0}")]
    NoTill(TerminalId),
    /// A user could not be made or changed.
    #[error(transparent)]
    User(#[from] UserError),
    /// There is no such question, case or task that is open.
    #[error("nothing open has the number {0}")]
    NoItem(i64),
    /// A complaint cannot be led on.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A cure is of one of eight things.
    #[error(
        "the tag is one of: idea, product, service, staff, image, management, innovation, alliance"
    )]
    NoTag,
    /// The desk's rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The chain's tiers.
    #[error(transparent)]
    Tiers(#[from] TiersError),
    /// Opening what is sealed.
    #[error(transparent)]
    Opening(#[from] StepError),
    /// Figures.
    #[error(transparent)]
    Figures(#[from] figures::FiguresFailed),
    /// There is no such member.
    #[error("no member with that number")]
    NoMember,
    /// What is done for regulars.
    #[error(transparent)]
    Regulars(#[from] regulars::RegularsFailed),
}
