//! The amounts of a reading, taken from the best story.
//!
//! Not here: finding that story (`story`), items' names (`items`).

use crate::sale::entry::{Entry, entries};
use crate::sale::fold::key;
use crate::sale::lexicon::{Role, TenderWord, lexicon};
use crate::sale::number::Style;
use crate::sale::page::Page;
use crate::sale::shape::Shape;
use crate::sale::story::{Act, Story, best_story};
use crate::sale::{Known, Minor, Reading, Tender, TenderKind, items};

/// Points a reading must have over the best one with another total to be proved.
const MARGIN_MIN: i32 = 3;
/// Equations that are written out; a person reads no more.
const EQUATION_TERMS_MAX: usize = 12;

/// Fills the amounts of `reading`.
///
/// Returns the row of the first item, or of the first amount: what stands above is the shop's.
pub(crate) fn read(page: &Page, reading: &mut Reading) -> usize {
    let entries = entries(&page.rows, page.style);
    reading.exponent = if matches!(page.style, Style::Cents(_)) { 2 } else { 0 };
    reading.item_count = entries
        .iter()
        .find(|entry| entry.strong() == Some(Role::Count))
        .and_then(|entry| entry.numbers.first()?.thousandths())
        .or_else(|| counted(page));
    let row_of = |at: usize| entries.get(at).map_or(page.rows.len(), |entry: &Entry| entry.row);
    let Some(story) = best_story(&entries, page.head_row) else { return row_of(0) };
    let story = without_lost_total(&entries, story);
    let first = story.items.clone().find(|&at| story.acts[at] == Act::Item(true));
    let top = row_of(first.unwrap_or(story.items.end));
    // One amount that equals another is no sale, as long as no word says so.
    let goods = story.acts.iter().filter(|act| matches!(act, Act::Item(true))).count();
    if !story.labelled && goods < 2 {
        return top;
    }
    reading.items = items::items(page, &entries, &story);
    reading.total = story.total.map(Minor::new);
    sums(&entries, &story, reading);
    reading.tenders = tenders(page, &entries, &story);
    reading.change = change(&entries, &story);
    reading.tax = first_of(&entries, Role::Tax);
    reading.tips = first_of(&entries, Role::Charge);
    judge(&entries, &story, reading);
    reading.equations = equations(&entries, &story, reading);
    page.head_row.map_or(top, |head| head.min(top))
}

/// A story without a total still has a labelled one below it, sometimes.
fn without_lost_total(entries: &[Entry], mut story: Story) -> Story {
    if story.total.is_none() {
        let labelled = |entry: &&Entry| entry.strong() == Some(Role::Total);
        story.total = entries.iter().rfind(labelled).map(|entry| entry.amount);
        story.labelled = story.total.is_some();
    }
    story
}

/// `件数：4` and `共7件` where no amount stands beside them.
fn counted(page: &Page) -> Option<i64> {
    page.rows.iter().find_map(|row| {
        let numbers = crate::sale::number::numbers(row, page.style);
        let first = numbers.first()?;
        let label: String = row[..first.start].iter().collect();
        let cue = crate::sale::entry::cue(&label)?;
        (cue.role == Role::Count && cue.strong && !first.code).then(|| first.thousandths())?
    })
}

fn sums(entries: &[Entry], story: &Story, reading: &mut Reading) {
    let Some(total) = story.total else { return };
    let mut off = 0_i64;
    for (entry, act) in entries.iter().zip(&story.acts) {
        off += match act {
            Act::Adjust(by) if *by < 0 && entry.role() != Some(Role::Tax) => -by,
            Act::Item(false) => entry.amount.abs(),
            _ => 0,
        };
    }
    reading.discount = Some(Minor::new(off));
    reading.subtotal = entries
        .iter()
        .find(|entry| entry.strong() == Some(Role::Subtotal))
        .or_else(|| {
            let adjusted = story.acts.iter().any(|act| matches!(act, Act::Adjust(_)));
            let first = story.acts.iter().position(|act| matches!(act, Act::Check | Act::Jump))?;
            (adjusted && entries[first].amount != total).then(|| &entries[first])
        })
        .map(|entry| Minor::new(entry.amount));
}

fn tenders(page: &Page, entries: &[Entry], story: &Story) -> Vec<Tender> {
    let acted = |wanted: Act| {
        let pairs = entries.iter().zip(&story.acts);
        let paid = pairs.filter(move |(entry, act)| {
            **act == wanted && (wanted == Act::Tender || entry.strong() == Some(Role::Tender))
        });
        paid.map(|(entry, _)| tender(entry)).collect::<Vec<_>>()
    };
    let (mut found, checked) = (acted(Act::Tender), acted(Act::Check));
    if found.is_empty() {
        found.extend(checked.into_iter().next());
    } else if let ([only], Some(named)) = (&mut found[..], checked.first())
        && only.kind == TenderKind::Other
    {
        // 现金 242.00, then 实收 250.00: the second tells how much, the first in what.
        only.kind = named.kind;
    }
    if found.is_empty() {
        found.extend(unpriced_tender(page, entries, story));
    }
    found
}

