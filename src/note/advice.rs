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

use super::fit::cells;

/// A title stands in brackets beside the word that the label goes first.
const TITLE_CELLS_MAX: usize = 14;

/// Garments to be seen in; with a fibre's name before it a garment is one of them or none.
const SEEN: [&str; 12] = [
    "wool-coat",
    "suit",
    "suit-trousers",
    "evening",
    "qipao",
    "dress",
    "knitwear",
    "coat",
    "shirt",
    "t-shirt",
    "trousers",
    "children",
];

/// What comes with the program.
const SHIPPED: &str = include_str!("advice.toml");

/// All advice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceBook {
    /// Words of what needs none, e.g. 购物袋.
    #[serde(default)]
    no_care: Vec<String>,
    /// Words of parts that do not decide, e.g. 毛领.
    #[serde(default)]
    trimmings: Vec<String>,
    /// Words that tell what a thing is and do not name it, e.g. 瑜伽.
    #[serde(default)]
    not_a_name: Vec<String>,
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
    /// The word that it was found by, if that is a name: 羊绒大衣, which no book calls 羊毛大衣.
    word: Option<&'a str>,
    /// The garment's word where the advice is a fibre's: 连衣裙 of 真丝连衣裙.
    garment: Option<(&'a Advice, &'a str)>,
    /// Both words, where they share a character: 羊毛衫.
    shared: Option<String>,
    /// The fibre's word, a name or not: beside a garment's it is one.
    fibre: &'a str,
}

impl Found<'_> {
    /// Whether it is a garment to be seen in, so that one may ask on paper how it fits.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        let key = |advice: &Advice| SEEN.contains(&advice.key.as_str());
        key(self.advice)
            || self.garment.is_some_and(|(garment, _)| key(garment))
            || self.shared.is_some()
    }

    /// What it is, in the book's words: never a fibre or a garment that the item's name does not have.
    #[must_use]
    pub fn title(&self, language: Language) -> String {
        let base = &self.advice.text(language).title;
        let spoken = |word: &&str| word.is_ascii() == (language == Language::English);
        let word = self.word.filter(|word| spoken(word) && word.chars().nth(1).is_some());
        let alone = word.map_or_else(|| base.clone(), |word| sentence(word, language));
        let whole = match (language, &self.shared, self.garment) {
            (Language::Chinese, Some(both), _) => both.clone(),
            (_, _, Some((garment, word))) => {
                let fibre = Some(self.fibre).filter(spoken).unwrap_or(base);
                let usual = garment.text(language).title.to_lowercase();
                let word = Some(word).filter(spoken).unwrap_or(&usual);
                let space = language.pick("", " ");
                sentence(&format!("{fibre}{space}{word}"), language)
            }
            _ => alone.clone(),
        };
        [whole, alone]
            .into_iter()
            .find(|title| cells(title) <= TITLE_CELLS_MAX)
            .unwrap_or_else(|| base.clone())
    }
}

/// With a capital where there are any.
fn sentence(words: &str, language: Language) -> String {
    let mut symbols = words.chars();
    match (language, symbols.next()) {
        (Language::English, Some(first)) => first.to_uppercase().chain(symbols).collect(),
        _ => words.to_owned(),
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
        let lists = [&mut book.no_care, &mut book.trimmings, &mut book.not_a_name];
        lists.into_iter().flatten().for_each(|word| *word = word.to_lowercase());
        Ok(book)
    }

    /// The advice for an item by its name, or by its fibre and category in words.
    #[must_use]
    pub fn find(&self, item: &str) -> Option<Found<'_>> {
        let item = self.without_trimmings(item.to_lowercase());
        let [piece, fibre, garment] =
            [Kind::Piece, Kind::Fibre, Kind::Garment].map(|kind| self.best(&item, kind));
        // 西装裙 is a longer word than 西装: what has it in it knows better.
        let within = |word: &Hit<'_>, longer: &Option<Hit<'_>>| {
            longer.as_ref().is_some_and(|longer| {
                longer.len > word.len && longer.at <= word.at && word.end() <= longer.end()
            })
        };
        if let Some(piece) =
            piece.filter(|piece| !within(piece, &fibre) && !within(piece, &garment))
        {
            return Some(self.found(&piece));
        }
        let Some(fibre) = fibre else { return Some(self.found(&garment?)) };
        let mut found = self.found(&fibre);
        match garment {
            // 牛仔裤: the garment's word begins where the fibre's ends, or within it.
            Some(garment) if garment.at < fibre.end() && fibre.at < garment.end() => {
                let both = &item[fibre.at.min(garment.at)..fibre.end().max(garment.end())];
                found.shared = (!both.is_ascii()).then(|| both.to_owned());
            }
            garment => found.garment = garment.map(|garment| (garment.advice, garment.word)),
        }
        Some(found)
    }

    fn found<'a>(&self, hit: &Hit<'a>) -> Found<'a> {
        let is_name = !self.not_a_name.iter().any(|word| word == &hit.word.to_lowercase());
        let word = is_name.then_some(hit.word);
        Found { advice: hit.advice, word, garment: None, shared: None, fibre: hit.word }
    }

    fn without_trimmings(&self, item: String) -> String {
        self.trimmings.iter().fold(item, |item, part| match place(&item, part) {
            Some((at, len)) => format!("{} {}", &item[..at], &item[at + len..]),
            None => item,
        })
    }

    /// The longest word of a kind in `item`.
    fn best(&self, item: &str, kind: Kind) -> Option<Hit<'_>> {
        let of_kind = self.advice.iter().filter(|advice| advice.kind == kind);
        let found = of_kind.flat_map(|advice| {
            let words = advice.lower.iter().zip(&advice.words);
            words.filter_map(move |(lower, word)| {
                let (at, len) = place(item, lower)?;
                Some(Hit { advice, word, at, len })
            })
        });
        // The first of equals: the book goes from the delicate to the sturdy.
        found.reduce(|best, next| if next.len > best.len { next } else { best })
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

/// A word of the book in an item's name.
struct Hit<'a> {
    advice: &'a Advice,
    word: &'a str,
    /// Where it begins, in bytes.
    at: usize,
    len: usize,
}

impl Hit<'_> {
    const fn end(&self) -> usize {
        self.at + self.len
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
