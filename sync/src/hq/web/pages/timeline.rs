//! What happened with a customer, the newest first, from whoever knows something (S95).
//!
//! Not here: what is done next (the desk).

use super::words;
use crate::care_list::CustomerId;
use crate::event::LocalSeconds;
use crate::hq::Hq;
use crate::hq::figures::timeline;
use crate::hq::table;
use crate::hq::web::html::Html;
use crate::hq::web::visit::{Refused, Visit};
use crate::message::StoreId;
use rusqlite::params;

/// Rows on the page.
const ROWS: u32 = 30;

/// Something that happened.
pub(super) struct Moment {
    /// Seconds since 1970-01-01 on the shop's own clock, or HQ's in UTC.
    pub(super) at: i64,
    pub(super) words: String,
    pub(super) link: Option<String>,
}

/// Says what happened in the visitor's stores.
type Source = fn(&Hq, &Visit, &CustomerId) -> Result<Vec<Moment>, Refused>;

/// Who knows something.
const SOURCES: &[Source] = &[sales, agreements, touches, care, cases];

pub(super) fn draw(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    body: &mut Html,
) -> Result<(), Refused> {
    let mut moments = Vec::new();
    for source in SOURCES {
        moments.extend(source(hq, visit, root)?);
    }
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    body.tag("h2", visit.of("往来", "What happened"));
    body.raw("<ol class=timeline>");
    for moment in moments.iter().take(ROWS as usize) {
        body.raw("<li><time>").text(&when(visit, moment.at)).raw("</time> ");
        match &moment.link {
            Some(link) => body.link(link, &moment.words),
            None => body.text(&moment.words),
        };
        body.raw("</li>");
    }
    body.raw("</ol>");
    if moments.is_empty() {
        body.raw("<p class=none>").text(visit.of("还没有。", "Nothing yet.")).raw("</p>");
    }
    Ok(())
}

/// As it is read: what has a day only without a time, what came without a day as earlier.
fn when(visit: &Visit, at: i64) -> String {
    let shown = table::local_time(LocalSeconds(at));
    match (at, at % 86_400) {
        (0, _) => visit.of("早先", "earlier").to_owned(),
        (_, 0) => shown.get(..10).unwrap_or(&shown).to_owned(),
        _ => shown,
    }
}

/// Her sales in the visitor's stores.
fn sales(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Vec<Moment>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT s.stream, s.seq, s.store, st.name, coalesce(s.printed_at, s.wall_ms / 1000),
                CASE WHEN s.voided THEN 'void' ELSE s.kind END, s.total,
                (SELECT group_concat(name, '、') FROM (SELECT i.name FROM sale_item i
                     WHERE i.stream = s.stream AND i.seq = s.seq ORDER BY i.line LIMIT 3))
         FROM (SELECT stream, seq FROM sale
                   WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
                   ORDER BY day DESC, wall_ms DESC LIMIT ?2) newest
              JOIN sale s ON s.stream = newest.stream AND s.seq = newest.seq
              JOIN store st ON st.id = s.store
         ORDER BY s.day DESC, s.wall_ms DESC",
    )?;
    let mut rows = select.query(params![root, 4 * ROWS])?;
    let mut moments = Vec::new();
    while let Some(row) = rows.next()? {
        let store: StoreId = row.get(2)?;
        if !visit.scope.has(&store) {
            continue;
        }
        let (stream, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (name, kind): (String, String) = (row.get(3)?, row.get(5)?);
        let kind = words::of(words::KIND, &kind, visit.lang);
        let items: String = row.get::<_, Option<String>>(7)?.unwrap_or_default();
        let total = visit.money(row.get(6)?);
        let words = format!("{kind} {total} · {name} · {items}");
        let link = Some(format!("/sales/{stream}-{seq}"));
        moments.push(Moment { at: row.get(4)?, words, link });
    }
    Ok(moments)
}

