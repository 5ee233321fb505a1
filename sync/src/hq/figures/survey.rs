//! Surveys: staff fill them in first, and what people do not like to be asked is marked (S24).
//!
//! # Invariants
//!
//! - Without at least one filled-in trial by staff nothing is published.
//! - A question that is sensitive is either taken out or allowed by a person, one by one.
//!
//! Not here: sending it to customers.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

/// What people do not like to be asked, by the words that give it away.
const SENSITIVE: [(&str, &[&str]); 6] = [
    ("income", &["收入", "工资", "年薪", "存款", "income", "salary"]),
    ("age", &["年龄", "几岁", "多大", "出生年", "your age", "how old"]),
    ("family", &["结婚", "离婚", "婚姻", "怀孕", "子女", "married", "pregnan", "divorc"]),
    ("body", &["体重", "胖", "三围", "weigh", "疾病", "病史", "illness"]),
    ("belief", &["宗教", "信仰", "民族", "政治", "religio", "ethnic", "politic"]),
    ("identity", &["身份证", "住址", "银行卡", "id card", "home address", "bank"]),
];

/// Why a survey is not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// There is none of this number, or it is out already.
    #[error("there is no unpublished survey of this number")]
    None,
    /// Nobody of staff has filled it in.
    #[error("nobody of the staff has filled it in yet: fill it in yourselves first")]
    NoTrial,
    /// Questions are sensitive and nobody has allowed them.
    #[error("sensitive questions: {0}; take them out, or allow each")]
    Sensitive(String),
    /// A trial has to answer every question.
    #[error("the survey has {0} questions; answer each, one a line")]
    Answers(usize),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// What a question touches that people avoid, if it does.
#[must_use]
pub fn sensitive(question: &str) -> Option<&'static str> {
    let question = question.to_lowercase();
    let touches = |words: &[&str]| words.iter().any(|word| question.contains(word));
    SENSITIVE.iter().find(|(_, words)| touches(words)).map(|(what, _)| *what)
}

/// Makes a survey of questions, one a line; returns its number.
///
/// # Errors
///
/// As SQLite says.
pub fn make(
    db: &mut Connection,
    title: &str,
    questions: &str,
    now_ms: i64,
) -> rusqlite::Result<i64> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "INSERT INTO survey (title, made_ms) VALUES (?1, ?2) RETURNING id";
    let id = tx.query_row(sql, params![title, now_ms], |row| row.get(0))?;
    let lines = questions.lines().map(str::trim).filter(|line| !line.is_empty());
    for (number, question) in (1_i64..).zip(lines) {
        tx.execute(
            "INSERT INTO survey_question (survey, number, text, sensitive) VALUES (?1, ?2, ?3, ?4)",
            params![id, number, question, sensitive(question)],
        )?;
    }
    tx.commit()?;
    Ok(id)
}

/// One of the staff fills it in, one answer a line.
///
/// # Errors
///
/// [`SurveyError`] if there is no such draft, or an answer is missing.
pub fn fill_in(
    db: &Connection,
    survey: i64,
    staff: &str,
    answers: &str,
    now_ms: i64,
) -> Result<(), SurveyError> {
    let questions = draft(db, survey)?;
    let given = answers.lines().filter(|line| !line.trim().is_empty()).count();
    if given != questions || questions == 0 {
        return Err(SurveyError::Answers(questions));
    }
    db.execute(
        "INSERT INTO survey_trial (survey, staff, at_ms, answers) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (survey, staff) DO UPDATE SET
             at_ms = excluded.at_ms, answers = excluded.answers",
        params![survey, staff, now_ms, answers],
    )?;
    Ok(())
}

