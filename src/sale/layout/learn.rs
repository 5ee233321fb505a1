//! Gathers what proved receipts of one till show, until three agree.
//!
//! Not here: what a receipt shows (the parent module).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{LABELS_MIN, Layout, Names, SAME_PERCENT, Seen, choose, teaches};
use crate::receipt::Receipt;
use crate::sale::page::Page;
use crate::sale::{Part, Reading};

/// Proved receipts that must agree.
const AGREE: usize = 3;
/// Receipts that are remembered to learn from.
const KEPT: usize = 12;
/// Unproved sales in a row of one layout that mean that it is no longer the till's.
const DRIFT: u32 = 5;
/// Receipt numbers that follow each other differ by so much at most.
const STEP_MAX: u64 = 50;

/// What came of a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Learned {
    /// Nothing new.
    Nothing,
    /// A layout, new or better than the one at this place.
    Layout {
        /// Its place among the layouts, or one past the last.
        at: usize,
        /// What it is now.
        layout: Box<Layout>,
    },
    /// The layout at this place no longer proves anything.
    Drift(usize),
}

/// What one till's receipts have shown so far. It holds labels and counters, and goes with the
/// process.
#[derive(Clone, Debug, Default)]
pub struct Learner {
    seen: VecDeque<Seen>,
    /// Unproved sales in a row, by place of their layout.
    unproved: BTreeMap<usize, u32>,
}

impl Learner {
    /// Takes a sale that was read with `layouts`.
    pub fn take(&mut self, receipt: &Receipt, reading: &Reading, layouts: &[Layout]) -> Learned {
        let page = Page::new(receipt);
        let at = choose(layouts, &page.rows)
            .and_then(|found| layouts.iter().position(|layout| std::ptr::eq(layout, found)));
        if !teaches(reading) {
            // What a person wrote is not forgotten, and a word that is believed is no drift.
            let own = at.is_some_and(|at| layouts[at].receipts > 0);
            let disputed = reading.known.total == crate::sale::Known::Disputed;
            return if own && disputed { self.miss(at) } else { Learned::Nothing };
        }
        if let Some(at) = at {
            self.unproved.remove(&at);
        }
        let seen = Seen::of(&page, reading);
        let alike: Vec<&Seen> = self.seen.iter().filter(|other| other.is_like(&seen)).collect();
        let learned = (alike.len() + 1 >= AGREE).then(|| agreed(&alike, &seen));
        self.seen.push_back(seen);
        while self.seen.len() > KEPT {
            self.seen.pop_front();
        }
        match (learned, at) {
            // What a person wrote or taught stays; new labels join it.
            (Some(new), Some(at)) => {
                let layout = layouts[at].joined(new);
                let changed = layout != layouts[at];
                if changed {
                    Learned::Layout { at, layout: Box::new(layout) }
                } else {
                    Learned::Nothing
                }
            }
            (Some(layout), None) if layout.labels.len() >= LABELS_MIN => {
                Learned::Layout { at: layouts.len(), layout: Box::new(layout) }
            }
            _ => Learned::Nothing,
        }
    }

    fn miss(&mut self, at: Option<usize>) -> Learned {
        let Some(at) = at else { return Learned::Nothing };
        let count = self.unproved.entry(at).or_default();
        *count += 1;
        if *count < DRIFT {
            return Learned::Nothing;
        }
        self.unproved.clear();
        self.seen.clear();
        Learned::Drift(at)
    }
}

impl Seen {
    fn is_like(&self, other: &Self) -> bool {
        let same = self.labels.intersection(&other.labels).count();
        let least = self.labels.len().min(other.labels.len());
        // Names of goods differ from receipt to receipt; the till's words do not.
        same >= LABELS_MIN && same * 200 >= least * SAME_PERCENT
    }
}

/// What all of them say.
fn agreed(alike: &[&Seen], new: &Seen) -> Layout {
    let all = || alike.iter().copied().chain([new]);
    let mut labels: BTreeSet<String> = new.labels.clone();
    all().for_each(|seen| labels.retain(|label| seen.labels.contains(label)));
    let mut fields = unanimous(all().map(|seen| &seen.fields));
    if !fields.values().any(|part| *part == Part::ReceiptNo) {
        fields.extend(counting(alike, new).map(|label| (label, Part::ReceiptNo)));
    }
    let numbers: BTreeSet<_> = all().map(|seen| seen.receipt_no.as_deref()).collect();
    let names: Vec<Names> = all().filter_map(|seen| seen.names).collect();
    let names = names.first().copied().filter(|first| names.iter().all(|name| name == first));
    Layout {
        receipts: u32::try_from(alike.len() + 1).unwrap_or(u32::MAX),
        receipt_no: new.receipt_no.clone().filter(|_| numbers.len() == 1),
        amounts: unanimous(all().map(|seen| &seen.amounts)),
        labels,
        names,
        fields,
    }
}

/// What is said of a label, where nobody says otherwise and at least two say it.
fn unanimous<'a>(all: impl Iterator<Item = &'a BTreeMap<String, Part>>) -> BTreeMap<String, Part> {
    let mut votes: BTreeMap<String, (Part, u32, bool)> = BTreeMap::new();
    for (label, part) in all.flatten() {
        let vote = votes.entry(label.clone()).or_insert((*part, 0, true));
        vote.1 += 1;
        vote.2 &= vote.0 == *part;
    }
    let kept = votes.into_iter().filter(|(_, (_, count, same))| *same && *count > 1);
    kept.map(|(label, (part, ..))| (label, part)).collect()
}

/// A label that nobody knows, with a number that counts up from receipt to receipt.
fn counting(alike: &[&Seen], new: &Seen) -> Option<String> {
    new.unknown
        .keys()
        .find(|label| {
            let values: Option<Vec<u64>> = alike
                .iter()
                .copied()
                .chain([new])
                .map(|seen| seen.unknown.get(*label).copied())
                .collect();
            values.is_some_and(|values| {
                values
                    .windows(2)
                    .all(|pair| (1..=STEP_MAX).contains(&pair[1].wrapping_sub(pair[0])))
            })
        })
        .cloned()
}

impl Layout {
    /// This layout with what `new` adds; its own words stay.
    fn joined(&self, new: Self) -> Self {
        let mut joined = self.clone();
        joined.receipts = if self.receipts == 0 { 0 } else { self.receipts.max(new.receipts) };
        new.amounts.into_iter().for_each(|(label, part)| {
            joined.amounts.entry(label).or_insert(part);
        });
        new.fields.into_iter().for_each(|(label, part)| {
            joined.fields.entry(label).or_insert(part);
        });
        joined.names = self.names.or(new.names);
        joined.receipt_no = self.receipt_no.clone().or(new.receipt_no);
        joined
    }
}
