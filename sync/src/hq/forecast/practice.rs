//! The chain's counted figures on keeping customers, kept as one row for the numbers page.
//!
//! # Invariants
//!
//! - A share is kept as its two counts, so that the page can show both; of nothing there is none.
//!
//! Not here: counting (`model`), the definitions beside the figures (`model::Defined`, `web`).

use super::{Fitted, WEEKS};
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::hq::desk::after_sale::{AfterSale, after_sale};
use crate::hq::desk::complaint::loyalty::{self, Share};
use crate::hq::desk::rules::Rules;
use crate::hq::desk::standing::{self, Coverage};
use crate::hq::keys::Keys;
use crate::hq::model::concentration::concentration;
use crate::hq::model::hold_out::{Judged, calibration, hold_out, ranking};
use crate::hq::model::rfm::{Bins, rfm};
use crate::hq::model::stage::{Contact, Stage, transitions};
use crate::hq::model::{Buying as _, FitError, Histories, History, retention};
use crate::hq::store;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

/// A year, in days.
const YEAR: u32 = 365;
/// Months of first purchases that are kept.
const COHORTS: usize = 12;
/// Sales of so many days are looked after (S31).
const AFTER_DAYS: i32 = 30;
/// Above so many persons the counts that open every file are left to the console.
const OPENED_MAX: usize = 100_000;
const DAY_MS: i64 = 86_400_000;

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfitted {
    /// Fewer customers than the models need.
    TooFew,
    /// Hardly anybody came twice.
    TooFewRepeats,
    /// The purchases leave the parameters open, or do not hold together.
    NoPeak,
}

impl From<FitError> for Unfitted {
    fn from(error: FitError) -> Self {
        match error {
            FitError::TooFew { .. } => Self::TooFew,
            FitError::TooFewRepeats { .. } => Self::TooFewRepeats,
            _ => Self::NoPeak,
        }
    }
}

/// The model tried on the last [`WEEKS`], which it had not seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Trial {
    /// Customers it was tried on.
    pub customers: usize,
    /// Purchases that it expected of them together, in thousandths.
    pub expected: u64,
    /// Purchases that they made, in thousandths.
    pub made: u64,
    /// How often one who came was ranked above one who did not, in thousandths: 500 is chance.
    pub ranked: Option<u32>,
}

/// The customers whose first purchase fell in one month.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Cohort {
    /// Its year.
    pub year: i32,
    /// Its month.
    pub month: u8,
    /// How many.
    pub customers: usize,
    /// How many of them bought 1, 2, … months later.
    pub bought: Vec<usize>,
}

/// What was given up with those who stayed away for a year, counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Given {
    /// Bought in the year before the last.
    pub before: usize,
    /// Of those, bought in the last year.
    pub retained: usize,
    /// Of those who did not: days with a purchase in the year before.
    pub lost_orders: usize,
    /// Their net spend in it, minor units.
    pub lost_net: i64,
    /// Bought in the last year for the first time.
    pub newcomers: usize,
    /// What those spent in it.
    pub new_net: i64,
    /// Net spend of everybody who bought in the year before, in that year.
    pub net: i64,
}

/// All of it.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Practice {
    /// The day it was counted, days since 1970-01-01.
    pub day: i32,
    /// Customers who ever bought.
    pub customers: usize,
    /// Why there is no forecast, if there is none.
    pub unfitted: Option<Unfitted>,
    /// The model tried on what it had not seen.
    pub trial: Option<Trial>,
    /// By recency 1 to 5, then frequency 1 to 5: how many, and the sum of their money scores.
    pub rfm: [[(usize, usize); 5]; 5],
    /// Customers by stage today.
    pub stages: [usize; 5],
    /// Moves between the stages in the last whole month, by stage before and after.
    pub moves: [[usize; 5]; 5],
    /// Came on file in that month, by stage after.
    pub new: [usize; 5],
    /// The month of the moves: year and month.
    pub month: (i32, u8),
    /// Fewer moved up than the month before, by more than chance explains (S72).
    pub falls_behind: bool,
    /// Months of first purchases, oldest first.
    pub cohorts: Vec<Cohort>,
    /// What was lost within a year.
    pub given: Given,
    /// Share of net spend of the top 20 % and 30 % of the last year's buyers, in thousandths.
    pub top: Option<[u32; 2]>,
    /// Members whom nobody touched; none where there are too many to count in a night.
    pub coverage: Option<Coverage>,
    /// What followed the sales of the last thirty days; as `coverage`.
    pub after_sale: Option<AfterSale>,
    /// Who came back after a complaint, by how it ended and by how soon she was answered (S60, S109).
    pub complaints: Vec<Share>,
}

