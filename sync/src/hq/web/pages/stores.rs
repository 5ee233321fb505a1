//! Each store in figures: its customers by step (S2), who came again, and staff who went (S85).
//!
//! Not here: the chain's own (`numbers`).

use super::{ALL, STORE, beside, each_store};
use crate::hq::Hq;
use crate::hq::figures::measure::measured;
use crate::hq::figures::staff;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "stores",
    zh: "各门店",
    en: "By store",
    about_zh: "顾客算在最近一次购买的门店;按店名排,不排名。昨夜数的。",
    about_en: "A customer counts for the store where she bought last. By name; nobody is ranked. As of last night.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("met", Kind::Count, "1 建立关系", "1 meet"),
        field("bought", Kind::Count, "2 促进消费", "2 sell"),
        field("in_touch", Kind::Count, "3 日常联系", "3 stay in touch"),
        field("customers_before", Kind::Count, "前 90 天来过", "Bought before"),
        field("customers_stayed", Kind::Count, "近 90 天又来", "Came again"),
        field("retention", Kind::Percent, "留存率", "Retention"),
        field("staff_before", Kind::Count, "当时员工", "Staff then"),
        field("staff_gone", Kind::Count, "其中已离开", "Gone since"),
    ],
    params: &[STORE],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let measured = measured(&hq.db)?.unwrap_or_default();
    let hq = &*hq;
    each_store::read(hq, visit, limit, |store, name| {
        let of = measured.stores.get(&store.to_string()).copied().unwrap_or_default();
        let (before, gone) = staff::gone(&hq.db, store, visit.today)?;
        let [met, bought, touched] = of.steps.map(count);
        let retention = (of.active > 0).then(|| count((of.retained * 200 / of.active).div_ceil(2)));
        Ok(vec![vec![
            Value::Text(name.to_owned()),
            Value::Int(met),
            Value::Int(bought),
            Value::Int(touched),
            Value::Int(count(of.active)),
            Value::Int(count(of.retained)),
            Value::int(retention),
            Value::Int(before.into()),
            Value::Int(gone.into()),
        ]])
    })
}

fn count(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    let pages = if visit.is_hq() { beside::FIGURES } else { beside::STAFF };
    beside::links(visit, pages, "/stores", body);
    body.raw("<p class=soft>").text(visit.of(
        "三步:建档、买过、最近一次购买后已联系。留存率:前 90 天(第 91 至 180 天前)在这里买过的人里,最近 90 天又买的。当时员工:前 90 天有销售的;已离开:近 90 天没有销售,或登记了离职。员工和顾客放在一起看,不说谁是因谁是果。",
        "Three steps: on file, bought, in touch since the last purchase. Retention: of those who bought here in the 90 days before the last 90, who bought in the last 90. Staff then: sold in those days; gone: sold nothing in the last 90, or said to have left. Staff stands beside customers; which is the cause is not said.",
    ));
    body.raw("</p>");
    Ok(())
}
