//! The printer on the network: a raw port like 9100, and the web page beside it.
//!
//! ```text
//! till ──TCP──▶ one client at a time ──▶ Printer ◀── page asks, again and again
//!      ◀─answers──┘                       (one lock)
//! ```
//!
//! # Invariants
//!
//! - One client at a time, as a real printer's network card has it; the others wait their turn.
//! - Everything that was sent is printed, also when the client is gone already.
//! - A client that asks and never reads the answers loses them, not its receipt.
//!
//! Not here: what is printed (`printer`), the page (`desk`).

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::{Printer, Width, desk};
use crate::receipt::code_page::Charset;

/// What `huitou paper` is told.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Where tills print to; port 0 takes a free one. Bind to loopback unless tills are elsewhere.
    pub listen: SocketAddr,
    /// Where the web page is, if there is one; port 0 takes a free one. Whoever reaches it can read
    /// every slip.
    pub web: Option<SocketAddr>,
    /// The paper.
    pub width: Width,
    /// How text of a stream that says nothing is read.
    pub charset: Charset,
}

/// Where it really listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bound {
    /// Where tills print to.
    pub listen: SocketAddr,
    /// Where the web page is.
    pub web: Option<SocketAddr>,
}

/// Why the virtual printer stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// An address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The web page ended.
    #[error("the web page ended: {0}")]
    Web(io::Error),
}

/// The printer, shared by the port and the page.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Printer>>);

impl Shared {
    /// The printer, for a short while.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Printer> {
        // A panic in one of its commands would leave it whole enough to go on printing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the printer until the future is dropped; `bound` hears the addresses once both are open.
///
/// # Errors
///
/// [`ServeError::Listen`] if an address cannot be had; [`ServeError::Web`] if the page ends.
pub async fn serve(options: Options, bound: impl FnOnce(Bound)) -> Result<(), ServeError> {
    let printer = Shared(Arc::new(Mutex::new(Printer::new(options.width, options.charset))));
    let (port, listen) = open(options.listen).await?;
    let Some(web) = options.web else {
        bound(Bound { listen, web: None });
        return take_jobs(port, printer).await;
    };
    let (page, web) = open(web).await?;
    bound(Bound { listen, web: Some(web) });
    let router = desk::router(printer.clone(), listen);
    let page = async { axum::serve(page, router).await.map_err(ServeError::Web) };
    tokio::try_join!(take_jobs(port, printer), page).map(|_| ())
}

async fn open(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// How long to wait after the system refused a connection, e.g. for want of descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

async fn take_jobs(port: TcpListener, printer: Shared) -> Result<(), ServeError> {
    loop {
        match port.accept().await {
            Ok((client, _)) => take_job(client, &printer).await,
            Err(_) => tokio::time::sleep(REFUSED_PAUSE).await,
        }
    }
}

/// Prints what one client sends until it closes, or is gone.
async fn take_job(mut client: TcpStream, printer: &Shared) {
    let mut chunk = vec![0; 16 << 10];
    while let Ok(len @ 1..) = client.read(&mut chunk).await {
        let answers = printer.lock().print(&chunk[..len]);
        if !answers.is_empty() {
            // Not waited for: a client that does not read must not stop the paper.
            client.try_write(&answers).ok();
        }
    }
    printer.lock().end_job();
}

#[cfg(test)]
mod tests;
