//! One complaint: its nine steps in order, what each needs, who leads it, and by when.
//!
//! # Invariants
//!
//! - A case of another store is as unknown as one that does not exist.
//! - Only the next step has a form; what was said at the others stands there to be read.
//!
//! Not here: what a step needs (`hq::desk::complaint`), each step's fields (`complaint_step`).

use super::{complaint_step, complaints, customers, typed_store, words};
use crate::care_list::CustomerId;
use crate::hq::customer::{self, id_of, person};
use crate::hq::desk::complaint::case::{self, CaseError};
use crate::hq::desk::complaint::file::{self, CaseFile, Told};
use crate::hq::desk::complaint::{Stand, Step, StepError};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::rules::Rules;
use crate::hq::listing::Masking;
use crate::hq::user::Scope as Stores;
use crate::hq::web::html::Html;
use crate::hq::web::list::moment;
use crate::hq::web::visit::{Refused, Visit, day_text, odd};
use crate::hq::{Hq, audit};
use crate::phone::Phone;
use axum::response::{IntoResponse as _, Redirect, Response};

/// A step's word, for lists.
pub(super) fn word(step: Step) -> String {
    step.word().to_owned()
}

/// The longest style number, in characters; the field says the same.
const STYLE_MAX: usize = 40;
pub(super) const STYLE: &str = "autocomplete=off maxlength=40";

/// The case of the path, if it is one of hers.
fn find(hq: &Hq, visit: &Visit) -> Result<(i64, CaseFile), Refused> {
    let id = visit.number("case")?;
    let case = file::read(hq, id).map_err(|error| refused(&error))?;
    let is_hers = match case.store {
        Some(store) => visit.scope.has(&store),
        None => visit.scope == Stores::All,
    };
    if is_hers { Ok((id, case)) } else { Err(Refused::Nothing) }
}

/// Why a case cannot be led on so, for whom tried.
fn refused(error: &CaseError) -> Refused {
    match error {
        CaseError::NoCase(_) => Refused::Nothing,
        CaseError::NoReason => Refused::odd("请写理由", "say why, or why not"),
        CaseError::Step(StepError::Needs { step, .. }) => complaint_step::needs(*step),
        CaseError::Step(StepError::Closed) => {
            Refused::odd("这件投诉已经结案", "this case is closed")
        }
        CaseError::Step(_) => {
            Refused::odd("九步要按顺序来,先做下一步", "the steps go in order: the next one first")
        }
        _ => Refused::Broken,
    }
}

/// `GET /complaints/{case}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, case) = find(hq, visit)?;
    let mut body = Html::default();
    body.h1(&format!("{} {id}", visit.of("投诉", "Complaint")));
    body.raw("<div class=two><section>");
    about(hq, visit, &case, &mut body)?;
    lead(hq, visit, id, &case, &mut body)?;
    requests(visit, id, &case, &mut body);
    body.raw("</section><section>");
    steps(visit, id, &case, &mut body);
    body.raw("</section></div>");
    Ok(visit.page(visit.of("投诉", "Complaint"), "/complaints", body))
}

