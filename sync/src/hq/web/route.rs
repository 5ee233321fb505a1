//! The one table of all routes: who may open which. The router is built from it, the navigation reads
//! it, and a test walks it with each role.
//!
//! ```text
//! request ─▶ session? ─▶ role in the route's row? ─▶ form's token? ─▶ parameters in shape? ─▶ the page
//!             └ log-in     └ 403                       └ 403             └ 400
//! ```
//!
//! # Invariants
//!
//! - A route that is not in the table does not exist; one that is has its roles.
//! - Whatever changes something is a POST with the session's own token.
//! - Own stores only: pages ask [`Visit`] for stores and persons, which knows no others.
//!
//! Not here: log-in itself (`door`), what the pages say (`pages`, `list`).

use super::api;
use super::frame;
use super::html::Lang;
use super::list::{self, Answered, List};
use super::pages::{self, ALL, HQ, LISTS};
use super::visit::{Param, Refused, Shape, Visit, checked};
use super::{Desk, door, metrics, tills};
use crate::hq::user::{self, Role, session};
use crate::hq::{Hq, clock, store};
use axum::Router;
use axum::extract::FromRequestParts as _;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Query, RawPathParams, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use std::collections::BTreeMap;

/// The largest form.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// A page: what it reads and answers, on a blocking thread.
pub(super) type Draw = fn(&mut Hq, &Visit) -> Result<Response, Refused>;

/// Who may open a route.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// Signed by a till, or nothing that anybody could not have.
    Open(fn() -> MethodRouter<Desk>),
    /// Log-in and set-up: they have rules of their own.
    Door(fn() -> MethodRouter<Desk>),
    /// These roles.
    Roles(&'static [Role]),
}

/// What answers.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// Its own router.
    Own,
    /// A page.
    Page(Draw),
    /// A list as page, file or JSON.
    List(&'static List, list::Form),
}

/// One row of the table.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) who: Who,
    pub(super) answer: Answer,
    /// What may stand behind its path.
    pub(super) params: &'static [Param],
    /// What the navigation calls it, if it stands there.
    pub(super) name: Option<(&'static str, &'static str)>,
}

/// All routes.
pub(super) fn table() -> Vec<Route> {
    let mut table = tills_and_doors();
    table.extend(all_pages());
    for list in LISTS {
        let forms = [list::Form::Page, list::Form::Csv, list::Form::Parquet, list::Form::Json];
        table.extend(forms.into_iter().map(|form| Route {
            method: Method::GET,
            path: list.path(form),
            who: Who::Roles(list.who),
            answer: Answer::List(list, form),
            params: list.params,
            name: list.name_in_navigation.then_some((list.zh, list.en)),
        }));
    }
    table
}

fn tills_and_doors() -> Vec<Route> {
    let own = |method, path: &str, who| Route {
        method,
        path: path.to_owned(),
        who,
        answer: Answer::Own,
        params: &[],
        name: None,
    };
    vec![
        own(Method::POST, "/v1/enrol", Who::Open(|| post(tills::enrol))),
        own(Method::POST, "/v1/t/{terminal}/care-list", Who::Open(|| post(tills::care_list))),
        own(Method::POST, "/v1/release", Who::Open(|| post(tills::release))),
        own(Method::GET, "/health", Who::Open(|| get(tills::health))),
        own(Method::GET, "/metrics", Who::Door(|| get(metrics::metrics))),
        own(Method::GET, "/hq.css", Who::Door(|| get(frame::style))),
        own(Method::GET, "/log-in", Who::Door(|| get(door::ask).post(door::log_in))),
        own(Method::GET, "/set-up", Who::Door(|| get(door::set_up_page).post(door::set_up))),
    ]
}

