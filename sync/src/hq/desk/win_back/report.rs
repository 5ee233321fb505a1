//! What winning back showed: called against held out, reasons, and how long the loop takes (S80, S113,
//! S121, S128).
//!
//! # Invariants
//!
//! - Both arms are counted alike: everybody who was drawn, reached or not, from the day of the draw.
//! - Who was drawn so lately that the window is not over is in neither.
//!
//! Not here: drawing (the parent module).

use super::super::complaint::loyalty::wilson;
use super::BY_HAND;
use crate::event::LostReason;
use crate::hq::figures::measure::each;
use crate::hq::forecast::practice;
use crate::hq::model::History;
use rusqlite::{Connection, params};

/// Who buys within so many days after the draw came back.
const WINDOW_DAYS: i32 = 90;
/// One half, in thousandths.
const ODDS_HALF_PERMILLE: u32 = 500;

/// One side of the comparison.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Arm {
    /// `called`, `held_out` or `newcomers`.
    pub name: &'static str,
    /// How many.
    pub of: u32,
    /// How many bought within the window.
    pub came_back: u32,
    /// The share and its 95 % interval, in thousandths.
    pub permille: [u32; 3],
}

/// How often a reason was given.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Reason {
    /// `ours` (subjective) or `the_worlds` (objective).
    pub group: &'static str,
    /// The reason.
    pub reason: &'static str,
    /// How often.
    pub count: u32,
}

/// All of it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Report {
    /// Called, held out, and newcomers to compare with (S80).
    pub arms: Vec<Arm>,
    /// What calls changed, in thousandths; none while one arm is empty.
    pub lift_permille: Option<i64>,
    /// The two intervals do not touch: it is more than chance.
    pub is_proved: bool,
    /// Called against newcomers, in hundredths: the practice says 200.
    pub times_newcomers_percent: Option<u32>,
    /// Reasons by group (S113).
    pub reasons: Vec<Reason>,
    /// Who stays away and never complained (S21).
    pub silent: u32,
    /// Whose odds have fallen below one half since she bought, before any rule of months counts her as
    /// away, and who never complained (S21).
    pub fading: u32,
    /// Half of the loops from draw to outcome took so many days (S128).
    pub loop_days: Option<i32>,
}

/// What winning back showed until `today`.
///
/// # Errors
///
/// As SQLite says.
pub fn report(db: &Connection, today: i32) -> rusqlite::Result<Report> {
    let called = format!(
        "task IS NOT NULL AND NOT EXISTS (SELECT 1 FROM task_cause c WHERE c.task = w.task
             AND c.rule = 'win_back' AND c.subject LIKE '%{BY_HAND}')"
    );
    let arms = vec![
        arm(db, "called", &called, today)?,
        arm(db, "held_out", "task IS NULL", today)?,
        Newcomers::last(db, today)?.arm(),
    ];
    let [called, held_out, newcomers] = [0, 1, 2].map(|at| &arms[at]);
    let share = |arm: &Arm| i64::from(arm.permille[0]);
    let both = called.of > 0 && held_out.of > 0;
    let apart =
        called.permille[1] > held_out.permille[2] || called.permille[2] < held_out.permille[1];
    let times = (newcomers.permille[0] > 0 && called.of > 0)
        .then(|| called.permille[0] * 100 / newcomers.permille[0]);
    Ok(Report {
        lift_permille: both.then(|| share(called) - share(held_out)),
        is_proved: both && apart,
        times_newcomers_percent: times,
        reasons: reasons(db)?,
        silent: silent(db)?,
        fading: fading(db)?,
        loop_days: loop_days(db)?,
        arms,
    })
}

