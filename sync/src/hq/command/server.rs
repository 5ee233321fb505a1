//! `huitou-hq serve`: the runtime, the word to the supervisor, and the signal that ends it.
//!
//! Not here: what is served (`serve`).

use super::CommandError;
use crate::hq::keys::IngestKeys;
use crate::hq::ledger::Ledger;
use crate::hq::web::Ingest;
use crate::hq::{Hq, serve};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Takes, opens and shows. `ledger` is lent, because its connections may not be closed by the runtime.
pub(super) fn all(
    hq: Hq,
    ledger: &Arc<dyn Ledger>,
    listen: SocketAddr,
    ingest_only: bool,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let serving = serve::serve(hq, Arc::clone(ledger), listen, ingest_only, told(out), stopped());
    Ok(runtime()?.block_on(serving)?)
}

/// Takes batches, with no key that opens.
pub(super) fn ingest(
    keys: IngestKeys,
    ledger: &Arc<dyn Ledger>,
    listen: SocketAddr,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let ingest = Ingest::new(Arc::clone(ledger), keys);
    Ok(runtime()?.block_on(serve::serve_ingest(ingest, listen, told(out), stopped()))?)
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

fn told(out: &mut impl Write) -> impl FnOnce(SocketAddr) {
    move |address| {
        // A supervisor may have closed our output; that is no reason not to serve.
        let _told = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    }
}

/// Ends with Ctrl-C, or SIGTERM where there is one.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _asked = tokio::signal::ctrl_c().await;
}
