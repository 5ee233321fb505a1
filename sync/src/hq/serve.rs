//! Serving: the listener, the opener behind it, and a graceful end.
//!
//! ```text
//! --tills 0.0.0.0:8621     TLS, by HQ's own key: the tills' routes, for the network
//! --listen 127.0.0.1:8620  plain: pages and tills' routes, for this box; or, with --ingest-only, for a proxy
//! ```
//!
//! While nobody can log in, `serve` listens with pages on loopback only and prints a link that makes the
//! first user.
//!
//! Not here: the routes (`web`), who may speak for a till (`tls`).

use super::arrivals::Watch;
use super::desk::messages::Now;
use super::desk::messages::log::Counts;
use super::desk::messages::{postman, round};
use super::desk::{book, daily};
use super::export::nightly::{self, Nightly};
use super::figures::night::Night;
use super::forecast;
use super::keys::IngestKeys;
use super::ledger::Ledger;
use super::tls::{ListenError, TlsListener, guarded};
use super::web::{self, Desk, Ingest};
use super::{Hq, clock, summary, tls, trouble, user, words};
use crate::sign::SigningKey;
use axum::Router;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Words that were met once are forgotten so often.
const FORGET_MS: i64 = 3_600_000;
/// How often every mark of a ledger elsewhere is looked at, however its clocks stand.
const WHOLE_MS: i64 = 3_600_000;

/// Parts of the time that opening leaves to taking while a backlog streams in, beside its own one.
const FLOOD: u64 = 15;
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
        "{0} is not a loopback address, and nobody can log in yet: `huitou-hq user add` first, or add --ingest-only to serve tills alone"
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
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] ListenError),
    /// The listener broke.
    #[error("stopped serving: {0}")]
    Broken(#[from] std::io::Error),
}

/// How to serve.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Where to listen without TLS.
    pub listen: SocketAddr,
    /// Where tills reach us over TLS.
    pub tills: Option<SocketAddr>,
    /// The tills' routes alone, also without TLS.
    pub ingest_only: bool,
    /// When stores have to be in.
    pub watch: Watch,
    /// What is exported every night, if anything.
    pub export: Option<Nightly>,
    /// The folder of HQ, so that messages leave by webhook and SMS.
    pub post: Option<PathBuf>,
}

/// Where it listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// Without TLS.
    pub plain: SocketAddr,
    /// For tills, over TLS.
    pub tills: Option<SocketAddr>,
    /// The path of the page that makes the first user, while there is none.
    pub set_up: Option<String>,
}

/// Serves until `stop` ends; calls `ready` with the addresses once it listens.
///
/// # Errors
///
/// [`ServeError`] if it may not or cannot listen there.
pub async fn serve(
    hq: Hq,
    ledger: Arc<dyn Ledger>,
    serving: Serving,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let Serving { listen, tills, ingest_only, watch, export, post } = serving;
    let nobody = !user::any(&hq.db)?;
    if !ingest_only && nobody && !listen.ip().is_loopback() {
        return Err(ServeError::Exposed(listen));
    }
    let listener = bound(listen).await?;
    let tills = over_tls(tills, &hq.keys.signing).await?;
    let address = tills.as_ref().map(TlsListener::address);
    let desk = Desk::new(hq, ledger, watch);
    let set_up = (nobody && !ingest_only).then(|| desk.set_up_path());
    ready(Listening { plain: listener.local_addr()?, tills: address, set_up });
    let opener = tokio::spawn(open_what_arrives(desk.clone()));
    // Who supervises us reads what we say of ourselves on standard error.
    let told = |text: String| trouble::say(&text);
    let exporter = export.map(|nightly| tokio::spawn(nightly::run(nightly, told)));
    let postman = post.map(|folder| tokio::spawn(postman::run(folder, told)));
    let tills = tills.map(|tills| to_tills(tills, web::ingest(desk.clone()), &desk.ingest));
    let routes = if ingest_only { web::ingest(desk) } else { web::all(desk) };
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes).with_graceful_shutdown(stop).await;
    opener.abort();
    exporter.inspect(JoinHandle::abort);
    postman.inspect(JoinHandle::abort); // what was marked and not settled is looked at by the next
    tills.inspect(JoinHandle::abort); // a batch that was not answered is sent again
    Ok(served?)
}

async fn bound(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|cause| ServeError::Listen { address, cause })
}

async fn over_tls(
    address: Option<SocketAddr>,
    hq: &SigningKey,
) -> Result<Option<TlsListener>, ServeError> {
    let Some(address) = address else { return Ok(None) };
    let now_s = clock::now_ms() / 1_000;
    Ok(Some(TlsListener::new(bound(address).await?, hq, now_s)?))
}

/// Serves these routes to tills, each to the holder of its own key, beside the rest.
fn to_tills(
    tills: TlsListener,
    routes: Router,
    ingest: &Ingest,
) -> JoinHandle<std::io::Result<()>> {
    let routes = guarded(routes, ingest.clone());
    let service = routes.into_make_service_with_connect_info::<tls::Peer>();
    tokio::spawn(async move { axum::serve(tills, service).await })
}

