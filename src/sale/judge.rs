//! How the amounts are known: the equations that hold, and what speaks against the reading.
//!
//! ```text
//! 113.00 = 108.00 + 5.00     items          ┐
//! 2.00 = 110.00 - 108.00     tender, change ├ one that could have failed, and no doubt ─▶ proved
//! 25.00 = 23.58 + 1.42       net and tax    │
//! 48.00 item, total, tender  said thrice    ┘
//! ```
//!
//! # Invariants
//!
//! - A total is proved only if a word says that it is one.
//! - Every doubt names its row, so that a person can look there.
//!
//! Not here: finding the reading (`story`), its fields (`money`).

use serde::Serialize;

use crate::sale::entry::Entry;
use crate::sale::lexicon::Role;
use crate::sale::shape::Shape;
use crate::sale::story::{Act, Story};
use crate::sale::{Known, Minor, Reading};

/// Points a reading must have over the best one with another total to be proved.
const MARGIN_MIN: i32 = 3;
/// Equations that are written out; a person reads no more.
const EQUATION_TERMS_MAX: usize = 12;
/// Rounding to the smallest coin, in hundredths: five cents of Malaysia, a dime of Hong Kong.
const COIN: i64 = 5;

/// What speaks against a reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Doubt {
    /// No row is the total.
    NoTotal,
    /// No word says that it is the total.
    Unlabelled,
    /// The items do not add up to what the paper calls the sum.
    NotTheSum {
        /// What they add up to, in hundredths.
        items: Minor,
    },
    /// Another amount is called the total.
    OtherTotal {
        /// Where, from 0.
        row: usize,
        /// In hundredths.
        amount: Minor,
    },
    /// More was paid than was due, and no change is printed.
    Overpaid,
    /// Another reading explains the paper nearly as well.
    CloseRival,
}

/// Says how the amounts are known.
pub(super) fn judge(entries: &[Entry], story: &Story, reading: &mut Reading) {
    let doubts = doubts(entries, story, reading);
    let evidence = Evidence::of(entries, story, reading);
    let agrees = story.summed || story.settled || evidence.taxed;
    reading.known.total = match () {
        () if story.total.is_none() => Known::Disputed,
        () if doubts.is_empty() && evidence.proves() => Known::Proved,
        () if doubts.iter().any(Doubt::is_grave) => Known::Disputed,
        () if agrees => Known::Consistent,
        () => Known::Keyword,
    };
    reading.known.items = match reading.known.total {
        _ if reading.items.is_empty() => Known::Disputed,
        Known::Proved if story.summed => Known::Proved,
        Known::Disputed => Known::Disputed,
        _ if story.summed => Known::Consistent,
        _ => Known::Disputed,
    };
    reading.known.tenders = match () {
        () if story.settled => Known::Proved,
        () if story.acts.contains(&Act::Tender) => Known::Consistent,
        // Said without an amount, so all of it was paid so.
        () if !reading.tenders.is_empty() => Known::Keyword,
        () => Known::Disputed,
    };
    reading.equations = equations(entries, story, reading);
    reading.doubts = doubts;
}

impl Doubt {
    /// Whether two places on the paper contradict each other.
    const fn is_grave(&self) -> bool {
        matches!(self, Self::NotTheSum { .. } | Self::OtherTotal { .. } | Self::Overpaid)
    }
}

/// What speaks for a total.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    /// Several items, or one with a quantity or a factor, make the sum.
    itemised: bool,
    /// Tender less total is the change, or several tenders are the total.
    settled: bool,
    /// Net and tax are the total.
    taxed: bool,
    /// How many rows say it, each as another thing: item, sum, total, tender.
    said: usize,
}

