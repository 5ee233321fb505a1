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
pub(super) const MANY: u32 = 50_000;

/// A table and its indices that lie across.
pub(super) struct Table {
    name: &'static str,
    /// Their names, and on what.
    indices: &'static [(&'static str, &'static str)],
}

pub(super) const PERSON: Table = Table {
    name: "person",
    indices: &[
        ("person_by_spend", "person (spend, customer)"),
        ("person_by_next_day", "person (next_day)"),
    ],
};
pub(super) const PERSON_STORE: Table = Table {
    name: "person_store",
    indices: &[("person_store_by_net", "person_store (store, net, customer)")],
};
pub(super) const FIGURE_PERSON: Table = Table {
    name: "figure_person",
    indices: &[
        ("figure_person_by_class", "figure_person (class, net)"),
        ("figure_person_by_change", "figure_person (changes_on) WHERE changes_on IS NOT NULL"),
        ("figure_person_by_file", "figure_person (reg_day) WHERE reg_day IS NOT NULL"),
        (
            "figure_person_by_maker",
            "figure_person (reg_store, reg_day, reg_staff, valid) WHERE reg_day IS NOT NULL",
        ),
        ("figure_person_by_home", "figure_person (home, class, net) WHERE home IS NOT NULL"),
    ],
};
pub(super) const LOOKS_AFTER: Table = Table {
    name: "looks_after",
    indices: &[("looks_after_by_staff", "looks_after (store, staff)")],
};
pub(super) const FORECAST: Table = Table {
    name: "forecast",
    indices: &[("forecast_by_value", "forecast (value, customer, last_day, store)")],
};

/// Whether more than [`MANY`] rows lie in a list.
pub(super) fn has_many(db: &Connection, list: &str) -> rusqlite::Result<bool> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {list} LIMIT 1 OFFSET {MANY})");
    db.prepare_cached(&sql)?.query_row([], |row| row.get(0))
}

/// Takes the indices away if the table is empty; asked when many rows are about to be written.
pub(super) fn begin(db: &Connection, table: &Table) -> rusqlite::Result<()> {
    if !is_empty(db, table)? {
        return Ok(());
    }
    for (index, _) in table.indices {
        db.execute_batch(&format!("DROP INDEX IF EXISTS {index}"))?;
    }
    store::make_room(db, true)
}

pub(super) fn is_empty(db: &Connection, table: &Table) -> rusqlite::Result<bool> {
    let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", table.name);
    db.prepare_cached(&sql)?.query_row([], |row| row.get(0))
}

/// Builds one of the indices that are away; `false` if all are there.
pub(super) fn end(db: &Connection, table: &Table) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1)";
    for (index, on) in table.indices {
        let is_there: bool = db.prepare_cached(sql)?.query_row([index], |row| row.get(0))?;
        if !is_there {
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
        let founding =
            Founding { name: "x".into(), currency_exponent: 2, policy: TierPolicy::default() };
        let db = store::in_memory(&founding);
        let before = indices(&db);
        for table in [PERSON, PERSON_STORE, FIGURE_PERSON, LOOKS_AFTER, FORECAST] {
            begin(&db, &table).unwrap();
            assert_eq!(before.len() - indices(&db).len(), table.indices.len(), "{}", table.name);
            let mut built = 0;
            while end(&db, &table).unwrap() {
                built += 1;
            }
            assert_eq!(built, table.indices.len());
            assert_eq!(indices(&db), before);
        }
    }

    #[test]
    fn a_table_that_holds_something_keeps_its_indices() {
        let founding =
            Founding { name: "x".into(), currency_exponent: 2, policy: TierPolicy::default() };
        let db = store::in_memory(&founding);
        db.execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO forecast VALUES (x'01', 1, 1, 1, 1, 1, NULL)",
        )
        .unwrap();
        begin(&db, &FORECAST).unwrap();
        assert!(!end(&db, &FORECAST).unwrap(), "nothing was taken away");
        assert!(!has_many(&db, "forecast").unwrap());
    }
}
