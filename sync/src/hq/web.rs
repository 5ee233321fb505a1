//! HQ over HTTP: the tills' road in and down, and the pages.
//!
//! ```text
//! GET  /v1/keys                                  HQ's public keys, signed
//! POST /v1/enrol                                 a till with a code
//! PUT  /v1/t/{terminal}/{epoch}/{first}-{last}   a signed batch → receipt or refusal, signed
//! POST /v1/t/{terminal}/care-list                a signed request → a sealed page, signed
//! POST /v1/release                               a signed request → its release key, sealed and signed
//! GET  /  /sales  /customers  /arrivals          pages; /arrivals.json; /health as JSON
//! GET  /metrics                                  the same for Prometheus
//! ```
//!
//! # Invariants
//!
//! - A body is at most [`BODY_BYTES_MAX`]; more than [`BAD_CODES_PER_MINUTE`] wrong codes a minute and
//!   enrolment waits.
//! - Databases are touched on blocking threads only: the desk's by one connection behind one lock, the
//!   ledger by its own.
//! - An error page says that something failed, never what was in it.
//!
//! Not here: the listener (`serve`), what the words on the pages mean (`pages`).

mod arrivals;
mod html;
mod ingest;
mod metrics;
mod pages;
mod rate;
mod tills;

pub use ingest::Ingest;

use super::Hq;
use super::arrivals::Watch;
use super::ledger::Ledger;
use super::mirror;
use super::open::{self, Opened, StepError};
use crate::event::TerminalId;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use rate::Rate;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest request body: a batch is at most 256 KiB, a single event may be larger.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Wrong enrolment codes before enrolment answers 429.
pub const BAD_CODES_PER_MINUTE: u32 = 10;

/// What the routes share.
#[derive(Clone)]
pub struct Desk {
    hq: Arc<Mutex<Hq>>,
    bad_codes: Arc<Mutex<Rate>>,
    watch: Watch,
    /// What takes batches.
    pub ingest: Ingest,
}

impl Desk {
    /// Wraps an open HQ and its ledger; `watch` says when its stores have to be in.
    #[must_use]
    pub fn new(hq: Hq, ledger: Arc<dyn Ledger>, watch: Watch) -> Self {
        let bad_codes = Arc::new(Mutex::new(Rate::new(BAD_CODES_PER_MINUTE)));
        let ingest = Ingest::of(ledger, &hq.keys);
        Self { hq: Arc::new(Mutex::new(hq)), bad_codes, watch, ingest }
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

    /// Opens and folds one transaction's worth, of till `first` if it has any; `false` when there is
    /// no more. HQ is held while folding only.
    ///
    /// # Errors
    ///
    /// [`StepError`]; the same is tried again by the next call.
    pub async fn open_some(&self, first: Option<TerminalId>) -> Result<bool, StepError> {
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
    let batches = ingest::routes(desk.ingest.clone());
    Router::new()
        .route("/v1/enrol", post(tills::enrol))
        .route("/v1/t/{terminal}/care-list", post(tills::care_list))
        .route("/v1/release", post(tills::release))
        .route("/health", get(tills::health))
        .with_state(desk)
        .merge(batches)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Batches alone, for a process without keys that open.
pub fn batches(ingest: Ingest) -> Router {
    ingest::alone(ingest).layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// The tills' routes and the pages.
pub fn all(desk: Desk) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home))
        .route("/sales", get(pages::sales))
        .route("/customers", get(pages::customers))
        .route("/arrivals", get(arrivals::arrivals))
        .route("/arrivals.json", get(arrivals::json))
        .route("/metrics", get(metrics::metrics))
        .layer(middleware::from_fn(this_box_only))
        .with_state(desk.clone());
    ingest(desk).merge(pages)
}

/// The pages have no log-in yet, so only a browser that asked for this box by address sees them:
/// another site's name that points here (DNS rebinding) gets nothing.
async fn this_box_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match name {
        "127.0.0.1" | "localhost" | "[::1]" => next.run(request).await,
        _ => (StatusCode::FORBIDDEN, "these pages are for this box only\n").into_response(),
    }
}

/// A failure of ours: the caller tries again, the details stay in the log.
fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "headquarters has a problem; try again later\n")
        .into_response()
}
