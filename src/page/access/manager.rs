//! What a cashier may not do: a manager's PIN opens it for a browser, for five idle minutes.
//!
//! ```text
//! POST /api/manager        {"pin"}   opens; the cookie is this browser's alone
//! POST /api/manager/close  {}
//! GET  /api/manager                  {"set","open","idle_s","locked_s"}; looking does not keep it open
//! ```
//!
//! A handler that takes a [`Manager`] answers 403 with words while it is closed:
//!
//! ```text
//! async fn forget(_: Manager, State(desk): State<Desk>) -> Response { … }
//! ```
//!
//! # Invariants
//!
//! - The cookie holds 256 random bits, of which a hash is kept, in memory: a restart closes it.
//! - Only what needs the manager keeps it open; a page that refreshes itself does not.
//!
//! Not here: checking the PIN (`pin`).

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, FromRef, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::refusal::Refusal;
use super::secret::{self, Token};
use super::{Access, Place, locked};
use crate::clock::Moment;

/// So long without use, and it is closed.
pub const IDLE_MS: u64 = 5 * 60_000;

/// So many browsers at once; the one that was quiet for longest makes room.
const OPEN_MAX: usize = 8;

/// The browsers for which it is open.
#[derive(Debug, Default)]
pub struct Sessions(Vec<Session>);

#[derive(Debug)]
struct Session {
    hash: String,
    used_ms: u64,
}

impl Sessions {
    /// Opens one and gives its secret.
    pub fn open(&mut self, now_ms: u64) -> Token {
        self.forget(now_ms);
        if self.0.len() >= OPEN_MAX
            && let Some(quietest) = (0..self.0.len()).min_by_key(|at| self.0[*at].used_ms)
        {
            self.0.remove(quietest);
        }
        let token = Token::random::<32>();
        self.0.push(Session { hash: token.hash(), used_ms: now_ms });
        token
    }

    /// How long this one has left, in ms, if it is open.
    pub fn left_ms(&mut self, token: &str, now_ms: u64) -> Option<u64> {
        self.session(token, now_ms)
            .map(|session| session.used_ms.saturating_add(IDLE_MS).saturating_sub(now_ms))
    }

    /// Uses this one, if it is open.
    pub fn take(&mut self, token: &str, now_ms: u64) -> bool {
        self.session(token, now_ms).map(|session| session.used_ms = now_ms).is_some()
    }

    /// Closes this one.
    pub fn close(&mut self, token: &str) {
        let hash = secret::hash(token);
        self.0.retain(|session| session.hash != hash);
    }

    fn session(&mut self, token: &str, now_ms: u64) -> Option<&mut Session> {
        self.forget(now_ms);
        let hash = secret::hash(token);
        self.0.iter_mut().find(|session| session.hash == hash)
    }

    fn forget(&mut self, now_ms: u64) {
        self.0.retain(|session| now_ms.saturating_sub(session.used_ms) < IDLE_MS);
    }
}

impl Access {
    /// Whether the manager's PIN is open for the browser that sent `headers`; this use of it keeps
    /// it open.
    #[must_use]
    pub fn is_open(&self, headers: &HeaderMap, now: Moment) -> bool {
        let mut sessions = locked(&self.sessions);
        cookies(headers).any(|token| sessions.take(token, now.mono_ms))
    }

    /// The [`Refusal`] for a browser for which it is closed.
    ///
    /// # Errors
    ///
    /// That refusal.
    pub fn demand_manager(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self.is_open(headers, self.now()) {
            true => Ok(()),
            false if self.pin.is_set() => Err(Refusal::PinClosed),
            false => Err(Refusal::PinUnset),
        }
    }
}

/// Proof that the manager's PIN is open for the browser that asks.
#[derive(Clone, Copy, Debug)]
pub struct Manager(());

impl<S> FromRequestParts<S> for Manager
where
    Arc<Access>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let access = Arc::<Access>::from_ref(state);
        let open = access.demand_manager(&parts.headers);
        open.map(|()| Self(())).map_err(|refusal| access.refuse(refusal))
    }
}

/// A PIN as the page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Typed {
    pin: Zeroizing<String>,
}

