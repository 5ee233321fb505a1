//! Questions, suggestions and wishes: each with its clock and the side that answers it (S29, S51).
//!
//! Not here: complaints (`complaints`).

use super::complaint_step::yes_no;
use super::words::{ASKING, SIDE, TAG};
use super::{ALL, STORE, complaints, customers, store_options, tasks, typed_store, words};
use crate::care_list::CustomerId;
use crate::hq::customer::{self, fact, person};
use crate::hq::desk::feedback::{self, Kind as Asking, Scope};
use crate::hq::desk::vip::VipError;
use crate::hq::desk::vip::wish::{self, Checks};
use crate::hq::figures::preference::{self, Tag};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field, moment};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::OptionalExtension as _;

pub(super) const LIST: List = List {
    name: "questions",
    zh: "问题与建议",
    en: "Questions and suggestions",
    about_zh: "没答复的在前,老的在前。区域的事归区域,公司的事归总部客服。",
    about_en: "Unanswered first, the oldest first. Regional matters are the region's, company matters headquarters'.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("question", Kind::Id("/questions/"), "编号", "Number"),
        field("opened_ms", Kind::Moment, "收到", "Came in"),
        field("kind", Kind::Word(ASKING), "是什么", "What"),
        field("store", Kind::Text, "门店", "Store"),
        field("side", Kind::Word(SIDE), "由谁答", "Whose"),
        field("answered_ms", Kind::Moment, "答复", "Answered"),
        field("misrouted", Kind::Count, "转错次数", "Misrouted"),
    ],
    params: &[STORE],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let after = visit.after::<3>()?.map(|parts| {
        let [answered, opened_ms, id] = parts.map(|part| part.parse().unwrap_or(i64::MAX));
        (answered > 0, opened_ms, id)
    });
    let within = visit.within("f.store", visit.store()?);
    let mut all = feedback::page(&hq.db, &within, after, limit + 1)?;
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|row| {
        let answered = u8::from(row.answered_ms.is_some());
        format!("{answered}.{}.{}", row.opened_ms, row.id)
    });
    let rows = all.into_iter().map(|row| {
        vec![
            Value::Text(row.id.to_string()),
            Value::Int(row.opened_ms),
            Value::Text(row.kind),
            Value::text(row.store),
            Value::Text(row.scope),
            Value::int(row.answered_ms),
            Value::Int(row.misrouted.into()),
        ]
    });
    Ok(Rows { rows: rows.collect(), next })
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    tasks::neighbours(visit, "/questions", body);
    body.raw("<details class=card><summary>")
        .text(visit.of("记一条", "Take one"))
        .raw("</summary>");
    body.form("/questions/open", &visit.token);
    body.choice(visit.of("门店", "Store"), "store", &store_options(hq, visit)?, "");
    let kinds = words::options(ASKING, visit.lang);
    body.choice(visit.of("是什么", "What"), "kind", &kinds, "");
    body.choice(visit.of("由谁答", "Whose"), "side", &complaints::sides(visit), "store");
    let label = visit.of("内容(不写姓名和号码)", "What it says, without names or numbers");
    body.field(label, "text", "required maxlength=500", "");
    body.button(visit.of("记下", "Keep")).raw("</form></details>");
    Ok(())
}

/// One of them, as its page shows it.
struct Question {
    id: i64,
    customer: Option<CustomerId>,
    kind: String,
    scope: String,
    opened_ms: i64,
    answered_ms: Option<i64>,
    text: Option<Vec<u8>>,
}