/// Serves batches alone until `stop` ends: no key that opens, no pages, any number of such processes.
///
/// # Errors
///
/// [`ServeError`] if it cannot listen there.
pub async fn serve_ingest(
    keys: IngestKeys,
    ledger: Arc<dyn Ledger>,
    listen: SocketAddr,
    tills: Option<SocketAddr>,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let listener = bound(listen).await?;
    let tills = over_tls(tills, &keys.signing).await?;
    let address = tills.as_ref().map(TlsListener::address);
    ready(Listening { plain: listener.local_addr()?, tills: address, set_up: None });
    let ingest = Ingest::new(ledger, keys);
    let tills = tills.map(|tills| to_tills(tills, web::batches(ingest.clone()), &ingest));
    let served = axum::serve(listener, web::batches(ingest)).with_graceful_shutdown(stop).await;
    tills.inspect(JoinHandle::abort);
    Ok(served?)
}

/// Those who work at night, each in short pieces, and the days that are done.
#[derive(Default)]
struct Nights {
    figures: Arc<Mutex<Night>>,
    forecasts: Arc<Mutex<forecast::Night>>,
    /// The day whose own tasks are planned.
    planned: Option<i32>,
}

impl Nights {
    /// The next piece of whichever comes first: sums, messages, figures, forecasts, and by these the day's
    /// own tasks.
    /// What fails holds up nothing else, and is tried again with the next piece. `false` if nothing was done.
    async fn step(&mut self, desk: &Desk) -> bool {
        let today = clock::today();
        let (figures, forecasts) = (self.figures.clone(), self.forecasts.clone());
        let now = Now::of(clock::moment());
        if did(desk, move |hq| summary::step(hq, today)).await
            || did(desk, move |hq| round::step(hq, now, &mut Counts::default())).await
            || did(desk, move |hq| its_turn(&figures).step(hq, today)).await
            || did(desk, move |hq| its_turn(&forecasts).step(hq, today)).await
        {
            return true;
        }
        let is_planned = self.planned == Some(today);
        if !is_planned && did(desk, move |hq| daily(hq, today).map(|()| true)).await {
            self.planned = Some(today);
            return true;
        }
        false
    }
}

/// Only a panic within a piece poisons it, and a night that was cut short begins anew.
fn its_turn<T>(night: &Mutex<T>) -> MutexGuard<'_, T> {
    night.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a piece was done.
async fn did<E: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce(&mut Hq) -> Result<bool, E> + Send + 'static,
) -> bool {
    matches!(desk.with(work).await, Some(Ok(true)))
}

/// Opens what a run before left, then whatever arrives, sums it for the pages, and tries again after
/// [`RETRY`] what failed.
/// While batches arrive it takes a quarter of its time or less: taking goes first, and opening still ends.
async fn open_what_arrives(desk: Desk) {
    let is_apart = desk.ingest.ledger().is_apart();
    let (mut looked_ms, mut whole_ms, mut forget_ms) = (0, 0, 0);
    let mut nights = Nights::default();
    desk.retry_what_is_aside().await;
    loop {
        let now_ms = clock::now_ms();
        // Whose ingest has its clock far behind is found by looking at all of them now and then.
        let is_whole = now_ms >= whole_ms;
        if desk.bring_marks(if is_whole { 0 } else { looked_ms }).await.is_ok() {
            looked_ms = now_ms;
            whole_ms = if is_whole { now_ms + WHOLE_MS } else { whole_ms };
        }
        loop {
            let (taken, began_ms) = (desk.ingest.taken(), clock::now_ms());
            if !matches!(desk.open_some(None).await, Ok(true)) {
                break;
            }
            let worked_ms = clock::now_ms().saturating_sub(began_ms).clamp(0, 1_000).unsigned_abs();
            let batches = desk.ingest.taken().wrapping_sub(taken);
            tokio::time::sleep(Duration::from_millis(patience(batches, worked_ms))).await;
        }
        let plan = |hq: &mut Hq| book::step(hq, clock::today());
        while matches!(desk.with(plan).await, Some(Ok(true))) {}
        // Between two pieces whatever arrived is opened first: a night can be long.
        let taken = desk.ingest.taken();
        let mut is_left = true;
        while is_left && desk.ingest.taken() == taken {
            is_left = nights.step(&desk).await;
        }
        if is_left {
            continue;
        }
        if now_ms >= forget_ms {
            forget_ms = now_ms + FORGET_MS;
            let _ = desk.with(|hq| words::forget_rare(&hq.db)).await; // the next hour tries again
        }
        let wait = if is_apart { LOOK } else { RETRY };
        let _rung_or_not = tokio::time::timeout(wait, desk.ingest.arrived.notified()).await;
    }
}

/// How long opening waits, in milliseconds, after it worked so long while so many batches came: not at
/// all, three times as long, or, where a backlog streams in, so long that it hardly slows it down.
fn patience(batches: u64, worked_ms: u64) -> u64 {
    match batches {
        0 => 0,
        1 => 3 * worked_ms,
        _ => FLOOD * worked_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_leaves_the_time_to_taking_while_a_backlog_streams_in() {
        assert_eq!(patience(0, 40), 0);
        assert_eq!(patience(1, 40), 120);
        assert_eq!(patience(9, 40), 600);
    }
}
