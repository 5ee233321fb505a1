//! Sends by webhook and SMS what may leave, while HQ serves.
//!
//! # Invariants
//!
//! - It works on a connection of its own: no page and no till waits for somebody's gateway.
//! - Without either way out nobody is asked and no key is read; with one, the keys are unlocked once.
//!
//! Not here: what may leave and when (`send`); the store's own list and files for others (`tasks`, `export`).

use super::outlet::http::Http;
use super::send::send;
use super::settings::Settings;
use super::{MessageError, Now};
use crate::hq::{Hq, HqError, clock, store};
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
    let (mut said, mut own) = (String::new(), None);
    loop {
        let (folder, mut opened) = (hq.clone(), own.take());
        let work = move || (send_if_due(&mut opened, &folder, now()), opened);
        let mut wrong = String::new();
        if let Ok((sent, opened)) = tokio::task::spawn_blocking(work).await {
            wrong = sent.map_or_else(|error| format!("messages: {error}"), |_| wrong);
            own = opened;
        }
        if wrong != said && !wrong.is_empty() {
            told(wrong.clone());
        }
        said = wrong;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Sends what may leave now; whether there is a way out at all. HQ is opened when there first is one.
///
/// # Errors
///
/// [`PostmanError`]; the next look tries again.
pub fn send_if_due(opened: &mut Option<Hq>, folder: &Path, now: Now) -> Result<bool, PostmanError> {
    let settings = match opened {
        Some(hq) => Settings::of(&hq.db),
        None => Settings::of(&store::open(folder).map_err(HqError::from)?),
    };
    let settings = settings.map_err(MessageError::from)?;
    if settings.webhook.is_none() && settings.sms.is_none() {
        return Ok(false);
    }
    let hq = match opened {
        Some(hq) => hq,
        None => opened.insert(Hq::open(folder)?),
    };
    send(hq, &Http::new()?, now)?;
    Ok(true)
}

fn now() -> Now {
    Now::of(clock::moment())
}
