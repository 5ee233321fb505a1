//! The wrapping key as a credential of systemd: `local.cred`, sealed by TPM, by the host's key, or both.
//!
//! ```text
//! protect:  key ─▶ systemd-creds encrypt --name=huitou.local ─▶ local.cred
//! start:    LoadCredentialEncrypted= ─▶ $CREDENTIALS_DIRECTORY/huitou.local ─┐
//!           else, as root:  local.cred ─▶ systemd-creds decrypt ─────────────┴▶ key
//! ```
//!
//! # Source
//!
//! What a credential was sealed by stands in its first 16 bytes: systemd, `src/shared/creds-util.h`,
//! `CRED_AES256_GCM_BY_*`.
//!
//! Not here: what is wrapped (`secrets`), how the file is put in place (`swap`).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secrets::Key;
use super::text::base64;
use super::tool::{self, Stderr, ToolError};

/// Name of the credential's file in the state directory.
pub const CREDENTIAL_FILE: &str = "local.cred";

/// Name of the credential, in units and inside the file.
pub const CREDENTIAL: &str = "huitou.local";

/// What a credential is sealed with, as `systemd-creds --with-key=` takes it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum WithKey {
    /// TPM and host key where there is a TPM, else the host key.
    #[default]
    Auto,
    /// The key in /var/lib/systemd.
    Host,
    /// The TPM alone.
    Tpm2,
}

/// What a credential was sealed by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SealedBy {
    /// The TPM alone.
    Tpm,
    /// The TPM and the host's key.
    TpmAndHost,
    /// The host's key in /var/lib/systemd.
    Host,
    /// A key that everybody knows: it protects nothing.
    Nothing,
    /// A later systemd's way, which we cannot name.
    Other,
}

/// Why the credential gives no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SystemdError {
    /// The program failed.
    #[error(
        "{0}; sealing with systemd-creds needs systemd 250 or later and root, a service gets the key by LoadCredentialEncrypted={CREDENTIAL}:{1}"
    )]
    Tool(ToolError, PathBuf),
    /// The credential's file cannot be read.
    #[error("{path}: {source}; restore it, or enrol anew")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It opens, but holds no key of 32 bytes.
    #[error("{0}: opens, but holds no key; restore it, or enrol anew")]
    NoKey(PathBuf),
    /// systemd had nothing to seal with.
    #[error("systemd-creds has neither TPM nor host key here: sealed so, it would protect nothing")]
    SealedByNothing,
}

/// Seals `key` for the file that will be at `path`.
pub(super) fn seal(key: &Key, with: WithKey, path: &Path) -> Result<Vec<u8>, SystemdError> {
    let with = match with {
        WithKey::Auto => "--with-key=auto",
        WithKey::Host => "--with-key=host",
        WithKey::Tpm2 => "--with-key=tpm2",
    };
    let name = format!("--name={CREDENTIAL}");
    let argv = ["systemd-creds", "encrypt", &name, with, "-", "-"];
    let sealed = tool::run(&argv, key.as_slice(), Stderr::LastLine)
        .map_err(|error| SystemdError::Tool(error, path.into()))?;
    match sealed_by(&sealed) {
        SealedBy::Nothing => Err(SystemdError::SealedByNothing),
        _ => Ok(sealed.to_vec()),
    }
}

/// Opens the credential at `path` by calling systemd-creds.
pub(super) fn open(path: &Path) -> Result<Key, SystemdError> {
    let sealed = fs::read(path).map_err(|source| SystemdError::Io { path: path.into(), source })?;
    let name = format!("--name={CREDENTIAL}");
    let argv = ["systemd-creds", "decrypt", &name, "-", "-"];
    let plain = tool::run(&argv, &sealed, Stderr::LastLine)
        .map_err(|error| SystemdError::Tool(error, path.into()))?;
    exactly(&plain).ok_or_else(|| SystemdError::NoKey(path.into()))
}

/// The key as systemd loaded it for this service, if it did. `directory` is what
/// `$CREDENTIALS_DIRECTORY` holds.
pub(super) fn loaded(directory: Option<OsString>) -> Option<Key> {
    let bytes = fs::read(PathBuf::from(directory?).join(CREDENTIAL)).map(Zeroizing::new);
    exactly(&bytes.ok()?)
}

fn exactly(bytes: &[u8]) -> Option<Key> {
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes).ok()?))
}

/// What the credential at `path` was sealed by; `None` if there is none that can be read.
pub(crate) fn file_sealed_by(path: &Path) -> Option<SealedBy> {
    fs::read(path).ok().map(|sealed| sealed_by(&sealed))
}

fn sealed_by(sealed: &[u8]) -> SealedBy {
    let bytes = std::str::from_utf8(sealed).ok().and_then(base64).unwrap_or_default();
    let id = bytes.first_chunk().map(|id| u128::from_be_bytes(*id));
    match id {
        Some(0x5a1c_6a86_df9d_4096_b1d5_a65e_0862_f19a) => SealedBy::Host,
        Some(
            0x0c7c_c07b_1176_4591_9c4b_0bea_08bc_20fe // HMAC session
            | 0xfaf7_eb93_41e3_412c_a1a4_36f9_5a29_362f, // and a signed policy
        ) => SealedBy::Tpm,
        Some(
            0x93a8_9409_4874_4490_90ca_f2fc_93ca_b553 | 0xaf49_50a8_4913_4eb1_a738_4630_4ff3_0c05,
        ) => SealedBy::TpmAndHost,
        Some(0x0584_69da_f6f5_4324_8005_49da_0f8e_a2fb) => SealedBy::Nothing,
        _ => SealedBy::Other,
    }
}

/// Whether systemd can use a TPM here: firmware, driver and libraries.
pub(crate) fn has_tpm() -> bool {
    tool::run(&["systemd-creds", "has-tpm2", "--quiet"], b"", Stderr::Hidden).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host key's credential as systemd 252 wrote it, cut short: the head tells.
    #[test]
    fn a_credentials_head_tells_what_it_was_sealed_by() {
        let host = b"Whxqht+dQJax1aZeCGLxmiAAAAABAAAADAAAABAAAACiwteB23feqskOG8AAAAAA\n";
        assert_eq!(sealed_by(host), SealedBy::Host);
        assert_eq!(sealed_by(b"DHzAexF2RZGcSwvqCLwg/g=="), SealedBy::Tpm);
        assert_eq!(sealed_by(b"k6iUCUh0RJCQyvL8k8q1Uw=="), SealedBy::TpmAndHost);
        assert_eq!(sealed_by(b"BYRp2vb1QySABUnaD46i+w=="), SealedBy::Nothing);
        assert_eq!(sealed_by(b"\xff\xfe"), SealedBy::Other);
        assert_eq!(sealed_by(b""), SealedBy::Other);
    }

    #[test]
    fn what_systemd_loaded_is_a_key_of_exactly_32_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let place = || Some(dir.path().into());
        assert!(loaded(None).is_none() && loaded(place()).is_none());
        fs::write(dir.path().join(CREDENTIAL), [7; 31]).unwrap();
        assert!(loaded(place()).is_none());
        fs::write(dir.path().join(CREDENTIAL), [7; 32]).unwrap();
        assert_eq!(*loaded(place()).unwrap(), [7; 32]);
    }
}
