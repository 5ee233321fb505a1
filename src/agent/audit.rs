//! Is anything missing? Receipt numbers that skip, and the till's own report beside what was
//! captured.
//!
//! ```text
//! a report is printed, or a day is over ─▶ compare ─▶ the page says it, an event takes it to HQ
//! ```
//!
//! # Invariant
//!
//! - What is missing of a day is told once, and again only if it has become something else.
//!
//! Not here: finding it out (`completeness`), slips that the bridge could not keep (`gap`).

use sync::event::{Body, Missing, TenderKind};
use sync::money::Minor;

use super::Agent;
use super::take::{Read, TakeError};
use crate::clock::Moment;
use crate::completeness::{self, Difference, Differing, Seen, Skipped, Totals};
use crate::sales::{self, Sale};
use crate::store;

/// Days of receipt numbers that are looked at: enough to see how the till goes over a night.
const DAYS: i32 = 28;

/// What is missing of a printer's day.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Audit {
    skipped: Vec<Skipped>,
    difference: Option<Difference>,
}

impl Audit {
    /// For a person; empty if nothing is missing.
    pub(super) fn words(&self, language: crate::config::Language) -> Vec<String> {
        completeness::words(&self.skipped, self.difference.as_ref(), language)
    }

    fn is_clean(&self) -> bool {
        self.skipped.is_empty() && self.difference.is_none()
    }

    fn event(&self, bridge: &str, day: i32) -> Missing {
        let difference = self.difference.as_ref();
        Missing {
            bridge: bridge.to_owned(),
            day,
            numbers: self.skipped.iter().flat_map(|gap| gap.numbers.iter().cloned()).collect(),
            count: self.skipped.iter().map(|gap| gap.count).sum(),
            counts: difference.and_then(|all| all.count).map(|two| (two.reported, two.captured)),
            totals: difference.and_then(|all| all.total).map(|two| (two.reported, two.captured)),
        }
    }
}

impl Agent {
    /// A report was printed: says whether everything that it counts was captured. Within the open
    /// transaction.
    pub(super) fn audit_report(
        &self,
        bridge: &str,
        read: &Read,
        now: Moment,
    ) -> Result<(), TakeError> {
        let report = self.report(read);
        let reported = Totals {
            count: report.count,
            total: report.total,
            tenders: report.tenders.iter().map(|paid| (paid.kind, paid.amount)).collect(),
        };
        let epoch = self.outbox.epoch();
        let sales = sales::of_bridge(&self.connection, epoch, bridge, now.day() - 1)?;
        let since = self.last_reported(bridge)?;
        let today = |sale: &&Sale| sale.taken_day == now.day();
        // A report may close a shift, the day, or be printed again: it is wrong only if it fits none.
        let spans = [
            captured(sales.iter().filter(|sale| sale.seq.0 > since), &reported),
            captured(sales.iter().filter(today), &reported),
            captured(sales.iter(), &reported),
        ];
        let differences = spans.iter().map(|span| completeness::compare(&reported, span));
        let mut differences: Vec<Difference> = match differences.collect::<Option<Vec<_>>>() {
            Some(all) if self.last_figures(bridge)? != figures(&reported) => all,
            _ => Vec::new(),
        };
        differences.sort_by_key(|difference| {
            let off = |two: Differing<Minor>| two.reported.units().abs_diff(two.captured.units());
            difference.total.map_or(0, off)
        });
        let audit = Audit {
            skipped: self.skipped(bridge, now.day())?,
            // Ways of paying are told with a count or a sum, not alone: tills name them as they like.
            difference: differences
                .into_iter()
                .next()
                .filter(|difference| difference.count.is_some() || difference.total.is_some()),
        };
        self.tell(bridge, now.day(), &audit, now)?;
        let last = sales.last().map_or(since, |sale| sale.seq.0);
        let mark = [&epoch.0[..], &last.to_be_bytes()].concat();
        store::remember(&self.connection, &memo("reported", bridge), &mark)?;
        store::remember(&self.connection, &memo("figures", bridge), &figures(&reported))?;
        Ok(())
    }

    fn last_figures(&self, bridge: &str) -> rusqlite::Result<Vec<u8>> {
        Ok(store::remembered(&self.connection, &memo("figures", bridge))?.unwrap_or_default())
    }

    /// Looks at the numbers of the days before today; called every few minutes.
    ///
    /// # Errors
    ///
    /// What kept it from being told.
    pub fn audit_days(&mut self) -> Result<(), super::AttributeError> {
        let now = self.now();
        let bridges: Vec<String> = self.tills.keys().cloned().collect();
        for bridge in bridges {
            let done = store::remembered(&self.connection, &memo("audited", &bridge))?;
            let done = done.and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
            let yesterday = now.day() - 1;
            // A box that was off yesterday has not looked at the days before either.
            let first = done.map_or(yesterday, |day| (day + 1).max(yesterday - DAYS));
            for day in first..=yesterday {
                let audit = Audit { skipped: self.skipped(&bridge, day)?, difference: None };
                let transaction = self.connection.unchecked_transaction()?;
                self.tell(&bridge, day, &audit, now)?;
                store::remember(&transaction, &memo("audited", &bridge), &day.to_be_bytes())?;
                transaction.commit()?;
            }
        }
        Ok(())
    }