/// Whose, where, since when, until when.
fn about(hq: &Hq, visit: &Visit, case: &CaseFile, body: &mut Html) -> Result<(), Refused> {
    let standards = Rules::of(&hq.db).unwrap_or_else(|_| Rules::shipped()).standards;
    let state = if case.stand.closed { "closed" } else { "open" };
    let store = match case.store {
        Some(store) => {
            let sql = "SELECT name FROM store WHERE id = ?1";
            hq.db.query_row(sql, [store], |row| row.get(0))?
        }
        None => String::new(),
    };
    body.raw("<dl>");
    let pair = |body: &mut Html, name: &str, value: &str, late: bool| {
        body.tag("dt", name).raw(if late { "<dd class=warn>" } else { "<dd>" });
        body.text(if value.is_empty() { "–" } else { value }).raw("</dd>");
    };
    pair(body, visit.of("状态", "State"), words::of(words::CASE_STATE, state, visit.lang), false);
    pair(body, visit.of("门店", "Store"), &store, false);
    pair(body, visit.of("由谁办", "Whose"), words::of(words::SIDE, &case.scope, visit.lang), false);
    pair(body, visit.of("开始", "Opened"), &moment(case.opened_ms), false);
    let mut due = |name: &str, at: Option<i64>| {
        let Some(at) = at else { return };
        let late = at < visit.now_ms;
        let over = if late { visit.of(" 已超时", " is over") } else { "" };
        pair(body, name, &format!("{}{over}", moment(at)), late);
    };
    due(visit.of("首次答复期限", "First answer until"), case.reply_due_ms(&standards));
    due(visit.of("结案期限", "To be settled until"), case.close_due_ms(&standards));
    if let Some(at) = case.closed_ms {
        pair(body, visit.of("结案", "Closed"), &moment(at), false);
    }
    if let Some(style) = &case.style {
        pair(body, visit.of("款号", "Style"), style, false);
    }
    if let Some(satisfied) = case.satisfied {
        let said = if satisfied { visit.of("满意", "yes") } else { visit.of("不满意", "no") };
        pair(body, visit.of("她满意吗", "Is she content"), said, !satisfied);
    }
    if case.stand.reopened {
        let said = visit.of("已用", "was given");
        pair(body, visit.of("第二次机会", "Second chance"), said, false);
    }
    if case.misrouted > 0 {
        pair(body, visit.of("转错", "Misrouted"), &case.misrouted.to_string(), false);
    }
    body.raw("</dl>");
    if let Some(customer) = case.customer {
        let root = person::root(&hq.db, &customer)?;
        let file = customer::file(&hq.db, &hq.keys, &root)?;
        let name = customers::name(&file).unwrap_or_default();
        let who = format!("{name} {}", Masking::Masked.show(&file));
        body.raw("<p>").link(&format!("/customers/{root}"), who.trim()).raw("</p>");
    }
    Ok(())
}

/// Who leads it, and closing it.
fn lead(hq: &Hq, visit: &Visit, id: i64, case: &CaseFile, body: &mut Html) -> Result<(), Refused> {
    if case.stand.closed {
        return Ok(());
    }
    body.raw("<div class=card>").form(&format!("/complaints/{id}/route"), &visit.token);
    let label = visit.of("转给能解决的一方", "Send it on to the side that can solve it");
    body.choice(label, "side", &complaints::sides(visit), &case.scope);
    body.button(visit.of("转", "Send on")).raw("</form>");
    body.form(&format!("/complaints/{id}/style"), &visit.token);
    let label = visit.of("说的是哪一款(款号,给采购看)", "Which style it is about, for the buyers");
    body.field(label, "style", STYLE, case.style.as_deref().unwrap_or_default());
    body.button(visit.of("记下", "Keep")).raw("</form></div>");
    if case.stand.close().is_ok() {
        body.raw("<div class=card>").form(&format!("/complaints/{id}/close"), &visit.token);
        let after = match case::is_asked_afterwards(hq, case.customer.as_ref())? {
            true => visit.of(
                "结案后 7 天会安排一次回访;她还不满意,可以再来一次。",
                "Seven days after closing she is called; if she is not content, there is a second chance.",
            ),
            false => visit.of(
                "结案后不会安排回访:她不要联系,或者没有她的号码。",
                "She is not called after closing: she wants no calls, or there is no number of hers.",
            ),
        };
        body.raw("<p>").text(after).raw("</p>");
        body.button(visit.of("结案", "Close the case")).raw("</form></div>");
    }
    Ok(())
}

