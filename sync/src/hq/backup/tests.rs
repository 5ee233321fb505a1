//! A backup comes back whole, for whom it was made, or not at all.

use super::restore::restore;
use super::*;
use crate::batch::Builder;
use crate::care_list::HqEpoch;
use crate::chain::Hash;
use crate::event::{Epoch, Event, Position, Seq, TerminalId, When};
use crate::hq::ledger::{self, Range};
use crate::hq::store::{self, Founding};
use crate::hq::{Hq, customer, enrol};
use crate::phone::Phone;
use crate::sign::SigningKey;
use crate::tier::TierPolicy;
use std::path::Path;

const TERMINAL: TerminalId = TerminalId([1; 16]);
const EPOCH: Epoch = Epoch([2; 16]);

fn founded(dir: &Path) -> Hq {
    let founding =
        Founding { name: "test".into(), currency_exponent: 2, policy: TierPolicy::default() };
    let hq = Hq::create(dir, &founding).unwrap();
    customer::of_phone(&hq.db, &hq.keys, &Phone::parse("13900001234").unwrap()).unwrap();
    hq
}

/// Three events of one till, taken as its batch is.
fn with_a_batch(hq: &Hq) {
    let key = SigningKey::generate();
    let store = enrol::store_named(&hq.db, "one").unwrap();
    hq.db
        .execute(
            "INSERT INTO terminal
             (id, store, till, signing, sealing_id, sealing, software, status, enrolled_ms)
             VALUES (?1, ?2, '1', ?3, 1, zeroblob(32), '', 'active', 0)",
            params![TERMINAL, store, key.verifying()],
        )
        .unwrap();
    let mut builder = Builder::new(TERMINAL, EPOCH, Seq::NONE, Hash::GENESIS, usize::MAX);
    let mut prev = Hash::GENESIS;
    for seq in (1..=3).map(Seq) {
        let position = Position { terminal: TERMINAL, epoch: EPOCH, seq };
        let event = Event { at: When::default(), body: crate::event::Body::Unknown(99) };
        let sealed =
            seal::seal(&hq.keys.current_sealing(), &position, &prev, &event.encode()).unwrap();
        prev = crate::chain::next(&prev, &position, &sealed);
        builder.push(sealed).unwrap();
    }
    let body = builder.finish().unwrap().sign(&key);
    let range = Range { terminal: TERMINAL, epoch: EPOCH, first: Seq(1), last: Seq(3) };
    let dir = Path::new(hq.db.path().unwrap()).parent().unwrap();
    let ledger = ledger::sqlite::Sqlite::open(dir).unwrap();
    ledger::take(&ledger, 5_000, &range, body).unwrap();
}

fn epoch(hq: &Hq) -> HqEpoch {
    store::own(&hq.db).unwrap().epoch
}

#[test]
fn keys_leave_sealed_and_come_back_with_the_recovery_key_only() {
    let root = tempfile::tempdir().unwrap();
    let (dir, file) = (root.path().join("hq"), root.path().join("backup"));
    let hq = founded(&dir);
    with_a_batch(&hq);
    let secret = new_recovery_key(&hq.db, 1).unwrap();
    backup(&hq.db, &hq.keys, &dir, &file, 7_000).unwrap();
    let bytes = fs::read(&file).unwrap();
    let key = fs::read(dir.join("hq.key")).unwrap();
    let held = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(!key.chunks(16).any(held), "no part of the keys is in clear");

    let wrong = restore(&file, &root.path().join("wrong"), || Some(SealingSecret::generate(1)));
    assert!(matches!(wrong, Err(BackupError::WrongRecovery)), "{wrong:?}");
    assert!(!root.path().join("wrong/hq.db").exists());
    let untold = restore(&file, &root.path().join("wrong"), || None);
    assert!(matches!(untold, Err(BackupError::Sealed)), "{untold:?}");

    let again = root.path().join("again");
    let text = written(&secret).to_uppercase().replace('-', " ");
    let restored = restore(&file, &again, || typed(&text)).unwrap();
    assert!(restored.keys_from_backup);
    assert_eq!((restored.made_ms, restored.members), (7_000, 1));
    assert_eq!(restored.marks[0].mark, 3);
    assert_eq!(restored.marks[0].received_ms, Some(5_000));
    let new = Hq::open(&again).unwrap();
    assert_ne!(epoch(&new), epoch(&hq), "tills get a snapshot");
    assert_eq!(fs::read(again.join("hq.key")).unwrap(), key);
}

