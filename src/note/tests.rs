//! What a note says, that it fits, and that it tells nobody's secrets.

mod secrets;
mod words;

use super::choose::{Why, choose};
use super::fit::cells;
use super::when::date;
use super::*;
use sync::calendar::Date;

pub(super) fn store() -> StoreConfig {
    StoreConfig {
        name: "云裳坊".into(),
        till: "1".into(),
        phone: Some("0571-8765-4321".into()),
        associate: Some("小陈".into()),
        service_phone: Some("400-800-1234".into()),
        complaint_phone: Some("12315".into()),
    }
}

pub(super) fn day(text: &str) -> i32 {
    date(text).and_then(Date::day).unwrap()
}

fn name(surname: &str) -> Option<Name> {
    Some(Name { surname: surname.into(), title: "女士".into() })
}

pub(super) fn li() -> Guest {
    let until = Some(day("2027-12-31"));
    Guest {
        name: name("李"),
        regular: true,
        tier: Some("金卡".into()),
        tier_until: until,
        ..Guest::default()
    }
}

fn wang() -> Guest {
    Guest {
        name: name("王"),
        first_visit: true,
        associate: Some("小周".into()),
        ..Guest::default()
    }
}

pub(super) fn scene<'a>(
    store: &'a StoreConfig,
    guest: Option<&'a Guest>,
    items: &'a [Item<'a>],
) -> Scene<'a> {
    Scene {
        columns: 32,
        lines_max: 8,
        language: Language::Chinese,
        charset: Some(Charset::Gb18030),
        store,
        associate: None,
        guest,
        asked: Asked::NotAsked,
        items,
        is_return: false,
        printed: &[],
        today: day("2026-11-21"),
        rain: false,
        total: None,
        decimals: 2,
        consent: None,
    }
}

const fn item(name: &str) -> Item<'_> {
    Item { name, style: None }
}

fn texts(scene: &Scene<'_>) -> Vec<String> {
    compose(scene, &Books::shipped()).rows.into_iter().map(|row| row.text).collect()
}

/// The shipped books under a shop's own rules.
fn own(text: &str) -> Books {
    let mut books = Books::shipped();
    books.rules.merge(text, Path::new("own.toml")).unwrap();
    books.checked().unwrap()
}