/// What she asks for, granted or not, with the reason (S94).
fn requests(visit: &Visit, id: i64, case: &CaseFile, body: &mut Html) {
    body.tag("h2", visit.of("她的要求", "What she asks for")).raw("<ul class=plain>");
    for request in &case.requests {
        let granted = if request.granted {
            visit.of("答应", "granted")
        } else {
            visit.of("没答应", "refused")
        };
        body.raw("<li><b>").text(granted).raw("</b> ");
        body.text(request.what.as_deref().unwrap_or("–")).raw("<br><span class=soft>");
        body.text(request.reason.as_deref().unwrap_or_default()).raw(" · ");
        body.text(&request.approver).raw("</span></li>");
    }
    body.raw("</ul>");
    if case.stand.closed {
        return;
    }
    body.raw("<details class=card><summary>").text(visit.of("记一个要求", "Note a request"));
    body.raw("</summary>").form(&format!("/complaints/{id}/request"), &visit.token);
    body.field(visit.of("要求什么", "What she wants"), "what", "required maxlength=300", "");
    let granted = [
        ("yes".to_owned(), visit.of("答应", "granted").to_owned()),
        ("no".to_owned(), visit.of("不答应", "refused").to_owned()),
    ];
    body.choice(visit.of("答应吗", "Granted"), "granted", &granted, "yes");
    body.field(visit.of("理由", "Why, or why not"), "reason", "required maxlength=300", "");
    body.button(visit.of("记下", "Keep")).raw("</form></details>");
}

/// The nine steps: done, next with its form, and those to come.
fn steps(visit: &Visit, id: i64, case: &CaseFile, body: &mut Html) {
    body.tag("h2", visit.of("九步", "The nine steps")).raw("<ol class=steps>");
    let next = case.stand.next();
    for step in Step::ALL {
        let done = case.stand.last.is_some_and(|last| step <= last);
        body.raw(match (done, next == Some(step)) {
            (true, _) => "<li class=done>",
            (false, true) => "<li class=next>",
            (false, false) => "<li>",
        });
        body.raw("<b>").text(words::of(words::STEP, step.word(), visit.lang)).raw("</b>");
        for told in case.steps.iter().filter(|told| told.step == Some(step)) {
            told_at(visit, told, body);
        }
        if next == Some(step) && may_be_taken(&case.stand, step) {
            complaint_step::form(visit, id, step, body);
        }
        body.raw("</li>");
    }
    body.raw("</ol>");
}

/// The call afterwards comes when the case is closed, the others before.
const fn may_be_taken(stand: &Stand, step: Step) -> bool {
    matches!(step, Step::Feedback) == stand.closed
}

fn told_at(visit: &Visit, told: &Told, body: &mut Html) {
    body.raw(" <span class=soft>").text(&moment(told.at_ms)).raw(" · ").text(&told.by);
    body.raw("</span>");
    let mut said = |text: &str| {
        for line in text.lines().filter(|line| !line.is_empty()) {
            body.raw("<p>").text(line).raw("</p>");
        }
    };
    said(told.text.as_deref().unwrap_or_default());
    said(told.reason.as_deref().map(|of| complaint_step::cause(visit, of)).unwrap_or_default());
    if let Some(verified) = told.verified {
        said(match verified {
            true => visit.of("已核实", "checked: it is so"),
            false => visit.of("核实不符", "checked: it is not so"),
        });
    }
    if let (Some(owner), Some(day)) = (&told.owner, told.by_day) {
        said(&format!("{owner} · {} {}", visit.of("期限", "until"), day_text(day)));
    }
}

/// `POST /complaints/open`.
pub(in crate::hq::web) fn open(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let store = typed_store(hq, visit)?;
    let customer = hers(hq, visit)?;
    let side = side(visit)?;
    let id = case::open(hq, customer, Some(store), side, visit.now_ms);
    let id = id.map_err(|error| refused(&error))?;
    let about = case::about(&hq.db, id, said_style(visit)?);
    about.map_err(|error| refused(&error))?;
    note(hq, visit, id, "open")?;
    Ok(Redirect::to(&format!("/complaints/{id}")).into_response())
}

