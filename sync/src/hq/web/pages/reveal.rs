//! Her number in clear, for a minute: large digits, and a code to call her with.
//!
//! # Invariants
//!
//! - The look is in the audit trail, with its reason, before the number is on the page.
//! - Outside HQ only whoever has a task for her sees it, one number a minute.
//! - The page leaves by itself; nothing of it is kept by the browser.
//!
//! Not here: the form (`person`).

use crate::care_list::CustomerId;
use crate::hq::customer::{self, File, person};
use crate::hq::web::chart;
use crate::hq::web::html::Html;
use crate::hq::web::visit::{Refused, Visit};
use crate::hq::{Hq, audit};
use axum::response::Response;
use rusqlite::params;

/// How long the page stands.
const SECONDS: u32 = 60;
/// Numbers that one user outside HQ may look at within a day.
const LOOKS_A_DAY: u32 = 60;
const DAY_MS: i64 = 86_400_000;

/// `POST /customers/{customer}/reveal`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let why = visit.needed("why", "请写明原因", "say why")?;
    if customer::file(&hq.db, &hq.keys, &root)? == File::Erased {
        return Err(Refused::Nothing);
    }
    if !visit.is_hq() {
        may_look(hq, visit, &root)?;
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

/// Outside HQ a number is for one task, one in a minute and so many a day: nobody reads out a store's
/// customers in an evening.
fn may_look(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<(), Refused> {
    let of_hers = format!(
        "SELECT EXISTS (SELECT 1 FROM task t WHERE t.state = 'open' AND {}
             AND t.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1))",
        super::tasks::hers(visit, None)
    );
    if !hq.db.query_row(&of_hers, [root], |row| row.get(0))? {
        return Err(Refused::odd(
            "她现在没有要门店办的事;要看全号请总部看",
            "the store has nothing to do for her now; ask HQ for her number",
        ));
    }
    let looks = |since_ms: i64| -> rusqlite::Result<u32> {
        // The trail is long and kept by number: a day of it is at its end.
        let sql = "SELECT count(*) FROM audit WHERE n > (SELECT max(n) - 100000 FROM audit)
                   AND at_ms > ?1 AND who = ?2 AND what = 'reveal'";
        hq.db.query_row(sql, params![since_ms, visit.user.name], |row| row.get(0))
    };
    if looks(visit.now_ms - i64::from(SECONDS) * 1_000)? > 0 {
        return Err(Refused::odd("一分钟看一个号码,请稍等", "one number a minute: wait a little"));
    }
    if looks(visit.now_ms - DAY_MS)? >= LOOKS_A_DAY {
        return Err(Refused::odd("一天里看得太多,请找总部", "too many in a day: ask HQ"));
    }
    Ok(())
}

/// `138 0000 6721`.
fn spaced(digits: &str) -> String {
    if digits.len() != 11 {
        return digits.to_owned();
    }
    format!("{} {} {}", &digits[..3], &digits[3..7], &digits[7..])
}
