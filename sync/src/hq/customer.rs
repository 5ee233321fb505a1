//! Customer files: who she is, under a key of her own, and what she spent.
//!
//! # Invariants
//!
//! - Number and name lie on disk sealed only; look-up is by HMAC under a key that is not in the database.
//! - Erasing destroys her key and what it closed. The pseudonym stays as tombstone: whatever arrives
//!   late or is replayed finds it and makes no new file.
//! - Whenever her file changes, the care list of every store where she bought gets a new version.
//!
//! Not here: the fold (`fold`), the way down (`care`).

pub(super) mod card;
pub(super) mod entry;
pub(super) mod fact;
pub(super) mod identity;
mod listed;
pub(super) mod person;
pub(super) mod referral;

pub use identity::Identity;
pub(super) use identity::hash;
pub(super) use listed::{id_of, is_erased, is_known_in, known_in, listed_name};

use super::desk;
use super::fold::SaidAt;
use super::keys::Keys;
use super::store as hq_store;
use crate::care_list::CustomerId;
use crate::event::Name;
use crate::phone::Phone;
use crate::tier::{self, DatedAmount, HeldOut, TierPolicy};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeSet;

/// The customer of this number, her file made if she is new; `None` if she was erased.
pub(super) fn of_phone(
    db: &Connection,
    keys: &Keys,
    phone: &Phone,
) -> rusqlite::Result<Option<CustomerId>> {
    let id = identity::pseudonym(keys, phone);
    let sql = "SELECT identity IS NULL FROM customer WHERE id = ?1";
    let erased = db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    if erased.is_none() {
        let (wrapped_key, sealed) = identity::create(keys, &id, phone);
        let sql = "INSERT INTO customer (id, wrapped_key, identity) VALUES (?1, ?2, ?3)";
        db.prepare_cached(sql)?.execute(params![id, wrapped_key, sealed])?;
    }
    Ok((erased != Some(true)).then_some(id))
}

/// Notes how to address her, unless a later event already did.
pub(super) fn name(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    name: &Name,
    (said_ms, stream, seq): SaidAt,
) -> rusqlite::Result<()> {
    let sql = "SELECT wrapped_key, identity FROM customer
               WHERE id = ?1 AND (named_ms, named_stream, named_seq) <= (?2, ?3, ?4)";
    let mut select = db.prepare_cached(sql)?;
    let row = select.query_row(params![id, said_ms, stream, seq], sealed_columns).optional()?;
    let Some((wrapped_key, sealed)) = row else {
        return Ok(());
    };
    // Somebody else of the same number was served: the file keeps its name.
    if fact::is_person(db, keys, id, name)? {
        return Ok(());
    }
    let Some(renamed) = identity::renamed(keys, id, &wrapped_key, &sealed, Some(name)) else {
        return Ok(());
    };
    db.prepare_cached(
        "UPDATE customer SET identity = ?2, named_stream = ?3, named_seq = ?4, named_ms = ?5
         WHERE id = ?1",
    )?
    .execute(params![id, renamed, stream, seq, said_ms])?;
    Ok(())
}

/// What HQ still knows of who she is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum File {
    /// Number and name.
    Known(Identity),
    /// She was erased.
    Erased,
    /// It does not open: damaged, or closed under another HQ's master key. Not the same as erased.
    Unreadable,
}

/// Opens her file.
///
/// # Errors
///
/// As SQLite says.
pub fn file(db: &Connection, keys: &Keys, id: &CustomerId) -> rusqlite::Result<File> {
    let sql = "SELECT wrapped_key, identity FROM customer
               WHERE id = ?1 AND identity IS NOT NULL";
    let Some((wrapped_key, sealed)) =
        db.prepare_cached(sql)?.query_row([id], sealed_columns).optional()?
    else {
        return Ok(File::Erased);
    };
    let opened = identity::open(keys, id, &wrapped_key, &sealed);
    Ok(opened.map_or(File::Unreadable, File::Known))
}

