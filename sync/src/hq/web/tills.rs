//! The tills' routes: bytes in, signed bytes out.
//!
//! Not here: the rules (`enrol`, `ledger`, `care`, `release`).

use super::{Desk, broken};
use crate::event::{Epoch, Seq, TerminalId};
use crate::hq::care::{self, Care};
use crate::hq::enrol::{self, EnrolRefused};
use crate::hq::ledger::{self, Range, Taken};
use crate::hq::release::{self, Released};
use crate::hq::{clock, open};
use crate::message::{Refusal, RefusalReason};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::PoisonError;

const COSE: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/cose")];

pub(super) async fn keys(State(desk): State<Desk>) -> Response {
    let signed = desk.with(|hq| hq.keys.public().sign(&hq.keys.signing)).await;
    signed.map_or_else(broken, |body| (COSE, body).into_response())
}

pub(super) async fn enrol(State(desk): State<Desk>, body: Bytes) -> Response {
    let wait_s =
        desk.bad_codes.lock().unwrap_or_else(PoisonError::into_inner).wait_s(clock::now_ms());
    if let Some(seconds) = wait_s {
        let retry = [(header::RETRY_AFTER, seconds.to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, retry, "too many wrong codes\n").into_response();
    }
    let reply = desk.with(move |hq| enrol::enrol(hq, clock::now_ms(), &body)).await;
    match reply {
        Some(Ok(body)) => (COSE, body).into_response(),
        Some(Err(EnrolRefused::Sql(_))) | None => broken(),
        Some(Err(refused)) => {
            desk.bad_codes.lock().unwrap_or_else(PoisonError::into_inner).failed();
            (StatusCode::FORBIDDEN, format!("{refused}\n")).into_response()
        }
    }
}

pub(super) async fn upload(
    State(desk): State<Desk>,
    Path((terminal, epoch, range)): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let Some(range) = parse_range(&terminal, &epoch, &range) else {
        return (StatusCode::NOT_FOUND, "no such range\n").into_response();
    };
    let answer = desk
        .with(move |hq| {
            let taken = ledger::take(&mut hq.db, clock::now_ms(), &range, &body)?;
            Ok::<_, rusqlite::Error>(match taken {
                Taken::Receipt(receipt) => (StatusCode::OK, receipt.sign(&hq.keys.signing)),
                Taken::Refusal(refusal) => (status(&refusal), refusal.sign(&hq.keys.signing)),
            })
        })
        .await;
    desk.arrived.notify_one();
    match answer {
        Some(Ok((status, body))) => (status, COSE, body).into_response(),
        Some(Err(_)) | None => broken(),
    }
}

pub(super) async fn care_list(
    State(desk): State<Desk>,
    Path(terminal): Path<String>,
    body: Bytes,
) -> Response {
    let Ok(terminal) = terminal.parse::<TerminalId>() else {
        return (StatusCode::NOT_FOUND, "no such till\n").into_response();
    };
    let answer = desk
        .with(move |hq| {
            // What this till has just sent counts already: its next receipt prints the new tier.
            open::open(hq)?;
            care::answer(hq, clock::now_ms(), clock::today(), &terminal, &body).map(|care| {
                match care {
                    Care::Page(body) => (StatusCode::OK, body),
                    Care::Refusal(refusal) => (status(&refusal), refusal.sign(&hq.keys.signing)),
                }
            })
        })
        .await;
    match answer {
        Some(Ok((status, body))) => (status, COSE, body).into_response(),
        Some(Err(_)) | None => broken(),
    }
}

pub(super) async fn release(State(desk): State<Desk>, body: Bytes) -> Response {
    let answer = desk
        .with(move |hq| {
            release::answer(hq, clock::now_ms(), &body).map(|released| match released {
                Released::Key(body) => (StatusCode::OK, body),
                Released::Refusal(refusal) => (status(&refusal), refusal.sign(&hq.keys.signing)),
            })
        })
        .await;
    match answer {
        Some(Ok((status, body))) => (status, COSE, body).into_response(),
        Some(Err(release::AnswerError::Request(_))) => {
            (StatusCode::BAD_REQUEST, "not a signed request\n").into_response()
        }
        Some(Err(_)) | None => broken(),
    }
}

pub(super) async fn health(State(desk): State<Desk>) -> Response {
    let waiting = desk
        .with(|hq| {
            hq.db.query_row(
                "SELECT coalesce(sum(mark), 0), coalesce(sum(mark - folded), 0),
                        (SELECT count(*) FROM set_aside), (SELECT count(*) FROM quarantine)
                 FROM stream",
                [],
                |row| {
                    Ok(serde_json::json!({
                        "ok": true,
                        "events": row.get::<_, i64>(0)?,
                        "unopened": row.get::<_, i64>(1)?,
                        "set_aside": row.get::<_, i64>(2)?,
                        "quarantined": row.get::<_, i64>(3)?,
                    }))
                },
            )
        })
        .await;
    match waiting {
        Some(Ok(health)) => axum::Json(health).into_response(),
        Some(Err(_)) | None => broken(),
    }
}

fn parse_range(terminal: &str, epoch: &str, range: &str) -> Option<Range> {
    let (first, last) = range.split_once('-')?;
    Some(Range {
        terminal: terminal.parse().ok()?,
        epoch: epoch.parse::<Epoch>().ok()?,
        first: Seq(first.parse().ok()?),
        last: Seq(last.parse().ok()?),
    })
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal.reason {
        RefusalReason::MarkMismatch | RefusalReason::Fork { .. } => StatusCode::CONFLICT,
        RefusalReason::UnknownTerminal | RefusalReason::NoReleaseKey => StatusCode::NOT_FOUND,
        RefusalReason::Revoked => StatusCode::FORBIDDEN,
        RefusalReason::Malformed => StatusCode::BAD_REQUEST,
    }
}
