//! What a slip is, told before it counts as anything.
//!
//! ```text
//! "后厨单(重打)"   two titles: for the kitchen, and printed again ─▶ kitchen
//! "补打鞋底  12.00"  a row with an amount is an item, whatever it says
//! ```
//!
//! A word counts where it is the row, or begins or ends a part of it; in the small print ("goods are
//! not returnable") it says nothing. Words and signs stand in `kinds.toml`.
//!
//! Not here: which slips are one sale (`group`).

mod shape;
mod words;

use crate::receipt::Receipt;
use crate::sale::entry::{Entry, entries};
use crate::sale::fold::key;
use crate::sale::lexicon::{KindWord, lexicon};
use crate::sale::page::Page;
use crate::sale::{Known, Mark, Part, Reading};
use serde::Serialize;
use shape::{Shape, is_legible};
use words::{Points, points};

/// Points of a part that is nothing but the word, and of one that has more.
const WHOLE: i32 = 8;
const PARTLY: i32 = 5;
/// Points of a sign, and how many signs count.
const SIGN: i32 = 2;
const SIGNS_MAX: i32 = 3;
/// Points that make a slip of that kind, with a title and without a sale on it.
const ENOUGH: i32 = 5;

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
    let entries = entries(&page);
    let shape = Shape::of(&page, &entries, reading);
    let points = points(&page, &entries, reading);
    Slip { points, reading, page: &page, entries: &entries, shape }.kind()
}

/// A slip and what its words say.
struct Slip<'a> {
    points: Points,
    reading: &'a Reading,
    page: &'a Page,
    entries: &'a [Entry],
    shape: Shape,
}

