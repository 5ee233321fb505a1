//! Revenue per active customer, by store (S111).
//!
//! # Invariants
//!
//! - Active: bought in that store within the days. Her net spend there and then is what is divided;
//!   sales of nobody we know are in neither figure.
//! - A person of several numbers is one.
//!
//! Not here: her value to come (`model`).

use rusqlite::{Connection, params};

/// One store's figure.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct PerCustomer {
    /// The store's name.
    pub store: String,
    /// Persons who bought there within the days.
    pub active: u32,
    /// Their net spend, minor units.
    pub net: i64,
    /// Of one, minor units, rounded down.
    pub each: i64,
}

/// Every store's figure from day `from` to day `to`, the highest first.
///
/// # Errors
///
/// As SQLite says.
pub fn per_customer(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<PerCustomer>> {
    let mut select = db.prepare(
        "SELECT name, sum(bought), sum(net * bought) FROM (
             SELECT t.name AS name, sum(s.total) AS net, max(s.kind = 'sale') AS bought
             FROM sale s JOIN customer c ON c.id = s.customer JOIN store t ON t.id = s.store
             WHERE s.counts AND s.day BETWEEN ?1 AND ?2
             GROUP BY s.store, coalesce(c.root, c.id))
         GROUP BY name",
    )?;
    let rows = select.query_map(params![from, to], |row| {
        let (active, net): (u32, i64) = (row.get(1)?, row.get(2)?);
        let each = net.div_euclid(i64::from(active.max(1)));
        Ok(PerCustomer { store: row.get(0)?, active, net, each })
    })?;
    let mut all: Vec<PerCustomer> = rows.collect::<rusqlite::Result<_>>()?;
    all.retain(|of| of.active > 0);
    all.sort_by_key(|of| core::cmp::Reverse(of.each));
    Ok(all)
}
