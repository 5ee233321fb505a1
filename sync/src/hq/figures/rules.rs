//! The figures' rules: weights, bounds and costs, from a file that people can read.
//!
//! ```text
//! rules.toml (shipped) ◀── laid over ── the chain's own, kept in the database ──▶ FigureRules
//! ```
//!
//! # Invariants
//!
//! - An unknown key is an error that names it; bounds rise, or they are refused.
//!
//! Not here: what is counted by them.

use super::class::Bands;
use crate::hq::file;
use crate::hq::model::rfm::{Bounds, BoundsError};
use crate::money::Minor;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;

const SHIPPED: &str = include_str!("rules.toml");

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureRules {
    /// S6, S78.
    pub file: FileRules,
    /// S126.
    pub class: ClassRules,
    /// S100.
    pub loyalty: Loyalty,
    /// S89, S90, S101.
    pub cost: Cost,
    /// S96.
    pub life: Life,
}

/// Days that matter to her.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// Staff are asked so many days before.
    pub remind_days: u8,
}

/// How a file is judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRules {
    /// What a full hard file counts; a full soft one counts the rest of 100.
    pub hard_percent: u8,
    /// A preference older than so many months is stale.
    pub stale_months: u8,
    /// Which fields are on that are off by themselves: `ethnicity`, `family`, `values` (S4, S5).
    #[serde(default)]
    pub on: Vec<String>,
}

/// Bounds of classes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRules {
    /// Days since the last purchase.
    pub recency_days: [i32; 4],
    /// Days with a purchase.
    pub visits: [usize; 4],
    /// Net spend, minor units.
    pub net: [i64; 4],
    /// New for so many days.
    pub new_days: i32,
    /// At risk from so many days without a purchase.
    pub at_risk_days: i32,
    /// Lost from so many.
    pub lost_days: i32,
    /// F and M from this score on.
    pub gold_score: u8,
    /// M up to this score.
    pub potential_score: u8,
    /// Mean days between purchases, at most.
    pub potential_gap_days: i32,
}

/// Signs of loyalty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loyalty {
    /// Days with a purchase.
    pub repeats: usize,
    /// Kinds of goods.
    pub categories: u32,
}

