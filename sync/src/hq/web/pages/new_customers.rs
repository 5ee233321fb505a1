//! New customers by day and who served them first (S127).
//!
//! Not here: counting (`hq::figures::staff`), the contest (`contest`).

use super::{ALL, FROM, STORE, TO, beside, each_store, staff};
use crate::hq::Hq;
use crate::hq::figures::staff::{NewCustomers, new_in};
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit};

pub(super) const LIST: List = List {
    name: "new-customers",
    zh: "新建档案",
    en: "New customers",
    about_zh: "近 30 天(或所选日期)首次购买并留号的顾客,按门店、日期和接待人数。员工自己的号码不算。",
    about_en: "Customers who bought for the first time within 30 days, or the days chosen, by store, day and who served them. Staff's own numbers do not count.",
    who: ALL,
    name_in_navigation: false,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("day", Kind::Day, "日期", "Day"),
        field("staff", Kind::Text, "接待人", "Served by"),
        field("files", Kind::Count, "新顾客", "New customers"),
    ],
    params: &[STORE, FROM, TO],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let [from, to] = staff::days(visit)?;
    let hq = &*hq;
    each_store::read(hq, visit, limit, |store, name| {
        let all = new_in(&hq.db, (store, name), from, to)?;
        Ok(all.into_iter().map(row).collect())
    })
}

fn row(of: NewCustomers) -> Vec<Value> {
    let NewCustomers { day, store, staff, files } = of;
    let staff = staff.map_or(Value::None, Value::Text);
    vec![Value::Text(store), Value::Int(day.into()), staff, Value::Int(files.into())]
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::STAFF, "/new-customers", body);
    Ok(())
}
