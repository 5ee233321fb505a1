//! The rules: which words stand on a note, and when.
//!
//! ```text
//! rules.toml (shipped) ─┐
//!                       ├─ by id ─▶ checked: placeholders, policy ─▶ RuleBook
//! a shop's own file ────┘
//! ```
//!
//! A shop's rule with the id of a shipped one takes its place; `off = true` switches it off;
//! `replace = true` at the top of the file leaves out all that are shipped.
//!
//! # Invariants
//!
//! - A rule in the book has passed [`policy`], wherever it comes from, and its
//!   words of care neither sell nor pry nor demand, unless a person has reviewed them.
//!
//! Not here: which of them are printed (`choose`), what a placeholder stands for (`values`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::config::Language;

use super::caring::offence;
use super::policy::policy;
use super::template::Line;
use super::when::When;

/// What comes with the program.
pub const SHIPPED: &str = include_str!("rules.toml");

/// Lines of one rule.
const LINES_MAX: usize = 4;

/// A place on the note, from top to bottom. Of each part one rule is printed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Who is greeted.
    Greeting,
    /// A word for today: birthday, holiday, rain, season.
    Day,
    /// Her tier.
    Tier,
    /// What is missing to the next, if she agreed.
    Gap,
    /// A service or a gift that goes with what she bought.
    Gift,
    /// Washing and storing.
    Advice,
    /// That we answer.
    Promise,
    /// Whom to call in the shop.
    Contact,
    /// Returns and repairs.
    Returns,
    /// The company's telephone and the complaint number.
    Service,
    /// What her number is for.
    Consent,
}

impl Part {
    /// Whether it stands on the paper of a return.
    #[must_use]
    pub const fn is_for_returns(self) -> bool {
        matches!(self, Self::Contact | Self::Service)
    }

    /// Whether it is for somebody who gave her number.
    #[must_use]
    pub const fn is_for_guests(self) -> bool {
        matches!(self, Self::Greeting | Self::Tier | Self::Gap | Self::Consent)
    }

    /// Whether its words are a message that cares for her, rather than a service text: such words
    /// sell nothing.
    #[must_use]
    pub const fn is_care(self) -> bool {
        matches!(
            self,
            Self::Greeting
                | Self::Day
                | Self::Tier
                | Self::Gift
                | Self::Advice
                | Self::Promise
                | Self::Contact
        )
    }
}

/// How often a rule is printed for one customer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// The receipts of one day are one visit.
    Visit,
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// A year of the calendar.
    Year,
    /// Once and never again.
    Ever,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name: letters, digits and dashes.
    pub id: String,
    /// Where it stands.
    pub part: Part,
    /// 1 to 100: within a part the highest is printed; with little room the lowest goes first.
    pub priority: u8,
    /// When it holds.
    pub when: When,
    /// How often.
    pub once_per: Option<Period>,
    /// It takes the place of its part's rule where there is room for it, when its turn comes.
    pub instead: bool,
    /// It says what this part would say: of the two one is printed.
    pub covers: Option<Part>,
    /// Printed bold where the printer's bold is known.
    pub bold: bool,
    /// Chinese, simplified.
    pub zh: Vec<Line>,
    /// Chinese, traditional; without it the simplified lines are converted.
    pub zh_hant: Vec<Line>,
    /// English.
    pub en: Vec<Line>,
}

