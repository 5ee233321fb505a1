//! A size that is not hers: a silent hint to whoever serves her next (S67).
//!
//! ```text
//! sizes she took before, most often ─▶ hers      sizes of her last purchase, none of them hers ─▶ hint
//! ```
//!
//! # Invariants
//!
//! - Letters are compared with letters and figures with figures: shoes say nothing of a dress.
//! - It is a word for staff, never on paper: nobody tells her what she ought to wear.
//!
//! Not here: what she told of her size (`customer::fact`).

use crate::care_list::{CustomerId, Notice};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Fewer pieces of one size make it nobody's.
const TIMES_MIN: u32 = 2;

/// Which size of hers was not taken last time, if it was not: hers, and the one that was.
#[must_use]
pub fn another_size(before: &[String], last: &[String]) -> Option<(String, String)> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let alike = |one: &str, other: &str| is_figure(one) == is_figure(other);
    let taken = last.iter().find(|size| !size.is_empty())?;
    before
        .iter()
        .filter(|size| alike(size, taken))
        .for_each(|size| *counts.entry(size).or_default() += 1);
    let (hers, times) = counts.into_iter().max_by_key(|(_, times)| *times)?;
    let took_hers = last.iter().any(|size| size == hers);
    (times >= TIMES_MIN && !took_hers).then(|| (hers.to_owned(), taken.clone()))
}

fn is_figure(size: &str) -> bool {
    size.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The hint on her card.
///
/// # Errors
///
/// As SQLite says.
pub(in crate::hq) fn notice(
    db: &Connection,
    root: &CustomerId,
) -> rusqlite::Result<Option<Notice>> {
    let mut select = db.prepare_cached(
        "SELECT s.day, i.size FROM sale s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
         WHERE s.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
           AND s.counts AND s.kind = 'sale' AND i.size IS NOT NULL ORDER BY s.day DESC, i.line",
    )?;
    let rows = select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let all: Vec<(i32, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let Some(last_day) = all.first().map(|(day, _)| *day) else { return Ok(None) };
    let sizes = |last: bool| {
        let of = all.iter().filter(move |(day, _)| (*day == last_day) == last);
        of.map(|(_, size)| size.clone()).collect::<Vec<_>>()
    };
    Ok(another_size(&sizes(false), &sizes(true)).map(|(hers, taken)| Notice {
        kind: "size".into(),
        text: format!("上次拿的{taken},平时{hers}:请问合不合身"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s67_another_size_than_hers_is_a_hint_and_never_for_another_kind_of_goods() {
        let sizes =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let found = |before: &str, last: &str| another_size(&sizes(before), &sizes(last));
        assert_eq!(found("M M L", "L"), Some(("M".into(), "L".into())));
        assert_eq!(found("M M L", "M"), None);
        assert_eq!(found("M M", "L M"), None, "one of them is hers");
        assert_eq!(found("M", "L"), None, "once is no habit");
        assert_eq!(found("M M", "38"), None, "shoes");
        assert_eq!(found("M M 38 38", "37"), Some(("38".into(), "37".into())));
        assert_eq!(found("", "L"), None);
    }
}
