//! This box's own certificate: made once, kept for its owner only, compared by its fingerprint.
//!
//! Nobody vouches for it: a phone warns once, and whoever pairs it compares the fingerprint with
//! the one on the till. It is made anew when it is about to end, or when the box has an address
//! that it does not name.
//!
//! Not here: serving with it (`port`).

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType,
};
use ring::digest::{SHA256, digest};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::secret::{self, SecretError};
use crate::keys::hex;

const FILE: &str = "lan-certificate.toml";

const DAY_S: i64 = 86_400;

/// As long as phones take one at all (Apple: 825 days).
const LASTS_S: i64 = 800 * DAY_S;

/// It is made anew so long before its end.
const RENEWED_S: i64 = 30 * DAY_S;

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    names: Vec<IpAddr>,
    from_s: i64,
    until_s: i64,
    certificate: String,
    /// PKCS #8.
    key: Zeroizing<String>,
}

/// A certificate and its key.
pub struct Certificate {
    der: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It could not be kept or read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It could not be made.
    #[error("a certificate cannot be made: {0}")]
    Made(#[from] rcgen::Error),
    /// It could not be used.
    #[error("the certificate cannot be used: {0}")]
    Used(#[from] rustls::Error),
    /// When it is to begin or end.
    #[error("the clock shows a time that no certificate can name")]
    Clock,
}

impl Certificate {
    /// The one in `state_dir` if it names all of `names` and holds at `now_s` (seconds since 1970),
    /// else a new one.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], which says what could not be done.
    pub fn for_names(
        state_dir: &Path,
        names: &[IpAddr],
        now_s: i64,
    ) -> Result<Self, CertificateError> {
        let path = state_dir.join(FILE);
        let kept: Kept = secret::read(&path)?;
        if kept.is_good(names, now_s)
            && let Some(certificate) = kept.opened()
        {
            return Ok(certificate);
        }
        let made = Kept::make(names, now_s)?;
        secret::write(&path, &made)?;
        made.opened().ok_or(CertificateError::Clock)
    }

    /// SHA-256 of it, in groups that a person can compare: `3F2A 91BC …`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let bytes = digest(&SHA256, &self.der);
        let groups: Vec<String> =
            bytes.as_ref().chunks(2).map(|pair| hex(pair).to_uppercase()).collect();
        groups.join(" ")
    }

    /// What a listener needs: TLS 1.3 only, since every phone of the last years has it.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Used`] if the key is not the certificate's.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, CertificateError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth();
        let chain = vec![CertificateDer::from(self.der.clone())];
        let key = PrivatePkcs8KeyDer::from(self.key.to_vec());
        let mut config = builder.with_single_cert(chain, key.into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Kept {
    fn is_good(&self, names: &[IpAddr], now_s: i64) -> bool {
        let holds = self.from_s <= now_s && now_s < self.until_s - RENEWED_S;
        holds && names.iter().all(|name| self.names.contains(name))
    }

    fn make(names: &[IpAddr], now_s: i64) -> Result<Self, CertificateError> {
        let (from_s, until_s) = (now_s - DAY_S, now_s - DAY_S + LASTS_S);
        let at = |s| OffsetDateTime::from_unix_timestamp(s).map_err(|_| CertificateError::Clock);
        let mut params = CertificateParams::default();
        (params.not_before, params.not_after) = (at(from_s)?, at(until_s)?);
        params.subject_alt_names = names.iter().copied().map(SanType::IpAddress).collect();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Huitou");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            names: names.to_vec(),
            from_s,
            until_s,
            certificate: hex(certificate.der()),
            key: Zeroizing::new(hex(&Zeroizing::new(key.serialize_der()))),
        })
    }

    fn opened(&self) -> Option<Certificate> {
        Some(Certificate { der: unhex(&self.certificate)?, key: Zeroizing::new(unhex(&self.key)?) })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(pair.filter(|pair| pair.len() == 2)?, 16).ok())
        .collect();
    bytes.filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOW_S: i64 = 1_795_269_900;

    fn print(dir: &Path, names: &[&str], now_s: i64) -> String {
        let names: Vec<IpAddr> = names.iter().map(|name| name.parse().unwrap()).collect();
        let certificate = Certificate::for_names(dir, &names, now_s).unwrap();
        certificate.server_config().unwrap();
        certificate.fingerprint()
    }

    #[test]
    fn it_is_made_once_and_anew_for_a_new_address_or_before_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let first = print(dir.path(), &["192.168.1.9", "10.0.0.9"], NOW_S);
        assert_eq!(print(dir.path(), &["10.0.0.9"], NOW_S + 700 * DAY_S), first);
        assert_ne!(print(dir.path(), &["10.0.0.9"], NOW_S + 770 * DAY_S), first);
        let second = print(dir.path(), &["10.0.0.9"], NOW_S);
        assert_ne!(print(dir.path(), &["10.0.0.8"], NOW_S), second);
        let third = print(dir.path(), &["10.0.0.8"], NOW_S);
        assert_ne!(print(dir.path(), &["10.0.0.8"], 0), third, "a clock that begins in 1970");
    }

    #[test]
    fn its_key_is_its_owners() {
        let dir = tempfile::tempdir().unwrap();
        let print = print(dir.path(), &["10.0.0.9"], NOW_S);
        assert_eq!((print.len(), print.split(' ').count()), (79, 16), "{print}");
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
