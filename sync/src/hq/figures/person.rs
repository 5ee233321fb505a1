//! One person's row of figures: her days, since when she is known, whose file it was, class and step.
//!
//! ```text
//! her sales, words, referrals, touches ─▶ Row ─▶ figure_person, looks_after
//! ```
//!
//! # Invariants
//!
//! - A row is computed from what is on file, never from the row before; of that only the first day on
//!   which she was known and an unchanged class's beginning are kept.
//! - Her days are packed into one blob, so that everybody's are read in one ordered pass.
//!
//! Not here: which class (`class`), when a row is made anew (`night`), sums over all (`measure`).

use super::class::{Bands, Bought, Class};
use super::loyalty::{self, Signs};
use super::rules::FigureRules;
use super::{link, step::Step};
use crate::care_list::CustomerId;
use crate::hq::customer::{self, File, person, referral};
use crate::hq::keys::Keys;
use crate::hq::model::history::{Day, Purchase};
use crate::message::StoreId;
use crate::money::Minor;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeMap;

const HERS: &str = "(SELECT id FROM customer WHERE id = ?1 OR root = ?1)";
const DAY_MS: i64 = 86_400_000;
/// One day in the blob: day, net, visit.
const PACKED: usize = 13;

/// A sale or return of hers.
struct Sale {
    day: i32,
    store: StoreId,
    staff: Option<String>,
    net: Minor,
    is_sale: bool,
    noted: bool,
}

/// What a row is made with.
pub(super) struct With<'a> {
    pub(super) keys: &'a Keys,
    pub(super) rules: &'a FigureRules,
    pub(super) bands: &'a Bands,
    pub(super) today: i32,
}

/// Makes the row anew of the person whom this number belongs to.
pub(super) fn settle(db: &Connection, with: &With<'_>, id: &CustomerId) -> rusqlite::Result<()> {
    let root = person::root(db, id)?;
    for number in person::numbers(db, &root)?.into_iter().filter(|number| *number != root) {
        forget(db, &number)?;
    }
    let File::Known(identity) = customer::file(db, with.keys, &root)? else {
        return forget(db, &root);
    };
    let sales = sales(db, &root)?;
    let valid = customer::held_out(db, &root, &identity.phone)?.is_none();
    write(db, with, &root, &sales, valid)?;
    link::link(db, &root, &served(&sales), with.today)
}

fn forget(db: &Connection, id: &CustomerId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM figure_person WHERE customer = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM looks_after WHERE customer = ?1")?.execute([id])?;
    Ok(())
}

