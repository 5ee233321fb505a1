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
mod list;
mod pages;
mod rate;
mod route;
mod tills;
mod visit;
mod wait;

use super::Hq;
use super::user::session::Token;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use rate::Rate;
use route::{Route, Who};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, Semaphore};
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
    /// Rung after a batch arrived, so that it is opened soon.
    pub arrived: Arc<Notify>,
}

impl Desk {
    /// Wraps an open HQ.
    #[must_use]
    pub fn new(hq: Hq) -> Self {
        let bad_codes = Arc::new(Mutex::new(Rate::new(BAD_CODES_PER_MINUTE)));
        let wait = |free| Arc::new(Mutex::new(Wait::new(free)));
        Self {
            hq: Arc::new(Mutex::new(hq)),
            bad_codes,
            names: wait(WRONG_PER_NAME),
            addresses: wait(WRONG_PER_ADDRESS),
            turns: Arc::new(Semaphore::new(door::AT_ONCE)),
            set_up: Arc::default(),
            arrived: Arc::default(),
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
}

/// The tills' routes alone: what may face a network.
pub fn ingest(desk: Desk) -> Router {
    let is_open = |row: &Route| matches!(row.who, Who::Open(_));
    route::router(route::table().into_iter().filter(is_open).collect(), desk)
}

/// The tills' routes and the pages.
pub fn all(desk: Desk) -> Router {
    route::router(route::table(), desk)
}

/// A failure of ours: the caller tries again, the details stay in the log.
fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "headquarters has a problem; try again later\n")
        .into_response()
}
