//! The keys of this terminal: who we are to HQ, whom we believe, and what seals what stays here.
//!
//! ```text
//! terminal.key ─▶ way? ─┬ file ──────────── in it, in clear
//!                       ├ systemd-creds ─── key in local.cred ─┐
//!                       ├ command ───────── key in a key store ┼─▶ opens what is sealed in it
//!                       └ hq ────────────── key at HQ ─────────┘
//! ```
//!
//! HQ's opening key is not among them: this box cannot read its own outbox.
//!
//! # Invariants
//!
//! - A wrapping key is in memory only while something is opened or sealed with it.
//! - Nothing here prints a secret: not in an error, not with `Debug`.
//!
//! Not here: enrolment (`enrol`), what is sealed (`at_rest`, `outbox`), the command (`keys_command`).

mod command;
mod file;
mod protect;
mod release;
mod secrets;
mod swap;
mod systemd;
mod text;
mod tool;
mod words;

pub use command::{CommandError, KeysConfig};
pub use file::{KeyFile, Public};
pub use protect::{ProtectError, protect};
pub use release::ReleaseFailed;
pub use systemd::{CREDENTIAL, CREDENTIAL_FILE, SealedBy, SystemdError, WithKey};
pub(crate) use text::hex;
pub use tool::ToolError;
pub(crate) use words::{Standing, reason};

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sync::event::TerminalId;
use sync::message::Purpose;
use sync::seal::{SealingPublic, SealingSecret};
use sync::sign::{SigningKey, VerifyingKey};
use zeroize::Zeroize;

use crate::config::Config;
use secrets::Key;

/// Name of the key file in the state directory.
pub const KEY_FILE: &str = "terminal.key";

/// Who releases the keys at a start.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Nobody: they lie in the key file, for its owner to read.
    File,
    /// systemd, from a credential sealed by the TPM or the host's key.
    SystemdCreds,
    /// An operating system's key store, by the command in the configuration.
    Command,
    /// HQ, as long as the terminal is not revoked.
    Hq,
}

impl Way {
    /// As it is written in the key file and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::SystemdCreds => "systemd-creds",
            Self::Command => "command",
            Self::Hq => "hq",
        }
    }
}

/// Who we are, whom we believe, and what we seal with.
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

impl core::fmt::Debug for TerminalKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TerminalKeys").field("terminal", &self.terminal).finish_non_exhaustive()
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
    /// A later version wrote it.
    #[error("{path} has version {version}, this program knows up to 2: install the newer huitou")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It exists already.
    #[error("{0} exists: this terminal is enrolled already; move the file away to enrol anew")]
    Exists(PathBuf),
    /// The way works, but gives the key of something else.
    #[error(
        "{path}: does not open with the key that `{}` gives: another terminal's, or an older copy of the file; restore what fits, or enrol anew",
        way.word()
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// How its keys are released.
        way: Way,
    },
    /// The credential.
    #[error(transparent)]
    Systemd(#[from] SystemdError),
    /// The key store.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// HQ.
    #[error(transparent)]
    Release(#[from] ReleaseFailed),
}

/// Has the keys released and opens them.
///
/// # Errors
///
/// [`KeysError`]; `Missing` if the box is not enrolled.
pub async fn open(config: &Config) -> Result<TerminalKeys, KeysError> {
    let file = KeyFile::load(&config.state_dir)?;
    unlocked(config, &file).await.map(|(keys, _)| keys)
}

/// Removes what an interrupted `huitou keys protect` left. Only after [`open`] gave the keys.
///
/// # Errors
///
/// What the disk says; the keys are good all the same.
pub fn tidy(state_dir: &Path) -> io::Result<()> {
    // Somebody is protecting them just now: they tidy themselves.
    let Some(_alone) = swap::lock(state_dir)? else { return Ok(()) };
    let Ok(file) = KeyFile::load(state_dir) else { return Ok(()) };
    swap::sweep(state_dir, file.way(), &mut |_| Ok(()))
}

/// The keys, and what they were sealed under.
async fn unlocked(
    config: &Config,
    file: &KeyFile,
) -> Result<(TerminalKeys, Option<Key>), KeysError> {
    let loaded = match file.way() {
        Way::SystemdCreds => systemd::loaded(std::env::var_os("CREDENTIALS_DIRECTORY")),
        _ => None,
    };
    if let Some(keys) = loaded.as_ref().and_then(|key| file.opened(Some(key))) {
        return Ok((keys, loaded));
    }
    let key = released(config, file).await?;
    let other = || KeysError::OtherKey { path: config.state_dir.join(KEY_FILE), way: file.way() };
    let keys = file.opened(key.as_ref()).ok_or_else(other)?;
    Ok((keys, key))
}

async fn released(config: &Config, file: &KeyFile) -> Result<Option<Key>, KeysError> {
    Ok(match file.way() {
        Way::File => None,
        Way::SystemdCreds => {
            let path = config.state_dir.join(CREDENTIAL_FILE);
            Some(apart(move || systemd::open(&path)).await?)
        }
        Way::Command => {
            let keys = config.keys.clone();
            Some(apart(move || command::unlock(&keys)).await?)
        }
        Way::Hq => {
            let damaged = || KeysError::Damaged(config.state_dir.join(KEY_FILE));
            let identity = file.identity().ok_or_else(damaged)?;
            Some(release::ask(&file.public, identity, Purpose::Open, &config.sync).await?)
        }
    })
}

/// On a thread that may wait for another program.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

impl TerminalKeys {
    /// Writes the key file, in clear; one that exists is not overwritten.
    ///
    /// # Errors
    ///
    /// [`KeysError::Exists`], or what the system says.
    pub fn save_new(&self, state_dir: &Path) -> Result<(), KeysError> {
        let path = state_dir.join(KEY_FILE);
        let failed = |source| KeysError::Io { path: path.clone(), source };
        fs::create_dir_all(state_dir).map_err(failed)?;
        let text = KeyFile::keeping(self, Way::File, None).and_then(|file| file.text());
        let text = text.ok_or_else(|| KeysError::Damaged(path.clone()))?;
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = match opened {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeysError::Exists(path));
            }
            other => other.map_err(failed)?,
        };
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
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
mod tests;
