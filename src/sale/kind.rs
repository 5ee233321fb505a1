//! What a slip is, told before it is read as a sale.
//!
//! A word counts where it is the row, or begins or ends it; in the small print ("goods are not
//! returnable") it says nothing.
//!
//! Not here: which slips are one sale (`group`).

use crate::receipt::Receipt;
use crate::sale::Reading;
use crate::sale::fold::key;
use crate::sale::lexicon::{KindWord, lexicon};
use crate::sale::page::Page;
use serde::Serialize;

/// Rows at the top that may title a slip.
const TITLE_ROWS: usize = 8;
/// Letters that may stand beside a word before it is only a part of a sentence.
const BESIDE_MAX: usize = 6;

/// What a slip is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A sale: counts.
    Sale,
    /// Goods came back: counts, below zero.
    Return,
    /// A sale taken back before it was one.
    Void,
    /// A sale printed again (补打): counts nothing.
    Reprint,
    /// The shop's copy of a sale.
    MerchantCopy,
    /// The card terminal's slip.
    CardSlip,
    /// Shift or day report.
    Report,
    /// For the kitchen or the stock room.
    Kitchen,
    /// Money put on a member's card.
    Recharge,
    /// For a courier.
    Delivery,
    /// A picture: nobody has read it yet.
    Unread,
    /// Anything else.
    Other,
}

/// Tells what `receipt` is.
#[must_use]
pub fn kind(receipt: &Receipt) -> Kind {
    kind_of(receipt, &crate::sale::read(receipt))
}

/// The same with the reading at hand.
pub(crate) fn kind_of(receipt: &Receipt, reading: &Reading) -> Kind {
    if receipt.picture {
        return Kind::Unread;
    }
    let page = Page::new(receipt);
    // A title has no figures; "储值卡支付 88.00" is how a sale was paid.
    let top = 0..page.rows.len().min(TITLE_ROWS);
    let figures = |row: usize| row > 1 && page.rows[row].iter().any(char::is_ascii_digit);
    let title = words(&page, top.filter(|&row| !figures(row)));
    let all = words(&page, 0..page.rows.len());
    let titled = |word| title.contains(&word);
    let said = |word| all.contains(&word);
    let priced = reading.total.is_some()
        && (reading.items.len() > 1 || reading.known.total <= crate::sale::Known::Keyword);
    let negative = reading.total.is_some_and(|total| total.units() < 0);
    match () {
        () if titled(KindWord::Report) => Kind::Report,
        () if titled(KindWord::Recharge) => Kind::Recharge,
        () if titled(KindWord::Kitchen) => Kind::Kitchen,
        () if said(KindWord::Reprint) => Kind::Reprint,
        () if titled(KindWord::Void) => Kind::Void,
        () if titled(KindWord::CardSlip) => Kind::CardSlip,
        () if said(KindWord::MerchantCopy) => Kind::MerchantCopy,
        () if titled(KindWord::Return) || negative => Kind::Return,
        () if titled(KindWord::NotSale) => Kind::Other,
        () if titled(KindWord::Delivery) && !priced => Kind::Delivery,
        () if reading.total.is_some_and(|total| total.units() != 0) => Kind::Sale,
        () => Kind::Other,
    }
}

/// The kind words that `rows` say.
fn words(page: &Page, rows: impl Iterator<Item = usize>) -> Vec<KindWord> {
    rows.filter_map(|row| word(&page.text(row))).collect()
}

fn word(text: &str) -> Option<KindWord> {
    let whole = key(text.chars());
    if let Some(found) = lexicon().kinds.exact(&whole) {
        return Some(found);
    }
    // "补打 单号：…" says it in its first word, "(보관용)" in brackets.
    let words = text
        .split([' ', ':', '(', ')', '[', ']', '*', '-', '=', '#'])
        .filter(|word| !word.is_empty());
    let mut alone = words.clone().filter(|word| word.chars().any(char::is_alphanumeric));
    let first = alone.next().and_then(|word| lexicon().kinds.exact(&key(word.chars())));
    let count = words.clone().count();
    if first.is_some() && (count <= 4 || !text.is_ascii()) {
        return first;
    }
    let found = lexicon().kinds.longest(&whole)?;
    let beside = whole.chars().count() - found.len;
    (beside <= BESIDE_MAX && found.len >= 2 && (!text.is_ascii() || count <= 3))
        .then_some(found.what)
}