fn tender(entry: &Entry) -> Tender {
    let label = tender_label(entry);
    let kind = tender_kind(&format!("{label} {}", entry.tail));
    Tender { kind, label, amount: Minor::new(entry.amount) }
}

fn tender_label(entry: &Entry) -> String {
    entry
        .label
        .trim()
        .trim_end_matches([':', '¥', '$', ' '])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// `银行卡支付` on a row of its own, or `实付 46元(银行卡)`: all of the total was paid so.
fn unpriced_tender(page: &Page, entries: &[Entry], story: &Story) -> Option<Tender> {
    let total = story.total?;
    let from = entries.get(story.items.end).map_or(0, |entry| entry.row);
    (from..page.rows.len().min(from + 12)).find_map(|row| {
        let text = page.text(row);
        let priced = entries.iter().any(|entry| entry.row == row);
        let said = if priced { text.rsplit_once('(')?.1 } else { &text[..] };
        let kind = tender_kind(said);
        let named = key(said.chars()).chars().count() <= 10 || text.contains("**");
        (kind != TenderKind::Other && named).then(|| Tender {
            kind,
            label: said.trim_matches(|sign: char| !sign.is_alphabetic()).to_owned(),
            amount: Minor::new(total),
        })
    })
}

fn tender_kind(text: &str) -> TenderKind {
    match lexicon().tenders.longest(&key(text.chars())).map(|found| found.what) {
        Some(TenderWord::Cash) => TenderKind::Cash,
        Some(TenderWord::WeChat) => TenderKind::WeChat,
        Some(TenderWord::Alipay) => TenderKind::Alipay,
        Some(TenderWord::Card) => TenderKind::Card,
        Some(TenderWord::Balance) => TenderKind::Balance,
        Some(TenderWord::Voucher) => TenderKind::Voucher,
        None => TenderKind::Other,
    }
}

fn change(entries: &[Entry], story: &Story) -> Option<Minor> {
    let acted = story.acts.iter().position(|act| *act == Act::Change);
    let labelled = || entries.iter().position(|entry| entry.strong() == Some(Role::Change));
    acted.or_else(labelled).map(|at| Minor::new(entries[at].amount.abs()))
}

fn first_of(entries: &[Entry], role: Role) -> Option<Minor> {
    let fits = |entry: &&Entry| entry.strong() == Some(role);
    entries.iter().find(fits).map(|entry| Minor::new(entry.amount))
}

/// Whether something labelled a total has another amount, or more was paid than was due and
/// nothing given back.
fn is_contradicted(entries: &[Entry], story: &Story) -> bool {
    let Some(total) = story.total else { return false };
    let mut acted = entries.iter().zip(&story.acts);
    let other = acted.any(|(entry, act)| {
        let spare = matches!(act, Act::Skip | Act::Tender) && entry.amount != 0;
        spare && entry.strong() == Some(Role::Total) && entry.amount != total
    });
    let paid = entries.iter().zip(&story.acts).filter(|(_, act)| **act == Act::Tender);
    let paid: i64 = paid.map(|(entry, _)| entry.amount).sum();
    other || (paid > total && !story.settled)
}

/// Says how the amounts are known.
fn judge(entries: &[Entry], story: &Story, reading: &mut Reading) {
    let telling = |item: &&Entry| item.shape.is_some_and(Shape::is_telling);
    let chosen = entries[story.items.clone()].iter();
    let explained = story.summed && (reading.items.len() > 1 || chosen.filter(telling).count() > 0);
    let clear = story.margin >= MARGIN_MIN && !story.jumped && story.labelled;
    let disputed = story.jumped || is_contradicted(entries, story);
    reading.known.total = match () {
        () if story.total.is_none() => Known::Disputed,
        () if (explained || story.settled) && clear && !disputed => Known::Proved,
        () if disputed => Known::Disputed,
        () if story.summed || story.settled => Known::Consistent,
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
    if let (true, Some(total), Some(change)) = (story.settled, story.total, reading.change) {
        let paid: i64 = reading.tenders.iter().map(|tender| tender.amount.units()).sum();
        written.push(format!("{} = {} - {}", amount(change.units()), amount(paid), amount(total)));
    }
    written
}

/// `8500` of ten-thousandths as `0.85`.
fn trimmed(value: i64, places: u8) -> String {
    let text = Minor::new(value).with_decimals(places).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
