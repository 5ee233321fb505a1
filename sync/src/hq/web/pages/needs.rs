//! What needs a person today, from whoever has something to say.
//!
//! Each source reads by an index and gives a few rows; the desk's tasks and cases join here.
//!
//! Not here: doing it.

use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer::{self, person};
use crate::hq::listing::Masking;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::message::StoreId;
use rusqlite::params;

/// Something that waits for a person.
pub(super) struct Need {
    pub(super) urgent: bool,
    pub(super) words: String,
    /// The page where it is done.
    pub(super) link: String,
}

/// Says what waits, for the visitor's stores.
type Source = fn(&Hq, &Visit) -> Result<Vec<Need>, Refused>;

/// Who has something to say, the most urgent first.
const SOURCES: &[Source] = &[quarantined, disputed, to_call];

/// A purchase from this amount on is called about a week later (S44): 2000 of the currency's units.
const CALL_FROM_UNITS: i64 = 2_000;
const CALL_AFTER_DAYS: i32 = 7;
/// Rows of one source.
const ROWS: u32 = 30;

pub(super) fn all(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let mut needs = Vec::new();
    for source in SOURCES {
        needs.extend(source(hq, visit)?);
    }
    needs.sort_by_key(|need| !need.urgent);
    Ok(needs)
}

/// Batches of tills that may not count: somebody has to look at the till.
fn quarantined(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT st.name, t.till, t.store, count(*) FROM quarantine q
         JOIN terminal t ON t.id = q.terminal JOIN store st ON st.id = t.store
         WHERE t.status <> 'active' GROUP BY t.id ORDER BY st.name LIMIT ?1",
    )?;
    let mut rows = select.query([ROWS])?;
    let mut needs = Vec::new();
    while let Some(row) = rows.next()? {
        let store: StoreId = row.get(2)?;
        if visit.scope.has(&store) {
            let (name, till, count): (String, String, i64) =
                (row.get(0)?, row.get(1)?, row.get(3)?);
            let words = match visit.lang {
                crate::language::Language::Zh => {
                    format!("{name} {till}:停用后还发来 {count} 批,请核对")
                }
                crate::language::Language::En => {
                    format!("{name} {till}: {count} batches arrived though it is out of use")
                }
            };
            needs.push(Need { urgent: true, words, link: format!("/tills?store={store}") });
        }
    }
    Ok(needs)
}

/// Receipts whose amounts have two readings.
fn disputed(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let from = visit.today - CALL_AFTER_DAYS;
    // `+`: a week by its days, not every store's whole history.
    let mut select = hq.db.prepare_cached(
        "SELECT st.name, d.store, sum(d.disputed), min(d.day) FILTER (WHERE d.disputed > 0)
         FROM day_sum d JOIN store st ON st.id = d.store
         WHERE d.day >= ?1 GROUP BY +d.store HAVING sum(d.disputed) > 0 ORDER BY st.name",
    )?;
    let mut rows = select.query([from])?;
    let mut needs = Vec::new();
    while let Some(row) = rows.next()? {
        let store: StoreId = row.get(1)?;
        if visit.scope.has(&store) {
            let (name, count, day): (String, i64, i32) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let words = match visit.lang {
                crate::language::Language::Zh => format!("{name}:{count} 张小票读数有疑问"),
                crate::language::Language::En => {
                    format!("{name}: {count} receipts with two readings")
                }
            };
            let link = format!("/sales?store={store}&from={}", day_text(day));
            needs.push(Need { urgent: false, words, link });
        }
    }
    Ok(needs)
}

/// Who bought for much a week ago: a call about wearing and washing (S44).
fn to_call(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let from = CALL_FROM_UNITS.saturating_mul(10_i64.saturating_pow(visit.exponent.into()));
    // The inner select is answered by the days' index alone.
    let mut select = hq.db.prepare_cached(
        "SELECT s.customer, s.store, st.name FROM sale s JOIN store st ON st.id = s.store
         WHERE (s.stream, s.seq) IN (SELECT stream, seq FROM sale WHERE day = ?1 AND total >= ?2)
           AND s.kind = 'sale' AND s.counts AND s.customer IS NOT NULL ORDER BY s.total DESC",
    )?;
    let mut rows = select.query(params![visit.today - CALL_AFTER_DAYS, from])?;
    let mut needs = Vec::new();
    while let Some(row) = rows.next()? {
        let store: StoreId = row.get(1)?;
        if !visit.scope.has(&store) || needs.len() >= ROWS as usize {
            continue;
        }
        let root = person::root(&hq.db, &row.get::<_, CustomerId>(0)?)?;
        let file = customer::file(&hq.db, &hq.keys, &root)?;
        let who = super::customers::name(&file).unwrap_or_default();
        let (shown, store): (String, String) = (Masking::Masked.show(&file), row.get(2)?);
        let call = visit.of("一周回访:穿着、洗护", "one week on: call about wearing and washing");
        let words = format!("{who} {shown} · {store} · {call}");
        let link = format!("/customers/{root}");
        needs.push(Need { urgent: false, words: words.trim_start().to_owned(), link });
    }
    Ok(needs)
}
