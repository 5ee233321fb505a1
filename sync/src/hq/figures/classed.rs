//! Who is in a class, who spent most first: the gold list, who is at risk, who is new (S8, S126).
//!
//! Not here: which class (`class`).

use super::class::Class;
use super::loyalty::Signs;
use crate::care_list::CustomerId;
use rusqlite::{Connection, params};

/// One of a class; nothing of it is hers but the pseudonym.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Classed {
    /// Her pseudonym.
    pub customer: String,
    /// Where she bought last.
    pub store: Option<String>,
    /// Who looks after her.
    pub staff: Option<String>,
    /// Since when she is in it, days since 1970-01-01.
    pub since: i32,
    /// Her RFM cell, 111 to 555.
    pub rfm: Option<u16>,
    /// Days with a purchase.
    pub visits: u32,
    /// Net spend, minor units.
    pub net: i64,
    /// Her last purchase.
    pub last_day: Option<i32>,
    /// Signs of loyalty.
    pub signs: Signs,
}

/// The first `limit` of a class.
///
/// # Errors
///
/// As SQLite says.
pub fn classed(db: &Connection, class: Class, limit: u32) -> rusqlite::Result<Vec<Classed>> {
    let mut select = db.prepare_cached(
        "SELECT f.customer, s.name,
                (SELECT staff FROM looks_after a WHERE a.customer = f.customer AND a.place = 1),
                f.class_since, f.rfm, f.visits, f.net, f.last_day, f.signs
         FROM figure_person f LEFT JOIN store s ON s.id = f.home
         WHERE f.class = ?1 ORDER BY f.net DESC, f.customer LIMIT ?2",
    )?;
    let rows = select.query_map(params![class.word(), limit], |row| {
        Ok(Classed {
            customer: row.get::<_, CustomerId>(0)?.to_string(),
            store: row.get(1)?,
            staff: row.get(2)?,
            since: row.get(3)?,
            rfm: row.get(4)?,
            visits: row.get(5)?,
            net: row.get(6)?,
            last_day: row.get(7)?,
            signs: Signs::from_bits(row.get(8)?),
        })
    })?;
    rows.collect()
}
