//! Pairing, listing and revoking phones, and the phone's side of the page.
//!
//! Not here: who is admitted (`guard`), what is kept (`paired`).

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::guard::{self, COOKIE, Guarded, PAIR, refused};
use super::{OFFER_MS, SecondScreen, device};
use crate::clock::shown;
use crate::page::access::{Peer, Refusal};
use crate::page::{self, Asked, Desk};

const PAGE: &str = include_str!("pair.html");

/// Pixels of the code's side.
const QR_SIDE: u32 = 260;

/// What is done about phones: at the till, or with the manager's PIN.
pub(crate) fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/second-screen", get(page))
        .route("/api/second-screen", get(listed))
        .route("/api/second-screen/pair", post(offer))
        .route("/api/second-screen/revoke", post(revoke))
        .route_layer(middleware::from_fn_with_state(desk.clone(), guard::manager_on_a_phone))
}

/// Serves the page to paired phones until the future is dropped.
pub(crate) async fn keep(desk: Desk, open: Option<(Arc<SecondScreen>, TcpListener)>) {
    let Some((screen, listener)) = open else { return };
    let (access, at) = (&desk.access, screen.port.authority());
    let chinese = format!("✓ 手机副屏 {at} 已开启,只对配对的手机");
    let english = format!("✓ second screen on {at}: open to paired phones only");
    eprintln!("huitou: {}", access.language().pick(&chinese, &english));
    let port = Arc::clone(&screen.port);
    port.serve(listener, phone_routes(Guarded { desk, screen })).await;
}

fn phone_routes(guarded: Guarded) -> Router {
    let pairing =
        Router::new().route(&format!("{PAIR}{{token}}"), get(pair)).with_state(guarded.clone());
    page::routes(guarded.desk.clone())
        .merge(pairing)
        .layer(middleware::from_fn_with_state(guarded, guard::paired_only))
}

async fn page(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Html<String> {
    Html(page::rendered(PAGE, asked.language(desk.access.language())))
}

async fn offer(State(desk): State<Desk>) -> Response {
    match offered(&desk) {
        Ok(response) => response,
        Err(refusal) => desk.access.refuse(refusal),
    }
}

fn offered(desk: &Desk) -> Result<Response, Refusal> {
    let screen = screen(desk)?;
    let now = desk.access.now();
    // The box may have another address by now.
    screen.port.refresh(now.wall_ms / 1_000).map_err(|error| {
        eprintln!("huitou: second screen: {error}");
        Refusal::Storage
    })?;
    let token = screen.offer(now)?;
    let url = format!("https://{}{PAIR}{}", screen.port.authority(), token.clear());
    let code = QrCode::new(&url).map_err(|_| Refusal::Storage)?;
    let qr = code.render::<svg::Color<'_>>().min_dimensions(QR_SIDE, QR_SIDE).build();
    let body = json!({
        "url": url,
        "qr": qr,
        "expires_s": OFFER_MS / 1_000,
        "fingerprint": screen.port.fingerprint(),
    });
    Ok(Json(body).into_response())
}

async fn listed(State(desk): State<Desk>) -> Response {
    let Ok(screen) = screen(&desk) else {
        return Json(json!({ "enabled": false, "screens": [] })).into_response();
    };
    let screens = screen.screens(desk.access.now()).into_iter().map(|screen| {
        json!({
            "id": screen.id,
            "name": screen.name,
            "since": shown(screen.since_ms),
            "last_used": shown(screen.used_ms),
            "expires": shown(screen.until_ms),
        })
    });
    Json(json!({
        "enabled": true,
        "address": screen.port.authority(),
        "fingerprint": screen.port.fingerprint(),
        "screens": screens.collect::<Vec<_>>(),
    }))
    .into_response()
}

/// Which phone is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    id: String,
}

async fn revoke(State(desk): State<Desk>, meant: Result<Json<Meant>, JsonRejection>) -> Response {
    let Ok(Json(Meant { id })) = meant else { return desk.access.refuse(Refusal::Json) };
    match screen(&desk).and_then(|screen| screen.revoke(&id)) {
        Ok(()) => Json(json!({})).into_response(),
        Err(refusal) => desk.access.refuse(refusal),
    }
}

fn screen(desk: &Desk) -> Result<&SecondScreen, Refusal> {
    desk.screen.as_deref().ok_or(Refusal::ScreenOff)
}

/// The phone opens the link that it read off the till.
async fn pair(
    State(guarded): State<Guarded>,
    Extension(peer): Extension<Peer>,
    method: Method,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    // A preview that only asks for the head must not use the code up.
    if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if guarded.is_paired(&headers) {
        return to_the_page(None);
    }
    match guarded.pair(peer, &token, &headers) {
        Ok(cookie) => to_the_page(Some(cookie)),
        Err(refusal) => refused(refusal, &headers, guarded.desk.access.language()),
    }
}

impl Guarded {
    fn pair(&self, peer: Peer, token: &str, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
        let access = &self.desk.access;
        access.may_try(peer)?;
        let agent = page::guard::text(headers, header::USER_AGENT).unwrap_or_default();
        let paired = self.screen.pair(token, device::family(agent), access.now());
        let secret = paired.inspect_err(|_| access.was_wrong(peer))?;
        let age_s = u64::from(self.screen.hours) * 3_600;
        let line = format!(
            "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age_s}",
            secret.clear()
        );
        HeaderValue::try_from(line).map_err(|_| Refusal::Storage)
    }
}

fn to_the_page(cookie: Option<HeaderValue>) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