fn all_pages() -> Vec<Route> {
    let row = |method, path: &str, roles, draw| {
        let (path, who, answer) = (path.to_owned(), Who::Roles(roles), Answer::Page(draw));
        Route { method, path, who, answer, params: &[], name: None }
    };
    let page = |path, roles, draw: Draw| row(Method::GET, path, roles, draw);
    let deed = |path, roles, draw: Draw| row(Method::POST, path, roles, draw);
    vec![
        Route { name: Some(("昨夜", "Last night")), ..page("/", ALL, pages::night::page) },
        page("/customers/{customer}", ALL, pages::person::page),
        deed("/customers/{customer}/field", ALL, pages::person::write),
        deed("/customers/{customer}/reveal", ALL, pages::reveal::page),
        deed("/customers/find", ALL, pages::find::page),
        deed("/customers/{customer}/ask", ALL, pages::outlook::ask),
        deed("/customers/{customer}/erase", HQ, pages::forget::erase),
        deed("/customers/{customer}/keep", HQ, pages::forget::keep),
        deed("/customers/{customer}/opt-out", ALL, pages::opt_out::note),
        page("/tasks/{task}", ALL, pages::task::page),
        deed("/tasks/{task}/outcome", ALL, pages::task::outcome),
        deed("/tasks/{task}/postpone", ALL, pages::task::postpone),
        page("/complaints/{case}", ALL, pages::complaint::page),
        deed("/complaints/open", ALL, pages::complaint::open),
        deed("/complaints/{case}/step", ALL, pages::complaint::step),
        deed("/complaints/{case}/style", ALL, pages::complaint::style),
        deed("/complaints/{case}/route", ALL, pages::complaint::route),
        deed("/complaints/{case}/close", ALL, pages::complaint::close),
        deed("/complaints/{case}/request", ALL, pages::complaint::request),
        page("/questions/{question}", ALL, pages::questions::page),
        deed("/questions/open", ALL, pages::questions::open),
        deed("/questions/{question}/answer", ALL, pages::questions::answer),
        deed("/questions/{question}/route", ALL, pages::questions::route),
        deed("/questions/{question}/decide", ALL, pages::questions::decide),
        deed("/questions/{question}/tag", ALL, pages::questions::tag),
        page("/win-back/report", HQ, pages::win_back_report::page),
        deed("/win-back/cure", HQ, pages::win_back_report::add_cure),
        Route {
            name: Some(("数字", "Numbers")),
            params: pages::numbers::cost::PARAMS,
            ..page("/numbers", HQ, pages::numbers::page)
        },
        page("/checks/{customer}", ALL, pages::checks::page),
        deed("/checks/{customer}/found", ALL, pages::checks::found),
        deed("/checks/draw", HQ, pages::checks::draw),
        Route {
            params: pages::hand_over::PARAMS,
            ..page("/hand-over/plan", ALL, pages::hand_over::plan)
        },
        deed("/hand-over/do", ALL, pages::hand_over::hand_over),
        deed("/hand-over/back", ALL, pages::hand_over::back),
        page("/surveys/{survey}", ALL, pages::surveys::page),
        deed("/surveys/make", HQ, pages::surveys::make),
        deed("/surveys/{survey}/fill", ALL, pages::surveys::fill),
        deed("/surveys/{survey}/allow", HQ, pages::surveys::allow),
        deed("/surveys/{survey}/publish", HQ, pages::surveys::publish),
        deed("/vip/event", ALL, pages::regulars::event),
        deed("/vip/gift", HQ, pages::regulars::gift),
        deed("/vip/benefit", HQ, pages::regulars::benefit),
        deed("/vip/reward", HQ, pages::regulars::reward),
        deed("/vip/stall", HQ, pages::regulars::stall),
        deed("/vip/umbrella-lend", ALL, pages::regulars::umbrella_lend),
        deed("/vip/umbrella-back", ALL, pages::regulars::umbrella_back),
        deed("/texts/add", HQ, pages::texts::add),
        deed("/texts/{text}/review", HQ, pages::texts::review),
        page("/sales/{sale}", ALL, pages::sale::page),
        deed("/users/add", HQ, pages::users::add),
        deed("/users/{user}/disable", HQ, pages::users::disable),
        deed("/users/{user}/enable", HQ, pages::users::enable),
        deed("/users/{user}/end", HQ, pages::users::end_sessions),
        page("/me", ALL, pages::me::page),
        deed("/me/language", ALL, pages::me::language),
        deed("/me/password", ALL, pages::me::password),
        deed("/me/totp", ALL, pages::me::totp),
        deed("/me/totp/keep", ALL, pages::me::keep_totp),
        deed("/log-out", ALL, pages::me::log_out),
        page("/api/v1/openapi.json", ALL, api::document),
    ]
}

