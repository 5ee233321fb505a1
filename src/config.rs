//! The configuration: one TOML file.
//!
//! Every key is described in `huitou.example.toml` (`huitou example-config` prints it). An unknown
//! or wrong key is an error that names the key, the line, and what is allowed.
//!
//! Not here: what HQ decides (tiers, keys), which comes by the care list.

mod bridge;

pub use bridge::{BridgeConfig, CharsetName, CutterName, DialectName};

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use serde::Deserialize;

use crate::keypad::{self, KeypadConfig};
use crate::keys::KeysConfig;
use crate::peers::PeersConfig;

/// The commented example, which is also the documentation.
pub const EXAMPLE: &str = include_str!("../huitou.example.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What people read: `zh-CN` or `en`.
    #[serde(default)]
    pub language: Language,
    /// Where database and keys are.
    #[serde(default = "default_state_dir")]
    pub state_dir: PathBuf,
    /// The shop.
    pub store: StoreConfig,
    /// The cashier's page.
    #[serde(default)]
    pub page: PageConfig,
    /// A phone as second screen.
    #[serde(default)]
    pub second_screen: crate::second_screen::SecondScreenConfig,
    /// The API for tills that can call out.
    #[serde(default)]
    pub api: crate::page::access::ApiConfig,
    /// When to talk to HQ.
    #[serde(default)]
    pub sync: SyncConfig,
    /// How long and where what goes to HQ is kept.
    #[serde(default)]
    pub outbox: OutboxConfig,
    /// What the note says.
    #[serde(default)]
    pub note: NoteConfig,
    /// Whose tiers count.
    #[serde(default)]
    pub tier: TierConfig,
    /// The store's other tills.
    #[serde(default)]
    pub peers: PeersConfig,
    /// The key store's commands, where the keys are released by one.
    #[serde(default)]
    pub keys: KeysConfig,
    /// One for each till printer.
    #[serde(default, rename = "bridge")]
    pub bridges: Vec<BridgeConfig>,
    /// Keypads and scanners that work without the page having the focus.
    #[serde(default, rename = "keypad")]
    pub keypads: Vec<KeypadConfig>,
}

/// A language of people.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub enum Language {
    /// Chinese, as in mainland China.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Picks the text of this language.
    #[must_use]
    pub const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// The shop as it stands on the note.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Its name at HQ.
    pub name: String,
    /// What this till is called.
    #[serde(default = "default_till")]
    pub till: String,
    /// Whom to ask for: the store's telephone.
    pub phone: Option<String>,
    /// Who serves: a sales associate's name for the contact line.
    pub associate: Option<String>,
    /// The company's service telephone.
    pub service_phone: Option<String>,
    /// The local consumers' complaint number.
    pub complaint_phone: Option<String>,
}

/// The cashier's page.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageConfig {
    /// Where it listens; loopback only.
    pub listen: SocketAddr,
}

impl Default for PageConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8610)) }
    }
}

/// When to talk to HQ.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncConfig {
    /// Whether it happens by itself.
    pub automatic: bool,
    /// Begin of the nightly window, local time.
    pub window_from: Time,
    /// End of it.
    pub window_to: Time,
    /// After so many minutes without a sale, what waits is sent.
    pub idle_minutes: u32,
    /// A proxy with a public certificate stands before HQ: then that is checked, not HQ's own key.
    pub through_proxy: bool,
    /// KiB a second of the shop's line that the road to HQ may use, both ways; as much as there is
    /// unless given.
    pub kib_per_second_max: Option<NonZeroU32>,
}

impl Default for SyncConfig {
    fn default() -> Self {
        let at = |hour, minute| Time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default());
        Self {
            automatic: true,
            window_from: at(22, 30),
            window_to: at(6, 0),
            idle_minutes: 20,
            through_proxy: false,
            kib_per_second_max: None,
        }
    }
}

/// How long and where what goes to HQ is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboxConfig {
    /// Days on which HQ spoke that events stay after it has them: one restored from a backup is refilled.
    pub keep_days: u32,
    /// A directory on another disk for a second copy.
    pub second_copy: Option<PathBuf>,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { keep_days: crate::outbox::KEEP_DAYS, second_copy: None }
    }
}

