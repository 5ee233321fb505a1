//! Words that were hidden: "优.惠", "优hui", "d1sc0unt", "扫🐴".
//!
//! Not here: which words (`words.toml`), letters that merely stand apart ("S A L E": `fold` moves them together).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::fold::{Folded, is_han};

/// A word that can be hidden: the plain one, and for each of its columns what may stand there, the plain sign first.
#[derive(Debug)]
struct Hideable {
    plain: Vec<char>,
    columns: Vec<Vec<Vec<char>>>,
}

/// The words that can be hidden, by what they may begin with.
#[derive(Debug, Default)]
pub(super) struct HiddenWords {
    words: Vec<Hideable>,
    by_first: HashMap<char, Vec<usize>>,
}

/// One match: the signs it covers and whether it was written plainly.
struct Match {
    to: usize,
    plainly: bool,
    blank: bool,
    latin: bool,
}

impl HiddenWords {
    /// Reads the table of `words.toml`.
    pub(super) fn new(table: &BTreeMap<String, String>) -> Self {
        let mut hidden = Self::default();
        for (plain, columns) in table {
            hidden.add(plain, columns);
        }
        hidden
    }

    fn add(&mut self, plain: &str, columns: &str) {
        let other = |text: &str| Folded::new(text).signs;
        let columns: Vec<Vec<_>> = columns
            .split_whitespace()
            .map(|column| column.split('|').map(other).collect())
            .collect();
        for first in columns[0].iter().filter_map(|other| other.first()) {
            let words = self.by_first.entry(*first).or_default();
            if words.last() != Some(&self.words.len()) {
                words.push(self.words.len());
            }
        }
        self.words.push(Hideable { plain: plain.chars().collect(), columns });
    }

    /// Puts hidden words back to plain ones; returns where, in signs of the new text.
    pub(super) fn uncover(&self, folded: Folded) -> (Folded, Vec<Range<usize>>) {
        let mut open = Folded::default();
        let mut found = Vec::new();
        let mut from = 0;
        while from < folded.signs.len() {
            match self.longest(&folded.signs, from) {
                Some((word, to)) => {
                    let start = open.signs.len();
                    let at = folded.at[from].start..folded.at[to - 1].end;
                    open.signs.extend(&word.plain);
                    open.at.extend(std::iter::repeat_n(at, word.plain.len()));
                    found.push(start..open.signs.len());
                    from = to;
                }
                None => {
                    open.signs.push(folded.signs[from]);
                    open.at.push(folded.at[from].clone());
                    from += 1;
                }
            }
        }
        (open, found)
    }

    fn longest(&self, signs: &[char], from: usize) -> Option<(&Hideable, usize)> {
        let words = self.by_first.get(&signs[from])?.iter().map(|index| &self.words[*index]);
        let matches = words.filter_map(|word| Some((word, word.hidden_at(signs, from)?)));
        matches.max_by_key(|(_, to)| *to)
    }
}

impl Hideable {
    /// Returns where the word ends that begins at `from`, if it is there and not written plainly.
    fn hidden_at(&self, signs: &[char], from: usize) -> Option<usize> {
        let found = self.matched(signs, from)?;
        let sign = |index: usize| signs.get(index).copied().unwrap_or('\n');
        let before = if from == 0 { '\n' } else { sign(from - 1) };
        let latin_word = found.latin
            && (before.is_ascii_alphanumeric() || sign(found.to).is_ascii_alphanumeric());
        // "对折 扣好" is two words: a blank hides only where the word stands by itself.
        let two_words =
            found.blank && self.columns.len() == 2 && (is_han(before) || is_han(sign(found.to)));
        (!found.plainly && !latin_word && !two_words).then_some(found.to)
    }

    fn matched(&self, signs: &[char], from: usize) -> Option<Match> {
        let mut found = Match { to: from, plainly: true, blank: false, latin: true };
        for (place, column) in self.columns.iter().enumerate() {
            let mut start = found.to;
            let skipped = if place == 0 {
                0
            } else {
                signs[start..].iter().take(2).take_while(|sign| junk(**sign)).count()
            };
            let other = |at: usize| {
                column
                    .iter()
                    .filter(move |other| signs[at..].starts_with(other))
                    .max_by_key(|other| other.len())
            };
            let mut hit = other(start);
            if hit.is_none() && skipped > 0 {
                found.blank |= signs[start..start + skipped].contains(&' ');
                found.plainly = false;
                start += skipped;
                hit = other(start);
            }
            let written = hit?;
            found.plainly &= *written == column[0];
            found.latin &= !written.iter().any(|sign| is_han(*sign));
            found.to = start + written.len();
        }
        (!(found.latin && found.blank)).then_some(found)
    }
}

/// Signs that stand between the characters of one word only to hide it.
fn junk(sign: char) -> bool {
    matches!(
        sign,
        ' ' | '.'
            | '·'
            | '*'
            | '_'
            | '-'
            | '/'
            | '|'
            | '~'
            | '・'
            | '•'
            | '^'
            | '\''
            | '"'
            | '\\'
            | '='
    ) || (u32::from(sign) >= 0x2190
        && !sign.is_alphanumeric()
        && !matches!(u32::from(sign), 0x3000..=0x30ff | 0xff00..=0xffef))
}
