//! Rewards by type: what thanks without money and services bring beside discounts (S105 to S107), and
//! how much of our care leans on discounts (S70).
//!
//! # Invariants
//!
//! - A reward begins and ends; outside of its days nobody is given it.
//! - A response is a purchase within 90 days of being given; who was given one less than 90 days ago is
//!   not counted yet.
//!
//! Not here: gifts by calendar (`gift`), tiers' own benefits (`tier`).

use super::{VipError, days, permille};
use crate::care_list::CustomerId;
use crate::hq::desk::win_back::months_before;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Days within which she comes again, or not.
const RESPONSE_DAYS: i32 = 90;
/// A reward that began more months ago is stale.
pub const STALE_MONTHS: u8 = 6;

/// What a reward is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Type {
    /// Money off.
    Discount,
    /// A thing.
    Gift,
    /// Trying something out.
    Trial,
    /// Something done for her: alterations, make-up.
    Service,
    /// A better thing for the same price.
    Upgrade,
    /// The old one for a new one.
    TradeIn,
    /// A line of her own to us (S106).
    Hotline,
    /// The club's get-togethers (S106).
    Club,
}

impl Type {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Discount,
        Self::Gift,
        Self::Trial,
        Self::Service,
        Self::Upgrade,
        Self::TradeIn,
        Self::Hotline,
        Self::Club,
    ];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Discount => "discount",
            Self::Gift => "gift",
            Self::Trial => "trial",
            Self::Service => "service",
            Self::Upgrade => "upgrade",
            Self::TradeIn => "trade_in",
            Self::Hotline => "hotline",
            Self::Club => "club",
        }
    }

    /// Thanks that cost neither goods nor money (S106).
    #[must_use]
    pub const fn is_non_material(self) -> bool {
        matches!(self, Self::Hotline | Self::Club)
    }
}

/// Puts a reward into the catalogue; returns its number.
///
/// # Errors
///
/// [`VipError::Days`].
pub fn add(
    db: &Connection,
    kind: Type,
    name: &str,
    from: i32,
    until: i32,
) -> Result<i64, VipError> {
    days(from, until)?;
    Ok(db.query_row(
        "INSERT INTO reward (type, name, from_day, until_day) VALUES (?1, ?2, ?3, ?4)
         RETURNING id",
        params![kind.word(), name.trim(), from, until],
        |row| row.get(0),
    )?)
}

/// To whom a reward is given, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Which.
    pub reward: i64,
    /// To whom.
    pub customer: CustomerId,
    /// Where.
    pub store: Option<StoreId>,
    /// When.
    pub day: i32,
    /// In the course of which task, if of one.
    pub task: Option<i64>,
}

/// Gives one; returns the number of the giving.
///
/// # Errors
///
/// [`VipError::NotNow`] outside of its days.
pub fn give(db: &Connection, given: &Given) -> Result<i64, VipError> {
    let sql = "SELECT name, ?2 BETWEEN from_day AND until_day FROM reward WHERE id = ?1";
    let found: Option<(String, bool)> = db
        .query_row(sql, params![given.reward, given.day], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Err(VipError::NoItem(given.reward)),
        Some((name, false)) => Err(VipError::NotNow(name)),
        Some(_) => Ok(db.query_row(
            "INSERT INTO reward_given (reward, customer, store, day, task)
             VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
            params![given.reward, given.customer, given.store, given.day, given.task],
            |row| row.get(0),
        )?),
    }
}

/// A reward of the catalogue.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Reward {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub r#type: String,
    /// Its name.
    pub name: String,
    /// Its first day.
    pub from: i32,
    /// Its last.
    pub until: i32,
    /// So many were given.
    pub given: u32,
    /// `running`, `ended`, `planned`, or `stale`: running, and begun more than [`STALE_MONTHS`] ago.
    pub state: &'static str,
}

/// The catalogue, the newest first (S107).
///
/// # Errors
///
/// As SQLite says.
pub fn catalogue(db: &Connection, today: i32) -> rusqlite::Result<Vec<Reward>> {
    let stale = months_before(today, STALE_MONTHS);
    let mut select = db.prepare(
        "SELECT r.id, r.type, r.name, r.from_day, r.until_day,
                (SELECT count(*) FROM reward_given g WHERE g.reward = r.id)
         FROM reward r ORDER BY r.from_day DESC, r.id DESC",
    )?;
    let rows = select.query_map([], |row| {
        let (from, until): (i32, i32) = (row.get(3)?, row.get(4)?);
        let state = match () {
            () if until < today => "ended",
            () if from > today => "planned",
            () if from < stale => "stale",
            () => "running",
        };
        Ok(Reward {
            id: row.get(0)?,
            r#type: row.get(1)?,
            name: row.get(2)?,
            from,
            until,
            given: row.get(5)?,
            state,
        })
    })?;
    rows.collect()
}

/// What one type brought.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Response {
    /// The type.
    pub r#type: &'static str,
    /// Costs neither goods nor money.
    pub non_material: bool,
    /// Given at least 90 days ago.
    pub given: u32,
    /// Of those, who bought within 90 days, from the day after on.
    pub came: u32,
    /// In thousands.
    pub permille: Option<u32>,
}

/// What each type brought (S105).
///
/// # Errors
///
/// As SQLite says.
pub fn responses(db: &Connection, today: i32) -> rusqlite::Result<Vec<Response>> {
    let mut select = db.prepare(
        "SELECT count(*), coalesce(sum(EXISTS (
             SELECT 1 FROM sale s JOIN customer c ON c.id = s.customer
             JOIN customer k ON k.id = g.customer
             WHERE coalesce(c.root, c.id) = coalesce(k.root, k.id) AND s.counts
               AND s.kind = 'sale' AND s.day > g.day AND s.day <= g.day + ?3)), 0)
         FROM reward_given g JOIN reward r ON r.id = g.reward
         WHERE r.type = ?1 AND g.day <= ?2 - ?3",
    )?;
    let mut all = Vec::new();
    for kind in Type::ALL {
        let (given, came): (u32, u32) = select
            .query_row(params![kind.word(), today, RESPONSE_DAYS], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        all.push(Response {
            r#type: kind.word(),
            non_material: kind.is_non_material(),
            given,
            came,
            permille: permille(came, given),
        });
    }
    Ok(all)
}

/// How much of care and win-back leans on money off (S70).
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Leaning {
    /// `win_back` or `care`.
    pub of: &'static str,
    /// Done, with an outcome.
    pub done: u32,
    /// Of those, with a discount.
    pub with_discount: u32,
    /// In thousands.
    pub permille: Option<u32>,
}

/// The share of actions with a discount among those done from day `from` to day `to`.
///
/// # Errors
///
/// As SQLite says.
pub fn leaning(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Leaning>> {
    let mut select = db.prepare(
        "SELECT count(*), coalesce(sum(EXISTS (
             SELECT 1 FROM reward_given g JOIN reward r ON r.id = g.reward
             WHERE g.task = t.id AND r.type = 'discount')), 0)
         FROM task t WHERE t.state = 'done' AND t.outcome IS NOT NULL
           AND t.closed_day BETWEEN ?1 AND ?2
           AND ?3 = EXISTS (SELECT 1 FROM task_cause c WHERE c.task = t.id
                            AND c.rule = 'win_back')",
    )?;
    let mut all = Vec::new();
    for (of, win_back) in [("win_back", true), ("care", false)] {
        let (done, with_discount): (u32, u32) =
            select.query_row(params![from, to, win_back], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let permille = permille(with_discount, done);
        all.push(Leaning { of, done, with_discount, permille });
    }
    Ok(all)
}
