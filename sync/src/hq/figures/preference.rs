//! What feedback is about, what of a file has grown old, and how she wants to be reached (S78, S83).
//!
//! Not here: the feedback itself (`desk::feedback`), the file's fields (`hq::file`).

use super::rules::FigureRules;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::event::Field;
use crate::hq::customer::{entry, fact};
use crate::hq::keys::Keys;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What preference rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// What she gets for her money.
    Value,
    /// How things are done.
    System,
    /// Who does them.
    People,
}

impl Tag {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Value, Self::System, Self::People];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::System => "system",
            Self::People => "people",
        }
    }
}

/// Says what a feedback is about; a later word stands. `false` if there is none of this number.
///
/// # Errors
///
/// As SQLite says.
pub fn tag(db: &Connection, feedback: i64, tag: Tag) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO feedback_tag (feedback, tag) SELECT id, ?2 FROM feedback WHERE id = ?1
               ON CONFLICT (feedback) DO UPDATE SET tag = excluded.tag";
    Ok(db.execute(sql, params![feedback, tag.word()])? > 0)
}

/// How many feedbacks are about what; the last number is of those that nobody has tagged.
///
/// # Errors
///
/// As SQLite says.
pub fn tags(db: &Connection) -> rusqlite::Result<([u64; 3], u64)> {
    let of = |word: Option<&str>| {
        db.prepare_cached(
            "SELECT count(*) FROM feedback f LEFT JOIN feedback_tag t ON t.feedback = f.id
             WHERE t.tag IS ?1",
        )?
        .query_row([word], |row| row.get::<_, i64>(0))
        .map(i64::unsigned_abs)
    };
    let mut counts = [0; 3];
    for (count, tag) in counts.iter_mut().zip(Tag::ALL) {
        *count = of(Some(tag.word()))?;
    }
    Ok((counts, of(None)?))
}

/// Whether something that was written at `at_ms` is to be asked again.
#[must_use]
pub fn is_stale(rules: &FigureRules, at_ms: i64, today: i32) -> bool {
    at_ms < i64::from(oldest(rules, today)) * 86_400_000
}

/// The first day whose word still stands.
fn oldest(rules: &FigureRules, today: i32) -> i32 {
    let date = Date::of(today);
    let months = date.year * 12 + i32::from(date.month) - 1 - i32::from(rules.file.stale_months);
    let month = u8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
    let of = |day| Date { year: months.div_euclid(12), month, day }.day();
    (1..=date.day).rev().find_map(of).unwrap_or(today)
}

/// By field: how many entries there are, and how many of them are stale.
///
/// # Errors
///
/// As SQLite says.
pub fn stale(
    db: &Connection,
    rules: &FigureRules,
    today: i32,
) -> rusqlite::Result<Vec<(String, u64, u64)>> {
    let mut select = db.prepare_cached(
        "SELECT field, count(*), count(*) FILTER (WHERE at_ms < ?1) FROM file_entry
         GROUP BY field ORDER BY field",
    )?;
    let before_ms = i64::from(oldest(rules, today)) * 86_400_000;
    let rows = select.query_map([before_ms], |row| {
        let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        Ok((row.get(0)?, count(1)?, count(2)?))
    })?;
    rows.collect()
}

/// How she wants to be reached, if she said so; the same in every store (S83).
///
/// # Errors
///
/// As SQLite says.
pub fn channel(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<Option<String>> {
    let told = fact::told(db, keys, root)?;
    let channel = told.into_iter().find(|told| told.field == Field::Channel);
    Ok(channel.and_then(|told| told.value))
}

/// Whether promotion may be sent to her: she agreed to marketing, and her file does not say that she
/// minds (S5).
///
/// # Errors
///
/// As SQLite says.
pub fn may_be_promoted(db: &Connection, keys: &Keys, root: &CustomerId) -> rusqlite::Result<bool> {
    let (agreed, _) = crate::hq::customer::card::consents(db, root)?;
    let said =
        entry::written(db, keys, root)?.into_iter().rfind(|entry| entry.field == "promotion");
    let minds = said.is_some_and(|said| minds(&said.value));
    Ok(agreed.contains(&crate::event::Purpose::Marketing) && !minds)
}

/// People write it in their own words.
fn minds(value: &str) -> bool {
    const NO: [&str; 9] = ["不", "别", "勿", "反感", "拒", "no s", "never", "minds", "dislike"];
    let value = value.to_lowercase();
    NO.iter().any(|word| value.contains(word))
}

/// The number that a case, a task or a list shows is a pseudonym's: whose it is.
///
/// # Errors
///
/// As SQLite says.
pub fn by_pseudonym(db: &Connection, text: &str) -> rusqlite::Result<Option<CustomerId>> {
    let sql = "SELECT id FROM customer WHERE id = unhex(?1) AND identity IS NOT NULL";
    db.query_row(sql, [text], |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s78_what_is_older_than_the_rules_months_is_stale() {
        let rules = FigureRules::shipped();
        let day = |year, month, day| Date { year, month, day }.day().unwrap();
        let today = day(2026, 2, 28);
        let at = |day: i32| is_stale(&rules, i64::from(day) * 86_400_000, today);
        assert!(at(day(2024, 2, 27)) && !at(day(2024, 2, 28)));
        assert_eq!(oldest(&rules, day(2026, 2, 28)), day(2024, 2, 28));
    }

    #[test]
    fn what_people_write_about_promotion_is_understood_when_it_says_no() {
        assert!(minds("不喜欢") && minds("No sends") && minds("别发"));
        assert!(!minds("喜欢新款") && !minds("likes news"));
    }
}
