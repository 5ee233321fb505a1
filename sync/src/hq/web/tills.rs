//! The tills' routes that need HQ's keys: bytes in, signed bytes out.
//!
//! Not here: the rules (`enrol`, `care`, `release`), batches (`ingest`).

use super::{Desk, broken};
use crate::event::{Epoch, Seq, TerminalId};
use crate::hq::care::{self, Care};
use crate::hq::enrol::{self, EnrolRefused};
use crate::hq::ledger::Range;
use crate::hq::release::{self, Released};
use crate::hq::{Hq, clock};
use crate::message::{Refusal, RefusalReason};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::PoisonError;

/// How long a till that asks for its care list waits for what it sent to be opened.
const OPEN_MS_MAX: i64 = 5_000;

pub(super) const COSE: [(header::HeaderName, &str); 1] =
    [(header::CONTENT_TYPE, "application/cose")];

pub(super) async fn enrol(State(desk): State<Desk>, body: Bytes) -> Response {
    let wait_s =
        desk.bad_codes.lock().unwrap_or_else(PoisonError::into_inner).wait_s(clock::now_ms());
    if let Some(seconds) = wait_s {
        let retry = [(header::RETRY_AFTER, seconds.to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, retry, "too many wrong codes\n").into_response();
    }
    let ingest = desk.ingest.clone();
    let enrolled = move |hq: &mut Hq| enrol::enrol(hq, ingest.ledger(), clock::now_ms(), &body);
    let reply = desk.with(enrolled).await;
    match reply {
        Some(Ok(body)) => (COSE, body).into_response(),
        Some(Err(refused @ (EnrolRefused::Code | EnrolRefused::Request(_)))) => {
            desk.bad_codes.lock().unwrap_or_else(PoisonError::into_inner).failed();
            (StatusCode::FORBIDDEN, format!("{refused}\n")).into_response()
        }
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
    // What this till has just sent counts already, so that its next receipt prints the new tier; after
    // a long backlog it need not wait for all of that, the page's marks say what is in.
    let until_ms = clock::now_ms().saturating_add(OPEN_MS_MAX);
    if desk.bring_marks(clock::now_ms()).await.is_err() {
        return broken();
    }
    while clock::now_ms() < until_ms {
        match desk.open_some(Some(terminal)).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return broken(),
        }
    }
    let ingest = desk.ingest.clone();
    let answer = desk
        .with(move |hq| {
            care::answer(hq, ingest.ledger(), clock::now_ms(), clock::today(), &terminal, &body)
                .map(|care| match care {
                    Care::Page(body) => (StatusCode::OK, body),
                    Care::Refusal(refusal) => (status(&refusal), refusal.sign(&hq.keys.signing)),
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
    let ingest = desk.ingest.clone();
    let waiting = desk
        .with(move |hq| {
            let quarantined =
                ingest.ledger().quarantined().map_err(|_| rusqlite::Error::InvalidQuery)?;
            hq.db.query_row(
                "SELECT coalesce(sum(mark), 0), coalesce(sum(mark - folded), 0),
                        (SELECT count(*) FROM set_aside)
                 FROM stream",
                [],
                |row| {
                    Ok(serde_json::json!({
                        "events": row.get::<_, i64>(0)?,
                        "unopened": row.get::<_, i64>(1)?,
                        "set_aside": row.get::<_, i64>(2)?,
                        "quarantined": quarantined,
                    }))
                },
            )
        })
        .await;
    match waiting {
        Some(Ok(figures)) => desk.ingest.health(figures),
        Some(Err(_)) | None => broken(),
    }
}

pub(super) fn parse_range(terminal: &str, epoch: &str, range: &str) -> Option<Range> {
    let (first, last) = range.split_once('-')?;
    Some(Range {
        terminal: terminal.parse().ok()?,
        epoch: epoch.parse::<Epoch>().ok()?,
        first: Seq(first.parse().ok()?),
        last: Seq(last.parse().ok()?),
    })
}

pub(super) fn status(refusal: &Refusal) -> StatusCode {
    match refusal.reason {
        RefusalReason::MarkMismatch | RefusalReason::Fork { .. } => StatusCode::CONFLICT,
        RefusalReason::UnknownTerminal | RefusalReason::NoReleaseKey => StatusCode::NOT_FOUND,
        RefusalReason::Revoked => StatusCode::FORBIDDEN,
        RefusalReason::Malformed => StatusCode::BAD_REQUEST,
    }
}
