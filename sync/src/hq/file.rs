//! The customer file's fields: which there are, what each is kept for, and how complete a file is.
//!
//! ```text
//! completeness = 20 · hard filled / hard asked + 80 · soft filled / soft asked          (S4, S5, S6)
//! ```
//!
//! # Invariants
//!
//! - Each field says what it is kept for; the page shows it beside the field.
//! - Ethnicity, family and values are off until the chain's own rules name them (`[file] on`): they go
//!   beyond what serving her needs. A field that is off is neither asked, nor shown, nor counted, nor
//!   taken from anybody.
//! - What fills itself from sales (amount, style numbers) is filled once she bought.
//!
//! Not here: the values (`customer::entry`, `customer::fact`).

use super::customer::{entry, fact, person};
use super::figures::rules::FileRules;
use super::import;
use super::keys::Keys;
use crate::care_list::CustomerId;
use crate::event::Field as Told;
use rusqlite::{Connection, OptionalExtension as _, params};
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
    /// Off until the chain's own rules name it.
    pub(super) sensitive: bool,
}

const fn hard(
    word: &'static str,
    (zh, en): (&'static str, &'static str),
    (purpose_zh, purpose_en): (&'static str, &'static str),
) -> Field {
    Field { word, soft: false, zh, en, purpose_zh, purpose_en, by_itself: false, sensitive: false }
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

const fn sensitive(field: Field) -> Field {
    Field { sensitive: true, ..field }
}

/// Ten hard fields and ten soft ones; which of them are on, [`FileRules`] say.
const FIELDS: [Field; 20] = [
    by_itself(hard("name", ("姓名", "Name"), ("称呼她", "to address her"))),
    by_itself(hard("phone", ("电话", "Phone"), ("认出她,回访", "to know and call her"))),
    by_itself(hard("amount", ("消费金额", "Amount spent"), ("等级", "her tier"))),
    by_itself(hard("styles", ("购买款号", "Styles bought"), ("洗护与搭配建议", "care advice"))),
    hard("sex", ("性别", "Sex"), ("称呼与尺码", "address and sizes")),
    sensitive(hard(
        "ethnicity",
        ("民族", "Ethnicity"),
        ("节日与饮食禁忌", "feasts, and what not to serve"),
    )),
    hard("age", ("大概年龄", "Approximate age"), ("推荐合适的款式", "styles that suit her")),
    hard("email", ("邮箱", "Email"), ("她选的联系方式", "the channel she chose")),
    hard("address", ("地址", "Address"), ("寄贺卡、礼物", "cards and gifts")),
    hard("size", ("尺码", "Clothing size"), ("合身", "a good fit")),
    soft("work", ("职业", "Work"), ("场合着装", "dress for the occasion")),
    sensitive(soft("family", ("家庭", "Family"), ("为家人挑选时", "when she chooses for them"))),
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
    sensitive(soft("values", ("价值观", "Values"), ("说话的分寸", "to speak as she likes it"))),
];

/// The fields that are on.
pub(super) fn fields(rules: &FileRules) -> impl Iterator<Item = &'static Field> + '_ {
    FIELDS.iter().filter(|field| !field.sensitive || rules.on.iter().any(|word| word == field.word))
}

/// Whether a chain may switch this field on: it is one of those that are off.
pub(super) fn may_be_on(word: &str) -> bool {
    FIELDS.iter().any(|field| field.sensitive && field.word == word)
}

/// The field with this word, if it is on and one that a person fills.
pub(super) fn writable(rules: &FileRules, word: &str) -> Option<&'static Field> {
    fields(rules).find(|field| field.word == word && !field.by_itself)
}

/// How much a full hard file and a full soft one count, and how many fields make each (S6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Weights {
    hard_percent: u32,
    of: Filled,
}

impl Weights {
    pub(super) fn of(rules: &FileRules) -> Self {
        let all = |soft| fields(rules).filter(|field| field.soft == soft).count() as u32;
        let hard_percent = u32::from(rules.hard_percent.min(100));
        Self { hard_percent, of: Filled { hard: all(false), soft: all(true) } }
    }

    /// What a full hard file counts, of 100.
    pub(super) const fn hard_percent(self) -> u32 {
        self.hard_percent
    }
}

/// Counts of one kind of field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Filled {
    pub(super) hard: u32,
    pub(super) soft: u32,
}

impl Filled {
    /// In percent, rounded.
    pub(super) fn percent(self, weights: Weights) -> u32 {
        let Weights { hard_percent, of } = weights;
        let share = |filled: u32, of: u32, weight: u32| filled.min(of) * weight * 1_000 / of.max(1);
        let hard = share(self.hard, of.hard, hard_percent);
        let soft = share(self.soft, of.soft, 100 - hard_percent);
        (hard + soft + 500) / 1_000
    }
}

