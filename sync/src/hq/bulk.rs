//! Filling a table for the first time: indices that lie across the order of filling are built when it is
//! full, and until then the log is long and more pages are kept.
//!
//! A first night writes a row for everybody, in order of pseudonyms. In an index by what she spent each
//! row lies on another page, and every short transaction writes such a page into the log and back into
//! the database: of a million customers forty gigabytes.
//!
//! # Invariants
//!
//! - Only an empty table loses an index, and only while many rows are due.
//! - A night that was cut short goes on without them; the next one that finds nothing due builds them.
//!
//! Not here: what the tables hold (`summary`, `figures`, `forecast`).

use super::store;
use rusqlite::Connection;

/// So many rows are many; fewer are written faster than an index is built.
const MANY: u32 = 50_000;

/// A table that is filled, and the indices that lie across: its own, and of what is filled with it.
pub(super) struct Filling {
    table: &'static str,
    /// Whose rows are to be written.
    due: &'static str,
    /// Their names, and on what.
    indices: &'static [(&'static str, &'static str)],
}

pub(super) const PERSONS: Filling = Filling {
    table: "person",
    due: "due_person",
    indices: &[
        ("person_by_spend", "person (spend, customer)"),
        ("person_by_next_day", "person (next_day)"),
        ("person_store_by_net", "person_store (store, net, customer)"),
    ],
};
pub(super) const FIGURES: Filling = Filling {
    table: "figure_person",
    due: "figure_due",
    indices: &[
        ("figure_person_by_class", "figure_person (class, net)"),
        ("figure_person_by_change", "figure_person (changes_on) WHERE changes_on IS NOT NULL"),
        ("figure_person_by_file", "figure_person (reg_day) WHERE reg_day IS NOT NULL"),
        (
            "figure_person_by_maker",
            "figure_person (reg_store, reg_day, reg_staff, valid) WHERE reg_day IS NOT NULL",
        ),
        ("figure_person_by_home", "figure_person (home, class, net) WHERE home IS NOT NULL"),
        ("looks_after_by_staff", "looks_after (store, staff)"),
    ],
};
pub(super) const FORECASTS: Filling = Filling {
    table: "forecast",
    due: "figure_person",
    indices: &[("forecast_by_value", "forecast (value, customer, last_day, store)")],
};

/// Takes the indices away if the table is empty and many rows are due. Returns whether they are away.
pub(super) fn begin(db: &Connection, filling: &Filling) -> rusqlite::Result<bool> {
    let Filling { table, due, indices } = filling;
    let sql = format!(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM {table}) THEN 0
             ELSE EXISTS (SELECT 1 FROM {due} LIMIT 1 OFFSET {MANY}) END"
    );
    if !db.prepare_cached(&sql)?.query_row([], |row| row.get(0))? {
        return Ok(!is_there(db, indices[0].0)?);
    }
    for (index, _) in *indices {
        db.execute_batch(&format!("DROP INDEX IF EXISTS {index}"))?;
    }
    store::make_room(db, true)?;
    Ok(true)
}

fn is_there(db: &Connection, index: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1)";
    db.prepare_cached(sql)?.query_row([index], |row| row.get(0))
}

/// Builds one of the indices that are away; `false` if all are there.
pub(super) fn end(db: &Connection, filling: &Filling) -> rusqlite::Result<bool> {
    for (index, on) in filling.indices {
        if !is_there(db, index)? {
            db.execute_batch(&format!("CREATE INDEX {index} ON {on}"))?;
            store::make_room(db, false)?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::Founding;
    use crate::tier::TierPolicy;

    fn chain() -> Connection {
        let policy = TierPolicy::default();
        let db = store::in_memory(&Founding { name: "x".into(), currency_exponent: 2, policy });
        db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        db
    }

    /// As many rows as are many, and one more if `more`, in a table that nobody fills so otherwise.
    fn due(db: &Connection, more: bool) -> Filling {
        db.execute_batch("CREATE TABLE IF NOT EXISTS list (n INTEGER PRIMARY KEY)").unwrap();
        let sql = "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
                   INSERT OR IGNORE INTO list SELECT n FROM n";
        db.execute(sql, [MANY + u32::from(more)]).unwrap();
        Filling { due: "list", ..FORECASTS }
    }

    fn indices(db: &Connection) -> Vec<(String, String)> {
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
                   ORDER BY name";
        let mut select = db.prepare(sql).unwrap();
        let rows = select.query_map([], |row| {
            let sql: String = row.get(1)?;
            Ok((row.get(0)?, sql.split_whitespace().collect::<Vec<_>>().join(" ")))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn an_index_that_was_taken_away_comes_back_the_same() {
        let db = chain();
        let before = indices(&db);
        let many = due(&db, true).due;
        for filling in [PERSONS, FIGURES, FORECASTS] {
            let filling = Filling { due: many, ..filling };
            assert!(begin(&db, &filling).unwrap());
            let gone = before.len() - indices(&db).len();
            assert_eq!(gone, filling.indices.len(), "{}", filling.table);
            let mut built = 0;
            while end(&db, &filling).unwrap() {
                built += 1;
            }
            db.execute_batch(&format!("DELETE FROM {many} WHERE n > 9")).unwrap();
            assert!(!begin(&db, &filling).unwrap(), "few are due");
            due(&db, true);
            assert_eq!(built, filling.indices.len());
            assert_eq!(indices(&db), before);
        }
    }

    #[test]
    fn a_table_that_holds_something_or_gets_few_rows_keeps_its_indices() {
        let db = chain();
        assert!(!begin(&db, &due(&db, false)).unwrap());
        assert!(!end(&db, &FORECASTS).unwrap(), "few are due");
        db.execute_batch("INSERT INTO forecast VALUES (x'01', 1, 1, 1, 1, 1, NULL)").unwrap();
        assert!(!begin(&db, &due(&db, true)).unwrap());
        assert!(!end(&db, &FORECASTS).unwrap(), "it holds something");
    }
}
