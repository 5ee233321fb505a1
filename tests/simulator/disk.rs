//! Disks in memory that lose power, fill up, fail and lie.
//!
//! ```text
//! write ─▶ seen (the system's cache) ─▶ pending ── sync ──▶ kept (the medium)
//!                                          └── power cut: of each 512-byte sector written since the
//!                                              last sync, chance decides whether it got there
//! ```
//!
//! A killed process loses no write; a power cut may keep a later write and lose an earlier one. A sync
//! that fails loses what it was to bring over, and the next one does not bring it again, as Linux has it.
//!
//! Not here: directories that lose a name which was synced, writes that land elsewhere.

use std::cell::RefCell;

use crate::chance::Chance;
use crate::trace::Trace;

const SECTOR: usize = 512;

/// Why an operation failed, for `vfs` to put into SQLite's numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failed {
    /// The machine is off, or was since this file was opened.
    Off,
    Missing,
    Full,
    Read,
    Sync,
}

/// What may go wrong from now on; `0` means never.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// One read in so many fails.
    pub(crate) read: u64,
    /// One sync in so many fails.
    pub(crate) sync: u64,
    /// Room left, in bytes beyond what is used when it is set.
    pub(crate) room: Option<u64>,
    /// The planted fault: says that it synced, and did not.
    pub(crate) lies: bool,
}

/// How a machine stops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// `kill -9`: the system lives and keeps its cache.
    Kill,
    /// Power goes.
    Cut,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Size(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    name: String,
    /// Its name is on the medium: true once it was synced.
    named: bool,
    seen: Vec<u8>,
    kept: Vec<u8>,
    pending: Vec<Change>,
}

/// The files of one machine at one moment, as a backup or a clone takes them.
pub(crate) type Image = Vec<(String, Vec<u8>)>;

/// A file that one process has open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    machine: usize,
    life: u32,
    file: usize,
}

/// One machine's disk.
#[derive(Debug)]
pub(crate) struct Disk {
    files: Vec<Option<File>>,
    life: u32,
    operations: u64,
    /// Stop at this operation.
    fuse: Option<(u64, Stop)>,
    stopped: bool,
    faults: Faults,
    room_end: Option<u64>,
    chance: Chance,
    /// What happened to it, all of it.
    pub(crate) trace: Trace,
    pub(crate) cuts: u64,
    pub(crate) kills: u64,
}

thread_local! {
    static DISKS: RefCell<Vec<Disk>> = const { RefCell::new(Vec::new()) };
}

/// Begins with `count` empty disks.
pub(crate) fn format(count: usize, seed: u64) {
    let disk = |at: usize| Disk {
        files: Vec::new(),
        life: 0,
        operations: 0,
        fuse: None,
        stopped: false,
        faults: Faults::default(),
        room_end: None,
        chance: Chance::new(seed, 0xD15C + at as u64),
        trace: Trace::default(),
        cuts: 0,
        kills: 0,
    };
    DISKS.set((0..count).map(disk).collect());
}

/// Works with one machine's disk.
pub(crate) fn of<T>(machine: usize, work: impl FnOnce(&mut Disk) -> T) -> T {
    DISKS.with_borrow_mut(|disks| work(&mut disks[machine]))
}

/// Opens a file, made if it is not there.
pub(crate) fn open(machine: usize, name: &str, create: bool) -> Result<Open, Failed> {
    of(machine, |disk| {
        disk.begin(disk.life, 1, name.len() as u64)?;
        let found = disk.find(name);
        let file = match found {
            Some(file) => file,
            None if create => disk.create(name),
            None => return Err(Failed::Missing),
        };
        Ok(Open { machine, life: disk.life, file })
    })
}

impl Open {
    /// Reads from `at` on; returns how many bytes there were.
    pub(crate) fn read(self, at: usize, into: &mut [u8]) -> Result<usize, Failed> {
        of(self.machine, |disk| {
            disk.begin(self.life, 2, at as u64)?;
            if disk.chance.one_in(disk.faults.read) {
                return Err(Failed::Read);
            }
            let seen = &disk.file(self.file)?.seen;
            let there = seen.len().saturating_sub(at).min(into.len());
            into[..there].copy_from_slice(&seen[seen.len().min(at)..][..there]);
            into[there..].fill(0);
            Ok(there)
        })
    }

