//! Sends by webhook and SMS what may leave, while HQ serves.
//!
//! # Invariants
//!
//! - It works on a connection of its own: no page and no till waits for somebody's gateway.
//! - Without either way out nothing is opened and nothing is asked.
//!
//! Not here: what may leave and when (`send`); the store's own list and files for others (`tasks`, `export`).

use super::outlet::http::Http;
use super::send::send;
use super::settings::Settings;
use super::{MessageError, Now};
use crate::hq::{Hq, HqError, clock};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often it is looked whether something may leave.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Why nothing left.
#[derive(Debug, thiserror::Error)]
pub enum PostmanError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] HqError),
    /// What sending says.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// Sends whenever something is due; never ends. What went wrong is `told` once, and tried again.
pub async fn run(hq: PathBuf, told: impl Fn(String)) {
    let mut said = String::new();
    loop {
        let folder = hq.clone();
        let sent = tokio::task::spawn_blocking(move || send_if_due(&folder, now())).await;
        let wrong = match sent {
            Ok(Err(error)) => format!("messages: {error}"),
            _ => String::new(),
        };
        if wrong != said && !wrong.is_empty() {
            told(wrong.clone());
        }
        said = wrong;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Sends what may leave now; whether there is a way out at all.
///
/// # Errors
///
/// [`PostmanError`]; the next look tries again.
pub fn send_if_due(folder: &Path, now: Now) -> Result<bool, PostmanError> {
    let mut hq = Hq::open(folder)?;
    let settings = Settings::of(&hq.db).map_err(MessageError::from)?;
    if settings.webhook.is_none() && settings.sms.is_none() {
        return Ok(false);
    }
    send(&mut hq, &Http::new()?, now)?;
    Ok(true)
}

fn now() -> Now {
    Now::of(clock::moment())
}
