//! Damaged files, holes in a history, and what comes back of them.

use super::*;
use crate::outbox::{self, Outbox, copy, copy::Copy};
use crate::store;
use sync::event::{Body, Event, Gap, GapReason, When};
use sync::seal::SealingSecret;

const TERMINAL: TerminalId = TerminalId([9; 16]);

fn gap(slip: u64) -> Event {
    let reason = GapReason::from_code(0);
    let body = Body::Gap(Gap { boot: 1, first_slip: slip, last_slip: slip, reason });
    Event { at: When { wall_ms: 1_000, boot: 1, mono_ms: 1 }, body }
}

/// A store with `count` events, of which HQ has `acknowledged`.
fn written(dir: &Path, count: u64, acknowledged: u64) -> (Connection, Epoch) {
    let connection = store::open(dir).unwrap();
    let key = SealingSecret::generate(1).public();
    let outbox = Outbox::open(&connection, TERMINAL, key, 5).unwrap();
    for slip in 1..=count {
        outbox.append(&connection, &gap(slip)).unwrap();
    }
    outbox::acknowledge(&connection, outbox.epoch(), Seq(acknowledged)).unwrap();
    (connection, outbox.epoch())
}

fn events(connection: &Connection, epoch: Epoch, after: u64) -> (Hash, Vec<Vec<u8>>) {
    let run = outbox::read_from(connection, epoch, Seq(after), 1 << 20).unwrap();
    (run.prev, run.events)
}

#[test]
fn a_damaged_database_is_set_aside_and_what_hq_lacks_comes_along() {
    let dir = tempfile::tempdir().unwrap();
    let (connection, epoch) = written(dir.path(), 40, 12);
    let before = events(&connection, epoch, 12);
    drop(connection);
    let place = set_aside(dir.path(), 1_790_000_000_000).unwrap();
    assert!(place.ends_with("store.db.damaged-1790000000"));
    let fresh = store::open(dir.path()).unwrap();
    assert_eq!(salvage(&fresh, &place, TERMINAL).unwrap(), 28);
    assert_eq!(events(&fresh, epoch, 12), before, "byte for byte, with the hash before the first");
    assert_eq!(outbox::last_of(&fresh, epoch).unwrap(), Seq(40));
    assert!(place.exists(), "what is damaged is kept");
    assert_eq!(salvage(&fresh, &place, TERMINAL).unwrap(), 0, "once");
    drop(fresh);
    done(dir.path());
    let again = set_aside(dir.path(), 1_790_000_000_000).unwrap();
    assert_ne!(again, place, "two in one second are two files");
}

#[test]
fn of_a_history_with_a_hole_comes_what_is_before_it() {
    for (broken, kept) in [
        ("DELETE FROM outbox WHERE seq = 20", 19),
        ("UPDATE outbox SET sealed = x'00' WHERE seq = 20", 19), // its successor does not follow it
        ("UPDATE outbox SET sealed = x'00' WHERE seq = 40", 39), // the end that was known does not
        ("DELETE FROM outbox WHERE seq <= 5", 40),               // kept long enough
        ("DELETE FROM outbox WHERE seq <= 13", 0),               // HQ could not go on from 12
        ("DELETE FROM outbox WHERE seq = 6", 40),                // HQ has it
        ("UPDATE outbox SET sealed = x'00' WHERE seq = 6", 40),
        ("UPDATE outbox SET sealed = x'00' WHERE seq = 12", 40),
        ("DELETE FROM outbox WHERE seq = 13", 12),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (connection, epoch) = written(dir.path(), 40, 12);
        connection.execute_batch(broken).unwrap();
        drop(connection);
        let place = set_aside(dir.path(), 0).unwrap();
        let fresh = store::open(dir.path()).unwrap();
        salvage(&fresh, &place, TERMINAL).unwrap();
        let last = outbox::last_of(&fresh, epoch).map_or(0, |last| last.0);
        assert_eq!(last, kept, "{broken}");
    }
}

/// A cut at any step: the next start sees that it was begun, and nothing of the log is lost.
#[test]
fn what_was_cut_short_is_gone_through_again() {
    for moved in 0..=3 {
        let dir = tempfile::tempdir().unwrap();
        let (connection, epoch) = written(dir.path(), 40, 12);
        assert_eq!(begun(dir.path()), None);
        // As a process that was killed leaves it: the newest events are in the log alone.
        for file in ["store.db", "store.db-wal"] {
            fs::copy(dir.path().join(file), dir.path().join(format!("{file}.kept"))).unwrap();
        }
        drop(connection);
        for file in ["store.db", "store.db-wal"] {
            fs::rename(dir.path().join(format!("{file}.kept")), dir.path().join(file)).unwrap();
        }
        note(dir.path(), "store.db.damaged-7").unwrap();
        for beside in &["-wal", "-shm", ""][..moved] {
            let from = dir.path().join(format!("store.db{beside}"));
            let _ = fs::rename(from, dir.path().join(format!("store.db.damaged-7{beside}")));
        }
        assert_eq!(begun(dir.path()).as_deref(), Some("store.db.damaged-7"));
        let place = set_aside(dir.path(), 9_000).unwrap();
        assert!(place.ends_with("store.db.damaged-7"), "{moved}");
        let fresh = store::open(dir.path()).unwrap();
        assert_eq!(salvage(&fresh, &place, TERMINAL).unwrap(), 28, "{moved}");
        assert_eq!(outbox::last_of(&fresh, epoch).unwrap(), Seq(40));
        done(dir.path());
        assert_eq!(begun(dir.path()), None);
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(BEGUN_FILE), "../elsewhere").unwrap();
    assert_eq!(begun(dir.path()), None, "no name of ours");
}

