//! The amounts of a reading, taken from the best story.
//!
//! Not here: finding that story (`story`), items' names (`items`), how it is known (`judge`).

use crate::sale::entry::{Entry, entries};
use crate::sale::fold::key;
use crate::sale::lexicon::{Role, TenderWord, lexicon};
use crate::sale::number::Style;
use crate::sale::page::Page;
use crate::sale::story::{Act, Story, best_story};
use crate::sale::{Minor, Reading, Tender, TenderKind, items, judge, mark};

/// Fills the amounts of `reading`.
///
/// Returns the row of the first item, or of the first amount: what stands above is the shop's.
pub(crate) fn read(page: &Page, reading: &mut Reading) -> usize {
    let entries = entries(page);
    reading.exponent = if matches!(page.style, Style::Cents(_)) { 2 } else { 0 };
    reading.item_count = entries
        .iter()
        .find(|entry| entry.strong() == Some(Role::Count))
        .and_then(|entry| entry.numbers.first()?.thousandths())
        .or_else(|| counted(page));
    let row_of = |at: usize| entries.get(at).map_or(page.rows.len(), |entry: &Entry| entry.row);
    let Some(story) = best_story(&entries, page.head_row) else {
        mark::unread(&entries, reading);
        return row_of(0);
    };
    let story = without_lost_total(&entries, story);
    let first = story.items.clone().find(|&at| story.acts[at] == Act::Item(true));
    let top = row_of(first.unwrap_or(story.items.end));
    // One amount that equals another is no sale, as long as no word says so.
    let goods = story.acts.iter().filter(|act| matches!(act, Act::Item(true))).count();
    if !story.labelled && goods < 2 {
        mark::unread(&entries, reading);
        return top;
    }
    reading.items = items::items(page, &entries, &story);
    reading.names = items::names(page, &entries, &story);
    if reading.items.is_empty() {
        reading.items.extend(items::only_named(page, &entries, &story));
    }
    reading.total = story.total.map(Minor::new);
    sums(&entries, &story, reading);
    reading.tenders = tenders(page, &entries, &story);
    reading.change = change(&entries, &story);
    reading.tax = first_of(&entries, Role::Tax);
    reading.tips = first_of(&entries, Role::Charge);
    judge::judge(&entries, &story, reading);
    mark::amounts(&entries, &story, reading);
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
