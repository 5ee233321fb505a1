//! Serving: the listener, the opener behind it, and a graceful end.
//!
//! The pages have no log-in yet. So with pages `serve` listens on loopback only; to face a network it
//! serves the tills' routes alone (`--ingest-only`), which are signed and sealed by themselves.
//!
//! Not here: the routes (`web`), TLS (a reverse proxy's work until HQ brings its own).

use super::ledger::Ledger;
use super::web::{self, Desk, Ingest};
use super::{Hq, clock};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long a failure to open waits, if no batch arrives before.
const RETRY: Duration = Duration::from_secs(60);
/// How often a ledger that other processes write to is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Why serving could not begin, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Pages without log-in must not face a network.
    #[error(
        "{0} is not a loopback address: the pages have no log-in yet; add --ingest-only to serve tills alone"
    )]
    Exposed(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The listener broke.
    #[error("stopped serving: {0}")]
    Broken(#[from] std::io::Error),
}

/// Serves until `stop` ends; calls `ready` with the address once it listens.
///
/// # Errors
///
/// [`ServeError`] if it may not or cannot listen there.
pub async fn serve(
    hq: Hq,
    ledger: Arc<dyn Ledger>,
    listen: SocketAddr,
    ingest_only: bool,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    if !ingest_only && !listen.ip().is_loopback() {
        return Err(ServeError::Exposed(listen));
    }
    let cannot = |cause| ServeError::Listen { address: listen, cause };
    let listener = TcpListener::bind(listen).await.map_err(cannot)?;
    ready(listener.local_addr()?);
    let desk = Desk::new(hq, ledger);
    let opener = tokio::spawn(open_what_arrives(desk.clone()));
    let routes = if ingest_only { web::ingest(desk) } else { web::all(desk) };
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop).await;
    opener.abort();
    Ok(served?)
}

/// Serves batches alone until `stop` ends: no key that opens, no pages, any number of such processes.
///
/// # Errors
///
/// [`ServeError`] if it cannot listen there.
pub async fn serve_ingest(
    ingest: Ingest,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let cannot = |cause| ServeError::Listen { address: listen, cause };
    let listener = TcpListener::bind(listen).await.map_err(cannot)?;
    ready(listener.local_addr()?);
    Ok(axum::serve(listener, web::batches(ingest)).with_graceful_shutdown(stop).await?)
}

/// Opens what a run before left, then whatever arrives, and tries again after [`RETRY`] what failed.
/// While batches arrive it takes a quarter of its time: taking goes first, and opening still ends.
async fn open_what_arrives(desk: Desk) {
    let is_apart = desk.ingest.ledger().is_apart();
    let mut looked_ms = 0;
    loop {
        let now_ms = clock::now_ms();
        if desk.bring_marks(looked_ms).await.is_ok() {
            looked_ms = now_ms;
        }
        loop {
            let (taken, began_ms) = (desk.ingest.taken(), clock::now_ms());
            if !matches!(desk.open_some(None).await, Ok(true)) {
                break;
            }
            if desk.ingest.taken() != taken {
                let worked_ms = clock::now_ms().saturating_sub(began_ms).clamp(0, 1_000);
                tokio::time::sleep(Duration::from_millis(3 * worked_ms.unsigned_abs())).await;
            }
        }
        let wait = if is_apart { LOOK } else { RETRY };
        let _rung_or_not = tokio::time::timeout(wait, desk.ingest.arrived.notified()).await;
    }
}
