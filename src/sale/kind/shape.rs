//! What a slip looks like, whatever words are on it: hidden card numbers, portions, ways of paying.
//!
//! Not here: words (`words`), what follows from both (the parent module).

use crate::sale::entry::Entry;
use crate::sale::fold::{is_cjk, key};
use crate::sale::lexicon::Role;
use crate::sale::page::Page;
use crate::sale::shape::Shape as Product;
use crate::sale::{Part, Reading};

/// What the slip looks like, whatever words are on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// A card's number with most digits hidden.
    pub(super) card: bool,
    /// Different amounts other than zero.
    pub(super) amounts: usize,
    /// Rows that name a way of paying, each another.
    pub(super) tenders: usize,
    /// Rows of a label, a count and a sum.
    pub(super) counted: usize,
    /// Rows of a name and a quantity, without a price.
    pub(super) portions: usize,
}

impl Shape {
    pub(super) fn of(page: &Page, entries: &[Entry], reading: &Reading) -> Self {
        let mut amounts: Vec<i64> =
            entries.iter().filter(|entry| entry.amount != 0).map(|entry| entry.amount).collect();
        amounts.sort_unstable();
        amounts.dedup();
        let mut tenders: Vec<String> = entries
            .iter()
            .filter(|entry| entry.strong() == Some(Role::Tender))
            .map(|entry| key(entry.label.chars()))
            .collect();
        tenders.sort_unstable();
        tenders.dedup();
        let counted = entries.iter().filter(|entry| {
            let whole = entry.numbers.iter().filter(|number| number.decimals() == 0).count();
            let word = entry.cue.is_some() || entry.label.contains('笔');
            word && whole == 1
                && entry.numbers.len() == 2
                && !entry.shape.is_some_and(Product::is_telling)
        });
        let text = |row: usize| page.text(row);
        let rows = || (0..page.rows.len()).map(text);
        Self {
            card: rows().any(|row| is_card(&row)),
            amounts: amounts.len(),
            tenders: tenders.len(),
            counted: counted.count(),
            portions: rows().filter(|row| is_portion(row)).count()
                * usize::from(reading.marks.iter().all(|mark| mark.part != Part::Total)),
        }
    }
}

/// `620000******8315`, `XXXX2929`, `************6511`: a card, and no mobile number `138****5678`.
fn is_card(row: &str) -> bool {
    row.split([' ', ':', '(', ')']).any(|word| {
        let hidden =
            word.chars().filter(|symbol| matches!(symbol, '*' | 'X' | 'x' | '.' | '-')).count();
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let only = hidden + digits == word.chars().count() && word.contains(['*', 'X', 'x', '.']);
        let phone = word.starts_with('1') && word.len() == 11;
        only && hidden >= 4
            && (3..=10).contains(&digits)
            && word.ends_with(|c: char| c.is_ascii_digit())
            && !phone
    })
}

/// `宫保鸡丁  x1`, `肥牛卷 2份`, `2 Draft IPA`.
fn is_portion(row: &str) -> bool {
    let words: Vec<&str> = row.split_whitespace().collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let count = |word: &str| {
        let digits = word
            .trim_start_matches(['x', 'X', '×'])
            .trim_end_matches(|c: char| !c.is_ascii_digit());
        !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let marked = last.starts_with(['x', 'X', '×'])
        || last.ends_with(['份', '杯', '碗', '笼', '串', '例', '位']);
    let letters = row.chars().filter(|symbol| symbol.is_alphabetic()).count() > 1;
    let bare = last.len() <= 2 && last.bytes().all(|byte| byte.is_ascii_digit());
    letters
        && words.len() >= 2
        && ((marked || bare) && count(last) || first.len() <= 2 && count(first) && words.len() <= 5)
}

/// Whether the rows are text that a till prints: noise has signs of every sort.
pub(super) fn is_legible(page: &Page) -> bool {
    let (mut plain, mut all) = (0_usize, 0_usize);
    for symbol in
        page.rows.iter().flatten().filter(|symbol| **symbol != ' ' && !symbol.is_control())
    {
        all += 1;
        plain +=
            usize::from(symbol.is_ascii_graphic() || is_cjk(*symbol) || "¥€£·".contains(*symbol));
    }
    plain * 4 >= all * 3
}
