//! The frame of a page: head, navigation, who is logged in; and what every answer carries.
//!
//! # Invariants
//!
//! - No script, no foreign address, no style within the page: the policy sent with each page forbids
//!   all three.
//! - No page may be kept by a browser or a proxy, nor shown within another site's page.
//! - The navigation shows what the role may open, from the same table that lets her in.
//!
//! Not here: what a page says (`pages`).

use super::html::{Html, Lang};
use super::route;
use crate::hq::user::Role;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// All that a page may do: show our style, ourselves and pictures within itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A page: frame, navigation, `body`.
pub(super) struct Page<'a> {
    pub(super) lang: Lang,
    pub(super) chain: &'a str,
    pub(super) title: &'a str,
    /// Who is logged in: role, name, token for forms.
    pub(super) who: Option<(Role, &'a str, &'a str)>,
    /// The entry of the navigation that this page belongs to.
    pub(super) here: &'a str,
    pub(super) body: Html,
    /// Goes back there after so many seconds.
    pub(super) back: Option<(u32, String)>,
}

impl Page<'_> {
    /// The page with another status.
    pub(super) fn with(self, status: StatusCode) -> Response {
        (status, self).into_response()
    }

    fn render(self) -> String {
        let mut page = Html::default();
        page.raw("<!doctype html><html lang=").raw(self.lang.of("zh-CN", "en"));
        page.raw("><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>");
        page.text(self.title).raw(" · ").text(self.chain).raw("</title>");
        if let Some((seconds, path)) = &self.back {
            page.raw("<meta http-equiv=refresh content=\"").number(*seconds).raw(";url=");
            page.text(path).raw("\">");
        }
        page.raw("<link rel=icon href=\"data:,\"><link rel=stylesheet href=\"/hq.css\"><header>");
        page.tag("strong", self.chain);
        if let Some((role, name, form)) = self.who {
            self.navigation(&mut page, role);
            page.raw("<div class=me>").link("/me", name).form("/log-out", form);
            page.button(self.lang.of("退出", "Log out")).raw("</form></div>");
        }
        page.raw("</header><main>").add(&self.body).raw("</main></html>");
        page.into_string()
    }

    fn navigation(&self, page: &mut Html, role: Role) {
        page.raw("<nav>");
        for (path, zh, en) in route::navigation(role) {
            page.raw("<a href=\"").raw(path);
            page.raw(if path == self.here { "\" aria-current=page>" } else { "\">" });
            page.text(self.lang.of(zh, en)).raw("</a>");
        }
        page.raw("</nav>");
    }
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (html, self.render()).into_response()
    }
}

/// What every answer to a person carries.
pub(super) fn guard(headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Reads in the dark and in the light, on a phone, on a wall and on paper.
pub(super) async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, include_str!("hq.css")).into_response()
}
