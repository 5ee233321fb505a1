//! One customer's file: tier and why, fields with purpose, author and age, what happened.
//!
//! Not here: her number in clear (`reveal`), what happened (`timeline`).

use super::{forget, opt_out, outlook, timeline, words};
use crate::care_list::{Card, CustomerId};
use crate::hq::customer::{self, File, card, person};
use crate::hq::desk::win_back::script;
use crate::hq::figures::rules::FigureRules;
use crate::hq::figures::{measure, preference};
use crate::hq::file::{self, Field, Filled, Value, Weights};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::hq::{Hq, audit, store};
use crate::language::Language;
use crate::message::StoreId;
use crate::tier;
use axum::response::{IntoResponse as _, Redirect, Response};

/// Style numbers shown.
const STYLES: u32 = 12;
const DAY_MS: i64 = 86_400_000;

/// `GET /customers/{customer}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let file = customer::file(&hq.db, &hq.keys, &root)?;
    if file == File::Erased {
        return Err(Refused::Nothing);
    }
    let mut body = Html::default();
    let name = super::customers::name(&file);
    let masked = Masking::Masked.show(&file);
    body.h1(&format!("{} {masked}", name.clone().unwrap_or_default()));
    standing(hq, visit, &root, &file, &mut body)?;
    forget::asked(hq, visit, &root, &mut body)?;
    body.raw("<div class=\"two file\"><section>");
    fields(hq, visit, &root, (name, masked), &mut body)?;
    body.raw("</section><section>");
    outlook::draw(hq, visit, &root, &mut body)?;
    reveal(visit, &root, &mut body);
    people(hq, visit, &root, &mut body)?;
    opt_out::draw(visit, &root, &mut body);
    forget::draw(hq, visit, &root, &mut body)?;
    timeline::draw(hq, visit, &root, &mut body)?;
    body.raw("</section></div>");
    Ok(visit.page(visit.of("顾客档案", "Customer file"), "/customers", body))
}

/// Her tier and why, stage, and how complete the file is.
fn standing(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    file: &File,
    body: &mut Html,
) -> Result<(), Refused> {
    let own = store::own(&hq.db)?;
    let spend = customer::spend(&hq.db, root, &own.policy, visit.today)?;
    let held_out = match file {
        File::Known(identity) => customer::held_out(&hq.db, root, &identity.phone)?.is_some(),
        _ => false,
    };
    let standing = tier::tier(&own.policy, &spend, visit.today).filter(|_| !held_out);
    let why = match standing {
        _ if held_out => visit
            .of(
                "不计等级:店员、占位号码或用得太多",
                "in no tier: staff, a stop-gap number, or used too often",
            )
            .to_owned(),
        Some(standing) => standing.sentence(visit.lang, visit.exponent),
        None => visit.of("还没有等级", "no tier yet").to_owned(),
    };
    body.raw("<p class=lead>").text(&why).raw("</p>");
    Ok(())
}

/// Form for her number: with a reason, for a minute, in the trail.
fn reveal(visit: &Visit, root: &CustomerId, body: &mut Html) {
    body.raw("<div class=card>").form(&format!("/customers/{root}/reveal"), &visit.token);
    let label = visit.of("看全号的原因(会记下来)", "Why you need her number (it is written down)");
    body.field(label, "why", "required maxlength=200 autocomplete=off", "");
    body.button(visit.of("看 60 秒", "Show for 60 s")).raw("</form></div>");
}

