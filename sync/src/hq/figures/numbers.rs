//! The numbers of keeping customers, each with its name, its value and how it was counted.
//!
//! # Invariants
//!
//! - A number of nothing is a dash, never 0 %.
//! - What others claim stands beside the chain's own number and is called a claim.
//!
//! Not here: counting (`tally`), where they are drawn (`command`, `web`).

mod cost;
mod state;

pub use cost::cost_of_churn;

use super::measure::{self, StageMonth};
use super::measured::Measured;
use super::rules::{FigureRules, FigureRulesError};
use crate::hq::store;
use crate::language::Language;
use crate::money::Minor;
use rusqlite::Connection;

/// One number.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Number {
    /// The rules of the practice that ask for it.
    pub rule: &'static str,
    /// What it is.
    pub name: String,
    /// As it is shown.
    pub value: String,
    /// How it was counted.
    pub definition: String,
}

/// What numbers are made from.
pub(super) struct From<'a> {
    pub(super) measured: &'a Measured,
    pub(super) rules: &'a FigureRules,
    pub(super) months: &'a [StageMonth],
    pub(super) language: Language,
    pub(super) exponent: u8,
}

/// All numbers of the last night; none before the first.
///
/// # Errors
///
/// [`FigureRulesError`] if the rules do not read, or as SQLite says.
pub fn numbers(db: &Connection, language: Language) -> Result<Vec<Number>, FigureRulesError> {
    let Some(measured) = measure::measured(db)? else { return Ok(Vec::new()) };
    let rules = FigureRules::of(db)?;
    let exponent = store::own(db)?.currency_exponent;
    let months = measure::stage_months(db)?;
    let from = From { measured: &measured, rules: &rules, months: &months, language, exponent };
    let mut all = state::numbers(&from);
    all.extend(cost::numbers(&from));
    all.push(state::alone(measured.members, language));
    Ok(all)
}

/// What somebody ought to look at; empty when all is well.
///
/// # Errors
///
/// As SQLite says.
pub fn alerts(db: &Connection, language: Language) -> rusqlite::Result<Vec<String>> {
    let mut alerts = Vec::new();
    if measure::stage_months(db)?.last().is_some_and(|month| month.falls) {
        let fell = language.of(
            "上月升级的顾客比例下降,超出偶然:请检讨流程",
            "Fewer customers moved up a stage last month than chance explains: think the process over",
        );
        alerts.push(fell.to_owned());
    }
    let (_, alone) = measure::measured(db)?.unwrap_or_default().members;
    if alone > 0 {
        alerts.push(match language {
            Language::Zh => format!("{alone}位会员只有不到两名员工熟悉"),
            Language::En => format!("{alone} members are known to fewer than two of the staff"),
        });
    }
    Ok(alerts)
}

impl From<'_> {
    pub(super) fn of<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.language.of(zh, en)
    }

    pub(super) fn number(
        &self,
        rule: &'static str,
        (zh, en): (&str, &str),
        value: String,
        definition: impl Into<String>,
    ) -> Number {
        Number { rule, name: self.of(zh, en).to_owned(), value, definition: definition.into() }
    }

    pub(super) fn money(&self, units: i64) -> String {
        Minor::new(units).with_decimals(self.exponent).to_string()
    }

    /// `62.5 % (5 / 8)`; a dash of nothing.
    pub(super) fn share(&self, part: u64, whole: u64) -> String {
        match whole {
            0 => "–".to_owned(),
            _ => format!("{} ({part} / {whole})", percent(part as f64 / whole as f64)),
        }
    }
}

/// `62.5 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Two decimals, or a dash.
pub(super) fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}
