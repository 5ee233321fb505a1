//! The library of texts: what goes out, who wrote and who reviewed it, and what the checker says of a new
//! one (S36 to S41, S79, S112).
//!
//! # Invariants
//!
//! - A text that the checker objects to is kept only with a reason, which stands beside it.
//! - Whoever wrote a text does not review it; without a review it does not go out.
//!
//! Not here: the library itself and its checker (`messages::library`, `messages::judge`).

use super::messages::KIND;
use super::{HQ, beside, words};
use crate::hq::desk::messages::kind::Kind as For;
use crate::hq::desk::messages::library::{self, Draft, Overrule, Text, TextError};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, Words, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use crate::hq::{Hq, audit};
use crate::language::Language;
use axum::response::{IntoResponse as _, Redirect, Response};

const LANGUAGE: Words = &[("zh", "中文", "Chinese"), ("en", "英文", "English")];

pub(super) const LIST: List = List {
    name: "texts",
    zh: "文案库",
    en: "Texts",
    about_zh: "关怀和营销的文案,新版在前。没审过的不会发;写的人不能自己审。",
    about_en: "Texts of care and marketing, the newest version first. What nobody reviewed does not go out; nobody reviews a text of their own.",
    who: HQ,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("text_number", Kind::Count, "号", "No."),
        field("kind", Kind::Word(KIND), "类型", "Kind"),
        field("language", Kind::Word(LANGUAGE), "语言", "Language"),
        field("occasion", Kind::Text, "场合", "Occasion"),
        field("version", Kind::Count, "版本", "Version"),
        field("text", Kind::Sentence, "文案", "Text"),
        field("from_day", Kind::Day, "从", "From"),
        field("until_day", Kind::Day, "到", "To"),
        field("author", Kind::Text, "谁写", "Author"),
        field("reviewer", Kind::Text, "谁审", "Reviewer"),
        field("objections", Kind::Sentence, "检查器指出", "The checker's objections"),
        field("overruled_why", Kind::Sentence, "仍用的理由", "Kept because"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let row = |of: Text| {
        vec![
            Value::Int(of.id),
            Value::Text(of.kind.word().to_owned()),
            Value::Text(of.language),
            Value::Text(of.occasion),
            Value::Int(of.version.into()),
            Value::Text(of.text),
            Value::int(of.from_day),
            Value::int(of.until_day),
            Value::Text(of.author),
            Value::text(of.reviewer),
            Value::text(of.objections),
            Value::text(of.overruled_why),
        ]
    };
    let all = library::list(&hq.db)?.into_iter().map(row).collect();
    super::complaints::cut(visit, limit, all)
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::CARE, "/texts", body);
    reviews(hq, visit, body)?;
    let filled = Draft {
        kind: For::Birthday,
        language: visit.lang,
        occasion: String::new(),
        text: String::new(),
        author: String::new(),
        theme: None,
        from_day: None,
        until_day: None,
        overrule: None,
    };
    body.raw("<details class=card><summary>").text(visit.of("写一条新的", "Write a new one"));
    body.raw("</summary>");
    form(visit, &filled, false, body);
    body.raw("</details>");
    Ok(())
}

/// What waits for a second pair of eyes.
fn reviews(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    let waits = library::list(&hq.db)?.into_iter().filter(|text| text.reviewer.is_none());
    let waits: Vec<Text> = waits.collect();
    if waits.is_empty() {
        return Ok(());
    }
    body.raw("<div class=card><h2>").text(visit.of("等着审", "Waiting for a review")).raw("</h2>");
    for text in waits {
        body.raw("<blockquote><p>").text(&text.text).raw("</p><small>");
        let kind = words::of(KIND, text.kind.word(), visit.lang);
        body.text(&format!("{kind} {} v{} · {}", text.occasion, text.version, text.author));
        if let Some(objections) = &text.objections {
            body.text(visit.of(" · 检查器指出:", " · the checker objects to: ")).text(objections);
        }
        body.raw("</small>");
        if text.author == visit.user.name {
            body.raw("<p class=soft>")
                .text(visit.of("自己写的,请别人审。", "Yours: somebody else reviews it."));
            body.raw("</p>");
        } else {
            body.form(&format!("/texts/{}/review", text.id), &visit.token);
            body.button(visit.of("审过,可以发", "Reviewed: it may go out")).raw("</form>");
        }
        body.raw("</blockquote>");
    }
    body.raw("</div>");
    Ok(())
}

