//! HQ's database: opening it safely, and its tables.
//!
//! # Invariants
//!
//! - WAL with `synchronous=FULL`: what was committed survives a power cut.
//! - Never under SQLite 3.51.3, where a WAL reset could lose committed writes.
//! - A database from a newer version is refused, not guessed at.
//!
//! Not here: what the tables mean (`ledger`, `fold`, `customer`, `enrol`).

use crate::care_list::HqEpoch;
use crate::event::to_cbor;
use crate::random::random;
use crate::tier::TierPolicy;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use std::path::{Path, PathBuf};

/// Fixes the WAL-reset bug (sqlite.org/releaselog/3_51_3.html).
const SQLITE_MIN: i32 = 3_051_003;
const SCHEMA_VERSION: i64 = 8;
/// Pages that a connection keeps; negative is KiB to SQLite.
const CACHE_KIB: i64 = -16 * 1024;
/// Pages of the log after which it is copied into the database: 16 MiB, a few groups of batches. Each copy
/// costs two syncs beside the one that every commit has anyway.
const CHECKPOINT_PAGES: i64 = 4_096;
/// The same while a large table is filled: 256 MiB of log, 384 MiB of pages.
const ROOMY_CHECKPOINT_PAGES: i64 = 65_536;
const ROOMY_CACHE_KIB: i64 = -384 * 1024;
/// More tasks than were made between a backup and its restore.
const TASKS_JUMP: i64 = 1_000_000;
const SCHEMA: &str = include_str!("schema.sql");
/// The step from each older layout to the next; a layout's step is at its number less one.
const STEPS: [&str; 7] = [
    include_str!("from_1.sql"),
    include_str!("from_2.sql"),
    include_str!("from_3.sql"),
    include_str!("from_4.sql"),
    include_str!("from_5.sql"),
    include_str!("from_6.sql"),
    include_str!("from_7.sql"),
];

/// What a new HQ is told about itself.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The chain's name, shown on the pages.
    pub name: String,
    /// Decimals of the currency: 2 for CNY, 0 for JPY.
    pub currency_exponent: u8,
    /// The chain's tiers.
    pub policy: TierPolicy,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The SQLite in this program is one that can lose committed writes.
    #[error("SQLite {found} can lose committed writes; 3.51.3 or newer is needed")]
    OldSqlite {
        /// As SQLite names itself.
        found: &'static str,
    },
    /// There is one already.
    #[error("{}: there is an HQ already", path.display())]
    Exists {
        /// The database.
        path: PathBuf,
    },
    /// Written by a newer version.
    #[error("{}: schema {found}, this program knows up to {SCHEMA_VERSION}: use the newer program", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// SQLite refused.
    #[error("{}: {cause}", path.display())]
    Sql {
        /// The database.
        path: PathBuf,
        /// What it said.
        cause: rusqlite::Error,
    },
}

/// What HQ knows about itself.
#[derive(Clone, Debug)]
pub struct Own {
    /// The chain's name.
    pub name: String,
    /// Which life of this database.
    pub epoch: HqEpoch,
    /// The newest care-list version.
    pub care_n: u64,
    /// Decimals of the currency.
    pub currency_exponent: u8,
    /// The chain's tiers.
    pub policy: TierPolicy,
}

/// Creates the database of a new HQ in `dir`.
///
/// # Errors
///
/// [`StoreError`] if there is one already or SQLite refuses.
pub fn create(dir: &Path, founding: &Founding) -> Result<Connection, StoreError> {
    let path = database_path(dir);
    if path.exists() {
        return Err(StoreError::Exists { path });
    }
    connect(&path, OpenFlags::SQLITE_OPEN_CREATE)
        .and_then(|db| found(db, founding).map_err(|cause| StoreError::Sql { path, cause }))
}

fn found(db: Connection, founding: &Founding) -> rusqlite::Result<Connection> {
    db.execute_batch(SCHEMA)?;
    db.execute(
        "INSERT INTO hq (one, name, epoch, care_n, currency_exponent, policy)
         VALUES (1, ?1, ?2, 0, ?3, ?4)",
        params![
            founding.name,
            HqEpoch(random()),
            founding.currency_exponent,
            to_cbor(&founding.policy)
        ],
    )?;
    db.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    Ok(db)
}

#[cfg(test)]
pub(super) fn in_memory(founding: &Founding) -> Connection {
    found(Connection::open_in_memory().unwrap(), founding).unwrap()
}

