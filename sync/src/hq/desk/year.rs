//! The year's end: who spent most in each region is visited (S50).
//!
//! # Invariants
//!
//! - A year is closed once per person and region; those who tie are all visited.
//! - Stores without a region are one region together: the company's.
//!
//! Not here: placing the visit among her other tasks (`engine`).

use super::engine::{Cause, Rule, Wanted};
use super::rules::Rules;
use super::{book, facts};
use crate::calendar::Date;
use crate::care_list::{CustomerId, TaskKind};
use crate::hq::Hq;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;

/// A store may be without HQ over the holidays, and what was bought for them is brought back.
const SETTLES_DAYS: i32 = 7;

/// Net spend of one person in one region.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Spent {
    /// The region's name; empty for stores without one.
    pub region: String,
    /// Who.
    pub customer: CustomerId,
    /// Minor units.
    pub net: i64,
}

/// Who spent most in each region: all of those who tie. Nobody who spent nothing.
#[must_use]
pub fn highest(spent: &[Spent]) -> Vec<Spent> {
    let mut most: BTreeMap<&str, i64> = BTreeMap::new();
    for one in spent {
        let known = most.entry(&one.region).or_insert(one.net);
        *known = one.net.max(*known);
    }
    let is_most = |one: &&Spent| one.net > 0 && most.get(one.region.as_str()) == Some(&one.net);
    let mut highest: Vec<Spent> = spent.iter().filter(is_most).cloned().collect();
    highest.sort_by(|a, b| (&a.region, a.customer).cmp(&(&b.region, b.customer)));
    highest
}

/// In January, once the year's last days have come in from all stores, makes the visits for the year
/// before; returns how many. Doing it again makes none.
///
/// # Errors
///
/// As SQLite says.
pub fn close(hq: &mut Hq, rules: &Rules, today: i32) -> rusqlite::Result<u32> {
    let year = Date::of(today).year - 1;
    let first = |year| Date { year, month: 1, day: 1 }.day().unwrap_or_default();
    if !(SETTLES_DAYS..=rules.top_spender.visit_within_days).contains(&(today - first(year + 1))) {
        return Ok(0);
    }
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut made = 0;
    let mut may = Vec::new();
    for spent in spent(&tx, first(year), first(year + 1))? {
        if !facts::excluded(&tx, &hq.keys, rules, &spent.customer)? {
            may.push(spent);
        }
    }
    for top in highest(&may) {
        let wanted = Wanted {
            cause: Cause { rule: Rule::TopSpender, subject: format!("{year}:{}", top.region) },
            kind: TaskKind::Visit,
            due: first(year + 1) + rules.top_spender.visit_within_days,
            store: None,
            about: None,
            styles: Vec::new(),
        };
        let tasks = book::add(&tx, &hq.keys, rules, &top.customer, wanted, today)?;
        made += u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    }
    tx.commit()?;
    Ok(made)
}

fn spent(db: &Connection, from: i32, to: i32) -> rusqlite::Result<Vec<Spent>> {
    let mut select = db.prepare_cached(
        "SELECT coalesce(r.name, ''), coalesce(c.root, c.id), sum(s.total)
         FROM sale s JOIN customer c ON c.id = s.customer LEFT JOIN region r ON r.store = s.store
         WHERE s.counts AND s.day >= ?1 AND s.day < ?2 AND c.identity IS NOT NULL
         GROUP BY 1, 2",
    )?;
    let rows = select.query_map(params![from, to], |row| {
        Ok(Spent { region: row.get(0)?, customer: row.get(1)?, net: row.get(2)? })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s50_each_region_has_its_highest_spender_and_ties_are_all_named() {
        let spent = |region: &str, who: u8, net| Spent {
            region: region.into(),
            customer: CustomerId([who; 16]),
            net,
        };
        let all = [
            spent("east", 1, 500),
            spent("east", 2, 900),
            spent("west", 3, 900),
            spent("west", 4, 900),
            spent("north", 5, 0),
        ];
        let who: Vec<u8> = highest(&all).iter().map(|one| one.customer.0[0]).collect();
        assert_eq!(who, [2, 3, 4], "nobody where nothing was spent");
    }
}
