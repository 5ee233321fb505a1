//! TLS 1.3 between a till and HQ, each known by the Ed25519 key that the other pinned at enrolment.
//!
//! ```text
//! till  certificate of its signing key ──▶ HQ    whose terminal has this key? (per request, hq::tls)
//! till ◀── certificate of HQ's signing key  HQ   the pinned one, or the one that the code names
//! ```
//!
//! # Invariants
//!
//! - Dates in a certificate are never judged: a till that was off for a year, or believes it is 1970,
//!   gets through. A certificate is made anew at each start instead, so there is nothing to renew.
//! - Nobody else vouches for a key: a certificate authority's word counts for nothing here.
//! - The same key signs messages. That is safe, because what is signed begins differently: 64 spaces in
//!   TLS (RFC 8446, section 4.4.3), a CBOR array in COSE (RFC 9052, section 4.4).
//!
//! Not here: sockets (the agent's `enrol`, `hq::tls`), what a message says (all are signed themselves).

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ED25519, SanType};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName as Hint, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};
use zeroize::Zeroizing;

use crate::message::Fingerprint;
use crate::sign::{SigningKey, VerifyingKey};

/// What a certificate names where a name is asked for; nobody compares it.
const NAME: &str = "huitou.invalid";

/// PKCS #8 (RFC 8410, section 7) before the 32 bytes of an Ed25519 seed.
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A public key's algorithm and bit string (RFC 8410, section 4) before the 32 bytes of an Ed25519 key.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// How long a certificate says that it holds, in days; it is made anew at each start.
const DAYS: i64 = 398;

const DAY_S: i64 = 86_400;

/// Why a connection cannot be prepared. Carries no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate could not be made.
    #[error("a certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] Error),
}

/// Whom a till takes for HQ.
#[derive(Clone, Copy, Debug)]
pub enum Pinned {
    /// Known since enrolment.
    Key(VerifyingKey),
    /// Named by the enrolment code.
    Fingerprint(Fingerprint),
}

impl Pinned {
    fn is(&self, key: &VerifyingKey) -> bool {
        match self {
            Self::Key(pinned) => pinned == key,
            Self::Fingerprint(pinned) => *pinned == Fingerprint::of(key),
        }
    }
}

/// What a till connects with: HQ must be `hq`; `own` says who the till is, before enrolment nobody.
/// `now_s` is seconds since 1970, for the dates that nobody judges.
///
/// # Errors
///
/// [`TlsError`].
pub fn client(hq: Pinned, own: Option<&SigningKey>, now_s: i64) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = HqVerifier { hq, algorithms: provider.signature_verification_algorithms };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous() // rustls' word for any check but a certificate authority's
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match own {
        Some(key) => {
            let certified = certified(key, &provider, now_s)?;
            let own: Arc<dyn ResolvesClientCert> = Arc::new(SingleCertAndKey::from(certified));
            builder.with_client_cert_resolver(own)
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What HQ listens with. A client may show a certificate; [`peer_key`] tells whose it is.
///
/// # Errors
///
/// [`TlsError`].
pub fn server(hq: &SigningKey, now_s: i64) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let certified = certified(hq, &provider, now_s)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyKey { algorithms }))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The Ed25519 key of the certificate that a peer has shown, and proved by the handshake to hold.
#[must_use]
pub fn peer_key(certificates: &[CertificateDer<'_>]) -> Option<VerifyingKey> {
    key_of(certificates.first()?)
}

fn key_of(certificate: &CertificateDer<'_>) -> Option<VerifyingKey> {
    let parsed = webpki::EndEntityCert::try_from(certificate).ok()?;
    let spki = parsed.subject_public_key_info();
    let key = spki.as_ref().strip_prefix(&SPKI_PREFIX)?;
    Some(VerifyingKey(key.try_into().ok()?))
}

fn certified(
    key: &SigningKey,
    provider: &CryptoProvider,
    now_s: i64,
) -> Result<CertifiedKey, TlsError> {
    let pkcs8 = Zeroizing::new([&PKCS8_PREFIX[..], key.seed().as_slice()].concat());
    let der = PrivatePkcs8KeyDer::from(pkcs8.to_vec());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ED25519)?;
    let certificate = params(now_s)?.self_signed(&pair)?;
    let chain = vec![certificate.der().clone()];
    Ok(CertifiedKey::from_der(chain, der.into(), provider)?)
}

fn params(now_s: i64) -> Result<CertificateParams, rcgen::Error> {
    let at = |s| time::OffsetDateTime::from_unix_timestamp(s).ok();
    let mut params = CertificateParams::default();
    if let (Some(from), Some(until)) = (at(now_s - DAY_S), at(now_s + DAYS * DAY_S)) {
        (params.not_before, params.not_after) = (from, until);
    }
    params.subject_alt_names = vec![SanType::DnsName(NAME.try_into()?)];
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Huitou");
    Ok(params)
}

/// What the checks of both ends have in common: TLS 1.3 only, and only Ed25519.
macro_rules! handshake_by_ed25519 {
    () => {
        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(PeerIncompatible::Tls13RequiredForQuic.into())
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
            vec![SignatureScheme::ED25519]
        }
    };
}

#[derive(Debug)]
struct HqVerifier {
    hq: Pinned,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for HqVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match key_of(end_entity) {
            Some(key) if self.hq.is(&key) => Ok(ServerCertVerified::assertion()),
            _ => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    handshake_by_ed25519!();
}

/// Takes any Ed25519 key that its holder proves to have; whose it is, is looked up for each request.
#[derive(Debug)]
struct AnyKey {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for AnyKey {
    fn client_auth_mandatory(&self) -> bool {
        false // a till that is not enrolled yet has none
    }

    fn root_hint_subjects(&self) -> &[Hint] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match key_of(end_entity) {
            Some(_) => Ok(ClientCertVerified::assertion()),
            None => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    handshake_by_ed25519!();
}

#[cfg(test)]
mod tests;
