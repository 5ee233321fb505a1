//! The cashier's page on 127.0.0.1:8610, and the JSON API beside it.
//!
//! ```text
//! GET  /                      the page (zh-CN; ?lang=en)
//! GET  /api/state             what it shows
//! POST /api/number            {"till","number","surname","title"}  for the sale being rung up
//! POST /api/serving           {"till","serving":"refused"|"silent"|"nobody"}
//! POST /api/typing            {"till","digits"}                   whom the digits typed so far can mean
//! POST /api/choose            {"till","row"}                      one of those
//! POST /api/quiet             {"till","quiet"}                    a gift: the paper greets nobody
//! POST /api/told              {"till","field","value"}            an answer of hers; null if she would rather not
//! POST /api/hand-out          {"till","kind","id","undone","by"}   a gift, benefit or reward of hers today
//! POST /api/consent           {"till","purpose","given"}
//! POST /api/forget-me         {"till","row"}   she wants to be forgotten
//! POST /api/person            {"till","surname","title"}          another person of the same number
//! POST /api/referrer          {"till","row"}                      who brought her; null takes it back
//! POST /api/new-number        {"till","number"}                   her history goes with her
//! POST /api/merge             {"kept","absorbed"}                 two rows are one person's
//! POST /api/unmerge           {"number"}
//! POST /api/staff             {"row","is_staff"}
//! POST /api/weather           {"rain"}                            today
//! GET  /api/wait?seen=N       the state once it is newer than version N
//! POST /api/papers/ID/link    {"number","surname","title"}
//! POST /api/papers/ID/unlink  {}
//! POST /api/papers/ID/maybe   {"maybe"}                           one of those whom 138****6721 can mean
//! GET  /api/papers/ID/picture of a picture receipt, as PNG
//! POST /api/papers/ID/amount  {"amount"}                          of a picture receipt, typed by the cashier
//! GET  /api/papers/ID/explain what each row was taken for, the equations, the doubts
//! POST /api/papers/ID/review  {"row","part"}                      what a row really is: teaches this till's layout
//! POST /api/link              {"receipt_no","number","surname","title"}
//! POST /api/print-test        {"till"}                            a test page, between two jobs
//! POST /api/sync              {}
//! GET  /api/tasks             the manager's morning list           see `tasks`
//! POST /api/manager           {"pin"}                             see `access::manager`
//! GET  /api/second-screen     the phones that are paired          see `second_screen`
//! POST /api/v1/sale/number    a till that can call out            see `access::calls`
//! ```
//!
//! # Invariants
//!
//! - Loopback only, and only for a browser that asked for this host: another site's script gets
//!   nothing (Host and Origin are checked, and a post must be JSON). A phone gets the same routes
//!   behind a guard of its own (`second_screen`).
//! - Customers are looked up so often a minute and no oftener.
//! - No answer holds a customer's number in clear, but the one that a manager opens for a task.
//!
//! Not here: what is done with a number (`agent`).

pub mod access;
mod api;
mod desk;
pub(crate) mod guard;
mod html;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::agent::{Shared, lock};
use crate::clock::Clock;
use crate::nightly::Wanted;
use crate::second_screen::{self, SecondScreen, manager_on_a_phone};
use access::{Access, calls, manager};
pub(crate) use html::{Asked, rendered};

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) agent: Shared,
    sync: mpsc::Sender<Wanted>,
    pub(crate) access: Arc<Access>,
    /// The phones, if there may be any.
    pub(crate) screen: Option<Arc<SecondScreen>>,
}

impl FromRef<Desk> for Arc<Access> {
    fn from_ref(desk: &Desk) -> Self {
        Self::clone(&desk.access)
    }
}

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the cashier's page cannot listen on {listen}: {source}; is another huitou running?")]
pub struct PageError {
    listen: SocketAddr,
    #[source]
    source: std::io::Error,
}

/// Opens the page's port.
///
/// # Errors
///
/// [`PageError`] if it is taken.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, PageError> {
    TcpListener::bind(listen).await.map_err(|source| PageError { listen, source })
}

/// Serves the page, to phones too if they may be paired, and the API, until the future is dropped.
///
/// # Errors
///
/// What the system says of the socket.
pub async fn serve(
    listener: TcpListener,
    agent: Shared,
    sync: mpsc::Sender<Wanted>,
) -> std::io::Result<()> {
    let config = lock(&agent).config().clone();
    let access = Arc::new(Access::new(&config, Clock::start()));
    let phones = SecondScreen::open(&config.second_screen, &access).await;
    let screen = phones.as_ref().map(|(screen, _)| Arc::clone(screen));
    let desk = Desk { agent, sync, access, screen };
    let page = routes(desk.clone()).layer(from_fn(guard::same_site_only));
    let page = page.merge(calls::routes(&desk, None));
    let (served, (), ()) = tokio::join!(
        async { axum::serve(listener, page).await },
        second_screen::keep(desk.clone(), phones),
        calls::keep(desk.clone(), config.api),
    );
    served
}

/// The page and its API, without a guard.
pub(crate) fn routes(desk: Desk) -> Router {
    let look_ups = || from_fn_with_state(desk.clone(), guard::look_ups);
    let digits = || from_fn_with_state(desk.clone(), guard::digits);
    let on_a_phone = || from_fn_with_state(desk.clone(), manager_on_a_phone);
    Router::new()
        .route("/", get(html::page))
        .route("/api/state", get(api::state))
        .route("/api/number", post(api::number).layer(look_ups()))
        .route("/api/serving", post(api::serving))
        .route("/api/papers/{id}/link", post(api::link_paper).layer(look_ups()))
        .route("/api/papers/{id}/unlink", post(api::unlink_paper))
        .route("/api/papers/{id}/maybe", post(api::link_maybe))
        .route("/api/papers/{id}/amount", post(api::amount))
        .route("/api/papers/{id}/picture", get(api::picture))
        .route("/api/papers/{id}/explain", get(api::explain))
        .route("/api/papers/{id}/review", post(api::review))
        .route("/api/link", post(api::link_receipt).layer(look_ups()))
        .route("/api/typing", post(desk::typing).layer(digits()))
        .route("/api/choose", post(desk::choose).layer(digits()))
        .route("/api/quiet", post(desk::quiet))
        .route("/api/told", post(desk::told))
        .route("/api/hand-out", post(desk::hand_out))
        .route("/api/consent", post(desk::consent))
        .route("/api/forget-me", post(desk::forget_me))
        .route("/api/person", post(desk::person))
        .route("/api/referrer", post(desk::referrer))
        .route("/api/new-number", post(desk::new_number).layer(look_ups()))
        .route("/api/merge", post(desk::merge))
        .route("/api/unmerge", post(desk::unmerge))
        .route("/api/staff", post(desk::staff))
        .route("/api/weather", post(desk::weather))
        .route("/api/wait", get(desk::wait))
        .route("/api/print-test", post(api::print_test).layer(on_a_phone()))
        .route("/api/sync", post(api::sync))
        .route("/api/tasks", get(tasks::list))
        .route("/api/tasks/print", post(tasks::print).layer(on_a_phone()))
        .route("/api/tasks/{id}/outcome", post(tasks::outcome))
        .route("/api/tasks/{id}/number", post(tasks::number).layer(look_ups()))
        .route("/api/manager", get(manager::standing).post(manager::open))
        .route("/api/manager/close", post(manager::close))
        .merge(second_screen::routes(&desk))
        .with_state(desk)
}
