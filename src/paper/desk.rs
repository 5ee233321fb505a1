//! The web page: slips on a desk, newest first.
//!
//! | path             | what                                                          |
//! |------------------|---------------------------------------------------------------|
//! | `/`              | the page, Chinese; `?lang=en` English                         |
//! | `/state.json`    | slips with text, newest first; `?since=R`: 204 if nothing new |
//! | `/slips/N.png`   | one slip; `/slips/N.txt` its text                             |
//! | `/roll.png`      | all that is kept                                              |
//! | `POST /tear`     | tears off what is out of the printer                          |
//!
//! # Invariants
//!
//! - What was printed never becomes markup: it goes out as JSON, text or dots only.
//! - A request under another name than an address or `localhost` is refused, so that a web page
//!   elsewhere cannot read slips by pointing its own name at this machine.
//!
//! Not here: the look (`desk.html`), the port for tills (`serve`).

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::serve::Shared;
use super::{Cut, Picture, Printer, Slip, png};

const PAGE: &str = include_str!("desk.html");

/// The page runs its own script and asks its own server; nothing else.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'";

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    printer: Shared,
    listen: SocketAddr,
}

/// The page's routes; `listen` is where tills print to.
pub(crate) fn router(printer: Shared, listen: SocketAddr) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/state.json", get(state))
        .route("/slips/{file}", get(slip))
        .route("/roll.png", get(roll))
        .route("/tear", post(tear))
        .layer(from_fn(known_host))
        .with_state(Desk { printer, listen })
}

async fn known_host(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_own_name) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

/// An address, with or without its port, or `localhost`.
fn is_own_name(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bare = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    name == "localhost" || bare(name) || bare(host)
}

#[derive(serde::Deserialize)]
struct PageQuery {
    lang: Option<String>,
}

async fn page(Query(query): Query<PageQuery>) -> Html<String> {
    let lang = if query.lang.as_deref() == Some("en") { "en" } else { "zh-CN" };
    Html(PAGE.replacen("{lang}", lang, 1))
}

#[derive(serde::Deserialize)]
struct StateQuery {
    since: Option<String>,
}

async fn state(State(desk): State<Desk>, Query(query): Query<StateQuery>) -> Response {
    let printer = desk.printer.lock();
    let revision = revision(&printer);
    if query.since.as_deref() == Some(&revision) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let open = printer.open_slip();
    let slips: Vec<_> = printer.slips().rev().map(describe).collect();
    axum::Json(json!({
        "revision": revision,
        "listen": desk.listen.to_string(),
        "dots": open.picture.width(),
        "bytes": printer.bytes(),
        "open": describe(open),
        "slips": slips,
    }))
    .into_response()
}

/// Changes whenever there is something new to see.
fn revision(printer: &Printer) -> String {
    let open = printer.open_slip();
    format!("{}-{}-{}", printer.bytes(), open.number, open.picture.height())
}

fn describe(slip: &Slip) -> Value {
    json!({
        "number": slip.number,
        "text": slip.text,
        "cut": slip.cut.map(|cut| match cut {
            Cut::Full => "full",
            Cut::Partial => "partial",
        }),
        "drawer_kicks": slip.drawer_kicks,
        "bytes": slip.bytes,
        "width": slip.picture.width(),
        "height": slip.picture.height(),
    })
}

/// `N.png` or `N.txt`; the slip that is still in the printer has its number already.
async fn slip(State(desk): State<Desk>, Path(file): Path<String>) -> Response {
    let Some((number, kind)) = file.split_once('.') else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let found = number.parse().ok().and_then(|number| find(&desk.printer.lock(), number));
    match (found, kind) {
        (Some(slip), "png") => picture(&slip.picture),
        (Some(slip), "txt") => slip.text.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn find(printer: &Printer, number: u64) -> Option<Slip> {
    let open = printer.open_slip();
    let mut slips = printer.slips().chain(std::iter::once(open));
    slips.find(|slip| slip.number == number).cloned()
}

async fn roll(State(desk): State<Desk>) -> Response {
    let all = desk.printer.lock().roll_picture();
    picture(&all)
}

/// A PNG, or 404 where there is no paper yet.
fn picture(picture: &Picture) -> Response {
    match png(picture) {
        Ok(file) => ([(header::CONTENT_TYPE, "image/png")], file).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn tear(State(desk): State<Desk>) -> StatusCode {
    desk.printer.lock().tear_off();
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_own_names() {
        for host in ["127.0.0.1:8620", "localhost:8620", "localhost", "[::1]:8620", "192.168.1.7"] {
            assert!(is_own_name(host), "{host}");
        }
        for host in ["evil.example", "evil.example:8620", "127.0.0.1.evil.example", ""] {
            assert!(!is_own_name(host), "{host}");
        }
    }
}
