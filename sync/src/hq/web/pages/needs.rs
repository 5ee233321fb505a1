//! What needs a person today, from whoever has something to say.
//!
//! Each source reads by an index and gives a few rows; tasks stand here by store, cases one by one.
//!
//! Not here: doing it.

use super::words;
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::web::html::Lang;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::message::StoreId;

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
const SOURCES: &[Source] = &[forget, broken, due, quarantined, disputed];

/// Receipts with two readings are told for so many days.
const DISPUTED_DAYS: i32 = 7;
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

/// Who asked at a till to be forgotten (S14): the law gives us days, not weeks.
fn forget(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let sql = format!(
        "SELECT coalesce(c.root, c.id), s.name, min(r.said_ms) FROM erasure_request r
         JOIN customer c ON c.id = r.customer JOIN store s ON s.id = r.store
         WHERE r.closed_ms IS NULL AND {} GROUP BY 1 ORDER BY 3 LIMIT ?1",
        visit.within("r.store", None)
    );
    let mut select = hq.db.prepare_cached(&sql)?;
    let rows = select.query_map([ROWS], |row| {
        let (customer, store): (CustomerId, String) = (row.get(0)?, row.get(1)?);
        let days = (visit.now_ms - row.get::<_, i64>(2)?).max(0) / 86_400_000;
        let words = match visit.lang {
            Lang::Zh => format!("{store}:一位顾客要求删除资料,已 {days} 天"),
            Lang::En => format!("{store}: a customer wants her file deleted, {days} days ago"),
        };
        Ok(Need { urgent: true, words, link: format!("/customers/{customer}") })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
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
                Lang::Zh => {
                    format!("{name} {till}:停用后还发来 {count} 批,请核对")
                }
                Lang::En => {
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
    let from = visit.today - DISPUTED_DAYS;
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
                Lang::Zh => format!("{name}:{count} 张小票读数有疑问"),
                Lang::En => {
                    format!("{name}: {count} receipts with two readings")
                }
            };
            let link = format!("/sales?store={store}&from={}", day_text(day));
            needs.push(Need { urgent: false, words, link });
        }
    }
    Ok(needs)
}

/// Tasks of today and before, per store.
fn due(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let sql = format!(
        "SELECT t.store, s.name, count(*), count(*) FILTER (WHERE t.due < ?1), min(t.due)
         FROM task t LEFT JOIN store s ON s.id = t.store
         WHERE t.state = 'open' AND t.due <= ?1 AND {}
         GROUP BY t.store ORDER BY 4 DESC, 3 DESC LIMIT ?2",
        super::tasks::hers(visit, None)
    );
    let mut select = hq.db.prepare_cached(&sql)?;
    let rows = select.query_map(rusqlite::params![visit.today, ROWS], |row| {
        let (store, name): (Option<StoreId>, Option<String>) = (row.get(0)?, row.get(1)?);
        let (count, late, first): (i64, i64, i32) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let name = name.unwrap_or_else(|| visit.of("公司", "the company").to_owned());
        let days = visit.today - first;
        let words = match (late > 0, visit.lang) {
            (true, Lang::Zh) => {
                format!("{name}:{count} 件任务到期,其中 {late} 件逾期,最久 {days} 天")
            }
            (false, Lang::Zh) => format!("{name}:今天 {count} 件任务"),
            (true, Lang::En) => {
                format!("{name}: {count} tasks due, {late} of them late, the latest by {days} days")
            }
            (false, Lang::En) => format!("{name}: {count} tasks today"),
        };
        let state = if late > 0 { "overdue" } else { "today" };
        let of = store.map(|store| format!("&store={store}")).unwrap_or_default();
        Ok(Need { urgent: late > 0, words, link: format!("/tasks?state={state}{of}") })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Complaints past their deadline, and questions nobody answered in time.
fn broken(hq: &Hq, visit: &Visit) -> Result<Vec<Need>, Refused> {
    let told = super::standards::promises(hq, visit, ROWS)?.into_iter();
    let need = |breach: crate::hq::desk::standing::Breach| {
        let standard = words::of(words::STANDARD, breach.standard, visit.lang);
        let name = breach.store.as_deref().unwrap_or_else(|| visit.of("公司", "the company"));
        let (of, hours) = (breach.of, breach.late_hours);
        let words = match visit.lang {
            Lang::Zh => format!("{name}:{standard}超过 {hours} 小时({of} 号)"),
            Lang::En => format!("{name}: {standard} is {hours} hours over (number {of})"),
        };
        Need { urgent: true, words, link: format!("/{}", super::standards::place(&breach)) }
    };
    Ok(told.map(need).collect())
}
