//! What is done for regulars: get-togethers (S61) and umbrellas (S33), which stores write down themselves;
//! gifts by calendar (S63), what goods bring besides (S64), rewards (S105) and stalls (S130), which are HQ's.
//!
//! # Invariants
//!
//! - Each deed is in the audit trail, in the transaction that does it.
//! - A store sees its own events and umbrellas, and no other's.
//!
//! Not here: the figures of each store (`vip`), what it means (`desk::vip`).

use super::{beside, complaint, store_options, typed_store, words};
use crate::hq::desk::vip::{VipError, benefit, event, fair, gift, reward, umbrella};
use crate::hq::import::value;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::Words;
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::Transaction;

const TYPE: Words = &[
    ("service", "服务", "a service"),
    ("hotline", "专线", "a line of her own"),
    ("club", "活动邀请", "an invitation"),
    ("gift", "礼物", "a gift"),
    ("trial", "试穿试用", "a trial"),
    ("upgrade", "升级", "an upgrade"),
    ("trade_in", "以旧换新", "old for new"),
    ("discount", "折扣", "a discount"),
];

/// The forms above the stores' figures, and the umbrellas that are out.
pub(super) fn draw(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::CARE, "/vip", body);
    let stores = store_options(hq, visit)?;
    event_form(visit, &stores, body);
    if visit.is_hq() {
        gift_form(hq, visit, body)?;
        benefit_form(visit, body);
        reward_form(hq, visit, body)?;
        stall_form(visit, &stores, body);
    }
    lend_form(visit, &stores, body);
    umbrellas(hq, visit, body)
}

fn lend_form(visit: &Visit, stores: &[(String, String)], body: &mut Html) {
    unfold(visit, ("借出一把雨伞", "Lend an umbrella"), "/vip/umbrella-lend", body);
    body.choice(visit.of("门店", "Store"), "store", stores, "");
    body.field(
        visit.of("伞上的编号", "What stands on it"),
        "umbrella",
        "required maxlength=20",
        "",
    );
    let label = visit.of("押金", "Deposit");
    body.field(label, "deposit", "required inputmode=decimal maxlength=12", "");
    let label = visit.of("她的号码(可以空着)", "Her number; may be left empty");
    body.field(label, "what", "inputmode=numeric autocomplete=off maxlength=20", "");
    shut(visit, body);
    let reminder = visit.of("可以对她说:", "What to tell her: ");
    let said = format!("{reminder}{}", umbrella::reminder(visit.lang));
    body.raw("<p class=soft>").text(&said).raw("</p>");
}

/// Opens a form that unfolds.
fn unfold(visit: &Visit, title: (&str, &str), path: &str, body: &mut Html) {
    body.raw("<details class=card><summary>").text(visit.of(title.0, title.1)).raw("</summary>");
    body.form(path, &visit.token);
}

fn shut(visit: &Visit, body: &mut Html) {
    body.button(visit.of("记下", "Keep")).raw("</form></details>");
}

fn both_languages(visit: &Visit, body: &mut Html) {
    body.field(visit.of("内容(中文)", "What, in Chinese"), "zh", "required maxlength=60", "");
    body.field(visit.of("内容(英文)", "What, in English"), "en", "required maxlength=60", "");
}

fn from_and_until(visit: &Visit, body: &mut Html) {
    body.field(visit.of("从", "From"), "from", "type=date required", "");
    body.field(visit.of("到", "To"), "until", "type=date required", "");
}

fn event_form(visit: &Visit, stores: &[(String, String)], body: &mut Html) {
    unfold(visit, ("记一次 VIP 活动", "A get-together of regulars"), "/vip/event", body);
    body.choice(visit.of("门店", "Store"), "store", stores, "");
    body.field(visit.of("日期", "Day"), "day", "type=date required", "");
    body.field(visit.of("主题", "Theme"), "theme", "required maxlength=60", "");
    let label = visit.of("来了几位(还没办就空着)", "How many came; empty if it is still to come");
    body.field(label, "guests", "type=number min=0 max=9999", "");
    shut(visit, body);
}

