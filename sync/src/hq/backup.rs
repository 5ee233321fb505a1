//! Backup: one file with all that HQ knows, made while HQ is served.
//!
//! ```text
//! hq.db ── VACUUM INTO (one read of one moment) ──▶ FILE.part ── note ── fsync ──▶ FILE
//! hq.key ── sealed to the recovery key, if there is one ──────────▶ └ note: when, whose, keys
//! ```
//!
//! The keys open everything, so they never leave in clear. `recovery-key` draws a key pair: its public
//! half stays here and every backup's keys are sealed to it; its secret half is shown once and lies in a
//! safe. Without one a backup holds no keys, and `hq.key` is to be kept apart. So a backup that is made
//! every night needs no secret at HQ, and who copies it learns no number.
//!
//! # Invariants
//!
//! - A backup is HQ as it was at one moment: batches that are taken meanwhile are in it whole or not.
//! - It holds no free pages: what was erased does not linger in it.
//! - It ends in its own hash: one that a disk has changed is not restored.
//! - It has mode 0600, replaces no file, and is there under its name only when it is whole.
//!
//! Not here: bringing it back (`restore`), erased identities in older backups (their keys are in them).

pub mod check;
mod digest;
pub mod restore;

use super::keys::{KeyError, Keys};
use super::store::StoreError;
use crate::event::to_cbor;
use crate::seal::{self, SealError, SealingPublic, SealingSecret};
use crate::sign::VerifyingKey;
use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const KEYS_INFO: &[u8] = b"huitou backup keys v1";
/// The recovery key's id: there is one at a time, and its bytes tell it apart.
const RECOVERY_ID: u32 = 1;

/// What a backup says of itself, in a table of its own.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Note {
    /// When it was made, milliseconds since 1970-01-01 UTC.
    #[n(0)]
    pub made_ms: i64,
    /// Whose it is: HQ's signing key.
    #[n(1)]
    pub hq: VerifyingKey,
    /// The recovery key that `keys` is sealed to.
    #[n(2)]
    pub recovery: Option<SealingPublic>,
    /// The key file, sealed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub keys: Option<Vec<u8>>,
    /// Name and version of the program that made it.
    #[n(4)]
    pub software: String,
}

/// Why a backup was not made, or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A backup replaces no file.
    #[error("{}: there is a file already; a backup replaces none", path.display())]
    Exists {
        /// Where it was to go.
        path: PathBuf,
    },
    /// There is an HQ where one was to be restored.
    #[error("{}: there is an HQ already, and it is never overwritten; restore into an empty folder", path.display())]
    HqThere {
        /// What was found.
        path: PathBuf,
    },
    /// The disk.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// Opening what was restored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key file.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The recovery key cannot be sealed to.
    #[error("the recovery key: {0}")]
    Seal(#[from] SealError),
    /// It is no backup of ours, or not all of one.
    #[error("{}: not a whole backup of an HQ", path.display())]
    NoBackup {
        /// What was given.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Keys are neither in it nor in the folder.
    #[error("the backup holds no keys: put the copy of hq.key that you keep apart into the folder")]
    NoKeys,
    /// It holds keys, and no recovery key was given.
    #[error("the backup's keys are sealed: the recovery key is asked for on standard input")]
    Sealed,
    /// Not the recovery key of this backup.
    #[error("this is not the recovery key that the backup was made for")]
    WrongRecovery,
    /// Another HQ's key file.
    #[error("hq.key is another headquarters': with it nothing in this backup would open")]
    OtherKeys,
}

/// Draws a recovery key, keeps its public half and returns the secret, which is nowhere else. One that
/// was there is replaced: backups made before still open with the old one only.
///
/// # Errors
///
/// As SQLite says.
pub fn new_recovery_key(db: &Connection, now_ms: i64) -> rusqlite::Result<SealingSecret> {
    let secret = SealingSecret::generate(RECOVERY_ID);
    let public = secret.public();
    db.execute(
        "INSERT INTO recovery (one, key_id, key, made_ms) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (one) DO UPDATE SET
             key_id = excluded.key_id, key = excluded.key, made_ms = excluded.made_ms",
        params![public.id, public.key, now_ms],
    )?;
    Ok(secret)
}

/// The recovery key as it is written down: eight groups of eight digits.
#[must_use]
pub fn written(secret: &SealingSecret) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(72));
    for (at, byte) in secret.to_bytes().iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Reads what [`written`] wrote, however it is grouped.
