//! Who may ask over the second screen's port.
//!
//! ```text
//! our own address? ─▶ our own page's request? ─▶ paired? ─▶ the page's routes
//!                                      └ /pair/TOKEN needs no cookie yet
//! ```
//!
//! Not here: the page's guard on this box (`page::guard`), the manager's PIN (`page::access`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::SecondScreen;
use crate::config::Language;
use crate::page::access::manager::cookie;
use crate::page::access::{Place, Refusal};
use crate::page::{Desk, guard};

/// The phone's cookie: `__Host-` keeps it to this address, TLS and the whole path (RFC 6265bis).
pub(super) const COOKIE: &str = "__Host-huitou-screen";

/// Where a phone is paired.
pub(super) const PAIR: &str = "/pair/";

#[derive(Clone)]
pub(super) struct Guarded {
    pub(super) desk: Desk,
    pub(super) screen: Arc<SecondScreen>,
}

pub(super) async fn paired_only(
    State(guarded): State<Guarded>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refusal) = guarded.admits(&request) {
        let language = guarded.desk.access.language();
        return guard::with_headers(refused(refusal, request.headers(), language));
    }
    request.extensions_mut().insert(Place::Screen);
    guard::with_headers(next.run(request).await)
}

impl Guarded {
    fn admits(&self, request: &Request) -> Result<(), Refusal> {
        let (headers, method) = (request.headers(), request.method());
        let host = guard::text(headers, header::HOST).unwrap_or_default();
        if !self.screen.port.is_own(host) {
            return Err(Refusal::Host);
        }
        if !is_of_our_page(method, headers, host) {
            return Err(Refusal::Origin);
        }
        if !request.uri().path().starts_with(PAIR) && !self.is_paired(headers) {
            return Err(Refusal::NotPaired);
        }
        match *method != Method::GET && *method != Method::HEAD && !guard::is_json(headers) {
            true => Err(Refusal::Json),
            false => Ok(()),
        }
    }

    pub(super) fn is_paired(&self, headers: &HeaderMap) -> bool {
        let now = self.desk.access.now();
        cookie(headers, COOKIE).any(|secret| self.screen.is_paired(secret, now))
    }
}

/// A page's script says where it comes from whenever it changes something.
fn is_of_our_page(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    match headers.contains_key(header::ORIGIN) {
        true => guard::text(headers, header::ORIGIN) == Some(&format!("https://{host}")),
        false => *method == Method::GET || *method == Method::HEAD,
    }
}

/// In words alone for a person whose browser shows it, as JSON for the page's script.
pub(super) fn refused(refusal: Refusal, headers: &HeaderMap, language: Language) -> Response {
    let mut response = refusal.response(language);
    if guard::text(headers, header::ACCEPT).is_some_and(|kinds| kinds.contains("text/html")) {
        let (parts, _) = response.into_parts();
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        let mut spoken = (parts.status, plain, refusal.words(language)).into_response();
        if let Some(wait) = parts.headers.get(header::RETRY_AFTER) {
            spoken.headers_mut().insert(header::RETRY_AFTER, wait.clone());
        }
        response = spoken;
    }
    response
}

/// Over the second screen, this route needs the manager's PIN; on this box it does not.
pub(crate) async fn manager_on_a_phone(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Response {
    let is_phone = request.extensions().get::<Place>() == Some(&Place::Screen);
    let demanded = match is_phone {
        true => desk.access.demand_manager(request.headers()),
        false => Ok(()),
    };
    match demanded {
        Ok(()) => next.run(request).await,
        Err(refusal) => desk.access.refuse(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_says_that_it_is_our_page() {
        let host = "192.168.1.9:8643";
        let asked = |method: Method, origin: &[&str]| {
            let mut headers = HeaderMap::new();
            for origin in origin {
                headers.append(header::ORIGIN, origin.parse().unwrap());
            }
            is_of_our_page(&method, &headers, host)
        };
        assert!(asked(Method::GET, &[]) && asked(Method::HEAD, &[]));
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert!(asked(method.clone(), &["https://192.168.1.9:8643"]));
            for other in [
                "http://192.168.1.9:8643",
                "https://192.168.1.9",
                "https://evil.example",
                "null",
                "",
            ] {
                assert!(!asked(method.clone(), &[other]), "{other}");
            }
        }
        assert!(!asked(Method::POST, &[]) && !asked(Method::DELETE, &[]));
    }
}
