//! The pages: last night, sales, members (arrivals stand beside). Numbers are masked on all of them.
//!
//! Not here: log-in (there is none yet, so `serve` shows pages on loopback only), follow-ups (`desk`).

use super::html::{Html, Lang, Page};
use super::{Desk, broken};
use crate::event::{LocalSeconds, TenderKind};
use crate::hq::listing::{self, CustomerRow, DaySum, Masking, SaleRow, TerminalRow};
use crate::hq::store::{self, Own};
use crate::hq::{Hq, clock, table};
use crate::money::Minor;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use std::collections::BTreeMap;

/// Who was heard of within a day came in last night.
const NIGHT_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days in the chart.
const DAYS: u32 = 14;
/// Sales on the page; the rest is in the CSV.
const SALES: u32 = 500;

#[derive(serde::Deserialize)]
pub(super) struct Asked {
    pub(super) lang: Option<String>,
}

pub(super) async fn home(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    let read = |hq: &Hq, _: &Own| Ok((listing::terminals(&hq.db)?, listing::days(&hq.db, DAYS)?));
    page(desk, lang, "/", read, |(terminals, days), own| {
        let mut body = Html::default();
        came_in(&mut body, lang, &terminals, clock::now_ms());
        chart(&mut body, lang, &days, own.currency_exponent);
        till_table(&mut body, lang, &terminals);
        body
    })
    .await
}

pub(super) async fn sales(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    let read = |hq: &Hq, _: &Own| listing::sales(&hq.db, &hq.keys, Masking::Masked, SALES);
    page(desk, lang, "/sales", read, |sales, own| {
        let mut body = Html::default();
        body.raw("<h1>").text(lang.of("小票", "Sales")).raw("</h1>");
        let rows: Vec<_> =
            sales.iter().map(|sale| sale_cells(lang, sale, own.currency_exponent)).collect();
        let zh =
            ["门店", "时间", "小票号", "类型", "件数#", "合计#", "付款", "收银员", "会员", "读数"];
        let en = [
            "Store", "Time", "Receipt", "Kind", "Items#", "Total#", "Paid", "Cashier", "Member",
            "Read",
        ];
        body.table(if lang == Lang::Zh { &zh } else { &en }, &rows);
        body
    })
    .await
}

pub(super) async fn customers(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    let read =
        |hq: &Hq, _: &Own| listing::customers(&hq.db, &hq.keys, Masking::Masked, clock::today());
    page(desk, lang, "/customers", read, |customers, own| {
        let mut body = Html::default();
        body.raw("<h1>").text(lang.of("会员", "Members")).raw("</h1>");
        let row = |customer: &CustomerRow| customer_cells(customer, own.currency_exponent);
        let rows: Vec<_> = customers.iter().map(row).collect();
        let zh = ["手机号", "称呼", "等级", "净消费#", "单数#", "最近"];
        let en = ["Phone", "Name", "Tier", "Net spend#", "Sales#", "Last"];
        body.table(if lang == Lang::Zh { &zh } else { &en }, &rows);
        body
    })
    .await
}

/// Reads on a blocking thread, then draws.
pub(super) async fn page<T: Send + 'static>(
    desk: Desk,
    lang: Lang,
    path: &'static str,
    read: impl FnOnce(&Hq, &Own) -> rusqlite::Result<T> + Send + 'static,
    draw: impl FnOnce(T, &Own) -> Html,
) -> Response {
    let read = desk.with(move |hq| {
        let own = store::own(&hq.db)?;
        Ok::<_, rusqlite::Error>((read(hq, &own)?, own))
    });
    match read.await {
        Some(Ok((rows, own))) => {
            let body = draw(rows, &own);
            Page { lang, chain: &own.name, path, body }.into_response()
        }
        Some(Err(_)) | None => broken(),
    }
}

/// The first line in the morning, and who is missing.
fn came_in(body: &mut Html, lang: Lang, terminals: &[TerminalRow], now_ms: i64) {
    let mut stores: BTreeMap<&str, bool> = BTreeMap::new();
    for till in terminals.iter().filter(|till| till.status != "revoked") {
        let recent = till.seen_ms.is_some_and(|seen| now_ms - seen < NIGHT_MS);
        *stores.entry(&till.store).or_default() |= recent;
    }
    let missing: Vec<&str> =
        stores.iter().filter(|(_, here)| !**here).map(|(name, _)| *name).collect();
    let count = format!("{}/{}", stores.len() - missing.len(), stores.len());
    body.raw("<h1>").text(lang.of("昨夜 ", "Last night ")).raw("<b>").text(&count).raw("</b>");
    body.text(lang.of(" 店已到", " stores came in")).raw("</h1>");
    if !missing.is_empty() {
        body.raw("<p class=warn>").text(lang.of("还没到:", "Missing: "));
        body.text(&missing.join(lang.of("、", ", "))).raw("</p>");
    }
    let frozen = terminals.iter().filter(|till| till.status == "frozen").count();
    if frozen > 0 {
        body.raw("<p class=warn>").text(&frozen.to_string()).text(lang.of(
            " 台收银机的记录分叉了,已停用,请核对",
            " tills have a forked history and are frozen until someone has looked",
        ));
        body.raw("</p>");
    }
}

