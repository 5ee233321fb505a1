//! Simplified to traditional Chinese, for printers that have Big5 only.
//!
//! Phrases first, since one character alone does not tell: 干洗 is 乾洗, 干部 stays; then character
//! by character. The table is for what notes say: clothes, greetings, names.
//!
//! Not here: whether the result can be written (`receipt::code_page`).

use std::collections::HashMap;
use std::sync::OnceLock;

struct Table {
    /// By first character, longest first.
    phrases: HashMap<char, Vec<(&'static str, &'static str)>>,
    characters: HashMap<char, char>,
}

const TEXT: &str = include_str!("hant.txt");

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (phrases, characters) = TEXT.split_once("# characters").unwrap_or((TEXT, ""));
        let mut table = Table { phrases: HashMap::new(), characters: HashMap::new() };
        let lines = phrases.lines().filter(|line| !line.starts_with('#'));
        for (from, to) in lines.filter_map(|line| line.split_once(' ')) {
            let Some(first) = from.chars().next() else { continue };
            table.phrases.entry(first).or_default().push((from, to));
        }
        for list in table.phrases.values_mut() {
            list.sort_by_key(|(from, _)| core::cmp::Reverse(from.len()));
        }
        for pair in characters.split_whitespace() {
            let mut pair = pair.chars();
            if let (Some(from), Some(to)) = (pair.next(), pair.next()) {
                table.characters.insert(from, to);
            }
        }
        table
    })
}

/// A sentence in traditional characters.
#[must_use]
pub fn convert(text: &str) -> String {
    let table = table();
    let (mut rest, mut out) = (text, String::with_capacity(text.len()));
    while let Some(symbol) = rest.chars().next() {
        let phrases = table.phrases.get(&symbol).map_or(&[][..], Vec::as_slice);
        let (taken, put) = match phrases.iter().find(|(from, _)| rest.starts_with(from)) {
            Some((from, to)) => (from.len(), *to),
            None => (symbol.len_utf8(), ""),
        };
        match put {
            "" => out.push(spelt(symbol)),
            phrase => out.push_str(phrase),
        }
        rest = &rest[taken..];
    }
    out
}

/// One character of a name: phrases are not for names, 后 and 范 are families too.
#[must_use]
pub fn spelt(symbol: char) -> char {
    table().characters.get(&symbol).copied().unwrap_or(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::code_page::{Charset, encode};

    #[test]
    fn phrases_go_before_characters() {
        assert_eq!(convert("送干洗;头几次单独洗,以洗标为准"), "送乾洗;頭幾次單獨洗,以洗標為準");
        assert_eq!(convert("阴干后收进柜里"), "陰乾後收進櫃裡");
        assert_eq!(convert("陈女士,谢谢您又来看我们"), "陳女士,謝謝您又來看我們");
    }

    #[test]
    fn every_character_of_the_table_can_be_printed_in_big5() {
        let table = table();
        assert!(table.characters.len() > 2_000 && table.phrases.len() > 40);
        assert!(
            table.characters.values().all(|to| encode(Charset::Big5, &to.to_string()).is_some())
        );
        let mut phrases = table.phrases.values().flatten();
        assert!(phrases.all(|(_, to)| encode(Charset::Big5, to).is_some()));
    }
}