#[test]
fn without_a_recovery_key_the_kept_key_file_is_needed_and_it_must_be_this_ones() {
    let root = tempfile::tempdir().unwrap();
    let (dir, file, new) =
        (root.path().join("hq"), root.path().join("backup"), root.path().join("new"));
    let hq = founded(&dir);
    let note = backup(&hq.db, &hq.keys, &dir, &file, 7_000).unwrap();
    assert_eq!(note.keys, None);
    let none = restore(&file, &new, || unreachable!("there is nothing to open"));
    assert!(matches!(none, Err(BackupError::NoKeys)), "{none:?}");
    let other = root.path().join("other");
    founded(&other);
    fs::copy(other.join("hq.key"), new.join("hq.key")).unwrap();
    let others = restore(&file, &new, || None);
    assert!(matches!(others, Err(BackupError::OtherKeys)), "{others:?}");
    fs::copy(dir.join("hq.key"), new.join("hq.key")).unwrap();
    assert!(!restore(&file, &new, || None).unwrap().keys_from_backup);
    assert!(Hq::open(&new).is_ok());
}

#[test]
fn nothing_is_overwritten_in_either_direction() {
    let root = tempfile::tempdir().unwrap();
    let (dir, file) = (root.path().join("hq"), root.path().join("backup"));
    let hq = founded(&dir);
    backup(&hq.db, &hq.keys, &dir, &file, 1).unwrap();
    let before = fs::read(&file).unwrap();
    let again = backup(&hq.db, &hq.keys, &dir, &file, 2);
    assert!(matches!(again, Err(BackupError::Exists { .. })), "{again:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    let epoch_before = epoch(&hq);
    let over = restore(&file, &dir, || None);
    assert!(matches!(over, Err(BackupError::HqThere { .. })), "{over:?}");
    assert_eq!(epoch(&hq), epoch_before);
    let log_only = root.path().join("log-only");
    fs::create_dir(&log_only).unwrap();
    fs::write(log_only.join("hq.db-wal"), b"left").unwrap();
    assert!(matches!(restore(&file, &log_only, || None), Err(BackupError::HqThere { .. })));
}

#[cfg(unix)]
#[test]
fn a_backup_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let (dir, file) = (root.path().join("hq"), root.path().join("backup"));
    let hq = founded(&dir);
    backup(&hq.db, &hq.keys, &dir, &file, 1).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2, "nothing is left beside it");
}

/// Restores a backup in which something was changed after it was made.
fn restored_after(change: &str) -> Result<restore::Restored, BackupError> {
    let root = tempfile::tempdir().unwrap();
    let (dir, file) = (root.path().join("hq"), root.path().join("backup"));
    let hq = founded(&dir);
    with_a_batch(&hq);
    let secret = new_recovery_key(&hq.db, 1).unwrap();
    backup(&hq.db, &hq.keys, &dir, &file, 1).unwrap();
    let inner = root.path().join("inner");
    digest::copy_checked(&file, &mut private_file(&inner).unwrap()).unwrap();
    let changed = Connection::open(&inner).unwrap();
    changed.execute_batch(change).unwrap();
    changed.close().unwrap();
    digest::append(&inner).unwrap();
    let new = root.path().join("new");
    let restored = restore(&inner, &new, || Some(secret));
    assert_eq!(restored.is_ok(), new.join("hq.db").exists(), "an HQ is there whole or not at all");
    restored
}

#[test]
fn marks_that_the_ledger_does_not_bear_out_are_not_restored() {
    assert!(restored_after("").is_ok());
    for (change, said) in [
        ("DELETE FROM ledger WHERE seq = 2", "event 2 is missing"),
        ("UPDATE ledger SET sealed = x'00' WHERE seq = 2", "event 2 is not the one"),
        ("UPDATE stream SET mark = 2", "event 3 is the last"),
        ("DELETE FROM ledger WHERE seq = 3", "event 2 is the last"),
        ("UPDATE stream SET folded = 9", "event 3 is the last"),
        ("PRAGMA foreign_keys = OFF; UPDATE terminal SET store = x'00'", "refers to none of"),
        ("DELETE FROM backup_note", "not a whole backup"),
        ("PRAGMA user_version = 99", "use the newer program"),
    ] {
        let error = restored_after(change).unwrap_err().to_string();
        assert!(error.contains(said), "{change}: {error}");
    }
    assert!(restored_after("UPDATE ledger SET sealed = NULL WHERE seq = 2").is_ok(), "destroyed");
}

#[test]
fn a_torn_file_is_not_restored() {
    let root = tempfile::tempdir().unwrap();
    let (dir, file) = (root.path().join("hq"), root.path().join("backup"));
    let hq = founded(&dir);
    backup(&hq.db, &hq.keys, &dir, &file, 1).unwrap();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (name, bytes) in [("half", &whole[..whole.len() / 2]), ("changed", &flipped), ("none", b"")]
    {
        let torn = root.path().join(name);
        fs::write(&torn, bytes).unwrap();
        let new = root.path().join(format!("{name}-hq"));
        fs::create_dir(&new).unwrap();
        fs::copy(dir.join("hq.key"), new.join("hq.key")).unwrap();
        let refused = restore(&torn, &new, || None);
        assert!(refused.is_err(), "{name}");
        assert!(!new.join("hq.db").exists(), "{name}");
    }
}