fn form(visit: &Visit, draft: &Draft, objected: bool, body: &mut Html) {
    let options = |all: Words| words::options(all, visit.lang);
    body.form("/texts/add", &visit.token);
    body.choice(visit.of("类型", "Kind"), "kind", &options(KIND), draft.kind.word());
    let language = draft.language.of("zh", "en");
    body.choice(visit.of("语言", "Language"), "language", &options(LANGUAGE), language);
    let label = visit.of(
        "场合:节日、节气或活动的词;空着是都可以",
        "Occasion: a holiday's or season's word, a campaign's name; empty for any",
    );
    body.field(label, "occasion", "maxlength=40", &draft.occasion);
    body.raw("<label class=whole>").text(visit.of("文案", "Text"));
    body.raw("<textarea name=text rows=3 required maxlength=300>").text(&draft.text);
    body.raw("</textarea></label>");
    let day = |day: Option<i32>| day.map(crate::hq::web::visit::day_text).unwrap_or_default();
    let label = visit.of("主题(营销和知识)", "Theme, of marketing and information");
    body.field(label, "theme", "maxlength=40", draft.theme.as_deref().unwrap_or_default());
    body.field(
        visit.of("从(营销和知识)", "From, of those"),
        "from",
        "type=date",
        &day(draft.from_day),
    );
    body.field(visit.of("到", "To"), "until", "type=date", &day(draft.until_day));
    if objected {
        let label = visit
            .of("仍要用?写明理由(会一直显示)", "Keep it all the same? Say why; it stays beside it");
        body.field(label, "why", "maxlength=200", "");
    }
    body.button(visit.of("检查并记下", "Check and keep")).raw("</form>");
}

fn draft(visit: &Visit) -> Result<Draft, Refused> {
    let typed = |name| visit.typed(name).map(str::to_owned);
    let some = |name| typed(name).map(|text| Some(text).filter(|text| !text.is_empty()));
    let kind = For::from_word(visit.typed("kind")?).ok_or_else(|| odd("kind"))?;
    let language = match visit.typed("language")? {
        "zh" => Language::Zh,
        "en" => Language::En,
        _ => return Err(odd("language")),
    };
    let by = visit.user.name.clone();
    Ok(Draft {
        kind,
        language,
        occasion: typed("occasion")?,
        text: visit.needed("text", "请写文案", "write the text")?.to_owned(),
        author: by.clone(),
        theme: some("theme")?,
        from_day: visit.typed_day("from")?,
        until_day: visit.typed_day("until")?,
        overrule: some("why")?.map(|why| Overrule { by, why }),
    })
}

/// `POST /texts/add`.
pub(in crate::hq::web) fn add(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let draft = draft(visit)?;
    let tx = hq.db.transaction()?;
    match library::add(&tx, &draft, visit.now_ms) {
        Ok(id) => {
            let why = draft.overrule.as_ref().map_or("", |overrule| overrule.why.as_str());
            audit::note(&tx, visit.now_ms, &visit.user.name, "text", &format!("{id} add"), why)?;
            tx.commit()?;
            Ok(Redirect::to("/texts").into_response())
        }
        Err(TextError::Refused(objections)) => {
            let wrong: Vec<&str> =
                objections.iter().map(|objection| objection.in_language(visit.lang)).collect();
            Ok(again(visit, &draft, &wrong))
        }
        Err(TextError::NoDays) => {
            let words = visit.of(
                "营销和知识要写场合和起止日期",
                "marketing and information need an occasion and their days",
            );
            Ok(again(visit, &draft, &[words]))
        }
        Err(error) => Err(said(&error)),
    }
}

/// The form with what was typed, and what is wrong with it.
fn again(visit: &Visit, draft: &Draft, wrong: &[&str]) -> Response {
    let mut body = Html::default();
    body.h1(visit.of("检查器有话说", "The checker objects"));
    body.raw("<ul class=warn role=alert>");
    for words in wrong {
        body.tag("li", words);
    }
    body.raw("</ul><div class=card>");
    form(visit, draft, true, &mut body);
    body.raw("</div>");
    visit.page(visit.of("文案库", "Texts"), "/vip", body)
}

fn said(error: &TextError) -> Refused {
    match error {
        TextError::OwnReview => {
            Refused::odd("自己写的不能自己审", "whoever wrote a text does not review it")
        }
        TextError::None(_) => Refused::odd("没有等着审的这一条", "no such text waits for a review"),
        TextError::NoReason => Refused::odd("请写明理由", "say why"),
        TextError::Refused(_) | TextError::NoDays | TextError::Sql(_) => Refused::Broken,
    }
}

/// `POST /texts/{text}/review`.
pub(in crate::hq::web) fn review(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let id = visit.number("text")?;
    let tx = hq.db.transaction()?;
    library::review(&tx, id, &visit.user.name, visit.now_ms).map_err(|error| said(&error))?;
    audit::note(&tx, visit.now_ms, &visit.user.name, "text", &format!("{id} review"), "")?;
    tx.commit()?;
    Ok(Redirect::to("/texts").into_response())
}
