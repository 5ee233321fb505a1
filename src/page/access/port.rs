//! A port that others in the shop's network reach.
//!
//! ```text
//! TCP ─▶ room for one more? ─▶ TLS 1.3 within 10 s ─▶ HTTP/1.1 ─▶ routes (with Peer)
//! ```
//!
//! # Invariants
//!
//! - Whoever connects and says nothing, or says it slowly, is let go: the till has other work.
//! - What is said of a connection is nothing: no address, path or cookie is in a log.
//!
//! Not here: who may ask for what (each set of routes has its own guard).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use super::certificate::{Certificate, CertificateError};
use super::{Peer, lan, locked};

/// So many talk at once.
const CONNECTIONS_MAX: usize = 64;

/// So long until TLS stands, and until a request's head has come.
const GREETING: Duration = Duration::from_secs(10);

/// So long for a request and its answer; a talk with HQ takes its time.
const REQUEST: Duration = Duration::from_secs(120);

/// Pause when the system has no descriptor left.
const PAUSE: Duration = Duration::from_millis(200);

/// Which port, and how it is spoken to.
pub struct Port {
    listen: SocketAddr,
    /// Told in the configuration, where the box cannot know it.
    told: Option<IpAddr>,
    state_dir: PathBuf,
    /// Our own addresses, the usual one first.
    names: Mutex<Vec<IpAddr>>,
    tls: Option<Mutex<Tls>>,
}

struct Tls {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

/// Why a port is not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// It is taken, or the box's addresses cannot be had.
    #[error("{listen}: {source}")]
    Io {
        /// Where.
        listen: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Its certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Port {
    /// Takes the port; with TLS unless it is to be `plain`.
    ///
    /// # Errors
    ///
    /// [`PortError`] if it is taken or has no certificate.
    pub async fn open(
        listen: SocketAddr,
        told: Option<IpAddr>,
        plain: bool,
        state_dir: &Path,
        now_s: i64,
    ) -> Result<(Arc<Self>, TcpListener), PortError> {
        let failed = |source| PortError::Io { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let listen = listener.local_addr().map_err(failed)?;
        let names = names(listen.ip(), told).map_err(failed)?;
        let tls = match plain {
            true => None,
            false => Some(Mutex::new(Tls::new(state_dir, &names, now_s)?)),
        };
        let state_dir = state_dir.into();
        Ok((Arc::new(Self { listen, told, state_dir, names: Mutex::new(names), tls }), listener))
    }

    /// Looks at the box's addresses again; a new one needs a new certificate.
    ///
    /// # Errors
    ///
    /// [`PortError`] if they cannot be had; what was known stays.
    pub fn refresh(&self, now_s: i64) -> Result<(), PortError> {
        let failed = |source| PortError::Io { listen: self.listen, source };
        let found = names(self.listen.ip(), self.told).map_err(failed)?;
        if let Some(tls) = &self.tls {
            *locked(tls) = Tls::new(&self.state_dir, &found, now_s)?;
        }
        *locked(&self.names) = found;
        Ok(())
    }

    /// How others reach it: `192.168.1.9:8643`.
    #[must_use]
    pub fn authority(&self) -> String {
        let first = locked(&self.names).first().copied().unwrap_or(self.listen.ip());
        SocketAddr::new(first, self.listen.port()).to_string()
    }

    /// Whether a request's `Host` is one of our own addresses with this port.
    #[must_use]
    pub fn is_own(&self, host: &str) -> bool {
        let port = self.listen.port();
        locked(&self.names).iter().any(|name| {
            let whole = SocketAddr::new(*name, port).to_string();
            let without = whole.strip_suffix(&format!(":{port}"));
            host == whole || port == self.usual_port() && Some(host) == without
        })
    }

    const fn usual_port(&self) -> u16 {
        if self.tls.is_some() { 443 } else { 80 }
    }

    /// The certificate's, if there is one.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| locked(tls).fingerprint.clone())
    }

    /// Serves `routes` until the future is dropped; what is being said then is said to its end.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, routes: Router) {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let routes = routes.layer(middleware::from_fn(in_time));
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let routes = routes.clone().layer(Extension(Peer(peer.ip())));
                    tokio::spawn(Arc::clone(&self).talk(stream, routes, place));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn talk(
        self: Arc<Self>,
        stream: TcpStream,
        routes: Router,
        _place: OwnedSemaphorePermit,
    ) {
        let config = self.tls.as_ref().map(|tls| Arc::clone(&locked(tls).config));
        match config {
            None => talk_http(stream, routes).await,
            Some(config) => {
                let greeted = TlsAcceptor::from(config).accept(stream);
                if let Ok(Ok(stream)) = tokio::time::timeout(GREETING, greeted).await {
                    talk_http(stream, routes).await;
                }
            }
        }
    }
}

impl Tls {
    fn new(state_dir: &Path, names: &[IpAddr], now_s: i64) -> Result<Self, CertificateError> {
        let certificate = Certificate::for_names(state_dir, names, now_s)?;
        Ok(Self { config: certificate.server_config()?, fingerprint: certificate.fingerprint() })
    }
}

async fn talk_http<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(io: I, routes: Router) {
    let talk = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(routes));
    let _ = talk.await; // whoever was there has gone
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Our own addresses behind a listener, the usual one first.
fn names(listen: IpAddr, told: Option<IpAddr>) -> io::Result<Vec<IpAddr>> {
    let mut names: Vec<IpAddr> = told.into_iter().collect();
    match listen {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => {
            names.extend(lan::addresses()?.into_iter().filter(IpAddr::is_ipv4));
            names.push(Ipv4Addr::LOCALHOST.into());
        }
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
            names.extend(lan::addresses()?);
            names.extend([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()]);
        }
        one => names.push(one),
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(listen: &str, names: &[&str]) -> Port {
        let names = names.iter().map(|name| name.parse().unwrap()).collect();
        let (listen, names) = (listen.parse().unwrap(), Mutex::new(names));
        Port { listen, told: None, state_dir: PathBuf::new(), names, tls: None }
    }

    #[test]
    fn only_our_own_addresses_with_this_port_are_ours() {
        let port_8643 = port("0.0.0.0:8643", &["192.168.1.9", "fd00::9"]);
        for own in ["192.168.1.9:8643", "[fd00::9]:8643"] {
            assert!(port_8643.is_own(own), "{own}");
        }
        for other in [
            "",
            "192.168.1.9",
            "192.168.1.9:8610",
            "192.168.1.9.evil.example:8643",
            "evil.example:8643",
            "192.168.1.90:8643",
            "127.0.0.1:8643",
            "x192.168.1.9:8643",
        ] {
            assert!(!port_8643.is_own(other), "{other}");
        }
        assert!(port("0.0.0.0:80", &["192.168.1.9"]).is_own("192.168.1.9"));
        assert_eq!(port_8643.authority(), "192.168.1.9:8643");
    }

    #[test]
    fn a_told_address_comes_first_and_a_listener_on_one_address_has_that_name() {
        let told = "192.168.7.7".parse().unwrap();
        assert_eq!(names(Ipv4Addr::UNSPECIFIED.into(), Some(told)).unwrap()[0], told);
        let one: IpAddr = "192.168.1.9".parse().unwrap();
        assert_eq!(names(one, None).unwrap(), [one]);
    }
}
