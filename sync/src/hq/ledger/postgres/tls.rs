//! How the way to PostgreSQL is encrypted, as the ledger's URL says it and libpq means it.
//!
//! | `sslmode`     | encrypted             | who is at the other end                                        |
//! |---------------|-----------------------|----------------------------------------------------------------|
//! | `disable`     | no                    | anybody                                                        |
//! | none, `prefer`| if the server can; not on this machine | anybody                                       |
//! | `require`     | yes                   | anybody; with a root file as `verify-ca`                       |
//! | `verify-ca`   | yes                   | whom an authority in `sslrootcert` vouches for                 |
//! | `verify-full` | yes                   | the same, and the certificate names the URL's host             |
//!
//! `sslrootcert` is a PEM file; without it `~/.postgresql/root.crt`. A Unix socket is never encrypted: it
//! does not leave the machine.
//!
//! # Invariants
//!
//! - What the URL demands is had or nothing is sent: no log-in, no password.
//! - A name stands in the certificate's subjectAltName; its common name counts for nothing (RFC 9525).
//! - A certificate that itself stands in the root file is believed as it is, whatever its dates: who wrote
//!   it there meant it. So a server that signed its own certificate can be pinned.
//!
//! Not here: certificates of ours (`sslcert`), revocation lists; the tills' TLS (`crate::tls`).
//!
//! # Source
//!
//! PostgreSQL 17 documentation, 32.19 "SSL Support", table 32.1.

use ::postgres::Config;
use ::postgres::config::{Host, SslMode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The name by which both ends know what is spoken inside (IANA: TLS ALPN protocol ids).
const ALPN: &[u8] = b"postgresql";

/// Why a ledger's URL cannot be used, or its server is refused.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// No such mode.
    #[error("sslmode={0}: there are disable, prefer, require, verify-ca and verify-full")]
    Mode(String),
    /// The platform's own list of authorities is not asked.
    #[error("sslrootcert=system is not supported: name the authority's PEM file")]
    System,
    /// Nobody is named who could vouch for the server.
    #[error(
        "sslmode={0} needs sslrootcert=FILE, the PEM file of who signed the server's certificate"
    )]
    NoRoot(&'static str),
    /// The root file cannot be read.
    #[error("sslrootcert {path}: {cause}")]
    RootFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: Arc<pem::Error>,
    },
    /// There is no certificate in it that an authority may have.
    #[error("sslrootcert {0} holds no certificate that can be used")]
    EmptyRoot(PathBuf),
    /// The server is another one, or nobody vouches for it.
    #[error("the server is not whom the ledger's URL means: {}", reason(.0))]
    Stranger(CertificateError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(Error),
}

fn reason(why: &CertificateError) -> String {
    match why {
        // The second where an authority of another key has the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "no authority in sslrootcert signed its certificate".into()
        }
        other => other.to_string(),
    }
}

/// What the URL asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    fn read(word: &str) -> Result<Self, TlsError> {
        Ok(match word {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return Err(TlsError::Mode(word.to_owned())),
        })
    }
}

/// What a ledger's URL says of TLS, taken out of it.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Asked {
    mode: Mode,
    root: Option<PathBuf>,
}

/// Parts a URL into what is said of TLS and the rest, which is the driver's.
///
/// # Errors
///
/// [`TlsError`] for a mode that there is none of.
pub(super) fn parted(url: &str) -> Result<(String, Asked), TlsError> {
    let mut asked = Asked { mode: Mode::Prefer, root: None };
    // A password may hold a question mark.
    let from = url.find('@').unwrap_or_default();
    let Some(at) = url[from..].find('?').map(|at| at + from) else {
        return Ok((url.to_owned(), asked));
    };
    let mut kept = Vec::new();
    for pair in url[at + 1..].split('&') {
        match pair.split_once('=') {
            Some(("sslmode", word)) => asked.mode = Mode::read(word)?,
            Some(("sslrootcert", "system")) => return Err(TlsError::System),
            Some(("sslrootcert", path)) => asked.root = Some(PathBuf::from(decoded(path))),
            _ => kept.push(pair),
        }
    }
    let rest = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    Ok((format!("{}{rest}", &url[..at]), asked))
}

