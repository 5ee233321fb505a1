//! Customers as rows: tier, spend, number of sales. Only those whose file opens.
//!
//! Not here: their sales one by one (`sales`).

use super::Masking;
use crate::care_list::CustomerId;
use crate::event::{LocalSeconds, Name};
use crate::hq::customer::{self, File};
use crate::hq::keys::Keys;
use crate::hq::store;
use crate::money::Minor;
use crate::tier;
use rusqlite::Connection;

/// One customer, as of today.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CustomerRow {
    /// Her pseudonym.
    pub customer: String,
    /// Her number, masked unless clear was asked for.
    pub phone: String,
    /// Surname and form of address, if told.
    pub name: Option<String>,
    /// Her tier, if she has one.
    pub tier: Option<String>,
    /// Net spend within the tier window, minor units.
    pub spend: Minor,
    /// Sales that count, returns not among them.
    pub sales: u32,
    /// The last day she bought or returned something, days since 1970-01-01.
    pub last_day: Option<i32>,
}

impl CustomerRow {
    /// The start of her last day, as a time on the shop's clock.
    #[must_use]
    pub fn last_at(&self) -> Option<LocalSeconds> {
        self.last_day.map(|day| LocalSeconds(i64::from(day) * 86_400))
    }
}

/// All customers who were not erased, who spent most first.
///
/// # Errors
///
/// As SQLite says.
pub fn customers(
    db: &Connection,
    keys: &Keys,
    masking: Masking,
    today: i32,
) -> rusqlite::Result<Vec<CustomerRow>> {
    let own = store::own(db)?;
    let mut select = db.prepare(
        "SELECT c.id, count(s.day) FILTER (WHERE s.kind = 'sale' AND s.counts), max(s.day)
         FROM customer c LEFT JOIN customer n ON n.id = c.id OR n.root = c.id
         LEFT JOIN sale s ON s.customer = n.id
         WHERE c.identity IS NOT NULL AND c.root IS NULL GROUP BY c.id",
    )?;
    let mut customers = Vec::new();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: CustomerId = row.get(0)?;
        let file = customer::file(db, keys, &id)?;
        let spend = customer::spend(db, &id, &own.policy, today)?;
        let held_out = match &file {
            File::Known(identity) => customer::held_out(db, &id, &identity.phone)?.is_some(),
            _ => false,
        };
        let standing = tier::tier(&own.policy, &spend, today).filter(|_| !held_out);
        customers.push(CustomerRow {
            customer: id.to_string(),
            phone: masking.show(&file),
            name: name(&file),
            tier: standing.map(|standing| standing.name),
            spend: tier::net_spend(&own.policy, &spend, today),
            sales: row.get(1)?,
            last_day: row.get(2)?,
        });
    }
    customers.sort_by(|a, b| b.spend.cmp(&a.spend).then_with(|| a.customer.cmp(&b.customer)));
    Ok(customers)
}

fn name(file: &File) -> Option<String> {
    let File::Known(identity) = file else {
        return None;
    };
    identity.name.as_ref().map(Name::addressed)
}
