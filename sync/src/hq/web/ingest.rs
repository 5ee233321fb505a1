//! The road in: batches, and HQ's public keys. What faces the network, with the fewest secrets.
//!
//! # Invariants
//!
//! - The ledger is touched on blocking threads only, and by a few at once: a slow disk makes tills
//!   wait, it does not stop the server.
//! - A receipt is signed after the ledger's commit.
//!
//! Not here: the rules (`ledger`), routes that need more keys (`tills`).

use super::broken;
use super::tills::{COSE, parse_range, status};
use crate::event::TerminalId;
use crate::hq::clock;
use crate::hq::keys::{IngestKeys, Keys};
use crate::hq::ledger::{self, Ledger, LedgerError, Taken};
use crate::hq::trouble::Trouble;
use crate::sign::SigningKey;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, put};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, Semaphore};

/// What taking batches needs.
#[derive(Clone)]
pub struct Ingest {
    ledger: Arc<dyn Ledger>,
    signing: Arc<SigningKey>,
    keys: Bytes,
    at_once: Arc<Semaphore>,
    taken: Arc<AtomicU64>,
    /// What keeps HQ from its work.
    pub trouble: Arc<Trouble>,
    /// Rung after a batch arrived, so that it is opened soon.
    pub arrived: Arc<Notify>,
}

impl Ingest {
    /// With a ledger and the key that signs.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>, keys: IngestKeys) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            ledger,
            keys: keys.public.sign(&keys.signing).into(),
            signing: Arc::new(keys.signing),
            at_once: Arc::new(Semaphore::new(4 * cores)),
            taken: Arc::default(),
            trouble: Arc::default(),
            arrived: Arc::default(),
        }
    }

    pub(super) fn of(ledger: Arc<dyn Ledger>, keys: &Keys) -> Self {
        Self::new(ledger, IngestKeys::of(keys))
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// How many batches came in since the start: to see whether more do.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// The answer of `/health`: these figures and what is wrong; 503 if anything is.
    pub(super) fn health(&self, mut figures: serde_json::Value) -> Response {
        let now = self.trouble.now();
        figures["ok"] = now.is_well().into();
        figures["trouble"] = serde_json::json!(now);
        let status = if now.is_well() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, axum::Json(figures)).into_response()
    }

    /// Does blocking work on a thread of its own, when it is its turn.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, LedgerError> + Send + 'static,
    ) -> Option<T> {
        let _turn = self.at_once.acquire().await.ok()?;
        let ingest = self.clone();
        tokio::task::spawn_blocking(move || work(&ingest)).await.ok()?.ok()
    }
}

/// The routes.
pub(super) fn routes(ingest: Ingest) -> Router {
    Router::new()
        .route("/v1/keys", get(keys))
        .route("/v1/t/{terminal}/{epoch}/{range}", put(upload))
        .with_state(ingest)
}

/// The routes, and an answer to those that this process has no keys for.
pub(super) fn alone(ingest: Ingest) -> Router {
    let health = Router::new().route("/health", get(health)).with_state(ingest.clone());
    routes(ingest)
        .merge(health)
        .route("/v1/enrol", any(elsewhere))
        .route("/v1/t/{terminal}/care-list", any(elsewhere))
        .route("/v1/release", any(elsewhere))
}

async fn keys(State(ingest): State<Ingest>) -> Response {
    (COSE, ingest.keys).into_response()
}

async fn upload(
    State(ingest): State<Ingest>,
    Path((terminal, epoch, range)): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let Some(range) = parse_range(&terminal, &epoch, &range) else {
        return (StatusCode::NOT_FOUND, "no such range\n").into_response();
    };
    let answer = ingest.with(move |ingest| {
        let taken = ledger::take(ingest.ledger(), clock::now_ms(), &range, body.into());
        ingest.trouble.took(&taken);
        Ok(match taken? {
            Taken::Receipt(receipt) => (StatusCode::OK, receipt.sign(&ingest.signing)),
            Taken::Refusal(refusal) => (status(&refusal), refusal.sign(&ingest.signing)),
        })
    });
    let answer = answer.await;
    ingest.taken.fetch_add(1, Ordering::Relaxed);
    ingest.arrived.notify_one();
    match answer {
        Some((status, body)) => (status, COSE, body).into_response(),
        None => broken(),
    }
}

/// Whether the ledger answers, and takes.
async fn health(State(ingest): State<Ingest>) -> Response {
    let asked = ingest.with(|ingest| ingest.ledger().terminal(&TerminalId([0; 16])));
    match asked.await {
        Some(_) => ingest.health(serde_json::json!({ "role": "ingest" })),
        None => broken(),
    }
}

/// The till tries again; whoever set the proxy up finds the reason in its log.
async fn elsewhere() -> Response {
    let retry = [(header::RETRY_AFTER, "60")];
    let says = "this process only takes batches; send this path to the one that has the keys\n";
    (StatusCode::SERVICE_UNAVAILABLE, retry, says).into_response()
}