/// `%2F` and the like as what they mean; a `%` that means nothing stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let meant = match after {
            [high, low, ..] if byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        bytes.push(meant.map_or(byte, |(high, low)| high << 4 | low));
        rest = if meant.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How to connect: in clear, or with this.
pub(super) type Connector = Option<MakeRustlsConnect>;

impl Asked {
    /// Sets the driver's own mode, and makes what shakes hands, if anything does.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if the root file is missing or no such file.
    pub(super) fn connector(mut self, config: &mut Config) -> Result<Connector, TlsError> {
        let is_socket = config.get_hostaddrs().is_empty()
            && config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
        if self.mode == Mode::Disable
            || is_socket
            || self.mode == Mode::Prefer && is_on_this_machine(config)
        {
            config.ssl_mode(SslMode::Disable);
            return Ok(None);
        }
        if self.mode == Mode::Prefer {
            config.ssl_mode(SslMode::Prefer);
        } else {
            config.ssl_mode(SslMode::Require);
            self.root = self.root.or_else(usual_root);
        }
        let vouching = self.vouching()?;
        let algorithms = ring::default_provider().signature_verification_algorithms;
        shaking(Server { vouching, algorithms }).map(Some).map_err(TlsError::Setup)
    }

    fn vouching(&self) -> Result<Option<Vouching>, TlsError> {
        let name = match (self.mode, &self.root) {
            (Mode::Disable | Mode::Prefer, _) | (Mode::Require, None) => return Ok(None),
            (Mode::VerifyCa, None) => return Err(TlsError::NoRoot("verify-ca")),
            (Mode::VerifyFull, None) => return Err(TlsError::NoRoot("verify-full")),
            (mode, Some(_)) => mode == Mode::VerifyFull,
        };
        self.root.as_deref().map(|path| Vouching::read(path, name)).transpose()
    }
}

fn usual_root() -> Option<PathBuf> {
    let path = Path::new(&std::env::var_os("HOME")?).join(".postgresql/root.crt");
    path.exists().then_some(path)
}

fn is_on_this_machine(config: &Config) -> bool {
    let here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(here),
        addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
    }
}

fn shaking(server: Server) -> Result<MakeRustlsConnect, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous() // rustls' word for any check but a browser's
        .with_custom_certificate_verifier(Arc::new(server))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

/// Who may vouch for a server.
#[derive(Debug)]
struct Vouching {
    roots: RootCertStore,
    /// The same, as they stand in the file.
    pinned: Vec<CertificateDer<'static>>,
    /// Whether the certificate has to name the host, too.
    name: bool,
}

impl Vouching {
    fn read(path: &Path, name: bool) -> Result<Self, TlsError> {
        let failed = |cause| TlsError::RootFile { path: path.into(), cause: Arc::new(cause) };
        let found = CertificateDer::pem_file_iter(path).map_err(failed)?;
        let pinned: Vec<_> = found.collect::<Result<_, _>>().map_err(failed)?;
        let mut roots = RootCertStore::empty();
        let (taken, _unusable) = roots.add_parsable_certificates(pinned.iter().cloned());
        if taken == 0 {
            return Err(TlsError::EmptyRoot(path.into()));
        }
        Ok(Self { roots, pinned, name })
    }
}

/// Whom we take for the ledger's server.
#[derive(Debug)]
struct Server {
    /// None: anybody.
    vouching: Option<Vouching>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Server {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(Vouching { roots, pinned, name }) = &self.vouching else {
            return Ok(ServerCertVerified::assertion());
        };
        let shown = ParsedCertificate::try_from(end_entity)?;
        if !pinned.contains(end_entity) {
            let all = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&shown, roots, intermediates, now, all)?;
        }
        if *name {
            verify_server_name(&shown, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The certificate that made a connection fail, if one did.
pub(super) fn stranger(error: &::postgres::Error) -> Option<TlsError> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let rustls = inner.and_then(|inner| inner.downcast_ref::<Error>());
        if let Some(Error::InvalidCertificate(why)) = rustls.or(error.downcast_ref::<Error>()) {
            return Some(TlsError::Stranger(why.clone()));
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests;