fn gift_form(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    unfold(visit, ("礼物日历", "Gifts by calendar"), "/vip/gift", body);
    let all = gift::calendar(&hq.db)?;
    if !all.is_empty() {
        body.raw("<ul class=whole>");
        for gift in &all {
            let given = match visit.lang {
                Lang::Zh => format!("已送 {}", gift.given),
                Lang::En => format!("{} given", gift.given),
            };
            let what = visit.of(&gift.zh, &gift.en);
            body.tag("li", &format!("{} · {what} · {given}", gift.on));
        }
        body.raw("</ul>");
    }
    let label =
        visit.of("日子:节日的词(如 mothers)或 05-20", "A holiday's word (mothers) or 05-20");
    body.field(label, "on", "required maxlength=30", "");
    both_languages(visit, body);
    shut(visit, body);
    Ok(())
}

fn benefit_form(visit: &Visit, body: &mut Html) {
    unfold(visit, ("某款附带的服务或礼物", "What comes with certain goods"), "/vip/benefit", body);
    let label = visit.of("款号,或品名里的词", "Style number, or a word of the goods' name");
    body.field(label, "goods", "required maxlength=40", "");
    both_languages(visit, body);
    from_and_until(visit, body);
    shut(visit, body);
}

fn reward_form(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    unfold(visit, ("回馈目录", "Catalogue of rewards"), "/vip/reward", body);
    let all = reward::catalogue(&hq.db, visit.today)?;
    if !all.is_empty() {
        body.raw("<ul class=whole>");
        for reward in &all {
            let kind = words::of(TYPE, &reward.r#type, visit.lang);
            body.tag("li", &format!("{kind} · {}", reward.name));
        }
        body.raw("</ul>");
    }
    let types = words::options(TYPE, visit.lang);
    body.choice(visit.of("是什么", "What kind"), "kind", &types, "service");
    body.field(visit.of("名称", "Its name"), "name", "required maxlength=60", "");
    from_and_until(visit, body);
    shut(visit, body);
    Ok(())
}

fn stall_form(visit: &Visit, stores: &[(String, String)], body: &mut Html) {
    unfold(visit, ("特卖、摆摊的销售另计", "Tag the sales of a stall or fair"), "/vip/stall", body);
    body.field(visit.of("标签", "Tag"), "tag", "required maxlength=40", "");
    body.choice(visit.of("门店", "Store"), "store", stores, "");
    let label = visit.of("收银台(空着是全店)", "Till; empty for all of the store's");
    body.field(label, "till", "maxlength=40", "");
    from_and_until(visit, body);
    shut(visit, body);
}

fn umbrellas(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    let out = of_hers(hq, visit)?;
    if out.is_empty() {
        return Ok(());
    }
    body.raw("<details class=card><summary>").text(visit.of("借出的雨伞", "Umbrellas out"));
    body.raw("</summary><ul>");
    for loan in &out {
        let days = match visit.lang {
            Lang::Zh => format!("{} 天", loan.out_days),
            Lang::En => format!("{} days", loan.out_days),
        };
        let deposit = visit.of("押金 ", "deposit ");
        body.raw("<li>").form("/vip/umbrella-back", &visit.token);
        body.raw("<input type=hidden name=loan value=").number(loan.id).raw("><span>");
        body.text(&format!("{} · {} · {days} · ", loan.store, loan.umbrella));
        body.text(deposit).text(&visit.money(loan.deposit)).raw("</span>");
        body.button(visit.of("还了,退押金", "Back; deposit returned")).raw("</form></li>");
    }
    body.raw("</ul></details>");
    Ok(())
}

/// The umbrellas that are out of her own stores.
fn of_hers(hq: &Hq, visit: &Visit) -> Result<Vec<umbrella::Loan>, Refused> {
    let stores = visit.stores(&hq.db)?;
    let mut out = umbrella::out(&hq.db, visit.today)?;
    out.retain(|loan| stores.iter().any(|(_, name)| *name == loan.store));
    Ok(out)
}

fn said(error: &VipError) -> Refused {
    match error {
        VipError::Sql(_) => Refused::Broken,
        VipError::Days => {
            Refused::odd("结束日期早于开始日期", "the last day lies before the first")
        }
        VipError::GiftDay => Refused::odd(
            "日子请写节日的词(如 mothers)或 05-20",
            "write the day as a holiday's word, such as mothers, or as 05-20",
        ),
        VipError::Twice => Refused::odd("这把伞还没还", "that umbrella is out already"),
        VipError::NoItem(_) => Refused::odd("已经办过了", "that was done already"),
        other => Refused::odd("现在不能这样记", &other.to_string()),
    }
}

fn day(visit: &Visit, name: &str) -> Result<i32, Refused> {
    visit.typed_day(name)?.ok_or_else(|| odd(name))
}

fn text<'a>(visit: &'a Visit, name: &str) -> Result<&'a str, Refused> {
    visit.needed(name, "请填完整", "fill in every field")
}