/// What somebody did for her or is to do, in the visitor's stores.
fn touches(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Vec<Moment>, Refused> {
    let sql = format!(
        "SELECT t.id, t.kind, t.state, t.outcome, coalesce(t.closed_day, t.due), t.closed_by
         FROM task t WHERE t.state <> 'cancelled' AND {}
           AND t.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY t.id DESC LIMIT ?2",
        super::tasks::hers(visit, None)
    );
    let mut select = hq.db.prepare_cached(&sql)?;
    let rows = select.query_map(params![root, ROWS], |row| {
        let (id, kind, state): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (outcome, by): (Option<String>, Option<String>) = (row.get(3)?, row.get(5)?);
        let kind = words::of(words::TASK, &kind, visit.lang);
        let came = match outcome {
            Some(outcome) => words::of(words::OUTCOME, &outcome, visit.lang).to_owned(),
            None => words::of(words::STATE, &state, visit.lang).to_owned(),
        };
        let by = by.map(|by| format!(" · {by}")).unwrap_or_default();
        let at = 86_400 * row.get::<_, i64>(4)?;
        let link = Some(format!("/tasks/{id}"));
        Ok(Moment { at, words: format!("{kind} · {came}{by}"), link })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Messages that went out by themselves and what she was handed, where no other store did it (S32).
fn care(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Vec<Moment>, Refused> {
    let all = timeline::care(&hq.db, root, ROWS)?.into_iter();
    let hers = all.filter(|it| it.store.is_none_or(|store| visit.scope.has(&store)));
    let shown = hers.map(|it| {
        let by = it.who.as_ref().map(|by| format!(" · {by}")).unwrap_or_default();
        let words = format!("{}{by}", it.words(visit.lang, visit.exponent));
        Moment { at: it.at_ms / 1_000, words, link: None }
    });
    Ok(shown.collect())
}

/// Her complaints in the visitor's stores.
fn cases(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Vec<Moment>, Refused> {
    let sql = format!(
        "SELECT c.id, c.opened_ms, c.state, c.satisfied FROM complaint c WHERE {}
           AND c.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY c.opened_ms DESC LIMIT ?2",
        visit.within("c.store", None)
    );
    let mut select = hq.db.prepare_cached(&sql)?;
    let rows = select.query_map(params![root, ROWS], |row| {
        let (id, at_ms, state): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let content = match row.get::<_, Option<bool>>(3)? {
            Some(true) => visit.of(" · 满意", " · she is content"),
            Some(false) => visit.of(" · 不满意", " · she is not content"),
            None => "",
        };
        let state = words::of(words::CASE_STATE, &state, visit.lang);
        let words = format!("{} {id} · {state}{content}", visit.of("投诉", "Complaint"));
        Ok(Moment { at: at_ms / 1_000, words, link: Some(format!("/complaints/{id}")) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What she agreed to or withdrew, in whatever store: it holds for the chain.
fn agreements(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Vec<Moment>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT c.purpose, c.given, c.text_version, coalesce(l.received_ms, 0) / 1000 AS at, c.cashier
         FROM consent c LEFT JOIN ledger l ON l.stream = c.stream AND l.seq = c.seq
         WHERE c.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY at DESC, c.stream DESC, c.seq DESC LIMIT ?2",
    )?;
    let rows = select.query_map(params![root, ROWS], |row| {
        let (purpose, given): (String, bool) = (row.get(0)?, row.get(1)?);
        let (version, at): (String, i64) = (row.get(2)?, row.get(3)?);
        let said =
            if given { visit.of("同意", "agreed to") } else { visit.of("不同意", "declined") };
        let purpose = words::of(words::PURPOSE, &purpose, visit.lang);
        let by: Option<String> = row.get(4)?;
        let by = by.map(|by| format!(" · {by}")).unwrap_or_default();
        Ok(Moment { at, words: format!("{said} {purpose} ({version}){by}"), link: None })
    })?;
    let found: rusqlite::Result<Vec<Moment>> = rows.collect();
    Ok(found?)
}
