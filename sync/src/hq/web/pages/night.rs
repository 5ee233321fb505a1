//! The first page in the morning: who came in last night, what is missing, who needs a person today.
//!
//! Not here: what needs a person (`needs`).

use super::days::{self, Day};
use super::needs;
use super::tills::{self, Till, shortened};
use crate::hq::arrivals::{self, Standing, StoreState};
use crate::hq::summary;
use crate::hq::web::chart::{self, Bar};
use crate::hq::web::html::Html;
use crate::hq::web::list::moment;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::hq::{Hq, clock};
use crate::message::StoreId;
use axum::response::Response;
use std::collections::BTreeMap;

/// Days in the chart.
const DAYS: i32 = 14;
/// Rows of what is missing on this page; all are on their own.
const SHOWN: usize = 8;
/// What is missing is looked at so many days back.
const MISSING_DAYS: i32 = 3;

/// A store and when it was last heard of.
struct Store<'a> {
    name: &'a str,
    phone: Option<&'a str>,
    seen_ms: Option<i64>,
    /// As the alarm has it; a store that was never heard of is missing.
    standing: Standing,
    /// Tills that came in, and all.
    tills: (usize, usize),
}

/// `GET /`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let tills = tills::tills(&hq.db, visit)?;
    let days = days::days(&hq.db, visit, None, (visit.today - DAYS + 1, visit.today + 1))?;
    let mut body = Html::default();
    let night = arrivals::last_night(&hq.db, visit.watch, clock::moment())?;
    came_in(visit, &tills, &night, &mut body);
    body.raw("<div class=two><section>");
    missing(hq, visit, &mut body)?;
    body.raw("</section><section>");
    needed(hq, visit, &mut body)?;
    body.raw("</section></div>");
    chart(visit, &days, &mut body);
    behind(hq, visit, &mut body)?;
    Ok(visit.page(visit.of("昨夜", "Last night"), "/", body))
}

fn stores<'a>(tills: &'a [Till], night: &[StoreState]) -> Vec<Store<'a>> {
    let mut stores: BTreeMap<StoreId, Store<'a>> = BTreeMap::new();
    let stood: BTreeMap<&str, &StoreState> =
        night.iter().map(|store| (store.store.as_str(), store)).collect();
    for till in tills.iter().filter(|till| till.status != "revoked") {
        let (name, phone) = (till.store_name.as_str(), till.phone.as_deref());
        let store = stores.entry(till.store).or_insert(Store {
            name,
            phone,
            seen_ms: None,
            standing: stood.get(name).map_or(Standing::Missing, |state| state.standing),
            tills: stood.get(name).map_or((0, 0), |state| (state.tills_in, state.tills)),
        });
        store.seen_ms = store.seen_ms.max(till.seen_ms);
    }
    let mut stores: Vec<Store<'a>> = stores.into_values().collect();
    for store in stores.iter_mut().filter(|store| store.seen_ms.is_none()) {
        store.standing = Standing::Missing;
    }
    stores
}