impl Evidence {
    fn of(entries: &[Entry], story: &Story, reading: &Reading) -> Self {
        let telling = |item: &&Entry| item.shape.is_some_and(Shape::is_telling);
        let chosen = entries[story.items.clone()].iter();
        let several = reading.items.len() > 1 || chosen.filter(telling).count() > 0;
        Self {
            itemised: story.summed && several,
            settled: story.settled,
            taxed: story.total.is_some_and(|total| net_and_tax(entries, total).is_some()),
            said: said(entries, story),
        }
    }

    const fn proves(self) -> bool {
        self.itemised || self.settled || self.taxed || self.said >= 3
    }
}

/// As how many different things the total is printed.
fn said(entries: &[Entry], story: &Story) -> usize {
    let Some(total) = story.total else { return 0 };
    let as_item = story.items.clone().any(|at| {
        let entry = &entries[at];
        story.acts[at] == Act::Item(true) && entry.amount == total && named(entry)
    });
    let below = &entries[story.items.end..];
    let says = |role: Role| {
        below.iter().any(|entry| entry.strong() == Some(role) && entry.amount == total)
    };
    let tender = says(Role::Tender);
    // Cash without a word about change, or a card: nothing was given back.
    usize::from(as_item && story.summed)
        + usize::from(says(Role::Subtotal))
        + usize::from(says(Role::Total))
        + usize::from(tender)
}

/// Whether the item's numbers say what one costs: `1  48.00  48.00`.
fn named(entry: &Entry) -> bool {
    entry.label.chars().filter(|symbol| symbol.is_alphabetic()).count() > 1
        || entry.shape.is_some_and(|shape| shape.unit.is_some())
}

/// Net and tax that make the total, a smallest coin of rounding aside.
fn net_and_tax(entries: &[Entry], total: i64) -> Option<(i64, i64)> {
    let tax = |entry: &&Entry| entry.strong() == Some(Role::Tax) && entry.amount > 0;
    let net = |entry: &Entry| matches!(entry.role(), Some(Role::Net | Role::Subtotal));
    let apart = entries.iter().filter(tax).find_map(|tax| {
        let fits = |entry: &&Entry| net(entry) && entry.amount + tax.amount == total;
        entries.iter().find(fits).map(|net| (net.amount, tax.amount))
    });
    // A row of the tax table has both: "SR @6%   23.58   1.42".
    apart.or_else(|| entries.iter().find_map(|entry| in_table(entry, total)))
}

/// A tax table's row whose net and tax make the total.
fn in_table(entry: &Entry, total: i64) -> Option<(i64, i64)> {
    let [.., net, tax] = entry.amounts[..] else { return None };
    let share = tax > 0 && net > tax && tax * 3 <= net;
    (share && (net + tax - total).abs() < COIN).then_some((net, tax))
}

fn doubts(entries: &[Entry], story: &Story, reading: &Reading) -> Vec<Doubt> {
    let mut found = Vec::new();
    let Some(total) = story.total else { return vec![Doubt::NoTotal] };
    if !story.labelled || !is_called_total(entries, total) {
        found.push(Doubt::Unlabelled);
    }
    if story.jumped {
        let items = reading.items.iter().map(|item| item.amount.units()).sum();
        found.push(Doubt::NotTheSum { items: Minor::new(items) });
    }
    let acted = || entries.iter().zip(&story.acts);
    found.extend(
        acted()
            .filter(|(entry, act)| is_other_total(entries, entry, **act, total))
            .map(|(entry, _)| Doubt::OtherTotal {
                row: entry.row,
                amount: Minor::new(entry.amount),
            })
            .take(1),
    );
    let paid = acted().filter(|(_, act)| **act == Act::Tender).map(|(entry, _)| entry.amount);
    if paid.sum::<i64>() > total && !story.settled {
        found.push(Doubt::Overpaid);
    }
    if story.margin < MARGIN_MIN {
        found.push(Doubt::CloseRival);
    }
    found
}

