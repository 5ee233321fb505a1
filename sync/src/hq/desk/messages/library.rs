//! The library of texts: by kind, language and occasion, each version with its author, its reviewer and
//! what the checker said (S36).
//!
//! # Invariants
//!
//! - A version is never changed; a new wording is a new version.
//! - Only a reviewed text goes out, and whoever wrote it does not review it.
//! - What the checker refuses is kept only with a person's reason; both stay beside it.
//!
//! Not here: judging (`judge`), filling (`fill`).

use super::judge::{Objection, judge};
use super::kind::Kind;
use crate::language::Language;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Deserialize;

const SHIPPED: &str = include_str!("texts.toml");

/// A text that somebody wants to keep.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What for.
    pub kind: Kind,
    /// In which language.
    pub language: Language,
    /// A holiday's or season's word, a campaign's name; empty for any.
    pub occasion: String,
    /// The text, with placeholders.
    pub text: String,
    /// Who wrote it.
    pub author: String,
    /// Who has to be interested, for marketing and information.
    pub theme: Option<String>,
    /// The first day on which it goes out, for marketing and information.
    pub from_day: Option<i32>,
    /// The last.
    pub until_day: Option<i32>,
    /// Who keeps it against the checker's word, and why.
    pub overrule: Option<Overrule>,
}

/// A person's word against the checker's.
#[derive(Clone, Debug)]
pub struct Overrule {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A text of the library.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Text {
    /// Its number.
    pub id: i64,
    /// What for.
    pub kind: Kind,
    /// `zh` or `en`.
    pub language: String,
    /// Its occasion; empty for any.
    pub occasion: String,
    /// From 1; the newest reviewed one goes out.
    pub version: u32,
    /// The text.
    pub text: String,
    /// Who has to be interested.
    pub theme: Option<String>,
    /// The first day.
    pub from_day: Option<i32>,
    /// The last.
    pub until_day: Option<i32>,
    /// Who wrote it.
    pub author: String,
    /// The words that the checker objected to.
    pub objections: Option<String>,
    /// Who overruled it.
    pub overruled_by: Option<String>,
    /// And why.
    pub overruled_why: Option<String>,
    /// Who reviewed it.
    pub reviewer: Option<String>,
}

/// Why a text is not kept, or not reviewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The checker's word; the words are a text of ours, not of a customer.
    #[error("{}", told(.0))]
    Refused(Vec<Objection>),
    /// A reason is needed to overrule.
    #[error("overruling the checker needs a name and a reason")]
    NoReason,
    /// Marketing and information go out within days of their own.
    #[error("marketing and information need an occasion, --from and --until")]
    NoDays,
    /// Who wrote it has seen it already.
    #[error("whoever wrote a text does not review it")]
    OwnReview,
    /// There is no such text.
    #[error("no text {0} that waits for a review")]
    None(i64),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

fn told(objections: &[Objection]) -> String {
    objections.iter().map(|of| of.en.as_str()).collect::<Vec<_>>().join("; ")
}

fn word(language: Language) -> &'static str {
    language.of("zh", "en")
}

/// Keeps a text as the next version of its kind, language and occasion; returns its number.
///
/// # Errors
///
/// [`TextError::Refused`] with every objection, unless a person overrules them.
pub fn add(db: &Connection, draft: &Draft, now_ms: i64) -> Result<i64, TextError> {
    let by_window = matches!(draft.kind, Kind::Marketing | Kind::Information);
    let has_window = draft.from_day.zip(draft.until_day).is_some_and(|(from, until)| from <= until);
    if by_window && (draft.occasion.is_empty() || !has_window) {
        return Err(TextError::NoDays);
    }
    let objections = judge(draft.kind, draft.language, &draft.text);
    let named: Vec<&str> = objections.iter().map(|of| of.words.as_str()).collect();
    let named = (!named.is_empty()).then(|| named.join(" / "));
    let overrule = match &draft.overrule {
        _ if named.is_none() => None,
        None => return Err(TextError::Refused(objections)),
        Some(Overrule { by, why }) if by.trim().is_empty() || why.trim().is_empty() => {
            return Err(TextError::NoReason);
        }
        Some(overrule) => Some(overrule),
    };
    let id = db.query_row(
        "INSERT INTO message_text (kind, language, occasion, version, text, theme, from_day,
             until_day, author, made_ms, objections, overruled_by, overruled_why)
         VALUES (?1, ?2, ?3,
             (SELECT 1 + coalesce(max(version), 0) FROM message_text
              WHERE kind = ?1 AND language = ?2 AND occasion = ?3),
             ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
        params![
            draft.kind.word(),
            word(draft.language),
            draft.occasion,
            draft.text.trim(),
            draft.theme,
            draft.from_day,
            draft.until_day,
            draft.author,
            now_ms,
            named,
            overrule.map(|of| of.by.as_str()),
            overrule.map(|of| of.why.as_str())
        ],
        |row| row.get(0),
    )?;
    Ok(id)
}

