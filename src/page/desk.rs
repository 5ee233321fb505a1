//! What the cashier does besides typing a number, as JSON.
//!
//! Not here: what it does to a file (`agent::desk`), the addresses (the parent module).

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sync::event::{Field, How, Name, OfferKind, Purpose};

use super::Desk;
use super::access::manager::Manager;
use super::api::{Body, digits, done, failed, till, unreadable};
use crate::agent::{Ticked, lock};

/// How long a page that waits for news waits.
const WAIT: Duration = Duration::from_secs(20);

/// Digits, as far as they are typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SoFar {
    till: Option<String>,
    digits: String,
    /// Looked for as a referrer or the like: nobody else's screen shows it.
    #[serde(default)]
    peek: bool,
}

pub(super) async fn typing(State(desk): State<Desk>, said: Body<SoFar>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    let typed = match said.peek {
        true => agent.peek_digits(&said.digits),
        false => agent.type_digits(&till, &said.digits),
    };
    match typed {
        Ok(typed) => Json(typed).into_response(),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// One of those whom the digits can mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    till: Option<String>,
    row: i64,
    surname: Option<String>,
    title: Option<String>,
    /// Since the first digit.
    took_ms: Option<u32>,
}

pub(super) async fn choose(State(desk): State<Desk>, said: Body<Chosen>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let name = name(said.surname.as_deref(), said.title.as_deref());
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    let guest = agent.serve_row(&till, said.row, name, How::Cashier);
    agent.typing_took(&till, said.took_ms.filter(|_| guest.is_ok()));
    done(guest)
}

/// A gift, or not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quiet {
    till: Option<String>,
    quiet: bool,
}

pub(super) async fn quiet(State(desk): State<Desk>, said: Body<Quiet>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    agent.set_quiet(&till, said.quiet);
    Json(serde_json::json!({})).into_response()
}

/// An answer of hers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    till: Option<String>,
    field: String,
    value: Option<String>,
}

pub(super) async fn told(State(desk): State<Desk>, said: Body<Answer>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let field = Field::from_word(&said.field);
    if matches!(field, Field::Other | Field::Person) {
        return failed(StatusCode::UNPROCESSABLE_ENTITY, "no field that may be asked");
    }
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    done(agent.told(&till, field, said.value.as_deref()))
}

/// Something that was handed to her, or was not after all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandedOut {
    till: Option<String>,
    kind: String,
    id: u64,
    #[serde(default)]
    undone: bool,
    by: Option<String>,
}

pub(super) async fn hand_out(State(desk): State<Desk>, said: Body<HandedOut>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let kind = OfferKind::from_word(&said.kind);
    if kind == OfferKind::Other {
        return failed(StatusCode::UNPROCESSABLE_ENTITY, "no kind of thing that is handed out");
    }
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    let ticked = Ticked { kind, id: said.id, undone: said.undone, by: said.by.as_deref() };
    done(agent.hand_out(&till, ticked))
}

/// What she agrees to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreed {
    till: Option<String>,
    purpose: String,
    given: bool,
}

pub(super) async fn consent(State(desk): State<Desk>, said: Body<Agreed>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let purpose = Purpose::from_word(&said.purpose);
    if purpose.word() != said.purpose {
        return failed(StatusCode::UNPROCESSABLE_ENTITY, "no purpose that can be agreed to");
    }
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    done(agent.consent(&till, purpose, said.given))
}

/// Who wants to be forgotten, as the cashier saw her.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forget {
    till: Option<String>,
    row: i64,
}

pub(super) async fn forget_me(State(desk): State<Desk>, whom: Body<Forget>) -> Response {
    let Ok(Json(whom)) = whom else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&whom.till, agent.config());
    done(agent.forget_me(&till, whom.row))
}

/// Another person of the same number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    till: Option<String>,
    surname: String,
    title: String,
}

pub(super) async fn person(State(desk): State<Desk>, said: Body<Person>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let Some(name) = name(Some(&said.surname), Some(&said.title)) else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    done(agent.add_person(&till, &name))
}

/// Who brought her.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brought {
    till: Option<String>,
    row: Option<i64>,
}

pub(super) async fn referrer(State(desk): State<Desk>, said: Body<Brought>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    done(agent.refer(&till, said.row))
}

/// A number that is hers from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNumber {
    till: Option<String>,
    #[serde(deserialize_with = "digits")]
    number: String,
}

pub(super) async fn new_number(State(desk): State<Desk>, said: Body<NewNumber>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    done(agent.new_number(&till, &said.number))
}

/// Two rows that are one person's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Two {
    kept: i64,
    absorbed: i64,
}

pub(super) async fn merge(_: Manager, State(desk): State<Desk>, said: Body<Two>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    done(lock(&desk.agent).merge(said.kept, said.absorbed))
}

/// A number that leads to another, and shall not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Apart {
    #[serde(deserialize_with = "digits")]
    number: String,
}

pub(super) async fn unmerge(_: Manager, State(desk): State<Desk>, said: Body<Apart>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    done(lock(&desk.agent).unmerge(&said.number))
}

/// A row whose number is staff's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfStaff {
    row: i64,
    is_staff: bool,
}

pub(super) async fn staff(_: Manager, State(desk): State<Desk>, said: Body<OfStaff>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    done(lock(&desk.agent).staff(said.row, said.is_staff))
}

/// The weather.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weather {
    rain: bool,
}

pub(super) async fn weather(State(desk): State<Desk>, said: Body<Weather>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    match lock(&desk.agent).set_rain(said.rain) {
        Ok(()) => Json(serde_json::json!({})).into_response(),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// What the page has seen.
#[derive(Deserialize)]
pub(super) struct Seen {
    seen: Option<u64>,
}

/// The state, at once if the page has seen none or an older one, else when it changes.
pub(super) async fn wait(State(desk): State<Desk>, Query(seen): Query<Seen>) -> Response {
    let mut news = lock(&desk.agent).watch();
    if seen.seen == Some(*news.borrow_and_update()) {
        let _ = tokio::time::timeout(WAIT, news.changed()).await; // no news is an answer too
    }
    let agent = lock(&desk.agent);
    let version = *news.borrow();
    match agent.state() {
        Ok(mut state) => {
            state.second_screen = desk.screen.is_some();
            Json(serde_json::json!({ "version": version, "state": state })).into_response()
        }
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// A name as it was typed: no control characters, none longer than a name is.
pub(super) fn name(surname: Option<&str>, title: Option<&str>) -> Option<Name> {
    const NAME_MAX: usize = 16;
    let clean = |text: Option<&str>| -> String {
        let text = text.unwrap_or_default().trim();
        text.chars().filter(|symbol| !symbol.is_control()).take(NAME_MAX).collect()
    };
    let (surname, title) = (clean(surname), clean(title));
    (!surname.is_empty()).then_some(Name { surname, title })
}
