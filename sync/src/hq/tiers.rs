//! The chain's tiers as a file that a person writes, and setting them for everybody.
//!
//! ```text
//! huitou-hq tiers ▶ TOML ─ edited ─▶ huitou-hq tiers FILE --dry-run ▶ who would move
//!                                └─▶ huitou-hq tiers FILE ▶ hq.policy ▶ every till's next page
//! ```
//!
//! # Invariants
//!
//! - What is written out reads back as the same policy.
//! - A file that is not understood to the last key changes nothing.
//! - Where a tier looks further back than before, tills get a snapshot: what they keep of a customer's
//!   spending was cut to what the tiers before needed.
//!
//! Not here: what a tier means (`crate::tier`), sums of nights (`summary`).

use super::Hq;
use super::import::value::amount;
use super::store;
use crate::event::to_cbor;
use crate::money::Minor;
use crate::tier::{self, DatedAmount, Keep, Stacking, Then, TierPolicy, TierRule};
use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// More than a person can tell apart.
const TIERS_MAX: usize = 12;
/// The longest name and the longest benefits, in characters.
const NAME_MAX: usize = 16;
const BENEFITS_MAX: usize = 120;
/// Ten years.
const DAYS_MAX: u32 = 3_660;

/// Why tiers cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TiersError {
    /// Not TOML, or a key nobody knows; says which and where.
    #[error("the tiers: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// None, or too many.
    #[error("the tiers: write 1 to {TIERS_MAX} of [[tier]]")]
    Count,
    /// One of them is none.
    #[error("the tiers: «{name}»: {what}")]
    Tier {
        /// Which.
        name: String,
        /// What is wrong with it, and what to write.
        what: &'static str,
    },
    /// A number of days is none.
    #[error("the tiers: {key} takes 1 to {DAYS_MAX} days")]
    Days {
        /// Which.
        key: &'static str,
    },
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// A sale counts for so many days.
    window_days: u32,
    /// A tier once reached is held so long; the window alone says it, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    term_days: Option<u32>,
    /// What follows a term that was not earned again.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<AfterTerm>,
    /// The birthday's discount and the usual one.
    #[serde(default)]
    birthday: Birthday,
    #[serde(default)]
    tier: Vec<Row>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum AfterTerm {
    OneDown,
    Balance,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Birthday {
    #[default]
    Adds,
    Replaces,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    spend_min: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthday_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    benefits: Option<String>,
}

/// `"1000.00"`, or a whole number of the currency.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Amount {
    Text(String),
    Whole(i64),
}

/// Reads a file; amounts have at most `exponent` decimals.
///
/// # Errors
///
/// [`TiersError`] naming what is wrong.
pub fn read(text: &str, exponent: u8) -> Result<TierPolicy, TiersError> {
    let file: File = toml::from_str(text).map_err(Box::new)?;
    if !(1..=TIERS_MAX).contains(&file.tier.len()) {
        return Err(TiersError::Count);
    }
    let days = |key, days: u32| match (1..=DAYS_MAX).contains(&days) {
        true => Ok(days),
        false => Err(TiersError::Days { key }),
    };
    let keep = match (file.term_days, file.then) {
        (None, _) => Keep::Rolling,
        (Some(term), then) => Keep::Term {
            days: days("term_days", term)?,
            then: match then {
                None | Some(AfterTerm::OneDown) => Then::OneDown,
                Some(AfterTerm::Balance) => Then::Balance,
            },
        },
    };
    let birthday = match file.birthday {
        Birthday::Adds => Stacking::Adds,
        Birthday::Replaces => Stacking::Replaces,
    };
    let tiers: Vec<TierRule> =
        file.tier.into_iter().map(|row| rule(row, exponent)).collect::<Result<_, _>>()?;
    let (mut names, mut begins) = (BTreeSet::new(), BTreeSet::new());
    for TierRule { name, spend_min, .. } in &tiers {
        let twice = |what| TiersError::Tier { name: name.clone(), what };
        if !names.insert(name) {
            return Err(twice("is there twice"));
        }
        if !begins.insert(spend_min) {
            return Err(twice("begins where another begins: give each a spend_min of its own"));
        }
    }
    Ok(TierPolicy { tiers, window_days: days("window_days", file.window_days)?, keep, birthday })
}

