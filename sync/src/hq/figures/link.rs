//! Who looks after her: the closest, and for a member of a tier a second one (S42, S84).
//!
//! ```text
//! her sales and touches by associate ─▶ closest ─▶ looks_after: 1, and for a member 2
//! ```
//!
//! # Invariants
//!
//! - Only who still works in that store looks after anybody, and no two places are one person's.
//!
//! Not here: leaving (`handover`).

use crate::care_list::CustomerId;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Who sold nothing here for so long works here no more.
pub(super) const ACTIVE_DAYS: i32 = 60;

/// Who served her, where and how often.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Served {
    /// Where.
    pub store: StoreId,
    /// Who.
    pub staff: String,
    /// Sales.
    pub times: u32,
    /// The last of them.
    pub last_day: i32,
}

/// The closest first: most sales, then the latest, then by name.
#[must_use]
pub(super) fn closest(mut served: Vec<Served>) -> Vec<Served> {
    served.sort_by(|one, other| {
        let key = |of: &Served| (of.times, of.last_day);
        key(other).cmp(&key(one)).then_with(|| one.staff.cmp(&other.staff))
    });
    served
}

/// Writes who looks after her: the closest who still works in her store, and a second one for a member.
/// To whom she was handed stays, as long as that one works here.
pub(super) fn link(
    db: &Connection,
    root: &CustomerId,
    served: &[Served],
    today: i32,
) -> rusqlite::Result<()> {
    let places = if is_member(db, root)? { 2 } else { 1 };
    let handed = handed_to(db, root)?;
    let mut store = handed.first().map(|(_, store, _)| *store);
    let mut hers: Vec<String> = handed.iter().map(|(.., staff)| staff.clone()).collect();
    let mut free: Vec<u8> = (1..=places).collect();
    free.retain(|place| handed.iter().all(|(taken, ..)| taken != place));
    let mut free = free.into_iter();
    for one in with_touches(db, root, served.to_vec())? {
        let is_elsewhere = store.is_some_and(|store| store != one.store);
        if is_elsewhere
            || hers.contains(&one.staff)
            || !is_active(db, &one.store, &one.staff, today)?
        {
            continue;
        }
        let Some(place) = free.next() else { break };
        put(db, root, place, (&one.store, &one.staff), today)?;
        store = Some(one.store);
        hers.push(one.staff);
    }
    let home = store.or(served.last().map(|last| last.store)).filter(|_| places == 2);
    let mut from = free.next();
    while let (Some(place), Some(store)) = (from, home) {
        let others: Vec<&str> = hers.iter().map(String::as_str).collect();
        let Some(staff) = another(db, &store, &others, root, today)? else { break };
        put(db, root, place, (&store, &staff), today)?;
        hers.push(staff);
        from = free.next();
    }
    db.prepare_cached("DELETE FROM looks_after WHERE customer = ?1 AND place >= ?2 AND NOT handed")?
        .execute(params![root, from.unwrap_or(places + 1)])
        .map(drop)
}

/// The places that a handover filled, with one who is still there.
fn handed_to(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<(u8, StoreId, String)>> {
    let mut select = db.prepare_cached(
        "SELECT place, store, staff FROM looks_after a WHERE customer = ?1 AND handed
         AND NOT EXISTS (SELECT 1 FROM staff_left l WHERE l.store = a.store AND l.staff = a.staff)
         ORDER BY place",
    )?;
    select.query_map([root], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

fn put(
    db: &Connection,
    root: &CustomerId,
    place: u8,
    (store, staff): (&StoreId, &str),
    today: i32,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO looks_after (customer, place, store, staff, since) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (customer, place) DO UPDATE SET
             store = excluded.store, staff = excluded.staff, since = excluded.since, handed = 0
         WHERE (store, staff) <> (excluded.store, excluded.staff)",
    )?
    .execute(params![root, place, store, staff, today])
    .map(drop)
}

/// A touch with an outcome counts as a sale does.
pub(super) fn with_touches(
    db: &Connection,
    root: &CustomerId,
    mut served: Vec<Served>,
) -> rusqlite::Result<Vec<Served>> {
    let mut select = db.prepare_cached(
        "SELECT store, closed_by, count(*), max(closed_day) FROM task
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
           AND state = 'done' AND store IS NOT NULL AND closed_by IS NOT NULL GROUP BY 1, 2",
    )?;
    let mut rows = select.query([root])?;
    while let Some(row) = rows.next()? {
        let (store, staff): (StoreId, String) = (row.get(0)?, row.get(1)?);
        let (times, last_day): (u32, i32) = (row.get(2)?, row.get(3)?);
        match served.iter_mut().find(|of| of.store == store && of.staff == staff) {
            Some(known) => {
                known.times += times;
                known.last_day = known.last_day.max(last_day);
            }
            None => served.push(Served { store, staff, times, last_day }),
        }
    }
    Ok(closest(served))
}

fn is_member(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT tier IS NOT NULL FROM person WHERE customer = ?1")?
        .query_row([root], |row| row.get(0))
        .optional()
        .map(|member| member == Some(true))
}

pub(super) fn is_active(
    db: &Connection,
    store: &StoreId,
    staff: &str,
    today: i32,
) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM staff_day WHERE store = ?1 AND staff = ?2 AND day > ?3)
            AND NOT EXISTS (SELECT 1 FROM staff_left WHERE store = ?1 AND staff = ?2)",
    )?
    .query_row(params![store, staff, today - ACTIVE_DAYS], |row| row.get(0))
}

/// Somebody else who works in this store: customers are spread over all by their pseudonyms.
pub(super) fn another(
    db: &Connection,
    store: &StoreId,
    but: &[&str],
    customer: &CustomerId,
    today: i32,
) -> rusqlite::Result<Option<String>> {
    let mut select = db.prepare_cached(
        "SELECT DISTINCT staff FROM staff_day d WHERE store = ?1 AND day > ?2
         AND NOT EXISTS (SELECT 1 FROM staff_left l WHERE l.store = ?1 AND l.staff = d.staff)
         ORDER BY staff",
    )?;
    let all = select.query_map(params![store, today - ACTIVE_DAYS], |row| row.get(0))?;
    let mut all: Vec<String> = all.collect::<rusqlite::Result<_>>()?;
    all.retain(|staff| !but.contains(&staff.as_str()));
    let at = usize::from(customer.0[0]) % all.len().max(1);
    Ok(all.into_iter().nth(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s42_the_closest_served_most_then_last() {
        let served = |staff: &str, times, last_day| Served {
            store: StoreId([1; 16]),
            staff: staff.to_owned(),
            times,
            last_day,
        };
        let all = vec![served("c", 1, 9), served("b", 3, 5), served("a", 3, 5), served("d", 3, 6)];
        let names: Vec<String> = closest(all).into_iter().map(|of| of.staff).collect();
        assert_eq!(names, ["d", "a", "b", "c"]);
    }
}
