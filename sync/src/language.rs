//! The two languages that people read here; never mixed in one text.
//!
//! Not here: the texts; each stands beside what it speaks of.

/// The language of a page or a sentence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// Chinese, unless another is asked for.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language that a page's address asks for: `?lang=en`.
    #[must_use]
    pub fn asked(lang: Option<&str>) -> Self {
        if lang == Some("en") { Self::En } else { Self::Zh }
    }

    /// The wording in this language.
    #[must_use]
    pub const fn of<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}
