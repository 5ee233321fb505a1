//! `huitou-hq serve`: the runtime, the word to the supervisor, and the signal that ends it.
//!
//! Not here: what is served (`serve`).

use super::CommandError;
use crate::hq::Hq;
use crate::hq::keys::IngestKeys;
use crate::hq::ledger::Ledger;
use crate::hq::serve::{self, Listening, Serving};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Takes, opens and shows. `ledger` is lent, because its connections may not be closed by the runtime.
pub(super) fn all(
    hq: Hq,
    ledger: &Arc<dyn Ledger>,
    serving: Serving,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let served = serve::serve(hq, Arc::clone(ledger), serving, told(out), stopped());
    Ok(runtime()?.block_on(served)?)
}

/// Takes batches, with no key that opens.
pub(super) fn ingest(
    keys: IngestKeys,
    ledger: &Arc<dyn Ledger>,
    listen: SocketAddr,
    tills: Option<SocketAddr>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let ledger = Arc::clone(ledger);
    let served = serve::serve_ingest(keys, ledger, listen, tills, told(out), stopped());
    Ok(runtime()?.block_on(served)?)
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

fn told(out: &mut impl Write) -> impl FnOnce(Listening) {
    move |at: Listening| {
        let tills =
            at.tills.map_or_else(String::new, |tills| format!("tills on https://{tills}\n"));
        let mut lines = format!("listening on http://{}\n{tills}", at.plain);
        if let Some(path) = at.set_up {
            lines += &format!("nobody can log in yet; open once: http://{}{path}\n", at.plain);
        }
        // A supervisor may have closed our output; that is no reason not to serve.
        let _told = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
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
