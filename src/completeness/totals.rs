//! The till's own shift or day report against what was captured.
//!
//! # Invariants
//!
//! - Only what the report says is compared: a tender that it does not list may be in another line.
//! - A figure that either side does not know is no difference.
//!
//! Not here: reading the report (`sale`), adding up what was captured (`sales`).

use std::collections::BTreeMap;

use sync::event::TenderKind;
use sync::money::Minor;

/// What a till's report says, or what was captured over the same time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Number of sales.
    pub count: Option<u32>,
    /// Net of returns.
    pub total: Option<Minor>,
    /// Sums per way of paying, net of returns; a kind that comes twice is added up.
    pub tenders: Vec<(TenderKind, Minor)>,
}

/// Two figures that should be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Differing<T> {
    /// By the till.
    pub reported: T,
    /// By us.
    pub captured: T,
}

/// Where report and capture differ; at least one of its parts does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Difference {
    /// Number of sales.
    pub count: Option<Differing<u32>>,
    /// Net of returns.
    pub total: Option<Differing<Minor>>,
    /// Ways of paying, in the order of their kinds.
    pub tenders: Vec<(TenderKind, Differing<Minor>)>,
}

/// Compares a report with what was captured; `None` if nothing differs, or if the report has neither
/// count nor total: then it may be of another sort.
#[must_use]
pub fn compare(report: &Totals, captured: &Totals) -> Option<Difference> {
    if report.count.is_none() && report.total.is_none() {
        return None;
    }
    let difference = Difference {
        count: differing(report.count, captured.count),
        total: differing(report.total, captured.total),
        tenders: tenders(report, captured),
    };
    (difference != Difference::default()).then_some(difference)
}

fn differing<T: Eq>(reported: Option<T>, captured: Option<T>) -> Option<Differing<T>> {
    let (reported, captured) = reported.zip(captured)?;
    (reported != captured).then_some(Differing { reported, captured })
}

fn tenders(report: &Totals, captured: &Totals) -> Vec<(TenderKind, Differing<Minor>)> {
    let captured = per_kind(captured);
    let of = |kind| captured.get(&kind).copied().unwrap_or_default();
    let differ = |(kind, reported)| Some((kind, differing(Some(reported), Some(of(kind)))?));
    per_kind(report).into_iter().filter_map(differ).collect()
}

fn per_kind(totals: &Totals) -> BTreeMap<TenderKind, Minor> {
    let mut sums = BTreeMap::new();
    for (kind, amount) in &totals.tenders {
        let sum: &mut Minor = sums.entry(*kind).or_default();
        *sum = sum.saturating_add(*amount);
    }
    sums
}
