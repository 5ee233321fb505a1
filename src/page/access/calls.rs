//! The API for a till that can call out: it tells the number and asks who she is.
//!
//! ```text
//! Authorization: Bearer TOKEN          one of `huitou token new NAME`
//! POST /api/v1/sale/number {"till","number","surname","title"}
//! GET  /api/v1/sale?till=              {"till","phone":"139****1234","name":"王女士","tier":"金卡"}
//! ```
//!
//! On the page's port, so on this box only; on a port of its own where `[api] listen` says so and
//! there is a token.
//!
//! # Invariants
//!
//! - No browser has business here: a request with any `Origin` is turned away.
//! - An answer holds a masked number, surname and title, and tier; nothing more.
//!
//! Not here: the tokens (`tokens`), what a number does (`agent`).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Extension, Query, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use sync::event::{How, Name};

use super::port::Port;
use super::refusal::Refusal;
use super::{ApiConfig, Peer, locked, tokens};
use crate::agent::{AttributeError, Guest, lock};
use crate::page::{Desk, guard};

/// The longest surname or title that is taken, in characters.
const NAME_MAX: usize = 16;

/// How often it is looked whether there is a token by now.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whose token it was.
#[derive(Clone)]
struct Caller(String);

#[derive(Clone)]
struct Guarded {
    desk: Desk,
    /// The port, if it is not the page's.
    port: Option<Arc<Port>>,
}

/// The routes with their guard.
pub(crate) fn routes(desk: &Desk, port: Option<Arc<Port>>) -> Router {
    let guarded = Guarded { desk: desk.clone(), port };
    Router::new()
        .route("/api/v1/sale/number", post(number))
        .route("/api/v1/sale", get(sale))
        .route_layer(middleware::from_fn_with_state(guarded, callers_only))
        .with_state(desk.clone())
}