/// What the navigation offers a role, in its order.
pub(super) fn navigation(role: Role) -> Vec<(&'static str, &'static str, &'static str)> {
    const ORDER: [&str; 12] = [
        "/",
        "/tasks",
        "/complaints",
        "/tills",
        "/customers",
        "/sales",
        "/numbers",
        "/vip",
        "/staff",
        "/missing",
        "/users",
        "/audit",
    ];
    let table = table();
    let entry = |path: &'static str| {
        let of_path = |row: &&Route| row.path == path && row.method == Method::GET;
        let row = table.iter().find(of_path)?;
        let (zh, en) = row.name?;
        matches!(row.who, Who::Roles(roles) if roles.contains(&role)).then_some((path, zh, en))
    };
    ORDER.into_iter().filter_map(entry).collect()
}

/// Whether a role may open the page at a path without parts.
pub(super) fn may(role: Role, path: &str) -> bool {
    let row = table().into_iter().find(|row| row.path == path && row.method == Method::GET);
    row.is_some_and(|row| matches!(row.who, Who::Roles(roles) if roles.contains(&role)))
}

/// The router of these rows.
pub(super) fn router(rows: Vec<Route>, desk: Desk) -> Router {
    let mut router = Router::new();
    for row in rows {
        let path = row.path.clone();
        let own = match row.who {
            Who::Open(own) => own().layer(DefaultBodyLimit::max(super::BODY_BYTES_MAX)),
            Who::Door(own) => guarded(own()),
            Who::Roles(roles) => guarded(behind_the_door(row, roles)),
        };
        router = router.route(&path, own);
    }
    router.with_state(desk)
}

/// With a small body and the headers that every page carries.
fn guarded(own: MethodRouter<Desk>) -> MethodRouter<Desk> {
    let headers = |mut response: Response| async move {
        frame::guard(response.headers_mut());
        response
    };
    own.layer(DefaultBodyLimit::max(FORM_BYTES_MAX)).layer(axum::middleware::map_response(headers))
}

fn behind_the_door(row: Route, roles: &'static [Role]) -> MethodRouter<Desk> {
    let is_get = row.method == Method::GET;
    let Route { answer, params, .. } = row;
    let handler = move |State(desk): State<Desk>, request: Request| async move {
        match admit(&desk, roles, params, answer, request).await {
            Ok(response) | Err(response) => response,
        }
    };
    if is_get { get(handler) } else { post(handler) }
}