    pub(crate) fn write(self, at: usize, bytes: &[u8]) -> Result<(), Failed> {
        of(self.machine, |disk| {
            disk.begin(self.life, 3, at as u64)?;
            disk.trace.bytes(bytes);
            let end = at + bytes.len();
            let grows = end.saturating_sub(disk.file(self.file)?.seen.len()) as u64;
            if grows > 0 && disk.room_end.is_some_and(|room| disk.used() + grows > room) {
                return Err(Failed::Full);
            }
            let file = disk.file(self.file)?;
            put(&mut file.seen, at, bytes);
            file.pending.push(Change::Write(at, bytes.to_vec()));
            Ok(())
        })
    }

    pub(crate) fn truncate(self, size: usize) -> Result<(), Failed> {
        of(self.machine, |disk| {
            disk.begin(self.life, 4, size as u64)?;
            let file = disk.file(self.file)?;
            file.seen.resize(size, 0);
            file.pending.push(Change::Size(size));
            Ok(())
        })
    }

    pub(crate) fn sync(self) -> Result<(), Failed> {
        of(self.machine, |disk| {
            disk.begin(self.life, 5, self.file as u64)?;
            if disk.faults.lies {
                return Ok(());
            }
            let fails = disk.chance.one_in(disk.faults.sync);
            let mut chance = disk.chance.clone();
            disk.chance.next();
            let file = disk.file(self.file)?;
            for change in core::mem::take(&mut file.pending) {
                settle(&mut file.kept, &change, |_| !fails || chance.one_in(2));
            }
            if fails {
                return Err(Failed::Sync);
            }
            file.named = true;
            Ok(())
        })
    }

    pub(crate) fn size(self) -> Result<usize, Failed> {
        of(self.machine, |disk| {
            disk.begin(self.life, 6, self.file as u64)?;
            Ok(disk.file(self.file)?.seen.len())
        })
    }
}

/// Whether there is such a file, and something in it.
pub(crate) fn exists(machine: usize, name: &str) -> bool {
    of(machine, |disk| disk.find(name).is_some())
}

/// Removes a file.
pub(crate) fn delete(machine: usize, name: &str) -> Result<(), Failed> {
    of(machine, |disk| {
        disk.begin(disk.life, 7, name.len() as u64)?;
        let file = disk.find(name).ok_or(Failed::Missing)?;
        disk.files[file] = None;
        Ok(())
    })
}