    /// What is missing of today so far, for the page, in words. Found anew only after a slip: the
    /// page asks every second.
    pub(super) fn missing_today(&self, bridge: &str) -> Vec<String> {
        let today = self.now().day();
        if let Some((day, words)) = self.missing.borrow().get(bridge)
            && *day == today
        {
            return words.clone();
        }
        let words = self.audit_today(bridge, today).words(self.config.language);
        self.missing.borrow_mut().insert(bridge.to_owned(), (today, words.clone()));
        words
    }

    fn audit_today(&self, bridge: &str, today: i32) -> Audit {
        let skipped = self.skipped(bridge, today).unwrap_or_default();
        Audit {
            skipped,
            difference: self.differed(bridge).filter(|(day, _)| *day == today).map(|(_, it)| it),
        }
    }

    /// Where the last report that differed did, and on which day.
    fn differed(&self, bridge: &str) -> Option<(i32, Difference)> {
        let bytes = store::remembered(&self.connection, &memo("missing", bridge)).ok()??;
        let missing: Missing = minicbor::decode(&bytes).ok()?;
        let (count, total) = (missing.counts, missing.totals);
        let difference = Difference {
            count: count.map(|(reported, captured)| Differing { reported, captured }),
            total: total.map(|(reported, captured)| Differing { reported, captured }),
            tenders: Vec::new(),
        };
        (difference != Difference::default()).then_some((missing.day, difference))
    }

    /// Numbers that skip on `day`.
    fn skipped(&self, bridge: &str, day: i32) -> rusqlite::Result<Vec<Skipped>> {
        let epoch = self.outbox.epoch();
        let sales = sales::of_bridge(&self.connection, epoch, bridge, day - DAYS)?;
        let upto = |sale: &&Sale| sale.taken_day <= day;
        let numbers = sales.iter().filter(upto).filter_map(|sale| {
            Some(Seen { number: sale.receipt_no.as_deref()?, day: sale.taken_day })
        });
        let seen: Vec<Seen<'_>> = numbers.collect();
        let today: Vec<&str> =
            seen.iter().filter(|seen| seen.day == day).map(|seen| seen.number).collect();
        let mut gaps = completeness::skipped(&seen);
        gaps.retain(|gap| today.contains(&gap.before.as_str()));
        // Another printer of this box may share the counter.
        for gap in &mut gaps {
            let before = gap.numbers.len();
            let mut kept = Vec::new();
            for number in gap.numbers.drain(..) {
                if sales::by_receipt(&self.connection, &number, day - DAYS)?.is_none() {
                    kept.push(number);
                }
            }
            gap.count -= u64::try_from(before - kept.len()).unwrap_or(0).min(gap.count);
            gap.numbers = kept;
        }
        gaps.retain(|gap| gap.count > 0);
        Ok(gaps)
    }

    /// The last sale that a report of this epoch has counted.
    fn last_reported(&self, bridge: &str) -> rusqlite::Result<u64> {
        let value = store::remembered(&self.connection, &memo("reported", bridge))?;
        let seq = value.as_deref().and_then(|mark| mark.strip_prefix(&self.outbox.epoch().0[..]));
        Ok(seq.and_then(|seq| seq.try_into().ok()).map_or(0, u64::from_be_bytes))
    }

    fn tell(&self, bridge: &str, day: i32, audit: &Audit, now: Moment) -> Result<(), TellError> {
        if audit.is_clean() {
            return Ok(());
        }
        let missing = audit.event(bridge, day);
        let told = minicbor::to_vec(&missing).unwrap_or_default();
        let name = memo("missing", bridge);
        if store::remembered(&self.connection, &name)?.as_deref() != Some(&told[..]) {
            self.append(now, Body::Missing(missing))?;
            store::remember(&self.connection, &name, &told)?;
        }
        Ok(())
    }
}

/// Why it could not be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum TellError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Outbox(#[from] crate::outbox::OutboxError),
}

impl From<TellError> for TakeError {
    fn from(error: TellError) -> Self {
        match error {
            TellError::Sqlite(error) => error.into(),
            TellError::Outbox(error) => error.into(),
        }
    }
}

impl From<TellError> for super::AttributeError {
    fn from(error: TellError) -> Self {
        match error {
            TellError::Sqlite(error) => error.into(),
            TellError::Outbox(error) => error.into(),
        }
    }
}

/// What a report says, to know it again when it is printed twice.
fn figures(report: &Totals) -> Vec<u8> {
    format!("{:?} {:?}", report.count, report.total).into_bytes()
}

fn memo(what: &str, bridge: &str) -> String {
    format!("{what} {bridge}")
}

/// What was captured. Some tills count returns as receipts and take them off the total, some do
/// not: either is right.
fn captured<'a>(sales: impl Iterator<Item = &'a Sale>, reported: &Totals) -> Totals {
    let (mut all, mut sold, mut total, mut gross) = (0_u32, 0_u32, Minor::ZERO, Minor::ZERO);
    let mut tenders: Vec<(TenderKind, Minor)> = Vec::new();
    for sale in sales.filter(|sale| !sale.void) {
        all += 1;
        if sale.amount >= Minor::ZERO {
            sold += 1;
            gross = Minor::new(gross.units().saturating_add(sale.amount.units()));
        }
        total = Minor::new(total.units().saturating_add(sale.amount.units()));
        tenders.extend(&sale.tenders);
    }
    let count = if reported.count == Some(sold) { sold } else { all };
    let total = if reported.total == Some(gross) { gross } else { total };
    Totals { count: Some(count), total: Some(total), tenders }
}