/// How SQLite would read `sql`, a line a step; what it names is bound to a number, whatever it is.
#[cfg(test)]
pub(super) fn plan(db: &Connection, sql: &str) -> String {
    let mut select = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let named = rusqlite::params_from_iter(vec![0; select.parameter_count()]);
    let rows = select.query_map(named, |row| row.get::<_, String>(3)).unwrap();
    rows.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

/// Opens the database of the HQ in `dir`.
///
/// # Errors
///
/// [`StoreError`] if there is none, a newer version wrote it, or SQLite refuses.
pub fn open(dir: &Path) -> Result<Connection, StoreError> {
    let path = database_path(dir);
    let db = connect(&path, OpenFlags::empty())?;
    let version = db.query_row("PRAGMA user_version", [], |row| row.get(0));
    match version.map_err(|cause| StoreError::Sql { path: path.clone(), cause })? {
        found @ 1..=SCHEMA_VERSION => match brought_up(&db, found) {
            Ok(()) => Ok(db),
            Err(cause) => Err(StoreError::Sql { path, cause }),
        },
        found => Err(StoreError::Newer { path, found }),
    }
}

/// A sync that fails leaves in the system's memory what the disk does not have, and the next one passes it
/// over. Read again, it looks whole: what is added behind it would be gone with the power. So a log that is
/// found is carried into the database, and the next one begins on the disk; as far as nobody reads just then.
pub(super) fn settle_log(db: &Connection) -> rusqlite::Result<()> {
    let frames: i64 = db.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
    if frames == 0 {
        return Ok(());
    }
    let carried = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    let carried = carried.and_then(|busy: bool| match busy {
        true => Ok(()),
        false => db.pragma_update(None, "user_version", SCHEMA_VERSION),
    });
    match carried {
        // What is there can be read, and a night or a backup has to find the desk open.
        Err(error) if is_kept_out(&error) => Ok(()),
        carried => carried,
    }
}

/// No room, or nobody may write.
fn is_kept_out(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::ReadOnly))
}

/// Each step is a transaction of its own that ends with its number.
fn brought_up(db: &Connection, found: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(found - 1).unwrap_or_default();
    STEPS.iter().skip(done).try_for_each(|step| db.execute_batch(step))
}

/// Reads what HQ knows about itself.
///
/// # Errors
///
/// As SQLite says.
pub fn own(db: &Connection) -> rusqlite::Result<Own> {
    let sql = "SELECT name, epoch, care_n, currency_exponent, policy FROM hq";
    db.query_row(sql, [], |row| {
        let policy: Vec<u8> = row.get(4)?;
        Ok(Own {
            name: row.get(0)?,
            epoch: row.get(1)?,
            care_n: row.get::<_, i64>(2)?.unsigned_abs(),
            currency_exponent: row.get(3)?,
            policy: minicbor::decode(&policy).unwrap_or_default(),
        })
    })
}

/// The next version of the care list, within the caller's transaction.
pub(super) fn next_care_n(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("UPDATE hq SET care_n = care_n + 1 RETURNING care_n")?
        .query_row([], |row| row.get(0))
}

/// Begins a new life of HQ: whatever tills have seen of the one before, they get a snapshot. Numbers of
/// tasks jump ahead: an outcome that was told of a number in the life before must not close another's task.
pub(super) fn begin_new_life(db: &Connection) -> rusqlite::Result<HqEpoch> {
    let epoch = HqEpoch(random());
    db.execute("UPDATE hq SET epoch = ?1", [epoch])?;
    let jump = TASKS_JUMP + i64::from(u16::from_le_bytes(random()));
    let jumped = "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'task'";
    if db.execute(jumped, [jump])? == 0 {
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('task', ?1)", [jump])?;
    }
    Ok(epoch)
}

fn database_path(dir: &Path) -> PathBuf {
    dir.join("hq.db")
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(StoreError::OldSqlite { found: rusqlite::version() });
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let set_up = || -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", "ON")?;
        // Sorting may spill: not into a file, where clear text would outlive us.
        db.pragma_update(None, "temp_store", "MEMORY")?;
        // A sale takes some thirty statements, a night some hundred: of the sixteen that are kept unasked,
        // none would be there when it is needed again.
        db.set_prepared_statement_cache_capacity(512);
        // A plan is made once: else whatever compares a column of a partial index with a value (a person's
        // numbers, say) is planned anew each time it is asked.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Customers come in no order: with the 2 MiB that are usual most of them would be read again.
        db.pragma_update(None, "cache_size", CACHE_KIB)?;
        db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        // What is deleted is overwritten, so that an erased identity does not linger in free pages.
        db.pragma_update(None, "secure_delete", "ON")?;
        Ok(db)
    };
    set_up().map_err(|cause| StoreError::Sql { path: path.into(), cause })
}

