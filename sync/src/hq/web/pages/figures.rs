//! Every number of keeping customers as a list, each with how it was counted.
//!
//! Not here: counting and the words (`hq::figures::numbers`), the charts (`numbers`).

use super::{HQ, beside, complaints};
use crate::hq::Hq;
use crate::hq::figures::measure::measured;
use crate::hq::figures::numbers::{Number, alerts, numbers};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, day_text};

pub(super) const LIST: List = List {
    name: "figures",
    zh: "全部指标",
    en: "Every number",
    about_zh: "留住顾客的全部数字,旁边写着怎么数的。每夜数一次。",
    about_en: "Every number of keeping customers, with how it was counted beside it. Counted each night.",
    who: HQ,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("name", Kind::Text, "指标", "Number"),
        field("value", Kind::Text, "数值", "Value"),
        field("definition", Kind::Sentence, "怎么数的", "How it was counted"),
        field("rule", Kind::Text, "规则", "Rule"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let all = numbers(&hq.db, visit.lang).map_err(|_| Refused::Broken)?;
    let row = |number: Number| {
        let Number { rule, name, value, definition } = number;
        vec![
            Value::Text(name),
            Value::Text(value),
            Value::Text(definition),
            Value::Text(rule.to_owned()),
        ]
    };
    complaints::cut(visit, limit, all.into_iter().map(row).collect())
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::FIGURES, "/figures", body);
    if let Some(measured) = measured(&hq.db)? {
        body.raw("<p class=soft>").text(visit.of("截至 ", "As of "));
        body.text(&day_text(measured.day)).raw("</p>");
    }
    for alert in alerts(&hq.db, visit.lang)? {
        body.raw("<p class=warn>").text(&alert).raw("</p>");
    }
    Ok(())
}
