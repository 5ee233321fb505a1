//! Care and marketing messages: a library of texts, whom they are for today, and the ways out.
//!
//! ```text
//! changed, her hour has come, or all are concerned ─▶ round ─▶ her, looked at by plan:
//!
//! library ── reviewed ──┐
//! day (birthday, holiday, season, rain) ─▶ due ─▶ gate ─┬─▶ queued ─▶ outlet: task, CSV, webhook, SMS
//!                                                       └─▶ held, with the reason
//! ```
//!
//! # Invariants
//!
//! - Care never sells: a care text that the checker refuses is kept only with a person's reason.
//! - Marketing goes to whom opted in, with proof; it has texts, a stream and a cap of its own.
//! - A filled text is on no disk of ours but the one that a person asked for: placeholders are filled
//!   when it leaves.
//! - For whatever was not sent there is a row that says why (S119).
//! - A message is marked before it leaves and settled after: what a crash left between is `unknown`,
//!   and is not sent again.
//!
//! Not here: tasks and their caps (`engine`, `book`), the judge of care texts (`care_text`).

pub mod due;
pub mod export;
pub mod fill;
pub mod gate;
pub mod judge;
pub mod kind;
pub mod library;
pub mod log;
pub mod opt;
pub mod outlet;
pub mod plan;
pub mod postman;
pub mod round;
pub mod send;
pub mod settings;
mod standing;
mod tasks;
pub mod weather;

pub(in crate::hq) use tasks::recall;
pub(super) use tasks::words;

use crate::hq::arrivals::Moment;

/// Now, as a shop's clock says it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Now {
    /// Milliseconds since 1970-01-01 UTC.
    pub ms: i64,
    /// Days since 1970-01-01 on the shop's calendar.
    pub day: i32,
    /// Minutes since midnight there.
    pub minute: u16,
}

impl Now {
    /// That of HQ's own clock.
    #[must_use]
    pub fn of(moment: Moment) -> Self {
        let minutes = moment.now_ms.saturating_add(moment.zone_ms).div_euclid(60_000);
        let day = i32::try_from(minutes.div_euclid(24 * 60)).unwrap_or(i32::MAX);
        let minute = u16::try_from(minutes.rem_euclid(24 * 60)).unwrap_or_default();
        Self { ms: moment.now_ms, day, minute }
    }
}

impl Now {
    /// Hours since 1970-01-01 on the shop's calendar.
    const fn hour(self) -> i64 {
        self.day as i64 * 24 + self.minute as i64 / 60
    }
}

/// Why messages cannot be planned or sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] settings::SettingsError),
    /// The desk's rules.
    #[error(transparent)]
    Rules(#[from] super::rules::RulesError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A text.
    #[error(transparent)]
    Text(#[from] library::TextError),
    /// A way out that has no settings.
    #[error("the messages' settings: [{0}] is missing")]
    NoOutlet(&'static str),
    /// A file: the secret of a way out, or the list to be written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The HTTP client.
    #[error("the HTTP client: {0}")]
    Http(String),
}

#[cfg(test)]
mod tests;