/// `POST /complaints/{case}/style`.
pub(in crate::hq::web) fn style(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, _) = find(hq, visit)?;
    case::about(&hq.db, id, said_style(visit)?).map_err(|error| refused(&error))?;
    note(hq, visit, id, "style")?;
    Ok(back(id))
}

fn said_style(visit: &Visit) -> Result<&str, Refused> {
    let style = visit.typed("style")?;
    if style.chars().count() > STYLE_MAX { Err(odd("style")) } else { Ok(style) }
}

/// Whose it is: by pseudonym from her file, or by the number that was typed.
pub(super) fn hers(hq: &Hq, visit: &Visit) -> Result<Option<CustomerId>, Refused> {
    let id = match (visit.typed("customer")?, visit.typed("what")?) {
        ("", "") => return Ok(None),
        ("", typed) => {
            let phone = Phone::parse(typed);
            id_of(&hq.keys, &phone.map_err(|_| Refused::odd("号码不对", "that is no number"))?)
        }
        (id, _) => id.parse().map_err(|_| odd("customer"))?,
    };
    let exists = "SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1 AND identity IS NOT NULL)";
    let known: bool = hq.db.query_row(exists, [id], |row| row.get(0))?;
    if !known || !visit.knows(&hq.db, &person::root(&hq.db, &id)?)? {
        let zh = "档案里没有这个号码:先空着,以后再补";
        return Err(Refused::odd(zh, "no file has this number: leave it empty for now"));
    }
    Ok(Some(person::root(&hq.db, &id)?))
}

fn side(visit: &Visit) -> Result<Scope, Refused> {
    let word = visit.typed("side")?;
    [Scope::Store, Scope::Region, Scope::Company]
        .into_iter()
        .find(|side| side.word() == word)
        .ok_or_else(|| odd("side"))
}

fn note(hq: &Hq, visit: &Visit, id: i64, what: &str) -> Result<(), Refused> {
    let about = format!("{id} {what}");
    Ok(audit::note(&hq.db, visit.now_ms, &visit.user.name, "case", &about, "")?)
}

fn back(id: i64) -> Response {
    Redirect::to(&format!("/complaints/{id}")).into_response()
}

/// `POST /complaints/{case}/step`.
pub(in crate::hq::web) fn step(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, _) = find(hq, visit)?;
    let step = Step::from_word(visit.typed("step")?).ok_or_else(|| odd("step"))?;
    let said = complaint_step::said(visit)?;
    case::step(hq, id, step, &said, visit.now_ms).map_err(|error| refused(&error))?;
    note(hq, visit, id, step.word())?;
    Ok(back(id))
}

/// `POST /complaints/{case}/route`.
pub(in crate::hq::web) fn route(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, case) = find(hq, visit)?;
    if case.stand.closed {
        return Err(refused(&CaseError::Step(StepError::Closed)));
    }
    let side = side(visit)?;
    case::route(hq, id, side, visit.now_ms).map_err(|error| refused(&error))?;
    note(hq, visit, id, side.word())?;
    Ok(back(id))
}

/// `POST /complaints/{case}/close`.
pub(in crate::hq::web) fn close(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, _) = find(hq, visit)?;
    case::close(hq, id, visit.now_ms).map_err(|error| refused(&error))?;
    note(hq, visit, id, "close")?;
    Ok(back(id))
}

/// `POST /complaints/{case}/request`.
pub(in crate::hq::web) fn request(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (id, _) = find(hq, visit)?;
    let what = visit.needed("what", "请写她要求什么", "say what she wants")?;
    let granted = visit.typed("granted")? == "yes";
    let asked = case::request(hq, id, what, granted, visit.typed("reason")?, &visit.user.name);
    asked.map_err(|error| refused(&error))?;
    note(hq, visit, id, "request")?;
    Ok(back(id))
}
