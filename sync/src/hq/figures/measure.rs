//! The pass over everybody's rows, in order, and where its figures are kept.
//!
//! # Invariants
//!
//! - Rows are read some thousand at a time, each in its own short look: nobody waits for the whole.
//! - A month's moves are counted once it is over, and again for each of the last twelve that is missing.
//!
//! Not here: the sums (`tally`).

use super::class::Class;
use super::contest::Files;
use super::handover;
use super::loyalty::Signs;
use super::measured::{Measured, Spread};
use super::person::unpack;
use super::tally::{Her, Month, Tally};
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::hq::counted;
use crate::hq::desk::complaint::loyalty::Speed;
use crate::hq::model::history::{Day, History};
use crate::hq::model::stage::{Stage, Transitions};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// Rows per look.
const ROWS: u32 = 4_096;
/// Months back whose moves are counted if they are missing.
const MONTHS: i32 = 12;
const NAME: &str = "measured";

/// A pass that has come so far.
pub(super) struct Pass {
    today: i32,
    after: Vec<u8>,
    tally: Tally,
    files: Files,
}

impl Pass {
    pub(super) fn begin(db: &Connection, today: i32) -> rusqlite::Result<Self> {
        let tally = Tally::new(today, missing_months(db, today)?);
        Ok(Self { today, after: Vec::new(), tally, files: Files::begin(db, today) })
    }

    pub(super) fn is_of(&self, today: i32) -> bool {
        self.today == today
    }

    /// Reads on; none once the figures are kept.
    pub(super) fn step(mut self, db: &mut Connection) -> rusqlite::Result<Option<Self>> {
        let rows = read(db, &self.after)?;
        if let Some(last) = rows.last() {
            let last = last.customer.0.to_vec();
            self.files.add(db, &self.after, &last)?;
            self.after = last;
            self.tally.add(&rows);
            return Ok(Some(self));
        }
        let (mut measured, months) = self.tally.end();
        let tx = db.transaction()?;
        (measured.all_net, measured.member_net) = nets(&tx, self.today)?;
        (measured.lag, measured.answers) = (lag(&tx, self.today)?, answers(&tx, self.today)?);
        measured.typing = typing(&tx, self.today)?;
        measured.no_consent = no_consent(&tx)?;
        measured.members = handover::alone(&tx)?;
        self.files.keep(&tx)?;
        counted::keep(&tx, NAME, self.today, &measured)?;
        for (month, moves) in months {
            keep_month(&tx, month, &moves)?;
        }
        tx.commit()?;
        Ok(None)
    }
}

/// What is read of one.
const HER: &str =
    "customer, known_day, interested, referred, days, home, trusting, step, signs, rfm, class";

fn read(db: &Connection, after: &[u8]) -> rusqlite::Result<Vec<Her>> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {HER} FROM figure_person WHERE customer > ?1 ORDER BY customer LIMIT ?2"
    ))?;
    select.query_map(params![after, ROWS], her)?.collect()
}

