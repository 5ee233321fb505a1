//! The customer file's fields: which there are, what each is kept for, and how complete a file is.
//!
//! ```text
//! completeness = 20 · hard filled / hard asked + 80 · soft filled / soft asked          (S4, S5, S6)
//! ```
//!
//! # Invariants
//!
//! - Each field says what it is kept for; the page shows it beside the field.
//! - Ethnicity, family and values are off: they go beyond what serving her needs. A field that is off
//!   is neither asked, nor shown, nor counted.
//! - What fills itself from sales (amount, style numbers) is filled once she bought.
//!
//! Not here: the values (`customer::entry`, `customer::fact`).

use super::customer::{entry, fact, person};
use super::keys::Keys;
use crate::care_list::CustomerId;
use crate::event::Field as Told;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// One field of the file.
#[derive(Debug)]
pub(super) struct Field {
    /// The word in tables and forms.
    pub(super) word: &'static str,
    pub(super) soft: bool,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    /// What it is kept for.
    pub(super) purpose_zh: &'static str,
    pub(super) purpose_en: &'static str,
    /// Filled from sales, from her number or from her name: nobody types it here.
    pub(super) by_itself: bool,
}

const fn hard(
    word: &'static str,
    (zh, en): (&'static str, &'static str),
    (purpose_zh, purpose_en): (&'static str, &'static str),
) -> Field {
    Field { word, soft: false, zh, en, purpose_zh, purpose_en, by_itself: false }
}

const fn soft(
    word: &'static str,
    name: (&'static str, &'static str),
    purpose: (&'static str, &'static str),
) -> Field {
    Field { soft: true, ..hard(word, name, purpose) }
}

const fn by_itself(field: Field) -> Field {
    Field { by_itself: true, ..field }
}

/// All fields that are on. Off, and how to ask for them, is said in the module's head.
pub(super) const FIELDS: [Field; 17] = [
    by_itself(hard("name", ("姓名", "Name"), ("称呼她", "to address her"))),
    by_itself(hard("phone", ("电话", "Phone"), ("认出她,回访", "to know and call her"))),
    by_itself(hard("amount", ("消费金额", "Amount spent"), ("等级", "her tier"))),
    by_itself(hard("styles", ("购买款号", "Styles bought"), ("洗护与搭配建议", "care advice"))),
    hard("sex", ("性别", "Sex"), ("称呼与尺码", "address and sizes")),
    hard("age", ("大概年龄", "Approximate age"), ("推荐合适的款式", "styles that suit her")),
    hard("email", ("邮箱", "Email"), ("她选的联系方式", "the channel she chose")),
    hard("address", ("地址", "Address"), ("寄贺卡、礼物", "cards and gifts")),
    hard("size", ("尺码", "Clothing size"), ("合身", "a good fit")),
    soft("work", ("职业", "Work"), ("场合着装", "dress for the occasion")),
    soft("personality", ("性格", "Personality"), ("怎样接待她舒服", "how to serve her well")),
    soft("spending", ("消费习惯", "Spending habits"), ("只提合适的", "to offer what fits")),
    soft("taste", ("着装喜好", "Dress taste"), ("搭配建议", "styling advice")),
    soft("leisure", ("休闲娱乐", "Entertainment"), ("活动邀请", "invitations")),
    soft("living", ("生活习惯", "Living habits"), ("联系的时间", "when to call")),
    soft(
        "service",
        ("喜欢的服务方式", "Preferred service"),
        ("照她的方式服务", "to serve her way"),
    ),
    soft(
        "promotion",
        ("对促销的接受度", "Receptiveness to promotion"),
        ("不愿收就不发", "no sends if she minds"),
    ),
];

/// The field with this word, if it is one that a person fills.
pub(super) fn writable(word: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.word == word && !field.by_itself)
}

/// Counts of one kind of field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Filled {
    pub(super) hard: u32,
    pub(super) soft: u32,
}

impl Filled {
    /// In percent, rounded: hard fields weigh 20, soft ones 80.
    pub(super) fn percent(self) -> u32 {
        self.percent_by(20)
    }

    /// In percent, rounded, where a full hard file counts `hard` of 100 and a full soft one the rest.
    pub(super) fn percent_by(self, hard: u8) -> u32 {
        let all = |soft: bool| FIELDS.iter().filter(|field| field.soft == soft).count() as u32;
        let share = |filled: u32, of: u32, weight: u32| filled.min(of) * weight * 1_000 / of.max(1);
        let hard = u32::from(hard.min(100));
        let thousandths =
            share(self.hard, all(false), hard) + share(self.soft, all(true), 100 - hard);
        (thousandths + 500) / 1_000
    }
}

