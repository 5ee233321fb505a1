//! The desk's rules: amounts, days, caps and words, from a file that people can read.
//!
//! ```text
//! rules.toml (shipped) ◀── laid over ── the chain's own, kept in the database ──▶ Rules
//! ```
//!
//! # Invariants
//!
//! - An unknown key is an error that names it; so is a rule without words.
//!
//! Not here: what follows from them (`engine`).

use super::engine::Rule;
use super::win_back::script::{Lost, Scripts};
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("rules.toml");

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// S44.
    pub big_sale: BigSale,
    /// S46 to S48.
    pub newcomer: Newcomer,
    /// S49.
    pub threshold: Threshold,
    /// S50.
    pub top_spender: TopSpender,
    /// S80 to S82, S118.
    pub win_back: WinBack,
    /// S119.
    pub caps: Caps,
    /// What follows a call that nobody took.
    pub retry: Retry,
    /// S23.
    pub standards: Standards,
    /// What to say, by rule.
    pub words: BTreeMap<String, Words>,
    /// The first minute of winning back.
    pub scripts: Scripts,
}

/// A sale so large that a call follows (S44).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BigSale {
    /// From this on, minor units, after what came back.
    pub sale_min: i64,
    /// Days until the call.
    pub after_days: i32,
}

/// Who was brought by another (S46 to S48).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newcomer {
    /// Days until the call, at most.
    pub call_within_days: i32,
}

/// Spending that is thanked for (S49).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Minor units, each once.
    pub amounts: Vec<i64>,
    /// Counted per calendar year.
    pub yearly: bool,
}

/// The year's highest spender (S50).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopSpender {
    /// Days for the visit, from the first of January.
    pub visit_within_days: i32,
}

/// Who stays away, and how many of them are called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WinBack {
    /// Calendar months since her last purchase (S118).
    pub lapsed_months: u8,
    /// Calls a store is asked for in one day.
    pub per_store_per_day: u16,
    /// Of a thousand, so many are left alone.
    pub hold_out_permille: u16,
    /// Days before she is called for this again.
    pub again_after_days: i32,
}

/// How often one person is touched, and when (S119).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Within any seven days.
    pub per_week: u16,
    /// Two calls so close become one.
    pub merge_days: i32,
    /// A task so late is not made at all.
    pub late_days_max: i32,
    /// Only whom she allowed us to care for.
    pub needs_consent: bool,
    /// Nobody is called before.
    pub from_minute: u16,
    /// Nor from then on.
    pub until_minute: u16,
}

/// A call that nobody took.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// So often again.
    pub times: u16,
    /// Days later.
    pub after_days: i32,
}

/// What the chain promises itself (S23).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standards {
    /// Days after its day that a task may stay open.
    pub follow_up_days: i32,
    /// Hours until a question is answered (S29).
    pub question_hours: i64,
    /// Minutes until a complaint is first answered (S76).
    pub complaint_reply_minutes: i64,
    /// Days until it is settled.
    pub complaint_close_days: i64,
    /// Every member of a tier is touched within so many days (S110).
    pub coverage_days: i32,
    /// Of a hundred who are dissatisfied so many say so: a claim, used for an estimate only (S74).
    pub voiced_percent: u32,
}

