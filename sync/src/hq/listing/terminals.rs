//! Tills as rows: who came in, when, with how much.
//!
//! Not here: what they sold (`sales`).

use crate::event::{Seq, TerminalId};
use crate::hq::enrol::STANDING;
use rusqlite::Connection;

/// One till, as HQ last saw it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TerminalRow {
    /// Its store's name.
    pub store: String,
    /// Its own name.
    pub till: String,
    /// Who it is.
    #[serde(serialize_with = "as_text")]
    pub id: TerminalId,
    /// `active`, `revoked`, or `forked` if what it sent does not follow what HQ has.
    pub status: String,
    /// When HQ last heard of it, milliseconds since 1970-01-01 UTC.
    pub seen_ms: Option<i64>,
    /// Events in the ledger, over all its epochs.
    pub events: u64,
    /// Sales and returns read from them.
    pub sales: u32,
    /// Events that could not be opened or understood.
    pub set_aside: u32,
    /// Gaps it reported: printed slips that nobody has.
    pub gaps: u32,
    /// Receipts that are missing by their numbers, on the last day that has any, by name.
    pub missing: Vec<String>,
}

/// All tills, by store and name.
///
/// # Errors
///
/// As SQLite says.
pub fn terminals(db: &Connection) -> rusqlite::Result<Vec<TerminalRow>> {
    let mut select = db.prepare(&format!(
        "SELECT st.name, t.till, t.id,
                {STANDING},
                t.seen_ms,
                (SELECT coalesce(sum(m.mark), 0) FROM stream m WHERE m.terminal = t.id),
                (SELECT count(*) FROM sale s JOIN stream m ON m.id = s.stream
                     WHERE m.terminal = t.id AND s.counts),
                (SELECT count(*) FROM set_aside a JOIN stream m ON m.id = a.stream
                     WHERE m.terminal = t.id),
                (SELECT count(*) FROM gap g JOIN stream m ON m.id = g.stream
                     WHERE m.terminal = t.id),
                (SELECT x.numbers FROM missing x JOIN stream m ON m.id = x.stream
                     WHERE m.terminal = t.id ORDER BY x.day DESC, x.seq DESC LIMIT 1)
         FROM terminal t JOIN store st ON st.id = t.store ORDER BY st.name, t.till, t.id"
    ))?;
    let rows = select.query_map([], |row| {
        Ok(TerminalRow {
            store: row.get(0)?,
            till: row.get(1)?,
            id: row.get(2)?,
            status: row.get(3)?,
            seen_ms: row.get(4)?,
            events: row.get::<_, Seq>(5)?.0,
            sales: row.get(6)?,
            set_aside: row.get(7)?,
            gaps: row.get(8)?,
            missing: names(row.get(9)?),
        })
    })?;
    rows.collect()
}

/// The numbers of a list, one a line.
fn names(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn as_text<S: serde::Serializer>(id: &TerminalId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