/// What losing and keeping cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Earned of an order, percent.
    pub margin_percent: u8,
    /// A year, percent.
    pub discount_percent: u8,
    /// Percentage points of churn.
    pub points_less: u8,
    /// Said to be 5.
    pub winning_times_keeping: u32,
    /// A year and customer, minor units; 0 if nobody knows.
    pub keeping: i64,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FigureRulesError {
    /// Not the form of the shipped file.
    #[error("the figures' rules: {0}")]
    Form(#[from] Box<toml::de::Error>),
    /// Cells would be empty or overlap.
    #[error("the figures' rules: {0}")]
    Bounds(#[from] BoundsError),
    /// A share is more than all, or days do not rise.
    #[error("the figures' rules: {0} must be {1}")]
    Beyond(&'static str, &'static str),
    /// A field that there is not, or that is on always.
    #[error("the figures' rules: on: {0} is none of ethnicity, family, values")]
    NoField(String),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl FigureRules {
    /// As shipped.
    #[must_use]
    pub fn shipped() -> Self {
        toml::from_str(SHIPPED).expect("the shipped rules are tested")
    }

    /// The shipped rules with the chain's own over them.
    ///
    /// # Errors
    ///
    /// [`FigureRulesError`] if they do not read.
    pub fn of(db: &Connection) -> Result<Self, FigureRulesError> {
        let sql = "SELECT text FROM figure_rules";
        let own: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
        own.map_or_else(|| Ok(Self::shipped()), |own| Self::over(&own))
    }

    /// The chain's rules for a page: the shipped ones where its own do not read.
    #[must_use]
    pub fn of_chain(db: &Connection) -> Self {
        Self::of(db).unwrap_or_else(|_| Self::shipped())
    }

    /// Lays the chain's own rules over the shipped ones, and has everybody classed anew.
    ///
    /// # Errors
    ///
    /// [`FigureRulesError`] if they do not read; then nothing changes.
    pub fn set(db: &Connection, own: &str) -> Result<(), FigureRulesError> {
        let new = Self::over(own)?;
        let before = Self::of(db).map(|before| before.file.on);
        db.execute(
            "INSERT INTO figure_rules (one, text) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET text = excluded.text",
            [own],
        )?;
        db.execute_batch(
            "INSERT INTO figure_due SELECT customer FROM figure_person WHERE true
             ON CONFLICT DO NOTHING",
        )?;
        // Another set of fields: everybody's file is counted anew.
        if before.ok() != Some(new.file.on) {
            let sql = "INSERT INTO due_person SELECT customer FROM person WHERE true
                       ON CONFLICT DO NOTHING";
            db.execute_batch(sql)?;
        }
        Ok(())
    }

    /// The text of the chain's own rules, else of the shipped ones.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn text(db: &Connection) -> rusqlite::Result<String> {
        let sql = "SELECT text FROM figure_rules";
        let own: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
        Ok(own.unwrap_or_else(|| SHIPPED.to_owned()))
    }

    fn over(own: &str) -> Result<Self, FigureRulesError> {
        let mut all: toml::Table = toml::from_str(SHIPPED).map_err(Box::new)?;
        for (name, own) in toml::from_str::<toml::Table>(own).map_err(Box::new)? {
            match (all.get_mut(&name), own) {
                (Some(toml::Value::Table(table)), toml::Value::Table(own)) => table.extend(own),
                (_, own) => drop(all.insert(name, own)),
            }
        }
        let rules: Self = toml::Value::Table(all).try_into().map_err(Box::new)?;
        rules.check()?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), FigureRulesError> {
        let beyond = |what, must| Err(FigureRulesError::Beyond(what, must));
        let class = &self.class;
        if self.file.hard_percent > 100 || self.cost.margin_percent > 100 {
            return beyond("a percentage", "100 at most");
        }
        if !(0 < class.at_risk_days && class.at_risk_days < class.lost_days) || class.new_days < 1 {
            return beyond("at_risk_days", "above 0 and below lost_days");
        }
        if let Some(word) = self.file.on.iter().find(|word| !file::may_be_on(word)) {
            return Err(FigureRulesError::NoField(word.clone()));
        }
        self.bounds().map(drop)?;
        Ok(())
    }

    fn bounds(&self) -> Result<Bounds, BoundsError> {
        let ClassRules { recency_days, visits, net, .. } = self.class.clone();
        Bounds::new(recency_days, visits, net.map(Minor::new))
    }

    /// The bounds of classes, ready to be asked.
    ///
    /// # Errors
    ///
    /// [`BoundsError`] if some do not rise.
    pub fn bands(&self) -> Result<Bands, BoundsError> {
        Ok(Bands::new(self.class.clone(), self.bounds()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s6_the_weights_are_20_and_80_unless_the_chain_says_otherwise() {
        assert_eq!(FigureRules::shipped().file.hard_percent, 20);
        FigureRules::shipped().check().unwrap();
        let own = FigureRules::over("[file]\nhard_percent = 50").unwrap();
        assert_eq!((own.file.hard_percent, own.file.stale_months), (50, 24));
        let filled = file::Filled { hard: 9, soft: 0 };
        let by = |rules: &FigureRules| filled.percent(file::Weights::of(&rules.file));
        assert_eq!((by(&FigureRules::shipped()), by(&own)), (20, 50));
    }

    #[test]
    fn rules_that_cannot_be_are_refused_by_name() {
        let refused = |own: &str| FigureRules::over(own).unwrap_err().to_string();
        assert!(refused("[class]\nvisits = [2, 2, 3, 4]").contains("frequency"));
        assert!(refused("[class]\nlost_days = 90").contains("lost_days"));
        assert!(refused("[file]\nhard = 3").contains("hard"));
        assert!(refused("[file]\non = [\"size\"]").contains("size"));
        assert!(refused("[file]\nhard_percent = 101").contains("100"));
    }
}
