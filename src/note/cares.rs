//! Washing and storing what was bought: by its style's care code, else by its category.
//!
//! # Invariants
//!
//! - One for each kind of thing, however many were bought.
//! - What is neither known nor free of care is told (S27).
//!
//! Not here: the books (`advice`, `crate::styles`), which rows are printed (`choose`).

use crate::config::Language;

use super::fit::cells;
use super::when::Care as From;
use super::{Books, Scene, care_code, who};

/// Columns of a title from a shop's list.
const TITLE_CELLS_MAX: usize = 14;
/// Kinds of things on one note; the paper of a large sale stays short.
const KINDS_MAX: usize = 4;

/// Advice for one kind of thing.
#[derive(Clone, Debug)]
pub(super) struct Care {
    pub(super) title: String,
    /// The title that stands in one row with `short`.
    pub(super) short_title: String,
    pub(super) lines: Vec<String>,
    pub(super) short: String,
    pub(super) from: From,
}

/// All advice for a scene, what it is about, and the items that have none.
#[derive(Clone, Debug, Default)]
pub(super) struct Cares<'a> {
    pub(super) all: Vec<Care>,
    pub(super) categories: Vec<&'a str>,
    pub(super) unknown: Vec<usize>,
}

impl<'a> Cares<'a> {
    pub(super) fn of(scene: &Scene<'a>, books: &'a Books, language: Language) -> Self {
        let mut cares = Self::default();
        for (at, item) in scene.items.iter().enumerate() {
            let style = item.style.and_then(|style| books.styles.find(style));
            let words = style.map(|style| format!("{}{}", style.fibre, style.category));
            let found = words.as_deref().and_then(|words| books.advice.find(words));
            let found = found.or_else(|| books.advice.find(item.name));
            let key = found.as_ref().map(|found| found.advice.key.as_str());
            let care = match style.filter(|style| !style.care.is_empty()) {
                Some(style) => {
                    // The shop's own words are Chinese, as a rule.
                    let own = words.filter(|text| language == Language::Chinese || text.is_ascii());
                    let own = own.and_then(|text| who::label(&text, TITLE_CELLS_MAX));
                    let title = own.or_else(|| found.map(|found| found.title(language)));
                    let title = title.unwrap_or_else(|| language.pick("这件", "This one").into());
                    let width = scene.columns.saturating_sub(1);
                    let room = width.saturating_sub(cells(&title) + 2);
                    Some(Care {
                        lines: care_code::rows(&style.care, language, width),
                        short: care_code::short(&style.care, language, room),
                        from: From::Code,
                        short_title: title.clone(),
                        title,
                    })
                }
                None => found.map(|found| {
                    let text = found.advice.text(language);
                    let (lines, short) = (text.lines.clone(), text.short().to_owned());
                    let title = found.title(language);
                    let fits = cells(&title) + cells(&short) + 3 <= scene.columns;
                    let short_title = if fits { title.clone() } else { text.title.clone() };
                    Care { title, short_title, lines, short, from: From::Label }
                }),
            };
            if care.is_none() && !books.advice.needs_none(item.name) {
                cares.unknown.push(at);
            }
            cares.categories.extend(key);
            cares.take(care);
        }
        cares
    }

    fn take(&mut self, care: Option<Care>) {
        let Some(care) = care else { return };
        let known =
            self.all.iter().any(|other| other.title == care.title || other.short == care.short);
        if !known && self.all.len() < KINDS_MAX {
            self.all.push(care);
        }
    }

    /// Where the advice is from: all from labels' codes, or not.
    pub(super) fn from(&self) -> Option<From> {
        let first = self.all.first()?;
        let all_codes = self.all.iter().all(|care| care.from == From::Code);
        Some(if all_codes { first.from } else { From::Label })
    }
}
