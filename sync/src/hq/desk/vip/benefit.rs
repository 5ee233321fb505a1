//! What a named style or category brings besides: a gift, or a service such as make-up with an evening
//! dress (S64).
//!
//! # Invariants
//!
//! - It begins and ends; of a sale within its days her card speaks until a year of it has passed, or a
//!   person says that she had it.
//!
//! Not here: how a card comes down (`customer::card`, `down`).

use super::{VipError, days};
use crate::care_list::{CustomerId, Notice};
use crate::hq::desk::messages::settings::Settings;
use crate::language::Language;
use rusqlite::{Connection, params};

/// What the till calls it.
const NOTICE: &str = "benefit";

/// A benefit that somebody wants to offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// A style number, or a word of the goods' name or category.
    pub goods: String,
    /// What she gets, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The first day of sale.
    pub from: i32,
    /// The last.
    pub until: i32,
}

/// Adds one; returns its number.
///
/// # Errors
///
/// [`VipError::Days`].
pub fn add(db: &Connection, offer: &Offer) -> Result<i64, VipError> {
    days(offer.from, offer.until)?;
    let Offer { goods, zh, en, from, until } = offer;
    let id = db.query_row(
        "INSERT INTO benefit (goods, zh, en, from_day, until_day) VALUES (?1, ?2, ?3, ?4, ?5)
         RETURNING id",
        params![goods.trim(), zh.trim(), en.trim(), from, until],
        |row| row.get(0),
    )?;
    // Whoever bought of it may know it now.
    let mut select = db.prepare(
        "SELECT DISTINCT s.customer FROM sale s
         JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq JOIN benefit b ON b.id = ?1
         WHERE s.customer IS NOT NULL AND s.counts AND s.day BETWEEN b.from_day AND b.until_day
           AND (i.style = b.goods OR instr(i.name, b.goods))",
    )?;
    let concerned = select.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    crate::hq::customer::touch(db, &concerned)?;
    Ok(id)
}

/// What her card says of benefits that she has not had.
pub(in crate::hq::desk) fn notices(
    db: &Connection,
    root: &CustomerId,
) -> rusqlite::Result<Vec<Notice>> {
    let mut select = db.prepare_cached(
        // What is offered first: of a regular only the sales of those days are opened.
        "SELECT b.id, b.zh, b.en, i.name FROM benefit b
         CROSS JOIN sale s ON s.day BETWEEN b.from_day AND b.until_day
         CROSS JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
         LEFT JOIN import_style y ON y.code = i.style
         WHERE s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
           AND (i.style = b.goods OR instr(i.name, b.goods)
                OR instr(coalesce(y.category, ''), b.goods))
           AND s.counts AND s.kind = 'sale' AND i.amount > 0
           AND NOT EXISTS (SELECT 1 FROM sale r WHERE r.original_stream = s.stream
                           AND r.original_seq = s.seq AND r.counts AND r.total <= -s.total)
           AND NOT EXISTS (SELECT 1 FROM benefit_given g WHERE g.benefit = b.id
                 AND g.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1))
         GROUP BY b.id ORDER BY b.id",
    )?;
    type Row = (i64, String, String, String);
    let rows =
        select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<Row> = rows.collect::<rusqlite::Result<_>>()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    // In the chain's own language: a notice has one text.
    let language = Settings::of(db).map_or(Language::Zh, |settings| settings.language());
    let notice = |(id, zh, en, item): Row| Notice {
        kind: NOTICE.into(),
        text: format!("{item}{}{}", language.of(":", ": "), language.of(&zh, &en)),
        offer: Some(id.unsigned_abs()),
    };
    Ok(rows.into_iter().map(notice).collect())
}

/// She had it.
///
/// # Errors
///
/// [`VipError`] if there is none, or she had it before.
pub fn given(
    db: &Connection,
    benefit: i64,
    customer: &CustomerId,
    day: i32,
    by: &str,
) -> Result<(), VipError> {
    let sql = "SELECT count(*) > 0 FROM benefit WHERE id = ?1";
    if !db.query_row(sql, [benefit], |row| row.get(0))? {
        return Err(VipError::NoItem(benefit));
    }
    let rows = db.execute(
        "INSERT INTO benefit_given (benefit, customer, day, by) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        params![benefit, customer, day, by.trim()],
    )?;
    if rows == 0 {
        return Err(VipError::Twice);
    }
    Ok(crate::hq::customer::touch(db, &[*customer].into())?)
}
