//! Whether the database is the one that went on here, or an older one, or another box's.
//!
//! ```text
//! commit (epoch, seq 812) ─▶ outbox.seen: epoch, 812
//! start: database says 640, outbox.seen 812  ─▶ restored ┐
//!        another machine-id than it was told ─▶ cloned   ┴▶ a new epoch, numbers are never used again
//! ```
//!
//! The file is written after the commit and not synced: it may be behind the database, never ahead of it,
//! unless the database went back. A disk that lies about what it has kept shows itself the same way.
//!
//! # Invariants
//!
//! - A number that may have left this box is not given to another event.
//! - A file that is torn or missing proves nothing and changes nothing.
//!
//! Not here: a whole disk that was copied with both; HQ sees two histories then (`sync::receiver`).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sync::chain::Hash;
use sync::event::{Epoch, Seq};

/// Where Linux says which installation this is (machine-id(5)).
pub const MACHINE_ID: &str = "/etc/machine-id";

const FILE: &str = "outbox.seen";
const BYTES: usize = 16 + 8 + 8;

/// Why a new epoch begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// The database is older than what was written here.
    Restored,
    /// It was another machine's.
    Cloned,
}

/// The file that remembers how far the database was.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    file: Option<File>,
    last: Option<(Epoch, Seq)>,
}

impl Seen {
    /// The one in `state_dir`; nothing is written yet.
    #[must_use]
    pub fn new(state_dir: &Path) -> Self {
        Self { path: state_dir.join(FILE), file: None, last: None }
    }

    /// How far the outbox was, as far as the file can be trusted.
    #[must_use]
    pub fn read(&self) -> Option<(Epoch, Seq)> {
        let bytes = fs::read(&self.path).ok()?;
        let (known, check) = bytes.split_at_checked(24)?;
        if bytes.len() != BYTES || check != &Hash::of(known).0[..8] {
            return None;
        }
        let (epoch, seq) = known.split_at(16);
        Some((Epoch(epoch.try_into().ok()?), Seq(u64::from_le_bytes(seq.try_into().ok()?))))
    }

    /// Remembers that `epoch` was committed up to `seq`. A disk that refuses costs the proof, no sale.
    pub fn note(&mut self, epoch: Epoch, seq: Seq) {
        if self.last == Some((epoch, seq)) {
            return;
        }
        let known = [&epoch.0[..], &seq.0.to_le_bytes()].concat();
        let bytes = [&known[..], &Hash::of(&known).0[..8]].concat();
        let written = self.open().and_then(|file| file.write_all_at(&bytes, 0));
        self.last = written.is_ok().then_some((epoch, seq));
    }

    fn open(&mut self) -> io::Result<&File> {
        if self.file.is_none() {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            self.file = Some(options.open(&self.path)?);
        }
        Ok(self.file.as_ref().expect("just opened"))
    }
}

/// What this machine is known by: a hash of its id, if it has one.
#[must_use]
pub fn machine(id_file: &Path) -> Option<Hash> {
    let id = fs::read_to_string(id_file).ok()?;
    let id = id.trim();
    (!id.is_empty()).then(|| Hash::of(&[b"huitou machine v1 ", id.as_bytes()].concat()))
}

/// Whether a database that stands at (`epoch`, `last`) and was told to be on `told` must begin anew.
#[must_use]
pub fn begins_anew(
    seen: Option<(Epoch, Seq)>,
    (epoch, last): (Epoch, Seq),
    told: Option<Hash>,
    machine: Option<Hash>,
) -> Option<Why> {
    let older = seen.is_some_and(|(seen_epoch, seen)| seen_epoch == epoch && seen > last);
    match (told, machine) {
        _ if older => Some(Why::Restored),
        (Some(told), Some(machine)) if told != machine => Some(Why::Cloned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Epoch = Epoch([7; 16]);

    #[test]
    fn an_older_database_begins_anew_and_one_that_went_on_does_not() {
        let at = |seq| Some((EPOCH, Seq(seq)));
        assert_eq!(begins_anew(at(812), (EPOCH, Seq(640)), None, None), Some(Why::Restored));
        assert_eq!(begins_anew(at(812), (EPOCH, Seq(812)), None, None), None);
        assert_eq!(begins_anew(at(811), (EPOCH, Seq(812)), None, None), None, "a file left behind");
        assert_eq!(begins_anew(None, (EPOCH, Seq(812)), None, None), None);
        let other = Some((Epoch([8; 16]), Seq(900)));
        assert_eq!(begins_anew(other, (EPOCH, Seq(5)), None, None), None, "of another life");
    }

    #[test]
    fn a_database_of_another_machine_begins_anew() {
        let (one, two) = (Some(Hash([1; 32])), Some(Hash([2; 32])));
        assert_eq!(begins_anew(None, (EPOCH, Seq(1)), one, two), Some(Why::Cloned));
        assert_eq!(begins_anew(None, (EPOCH, Seq(1)), one, one), None);
        assert_eq!(begins_anew(None, (EPOCH, Seq(1)), one, None), None, "a box without an id");
        assert_eq!(begins_anew(None, (EPOCH, Seq(1)), None, two), None, "told for the first time");
    }

    #[test]
    fn what_was_noted_is_read_back_and_a_torn_file_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = Seen::new(dir.path());
        assert_eq!(seen.read(), None);
        for seq in [1, 2, 300] {
            seen.note(EPOCH, Seq(seq));
            assert_eq!(Seen::new(dir.path()).read(), Some((EPOCH, Seq(seq))));
        }
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            fs::write(&path, &torn).unwrap();
            assert_eq!(Seen::new(dir.path()).read(), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(Seen::new(dir.path()).read(), None, "{at} bytes");
        }
    }

    #[test]
    fn a_machine_is_known_by_a_hash_of_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let id = dir.path().join("machine-id");
        assert_eq!(machine(&id), None);
        fs::write(&id, "\n").unwrap();
        assert_eq!(machine(&id), None, "an image that was not started yet");
        fs::write(&id, "4c1d\n").unwrap();
        let known = machine(&id).unwrap();
        assert_ne!(known, Hash::of(b"4c1d"));
        assert_eq!(machine(&id), Some(known));
    }
}
