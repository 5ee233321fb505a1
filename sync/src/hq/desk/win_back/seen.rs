//! What was seen of each customer, number by number, in one walk along an index.
//!
//! Sales lie in that index by customer and time, so that the walk sorts nothing and holds one customer at
//! a time. Only those with several numbers are put together first: they are few.
//!
//! Not here: who is called (`win_back`).

use super::Lapsed;
use crate::care_list::CustomerId;
use crate::message::StoreId;
use rusqlite::{Connection, Row};
use std::collections::{HashMap, HashSet};

/// When a customer bought, and what it came to.
#[derive(Default)]
pub(super) struct Seen {
    /// Day, time of it, where; rising once they are asked for.
    sales: Vec<(i32, i64, StoreId)>,
    /// Returns taken off.
    net: i64,
}

impl Seen {
    pub(super) fn absorb(&mut self, other: &Self) {
        self.sales.extend(&other.sales);
        self.sales.sort_unstable();
        self.net = self.net.saturating_add(other.net);
    }

    fn clear(&mut self) {
        self.sales.clear();
        self.net = 0;
    }

    /// What she is if her last sale was before that day.
    pub(super) fn lapsed(&self, customer: CustomerId, before: i32, today: i32) -> Option<Lapsed> {
        let (last_day, _, store) = *self.sales.last()?;
        if last_day >= before {
            return None;
        }
        let mut days: Vec<i32> = self.sales.iter().map(|(day, ..)| *day).collect();
        days.dedup();
        let gaps = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (away_days, rhythm_days, net) = (today - last_day, median(gaps), self.net);
        Some(Lapsed { customer, store, last_day, away_days, rhythm_days, net })
    }
}

/// Which numbers are one person's, and which are nobody's any more.
pub(super) struct Numbers {
    /// Where a number leads, for every number of those who have several.
    roots: HashMap<CustomerId, CustomerId>,
    erased: HashSet<CustomerId>,
}

impl Numbers {
    pub(super) fn of(db: &Connection) -> rusqlite::Result<Self> {
        let mut select = db.prepare("SELECT id, root FROM customer WHERE root IS NOT NULL")?;
        let pairs = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut roots: HashMap<CustomerId, CustomerId> = pairs.collect::<rusqlite::Result<_>>()?;
        let kept: Vec<CustomerId> = roots.values().copied().collect();
        roots.extend(kept.into_iter().map(|root| (root, root)));
        let mut select = db.prepare("SELECT id FROM customer WHERE identity IS NULL")?;
        let erased = select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Self { roots, erased })
    }

    /// Under which number she is found, if she has several.
    pub(super) fn root(&self, number: &CustomerId) -> Option<CustomerId> {
        self.roots.get(number).copied()
    }

    /// Calls `see` with what counts of each number's sales.
    pub(super) fn each(
        &self,
        db: &Connection,
        mut see: impl FnMut(&CustomerId, &Seen),
    ) -> rusqlite::Result<()> {
        let mut select = db.prepare(
            "SELECT customer, day, wall_ms, store, total, kind FROM sale
             WHERE customer IS NOT NULL AND counts ORDER BY customer, day, wall_ms",
        )?;
        let (mut rows, mut seen, mut of) = (select.query([])?, Seen::default(), None);
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            if of != Some(number) {
                self.tell(of.replace(number), &seen, &mut see);
                seen.clear();
            }
            take(row, &mut seen)?;
        }
        self.tell(of, &seen, &mut see);
        Ok(())
    }

    fn tell(&self, of: Option<CustomerId>, seen: &Seen, see: &mut impl FnMut(&CustomerId, &Seen)) {
        if let Some(number) = of.filter(|number| !self.erased.contains(number)) {
            see(&number, seen);
        }
    }
}

fn take(row: &Row<'_>, seen: &mut Seen) -> rusqlite::Result<()> {
    seen.net = seen.net.saturating_add(row.get(4)?);
    if row.get_ref(5)?.as_str()? == "sale" {
        seen.sales.push((row.get(1)?, row.get(2)?, row.get(3)?));
    }
    Ok(())
}

fn median(mut gaps: Vec<i32>) -> Option<i32> {
    gaps.sort_unstable();
    gaps.get(gaps.len().checked_sub(1)? / 2).copied()
}
