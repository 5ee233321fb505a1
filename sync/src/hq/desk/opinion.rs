//! What customers say of goods, per style and per category, with their words: for HQ's buyers (S129).
//!
//! ```text
//! three questions of a call ─▶ style_answer ─┐
//! complaints about a style  ─▶ complaint ────┴▶ opinions, the most criticised first
//! ```
//!
//! # Invariants
//!
//! - Words stand here without her; once she was erased hers cannot be opened.
//!
//! Not here: the questions (`outcome`), the nine steps of a complaint (`complaint`).

use crate::care_list::CustomerId;
use crate::hq::customer::fact;
use crate::hq::keys::Keys;
use rusqlite::{Connection, params};

/// So many examples are shown of each.
const EXAMPLES: u32 = 3;

/// By what opinions are counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum By {
    /// Each style number.
    #[default]
    Style,
    /// Each kind of goods, as the list of styles has it.
    Category,
}

/// What customers said of one style, or of all styles of one kind.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Opinion {
    /// Style number; none where kinds are counted.
    pub style: Option<String>,
    /// As it is printed on receipts.
    pub item: Option<String>,
    /// What kind of goods it is, if a list of styles says so.
    pub category: Option<String>,
    /// Answers in all.
    pub answers: u32,
    /// Who likes it.
    pub likes: u32,
    /// Who does not.
    pub dislikes: u32,
    /// For whom it is not comfortable.
    pub uncomfortable: u32,
    /// Who had a question about washing.
    pub washing_questions: u32,
    /// Complaints that were about it.
    pub complaints: u32,
    /// Their words, at most three; of complaints first.
    pub words: Vec<String>,
}

/// All opinions, the most criticised first.
///
/// # Errors
///
/// As SQLite says.
pub fn opinions(db: &Connection, keys: &Keys, by: By) -> rusqlite::Result<Vec<Opinion>> {
    let (columns, group) = match by {
        By::Style => ("a.style, n.name, s.category", "a.style"),
        By::Category => ("NULL, NULL, s.category", "s.category"),
    };
    let mut select = db.prepare_cached(&format!(
        "WITH said (style, likes, comfortable, washing, complaint) AS (
             SELECT style, likes, comfortable, washing, 0 FROM style_answer
             UNION ALL SELECT style, NULL, NULL, NULL, 1 FROM complaint WHERE style IS NOT NULL)
         SELECT {columns}, sum(NOT complaint) AS answers, coalesce(sum(likes), 0),
                coalesce(sum(NOT likes), 0) AS dislikes,
                coalesce(sum(NOT comfortable), 0) AS uncomfortable,
                coalesce(sum(NOT washing), 0), sum(complaint) AS complaints
         FROM said a LEFT JOIN style s ON s.code = a.style
             LEFT JOIN style_name n ON n.style = a.style
         GROUP BY {group}
         ORDER BY dislikes + uncomfortable + complaints DESC, answers DESC, {group}"
    ))?;
    let rows = select.query_map([], |row| {
        Ok(Opinion {
            style: row.get(0)?,
            item: row.get(1)?,
            category: row.get(2)?,
            answers: row.get(3)?,
            likes: row.get(4)?,
            dislikes: row.get(5)?,
            uncomfortable: row.get(6)?,
            washing_questions: row.get(7)?,
            complaints: row.get(8)?,
            words: Vec::new(),
        })
    })?;
    let mut opinions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for opinion in &mut opinions {
        opinion.words = words(db, keys, by, opinion)?;
    }
    Ok(opinions)
}

/// What was said of it, in their words: what brought them to complain first, then what they answered.
fn words(db: &Connection, keys: &Keys, by: By, of: &Opinion) -> rusqlite::Result<Vec<String>> {
    let (of, styles) = match by {
        By::Style => (&of.style, "= ?1"),
        By::Category if of.category.is_some() => {
            (&of.category, "IN (SELECT code FROM style WHERE category = ?1)")
        }
        By::Category => {
            (&of.category, "NOT IN (SELECT code FROM style WHERE category IS NOT NULL)")
        }
    };
    let mut words = Vec::new();
    let said = [
        format!(
            "SELECT c.customer, t.text FROM complaint c JOIN complaint_step t ON t.complaint = c.id
             WHERE c.style {styles} AND c.style IS NOT NULL AND t.step = 'listen'
                 AND t.text IS NOT NULL AND ?1 IS ?1
             ORDER BY c.opened_ms DESC LIMIT ?2"
        ),
        format!(
            "SELECT t.customer, a.words FROM style_answer a JOIN task t ON t.id = a.task
             WHERE a.style {styles} AND a.words IS NOT NULL AND ?1 IS ?1
             ORDER BY t.closed_day DESC, a.task DESC LIMIT ?2"
        ),
    ];
    for sql in said {
        let mut select = db.prepare_cached(&sql)?;
        let mut rows = select.query(params![of, EXAMPLES])?;
        while let Some(row) = rows.next()? {
            let sealed: Vec<u8> = row.get(1)?;
            words.extend(match row.get::<_, Option<CustomerId>>(0)? {
                Some(customer) => fact::open(db, keys, &customer, &sealed)?,
                None => String::from_utf8(sealed).ok(),
            });
        }
    }
    words.truncate(EXAMPLES as usize);
    Ok(words)
}

/// Remembers what receipts call a style, from a sale of hers: among all sales it would be sought for long.
pub(in crate::hq) fn name(
    db: &Connection,
    customer: &CustomerId,
    style: &str,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO style_name (style, name)
         SELECT i.style, i.name FROM sale s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
         WHERE s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND i.style = ?2
         LIMIT 1 ON CONFLICT DO NOTHING",
    )?
    .execute(params![customer, style])
    .map(drop)
}