/// A sentence in both languages; `{who}`, `{staff}`, `{store}` and `{item}` are filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Not TOML, or a key nobody knows; says which and where.
    #[error("the desk's rules: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// Nothing to say.
    #[error("the desk's rules: no words for {0}")]
    NoWords(&'static str),
    /// The hours leave no time, or are none.
    #[error("the desk's rules: from_minute must lie before until_minute, both within a day")]
    Hours,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl Rules {
    /// The shipped ones.
    #[must_use]
    pub fn shipped() -> Self {
        Self::over("").expect("the shipped rules are read by a test")
    }

    /// A chain's own, laid over the shipped ones.
    ///
    /// # Errors
    ///
    /// [`RulesError`] naming what is wrong.
    pub fn over(own: &str) -> Result<Self, RulesError> {
        // Read alone first, so that an error names the line of the file that was given.
        let own: toml::Table = toml::from_str(own).map_err(Box::new)?;
        let mut all: toml::Table = toml::from_str(SHIPPED).map_err(Box::new)?;
        lay_over(&mut all, own);
        let rules: Self = all.try_into().map_err(Box::new)?;
        for rule in Rule::ALL.into_iter().filter(|rule| !rule.has_own_words()) {
            if !rules.words.contains_key(rule.word()) {
                return Err(RulesError::NoWords(rule.word()));
            }
        }
        let Caps { from_minute, until_minute, .. } = rules.caps;
        match from_minute < until_minute && until_minute <= 24 * 60 {
            true => Ok(rules),
            false => Err(RulesError::Hours),
        }
    }

    /// Those of an HQ.
    ///
    /// # Errors
    ///
    /// [`RulesError`]; what is kept was checked when it was set, so an older program may have to be
    /// replaced.
    pub fn of(db: &Connection) -> Result<Self, RulesError> {
        let own: Option<String> =
            db.query_row("SELECT text FROM desk_rules", [], |row| row.get(0)).optional()?;
        Self::over(&own.unwrap_or_default())
    }

    /// The chain's own rules as they were given, or the shipped ones where it has none.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn text(db: &Connection) -> rusqlite::Result<String> {
        let own = db.query_row("SELECT text FROM desk_rules", [], |row| row.get(0)).optional()?;
        Ok(own.unwrap_or_else(|| SHIPPED.to_owned()))
    }

    /// Checks a chain's own rules and keeps them.
    ///
    /// # Errors
    ///
    /// [`RulesError`]; then those of before hold.
    pub fn set(db: &Connection, own: &str) -> Result<Self, RulesError> {
        let rules = Self::over(own)?;
        db.execute(
            "INSERT INTO desk_rules (one, text) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET text = excluded.text",
            [own],
        )?;
        Ok(rules)
    }

    /// What to say for a rule: one sentence, or the four of a script.
    #[must_use]
    pub fn words(&self, rule: Rule, lost: Lost) -> Vec<&Words> {
        match self.words.get(rule.word()) {
            Some(words) => vec![words],
            None if rule == Rule::Message => Vec::new(),
            None => self.scripts.of(lost).sections().to_vec(),
        }
    }
}

fn lay_over(base: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(own)) => lay_over(base, own),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care_text::{Kind, check};

    #[test]
    fn a_chains_own_rules_lie_over_the_shipped_ones_and_name_what_is_wrong() {
        let own = Rules::over("[big_sale]\nsale_min = 300000\n").unwrap();
        assert_eq!((own.big_sale.sale_min, own.big_sale.after_days), (300_000, 7));
        let error = Rules::over("[big_sale]\nsale_mni = 1\n").unwrap_err().to_string();
        assert!(error.contains("sale_mni"), "{error}");
        assert!(matches!(Rules::over("[caps]\nfrom_minute = 1300\n"), Err(RulesError::Hours)));
    }

    /// S36: what the desk gives people to say is care, so the judge of care texts must pass it.
    #[test]
    fn no_shipped_words_sell_or_pry_or_demand() {
        let kind = |rule: &str| match rule {
            "big_sale" | "newcomer_call" | "second_chance" => Kind::AfterSale,
            "appointment" | "retry" | "complaint" | "top_spender" => Kind::Prompt,
            _ => Kind::Thanks,
        };
        let mut findings = Vec::new();
        for (rule, Words { zh, en }) in Rules::shipped().words {
            let fill = |text: &str, [who, staff, store, item]: [&str; 4]| {
                let text = text.replace("{who}", who).replace("{staff}", staff);
                text.replace("{store}", store).replace("{item}", item)
            };
            let zh = fill(&zh, ["李女士", "小陈", "湖滨店", "真丝连衣裙"]);
            let en = fill(&en, ["Ms Li", "Chen", "the Lakeside shop", "silk dress"]);
            for text in [zh, en] {
                findings.extend(check(kind(&rule), &text).into_iter().map(|of| (rule.clone(), of)));
            }
        }
        // To one who left after a wrong of ours we apologise and ask: that is no care text.
        let unknown = Rules::shipped().scripts.unknown;
        for pick in [|words: &Words| words.zh.clone(), |words: &Words| words.en.clone()] {
            let text: String = unknown.sections().map(pick).join(" ");
            let text = text.replace("{who}", "Ms Li").replace("{staff}", "Chen");
            let of = check(Kind::LongAbsent, &text.replace("{store}", "the Lakeside shop"));
            findings.extend(of.into_iter().map(|of| ("unknown".to_owned(), of)));
        }
        assert!(findings.is_empty(), "{findings:#?}");
    }
}