impl Slip<'_> {
    fn kind(&self) -> Kind {
        use KindWord::{
            CardSlip, Delivery, Kitchen, MerchantCopy, NotSale, Recharge, Report, Reprint, Return,
            Void,
        };
        let title = |word: KindWord| self.points.titles[word as usize];
        let titled = |word| title(word) >= PARTLY;
        let signs = |word: KindWord| self.points.signs[word as usize];
        let says = |word| self.points.of(word) >= ENOUGH;
        let itemised = self.is_itemised();
        let paid = itemised && self.is_paid();
        let negative = self.reading.total.is_some_and(|total| total.units() < 0);
        match () {
            () if titled(Report) && says(Report) && (!paid || title(Report) > PARTLY) => {
                Kind::Report
            }
            () if titled(Kitchen) && !paid && !self.tendered() => Kind::Kitchen,
            () if titled(Recharge)
                && !paid
                && self.points.of(Recharge) > self.points.of(CardSlip) =>
            {
                Kind::Recharge
            }
            () if self.is_card_slip(itemised) && title(MerchantCopy) > 0 => Kind::MerchantCopy,
            () if self.is_card_slip(itemised) => Kind::CardSlip,
            () if self.is_table(itemised) => Kind::Report,
            () if titled(MerchantCopy) && signs(CardSlip) < 2 => Kind::MerchantCopy,
            () if titled(Return)
                && negative
                && title(Return) >= title(Void)
                && !titled(Reprint) =>
            {
                Kind::Return
            }
            () if self.wins(Recharge) && says(Recharge) && (titled(Recharge) || !itemised) => {
                Kind::Recharge
            }
            () if self.sells_credit() => Kind::Recharge,
            () if titled(NotSale) && self.wins(NotSale) && !(paid && title(NotSale) < WHOLE) => {
                Kind::Other
            }
            () if titled(Void) && title(Void) >= title(Return) => Kind::Void,
            () if titled(Reprint) || self.is_printed_again() => Kind::Reprint,
            () if titled(Delivery) && (!paid || signs(Delivery) > 1) => Kind::Delivery,
            () if self.points.of(Delivery) > ENOUGH && !self.tendered() => Kind::Delivery,
            () if self.is_order() => Kind::Kitchen,
            () if self.gives_back(titled(Return), says(Return)) => Kind::Return,
            () if self.is_sale() || self.may_be_sale() => Kind::Sale,
            () => Kind::Other,
        }
    }

    /// Whether no other title says more.
    fn wins(&self, word: KindWord) -> bool {
        use KindWord::{Delivery, NotSale, Recharge, Reprint, Return, Void};
        [Void, Reprint, Return, Delivery, NotSale, Recharge]
            .into_iter()
            .filter(|other| *other != word)
            .all(|other| self.points.of(other) <= self.points.of(word))
    }

    /// `打印次数:2`, `打印:第3次`.
    fn is_printed_again(&self) -> bool {
        (0..self.page.rows.len()).any(|row| {
            let text = key(self.page.text(row).chars());
            let after = text.split_once("打印次数").or_else(|| text.split_once("打印第"));
            after.is_some_and(|(_, count)| {
                count.starts_with(['2', '3', '4', '5', '6', '7', '8', '9'])
            })
        })
    }

    /// Whether goods with prices stand on it, summed up.
    fn is_itemised(&self) -> bool {
        let named = self.reading.items.iter().filter(|item| item.name.chars().count() > 1).count();
        named > 0 && self.reading.known.items <= Known::Keyword
    }

    fn tendered(&self) -> bool {
        self.reading.marks.iter().any(|mark| mark.part == Part::Tender)
    }

    /// Whether it says how it was paid, under a number of its own.
    fn is_paid(&self) -> bool {
        let tendered = self.reading.known.tenders <= Known::Consistent || self.tendered();
        (tendered || self.reading.known.total == Known::Proved)
            && self.reading.receipt_no.is_some()
            && self.reading.time.is_some()
    }

    /// A terminal's slip has its signs and no goods.
    fn is_card_slip(&self, itemised: bool) -> bool {
        let (title, signs) = (
            self.points.titles[KindWord::CardSlip as usize],
            self.points.signs[KindWord::CardSlip as usize],
        );
        match itemised {
            true => false,
            false => {
                let few = self.shape.amounts <= 4;
                let card = self.shape.card && few && (signs >= 1 || title > 0);
                title >= PARTLY && signs >= 1 || title >= WHOLE || signs >= 3 && few || card
            }
        }
    }

    /// Takings by way of paying, with counts, and nobody who paid.
    fn is_table(&self, itemised: bool) -> bool {
        let signs = self.points.signs[KindWord::Report as usize];
        let shape = self.shape;
        let nobody = self.reading.change.is_none() && self.reading.known.tenders != Known::Proved;
        let rows = shape.tenders + shape.counted;
        let counted = signs >= 2 && self.reading.receipt_no.is_none() && nobody;
        counted
            || !itemised
                && nobody
                && !shape.card
                && (shape.tenders >= 2 && (signs >= 1 || rows >= 4) || signs >= 3)
    }

    /// Portions without prices, or hardly any: somebody is to prepare them.
    fn is_order(&self) -> bool {
        let kitchen = self.points.of(KindWord::Kitchen);
        self.shape.portions >= 1
            && self.shape.amounts == 0
            && self.points.of(KindWord::NotSale) == 0
            || kitchen >= ENOUGH && !self.is_itemised()
    }

    /// Everything on it is credit: a card, visits, stored money.
    fn sells_credit(&self) -> bool {
        let credit = |entry: &Entry| {
            let found = lexicon().kinds.longest(&key(entry.label.chars()));
            found.is_some_and(|found| found.what == KindWord::Recharge)
        };
        let item = |entry: &Entry| {
            let marked = |mark: &Mark| mark.row == entry.row && mark.part == Part::Item;
            entry.cue.is_none() || self.reading.marks.iter().any(marked)
        };
        let mut sold = self.entries.iter().filter(|entry| entry.amount > 0 && item(entry));
        sold.next().is_some_and(credit) && sold.all(credit)
    }

    /// Money goes to the customer. An exchange goes by which way it goes.
    fn gives_back(&self, titled: bool, says: bool) -> bool {
        let total = self.reading.total.map_or(0, |total| total.units());
        let amounts = || self.reading.items.iter().map(|item| item.amount.units());
        let exchanged = amounts().any(|amount| amount < 0) && amounts().any(|amount| amount > 0);
        match () {
            () if total < 0 => true,
            () if exchanged && total > 0 && self.is_exchange() => false,
            () => titled && (says || self.reading.total.is_some()),
        }
    }

    /// Whether goods were changed for goods.
    fn is_exchange(&self) -> bool {
        const WORDS: [&str; 9] =
            ["换", "換", "交換", "교환", "exchange", "umtausch", "echange", "échange", "tukar"];
        let says = |row: usize| {
            let text = self.page.text(row).to_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        };
        (0..self.page.rows.len()).any(says)
    }

    /// A number, a time and amounts without a word for the total: a till of which we have to learn.
    /// It is counted as disputed, so that a person looks at it, rather than as nothing.
    fn may_be_sale(&self) -> bool {
        let titled = self.points.titles.iter().any(|points| *points > 0);
        let stamped = self.reading.date.is_some() && self.reading.time.is_some();
        let numbered = self.reading.receipt_no.is_some();
        numbered && stamped && !titled && self.shape.amounts >= 2 && is_legible(self.page)
    }

    /// A total that a word names, and one more thing that a till prints.
    fn is_sale(&self) -> bool {
        let Some(total) = self.reading.total else { return false };
        let called = self.reading.known.total <= Known::Keyword
            || self.reading.marks.iter().any(|mark| mark.part == Part::Total);
        let stamped = self.reading.date.is_some() || self.reading.time.is_some();
        let numbered = self.reading.receipt_no.is_some() || self.reading.cashier.is_some();
        let free = total.units() == 0;
        called && (!free || stamped && numbered) && is_legible(self.page)
    }
}