fn sales(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<Sale>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT day, store, coalesce(associate, cashier), total, kind = 'sale', noted FROM sale
         WHERE customer IN {HERS} AND counts ORDER BY day, wall_ms, stream, seq"
    ))?;
    let rows = select.query_map([root], |row| {
        Ok(Sale {
            day: row.get(0)?,
            store: row.get(1)?,
            staff: row.get(2)?,
            net: row.get(3)?,
            is_sale: row.get(4)?,
            noted: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Who served her where, and how often.
fn served(sales: &[Sale]) -> Vec<link::Served> {
    let mut counts: BTreeMap<(StoreId, &str), (u32, i32)> = BTreeMap::new();
    for sale in sales.iter().filter(|sale| sale.is_sale) {
        let Some(staff) = &sale.staff else { continue };
        let count = counts.entry((sale.store, staff)).or_default();
        *count = (count.0 + 1, sale.day);
    }
    let served = counts.into_iter().map(|((store, staff), (times, last_day))| link::Served {
        store,
        staff: staff.to_owned(),
        times,
        last_day,
    });
    served.collect()
}

/// Her days, rising; a return lowers a day and is no visit.
fn days(sales: &[Sale]) -> Vec<Day> {
    let by_day = sales.chunk_by(|one, other| one.day == other.day);
    let days = by_day.map(|sales| Day {
        day: sales[0].day,
        net: sales.iter().map(|sale| sale.net).sum(),
        visit: sales.iter().any(|sale| sale.is_sale),
    });
    days.collect()
}

fn write(
    db: &Connection,
    with: &With<'_>,
    root: &CustomerId,
    sales: &[Sale],
    valid: bool,
) -> rusqlite::Result<()> {
    let days = days(sales);
    let bought = bought(&days);
    let standing = with.bands.standing(bought.as_ref(), with.today);
    let before = before(db, root)?;
    let first = sales.iter().find(|sale| sale.is_sale);
    let interested = interested(db, root)?;
    let first_day = sales.first().map(|sale| sale.day);
    let known = [before.map(|(known, ..)| known), first_day, interested];
    let known = known.into_iter().flatten().min().unwrap_or(with.today).min(with.today);
    let since = match before {
        // The class of the row before goes on, whatever was bought meanwhile.
        Some((_, class, since)) if class == Some(standing.class) => since,
        _ => standing.since.unwrap_or(known),
    };
    let touched = touched(db, root)?;
    let step = Step::of(bought.map(|her| her.last), touched);
    let referred = referred(db, root)?;
    let signs = Signs::of(
        with.rules,
        bought.map_or(0, |her| her.visits),
        loyalty::categories(db, root, with.rules.loyalty.categories)?,
        loyalty::suggested(db, root)?,
        referred.is_some(),
    );
    let contact = touched.is_some() || sales.iter().any(|sale| sale.is_sale && sale.noted);
    db.prepare_cached(
        "INSERT INTO figure_person (customer, known_day, interested, referred, days, last_day,
             visits, net, home, reg_day, reg_store, reg_staff, valid, trusting, step, signs, rfm,
             class, class_since, changes_on)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20)
         ON CONFLICT (customer) DO UPDATE SET known_day = excluded.known_day,
             interested = excluded.interested, referred = excluded.referred, days = excluded.days,
             last_day = excluded.last_day, visits = excluded.visits, net = excluded.net,
             home = excluded.home, reg_day = excluded.reg_day, reg_store = excluded.reg_store,
             reg_staff = excluded.reg_staff, valid = excluded.valid, trusting = excluded.trusting,
             step = excluded.step, signs = excluded.signs, rfm = excluded.rfm,
             class = excluded.class, class_since = excluded.class_since,
             changes_on = excluded.changes_on
         WHERE (known_day, interested, referred, days, last_day, visits, net, home, reg_day,
                reg_store, reg_staff, valid, trusting, step, signs, rfm, class, class_since,
                changes_on)
             IS NOT (excluded.known_day, excluded.interested, excluded.referred, excluded.days,
                excluded.last_day, excluded.visits, excluded.net, excluded.home, excluded.reg_day,
                excluded.reg_store, excluded.reg_staff, excluded.valid, excluded.trusting,
                excluded.step, excluded.signs, excluded.rfm, excluded.class, excluded.class_since,
                excluded.changes_on)",
    )?
    .execute(params![
        root,
        known,
        interested,
        referred,
        pack(&days),
        bought.map(|her| her.last),
        bought.map_or(0, |her| i64::try_from(her.visits).unwrap_or(i64::MAX)),
        days.iter().map(|day| day.net).sum::<Minor>(),
        sales.iter().rev().find(|sale| sale.is_sale).map(|sale| sale.store),
        first.map(|sale| sale.day),
        first.map(|sale| sale.store),
        first.and_then(|sale| sale.staff.as_deref()),
        valid,
        contact && bought.is_some(),
        step.number(),
        signs.bits(),
        standing.cell.map(|cell| cell.score()),
        standing.class.word(),
        since,
        standing.changes_on,
    ])
    .map(drop)
}

fn bought(days: &[Day]) -> Option<Bought> {
    let visits = || days.iter().filter(|day| day.visit);
    Some(Bought {
        first: visits().next()?.day,
        last: visits().next_back()?.day,
        visits: visits().count(),
        net: days.iter().map(|day| day.net).sum(),
    })
}

/// Since when she was known, and her class, as the row before has it.
type Before = (i32, Option<Class>, i32);

fn before(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<Before>> {
    db.prepare_cached(
        "SELECT known_day, class, class_since FROM figure_person WHERE customer = ?1",
    )?
    .query_row([root], |row| {
        Ok((row.get(0)?, Class::from_word(&row.get::<_, String>(1)?), row.get(2)?))
    })
    .optional()
}

/// When she first agreed to something, told something or asked: as far as HQ heard of it by a till.
fn interested(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<i32>> {
    let first: Option<i64> = db
        .prepare_cached(&format!(
            "SELECT min(at) FROM (
                 SELECT l.received_ms AS at FROM consent c
                     JOIN ledger l ON l.stream = c.stream AND l.seq = c.seq
                     WHERE c.customer IN {HERS} AND c.given
                 UNION ALL SELECT l.received_ms FROM fact f
                     JOIN ledger l ON l.stream = f.stream AND l.seq = f.seq
                     WHERE f.customer IN {HERS} AND f.said = 'told'
                 UNION ALL SELECT opened_ms FROM feedback WHERE customer IN {HERS})"
        ))?
        .query_row([root], |row| row.get(0))?;
    Ok(first.and_then(|ms| i32::try_from(ms.div_euclid(DAY_MS)).ok()))
}

/// When she first brought somebody, if that word stands.
fn referred(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<i32>> {
    let first: Option<i32> = db
        .prepare_cached(&format!(
            "SELECT min(day) FROM referral WHERE referrer IN {HERS} AND NOT undone"
        ))?
        .query_row([root], |row| row.get(0))?;
    // Only then is the chain of words worth following.
    Ok(match first {
        Some(_) if referral::brought(db, root)? == 0 => None,
        first => first,
    })
}

/// When staff last reached her.
fn touched(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<i32>> {
    db.prepare_cached(&format!(
        "SELECT max(closed_day) FROM task WHERE customer IN {HERS} AND state = 'done'
         AND outcome IN ('reached', 'sent', 'resolved', 'rescheduled')"
    ))?
    .query_row([root], |row| row.get(0))
}

fn pack(days: &[Day]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(days.len() * PACKED);
    for day in days {
        packed.extend(day.day.to_le_bytes());
        packed.extend(day.net.units().to_le_bytes());
        packed.push(u8::from(day.visit));
    }
    packed
}

/// Her days out of a row.
pub(super) fn unpack(packed: &[u8]) -> impl Iterator<Item = Day> + '_ {
    packed.chunks_exact(PACKED).filter_map(|bytes| {
        let (day, rest) = bytes.split_first_chunk()?;
        let (net, visit) = rest.split_first_chunk()?;
        let net = Minor::new(i64::from_le_bytes(*net));
        Some(Day { day: i32::from_le_bytes(*day), net, visit: visit == [1] })
    })
}

/// A day as the purchases that it is made of.
pub(super) fn purchases(customer: CustomerId, day: Day) -> impl Iterator<Item = Purchase> {
    // A visit on which more went back than was bought is a visit all the same.
    let visit = (day.visit && day.net < Minor::ZERO).then_some(Minor::ZERO);
    let nets = visit.into_iter().chain([day.net]);
    nets.map(move |net| Purchase { customer, day: day.day, net })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hq::model::history::Histories;

    #[test]
    fn days_come_back_as_they_were_packed() {
        let day = |day, net, visit| Day { day, net: Minor::new(net), visit };
        let days = [day(-3, 100, true), day(5, -700, false), day(9, -1, true)];
        assert_eq!(unpack(&pack(&days)).collect::<Vec<_>>(), days);
        let her = CustomerId([7; 16]);
        let histories = Histories::new(days.into_iter().flat_map(|day| purchases(her, day)));
        assert_eq!(histories.iter().next().unwrap().days, days);
    }
}
