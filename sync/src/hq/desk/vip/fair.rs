//! Stalls, special sales and fairs: their sales carry a tag, so that reports tell them apart (S130).
//!
//! # Invariants
//!
//! - A tag is a store, its days, and a till if only one stood there; a sale of theirs carries it, also
//!   one that arrives later.
//!
//! Not here: capturing at a stall (the agent).

use super::{VipError, days};
use crate::message::StoreId;
use rusqlite::{Connection, params};

/// A stall, as somebody writes it down.
#[derive(Clone, Debug)]
pub struct Stall {
    /// The tag.
    pub tag: String,
    /// Whose till stands there.
    pub store: StoreId,
    /// Which till, by its printed name; all of the store's without it.
    pub till: Option<String>,
    /// The first day.
    pub from: i32,
    /// The last.
    pub until: i32,
}

/// Adds one; returns its number.
///
/// # Errors
///
/// [`VipError::Days`].
pub fn add(db: &Connection, stall: &Stall) -> Result<i64, VipError> {
    days(stall.from, stall.until)?;
    Ok(db.query_row(
        "INSERT INTO fair (tag, store, till, from_day, until_day) VALUES (?1, ?2, ?3, ?4, ?5)
         RETURNING id",
        params![stall.tag.trim(), stall.store, stall.till, stall.from, stall.until],
        |row| row.get(0),
    )?)
}

/// Sales under a tag, or under none.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Tagged {
    /// The tag; none for the shops themselves.
    pub tag: Option<String>,
    /// Sales.
    pub sales: u32,
    /// Net, minor units.
    pub net: i64,
    /// Of known customers.
    pub known: u32,
    /// Of those, whose first purchase it was.
    pub newcomers: u32,
}

/// Sales from day `from` to day `to`, told apart by their tag; each sale is under one.
///
/// # Errors
///
/// As SQLite says.
pub fn sales(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Tagged>> {
    let mut select = db.prepare(
        "SELECT (SELECT f.tag FROM fair f WHERE f.store = s.store
                     AND s.day BETWEEN f.from_day AND f.until_day
                     AND (f.till IS NULL OR f.till = s.till)
                 ORDER BY f.till IS NULL, f.id LIMIT 1) AS tag,
                sum(s.kind = 'sale'), sum(s.total),
                sum(s.kind = 'sale' AND s.customer IS NOT NULL),
                sum(s.kind = 'sale' AND s.customer IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM sale b JOIN customer c ON c.id = b.customer
                    JOIN customer k ON k.id = s.customer
                    WHERE coalesce(c.root, c.id) = coalesce(k.root, k.id) AND b.counts
                      AND b.kind = 'sale' AND (b.day, b.wall_ms) < (s.day, s.wall_ms)))
         FROM sale s WHERE s.counts AND s.day BETWEEN ?1 AND ?2
         GROUP BY tag ORDER BY tag IS NULL, tag",
    )?;
    let rows = select.query_map(params![from, to], |row| {
        Ok(Tagged {
            tag: row.get(0)?,
            sales: row.get(1)?,
            net: row.get(2)?,
            known: row.get(3)?,
            newcomers: row.get(4)?,
        })
    })?;
    rows.collect()
}
