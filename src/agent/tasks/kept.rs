//! Tasks on the disk: a row each, sealed under the local key.
//!
//! Not here: what is done with them (the parent module).

use core::ops::Range;
use rusqlite::{Connection, OptionalExtension as _, params};
use sync::care_list::{CareEntry, CarePage, Task};

use super::TaskError;
use crate::at_rest::LocalKey;
use crate::store;

const MEMO_HOURS: &str = "task hours";
/// What was done here is known at HQ by then.
const DONE_KEPT_DAYS: i32 = 60;

/// Takes the list of a page in the place of the one before; forgets tasks of those who are erased.
///
/// # Errors
///
/// What SQLite says; the caller rolls back.
pub fn take(
    transaction: &Connection,
    local: &LocalKey,
    page: &CarePage,
    today: i32,
) -> rusqlite::Result<()> {
    if page.snapshot {
        // HQ begins anew, and so may its numbers.
        transaction.execute("DELETE FROM task_done", [])?;
    }
    for entry in &page.entries {
        if let CareEntry::Erased(id, _) = entry {
            transaction.execute("DELETE FROM task WHERE hq_id = ?1", [id.0])?;
        }
    }
    let Some(tasks) = &page.tasks else { return Ok(()) };
    transaction.execute("DELETE FROM task", [])?;
    transaction.execute("DELETE FROM task_done WHERE day < ?1", [today - DONE_KEPT_DAYS])?;
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO task (id, due, hq_id, sealed) SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM task_done WHERE id = ?1)",
    )?;
    for task in &tasks.tasks {
        let (Ok(id), Ok(plain)) = (i64::try_from(task.id), minicbor::to_vec(task)) else {
            continue;
        };
        let plain = zeroize::Zeroizing::new(plain);
        let sealed = local.seal(&place(task.id), &plain);
        insert.execute(params![id, task.due_day, task.customer.map(|id| id.0), sealed])?;
    }
    let hours = [tasks.from_minute.to_be_bytes(), tasks.until_minute.to_be_bytes()].concat();
    store::remember(transaction, MEMO_HOURS, &hours)
}

/// Every task that is due by `day`, the longest overdue first; one bad row hides no other.
///
/// # Errors
///
/// What SQLite says.
pub fn due(connection: &Connection, local: &LocalKey, day: i32) -> rusqlite::Result<Vec<Task>> {
    let mut select = connection
        .prepare_cached("SELECT id, sealed FROM task WHERE due <= ?1 ORDER BY due, id")?;
    let rows = select.query_map([day], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Vec<u8>>(1)?))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().filter_map(|(id, sealed)| open(local, id, &sealed)).collect())
}

/// How many are due by `day`, and how many after it.
pub(super) fn count(connection: &Connection, day: i32) -> rusqlite::Result<(u64, u64)> {
    let sql =
        "SELECT count(*) FILTER (WHERE due <= ?1), count(*) FILTER (WHERE due > ?1) FROM task";
    connection.prepare_cached(sql)?.query_row([day], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
    })
}

pub(super) fn find(
    connection: &Connection,
    local: &LocalKey,
    id: u64,
) -> Result<Option<Task>, TaskError> {
    let Ok(row) = i64::try_from(id) else { return Ok(None) };
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT sealed FROM task WHERE id = ?1")?
        .query_row([row], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed else { return Ok(None) };
    open(local, id, &sealed).map(Some).ok_or(TaskError::Storage)
}

/// Takes a task off the list; a list that HQ made before it heard does not bring it back.
///
/// # Errors
///
/// What SQLite says; the caller rolls back.
pub fn done(connection: &Connection, id: u64, day: i32) -> rusqlite::Result<()> {
    let Ok(id) = i64::try_from(id) else { return Ok(()) };
    connection.execute("DELETE FROM task WHERE id = ?1", [id])?;
    connection
        .execute("INSERT OR REPLACE INTO task_done (id, day) VALUES (?1, ?2)", [id, i64::from(day)])
        .map(drop)
}

/// Minutes of the day in which somebody may be called.
pub(super) fn hours(connection: &Connection) -> rusqlite::Result<Range<u32>> {
    let bytes = store::remembered(connection, MEMO_HOURS)?;
    let read = |bytes: Vec<u8>| {
        let [a, b, c, d] = bytes[..] else { return None };
        Some(u32::from(u16::from_be_bytes([a, b]))..u32::from(u16::from_be_bytes([c, d])))
    };
    Ok(bytes.and_then(read).unwrap_or(8 * 60..21 * 60))
}

fn open(local: &LocalKey, id: u64, sealed: &[u8]) -> Option<Task> {
    let plain = zeroize::Zeroizing::new(local.open(&place(id), sealed).ok()?);
    minicbor::decode(&plain).ok()
}

fn place(id: u64) -> Vec<u8> {
    [&b"task"[..], &id.to_be_bytes()].concat()
}
