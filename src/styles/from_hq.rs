//! Styles that HQ sent with the care list.
//!
//! # Invariants
//!
//! - All of a page's styles and the cursor behind them, or nothing: the caller's transaction.
//! - A snapshot that spans several pages takes nothing away before its last one.
//! - What no paper takes (control characters, a symbol that there is not) is left out, never printed.
//!
//! Not here: opening the page (`sync::care_list`), the shop's own list (the parent module).

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use sync::care_code::CareCode;
use sync::care_list::{CarePage, CareStyle};

use super::{Style, number};
use crate::note::who::is_plain;

/// Characters of a word that are kept.
const WORD_LEN_MAX: usize = 60;

/// Applies a page's styles; returns whether it has any to say.
///
/// # Errors
///
/// What SQLite says; the caller rolls back.
pub fn apply(transaction: &Connection, page: &CarePage) -> rusqlite::Result<bool> {
    let Some(styles) = &page.styles else { return Ok(false) };
    if page.snapshot {
        transaction.execute("UPDATE hq_style SET stale = 1", [])?;
    }
    styles.iter().try_for_each(|style| keep(transaction, style))?;
    let ended = match page.more {
        true => 0,
        false => transaction.execute("DELETE FROM hq_style WHERE stale = 1", [])?,
    };
    Ok(ended > 0 || !styles.is_empty())
}

fn keep(transaction: &Connection, style: &CareStyle) -> rusqlite::Result<()> {
    let code = number(&plain(&style.code));
    if style.is_gone() || code.is_empty() {
        let mut delete = transaction.prepare_cached("DELETE FROM hq_style WHERE number = ?1")?;
        return delete.execute([code]).map(drop);
    }
    let word = |word: &Option<String>| word.as_deref().map(plain).unwrap_or_default();
    let care = CareCode::parse(style.care.as_deref().unwrap_or_default()).unwrap_or_default();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO hq_style (number, category, fibre, care) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![code, word(&style.category), word(&style.fibre), care.written()])
        .map(drop)
}

fn plain(text: &str) -> String {
    text.chars().filter(|symbol| is_plain(*symbol)).take(WORD_LEN_MAX).collect()
}

/// All of them, by number.
///
/// # Errors
///
/// What SQLite says.
pub fn read(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Style>> {
    let mut select = connection.prepare("SELECT number, category, fibre, care FROM hq_style")?;
    let rows = select.query_map([], |row| {
        let care: String = row.get(3)?;
        let care = CareCode::parse(&care).unwrap_or_default();
        Ok((row.get(0)?, Style { category: row.get(1)?, fibre: row.get(2)?, care }))
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;
    use crate::styles::Styles;
    use sync::care_list::{HqEpoch, Version};

    fn page(snapshot: bool, more: bool, styles: &[(&str, &str, &str)]) -> CarePage {
        let style = |(code, category, care): &(&str, &str, &str)| {
            let word = |word: &str| (!word.is_empty()).then(|| word.to_owned());
            let (category, care) = (word(category), word(care));
            CareStyle { code: (*code).to_owned(), category, fibre: None, care }
        };
        let version = Version { hq_epoch: HqEpoch([1; 16]), n: 1 };
        CarePage {
            from: version,
            to: version,
            snapshot,
            more,
            entries: Vec::new(),
            policy: None,
            contact: BTreeMap::new(),
            sealing: None,
            peers: None,
            words: None,
            tasks: None,
            styles: Some(styles.iter().map(style).collect()),
            lacks: None,
            counted: None,
        }
    }

    fn told(db: &Connection, page: &CarePage) -> Vec<String> {
        apply(db, page).unwrap();
        let styles = read(db).unwrap();
        let line = |(number, style): (&String, &Style)| {
            format!("{number} {} {}", style.category, style.care.written())
        };
        styles.iter().map(line).collect()
    }

    #[test]
    fn styles_are_added_changed_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let db = store::open(dir.path()).unwrap();
        let first = page(true, false, &[("ys1", "连衣裙", "手洗|不漂白"), ("B2", "裙", "")]);
        assert_eq!(told(&db, &first), ["B2 裙 ", "YS1 连衣裙 hand|no-bleach"]);
        let next = page(false, false, &[("B2", "", ""), ("YS1", "礼服", "swim")]);
        assert_eq!(told(&db, &next), ["YS1 礼服 "], "a symbol that there is not is not printed");
        assert!(
            !apply(&db, &CarePage { styles: None, ..next }).unwrap(),
            "an older HQ says nothing"
        );
    }

    #[test]
    fn a_snapshot_takes_nothing_away_before_its_last_page() {
        let dir = tempfile::tempdir().unwrap();
        let db = store::open(dir.path()).unwrap();
        told(&db, &page(true, false, &[("A", "甲", ""), ("B", "乙", "")]));
        assert_eq!(told(&db, &page(true, true, &[("B", "丙", "")])), ["A 甲 ", "B 丙 "]);
        assert_eq!(told(&db, &page(false, false, &[])), ["B 丙 "]);
    }

    #[test]
    fn the_shops_own_word_stands_before_hqs_and_a_longer_number_before_a_shorter() {
        let style = |category: &str| Style { category: category.into(), ..Style::default() };
        let mut styles = Styles::default();
        styles.put("A1", style("自己的"));
        let hq = [("A1", "总部的"), ("A1-RED", "红的"), ("B2", "裙")];
        let hq = hq.map(|(number, category)| (number.to_owned(), style(category)));
        let styles = styles.with_hq(BTreeMap::from(hq));
        let found = |printed| styles.find(printed).map(|style| style.category.as_str());
        assert_eq!(found("a1-blue-m"), Some("自己的"));
        assert_eq!(found("A1-RED-M"), Some("红的"));
        assert_eq!(found("B2/38"), Some("裙"));
        assert_eq!(found("C3"), None);
    }
}
