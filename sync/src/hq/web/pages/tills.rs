//! Stores and tills: who came in when, and which receipts are missing.
//!
//! Not here: last night as a whole (`night`).

use super::{ALL, STORE, words};
use crate::event::{Seq, TerminalId};
use crate::hq::Hq;
use crate::hq::enrol::STANDING;
use crate::hq::listing::Masking;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::message::StoreId;
use crate::money::Minor;
use rusqlite::{Connection, params};

pub(super) const LIST: List = List {
    name: "tills",
    zh: "门店",
    en: "Stores",
    about_zh: "每台收银机最后一次到总部的时间,和它还缺什么。",
    about_en: "When each till last came in, and what it still lacks.",
    who: ALL,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("till", Kind::Text, "收银机", "Till"),
        field("phone", Kind::Text, "门店电话", "Store's phone"),
        field("seen_ms", Kind::Moment, "最后到达", "Last seen"),
        field("events", Kind::Count, "事件", "Events"),
        field("gaps", Kind::Count, "缺口", "Gaps"),
        field("missing", Kind::Count, "缺的小票", "Missing receipts"),
        field("set_aside", Kind::Count, "读不了", "Set aside"),
        field("software", Kind::Text, "版本", "Software"),
        field("status", Kind::Word(words::STATUS), "状态", "Status"),
        field("terminal", Kind::Text, "编号", "Identifier"),
    ],
    params: &[STORE],
    rows: till_rows,
    above: None,
};

/// One till.
pub(super) struct Till {
    pub(super) id: TerminalId,
    pub(super) store: StoreId,
    pub(super) store_name: String,
    pub(super) name: String,
    pub(super) phone: Option<String>,
    pub(super) seen_ms: Option<i64>,
    pub(super) status: String,
    pub(super) missing: i64,
    set_aside: i64,
    gaps: i64,
    events: Seq,
    software: String,
}

/// All tills in the visitor's stores, by store and name. There are thousands at most.
pub(super) fn tills(db: &Connection, visit: &Visit) -> rusqlite::Result<Vec<Till>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT t.id, t.store, st.name, t.till, t.seen_ms,
                {STANDING}, t.software,
                (SELECT value FROM contact c WHERE c.store = t.store AND c.key = 'store_phone'),
                (SELECT coalesce(sum(m.mark), 0) FROM stream m WHERE m.terminal = t.id),
                (SELECT count(*) FROM stream m JOIN set_aside a ON a.stream = m.id
                     WHERE m.terminal = t.id),
                (SELECT count(*) FROM stream m JOIN gap g ON g.stream = m.id
                     WHERE m.terminal = t.id),
                (SELECT x.count FROM stream m JOIN missing x ON x.stream = m.id
                     WHERE m.terminal = t.id ORDER BY m.id DESC, x.seq DESC LIMIT 1)
         FROM terminal t JOIN store st ON st.id = t.store ORDER BY st.name, t.till, t.id"
    ))?;
    let rows = select.query_map([], |row| {
        Ok(Till {
            id: row.get(0)?,
            store: row.get(1)?,
            store_name: row.get(2)?,
            name: row.get(3)?,
            seen_ms: row.get(4)?,
            status: row.get(5)?,
            software: row.get(6)?,
            phone: row.get(7)?,
            events: row.get(8)?,
            set_aside: row.get(9)?,
            gaps: row.get(10)?,
            missing: row.get::<_, Option<i64>>(11)?.unwrap_or(0),
        })
    })?;
    let all: Vec<Till> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(all.into_iter().filter(|till| visit.scope.has(&till.store)).collect())
}

fn till_rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let store = visit.store()?;
    let after = visit.after::<1>()?.map(|[id]| id.parse::<TerminalId>().map_err(|_| odd("after")));
    let after = after.transpose()?;
    let mut tills = tills(&hq.db, visit)?;
    tills.retain(|till| store.is_none_or(|store| till.store == store));
    if let Some(at) = after.and_then(|after| tills.iter().position(|till| till.id == after)) {
        drop(tills.drain(..=at));
    }
    let limit = limit as usize;
    let next = (tills.len() > limit).then(|| tills[limit - 1].id.to_string());
    tills.truncate(limit);
    Ok(Rows { rows: tills.iter().map(till_values).collect(), next })
}

