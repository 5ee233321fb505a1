//! Each store's life with its regulars: get-togethers against four a year (S61), umbrellas that are out
//! (S33), revenue per active customer (S111).
//!
//! Not here: writing any of it down (`desk::vip`).

use super::{ALL, regulars};
use crate::hq::Hq;
use crate::hq::desk::vip::{event, revenue, umbrella};
use crate::hq::listing::Masking;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Refused, Visit, odd};
use std::collections::{BTreeMap, BTreeSet};

/// A rolling year.
const DAYS: i32 = 365;

pub(super) const LIST: List = List {
    name: "vip",
    zh: "老顾客",
    en: "Regulars",
    about_zh: "各店近一年:VIP 活动(一年至少四次)、借出的雨伞、每位活跃顾客的消费。",
    about_en: "Each store over the last year: get-togethers (four at least), umbrellas on loan, revenue per active customer.",
    who: ALL,
    name_in_navigation: true,
    people: false,
    fields: &[
        field("store", Kind::Text, "门店", "Store"),
        field("held", Kind::Count, "已办活动", "Held"),
        field("planned", Kind::Count, "计划中", "Planned"),
        field("short", Kind::Count, "还差", "Short of four"),
        field("umbrellas", Kind::Count, "借出雨伞", "Umbrellas out"),
        field("active", Kind::Count, "活跃顾客", "Active customers"),
        field("each", Kind::Amount, "人均消费", "Revenue each"),
    ],
    params: &[],
    rows,
    above: Some(regulars::draw),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, _: Masking) -> Result<Rows, Refused> {
    let today = visit.today;
    let hers: BTreeSet<String> = visit.stores(&hq.db)?.into_iter().map(|(_, name)| name).collect();
    let mut years = event::years(&hq.db, today)?;
    years.retain(|year| hers.contains(&year.store));
    years.sort_by(|a, b| a.store.cmp(&b.store));
    let mut out: BTreeMap<String, i64> = BTreeMap::new();
    for loan in umbrella::out(&hq.db, today)? {
        *out.entry(loan.store).or_default() += 1;
    }
    let each = revenue::per_customer(&hq.db, today - DAYS + 1, today)?;
    let each: BTreeMap<&str, _> = each.iter().map(|of| (of.store.as_str(), of)).collect();
    let row = |year: &event::Year| {
        let of = each.get(year.store.as_str());
        vec![
            Value::Text(year.store.clone()),
            Value::Int(year.held.into()),
            Value::Int(year.planned.into()),
            Value::Int(year.short.into()),
            Value::Int(out.get(&year.store).copied().unwrap_or_default()),
            Value::Int(of.map_or(0, |of| of.active.into())),
            Value::int(of.map(|of| of.each)),
        ]
    };
    let skipped = match visit.after::<1>()? {
        Some([at]) => at.parse().map_err(|_| odd("after"))?,
        None => 0_usize,
    };
    let end = skipped.saturating_add(limit as usize);
    let next = (end < years.len()).then(|| end.to_string());
    let rows = years.iter().skip(skipped).take(limit as usize).map(row).collect();
    Ok(Rows { rows, next })
}
