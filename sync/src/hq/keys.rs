//! HQ's secrets, in one file that only its owner may read.
//!
//! ```text
//! signing seed   receipts, pages, enrolment        pinned by every till
//! sealing keys   open what tills sealed            several while one is being replaced
//! index key      phone → pseudonym (HMAC-SHA256)
//! master key     wraps each customer's own key (AES-256-GCM)
//! ```
//!
//! In clear the file protects a copied database, and not a stolen machine: whoever reads the file and the
//! database reads everything. Locked (`lock`) it opens with a passphrase only. Keep its copy apart from
//! the database's (`recovery`).
//!
//! # Invariants
//!
//! - Mode 0600 in a folder of mode 0700; never overwritten; wiped from memory when dropped.
//!
//! Not here: customers' own keys (`customer::identity`).

mod ingest;
pub mod lock;
pub mod parts;
pub mod recovery;

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
    /// It is locked.
    #[error("{}: {cause}", path.display())]
    Locked {
        /// The key file.
        path: PathBuf,
        /// Why it does not open.
        cause: lock::LockError,
    },
    /// The key in force, or none with this id.
    #[error("key {id} cannot be destroyed: it is in force, or there is none")]
    InForce {
        /// The sealing key's id.
        id: u32,
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
    /// When it was made, Unix ms; none for the first of an older HQ.
    #[n(2)]
    made_ms: Option<i64>,
}

const VERSION: u32 = 1;

impl KeyFile {
    fn draw() -> Self {
        let key = *SealingSecret::generate(1).to_bytes();
        Self {
            version: VERSION,
            signing_seed: random(),
            sealing: vec![StoredSealing { id: 1, key, made_ms: None }],
            index: random(),
            master: random(),
        }
    }

    /// Reads the file in `dir`, unlocked if need be.
    fn load(dir: &Path) -> Result<Self, KeyError> {
        let path = key_path(dir);
        let bytes = read(&path)?;
        let locked = |cause| KeyError::Locked { path: path.clone(), cause };
        let plain = match lock::is_locked(&bytes) {
            true => {
                let passphrase = lock::passphrase().map_err(locked)?;
                lock::unlock(&bytes, &passphrase).map_err(locked)?
            }
            false => bytes,
        };
        match minicbor::decode::<Self>(&plain) {
            Ok(file) if file.version == VERSION && !file.sealing.is_empty() => Ok(file),
            _ => Err(KeyError::Damaged { path }),
        }
    }

    /// Writes a new file; an existing one is never touched.
    fn save_new(&self, dir: &Path) -> Result<(), KeyError> {
        make_private_dir(dir).map_err(|cause| KeyError::Io { path: dir.into(), cause })?;
        let path = key_path(dir);
        write_private(&path, &Zeroizing::new(to_cbor(self))).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.clone() },
            _ => KeyError::Io { path: path.clone(), cause },
        })
    }

    /// Puts this in the place of the file in `dir`, locked if that was: all of it or nothing.
    fn replace(&self, dir: &Path) -> Result<(), KeyError> {
        let path = key_path(dir);
        let plain = Zeroizing::new(to_cbor(self));
        let locked = |cause| KeyError::Locked { path: path.clone(), cause };
        match lock::is_locked(&read(&path)?) {
            true => swap(dir, &lock::lock(&plain, &lock::passphrase().map_err(locked)?)),
            false => swap(dir, &plain),
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let io = |cause| KeyError::Io { path: path.into(), cause };
    fs::read(path).map(Zeroizing::new).map_err(io)
}

fn swap(dir: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let (path, staged) = (key_path(dir), dir.join("hq.key.new"));
    let swapped = || {
        let _ = fs::remove_file(&staged); // what a run before left
        write_private(&staged, bytes)?;
        fs::rename(&staged, &path)?;
        fs::File::open(dir)?.sync_all()
    };
    swapped().map_err(|cause| KeyError::Io { path: path.clone(), cause })
}

/// A sealing key as a person is told of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct SealingInfo {
    /// Its id, which stands in every sealed event.
    pub id: u32,
    /// When it was made, Unix ms, if that is known.
    pub made_ms: Option<i64>,
    /// Tills are to seal to it.
    pub in_force: bool,
}

