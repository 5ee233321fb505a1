//! What a process that only takes batches needs of HQ's secrets: the key that signs receipts.
//!
//! ```text
//! hq.key ── huitou-hq ingest-key ──▶ ingest.key     signing seed and HQ's public keys; opens nothing
//! ```
//!
//! # Invariants
//!
//! - Nothing in it opens an event, a customer file or a till's keys. Whoever steals it can sign in HQ's
//!   name until tills are enrolled anew, and read nothing.
//! - Mode 0600, never overwritten, wiped from memory when dropped.
//!
//! Not here: all other secrets (`keys`).

use super::{KeyError, Keys, write_private};
use crate::event::to_cbor;
use crate::message::HqKeys;
use crate::sign::SigningKey;
use minicbor::{Decode, Encode};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize as _, Zeroizing};

const VERSION: u32 = 1;

/// The keys of a process that takes batches.
pub struct IngestKeys {
    /// Signs receipts and refusals.
    pub signing: SigningKey,
    /// What tills are told.
    pub public: HqKeys,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct IngestFile {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    signing_seed: [u8; 32],
    #[n(2)]
    public: HqKeys,
}

impl Drop for IngestFile {
    fn drop(&mut self) {
        self.signing_seed.zeroize();
    }
}

impl IngestKeys {
    /// What such a process needs of all keys.
    #[must_use]
    pub fn of(keys: &Keys) -> Self {
        Self { signing: SigningKey::from_seed(*keys.signing.seed()), public: keys.public() }
    }

    /// Writes them to a new `ingest.key` in `dir`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Exists`] if there is one; [`KeyError::Io`] if the disk refuses.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, KeyError> {
        let (signing_seed, public) = (*self.signing.seed(), self.public.clone());
        let file = IngestFile { version: VERSION, signing_seed, public };
        let path = key_path(dir);
        match write_private(&path, &Zeroizing::new(to_cbor(&file))) {
            Ok(()) => Ok(path),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                Err(KeyError::Exists { path })
            }
            Err(cause) => Err(KeyError::Io { path, cause }),
        }
    }

    /// Reads the `ingest.key` in `dir`, and no other file.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] if there is none or it may not be read; [`KeyError::Damaged`] otherwise.
    pub fn load(dir: &Path) -> Result<Self, KeyError> {
        let path = key_path(dir);
        let bytes = std::fs::read(&path)
            .map(Zeroizing::new)
            .map_err(|cause| KeyError::Io { path: path.clone(), cause })?;
        match minicbor::decode::<IngestFile>(&bytes) {
            Ok(file) if file.version == VERSION => Ok(Self {
                signing: SigningKey::from_seed(file.signing_seed),
                public: file.public.clone(),
            }),
            _ => Err(KeyError::Damaged { path }),
        }
    }
}

fn key_path(dir: &Path) -> PathBuf {
    dir.join("ingest.key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ingest_key_signs_and_holds_no_key_that_opens() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::create(dir.path()).unwrap();
        let path = IngestKeys::of(&keys).write(dir.path()).unwrap();
        let written = std::fs::read(&path).unwrap();
        let holds = |secret: &[u8]| written.windows(secret.len()).any(|window| window == secret);
        assert!(holds(keys.signing.seed().as_slice()));
        assert!(!holds(keys.sealing[0].to_bytes().as_slice()) && !holds(keys.master.as_slice()));
        let read = IngestKeys::load(dir.path()).unwrap();
        assert_eq!(read.signing.verifying(), keys.signing.verifying());
        assert_eq!(read.public, keys.public());
        assert!(matches!(read.write(dir.path()), Err(KeyError::Exists { .. })));
    }
}