/// What is in a field, by whom and since when.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// None: she would rather not.
    pub(super) value: Option<String>,
    /// A user's name; for a till's answer its store and till, for a list's its name.
    pub(super) author: Option<String>,
    /// When, milliseconds since 1970-01-01 UTC, where known.
    pub(super) at_ms: Option<i64>,
}

/// What stands in the fields that are on and that people fill, by the field's word.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn values(
    db: &Connection,
    keys: &Keys,
    rules: &FileRules,
    root: &CustomerId,
) -> rusqlite::Result<BTreeMap<&'static str, Value>> {
    let mut values = BTreeMap::new();
    for told in fact::told(db, keys, root)? {
        let Some(word) = word_of(told.field) else { continue };
        let (author, at_ms) = said(db, root, told.field)?.unzip();
        values.insert(word, Value { value: told.value, author, at_ms: at_ms.flatten() });
    }
    // Who wrote it here has seen what a till was told.
    for entry in entry::written(db, keys, root)? {
        let Some(field) = writable(rules, &entry.field) else { continue };
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

/// Who told HQ the word that stands, and when: a till, or the list of an import.
fn said(
    db: &Connection,
    root: &CustomerId,
    field: Told,
) -> rusqlite::Result<Option<(String, Option<i64>)>> {
    db.prepare_cached(
        "SELECT coalesce(s.name || ' · ' || t.till, i.name, ''), coalesce(l.received_ms, i.begun_ms)
         FROM fact f
         LEFT JOIN ledger l ON l.stream = f.stream AND l.seq = f.seq
         LEFT JOIN stream w ON w.id = f.stream
         LEFT JOIN terminal t ON t.id = w.terminal
         LEFT JOIN store s ON s.id = t.store
         LEFT JOIN import i ON i.id = f.stream - ?3
         WHERE f.field = ?2 AND f.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY f.said_ms DESC, f.stream DESC, f.seq DESC LIMIT 1",
    )?
    .query_row(params![root, field.word(), import::FIRST_STREAM], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// How much of her file is filled. `named` and `bought` say what fills itself.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn filled(
    db: &Connection,
    keys: &Keys,
    rules: &FileRules,
    root: &CustomerId,
    (named, bought): (bool, bool),
) -> rusqlite::Result<Filled> {
    let values = values(db, keys, rules, root)?;
    let has = |word: &str| values.get(word).is_some_and(|value| value.value.is_some());
    let styles = bought && has_styles(db, root)?;
    let mut filled = Filled::default();
    for field in fields(rules) {
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
    use crate::hq::figures::rules::FigureRules;

    fn shipped() -> FileRules {
        FigureRules::shipped().file
    }

    #[test]
    fn hard_fields_weigh_twenty_and_soft_ones_eighty() {
        let weights = Weights::of(&shipped());
        let Filled { hard, soft } = weights.of;
        assert_eq!(Filled { hard, soft: 0 }.percent(weights), 20);
        assert_eq!(Filled { hard: 0, soft }.percent(weights), 80);
        assert_eq!(Filled { hard, soft }.percent(weights), 100);
        assert_eq!(Filled::default().percent(weights), 0);
        assert_eq!(Filled { hard: 0, soft: soft / 2 }.percent(weights), 40);
    }

    /// S4: ten hard fields. S5: ten soft ones.
    #[test]
    fn s4_s5_ten_fields_of_each_kind_and_what_goes_too_far_is_off_until_it_is_named() {
        for (index, field) in FIELDS.iter().enumerate() {
            assert!(FIELDS[index + 1..].iter().all(|other| other.word != field.word));
            assert!(!field.purpose_zh.is_empty() && !field.purpose_en.is_empty());
        }
        let words = |rules: &FileRules, soft| {
            fields(rules).filter(|it| it.soft == soft).map(|it| it.word).collect::<Vec<_>>()
        };
        let all = FileRules {
            on: ["ethnicity", "family", "values"].map(String::from).into(),
            ..shipped()
        };
        assert_eq!([false, true].map(|soft| words(&all, soft).len()), [10, 10]);
        assert_eq!([false, true].map(|soft| words(&shipped(), soft).len()), [9, 8]);
        for word in ["ethnicity", "family", "values"] {
            assert!(writable(&shipped(), word).is_none() && writable(&all, word).is_some());
        }
        assert!(writable(&all, "size").is_some() && writable(&all, "phone").is_none());
        let weights = Weights::of(&all);
        assert_eq!(Filled { hard: 9, soft: 8 }.percent(weights), 82, "two more to fill");
    }
}
