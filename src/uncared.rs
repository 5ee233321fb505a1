//! What was sold without advice on how to wash and keep it (S27): the shop's list of gaps.
//!
//! An item's name and style number come off paper and are nobody's secret; who bought it is not here.
//!
//! Not here: the advice (`note::advice`), the table of styles (`styles`).

use rusqlite::{Connection, params};

/// So many are kept, the most sold first.
const KEEP: i64 = 500;
/// The longest name that is kept, in characters.
const NAME_MAX: usize = 60;

/// Something that was sold without advice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Uncared {
    /// As the till prints it.
    pub item: String,
    /// Its style number, if it is printed.
    pub style: Option<String>,
    /// How often.
    pub count: u32,
    /// The last day, counted from 1970-01-01.
    pub last_day: i32,
}

/// Notes a sale without advice, within the caller's transaction.
///
/// # Errors
///
/// What SQLite says.
pub fn miss(transaction: &Connection, item: &str, style: &str, day: i32) -> rusqlite::Result<()> {
    let plain = |text: &str| -> String {
        text.chars().filter(|symbol| !symbol.is_control()).take(NAME_MAX).collect()
    };
    transaction
        .prepare_cached(
            "INSERT INTO uncared (item, style, count, last_day) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT (item, style) DO UPDATE SET
                 count = count + 1, last_day = max(last_day, excluded.last_day)",
        )?
        .execute(params![plain(item), plain(style), day])?;
    transaction
        .prepare_cached(
            "DELETE FROM uncared WHERE (item, style) IN
                 (SELECT item, style FROM uncared ORDER BY count DESC, last_day DESC
                  LIMIT -1 OFFSET ?1)",
        )?
        .execute([KEEP])
        .map(drop)
}

/// All gaps, the most sold first.
///
/// # Errors
///
/// What SQLite says.
pub fn list(connection: &Connection) -> rusqlite::Result<Vec<Uncared>> {
    let mut select = connection.prepare(
        "SELECT item, style, count, last_day FROM uncared
         ORDER BY count DESC, last_day DESC, item",
    )?;
    let rows = select.query_map([], |row| {
        let style: String = row.get(1)?;
        Ok(Uncared {
            item: row.get(0)?,
            style: (!style.is_empty()).then_some(style),
            count: row.get(2)?,
            last_day: row.get(3)?,
        })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_counted_and_the_most_sold_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        let connection = crate::store::open(dir.path()).unwrap();
        for (item, day) in [("发夹", 1), ("神秘商品", 2), ("神秘商品", 3)] {
            miss(&connection, item, "", day).unwrap();
        }
        let found = list(&connection).unwrap();
        assert_eq!((found[0].item.as_str(), found[0].count, found[0].last_day), ("神秘商品", 2, 3));
        assert_eq!(found.len(), 2);
        for number in 0..KEEP + 20 {
            miss(&connection, &format!("x{number}"), "S1", 4).unwrap();
        }
        assert_eq!(list(&connection).unwrap().len(), KEEP as usize);
        assert_eq!(list(&connection).unwrap()[0].item, "神秘商品", "what sells stays");
    }
}
