//! Her number in clear, for a minute: large digits, and a code to call her with.
//!
//! # Invariants
//!
//! - The look is in the audit trail, with its reason, before the number is on the page.
//! - The page leaves by itself; nothing of it is kept by the browser.
//!
//! Not here: the form (`person`).

use crate::hq::customer::{self, File, person};
use crate::hq::web::chart;
use crate::hq::web::html::Html;
use crate::hq::web::visit::{Refused, Visit};
use crate::hq::{Hq, audit};
use axum::response::Response;

/// How long the page stands.
const SECONDS: u32 = 60;

/// `POST /customers/{customer}/reveal`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let why = visit.needed("why", "请写明原因", "say why")?;
    if customer::file(&hq.db, &hq.keys, &root)? == File::Erased {
        return Err(Refused::Nothing);
    }
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "reveal", &root.to_string(), why)?;
    let mut body = Html::default();
    body.raw("<div class=reveal>");
    for number in person::numbers(&hq.db, &root)? {
        if let File::Known(identity) = customer::file(&hq.db, &hq.keys, &number)? {
            let clear = identity.phone.clear();
            body.raw("<p class=digits>").text(&spaced(clear)).raw("</p>");
            chart::qr(&mut body, visit.of("扫码拨打", "Scan to call"), &format!("tel:{clear}"));
        }
    }
    body.raw("<p>").text(visit.of(
        "60 秒后离开本页;已记下是谁、为什么看的。",
        "This page leaves after 60 s; who looked and why is written down.",
    ));
    let back = format!("/customers/{root}");
    body.raw("</p><p>").link(&back, visit.of("回她的档案", "Back to her file")).raw("</p></div>");
    Ok(visit.page_back(visit.of("号码", "Number"), "/customers", body, Some((SECONDS, back))))
}

/// `138 0000 6721`.
fn spaced(digits: &str) -> String {
    if digits.len() != 11 {
        return digits.to_owned();
    }
    format!("{} {} {}", &digits[..3], &digits[3..7], &digits[7..])
}
