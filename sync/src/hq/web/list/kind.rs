//! What a list's fields hold, and how that looks to a person, in a file and in JSON.
//!
//! Not here: the lists (`pages`).

use crate::event::LocalSeconds;
use crate::hq::table::{self, Cell};
use crate::hq::web::visit::{Visit, day_text};
use crate::money::Minor;
use crate::money::grouped;
use serde_json::{Value as Json, json};

/// A word of ours, and how it reads.
pub(in crate::hq::web) type Words = &'static [(&'static str, &'static str, &'static str)];

/// What a field holds, and so how it looks in each form.
#[derive(Clone, Copy)]
pub(in crate::hq::web) enum Kind {
    /// Names a page: not shown itself, the next column links there.
    Id(&'static str),
    Text,
    /// Sentences: they may break.
    Sentence,
    Count,
    /// Minor units.
    Amount,
    /// Days since 1970-01-01.
    Day,
    /// Milliseconds since 1970-01-01 UTC.
    Moment,
    /// Seconds since 1970-01-01 on the shop's own clock.
    Local,
    /// In percent.
    Percent,
    /// In thousandths of one, read with one decimal.
    Thousandths,
    Flag,
    /// One of our words; others are shown as they are.
    Word(Words),
}

/// A column.
pub(in crate::hq::web) struct Field {
    pub(in crate::hq::web) name: &'static str,
    pub(in crate::hq::web) kind: Kind,
    pub(in crate::hq::web) zh: &'static str,
    pub(in crate::hq::web) en: &'static str,
}

pub(in crate::hq::web) const fn field(
    name: &'static str,
    kind: Kind,
    zh: &'static str,
    en: &'static str,
) -> Field {
    Field { name, kind, zh, en }
}

/// What is in a field.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::hq::web) enum Value {
    None,
    Text(String),
    Int(i64),
    Flag(bool),
}

impl Value {
    pub(in crate::hq::web) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, |text| Self::Text(text.into()))
    }

    pub(in crate::hq::web) fn int(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::None, |number| Self::Int(number.into()))
    }

    pub(in crate::hq::web) fn amount(amount: Minor) -> Self {
        Self::Int(amount.units())
    }
}

impl Kind {
    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Amount | Self::Percent | Self::Thousandths)
    }

    /// As a person of this language reads it.
    pub(in crate::hq::web) fn shown(self, visit: &Visit, value: &Value) -> String {
        match (self, value) {
            (_, Value::None) => String::new(),
            (Self::Amount, Value::Int(units)) => visit.money(*units),
            (Self::Count, Value::Int(count)) => grouped(&count.to_string()),
            (Self::Percent, Value::Int(percent)) => format!("{percent} %"),
            (Self::Thousandths, Value::Int(of)) => tenths(*of),
            (Self::Day, Value::Int(day)) => i32::try_from(*day).map(day_text).unwrap_or_default(),
            (Self::Moment, Value::Int(at_ms)) => moment(*at_ms),
            (Self::Local, Value::Int(at)) => table::local_time(LocalSeconds(*at)),
            (Self::Word(words), Value::Text(word)) => words
                .iter()
                .find(|(known, ..)| known == word)
                .map_or(word.as_str(), |(_, zh, en)| visit.of(zh, en))
                .to_owned(),
            (_, Value::Flag(flag)) => if *flag { "✓" } else { "" }.to_owned(),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Int(number)) => number.to_string(),
        }
    }

    pub(super) fn cell(self, visit: &Visit, value: &Value) -> Cell {
        match (self, value) {
            (_, Value::None) => Cell::text(None),
            (Self::Amount, Value::Int(units)) => {
                Cell::amount(Some(Minor::new(*units)), visit.exponent)
            }
            (Self::Count | Self::Percent | Self::Thousandths, Value::Int(number)) => {
                Cell::Number(number.to_string())
            }
            (_, Value::Flag(flag)) => Cell::Number(i32::from(*flag).to_string()),
            (_, Value::Text(text)) => Cell::text(Some(text)),
            (kind, value) => Cell::text(Some(&kind.shown(visit, value))),
        }
    }

    pub(super) fn json(self, value: &Value) -> Json {
        match (self, value) {
            (_, Value::None) => Json::Null,
            (Self::Day, Value::Int(day)) => {
                json!(i32::try_from(*day).map(day_text).unwrap_or_default())
            }
            (Self::Local, Value::Int(at)) => json!(table::local_time(LocalSeconds(*at))),
            (_, Value::Int(number)) => json!(number),
            (_, Value::Flag(flag)) => json!(flag),
            (_, Value::Text(text)) => json!(text),
        }
    }

    /// What the API's document says of such a field.
    pub(in crate::hq::web) fn schema(self) -> Json {
        match self {
            Self::Id(_) | Self::Text | Self::Sentence => json!({ "type": ["string", "null"] }),
            Self::Word(words) => {
                let words: Vec<&str> = words.iter().map(|(word, ..)| *word).collect();
                json!({ "type": ["string", "null"], "examples": words })
            }
            Self::Count => json!({ "type": ["integer", "null"] }),
            Self::Percent => json!({ "type": ["integer", "null"], "description": "In percent." }),
            Self::Thousandths => json!({
                "type": ["integer", "null"],
                "description": "In thousandths of one."
            }),
            Self::Amount => {
                json!({ "type": ["integer", "null"], "description": "In minor units of the currency." })
            }
            Self::Day => json!({ "type": ["string", "null"], "format": "date" }),
            Self::Moment => json!({
                "type": ["integer", "null"],
                "description": "Milliseconds since 1970-01-01 UTC."
            }),
            Self::Local => json!({
                "type": ["string", "null"],
                "description": "`YYYY-MM-DD HH:MM` on the shop's own clock."
            }),
            Self::Flag => json!({ "type": ["boolean", "null"] }),
        }
    }
}

/// Thousandths with one decimal: `1.9`.
pub(in crate::hq::web) fn tenths(thousandths: i64) -> String {
    let tenths = (thousandths + 50).div_euclid(100);
    format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}

/// A moment on HQ's own clock.
pub(in crate::hq::web) fn moment(at_ms: i64) -> String {
    table::minute(at_ms)
}
