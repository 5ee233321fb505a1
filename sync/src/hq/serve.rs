//! Serving: the listener, the opener behind it, and a graceful end.
//!
//! The pages have no log-in yet. So with pages `serve` listens on loopback only; to face a network it
//! serves the tills' routes alone (`--ingest-only`), which are signed and sealed by themselves.
//!
//! Not here: the routes (`web`), TLS (a reverse proxy's work until HQ brings its own).

use super::desk::{book, daily};
use super::web::{self, Desk};
use super::{Hq, clock, open};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long a failure to open waits, if no batch arrives before.
const RETRY: Duration = Duration::from_secs(60);

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
    let desk = Desk::new(hq);
    let opener = tokio::spawn(open_what_arrives(desk.clone()));
    let routes = if ingest_only { web::ingest(desk) } else { web::all(desk) };
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop).await;
    opener.abort();
    Ok(served?)
}

/// Opens what a run before left, then whatever arrives, and tries again after [`RETRY`] what failed.
async fn open_what_arrives(desk: Desk) {
    let mut planned = None;
    loop {
        while matches!(desk.with(open::step).await, Some(Ok(true))) {}
        let plan = |hq: &mut Hq| book::step(hq, clock::today());
        while matches!(desk.with(plan).await, Some(Ok(true))) {}
        let today = clock::today();
        // What failed is tried again with the next round.
        if planned != Some(today)
            && matches!(desk.with(move |hq| daily(hq, today)).await, Some(Ok(())))
        {
            planned = Some(today);
        }
        let _rung_or_not = tokio::time::timeout(RETRY, desk.arrived.notified()).await;
    }
}