fn rule(row: Row, exponent: u8) -> Result<TierRule, TiersError> {
    let Row { name, spend_min, birthday_percent, benefits } = row;
    let wrong = |what| Err(TiersError::Tier { name: name.clone(), what });
    let is_plain = |text: &str, max| {
        text.chars().count() <= max && !text.chars().any(char::is_control) && text.trim() == text
    };
    if name.is_empty() || !is_plain(&name, NAME_MAX) {
        return wrong("a name has 1 to 16 characters and no blank at its ends");
    }
    let spend_min = match spend_min {
        Amount::Text(text) => amount(&text, exponent),
        Amount::Whole(whole) => amount(&whole.to_string(), exponent),
    };
    let Some(spend_min) = spend_min.ok().filter(|least| *least >= Minor::ZERO) else {
        return wrong("spend_min is an amount such as \"1000.00\", not below zero");
    };
    if birthday_percent.is_some_and(|percent| !(1..100).contains(&percent)) {
        return wrong("birthday_percent takes 1 to 99");
    }
    if benefits.as_deref().is_some_and(|text| !is_plain(text, BENEFITS_MAX)) {
        return wrong("benefits take one line of at most 120 characters");
    }
    let benefits = benefits.filter(|text| !text.is_empty());
    Ok(TierRule { name, spend_min, birthday_percent, benefits })
}

/// The file of a policy.
#[must_use]
pub fn write(policy: &TierPolicy, exponent: u8) -> String {
    let (term_days, then) = match policy.keep {
        Keep::Rolling => (None, None),
        Keep::Term { days, then: Then::OneDown } => (Some(days), Some(AfterTerm::OneDown)),
        Keep::Term { days, then: Then::Balance } => (Some(days), Some(AfterTerm::Balance)),
    };
    let birthday = match policy.birthday {
        Stacking::Adds => Birthday::Adds,
        Stacking::Replaces => Birthday::Replaces,
    };
    let row = |rule: &TierRule| Row {
        name: rule.name.clone(),
        spend_min: Amount::Text(rule.spend_min.with_decimals(exponent).to_string()),
        birthday_percent: rule.birthday_percent,
        benefits: rule.benefits.clone(),
    };
    let tier = policy.tiers.iter().map(row).collect();
    let file = File { window_days: policy.window_days, term_days, then, birthday, tier };
    toml::to_string(&file).expect("texts and numbers can be written as TOML")
}

/// Makes `policy` the chain's from now on; sums follow in the next night, tills with their next page.
///
/// # Errors
///
/// As SQLite says; nothing is changed then.
pub fn set(hq: &mut Hq, policy: &TierPolicy, who: &str, now_ms: i64) -> rusqlite::Result<()> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = store::own(&tx)?.policy;
    if before == *policy {
        return Ok(());
    }
    tx.execute("UPDATE hq SET policy = ?1", [to_cbor(policy)])?;
    if looks_back(policy) > looks_back(&before) {
        store::begin_new_life(&tx)?;
    }
    super::audit::note(&tx, now_ms, who, "tiers", "", "")?;
    tx.commit()
}

/// How far back a policy looks at least, in days.
fn looks_back(policy: &TierPolicy) -> u32 {
    tier::horizon_days(policy, &[] as &[DatedAmount], 0)
}

/// How many persons with purchases move, by the tier they have and the one they would have; none is
/// empty. Numbers that are held out of tiers are among them.
///
/// # Errors
///
/// As SQLite says.
pub fn moves(
    db: &Connection,
    policy: &TierPolicy,
    today: i32,
) -> rusqlite::Result<BTreeMap<(String, String), u64>> {
    let before = store::own(db)?.policy;
    let mut select = db.prepare(
        "SELECT coalesce(c.root, c.id), s.day, sum(s.total) FROM sale s
         JOIN customer c ON c.id = s.customer WHERE s.counts
         GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let mut moves = BTreeMap::new();
    let mut count = |amounts: &[DatedAmount]| {
        let name = |policy| {
            tier::tier(policy, amounts, today).map(|standing| standing.name).unwrap_or_default()
        };
        let (from, to) = (name(&before), name(policy));
        if !amounts.is_empty() && from != to {
            *moves.entry((from, to)).or_default() += 1;
        }
    };
    let (mut hers, mut amounts) = (None, Vec::new());
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let customer: Vec<u8> = row.get(0)?;
        if hers.as_ref() != Some(&customer) {
            count(&amounts);
            amounts.clear();
            hers = Some(customer);
        }
        amounts.push(DatedAmount { day: row.get(1)?, amount: row.get(2)? });
    }
    count(&amounts);
    Ok(moves)
}

#[cfg(test)]
mod tests;