/// The first line, and who is missing, with the telephone.
fn came_in(visit: &Visit, tills: &[Till], night: &[StoreState], body: &mut Html) {
    let all = stores(tills, night);
    let (closed, stores): (Vec<&Store<'_>>, Vec<&Store<'_>>) =
        all.iter().partition(|store| store.standing == Standing::Closed);
    let mut missing = stores.clone();
    missing.retain(|store| store.standing != Standing::In);
    missing.sort_by_key(|store| (store.seen_ms, store.name));
    body.raw("<h1>").text(visit.of("昨夜 ", "Last night ")).raw("<b>");
    body.count(stores.len() - missing.len()).raw("/").count(stores.len());
    body.raw("</b>").text(visit.of(" 店已到", " stores came in")).raw("</h1>");
    if !missing.is_empty() {
        body.raw("<ul class=cards>");
        for store in missing {
            absent(visit, store, body);
        }
        body.raw("</ul>");
    }
    if !closed.is_empty() {
        let names: Vec<&str> = closed.iter().map(|store| store.name).collect();
        body.raw("<p class=soft>").text(visit.of("当天不营业:", "Not open that day: "));
        body.text(&names.join(visit.of("、", ", "))).raw("</p>");
    }
    for store in stores
        .iter()
        .filter(|store| store.standing == Standing::In && store.tills.0 < store.tills.1)
    {
        body.raw("<p class=warn>")
            .text(store.name)
            .text(visit.of(":收银机到了 ", ": tills that came in: "));
        body.count(store.tills.0).raw("/").count(store.tills.1).raw("</p>");
    }
    for till in tills.iter().filter(|till| till.status == "forked") {
        body.raw("<p class=warn>").text(&till.store_name).raw(" ").text(&till.name);
        body.text(visit.of(
            ":送来的记录与总部的接不上(磁盘克隆,或从备份恢复?),已分开保存,请核对",
            ": what it sent does not follow what is here (a cloned disk, or one restored?); both are kept, someone has to look",
        ));
        body.raw("</p>");
    }
}

fn absent(visit: &Visit, store: &Store<'_>, body: &mut Html) {
    body.raw("<li class=warn><b>").text(store.name).raw("</b><span>");
    match store.phone {
        Some(phone) => body.link(&format!("tel:{}", digits(phone)), phone),
        None => body.text(visit.of("没有登记电话", "no telephone on file")),
    };
    body.raw("</span><span class=soft>");
    match store.seen_ms {
        Some(seen) => body.text(visit.of("最后到达 ", "last seen ")).text(&moment(seen)),
        None => body.text(visit.of("从未到过", "never seen")),
    };
    body.raw("</span></li>");
}

fn digits(phone: &str) -> String {
    phone.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect()
}

/// Receipts missing by number and reports that disagree, of the last days.
fn missing(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    body.tag("h2", visit.of("缺什么", "What is missing"));
    let mut select = hq.db.prepare_cached(
        "SELECT x.day, st.name, t.till, x.count, x.numbers, x.reported, x.captured,
                x.reported_total, x.captured_total, t.store
         FROM missing x JOIN stream m ON m.id = x.stream JOIN terminal t ON t.id = m.terminal
         JOIN store st ON st.id = t.store WHERE x.day >= ?1
         AND NOT EXISTS (SELECT 1 FROM missing y WHERE y.stream = x.stream AND y.day = x.day
             AND y.bridge = x.bridge AND y.seq > x.seq)
         ORDER BY x.day DESC, x.stream DESC, x.seq DESC",
    )?;
    let mut rows = select.query([visit.today - MISSING_DAYS])?;
    let mut count = 0_usize;
    body.raw("<ul class=plain>");
    while let Some(row) = rows.next()? {
        let of: StoreId = row.get(9)?;
        let (missing, reported): (i64, Option<i64>) = (row.get(3)?, row.get(5)?);
        let totals: (Option<i64>, Option<i64>) = (row.get(7)?, row.get(8)?);
        let is_all_there = missing == 0 && reported.is_none() && totals.0.is_none();
        if !visit.scope.has(&of) || is_all_there {
            continue;
        }
        count += 1;
        if count > SHOWN {
            continue;
        }
        let (name, till): (String, String) = (row.get(1)?, row.get(2)?);
        body.raw("<li><b>").text(&name).raw("</b> ").text(&till);
        body.raw(" <span class=soft>").text(&day_text(row.get(0)?)).raw("</span><br>");
        let numbers: String = row.get(4)?;
        if missing > 0 {
            body.text(&lacking(visit, missing, &shortened(&numbers))).raw(" ");
        }
        let counts = (reported, row.get(6)?);
        body.raw("<span class=warn>").text(&disagreeing(visit, counts, totals)).raw("</span></li>");
    }
    body.raw("</ul>");
    if count == 0 {
        body.raw("<p class=good>")
            .text(visit.of("不缺:小票与日结都一致", "Nothing: receipts and day reports agree"));
        body.raw("</p>");
    }
    if count > SHOWN {
        body.raw("<p>").link("/missing", visit.of("全部 ›", "All of them ›")).raw("</p>");
    }
    Ok(())
}

