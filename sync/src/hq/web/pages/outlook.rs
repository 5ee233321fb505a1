//! What is expected of one customer, in words a manager uses; and asking her store to call her.
//!
//! Not here: the models (`hq::forecast`), the rest of her file (`person`).

use super::complaints;
use crate::care_list::CustomerId;
use crate::hq::desk::rules::Rules;
use crate::hq::desk::win_back::{self, months_before};
use crate::hq::forecast::{self, Forecast, WEEKS};
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::tenths;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::OptionalExtension as _;

/// Her outlook, and what can be done for her.
pub(super) fn draw(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    body: &mut Html,
) -> Result<(), Refused> {
    body.tag("h2", visit.of("今后", "What to expect"));
    match forecast::of(&hq.db, root)? {
        Some(forecast) => expected(visit, forecast, body),
        None => {
            let words = visit.of(
                "还没有预测:她没买过,或公司的数据还太少。",
                "No forecast: she has not bought yet, or the chain has too few sales so far.",
            );
            body.raw("<p class=soft>").text(words).raw("</p>");
        }
    }
    let (slips, stands) = absence(hq, visit, root, body)?;
    if let Some(Some(task)) = stands {
        let words = visit.of("她的回访任务 ›", "The task to call her ›");
        body.raw("<p>").link(&format!("/tasks/{task}"), words).raw("</p>");
    } else if stands == Some(None) {
        body.raw("<p class=soft>").text(visit.of(
            "她在对照组:这半年不打扰,看打电话到底有没有用。",
            "She is held out: left alone for half a year, to see whether calls help at all.",
        ));
        body.raw("</p>");
    } else if slips {
        body.form(&format!("/customers/{root}/ask"), &visit.token);
        body.button(visit.of("请门店给她打电话", "Ask the store to call her")).raw("</form>");
    }
    body.raw("<details><summary>").text(visit.of("记一件投诉", "Open a complaint of hers"));
    body.raw("</summary>");
    complaints::open_form(hq, visit, Some(root), body)?;
    body.raw("</details>");
    Ok(())
}

fn expected(visit: &Visit, forecast: Forecast, body: &mut Html) {
    let Forecast { alive, comes, purchases, value } = forecast;
    let percent = |of: u32| format!("{} %", (of + 5) / 10);
    let (often, money) = (tenths(purchases.into()), visit.money_short(value));
    body.raw("<dl>");
    let mut pair = |name: &str, value: &str| {
        body.tag("dt", name).tag("dd", value);
    };
    let weeks = match visit.lang {
        Lang::Zh => format!("{WEEKS} 周内会再来"),
        Lang::En => format!("Comes again in {WEEKS} weeks"),
    };
    pair(&weeks, &format!("{} · {}", percent(comes), said(visit, comes)));
    let words = match visit.lang {
        Lang::Zh => format!("大约 {often} 次,共 {money}"),
        Lang::En => format!("about {often} times, {money} together"),
    };
    pair(visit.of("预计来买", "Expected purchases"), &words);
    pair(visit.of("还是我们的顾客", "Is still a customer"), &percent(alive));
    body.raw("</dl><p class=soft>").text(visit.of(
        "按她自己的购买节奏和全公司的规律推算,每夜更新;是可能性,不是承诺。",
        "Reckoned each night from her own rhythm and everybody's; a likelihood, not a promise.",
    ));
    body.raw("</p>");
}

/// A chance in words.
fn said(visit: &Visit, permille: u32) -> &'static str {
    let (zh, en) = match permille {
        800.. => ("几乎肯定", "almost surely"),
        600.. => ("很可能", "likely"),
        400.. => ("一半一半", "even chances"),
        200.. => ("不太可能", "unlikely"),
        _ => ("希望很小", "hardly"),
    };
    visit.lang.of(zh, en)
}

/// Says how long she has stayed away, if it is long; and whether she was drawn for winning back.
fn absence(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    body: &mut Html,
) -> Result<(bool, Option<Option<i64>>), Refused> {
    let rules = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped());
    let sql = "SELECT last_day FROM person WHERE customer = ?1 AND sales > 0";
    let last: Option<Option<i32>> = hq.db.query_row(sql, [root], |row| row.get(0)).optional()?;
    let Some(last) = last.flatten() else { return Ok((false, None)) };
    let slips = last < months_before(visit.today, rules.win_back.lapsed_months);
    if slips {
        let (day, days) = (day_text(last), visit.today - last);
        let words = match visit.lang {
            Lang::Zh => format!("久未光顾:最近一次是 {day},已经 {days} 天没来。"),
            Lang::En => format!("She stays away: the last time was {day}, {days} days ago."),
        };
        body.raw("<p class=warn>").text(&words).raw("</p>");
    }
    let since = visit.today - rules.win_back.again_after_days;
    Ok((slips, win_back::stands(&hq.db, root, since)?))
}

/// `POST /customers/{customer}/ask`.
pub(in crate::hq::web) fn ask(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let asked = win_back::ask(hq, &root, visit.today).map_err(|_| Refused::Broken)?;
    let Some(task) = asked else {
        return Err(Refused::odd(
            "现在不能打扰她:她没有同意、不愿被打扰,或在对照组",
            "she may not be called now: she did not agree, wants to be left alone, or is held out",
        ));
    };
    let about = format!("{task} {root}");
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "task", &about, "")?;
    Ok(Redirect::to(&format!("/tasks/{task}")).into_response())
}
