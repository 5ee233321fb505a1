//! Rows of words: what a person would point at. See `words.toml` for how they are written.
//!
//! Not here: single words (`words`), evidence that only counts together (`weights`).

use std::ops::Range;

use serde::Deserialize;

use super::words::{Hit, Lexicon, WordId};
use super::{Kind, Offence};

/// A rule as it stands in `words.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    offence: String,
    find: Vec<String>,
    #[serde(default)]
    sure: bool,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
}

/// One word of a row, and how far it may stand from the one before.
#[derive(Debug)]
struct Step {
    ids: Vec<WordId>,
    gap: usize,
}

#[derive(Debug)]
struct Row {
    steps: Vec<Step>,
    at_start: bool,
    at_end: bool,
}

/// A rule, ready to be looked for.
#[derive(Debug)]
pub(super) struct Rule {
    /// What it tells.
    pub(super) offence: Option<Offence>,
    /// Decides by itself.
    pub(super) sure: bool,
    rows: Vec<Row>,
    unless: Vec<Row>,
    kinds: Vec<Kind>,
}

/// A text with its words and sentences.
pub(super) struct Tagged<'a> {
    pub(super) signs: &'a [char],
    pub(super) hits: &'a [Hit],
    /// For each sign, the number of its sentence.
    pub(super) sentence: &'a [u32],
}

impl Rule {
    /// Makes a rule of its text; its single words join the lexicon.
    pub(super) fn new(text: &RuleText, lexicon: &mut Lexicon) -> Self {
        let mut rows =
            |texts: &[String]| texts.iter().map(|row| Row::new(row, lexicon)).collect::<Vec<_>>();
        Self {
            offence: Offence::from_label(&text.offence),
            sure: text.sure,
            rows: rows(&text.find),
            unless: rows(&text.unless),
            kinds: text.kinds.iter().filter_map(|word| Kind::from_word(word)).collect(),
        }
    }

    /// Returns the signs of the first row that is in the text.
    pub(super) fn find(&self, kind: Kind, text: &Tagged<'_>) -> Option<Range<usize>> {
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            return None;
        }
        self.rows.iter().flat_map(|row| row.all(text)).find(|found| !self.excused(text, found))
    }

    fn excused(&self, text: &Tagged<'_>, found: &Range<usize>) -> bool {
        let here = text.sentence[found.start];
        self.unless
            .iter()
            .any(|row| row.all(text).iter().any(|other| text.sentence[other.start] == here))
    }
}

impl Row {
    fn new(text: &str, lexicon: &mut Lexicon) -> Self {
        let mut row = Self { steps: Vec::new(), at_start: false, at_end: false };
        let mut gap = 1;
        for item in text.split_whitespace() {
            match item {
                "^" => row.at_start = true,
                "$" => row.at_end = true,
                _ if item.starts_with('~') => {
                    gap = item[1..].parse().expect("a number follows ~ in words.toml")
                }
                _ => {
                    let ids = item.split('|').map(|word| lexicon.id_of(word)).collect();
                    row.steps.push(Step { ids, gap });
                    gap = 1;
                }
            }
        }
        assert!(!row.steps.is_empty(), "a row of words.toml has a word");
        row
    }

    /// Returns every place of the row. Each step looks at the hits once, so a hostile text costs no more than its length.
    fn all(&self, text: &Tagged<'_>) -> Vec<Range<usize>> {
        let mut reached: Vec<(usize, Hit)> = text
            .hits
            .iter()
            .filter(|hit| self.steps[0].ids.contains(&hit.id))
            .map(|hit| (hit.from, *hit))
            .collect();
        reached.retain(|(_, hit)| !self.at_start || blank(&text.signs[..hit.from]));
        for step in &self.steps[1..] {
            reached = step.after(text, &reached);
        }
        reached.retain(|(_, hit)| !self.at_end || blank(&text.signs[hit.to..]));
        reached.into_iter().map(|(from, hit)| from..hit.to).collect()
    }
}

impl Step {
    /// Returns where this step follows one of `before`, with the sign where its row began.
    fn after(&self, text: &Tagged<'_>, before: &[(usize, Hit)]) -> Vec<(usize, Hit)> {
        if before.is_empty() {
            return Vec::new();
        }
        let ours = text.hits.iter().filter(|hit| self.ids.contains(&hit.id));
        ours.filter_map(|hit| {
            let near = before.iter().rev().skip_while(|(_, last)| last.from >= hit.from).take(12);
            let mut fitting = near.filter(|(_, last)| self.follows(text, last, hit));
            fitting.next().map(|(from, _)| (*from, *hit))
        })
        .collect()
    }

    fn follows(&self, text: &Tagged<'_>, last: &Hit, hit: &Hit) -> bool {
        let near = last.to <= hit.from
            && hit.from <= last.to + self.gap
            && text.sentence[hit.from] == text.sentence[last.from];
        near && (self.gap > 1 || blank(&text.signs[last.to..hit.from]))
    }
}

/// Nothing but signs that no one reads aloud.
fn blank(signs: &[char]) -> bool {
    signs.iter().all(|sign| !sign.is_alphanumeric())
}
