//! Tokens of which only a hash is kept, and files that only their owner reads.
//!
//! A token has 256 random bits, so that a plain SHA-256 of it is as good as a slow hash: there is
//! nothing to try. A PIN is another matter (`pin`).
//!
//! Not here: what the files say (`tokens`, `pin`, `second_screen`).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::random::random;
use zeroize::Zeroizing;

use crate::keys::hex;

/// A new secret, as it is shown once.
pub struct Token(Zeroizing<String>);

impl Token {
    /// `BYTES` random bytes, in hexadecimal.
    #[must_use]
    pub fn random<const BYTES: usize>() -> Self {
        let bytes = Zeroizing::new(random::<BYTES>());
        Self(Zeroizing::new(hex(&*bytes)))
    }

    /// The secret itself. Each use is a place where it could leak.
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// What is kept of a token that was given.
#[must_use]
pub fn hash(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}

/// Why a file of secrets cannot be used. Carries nothing of what it holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// What the system says.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is none of ours.
    #[error("{0}: cannot be understood (damaged?); move it away to begin anew")]
    Damaged(PathBuf),
}

/// Reads a file; what it is before it was ever written, if there is none.
///
/// # Errors
///
/// [`SecretError`] if it is there and cannot be read.
pub fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T, SecretError> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => toml::from_str(&text).map_err(|_| SecretError::Damaged(path.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(source) => Err(SecretError::Io { path: path.into(), source }),
    }
}

/// Writes a file as a whole, for its owner only: after a power cut it is the old one or the new.
///
/// # Errors
///
/// [`SecretError`] if it could not be written; the old one stands then.
pub fn write<T: Serialize>(path: &Path, what: &T) -> Result<(), SecretError> {
    let text = toml::to_string(what).map_err(|_| SecretError::Damaged(path.into()))?;
    let text = Zeroizing::new(text);
    put(path, text.as_bytes()).map_err(|source| SecretError::Io { path: path.into(), source })
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = dir.join(format!(".{name}.{}", hex(&random::<4>())));
    let written = put_new(&new, bytes).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new); // it may not be there
    }
    written?;
    sync_dir(dir)
}

fn put_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The new name is on disk, too. Other systems do not open a directory.
fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::File::open(dir)?.sync_all()?;
    let _ = dir;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    type Words = BTreeMap<String, String>;

    #[test]
    fn a_file_is_its_owners_and_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("words.toml");
        assert_eq!(read::<Words>(&path).unwrap(), Words::new());
        for word in ["a", "b"] {
            let words = Words::from([("word".to_owned(), word.to_owned())]);
            write(&path, &words).unwrap();
            assert_eq!(read::<Words>(&path).unwrap(), words);
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing beside it");
    }

    #[test]
    fn a_damaged_file_is_said_to_be_one_without_repeating_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("words.toml");
        fs::write(&path, "secret").unwrap();
        let error = read::<Words>(&path).unwrap_err().to_string();
        assert!(error.contains("words.toml") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_token_is_random_and_found_by_its_hash() {
        let (one, two) = (Token::random::<32>(), Token::random::<32>());
        assert_eq!(one.clear().len(), 64);
        assert_ne!(one.clear(), two.clear());
        assert_eq!(hash(one.clear()), one.hash());
        assert!(!one.hash().contains(one.clear()));
    }
}
