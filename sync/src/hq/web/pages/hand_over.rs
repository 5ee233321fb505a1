//! Handing a leaver's customers over (S84): who works where, what would happen, doing it, taking it back.
//!
//! ```text
//! /hand-over ─▶ /hand-over/plan: how many, to whom ─▶ do ─▶ audit ─▶ /hand-over ─▶ back
//! ```
//!
//! # Invariants
//!
//! - A plan changes nothing; what is done is what the plan said, unless somebody sold or left meanwhile.
//!
//! Not here: who takes over whom (`hq::figures::handover`).

use super::{ALL, STORE, beside, each_store};
use crate::hq::figures::handover::{self, Associate, HandoverError, Plan, To, associates};
use crate::hq::listing::Masking;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::{Kind, List, Rows, Value, escaped, field};
use crate::hq::web::visit::{Param, Refused, Shape, Visit, day_text, odd};
use crate::hq::{Hq, audit};
use crate::message::StoreId;
use axum::response::{IntoResponse as _, Redirect, Response};

pub(super) const LIST: List = List {
    name: "hand-over",
    zh: "顾客交接",
    en: "Handing customers over",
    about_zh: "有人要离职?点名字,看有多少顾客要交接。第一负责和第二负责的都算。",
    about_en: "Somebody leaves? Open the name to see how many customers have to be handed over: as first and as second contact.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("plan", Kind::Id("/hand-over/plan?"), "交接", "Plan"),
        field("staff", Kind::Text, "员工", "Associate"),
        field("store", Kind::Text, "门店", "Store"),
        field("first", Kind::Count, "第一负责", "First contact of"),
        field("second", Kind::Count, "第二负责", "Second contact of"),
        field("tasks", Kind::Count, "未办任务", "Open tasks"),
        field("last_day", Kind::Day, "最近有销售", "Last sale"),
        field("left", Kind::Day, "已离职", "Left"),
    ],
    params: &[STORE],
    rows,
    above: Some(above),
};

/// What the plan asks for.
pub(in crate::hq::web) const PARAMS: &[Param] = &[
    Param { name: "store", shape: Shape::Id, about: "The store." },
    Param { name: "staff", shape: Shape::Text, about: "Who leaves, as receipts name her or him." },
    Param { name: "to", shape: Shape::Text, about: "Who takes over all; nobody: dealt out." },
];

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let hq = &*hq;
    each_store::read(hq, visit, limit, |store, name| {
        let all = associates(&hq.db, store, visit.today)?;
        Ok(all.into_iter().map(|one| row(store, name, one)).collect())
    })
}

fn row(store: &StoreId, name: &str, one: Associate) -> Vec<Value> {
    vec![
        Value::Text(asked(store, &one.staff)),
        Value::Text(one.staff),
        Value::Text(name.to_owned()),
        Value::Int(one.first.into()),
        Value::Int(one.second.into()),
        Value::Int(one.tasks.into()),
        Value::int(one.last_day),
        Value::int(one.left),
    ]
}

/// What a link to somebody's plan asks for.
fn asked(store: &StoreId, staff: &str) -> String {
    format!("store={store}&staff={}", escaped(staff))
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/hand-over", body);
    Ok(())
}

fn refused(why: HandoverError) -> Refused {
    match why {
        HandoverError::NobodyLeft(_) => Refused::odd(
            "店里没有别的员工近期有销售:没人可以接,先等新人到岗",
            "nobody else has sold in this store lately: there is nobody to hand customers to",
        ),
        HandoverError::Nobody => Refused::odd(
            "本店没有这位员工,或已经离职",
            "no such associate in this store, or gone already",
        ),
        HandoverError::NotHere => Refused::odd(
            "接手的人近期在本店没有销售,或也离职了",
            "the one who is to take over does not work in this store now",
        ),
        HandoverError::Sql(_) => Refused::Broken,
    }
}

