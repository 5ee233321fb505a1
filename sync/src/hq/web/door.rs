//! The door: log-in, set-up of the first user, and the cookie.
//!
//! ```text
//! name, password, code ─▶ waiting? ─▶ counted ─▶ Argon2id (of nobody's, if there is none) ─▶ code ─▶ session
//! ```
//!
//! # Invariants
//!
//! - An unknown name, a disabled user, a wrong password and a wrong code get the same words after the
//!   same work.
//! - A try is counted before it is checked. At most [`AT_ONCE`] passwords are tried at once.
//! - Without a second factor HQ's own people log in on this box only.
//! - The set-up link makes one user, on this box, while there is none.
//!
//! Not here: sessions (`user::session`), what is behind the door (`route`).

use super::frame::Page;
use super::html::{Html, Lang};
use super::{Desk, Token, broken};
use crate::hq::user::{self, NewUser, Role, UserError, password, session, totp};
use crate::hq::{Hq, audit, clock, store};
use axum::Form;
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::PoisonError;
use zeroize::Zeroizing;

/// The session's cookie.
pub(super) const SESSION: &str = "huitou_hq";
/// The cookie of who is not logged in yet, for the log-in form's token.
const BEFORE: &str = "huitou_hq_door";
/// Passwords that are tried at once: 19 MiB each.
pub(super) const AT_ONCE: usize = 2;

pub(super) type From = Option<Extension<ConnectInfo<SocketAddr>>>;

#[derive(serde::Deserialize)]
pub(super) struct Asked {
    lang: Option<String>,
    key: Option<String>,
}

#[derive(serde::Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    form: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    lang: String,
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

/// A cookie of ours, if it has a token's shape.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<Token> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).and_then(|(_, value)| Token::read(value))
}

/// A cookie that no script reads and no other site's page sends.
fn set_cookie(headers: &HeaderMap, name: &str, value: &str, age_s: i64) -> String {
    let tls = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if tls { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age_s}{secure}")
}

/// What ends the session in the browser.
pub(super) fn no_cookie() -> String {
    set_cookie(&HeaderMap::new(), SESSION, "", 0)
}

/// Who asks: the proxy's word counts only if the proxy is on this box.
fn address(from: &From, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = from.as_ref().map(|Extension(ConnectInfo(peer))| peer.ip())?;
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last =
        forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    match last {
        Some(client) if peer.is_loopback() => Some(client),
        _ => Some(peer),
    }
}

