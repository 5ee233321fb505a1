//! The export of every night: once stores are due, the days that are over.
//!
//! # Invariants
//!
//! - Whether there is work is seen from the files alone: a restart repeats nothing and skips nothing.
//! - It reads with a connection of its own: tills do not wait for it.
//!
//! Not here: what a file holds (`export`).

use super::{ExportError, Format, What, day, file_of};
use crate::hq::arrivals::{Moment, Watch};
use crate::hq::{clock, store};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Days that are written anew each night: a till that was off for a week brings its own.
pub const DAYS: i32 = 8;
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// What is exported, and where to.
#[derive(Clone, Debug)]
pub struct Nightly {
    /// The folder of HQ.
    pub hq: PathBuf,
    /// The folder of the files.
    pub to: PathBuf,
    /// How they are written.
    pub format: Format,
    /// When stores are due.
    pub watch: Watch,
}

/// Exports whenever it is due; never ends. What went wrong is `told`, and tried again.
pub async fn run(nightly: Nightly, told: impl Fn(String)) {
    loop {
        let work = nightly.clone();
        let done = tokio::task::spawn_blocking(move || export_if_due(&work, clock::moment())).await;
        if let Ok(Err(error)) = done {
            told(format!("export: {error}"));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Writes the last days if the newest of them is not there. Returns how many were written.
///
/// # Errors
///
/// [`ExportError`]; the next look tries again.
pub fn export_if_due(nightly: &Nightly, at: Moment) -> Result<usize, ExportError> {
    let last = nightly.watch.last_day_due(at);
    // Items are written after sales, the newest day after the others: with it all is there.
    if file_of(&nightly.to, What::Items, last, nightly.format)?.exists() {
        return Ok(0);
    }
    let io = |cause| ExportError::Io { path: nightly.to.clone(), cause };
    std::fs::create_dir_all(&nightly.to).map_err(io)?;
    let db = store::open(&nightly.hq).map_err(|error| io(std::io::Error::other(error)))?;
    for of in last - DAYS + 1..=last {
        write_day(&db, &nightly.to, of, nightly.format)?;
    }
    usize::try_from(DAYS).map_err(|_| ExportError::Day)
}

fn write_day(
    db: &rusqlite::Connection,
    to: &Path,
    of: i32,
    format: Format,
) -> Result<(), ExportError> {
    day(db, to, What::Sales, of, format)?;
    day(db, to, What::Items, of, format)?;
    Ok(())
}
