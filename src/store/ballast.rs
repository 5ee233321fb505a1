//! Space that is kept for the hour when the disk is full.
//!
//! ```text
//! disk full ─▶ the ballast goes, the sale is written ─▶ a person makes room ─▶ the ballast comes back
//! ```
//!
//! Nothing that waits for HQ is ever dropped to make room.
//!
//! Not here: telling a person (`agent::disk`).

use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

/// Some 50,000 sales.
pub const BALLAST_BYTES: u64 = 64 * 1024 * 1024;

/// A disk with less than so many times the ballast free is not made fuller by one.
const ROOM_TIMES: u64 = 4;

/// A disk that is too small for any ballast has room again with so much: some hundreds of sales.
const SOME_BYTES: u64 = 1024 * 1024;

const FILE: &str = "ballast";

/// The ballast in one state directory.
#[derive(Clone, Debug)]
pub struct Ballast {
    path: PathBuf,
}

impl Ballast {
    /// The one in `state_dir`.
    #[must_use]
    pub fn new(state_dir: &Path) -> Self {
        Self { path: state_dir.join(FILE) }
    }

    /// Makes it where there is none and room for it; returns whether it is there.
    pub fn lay(&self) -> bool {
        let there = fs::metadata(&self.path).is_ok_and(|file| file.len() == BALLAST_BYTES);
        if there {
            return true;
        }
        if free_bytes(&self.path).is_none_or(|free| free < ROOM_TIMES * BALLAST_BYTES) {
            return false;
        }
        self.fill().map_err(|_| drop(fs::remove_file(&self.path))).is_ok()
    }

    fn fill(&self) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.path)?;
        let whole = rustix::fs::FallocateFlags::empty();
        rustix::fs::fallocate(file.as_fd(), whole, 0, BALLAST_BYTES)?;
        file.sync_all()
    }

    /// Whether there is room for a while without it.
    #[must_use]
    pub fn has_room_for_some(&self) -> bool {
        free_bytes(&self.path).is_some_and(|free| free >= SOME_BYTES)
    }

    /// Gives its space back; returns whether there was any.
    pub fn drop_it(&self) -> bool {
        fs::remove_file(&self.path).is_ok()
    }
}

/// Bytes that we may still write on the disk of `path`.
#[must_use]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let dir = path.parent()?;
    rustix::fs::statvfs(dir).ok().map(|disk| disk.f_bavail * disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_real_space_and_gives_it_back() {
        use std::os::unix::fs::MetadataExt as _;
        let dir = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(dir.path());
        let room = free_bytes(&dir.path().join("x")).unwrap() >= ROOM_TIMES * BALLAST_BYTES;
        assert_eq!(ballast.lay(), room);
        if room {
            let taken = fs::metadata(dir.path().join(FILE)).unwrap().blocks() * 512;
            assert!(taken >= BALLAST_BYTES, "{taken} bytes of disk");
            assert!(ballast.lay(), "and is left as it is");
        }
        assert_eq!(ballast.drop_it(), room);
        assert!(!ballast.drop_it(), "only once");
    }
}