/// Whether it is a browser on this box that asked for this box by its address: another site's name
/// that points here (DNS rebinding) is not.
pub(super) fn is_this_box(from: &From, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = address(from, headers).is_some_and(|address| address.is_loopback());
    here && matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// `GET /log-in`.
pub(super) async fn ask(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    form(&desk, &headers, lang, StatusCode::OK, None).await
}

async fn form(
    desk: &Desk,
    headers: &HeaderMap,
    lang: Lang,
    status: StatusCode,
    wrong: Option<&str>,
) -> Response {
    let read =
        desk.with(|hq| Ok::<_, rusqlite::Error>((store::own(&hq.db)?.name, user::any(&hq.db)?)));
    let Some(Ok((chain, any))) = read.await else { return broken() };
    let token = cookie(headers, BEFORE).unwrap_or_else(Token::draw);
    let mut body = Html::default();
    if any {
        log_in_form(&mut body, lang, &token, wrong)
    } else {
        nobody_yet(&mut body, lang)
    }
    let title = lang.of("登录", "Log in");
    let page = Page { lang, chain: &chain, title, who: None, here: "", body, back: None };
    let set = set_cookie(headers, BEFORE, token.text(), 3_600);
    ([(header::SET_COOKIE, set)], page.with(status)).into_response()
}

fn log_in_form(body: &mut Html, lang: Lang, token: &Token, wrong: Option<&str>) {
    body.raw("<div class=door>").h1(lang.of("登录", "Log in"));
    if let Some(wrong) = wrong {
        body.raw("<p class=warn role=alert>").text(wrong).raw("</p>");
    }
    body.form("/log-in", &token.form());
    body.raw("<input type=hidden name=lang value=").raw(lang.of("zh", "en")).raw(">");
    body.field(lang.of("名字", "Name"), "name", "required autofocus autocomplete=username", "");
    let kind = "type=password required autocomplete=current-password";
    body.field(lang.of("密码", "Password"), "password", kind, "");
    let kind = "inputmode=numeric autocomplete=one-time-code maxlength=8";
    body.field(lang.of("验证码(开了两步验证才填)", "Code, if you use one"), "code", kind, "");
    body.button(lang.of("登录", "Log in")).raw("</form><p class=soft>");
    body.raw(lang.of("<a href=\"/log-in?lang=en\">English</a>", "<a href=\"/log-in\">中文</a>"));
    body.raw("</p></div>");
}

fn nobody_yet(body: &mut Html, lang: Lang) {
    body.raw("<div class=door>").h1(lang.of("还没有用户", "Nobody can log in yet"));
    body.raw("<p>").text(lang.of(
        "启动 huitou-hq 时印出了一次性设置链接,请在本机打开;或用 huitou-hq user add 添加用户。",
        "huitou-hq printed a one-time set-up link when it started: open it on this machine, or add a user with huitou-hq user add.",
    ));
    body.raw("</p></div>");
}

/// `POST /log-in`.
pub(super) async fn log_in(
    State(desk): State<Desk>,
    from: From,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let lang = Lang::asked(Some(&typed.lang));
    let again = async |status, words: &str| form(&desk, &headers, lang, status, Some(words)).await;
    let is_ours = cookie(&headers, BEFORE).is_some_and(|token| token.is_form(&typed.form));
    if !is_ours {
        let words = lang.of("这一页太旧了,请再试一次", "this page was too old: try again");
        return again(StatusCode::FORBIDDEN, words).await;
    }
    let address = address(&from, &headers);
    let key = address.map(|address| address.to_string()).unwrap_or_default();
    if let Some(seconds) = counted(&desk, &typed.name, &key) {
        let words = match lang {
            Lang::Zh => format!("试得太多,请等 {seconds} 秒"),
            Lang::En => format!("too many tries: wait {seconds} s"),
        };
        let page = again(StatusCode::TOO_MANY_REQUESTS, &words).await;
        return ([(header::RETRY_AFTER, seconds.to_string())], page).into_response();
    }
    let is_here = is_this_box(&from, &headers);
    let name = typed.name.clone();
    match checked(&desk, typed, is_here).await {
        None => broken(),
        Some(Checked::In(token)) => {
            cleared(&desk, &name, &key);
            let set = set_cookie(&headers, SESSION, token.text(), session::WHOLE_MS / 1_000);
            ([(header::SET_COOKIE, set)], Redirect::to("/")).into_response()
        }
        Some(Checked::Wrong) => {
            let words = lang.of("名字、密码或验证码不对", "name, password or code is wrong");
            again(StatusCode::FORBIDDEN, words).await
        }
        Some(Checked::NeedsTotp) => {
            let words = lang.of(
                "总部用户要先开两步验证,才能在别的电脑登录",
                "HQ's people log in from elsewhere with a second factor only",
            );
            again(StatusCode::FORBIDDEN, words).await
        }
    }
}

/// Seconds to wait; none, and the try is counted.
fn counted(desk: &Desk, name: &str, address: &str) -> Option<i64> {
    let now_ms = clock::now_ms();
    let mut names = desk.names.lock().unwrap_or_else(PoisonError::into_inner);
    let mut addresses = desk.addresses.lock().unwrap_or_else(PoisonError::into_inner);
    let name: String = name.chars().take(user::NAME_MAX).collect();
    let waits = [names.left_s(&name, now_ms), addresses.left_s(address, now_ms)];
    if let Some(seconds) = waits.into_iter().flatten().max() {
        return Some(seconds);
    }
    names.count(&name, now_ms);
    addresses.count(address, now_ms);
    None
}

fn cleared(desk: &Desk, name: &str, address: &str) {
    desk.names.lock().unwrap_or_else(PoisonError::into_inner).clear(name);
    desk.addresses.lock().unwrap_or_else(PoisonError::into_inner).clear(address);
}

enum Checked {
    In(Token),
    Wrong,
    NeedsTotp,
}

/// What is known of a name before its password was tried.
struct Known {
    user: Option<user::User>,
    hash: String,
    totp: Option<(totp::Secret, i64)>,
}

async fn checked(desk: &Desk, typed: Typed, is_here: bool) -> Option<Checked> {
    let _turn = desk.turns.acquire().await.ok()?;
    let name = typed.name.clone();
    let known = desk.with(move |hq| known(hq, &name)).await?.ok()?;
    let Known { user, hash, totp } = known;
    let password = Zeroizing::new(typed.password);
    // Outside the database's lock: tills go on meanwhile.
    let tried = tokio::task::spawn_blocking(move || password::is_right(&hash, &password));
    let right = tried.await.ok()?;
    let now_ms = clock::now_ms();
    let Some(user) = user.filter(|user| right && !user.disabled) else {
        return Some(Checked::Wrong);
    };
    let step = match &totp {
        Some((secret, used)) => match secret.step_of(&typed.code, now_ms, *used) {
            Some(step) => Some(step),
            None => return Some(Checked::Wrong),
        },
        None if user.role == Role::Hq && !is_here => return Some(Checked::NeedsTotp),
        None => None,
    };
    desk.with(move |hq| begun(hq, &user, step, now_ms)).await?.ok()
}

fn known(hq: &Hq, name: &str) -> rusqlite::Result<Known> {
    let user = user::named(&hq.db, name)?;
    let sql = "SELECT password, totp, totp_step FROM user WHERE id = ?1";
    let id = user.as_ref().map_or(0, |user| user.id);
    let row = hq.db.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let row: Option<(String, Option<Vec<u8>>, i64)> = rusqlite::OptionalExtension::optional(row)?;
    let Some((hash, closed, used)) = row else {
        return Ok(Known { user: None, hash: password::nobodys().to_owned(), totp: None });
    };
    let Some(closed) = closed else { return Ok(Known { user, hash, totp: None }) };
    let totp = totp::Secret::open(&hq.keys, id, &closed).map(|secret| (secret, used));
    // A secret that does not open must not mean that none is asked for.
    let user = user.filter(|_| totp.is_some());
    Ok(Known { user, hash, totp })
}

fn begun(
    hq: &mut Hq,
    user: &user::User,
    step: Option<i64>,
    now_ms: i64,
) -> rusqlite::Result<Checked> {
    let tx = hq.db.transaction()?;
    if let Some(step) = step {
        let sql = "UPDATE user SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2";
        if tx.execute(sql, rusqlite::params![user.id, step])? == 0 {
            return Ok(Checked::Wrong);
        }
    }
    let token = session::begin(&tx, user.id, now_ms)?;
    audit::note(&tx, now_ms, &user.name, "log_in", "", "")?;
    tx.commit()?;
    Ok(Checked::In(token))
}

/// `GET /set-up?key=…`: the link that was printed at start.
pub(super) async fn set_up_page(
    State(desk): State<Desk>,
    from: From,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let lang = Lang::asked(asked.lang.as_deref());
    let key = asked.key.unwrap_or_default();
    if !is_this_box(&from, &headers) || !desk.is_set_up_key(&key) {
        return Redirect::to("/log-in").into_response();
    }
    set_up_form(&desk, lang, &key, None).await
}

async fn set_up_form(desk: &Desk, lang: Lang, key: &str, wrong: Option<String>) -> Response {
    let Some(Ok(own)) = desk.with(|hq| store::own(&hq.db)).await else { return broken() };
    let mut body = Html::default();
    body.raw("<div class=door>").h1(lang.of("第一个用户", "The first user"));
    if let Some(wrong) = &wrong {
        body.raw("<p class=warn role=alert>").text(wrong).raw("</p>");
    }
    body.raw("<p>").text(lang.of(
        "您将是总部的第一个用户,可以再添加别人。",
        "You will be headquarters' first user and can add the others.",
    ));
    body.raw("</p><form method=post action=\"/set-up\"><input type=hidden name=key value=\"");
    body.text(key).raw("\"><input type=hidden name=lang value=").raw(lang.of("zh", "en")).raw(">");
    body.field(lang.of("名字", "Name"), "name", "required autofocus autocomplete=username", "");
    let kind = "type=password required minlength=10 autocomplete=new-password";
    body.field(
        lang.of("密码(至少 10 个字符)", "Password, 10 characters or more"),
        "password",
        kind,
        "",
    );
    body.button(lang.of("开始", "Begin")).raw("</form><p class=soft>");
    let other = format!("/set-up?key={key}{}", lang.of("&lang=en", ""));
    body.link(&other, lang.of("English", "中文")).raw("</p></div>");
    let title = lang.of("设置", "Set up");
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Page { lang, chain: &own.name, title, who: None, here: "", body, back: None }.with(status)
}

/// `POST /set-up`.
pub(super) async fn set_up(
    State(desk): State<Desk>,
    from: From,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let lang = Lang::asked(Some(&typed.lang));
    if !is_this_box(&from, &headers) || !desk.is_set_up_key(&typed.key) {
        return Redirect::to("/log-in").into_response();
    }
    let Typed { key, name, password, .. } = typed;
    let (role, stores) = (Role::Hq, Vec::new());
    let new = NewUser { name, role, region: None, stores, language: lang };
    let made = desk.with(move |hq| first(hq, &new, &Zeroizing::new(password)));
    match made.await {
        None | Some(Err(UserError::Sql(_))) => broken(),
        Some(Err(why)) => set_up_form(&desk, lang, &key, Some(why_not(&why, lang))).await,
        Some(Ok(None)) => Redirect::to("/log-in").into_response(),
        Some(Ok(Some(token))) => {
            desk.forget_set_up();
            let set = set_cookie(&headers, SESSION, token.text(), session::WHOLE_MS / 1_000);
            ([(header::SET_COOKIE, set)], Redirect::to("/")).into_response()
        }
    }
}

/// Makes the first user; none if somebody was quicker.
fn first(hq: &mut Hq, new: &NewUser, password: &str) -> Result<Option<Token>, UserError> {
    if user::any(&hq.db)? {
        return Ok(None);
    }
    let now_ms = clock::now_ms();
    user::add(&mut hq.db, now_ms, new, password)?;
    audit::note(&hq.db, now_ms, &new.name, "user_add", &new.name, "")?;
    let Some(user) = user::named(&hq.db, &new.name)? else { return Ok(None) };
    Ok(Some(session::begin(&hq.db, user.id, now_ms)?))
}

/// Why a user could not be made, in her language.
pub(super) fn why_not(why: &UserError, lang: Lang) -> String {
    let zh = match why {
        UserError::Taken => "已有同名用户",
        UserError::Unknown => "没有这个用户",
        UserError::BadName => "名字 1 到 40 个字,两端没有空格",
        UserError::NoStores => "请选门店或区域",
        UserError::NoStore => "没有这家门店",
        UserError::Password(password::Weak::Length) => "密码至少 10 个字符",
        UserError::Password(_) => "这个密码太容易猜到",
        UserError::Sql(_) => "总部出了问题,请稍后再试",
    };
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => why.to_string(),
    }
}

#[cfg(test)]
mod tests;