/// What is in a field, by whom and since when.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// None: she would rather not.
    pub(super) value: Option<String>,
    /// A user's name; a till's answers have none.
    pub(super) author: Option<String>,
    /// When, milliseconds since 1970-01-01 UTC, where known.
    pub(super) at_ms: Option<i64>,
}

/// What stands in the fields that people fill, by the field's word.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn values(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<BTreeMap<&'static str, Value>> {
    let mut values = BTreeMap::new();
    for told in fact::told(db, keys, root)? {
        let Some(word) = word_of(told.field) else { continue };
        let at_ms = said_ms(db, root, told.field)?;
        values.insert(word, Value { value: told.value, author: None, at_ms });
    }
    // Who wrote it here has seen what a till was told.
    for entry in entry::written(db, keys, root)? {
        let Some(field) = writable(&entry.field) else { continue };
        let (author, at_ms) = (Some(entry.author), Some(entry.at_ms));
        values.insert(field.word, Value { value: Some(entry.value), author, at_ms });
    }
    Ok(values)
}

/// Which of our fields a till's question fills.
fn word_of(field: Told) -> Option<&'static str> {
    match field {
        Told::Size => Some("size"),
        Told::Address => Some("address"),
        Told::Email => Some("email"),
        Told::Taste => Some("taste"),
        Told::Channel => Some("service"),
        _ => None,
    }
}

fn said_ms(db: &Connection, root: &CustomerId, field: Told) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(
        "SELECT max(l.received_ms) FROM fact f
         JOIN ledger l ON l.stream = f.stream AND l.seq = f.seq
         WHERE f.field = ?2 AND f.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?
    .query_row(rusqlite::params![root, field.word()], |row| row.get(0))
}

/// How much of her file is filled. `named` and `bought` say what fills itself.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn filled(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
    named: bool,
    bought: bool,
) -> rusqlite::Result<Filled> {
    let values = values(db, keys, root)?;
    let has = |word: &str| values.get(word).is_some_and(|value| value.value.is_some());
    let styles = bought && has_styles(db, root)?;
    let mut filled = Filled::default();
    for field in &FIELDS {
        let is = match field.word {
            "phone" => true,
            "name" => named,
            "amount" => bought,
            "styles" => styles,
            word => has(word),
        };
        *(if field.soft { &mut filled.soft } else { &mut filled.hard }) += u32::from(is);
    }
    Ok(filled)
}

fn has_styles(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM sale s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
             WHERE s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND s.counts
                   AND i.style IS NOT NULL)",
    )?
    .query_row([root], |row| row.get(0))
}

/// The style numbers she bought last.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn styles(
    db: &Connection,
    root: &CustomerId,
    limit: u32,
) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for number in person::numbers(db, root)? {
        // From the newest sale backwards, along the index, until there are enough.
        let mut select = db.prepare_cached(
            "SELECT i.style FROM sale s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
             WHERE s.customer = ?1 AND s.counts AND i.style IS NOT NULL
             ORDER BY s.day DESC, s.wall_ms DESC",
        )?;
        let (mut rows, mut of_number) = (select.query([number])?, Vec::<String>::new());
        while of_number.len() < limit as usize
            && let Some(row) = rows.next()?
        {
            let style = row.get(0)?;
            if !of_number.contains(&style) {
                of_number.push(style);
            }
        }
        found.append(&mut of_number);
    }
    found.truncate(limit as usize);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_fields_weigh_twenty_and_soft_ones_eighty() {
        let all = |soft| FIELDS.iter().filter(|field| field.soft == soft).count() as u32;
        let (hard, soft) = (all(false), all(true));
        assert_eq!(Filled { hard, soft: 0 }.percent(), 20);
        assert_eq!(Filled { hard: 0, soft }.percent(), 80);
        assert_eq!(Filled { hard, soft }.percent(), 100);
        assert_eq!(Filled::default().percent(), 0);
        assert_eq!(Filled { hard: 0, soft: soft / 2 }.percent(), 40);
    }

    #[test]
    fn no_field_is_there_twice_and_what_goes_too_far_is_off() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[index + 1..].iter().all(|other| other.word != field.word));
            assert!(!["ethnicity", "family", "values"].contains(&field.word));
        }
        assert!(writable("size").is_some() && writable("phone").is_none());
    }
}
