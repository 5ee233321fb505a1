//! Replacing a secret file so that a power cut at any moment leaves the old one or the new one whole.
//!
//! ```text
//! stage:  X.new written, on disk                    (the caller reads it back)
//! commit: X.old is another name of X ─▶ X.new becomes X ─▶ on disk
//! wipe:   X.old overwritten, then gone
//! ```
//!
//! # Invariants
//!
//! - `X` is never missing and never half written.
//! - Nothing is overwritten that is still `X` under another name.
//! - Both are done by one process at a time: the state directory is locked.
//!
//! Overwriting reaches the disk's blocks on a plain disk; flash and copy-on-write file systems may keep
//! an old copy for a while. So keys are best protected on the day of enrolment.
//!
//! Not here: what is in the files (`file`, `systemd`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::systemd::CREDENTIAL_FILE;
use super::{KEY_FILE, Way};

/// Called before each step, and may end it there: a test's power cut.
pub(super) type Before<'a> = &'a mut dyn FnMut(&'static str) -> io::Result<()>;

/// Takes the directory for one process; free again when dropped. `None` if another has it.
pub(super) fn lock(dir: &Path) -> io::Result<Option<File>> {
    let file = File::open(dir)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

pub(super) fn staged(path: &Path) -> PathBuf {
    with_suffix(path, ".new")
}

fn old(path: &Path) -> PathBuf {
    with_suffix(path, ".old")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes `bytes` beside `path`, for its owner only: the owner of `like`, for who protects keys may be
/// root and who runs is not.
pub(super) fn stage(path: &Path, bytes: &[u8], like: &Path, before: Before<'_>) -> io::Result<()> {
    before("write the new file")?;
    let mut options = OpenOptions::new();
    // `create_new` follows no link that somebody put there.
    let mut file = options.write(true).create_new(true).mode(0o600).open(staged(path))?;
    let (owner, own) = (fs::metadata(like)?, file.metadata()?);
    if (owner.uid(), owner.gid()) != (own.uid(), own.gid()) {
        std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Puts the staged file into the place of `path`.
pub(super) fn commit(path: &Path, before: Before<'_>) -> io::Result<()> {
    if path.exists() {
        before("name the old file")?;
        fs::hard_link(path, old(path))?;
    }
    before("put the new file in place")?;
    fs::rename(staged(path), path)?;
    before("write the directory")?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes what was replaced, what was never put in place, and a credential that nothing needs. Only for
/// a state directory whose keys have just been opened.
pub(super) fn sweep(dir: &Path, way: Way, before: Before<'_>) -> io::Result<()> {
    let credential = dir.join(CREDENTIAL_FILE);
    for path in [dir.join(KEY_FILE), credential.clone()] {
        wipe(&old(&path), Some(&path), before)?;
        wipe(&staged(&path), Some(&path), before)?;
    }
    match way {
        Way::SystemdCreds => Ok(()),
        _ => wipe(&credential, None, before),
    }
}

/// Overwrites a file and removes it, if it is there; only the name if it is `still` in use.
fn wipe(path: &Path, still: Option<&Path>, before: Before<'_>) -> io::Result<()> {
    let about = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?,
    };
    let inode = |about: &fs::Metadata| (about.dev(), about.ino());
    let in_use = still.and_then(|path| fs::metadata(path).ok());
    if about.is_file() && in_use.is_none_or(|used| inode(&used) != inode(&about)) {
        before("overwrite the old file")?;
        overwrite(path, about.len())?;
    }
    before("remove the old file")?;
    fs::remove_file(path)
}

fn overwrite(path: &Path, length: u64) -> io::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
    file.flush()?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_still_in_use_loses_its_second_name_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        fs::write(&path, "keys").unwrap();
        // As after a cut between naming the old file and putting the new one in place.
        fs::hard_link(&path, old(&path)).unwrap();
        fs::write(staged(&path), "new").unwrap();
        sweep(dir.path(), Way::File, &mut |_| Ok(())).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"keys");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_wiped_is_overwritten_before_its_name_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.old");
        fs::write(&path, "secret").unwrap();
        let mut reader = File::open(&path).unwrap();
        wipe(&path, None, &mut |_| Ok(())).unwrap();
        let mut left = String::new();
        io::Read::read_to_string(&mut reader, &mut left).unwrap();
        assert_eq!(left, "\0\0\0\0\0\0");
        assert!(!path.exists());
    }

    #[test]
    fn a_link_that_somebody_put_there_is_removed_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (other, link) = (dir.path().join("other"), dir.path().join("x.new"));
        fs::write(&other, "keep").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let stage_at = dir.path().join("x");
        assert!(stage(&stage_at, b"s", &other, &mut |_| Ok(())).is_err());
        wipe(&link, None, &mut |_| Ok(())).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"keep");
    }

    #[test]
    fn one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path()).unwrap();
        assert!(held.is_some() && lock(dir.path()).unwrap().is_none());
        drop(held);
        assert!(lock(dir.path()).unwrap().is_some());
    }
}