/// Dealt out, or to the one who is named.
fn to(named: &str) -> To<'_> {
    if named.is_empty() { To::Closest } else { To::One(named) }
}

/// `GET /hand-over/plan`.
pub(in crate::hq::web) fn plan(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let store = visit.store()?.ok_or_else(|| odd("store"))?;
    let staff = visit.asked("staff").filter(|staff| !staff.is_empty());
    let staff = staff.ok_or_else(|| odd("staff"))?;
    let stores = visit.stores(&hq.db)?;
    let (_, name) = stores.into_iter().find(|(id, _)| *id == store).ok_or(Refused::Nothing)?;
    let all = associates(&hq.db, &store, visit.today)?;
    let one =
        all.iter().find(|one| one.staff == staff).ok_or_else(|| refused(HandoverError::Nobody))?;
    let mut body = Html::default();
    let title = visit.of("顾客交接", "Handing customers over");
    body.h1(&format!("{staff} · {name}"));
    body.raw("<p class=lead>").text(title).raw("</p>");
    beside::links(visit, beside::STAFF, "", &mut body);
    match one.left {
        Some(day) => gone(visit, &store, one, day, &mut body),
        None => {
            let named = visit.asked("to").unwrap_or_default();
            let planned = handover::plan(hq, &store, staff, to(named), visit.today);
            choice(visit, &store, one, &all, named, &mut body);
            match planned {
                Ok(plan) => preview(visit, &store, one, named, &plan, &mut body),
                Err(HandoverError::Sql(_)) => return Err(Refused::Broken),
                Err(why) => {
                    let words = refused(why).words(visit.lang);
                    body.raw("<p class=warn role=alert>").text(&words).raw("</p>");
                }
            }
        }
    }
    Ok(visit.page(title, "/staff", body))
}

/// To whom: one who works here, or dealt out.
fn choice(
    visit: &Visit,
    store: &StoreId,
    leaver: &Associate,
    all: &[Associate],
    named: &str,
    body: &mut Html,
) {
    body.raw("<form method=get class=filter action=\"/hand-over/plan\">");
    hidden(body, "store", &store.to_string());
    hidden(body, "staff", &leaver.staff);
    let dealt = visit.of("分给各人最熟的同事", "dealt out, each to her next closest");
    let mut options = vec![(String::new(), dealt.to_owned())];
    let here = all
        .iter()
        .filter(|one| one.staff != leaver.staff && one.left.is_none() && one.last_day.is_some());
    options.extend(here.map(|one| (one.staff.clone(), one.staff.clone())));
    body.choice(visit.of("交给谁", "To whom"), "to", &options, named);
    body.button(visit.of("看看会怎样", "See what would happen")).raw("</form>");
}

fn hidden(body: &mut Html, name: &'static str, value: &str) {
    body.raw("<input type=hidden name=").raw(name).raw(" value=\"").text(value).raw("\">");
}