fn chart(body: &mut Html, lang: Lang, days: &[DaySum], exponent: u8) {
    let largest = days.iter().map(|day| day.total.units()).max().unwrap_or(0).max(1);
    let bar = |day: &DaySum| {
        let percent = day.total.units().max(0).saturating_mul(80) / largest;
        let at = LocalSeconds(i64::from(day.day) * 86_400);
        let label = table::local_time(at).get(5..10).unwrap_or_default().to_owned();
        let value = day.total.with_decimals(exponent).to_string();
        (label, value, u32::try_from(percent).unwrap_or(80))
    };
    if !days.is_empty() {
        let bars: Vec<_> = days.iter().map(bar).collect();
        body.bars(lang.of("每天净销售额", "Net sales per day"), &bars);
    }
}

fn till_table(body: &mut Html, lang: Lang, terminals: &[TerminalRow]) {
    let zh =
        ["门店", "收银机", "最后到达", "事件#", "小票#", "缺口#", "缺的小票", "读不了#", "状态"];
    let en = [
        "Store",
        "Till",
        "Last seen",
        "Events#",
        "Sales#",
        "Gaps#",
        "Missing receipts",
        "Set aside#",
        "Status",
    ];
    let row = |till: &TerminalRow| {
        vec![
            till.store.clone(),
            till.till.clone(),
            till.seen_ms.map_or_else(|| lang.of("从未", "never").to_owned(), seen),
            till.events.to_string(),
            till.sales.to_string(),
            till.gaps.to_string(),
            shortened(&till.missing),
            till.set_aside.to_string(),
            status(lang, &till.status).to_owned(),
        ]
    };
    let rows: Vec<_> = terminals.iter().map(row).collect();
    body.table(if lang == Lang::Zh { &zh } else { &en }, &rows);
}

/// The first few names, and how many more.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let first = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(" ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} +{more}"),
    }
}

/// A moment on HQ's own clock.
pub(super) fn seen(at_ms: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(time) => time.with_timezone(&chrono::Local).format("%m-%d %H:%M").to_string(),
        None => at_ms.to_string(),
    }
}

pub(super) fn status(lang: Lang, status: &str) -> &str {
    match status {
        "active" => lang.of("正常", "active"),
        "revoked" => lang.of("已停用", "revoked"),
        "frozen" => lang.of("分叉,已冻结", "forked, frozen"),
        other => other,
    }
}

fn sale_cells(lang: Lang, sale: &SaleRow, exponent: u8) -> Vec<String> {
    let money = |amount: Minor| amount.with_decimals(exponent).to_string();
    let paid: Vec<String> = sale
        .tenders
        .iter()
        .map(|paid| format!("{} {}", tender(lang, paid.kind), money(paid.amount)))
        .collect();
    vec![
        sale.store.clone(),
        sale.printed_at.map(|at| table::local_time(LocalSeconds(at))).unwrap_or_default(),
        sale.receipt_no.clone().unwrap_or_default(),
        kind(lang, sale).to_owned(),
        sale.item_count.to_string(),
        money(sale.total),
        paid.join(" + "),
        sale.cashier.clone().unwrap_or_default(),
        sale.member.clone().unwrap_or_else(|| asked(lang, &sale.asked).to_owned()),
        known(lang, &sale.known).to_owned(),
    ]
}

fn kind(lang: Lang, sale: &SaleRow) -> &'static str {
    match (sale.voided, sale.kind.as_str()) {
        (true, _) => match lang {
            Lang::Zh => "作废",
            Lang::En => "void",
        },
        (_, "sale") => lang.of("销售", "sale"),
        (_, "return") => lang.of("退货", "return"),
        _ => lang.of("未读", "unread"),
    }
}

fn tender(lang: Lang, kind: TenderKind) -> &'static str {
    match kind {
        TenderKind::Cash => lang.of("现金", "cash"),
        TenderKind::Card => lang.of("银行卡", "card"),
        TenderKind::Alipay => lang.of("支付宝", "Alipay"),
        TenderKind::WeChat => lang.of("微信", "WeChat"),
        TenderKind::MemberBalance => lang.of("储值", "balance"),
        TenderKind::Voucher => lang.of("券", "voucher"),
        TenderKind::Points => lang.of("积分", "points"),
        _ => lang.of("收款", "paid"),
    }
}

fn asked(lang: Lang, word: &str) -> &'static str {
    match word {
        "refused" => lang.of("谢绝", "declined"),
        "pending" => lang.of("待定", "pending"),
        _ => lang.of("没问", "not asked"),
    }
}

fn known(lang: Lang, word: &str) -> &'static str {
    match word {
        "proved" => lang.of("已验算", "proved"),
        "consistent" => lang.of("一致", "consistent"),
        "keyword" => lang.of("仅标签", "label only"),
        "disputed" => lang.of("有疑问", "disputed"),
        _ => lang.of("未读", "unread"),
    }
}

fn customer_cells(customer: &CustomerRow, exponent: u8) -> Vec<String> {
    let last = customer.last_at().map(table::local_time).unwrap_or_default();
    vec![
        customer.phone.clone(),
        customer.name.clone().unwrap_or_default(),
        customer.tier.clone().unwrap_or_default(),
        customer.spend.with_decimals(exponent).to_string(),
        customer.sales.to_string(),
        last.get(..10).unwrap_or_default().to_owned(),
    ]
}
