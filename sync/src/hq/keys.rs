//! HQ's secrets, in one file that only its owner may read.
//!
//! ```text
//! signing seed   receipts, pages, enrolment        pinned by every till
//! sealing keys   open what tills sealed            several while one is being replaced
//! index key      phone → pseudonym (HMAC-SHA256)
//! master key     wraps each customer's own key (AES-256-GCM)
//! ```
//!
//! The file protects a copied database. It does not protect a stolen machine: whoever reads the file
//! and the database reads everything. Keep its backup apart from the database's.
//!
//! # Invariants
//!
//! - Mode 0600 in a folder of mode 0700; never overwritten; wiped from memory when dropped.
//!
//! Not here: customers' own keys (`customer::identity`).

mod ingest;

pub use ingest::IngestKeys;

use crate::event::to_cbor;
use crate::message::HqKeys;
use crate::random::random;
use crate::seal::{SealingPublic, SealingSecret};
use crate::sign::SigningKey;
use minicbor::{Decode, Encode};
use ring::hmac;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// All secrets of an HQ.
pub struct Keys {
    /// Signs as HQ.
    pub signing: SigningKey,
    /// Opens what tills sealed; the newest is last.
    pub sealing: Vec<SealingSecret>,
    pub(super) index: hmac::Key,
    pub(super) master: Zeroizing<[u8; 32]>,
}

/// Why the key file could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is one: overwriting it would make every sealed event unreadable.
    #[error("{}: HQ's keys are there already and are never overwritten", path.display())]
    Exists {
        /// The key file.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is not a key file, or a damaged one.
    #[error("{}: not a key file of this version, or damaged; restore it from its backup", path.display())]
    Damaged {
        /// The key file.
        path: PathBuf,
    },
}

#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(array)]
struct KeyFile {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    signing_seed: [u8; 32],
    #[n(2)]
    sealing: Vec<StoredSealing>,
    #[cbor(n(3), with = "minicbor::bytes")]
    index: [u8; 32],
    #[cbor(n(4), with = "minicbor::bytes")]
    master: [u8; 32],
}

#[derive(Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(array)]
struct StoredSealing {
    #[n(0)]
    id: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    key: [u8; 32],
}

const VERSION: u32 = 1;

impl Keys {
    /// Draws all keys and writes them to a new file in `dir`, which is made if need be.
    ///
    /// # Errors
    ///
    /// [`KeyError::Exists`] if there are keys already; [`KeyError::Io`] if the disk refuses.
    pub fn create(dir: &Path) -> Result<Self, KeyError> {
        make_private_dir(dir).map_err(|cause| KeyError::Io { path: dir.into(), cause })?;
        let first = StoredSealing { id: 1, key: *SealingSecret::generate(1).to_bytes() };
        let file = KeyFile {
            version: VERSION,
            signing_seed: random(),
            sealing: vec![first],
            index: random(),
            master: random(),
        };
        let path = key_path(dir);
        write_private(&path, &Zeroizing::new(to_cbor(&file))).map_err(|cause| {
            match cause.kind() {
                io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.clone() },
                _ => KeyError::Io { path: path.clone(), cause },
            }
        })?;
        Ok(Self::from_file(&file))
    }

    /// Reads the keys of the HQ in `dir`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] if there is no HQ or it may not be read; [`KeyError::Damaged`] otherwise.
    pub fn load(dir: &Path) -> Result<Self, KeyError> {
        let path = key_path(dir);
        let bytes = fs::read(&path)
            .map(Zeroizing::new)
            .map_err(|cause| KeyError::Io { path: path.clone(), cause })?;
        match minicbor::decode::<KeyFile>(&bytes) {
            Ok(file) if file.version == VERSION && !file.sealing.is_empty() => {
                Ok(Self::from_file(&file))
            }
            _ => Err(KeyError::Damaged { path }),
        }
    }

    fn from_file(file: &KeyFile) -> Self {
        let sealing = file.sealing.iter();
        Self {
            signing: SigningKey::from_seed(file.signing_seed),
            sealing: sealing.map(|key| SealingSecret::from_bytes(key.id, key.key)).collect(),
            index: hmac::Key::new(hmac::HMAC_SHA256, &file.index),
            master: Zeroizing::new(file.master),
        }
    }

    /// The public halves, as tills fetch them.
    #[must_use]
    pub fn public(&self) -> HqKeys {
        let sealing = self.sealing.iter().map(SealingSecret::public).collect();
        HqKeys { signing: self.signing.verifying(), sealing }
    }

    /// The key that tills are to seal to now.
    #[must_use]
    pub fn current_sealing(&self) -> SealingPublic {
        self.sealing.last().expect("a key file without sealing key is not loaded").public()
    }

    /// The key with this id, if HQ still has it.
    #[must_use]
    pub fn sealing(&self, id: u32) -> Option<&SealingSecret> {
        self.sealing.iter().find(|key| key.id() == id)
    }
}

fn key_path(dir: &Path) -> PathBuf {
    dir.join("hq.key")
}

fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Creates the file, never replaces one, and returns once it is on disk.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
