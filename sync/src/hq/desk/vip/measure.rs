//! Plans against losing customers: three measures for each angle, or a gap (S117).
//!
//! Not here: cures for single reasons (`win_back::cure`).

use super::VipError;
use rusqlite::{Connection, params};

/// So many for each angle.
pub const PER_ANGLE: u32 = 3;

/// From where a plan looks at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Angle {
    /// What we do for her.
    Service,
    /// How she hears of us.
    Advertising,
    /// What we sell.
    Product,
    /// What it costs.
    Price,
}

impl Angle {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Service, Self::Advertising, Self::Product, Self::Price];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Advertising => "advertising",
            Self::Product => "product",
            Self::Price => "price",
        }
    }
}

/// Adds a measure to a plan. The same words twice are one measure.
///
/// # Errors
///
/// [`VipError::Twice`].
pub fn add(db: &Connection, plan: &str, angle: Angle, text: &str) -> Result<i64, VipError> {
    let sql = "SELECT count(*) > 0 FROM plan_measure WHERE plan = ?1 AND angle = ?2 AND text = ?3";
    let (plan, text) = (plan.trim(), text.trim());
    if db.query_row(sql, params![plan, angle.word(), text], |row| row.get(0))? {
        return Err(VipError::Twice);
    }
    Ok(db.query_row(
        "INSERT INTO plan_measure (plan, angle, text) VALUES (?1, ?2, ?3) RETURNING id",
        params![plan, angle.word(), text],
        |row| row.get(0),
    )?)
}

/// An angle of a plan, and how many measures it has.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Filled {
    /// The plan.
    pub plan: String,
    /// The angle.
    pub angle: &'static str,
    /// Its measures.
    pub measures: u32,
    /// So many are missing to three.
    pub short: u32,
}

/// Every plan by angle. Service and advertising belong to each plan, other angles once they are begun.
///
/// # Errors
///
/// As SQLite says.
pub fn plans(db: &Connection) -> rusqlite::Result<Vec<Filled>> {
    let mut plans = db.prepare("SELECT DISTINCT plan FROM plan_measure ORDER BY plan")?;
    let mut count =
        db.prepare("SELECT count(*) FROM plan_measure WHERE plan = ?1 AND angle = ?2")?;
    let mut all = Vec::new();
    let names =
        plans.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    for plan in names {
        for angle in Angle::ALL {
            let measures: u32 = count.query_row(params![plan, angle.word()], |row| row.get(0))?;
            let always = matches!(angle, Angle::Service | Angle::Advertising);
            if always || measures > 0 {
                let short = PER_ANGLE.saturating_sub(measures);
                all.push(Filled { plan: plan.clone(), angle: angle.word(), measures, short });
            }
        }
    }
    Ok(all)
}