/// Her net spend per day as far back as her tier on `today` and later needs it, over all stores and
/// all her numbers; `id` is the one that she is found under.
///
/// # Errors
///
/// As SQLite says.
pub fn spend(
    db: &Connection,
    id: &CustomerId,
    policy: &TierPolicy,
    today: i32,
) -> rusqlite::Result<Vec<DatedAmount>> {
    let mut select = db.prepare_cached(
        "SELECT day, total FROM sale
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1) AND counts
         ORDER BY day",
    )?;
    let amounts = select
        .query_map([id], |row| Ok(DatedAmount { day: row.get(0)?, amount: row.get(1)? }))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(needed(by_day(amounts.into_iter()), policy, today))
}

/// Of her days, rising, those that her tier on `today` and later needs.
pub(super) fn needed(
    mut days: Vec<DatedAmount>,
    policy: &TierPolicy,
    today: i32,
) -> Vec<DatedAmount> {
    let horizon = i64::from(tier::horizon_days(policy, &days, today));
    days.retain(|dated| i64::from(today) - i64::from(dated.day) < horizon);
    days
}

/// Whether the last word of a till or a list says that she works here.
pub(super) fn is_staff(db: &Connection, root: &CustomerId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT is_staff FROM staff
         WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY said_ms DESC, stream DESC, seq DESC LIMIT 1",
    )?
    .query_row([root], |row| row.get(0))
    .optional()
    .map(|staff| staff == Some(true))
}

/// Why her number counts for no tier, if it does not.
///
/// # Errors
///
/// As SQLite says.
pub fn held_out(
    db: &Connection,
    id: &CustomerId,
    phone: &Phone,
) -> rusqlite::Result<Option<HeldOut>> {
    let hers = "customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
    let mut select = db.prepare_cached(&format!(
        "SELECT day, count(*) FROM sale WHERE {hers} AND counts AND kind = 'sale' GROUP BY day"
    ))?;
    let uses = select
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(tier::held_out(phone, is_staff(db, id)?, &uses))
}

/// Sums neighbours of the same day; in Rust, because SQLite's `sum` fails where ours saturates.
fn by_day(amounts: impl Iterator<Item = DatedAmount>) -> Vec<DatedAmount> {
    let mut days: Vec<DatedAmount> = Vec::new();
    for dated in amounts {
        match days.last_mut() {
            Some(last) if last.day == dated.day => {
                last.amount = last.amount.saturating_add(dated.amount);
            }
            _ => days.push(dated),
        }
    }
    days
}

/// Gives these customers a new care-list version in every store where they are known.
pub(super) fn touch(db: &Connection, ids: &BTreeSet<CustomerId>) -> rusqlite::Result<()> {
    // Where one of her numbers is known, all of them are: an old one leads to the new.
    let mut stores = db.prepare_cached(
        "SELECT store FROM sale
             WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         UNION SELECT store FROM customer_store
             WHERE customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
    )?;
    let mut upsert = db.prepare_cached(
        "INSERT INTO customer_store (store, customer, n) VALUES (?1, ?2, ?3)
         ON CONFLICT (store, customer) DO UPDATE SET n = excluded.n",
    )?;
    let mut persons = BTreeSet::new();
    for id in ids {
        persons.insert(person::root(db, id)?);
    }
    desk::book::mark(db, &persons)?;
    for root in &persons {
        let found = stores.query_map([root], |row| row.get::<_, Vec<u8>>(0))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        for number in person::numbers(db, root)? {
            for store in &found {
                upsert.execute(params![store, number, hq_store::next_care_n(db)?])?;
            }
        }
    }
    Ok(())
}

/// What was destroyed of a person, and what stays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Destroyed {
    /// Files (one for each of her numbers) whose key, number and name are gone.
    pub files: u64,
    /// What she had told.
    pub facts: u64,
    /// What she had agreed to or withdrawn.
    pub consents: u64,
    /// Sales that stay, as nobody's.
    pub sales_kept: u64,
}

