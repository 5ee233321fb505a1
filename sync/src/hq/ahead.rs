//! Reads the pages of the next piece of a night while this one is computed.
//!
//! ```text
//! the night      piece 1 │ piece 2 │ piece 3
//! ahead                2 │       3 │       4     on a connection of its own; what it reads is dropped
//! ```
//!
//! A first night asks for a million persons' sales and goods, each on another page of a database that is
//! larger than what the system keeps of it: it would wait for the disk half of its time. Later nights find
//! most of their pages kept, and are faster by themselves.
//!
//! # Invariants
//!
//! - Nothing depends on it: it only reads, and where it cannot, the night waits as it would without it.
//! - It does something only while a table is filled.
//!
//! Not here: what a night computes (`summary`, `figures`).

use crate::care_list::CustomerId;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// What it keeps of the database itself; the pages are for the system to keep.
const CACHE_KIB: i64 = -2 * 1024;

/// A disk answers two at once in the time of one.
const READERS: usize = 2;

/// What is read of each person: statements of one parameter, her number.
pub(super) type Reads = &'static [&'static str];

/// Her file.
pub(super) const FILE: &str = "SELECT max(length(identity)) FROM customer WHERE id = ?1";
/// Her sales, from the index that holds all that a night asks of them.
pub(super) const SALES: &str = "SELECT max(total) FROM sale WHERE customer = ?1";

/// Who reads ahead of the night's sums, and of its figures.
#[derive(Debug, Default)]
pub(super) struct Readers {
    pub(super) sums: Option<Ahead>,
    pub(super) figures: Option<Ahead>,
}

/// Those who read ahead for one kind of piece.
#[derive(Debug)]
pub(super) struct Ahead {
    persons: Vec<SyncSender<Vec<CustomerId>>>,
}

/// Takes the persons of one piece off the front of `due` and has as many behind them read in `place`,
/// beside `db`. Where fewer are left or were asked for, nobody reads.
pub(super) fn piece(
    place: &mut Option<Ahead>,
    db: &Connection,
    reads: Reads,
    mut due: Vec<CustomerId>,
    count: u32,
) -> Vec<CustomerId> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let next = due.split_off(count.min(due.len()));
    if next.len() < count {
        *place = None;
        return due;
    }
    if place.is_none() {
        *place = Ahead::of(db, reads);
    }
    if let Some(ahead) = place {
        ahead.read(&next);
    }
    due
}

impl Ahead {
    /// Begins to read beside `db`; `None` if that lies in memory.
    fn of(db: &Connection, reads: Reads) -> Option<Self> {
        let path = PathBuf::from(db.path().filter(|path| !path.is_empty())?);
        let begin = || {
            let (persons, wanted) = sync_channel(1);
            let path = path.clone();
            let reader = thread::Builder::new().name("read ahead".into());
            reader.spawn(move || _ = read(&path, reads, &wanted)).ok()?;
            Some(persons)
        };
        Some(Self { persons: (0..READERS).filter_map(|_| begin()).collect() })
    }

    /// Has these read; dropped where the ones before are not read yet.
    fn read(&self, persons: &[CustomerId]) {
        let share = persons.len().div_ceil(self.persons.len().max(1)).max(1);
        for (reader, persons) in self.persons.iter().zip(persons.chunks(share)) {
            let _busy_or_gone = reader.try_send(persons.to_vec());
        }
    }
}

/// Until nobody asks any more, or the database does not answer.
fn read(path: &Path, reads: Reads, wanted: &Receiver<Vec<CustomerId>>) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.pragma_update(None, "cache_size", CACHE_KIB)?;
    while let Ok(persons) = wanted.recv() {
        for sql in reads {
            let mut select = db.prepare_cached(sql)?;
            for person in &persons {
                let mut rows = select.query([person])?;
                while rows.next()?.is_some() {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::{self, Founding};
    use crate::hq::summary::READS;
    use crate::tier::TierPolicy;

    #[test]
    fn it_reads_beside_whoever_writes_and_ends_with_who_asked() {
        let dir = tempfile::tempdir().unwrap();
        let policy = TierPolicy::default();
        let founding = Founding { name: "x".into(), currency_exponent: 2, policy };
        let db = store::create(dir.path(), &founding).unwrap();
        let her = |number: u8| CustomerId([number; 16]);
        let all: Vec<_> = (1..=9).map(her).collect();
        let mut place = None;
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let first = piece(&mut place, &db, READS, all.clone(), 4);
        assert_eq!(first, all[..4]);
        let readers = place.as_ref().expect("four more are due").persons.clone();
        db.execute_batch("COMMIT").unwrap();
        for reader in &readers {
            reader.send(all.clone()).expect("it is there until nobody can ask");
        }
        assert_eq!(piece(&mut place, &db, READS, all[4..].to_vec(), 4), all[4..8]);
        assert!(place.is_none(), "one is left");
        assert_eq!(piece(&mut place, &db, READS, Vec::new(), 4), []);
    }

    #[test]
    fn every_statement_is_one_that_the_database_knows() {
        let policy = TierPolicy::default();
        let db = store::in_memory(&Founding { name: "x".into(), currency_exponent: 2, policy });
        for sql in READS.iter().chain(crate::hq::figures::night::READS) {
            let mut select = db.prepare(sql).unwrap();
            assert_eq!(select.parameter_count(), 1, "{sql}");
            assert!(
                select.query([CustomerId([7; 16])]).unwrap().next().unwrap().is_some(),
                "{sql}"
            );
        }
        assert!(Ahead::of(&db, &[]).is_none(), "there is no file to read");
    }
}