/// From a request to an answer; both arms are answers.
async fn admit(
    desk: &Desk,
    roles: &'static [Role],
    params: &'static [Param],
    answer: Answer,
    request: Request,
) -> Result<Response, Response> {
    let is_post = request.method() == Method::POST;
    let path = request.uri().path().to_owned();
    let is_api = path.starts_with("/api/");
    let Some(token) = door::cookie(request.headers(), door::SESSION) else {
        return Err(stranger(is_api));
    };
    let (mut parts, body) = request.into_parts();
    let found = RawPathParams::from_request_parts(&mut parts, desk).await;
    let found = found.map_err(axum::response::IntoResponse::into_response)?;
    let parts_of_path =
        found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Query(pairs)| pairs);
    let form = if is_post {
        let request = Request::from_parts(parts, body);
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, desk).await;
        form.map_err(axum::response::IntoResponse::into_response)?.0.into_iter().collect()
    } else {
        BTreeMap::new()
    };
    let watch = desk.watch;
    let work = move |hq: &mut Hq| {
        let now_ms = clock::now_ms();
        let Some(user) = session::of(&hq.db, &token, now_ms)? else { return Ok(None) };
        let own = store::own(&hq.db)?;
        let visit = Visit {
            lang: user.language,
            scope: user::scope(&hq.db, &user)?,
            now_ms,
            watch,
            today: clock::today(),
            chain: own.name,
            exponent: own.currency_exponent,
            path,
            parts: parts_of_path,
            asked: BTreeMap::new(),
            form,
            token: token.form(),
            session: token,
            user,
        };
        Ok::<_, rusqlite::Error>(Some(visited(
            hq,
            visit,
            roles,
            params,
            answer,
            is_post,
            pairs.ok(),
        )))
    };
    match desk.with(work).await {
        Some(Ok(Some(Answered::Now(response)))) => Ok(response),
        Some(Ok(Some(Answered::File(leaving)))) => Ok(leaving.answer(desk)),
        Some(Ok(None)) => Err(stranger(is_api)),
        Some(Err(_)) | None => Err(refused(&Refused::Broken, None, is_api)),
    }
}

/// What somebody who is logged in gets.
fn visited(
    hq: &mut Hq,
    mut visit: Visit,
    roles: &[Role],
    params: &'static [Param],
    answer: Answer,
    is_post: bool,
    pairs: Option<Vec<(String, String)>>,
) -> Answered {
    let is_api = visit.path.starts_with("/api/");
    let mut draw = || {
        if !roles.contains(&visit.user.role) {
            return Err(Refused::NotHers);
        }
        let carried = visit.form.get("form").map_or("", String::as_str);
        if is_post && !visit.session.is_form(carried) {
            return Err(Refused::NotHers);
        }
        let pairs = pairs
            .clone()
            .ok_or_else(|| Refused::odd("地址读不懂", "the address makes no sense"))?;
        let of_form = match answer {
            Answer::List(_, form) => form.params(),
            _ => &[],
        };
        visit.asked = checked(pairs, &[params, of_form], is_api)?;
        match answer {
            Answer::Page(draw) => draw(hq, &visit).map(Answered::Now),
            Answer::List(list, form) => list::answer(hq, &visit, list, form),
            Answer::Own => Err(Refused::Nothing),
        }
    };
    match draw() {
        Ok(answered) => answered,
        Err(why) => Answered::Now(refused(&why, Some(&visit), is_api)),
    }
}

/// An answer that says why not: a page of hers, or JSON.
fn refused(why: &Refused, visit: Option<&Visit>, is_api: bool) -> Response {
    let lang = visit.map_or(Lang::Zh, |visit| visit.lang);
    if is_api {
        let words = serde_json::json!({ "error": why.words(Lang::En) });
        return (why.status(), axum::Json(words)).into_response();
    }
    match visit {
        Some(visit) => {
            let mut body = super::html::Html::default();
            body.h1(&why.words(lang));
            body.raw("<p>").link("/", lang.of("回首页", "Back to the first page")).raw("</p>");
            let page = visit.page(lang.of("回头", "Huitou"), "", body);
            (why.status(), page).into_response()
        }
        None => (why.status(), why.words(lang) + "\n").into_response(),
    }
}

/// Nobody is logged in: JSON for programs, the way in for people.
fn stranger(is_api: bool) -> Response {
    if is_api {
        let words = serde_json::json!({ "error": "log in first" });
        return (StatusCode::UNAUTHORIZED, axum::Json(words)).into_response();
    }
    Redirect::to("/log-in").into_response()
}

/// The parameters that a list's form adds to its own.
pub(super) const PAGE_PARAMS: &[Param] = &[
    Param { name: "limit", shape: Shape::Limit, about: "Rows in the answer, 50 unless given." },
    Param { name: "after", shape: Shape::After, about: "`next` of the answer before." },
];

#[cfg(test)]
mod tests;