#[test]
fn bytes_that_are_no_database_give_nothing_and_do_not_panic() {
    for bytes in [&b""[..], b"SQLite format 3\0", &[0xff; 20_000]] {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("x");
        fs::write(&place, bytes).unwrap();
        let fresh = store::open(dir.path()).unwrap();
        assert_eq!(salvage(&fresh, &place, TERMINAL).unwrap(), 0);
    }
}

#[test]
fn pages_overwritten_at_random_places_never_bring_a_broken_chain() {
    let dir = tempfile::tempdir().unwrap();
    let (connection, epoch) = written(dir.path(), 400, 0);
    let all = events(&connection, epoch, 0).1;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(connection);
    let whole = fs::read(dir.path().join(DATABASE_FILE)).unwrap();
    for page in 0..whole.len() / 4_096 {
        let place = dir.path().join("damaged");
        let mut bytes = whole.clone();
        bytes[page * 4_096 + 64..page * 4_096 + 1_024].fill(0x5a);
        fs::write(&place, &bytes).unwrap();
        let to = tempfile::tempdir().unwrap();
        let fresh = store::open(to.path()).unwrap();
        salvage(&fresh, &place, TERMINAL).unwrap();
        let came = events(&fresh, epoch, 0).1;
        assert!(all.starts_with(&came), "page {page}: {} events", came.len());
    }
}

#[test]
fn the_second_copy_follows_and_brings_back_what_the_first_lost() {
    let (dir, card) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (connection, epoch) = written(dir.path(), 30, 10);
    let mut copy = Copy::new(card.path());
    assert_eq!(copy.catch_up(&connection, TERMINAL).unwrap(), 30);
    assert_eq!(copy.catch_up(&connection, TERMINAL).unwrap(), 0);
    connection.execute_batch("DELETE FROM outbox WHERE seq <= 4").unwrap();
    copy.catch_up(&connection, TERMINAL).unwrap();
    let wanted = events(&connection, epoch, 10);
    drop(connection);
    fs::remove_file(dir.path().join(DATABASE_FILE)).unwrap();
    let fresh = store::open(dir.path()).unwrap();
    assert_eq!(salvage(&fresh, &copy.path(), TERMINAL).unwrap(), 20);
    assert_eq!(events(&fresh, epoch, 10), wanted);
}

#[test]
fn the_copy_follows_over_a_connection_of_its_own_while_the_store_is_written() {
    let (dir, card) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (connection, epoch) = written(dir.path(), 3, 0);
    let language = crate::config::Language::English;
    let mut follower = copy::Follower::new(card.path(), dir.path(), TERMINAL, language);
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    follower.follow();
    connection.execute_batch("COMMIT").unwrap();
    let kept = Connection::open(card.path().join(copy::FILE)).unwrap();
    assert_eq!(events(&kept, epoch, 0), events(&connection, epoch, 0));
}

#[test]
fn a_card_that_is_not_there_is_an_error_and_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (connection, _) = written(dir.path(), 3, 0);
    let card = dir.path().join("card");
    let mut copy = Copy::new(&card);
    assert!(copy.catch_up(&connection, TERMINAL).is_err());
    fs::create_dir(&card).unwrap();
    assert_eq!(copy.catch_up(&connection, TERMINAL).unwrap(), 3);
}

#[test]
fn an_error_says_what_is_wrong_with_the_disk_also_within_another() {
    let of = |code| {
        let cause = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        ailment(&outbox::OutboxError::Sqlite(cause))
    };
    assert_eq!(of(rusqlite::ffi::SQLITE_FULL), Some(Ailment::Full));
    assert_eq!(of(rusqlite::ffi::SQLITE_READONLY), Some(Ailment::ReadOnly));
    assert_eq!(of(rusqlite::ffi::SQLITE_IOERR_FSYNC), Some(Ailment::Io));
    assert_eq!(of(rusqlite::ffi::SQLITE_CORRUPT), Some(Ailment::Damaged));
    assert_eq!(of(rusqlite::ffi::SQLITE_BUSY), None);
}
