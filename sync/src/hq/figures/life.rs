//! Days of her life that she wants remembered: a wedding, a child's birthday; and who is reminded (S96).
//!
//! ```text
//! she agreed, with which text ─▶ life_date ─▶ some days before: a task for her store ─▶ next year
//! ```
//!
//! # Invariants
//!
//! - No date without her consent to be cared for and the version of the text that she agreed to.
//! - The date is closed under her key; in clear is only the day on which somebody is asked next.
//! - A withdrawn consent, or being left alone, ends the reminders (the desk asks for nobody such).
//!
//! Not here: her own birthday, which tills know.

use super::rules::{FigureRules, FigureRulesError};
use crate::calendar::Birthday;
use crate::care_list::{CustomerId, TaskKind};
use crate::event::Purpose;
use crate::hq::Hq;
use crate::hq::customer::{self, card, fact, person};
use crate::hq::desk::book;
use crate::hq::desk::engine::{Cause, Rule, Wanted};
use crate::hq::desk::rules::Rules;
use crate::hq::keys::Keys;
use crate::language::Language;
use crate::message::StoreId;
use crate::phone::Phone;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

/// Dates per transaction.
const DATES: u32 = 64;

/// What a day is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// The day she married.
    Wedding,
    /// A child's birthday.
    Child,
    /// A graduation.
    Graduation,
    /// Anything else that she named.
    Other,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Wedding, Self::Child, Self::Graduation, Self::Other];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wedding => "wedding",
            Self::Child => "child",
            Self::Graduation => "graduation",
            Self::Other => "other",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Other)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Wedding => language.of("结婚纪念日", "wedding day"),
            Self::Child => language.of("孩子生日", "child's birthday"),
            Self::Graduation => language.of("毕业纪念日", "graduation day"),
            Self::Other => language.of("她的好日子", "a day of hers"),
        }
    }
}

/// Why a date is not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// Nobody of this number is on file.
    #[error("there is no file of that number")]
    Nobody,
    /// She did not agree to be cared for, or nobody says to which text.
    #[error("she has not agreed: a date needs her consent, and the version of the text she saw")]
    NoConsent,
    /// No year has such a day.
    #[error("a date is MM-DD, or `lunar MM-DD`")]
    NoDate,
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// A date that is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewDate<'a> {
    /// What it is.
    pub kind: Kind,
    /// `11-22`, or `lunar 08-15`.
    pub date: &'a str,
    /// The version of the text that she agreed to.
    pub text_version: &'a str,
    /// Who wrote it.
    pub author: &'a str,
}

/// Keeps a date of hers; a later one of the same kind stands.
///
/// # Errors
///
/// [`LifeError`]; then nothing changes.
pub fn set(
    hq: &Hq,
    phone: &Phone,
    new: NewDate<'_>,
    (today, now_ms): (i32, i64),
) -> Result<(), LifeError> {
    let (db, keys) = (&hq.db, &hq.keys);
    let id = customer::id_of(keys, phone);
    if customer::is_erased(db, &id)? != Some(false) {
        return Err(LifeError::Nobody);
    }
    let root = person::root(db, &id)?;
    let (agreed, _) = card::consents(db, &root)?;
    if new.text_version.trim().is_empty() || !agreed.contains(&Purpose::Care) {
        return Err(LifeError::NoConsent);
    }
    let next_day = next(new.date, today).ok_or(LifeError::NoDate)?;
    let closed = fact::close(db, keys, &root, new.date)?.ok_or(LifeError::Nobody)?;
    db.execute(
        "INSERT INTO life_date (customer, kind, date, next_day, text_version, author, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (customer, kind) DO UPDATE SET date = excluded.date,
             next_day = excluded.next_day, text_version = excluded.text_version,
             author = excluded.author, at_ms = excluded.at_ms",
        params![root, new.kind.word(), closed, next_day, new.text_version, new.author, now_ms],
    )?;
    Ok(())
}

