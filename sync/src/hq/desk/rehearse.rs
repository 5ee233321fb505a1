//! A dry run over history: what the rules would have asked for, per rule and store.
//!
//! Each customer's life is lived again day by day with what was known then: a task is done on its day,
//! a refund that came before it takes it away.
//!
//! # Invariants
//!
//! - Nothing is written.
//!
//! Not here: the rules' own work (`engine`).

use super::engine::{self, Facts, Known, OpenTask, Plan, Rule};
use super::facts;
use super::rules::Rules;
use crate::care_list::CustomerId;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// How often a rule fired in a store within the days that were asked for.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Count {
    /// The store's name; none for what is the company's.
    pub store: Option<String>,
    /// The rule.
    pub rule: Rule,
    /// Fired.
    pub fired: u32,
    /// Of these, joined to another task of hers: no task of their own.
    pub joined: u32,
    /// Of these, taken away by a refund in time.
    pub withdrawn: u32,
    /// Kept back by the caps.
    pub held: u32,
}

/// What may be counted apart.
type Key = (Option<StoreId>, Rule);

/// Lives every customer's life from day `from` to day `to`, both inclusive.
///
/// # Errors
///
/// As SQLite says.
pub fn rehearse(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    from: i32,
    to: i32,
) -> rusqlite::Result<Vec<Count>> {
    let mut counts: BTreeMap<Key, Count> = BTreeMap::new();
    let mut select = db.prepare(
        "SELECT DISTINCT coalesce(c.root, c.id) FROM customer c WHERE c.identity IS NOT NULL",
    )?;
    let roots = select.query_map([], |row| row.get::<_, CustomerId>(0))?;
    for root in roots.collect::<rusqlite::Result<Vec<_>>>()? {
        let facts = facts::facts(db, keys, rules, &root)?;
        live(rules, &facts, from, to, &mut counts);
    }
    let name = |store: &StoreId| {
        db.query_row("SELECT name FROM store WHERE id = ?1", [store], |row| row.get(0))
    };
    counts
        .into_iter()
        .map(|((store, _), count)| {
            Ok(Count { store: store.as_ref().map(name).transpose()?, ..count })
        })
        .collect()
}

/// One life. What fired before `from` has fired and is not counted.
fn live(rules: &Rules, facts: &Facts, from: i32, to: i32, counts: &mut BTreeMap<Key, Count>) {
    let mut days: Vec<i32> = facts.days().filter(|day| *day <= to).collect();
    days.sort_unstable();
    days.dedup();
    let (mut known, mut stores) = (Known::default(), BTreeMap::new());
    for today in days {
        let (done, open) = known.open.drain(..).partition(|task: &OpenTask| task.due < today);
        known.open = open;
        known.touched.extend(Vec::<OpenTask>::from_iter(done).iter().map(|task| task.due));
        let plan = engine::plan(rules, &facts.as_of(today), &known, today);
        for wanted in engine::wanted(rules, &facts.as_of(today), today) {
            stores.insert(wanted.cause, wanted.store);
        }
        apply(&mut known, plan, |cause, what| {
            if today >= from {
                let key = (stores.get(cause).copied().flatten(), cause.rule);
                what(counts.entry(key).or_insert_with(|| Count::of(cause.rule)));
            }
        });
    }
}

impl Count {
    const fn of(rule: Rule) -> Self {
        Self { store: None, rule, fired: 0, joined: 0, withdrawn: 0, held: 0 }
    }
}

/// Does to the known what the plan says, and counts it.
fn apply(known: &mut Known, plan: Plan, mut count: impl FnMut(&engine::Cause, fn(&mut Count))) {
    for (id, cause) in &plan.drop {
        count(cause, |count| count.withdrawn += 1);
        if let Some(task) = known.open.iter_mut().find(|task| task.id == *id) {
            task.causes.remove(cause);
        }
    }
    known.open.retain(|task| !plan.cancel.contains(&task.id));
    for (id, wanted) in plan.join {
        count(&wanted.cause, |count| {
            (count.fired, count.joined) = (count.fired + 1, count.joined + 1)
        });
        known.fired.insert(wanted.cause.clone());
        if let Some(task) = known.open.iter_mut().find(|task| task.id == id) {
            task.causes.insert(wanted.cause);
        }
    }
    for draft in plan.make {
        for (at, wanted) in draft.wanted.iter().enumerate() {
            count(&wanted.cause, |count| count.fired += 1);
            if at > 0 {
                count(&wanted.cause, |count| count.joined += 1);
            }
            known.fired.insert(wanted.cause.clone());
        }
        let id = i64::try_from(known.fired.len()).unwrap_or(i64::MAX);
        let causes = draft.wanted.into_iter().map(|wanted| wanted.cause).collect();
        known.open.push(OpenTask { id, kind: draft.kind, due: draft.due, causes });
    }
    for cause in plan.held {
        count(&cause, |count| count.held += 1);
        known.fired.insert(cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Minor;
    use crate::tier::DatedAmount;

    #[test]
    fn a_dry_run_counts_what_would_have_been_asked_for_and_what_a_refund_took_away() {
        let sale = |place: &str, day, back: Option<i32>| engine::SaleFact {
            place: place.into(),
            day,
            store: StoreId([1; 16]),
            total: Minor::new(200_000),
            back: back
                .map(|day| DatedAmount { day, amount: Minor::new(-200_000) })
                .into_iter()
                .collect(),
            item: None,
            styles: Vec::new(),
        };
        let sales =
            vec![sale("1/1", 100, None), sale("1/2", 130, Some(133)), sale("1/3", 160, Some(170))];
        let amounts = sales.iter().flat_map(|sale| {
            let own = DatedAmount { day: sale.day, amount: sale.total };
            sale.back.iter().copied().chain([own]).collect::<Vec<_>>()
        });
        let facts = Facts { amounts: amounts.collect(), sales, ..Facts::default() };
        let mut counts = BTreeMap::new();
        live(&Rules::shipped(), &facts, 120, 200, &mut counts);
        let counts: Vec<&Count> = counts.values().collect();
        assert_eq!(counts.len(), 1, "the threshold is not reached");
        assert_eq!(
            (counts[0].fired, counts[0].withdrawn),
            (2, 1),
            "the first was before, the last refund too late"
        );
    }
}
