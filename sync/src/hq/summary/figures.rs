//! The chain's figures, each with the definition that it was computed by; once a night.
//!
//! # Invariants
//!
//! - Of what cannot be divided there is no share: a chain without customers has none, not 0 %.
//! - The curve is the data's own; nobody assumed 80 and 20.
//!
//! Not here: probabilities and forecasts (`model`), the words beside the figures (`web`).

use crate::hq::counted;
use rusqlite::Connection;

const NAME: &str = "chain";

/// Points of the concentration curve: net sales of the top 5, 10 … 100 % of buyers.
pub(super) const POINTS: usize = 20;

/// What the numbers page shows.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Figures {
    /// The day they were computed, days since 1970-01-01.
    pub day: i32,
    /// Persons with a file.
    pub persons: u64,
    /// Of them, those who bought within the last 365 days.
    pub buyers: u64,
    /// Of the buyers, those with two sales or more in the 365 days.
    pub repeaters: u64,
    /// Persons who bought in the 90 days before the last 90.
    pub before: u64,
    /// Of them, those who bought again in the last 90 days.
    pub retained: u64,
    /// Net sales to known buyers within 365 days, minor units.
    pub net: i64,
    /// Of that, to persons with a tier today.
    pub tier_net: i64,
    /// Net sales of the top 5, 10 … 100 % of buyers, minor units; empty without buyers.
    pub curve: Vec<i64>,
    /// Persons per tier, by its name.
    pub tiers: std::collections::BTreeMap<String, u64>,
    /// Sum of completeness, hard fields and soft fields filled, over all persons.
    pub hard: u64,
    /// As `hard`.
    pub soft: u64,
}

/// The newest figures, if a night has passed.
///
/// # Errors
///
/// As SQLite says.
pub fn figures(db: &Connection) -> rusqlite::Result<Option<Figures>> {
    counted::kept(db, NAME)
}

pub(super) fn compute(tx: &Connection, today: i32) -> rusqlite::Result<()> {
    let mut figures = tx.query_row(
        "SELECT count(*), count(*) FILTER (WHERE year_sales > 0),
                count(*) FILTER (WHERE year_sales > 1), count(*) FILTER (WHERE before > 0),
                count(*) FILTER (WHERE before > 0 AND recent > 0),
                coalesce(sum(year_net), 0),
                coalesce(sum(year_net) FILTER (WHERE tier IS NOT NULL), 0),
                coalesce(sum(hard), 0), coalesce(sum(soft), 0)
         FROM person",
        [],
        |row| {
            let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(Figures {
                day: today,
                persons: count(0)?,
                buyers: count(1)?,
                repeaters: count(2)?,
                before: count(3)?,
                retained: count(4)?,
                net: row.get(5)?,
                tier_net: row.get(6)?,
                hard: count(7)?,
                soft: count(8)?,
                ..Figures::default()
            })
        },
    )?;
    figures.curve = curve(tx)?;
    figures.tiers = tiers(tx)?;
    counted::keep(tx, NAME, today, &figures)
}

fn curve(tx: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut select =
        tx.prepare("SELECT year_net FROM person WHERE year_sales > 0 ORDER BY year_net DESC")?;
    let nets: Vec<i64> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if nets.is_empty() {
        return Ok(Vec::new());
    }
    let top = |point: usize| nets[..(nets.len() * point).div_ceil(POINTS)].iter();
    Ok((1..=POINTS)
        .map(|point| top(point).fold(0, |sum: i64, net| sum.saturating_add(*net)))
        .collect())
}

fn tiers(tx: &Connection) -> rusqlite::Result<std::collections::BTreeMap<String, u64>> {
    let sql = "SELECT tier, count(*) FROM person WHERE tier IS NOT NULL GROUP BY tier";
    let mut select = tx.prepare(sql)?;
    let count = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
    select.query_map([], count)?.collect()
}