impl Disk {
    /// Every operation begins here: this is where a machine stops.
    fn begin(&mut self, life: u32, kind: u64, detail: u64) -> Result<(), Failed> {
        if life != self.life || self.stopped {
            return Err(Failed::Off);
        }
        self.operations += 1;
        self.trace.number(kind << 56 | detail);
        match self.fuse {
            Some((at, how)) if self.operations >= at => {
                self.stop(how);
                Err(Failed::Off)
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, file: usize) -> Result<&mut File, Failed> {
        self.files.get_mut(file).and_then(Option::as_mut).ok_or(Failed::Missing)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.files.iter().position(|file| file.as_ref().is_some_and(|file| file.name == name))
    }

    fn create(&mut self, name: &str) -> usize {
        self.files.push(Some(File { name: name.to_owned(), ..File::default() }));
        self.files.len() - 1
    }

    fn used(&self) -> u64 {
        self.files.iter().flatten().map(|file| file.seen.len() as u64).sum()
    }

    /// Stops after so many more operations.
    pub(crate) fn light_fuse(&mut self, operations: u64, how: Stop) {
        self.fuse = Some((self.operations + operations, how));
    }

    /// No stop is planned any longer.
    pub(crate) fn put_out(&mut self) {
        self.fuse = None;
    }

    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.room_end = faults.room.map(|room| self.used() + room);
        self.faults = faults;
    }

    /// Stops now: open files are gone, and after a cut what had not reached the medium.
    pub(crate) fn stop(&mut self, how: Stop) {
        self.fuse = None;
        self.stopped = true;
        self.life += 1;
        match how {
            Stop::Kill => self.kills += 1,
            Stop::Cut => {
                self.cuts += 1;
                self.lose();
            }
        }
    }

    fn lose(&mut self) {
        // From "nothing got there" over any mixture to "all of it did".
        let eighths = self.chance.pick(&[0, 1, 4, 4, 4, 6, 7, 8]);
        let chance = &mut self.chance;
        for slot in &mut self.files {
            let Some(file) = slot else { continue };
            for change in core::mem::take(&mut file.pending) {
                settle(&mut file.kept, &change, |_| chance.below(8) < eighths);
            }
            file.seen.clone_from(&file.kept);
            if !file.named && chance.one_in(2) {
                *slot = None;
            }
        }
    }

    /// Whether it stopped since it was last started.
    pub(crate) const fn is_off(&self) -> bool {
        self.stopped
    }

    pub(crate) fn start(&mut self) {
        self.stopped = false;
    }

    /// The files as they are seen now: whole for SQLite, as after a kill.
    pub(crate) fn image(&self) -> Image {
        let files = self.files.iter().flatten();
        files.map(|file| (file.name.clone(), file.seen.clone())).collect()
    }

    /// Puts `image` in the place of all there is. Open files are gone.
    pub(crate) fn restore(&mut self, image: &Image) {
        self.life += 1;
        let file = |(name, bytes): &(String, Vec<u8>)| {
            let (seen, kept) = (bytes.clone(), bytes.clone());
            Some(File { name: name.clone(), named: true, seen, kept, pending: Vec::new() })
        };
        self.files = image.iter().map(file).collect();
    }

    /// All bytes that somebody who takes the disk away could read.
    pub(crate) fn readable(&self) -> impl Iterator<Item = &[u8]> {
        self.files.iter().flatten().flat_map(|file| [&file.seen[..], &file.kept[..]])
    }
}

/// Brings a change to the medium, sector by sector where `lands` says so.
fn settle(kept: &mut Vec<u8>, change: &Change, mut lands: impl FnMut(usize) -> bool) {
    match change {
        Change::Size(size) => {
            if lands(*size) {
                kept.resize(*size, 0);
            }
        }
        Change::Write(at, bytes) => {
            let (mut from, end) = (*at, at + bytes.len());
            while from < end {
                let to = ((from / SECTOR + 1) * SECTOR).min(end);
                if lands(from) {
                    put(kept, from, &bytes[from - at..to - at]);
                }
                from = to;
            }
        }
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_what_was_synced_and_chance_decides_on_the_rest() {
        let (mut whole, mut gone, mut torn) = (0, 0, 0);
        for seed in 0..200 {
            format(1, seed);
            let file = open(0, "a", true).unwrap();
            file.write(0, &[1; 2048]).unwrap();
            file.sync().unwrap();
            file.write(0, &[2; 2048]).unwrap();
            of(0, |disk| disk.stop(Stop::Cut));
            assert_eq!(file.size(), Err(Failed::Off), "opened before the cut");
            of(0, Disk::start);
            let mut read = [0; 2048];
            open(0, "a", false).unwrap().read(0, &mut read).unwrap();
            assert!(read.chunks(SECTOR).all(|sector| sector.iter().all(|b| *b == sector[0])));
            match (read.contains(&1), read.contains(&2)) {
                (true, true) => torn += 1,
                (true, false) => gone += 1,
                _ => whole += 1,
            }
        }
        assert!(whole > 10 && gone > 10 && torn > 50, "{whole} {gone} {torn}");
    }

    #[test]
    fn a_kill_loses_nothing_and_a_full_disk_takes_nothing() {
        format(1, 1);
        let file = open(0, "a", true).unwrap();
        file.write(0, b"unsynced").unwrap();
        of(0, |disk| disk.stop(Stop::Kill));
        of(0, Disk::start);
        let file = open(0, "a", false).unwrap();
        assert_eq!(file.size(), Ok(8));
        of(0, |disk| disk.set_faults(Faults { room: Some(2), ..Faults::default() }));
        assert_eq!(file.write(8, b"abc"), Err(Failed::Full));
        assert_eq!(file.write(8, b"ab"), Ok(()));
    }
}
