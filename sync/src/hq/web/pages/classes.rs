//! Who is in a class, who spent most first (S8, S126): the gold ones, who is at risk, who is new.
//!
//! Not here: which class (`hq::figures::class`), how many are in each (`numbers::made`).

use super::words::CLASS;
use super::{ALL, STORE, beside, customers};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::customer;
use crate::hq::figures::loyalty::Signs;
use crate::hq::listing::Masking;
use crate::hq::web::html::Html;
use crate::hq::web::list::{Kind, List, Rows, Value, field};
use crate::hq::web::visit::{Param, Refused, Shape, Visit, odd};
use rusqlite::{Row, params};

/// Classes as the filter offers them, the first one unless another is asked for.
const WORDS: &[&str] = &["gold", "potential", "new", "regular", "at_risk", "lost", "prospect"];

pub(super) const LIST: List = List {
    name: "classes",
    zh: "顾客分类",
    en: "Customers by class",
    about_zh: "一类顾客,消费多的在前;门店看的是最近一次在本店买的。昨夜分的类。",
    about_en: "The customers of a class, who spent most first; of a store, those who bought there last. As of last night.",
    who: ALL,
    name_in_navigation: false,
    people: true,
    fields: &[
        field("customer", Kind::Id("/customers/"), "编号", "Pseudonym"),
        field("phone", Kind::Text, "手机号", "Phone"),
        field("name", Kind::Text, "称呼", "Name"),
        field("class", Kind::Word(CLASS), "类", "Class"),
        field("since", Kind::Day, "从哪天起", "Since"),
        field("net", Kind::Amount, "净消费", "Net spend"),
        field("visits", Kind::Count, "来过(天)", "Days"),
        field("last_day", Kind::Day, "最近", "Last"),
        field("rfm", Kind::Count, "RFM", "RFM"),
        field("signs", Kind::Count, "忠诚迹象", "Loyal signs"),
        field("store", Kind::Text, "门店", "Store"),
        field("staff", Kind::Text, "谁照应", "Looked after by"),
    ],
    params: &[
        STORE,
        Param {
            name: "class",
            shape: Shape::Word(WORDS),
            about: "Which class: gold unless given.",
        },
    ],
    rows,
    above: Some(above),
};

fn rows(hq: &mut Hq, visit: &Visit, limit: u32, masking: Masking) -> Result<Rows, Refused> {
    let class = visit.asked("class").unwrap_or(WORDS[0]);
    let (net, id) = match visit.after::<2>()? {
        Some([net, id]) => {
            let net: i64 = net.parse().map_err(|_| odd("after"))?;
            (net, id.parse::<CustomerId>().map_err(|_| odd("after"))?)
        }
        None => (i64::MAX, CustomerId([255; 16])),
    };
    let within = visit.within("f.home", visit.store_of_list()?);
    let mut select = hq.db.prepare_cached(&format!(
        "SELECT f.customer, f.net, f.class_since, f.visits, f.last_day, f.rfm, f.signs, s.name,
                (SELECT staff FROM looks_after a WHERE a.customer = f.customer AND a.place = 1)
         FROM figure_person f LEFT JOIN store s ON s.id = f.home
         WHERE f.class = ?1 AND {within} AND (f.net, f.customer) < (?2, ?3)
         ORDER BY f.net DESC, f.customer DESC LIMIT ?4"
    ))?;
    let mut found = select.query(params![class, net, id, limit + 1])?;
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        let (id, net): (CustomerId, i64) = (row.get(0)?, row.get(1)?);
        keys.push(format!("{net}.{id}"));
        rows.push(one(hq, row, &id, class, masking)?);
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = keys.get(rows.len().saturating_sub(1)).filter(|_| more).cloned();
    Ok(Rows { rows, next })
}

fn one(
    hq: &Hq,
    row: &Row<'_>,
    id: &CustomerId,
    class: &str,
    masking: Masking,
) -> Result<Vec<Value>, Refused> {
    let file = customer::file(&hq.db, &hq.keys, id)?;
    let signs = Signs::from_bits(row.get(6)?).score();
    Ok(vec![
        Value::Text(id.to_string()),
        Value::Text(masking.show(&file)),
        Value::text(customers::name(&file)),
        Value::Text(class.to_owned()),
        Value::Int(row.get(2)?),
        Value::Int(row.get(1)?),
        Value::Int(row.get(3)?),
        Value::int(row.get::<_, Option<i64>>(4)?),
        Value::int(row.get::<_, Option<i64>>(5)?),
        Value::Int(signs.into()),
        Value::text(row.get::<_, Option<String>>(7)?),
        Value::text(row.get::<_, Option<String>>(8)?),
    ])
}

fn above(_: &mut Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    beside::links(visit, beside::FIGURES, "/classes", body);
    Ok(())
}