#[derive(Deserialize)]
struct ShippedText {
    kind: String,
    #[serde(default)]
    occasion: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
struct ShippedTexts {
    text: Vec<ShippedText>,
}

/// The texts that come with the program, in both languages.
///
/// # Panics
///
/// Never: they are read by a test.
#[must_use]
pub fn shipped() -> Vec<Draft> {
    let texts: ShippedTexts = toml::from_str(SHIPPED).expect("texts.toml is part of the program");
    let draft = |of: &ShippedText, language: Language| Draft {
        kind: Kind::from_word(&of.kind).expect("texts.toml names our kinds"),
        language,
        occasion: of.occasion.clone(),
        text: language.of(&of.zh, &of.en).to_owned(),
        author: "huitou".into(),
        theme: None,
        from_day: None,
        until_day: None,
        overrule: None,
    };
    let both = |of| [draft(of, Language::Zh), draft(of, Language::En)];
    texts.text.iter().flat_map(both).collect()
}

/// Somebody who did not write it has read it: from now on it goes out.
///
/// # Errors
///
/// [`TextError`] if there is none, or it is the reviewer's own.
pub fn review(db: &Connection, id: i64, reviewer: &str, now_ms: i64) -> Result<(), TextError> {
    let sql = "SELECT author FROM message_text WHERE id = ?1 AND reviewer IS NULL";
    let author: Option<String> = db.query_row(sql, [id], |row| row.get(0)).optional()?;
    match author {
        None => Err(TextError::None(id)),
        Some(author) if author == reviewer.trim() || reviewer.trim().is_empty() => {
            Err(TextError::OwnReview)
        }
        Some(_) => {
            db.execute(
                "UPDATE message_text SET reviewer = ?2, reviewed_ms = ?3 WHERE id = ?1",
                params![id, reviewer.trim(), now_ms],
            )?;
            Ok(())
        }
    }
}

const COLUMNS: &str = "id, kind, language, occasion, version, text, theme, from_day, until_day,
    author, objections, overruled_by, overruled_why, reviewer";

fn text(row: &Row<'_>) -> rusqlite::Result<Option<Text>> {
    let Some(kind) = Kind::from_word(&row.get::<_, String>(1)?) else { return Ok(None) };
    Ok(Some(Text {
        id: row.get(0)?,
        kind,
        language: row.get(2)?,
        occasion: row.get(3)?,
        version: row.get(4)?,
        text: row.get(5)?,
        theme: row.get(6)?,
        from_day: row.get(7)?,
        until_day: row.get(8)?,
        author: row.get(9)?,
        objections: row.get(10)?,
        overruled_by: row.get(11)?,
        overruled_why: row.get(12)?,
        reviewer: row.get(13)?,
    }))
}

/// All of them, the newest version of each first.
///
/// # Errors
///
/// As SQLite says.
pub fn list(db: &Connection) -> rusqlite::Result<Vec<Text>> {
    let mut select = db.prepare(&format!(
        "SELECT {COLUMNS} FROM message_text ORDER BY kind, occasion, language, version DESC"
    ))?;
    let rows = select.query_map([], text)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The text that goes out: the newest reviewed version for the occasion, else the one for any.
///
/// # Errors
///
/// As SQLite says.
pub fn current(
    db: &Connection,
    kind: Kind,
    language: Language,
    occasion: &str,
) -> rusqlite::Result<Option<Text>> {
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM message_text WHERE kind = ?1 AND language = ?2
             AND occasion IN (?3, '') AND reviewer IS NOT NULL
             ORDER BY occasion = '', version DESC LIMIT 1"
        ))?
        .query_row(params![kind.word(), word(language), occasion], text)
        .optional()?;
    Ok(found.flatten())
}

/// Marketing and information whose days are now: of each occasion the newest reviewed version.
///
/// # Errors
///
/// As SQLite says.
pub fn running(db: &Connection, language: Language, today: i32) -> rusqlite::Result<Vec<Text>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM message_text t WHERE kind IN ('information', 'marketing')
         AND language = ?1 AND reviewer IS NOT NULL AND ?2 BETWEEN from_day AND until_day
         AND version = (SELECT max(version) FROM message_text o WHERE o.kind = t.kind
             AND o.language = t.language AND o.occasion = t.occasion AND o.reviewer IS NOT NULL)
         ORDER BY kind, id"
    ))?;
    let rows = select.query_map(params![word(language), today], text)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The words of one.
///
/// # Errors
///
/// As SQLite says.
pub(super) fn words(db: &Connection, id: i64) -> rusqlite::Result<String> {
    db.prepare_cached("SELECT text FROM message_text WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
}