fn lacking(visit: &Visit, count: i64, numbers: &str) -> String {
    let of = visit.of("缺 ", "missing: ");
    let unit = visit.of(" 张:", " receipts: ");
    format!("{of}{count}{unit}{numbers}")
}

type Pair = (Option<i64>, Option<i64>);

fn disagreeing(visit: &Visit, counts: Pair, totals: Pair) -> String {
    let mut said = Vec::new();
    if let (Some(reported), Some(captured)) = counts {
        let (report, ours) = (visit.of("日结", "report says"), visit.of(" 张,收到", ", received"));
        said.push(format!("{report} {reported}{ours} {captured}{}", visit.of(" 张", "")));
    }
    if let (Some(reported), Some(captured)) = totals {
        let (report, ours) = (visit.of("日结", "report says"), visit.of(",收到", ", received"));
        said.push(format!("{report} {}{ours} {}", visit.money(reported), visit.money(captured)));
    }
    said.join(visit.of(";", "; "))
}

fn needed(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    body.tag("h2", visit.of("今天要人处理", "Who needs a person today"));
    let needs = needs::all(hq, visit)?;
    if needs.is_empty() {
        body.raw("<p class=good>")
            .text(visit.of("没有等着人的事", "Nothing waits for anybody"))
            .raw("</p>");
        return Ok(());
    }
    body.raw("<ul class=plain>");
    for need in needs.iter().take(2 * SHOWN) {
        body.raw(if need.urgent { "<li class=urgent>" } else { "<li>" });
        body.link(&need.link, &need.words).raw("</li>");
    }
    body.raw("</ul>");
    if needs.len() > 2 * SHOWN {
        body.raw("<p class=soft>").count(needs.len() - 2 * SHOWN);
        body.text(visit.of(" 件未列出", " more not shown")).raw("</p>");
    }
    Ok(())
}

fn chart(visit: &Visit, days: &BTreeMap<i32, Day>, body: &mut Html) {
    let bar = |(day, sum): (&i32, &Day)| Bar {
        label: day_text(*day).get(5..).unwrap_or_default().to_owned(),
        value: visit.money_short(sum.net),
        height: sum.net,
        part: sum.member_net,
    };
    let bars: Vec<Bar> = days.iter().map(bar).collect();
    let title =
        visit.of("每天净销售额;深色是会员的部分", "Net sales per day; the dark part is members'");
    body.raw("<div class=wide>");
    chart::bars(body, title, &bars);
    if let Some((day, sum)) = days.iter().next_back() {
        let count = |count: i64| count.unsigned_abs();
        let shares = [
            (visit.of("留号", "number given").to_owned(), count(sum.given)),
            (visit.of("谢绝", "declined").to_owned(), count(sum.refused)),
            (visit.of("没问", "not asked").to_owned(), count(sum.not_asked)),
        ];
        let title =
            format!("{} {}", day_text(*day), visit.of("问号码的情况", "asking for a number"));
        chart::shares(body, &title, &shares);
    }
    body.raw("</div>");
}

/// Says so when the figures are behind what arrived.
fn behind(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    let (events, days, persons) = summary::behind(&hq.db)?;
    if events + days + persons > 0 {
        body.raw("<p class=soft>")
            .text(visit.of("还在汇总,过一会儿刷新:", "Still summing up, look again in a while: "));
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        body.number(count(events)).raw(" · ").number(count(days)).raw(" · ").number(count(persons));
        body.raw("</p>");
    }
    Ok(())
}
