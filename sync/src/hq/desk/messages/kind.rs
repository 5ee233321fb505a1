//! What a message is for, and which stream it belongs to.
//!
//! Not here: when it is due (`due`), whether it may be sent (`gate`).

use crate::care_text;

/// What a message is for. In the order in which they go first when two meet on one day.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, clap::ValueEnum, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// On her birthday (S38).
    Birthday,
    /// On a rainy day, to who came that day (S33, S34).
    Rain,
    /// On a holiday (S37).
    Holiday,
    /// When a season begins (S39).
    Season,
    /// To one who was not here for long (S40).
    LongAbsent,
    /// On a theme that she chose, without offers (S112).
    Information,
    /// Offers and what is new (S79).
    Marketing,
}

/// Streams that never mix: each with a consent of its own.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, clap::ValueEnum, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Stream {
    /// Never commercial.
    Care,
    /// Themes that she chose.
    Information,
    /// Explicit opt-in, with proof.
    Marketing,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Birthday,
        Self::Rain,
        Self::Holiday,
        Self::Season,
        Self::LongAbsent,
        Self::Information,
        Self::Marketing,
    ];

    /// Its word in tables and settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Birthday => "birthday",
            Self::Rain => "rain",
            Self::Holiday => "holiday",
            Self::Season => "season",
            Self::LongAbsent => "long_absent",
            Self::Information => "information",
            Self::Marketing => "marketing",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The stream it belongs to.
    #[must_use]
    pub const fn stream(self) -> Stream {
        match self {
            Self::Information => Stream::Information,
            Self::Marketing => Stream::Marketing,
            _ => Stream::Care,
        }
    }

    /// As what the checker judges it; none for marketing, which may sell. Chosen information is judged
    /// as strictly as words on the weather: a theme is no pretext.
    #[must_use]
    pub const fn judged_as(self) -> Option<care_text::Kind> {
        match self {
            Self::Birthday => Some(care_text::Kind::Birthday),
            Self::Rain => Some(care_text::Kind::Rain),
            Self::Holiday => Some(care_text::Kind::Holiday),
            Self::Season | Self::Information => Some(care_text::Kind::Season),
            Self::LongAbsent => Some(care_text::Kind::LongAbsent),
            Self::Marketing => None,
        }
    }
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Care, Self::Information, Self::Marketing];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::Information => "information",
            Self::Marketing => "marketing",
        }
    }
}
