//! The ledger's layout in PostgreSQL: which one is there, and the steps forward.
//!
//! # Invariants
//!
//! - Forward only; a layout from a newer program is refused, not guessed at.
//! - Two processes that start at once do each step once: an advisory lock makes one wait.
//!
//! Not here: what the tables mean (`postgres`).

use super::LedgerError;
use ::postgres::Client;

/// The step from each layout to the next; a layout's step is at its number less one.
const STEPS: [&[&str]; 2] = [
    &[include_str!("layout_1.sql"), include_str!("partitions.sql")],
    &[include_str!("layout_2.sql")],
];
/// Any number that only this program takes: `huitou` in ASCII.
const LOCK: i64 = 0x6875_6974_6F75;

/// Brings the database up to this program's layout.
///
/// # Errors
///
/// [`LedgerError::Newer`], or as PostgreSQL says; then nothing was changed.
pub(super) fn bring_up(client: &mut Client) -> Result<(), LedgerError> {
    let mut tx = client.transaction()?;
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    tx.batch_execute("CREATE TABLE IF NOT EXISTS huitou_layout (version integer PRIMARY KEY)")?;
    let found: i32 =
        tx.query_one("SELECT coalesce(max(version), 0) FROM huitou_layout", &[])?.get(0);
    let known = i32::try_from(STEPS.len()).expect("a few steps");
    if found > known {
        return Err(LedgerError::Newer { found, known });
    }
    for (version, step) in (1..).zip(STEPS).filter(|(version, _)| *version > found) {
        step.iter().try_for_each(|sql| tx.batch_execute(sql))?;
        tx.execute("INSERT INTO huitou_layout (version) VALUES ($1)", &[&version])?;
    }
    Ok(tx.commit()?)
}
