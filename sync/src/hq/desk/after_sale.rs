//! Does the relation end with the sale? Every sale of hers ends in a touch, in a planned one, or in
//! none with a reason (S31, S97).
//!
//! # Invariants
//!
//! - Each sale is counted once; what has neither a touch nor a reason is the figure to bring to none.
//!
//! Not here: the touches (`book`), the standards (`standing`).

use super::facts;
use super::rules::Rules;
use crate::care_list::CustomerId;
use crate::hq::keys::Keys;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What followed the sales of some days.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct AfterSale {
    /// Sales of known customers.
    pub sales: u32,
    /// She was reached, written to or visited since.
    pub touched: u32,
    /// It is planned.
    pub planned: u32,
    /// None: she may not be called.
    pub may_not: u32,
    /// None: no rule asks for it.
    pub no_rule: u32,
    /// Neither: it was asked for, and nothing came of it.
    pub neither: u32,
}

impl AddAssign for AfterSale {
    fn add_assign(&mut self, more: Self) {
        self.sales += more.sales;
        self.touched += more.touched;
        self.planned += more.planned;
        self.may_not += more.may_not;
        self.no_rule += more.no_rule;
        self.neither += more.neither;
    }
}

/// What followed the sales from day `from` to day `to`.
///
/// # Errors
///
/// As SQLite says.
pub fn after_sale(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    from: i32,
    to: i32,
) -> rusqlite::Result<AfterSale> {
    let hers = "t.customer IN (SELECT id FROM customer WHERE id = coalesce(c.root, c.id)
                               OR root = coalesce(c.root, c.id))";
    let mut select = db.prepare(&format!(
        "SELECT coalesce(c.root, c.id),
                EXISTS (SELECT 1 FROM task t WHERE {hers} AND t.state = 'done'
                    AND t.outcome NOT IN ('no_answer', 'other') AND t.closed_day >= s.day),
                EXISTS (SELECT 1 FROM task t WHERE {hers} AND t.state = 'open'),
                EXISTS (SELECT 1 FROM task_cause t WHERE {hers} AND t.rule = 'big_sale'
                    AND t.subject = s.stream || '/' || s.seq)
         FROM sale s JOIN customer c ON c.id = s.customer
         WHERE s.counts AND s.kind = 'sale' AND s.day BETWEEN ?1 AND ?2"
    ))?;
    let mut rows = select.query(params![from, to])?;
    let (mut all, mut excluded) = (AfterSale::default(), BTreeMap::new());
    while let Some(row) = rows.next()? {
        let root: CustomerId = row.get(0)?;
        let may_not = match excluded.get(&root) {
            Some(known) => *known,
            None => facts::excluded(db, keys, rules, &root)?,
        };
        excluded.insert(root, may_not);
        let (touched, planned, asked): (bool, bool, bool) = (row.get(1)?, row.get(2)?, row.get(3)?);
        all.sales += 1;
        let count = match (touched, planned, may_not, asked) {
            (true, ..) => &mut all.touched,
            (_, true, ..) => &mut all.planned,
            (_, _, true, _) => &mut all.may_not,
            (.., false) => &mut all.no_rule,
            (.., true) => &mut all.neither,
        };
        *count += 1;
    }
    Ok(all)
}
