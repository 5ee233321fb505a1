//! Campaigns: the old-customer month with its stores and counters (S35), and what was shown and clicked
//! (S120).
//!
//! # Invariants
//!
//! - Its days and stores are counted, no others. A regular here has bought before that day (S91's other
//!   definition, S1, asks for a contact too; it is named where it is used).
//!
//! Not here: the texts that go out (`messages`).

use super::{VipError, days, permille};
use crate::message::StoreId;
use rusqlite::{Connection, params};

/// Starts one; returns its number.
///
/// # Errors
///
/// [`VipError::Days`].
pub fn add(
    db: &Connection,
    name: &str,
    from: i32,
    until: i32,
    stores: &[StoreId],
) -> Result<i64, VipError> {
    days(from, until)?;
    let id = db.query_row(
        "INSERT INTO campaign (name, from_day, until_day) VALUES (?1, ?2, ?3) RETURNING id",
        params![name.trim(), from, until],
        |row| row.get(0),
    )?;
    let sql = "INSERT INTO campaign_store (campaign, store) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut insert = db.prepare(sql)?;
    for store in stores {
        insert.execute(params![id, store])?;
    }
    Ok(id)
}

/// One store's counters within a campaign.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Counter {
    /// The store's name.
    pub store: String,
    /// Contacts with an outcome, in its days (S43).
    pub contacts: u32,
    /// By how many of the staff.
    pub staff: u32,
    /// Regulars who came: bought before their first purchase in its days.
    pub regulars: u32,
    /// Their net spend in its days, minor units.
    pub net: i64,
}

/// Counters of a campaign, by store.
///
/// # Errors
///
/// [`VipError::NoItem`] if there is none.
pub fn counters(db: &Connection, id: i64) -> Result<Vec<Counter>, VipError> {
    known(db, id)?;
    let mut select = db.prepare(
        "SELECT s.name,
            (SELECT count(*) FROM task t WHERE t.store = s.id AND t.state = 'done'
                 AND t.outcome IS NOT NULL AND t.closed_day BETWEEN c.from_day AND c.until_day),
            (SELECT count(DISTINCT t.closed_by) FROM task t WHERE t.store = s.id
                 AND t.state = 'done' AND t.outcome IS NOT NULL
                 AND t.closed_day BETWEEN c.from_day AND c.until_day),
            count(DISTINCT r.person), coalesce(sum(r.total), 0)
         FROM campaign c JOIN campaign_store x ON x.campaign = c.id JOIN store s ON s.id = x.store
         LEFT JOIN (
             SELECT a.store, a.day, a.total, coalesce(k.root, k.id) AS person
             FROM sale a JOIN customer k ON k.id = a.customer WHERE a.counts) r
           ON r.store = s.id AND r.day BETWEEN c.from_day AND c.until_day
          AND EXISTS (SELECT 1 FROM sale b JOIN customer q ON q.id = b.customer
                      WHERE coalesce(q.root, q.id) = r.person AND b.counts AND b.kind = 'sale'
                        AND b.day < c.from_day)
         WHERE c.id = ?1 GROUP BY s.id ORDER BY s.name",
    )?;
    let rows = select.query_map([id], |row| {
        Ok(Counter {
            store: row.get(0)?,
            contacts: row.get(1)?,
            staff: row.get(2)?,
            regulars: row.get(3)?,
            net: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn known(db: &Connection, id: i64) -> Result<(), VipError> {
    let sql = "SELECT count(*) > 0 FROM campaign WHERE id = ?1";
    match db.query_row(sql, [id], |row| row.get(0))? {
        true => Ok(()),
        false => Err(VipError::NoItem(id)),
    }
}

/// Notes what a campaign showed on one day, and how often somebody followed it; the day's last word
/// stands.
///
/// # Errors
///
/// [`VipError`] if there is no such campaign, or more were clicked than shown.
pub fn seen(db: &Connection, id: i64, day: i32, shown: u32, clicked: u32) -> Result<(), VipError> {
    known(db, id)?;
    if clicked > shown {
        return Err(VipError::Clicks);
    }
    db.execute(
        "INSERT INTO campaign_day (campaign, day, shown, clicked) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (campaign, day)
         DO UPDATE SET shown = excluded.shown, clicked = excluded.clicked",
        params![id, day, shown, clicked],
    )?;
    Ok(())
}

/// What a campaign showed, all in all.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Response {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its first day.
    pub from: i32,
    /// Its last.
    pub until: i32,
    /// Messages of its name that went out.
    pub sent: u32,
    /// Shown.
    pub shown: u32,
    /// Followed.
    pub clicked: u32,
    /// Of ten thousand shown so many were followed, rounded; 200 to 500 is usual, says the source.
    pub per_myriad: Option<u32>,
}

/// Every campaign, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn responses(db: &Connection) -> rusqlite::Result<Vec<Response>> {
    let mut select = db.prepare(
        "SELECT c.id, c.name, c.from_day, c.until_day,
                coalesce((SELECT sum(shown) FROM campaign_day d WHERE d.campaign = c.id), 0),
                coalesce((SELECT sum(clicked) FROM campaign_day d WHERE d.campaign = c.id), 0),
                (SELECT count(*) FROM message m JOIN message_text x ON x.id = m.text
                 WHERE x.occasion = c.name AND m.state = 'sent')
         FROM campaign c ORDER BY c.from_day DESC, c.id DESC",
    )?;
    let rows = select.query_map([], |row| {
        let (shown, clicked): (u32, u32) = (row.get(4)?, row.get(5)?);
        Ok(Response {
            id: row.get(0)?,
            name: row.get(1)?,
            from: row.get(2)?,
            until: row.get(3)?,
            sent: row.get(6)?,
            shown,
            clicked,
            per_myriad: permille(clicked.saturating_mul(10), shown),
        })
    })?;
    rows.collect()
}
