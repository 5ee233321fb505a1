//! What customers say of each style or kind of goods, for the buyers: likes, comfort, washing,
//! complaints, in their words (S129).
//!
//! Not here: who said it: words stand here without her.

use super::{HQ, complaints, tasks};
use crate::hq::Hq;
use crate::hq::desk::opinion::{self, By, Opinion};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Param, Refused, Shape, Visit};

pub(super) const LIST: List = List {
    name: "styles",
    zh: "款式反馈",
    en: "What they say of styles",
    about_zh: "回访时顾客对每个款号(或每个品类)的回答和投诉,批评多的在前;给采购看。",
    about_en: "What customers answered about each style or kind of goods when they were called, and what they complained of; the most criticised first, for the buyers.",
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
        field("complaints", Kind::Count, "投诉", "Complaints"),
        field("words", Kind::Text, "原话", "In their words"),
    ],
    params: &[Param {
        name: "by",
        shape: Shape::Word(&["style", "category"]),
        about: "Counted by style number, unless by category.",
    }],
    rows,
    above: Some(above),
};

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    tasks::neighbours(visit, "/styles", body);
    let is_by_category = visit.asked("by") == Some("category");
    body.raw("<p>").link("/styles", visit.of("按款号", "By style")).raw(" · ");
    body.link("/styles?by=category", visit.of("按品类", "By kind of goods")).raw("</p>");
    if is_by_category {
        body.raw("<p class=soft>").text(visit.of(
            "没有品类的款号合为一行;品类来自款式表。",
            "Styles of no known kind stand in one row; kinds come from the list of styles.",
        ));
        body.raw("</p>");
    }
    Ok(())
}

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let by = if visit.asked("by") == Some("category") { By::Category } else { By::Style };
    let row = |style: Opinion| {
        vec![
            Value::text(style.style),
            Value::text(style.item),
            Value::text(style.category),
            Value::Int(style.answers.into()),
            Value::Int(style.likes.into()),
            Value::Int(style.dislikes.into()),
            Value::Int(style.uncomfortable.into()),
            Value::Int(style.washing_questions.into()),
            Value::Int(style.complaints.into()),
            Value::Text(style.words.join(" / ")),
        ]
    };
    let all = opinion::opinions(&hq.db, &hq.keys, by)?.into_iter().map(row).collect();
    complaints::cut(visit, limit, all)
}
