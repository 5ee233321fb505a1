//! The JSON API: what the page does, and what a till that can call out may do.
//!
//! Not here: the routes' addresses (the parent module).

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use sync::event::{How, Name};
use tokio::sync::oneshot;

use super::Desk;
use crate::agent::{AttributeError, Guest, ReviewError, Serving, lock};
use crate::sale::Part;

/// A number that the cashier or a till gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// Which till; the first if there is only one.
    till: Option<String>,
    #[serde(deserialize_with = "digits")]
    number: String,
    surname: Option<String>,
    title: Option<String>,
    /// For a link afterwards.
    receipt_no: Option<String>,
    /// Since the first digit, on the cashier's page.
    took_ms: Option<u32>,
}

/// One of those whom the till's masked number can mean, by place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    maybe: usize,
    /// Who stood there when the cashier chose, as the page shows her.
    phone: String,
    name: Option<String>,
}

pub(super) async fn link_maybe(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    meant: Body<Meant>,
) -> Response {
    let Ok(Json(meant)) = meant else { return unreadable() };
    let shown = (meant.phone.as_str(), meant.name.as_deref());
    done(lock(&desk.agent).link_maybe(id, meant.maybe, shown))
}

/// A number as text, or as the JSON number that a till may send.
pub(super) fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Text(String),
        Bare(u64),
    }
    Ok(match Number::deserialize(deserializer)? {
        Number::Text(text) => text,
        Number::Bare(number) => number.to_string(),
    })
}

/// A body that was read, or the answer to one that cannot be. The reason is not told: it would
/// repeat what was sent, and that may be a customer's number.
pub(super) type Body<T> = Result<Json<T>, JsonRejection>;

/// What a cashier says instead of a number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    till: Option<String>,
    serving: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Nobody,
    Refused,
    Silent,
}

impl Given {
    fn name(&self) -> Option<Name> {
        super::desk::name(self.surname.as_deref(), self.title.as_deref())
    }
}

pub(super) async fn state(State(desk): State<Desk>) -> Response {
    let state = lock(&desk.agent).state();
    match state {
        Ok(state) => Json(state).into_response(),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) async fn number(State(desk): State<Desk>, given: Body<Given>) -> Response {
    let Ok(Json(given)) = given else { return unreadable() };
    let name = given.name();
    let mut agent = lock(&desk.agent);
    let till = till(&given.till, agent.config());
    let guest = agent.serve(&till, &given.number, name, How::Cashier);
    agent.typing_took(&till, given.took_ms.filter(|_| guest.is_ok()));
    done(guest)
}

pub(super) async fn serving(State(desk): State<Desk>, said: Body<Said>) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&said.till, agent.config());
    match said.serving {
        Word::Nobody => agent.set_serving(&till, Serving::Nobody),
        Word::Refused => agent.set_serving(&till, Serving::Refused),
        Word::Silent => agent.set_quiet(&till, true),
    }
    Json(json!({})).into_response()
}

pub(super) async fn link_paper(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    given: Body<Given>,
) -> Response {
    let Ok(Json(given)) = given else { return unreadable() };
    let name = given.name();
    done(lock(&desk.agent).link_paper(id, &given.number, name))
}

pub(super) async fn unlink_paper(State(desk): State<Desk>, Path(id): Path<i64>) -> Response {
    let undone = lock(&desk.agent).unlink_paper(id);
    done(undone.map(|()| Guest::default()))
}

pub(super) async fn link_receipt(State(desk): State<Desk>, given: Body<Given>) -> Response {
    let Ok(Json(given)) = given else { return unreadable() };
    let name = given.name();
    let receipt_no = given.receipt_no.as_deref().unwrap_or_default();
    done(lock(&desk.agent).link_receipt(receipt_no, &given.number, name))
}

/// What a person says of a row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reviewed {
    row: usize,
    part: Part,
}

pub(super) async fn explain(State(desk): State<Desk>, Path(id): Path<i64>) -> Response {
    match lock(&desk.agent).explain(id) {
        Ok(explained) => Json(explained).into_response(),
        Err(error) => refused(&error),
    }
}

pub(super) async fn review(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    said: Body<Reviewed>,
) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    match lock(&desk.agent).review(id, said.row, said.part) {
        Ok(total) => {
            let total = total.map(|total| total.with_decimals(2).to_string());
            Json(json!({ "total": total })).into_response()
        }
        Err(error) => refused(&error),
    }
}

pub(super) async fn picture(State(desk): State<Desk>, Path(id): Path<i64>) -> Response {
    match lock(&desk.agent).picture(id) {
        Ok(file) => {
            ([("content-type", "image/png"), ("cache-control", "no-store")], file).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// The amount of a picture receipt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    amount: String,
}

pub(super) async fn amount(
    State(desk): State<Desk>,
    Path(id): Path<i64>,
    said: Body<Amount>,
) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    match lock(&desk.agent).type_amount(id, &said.amount) {
        Ok(total) => Json(json!({ "total": total.with_decimals(2).to_string() })).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &ReviewError) -> Response {
    let status = match error {
        ReviewError::NoPaper => StatusCode::NOT_FOUND,
        ReviewError::NoRow(_) | ReviewError::NoAmount | ReviewError::Teach(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    failed(status, &error.to_string())
}

/// Which till is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AtTill {
    pub(super) till: Option<String>,
}

pub(super) async fn print_test(State(desk): State<Desk>, at: Body<AtTill>) -> Response {
    let Ok(Json(at)) = at else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&at.till, agent.config());
    match agent.print_test(&till) {
        true => Json(json!({})).into_response(),
        false => failed(StatusCode::SERVICE_UNAVAILABLE, "no bridge answers"),
    }
}

pub(super) async fn sync(State(desk): State<Desk>) -> Response {
    let (reply, answer) = oneshot::channel();
    let unavailable = "sync is not running";
    if desk.sync.send(reply).await.is_err() {
        return failed(StatusCode::SERVICE_UNAVAILABLE, unavailable);
    }
    match answer.await {
        Ok(Ok(round)) => Json(json!({ "sent": round.sent, "pages": round.pages })).into_response(),
        Ok(Err(reason)) => failed(StatusCode::BAD_GATEWAY, &reason),
        Err(_) => failed(StatusCode::SERVICE_UNAVAILABLE, unavailable),
    }
}

/// The till that is meant: the named one, else the first.
pub(super) fn till(named: &Option<String>, config: &crate::config::Config) -> String {
    let first = || config.bridges.first().map(|bridge| bridge.name.clone()).unwrap_or_default();
    named
        .clone()
        .filter(|name| config.bridges.iter().any(|bridge| bridge.name == *name))
        .unwrap_or_else(first)
}

pub(super) fn done(result: Result<Guest, AttributeError>) -> Response {
    let error = match result {
        Ok(guest) => return Json(guest).into_response(),
        Err(error) => error,
    };
    let status = match error {
        AttributeError::NoSale | AttributeError::Nobody => StatusCode::NOT_FOUND,
        AttributeError::Phone(_)
        | AttributeError::Mistyped { .. }
        | AttributeError::NoReceipt
        | AttributeError::NoAnswer => StatusCode::UNPROCESSABLE_ENTITY,
        AttributeError::Herself | AttributeError::CameAlready | AttributeError::NotOffered => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let said = json!({ "error": error.to_string(), "code": error.code() });
    (status, Json(said)).into_response()
}

pub(super) fn unreadable() -> Response {
    failed(StatusCode::UNPROCESSABLE_ENTITY, "this is not the JSON that is expected here")
}

pub(super) fn failed(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}
