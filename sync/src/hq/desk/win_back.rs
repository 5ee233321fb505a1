//! Who stays away, in which order they are called, and who is left alone to see what calls do (S118,
//! S80 to S82).
//!
//! ```text
//! last sale older than three calendar months ─▶ in order of expected value ─┬─▶ called, some a day
//!                                                                           └─▶ held out, at random
//! ```
//!
//! # Invariants
//!
//! - A customer's lot depends on her pseudonym, the round and HQ's key alone: nobody chooses who is held
//!   out, and asking again gives the same answer.
//! - Whoever was called or held out is not asked for again before the rules allow it.
//!
//! Not here: what it showed (`report`), the words (`script`), how likely she is to come (a caller's `order`).

pub mod cure;
pub mod report;
pub mod script;
mod seen;
pub mod segment;

use super::engine::{Cause, Rule, Wanted};
use super::rules::{Rules, RulesError};
use super::{book, facts};
use crate::calendar::Date;
use crate::care_list::{CustomerId, TaskKind};
use crate::hq::Hq;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use seen::{Numbers, Seen};
use std::collections::{BTreeMap, BTreeSet};

/// Of one who bought once no rhythm is known; this is the shop's patience.
const RHYTHM_DEFAULT_DAYS: i32 = 90;

/// One who stays away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lapsed {
    /// Who.
    pub customer: CustomerId,
    /// Where she bought last.
    pub store: StoreId,
    /// Her last purchase.
    pub last_day: i32,
    /// Days since.
    pub away_days: i32,
    /// The median of the days between her purchases, if she bought on two days or more.
    pub rhythm_days: Option<i32>,
    /// Her net spend, minor units.
    pub net: i64,
}

/// What one night's run did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Ran {
    /// Calls that stores are asked for.
    pub asked: u32,
    /// Customers who were drawn to be left alone.
    pub held_out: u32,
    /// Who waits for a later day, because the store has enough to do; whether they may be called at all is
    /// looked at when it is their turn.
    pub waiting: u32,
}

/// Days past the day on which her own rhythm would have brought her back: the order of the list until
/// a model says what a call is worth.
#[must_use]
pub fn beyond_rhythm(lapsed: &Lapsed) -> i64 {
    i64::from(lapsed.away_days - lapsed.rhythm_days.unwrap_or(RHYTHM_DEFAULT_DAYS))
}

/// The order of the list: what last night's models expect her to spend (S82), or, where they could not
/// be fitted, days past her own rhythm.
///
/// # Errors
///
/// As SQLite says.
pub fn by_value(db: &Connection) -> rusqlite::Result<impl Fn(&Lapsed) -> i64 + use<>> {
    let mut select = db.prepare("SELECT customer, value FROM forecast")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let values: BTreeMap<CustomerId, i64> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(move |one: &Lapsed| match values.get(&one.customer) {
        Some(value) => *value,
        None if values.is_empty() => beyond_rhythm(one),
        None => 0,
    })
}

/// The day so many calendar months before; the month's last where it has no such day.
#[must_use]
pub fn months_before(today: i32, months: u8) -> i32 {
    let Date { year, month, day } = Date::of(today);
    let months = year * 12 + i32::from(month) - 1 - i32::from(months);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let month = u8::try_from(month).unwrap_or(1);
    let of = |day| Date { year, month, day }.day();
    (1..=day).rev().find_map(of).unwrap_or(today)
}

/// Everybody whose last sale is older than the rules' calendar months (S118).
///
/// # Errors
///
/// As SQLite says.
pub fn lapsed(db: &Connection, rules: &Rules, today: i32) -> rusqlite::Result<Vec<Lapsed>> {
    let before = months_before(today, rules.win_back.lapsed_months);
    let numbers = Numbers::of(db)?;
    let (mut found, mut joined) = (Vec::new(), BTreeMap::<CustomerId, Seen>::new());
    numbers.each(db, |number, seen| match numbers.root(number) {
        Some(root) => joined.entry(root).or_default().absorb(seen),
        None => found.extend(seen.lapsed(*number, before, today)),
    })?;
    found.extend(joined.iter().filter_map(|(root, seen)| seen.lapsed(*root, before, today)));
    found.sort_by_key(|lapsed| lapsed.customer);
    Ok(found)
}

/// Whether she is left alone in this round: so many of a thousand, drawn by a keyed hash.
#[must_use]
pub fn is_held_out(keys: &Keys, customer: &CustomerId, round: i32, permille: u16) -> bool {
    let text = [b"huitou win-back v1".as_slice(), &customer.0, &round.to_be_bytes()].concat();
    let tag = ring::hmac::sign(&keys.index, &text);
    let lot = tag.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    lot % 1_000 < u64::from(permille)
}

/// Half a year is a round: nobody is held out for ever.
/// Ends the subject of a call that a person chose: it has no part in the comparison with who was left alone.
pub(super) const BY_HAND: &str = ":by-hand";

fn round(today: i32) -> i32 {
    let Date { year, month, .. } = Date::of(today);
    year * 2 + i32::from(month > 6)
}

