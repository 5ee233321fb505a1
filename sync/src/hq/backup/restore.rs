//! Restore: an HQ from a backup, checked before it is one.
//!
//! ```text
//! FILE ─▶ copy in DIR/restoring ─▶ pages, marks, keys fit ─▶ new HQ epoch ─▶ hq.key, then hq.db in DIR
//! ```
//!
//! # Invariants
//!
//! - Nothing that is there is overwritten; `hq.db` appears last, so a restore that was cut off left no HQ.
//! - A restored HQ has a new epoch: every till gets a snapshot, also one that was ahead of it.
//!
//! Not here: events after the backup; tills that still keep them send them again from the older mark.

use super::check::{self, Held};
use super::{BackupError, Note, digest, open_keys, read_note, settle_folder};
use crate::event::Seq;
use crate::hq::keys::{self, Keys};
use crate::hq::store;
use crate::seal::SealingSecret;
use rusqlite::Connection;
use std::fs::{self, File};
use std::path::Path;

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// When the backup was made, milliseconds since 1970-01-01 UTC.
    pub made_ms: i64,
    /// Each till's epochs with their marks.
    pub marks: Vec<Held>,
    /// Sales and returns.
    pub sales: u64,
    /// Members who were not erased.
    pub members: u64,
    /// Whether the keys came out of the backup; else they were in the folder.
    pub keys_from_backup: bool,
}

/// Restores the HQ in `file` into `dir`. `ask` gives the recovery key, if the backup's keys are needed.
///
/// # Errors
///
/// [`BackupError`]; then there is no HQ in `dir`, and what was there is as it was.
pub fn restore(
    file: &Path,
    dir: &Path,
    ask: impl FnOnce() -> Option<SealingSecret>,
) -> Result<Restored, BackupError> {
    refuse_to_overwrite(dir)?;
    let staging = dir.join("restoring");
    let io = |cause| BackupError::Io { path: staging.clone(), cause };
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(io)?;
    }
    keys::make_private_dir(dir).map_err(io)?;
    keys::make_private_dir(&staging).map_err(io)?;
    let restored = stage(file, &staging).and_then(|(note, mut restored)| {
        restored.keys_from_backup = bring_keys(&note, dir, ask)?;
        let database = dir.join("hq.db");
        fs::rename(staging.join("hq.db"), &database).map_err(io)?;
        settle_folder(&database);
        Ok(restored)
    });
    let _gone = fs::remove_dir_all(&staging);
    restored
}

fn refuse_to_overwrite(dir: &Path) -> Result<(), BackupError> {
    // A log without its database would be played into the restored one.
    for name in ["hq.db", "hq.db-wal", "hq.db-shm", "hq.db-journal"] {
        let path = dir.join(name);
        if path.exists() {
            return Err(BackupError::HqThere { path });
        }
    }
    Ok(())
}

/// The backup as a database of this layout, checked, in its new life.
fn stage(file: &Path, staging: &Path) -> Result<(Note, Restored), BackupError> {
    let copy = staging.join("hq.db");
    let io = |cause| BackupError::Io { path: file.into(), cause };
    let whole = super::private_file(&copy)
        .and_then(|mut to| digest::copy_checked(file, &mut to))
        .map_err(io)?;
    if !whole {
        return Err(BackupError::NoBackup { path: file.into() });
    }
    let note = {
        let raw = Connection::open(&copy)?;
        let note = read_note(&raw, file)?;
        check::pages(&raw)?;
        raw.execute_batch("DROP TABLE backup_note")?;
        note
    };
    let db = store::open(staging)?;
    let marks = check::marks(&db)?;
    store::begin_new_life(&db)?;
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Seq>(0).map(|count| count.0));
    let restored = Restored {
        made_ms: note.made_ms,
        marks,
        sales: count("SELECT count(*) FROM sale")?,
        members: count("SELECT count(*) FROM customer WHERE identity IS NOT NULL")?,
        keys_from_backup: false,
    };
    // One file again: what is renamed must not have half of itself in a log.
    db.pragma_update(None, "journal_mode", "DELETE")?;
    db.close().map_err(|(_, cause)| cause)?;
    let synced = File::open(&copy).and_then(|file| file.sync_all());
    synced.map_err(|cause| BackupError::Io { path: copy, cause })?;
    Ok((note, restored))
}

/// Sees to it that the keys of this HQ are in `dir`; returns whether they came out of the backup.
fn bring_keys(
    note: &Note,
    dir: &Path,
    ask: impl FnOnce() -> Option<SealingSecret>,
) -> Result<bool, BackupError> {
    if keys::key_path(dir).exists() {
        return match Keys::load(dir)?.signing.verifying() == note.hq {
            true => Ok(false),
            false => Err(BackupError::OtherKeys),
        };
    }
    let recovery = note.recovery.ok_or(BackupError::NoKeys)?;
    let secret = ask().ok_or(BackupError::Sealed)?;
    if secret.public().key != recovery.key {
        return Err(BackupError::WrongRecovery);
    }
    Keys::restore(dir, &open_keys(note, &secret)?)?;
    Ok(true)
}
