//! HQ over HTTP: the tills' road in and down, and the pages.
//!
//! ```text
//! GET  /v1/keys                                  HQ's public keys, signed
//! POST /v1/enrol                                 a till with a code
//! PUT  /v1/t/{terminal}/{epoch}/{first}-{last}   a signed batch → receipt or refusal, signed
//! POST /v1/t/{terminal}/care-list                a signed request → a sealed page, signed
//! POST /v1/release                               a signed request → its release key, sealed and signed
//! GET  /  /customers  /sales …                   pages, files and the API: `route` has all of them
//! ```
//!
//! # Invariants
//!
//! - A body is at most [`BODY_BYTES_MAX`]; more than [`BAD_CODES_PER_MINUTE`] wrong codes a minute and
//!   enrolment waits.
//! - The database is touched on blocking threads only, by one connection behind one lock.
//! - Passwords are tried outside that lock.
//! - An error page says that something failed, never what was in it.
//!
//! Not here: the listener (`serve`), what the words on the pages mean (`pages`).

mod api;
mod chart;
mod door;
mod frame;
mod html;
mod ingest;
mod list;
mod metrics;
mod pages;
mod rate;
mod route;
mod tills;
mod visit;
mod wait;

pub use ingest::Ingest;

use super::Hq;
use super::arrivals::Watch;
use super::ledger::Ledger;
use super::mirror;
use super::open::{self, Opened, StepError};
use super::user::session::Token;
use crate::event::TerminalId;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use rate::Rate;
use route::{Route, Who};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use wait::Wait;

/// The largest request body: a batch is at most 256 KiB, a single event may be larger.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Wrong enrolment codes before enrolment answers 429.
pub const BAD_CODES_PER_MINUTE: u32 = 10;

/// Wrong log-ins under one name that are free of waiting.
const WRONG_PER_NAME: u32 = 5;
/// Wrong log-ins from one address that are free of waiting: an office has one address.
const WRONG_PER_ADDRESS: u32 = 30;

/// What the routes share.
#[derive(Clone)]
pub struct Desk {
    hq: Arc<Mutex<Hq>>,
    bad_codes: Arc<Mutex<Rate>>,
    /// Wrong log-ins by name.
    names: Arc<Mutex<Wait>>,
    /// Wrong log-ins by address.
    addresses: Arc<Mutex<Wait>>,
    /// Turns to try a password.
    turns: Arc<Semaphore>,
    /// Hash of the key that makes the first user, until she is made.
    set_up: Arc<Mutex<Option<Vec<u8>>>>,
    watch: Watch,
    /// What takes batches.
    pub ingest: Ingest,
}

impl Desk {
    /// Wraps an open HQ and its ledger; `watch` says when its stores have to be in.
    #[must_use]
    pub fn new(hq: Hq, ledger: Arc<dyn Ledger>, watch: Watch) -> Self {
        let ingest = Ingest::of(ledger, &hq.keys);
        let bad_codes = Arc::new(Mutex::new(Rate::new(BAD_CODES_PER_MINUTE)));
        let wait = |free| Arc::new(Mutex::new(Wait::new(free)));
        Self {
            hq: Arc::new(Mutex::new(hq)),
            bad_codes,
            names: wait(WRONG_PER_NAME),
            addresses: wait(WRONG_PER_ADDRESS),
            turns: Arc::new(Semaphore::new(door::AT_ONCE)),
            set_up: Arc::default(),
            watch,
            ingest,
        }
    }