/// Destroys the keys and what they closed of all numbers that are hers, within the open transaction.
/// The pseudonyms stay as tombstones. What tills sealed stays in the ledger until its sealing key is
/// destroyed.
pub(super) fn destroy(
    db: &Connection,
    id: &CustomerId,
) -> rusqlite::Result<(Vec<CustomerId>, Destroyed)> {
    // All of them: an old number would bring her back.
    let mut destroyed = Destroyed::default();
    let mut numbers = person::numbers(db, id)?;
    if numbers.is_empty() {
        numbers.push(*id);
    }
    numbers.iter().try_for_each(|number| destroy_one(db, number, &mut destroyed))?;
    Ok((numbers, destroyed))
}

/// Destroys what is known of one number.
pub(super) fn destroy_one(
    db: &Connection,
    number: &CustomerId,
    destroyed: &mut Destroyed,
) -> rusqlite::Result<()> {
    // No file yet: a sale of hers may still be on its way, and shall find the tombstone.
    db.execute("INSERT INTO customer (id) VALUES (?1) ON CONFLICT (id) DO NOTHING", [number])?;
    let done = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    let sql = "UPDATE customer SET wrapped_key = NULL, identity = NULL
               WHERE id = ?1 AND identity IS NOT NULL";
    destroyed.files += done(db.execute(sql, [number])?);
    destroyed.consents += done(db.execute("DELETE FROM consent WHERE customer = ?1", [number])?);
    destroyed.facts += done(db.execute("DELETE FROM fact WHERE customer = ?1", [number])?);
    let sales = "SELECT count(*) FROM sale WHERE customer = ?1";
    let sales: i64 = db.query_row(sales, [number], |row| row.get(0))?;
    destroyed.sales_kept += sales.unsigned_abs();
    desk::book::forget(db, number)
}

fn sealed_columns(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Vec<u8>, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::store::{self, Founding};
    use crate::tier::{Keep, Then, tier};

    const TODAY: i32 = 20_000;

    /// A database in which one customer bought for 5000.00 on each of these days.
    fn bought_on(days: &[i32]) -> (Connection, CustomerId) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::create(dir.path()).unwrap();
        let policy = TierPolicy::default();
        let db = store::in_memory(&Founding { name: "test".into(), currency_exponent: 2, policy });
        let phone = Phone::parse("13900001234").unwrap();
        let id = of_phone(&db, &keys, &phone).unwrap().unwrap();
        let store = crate::hq::enrol::store_named(&db, "one").unwrap();
        for (seq, day) in days.iter().enumerate() {
            db.execute(
                "INSERT INTO sale (stream, seq, store, kind, wall_ms, day, noted, own_total,
                     own_known, own_asked, own_counts, total, known, asked, customer, counts)
                 VALUES (1, ?1, ?2, 'sale', 0, ?3, 0, 0, '', '', 1, 500000, '', '', ?4, 1)",
                params![i64::try_from(seq).unwrap(), store, day, id],
            )
            .unwrap();
        }
        (db, id)
    }

    /// Gold since four years, each term renewed: what the till gets must say until when, as the whole does.
    #[test]
    fn the_spend_goes_back_as_far_as_the_rule_needs_it() {
        let days = [TODAY - 3_000, TODAY - 1_400, TODAY - 1_100, TODAY - 700, TODAY - 380];
        let (db, id) = bought_on(&days);
        let rolling = TierPolicy::default();
        assert_eq!(spend(&db, &id, &rolling, TODAY).unwrap(), []);
        let keep = Keep::Term { days: 365, then: Then::OneDown };
        let terms = TierPolicy { keep, ..rolling };
        let sent = spend(&db, &id, &terms, TODAY).unwrap();
        let sent_days: Vec<i32> = sent.iter().map(|dated| dated.day).collect();
        assert_eq!(sent_days, days[1..], "not what was spent before she last climbed");
        let amount = crate::money::Minor::new(500_000);
        let all: Vec<_> = days.iter().map(|day| DatedAmount { day: *day, amount }).collect();
        let standing = tier(&terms, &sent, TODAY).unwrap();
        assert_eq!(standing.until, Some(TODAY + 59), "1400 days ago, and four terms");
        assert_eq!(Some(standing), tier(&terms, &all, TODAY));
    }
}
