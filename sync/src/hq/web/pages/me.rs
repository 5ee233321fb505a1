//! One's own page: language, password, second factor, log-out.
//!
//! A second factor is kept once a code of it was typed: nobody locks herself out with a picture that
//! she never scanned.
//!
//! Not here: other users (`users`).

use crate::hq::user::{self, UserError, password, session, totp};
use crate::hq::web::chart;
use crate::hq::web::door::{no_cookie, why_not};
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::visit::{Refused, Visit};
use crate::hq::{Hq, audit};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::params;
use zeroize::Zeroizing;

/// `GET /me`.
pub(in crate::hq::web) fn page(_: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let mut body = Html::default();
    body.h1(&visit.user.name).raw("<div class=card>").form("/me/language", &visit.token);
    let languages = [("zh".to_owned(), "中文".to_owned()), ("en".to_owned(), "English".to_owned())];
    body.choice(visit.of("语言", "Language"), "language", &languages, visit.of("zh", "en"));
    body.button(visit.of("换", "Change")).raw("</form></div>");
    body.raw("<div class=card>").form("/me/password", &visit.token);
    let kind = "type=password required autocomplete=current-password";
    body.field(visit.of("现在的密码", "Password now"), "old", kind, "");
    let kind = "type=password required minlength=10 autocomplete=new-password";
    body.field(
        visit.of("新密码(至少 10 个字符)", "New password, 10 characters or more"),
        "new",
        kind,
        "",
    );
    body.button(visit.of("换密码", "Change")).raw("</form></div>");
    body.raw("<div class=card><p>").text(match visit.user.has_totp {
        true => visit.of("两步验证已开。", "A second factor is asked for."),
        false => visit.of(
            "两步验证没开。总部用户没开时只能在本机登录。",
            "There is no second factor. HQ's people without one log in on HQ's own machine only.",
        ),
    });
    body.raw("</p>").form("/me/totp", &visit.token);
    let kind = "type=password required autocomplete=current-password";
    body.field(visit.of("现在的密码", "Password now"), "old", kind, "");
    body.button(visit.of("新的两步验证", "New second factor")).raw("</form></div>");
    Ok(visit.page(&visit.user.name, "/me", body))
}

/// `POST /me/language`.
pub(in crate::hq::web) fn language(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let word = Lang::asked(Some(visit.typed("language")?)).of("zh", "en");
    hq.db.execute("UPDATE user SET language = ?2 WHERE id = ?1", params![visit.user.id, word])?;
    Ok(Redirect::to("/me").into_response())
}

/// Whether the password that stands beside a change is hers: an open browser is not enough.
fn hers(hq: &Hq, visit: &Visit) -> Result<(), Refused> {
    let sql = "SELECT password FROM user WHERE id = ?1";
    let hash: String = hq.db.query_row(sql, [visit.user.id], |row| row.get(0))?;
    let typed = Zeroizing::new(visit.form.get("old").cloned().unwrap_or_default());
    if password::is_right(&hash, &typed) {
        return Ok(());
    }
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "wrong_password", "", "")?;
    session::end(&hq.db, &visit.session)?;
    Err(Refused::odd("密码不对,请重新登录", "the password is wrong: log in again"))
}

/// `POST /me/password`.
pub(in crate::hq::web) fn password(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    hers(hq, visit)?;
    let new = Zeroizing::new(visit.form.get("new").cloned().unwrap_or_default());
    user::set_password(&mut hq.db, &visit.user.name, &new).map_err(|why| match why {
        UserError::Sql(_) => Refused::Broken,
        why => Refused::Odd(why_not(&why, Lang::Zh), why_not(&why, Lang::En)),
    })?;
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "user_password", &visit.user.name, "")?;
    Ok(Redirect::to("/log-in").into_response())
}

/// `POST /me/totp`: a new secret to scan, not yet kept.
pub(in crate::hq::web) fn totp(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    hers(hq, visit)?;
    let secret = totp::Secret::draw();
    let closed = secret.close(&hq.keys, visit.user.id);
    let closed: String = closed.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut body = Html::default();
    let uri = secret.uri(&visit.chain, &visit.user.name);
    body.h1(visit.of("用验证器扫码", "Scan this with an authenticator"));
    chart::qr(&mut body, "QR", &uri);
    body.raw("<details><summary>")
        .text(visit.of("扫不了?", "Cannot scan?"))
        .raw("</summary><code>");
    body.text(&uri).raw("</code></details>").form("/me/totp/keep", &visit.token);
    body.raw("<input type=hidden name=secret value=\"").text(&closed).raw("\">");
    let kind = "required inputmode=numeric autocomplete=one-time-code maxlength=8";
    body.field(visit.of("验证器上的六位数", "The six digits it shows"), "code", kind, "");
    body.button(visit.of("开启", "Turn on")).raw("</form>");
    Ok(visit.page(visit.of("两步验证", "Second factor"), "/me", body))
}

/// `POST /me/totp/keep`.
pub(in crate::hq::web) fn keep_totp(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let typed = visit.typed("secret")?;
    let byte = |at: usize| u8::from_str_radix(typed.get(at..at + 2).unwrap_or("x"), 16);
    let closed: Result<Vec<u8>, _> = (0..typed.len() / 2).map(|at| byte(2 * at)).collect();
    let wrong = || Refused::odd("验证码不对,请重来", "the code is wrong: begin again");
    let closed = closed.map_err(|_| wrong())?;
    let secret = totp::Secret::open(&hq.keys, visit.user.id, &closed).ok_or_else(wrong)?;
    let step = secret.step_of(visit.typed("code")?, visit.now_ms, 0).ok_or_else(wrong)?;
    hq.db.execute(
        "UPDATE user SET totp = ?2, totp_step = ?3 WHERE id = ?1",
        params![visit.user.id, closed, step],
    )?;
    hq.db.execute("DELETE FROM session WHERE user = ?1", [visit.user.id])?;
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "user_totp", &visit.user.name, "")?;
    Ok(Redirect::to("/log-in").into_response())
}

/// `POST /log-out`.
pub(in crate::hq::web) fn log_out(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    session::end(&hq.db, &visit.session)?;
    Ok(([(header::SET_COOKIE, no_cookie())], Redirect::to("/log-in")).into_response())
}