    /// Draws the key that makes the first user; returns the path of the page that takes it.
    #[must_use]
    pub fn set_up_path(&self) -> String {
        let key = Token::draw();
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.hash());
        format!("/set-up?key={}", key.text())
    }

    fn is_set_up_key(&self, key: &str) -> bool {
        let right = self.set_up.lock().unwrap_or_else(PoisonError::into_inner);
        Token::read(key).is_some_and(|key| right.as_ref() == Some(&key.hash()))
    }

    fn forget_set_up(&self) {
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Does blocking work with HQ on a thread of its own.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hq) -> T + Send + 'static,
    ) -> Option<T> {
        let hq = Arc::clone(&self.hq);
        // A panic in a request rolled its transaction back; the connection is still good.
        let work = move || work(&mut hq.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Brings over what a ledger elsewhere has seen of tills and marks since then.
    ///
    /// # Errors
    ///
    /// [`StepError`].
    pub async fn bring_marks(&self, since_ms: i64) -> Result<(), StepError> {
        if !self.ingest.ledger().is_apart() {
            return Ok(());
        }
        let ingest = self.ingest.clone();
        let brought = self.with(move |hq| mirror::bring(&mut hq.db, ingest.ledger(), since_ms));
        brought.await.unwrap_or(Ok(()))
    }

    /// Tries once more what was set aside; what still cannot be read stays there.
    pub async fn retry_what_is_aside(&self) {
        let ingest = self.ingest.clone();
        let retried = self.with(move |hq| open::retry(hq, ingest.ledger())).await;
        if let Some(Err(error)) = retried {
            eprintln!("huitou-hq: what was set aside could not be tried again: {error}");
        }
    }

    /// Opens and folds one transaction's worth, of till `first` if it has any; `false` when there is
    /// no more. HQ is held while folding only.
    ///
    /// # Errors
    ///
    /// [`StepError`]; the same is tried again by the next call.
    pub async fn open_some(&self, first: Option<TerminalId>) -> Result<bool, StepError> {
        let opened = self.opened_some(first).await;
        self.ingest.trouble.opened(&opened);
        opened
    }

    async fn opened_some(&self, first: Option<TerminalId>) -> Result<bool, StepError> {
        let Some(due) =
            self.with(move |hq| open::due(hq, first.as_ref())).await.transpose()?.flatten()
        else {
            return Ok(false);
        };
        let ingest = self.ingest.clone();
        let read = tokio::task::spawn_blocking(move || due.read(ingest.ledger())).await;
        let Ok(clear) = read else { return Ok(false) };
        let clear = clear?;
        let more = !clear.is_empty();
        self.with(move |hq| clear.fold(hq, &mut Opened::default())).await.transpose()?;
        Ok(more)
    }
}

/// The tills' routes alone: what may face a network.
pub fn ingest(desk: Desk) -> Router {
    let is_open = |row: &Route| matches!(row.who, Who::Open(_));
    with_batches(route::table().into_iter().filter(is_open).collect(), desk)
}

/// The tills' routes and the pages.
pub fn all(desk: Desk) -> Router {
    with_batches(route::table(), desk)
}

fn with_batches(rows: Vec<Route>, desk: Desk) -> Router {
    let batches = batches_of(ingest::routes(desk.ingest.clone()));
    route::router(rows, desk).merge(batches)
}

fn batches_of(routes: Router) -> Router {
    routes.layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Batches alone, for a process without keys that open.
pub fn batches(ingest: Ingest) -> Router {
    batches_of(ingest::alone(ingest))
}

/// A failure of ours: the caller tries again, the details stay in the log.
fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "headquarters has a problem; try again later\n")
        .into_response()
}

/// A desk over a ledger of its own, which a test of pages does not look at.
#[cfg(test)]
fn desk_of(hq: Hq) -> Desk {
    use super::ledger::sqlite::Sqlite;
    use super::store::{self, Founding};
    thread_local! {
        /// They go with the test's thread.
        static FOLDERS: std::cell::RefCell<Vec<tempfile::TempDir>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }
    let dir = tempfile::tempdir().unwrap();
    let policy = crate::tier::TierPolicy::default();
    let founding = Founding { name: "test".into(), currency_exponent: 2, policy };
    store::create(dir.path(), &founding).unwrap();
    let ledger = Arc::new(Sqlite::open(dir.path()).unwrap());
    FOLDERS.with_borrow_mut(|folders| folders.push(dir));
    Desk::new(hq, ledger, Watch::default())
}
