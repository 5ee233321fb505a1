//! `huitou keys protect`: from one way of releasing the keys to another.
//!
//! ```text
//! open as now ─▶ wrapping key kept elsewhere, and given back? ─▶ stage ─▶ read back and open
//!             ─▶ commit the credential ─▶ commit the key file ─▶ wipe what was
//! ```
//!
//! # Invariants
//!
//! - Nothing old is touched before the new file was read from the disk and opened with a key that its
//!   way gave back.
//! - The key file is put in place last: until then the old way holds, from then on the new one.
//! - A wrapping key that something may still be sealed under is never replaced.
//!
//! Not here: the steps on the disk (`swap`), the words to the person (`keys_command`).

use std::io;
use std::path::{Path, PathBuf};

use sync::message::Purpose;

use super::file::KeyFile;
use super::secrets::{Key, Secrets, new_key};
use super::swap::{self, Before};
use super::systemd::{self, CREDENTIAL_FILE, WithKey};
use super::{KEY_FILE, KeysError, TerminalKeys, Way, command, release};
use crate::config::{Config, SyncConfig};

/// Why the keys are still protected as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// A way gives no key.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The disk.
    #[error("{path}: {source}; the keys are released as before")]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another one is at work.
    #[error("another `huitou keys` is at work on {0}; wait for it to end")]
    Busy(PathBuf),
    /// What was written does not open to the same keys.
    #[error(
        "what was written does not open again; nothing was changed, the keys are released as before"
    )]
    NotVerified,
}

/// A way with all that it needs.
pub(super) struct Prepared<'a> {
    pub(super) way: Way,
    pub(super) key: Option<Key>,
    /// The credential's bytes, for `systemd-creds`.
    pub(super) credential: Option<Vec<u8>>,
    /// Asks the way for its key, with what is staged on the disk.
    pub(super) given_back: &'a dyn Fn() -> Result<Option<Key>, KeysError>,
}

/// Protects the keys in the state directory in this way from now on.
///
/// # Errors
///
/// [`ProtectError`]; the keys are released as before then.
pub async fn protect(config: &Config, way: Way, with: WithKey) -> Result<(), ProtectError> {
    let dir = &config.state_dir;
    let failed = |source| ProtectError::Io { path: dir.clone(), source };
    let old = KeyFile::load(dir)?;
    let _alone = swap::lock(dir).map_err(failed)?.ok_or_else(|| ProtectError::Busy(dir.clone()))?;
    let (keys, key) = super::unlocked(config, &old).await?;
    swap::sweep(dir, old.way(), &mut |_| Ok(())).map_err(failed)?;
    let same = key.filter(|_| old.way() == way);
    let changed = match way {
        Way::File => {
            let given_back = || Ok(None);
            switch(
                dir,
                &keys,
                Prepared { way, key: None, credential: None, given_back: &given_back },
            )
        }
        Way::SystemdCreds => with_systemd(dir, &keys, same, with),
        Way::Command => {
            let key = Some(command::found_or_stored(&config.keys).map_err(KeysError::from)?);
            let given_back = || Ok(Some(command::unlock(&config.keys)?));
            switch(dir, &keys, Prepared { way, key, credential: None, given_back: &given_back })
        }
        Way::Hq => at_hq(dir, &keys, &config.sync).await,
    };
    if changed.is_err() {
        // The old way holds: what is left of the attempt goes, and if that fails, at the next start.
        let _ = swap::sweep(dir, KeyFile::load(dir)?.way(), &mut |_| Ok(()));
    }
    changed
}

/// The credential is replaced before the key file. So it keeps its key if one is in use: both files fit
/// at every moment.
fn with_systemd(
    dir: &Path,
    keys: &TerminalKeys,
    same: Option<Key>,
    with: WithKey,
) -> Result<(), ProtectError> {
    let key = same.unwrap_or_else(new_key);
    let path = dir.join(CREDENTIAL_FILE);
    let credential = systemd::seal(&key, with, &path).map_err(KeysError::from)?;
    let given_back = || Ok(Some(systemd::open(&swap::staged(&path))?));
    let (key, credential) = (Some(key), Some(credential));
    switch(dir, keys, Prepared { way: Way::SystemdCreds, key, credential, given_back: &given_back })
}

/// Asks twice: what is wrapped under a key that HQ does not give again is lost.
async fn at_hq(dir: &Path, keys: &TerminalKeys, sync: &SyncConfig) -> Result<(), ProtectError> {
    let (public, identity) = (keys.public(), Secrets::of(keys).identity);
    let ask = |purpose| release::ask(&public, &identity, purpose, sync);
    let key = ask(Purpose::Wrap).await.map_err(KeysError::from)?;
    let again = ask(Purpose::Open).await.map_err(KeysError::from)?;
    let given_back = || Ok(Some(again.clone()));
    let key = Some(key);
    switch(dir, keys, Prepared { way: Way::Hq, key, credential: None, given_back: &given_back })
}

fn switch(dir: &Path, keys: &TerminalKeys, next: Prepared<'_>) -> Result<(), ProtectError> {
    switch_with(dir, keys, next, &mut |_| Ok(()))
}

/// The steps on the disk; `before` is called before each.
pub(super) fn switch_with(
    dir: &Path,
    keys: &TerminalKeys,
    next: Prepared<'_>,
    before: Before<'_>,
) -> Result<(), ProtectError> {
    let failed = |source| ProtectError::Io { path: dir.into(), source };
    let (path, credential) = (dir.join(KEY_FILE), dir.join(CREDENTIAL_FILE));
    let text = KeyFile::keeping(keys, next.way, next.key.as_ref()).and_then(|file| file.text());
    let text = text.ok_or(ProtectError::NotVerified)?;
    if let Some(bytes) = &next.credential {
        swap::stage(&credential, bytes, &path, before).map_err(failed)?;
    }
    swap::stage(&path, text.as_bytes(), &path, before).map_err(failed)?;
    let given_back = (next.given_back)()?;
    let read = KeyFile::read(&swap::staged(&path))?.opened(given_back.as_ref());
    if read.is_none_or(|read| Secrets::of(&read) != Secrets::of(keys)) {
        return Err(ProtectError::NotVerified);
    }
    if next.credential.is_some() {
        swap::commit(&credential, before).map_err(failed)?;
    }
    swap::commit(&path, before).map_err(failed)?;
    // From here on the new way holds, and whatever is left of the old one goes at the next start too.
    swap::sweep(dir, next.way, before).map_err(failed)
}

#[cfg(test)]
mod tests;
