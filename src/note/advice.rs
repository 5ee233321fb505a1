//! Washing and storage advice by what was bought.
//!
//! A TOML file that a shop can edit: each advice has the words that an item's name is recognised by
//! and its rows in both languages. The longest word that fits wins: 羊毛大衣 before 大衣.
//!
//! Not here: which rows go on the note (the parent module).

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
    advice: Vec<Advice>,
}

/// Advice for one category.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Words that name the category in an item's name.
    words: Vec<String>,
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
}

/// Why an advice file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct AdviceError {
    path: PathBuf,
    message: String,
}

impl AdviceBook {
    /// The advice that comes with the program.
    #[must_use]
    pub fn shipped() -> Self {
        toml::from_str(SHIPPED).expect("the shipped file is tested")
    }

    /// Reads a shop's own file.
    ///
    /// # Errors
    ///
    /// [`AdviceError`], which names the file, the line and what is allowed.
    pub fn load(path: &Path) -> Result<Self, AdviceError> {
        let failed = |message: String| AdviceError { path: path.into(), message };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        toml::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// The advice for an item by its name.
    #[must_use]
    pub fn find(&self, item: &str) -> Option<&Advice> {
        let item = item.to_lowercase();
        let fits = |word: &&String| item.contains(&word.to_lowercase());
        let best = |advice: &Advice| advice.words.iter().filter(fits).map(|word| word.len()).max();
        self.advice
            .iter()
            .filter_map(|advice| best(advice).map(|len| (len, advice)))
            .max_by_key(|(len, _)| *len)
            .map(|(_, advice)| advice)
    }

    /// Every word that the book knows.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.advice.iter().flat_map(|advice| &advice.words)
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_wins() {
        let book = AdviceBook::shipped();
        let title = |item: &str| book.find(item).map(|advice| advice.zh.title.as_str());
        assert_eq!(title("女款羊毛大衣 驼色"), Some("羊毛大衣"));
        assert_eq!(title("羊毛衫"), Some("羊毛羊绒"));
        assert_eq!(title("SILK DRESS"), Some("真丝"));
        assert_eq!(title("购物袋"), None);
    }
}