impl Keys {
    /// Draws all keys and writes them to a new file in `dir`, which is made if need be.
    ///
    /// # Errors
    ///
    /// [`KeyError::Exists`] if there are keys already; [`KeyError::Io`] if the disk refuses.
    pub fn create(dir: &Path) -> Result<Self, KeyError> {
        let file = KeyFile::draw();
        file.save_new(dir)?;
        Ok(Self::from_file(&file))
    }

    /// Reads the keys of the HQ in `dir`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] if there is no HQ or it may not be read; [`KeyError::Locked`] without its
    /// passphrase; [`KeyError::Damaged`] otherwise.
    pub fn load(dir: &Path) -> Result<Self, KeyError> {
        KeyFile::load(dir).map(|file| Self::from_file(&file))
    }

    /// Draws a new sealing key, which tills learn with their next page; the older ones go on opening.
    /// Returns its id.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the file is as it was then.
    pub fn rotate(dir: &Path, now_ms: i64) -> Result<u32, KeyError> {
        let mut file = KeyFile::load(dir)?;
        let id = file.sealing.iter().map(|key| key.id).max().unwrap_or_default() + 1;
        let key = *SealingSecret::generate(id).to_bytes();
        file.sealing.push(StoredSealing { id, key, made_ms: Some(now_ms) });
        file.replace(dir)?;
        Ok(id)
    }

    /// Destroys a sealing key: what was sealed to it can never be opened again.
    ///
    /// # Errors
    ///
    /// [`KeyError::InForce`] for the one that tills seal to.
    pub fn destroy(dir: &Path, id: u32) -> Result<(), KeyError> {
        let mut file = KeyFile::load(dir)?;
        let in_force = file.sealing.last().is_none_or(|key| key.id == id);
        if in_force || !file.sealing.iter().any(|key| key.id == id) {
            return Err(KeyError::InForce { id });
        }
        file.sealing.retain(|key| key.id != id);
        file.replace(dir)
    }

    /// The sealing keys, the oldest first.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn list(dir: &Path) -> Result<Vec<SealingInfo>, KeyError> {
        let file = KeyFile::load(dir)?;
        let last = file.sealing.last().map(|key| key.id);
        let info = |key: &StoredSealing| SealingInfo {
            id: key.id,
            made_ms: key.made_ms,
            in_force: Some(key.id) == last,
        };
        Ok(file.sealing.iter().map(info).collect())
    }

    /// Puts the key file under a passphrase, from now on.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; the file is as it was then.
    pub fn lock(dir: &Path, passphrase: &[u8]) -> Result<(), KeyError> {
        let file = KeyFile::load(dir)?;
        swap(dir, &lock::lock(&Zeroizing::new(to_cbor(&file)), passphrase))
    }

    /// The key file of the HQ in `dir`, for a backup to seal: without its passphrase, as whoever has the
    /// recovery key may have nothing else left.
    pub(super) fn to_be_sealed(dir: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        KeyFile::load(dir).map(|file| Zeroizing::new(to_cbor(&file)))
    }

    /// Writes a key file that came out of a backup, locked where this machine has a passphrase; never
    /// over one that is there.
    pub(super) fn restore(dir: &Path, stored: &[u8]) -> Result<(), KeyError> {
        let path = key_path(dir);
        // Earlier backups sealed a locked file as it was: it needs its passphrase still.
        if !lock::is_locked(stored) && minicbor::decode::<KeyFile>(stored).is_err() {
            return Err(KeyError::Damaged { path });
        }
        let written = match lock::passphrase() {
            Ok(passphrase) if !lock::is_locked(stored) => {
                write_private(&path, &lock::lock(stored, &passphrase))
            }
            _ => write_private(&path, stored),
        };
        written.map_err(|cause| KeyError::Io { path, cause })
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

pub(super) fn key_path(dir: &Path) -> PathBuf {
    dir.join("hq.key")
}

pub(super) fn make_private_dir(dir: &Path) -> io::Result<()> {
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
