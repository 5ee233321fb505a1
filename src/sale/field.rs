//! Labelled texts: `收银员：1003 小陈   导购：小王` is two of them.
//!
//! # Invariant
//!
//! - A value ends where the next label or a wide gap begins, so no value holds another field.
//!
//! Not here: labelled amounts (`entry`).

use crate::sale::fold::{is_cjk, key};
use crate::sale::layout::Layout;
use crate::sale::lexicon::{Field, lexicon};
use std::collections::HashMap;

/// A label's meaning and the text after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Labelled {
    pub(crate) field: Field,
    pub(crate) row: usize,
    pub(crate) value: String,
    /// The label's key.
    pub(crate) label: String,
}

/// Where a label stands on its row.
struct Mark {
    field: Field,
    start: usize,
    value: usize,
}

/// All labelled texts of the rows.
pub(crate) fn labelled(rows: &[Vec<char>], layout: Option<&Layout>) -> Vec<Labelled> {
    let mut found = taught(rows, layout);
    for (row, text) in rows.iter().enumerate() {
        let marks = marks(text);
        for (at, mark) in marks.iter().enumerate() {
            let end = marks.get(at + 1).map_or(text.len(), |next| next.start);
            let value = value(&text[mark.value.min(end)..end]);
            let label = key(text[mark.start..mark.value.min(end)].iter().copied());
            found.push(Labelled { field: mark.field, row, value, label });
        }
    }
    found
}

/// What this till's layout says, first: it knows labels that no other till has.
fn taught(rows: &[Vec<char>], layout: Option<&Layout>) -> Vec<Labelled> {
    let Some(layout) = layout else { return Vec::new() };
    let labels = layout.field_labels();
    let longest = labels.keys().map(|label| label.len()).max().unwrap_or(0);
    let mut found = Vec::new();
    for (row, text) in rows.iter().enumerate() {
        let start = text.iter().position(|&symbol| symbol != ' ').unwrap_or(0);
        let parts = parts(&text[start..]).into_iter().map(|at| at + start);
        for from in parts {
            if let Some((label, field, len)) = begins(&text[from..], &labels, longest) {
                let end = from + len;
                let value = value(&text[value_start(text, end)..]);
                found.push(Labelled { field, row, value, label: label.to_owned() });
            }
        }
    }
    found
}

/// The label that a text begins with, and how many characters of it that takes.
fn begins<'a>(
    text: &[char],
    labels: &HashMap<&'a str, Field>,
    longest: usize,
) -> Option<(&'a str, Field, usize)> {
    let mut so_far = String::new();
    for (at, symbol) in text.iter().enumerate() {
        so_far.push_str(&key([*symbol]));
        if so_far.len() > longest {
            return None;
        }
        if let Some((label, field)) = labels.get_key_value(so_far.as_str()) {
            return Some((label, *field, at + 1));
        }
    }
    None
}

/// Where the parts of a row begin: after gaps of two spaces.
fn parts(text: &[char]) -> Vec<usize> {
    let gaps =
        (2..text.len()).filter(|&at| text[at] != ' ' && text[at - 1] == ' ' && text[at - 2] == ' ');
    std::iter::once(0).chain(gaps).collect()
}

fn marks(text: &[char]) -> Vec<Mark> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match mark(text, at) {
            Some(mark) => {
                at = mark.value.max(at + 1);
                found.push(mark);
            }
            None => at += 1,
        }
    }
    found
}

fn mark(text: &[char], at: usize) -> Option<Mark> {
    let first = text[at];
    if !first.is_alphabetic() {
        return None;
    }
    let before = at.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(|before| before.is_alphanumeric() && !is_cjk(first)) {
        return None;
    }
    let (field, len) = lexicon().fields.at_start(&text[at..])?;
    let end = at + len;
    let after = text.get(end).copied();
    let colon = text[end..].iter().find(|&&symbol| symbol != ' ') == Some(&':');
    let inside_word = before.is_some_and(|before| before.is_alphanumeric());
    let latin = first.is_ascii_alphabetic();
    let fits = match after {
        _ if inside_word => colon,
        Some(next) if latin && next.is_alphanumeric() => false,
        Some(_) if latin => colon || says_more(text, at, end, field),
        Some(next) if next.is_alphabetic() => field == Field::Cashier && is_cjk(first) && len > 1,
        Some(_) => true,
        None => found_alone(field),
    };
    // A lone sign such as 号 is a label only where a colon says so.
    (fits && (len > 1 || colon)).then(|| Mark { field, start: at, value: value_start(text, end) })
}

/// Whether a Latin word without a colon is a label all the same: "Ticket 000-4711", "Cashier Ada",
/// but not "Sales invoice" nor "Shop no. 42".
fn says_more(text: &[char], at: usize, end: usize, field: Field) -> bool {
    let value: String =
        text[value_start(text, end)..].iter().take_while(|symbol| **symbol != ' ').collect();
    let numbered = value.chars().any(|symbol| symbol.is_ascii_digit());
    let short = end - at <= 3;
    let before = text[..at].iter().rfind(|symbol| **symbol != ' ');
    let free = at < 2
        || text[at - 1] == ' ' && text[at - 2] == ' '
        || before.is_none_or(char::is_ascii_digit);
    (numbered && (free || !short))
        || (field == Field::Cashier && end - at >= 6 && !value.is_empty())
}

/// Whether a label with nothing after it tells anything.
const fn found_alone(field: Field) -> bool {
    matches!(field, Field::Other)
}

/// Skips the signs between label and value.
fn value_start(text: &[char], end: usize) -> usize {
    let signs =
        text[end..].iter().take_while(|symbol| matches!(symbol, ' ' | ':' | '#' | '.' | ']' | ')'));
    end + signs.count()
}

/// The value up to a gap of two spaces or more.
fn value(text: &[char]) -> String {
    let gap = text.windows(2).position(|pair| pair == [' ', ' ']).unwrap_or(text.len());
    text[..gap].iter().collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::fold::folded;

    fn read(text: &str) -> Vec<(Field, String)> {
        labelled(&[folded(text)], None)
            .into_iter()
            .map(|found| (found.field, found.value))
            .collect()
    }

    #[test]
    fn several_labels_share_a_row() {
        assert_eq!(
            read("收银员：1003 小陈   导购：小王"),
            [(Field::Cashier, "1003 小陈".into()), (Field::Associate, "小王".into())]
        );
        assert_eq!(read("NO.0002826   工号003")[0], (Field::ReceiptNo, "0002826".into()));
        assert_eq!(read("Receipt #: 20261121-77"), [(Field::ReceiptNo, "20261121-77".into())]);
    }

    #[test]
    fn a_label_inside_a_word_is_none() {
        assert_eq!(read("手机尾号 5851")[0].0, Field::Other);
        assert_eq!(read("会员折扣 -1元"), []);
        assert_eq!(read("Billabong shirt"), []);
    }
}
