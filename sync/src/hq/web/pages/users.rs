//! The users: who may log in and as what, kept by HQ.
//!
//! Not here: the rules (`hq::user`).

use super::{HQ, words};
use crate::hq::listing::Masking;
use crate::hq::user::{self, NewUser, Role, User};
use crate::hq::web::door::why_not;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};
use zeroize::Zeroizing;

pub(super) const LIST: List = List {
    name: "users",
    zh: "用户",
    en: "Users",
    about_zh: "谁可以登录,能看什么。",
    about_en: "Who may log in, and what they may see.",
    who: HQ,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("name", Kind::Text, "名字", "Name"),
        field("role", Kind::Word(words::ROLE), "角色", "Role"),
        field("stores", Kind::Text, "区域 / 门店", "Region / stores"),
        field("totp", Kind::Flag, "两步验证", "Second factor"),
        field("disabled", Kind::Flag, "已停用", "Disabled"),
        field("sessions", Kind::Count, "登录中", "Sessions"),
        field("seen_ms", Kind::Moment, "最近", "Last seen"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    // A chain has hundreds of users at most.
    let mut users = user::all(&hq.db)?;
    if let Some([after]) = visit.after::<1>()? {
        let after: i64 = after.parse().map_err(|_| odd("after"))?;
        let shown = users.iter().position(|user| user.id == after).map_or(0, |at| at + 1);
        drop(users.drain(..shown));
    }
    let more = users.len() > limit as usize;
    users.truncate(limit as usize);
    let next = users.last().filter(|_| more).map(|user| user.id.to_string());
    let mut rows = Vec::new();
    for user in users {
        let sql = "SELECT count(*), max(seen_ms) FROM session WHERE user = ?1";
        let (sessions, seen): (i64, Option<i64>) =
            hq.db.query_row(sql, [user.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let stores = stores(hq, &user)?;
        rows.push(vec![
            Value::Text(user.name),
            Value::Text(user.role.word().to_owned()),
            Value::Text(stores),
            Value::Flag(user.has_totp),
            Value::Flag(user.disabled),
            Value::Int(sessions),
            Value::int(seen),
        ]);
    }
    Ok(Rows { rows, next })
}

fn stores(hq: &Hq, user: &User) -> Result<String, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT st.name FROM user_store u JOIN store st ON st.id = u.store WHERE u.user = ?1
         ORDER BY st.name",
    )?;
    let names = select.query_map([user.id], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    Ok(user.region.clone().into_iter().chain(names).collect::<Vec<_>>().join(" "))
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    add_form(hq, visit, body)?;
    body.raw("<ul class=deeds>");
    for user in user::all(&hq.db)?.iter().filter(|user| user.id != visit.user.id) {
        body.raw("<li><b>").text(&user.name).raw("</b>");
        let deeds = [
            ("enable", visit.of("启用", "Enable"), user.disabled),
            ("disable", visit.of("停用", "Disable"), !user.disabled),
            ("end", visit.of("结束登录", "End sessions"), !user.disabled),
        ];
        for (deed, words, _) in deeds.into_iter().filter(|(.., shown)| *shown) {
            body.form(&format!("/users/{}/{deed}", user.id), &visit.token);
            body.button(words).raw("</form>");
        }
        body.raw("</li>");
    }
    body.raw("</ul>");
    Ok(())
}

fn add_form(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    body.raw("<details class=card><summary>").text(visit.of("添加用户", "Add a user"));
    body.raw("</summary>").form("/users/add", &visit.token);
    body.field(visit.of("名字", "Name"), "name", "required maxlength=40 autocomplete=off", "");
    let kind = "type=password required minlength=10 autocomplete=new-password";
    body.field(
        visit.of("初始密码(至少 10 个字符)", "First password, 10 characters or more"),
        "password",
        kind,
        "",
    );
    let role =
        |(word, zh, en): &(&str, &str, &str)| ((*word).to_owned(), visit.of(zh, en).to_owned());
    let roles: Vec<_> = words::ROLE.iter().rev().map(role).collect();
    body.choice(visit.of("角色", "Role"), "role", &roles, "store");
    let mut stores = vec![(String::new(), "–".to_owned())];
    stores.extend(visit.stores(&hq.db)?.into_iter().map(|(_, name)| (name.clone(), name)));
    body.choice(visit.of("门店(门店角色)", "Store, for a store's user"), "store", &stores, "");
    body.field(
        visit.of("区域(区域角色)", "Region, for a region's user"),
        "region",
        "maxlength=40",
        "",
    );
    let languages = [("zh".to_owned(), "中文".to_owned()), ("en".to_owned(), "English".to_owned())];
    body.choice(visit.of("语言", "Language"), "language", &languages, visit.of("zh", "en"));
    body.button(visit.of("添加", "Add")).raw("</form></details>");
    Ok(())
}

/// `POST /users/add`.
pub(in crate::hq::web) fn add(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let new = NewUser {
        name: visit.typed("name")?.to_owned(),
        role: Role::from_word(visit.typed("role")?),
        region: some(visit.typed("region")?),
        stores: some(visit.typed("store")?).into_iter().collect(),
        language: Lang::asked(Some(visit.typed("language")?)),
    };
    let password = Zeroizing::new(visit.form.get("password").cloned().unwrap_or_default());
    let odd = |why: &user::UserError| Refused::Odd(why_not(why, Lang::Zh), why_not(why, Lang::En));
    user::add(&mut hq.db, visit.now_ms, &new, &password).map_err(|why| match why {
        user::UserError::Sql(_) => Refused::Broken,
        why => odd(&why),
    })?;
    done(hq, visit, "user_add", &new.name)
}

/// `POST /users/{user}/disable`.
pub(in crate::hq::web) fn disable(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let name = other(hq, visit)?;
    user::disable(&mut hq.db, &name, true).map_err(|_| Refused::Broken)?;
    done(hq, visit, "user_disable", &name)
}

/// `POST /users/{user}/enable`.
pub(in crate::hq::web) fn enable(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let name = other(hq, visit)?;
    user::disable(&mut hq.db, &name, false).map_err(|_| Refused::Broken)?;
    done(hq, visit, "user_enable", &name)
}

/// `POST /users/{user}/end`.
pub(in crate::hq::web) fn end_sessions(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let name = other(hq, visit)?;
    let sql = "DELETE FROM session WHERE user = (SELECT id FROM user WHERE name = ?1)";
    hq.db.execute(sql, [&name])?;
    done(hq, visit, "user_end", &name)
}

/// The user that the path names: another one, so that nobody locks herself out.
fn other(hq: &Hq, visit: &Visit) -> Result<String, Refused> {
    let id: i64 = visit.parts.get("user").and_then(|id| id.parse().ok()).ok_or(Refused::Nothing)?;
    if id == visit.user.id {
        return Err(Refused::odd("不能对自己这样做", "not to yourself"));
    }
    let found = user::all(&hq.db)?.into_iter().find(|user| user.id == id);
    found.map(|user| user.name).ok_or(Refused::Nothing)
}

fn done(hq: &Hq, visit: &Visit, what: &str, about: &str) -> Result<Response, Refused> {
    audit::note(&hq.db, visit.now_ms, &visit.user.name, what, about, "")?;
    Ok(Redirect::to("/users").into_response())
}
