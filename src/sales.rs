//! This till's own sales, as far as looking back needs them: tier, undo, adding a link afterwards.
//!
//! # Invariants
//!
//! - Who bought is a pseudonym; what she bought is not here.
//! - A slip is taken once: `(boot, slip)` is unique, in the transaction that appends its events.
//!
//! Not here: the events themselves (`outbox`), papers (`day_book`).

use rusqlite::{Connection, OptionalExtension, params};
use sync::event::{Asked, Epoch, Seq, TenderKind};
use sync::money::Minor;

use crate::customers::Pseudonym;

/// Days that a sale is kept; longer than any window. What a tier held for terms needs besides comes
/// from HQ, once it has counted.
const KEEP_DAYS: i32 = 800;

/// A sale of this till.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sale {
    /// Its event.
    pub epoch: Epoch,
    /// Its event's number.
    pub seq: Seq,
    /// Which bridge it came over.
    pub bridge: String,
    /// Receipt number.
    pub receipt_no: Option<String>,
    /// Local day, counted from 1970-01-01.
    pub day: i32,
    /// The time on the paper, in seconds since 1970 of local time, if one is.
    pub printed_s: Option<i64>,
    /// Net amount; negative for a return.
    pub amount: Minor,
    /// It was voided or is unread: it is kept, and counts for nothing.
    pub void: bool,
    /// Whose it is.
    pub customer: Option<Pseudonym>,
    /// Whether her number was given, refused or not asked for.
    pub asked: Asked,
    /// The local day on which it was printed, by our own clock.
    pub taken_day: i32,
    /// How it was paid, change taken off; below zero for a return.
    pub tenders: Vec<(TenderKind, Minor)>,
}

const COLUMNS: &str = "epoch, seq, bridge, receipt_no, day, amount, counts, customer, asked, printed_s, taken_day, tenders";

/// Writes a sale down within the caller's transaction.
///
/// # Errors
///
/// What SQLite says.
pub fn write(transaction: &Connection, sale: &Sale) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO sale (epoch, seq, bridge, receipt_no, day, amount, counts, customer, asked,
                               printed_s, taken_day, tenders)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            sale.epoch.0,
            i64::try_from(sale.seq.0).unwrap_or(i64::MAX),
            sale.bridge,
            sale.receipt_no,
            sale.day,
            sale.amount.units(),
            !sale.void,
            sale.customer,
            sale.asked.code(),
            sale.printed_s,
            sale.taken_day,
            packed(&sale.tenders),
        ])
        .map(drop)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Sale> {
    Ok(Sale {
        epoch: Epoch(row.get(0)?),
        seq: Seq(row.get::<_, i64>(1)?.unsigned_abs()),
        bridge: row.get(2)?,
        receipt_no: row.get(3)?,
        day: row.get(4)?,
        amount: Minor::new(row.get(5)?),
        void: !row.get::<_, bool>(6)?,
        customer: row.get(7)?,
        asked: Asked::from_code(row.get(8)?),
        printed_s: row.get(9)?,
        taken_day: row.get(10)?,
        tenders: unpacked(&row.get::<_, Vec<u8>>(11)?),
    })
}

/// The sale that an event is.
///
/// # Errors
///
/// What SQLite says.
pub fn find(connection: &Connection, epoch: Epoch, seq: Seq) -> rusqlite::Result<Option<Sale>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sale WHERE epoch = ?1 AND seq = ?2"))?
        .query_row(params![epoch.0, i64::try_from(seq.0).unwrap_or(i64::MAX)], read)
        .optional()
}

/// The newest sale with this receipt number, not older than `oldest_day`.
///
/// # Errors
///
/// What SQLite says.
pub fn by_receipt(
    connection: &Connection,
    receipt_no: &str,
    oldest_day: i32,
) -> rusqlite::Result<Option<Sale>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sale WHERE receipt_no = ?1 AND day >= ?2
             ORDER BY day DESC, seq DESC LIMIT 1"
        ))?
        .query_row(params![receipt_no, oldest_day], read)
        .optional()
}

/// The last sale that came over a bridge.
///
/// # Errors
///
/// What SQLite says.
pub fn last_of(
    connection: &Connection,
    epoch: Epoch,
    bridge: &str,
) -> rusqlite::Result<Option<Sale>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sale WHERE epoch = ?1 AND bridge = ?2 ORDER BY seq DESC LIMIT 1"
        ))?
        .query_row(params![epoch.0, bridge], read)
        .optional()
}

/// Ways of paying as bytes: a code and an amount each.
fn packed(tenders: &[(TenderKind, Minor)]) -> Vec<u8> {
    let each = tenders.iter().flat_map(|(kind, amount)| {
        std::iter::once(kind.code()).chain(amount.units().to_be_bytes())
    });
    each.collect()
}

fn unpacked(bytes: &[u8]) -> Vec<(TenderKind, Minor)> {
    let each = bytes.chunks_exact(9).filter_map(|tender| {
        let amount = i64::from_be_bytes(tender[1..].try_into().ok()?);
        Some((TenderKind::from_code(tender[0]), Minor::new(amount)))
    });
    each.collect()
}

