//! A garment's own care code, in rows of paper.
//!
//! # Invariants
//!
//! - A row is no wider than asked, and broken between two symbols.
//!
//! Not here: the symbols and their words (`sync::care_code`), which garment has which code (`styles`).

use sync::care_code::{About as A, CareCode};

use crate::config::Language;

use super::fit::cells;

/// All of it in rows of at most `width` cells, broken between two symbols.
#[must_use]
pub fn rows(code: &CareCode, language: Language, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for (zh, en) in code.words() {
        let word = language.pick(zh, en);
        match rows.last_mut() {
            Some(row) if cells(row) + comma(language).len() + cells(word) <= width => {
                row.push_str(comma(language));
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    if let (Language::English, Some(first)) = (language, rows.first_mut()) {
        *first = first[..1].to_uppercase() + &first[1..];
    }
    rows
}

/// What fits of it into one row, the most needed first: washing, then drying, then ironing.
#[must_use]
pub fn short(code: &CareCode, language: Language, width: usize) -> String {
    let order = [A::Wash, A::Dry, A::Tumble, A::Iron, A::DryClean, A::WetClean, A::Bleach];
    let mut kept: Vec<A> = Vec::new();
    for about in order {
        let more = [&kept[..], &[about]].concat();
        if rows(&code.only(&more), language, width).len() <= 1 {
            kept = more;
        }
    }
    rows(&code.only(&kept), language, width).concat()
}

const fn comma(language: Language) -> &'static str {
    language.pick(",", ", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbols_of_a_label_are_said_in_words() {
        let code = CareCode::parse("30|no-bleach|no-tumble|iron1|dryclean-P").unwrap();
        assert_eq!(
            rows(&code, Language::Chinese, 31),
            ["30度内洗,不漂白,不烘干", "低温熨,110度内,可干洗(P)"]
        );
        assert_eq!(
            rows(&code, Language::English, 31),
            ["Wash at 30C, no bleach", "no tumble dry, cool iron 110C", "dry clean (P)"]
        );
        assert_eq!(short(&code, Language::Chinese, 20), "30度内洗,不烘干");
    }

    #[test]
    fn every_symbol_fits_the_narrow_paper() {
        for symbol in CareCode::symbols() {
            for language in [Language::Chinese, Language::English] {
                let rows = rows(&symbol, language, 31);
                assert!(rows.len() == 1 && cells(&rows[0]) <= 31, "{}", symbol.written());
            }
        }
    }
}