/// Who she is: stage, store, associate, numbers, who brought whom, what she agreed to.
fn people(hq: &Hq, visit: &Visit, root: &CustomerId, body: &mut Html) -> Result<(), Refused> {
    let home = home(hq, visit, root)?;
    let card = match &home {
        Some((store, _)) => card::card(&hq.db, &hq.keys, root, store)?,
        None => Card::default(),
    };
    body.raw("<dl>");
    let mut pair = |name: &str, value: &str| {
        body.tag("dt", name).tag("dd", if value.is_empty() { "–" } else { value });
    };
    // S71: the same stage as the chain's numbers count her in.
    let stands = measure::stands(&hq.db, root, visit.today)?;
    let stage = stands.map_or("", |(stage, _)| stage.name(visit.lang));
    pair(visit.of("阶段", "Stage"), stage);
    let class = stands.map_or("", |(_, class)| words::of(words::CLASS, class.word(), visit.lang));
    pair(visit.of("分类", "Class"), class);
    pair(visit.of("常去", "Her store"), home.as_ref().map_or("", |(_, name)| name));
    pair(visit.of("谁照顾她", "Looked after by"), card.associate.as_deref().unwrap_or_default());
    pair(visit.of("首次 / 最近", "First / last"), &days(&card));
    pair(visit.of("带来的顾客", "Brought"), &card.brought.to_string());
    if script::discount_only(&hq.db, root)? {
        let only = visit.of("每一单都打了折", "never without a discount");
        pair(visit.of("怎么买", "How she buys"), only);
    }
    let list = |purposes: &[crate::event::Purpose]| {
        let words =
            purposes.iter().map(|purpose| words::of(words::PURPOSE, purpose.word(), visit.lang));
        words.collect::<Vec<_>>().join(visit.of("、", ", "))
    };
    pair(visit.of("同意", "Agreed to"), &list(&card.agreed));
    pair(visit.of("不同意", "Declined"), &list(&card.declined));
    let numbers = person::numbers(&hq.db, root)?;
    for number in numbers.iter().filter(|number| *number != root) {
        let shown = Masking::Masked.show(&customer::file(&hq.db, &hq.keys, number)?);
        pair(visit.of("另一个号码", "Another number"), &shown);
    }
    body.raw("</dl>");
    Ok(())
}

fn days(card: &Card) -> String {
    let day = |day: Option<i32>| day.map(day_text).unwrap_or_default();
    match card.first_day {
        Some(_) => format!("{} / {}", day(card.first_day), day(card.last_day)),
        None => String::new(),
    }
}

/// Of the visitor's stores the one where she spent most.
fn home(hq: &Hq, visit: &Visit, root: &CustomerId) -> Result<Option<(StoreId, String)>, Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT p.store, st.name FROM person_store p JOIN store st ON st.id = p.store
         WHERE p.customer = ?1 ORDER BY p.net DESC",
    )?;
    let rows = select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stores: Vec<(StoreId, String)> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(stores.into_iter().find(|(store, _)| visit.scope.has(store)))
}

/// The fields, hard and soft, and how complete they are.
fn fields(
    hq: &Hq,
    visit: &Visit,
    root: &CustomerId,
    (name, masked): (Option<String>, String),
    body: &mut Html,
) -> Result<(), Refused> {
    let rules = FigureRules::of_chain(&hq.db);
    let values = file::values(&hq.db, &hq.keys, &rules.file, root)?;
    let styles = file::styles(&hq.db, root, STYLES)?;
    let sql = "SELECT coalesce((SELECT spend FROM person WHERE customer = ?1), 0)";
    let spend: i64 = hq.db.query_row(sql, [root], |row| row.get(0))?;
    let bought = !styles.is_empty() || spend != 0;
    let filled = file::filled(&hq.db, &hq.keys, &rules.file, root, (name.is_some(), bought))?;
    completeness(visit, filled, Weights::of(&rules.file), body);
    let by_itself = |field: &Field| match field.word {
        "name" => name.clone().unwrap_or_default(),
        "phone" => masked.clone(),
        "amount" => visit.money(spend),
        _ => styles.join(" "),
    };
    for soft in [false, true] {
        body.tag(
            "h2",
            if soft {
                visit.of("软档案", "Soft file")
            } else {
                visit.of("硬档案", "Hard file")
            },
        );
        body.raw("<div class=fields>");
        for field in file::fields(&rules.file).filter(|field| field.soft == soft) {
            if field.by_itself {
                one(visit, field, &by_itself(field), body);
            } else {
                editable(visit, &rules, root, (field, values.get(field.word)), body);
            }
        }
        body.raw("</div>");
    }
    Ok(())
}