pub(crate) async fn open(
    State(access): State<Arc<Access>>,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    typed: Result<Json<Typed>, JsonRejection>,
) -> Response {
    let Ok(Json(Typed { pin })) = typed else { return access.refuse(Refusal::Json) };
    let now = access.now();
    let checking = Arc::clone(&access);
    let checked =
        tokio::task::spawn_blocking(move || checking.pin.attempt(&pin, now.wall_ms)).await;
    match checked.unwrap_or(Err(Refusal::Storage)) {
        Err(refusal) => access.refuse(refusal),
        Ok(()) => {
            let token = {
                let mut sessions = locked(&access.sessions);
                cookies(&headers).for_each(|old| sessions.close(old));
                sessions.open(access.now().mono_ms)
            };
            let body = Json(json!({ "open": true, "idle_s": IDLE_MS / 1_000 }));
            with_cookie(body.into_response(), place, token.clear(), IDLE_MS)
        }
    }
}

pub(crate) async fn close(
    State(access): State<Arc<Access>>,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
) -> Response {
    cookies(&headers).for_each(|token| locked(&access.sessions).close(token));
    with_cookie(Json(json!({ "open": false })).into_response(), place, "", 0)
}

pub(crate) async fn standing(State(access): State<Arc<Access>>, headers: HeaderMap) -> Response {
    let now = access.now();
    let mut sessions = locked(&access.sessions);
    let left_ms = cookies(&headers).find_map(|token| sessions.left_ms(token, now.mono_ms));
    Json(json!({
        "set": access.pin.is_set(),
        "open": left_ms.is_some(),
        "idle_s": left_ms.map(|left_ms| left_ms.div_ceil(1_000)),
        "locked_s": access.pin.locked_s(now.wall_ms),
    }))
    .into_response()
}

const DESK_COOKIE: &str = "huitou-manager";
const SCREEN_COOKIE: &str = "__Host-huitou-manager";

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    [DESK_COOKIE, SCREEN_COOKIE].into_iter().flat_map(|name| cookie(headers, name))
}

/// The values of a cookie that a browser sent.
pub(crate) fn cookie<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

fn with_cookie(
    mut response: Response,
    place: Option<Extension<Place>>,
    token: &str,
    left_ms: u64,
) -> Response {
    let is_screen = place.is_some_and(|Extension(place)| place == Place::Screen);
    // The page is plain HTTP on this box: a browser drops `Secure` there.
    let (name, secure) = if is_screen { (SCREEN_COOKIE, "; Secure") } else { (DESK_COOKIE, "") };
    // The server forgets by idleness; a browser that is closed forgets at once.
    let age = if left_ms == 0 { "; Max-Age=0" } else { "" };
    let line = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_idle_minutes_close_it_and_use_keeps_it_open() {
        let mut sessions = Sessions::default();
        let token = sessions.open(0);
        assert!(sessions.take(token.clear(), IDLE_MS - 1));
        assert!(sessions.take(token.clear(), 2 * IDLE_MS - 2));
        assert_eq!(sessions.left_ms(token.clear(), 2 * IDLE_MS), Some(IDLE_MS - 2));
        assert!(!sessions.take(token.clear(), 3 * IDLE_MS - 2));
        assert!(!sessions.take(token.clear(), 0), "closed for good");
    }

    #[test]
    fn looking_does_not_keep_it_open() {
        let mut sessions = Sessions::default();
        let token = sessions.open(0);
        assert_eq!(sessions.left_ms(token.clear(), IDLE_MS - 1), Some(1));
        assert_eq!(sessions.left_ms(token.clear(), IDLE_MS), None);
    }

    #[test]
    fn it_is_open_for_the_browser_that_opened_it_only() {
        let mut sessions = Sessions::default();
        let (one, two) = (sessions.open(0), sessions.open(0));
        sessions.close(one.clear());
        assert!(!sessions.take(one.clear(), 1) && sessions.take(two.clear(), 1));
        assert!(!sessions.take("", 1) && !sessions.take(&two.hash(), 1));
        for _ in 0..OPEN_MAX {
            sessions.open(2);
        }
        assert!(!sessions.take(two.clear(), 2), "the quietest made room");
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            "a=1; huitou-manager=x=y; my-huitou-manager=z".parse().unwrap(),
        );
        headers.append(header::COOKIE, "__Host-huitou-manager=w".parse().unwrap());
        assert_eq!(cookies(&headers).collect::<Vec<_>>(), ["x=y", "w"]);
    }
}