/// Keeps more pages and a longer log while a large table is filled for the first time, and the usual ones
/// again after that.
pub(super) fn make_room(db: &Connection, is_roomy: bool) -> rusqlite::Result<()> {
    let (pages, cache) = match is_roomy {
        true => (ROOMY_CHECKPOINT_PAGES, ROOMY_CACHE_KIB),
        false => (CHECKPOINT_PAGES, CACHE_KIB),
    };
    db.pragma_update(None, "wal_autocheckpoint", pages)?;
    db.pragma_update(None, "cache_size", cache)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// As the first version wrote it; do not change the file.
    const SCHEMA_1: &str = include_str!("tests/schema_1.sql");
    /// As layout 2 was; do not change the file.
    const SCHEMA_2: &str = include_str!("tests/schema_2.sql");
    /// As layout 3 was; do not change the file.
    const SCHEMA_3: &str = include_str!("tests/schema_3.sql");
    /// As layout 4 was; do not change the file.
    const SCHEMA_4: &str = include_str!("tests/schema_4.sql");
    /// As layout 5 was; do not change the file.
    const SCHEMA_5: &str = include_str!("tests/schema_5.sql");
    /// As layout 6 was; do not change the file.
    const SCHEMA_6: &str = include_str!("tests/schema_6.sql");
    /// As layout 7 was; do not change the file.
    const SCHEMA_7: &str = include_str!("tests/schema_7.sql");

    fn columns(db: &Connection) -> BTreeMap<String, Vec<String>> {
        let sql = "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                   WHERE m.type = 'table' ORDER BY 1, 2";
        let mut select = db.prepare(sql).unwrap();
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        for (table, column) in rows.map(Result::unwrap) {
            tables.entry(table).or_default().push(column);
        }
        tables
    }

    #[test]
    fn a_database_of_an_older_layout_becomes_one_of_this() {
        let layouts = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6, SCHEMA_7];
        for (version, schema) in (1..).zip(layouts) {
            let dir = tempfile::tempdir().unwrap();
            let old = Connection::open(database_path(dir.path())).unwrap();
            old.execute_batch(schema).unwrap();
            old.execute("INSERT INTO customer (id) VALUES (x'01')", []).unwrap();
            old.pragma_update(None, "user_version", version).unwrap();
            drop(old);
            let moved = open(dir.path()).unwrap();
            let founding =
                Founding { name: "x".into(), currency_exponent: 2, policy: TierPolicy::default() };
            assert_eq!(columns(&moved), columns(&in_memory(&founding)), "from {version}");
            let kept = moved.query_row("SELECT root IS NULL FROM customer", [], |row| row.get(0));
            assert_eq!(kept, Ok(true), "what was there is there");
            drop(moved);
            assert!(open(dir.path()).is_ok(), "once is enough");
        }
    }

    #[test]
    fn words_of_before_count_as_said_when_they_came() {
        let dir = tempfile::tempdir().unwrap();
        let old = Connection::open(database_path(dir.path())).unwrap();
        old.execute_batch(SCHEMA_6).unwrap();
        old.execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO hq VALUES (1, 'x', zeroblob(16), 3, 2, x'80');
             INSERT INTO customer (id, identity, named_stream, named_seq) VALUES (x'01', x'00', 1, 5);
             INSERT INTO stream (id, terminal, epoch, mark, hash, folded) VALUES
                 (1, x'AA', x'01', 5, x'00', 5), (2, x'AA', x'02', 0, x'00', 0);
             INSERT INTO ledger VALUES (1, 5, x'00', x'00', 777);
             INSERT INTO quarantine (terminal, digest, reason, body, received_ms)
                 VALUES (x'AA', x'00', 'fork', x'00', 888);
             INSERT INTO consent (stream, seq, customer, purpose, given, text_version) VALUES
                 (1, 5, x'01', 'care', 1, ''), (2, 6, x'01', 'care', 0, ''), (-4, 1, x'01', 'care', 1, '');
             INSERT INTO fact (customer, field, item, stream, seq, said)
                 VALUES (x'01', 'size', x'', 1, 5, 'refused');
             DELETE FROM due_person;
             PRAGMA user_version = 6;",
        )
        .unwrap();
        drop(old);
        let db = open(dir.path()).unwrap();
        let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let said = |stream| number(&format!("SELECT said_ms FROM consent WHERE stream = {stream}"));
        assert_eq!((said(1), said(2), said(-4)), (777, 888, 0), "a till's, a branch's, a list's");
        assert_eq!(number("SELECT said_ms FROM fact"), 777);
        assert_eq!(number("SELECT named_ms FROM customer"), 777);
        assert_eq!(number("SELECT said_ms FROM stream WHERE id = 1"), 777);
        assert_eq!(number("SELECT count(*) FROM due_person"), 0, "nobody is figured anew for it");
        assert_eq!(number("SELECT epoch = zeroblob(16) FROM hq"), 0, "tills get a snapshot");
    }

    #[test]
    fn a_new_life_numbers_its_tasks_far_from_those_of_the_life_before() {
        let founding =
            Founding { name: "x".into(), currency_exponent: 2, policy: TierPolicy::default() };
        let db = in_memory(&founding);
        db.execute("INSERT INTO customer (id) VALUES (zeroblob(16))", []).unwrap();
        let task = || {
            let sql = "INSERT INTO task (customer, scope, kind, due, made_day, state)
                       VALUES (zeroblob(16), 'company', 'call', 1, 1, 'open') RETURNING id";
            db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        begin_new_life(&db).unwrap();
        let first = task();
        assert!(first > TASKS_JUMP, "{first}");
        let before = begin_new_life(&db).unwrap();
        let next = task();
        assert!(next > first + TASKS_JUMP, "{next}");
        assert_ne!(begin_new_life(&db).unwrap(), before);
    }

    #[test]
    fn a_database_of_a_later_layout_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let later = Connection::open(database_path(dir.path())).unwrap();
        later.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        drop(later);
        assert!(matches!(open(dir.path()), Err(StoreError::Newer { .. })));
    }
}
