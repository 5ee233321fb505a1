//! Readings as JSON objects: amounts as decimal text, absent fields as null.
//!
//! Not here: what is in a reading (`sale`).

use crate::read::Group;
use crate::sale::{Item, Kind, Known, MemberPhone, Minor, Reading};
use serde_json::{Map, Value, json};

/// One group of slips.
pub(super) fn group(file: &str, group: &Group) -> Value {
    let kind = group.summary.kind;
    let counts = matches!(kind, Kind::Sale | Kind::Return | Kind::Void | Kind::Reprint);
    json!({
        "file": file,
        "kind": kind,
        "encoding": group.receipt.encoding,
        "slips": group.spans,
        "lines": group.receipt.lines(),
        "sale": counts.then(|| sale(&group.reading)),
    })
}

fn sale(reading: &Reading) -> Value {
    let mut object = fields(reading);
    let tenders: Vec<Value> = reading
        .tenders
        .iter()
        .map(|tender| json!({"kind": tender.kind, "label": tender.label, "amount": amount(tender.amount, reading.exponent)}))
        .collect();
    object.insert("tenders".into(), tenders.into());
    object.insert("shop_phones".into(), json!(reading.shop_phones));
    object.insert("decimals".into(), reading.exponent.into());
    object.insert("known".into(), json!(reading.known));
    object.insert("equations".into(), json!(reading.equations));
    object.insert("doubts".into(), json!(reading.doubts));
    object.into()
}

/// What both formats say.
fn fields(reading: &Reading) -> Map<String, Value> {
    let places = reading.exponent;
    let money = |value: Option<Minor>| value.map(|value| amount(value, places));
    let object = json!({
        "shop": reading.shop,
        "company": reading.company,
        "address": reading.address,
        "receipt_no": reading.receipt_no,
        "original_no": reading.original_no,
        "approval_no": reading.approval_no,
        "date": reading.date,
        "time": reading.time,
        "till": reading.till,
        "cashier": reading.cashier,
        "associate": reading.associate,
        "items": reading.items.iter().map(|line| item(line, places)).collect::<Vec<_>>(),
        "item_count": reading.item_count.map(quantity),
        "subtotal": money(reading.subtotal),
        "discount": money(reading.discount),
        "tax": money(reading.tax),
        "tips": money(reading.tips),
        "total": money(reading.total),
        "change": money(reading.change),
        "member_phone": reading.member_phone.as_ref().map(phone),
        "member_name": reading.member_name,
        "member_no": reading.member_no,
        "member_tier": reading.member_tier,
        "points": reading.points,
    });
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn item(item: &Item, places: u8) -> Value {
    json!({
        "name": item.name,
        "style": item.style,
        "colour": item.colour,
        "size": item.size,
        "qty": quantity(item.qty_milli),
        "unit_price": item.unit_price.map(|price| amount(price, places)),
        "discount": item.discount.map(|discount| amount(discount, places)),
        "price": amount(item.amount, places),
    })
}

/// An amount with as many decimals as the receipt prints; more only where it needs them.
fn amount(minor: Minor, places: u8) -> String {
    match (places, minor.units() % 100) {
        (0, 0) => Minor::new(minor.units() / 100).with_decimals(0).to_string(),
        _ => minor.with_decimals(2).to_string(),
    }
}

/// `2`, `0.442`: thousandths without the zeros at the end.
fn quantity(milli: i64) -> String {
    let text = Minor::new(milli).with_decimals(3).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn phone(phone: &MemberPhone) -> String {
    match phone {
        MemberPhone::Full(phone) => phone.clear().to_owned(),
        MemberPhone::Masked(text) => text.clone(),
    }
}

/// One sample of a test set, named as its scorer names the fields.
pub(super) fn prediction(id: &Value, reading: &Reading) -> Value {
    let mut pred = fields(reading);
    let printed = reading.known.tenders < Known::Keyword;
    let mut name = |field: &str, value: Value| pred.insert(field.to_owned(), value);
    name("date", json!(reading.date_text));
    name("time", json!(reading.time_text));
    name("store_name", json!(reading.shop));
    name("store_addr", json!(reading.address));
    name("cashier", json!(reading.cashier.as_ref().or(reading.associate.as_ref())));
    name("tel", json!(reading.shop_phones.first()));
    name("member", json!(reading.member_phone.as_ref().map(phone)));
    name(
        "tender",
        json!(
            reading
                .tenders
                .first()
                .filter(|_| printed)
                .map(|tender| amount(tender.amount, reading.exponent))
        ),
    );
    let known = [("total", reading.known.total), ("items", reading.known.items)];
    let conf: Map<String, Value> = known
        .iter()
        .map(|(field, known)| ((*field).to_owned(), confidence(*known).into()))
        .collect();
    let proved: Map<String, Value> = known
        .iter()
        .map(|(field, known)| ((*field).to_owned(), (*known == Known::Proved).into()))
        .collect();
    json!({"id": id, "pred": pred, "conf": conf, "proved": proved, "doubts": reading.doubts})
}

/// How often a field known so is right, on receipts of many shops.
const fn confidence(known: Known) -> f64 {
    match known {
        Known::Proved => 0.99,
        Known::Consistent => 0.95,
        Known::Keyword => 0.85,
        Known::Disputed => 0.5,
    }
}
