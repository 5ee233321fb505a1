//! One night's forecasts in short pieces: everybody's days are read in order, the models fitted, the rows
//! written.
//!
//! # Invariants
//!
//! - A piece reads or writes some thousand customers; between two of them others work.
//! - A night that was cut short begins anew; what it wrote stays until then.
//! - After a night nobody has a row whom it did not see.
//!
//! Not here: what is forecast ([`super::Fitted`]), what is counted (`practice`).

use super::beside::{self, Worth};
use super::practice::{self, Given, Then};
use super::{Buyer, Fitted, Forecast, Unfitted, WEEKS};
use crate::care_list::CustomerId;
use crate::hq::desk::after_sale::{AfterSale, after_sale};
use crate::hq::desk::complaint::loyalty::Silent;
use crate::hq::desk::rules::Rules;
use crate::hq::desk::standing::Coverage;
use crate::hq::desk::win_back::report::Newcomers;
use crate::hq::figures::measure::days_after;
use crate::hq::model::History;
use crate::hq::{Hq, bulk};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Customers a piece.
const PIECE: usize = 4_096;
/// Sales of so many days are followed (S31).
const AFTER_DAYS: i32 = 30;

/// One who works at night; what was seen so far lies in here.
#[derive(Default)]
pub struct Night {
    pass: Option<Pass>,
}

impl Night {
    /// One who does the day's work even if it is done.
    pub(super) fn anew(today: i32) -> Self {
        Self { pass: Some(Pass::new(today)) }
    }

    /// Does the next piece; `false` when today's work is done. The figures' night comes before.
    ///
    /// # Errors
    ///
    /// As SQLite says; then nothing of this piece was done, and the pass begins anew.
    pub fn step(&mut self, hq: &mut Hq, today: i32) -> rusqlite::Result<bool> {
        let pass = match self.pass.take() {
            Some(pass) if pass.today == today => pass,
            _ if practice::is_done(&hq.db, today)? => return Ok(false),
            _ => Pass::new(today),
        };
        self.pass = pass.step(hq)?;
        Ok(self.pass.is_some())
    }
}

/// What is known of everybody who bought.
#[derive(Default)]
pub(super) struct Seen {
    /// By rising pseudonym.
    pub(super) buyers: Vec<Buyer>,
    /// Those who had bought [`WEEKS`] ago.
    pub(super) then: Vec<Then>,
    pub(super) given: Given,
    /// What they are expected to bring within a year.
    pub(super) worth: Option<Worth>,
    /// Who came back without ever having complained (S60).
    pub(super) silent: Silent,
    /// Whom those who were won back are compared with (S80).
    pub(super) newcomers: Newcomers,
    /// Members whom nobody touched (S110).
    pub(super) coverage: Coverage,
    /// What followed the sales of the last days (S31).
    pub(super) after_sale: AfterSale,
}

struct Pass {
    today: i32,
    seen: Seen,
    work: Work,
}

enum Work {
    /// Nobody was read yet.
    Unread,
    /// Everybody after this one is still to be read.
    Reading(Vec<u8>),
    /// Buyers from this place on are still to be written.
    Writing(Fitted, usize),
    /// There is no model: rows of the day before go.
    Clearing(Unfitted),
    /// Members behind this one are still to be counted.
    Covering(Option<Unfitted>, Vec<u8>),
    /// Sales from this day on are still to be followed.
    Following(Option<Unfitted>, i32),
}

impl Pass {
    fn new(today: i32) -> Self {
        Self { today, seen: Seen::default(), work: Work::Unread }
    }

    /// The next piece; none after the last.
    fn step(mut self, hq: &mut Hq) -> rusqlite::Result<Option<Self>> {
        self.work = match self.work {
            Work::Unread => {
                self.seen.silent = Silent::begin(&hq.db)?;
                Work::Reading(Vec::new())
            }
            Work::Reading(after) => match days_after(&hq.db, &after, PIECE)? {
                hers if hers.is_empty() => match Fitted::of(&self.seen.buyers) {
                    Ok(fitted) => {
                        self.seen.worth = beside::worth(&fitted, &self.seen.buyers);
                        Work::Writing(fitted, 0)
                    }
                    Err(why) => Work::Clearing(why),
                },
                hers => {
                    let after = hers.last().map_or(after, |(last, _)| last.0.to_vec());
                    hers.iter().for_each(|(who, days)| {
                        self.seen.add(&History { customer: *who, days }, self.today);
                    });
                    Work::Reading(after)
                }
            },
            Work::Writing(fitted, from) => {
                let to = (from + PIECE).min(self.seen.buyers.len());
                bulk::begin(&hq.db, &bulk::FORECASTS)?;
                write(&mut hq.db, &fitted, &self.seen.buyers, self.today, (from, to))?;
                if to == self.seen.buyers.len() {
                    return Ok(Some(Self { work: Work::Covering(None, Vec::new()), ..self }));
                }
                Work::Writing(fitted, to)
            }
            Work::Clearing(why) => {
                if clear(&hq.db)? {
                    Work::Clearing(why)
                } else {
                    Work::Covering(Some(why), Vec::new())
                }
            }
            Work::Covering(unfitted, after) if bulk::end(&hq.db, &bulk::FORECASTS)? => {
                Work::Covering(unfitted, after)
            }
            Work::Covering(unfitted, after) => match self.seen.cover(hq, self.today, &after)? {
                Some(last) => Work::Covering(unfitted, last.0.to_vec()),
                None => Work::Following(unfitted, self.today - AFTER_DAYS + 1),
            },
            Work::Following(unfitted, day) if day > self.today => {
                return end(hq, self.today, &self.seen, unfitted);
            }
            Work::Following(unfitted, day) => {
                self.seen.after_sale += after_sale(&hq.db, &hq.keys, &rules(hq), day, day)?;
                Work::Following(unfitted, day + 1)
            }
        };
        Ok(Some(self))
    }
}

