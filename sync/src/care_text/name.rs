//! Names the words that offend: what a rule points at, else the stretch that weighs most.
//!
//! Not here: whether the text offends (`care_text`).

use std::ops::Range;

use super::weights::WEIGHTS;
use super::{Finding, OFFENCES, Offence, Reading};

/// A stretch longer than this is cut to the clause it lies in.
const SIGNS_MAX: usize = 40;

/// Returns the finding of `offence`, with its words; `None` only for a text without any sign.
pub(super) fn finding(reading: &Reading, offence: Offence, text: &str) -> Option<Finding> {
    let of = |found: &[(Offence, Range<usize>)]| {
        found.iter().find(|(other, _)| *other == offence).map(|(_, at)| at.clone())
    };
    let signs =
        of(&reading.sure).or_else(|| of(&reading.hints)).or_else(|| heaviest(reading, offence))?;
    let at = &reading.folded.at;
    let bytes = at.get(signs.start)?.start..at.get(signs.end.checked_sub(1)?)?.end;
    Some(Finding { offence, words: text.get(bytes.clone())?.to_owned(), at: bytes })
}

/// Returns the stretch of signs that speaks most for `offence`.
fn heaviest(reading: &Reading, offence: Offence) -> Option<Range<usize>> {
    let signs = &reading.folded.signs;
    let weights = by_sign(reading, offence);
    let (mut best, mut best_sum) = (0..0, 0);
    let (mut start, mut sum) = (0, 0);
    for (index, weight) in weights.iter().enumerate() {
        if sum <= 0 || breaks(signs[index]) {
            (start, sum) = (index, 0);
        }
        if breaks(signs[index]) {
            start = index + 1;
            continue;
        }
        sum += weight;
        if sum > best_sum && index - start < SIGNS_MAX {
            (best, best_sum) = (start..index + 1, sum);
        }
    }
    let found =
        if best.is_empty() { 0..signs.len().min(SIGNS_MAX) } else { whole_words(signs, best) };
    trimmed(signs, found)
}

/// Spreads each feature's weight over the signs it was seen at.
fn by_sign(reading: &Reading, offence: Offence) -> Vec<i64> {
    let head = 1 + OFFENCES.iter().position(|other| *other == offence).unwrap_or(0);
    let mut sums = vec![0; reading.folded.signs.len()];
    for feature in &reading.features {
        let length = i64::try_from(feature.to - feature.from).unwrap_or(i64::MAX);
        // What speaks of the whole text names no words.
        if length == 0 || length >= 24 {
            continue;
        }
        let weight = WEIGHTS.of(feature.hash);
        let share = (i64::from(weight[head]) * 3 + i64::from(weight[0])) * 16 / length;
        sums[feature.from..feature.to].iter_mut().for_each(|sum| *sum += share);
    }
    // A slight pull to nothing, so that a stretch ends where nothing speaks any more.
    sums.iter().map(|sum| sum - 8).collect()
}

fn breaks(sign: char) -> bool {
    matches!(sign, '\n' | '。' | '!' | '?' | ';' | ',')
}

/// Widens a stretch to the borders of Latin words.
fn whole_words(signs: &[char], found: Range<usize>) -> Range<usize> {
    let letter = |index: usize| {
        signs.get(index).is_some_and(|sign| sign.is_ascii_alphanumeric() || *sign == '\'')
    };
    let (mut from, mut to) = (found.start, found.end);
    while from > 0 && letter(from) && letter(from - 1) {
        from -= 1;
    }
    while letter(to) && letter(to - 1) {
        to += 1;
    }
    from..to
}

fn trimmed(signs: &[char], found: Range<usize>) -> Option<Range<usize>> {
    let first = found.clone().find(|index| !signs[*index].is_whitespace())?;
    let last = found.rev().find(|index| !signs[*index].is_whitespace())?;
    Some(first..last + 1)
}