/// The days of so many persons after this pseudonym, by rising pseudonym.
pub(in crate::hq) fn days_after(
    db: &Connection,
    after: &[u8],
    most: usize,
) -> rusqlite::Result<Vec<(CustomerId, Vec<Day>)>> {
    let mut select = db.prepare_cached(
        "SELECT customer, days FROM figure_person WHERE customer > ?1 ORDER BY customer LIMIT ?2",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = select.query_map(params![after, most], |row| {
        Ok((row.get(0)?, unpack(row.get_ref(1)?.as_blob()?).collect()))
    })?;
    rows.collect()
}

/// Where she stands today, and her class; none before the first night with her.
///
/// # Errors
///
/// As SQLite says.
pub fn stands(
    db: &Connection,
    root: &CustomerId,
    today: i32,
) -> rusqlite::Result<Option<(Stage, Class)>> {
    let sql = format!("SELECT {HER} FROM figure_person WHERE customer = ?1");
    let her = db.prepare_cached(&sql)?.query_row([root], her).optional()?;
    Ok(her.and_then(|her| Some((her.contact().stage(today)?, her.class))))
}

/// Shows everybody's days, by rising pseudonym; some thousand at a time, so that nobody waits for the whole.
pub(in crate::hq) fn each(
    db: &Connection,
    mut see: impl FnMut(&History<'_>),
) -> rusqlite::Result<()> {
    let mut after = Vec::new();
    loop {
        let hers = days_after(db, &after, ROWS as usize)?;
        let Some((last, _)) = hers.last() else { return Ok(()) };
        after = last.0.to_vec();
        hers.iter().for_each(|(customer, days)| see(&History { customer: *customer, days }));
    }
}

fn her(row: &Row<'_>) -> rusqlite::Result<Her> {
    let customer: CustomerId = row.get(0)?;
    Ok(Her {
        customer,
        known: row.get(1)?,
        interested: row.get(2)?,
        referred: row.get(3)?,
        days: unpack(row.get_ref(4)?.as_blob()?).collect(),
        home: row.get(5)?,
        trusting: row.get(6)?,
        step: row.get(7)?,
        signs: Signs::from_bits(row.get(8)?),
        rfm: row.get(9)?,
        class: Class::from_word(row.get_ref(10)?.as_str()?).unwrap_or(Class::Prospect),
    })
}

/// Net sales of the year to whomever, and of that to persons with a tier today.
fn nets(db: &Connection, today: i32) -> rusqlite::Result<(i64, i64)> {
    let all = db.query_row(
        "SELECT coalesce(sum(net), 0) FROM day_sum WHERE day > ?1 AND day <= ?2",
        [today - 365, today],
        |row| row.get(0),
    )?;
    let sql = "SELECT coalesce(sum(year_net), 0) FROM person WHERE tier IS NOT NULL";
    Ok((all, db.query_row(sql, [], |row| row.get(0))?))
}

/// How long sales took to come here; none where the ledger lies elsewhere.
fn typing(db: &Connection, today: i32) -> rusqlite::Result<Spread> {
    let sql = "SELECT typing_ds FROM sale WHERE day > ?1 AND typing_ds IS NOT NULL";
    spread(db, sql, i64::from(today - 30))
}

fn lag(db: &Connection, today: i32) -> rusqlite::Result<Spread> {
    let sql = "SELECT (l.received_ms - s.wall_ms) / 60000 FROM sale s
               JOIN ledger l ON l.stream = s.stream AND l.seq = s.seq
               WHERE s.day > ?1 AND s.stream > 0";
    spread(db, sql, i64::from(today - 7))
}

fn answers(db: &Connection, today: i32) -> rusqlite::Result<Spread> {
    let sql = "SELECT (answered_ms - opened_ms) / 60000 FROM feedback
               WHERE answered_ms IS NOT NULL AND opened_ms > ?1";
    spread(db, sql, i64::from(today - 365) * 86_400_000)
}

fn spread(db: &Connection, sql: &str, since: i64) -> rusqlite::Result<Spread> {
    let mut select = db.prepare(sql)?;
    let all = select.query_map([since], |row| row.get(0))?;
    let Speed { of, median, ninety } = Speed::of(all.collect::<rusqlite::Result<_>>()?);
    Ok(Spread { of: of as u64, median, ninety })
}

fn no_consent(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM customer c WHERE c.identity IS NOT NULL AND NOT EXISTS
                   (SELECT 1 FROM consent n WHERE n.customer = c.id)";
    db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// Whether today's pass is kept.
pub(super) fn is_done(db: &Connection, today: i32) -> rusqlite::Result<bool> {
    counted::is_of(db, NAME, today)
}

/// What the last night measured, if one has passed.
///
/// # Errors
///
/// As SQLite says.
pub fn measured(db: &Connection) -> rusqlite::Result<Option<Measured>> {
    counted::kept(db, NAME)
}

fn missing_months(db: &Connection, today: i32) -> rusqlite::Result<Vec<Month>> {
    let this = month_of(today);
    let first: Option<i32> =
        db.query_row("SELECT min(known_day) FROM figure_person", [], |row| row.get(0))?;
    let Some(first) = first.map(month_of) else { return Ok(Vec::new()) };
    let mut known = db.prepare("SELECT month FROM stage_month")?;
    let known: Vec<i32> = known.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let months = (this - MONTHS).max(first)..this;
    Ok(months.filter(|month| !known.contains(month)).filter_map(month).collect())
}

fn month_of(day: i32) -> i32 {
    let date = Date::of(day);
    date.year * 12 + i32::from(date.month) - 1
}

fn month(number: i32) -> Option<Month> {
    let first = |number: i32| {
        let month = u8::try_from(number.rem_euclid(12) + 1).ok()?;
        Date { year: number.div_euclid(12), month, day: 1 }.day()
    };
    Some(Month { number, before: first(number)? - 1, last: first(number + 1)? - 1 })
}

fn keep_month(db: &Connection, month: i32, moves: &Transitions) -> rusqlite::Result<()> {
    let text = counted::json(&(moves.moves, moves.new))?;
    db.execute(
        "INSERT INTO stage_month (month, moves) VALUES (?1, ?2)
         ON CONFLICT (month) DO UPDATE SET moves = excluded.moves",
        params![month, text],
    )
    .map(drop)
}

/// The moves of one month that is over (S72).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StageMonth {
    /// Calendar year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// Who moved from where to where.
    pub moves: Transitions,
    /// The upward share fell since the month before by more than chance explains.
    pub falls: bool,
}

/// Months whose moves are known, the oldest first.
///
/// # Errors
///
/// As SQLite says.
pub fn stage_months(db: &Connection) -> rusqlite::Result<Vec<StageMonth>> {
    let mut select = db.prepare("SELECT month, moves FROM stage_month ORDER BY month")?;
    let mut rows = select.query([])?;
    let mut months: Vec<(i32, StageMonth)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, text): (i32, String) = (row.get(0)?, row.get(1)?);
        let Ok((moves, new)) = serde_json::from_str(&text) else { continue };
        let moves = Transitions { moves, new };
        let last = months.last().filter(|(last, _)| last + 1 == number);
        let falls = last.is_some_and(|(_, last)| moves.falls_behind(&last.moves));
        let month = u8::try_from(number.rem_euclid(12) + 1).unwrap_or(1);
        let year = number.div_euclid(12);
        months.push((number, StageMonth { year, month, moves, falls }));
    }
    Ok(months.into_iter().map(|(_, month)| month).collect())
}