/// Asks every store for today's calls, the most valuable by `order` first; draws who is held out.
/// Doing it again on the same day asks for no more.
///
/// # Errors
///
/// [`RulesError`] if the rules do not read, or as SQLite says.
pub fn run(hq: &mut Hq, today: i32, order: impl Fn(&Lapsed) -> i64) -> Result<Ran, RulesError> {
    // The long part looks and writes nothing: no till waits for it.
    let rules = Rules::of(&hq.db)?;
    let mut lapsed = lapsed(&hq.db, &rules, today)?;
    lapsed.sort_by_cached_key(|one| (core::cmp::Reverse(order(one)), one.customer));
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (keys, mut ran) = (&hq.keys, Ran::default());
    let mut asked = asked_today(&tx, today)?;
    let drawn = drawn_since(&tx, today - rules.win_back.again_after_days)?;
    for one in &lapsed {
        if drawn.contains(&one.customer) {
            continue;
        }
        let of_store = asked.entry(one.store).or_default();
        if *of_store >= u32::from(rules.win_back.per_store_per_day) {
            ran.waiting += 1;
        } else if facts::excluded(&tx, keys, &rules, &one.customer)?
            || !book::has_room(&tx, &rules, &one.customer, wanted(one, today, ""), today)?
        {
            // Whom the caps keep from being called must not be drawn either: both arms are alike.
            continue;
        } else if is_held_out(keys, &one.customer, round(today), rules.win_back.hold_out_permille) {
            draw(&tx, one, today, None)?;
            ran.held_out += 1;
        } else if let Some(task) = call(&tx, keys, &rules, one, today, "")? {
            draw(&tx, one, today, Some(task))?;
            *of_store += 1;
            ran.asked += 1;
        }
    }
    tx.commit()?;
    Ok(ran)
}

/// Asks the store where she bought last for a call, because a person wants it; gives the task, or none
/// if nobody may call her or she was drawn to be left alone.
///
/// # Errors
///
/// [`RulesError`] if the rules do not read, or as SQLite says.
pub fn ask(hq: &mut Hq, root: &CustomerId, today: i32) -> Result<Option<i64>, RulesError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rules = Rules::of(&tx)?;
    let Some((store, last_day)) = last_sale(&tx, root)? else { return Ok(None) };
    let away_days = today - last_day;
    let one = Lapsed { customer: *root, store, last_day, away_days, rhythm_days: None, net: 0 };
    if stands(&tx, root, today - rules.win_back.again_after_days)? == Some(None) {
        return Ok(None);
    }
    let task = call(&tx, &hq.keys, &rules, &one, today, BY_HAND)?;
    if task.is_some() {
        draw(&tx, &one, today, task)?;
    }
    tx.commit()?;
    Ok(task)
}

fn last_sale(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<(StoreId, i32)>> {
    db.prepare_cached(
        "SELECT store, day FROM sale WHERE counts AND kind = 'sale'
         AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY day DESC, wall_ms DESC LIMIT 1",
    )?
    .query_row([root], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// The last draw of hers after a day: its task, or `Some(None)` if she is left alone.
///
/// # Errors
///
/// As SQLite says.
pub fn stands(
    db: &Connection,
    root: &CustomerId,
    since: i32,
) -> rusqlite::Result<Option<Option<i64>>> {
    db.prepare_cached(
        "SELECT task FROM win_back WHERE day > ?2
         AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         ORDER BY day DESC LIMIT 1",
    )?
    .query_row(params![root, since], |row| row.get(0))
    .optional()
}

fn call(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    one: &Lapsed,
    today: i32,
    how: &str,
) -> rusqlite::Result<Option<i64>> {
    let wanted = wanted(one, today, how);
    Ok(book::add(db, keys, rules, &one.customer, wanted, today)?.first().copied())
}

fn wanted(one: &Lapsed, today: i32, how: &str) -> Wanted {
    Wanted {
        cause: Cause { rule: Rule::WinBack, subject: format!("{today}{how}") },
        kind: TaskKind::Call,
        due: today,
        store: Some(one.store),
        about: None,
        styles: Vec::new(),
    }
}

fn asked_today(db: &Connection, today: i32) -> rusqlite::Result<BTreeMap<StoreId, u32>> {
    let mut select = db.prepare_cached(
        "SELECT store, count(*) FROM win_back WHERE day = ?1 AND task IS NOT NULL GROUP BY store",
    )?;
    select.query_map([today], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Whoever was called or held out after day `since`, under the number that she is found under.
fn drawn_since(db: &Connection, since: i32) -> rusqlite::Result<BTreeSet<CustomerId>> {
    let mut select = db.prepare_cached(
        "SELECT coalesce(c.root, c.id) FROM win_back w JOIN customer c ON c.id = w.customer
         WHERE w.day > ?1",
    )?;
    select.query_map([since], |row| row.get(0))?.collect()
}

/// Whether anybody was ever held out.
pub(super) fn has_left_alone(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM win_back WHERE task IS NULL)";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

fn draw(db: &Connection, one: &Lapsed, today: i32, task: Option<i64>) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO win_back (customer, day, store, task, last_day) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![one.customer, today, one.store, task, one.last_day])
    .map(drop)
}

#[cfg(test)]
mod tests;
