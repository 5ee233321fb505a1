//! Keeps other sites' scripts away from the page.
//!
//! A browser on this box can be made to send requests here by any site it shows. Such a request
//! names another Host (DNS rebinding), another Origin, or cannot be JSON without asking first.
//!
//! Not here: who the cashier is; the page has no log-in and stays on loopback. A phone's page has a
//! guard of its own (`second_screen`).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Desk;

pub(super) async fn same_site_only(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.headers()) {
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
        None => with_headers(next.run(request).await),
    }
}

/// A route that looks a customer up: so often a minute and no oftener.
pub(super) async fn look_ups(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    match desk.access.look_up() {
        Ok(()) => next.run(request).await,
        Err(answer) => answer,
    }
}

/// A route that says whom a few digits can mean: as often as a person types, and no oftener.
pub(super) async fn digits(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    match desk.access.digits() {
        Ok(()) => next.run(request).await,
        Err(answer) => answer,
    }
}

/// What a browser is to know of every answer: keep nothing, load nothing from elsewhere.
pub(crate) fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data:",
        ),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// Why a request is turned away.
fn refusal(method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let host = text(headers, header::HOST).unwrap_or_default();
    if !is_this_box(host) {
        return Some("this page is for this box only");
    }
    if headers.contains_key(header::ORIGIN)
        && text(headers, header::ORIGIN) != Some(&format!("http://{host}"))
    {
        return Some("another site may not use this page");
    }
    // A browser says of each request whose page it is for: a stranger's may not even embed a picture.
    let from = text(headers, HeaderName::from_static("sec-fetch-site"));
    let mode = text(headers, HeaderName::from_static("sec-fetch-mode"));
    let own = matches!(from, None | Some("same-origin" | "none"));
    let a_link = *method == Method::GET && mode == Some("navigate");
    if !own && !a_link {
        return Some("another site may not use this page");
    }
    (method == Method::POST && !is_json(headers)).then_some("send JSON")
}

/// Whether a `Host` is this box by a name that only this box has.
pub(crate) fn is_this_box(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Whether a request says that it holds JSON: a form of another site cannot say so unasked.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"))
}

/// A header's text.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_browser_that_asked_for_this_host_is_served() {
        let own = [(header::HOST, "127.0.0.1:8610")];
        assert_eq!(refusal(&Method::GET, &headers(&own)), None);
        for host in ["shop.example:8610", "127.0.0.1.evil.example", ""] {
            assert!(refusal(&Method::GET, &headers(&[(header::HOST, host)])).is_some(), "{host}");
        }
    }

    #[test]
    fn another_origin_and_a_plain_form_are_turned_away() {
        let json = (header::CONTENT_TYPE, "application/json");
        let own = (header::HOST, "localhost:8610");
        let from = |origin| headers(&[own.clone(), json.clone(), (header::ORIGIN, origin)]);
        assert_eq!(refusal(&Method::POST, &from("http://localhost:8610")), None);
        assert!(refusal(&Method::POST, &from("http://localhost:9999")).is_some());
        assert!(refusal(&Method::POST, &from("null")).is_some());
        let form = headers(&[own, (header::CONTENT_TYPE, "text/plain")]);
        assert!(refusal(&Method::POST, &form).is_some());
    }

    #[test]
    fn a_strangers_page_may_link_here_and_embed_nothing() {
        let asked = |site: &'static str, mode: &'static str| {
            let pairs =
                [("host", "127.0.0.1:8610"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)];
            let pairs = pairs.map(|(name, value)| (HeaderName::from_static(name), value));
            refusal(&Method::GET, &headers(&pairs))
        };
        assert_eq!(asked("same-origin", "cors"), None);
        assert_eq!(asked("none", "navigate"), None, "typed, or a bookmark");
        assert_eq!(asked("cross-site", "navigate"), None, "a link");
        for mode in ["no-cors", "cors", "websocket"] {
            assert!(asked("cross-site", mode).is_some(), "{mode}");
            assert!(asked("same-site", mode).is_some(), "another port of this box: {mode}");
        }
    }
}