/// Does one deed, with the trail's row for it, and goes back to the page.
fn deed(
    hq: &mut Hq,
    visit: &Visit,
    does: impl FnOnce(&Transaction<'_>) -> Result<String, VipError>,
) -> Result<Response, Refused> {
    let tx = hq.db.transaction()?;
    let about = does(&tx).map_err(|error| said(&error))?;
    audit::note(&tx, visit.now_ms, &visit.user.name, "vip", &about, "")?;
    tx.commit()?;
    Ok(Redirect::to("/vip").into_response())
}

/// `POST /vip/event`.
pub(in crate::hq::web) fn event(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (store, day, theme) = (typed_store(hq, visit)?, day(visit, "day")?, text(visit, "theme")?);
    let guests = match visit.typed("guests")? {
        "" => None,
        typed => Some(typed.parse().map_err(|_| odd("guests"))?),
    };
    deed(hq, visit, |tx| Ok(format!("event {}", event::add(tx, &store, day, theme, guests)?)))
}

/// `POST /vip/gift`.
pub(in crate::hq::web) fn gift(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (on, zh, en) = (text(visit, "on")?, text(visit, "zh")?, text(visit, "en")?);
    deed(hq, visit, |tx| Ok(format!("gift {}", gift::add(tx, on, zh, en)?)))
}

/// `POST /vip/benefit`.
pub(in crate::hq::web) fn benefit(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let own = |name| text(visit, name).map(str::to_owned);
    let (goods, zh, en) = (own("goods")?, own("zh")?, own("en")?);
    let (from, until) = (day(visit, "from")?, day(visit, "until")?);
    let offer = benefit::Offer { goods, zh, en, from, until };
    deed(hq, visit, |tx| Ok(format!("benefit {}", benefit::add(tx, &offer)?)))
}

/// `POST /vip/reward`.
pub(in crate::hq::web) fn reward(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let word = visit.typed("kind")?;
    let kind = reward::Type::ALL.into_iter().find(|kind| kind.word() == word);
    let (kind, name) = (kind.ok_or_else(|| odd("kind"))?, text(visit, "name")?);
    let (from, until) = (day(visit, "from")?, day(visit, "until")?);
    deed(hq, visit, |tx| Ok(format!("reward {}", reward::add(tx, kind, name, from, until)?)))
}

/// `POST /vip/stall`.
pub(in crate::hq::web) fn stall(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (store, tag) = (typed_store(hq, visit)?, text(visit, "tag")?.to_owned());
    let till = Some(visit.typed("till")?.to_owned()).filter(|till| !till.is_empty());
    let (from, until) = (day(visit, "from")?, day(visit, "until")?);
    let stall = fair::Stall { tag, store, till, from, until };
    deed(hq, visit, |tx| Ok(format!("stall {}", fair::add(tx, &stall)?)))
}

/// `POST /vip/umbrella-lend`.
pub(in crate::hq::web) fn umbrella_lend(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let (store, umbrella) = (typed_store(hq, visit)?, text(visit, "umbrella")?);
    let deposit = value::amount(text(visit, "deposit")?, visit.exponent);
    let deposit = deposit.map_err(|_| Refused::odd("押金请写数字", "the deposit is a number"))?;
    let (her, today) = (complaint::hers(hq, visit)?, visit.today);
    deed(hq, visit, |tx| {
        let loan = umbrella::lend(tx, &store, umbrella, her.as_ref(), deposit, today)?;
        Ok(format!("umbrella {loan} lent"))
    })
}

/// `POST /vip/umbrella-back`.
pub(in crate::hq::web) fn umbrella_back(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let loan: i64 = visit.typed("loan")?.parse().map_err(|_| odd("loan"))?;
    if !visit.is_hq() && !of_hers(hq, visit)?.iter().any(|out| out.id == loan) {
        return Err(Refused::Nothing);
    }
    let today = visit.today;
    deed(hq, visit, |tx| {
        umbrella::take_back(tx, loan, today)?;
        Ok(format!("umbrella {loan}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_reward_can_be_chosen() {
        for kind in reward::Type::ALL {
            assert!(TYPE.iter().any(|(word, ..)| *word == kind.word()), "{}", kind.word());
        }
    }
}