/// The one of the path, if it is of a store of hers.
fn find(hq: &Hq, visit: &Visit) -> Result<Question, Refused> {
    let sql = format!(
        "SELECT f.id, f.customer, f.kind, f.scope, f.opened_ms, f.answered_ms, f.text
         FROM feedback f WHERE f.id = ?1 AND {}",
        visit.within("f.store", None)
    );
    let found = hq.db.query_row(&sql, [visit.number("question")?], |row| {
        let (id, customer, kind) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (scope, opened_ms, answered_ms) = (row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(Question { id, customer, kind, scope, opened_ms, answered_ms, text: row.get(6)? })
    });
    found.optional()?.ok_or(Refused::Nothing)
}

/// `GET /questions/{question}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let question = find(hq, visit)?;
    let mut body = Html::default();
    body.h1(words::of(ASKING, &question.kind, visit.lang));
    let text = match (question.customer, &question.text) {
        (Some(customer), Some(sealed)) => fact::open(&hq.db, &hq.keys, &customer, sealed)?,
        (None, Some(plain)) => String::from_utf8(plain.clone()).ok(),
        (_, None) => None,
    };
    let nothing = visit.of("没有文字。", "There are no words.");
    body.raw("<blockquote class=card><p>").text(text.as_deref().unwrap_or(nothing));
    body.raw("</p></blockquote><dl>");
    body.tag("dt", visit.of("收到", "Came in")).tag("dd", &moment(question.opened_ms));
    body.tag("dt", visit.of("由谁答", "Whose"));
    body.tag("dd", words::of(SIDE, &question.scope, visit.lang));
    if let Some(at) = question.answered_ms {
        body.tag("dt", visit.of("答复", "Answered")).tag("dd", &moment(at));
    }
    body.raw("</dl>");
    if let Some(customer) = question.customer {
        let root = person::root(&hq.db, &customer)?;
        let file = customer::file(&hq.db, &hq.keys, &root)?;
        let name = customers::name(&file).unwrap_or_default();
        let who = format!("{name} {}", Masking::Masked.show(&file));
        body.raw("<p>").link(&format!("/customers/{root}"), who.trim()).raw("</p>");
    }
    if question.answered_ms.is_none() && question.kind == Asking::Wish.word() {
        wish_form(visit, &question, &mut body);
    } else if question.answered_ms.is_none() {
        deeds(visit, &question, &mut body);
    }
    tag_form(hq, visit, &question, &mut body)?;
    Ok(visit.page(visit.of("问题", "Question"), "/tasks", body))
}

fn deeds(visit: &Visit, question: &Question, body: &mut Html) {
    let path = format!("/questions/{}/answer", question.id);
    body.raw("<div class=card>").form(&path, &visit.token);
    body.button(visit.of("已经答复她了", "She was answered")).raw("</form></div>");
    route_form(visit, question, body);
}

fn route_form(visit: &Visit, question: &Question, body: &mut Html) {
    let path = format!("/questions/{}/route", question.id);
    body.raw("<div class=card>").form(&path, &visit.token);
    let label = visit.of("转给能答的一方", "Send it on to the side that can answer");
    body.choice(label, "side", &complaints::sides(visit), &question.scope);
    body.button(visit.of("转", "Send on")).raw("</form></div>");
}

/// The three checks of a wish (S65): it is done with three times yes, and refused with a reason.
const CHECKS: [(&str, &str, &str); 4] = [
    ("suits", "合品牌吗?", "Does it suit the brand?"),
    ("feasible", "做得到吗?", "Can it be done?"),
    ("no_conflict", "不妨碍别人吧?", "Does it stand in nobody's way?"),
    ("does", "就这么办?", "Is it done?"),
];

fn wish_form(visit: &Visit, question: &Question, body: &mut Html) {
    let path = format!("/questions/{}/decide", question.id);
    body.raw("<div class=card>").form(&path, &visit.token);
    for (name, zh, en) in CHECKS {
        yes_no(visit, body, (zh, en), name, ("是", "yes"), ("不", "no"));
    }
    let label = visit.of("为什么(要告诉她的话)", "Why, or why not: what she is told");
    body.field(label, "why", "required maxlength=200", "");
    body.button(visit.of("定下来", "Decide")).raw("</form></div>");
    route_form(visit, question, body);
}