fn arm(db: &Connection, name: &'static str, which: &str, today: i32) -> rusqlite::Result<Arm> {
    let sql = format!(
        "SELECT count(*), coalesce(sum(EXISTS (
             SELECT 1 FROM sale s WHERE s.counts AND s.kind = 'sale'
             AND s.customer IN (SELECT id FROM customer WHERE id = w.customer OR root = w.customer)
             AND s.day > w.day AND s.day <= w.day + ?1)), 0)
         FROM win_back w WHERE {which} AND w.day + ?1 <= ?2"
    );
    let (of, came_back) =
        db.query_row(&sql, params![WINDOW_DAYS, today], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Arm { name, of, came_back, permille: wilson(of, came_back) })
}

/// Who bought for the first time so long ago that the window is over, and who of them bought again within
/// it; counted one by one, in a pass over everybody.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Newcomers {
    of: u32,
    came_back: u32,
}

impl Newcomers {
    /// Counts one more.
    pub fn add(&mut self, her: &History<'_>, today: i32) {
        let mut visits = her.visits();
        let Some(first) = visits.next().filter(|first| first + WINDOW_DAYS <= today) else {
            return;
        };
        self.of += 1;
        self.came_back += u32::from(visits.next().is_some_and(|day| day <= first + WINDOW_DAYS));
    }

    /// As the last night counted them; before the first night, everybody on whom figures are.
    fn last(db: &Connection, today: i32) -> rusqlite::Result<Self> {
        if let Some(newcomers) = practice(db)?.and_then(|practice| practice.newcomers) {
            return Ok(newcomers);
        }
        let mut all = Self::default();
        each(db, |her| all.add(her, today))?;
        Ok(all)
    }

    fn arm(self) -> Arm {
        let Self { of, came_back } = self;
        Arm { name: "newcomers", of, came_back, permille: wilson(of, came_back) }
    }
}

fn reasons(db: &Connection) -> rusqlite::Result<Vec<Reason>> {
    let mut all = Vec::new();
    for reason in LostReason::ALL {
        let count: u32 = db
            .prepare_cached("SELECT count(*) FROM task WHERE reason = ?1")?
            .query_row([reason.word()], |row| row.get(0))?;
        let group = if reason.is_ours() { "ours" } else { "the_worlds" };
        all.push(Reason { group, reason: reason.word(), count });
    }
    Ok(all)
}

fn silent(db: &Connection) -> rusqlite::Result<u32> {
    let sql = "SELECT count(DISTINCT customer) FROM win_back WHERE customer NOT IN
               (SELECT customer FROM complaint WHERE customer IS NOT NULL)";
    db.query_row(sql, [], |row| row.get(0))
}

/// On the day of a purchase the odds that she is still a customer are near one; by last night's models
/// they are under a half.
fn fading(db: &Connection) -> rusqlite::Result<u32> {
    db.query_row(
        "SELECT count(*) FROM forecast f WHERE f.alive < ?1
         AND f.customer NOT IN (SELECT customer FROM win_back)
         AND f.customer NOT IN (SELECT coalesce(k.root, k.id)
                                FROM complaint c JOIN customer k ON k.id = c.customer)",
        [ODDS_HALF_PERMILLE],
        |row| row.get(0),
    )
}

fn loop_days(db: &Connection) -> rusqlite::Result<Option<i32>> {
    let mut select = db.prepare_cached(
        // From the draw to the call that had a result: one that nobody answered goes on with the next.
        "WITH RECURSIVE tried (day, task) AS (
             SELECT day, task FROM win_back WHERE task IS NOT NULL
             UNION SELECT tried.day, c.task FROM tried JOIN task_cause c
                 ON c.customer IN (SELECT customer FROM task WHERE id = tried.task)
                 AND c.rule IN ('retry', 'appointment') AND c.subject = CAST(tried.task AS TEXT))
         SELECT t.closed_day - tried.day FROM tried JOIN task t ON t.id = tried.task
         WHERE t.state = 'done' AND t.closed_day IS NOT NULL
           AND t.outcome NOT IN ('no_answer', 'rescheduled') ORDER BY 1",
    )?;
    let days: Vec<i32> =
        select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(days.get(days.len().saturating_sub(1) / 2).copied())
}
