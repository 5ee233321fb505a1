//! Sales as rows, the newest first, and their sums per day.
//!
//! Not here: customers' files (`customers`).

use super::Masking;
use crate::care_list::CustomerId;
use crate::event::{Epoch, Item, Seq, Tender, TenderKind, TerminalId};
use crate::hq::customer;
use crate::hq::keys::Keys;
use crate::money::Minor;
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeMap, HashMap};

/// One sale as it stands now.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SaleRow {
    /// The store's name.
    pub store: String,
    /// The till's identifier, in full.
    pub terminal: String,
    /// The epoch, in full.
    pub epoch: String,
    /// The event's number.
    pub seq: u64,
    /// `sale`, `return` or `unread`.
    pub kind: String,
    /// As printed.
    pub receipt_no: Option<String>,
    /// Seconds since 1970-01-01 on the shop's own clock.
    pub printed_at: Option<i64>,
    /// The till's clock, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// Minor units; negative for a return.
    pub total: Minor,
    /// Pieces: as printed, else the number of lines.
    pub item_count: u32,
    /// Off the whole receipt, minor units.
    pub discount: Option<Minor>,
    /// Minor units.
    pub tax: Option<Minor>,
    /// Minor units.
    pub change: Option<Minor>,
    /// The till's own name.
    pub till: Option<String>,
    /// As printed.
    pub cashier: Option<String>,
    /// Her number, masked unless clear was asked for.
    pub member: Option<String>,
    /// `given`, `refused`, `not_asked` or `pending`.
    pub asked: String,
    /// How the total is known.
    pub known: String,
    /// Whether a note was printed.
    pub noted: bool,
    /// Taken back at the till.
    pub voided: bool,
    /// Whether it counts towards anyone's spend.
    pub counts: bool,
    /// How it was paid.
    pub tenders: Vec<Tender>,
    /// Number of the receipt that a return takes back.
    pub takes_back: Option<String>,
    /// What was sold.
    pub items: Vec<Item>,
    #[serde(skip)]
    customer: Option<CustomerId>,
    #[serde(skip)]
    place: (i64, Seq),
}

/// What one day came to, over all stores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DaySum {
    /// Days since 1970-01-01 on the shops' calendar.
    pub day: i32,
    /// Number of sales, returns not among them.
    pub sales: u32,
    /// Net total.
    pub total: Minor,
}

