//! The messages' settings: caps, hours, holidays, and the ways out, from a file that people can read.
//!
//! # Invariants
//!
//! - An unknown key is an error that names it.
//! - A secret is not in it, but the file that holds it.
//!
//! Not here: the desk's own caps (`rules`); the stricter of both counts (`gate`).

use super::kind::Kind;
use crate::calendar::Holiday;
use crate::language::Language;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

const SHIPPED: &str = include_str!("messages.toml");

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    language: LanguageWord,
    outlet: Outlet,
    /// S119.
    pub caps: Caps,
    kinds: BTreeMap<String, KindSettings>,
    holidays: Holidays,
    /// S39.
    pub season: Season,
    /// S40.
    pub long_absent: LongAbsent,
    /// An HTTP webhook, if there is one.
    pub webhook: Option<Webhook>,
    /// An SMS gateway, if there is one.
    pub sms: Option<Sms>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LanguageWord {
    Zh,
    En,
}

/// The way a message takes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outlet {
    /// The store's task list.
    Task,
    /// A list that a person takes along.
    Csv,
    /// Another program, by HTTP.
    Webhook,
    /// An SMS gateway.
    Sms,
}

impl Outlet {
    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Csv => "csv",
            Self::Webhook => "webhook",
            Self::Sms => "sms",
        }
    }
}

/// How often and when.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// Within any seven days.
    pub per_week: u16,
    /// So many a day by one store's task list; birthdays go beyond it.
    pub per_store_per_day: u32,
    /// Nothing leaves before.
    pub from_minute: u16,
    /// Nor from then on.
    pub until_minute: u16,
}

/// What holds for one kind.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindSettings {
    /// One to one person within so many days.
    pub apart_days: i32,
    /// Not before this minute of the day.
    pub from_minute: Option<u16>,
    /// Its own way out.
    pub outlet: Option<Outlet>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holidays {
    on: Vec<Holiday>,
}

/// When a season's text is due.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Days from the season's first.
    pub within_days: i32,
}

/// When one who stays away is missed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongAbsent {
    /// Days since her last purchase.
    pub days: i32,
    /// And again after so many.
    pub again_days: i32,
}

/// A program that takes messages by HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where.
    pub url: String,
    /// The file with the secret that signs.
    pub secret_file: PathBuf,
    /// How long an answer is waited for.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// So often, all in all.
    #[serde(default = "tries_max")]
    pub tries_max: u16,
}

/// An SMS gateway with its own names for things.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// Where.
    pub url: String,
    /// How the body is written.
    pub form: Body,
    /// What the gateway calls the number.
    pub phone_field: String,
    /// What it calls the text.
    pub text_field: String,
    /// What it calls our own number of the message, if it knows such a thing.
    pub key_field: Option<String>,
    /// Fields with the same value each time; `{secret}` in one is the secret.
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// Headers with the same value each time; `{secret}` in one is the secret.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The file with the secret.
    pub secret_file: Option<PathBuf>,
    /// Where in its answer (JSON, parts by dots) it says whether it took the message.
    pub status_field: Option<String>,
    /// What it says there if it did.
    #[serde(default)]
    pub accepted: Vec<String>,
    /// Where in its answer its own number of the message is.
    pub id_field: Option<String>,
    /// Where to ask what became of one; `{id}` is the gateway's number.
    pub report_url: Option<String>,
    /// Where in that answer it says so.
    pub report_field: Option<String>,
    /// What it says there once she has it.
    #[serde(default)]
    pub delivered: Vec<String>,
    /// How long an answer is waited for.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// So often, all in all, where it surely did not take it.
    #[serde(default = "tries_max")]
    pub tries_max: u16,
}

/// How a gateway wants its fields.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// As a JSON object.
    Json,
    /// As a web form.
    Form,
}

const fn timeout_ms() -> u64 {
    10_000
}

