//! Disks that are full, damaged, restored or another box's.

use super::*;
use crate::outbox;
use crate::store::damage::Ailment;
use std::fs;

fn config_of(till: &Till) -> Config {
    till.agent.config.clone()
}

fn numbered(number: u32) -> String {
    receipt(&format!("A{number:04}"), "88.00")
}

fn full() -> rusqlite::Error {
    failure(rusqlite::ffi::SQLITE_FULL)
}

fn failure(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}

#[test]
fn a_store_restored_from_a_backup_goes_on_under_new_numbers() {
    let mut till = Till::new();
    till.print(&numbered(1));
    let backup = till._dir.path().join("backup.db");
    till.agent.connection.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    for number in 2..5 {
        till.print(&numbered(number));
    }
    let (before, config) = (till.agent.outbox.epoch(), config_of(&till));
    let Till { agent, _dir, slips } = till;
    drop(agent);
    for gone in ["store.db", "store.db-wal", "store.db-shm"] {
        let _ = fs::remove_file(_dir.path().join(gone));
    }
    fs::rename(backup, _dir.path().join("store.db")).unwrap();
    let agent = Agent::open(config, keys::example(), Clock::start()).unwrap();
    let mut till = Till { agent, _dir, slips };
    assert_ne!(till.agent.outbox.epoch(), before);
    let after = till.agent.outbox.epoch();
    till.print(&numbered(9));
    let till = till.restart();
    assert_eq!(till.agent.outbox.epoch(), after, "and stays with them");
}

#[test]
fn a_store_that_was_not_touched_keeps_its_epoch() {
    let mut till = Till::new();
    let before = till.agent.outbox.epoch();
    for number in 1..4 {
        till.print(&numbered(number));
        till = till.restart();
        assert_eq!(till.agent.outbox.epoch(), before);
    }
}

#[test]
fn a_damaged_store_is_set_aside_and_its_sales_still_go_to_hq() {
    let mut till = Till::new();
    for number in 1..30 {
        till.print(&numbered(number));
    }
    let (before, events, config) = (till.agent.outbox.epoch(), till.events(), config_of(&till));
    let Till { agent, _dir, slips } = till;
    drop(agent);
    let path = _dir.path().join("store.db");
    let mut bytes = fs::read(&path).unwrap();
    // The page of `memo` and whatever follows the schema: quick_check finds it, the outbox is whole.
    let roots = Connection::open(&path).unwrap();
    let root: u32 = roots
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'memo'", [], |row| row.get(0))
        .unwrap();
    drop(roots);
    let root = root as usize;
    bytes[(root - 1) * 4_096..root * 4_096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let agent = Agent::open(config, keys::example(), Clock::start()).unwrap();
    let mut till = Till { agent, _dir, slips };
    assert_ne!(till.agent.outbox.epoch(), before);
    let first = till.agent.local().unwrap();
    assert_eq!((first.epoch, first.last.0), (before, events), "all of it came along");
    till.print(&numbered(99));
    assert_eq!(outbox::last_of(&till.agent.connection, till.agent.outbox.epoch()).unwrap(), Seq(2));
    let kept = fs::read_dir(till._dir.path()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains(".damaged-")
    });
    assert!(kept.count() > 0);
}

#[test]
fn a_full_disk_costs_the_ballast_and_then_is_said() {
    let mut till = Till::new();
    till.agent.tend_disk();
    let ballast = till._dir.path().join("ballast");
    assert!(ballast.exists(), "this test needs 256 MiB of free disk");
    assert!(till.agent.heal(&full()), "there is room now");
    assert!(!ballast.exists());
    assert_eq!(till.agent.ailment(), Some(Ailment::Full), "and it is said");
    assert!(!till.agent.heal(&full()), "nothing is left to give");
    till.agent.tend_disk();
    assert_eq!(till.agent.ailment(), None, "somebody made room");
    assert!(ballast.exists());
}

#[test]
fn after_an_error_of_the_disk_the_database_is_opened_anew_and_nothing_is_lost() {
    let mut till = Till::new();
    till.print(&numbered(1));
    let (before, events) = (till.agent.outbox.epoch(), till.events());
    assert!(till.agent.heal(&failure(rusqlite::ffi::SQLITE_IOERR_FSYNC)));
    assert_eq!(till.agent.ailment(), None);
    assert_eq!((till.agent.outbox.epoch(), till.events()), (before, events));
    till.print(&numbered(2));
    assert_eq!(till.events(), events + 2, "the sale, and that nobody was asked before");
}

#[test]
fn a_disk_that_is_gone_keeps_the_slips_with_the_bridge_until_it_is_back() {
    let mut till = Till::new();
    till.print(&numbered(1));
    let away = till._dir.path().with_extension("away");
    fs::rename(till._dir.path(), &away).unwrap();
    assert!(!till.agent.heal(&failure(rusqlite::ffi::SQLITE_IOERR_WRITE)));
    assert_eq!(till.agent.ailment(), Some(Ailment::Io));
    till.agent.tend_disk();
    assert_eq!(till.agent.ailment(), Some(Ailment::Io), "still");
    fs::rename(&away, till._dir.path()).unwrap();
    till.agent.tend_disk();
    assert_eq!(till.agent.ailment(), None);
    let events = till.events();
    till.print(&numbered(2));
    assert!(till.events() > events);
}

#[test]
fn an_error_that_is_not_the_disk_s_changes_nothing() {
    let mut till = Till::new();
    assert!(!till.agent.heal(&failure(rusqlite::ffi::SQLITE_BUSY)));
    assert_eq!(till.agent.ailment(), None);
}

#[test]
fn where_hq_knows_another_history_a_new_epoch_begins_and_ours_counts_as_kept() {
    let mut till = Till::new();
    till.print(&numbered(1));
    till.print(&numbered(2));
    let before = till.agent.local().unwrap();
    till.agent.set_aside(before.epoch, Seq(2)).unwrap();
    assert_ne!(till.agent.outbox.epoch(), before.epoch);
    let rest = till.agent.local().unwrap();
    assert_eq!(
        (rest.epoch, rest.acknowledged),
        (before.epoch, Seq(2)),
        "the rest is still to be kept"
    );
    till.agent.set_aside(before.epoch, before.last).unwrap();
    let after = till.agent.outbox.epoch();
    till.print(&numbered(3));
    let now = till.agent.local().unwrap();
    assert_eq!((now.epoch, now.last), (after, Seq(1)));
}

/// A restored HQ names a mark of the other box's history, further than ours goes: all that is here is sent.
#[test]
fn a_mark_beyond_what_we_reached_is_not_ours() {
    use sync::chain::Hash;
    use sync::receiver::HighWater;
    let mut till = Till::new();
    till.print(&numbered(1));
    let before = till.agent.local().unwrap();
    till.agent.set_aside(before.epoch, before.last).unwrap();
    let beyond = HighWater { seq: Seq(before.last.0 + 5), hash: Hash([7; 32]) };
    till.agent.acknowledged(before.epoch, beyond, None).unwrap();
    let again = till.agent.local().unwrap();
    assert_eq!((again.epoch, again.acknowledged), (before.epoch, Seq::NONE));
}
