//! A size that is not hers: a silent hint to whoever serves her next (S67).
//!
//! ```text
//! her size on file, else what she took most ─▶ hers      sizes of her last purchase, none hers ─▶ hint
//! ```
//!
//! # Invariants
//!
//! - Letters are compared with letters and figures with figures: shoes say nothing of a dress.
//! - It is a word for staff, never on paper: nobody tells her what she ought to wear.
//!
//! Not here: the till's own hint while she is still there (`agent::hints`).

use crate::care_list::{CustomerId, Notice, is_another_size};
use crate::hq::customer::card;
use crate::hq::keys::Keys;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Fewer pieces of one size make it nobody's.
const TIMES_MIN: u32 = 2;

/// Which size of hers was not taken last time, if it was not: hers, and the one that was. What she told of
/// her size goes before what she used to take.
#[must_use]
pub fn another_size(
    on_file: Option<&str>,
    before: &[String],
    last: &[String],
) -> Option<(String, String)> {
    let told = on_file.filter(|told| last.iter().any(|size| is_alike(told, size)));
    let hers = match told {
        Some(told) => told.to_owned(),
        None => habit(before, last)?,
    };
    if last.iter().any(|size| is_alike(&hers, size) && !is_another_size(&hers, size)) {
        return None;
    }
    let taken = last.iter().find(|size| is_another_size(&hers, size))?;
    Some((hers, taken.clone()))
}

/// The size of the kind taken last that she took most often before.
fn habit(before: &[String], last: &[String]) -> Option<String> {
    let taken = last.iter().find(|size| !size.is_empty())?;
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    before
        .iter()
        .filter(|size| is_alike(size, taken))
        .for_each(|size| *counts.entry(size).or_default() += 1);
    let (hers, times) = counts.into_iter().max_by_key(|(_, times)| *times)?;
    (times >= TIMES_MIN).then(|| hers.to_owned())
}

/// Letters and letters, or figures and figures.
fn is_alike(one: &str, other: &str) -> bool {
    is_another_size(one, other) || one.trim().eq_ignore_ascii_case(other.trim())
}

/// The hint on her card.
///
/// # Errors
///
/// As SQLite says.
pub(in crate::hq) fn notice(
    db: &Connection,
    keys: &Keys,
    root: &CustomerId,
) -> rusqlite::Result<Option<Notice>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT s.day, i.size FROM ({}) s JOIN sale_item i ON i.stream = s.stream AND i.seq = s.seq
         WHERE i.size IS NOT NULL ORDER BY s.day DESC, i.line",
        card::lately()
    ))?;
    let rows = select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let all: Vec<(i32, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let Some(last_day) = all.first().map(|(day, _)| *day) else { return Ok(None) };
    let sizes = |last: bool| {
        let of = all.iter().filter(move |(day, _)| (*day == last_day) == last);
        of.map(|(_, size)| size.clone()).collect::<Vec<_>>()
    };
    let last = sizes(true);
    if last.is_empty() {
        return Ok(None);
    }
    // Only now: her file has to be opened for it.
    let on_file = card::size_on_file(db, keys, root)?;
    let found = another_size(on_file.as_deref(), &sizes(false), &last);
    Ok(found.map(|(hers, taken)| Notice {
        kind: "size".into(),
        text: format!("上次拿的{taken},平时{hers}:请问合不合身"),
        offer: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s67_another_size_than_hers_is_a_hint_and_never_for_another_kind_of_goods() {
        let sizes =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let found = |before: &str, last: &str| another_size(None, &sizes(before), &sizes(last));
        assert_eq!(found("M M L", "L"), Some(("M".into(), "L".into())));
        assert_eq!(found("M M L", "M"), None);
        assert_eq!(found("M M", "L M"), None, "one of them is hers");
        assert_eq!(found("M", "L"), None, "once is no habit");
        assert_eq!(found("M M", "38"), None, "shoes");
        assert_eq!(found("M M 38 38", "37"), Some(("38".into(), "37".into())));
        assert_eq!(found("", "L"), None);
        let told = |told, last: &str| another_size(Some(told), &sizes("M M"), &sizes(last));
        assert_eq!(told("S", "M"), Some(("S".into(), "M".into())), "what she told goes first");
        assert_eq!(told("s", "S"), None);
        assert_eq!(told("S", "38"), None, "shoes say nothing of a dress");
    }
}
