//! The referrers' ledger: whom each regular brought, and what she was given since (S66).
//!
//! # Invariants
//!
//! - Only words that stand count: what was taken back, or would close a chain, brought nobody.
//! - A reward given before she brought anybody thanks her for something else.
//!
//! Not here: giving one (`reward`, `hand_out`), the thanks of the day (`desk::engine`).

use crate::care_list::CustomerId;
use crate::hq::customer::{person, referral};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// One who brought others.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Referrer {
    /// Her pseudonym.
    pub customer: String,
    /// How many she brought.
    pub brought: u32,
    /// The first day on which she brought somebody.
    pub since: i32,
    /// Net spend of those whom she brought, minor units.
    pub net: i64,
    /// Rewards that she was given since.
    pub given: u32,
    /// Fewer than she brought.
    pub owed: bool,
}

/// Everybody who brought somebody, the most first.
///
/// # Errors
///
/// As SQLite says.
pub fn ledger(db: &Connection) -> rusqlite::Result<Vec<Referrer>> {
    let mut since: BTreeMap<CustomerId, i32> = BTreeMap::new();
    let mut select = db.prepare("SELECT referrer, min(day) FROM referral GROUP BY referrer")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows.collect::<rusqlite::Result<Vec<(CustomerId, i32)>>>()? {
        let first = since.entry(person::root(db, &row.0)?).or_insert(row.1);
        *first = (*first).min(row.1);
    }
    let mut all = Vec::new();
    for (root, since) in since {
        let brought = referral::whom(db, &root)?;
        if !brought.is_empty() {
            all.push(referrer(db, &root, since, brought.iter())?);
        }
    }
    all.sort_by_key(|one| (core::cmp::Reverse((one.brought, one.net)), one.customer.clone()));
    Ok(all)
}

fn referrer<'a>(
    db: &Connection,
    root: &CustomerId,
    since: i32,
    brought: impl ExactSizeIterator<Item = &'a CustomerId>,
) -> rusqlite::Result<Referrer> {
    let count = u32::try_from(brought.len()).unwrap_or(u32::MAX);
    let mut net = 0_i64;
    for newcomer in brought {
        let sum: i64 = db
            .prepare_cached(
                "SELECT coalesce(sum(total), 0) FROM sale WHERE counts
                 AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
            )?
            .query_row([newcomer], |row| row.get(0))?;
        net = net.saturating_add(sum);
    }
    let given = db
        .prepare_cached(
            "SELECT count(*) FROM reward_given WHERE day >= ?2
             AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
        )?
        .query_row(params![root, since], |row| row.get(0))?;
    let customer = root.to_string();
    Ok(Referrer { customer, brought: count, since, net, given, owed: given < count })
}