/// What would happen, and the form that does it.
fn preview(
    visit: &Visit,
    store: &StoreId,
    leaver: &Associate,
    named: &str,
    plan: &Plan,
    body: &mut Html,
) {
    let Plan { customers, second, tasks, to } = plan;
    let words = match visit.lang {
        Lang::Zh => format!(
            "要交接 {customers} 位顾客(其中 {second} 位是第二负责)和 {tasks} 件未办任务。现在还什么都没变。"
        ),
        Lang::En => format!(
            "{customers} customers would be handed over ({second} of them as second contact), and {tasks} open tasks. Nothing has changed yet."
        ),
    };
    body.raw("<p class=lead>").text(&words).raw("</p>");
    if !to.is_empty() {
        body.raw("<div class=\"scroll slim\"><table><thead><tr><th>")
            .text(visit.of("接手人", "Who takes over"));
        body.raw("</th><th class=n>")
            .text(visit.of("顾客", "Customers"))
            .raw("</th></tr></thead><tbody>");
        for (name, count) in to {
            body.raw("<tr><td>")
                .text(name)
                .raw("</td><td class=n>")
                .count(*count)
                .raw("</td></tr>");
        }
        body.raw("</tbody></table></div>");
    }
    if !named.is_empty() && to.iter().any(|(name, _)| name != named) {
        body.raw("<p class=soft>").text(visit.of(
            "已经由接手人照应的顾客,另一份交给最熟的同事:每位会员都要有两个人认得。",
            "Whom that one looks after already goes to her next closest besides: two know each member.",
        ));
        body.raw("</p>");
    }
    body.raw("<div class=card>").form("/hand-over/do", &visit.token);
    hidden(body, "store", &store.to_string());
    hidden(body, "staff", &leaver.staff);
    hidden(body, "to", named);
    body.button(visit.of("登记离职并交接", "Note that she or he leaves, and hand over"));
    body.raw("</form><p class=soft>").text(visit.of(
        "可以撤回。会写进查看记录。",
        "It can be taken back. It is written to the audit trail.",
    ));
    body.raw("</p></div>");
}

/// One who left: since when, and the way back.
fn gone(visit: &Visit, store: &StoreId, one: &Associate, day: i32, body: &mut Html) {
    let day = day_text(day);
    let words = match visit.lang {
        Lang::Zh => format!("{day} 登记了离职,顾客已经交接。"),
        Lang::En => format!("Noted as gone on {day}; the customers were handed over."),
    };
    body.raw("<p class=lead>").text(&words).raw("</p><div class=card>");
    body.form("/hand-over/back", &visit.token);
    hidden(body, "store", &store.to_string());
    hidden(body, "staff", &one.staff);
    body.button(visit.of("撤回交接", "Take it back")).raw("</form><p class=soft>").text(visit.of(
        "登记错了,或人回来了:还在接手人名下的顾客和任务都还回去;之后又变过的不动。",
        "It was a mistake, or she or he is back: customers and tasks that are still where they were put go back; what changed since stays.",
    ));
    body.raw("</p></div>");
}

/// The store and the associate that a form names, the store one of the visitor's.
fn typed<'a>(hq: &Hq, visit: &'a Visit) -> Result<(StoreId, String, &'a str), Refused> {
    let store: StoreId = visit.typed("store")?.parse().map_err(|_| odd("store"))?;
    let stores = visit.stores(&hq.db)?;
    let (_, name) = stores.into_iter().find(|(id, _)| *id == store).ok_or(Refused::Nothing)?;
    Ok((store, name, visit.needed("staff", "请选员工", "say who")?))
}

fn note(hq: &Hq, visit: &Visit, what: &str, about: &str) -> Result<(), Refused> {
    Ok(audit::note(&hq.db, visit.now_ms, &visit.user.name, what, about, "")?)
}

/// `POST /hand-over/do`.
pub(in crate::hq::web) fn hand_over(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (store, name, staff) = typed(hq, visit)?;
    let (named, by) = (visit.typed("to")?, visit.user.name.as_str());
    let done =
        handover::leave_to(hq, &store, staff, to(named), by, visit.today).map_err(refused)?;
    let whom = if named.is_empty() { "*" } else { named };
    let about = format!("{name}: {staff} > {whom}, {} + {}", done.customers, done.tasks);
    note(hq, visit, "hand_over", &about)?;
    Ok(Redirect::to(&format!("/hand-over/plan?{}", asked(&store, staff))).into_response())
}

/// `POST /hand-over/back`.
pub(in crate::hq::web) fn back(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (store, name, staff) = typed(hq, visit)?;
    let done = handover::take_back(hq, &store, staff, visit.today).map_err(refused)?;
    let about = format!("{name}: {staff}, {} + {}", done.customers, done.tasks);
    note(hq, visit, "hand_back", &about)?;
    Ok(Redirect::to(&format!("/hand-over/plan?{}", asked(&store, staff))).into_response())
}