/// How many questions an unpublished one has.
fn draft(db: &Connection, survey: i64) -> Result<usize, SurveyError> {
    let sql = "SELECT (SELECT count(*) FROM survey_question WHERE survey = s.id) FROM survey s
               WHERE s.id = ?1 AND s.published_ms IS NULL";
    let count: Option<i64> = db.query_row(sql, [survey], |row| row.get(0)).optional()?;
    let count = count.ok_or(SurveyError::None)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Allows a sensitive question. `false` if there is no such one.
///
/// # Errors
///
/// As SQLite says.
pub fn allow(db: &Connection, survey: i64, number: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE survey_question SET allowed = 1 WHERE survey = ?1 AND number = ?2";
    Ok(db.execute(sql, [survey, number])? > 0)
}

/// Publishes it.
///
/// # Errors
///
/// [`SurveyError`] while nobody of staff has filled it in, or a sensitive question is not allowed.
pub fn publish(db: &Connection, survey: i64, now_ms: i64) -> Result<(), SurveyError> {
    draft(db, survey)?;
    let sql = "SELECT count(*) FROM survey_trial WHERE survey = ?1";
    if db.query_row(sql, [survey], |row| row.get::<_, i64>(0))? == 0 {
        return Err(SurveyError::NoTrial);
    }
    let open: Vec<String> = db
        .prepare(
            "SELECT number || ' (' || sensitive || ')' FROM survey_question
             WHERE survey = ?1 AND sensitive IS NOT NULL AND NOT allowed ORDER BY number",
        )?
        .query_map([survey], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if !open.is_empty() {
        return Err(SurveyError::Sensitive(open.join(", ")));
    }
    db.execute("UPDATE survey SET published_ms = ?2 WHERE id = ?1", params![survey, now_ms])?;
    Ok(())
}

/// A question, as lists show it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Question {
    /// The survey's number.
    pub survey: i64,
    /// Its title.
    pub title: String,
    /// Whether customers may see it.
    pub published: bool,
    /// How many of the staff have filled it in.
    pub trials: u32,
    /// The question's own number.
    pub number: i64,
    /// What is asked.
    pub text: String,
    /// What it touches that people avoid.
    pub sensitive: Option<String>,
    /// Somebody allowed it all the same.
    pub allowed: bool,
}

/// All questions of all surveys.
///
/// # Errors
///
/// As SQLite says.
pub fn questions(db: &Connection) -> rusqlite::Result<Vec<Question>> {
    asked(db, None)
}

/// The questions of one survey, in order.
///
/// # Errors
///
/// As SQLite says.
pub fn questions_of(db: &Connection, survey: i64) -> rusqlite::Result<Vec<Question>> {
    asked(db, Some(survey))
}

fn asked(db: &Connection, survey: Option<i64>) -> rusqlite::Result<Vec<Question>> {
    let mut select = db.prepare(
        "SELECT s.id, s.title, s.published_ms IS NOT NULL,
                (SELECT count(*) FROM survey_trial t WHERE t.survey = s.id),
                q.number, q.text, q.sensitive, q.allowed
         FROM survey s JOIN survey_question q ON q.survey = s.id
         WHERE ?1 IS NULL OR s.id = ?1 ORDER BY s.id, q.number",
    )?;
    let rows = select.query_map([survey], |row| {
        Ok(Question {
            survey: row.get(0)?,
            title: row.get(1)?,
            published: row.get(2)?,
            trials: row.get(3)?,
            number: row.get(4)?,
            text: row.get(5)?,
            sensitive: row.get(6)?,
            allowed: row.get(7)?,
        })
    })?;
    rows.collect()
}

/// A survey, as lists show it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Survey {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// How many questions it has.
    pub questions: u32,
    /// How many of the staff have filled it in.
    pub trials: u32,
    /// Sensitive questions that nobody has allowed.
    pub open: u32,
    /// When it was made, ms since 1970-01-01 UTC.
    pub made_ms: i64,
    /// Since when customers may see it.
    pub published_ms: Option<i64>,
}

/// All surveys, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn all(db: &Connection) -> rusqlite::Result<Vec<Survey>> {
    let mut select = db.prepare_cached(
        "SELECT s.id, s.title, (SELECT count(*) FROM survey_question q WHERE q.survey = s.id),
                (SELECT count(*) FROM survey_trial t WHERE t.survey = s.id),
                (SELECT count(*) FROM survey_question q
                 WHERE q.survey = s.id AND q.sensitive IS NOT NULL AND NOT q.allowed),
                s.made_ms, s.published_ms
         FROM survey s ORDER BY s.id DESC",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Survey {
            id: row.get(0)?,
            title: row.get(1)?,
            questions: row.get(2)?,
            trials: row.get(3)?,
            open: row.get(4)?,
            made_ms: row.get(5)?,
            published_ms: row.get(6)?,
        })
    })?;
    rows.collect()
}

/// What one of the staff answered.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Trial {
    /// Who.
    pub staff: String,
    /// When, ms since 1970-01-01 UTC.
    pub at_ms: i64,
    /// The answers, in the questions' order.
    pub answers: Vec<String>,
}

/// What staff answered, by name.
///
/// # Errors
///
/// As SQLite says.
pub fn trials(db: &Connection, survey: i64) -> rusqlite::Result<Vec<Trial>> {
    let mut select = db.prepare_cached(
        "SELECT staff, at_ms, answers FROM survey_trial WHERE survey = ?1 ORDER BY staff",
    )?;
    let rows = select.query_map([survey], |row| {
        let answers: String = row.get(2)?;
        let answers = answers.lines().filter(|line| !line.trim().is_empty());
        let answers = answers.map(str::to_owned).collect();
        Ok(Trial { staff: row.get(0)?, at_ms: row.get(1)?, answers })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> Connection {
        let policy = crate::tier::TierPolicy::default();
        let name = "test".into();
        crate::hq::store::in_memory(&crate::hq::store::Founding {
            name,
            currency_exponent: 2,
            policy,
        })
    }

    #[test]
    fn s24_staff_fill_it_in_before_customers_do() {
        let mut db = db();
        let id = make(&mut db, "面料", "这件穿着舒服吗?\n\n您的月收入?\n", 1).unwrap();
        assert!(matches!(publish(&db, id, 2), Err(SurveyError::NoTrial)));
        assert!(matches!(fill_in(&db, id, "小陈", "舒服", 2), Err(SurveyError::Answers(2))));
        fill_in(&db, id, "小陈", "舒服\n不说", 2).unwrap();
        let refused = publish(&db, id, 3).unwrap_err().to_string();
        assert!(refused.contains("2 (income)"), "{refused}");
        assert!(allow(&db, id, 2).unwrap() && !allow(&db, id, 9).unwrap());
        publish(&db, id, 3).unwrap();
        assert!(matches!(publish(&db, id, 4), Err(SurveyError::None)), "once");
        assert!(matches!(fill_in(&db, id, "小周", "a\nb", 4), Err(SurveyError::None)));
        let all = questions(&db).unwrap();
        assert_eq!((all.len(), all[0].trials, all[0].published), (2, 1, true));
        assert_eq!(all[0].sensitive, None);
    }
}
