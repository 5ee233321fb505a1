//! What of a person's sales lies within which window today, and when a window's edge reaches one.
//!
//! ```text
//!              d + 90      d + 180               d + 365
//! ●─────────────┼───────────┼─────────────────────┼──────▶  days after a sale on day d
//!    recent         before            year               (and d + the tier's own window)
//! ```
//!
//! # Invariants
//!
//! - Between today and `next_day` nothing of what is computed here changes, unless she buys, is named,
//!   or tells something.
//! - A day after today counts as one of today: a till's clock that is ahead never takes a sale from her.
//!
//! Not here: writing it (`summary`).

use super::super::customer::{self, File};
use super::super::store::Own;
use crate::care_list::CustomerId;
use crate::message::StoreId;
use crate::money::Minor;
use crate::tier::{self, DatedAmount, Standing};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// How long `recent` reaches back, in days.
const RECENT: i32 = 90;
/// How long `before` does, from where `recent` ends.
const BEFORE: i32 = 2 * RECENT;
/// How long `year_net` reaches back, in days.
const YEAR: i32 = 365;

/// What of her sales lies within which window on a day.
pub(super) struct Windows {
    pub(super) spend: Minor,
    pub(super) tier: Option<String>,
    pub(super) year: DaySum,
    pub(super) recent: u32,
    pub(super) before: u32,
    /// The first day after today on which any of this can be another.
    pub(super) next_day: i32,
}

impl Windows {
    pub(super) fn of(
        tx: &Connection,
        own: &Own,
        root: &CustomerId,
        file: &File,
        bought: &Bought,
        today: i32,
    ) -> rusqlite::Result<Self> {
        let spend = customer::needed(bought.amounts(), &own.policy, today);
        let held_out = match file {
            File::Known(identity) => {
                let staff = customer::is_staff(tx, root)?;
                tier::held_out(&identity.phone, staff, &bought.uses()).is_some()
            }
            _ => false,
        };
        let standing = tier::tier(&own.policy, &spend, today).filter(|_| !held_out);
        let window = i32::try_from(own.policy.window_days).unwrap_or(i32::MAX);
        let mut year = DaySum::default();
        for sum in bought.younger(today, YEAR).map(|(_, sum)| sum) {
            (year.net, year.sales) = (year.net.saturating_add(sum.net), year.sales + sum.sales);
        }
        // A day on which she only brought something back is none on which she bought.
        let bought_on = |days| bought.younger(today, days).filter(|(_, sum)| sum.sales > 0).count();
        let recent = bought_on(RECENT);
        let before = bought_on(BEFORE) - recent;
        Ok(Self {
            spend: tier::net_spend(&own.policy, &spend, today),
            next_day: next_day(bought, window, standing.as_ref(), today),
            tier: standing.map(|standing| standing.name),
            year,
            recent: u32::try_from(recent).unwrap_or(u32::MAX),
            before: u32::try_from(before).unwrap_or(u32::MAX),
        })
    }
}

/// Where a window ends, where a term does and on the day after.
fn next_day(bought: &Bought, window: i32, standing: Option<&Standing>, today: i32) -> i32 {
    let edges = [RECENT, BEFORE, YEAR, window];
    let of_days = bought.days.keys().flat_map(|day| edges.map(|edge| day.saturating_add(edge)));
    let until = standing.and_then(|standing| standing.until);
    let of_term = until.into_iter().flat_map(|until| [until, until.saturating_add(1)]);
    of_days.chain(of_term).filter(|edge| *edge > today).min().unwrap_or(i32::MAX)
}

/// What she bought, per store and per day.
#[derive(Default)]
pub(super) struct Bought {
    pub(super) stores: BTreeMap<StoreId, StoreSum>,
    pub(super) days: BTreeMap<i32, DaySum>,
}

#[derive(Default, Eq, PartialEq)]
pub(super) struct StoreSum {
    pub(super) net: Minor,
    pub(super) sales: u32,
    pub(super) last_day: Option<i32>,
}

#[derive(Default)]
pub(super) struct DaySum {
    pub(super) net: Minor,
    pub(super) sales: u32,
}

impl Bought {
    /// Her days that are less than so many days ago.
    fn younger(&self, today: i32, days: i32) -> impl Iterator<Item = (&i32, &DaySum)> {
        self.days.range(today.saturating_sub(days).saturating_add(1)..)
    }

    /// Net, a day each.
    fn amounts(&self) -> Vec<DatedAmount> {
        let dated = self.days.iter().map(|(day, sum)| DatedAmount { day: *day, amount: sum.net });
        dated.collect()
    }

    /// On how many sales of a day her number was given.
    fn uses(&self) -> Vec<(i32, u32)> {
        let days = self.days.iter().filter(|(_, sum)| sum.sales > 0);
        days.map(|(day, sum)| (*day, sum.sales)).collect()
    }

    pub(super) fn sales(&self) -> u32 {
        self.days.values().map(|day| day.sales).sum()
    }
}

pub(super) fn bought(tx: &Connection, root: &CustomerId) -> rusqlite::Result<Bought> {
    let mut select = tx.prepare_cached(
        "SELECT store, day, kind, total FROM sale
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND counts",
    )?;
    let mut rows = select.query([root])?;
    let mut bought = Bought::default();
    while let Some(row) = rows.next()? {
        let (day, total): (i32, Minor) = (row.get(1)?, row.get(3)?);
        let is_sale = u32::from(row.get_ref(2)?.as_str()? == "sale");
        let at = bought.days.entry(day).or_default();
        (at.net, at.sales) = (at.net.saturating_add(total), at.sales + is_sale);
        let store = bought.stores.entry(row.get(0)?).or_default();
        (store.net, store.sales) = (store.net.saturating_add(total), store.sales + is_sale);
        store.last_day = store.last_day.max(Some(day));
    }
    Ok(bought)
}