/// `POST /questions/{question}/decide`.
pub(in crate::hq::web) fn decide(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let question = find(hq, visit)?;
    let is = |name: &str| match visit.typed(name)? {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Refused::odd("每一项都要选", "answer each of the checks")),
    };
    let (suits, feasible, no_conflict) = (is("suits")?, is("feasible")?, is("no_conflict")?);
    let (does, why) = (is("does")?, visit.needed("why", "请写为什么", "say why")?);
    let (checks, by) = (Checks { suits, feasible, no_conflict }, &visit.user.name);
    let decided = wish::decide(&hq.db, question.id, checks, does, why, by, visit.now_ms);
    decided.map_err(|error| match error {
        VipError::Sql(_) => Refused::Broken,
        VipError::Checks => Refused::odd(
            "三项都是“是”才能办",
            "a wish is done only if it suits the brand, can be done and stands in nobody's way",
        ),
        _ => Refused::odd("已经答复过了", "it was answered already"),
    })?;
    note(hq, visit, &format!("{} decide", question.id))?;
    Ok(Redirect::to(&format!("/questions/{}", question.id)).into_response())
}

/// What it is about: value, system or people (S78).
fn tag_form(hq: &Hq, visit: &Visit, question: &Question, body: &mut Html) -> Result<(), Refused> {
    let sql = "SELECT tag FROM feedback_tag WHERE feedback = ?1";
    let tag: Option<String> =
        hq.db.prepare_cached(sql)?.query_row([question.id], |row| row.get(0)).optional()?;
    body.raw("<div class=card>").form(&format!("/questions/{}/tag", question.id), &visit.token);
    let options = words::options(TAG, visit.lang);
    let label = visit.of("说的是什么", "What it is about");
    body.choice(label, "tag", &options, tag.as_deref().unwrap_or_default());
    body.button(visit.of("记下", "Keep")).raw("</form></div>");
    Ok(())
}

/// `POST /questions/{question}/tag`.
pub(in crate::hq::web) fn tag(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (question, word) = (find(hq, visit)?, visit.typed("tag")?);
    let tag = Tag::ALL.into_iter().find(|tag| tag.word() == word).ok_or_else(|| odd("tag"))?;
    preference::tag(&hq.db, question.id, tag)?;
    note(hq, visit, &format!("{} {word}", question.id))?;
    Ok(Redirect::to(&format!("/questions/{}", question.id)).into_response())
}

fn side(visit: &Visit) -> Result<Scope, Refused> {
    let word = visit.typed("side")?;
    let all = [Scope::Store, Scope::Region, Scope::Company];
    all.into_iter().find(|side| side.word() == word).ok_or_else(|| odd("side"))
}

fn note(hq: &Hq, visit: &Visit, about: &str) -> Result<(), Refused> {
    Ok(audit::note(&hq.db, visit.now_ms, &visit.user.name, "question", about, "")?)
}

/// `POST /questions/open`.
pub(in crate::hq::web) fn open(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let store = typed_store(hq, visit)?;
    let word = visit.typed("kind")?;
    let all = [Asking::Question, Asking::Suggestion, Asking::Wish];
    let kind = all.into_iter().find(|kind| kind.word() == word).ok_or_else(|| odd("kind"))?;
    let text = visit.needed("text", "请写内容", "say what it is")?;
    let scope = side(visit)?;
    let asked = feedback::Asked { customer: None, store: Some(store), task: None, kind, scope };
    let id = feedback::open(&hq.db, &hq.keys, &asked, Some(text), visit.now_ms)?;
    note(hq, visit, &format!("{id} open"))?;
    Ok(Redirect::to(&format!("/questions/{id}")).into_response())
}

/// `POST /questions/{question}/answer`.
pub(in crate::hq::web) fn answer(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let question = find(hq, visit)?;
    if question.kind == Asking::Wish.word() {
        return Err(Refused::odd("愿望要先过三项检查", "a wish is decided by its three checks"));
    }
    if !feedback::answer(&hq.db, question.id, visit.now_ms)? {
        return Err(Refused::odd("已经答复过了", "it was answered already"));
    }
    note(hq, visit, &format!("{} answer", question.id))?;
    Ok(Redirect::to("/questions").into_response())
}

/// `POST /questions/{question}/route`.
pub(in crate::hq::web) fn route(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let question = find(hq, visit)?;
    let side = side(visit)?;
    if !feedback::route(&hq.db, question.id, side)? {
        return Err(Refused::odd("已经答复过了", "it was answered already"));
    }
    note(hq, visit, &format!("{} {}", question.id, side.word()))?;
    Ok(Redirect::to(&format!("/questions/{}", question.id)).into_response())
}
