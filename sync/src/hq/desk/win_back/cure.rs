//! Both cures for a reason why customers leave: one for today, one for the root (S115, S116).
//!
//! # Invariants
//!
//! - A reason that was given more than once and lacks one of the two is listed as a gap.
//!
//! Not here: the reasons themselves (`report`).

use crate::event::LostReason;
use rusqlite::{Connection, params};

/// What a cure works on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cure {
    /// The symptom, now (S114).
    Emergency,
    /// The root (S115).
    LongTerm,
}

impl Cure {
    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::LongTerm => "long_term",
        }
    }
}

/// What the long-term cures are of (S115).
pub const TAGS: [&str; 8] =
    ["idea", "product", "service", "staff", "image", "management", "innovation", "alliance"];

/// A reason that lacks a cure.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Gap {
    /// The reason.
    pub reason: &'static str,
    /// How often it was given.
    pub given: u32,
    /// What is missing.
    pub lacks: Cure,
}

/// Adds a cure; returns its number, or none if the tag is none of the eight.
///
/// # Errors
///
/// As SQLite says.
pub fn add(
    db: &Connection,
    reason: LostReason,
    cure: Cure,
    tag: &str,
    text: &str,
    today: i32,
) -> rusqlite::Result<Option<i64>> {
    if !TAGS.contains(&tag) {
        return Ok(None);
    }
    db.query_row(
        "INSERT INTO cure (reason, cure, tag, text, day) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        params![reason.word(), cure.word(), tag, text, today],
        |row| row.get(0),
    )
    .map(Some)
}

/// Reasons that were given at least twice and lack a cure, the most frequent first (S116).
///
/// # Errors
///
/// As SQLite says.
pub fn gaps(db: &Connection) -> rusqlite::Result<Vec<Gap>> {
    let mut gaps = Vec::new();
    for reason in LostReason::ALL {
        let given: u32 = db
            .prepare_cached("SELECT count(*) FROM task WHERE reason = ?1")?
            .query_row([reason.word()], |row| row.get(0))?;
        for lacks in [Cure::Emergency, Cure::LongTerm] {
            let has: bool = db
                .prepare_cached("SELECT count(*) > 0 FROM cure WHERE reason = ?1 AND cure = ?2")?
                .query_row([reason.word(), lacks.word()], |row| row.get(0))?;
            if given >= 2 && !has {
                gaps.push(Gap { reason: reason.word(), given, lacks });
            }
        }
    }
    gaps.sort_by_key(|gap| core::cmp::Reverse(gap.given));
    Ok(gaps)
}
