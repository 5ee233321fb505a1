//! What to say in the first minute to one who stays away: four sections, by why she left (S122 to S124).
//!
//! # Invariants
//!
//! - A script has all four sections in both languages, or the rules are refused.
//!
//! Not here: her reason in the end, which she says herself (`event::LostReason`).

use crate::care_list::CustomerId;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;

/// Why she left, as far as it can be told before she is asked (S123).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lost {
    /// Nothing is known.
    Unknown,
    /// She found it dear: she bought with a discount only.
    Price,
    /// The service was poor.
    Service,
    /// A complaint about quality was never settled.
    Quality,
}

/// The scripts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// Where nothing is known.
    pub unknown: Script,
    /// Price too high; states strengths honestly (S86).
    pub price: Script,
    /// Poor service.
    pub service: Script,
    /// A complaint that was never settled.
    pub quality: Script,
}

/// The first minute (S124).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Who is calling, and from where.
    pub introduce: super::super::rules::Words,
    /// Why.
    pub why: super::super::rules::Words,
    /// What does she need?
    pub need: super::super::rules::Words,
    /// What it is good for her.
    pub benefit: super::super::rules::Words,
}

impl Script {
    /// The sections in order.
    #[must_use]
    pub const fn sections(&self) -> [&super::super::rules::Words; 4] {
        [&self.introduce, &self.why, &self.need, &self.benefit]
    }
}

impl Scripts {
    /// The script of a type.
    #[must_use]
    pub const fn of(&self, lost: Lost) -> &Script {
        match lost {
            Lost::Unknown => &self.unknown,
            Lost::Price => &self.price,
            Lost::Service => &self.service,
            Lost::Quality => &self.quality,
        }
    }
}

/// Which type she is: an unsettled complaint before all else, then how she bought.
///
/// # Errors
///
/// As SQLite says.
pub fn lost(db: &Connection, root: &CustomerId) -> rusqlite::Result<Lost> {
    const HERS: &str = "customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
    let cause: Option<Option<String>> = db
        .prepare_cached(&format!(
            "SELECT (SELECT reason FROM complaint_step p WHERE p.complaint = c.id
                     AND p.step = 'analyse' ORDER BY p.id DESC LIMIT 1)
             FROM complaint c WHERE {HERS} AND (c.state = 'open' OR c.satisfied = 0)
             ORDER BY c.opened_ms DESC LIMIT 1"
        ))?
        .query_row([root], |row| row.get(0))
        .optional()?;
    if let Some(cause) = cause {
        return Ok(if cause.as_deref() == Some("service") { Lost::Service } else { Lost::Quality });
    }
    Ok(if discount_only(db, root)? { Lost::Price } else { Lost::Unknown })
}

/// Whether she bought twice or oftener, and never without a discount (S104).
///
/// # Errors
///
/// As SQLite says.
pub fn discount_only(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    // Of a regular the first sale at the full price says it.
    db.prepare_cached(
        "WITH hers (id) AS (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         SELECT (SELECT count(*) FROM (SELECT 1 FROM sale WHERE customer IN hers AND counts
                     AND kind = 'sale' LIMIT 2)) = 2
             AND NOT EXISTS (SELECT 1 FROM sale WHERE customer IN hers AND counts
                     AND kind = 'sale' AND coalesce(discount, 0) <= 0)",
    )?
    .query_row([root], |row| row.get(0))
}