/// She would rather not have it remembered. `false` if there was none.
///
/// # Errors
///
/// As SQLite says.
pub fn forget(hq: &Hq, phone: &Phone, kind: Kind) -> rusqlite::Result<bool> {
    let root = person::root(&hq.db, &customer::id_of(&hq.keys, phone))?;
    let sql = "DELETE FROM life_date WHERE kind = ?2
               AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
    Ok(hq.db.execute(sql, params![root, kind.word()])? > 0)
}

/// The next time the date comes round, from a day on.
fn next(date: &str, from: i32) -> Option<i32> {
    let (lunar, text) = match date.strip_prefix("lunar ") {
        Some(text) => (true, text),
        None => (false, date),
    };
    let (month, day) = text.split_once('-')?;
    let date = Birthday::new(month.parse().ok()?, day.parse().ok()?, lunar)?;
    Some(from)
        .zip(Some(date.days_until(from)))
        .filter(|(_, days)| *days < u16::MAX)
        .map(|(from, days)| from + i32::from(days))
}

/// A date of hers, as her file shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kept {
    /// What it is.
    pub kind: Kind,
    /// `11-22`, or `lunar 08-15`.
    pub date: String,
    /// When it is next.
    pub next_day: i32,
    /// The version of the text that she agreed to.
    pub text_version: String,
    /// Who wrote it.
    pub author: String,
}

/// Her dates, the next one first.
///
/// # Errors
///
/// As SQLite says.
pub fn of(db: &Connection, keys: &Keys, root: &CustomerId) -> rusqlite::Result<Vec<Kept>> {
    let mut select = db.prepare_cached(
        "SELECT customer, kind, date, next_day, text_version, author FROM life_date
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) ORDER BY next_day",
    )?;
    let mut rows = select.query([root])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, sealed): (CustomerId, Vec<u8>) = (row.get(0)?, row.get(2)?);
        let Some(date) = fact::open(db, keys, &id, &sealed)? else { continue };
        kept.push(Kept {
            kind: Kind::from_word(&row.get::<_, String>(1)?),
            date,
            next_day: row.get(3)?,
            text_version: row.get(4)?,
            author: row.get(5)?,
        });
    }
    Ok(kept)
}

/// Asks the stores of those whose day is near, once a year each; `false` when nobody's is.
pub(super) fn remind(hq: &mut Hq, today: i32) -> Result<bool, FigureRulesError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rules = FigureRules::of(&tx)?;
    let until = today + i32::from(rules.life.remind_days);
    let due: Vec<(i64, CustomerId, Vec<u8>, i32)> = tx
        .prepare_cached(
            "SELECT id, customer, date, next_day FROM life_date WHERE next_day <= ?1 LIMIT ?2",
        )?
        .query_map(params![until, DATES], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    if due.is_empty() {
        return Ok(false);
    }
    let desk = Rules::of(&tx).unwrap_or_else(|_| Rules::shipped());
    for (id, customer, sealed, day) in &due {
        let root = person::root(&tx, customer)?;
        // A night that was missed for long asks for nothing that is over.
        if *day >= today {
            let wanted = wanted(*id, *day, home(&tx, &root)?);
            book::add(&tx, &hq.keys, &desk, &root, wanted, today)?;
        }
        let date = fact::open(&tx, &hq.keys, customer, sealed)?;
        let again = date.and_then(|date| next(&date, (*day).max(today) + 1));
        // Beyond the calendar we know there is no next time.
        tx.prepare_cached("UPDATE life_date SET next_day = ?2 WHERE id = ?1")?
            .execute(params![id, again.unwrap_or(i32::MAX)])?;
    }
    tx.commit()?;
    Ok(true)
}

fn wanted(id: i64, day: i32, store: Option<StoreId>) -> Wanted {
    Wanted {
        cause: Cause { rule: Rule::LifeEvent, subject: format!("{id}:{day}") },
        kind: TaskKind::Message,
        due: day,
        store,
        about: None,
        styles: Vec::new(),
    }
}

fn home(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<StoreId>> {
    let sql = "SELECT home FROM figure_person WHERE customer = ?1";
    db.prepare_cached(sql)?.query_row([root], |row| row.get(0)).optional().map(Option::flatten)
}