/// Whether a word on the amount's own row says that it is the total.
fn is_called_total(entries: &[Entry], total: i64) -> bool {
    let called = |entry: &Entry| matches!(entry.role(), Some(Role::Total | Role::Subtotal));
    entries.iter().any(|entry| called(entry) && entry.amounts.contains(&total))
}

/// Whether something labelled a total has an amount that the reading does not explain.
fn is_other_total(entries: &[Entry], entry: &Entry, act: Act, total: i64) -> bool {
    let spare = matches!(act, Act::Skip | Act::Tender) && !entry.detail && entry.amount != 0;
    if !spare || entry.strong() != Some(Role::Total) || entry.amount == total {
        return false;
    }
    // The foot of the tax table, and what was due before the coins were rounded.
    let table = entry.amounts.iter().any(|net| {
        let rest = total - net;
        rest.abs() < COIN || entries.iter().any(|other| is_tax(other, rest))
    });
    !(table || in_table(entry, total).is_some() || is_tax(entry, entry.amount))
}

fn is_tax(entry: &Entry, amount: i64) -> bool {
    amount != 0
        && (entry.strong() == Some(Role::Tax) && entry.amount == amount
            || entry.amounts.len() > 1 && entry.amounts.last() == Some(&amount))
}

/// The sums that hold, as a person would write them down.
fn equations(entries: &[Entry], story: &Story, reading: &Reading) -> Vec<String> {
    let mut written = Vec::new();
    let amount = |units: i64| Minor::new(units).with_decimals(2).to_string();
    for entry in entries[story.items.clone()].iter().take(EQUATION_TERMS_MAX) {
        if let Some(Shape { quantity: Some(quantity), unit: Some(unit), factor }) = entry.shape
            && entry.shape.is_some_and(Shape::is_telling)
        {
            let factor =
                factor.map(|factor| format!(" × {}", trimmed(factor, 4))).unwrap_or_default();
            let count = trimmed(quantity, 3);
            written.push(format!("{} = {count} × {}{factor}", amount(entry.amount), amount(unit)));
        }
    }
    if story.summed && (2..=EQUATION_TERMS_MAX).contains(&reading.items.len()) {
        let terms: Vec<String> =
            reading.items.iter().map(|item| amount(item.amount.units())).collect();
        let sum: i64 = reading.items.iter().map(|item| item.amount.units()).sum();
        written.push(format!("{} = {}", amount(sum), terms.join(" + ")));
    }
    written.extend(adjusted(entries, story));
    if let Some((total, (net, tax))) =
        story.total.and_then(|total| Some((total, net_and_tax(entries, total)?)))
    {
        written.push(format!("{} = {} + {}", amount(total), amount(net), amount(tax)));
    }
    if let (true, Some(total), Some(change)) = (story.settled, story.total, reading.change) {
        let paid: i64 = reading.tenders.iter().map(|tender| tender.amount.units()).sum();
        written.push(format!("{} = {} - {}", amount(change.units()), amount(paid), amount(total)));
    }
    written
}

/// `1099.00 = 1104.15 - 5.15`: what was taken off or added between sum and total.
fn adjusted(entries: &[Entry], story: &Story) -> Option<String> {
    let amount = |units: i64| Minor::new(units).with_decimals(2).to_string();
    let total = story.total?;
    let steps: Vec<i64> = story
        .acts
        .iter()
        .filter_map(|act| if let Act::Adjust(by) = act { Some(*by) } else { None })
        .collect();
    let sum = total - steps.iter().sum::<i64>();
    let seen = entries.iter().any(|entry| entry.amount == sum);
    let terms: String = steps
        .iter()
        .map(|by| format!(" {} {}", if *by < 0 { '-' } else { '+' }, amount(by.abs())))
        .collect();
    (!steps.is_empty() && seen).then(|| format!("{} = {}{terms}", amount(total), amount(sum)))
}

/// `8500` of ten-thousandths as `0.85`.
fn trimmed(value: i64, places: u8) -> String {
    let text = Minor::new(value).with_decimals(places).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