/// The chain's, or the shipped ones if those do not read.
fn rules(hq: &Hq) -> Rules {
    Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped())
}

fn end(
    hq: &mut Hq,
    today: i32,
    seen: &Seen,
    unfitted: Option<Unfitted>,
) -> rusqlite::Result<Option<Pass>> {
    let tx = hq.db.transaction()?;
    practice::compute(&tx, seen, unfitted, today)?;
    tx.commit()?;
    Ok(None)
}

impl Seen {
    fn cover(&mut self, hq: &Hq, today: i32, after: &[u8]) -> rusqlite::Result<Option<CustomerId>> {
        self.coverage.some(&hq.db, &hq.keys, &rules(hq), (today, after, PIECE))
    }

    fn add(&mut self, her: &History<'_>, today: i32) {
        self.given.add(her, today);
        self.silent.add(her, today);
        self.newcomers.add(her, today);
        let split = today.saturating_sub_unsigned(WEEKS * 7);
        if let Some(rhythm) = her.rhythm(split) {
            let after = her.count(&(split.saturating_add(1)..today.saturating_add(1)));
            let visits_after = u32::try_from(after).unwrap_or(u32::MAX);
            self.then.push(Then { rhythm, visits_after });
        }
        let (Some(rhythm), Some(spend), Some(last)) =
            (her.rhythm(today), her.spend(today), her.last(today))
        else {
            return;
        };
        let net = her.net(&(i32::MIN..today.saturating_add(1)));
        let since = today.saturating_sub(last);
        self.buyers.push(Buyer { customer: her.customer, rhythm, spend, net, since });
    }
}

/// Writes the forecasts of some, and takes off the rows between them that are nobody's any more.
fn write(
    db: &mut Connection,
    fitted: &Fitted,
    buyers: &[Buyer],
    today: i32,
    (from, to): (usize, usize),
) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    let hers = &buyers[from..to];
    let first = from.checked_sub(1).map_or(Vec::new(), |before| buyers[before].customer.0.to_vec());
    let last = if to == buyers.len() {
        vec![u8::MAX; 17]
    } else {
        hers[to - from - 1].customer.0.to_vec()
    };
    let known = known_between(&tx, &first, &last)?;
    for gone in known.keys() {
        if hers.binary_search_by_key(gone, |her| her.customer).is_err() {
            tx.prepare_cached("DELETE FROM forecast WHERE customer = ?1")?.execute([gone])?;
        }
    }
    for her in hers {
        let (forecast, last_day) = (fitted.forecast(her), today.saturating_sub(her.since));
        let is_new = known
            .get(&her.customer)
            .is_none_or(|(known, last)| known.is_off(&forecast) || *last != Some(last_day));
        if is_new {
            put(&tx, &her.customer, &forecast, last_day)?;
        }
    }
    tx.commit()
}

fn known_between(
    db: &Connection,
    after: &[u8],
    until: &[u8],
) -> rusqlite::Result<HashMap<CustomerId, (Forecast, Option<i32>)>> {
    db.prepare_cached(
        "SELECT customer, alive, comes, purchases, value, last_day FROM forecast
         WHERE customer > ?1 AND customer <= ?2",
    )?
    .query_map([after, until], |row| Ok((row.get(0)?, (Forecast::from_row(row, 1)?, row.get(5)?))))?
    .collect()
}

/// Her row, with where she bought last: of several stores on one day the first.
fn put(
    db: &Connection,
    who: &CustomerId,
    forecast: &Forecast,
    last_day: i32,
) -> rusqlite::Result<()> {
    let Forecast { alive, comes, purchases, value } = forecast;
    db.prepare_cached(
        "INSERT INTO forecast (customer, alive, comes, purchases, value, last_day, store)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6,
             (SELECT store FROM person_store WHERE customer = ?1
              ORDER BY last_day DESC, store LIMIT 1)
         WHERE EXISTS (SELECT 1 FROM customer WHERE id = ?1 AND identity IS NOT NULL)
         ON CONFLICT (customer) DO UPDATE SET alive = excluded.alive, comes = excluded.comes,
             purchases = excluded.purchases, value = excluded.value,
             last_day = excluded.last_day, store = excluded.store",
    )?
    .execute(params![who, alive, comes, purchases, value, last_day])
    .map(drop)
}

/// Takes some rows off; `false` if there was none.
fn clear(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM forecast WHERE customer IN (SELECT customer FROM forecast LIMIT ?1)";
    let most = i64::try_from(PIECE).unwrap_or(i64::MAX);
    Ok(db.prepare_cached(sql)?.execute([most])? > 0)
}
