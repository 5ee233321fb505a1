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
//! - The database is touched on blocking threads only, by one connection behind one lock.
//! - An error page says that something failed, never what was in it.
//!
//! Not here: the listener (`serve`), what the words on the pages mean (`pages`).

mod arrivals;
mod html;
mod metrics;
mod pages;
mod rate;
mod tills;

use super::Hq;
use super::arrivals::Watch;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use rate::Rate;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

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
    /// Rung after a batch arrived, so that it is opened soon.
    pub arrived: Arc<Notify>,
}

impl Desk {
    /// Wraps an open HQ; `watch` says when its stores have to be in.
    #[must_use]
    pub fn new(hq: Hq, watch: Watch) -> Self {
        let bad_codes = Arc::new(Mutex::new(Rate::new(BAD_CODES_PER_MINUTE)));
        Self { hq: Arc::new(Mutex::new(hq)), bad_codes, watch, arrived: Arc::default() }
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
    Router::new()
        .route("/v1/keys", get(tills::keys))
        .route("/v1/enrol", post(tills::enrol))
        .route("/v1/t/{terminal}/{epoch}/{range}", put(tills::upload))
        .route("/v1/t/{terminal}/care-list", post(tills::care_list))
        .route("/v1/release", post(tills::release))
        .route("/health", get(tills::health))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(desk)
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
