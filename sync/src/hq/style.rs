//! Styles on their way down: what each till was told of a style number, and what it is to be told.
//!
//! # Invariants
//!
//! - What changed goes down under a version of its own; a style that a list lost goes down without words.
//! - A till gets every style of the chain: goods move between stores.
//!
//! Not here: where styles come from (`import`), what a till prints of them (`note`).

use super::store;
use crate::care_list::CareStyle;
use rusqlite::{Connection, params};

/// Styles per page: some 30 KiB.
const PAGE: usize = 500;

/// What goes down with a page.
pub(super) struct Due {
    rows: Vec<(CareStyle, u64)>,
    /// Nothing above this may be on the page.
    pub(super) end: u64,
    pub(super) more: bool,
}

impl Due {
    /// Those up to a version, and the last one's version, if there is any.
    pub(super) fn up_to(self, end: u64) -> (Vec<CareStyle>, Option<u64>) {
        let rows: Vec<_> = self.rows.into_iter().filter(|(_, n)| *n <= end).collect();
        let last = rows.last().map(|(_, n)| *n);
        (rows.into_iter().map(|(style, _)| style).collect(), last)
    }
}

/// Gives what the lists say otherwise than tills were told a version, within the caller's transaction.
pub(super) fn settle(db: &Connection) -> rusqlite::Result<()> {
    let mut select = db.prepare_cached(
        "SELECT i.code, i.category, i.fibre, i.care
         FROM (SELECT code, category, fibre, care, max(import) FROM import_style GROUP BY code) i
         LEFT JOIN style s USING (code)
         WHERE s.code IS NULL OR s.category IS NOT i.category OR s.fibre IS NOT i.fibre OR s.care IS NOT i.care
         UNION ALL
         SELECT code, NULL, NULL, NULL FROM style
         WHERE (category IS NOT NULL OR fibre IS NOT NULL OR care IS NOT NULL)
             AND code NOT IN (SELECT code FROM import_style)
         ORDER BY 1",
    )?;
    let due = select.query_map([], style)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut keep = db.prepare_cached(
        "INSERT INTO style (code, n, category, fibre, care) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (code) DO UPDATE SET n = excluded.n, category = excluded.category,
             fibre = excluded.fibre, care = excluded.care",
    )?;
    for style in due {
        let n = store::next_care_n(db)?;
        keep.execute(params![style.code, n, style.category, style.fibre, style.care])?;
    }
    Ok(())
}

/// Styles with versions above `after` and up to `end`; a snapshot leaves out what is gone.
pub(super) fn due(db: &Connection, after: u64, end: u64, snapshot: bool) -> rusqlite::Result<Due> {
    let mut select = db.prepare_cached(
        "SELECT code, category, fibre, care, n FROM style WHERE n > ?1 AND n <= ?2
             AND (NOT ?3 OR category IS NOT NULL OR fibre IS NOT NULL OR care IS NOT NULL)
         ORDER BY n LIMIT ?4",
    )?;
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let rows = select.query_map(params![whole(after), whole(end), snapshot, limit], |row| {
        Ok((style(row)?, row.get::<_, i64>(4)?.unsigned_abs()))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().map_or(after, |(_, n)| *n);
    Ok(Due { rows, end: if more { last } else { end }, more })
}

fn style(row: &rusqlite::Row<'_>) -> rusqlite::Result<CareStyle> {
    Ok(CareStyle {
        code: row.get(0)?,
        category: row.get(1)?,
        fibre: row.get(2)?,
        care: row.get(3)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::{Founding, in_memory};

    fn list(db: &Connection, import: i64, rows: &[(&str, &str)]) {
        let sql = "INSERT INTO import (id, kind, name, begun_ms, added, changed) VALUES (?1, 'styles', '', 0, 0, 0)";
        db.execute(sql, [import]).unwrap();
        for (code, category) in rows {
            let sql =
                "INSERT INTO import_style (code, import, line, category) VALUES (?1, ?2, 1, ?3)";
            db.execute(sql, params![code, import, category]).unwrap();
        }
        settle(db).unwrap();
    }

    fn told(due: Due) -> Vec<String> {
        let (styles, _) = due.up_to(u64::MAX);
        let line = |style: CareStyle| style.code + " " + style.category.as_deref().unwrap_or("-");
        styles.into_iter().map(line).collect()
    }

    #[test]
    fn only_what_changed_goes_down_and_what_is_gone_is_told_so() {
        let policy = crate::tier::TierPolicy::default();
        let db = in_memory(&Founding { name: "x".into(), currency_exponent: 2, policy });
        list(&db, 1, &[("A", "大衣"), ("B", "裙")]);
        assert_eq!(told(due(&db, 0, u64::MAX, true).unwrap()), ["A 大衣", "B 裙"]);
        let seen = store::own(&db).unwrap().care_n;
        list(&db, 2, &[("B", "连衣裙"), ("C", "帽")]);
        assert_eq!(told(due(&db, seen, u64::MAX, false).unwrap()), ["B 连衣裙", "C 帽"]);
        let seen = store::own(&db).unwrap().care_n;
        db.execute("DELETE FROM import_style WHERE import = 2", []).unwrap();
        settle(&db).unwrap();
        assert_eq!(told(due(&db, seen, u64::MAX, false).unwrap()), ["B 裙", "C -"]);
        assert_eq!(told(due(&db, 0, u64::MAX, true).unwrap()), ["A 大衣", "B 裙"]);
    }

    #[test]
    fn a_long_list_goes_down_in_pages_without_gap_or_overlap() {
        let policy = crate::tier::TierPolicy::default();
        let db = in_memory(&Founding { name: "x".into(), currency_exponent: 2, policy });
        let codes: Vec<String> = (0..PAGE + 7).map(|number| format!("S{number:05}")).collect();
        let rows: Vec<(&str, &str)> = codes.iter().map(|code| (code.as_str(), "裙")).collect();
        list(&db, 1, &rows);
        let first = due(&db, 0, u64::MAX, true).unwrap();
        assert!(first.more);
        let end = first.end;
        let (first, last) = first.up_to(end);
        assert_eq!((first.len(), last), (PAGE, Some(end)));
        let second = due(&db, end, u64::MAX, false).unwrap();
        assert!(!second.more);
        assert_eq!(second.up_to(u64::MAX).0.len(), 7);
    }
}