/// The newest, if a night has passed.
///
/// # Errors
///
/// As SQLite says.
pub fn practice(db: &Connection) -> rusqlite::Result<Option<Practice>> {
    let sql = "SELECT value FROM figure WHERE name = 'practice'";
    let kept: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

pub(super) fn compute(
    tx: &Connection,
    keys: &Keys,
    histories: &Histories,
    unfitted: Option<Unfitted>,
    today: i32,
) -> rusqlite::Result<()> {
    let mut practice = Practice {
        day: today,
        customers: histories.len(),
        unfitted,
        trial: trial(histories, today),
        cohorts: cohorts(histories, today),
        given: given(histories, today),
        top: top(histories, today),
        ..Practice::default()
    };
    for (_, cell) in rfm(histories, today, &Bins::Quintiles) {
        let at = |score: u8| usize::from(score.clamp(1, 5) - 1);
        let place = &mut practice.rfm[at(cell.r)][at(cell.f)];
        *place = (place.0 + 1, place.1 + usize::from(cell.m));
    }
    stages(tx, histories, today, &mut practice)?;
    practice.complaints = loyalty::by_ending(tx, today)?;
    practice.complaints.extend(loyalty::by_reply(tx, today)?);
    if histories.len() <= OPENED_MAX {
        let rules = Rules::of(tx).unwrap_or_else(|_| Rules::shipped());
        let own = store::own(tx)?;
        practice.coverage = Some(standing::coverage(tx, keys, &own, &rules, today)?);
        practice.after_sale = Some(after_sale(tx, keys, &rules, today - AFTER_DAYS + 1, today)?);
    }
    let value = serde_json::to_string(&practice)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
    tx.execute(
        "INSERT INTO figure (name, day, value) VALUES ('practice', ?1, ?2)
         ON CONFLICT (name) DO UPDATE SET day = excluded.day, value = excluded.value",
        params![today, value],
    )?;
    Ok(())
}

/// Fitted on what was known [`WEEKS`] ago, and held against what came.
fn trial(histories: &Histories, today: i32) -> Option<Trial> {
    let split = today.saturating_sub_unsigned(WEEKS * 7);
    let model = Fitted::of(histories, split).ok()?.buying;
    let judged: Vec<Judged> = hold_out(histories, split, today)
        .map(|her| Judged {
            forecast: model.expected(&her.rhythm, f64::from(WEEKS)),
            actual: f64::from(her.visits_after),
        })
        .collect();
    let (customers, ranked) = (judged.len(), ranking(judged.clone()).map(super::thousandths));
    let all = calibration(judged, 1).all;
    let together = |mean: f64| u64::from(super::thousandths(mean)) * customers as u64;
    Some(Trial { customers, expected: together(all.forecast), made: together(all.actual), ranked })
}

fn cohorts(histories: &Histories, today: i32) -> Vec<Cohort> {
    let all = retention::cohorts(histories, today);
    let kept = all.into_iter().rev().take(COHORTS).rev();
    kept.map(|of| Cohort {
        year: of.year,
        month: of.month,
        customers: of.customers,
        bought: of.bought,
    })
    .collect()
}

fn given(histories: &Histories, today: i32) -> Given {
    let middle = today.saturating_add(1).saturating_sub_unsigned(YEAR);
    let window = retention::window(histories, middle, YEAR);
    let (before, after) =
        (middle.saturating_sub_unsigned(YEAR)..middle, middle..today.saturating_add(1));
    let mut given = Given {
        before: window.active_before,
        retained: window.retained,
        newcomers: window.newcomers,
        ..Given::default()
    };
    for her in histories.iter() {
        let (was, is) = (her.count(&before), her.count(&after));
        if was > 0 {
            given.net = given.net.saturating_add(her.net(&before).units());
        }
        if was > 0 && is == 0 {
            given.lost_orders += was;
            given.lost_net = given.lost_net.saturating_add(her.net(&before).units());
        }
        if her.first().is_some_and(|first| after.contains(&first)) {
            given.new_net = given.new_net.saturating_add(her.net(&after).units());
        }
    }
    given
}

fn top(histories: &Histories, today: i32) -> Option<[u32; 2]> {
    let end = today.saturating_add(1);
    let curve = concentration(histories, end.saturating_sub_unsigned(YEAR)..end);
    let share = |percent| curve.share_of_top(percent).map(super::thousandths);
    Some([share(20)?, share(30)?])
}

/// Stages today, and who moved within the last whole month, beside the month before it.
fn stages(
    tx: &Connection,
    histories: &Histories,
    today: i32,
    practice: &mut Practice,
) -> rusqlite::Result<()> {
    let contacts = Contacts::read(tx)?;
    let by_id: BTreeMap<CustomerId, History<'_>> =
        histories.iter().map(|her| (her.customer, her)).collect();
    let all = || contacts.all(&by_id);
    let Date { year, month, .. } = Date::of(today);
    let ends = [end_of_month_before(year, month, 1), end_of_month_before(year, month, 2)];
    let earlier = end_of_month_before(year, month, 3);
    let (now, then) = (transitions(all(), ends[1], ends[0]), transitions(all(), earlier, ends[1]));
    practice.falls_behind = now.falls_behind(&then);
    (practice.moves, practice.new) = (now.moves, now.new);
    let of = Date::of(ends[0]);
    practice.month = (of.year, of.month);
    for contact in all() {
        if let Some(stage) = contact.stage(today) {
            practice.stages[stage as usize] += 1;
        }
    }
    debug_assert_eq!(Stage::ALL.len(), practice.stages.len());
    Ok(())
}

/// The last day of the month so many months before.
fn end_of_month_before(year: i32, month: u8, months: i32) -> i32 {
    let first = year * 12 + i32::from(month) - 1 - (months - 1);
    let month = u8::try_from(first.rem_euclid(12) + 1).unwrap_or(1);
    let date = Date { year: first.div_euclid(12), month, day: 1 };
    date.day().map_or(0, |day| day - 1)
}

/// What of the files moves persons between stages.
struct Contacts(BTreeMap<CustomerId, (i32, Option<i32>, Option<i32>)>);

impl Contacts {
    fn read(tx: &Connection) -> rusqlite::Result<Self> {
        let mut all = BTreeMap::new();
        let mut known = tx.prepare(
            "SELECT coalesce(c.root, c.id), min(coalesce(l.received_ms, 0)) FROM customer c
             LEFT JOIN ledger l ON l.stream = c.named_stream AND l.seq = c.named_seq
             WHERE c.identity IS NOT NULL GROUP BY 1",
        )?;
        let mut rows = known.query([])?;
        while let Some(row) = rows.next()? {
            all.insert(row.get(0)?, (day_of(row.get(1)?), None, None));
        }
        let mut agreed = tx.prepare(
            "SELECT coalesce(c.root, c.id), min(coalesce(l.received_ms, 0)) FROM consent n
             JOIN customer c ON c.id = n.customer
             LEFT JOIN ledger l ON l.stream = n.stream AND l.seq = n.seq
             WHERE n.given GROUP BY 1",
        )?;
        let mut rows = agreed.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(of) = all.get_mut(&row.get::<_, CustomerId>(0)?) {
                of.1 = Some(day_of(row.get(1)?));
            }
        }
        let mut brought = tx.prepare(
            "SELECT coalesce(c.root, c.id), min(r.day) FROM referral r
             JOIN customer c ON c.id = r.referrer WHERE NOT r.undone GROUP BY 1",
        )?;
        let mut rows = brought.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(of) = all.get_mut(&row.get::<_, CustomerId>(0)?) {
                of.2 = Some(row.get(1)?);
            }
        }
        Ok(Self(all))
    }

    fn all<'a>(
        &'a self,
        histories: &'a BTreeMap<CustomerId, History<'a>>,
    ) -> impl Iterator<Item = Contact<'a>> {
        self.0.iter().map(|(id, (known, interested, referred))| Contact {
            known: *known,
            interested: *interested,
            referred: *referred,
            history: histories.get(id).copied(),
        })
    }
}

fn day_of(ms: i64) -> i32 {
    i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or_default()
}