/// A time of day, `22:30`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Time(pub NaiveTime);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        NaiveTime::parse_from_str(&text, "%H:%M")
            .map(Self)
            .map_err(|_| serde::de::Error::custom("a time of day is written like \"22:30\""))
    }
}

/// What the note says.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoteConfig {
    /// Whether notes are printed at all.
    pub enabled: bool,
    /// The most lines of one.
    pub lines_max: usize,
    /// Washing advice by category; without it the one that comes with huitou.
    pub advice: Option<PathBuf>,
    /// The shop's own rules, over those that come with huitou.
    pub rules: Option<PathBuf>,
}

impl Default for NoteConfig {
    fn default() -> Self {
        Self { enabled: true, lines_max: 8, advice: None, rules: None }
    }
}

/// Whose tiers count.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct TierConfig {
    /// `huitou` (by net spend, as HQ says) or `till` (what the till's own system prints).
    pub from: TierSource,
}

/// Who says what tier a customer has.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum TierSource {
    /// We compute it, by HQ's policy.
    #[default]
    Huitou,
    /// The till's own system; we only read what it prints.
    Till,
}

fn default_state_dir() -> PathBuf {
    "/var/lib/huitou".into()
}

fn default_till() -> String {
    "1".into()
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}; `huitou example-config` prints one to begin with")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A key is unknown, missing or wrong; the text names line and key and what is allowed.
    #[error("{path}: {message}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What TOML says, with the line.
        message: String,
    },
    /// A value that cannot be.
    #[error("{path}: {key}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], which names the file, the key and what is allowed.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Io { path: path.into(), source })?;
        Self::parse(&text, path)
    }

    /// Reads `text`; `path` is for messages.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Toml {
            path: path.into(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        config.checked().map_err(|(key, problem)| ConfigError::Value {
            path: path.into(),
            key,
            problem,
        })
    }

    fn checked(self) -> Result<Self, (String, String)> {
        if !self.page.listen.ip().is_loopback() {
            let problem = "the cashier's page has no log-in: listen on 127.0.0.1 only";
            return Err(("page.listen".into(), problem.into()));
        }
        if !(1..=24).contains(&self.note.lines_max) {
            return Err(("note.lines_max".into(), "write 1 to 24".into()));
        }
        for (index, bridge) in self.bridges.iter().enumerate() {
            let usable = |name: &str| {
                !name.is_empty()
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            };
            if !usable(&bridge.name) {
                let problem = "use letters, digits, - and _ (it names a socket)";
                return Err((format!("bridge {}: name", index + 1), problem.into()));
            }
            if self.bridges[..index].iter().any(|other| other.name == bridge.name) {
                return Err((
                    format!("bridge {}: name", index + 1),
                    "two bridges have this name".into(),
                ));
            }
        }
        keypad::checked(&self.keypads, &self.bridges)?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_config() {
        let config = Config::parse(EXAMPLE, Path::new("example")).unwrap();
        assert_eq!(config.bridges.len(), 1);
    }

    #[test]
    fn every_key_of_the_example_works_when_its_comment_mark_is_taken_off() {
        let uncommented: String = EXAMPLE
            .lines()
            .map(|line| match line.strip_prefix("#") {
                Some(rest) if rest.contains(" = ") && !rest.starts_with(' ') => rest,
                Some(rest) if rest.starts_with('[') => rest,
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        Config::parse(&uncommented, Path::new("example")).unwrap();
        assert_ne!(uncommented, EXAMPLE);
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line_and_what_is_allowed() {
        let error =
            |text: &str| Config::parse(text, Path::new("huitou.toml")).unwrap_err().to_string();
        let unknown = error("[store]\nname = \"a\"\nfone = \"1\"\n");
        assert!(
            unknown.contains("line 3") && unknown.contains("fone") && unknown.contains("`phone`"),
            "{unknown}"
        );
        let wrong = error("language = \"fr\"\n[store]\nname = \"a\"\n");
        assert!(wrong.contains("line 1") && wrong.contains("zh-CN"), "{wrong}");
        let open = error("[store]\nname = \"a\"\n[page]\nlisten = \"0.0.0.0:8610\"\n");
        assert!(open.contains("page.listen") && open.contains("127.0.0.1"), "{open}");
        let time = error("[store]\nname = \"a\"\n[sync]\nwindow_from = \"late\"\n");
        assert!(time.contains("22:30"), "{time}");
    }
}
