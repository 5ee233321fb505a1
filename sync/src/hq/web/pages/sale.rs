//! One sale: its lines, how it was paid, whose it was.
//!
//! Not here: all of them (`sales`).

use super::words;
use crate::care_list::CustomerId;
use crate::event::LocalSeconds;
use crate::hq::Hq;
use crate::hq::customer::{self, person};
use crate::hq::listing::Masking;
use crate::hq::table;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, Value, field, html_table};
use crate::hq::web::visit::{Refused, Visit};
use crate::message::StoreId;
use axum::response::Response;
use rusqlite::{OptionalExtension as _, params};

struct Sale {
    store: StoreId,
    store_name: String,
    receipt_no: Option<String>,
    printed_at: Option<i64>,
    kind: String,
    total: i64,
    known: String,
    asked: String,
    cashier: Option<String>,
    customer: Option<CustomerId>,
}

/// `GET /sales/{sale}`: stream and number, as `3-17`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let asked = visit.parts.get("sale").and_then(|sale| sale.split_once('-'));
    let number = |text: &str| text.parse::<i64>().map_err(|_| Refused::Nothing);
    let (stream, seq) = asked.ok_or(Refused::Nothing)?;
    let key = (number(stream)?, number(seq)?);
    let sale =
        read(hq, key)?.filter(|sale| visit.scope.has(&sale.store)).ok_or(Refused::Nothing)?;
    let mut body = Html::default();
    let title = sale.receipt_no.clone().unwrap_or_else(|| visit.of("无号", "no number").to_owned());
    body.h1(&format!("{} {title}", visit.of("小票", "Receipt")));
    facts(hq, visit, &sale, &mut body)?;
    lines(hq, visit, key, &mut body)?;
    Ok(visit.page(&title, "/sales", body))
}

fn read(hq: &Hq, (stream, seq): (i64, i64)) -> rusqlite::Result<Option<Sale>> {
    hq.db
        .query_row(
            "SELECT s.store, st.name, s.receipt_no, s.printed_at,
                    CASE WHEN s.voided THEN 'void' ELSE s.kind END, s.total, s.known, s.asked,
                    s.cashier, s.customer
             FROM sale s JOIN store st ON st.id = s.store WHERE s.stream = ?1 AND s.seq = ?2",
            params![stream, seq],
            |row| {
                Ok(Sale {
                    store: row.get(0)?,
                    store_name: row.get(1)?,
                    receipt_no: row.get(2)?,
                    printed_at: row.get(3)?,
                    kind: row.get(4)?,
                    total: row.get(5)?,
                    known: row.get(6)?,
                    asked: row.get(7)?,
                    cashier: row.get(8)?,
                    customer: row.get(9)?,
                })
            },
        )
        .optional()
}

fn facts(hq: &Hq, visit: &Visit, sale: &Sale, body: &mut Html) -> Result<(), Refused> {
    let at = sale.printed_at.map(|at| table::local_time(LocalSeconds(at))).unwrap_or_default();
    body.raw("<p class=big>").text(&visit.money(sale.total)).raw("</p><dl>");
    let pairs = [
        (visit.of("门店", "Store"), sale.store_name.as_str()),
        (visit.of("时间", "Time"), &at),
        (visit.of("类型", "Kind"), words::of(words::KIND, &sale.kind, visit.lang)),
        (visit.of("读数", "Read"), words::of(words::KNOWN, &sale.known, visit.lang)),
        (visit.of("收银员", "Cashier"), sale.cashier.as_deref().unwrap_or_default()),
        (visit.of("留号", "Number"), words::of(words::ASKED, &sale.asked, visit.lang)),
    ];
    for (name, value) in pairs {
        body.tag("dt", name).tag("dd", value);
    }
    if let Some(id) = sale.customer {
        let root = person::root(&hq.db, &id)?;
        let shown = Masking::Masked.show(&customer::file(&hq.db, &hq.keys, &root)?);
        body.tag("dt", visit.of("会员", "Member")).raw("<dd>");
        if visit.knows(&hq.db, &root)? {
            body.link(&format!("/customers/{root}"), &shown);
        } else {
            body.text(&shown);
        }
        body.raw("</dd>");
    }
    body.raw("</dl>");
    Ok(())
}

fn lines(
    hq: &Hq,
    visit: &Visit,
    (stream, seq): (i64, i64),
    body: &mut Html,
) -> Result<(), Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT name, style, colour, size, qty_milli, amount FROM sale_item
         WHERE stream = ?1 AND seq = ?2 ORDER BY line",
    )?;
    let items = select.query_map(params![stream, seq], |row| {
        let text = |at| row.get::<_, Option<String>>(at).map(Value::text);
        let qty: i64 = row.get(4)?;
        let pieces = crate::money::Minor::new(qty).with_decimals(3).to_string();
        let pieces = pieces.trim_end_matches('0').trim_end_matches('.').to_owned();
        Ok(vec![
            text(0)?,
            text(1)?,
            text(2)?,
            text(3)?,
            Value::Text(pieces),
            Value::Int(row.get(5)?),
        ])
    })?;
    let items: Vec<Vec<Value>> = items.collect::<rusqlite::Result<_>>()?;
    body.tag("h2", visit.of("商品", "Items"));
    let fields = [
        field("name", Kind::Text, "品名", "Item"),
        field("style", Kind::Text, "款号", "Style"),
        field("colour", Kind::Text, "颜色", "Colour"),
        field("size", Kind::Text, "尺码", "Size"),
        field("qty", Kind::Text, "数量", "Quantity"),
        field("amount", Kind::Amount, "金额", "Amount"),
    ];
    html_table(visit, &fields, &items, body);
    let mut select = hq.db.prepare_cached(
        "SELECT kind, amount FROM sale_tender WHERE stream = ?1 AND seq = ?2 ORDER BY line",
    )?;
    let paid = select.query_map(params![stream, seq], |row| {
        Ok(vec![Value::Text(row.get(0)?), Value::Int(row.get(1)?)])
    })?;
    let paid: Vec<Vec<Value>> = paid.collect::<rusqlite::Result<_>>()?;
    body.tag("h2", visit.of("付款", "Paid"));
    let fields = [
        field("kind", Kind::Word(words::TENDER), "方式", "How"),
        field("amount", Kind::Amount, "金额", "Amount"),
    ];
    html_table(visit, &fields, &paid, body);
    Ok(())
}
