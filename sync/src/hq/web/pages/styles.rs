//! What customers say of each style, for the buyers: likes, comfort, washing, in their words (S129).
//!
//! Not here: who said it: words stand here without her.

use super::{HQ, complaints, tasks};
use crate::hq::Hq;
use crate::hq::desk::standing;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "styles",
    zh: "款式反馈",
    en: "What they say of styles",
    about_zh: "回访时顾客对每个款号的回答,批评多的在前;给采购看。",
    about_en: "What customers answered about each style when they were called, the most criticised first; for the buyers.",
    who: HQ,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("style", Kind::Text, "款号", "Style"),
        field("item", Kind::Text, "品名", "Item"),
        field("category", Kind::Text, "品类", "Category"),
        field("answers", Kind::Count, "回答", "Answers"),
        field("likes", Kind::Count, "喜欢", "Like it"),
        field("dislikes", Kind::Count, "不喜欢", "Do not"),
        field("uncomfortable", Kind::Count, "不舒服", "Not comfortable"),
        field("washing_questions", Kind::Count, "洗护疑问", "Washing questions"),
        field("words", Kind::Text, "原话", "In their words"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    tasks::neighbours(visit, "/styles", body);
    Ok(())
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let row = |style: standing::StyleCount| {
        vec![
            Value::Text(style.style),
            Value::text(style.item),
            Value::text(style.category),
            Value::Int(style.answers.into()),
            Value::Int(style.likes.into()),
            Value::Int(style.dislikes.into()),
            Value::Int(style.uncomfortable.into()),
            Value::Int(style.washing_questions.into()),
            Value::Text(style.words.join(" / ")),
        ]
    };
    let all = standing::styles(&hq.db, &hq.keys)?.into_iter().map(row).collect();
    complaints::cut(visit, limit, all)
}
