//! Holiday gifts by calendar, and who was handed one (S63).
//!
//! # Invariants
//!
//! - A gift is handed to one person once for each of its days.
//! - Outside of its day nobody is given it.
//!
//! Not here: what a style brings (`benefit`), the birthday's extra (`tier`).

use super::VipError;
use crate::calendar::{Date, Holiday, holidays};
use crate::care_list::CustomerId;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Puts a gift into the calendar, for a holiday's word or `MM-DD`; returns its number.
///
/// # Errors
///
/// [`VipError::GiftDay`].
pub fn add(db: &Connection, on: &str, zh: &str, en: &str) -> Result<i64, VipError> {
    let date = |text: &str| {
        let (month, day) = text.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year, so that 29 February is one.
        Date { year: 2000, month, day }.day()?;
        Some(format!("{month:02}-{day:02}"))
    };
    let on = match Holiday::from_word(on) {
        Some(_) => on.to_owned(),
        None => date(on).ok_or(VipError::GiftDay)?,
    };
    Ok(db.query_row(
        "INSERT INTO gift (on_day, zh, en) VALUES (?1, ?2, ?3) RETURNING id",
        params![on, zh.trim(), en.trim()],
        |row| row.get(0),
    )?)
}

/// A gift of the calendar.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Gift {
    /// Its number.
    pub id: i64,
    /// A holiday's word, or `MM-DD`.
    pub on: String,
    /// What it is, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// So many were handed out, all in all.
    pub given: u32,
}

/// The calendar.
///
/// # Errors
///
/// As SQLite says.
pub fn calendar(db: &Connection) -> rusqlite::Result<Vec<Gift>> {
    let mut select = db.prepare(
        "SELECT g.id, g.on_day, g.zh, g.en, (SELECT count(*) FROM gift_given WHERE gift = g.id)
         FROM gift g ORDER BY g.id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Gift {
            id: row.get(0)?,
            on: row.get(1)?,
            zh: row.get(2)?,
            en: row.get(3)?,
            given: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// The gifts of a day.
///
/// # Errors
///
/// As SQLite says.
pub fn of_day(db: &Connection, day: i32) -> rusqlite::Result<Vec<Gift>> {
    Ok(calendar(db)?.into_iter().filter(|gift| gift.is_of(day)).collect())
}

/// The gifts of every day from `from` to `until`, by day.
///
/// # Errors
///
/// As SQLite says.
pub fn between(db: &Connection, from: i32, until: i32) -> rusqlite::Result<Vec<(i32, Gift)>> {
    let all = calendar(db)?;
    let mut found = Vec::new();
    for day in from..=until {
        found.extend(all.iter().filter(|gift| gift.is_of(day)).map(|gift| (day, gift.clone())));
    }
    Ok(found)
}

impl Gift {
    fn is_of(&self, day: i32) -> bool {
        let Date { month, day: of_month, .. } = Date::of(day);
        let is_holiday = |word: &str| holidays(day).into_iter().any(|it| it.word() == word);
        self.on == format!("{month:02}-{of_month:02}") || is_holiday(&self.on)
    }
}

/// Notes that she was handed one.
///
/// # Errors
///
/// [`VipError::NotNow`] on another day, [`VipError::Twice`] if she had it this time.
pub fn hand_out(
    db: &Connection,
    gift: i64,
    customer: &CustomerId,
    store: &StoreId,
    day: i32,
    by: &str,
) -> Result<(), VipError> {
    let sql = "SELECT zh FROM gift WHERE id = ?1";
    let name: Option<String> = db.query_row(sql, [gift], |row| row.get(0)).optional()?;
    let name = name.ok_or(VipError::NoItem(gift))?;
    if !of_day(db, day)?.iter().any(|today| today.id == gift) {
        return Err(VipError::NotNow(name));
    }
    let rows = db.execute(
        "INSERT INTO gift_given (gift, customer, store, day, by) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![gift, customer, store, day, by.trim()],
    )?;
    if rows == 0 { Err(VipError::Twice) } else { Ok(()) }
}