fn till_values(till: &Till) -> Vec<Value> {
    vec![
        Value::Text(till.store_name.clone()),
        Value::Text(till.name.clone()),
        Value::text(till.phone.as_deref()),
        Value::int(till.seen_ms),
        Value::Int(till.events.0.try_into().unwrap_or(i64::MAX)),
        Value::Int(till.gaps),
        Value::Int(till.missing),
        Value::Int(till.set_aside),
        Value::Text(till.software.clone()),
        Value::Text(till.status.clone()),
        Value::Text(till.id.to_string()),
    ]
}

pub(super) const MISSING: List = List {
    name: "missing",
    zh: "缺的小票",
    en: "Missing",
    about_zh: "按号码缺的小票,和与收银机自己的日结不一致的日子;最新的在前。",
    about_en: "Receipts missing by number, and days that disagree with the till's own report; newest first.",
    who: ALL,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("day", Kind::Day, "日期", "Day"),
        field("store", Kind::Text, "门店", "Store"),
        field("till", Kind::Text, "收银机", "Till"),
        field("printer", Kind::Text, "打印机", "Printer"),
        field("count", Kind::Count, "缺几张", "Missing"),
        field("numbers", Kind::Text, "号码", "Numbers"),
        field("reported", Kind::Count, "日结张数", "Reported"),
        field("captured", Kind::Count, "收到张数", "Captured"),
        field("reported_total", Kind::Amount, "日结金额", "Reported total"),
        field("captured_total", Kind::Amount, "收到金额", "Captured total"),
    ],
    params: &[STORE],
    rows: missing_rows,
    above: None,
};

/// Rows looked at for one page: a store without any does not make a request read all of them.
const LOOKED_AT: i64 = 20_000;

fn missing_rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let store = visit.store()?;
    let number = |text: &String| text.parse::<i64>().map_err(|_| odd("after"));
    let (day, stream, seq) = match visit.after::<3>()? {
        Some([day, stream, seq]) => (number(&day)?, number(&stream)?, number(&seq)?),
        None => (i64::MAX, i64::MAX, i64::MAX),
    };
    let mut select = hq.db.prepare_cached(
        "SELECT x.day, st.name, t.till, x.bridge, x.count, x.numbers, x.reported, x.captured,
                x.reported_total, x.captured_total, x.stream, x.seq, t.store
         FROM (SELECT * FROM missing WHERE (day, stream, seq) < (?1, ?2, ?3)
               ORDER BY day DESC, stream DESC, seq DESC LIMIT ?4) x
         JOIN stream m ON m.id = x.stream JOIN terminal t ON t.id = m.terminal
         JOIN store st ON st.id = t.store ORDER BY x.day DESC, x.stream DESC, x.seq DESC",
    )?;
    let mut found = select.query(params![day, stream, seq, LOOKED_AT])?;
    let (mut rows, mut last) = (Rows::default(), String::new());
    while let Some(row) = found.next()? {
        let of: StoreId = row.get(12)?;
        if !visit.scope.has(&of) || store.is_some_and(|store| store != of) {
            continue;
        }
        if rows.rows.len() == limit as usize {
            rows.next = Some(last);
            break;
        }
        let (day, stream, seq): (i64, i64, i64) = (row.get(0)?, row.get(10)?, row.get(11)?);
        last = format!("{day}.{stream}.{seq}");
        let numbers: String = row.get(5)?;
        rows.rows.push(vec![
            Value::Int(day),
            Value::Text(row.get(1)?),
            Value::Text(row.get(2)?),
            Value::Text(row.get(3)?),
            Value::Int(row.get(4)?),
            Value::Text(shortened(&numbers)),
            Value::int(row.get::<_, Option<i64>>(6)?),
            Value::int(row.get::<_, Option<i64>>(7)?),
            Value::int(row.get::<_, Option<Minor>>(8)?.map(Minor::units)),
            Value::int(row.get::<_, Option<Minor>>(9)?.map(Minor::units)),
        ]);
    }
    Ok(rows)
}

/// The first few numbers, and how many more.
pub(super) fn shortened(list: &str) -> String {
    const SHOWN: usize = 6;
    let names: Vec<&str> = list.lines().filter(|line| !line.is_empty()).collect();
    let first = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} +{more}"),
    }
}