const fn tries_max() -> u16 {
    6
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Not TOML, or a key nobody knows; says which and where.
    #[error("the messages' settings: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// A kind that there is not.
    #[error("the messages' settings: there is no kind {0:?}")]
    NoKind(String),
    /// The hours leave no time, or are none.
    #[error("the messages' settings: from_minute must lie before until_minute, both within a day")]
    Hours,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl Settings {
    /// The shipped ones.
    #[must_use]
    pub fn shipped() -> Self {
        Self::over("").expect("the shipped settings are read by a test")
    }

    /// A chain's own, laid over the shipped ones.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] naming what is wrong.
    pub fn over(own: &str) -> Result<Self, SettingsError> {
        // Read alone first, so that an error names the line of the file that was given.
        let own: toml::Table = toml::from_str(own).map_err(Box::new)?;
        let mut all: toml::Table = toml::from_str(SHIPPED).map_err(Box::new)?;
        lay_over(&mut all, own);
        let settings: Self = all.try_into().map_err(Box::new)?;
        if let Some(word) = settings.kinds.keys().find(|word| Kind::from_word(word).is_none()) {
            return Err(SettingsError::NoKind(word.clone()));
        }
        let Caps { from_minute, until_minute, .. } = settings.caps;
        match from_minute < until_minute && until_minute <= 24 * 60 {
            true => Ok(settings),
            false => Err(SettingsError::Hours),
        }
    }

    /// Those of an HQ.
    ///
    /// # Errors
    ///
    /// [`SettingsError`].
    pub fn of(db: &Connection) -> Result<Self, SettingsError> {
        let sql = "SELECT text FROM message_settings";
        let own: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
        Self::over(&own.unwrap_or_default())
    }

    /// The chain's own as they were given, or the shipped ones where it has none.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn text(db: &Connection) -> rusqlite::Result<String> {
        let sql = "SELECT text FROM message_settings";
        let own = db.query_row(sql, [], |row| row.get(0)).optional()?;
        Ok(own.unwrap_or_else(|| SHIPPED.to_owned()))
    }

    /// Checks a chain's own and keeps them.
    ///
    /// # Errors
    ///
    /// [`SettingsError`]; then those of before hold.
    pub fn set(db: &Connection, own: &str) -> Result<Self, SettingsError> {
        let settings = Self::over(own)?;
        db.execute(
            "INSERT INTO message_settings (one, text) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET text = excluded.text",
            [own],
        )?;
        Ok(settings)
    }

    /// The language of what goes out.
    #[must_use]
    pub const fn language(&self) -> Language {
        match self.language {
            LanguageWord::Zh => Language::Zh,
            LanguageWord::En => Language::En,
        }
    }

    /// The way out of a kind.
    #[must_use]
    pub fn outlet(&self, kind: Kind) -> Outlet {
        self.kind(kind).outlet.unwrap_or(self.outlet)
    }

    /// What holds for a kind.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> KindSettings {
        let shipped = KindSettings { apart_days: 30, from_minute: None, outlet: None };
        self.kinds.get(kind.word()).copied().unwrap_or(shipped)
    }

    /// Whether there are wishes on this holiday.
    #[must_use]
    pub fn greets_on(&self, holiday: Holiday) -> bool {
        self.holidays.on.contains(&holiday)
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

    #[test]
    fn a_chains_own_settings_lie_over_the_shipped_ones_and_name_what_is_wrong() {
        let own = Settings::over("[kinds.birthday]\napart_days = 1\noutlet = \"csv\"\n").unwrap();
        assert_eq!(own.outlet(Kind::Birthday), Outlet::Csv);
        assert_eq!((own.outlet(Kind::Rain), own.caps.per_week), (Outlet::Task, 2));
        assert_eq!(own.kind(Kind::Rain).from_minute, Some(1_080), "that evening");
        for (wrong, named) in [
            ("[caps]\nper_wek = 1\n", "per_wek"),
            ("[kinds.birtday]\napart_days = 1\n", "birtday"),
            ("[caps]\nfrom_minute = 1300\n", "from_minute"),
        ] {
            let error = Settings::over(wrong).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_gateway_is_described_by_its_own_names() {
        let own = Settings::over(
            "[sms]\nurl = \"http://127.0.0.1/send\"\nform = \"json\"\nphone_field = \"mobile\"\n\
             text_field = \"content\"\nfixed = { apikey = \"{secret}\" }\n",
        );
        let sms = own.unwrap().sms.unwrap();
        assert_eq!((sms.form, sms.tries_max, sms.timeout_ms), (Body::Json, 6, 10_000));
    }
}