#[must_use]
pub fn typed(text: &str) -> Option<SealingSecret> {
    let mut digits = Zeroizing::new(String::with_capacity(64));
    digits.extend(text.chars().filter(|symbol| !symbol.is_whitespace() && *symbol != '-'));
    crate::hex::parse(&digits).ok().map(|key| SealingSecret::from_bytes(RECOVERY_ID, key))
}

/// Backs up the HQ in `dir` to `file`, whether or not it is being served. Returns what the backup says
/// of itself.
///
/// # Errors
///
/// [`BackupError`]; no file is left then.
pub fn backup(
    db: &Connection,
    keys: &Keys,
    dir: &Path,
    file: &Path,
    now_ms: i64,
) -> Result<Note, BackupError> {
    if file.exists() {
        return Err(BackupError::Exists { path: file.into() });
    }
    let note = note(db, keys, dir, now_ms)?;
    let part = beside(file, ".part");
    let made = write(db, &part, &note).and_then(|()| {
        fs::rename(&part, file).map_err(|cause| BackupError::Io { path: file.into(), cause })
    });
    if made.is_err() {
        let _gone = fs::remove_file(&part);
    }
    made?;
    settle_folder(file);
    Ok(note)
}

fn note(db: &Connection, keys: &Keys, dir: &Path, now_ms: i64) -> Result<Note, BackupError> {
    let sql = "SELECT key_id, key FROM recovery";
    let recovery = db
        .query_row(sql, [], |row| Ok(SealingPublic { id: row.get(0)?, key: row.get(1)? }))
        .optional()?;
    let hq = keys.signing.verifying();
    let sealed = match &recovery {
        Some(public) => Some(seal::seal_to(public, KEYS_INFO, &hq.0, &Keys::to_be_sealed(dir)?)?),
        None => None,
    };
    let software = concat!("huitou-hq ", env!("CARGO_PKG_VERSION")).into();
    Ok(Note { made_ms: now_ms, hq, recovery, keys: sealed, software })
}

/// Copies one moment of the database to `part`, which is made for its owner alone.
fn write(db: &Connection, part: &Path, note: &Note) -> Result<(), BackupError> {
    let io = |cause| BackupError::Io { path: part.into(), cause };
    if part.exists() {
        fs::remove_file(part).map_err(io)?;
    }
    private_file(part).map_err(io)?;
    db.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    let copy = Connection::open(part)?;
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.execute_batch("CREATE TABLE backup_note (note BLOB NOT NULL) STRICT")?;
    copy.execute("INSERT INTO backup_note (note) VALUES (?1)", [to_cbor(note)])?;
    copy.close().map_err(|(_, cause)| cause)?;
    // SQLite does not ask the disk to keep a copy that VACUUM INTO made; this does.
    digest::append(part).map_err(io)
}

/// What a backup says of itself.
fn read_note(db: &Connection, path: &Path) -> Result<Note, BackupError> {
    let none = || BackupError::NoBackup { path: path.into() };
    let sql = "SELECT note FROM backup_note";
    let note: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).map_err(|_| none())?;
    minicbor::decode(&note).map_err(|_| none())
}

/// The key file in a backup, opened.
fn open_keys(note: &Note, secret: &SealingSecret) -> Result<Zeroizing<Vec<u8>>, BackupError> {
    let sealed = note.keys.as_deref().ok_or(BackupError::NoKeys)?;
    let opened = seal::open_with(secret, KEYS_INFO, &note.hq.0, sealed);
    opened.map(Zeroizing::new).map_err(|_| BackupError::WrongRecovery)
}

/// `path` with more at the end of its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Asks the disk to keep the name of a new file; where a folder cannot be opened, that is all there is.
fn settle_folder(file: &Path) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _kept = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests;