/// The sales that came over a bridge from `oldest_day` on, in order.
///
/// # Errors
///
/// What SQLite says.
pub fn of_bridge(
    connection: &Connection,
    epoch: Epoch,
    bridge: &str,
    oldest_day: i32,
) -> rusqlite::Result<Vec<Sale>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sale
             WHERE epoch = ?1 AND bridge = ?2 AND taken_day >= ?3 ORDER BY seq"
        ))?
        .query_map(params![epoch.0, bridge, oldest_day], read)?
        .collect()
}

/// All of a customer's sales on this till that count.
///
/// # Errors
///
/// What SQLite says.
pub fn of_customer(connection: &Connection, customer: Pseudonym) -> rusqlite::Result<Vec<Sale>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sale WHERE customer = ?1 AND counts"))?
        .query_map([customer], read)?
        .collect()
}

/// Says whose a sale is, or that it is nobody's.
///
/// # Errors
///
/// What SQLite says.
pub fn attribute(
    transaction: &Connection,
    sale: &Sale,
    customer: Option<Pseudonym>,
    asked: Asked,
) -> rusqlite::Result<()> {
    let seq = i64::try_from(sale.seq.0).unwrap_or(i64::MAX);
    transaction
        .prepare_cached("UPDATE sale SET customer = ?3, asked = ?4 WHERE epoch = ?1 AND seq = ?2")?
        .execute(params![sale.epoch.0, seq, customer, asked.code()])
        .map(drop)
}

/// A sale that was read anew, by us or by a person: what it came to, and its number if it had none.
///
/// # Errors
///
/// What SQLite says.
pub fn amend(
    transaction: &Connection,
    sale: &Sale,
    amount: Minor,
    receipt_no: Option<&str>,
) -> rusqlite::Result<()> {
    let seq = i64::try_from(sale.seq.0).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "UPDATE sale SET amount = ?3, counts = 1, receipt_no = coalesce(?4, receipt_no)
             WHERE epoch = ?1 AND seq = ?2",
        )?
        .execute(params![sale.epoch.0, seq, amount.units(), receipt_no])
        .map(drop)
}

/// A voided sale counts for nothing any more.
///
/// # Errors
///
/// What SQLite says.
pub fn void(transaction: &Connection, sale: &Sale) -> rusqlite::Result<()> {
    let seq = i64::try_from(sale.seq.0).unwrap_or(i64::MAX);
    transaction
        .prepare_cached("UPDATE sale SET counts = 0 WHERE epoch = ?1 AND seq = ?2")?
        .execute(params![sale.epoch.0, seq])
        .map(drop)
}

/// An erased customer's sales are nobody's.
///
/// # Errors
///
/// What SQLite says.
pub fn forget_customer(
    transaction: &Connection,
    customer: Option<Pseudonym>,
) -> rusqlite::Result<()> {
    let Some(customer) = customer else { return Ok(()) };
    transaction.execute("UPDATE sale SET customer = NULL WHERE customer = ?1", [customer]).map(drop)
}

/// Drops sales that no tier looks at any more.
///
/// # Errors
///
/// What SQLite says.
pub fn forget_old(connection: &Connection, today: i32) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sale WHERE day < ?1", [today - KEEP_DAYS]).map(drop)
}

/// Takes a slip; `false` if it was taken before.
///
/// # Errors
///
/// What SQLite says.
pub fn take_slip(transaction: &Connection, boot: u64, slip: u32) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO slip (boot, slip) VALUES (?1, ?2)")?
        .execute(params![boot.cast_signed(), slip])
        .map(|inserted| inserted == 1)
}

#[cfg(test)]
pub(crate) fn example() -> Sale {
    Sale {
        epoch: Epoch([2; 16]),
        seq: Seq(1),
        bridge: "till-1".into(),
        receipt_no: Some("XS-0042".into()),
        day: 100,
        printed_s: Some(8_641_000),
        amount: Minor::new(8_800),
        void: false,
        customer: None,
        asked: Asked::Pending,
        taken_day: 100,
        tenders: vec![(TenderKind::Cash, Minor::new(8_800))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn a_sale_is_found_by_its_event_its_receipt_and_its_bridge() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let sale = example();
        write(&connection, &sale).unwrap();
        assert_eq!(find(&connection, sale.epoch, sale.seq).unwrap().unwrap(), sale);
        assert_eq!(by_receipt(&connection, "XS-0042", 93).unwrap().unwrap(), sale);
        assert_eq!(by_receipt(&connection, "XS-0042", 101).unwrap(), None, "too long ago");
        assert_eq!(last_of(&connection, sale.epoch, "till-2").unwrap(), None);
        attribute(&connection, &sale, Some([1; 32]), Asked::Given).unwrap();
        assert_eq!(of_customer(&connection, [1; 32]).unwrap().len(), 1);
        void(&connection, &sale).unwrap();
        assert_eq!(of_customer(&connection, [1; 32]).unwrap().len(), 0, "void counts for nothing");
    }

    #[test]
    fn a_slip_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        assert!(take_slip(&connection, u64::MAX, 7).unwrap());
        assert!(!take_slip(&connection, u64::MAX, 7).unwrap());
        assert!(take_slip(&connection, 1, 7).unwrap(), "another start of the bridge");
    }
}
