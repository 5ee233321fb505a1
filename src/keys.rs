//! The keys of this terminal, as they lie on its disk.
//!
//! One file, readable by its owner only: who we are to HQ, whom we believe, and the local keys that
//! seal what stays here. HQ's opening key is not among them: this box cannot read its own outbox.
//!
//! What a key file protects is a copied database, not a stolen box; `huitou check` says so.
//!
//! Not here: enrolment (`enrol`), what is sealed (`at_rest`, `outbox`).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sync::event::TerminalId;
use sync::seal::{SealingPublic, SealingSecret};
use sync::sign::{SigningKey, VerifyingKey};
use zeroize::Zeroize;

/// Name of the key file in the state directory.
pub const KEY_FILE: &str = "terminal.key";

/// Who we are, whom we believe, and what we seal with.
#[derive(Debug)]
pub struct TerminalKeys {
    /// Our number at HQ.
    pub terminal: TerminalId,
    /// What we sign batches with.
    pub signing: SigningKey,
    /// What opens what HQ sends us.
    pub sealing: SealingSecret,
    /// HQ's signing key.
    pub hq: VerifyingKey,
    /// HQ's sealing key at enrolment; the care list brings later ones.
    pub hq_sealing: SealingPublic,
    /// Where HQ is.
    pub hq_url: String,
    /// What HQ calls the store.
    pub store_name: String,
    /// Decimals of the store's currency.
    pub currency_exponent: u8,
    /// What customers are looked up under.
    pub index: [u8; 32],
    /// What customer profiles and the day book's keys are sealed with.
    pub local: [u8; 32],
}

impl Drop for TerminalKeys {
    fn drop(&mut self) {
        self.index.zeroize();
        self.local.zeroize();
    }
}

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The terminal is not enrolled.
    #[error("this terminal is not enrolled at HQ yet: run `huitou enrol`")]
    Missing,
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is damaged.
    #[error("{0}: not a key file (damaged?); restore it from the installer's copy, or enrol anew")]
    Damaged(PathBuf),
    /// It exists already.
    #[error("{0} exists: this terminal is enrolled already; move the file away to enrol anew")]
    Exists(PathBuf),
}

/// The file's form: hex, so that a person can compare it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    version: u32,
    terminal: String,
    hq_url: String,
    store_name: String,
    currency_exponent: u8,
    hq_signing: String,
    hq_sealing_id: u32,
    hq_sealing: String,
    signing_seed: String,
    sealing_secret: String,
    index_key: String,
    local_key: String,
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        for secret in [
            &mut self.signing_seed,
            &mut self.sealing_secret,
            &mut self.index_key,
            &mut self.local_key,
        ] {
            secret.zeroize();
        }
    }
}

impl TerminalKeys {
    /// Reads the key file in `state_dir`.
    ///
    /// # Errors
    ///
    /// [`KeysError`]; `Missing` if there is no file.
    pub fn load(state_dir: &Path) -> Result<Self, KeysError> {
        let path = state_dir.join(KEY_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => zeroize::Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeysError::Missing);
            }
            Err(source) => return Err(KeysError::Io { path, source }),
        };
        let on_disk: OnDisk =
            toml::from_str(&text).map_err(|_| KeysError::Damaged(path.clone()))?;
        Self::from_disk(&on_disk).ok_or(KeysError::Damaged(path))
    }

    fn from_disk(on_disk: &OnDisk) -> Option<Self> {
        Some(Self {
            terminal: on_disk.terminal.parse().ok()?,
            signing: SigningKey::from_seed(unhex(&on_disk.signing_seed)?),
            sealing: SealingSecret::from_bytes(0, unhex(&on_disk.sealing_secret)?),
            hq: VerifyingKey(unhex(&on_disk.hq_signing)?),
            hq_sealing: SealingPublic {
                id: on_disk.hq_sealing_id,
                key: unhex(&on_disk.hq_sealing)?,
            },
            hq_url: on_disk.hq_url.clone(),
            store_name: on_disk.store_name.clone(),
            currency_exponent: on_disk.currency_exponent,
            index: unhex(&on_disk.index_key)?,
            local: unhex(&on_disk.local_key)?,
        })
    }

    /// Writes the key file; one that exists is not overwritten.
    ///
    /// # Errors
    ///
    /// [`KeysError::Exists`], or what the system says.
    pub fn save_new(&self, state_dir: &Path) -> Result<(), KeysError> {
        let path = state_dir.join(KEY_FILE);
        let failed = |source| KeysError::Io { path: path.clone(), source };
        fs::create_dir_all(state_dir).map_err(failed)?;
        let text =
            toml::to_string(&self.on_disk()).map_err(|_| KeysError::Damaged(path.clone()))?;
        let text = zeroize::Zeroizing::new(text);
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = match opened {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeysError::Exists(path));
            }
            other => other.map_err(failed)?,
        };
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    fn on_disk(&self) -> OnDisk {
        OnDisk {
            version: 1,
            terminal: self.terminal.to_string(),
            hq_url: self.hq_url.clone(),
            store_name: self.store_name.clone(),
            currency_exponent: self.currency_exponent,
            hq_signing: hex(&self.hq.0),
            hq_sealing_id: self.hq_sealing.id,
            hq_sealing: hex(&self.hq_sealing.key),
            signing_seed: hex(&*self.signing.seed()),
            sealing_secret: hex(&*self.sealing.to_bytes()),
            index_key: hex(&self.index),
            local_key: hex(&self.local),
        }
    }
}

/// Whether others than its owner may read the key file in `state_dir`.
///
/// # Errors
///
/// What the system says of the file.
pub fn is_exposed(state_dir: &Path) -> io::Result<bool> {
    Ok(fs::metadata(state_dir.join(KEY_FILE))?.permissions().mode() & 0o077 != 0)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
pub(crate) fn example() -> TerminalKeys {
    let hq = SealingSecret::generate(7);
    TerminalKeys {
        terminal: TerminalId([3; 16]),
        signing: SigningKey::generate(),
        sealing: SealingSecret::generate(0),
        hq: SigningKey::generate().verifying(),
        hq_sealing: hq.public(),
        hq_url: "http://127.0.0.1:1".into(),
        store_name: "测试店".into(),
        currency_exponent: 2,
        index: [5; 32],
        local: [6; 32],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were_and_only_the_owner_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(TerminalKeys::load(dir.path()), Err(KeysError::Missing)));
        let keys = example();
        keys.save_new(dir.path()).unwrap();
        let loaded = TerminalKeys::load(dir.path()).unwrap();
        assert_eq!(loaded.terminal, keys.terminal);
        assert_eq!(loaded.signing.verifying(), keys.signing.verifying());
        assert_eq!(loaded.sealing.public().key, keys.sealing.public().key);
        assert_eq!((loaded.index, loaded.local), (keys.index, keys.local));
        assert!(!is_exposed(dir.path()).unwrap());
        assert!(matches!(keys.save_new(dir.path()), Err(KeysError::Exists(_))));
    }

    #[test]
    fn a_damaged_key_file_is_said_to_be_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(KEY_FILE), "version = 1\n").unwrap();
        assert!(matches!(TerminalKeys::load(dir.path()), Err(KeysError::Damaged(_))));
    }
}