fn completeness(visit: &Visit, filled: Filled, weights: Weights, body: &mut Html) {
    let percent = i64::from(filled.percent(weights));
    body.raw("<p class=complete>")
        .text(visit.of("档案完整度 ", "File complete "))
        .raw("<b>")
        .number(percent);
    body.raw(" %</b> <svg viewBox=\"0 0 100 8\" preserveAspectRatio=none aria-hidden=true><rect class=even width=100 height=8 /><rect class=bar height=8 width=\"");
    body.number(percent).raw("\"/></svg><span class=soft>");
    let hard = weights.hard_percent();
    let soft = 100 - hard;
    let means = match visit.lang {
        Language::Zh => format!("硬 {hard} % + 软 {soft} %"),
        Language::En => format!("{hard} % hard + {soft} % soft"),
    };
    body.text(&means).raw("</span></p>");
}

fn one(visit: &Visit, field: &Field, value: &str, body: &mut Html) {
    body.raw("<div class=field><b>").text(visit.of(field.zh, field.en)).raw("</b><i>");
    body.text(visit.of(field.purpose_zh, field.purpose_en)).raw("</i><span>");
    body.text(if value.is_empty() { "–" } else { value }).raw("</span></div>");
}

fn editable(
    visit: &Visit,
    rules: &FigureRules,
    root: &CustomerId,
    (field, value): (&Field, Option<&Value>),
    body: &mut Html,
) {
    body.raw("<details class=field><summary><b>").text(visit.of(field.zh, field.en)).raw("</b><i>");
    body.text(visit.of(field.purpose_zh, field.purpose_en)).raw("</i><span>");
    match value.map(|value| value.value.as_deref()) {
        Some(Some(text)) => body.text(text),
        Some(None) => body.text(visit.of("她不愿说", "she would rather not")),
        None => body.text("–"),
    };
    body.raw("</span>");
    if let Some(value) = value {
        body.raw("<small>").text(&by_whom(visit, rules, value)).raw("</small>");
    }
    body.raw("</summary>").form(&format!("/customers/{root}/field"), &visit.token);
    body.raw("<input type=hidden name=field value=").raw(field.word).raw(">");
    let current = value.and_then(|value| value.value.as_deref()).unwrap_or_default();
    body.field(
        visit.of("改为(留空则清除)", "Change to; empty clears it"),
        "value",
        "maxlength=500",
        current,
    );
    body.button(visit.of("记下", "Keep")).raw("</form></details>");
}

/// `li · 3 days ago`, and whether that is so long that it may no longer be so (S78).
fn by_whom(visit: &Visit, rules: &FigureRules, value: &Value) -> String {
    let author = value.author.as_deref().unwrap_or_else(|| visit.of("收银台", "at the till"));
    let Some(at_ms) = value.at_ms else { return author.to_owned() };
    let days = (visit.now_ms - at_ms).max(0) / DAY_MS;
    let age = match (days, visit.lang) {
        (0, _) => visit.of("今天", "today").to_owned(),
        (_, Language::Zh) => format!("{days} 天前"),
        (1, _) => "1 day ago".to_owned(),
        (_, Language::En) => format!("{days} days ago"),
    };
    let stale = match preference::is_stale(rules, at_ms, visit.today) {
        true => visit.of(" · 可能过时", " · may be out of date"),
        false => "",
    };
    format!("{author} · {age}{stale}")
}

/// `POST /customers/{customer}/field`.
pub(in crate::hq::web) fn write(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let root = visit.customer(&hq.db)?;
    let rules = FigureRules::of_chain(&hq.db).file;
    let field = file::writable(&rules, visit.typed("field")?)
        .ok_or_else(|| Refused::odd("没有这一项", "there is no such field"))?;
    let value = visit.typed("value")?;
    let tx = hq.db.transaction()?;
    let written = (field.word, value);
    let entry =
        customer::entry::write(&tx, &hq.keys, &root, written, &visit.user.name, visit.now_ms);
    if !entry? {
        return Err(Refused::Nothing);
    }
    let about = format!("{root} {}", field.word);
    audit::note(&tx, visit.now_ms, &visit.user.name, "field", &about, "")?;
    tx.commit()?;
    Ok(Redirect::to(&format!("/customers/{root}")).into_response())
}
