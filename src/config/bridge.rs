//! How a till printer is configured.
//!
//! Not here: the rest of the file (the parent module).

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::receipt::code_page::Charset;

/// One till printer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeConfig {
    /// What it is called.
    pub name: String,
    /// Where the till prints to.
    pub pos: String,
    /// The printer.
    pub printer: String,
    /// Where the bridge writes its ports down once they worked, for a plain pipe when all else fails;
    /// without it where our own bridge or systemd's unit does.
    pub ports_file: Option<PathBuf>,
    /// Where the bridge waits for the agent; without it a socket in the state directory.
    pub link: Option<String>,
    /// What the printer prints text in when the till does not say: `gb18030`, `big5`, …
    #[serde(default)]
    pub charset: Option<CharsetName>,
    /// `auto`, `yes` or `no`.
    #[serde(default)]
    pub cutter: CutterName,
    /// `auto`, `escpos` or `star`.
    #[serde(default)]
    pub dialect: DialectName,
    /// Whether `huitou run` starts it; `false` where systemd does.
    #[serde(default = "yes")]
    pub start: bool,
}

/// A charset as the config writes it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum CharsetName {
    /// Mainland China.
    Gb18030,
    /// Hong Kong and Taiwan.
    Big5,
    /// Japan.
    #[serde(rename = "shift-jis")]
    ShiftJis,
    /// Korea.
    #[serde(rename = "euc-kr")]
    EucKr,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// The IBM PC's own.
    Cp437,
}

impl From<CharsetName> for Charset {
    fn from(name: CharsetName) -> Self {
        match name {
            CharsetName::Gb18030 => Self::Gb18030,
            CharsetName::Big5 => Self::Big5,
            CharsetName::ShiftJis => Self::ShiftJis,
            CharsetName::EucKr => Self::EucKr,
            CharsetName::Utf8 => Self::Utf8,
            CharsetName::Cp437 => Self::Table(437),
        }
    }
}

/// Whether the printer cuts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum CutterName {
    /// It is seen from the stream.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl CutterName {
    /// As the bridge's command line has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

/// The printer's command language.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum DialectName {
    /// It is seen from the stream.
    #[default]
    Auto,
    /// ESC/POS.
    Escpos,
    /// Star line mode.
    Star,
}

impl DialectName {
    /// As the bridge's command line has it, if it is to be said at all.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Escpos => Some("escpos"),
            Self::Star => Some("star"),
        }
    }
}

const fn yes() -> bool {
    true
}

impl BridgeConfig {
    /// Where this bridge's last good ports are written down.
    #[must_use]
    pub fn ports_file(&self, state_dir: &Path) -> PathBuf {
        let dir = match self.start {
            true => state_dir.join("link"),
            false => "/var/lib/huitou-bridge".into(), // as in the unit huitou-bridge@
        };
        self.ports_file.clone().unwrap_or_else(|| dir.join(format!("{}.ports", self.name)))
    }

    /// Where this bridge waits for the agent, as its command line has it.
    #[must_use]
    pub fn link_address(&self, state_dir: &Path) -> String {
        self.link.clone().unwrap_or_else(|| {
            format!("unix:{}", state_dir.join("link").join(format!("{}.sock", self.name)).display())
        })
    }
}