/// The newest `limit` sales.
///
/// # Errors
///
/// As SQLite says.
pub fn sales(
    db: &Connection,
    keys: &Keys,
    masking: Masking,
    limit: u32,
) -> rusqlite::Result<Vec<SaleRow>> {
    let mut select = db.prepare(
        "SELECT st.name, t.id, m.epoch, s.seq, s.kind, s.receipt_no, s.printed_at, s.wall_ms,
                s.total, s.item_count, s.discount, s.tax, s.change, s.till, s.cashier, s.asked,
                s.known, s.noted, s.voided, s.counts, s.customer, s.stream,
                (SELECT o.receipt_no FROM sale o
                     WHERE o.stream = s.original_stream AND o.seq = s.original_seq)
         FROM sale s JOIN stream m ON m.id = s.stream JOIN terminal t ON t.id = m.terminal
              JOIN store st ON st.id = s.store
         ORDER BY s.day DESC, coalesce(s.printed_at, s.wall_ms / 1000) DESC,
                  s.stream DESC, s.seq DESC LIMIT ?1",
    )?;
    let mut rows = select.query_map([limit], sale_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut numbers = HashMap::new();
    for row in &mut rows {
        row.items = items(db, row.place)?;
        row.tenders = tenders(db, row.place)?;
        if row.item_count == 0 {
            row.item_count = u32::try_from(row.items.len()).unwrap_or(u32::MAX);
        }
        if let Some(id) = row.customer {
            row.member = Some(number(db, keys, masking, id, &mut numbers)?);
        }
    }
    Ok(rows)
}

fn number(
    db: &Connection,
    keys: &Keys,
    masking: Masking,
    id: CustomerId,
    seen: &mut HashMap<CustomerId, String>,
) -> rusqlite::Result<String> {
    if let Some(shown) = seen.get(&id) {
        return Ok(shown.clone());
    }
    let shown = masking.show(&customer::file(db, keys, &customer::person::root(db, &id)?)?);
    seen.insert(id, shown.clone());
    Ok(shown)
}

fn sale_row(row: &Row<'_>) -> rusqlite::Result<SaleRow> {
    let seq: Seq = row.get(3)?;
    Ok(SaleRow {
        store: row.get(0)?,
        terminal: row.get::<_, TerminalId>(1)?.to_string(),
        epoch: row.get::<_, Epoch>(2)?.to_string(),
        seq: seq.0,
        kind: row.get(4)?,
        receipt_no: row.get(5)?,
        printed_at: row.get(6)?,
        wall_ms: row.get(7)?,
        total: row.get(8)?,
        item_count: row.get::<_, Option<u32>>(9)?.unwrap_or(0),
        discount: row.get(10)?,
        tax: row.get(11)?,
        change: row.get(12)?,
        till: row.get(13)?,
        cashier: row.get(14)?,
        asked: row.get(15)?,
        known: row.get(16)?,
        noted: row.get(17)?,
        voided: row.get(18)?,
        counts: row.get(19)?,
        customer: row.get(20)?,
        place: (row.get(21)?, seq),
        takes_back: row.get(22)?,
        member: None,
        tenders: Vec::new(),
        items: Vec::new(),
    })
}

fn items(db: &Connection, (stream, seq): (i64, Seq)) -> rusqlite::Result<Vec<Item>> {
    let mut select = db.prepare_cached(
        "SELECT name, qty_milli, amount, unit_price, discount, style, colour, size
         FROM sale_item WHERE stream = ?1 AND seq = ?2 ORDER BY line",
    )?;
    let rows = select.query_map(params![stream, seq], |row| {
        Ok(Item {
            name: row.get(0)?,
            qty_milli: row.get(1)?,
            amount: row.get(2)?,
            unit_price: row.get(3)?,
            discount: row.get(4)?,
            style: row.get(5)?,
            colour: row.get(6)?,
            size: row.get(7)?,
        })
    })?;
    rows.collect()
}

fn tenders(db: &Connection, (stream, seq): (i64, Seq)) -> rusqlite::Result<Vec<Tender>> {
    let mut select = db.prepare_cached(
        "SELECT kind, amount, label FROM sale_tender WHERE stream = ?1 AND seq = ?2 ORDER BY line",
    )?;
    let rows = select.query_map(params![stream, seq], |row| {
        let kind: String = row.get(0)?;
        let kind = TenderKind::from_word(&kind);
        Ok(Tender { kind, amount: row.get(1)?, label: row.get(2)? })
    })?;
    rows.collect()
}

/// What each of the last `count` days with sales came to, the oldest first.
///
/// # Errors
///
/// As SQLite says.
pub fn days(db: &Connection, count: u32) -> rusqlite::Result<Vec<DaySum>> {
    let mut select = db.prepare(
        "SELECT day, kind, total FROM sale WHERE counts AND day IN
             (SELECT DISTINCT day FROM sale WHERE counts ORDER BY day DESC LIMIT ?1)",
    )?;
    let mut days = BTreeMap::new();
    let mut rows = select.query([count])?;
    while let Some(row) = rows.next()? {
        let day = row.get(0)?;
        let sum = days.entry(day).or_insert(DaySum { day, sales: 0, total: Minor::ZERO });
        sum.sales += u32::from(row.get::<_, String>(1)? == "sale");
        sum.total = sum.total.saturating_add(row.get(2)?);
    }
    Ok(days.into_values().collect())
}
