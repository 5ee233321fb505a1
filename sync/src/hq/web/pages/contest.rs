//! The file contests of a quarter: most new files, most complete ones, most valid ones (S9, S10, S11).
//!
//! Not here: counting and ranks (`hq::figures::contest`), the sample that is checked (`checks`).

use super::{ALL, QUARTER, STORE, beside, complaints};
use crate::hq::Hq;
use crate::hq::figures::contest::{Entrant, counted};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "contest",
    zh: "建档竞赛",
    en: "File contest",
    about_zh: "季度内新建的有效档案:数量、完整度、抽查属实的比例,各排名次。昨夜数的;抽查结果当天就算。只记名次,不定奖惩。",
    about_en: "New valid files of a quarter: how many, how complete, how many of the checked ones true; a rank each. Counted last night, checks at once. Ranks are facts: no sanction follows.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("staff", Kind::Text, "员工", "Associate"),
        field("files", Kind::Count, "新建有效", "New, valid"),
        field("rank_files", Kind::Count, "数量名次", "Rank, files"),
        field("complete", Kind::Percent, "平均完整", "Complete"),
        field("rank_complete", Kind::Count, "完整名次", "Rank, complete"),
        field("checked", Kind::Count, "已抽查", "Checked"),
        field("found_valid", Kind::Count, "属实", "True"),
        field("rank_valid", Kind::Count, "属实名次", "Rank, true"),
        field("invalid", Kind::Count, "不计", "Do not count"),
    ],
    params: &[STORE, QUARTER],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let names = complaints::names(hq, visit)?;
    let all = counted(&hq.db, visit.quarter())?;
    let hers = all.into_iter().filter(|one| complaints::has(&names, Some(&one.store)));
    complaints::cut(visit, limit, hers.map(row).collect())
}

fn row(one: Entrant) -> Vec<Value> {
    let complete = (one.files > 0).then_some(one.complete_percent);
    vec![
        Value::Text(one.store),
        Value::Text(one.staff),
        Value::Int(one.files.into()),
        Value::Int(one.rank_files.into()),
        Value::int(complete),
        Value::int(one.rank_complete),
        Value::Int(one.checked.into()),
        Value::Int(one.found_valid.into()),
        Value::int(one.rank_valid),
        Value::Int(one.invalid.into()),
    ]
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/contest", body);
    body.raw("<details class=soft><summary>").text(visit.of("怎么数", "How it is counted"));
    body.raw("</summary><p class=soft>").text(visit.of(
        "档案算在她第一次购买的那个季度、当时接待她的人名下;季度最后一天以后的算下一季。员工自己的号码、很多人共用的号码不计。完整度:硬档案占 20 %,软档案占 80 %(规则里可改)。结果一样的名次相同,下一名顺延。",
        "A file counts for the quarter of her first purchase and for who served her then; after the quarter's last day it counts in the next. Staff's own numbers and numbers that many share do not count. Complete: hard fields weigh 20 %, soft ones 80 %, unless the rules say otherwise. Equal results share a rank, and the next one is left out.",
    ));
    body.raw("</p></details>");
    Ok(())
}
