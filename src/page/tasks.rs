//! The manager's morning list, as JSON; nothing of it without the manager's PIN.
//!
//! ```text
//! GET  /api/tasks               what is to be done today
//! POST /api/tasks/ID/outcome    {"outcome","answers","style","next","reason","note","by"}
//! POST /api/tasks/ID/number     {"who"}   the number in clear, for 60 seconds; who looked is written down
//! POST /api/tasks/print         {"till"}  the list on the receipt printer, without numbers
//! ```
//!
//! # Invariants
//!
//! - The one answer here that holds a number in clear is that of `number`; it is not kept by a browser.
//!
//! Not here: what is allowed (`agent::tasks`).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde_json::json;

use super::Desk;
use super::access::manager::Manager;
use super::api::{AtTill, Body, failed, till, unreadable};
use crate::agent::{Said, TaskError, lock};

/// Pixels of a side of the code that a phone calls from.
const QR_SIDE: u32 = 220;

pub(super) async fn list(_: Manager, State(desk): State<Desk>) -> Response {
    match lock(&desk.agent).morning() {
        Ok(morning) => Json(morning).into_response(),
        Err(error) => refused(&error),
    }
}

pub(super) async fn outcome(
    _: Manager,
    State(desk): State<Desk>,
    Path(id): Path<u64>,
    said: Body<Said>,
) -> Response {
    let Ok(Json(said)) = said else { return unreadable() };
    match lock(&desk.agent).task_done(id, &said) {
        Ok(()) => Json(json!({})).into_response(),
        Err(error) => refused(&error),
    }
}

/// Who looks: whom the task is for, or the manager.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looks {
    who: String,
}

pub(super) async fn number(
    _: Manager,
    State(desk): State<Desk>,
    Path(id): Path<u64>,
    looks: Body<Looks>,
) -> Response {
    let Ok(Json(looks)) = looks else { return unreadable() };
    let shown = match lock(&desk.agent).task_number(id, &looks.who) {
        Ok(shown) => shown,
        Err(error) => return refused(&error),
    };
    let code = QrCode::new(format!("tel:{}", shown.number.as_str()));
    let code =
        code.map(|code| code.render::<svg::Color<'_>>().min_dimensions(QR_SIDE, QR_SIDE).build());
    let body = json!({ "number": *shown.number, "qr": code.ok(), "left_s": shown.left_s });
    Json(body).into_response()
}

pub(super) async fn print(_: Manager, State(desk): State<Desk>, at: Body<AtTill>) -> Response {
    let Ok(Json(at)) = at else { return unreadable() };
    let mut agent = lock(&desk.agent);
    let till = till(&at.till, agent.config());
    match agent.print_tasks(&till) {
        Ok(true) => Json(json!({})).into_response(),
        Ok(false) => {
            failed(StatusCode::SERVICE_UNAVAILABLE, "the printer cannot take the list now")
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &TaskError) -> Response {
    let status = match error {
        TaskError::NoTask | TaskError::NoNumber => StatusCode::NOT_FOUND,
        TaskError::NoReason | TaskError::NoTime | TaskError::NoOutcome => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        TaskError::QuietHours | TaskError::NotTheirs => StatusCode::FORBIDDEN,
        TaskError::OtherOpen { .. } => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(json!({ "error": error.to_string(), "code": error.code() }))).into_response()
}
