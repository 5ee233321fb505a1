//! Up to when imported sales count: until the first sale that the store's own tills sent.
//!
//! ```text
//! imported  ──●──●──●──●┊ ○  ○  ○          ● counts   ○ kept, does not count
//! till                  ┊●──●──●──●
//!                       └ cut-off; moves back when a till sends an older sale
//! ```
//!
//! # Invariants
//!
//! - No day of trade counts twice: an imported sale whose time is not known counts as late as its day ends.
//! - A clock that is off, on the paper or in the till, does not throw the history of a store away.
//!
//! Not here: what counting does (`fold::settle`).

use crate::event::{LocalSeconds, Sale, Seq, TerminalId};
use crate::hq::fold::Place;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

const DAY_S: i64 = 86_400;
/// Paper and till agree about a time if they are no further apart, whatever the zone.
const AGREE_S: i64 = 2 * DAY_S;
/// A till that was enrolled today has no sale from before this.
const BEFORE_ENROLLED_S: i64 = 90 * DAY_S;

/// Whether an imported sale of this time counts.
pub(crate) fn is_before(
    db: &Connection,
    store: &StoreId,
    at: LocalSeconds,
) -> rusqlite::Result<bool> {
    Ok(of(db, store)?.is_none_or(|cut_off| at < cut_off))
}

fn of(db: &Connection, store: &StoreId) -> rusqlite::Result<Option<LocalSeconds>> {
    let mut select = db.prepare_cached("SELECT at_s FROM sale_cut_off WHERE store = ?1")?;
    select.query_row([store], |row| row.get(0).map(LocalSeconds)).optional()
}

/// An imported sale's place and its receipt's number.
type Imported = ((i64, Seq), String);

/// Hears of a till's sale. Returns the imported sales that count no longer.
pub(crate) fn hear(
    db: &Connection,
    place: &Place,
    sale: &Sale,
    wall_ms: i64,
) -> rusqlite::Result<Vec<Imported>> {
    let wall = LocalSeconds(wall_ms.div_euclid(1_000));
    let known = of(db, &place.store)?;
    let earliest = sale.printed_at.map_or(wall, |paper| paper.min(wall));
    if known.is_some_and(|known| known <= earliest) {
        return Ok(Vec::new());
    }
    let Some(at) = moment(db, &place.terminal, sale.printed_at, wall)? else {
        return Ok(Vec::new());
    };
    if known.is_some_and(|known| known <= at) {
        return Ok(Vec::new());
    }
    db.execute(
        "INSERT INTO sale_cut_off (store, at_s) VALUES (?1, ?2)
         ON CONFLICT (store) DO UPDATE SET at_s = excluded.at_s",
        params![place.store, at.0],
    )?;
    let mut update = db.prepare_cached(
        "UPDATE sale SET own_counts = 0
         WHERE store = ?1 AND stream < 0 AND own_counts
               AND coalesce(printed_at, day * 86400 + 86399) >= ?2
         RETURNING stream, seq, receipt_no",
    )?;
    update
        .query_map(params![place.store, at.0], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect()
}

/// When it was, as far as paper and till can be believed.
fn moment(
    db: &Connection,
    terminal: &TerminalId,
    paper: Option<LocalSeconds>,
    wall: LocalSeconds,
) -> rusqlite::Result<Option<LocalSeconds>> {
    let sql = "SELECT enrolled_ms / 1000 FROM terminal WHERE id = ?1";
    let enrolled_s: i64 = db.query_row(sql, [terminal], |row| row.get(0))?;
    let believed = |at: &LocalSeconds| at.0 >= enrolled_s - BEFORE_ENROLLED_S;
    let at = match paper {
        Some(paper) if (paper.0 - wall.0).abs() <= AGREE_S || !believed(&wall) => paper,
        _ => wall,
    };
    Ok(Some(at).filter(believed))
}
