//! Customers who spent little so far and of whom much is expected (S69), most expected spend first.
//!
//! Not here: the forecast (`hq::figures::tally`).

use super::{HQ, beside, customers};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer;
use crate::hq::figures::measure::measured;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "potential",
    zh: "潜力名单",
    en: "Customers with potential",
    about_zh: "目前花得不多,而预期今后 13 周买得最多的;最多列 200 位。昨夜算的。",
    about_en: "Spent little so far, and most is expected of them within 13 weeks; 200 at most. As of last night.",
    who: HQ,
    name_in_navigation: false,
    people: true,
    fields: &[
        field("customer", Kind::Id("/customers/"), "编号", "Pseudonym"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("net", Kind::Amount, "已消费", "Spent so far"),
        field("purchases", Kind::Thousandths, "预期来几次", "Expected visits"),
        field("spend", Kind::Amount, "预期消费", "Expected spend"),
    ],
    params: &[],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let all = measured(&hq.db)?.unwrap_or_default().potential;
    let begin = visit.skipped()?.min(all.len());
    let end = begin.saturating_add(limit as usize).min(all.len());
    let mut rows = Vec::new();
    for her in &all[begin..end] {
        let id: CustomerId = her.customer.parse().map_err(|_| Refused::Broken)?;
        let file = customer::file(&hq.db, &hq.keys, &id)?;
        rows.push(vec![
            Value::Text(her.customer.clone()),
            Value::Text(masking.show(&file)),
            Value::text(customers::name(&file)),
            Value::Int(her.net),
            Value::Int(her.purchases_milli),
            Value::Int(her.spend),
        ]);
    }
    Ok(Rows { rows, next: (end < all.len()).then(|| end.to_string()) })
}

fn above(hq: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::FIGURES, "/potential", body);
    if measured(&hq.db)?.is_some_and(|measured| measured.no_model.is_some()) {
        let words =
            visit.of("顾客太少,模型不给预测。", "There are too few customers for a forecast.");
        body.raw("<p class=none>").text(words).raw("</p>");
    }
    Ok(())
}
