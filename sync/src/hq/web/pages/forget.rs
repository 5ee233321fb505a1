//! She wants to be forgotten: headquarters deletes her file, with a certificate, or notes that she thought
//! better of it.
//!
//! # Invariants
//!
//! - The deed is in the audit trail, with its reason, before anything is destroyed.
//!
//! Not here: destroying, tombstones and certificates (`erasure`).

use crate::care_list::CustomerId;
use crate::hq::customer::{self, File};
use crate::hq::desk::messages::opt;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::moment;
use crate::hq::web::visit::{Refused, Visit};
use crate::hq::{Hq, audit, erasure};
use axum::response::{IntoResponse as _, Redirect, Response};

/// Her numbers' open requests.
const OPEN: &str = "closed_ms IS NULL
     AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)";

/// When she asked for it, if she did.
fn asked_ms(hq: &Hq, root: &CustomerId) -> Result<Option<i64>, Refused> {
    let sql = format!("SELECT min(said_ms) FROM erasure_request WHERE {OPEN}");
    Ok(hq.db.query_row(&sql, [root], |row| row.get(0))?)
}

/// Says that she asked for it.
pub(super) fn asked(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    body: &mut Html,
) -> Result<(), Refused> {
    let Some(at_ms) = asked_ms(hq, root)? else { return Ok(()) };
    let words = match visit.lang {
        Lang::Zh => format!("{} 她在店里要求删除资料。", moment(at_ms)),
        Lang::En => format!("She asked in the store to be forgotten, {}.", moment(at_ms)),
    };
    body.raw("<p class=warn role=alert>").text(&words).raw("</p>");
    Ok(())
}

/// How headquarters does it.
pub(super) fn draw(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    body: &mut Html,
) -> Result<(), Refused> {
    if !visit.is_hq() {
        return Ok(());
    }
    body.raw("<details><summary>").text(visit.of("删除她的资料", "Delete her file"));
    body.raw("</summary><p class=soft>").text(visit.of(
        "姓名、号码、偏好和同意记录都会销毁,不能恢复;销售额留下,不再是谁的。各店下次同步时也删,有凭证。",
        "Name, numbers, preferences and consents are destroyed for good; sales stay as nobody's. Stores delete with their next sync; a certificate is kept.",
    ));
    body.raw("</p>").form(&format!("/customers/{root}/erase"), &visit.token);
    let label = visit.of("原因(会记下来)", "Why; it is written down");
    body.field(label, "reason", "required maxlength=200 autocomplete=off", "");
    body.button(visit.of("销毁,不能恢复", "Destroy for good")).raw("</form>");
    if asked_ms(hq, root)?.is_some() {
        body.form(&format!("/customers/{root}/keep"), &visit.token);
        body.field(label, "reason", "required maxlength=200 autocomplete=off", "");
        body.button(visit.of("她改主意了,留着", "She thought better of it")).raw("</form>");
    }
    body.raw("</details>");
    Ok(())
}

/// `POST /customers/{customer}/erase`.
pub(in crate::hq::web) fn erase(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let why = visit.needed("reason", "请写明原因", "say why")?;
    let File::Known(identity) = customer::file(&hq.db, &hq.keys, &root)? else {
        return Err(Refused::Nothing);
    };
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "erase", &root.to_string(), why)?;
    let by = &visit.user.name;
    let done = erasure::erase(hq, &identity.phone, by, visit.now_ms)?.ok_or(Refused::Nothing)?;
    let mut body = Html::default();
    body.h1(visit.of("已经删除", "She is forgotten"));
    let sums = match visit.lang {
        Lang::Zh => format!(
            "销毁 {} 份档案、{} 条资料、{} 条同意记录;{} 笔销售留下,不再是谁的。",
            done.files, done.facts, done.consents, done.sales_kept
        ),
        Lang::En => format!(
            "{} files, {} facts and {} consents destroyed; {} sales stay as nobody's.",
            done.files, done.facts, done.consents, done.sales_kept
        ),
    };
    body.raw("<p>").text(&sums).raw("</p><p>").text(visit.of("凭证号:", "Certificate: "));
    body.raw("<code>").text(&done.id.to_string()).raw("</code></p>");
    Ok(visit.page(visit.of("已经删除", "Forgotten"), "/customers", body))
}

/// `POST /customers/{customer}/keep`.
pub(in crate::hq::web) fn keep(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let why = visit.needed("reason", "请写明原因", "say why")?;
    let tx = hq.db.transaction()?;
    let sql = format!("SELECT customer, stream, seq, said_ms FROM erasure_request WHERE {OPEN}");
    let mut select = tx.prepare(&sql)?;
    let rows = select.query_map([root], |row| {
        Ok((row.get::<_, CustomerId>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
    })?;
    let requests = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    drop(select);
    for (whose, request) in &requests {
        opt::go_on(&tx, whose, *request)?;
    }
    let sql = format!("UPDATE erasure_request SET closed_ms = ?2 WHERE {OPEN}");
    tx.execute(&sql, rusqlite::params![root, visit.now_ms])?;
    let whose = requests.iter().map(|(whose, _)| *whose).chain([root]).collect();
    customer::touch(&tx, &whose)?;
    audit::note(&tx, visit.now_ms, &visit.user.name, "keep", &root.to_string(), why)?;
    tx.commit()?;
    Ok(Redirect::to(&format!("/customers/{root}")).into_response())
}
