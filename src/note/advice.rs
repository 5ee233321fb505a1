//! Washing and storage advice by what was bought.
//!
//! A TOML file that a shop can edit: each advice has the words that an item's name is recognised by
//! and its rows in both languages. A whole piece goes before a fibre, that before a garment; within
//! a kind the longest word wins: 羊毛大衣 before 羊毛 before 大衣.
//!
//! # Invariants
//!
//! - What is printed is the book's words, never the till's: an item's name can hold anything.
//!
//! Not here: which rows go on the note (`choose`), garments whose own care code is known
//! (`care_code`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::Language;

/// What comes with the program.
const SHIPPED: &str = include_str!("advice.toml");

/// All advice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceBook {
    /// Words of what needs none, e.g. 购物袋.
    #[serde(default)]
    no_care: Vec<String>,
    advice: Vec<Advice>,
}

/// What a word names.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// 连衣裙: only what is usual for it.
    Garment,
    /// 真丝.
    Fibre,
    /// 羊毛大衣, 皮鞋: decides by itself.
    #[default]
    Piece,
}

/// Advice for one category.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The category's name in rules, e.g. `silk`.
    pub key: String,
    /// What its words name.
    #[serde(default)]
    pub kind: Kind,
    /// Words that name the category in an item's name.
    words: Vec<String>,
    /// The same in lower case, in the same order.
    #[serde(skip)]
    lower: Vec<String>,
    zh: AdviceText,
    en: AdviceText,
}

/// Advice in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceText {
    /// What it is, e.g. 真丝.
    pub title: String,
    /// What to do, one row each.
    pub lines: Vec<String>,
    /// The same in half a row.
    pub short: Option<String>,
}

impl AdviceText {
    /// What to do in half a row.
    #[must_use]
    pub fn short(&self) -> &str {
        let first = self.lines.first().map_or("", String::as_str);
        self.short.as_deref().unwrap_or(first)
    }
}

/// Why an advice file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct AdviceError {
    path: PathBuf,
    message: String,
}

/// What an item's name says.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// Its advice.
    pub advice: &'a Advice,
    /// The garment's word where the advice is a fibre's: 连衣裙 of 真丝连衣裙.
    garment: Option<(&'a Advice, &'a str)>,
    /// Both words, where they share a character: 羊毛衫.
    shared: Option<String>,
}

impl Found<'_> {
    /// What it is, in the book's words.
    #[must_use]
    pub fn title(&self, language: Language) -> String {
        let base = &self.advice.text(language).title;
        match (language, &self.shared, self.garment) {
            (Language::Chinese, Some(both), _) => both.clone(),
            (Language::Chinese, None, Some((garment, word))) => {
                let word = if word.is_ascii() { &garment.zh.title } else { word };
                format!("{base}{word}")
            }
            (Language::English, _, Some((garment, _))) => {
                format!("{base} {}", garment.en.title.to_lowercase())
            }
            (_, _, None) => base.clone(),
        }
    }
}

impl AdviceBook {
    /// The advice that comes with the program.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped file is tested")
    }

    /// Reads a shop's own file.
    ///
    /// # Errors
    ///
    /// [`AdviceError`], which names the file, the line and what is allowed.
    pub fn load(path: &Path) -> Result<Self, AdviceError> {
        let failed = |message: String| AdviceError { path: path.into(), message };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(|error| failed(error.to_string().trim_end().to_owned()))
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut book: Self = toml::from_str(text)?;
        for advice in &mut book.advice {
            advice.lower = advice.words.iter().map(|word| word.to_lowercase()).collect();
        }
        book.no_care.iter_mut().for_each(|word| *word = word.to_lowercase());
        Ok(book)
    }

    /// The advice for an item by its name, or by its fibre and category in words.
    #[must_use]
    pub fn find(&self, item: &str) -> Option<Found<'_>> {
        let item = item.to_lowercase();
        let best = |kind: Kind| self.best(&item, kind);
        if let Some((advice, ..)) = best(Kind::Piece) {
            return Some(Found { advice, garment: None, shared: None });
        }
        let garment = best(Kind::Garment);
        let Some((advice, at, len)) = best(Kind::Fibre) else {
            let (advice, ..) = garment?;
            return Some(Found { advice, garment: None, shared: None });
        };
        let mut found = Found { advice, garment: None, shared: None };
        if let Some((garment, from, count)) = garment {
            let (end, garment_end) = (at + len, from + count);
            let place = garment.lower.iter().position(|lower| *lower == item[from..garment_end]);
            let word = place.map(|place| &garment.words[place]);
            match word {
                // 牛仔裤: the garment's word begins where the fibre's ends, or within it.
                Some(_) if from < end && at < garment_end => {
                    let both = &item[at.min(from)..end.max(garment_end)];
                    found.shared = (!both.is_ascii()).then(|| both.to_owned());
                }
                word => found.garment = word.map(|word| (garment, word.as_str())),
            }
        }
        Some(found)
    }

    /// The longest word of a kind in `item`: whose it is, where it begins and how long it is.
    fn best(&self, item: &str, kind: Kind) -> Option<(&Advice, usize, usize)> {
        let of_kind = self.advice.iter().filter(|advice| advice.kind == kind);
        let found = of_kind.flat_map(|advice| {
            let places = advice.lower.iter().filter_map(|word| place(item, word));
            places.map(move |(at, len)| (advice, at, len))
        });
        // The first of equals: the book goes from the delicate to the sturdy.
        found.reduce(|best, next| if next.2 > best.2 { next } else { best })
    }

    /// Whether an item needs no care at all: a shopping bag, a fee.
    #[must_use]
    pub fn needs_none(&self, item: &str) -> bool {
        let item = item.to_lowercase();
        self.no_care.iter().any(|word| place(&item, word).is_some())
    }

    /// The keys of all categories.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.advice.iter().map(|advice| advice.key.as_str())
    }

    /// Every word that the book knows.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.advice.iter().flat_map(|advice| &advice.words)
    }

    /// All advice.
    pub fn all(&self) -> impl Iterator<Item = &Advice> {
        self.advice.iter()
    }
}

/// Where `word` stands in `item`, both in lower case. A Latin word stands by itself: `hat` is
/// not in `that`.
fn place(item: &str, word: &str) -> Option<(usize, usize)> {
    let latin = |symbol: Option<char>| symbol.is_some_and(|symbol| symbol.is_ascii_alphanumeric());
    item.match_indices(word).map(|(at, _)| at).find_map(|at| {
        let end = at + word.len();
        let joined_before = latin(item[..at].chars().next_back()) && latin(word.chars().next());
        let joined_after = latin(item[end..].chars().next()) && latin(word.chars().next_back());
        (!joined_before && !joined_after).then_some((at, word.len()))
    })
}

impl Advice {
    /// Its text in a language.
    #[must_use]
    pub const fn text(&self, language: Language) -> &AdviceText {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }

    /// The words it is recognised by.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

#[cfg(test)]
mod tests;