/// Opens `[api] listen` as soon as there is a token, and serves it until the future is dropped.
pub(crate) async fn keep(desk: Desk, config: ApiConfig) {
    let Some(listen) = config.listen else { return };
    let access = Arc::clone(&desk.access);
    let language = access.language();
    let mut said = false;
    while !tokens::list(access.state_dir()).is_ok_and(|tokens| !tokens.is_empty()) {
        if !std::mem::replace(&mut said, true) {
            let chinese = format!("✗ 接口 {listen} 未打开:还没有令牌,请运行 huitou token new");
            let english =
                format!("✗ API on {listen}: closed until there is a token; run `huitou token new`");
            eprintln!("huitou: {}", language.pick(&chinese, &english));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let now_s = access.now().wall_ms / 1_000;
    match Port::open(listen, None, !config.tls, access.state_dir(), now_s).await {
        Ok((port, listener)) => {
            eprintln!("huitou: {}", language.pick(&opened(&port).0, &opened(&port).1));
            Arc::clone(&port).serve(listener, routes(&desk, Some(port))).await;
        }
        Err(error) => {
            let chinese = format!("✗ 接口打不开:{error}");
            eprintln!(
                "huitou: {}",
                language.pick(&chinese, &format!("✗ the API cannot be opened: {error}"))
            );
        }
    }
}

/// What is said of an open port, in both languages.
fn opened(port: &Port) -> (String, String) {
    let at = port.authority();
    match port.fingerprint() {
        Some(print) => (
            format!("✓ 接口 {at} 对店内网络开放(令牌,TLS);证书指纹 {print}"),
            format!(
                "✓ API on {at}: open to the shop's network, by token and TLS; certificate {print}"
            ),
        ),
        None => (
            format!("✗ 接口 {at} 对店内网络开放,没有 TLS:号码和令牌以明文传送"),
            format!(
                "✗ API on {at}: open to the shop's network WITHOUT TLS; numbers and tokens travel in clear"
            ),
        ),
    }
}

async fn callers_only(
    State(guarded): State<Guarded>,
    mut request: Request,
    next: Next,
) -> Response {
    match guarded.caller(&request) {
        Err(refusal) => guarded.desk.access.refuse(refusal),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            guard::with_headers(next.run(request).await)
        }
    }
}

impl Guarded {
    fn caller(&self, request: &Request) -> Result<Caller, Refusal> {
        let (headers, access) = (request.headers(), &self.desk.access);
        let host = guard::text(headers, header::HOST).unwrap_or_default();
        let is_own = match &self.port {
            Some(port) => port.is_own(host),
            None => guard::is_this_box(host),
        };
        if !is_own {
            return Err(Refusal::Host);
        }
        if headers.contains_key(header::ORIGIN) {
            return Err(Refusal::Browser);
        }
        let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer::OWN);
        access.may_try(peer)?;
        let name =
            self.owner(headers)?.ok_or(Refusal::Token).inspect_err(|_| access.was_wrong(peer))?;
        let taken = locked(&access.calls).take(name.clone(), access.now().mono_ms);
        taken.map_err(|wait| Refusal::TooFast { wait_s: wait.seconds })?;
        match request.method() == Method::POST && !guard::is_json(headers) {
            true => Err(Refusal::Json),
            false => Ok(Caller(name)),
        }
    }

    fn owner(&self, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        let given =
            guard::text(headers, header::AUTHORIZATION).and_then(|line| line.split_once(' '));
        let Some((_, token)) = given.filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer")) else {
            return Ok(None);
        };
        tokens::owner(self.desk.access.state_dir(), token.trim()).map_err(|error| {
            eprintln!("huitou: tokens: {error}");
            Refusal::Storage
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    till: Option<String>,
    #[serde(deserialize_with = "digits")]
    number: String,
    surname: Option<String>,
    title: Option<String>,
}

/// A number as text, or as the JSON number that a till may send.
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
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

impl Given {
    fn name(&self) -> Option<Name> {
        let clean = |text: &Option<String>| -> String {
            let text = text.as_deref().unwrap_or_default().trim();
            text.chars().filter(|symbol| !symbol.is_control()).take(NAME_MAX).collect()
        };
        let (surname, title) = (clean(&self.surname), clean(&self.title));
        (!surname.is_empty()).then_some(Name { surname, title })
    }
}

async fn number(
    State(desk): State<Desk>,
    Extension(Caller(caller)): Extension<Caller>,
    given: Result<Json<Given>, JsonRejection>,
) -> Response {
    let answer = || {
        let Json(given) = given.map_err(|_| Refusal::Json)?;
        let till = till(&desk, given.till.as_deref())?;
        let now_ms = desk.access.now().mono_ms;
        let taken = locked(&desk.access.called_look_ups).take(caller, now_ms);
        taken.map_err(|wait| Refusal::TooManyLookUps { wait_s: wait.seconds })?;
        let served = lock(&desk.agent).serve(&till, &given.number, given.name(), How::Api);
        Ok((till, Some(served.map_err(told)?)))
    };
    told_of(&desk, answer())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    till: Option<String>,
}

async fn sale(State(desk): State<Desk>, at: Result<Query<At>, QueryRejection>) -> Response {
    let answer = || {
        let Query(at) = at.map_err(|_| Refusal::Till)?;
        let till = till(&desk, at.till.as_deref())?;
        let state = lock(&desk.agent).state().map_err(|error| {
            eprintln!("huitou: {error}");
            Refusal::Storage
        })?;
        let guest =
            state.tills.into_iter().find(|view| view.name == till).and_then(|view| view.guest);
        Ok((till, guest))
    };
    told_of(&desk, answer())
}

/// The till that is meant; the first if none is named. Another's sale must not get her number.
fn till(desk: &Desk, named: Option<&str>) -> Result<String, Refusal> {
    let agent = lock(&desk.agent);
    let mut bridges = agent.config().bridges.iter().map(|bridge| &bridge.name);
    let found = match named {
        Some(named) => bridges.find(|name| *name == named),
        None => bridges.next(),
    };
    found.cloned().ok_or(Refusal::Till)
}

fn told(error: AttributeError) -> Refusal {
    match error {
        AttributeError::Phone(_) | AttributeError::Mistyped { .. } => Refusal::Number,
        _ => Refusal::Storage,
    }
}

fn told_of(desk: &Desk, answer: Result<(String, Option<Guest>), Refusal>) -> Response {
    match answer {
        Err(refusal) => desk.access.refuse(refusal),
        Ok((till, guest)) => {
            let guest = guest.unwrap_or_default();
            let phone = Some(guest.phone).filter(|phone| !phone.is_empty());
            let body =
                json!({ "till": till, "phone": phone, "name": guest.name, "tier": guest.tier });
            Json(body).into_response()
        }
    }
}
