//! The words of `words.toml`, and where they stand in a folded text.
//!
//! Not here: rows of words (`rules`), weights.

use std::collections::HashMap;

use super::fold::{Folded, is_han};

/// A class of words, or a single word that a rule names.
pub(super) type WordId = u16;

/// Where a word stands: signs `from..to` of the folded text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Hit {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) id: WordId,
}

#[derive(Debug)]
struct Entry {
    signs: Vec<char>,
    open_end: bool,
    id: WordId,
}

/// Every word by its first sign.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    by_first: HashMap<char, Vec<Entry>>,
    ids: HashMap<String, WordId>,
    names: Vec<String>,
}

/// The id of innocent phrases; see `words.toml`.
const INNOCENT: WordId = 0;
/// Amounts and other numbers, in digits or Chinese numerals.
const NUMBER: &str = "@num";
/// Addresses of pages, with or without `www`.
const ADDRESS: &str = "@url";
/// What the name of a machine on the net ends in.
const DOMAINS: &str = " com cn net org example io co shop store me link app top vip cc hk tw uk de fr eu info biz xyz ly ";

impl Lexicon {
    /// Starts a lexicon with its innocent phrases.
    pub(super) fn new(innocent: &str) -> Self {
        let mut lexicon = Self::default();
        lexicon.add_class("!innocent", innocent);
        lexicon.id(NUMBER);
        lexicon.id(ADDRESS);
        lexicon
    }

    /// Adds the words of a class.
    pub(super) fn add_class(&mut self, name: &str, words: &str) -> WordId {
        let id = self.id(name);
        for word in words.split_whitespace() {
            self.add_word(word, id);
        }
        id
    }

    /// Returns the id of a class (`@name`) or of a word, which is added if it is new.
    pub(super) fn id_of(&mut self, item: &str) -> WordId {
        if item.starts_with('@') || self.ids.contains_key(item) {
            return self.id(item);
        }
        let id = self.id(item);
        self.add_word(item, id);
        id
    }

    /// Returns the name of a class or word.
    pub(super) fn name(&self, id: WordId) -> &str {
        &self.names[usize::from(id)]
    }

    fn id(&mut self, name: &str) -> WordId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id =
            WordId::try_from(self.names.len()).expect("words.toml has fewer than 65,536 words");
        self.ids.insert(name.to_owned(), id);
        self.names.push(name.to_owned());
        id
    }

    fn add_word(&mut self, word: &str, id: WordId) {
        let open_end = word.ends_with('*');
        let spaced = word.trim_end_matches('*').replace('_', " ");
        let signs = Folded::new(&spaced).signs;
        let Some(first) = signs.first() else { return };
        self.by_first.entry(*first).or_default().push(Entry { signs, open_end, id });
    }

    /// Returns every word in `text`, by place; those inside an innocent phrase or a longer word of their class left out.
    pub(super) fn hits(&self, text: &[char]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for from in 0..text.len() {
            self.hits_at(text, from, &mut hits);
        }
        numbers(text, self.ids[NUMBER], &mut hits);
        addresses(text, self.ids[ADDRESS], &mut hits);
        hits.sort_by_key(|hit| (hit.from, usize::MAX - hit.to, hit.id));
        without_hidden(hits)
    }

    fn hits_at(&self, text: &[char], from: usize, hits: &mut Vec<Hit>) {
        let Some(entries) = self.by_first.get(&text[from]) else { return };
        for entry in entries {
            let to = from + entry.signs.len();
            if text.len() < to
                || text[from..to] != entry.signs[..]
                || !bounded(text, from, to, entry.open_end)
            {
                continue;
            }
            hits.push(Hit {
                from,
                to: if entry.open_end { word_end(text, to) } else { to },
                id: entry.id,
            });
        }
    }
}

/// A Latin word is a word only between other signs.
fn bounded(text: &[char], from: usize, to: usize, open_end: bool) -> bool {
    let latin = |sign: char| sign.is_ascii_alphanumeric();
    let starts = from == 0 || !latin(text[from]) || !latin(text[from - 1]);
    let ends = open_end || to == text.len() || !latin(text[to - 1]) || !latin(text[to]);
    starts && ends
}

fn word_end(text: &[char], to: usize) -> usize {
    to + text[to..].iter().take(12).take_while(|sign| sign.is_ascii_alphabetic()).count()
}

/// Runs of digits, with a point or comma inside, or of Chinese numerals.
fn numbers(text: &[char], id: WordId, hits: &mut Vec<Hit>) {
    let mut from = 0;
    while from < text.len() {
        let length = text[from..].iter().take_while(|sign| numeral(**sign)).count();
        if length > 0 && !text[from].is_ascii_punctuation() {
            hits.push(Hit { from, to: from + length, id });
        }
        from += length.max(1);
    }
}

/// Runs like `s.example.com`, and what follows them up to a blank.
fn addresses(text: &[char], id: WordId, hits: &mut Vec<Hit>) {
    let part = |sign: &&char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-');
    let mut from = 0;
    while from < text.len() {
        let length = text[from..].iter().take_while(part).count();
        let run: String = text[from..from + length].iter().collect();
        let name = run.trim_end_matches('.');
        let known = |(host, domain): (&str, &str)| {
            !host.is_empty() && DOMAINS.contains(&format!(" {domain} "))
        };
        if name.rsplit_once('.').is_some_and(known) {
            hits.push(Hit { from, to: from + name.len(), id });
        }
        from += length.max(1);
    }
}

fn numeral(sign: char) -> bool {
    sign.is_ascii_digit()
        || matches!(sign, '.' | ',')
        || (is_han(sign) && "一二三四五六七八九十百千两零〇半".contains(sign))
}

/// Drops what lies inside an innocent phrase, and shorter words inside a longer one of their class.
fn without_hidden(hits: Vec<Hit>) -> Vec<Hit> {
    let mut covers: Vec<Hit> = Vec::new();
    let mut last: HashMap<WordId, usize> = HashMap::new();
    let mut kept = Vec::with_capacity(hits.len());
    for hit in hits {
        if hit.id == INNOCENT {
            covers.push(hit);
            continue;
        }
        let innocent =
            covers.iter().rev().take(8).any(|cover| hit.to <= cover.to && cover.from <= hit.from);
        let inside = last.get(&hit.id).is_some_and(|to| hit.to <= *to);
        if !innocent && !inside {
            last.insert(hit.id, hit.to);
            kept.push(hit);
        }
    }
    kept
}
