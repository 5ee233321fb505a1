//! Lists that are read store by store: as many stores as a page takes, and no more.
//!
//! ```text
//! after = "{store's place}.{rows of it that were shown}"
//! ```
//!
//! Not here: the lists.

use crate::hq::Hq;
use crate::hq::user::Scope;
use crate::hq::web::list::{Rows, Value};
use crate::hq::web::visit::{Refused, Visit};
use crate::message::StoreId;

/// A store and its name; none is what belongs to no store.
pub(super) type Place<'a> = (Option<&'a StoreId>, &'a str);

/// The stores of a list, by name: the one that was asked for, or all of the visitor's.
pub(super) fn stores(hq: &Hq, visit: &Visit) -> Result<Vec<(StoreId, String)>, Refused> {
    let one = visit.store()?;
    let all = visit.stores(&hq.db)?.into_iter();
    Ok(all.filter(|(store, _)| one.is_none_or(|one| one == *store)).collect())
}

/// Reads a page of at most `limit` rows, the stores in the order of their names.
pub(super) fn read(
    hq: &Hq,
    visit: &Visit,
    limit: u32,
    rows: impl Fn(&StoreId, &str) -> Result<Vec<Vec<Value>>, Refused>,
) -> Result<Rows, Refused> {
    let stores = stores(hq, visit)?;
    let places: Vec<Place<'_>> =
        stores.iter().map(|(store, name)| (Some(store), name.as_str())).collect();
    page(visit, limit, &places, |(store, name)| {
        store.map_or_else(|| Ok(Vec::new()), |store| rows(store, name))
    })
}

/// As [`read`]; at the end, for whom may see all, what belongs to no store.
pub(super) fn read_all(
    hq: &Hq,
    visit: &Visit,
    limit: u32,
    rows: impl Fn(Place<'_>) -> Result<Vec<Vec<Value>>, Refused>,
) -> Result<Rows, Refused> {
    let stores = stores(hq, visit)?;
    let mut places: Vec<Place<'_>> =
        stores.iter().map(|(store, name)| (Some(store), name.as_str())).collect();
    if visit.scope == Scope::All && visit.asked("store").is_none() {
        places.push((None, ""));
    }
    page(visit, limit, &places, rows)
}

fn page(
    visit: &Visit,
    limit: u32,
    places: &[Place<'_>],
    rows: impl Fn(Place<'_>) -> Result<Vec<Vec<Value>>, Refused>,
) -> Result<Rows, Refused> {
    let after =
        visit.after::<2>()?.map(|parts| parts.map(|part| part.parse().unwrap_or(usize::MAX)));
    let [first, mut skipped] = after.unwrap_or([0, 0]);
    let mut page = Rows::default();
    for (at, place) in places.iter().enumerate().skip(first) {
        let found = rows(*place)?;
        let left = (limit as usize).saturating_sub(page.rows.len());
        let there = found.len().saturating_sub(skipped);
        page.rows.extend(found.into_iter().skip(skipped).take(left));
        if there > left {
            page.next = Some(format!("{at}.{}", skipped + left));
            return Ok(page);
        }
        skipped = 0;
    }
    Ok(page)
}
