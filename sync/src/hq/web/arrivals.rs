//! The page of arrivals, and the same as JSON: who is in, who is missing, how each till's road is.
//!
//! Not here: the rules (`hq::arrivals`).

use super::html::{Html, Lang};
use super::pages::{Asked, page, seen, status};
use super::{Desk, broken};
use crate::event::LocalSeconds;
use crate::hq::arrivals::{self, Arrivals, Clock, Standing, StoreState, TillState};
use crate::hq::{clock, table};
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};

/// How all stand now.
pub(super) async fn now(desk: &Desk) -> Option<Arrivals> {
    let watch = desk.watch;
    desk.with(move |hq| arrivals::arrivals(&hq.db, watch, clock::moment())).await?.ok()
}

pub(super) async fn json(State(desk): State<Desk>) -> Response {
    now(&desk).await.map_or_else(broken, |arrivals| axum::Json(arrivals).into_response())
}

pub(super) async fn arrivals(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    let watch = desk.watch;
    let read = move |hq: &crate::hq::Hq, _: &crate::hq::store::Own| {
        arrivals::arrivals(&hq.db, watch, clock::moment())
    };
    page(desk, lang, "/arrivals", read, |arrivals, _| {
        let mut body = Html::default();
        heading(&mut body, lang, &arrivals);
        stores(&mut body, lang, &arrivals.stores);
        body.raw("<h1>").text(lang.of("收银机", "Tills")).raw("</h1>");
        tills(&mut body, lang, &arrivals.tills);
        body
    })
    .await
}

fn heading(body: &mut Html, lang: Lang, arrivals: &Arrivals) {
    let day = table::local_time(LocalSeconds(i64::from(arrivals.day) * 86_400));
    body.raw("<h1>").text(day.get(..10).unwrap_or_default()).text(lang.of(" 的到达", ": arrivals"));
    body.raw("</h1>");
    let of = |standing| arrivals.stores.iter().filter(move |store| store.standing == standing);
    let missing: Vec<&str> = of(Standing::Missing).map(|store| store.store.as_str()).collect();
    if !missing.is_empty() {
        body.raw("<p class=warn>").text(lang.of("该到没到,请打电话:", "Missing, please call: "));
        body.text(&missing.join(lang.of("、", ", "))).raw("</p>");
    }
}

fn stores(body: &mut Html, lang: Lang, stores: &[StoreState]) {
    let zh = ["门店", "状态", "已到收银机#", "收银机#", "最后到达"];
    let en = ["Store", "Standing", "Tills in#", "Tills#", "Last seen"];
    // Who is to be called stands first.
    let mut sorted: Vec<&StoreState> = stores.iter().collect();
    sorted.sort_by_key(|store| rank(store.standing));
    let row = |store: &&StoreState| {
        vec![
            store.store.clone(),
            standing(lang, store.standing).to_owned(),
            store.tills_in.to_string(),
            store.tills.to_string(),
            moment(lang, store.seen_ms),
        ]
    };
    let rows: Vec<_> = sorted.iter().map(row).collect();
    body.table(if lang == Lang::Zh { &zh } else { &en }, &rows);
}

const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Missing => 0,
        Standing::Waiting => 1,
        Standing::In => 2,
        Standing::Closed => 3,
    }
}

fn standing(lang: Lang, standing: Standing) -> &'static str {
    match standing {
        Standing::In => lang.of("已到", "in"),
        Standing::Waiting => lang.of("等待中", "waiting"),
        Standing::Missing => lang.of("没到", "missing"),
        Standing::Closed => lang.of("未营业", "closed"),
    }
}

fn tills(body: &mut Html, lang: Lang, tills: &[TillState]) {
    let zh = [
        "门店",
        "收银机",
        "状态",
        "最后一批",
        "路上用时",
        "钟差",
        "待处理#",
        "缺号#",
        "隔离",
        "软件",
    ];
    let en = [
        "Store",
        "Till",
        "Status",
        "Last batch",
        "Under way",
        "Clock off",
        "Unopened#",
        "Gaps#",
        "Quarantined",
        "Software",
    ];
    let row = |till: &TillState| {
        vec![
            till.store.clone(),
            till.till.clone(),
            status(lang, &till.status).to_owned(),
            moment(lang, till.batch_ms),
            till.lag_s.map(|seconds| length(lang, seconds)).unwrap_or_default(),
            till.clock.map(|clock| clock_off(lang, clock)).unwrap_or_default(),
            till.unopened.to_string(),
            till.broken.to_string(),
            quarantined(till),
            till.software.clone(),
        ]
    };
    let rows: Vec<_> = tills.iter().map(row).collect();
    body.table(if lang == Lang::Zh { &zh } else { &en }, &rows);
}

fn moment(lang: Lang, at_ms: Option<i64>) -> String {
    at_ms.map_or_else(|| lang.of("从未", "never").to_owned(), seen)
}

/// A length of time to its two largest units.
fn length(lang: Lang, seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let minutes = seconds.unsigned_abs() / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let (d, h, m) = (lang.of("天", "d "), lang.of("小时", "h "), lang.of("分", "min"));
    let text = match (days, hours) {
        (0, 0) => format!("{minutes}{m}"),
        (0, _) => format!("{hours}{h}{minutes}{m}"),
        _ => format!("{days}{d}{hours}{h}"),
    };
    format!("{sign}{}", text.trim_end())
}

/// A minute is within what a receipt prints.
fn clock_off(lang: Lang, clock: Clock) -> String {
    match (clock.error_s.abs() < 120, clock.by_arrival) {
        (true, _) => lang.of("准", "right").to_owned(),
        (false, true) => {
            format!("{}{}", lang.of("至少快", "at least ahead "), length(lang, clock.error_s))
        }
        (false, false) => {
            let way = if clock.error_s > 0 {
                lang.of("快", "ahead ")
            } else {
                lang.of("慢", "behind ")
            };
            format!("{way}{}", length(lang, clock.error_s.saturating_abs()))
        }
    }
}

/// The newest ranges, and how many more.
fn quarantined(till: &TillState) -> String {
    const SHOWN: usize = 3;
    let ranges = till.quarantined.iter().take(SHOWN);
    let ranges: Vec<String> =
        ranges.map(|batch| format!("{}-{}", batch.first, batch.last)).collect();
    let shown = u64::try_from(ranges.len()).unwrap_or(u64::MAX);
    match till.quarantined_batches.saturating_sub(shown) {
        0 => ranges.join(" "),
        more => format!("{} +{more}", ranges.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_one_language() {
        assert_eq!(length(Lang::Zh, 3_700), "1小时1分");
        assert_eq!(length(Lang::En, 200_000), "2d 7h");
        assert_eq!(length(Lang::En, -90), "-1min");
        let ahead = Clock { error_s: 7_200, by_arrival: true };
        assert_eq!(clock_off(Lang::En, ahead), "at least ahead 2h 0min");
        let behind = Clock { error_s: -7_200, by_arrival: false };
        assert_eq!(clock_off(Lang::Zh, behind), "慢2小时0分");
    }
}