impl Rule {
    /// All its lines.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.zh.iter().chain(&self.zh_hant).chain(&self.en)
    }

    /// Its lines in a language.
    #[must_use]
    pub fn text(&self, language: Language) -> &[Line] {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    #[serde(default)]
    off: bool,
    part: Option<Part>,
    priority: Option<u8>,
    #[serde(default)]
    when: When,
    once_per: Option<Period>,
    #[serde(default)]
    instead: bool,
    covers: Option<Part>,
    #[serde(default)]
    bold: bool,
    /// A person has read the words and finds that they care.
    #[serde(default)]
    reviewed: bool,
    #[serde(default)]
    zh: Vec<String>,
    #[serde(default)]
    zh_hant: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBook {
    #[serde(default)]
    replace: bool,
    #[serde(default, rename = "rule")]
    rules: Vec<RawRule>,
}

/// Why a rules file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}{place}: {message}")]
pub struct RulesError {
    path: PathBuf,
    /// The line and the rule's id, where one is meant.
    place: String,
    message: String,
}

/// All rules of a shop.
#[derive(Clone, Debug)]
pub struct RuleBook {
    rules: Vec<Rule>,
}

impl RuleBook {
    /// The rules that come with the program.
    #[must_use]
    pub fn shipped() -> Self {
        let mut book = Self { rules: Vec::new() };
        book.merge(SHIPPED, Path::new("rules.toml")).expect("the shipped file is tested");
        book
    }

    /// The shipped rules under a shop's own.
    ///
    /// # Errors
    ///
    /// [`RulesError`], which names the file, the line, the rule and what is allowed.
    pub fn load(path: &Path) -> Result<Self, RulesError> {
        let mut book = Self::shipped();
        book.merge(&read(path)?, path)?;
        Ok(book)
    }

    /// As [`load`](Self::load) for one who has to start: rules whose words do not care are left out and
    /// told, not refused. A judge that learned more must not keep a shop from its notes.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), of anything else.
    pub fn start(path: &Path) -> Result<(Self, Vec<RulesError>), RulesError> {
        let (mut book, mut left_out) = (Self::shipped(), Vec::new());
        book.put_over(&read(path)?, path, Some(&mut left_out))?;
        Ok((book, left_out))
    }

    /// All rules; a shop's own stand first.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A book of one of its rules: to look at that rule by itself.
    #[must_use]
    pub fn only(&self, id: &str) -> Self {
        Self { rules: self.rules.iter().filter(|rule| rule.id == id).cloned().collect() }
    }

    /// Puts the rules of `text` over those that are here.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn merge(&mut self, text: &str, path: &Path) -> Result<(), RulesError> {
        self.put_over(text, path, None)
    }

    fn put_over(
        &mut self,
        text: &str,
        path: &Path,
        mut left_out: Option<&mut Vec<RulesError>>,
    ) -> Result<(), RulesError> {
        let raw: RawBook = toml::from_str(text).map_err(|error| RulesError {
            path: path.into(),
            place: String::new(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        if raw.replace {
            self.rules.clear();
        }
        let (mut new, mut seen) = (Vec::new(), Vec::new());
        for raw in raw.rules {
            let failed = |message: String| {
                let line = text[..raw.id.span().start].lines().count();
                let place = format!(", line {line}, rule \"{}\"", raw.id.get_ref());
                RulesError { path: path.into(), place, message }
            };
            let id = raw.id.get_ref().clone();
            if seen.contains(&id) {
                return Err(failed("the id stands twice in this file".into()));
            }
            seen.push(id.clone());
            let known = self.rules.iter().position(|rule| rule.id == id);
            let rule = match (known, raw.off) {
                (Some(at), true) => {
                    self.rules.remove(at);
                    continue;
                }
                (None, true) => return Err(failed(self.no_such(&id))),
                (_, false) => checked(&raw),
            };
            match (known, rule, &mut left_out) {
                (Some(at), Ok(rule), _) => self.rules[at] = rule,
                (None, Ok(rule), _) => new.push(rule),
                (_, Err(Wrong::Uncaring(why)), Some(left_out)) => left_out.push(failed(why)),
                (_, Err(Wrong::Odd(why) | Wrong::Uncaring(why)), _) => return Err(failed(why)),
            }
        }
        new.append(&mut self.rules);
        self.rules = new;
        Ok(())
    }

    fn no_such(&self, id: &str) -> String {
        let all: Vec<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        format!("off: no rule is called \"{id}\"; there are {}", all.join(", "))
    }
}

fn read(path: &Path) -> Result<String, RulesError> {
    fs::read_to_string(path).map_err(|error| RulesError {
        path: path.into(),
        place: String::new(),
        message: error.to_string(),
    })
}

/// What is wrong with a rule.
enum Wrong {
    /// It cannot be used.
    Odd(String),
    /// Its words sell, pry or demand.
    Uncaring(String),
}

impl<T: Into<String>> From<T> for Wrong {
    fn from(why: T) -> Self {
        Self::Odd(why.into())
    }
}

/// A rule that may be printed. Every rule goes through here, shipped or a shop's own.
fn checked(raw: &RawRule) -> Result<Rule, Wrong> {
    let id = raw.id.get_ref();
    let usual = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '-' || symbol == '_';
    if id.is_empty() || id.len() > 40 || !id.chars().all(usual) {
        return Err("id: 1 to 40 letters, digits, - and _".into());
    }
    let part = raw.part.ok_or("part is missing; or write off = true to switch a rule off")?;
    let priority = raw.priority.unwrap_or(50);
    if !(1..=100).contains(&priority) {
        return Err("priority: write 1 to 100".into());
    }
    if raw.zh.is_empty() && raw.en.is_empty() {
        return Err("it has no lines: write zh = [\"…\"], en = [\"…\"] or both".into());
    }
    let rule = Rule {
        id: id.clone(),
        part,
        priority,
        when: raw.when.clone(),
        once_per: raw.once_per,
        instead: raw.instead,
        covers: raw.covers,
        bold: raw.bold,
        zh: lines("zh", &raw.zh)?,
        zh_hant: lines("zh_hant", &raw.zh_hant)?,
        en: lines("en", &raw.en)?,
    };
    policy(&rule).map_err(|error| error.to_string())?;
    let holiday = sync::calendar::Holiday::ALL.first().map_or(("", ""), |day| (day.zh(), day.en()));
    let offence = offence(part, &rule.when, &raw.zh, &raw.en, holiday);
    match offence.filter(|_| !raw.reviewed) {
        Some(offence) => Err(Wrong::Uncaring(offence)),
        None => Ok(rule),
    }
}

fn lines(key: &str, texts: &[String]) -> Result<Vec<Line>, String> {
    if texts.len() > LINES_MAX {
        return Err(format!("{key}: at most {LINES_MAX} lines"));
    }
    texts.iter().map(|text| Line::parse(text).map_err(|error| format!("{key}: {error}"))).collect()
}

#[cfg(test)]
mod tests;
