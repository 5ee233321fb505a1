//! TLS for tills: a listener that shakes hands beside the accepting, and who may speak for whom.
//!
//! # Invariants
//!
//! - A peer that is slow to shake hands holds up nobody, and is gone after [`SHAKE_S_MAX`].
//! - What names a terminal in its path is answered only to the holder of that terminal's key.
//!
//! Not here: the keys' proof (`tls`), what a message says (it is signed itself).

use super::web::Ingest;
use crate::event::TerminalId;
use crate::sign::{SigningKey, VerifyingKey};
use crate::tls::{self, TlsError};
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::serve::{IncomingStream, Listener};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a peer may take to shake hands.
pub const SHAKE_S_MAX: u64 = 10;
/// How many may shake hands at once; the others wait.
const SHAKING_MAX: usize = 256;
/// Terminals whose keys are remembered.
const KNOWN_MAX: usize = 100_000;

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The key that it proved to hold, if it showed one.
    pub key: Option<VerifyingKey>,
}

/// Accepts TLS connections.
pub struct TlsListener {
    address: SocketAddr,
    shaken: mpsc::Receiver<(TlsStream<TcpStream>, Peer)>,
}

impl TlsListener {
    /// Begins to accept from `listener` as the HQ of this key; `now_s` is seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`TlsError`], or the listener's own error.
    pub fn new(listener: TcpListener, hq: &SigningKey, now_s: i64) -> Result<Self, ListenError> {
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::new(tls::server(hq, now_s)?));
        let (sender, shaken) = mpsc::channel(16);
        tokio::spawn(accept(listener, acceptor, sender));
        Ok(Self { address, shaken })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket.
    #[error(transparent)]
    Io(#[from] io::Error),
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<TcpStream>, Peer)>,
) {
    let room = Arc::new(Semaphore::new(SHAKING_MAX));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = sender.closed() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            // No descriptor is left: others have to end first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            if let Some(shaken) = shake(acceptor, stream, address).await {
                let _ = sender.send(shaken).await; // the server may have ended
            }
            drop(place);
        });
    }
}

async fn shake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
) -> Option<(TlsStream<TcpStream>, Peer)> {
    let _ = stream.set_nodelay(true); // a receipt must not wait; without it all still works
    let greeted = acceptor.accept(stream);
    let stream =
        tokio::time::timeout(Duration::from_secs(SHAKE_S_MAX), greeted).await.ok()?.ok()?;
    let key = stream.get_ref().1.peer_certificates().and_then(tls::peer_key);
    Some((stream, Peer { address, key }))
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.shaken.recv().await {
            Some(shaken) => shaken,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer { address: self.address, key: None })
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        *stream.remote_addr()
    }
}

/// What the door keeper knows.
#[derive(Clone)]
struct Door {
    ingest: Ingest,
    known: Arc<Mutex<HashMap<TerminalId, VerifyingKey>>>,
}

/// The routes with a keeper at the door: for those behind [`TlsListener`].
pub fn guarded(routes: Router, ingest: Ingest) -> Router {
    let door = Door { ingest, known: Arc::default() };
    routes.layer(middleware::from_fn_with_state(door, keep))
}

async fn keep(
    State(door): State<Door>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let terminal = named(request.uri().path());
    match terminal {
        Some(terminal) if !door.may(terminal, peer.key).await => {
            (StatusCode::FORBIDDEN, "this connection is not that terminal's\n").into_response()
        }
        _ => next.run(request).await,
    }
}

/// The terminal that a path speaks for.
fn named(path: &str) -> Option<TerminalId> {
    path.strip_prefix("/v1/t/")?.split('/').next()?.parse().ok()
}

impl Door {
    /// Whether the holder of `shown` is `terminal`. One that HQ does not know is told so further in.
    async fn may(&self, terminal: TerminalId, shown: Option<VerifyingKey>) -> bool {
        let Some(shown) = shown else { return false };
        match self.key_of(terminal).await {
            Some(key) => key == shown,
            None => true,
        }
    }

    async fn key_of(&self, terminal: TerminalId) -> Option<VerifyingKey> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known().get(&terminal) {
            return Some(*key);
        }
        let ingest = self.ingest.clone();
        let found = tokio::task::spawn_blocking(move || ingest.ledger().terminal(&terminal));
        let key = found.await.ok()?.ok()??.signing; // a terminal's key never changes
        let mut known = known();
        if known.len() < KNOWN_MAX {
            known.insert(terminal, key);
        }
        Some(key)
    }
}
