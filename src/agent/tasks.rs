//! The manager's tasks: what HQ asks for today, and what came of it. Works without HQ.
//!
//! ```text
//! care page ─▶ kept, sealed ─▶ the morning list ─▶ one task ─▶ outcome ─▶ event
//!                                   └─▶ on paper       └─▶ her number, 60 s ─▶ event
//! ```
//!
//! # Invariants
//!
//! - A number is opened for one task at a time, for [`SHOWN_MS`], by whom the task is for or by the
//!   manager, within the hours that HQ allows; that somebody looked is on disk before it is shown.
//! - An outcome is an event in the transaction that takes the task off the list.
//! - A list that HQ made before it heard of an outcome does not bring the task back.
//!
//! Not here: which tasks there are (HQ), the page (`page::tasks`), its paper (`paper`).

pub mod kept;
mod paper;
mod view;

pub(super) use kept::take;
pub use view::{Morning, TaskView, Yesterday};

use serde::Deserialize;
use sync::calendar::Date;
use sync::care_list::{Task, open_number};
use sync::event::{
    Answers, Body, LocalSeconds, Look, LostReason, Outcome, OutcomeKind, StyleAnswer,
};
use zeroize::Zeroizing;

use super::Agent;
use crate::clock::Moment;

/// How long a number may be seen.
pub const SHOWN_MS: u64 = 60_000;
/// An appointment lies at most so many days ahead.
const AHEAD_DAYS: i32 = 90;
/// The longest note that is kept, in characters.
const NOTE_MAX: usize = 200;
const DAY_S: i64 = 86_400;

/// Why a task cannot be opened or closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It was done meanwhile, or never was.
    #[error("there is no such task any more")]
    NoTask,
    /// A win-back closes with the reason why she stayed away.
    #[error("say why she stayed away")]
    NoReason,
    /// Another time needs the time.
    #[error("say when, as month, day, hour and minute: it lies ahead, within 90 days")]
    NoTime,
    /// No such outcome.
    #[error("there is no such outcome")]
    NoOutcome,
    /// Too early or too late to call anybody.
    #[error("nobody is called at this hour")]
    QuietHours,
    /// Another number is open.
    #[error("another number is shown: wait {wait_s} s")]
    OtherOpen {
        /// Seconds until it is hidden.
        wait_s: u64,
    },
    /// The task is somebody else's.
    #[error("this task is somebody else's")]
    NotTheirs,
    /// HQ sent none: she was erased.
    #[error("there is no number for this task")]
    NoNumber,
    /// The database, the outbox, or a row that does not open.
    #[error("the tasks cannot be read or written")]
    Storage,
}

impl TaskError {
    /// What the page calls it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTask => "no_task",
            Self::NoReason => "no_reason",
            Self::NoTime => "no_time",
            Self::NoOutcome => "no_outcome",
            Self::QuietHours => "quiet_hours",
            Self::OtherOpen { .. } => "other_open",
            Self::NotTheirs => "not_theirs",
            Self::NoNumber => "no_number",
            Self::Storage => "storage",
        }
    }
}

impl From<rusqlite::Error> for TaskError {
    fn from(_: rusqlite::Error) -> Self {
        Self::Storage
    }
}

impl From<crate::outbox::OutboxError> for TaskError {
    fn from(_: crate::outbox::OutboxError) -> Self {
        Self::Storage
    }
}

/// What a person says of a task.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Said {
    /// `reached`, `no_answer`, `rescheduled`, `sent`, `resolved`, `declined` or `other`.
    pub outcome: String,
    /// The three questions.
    pub answers: Option<Answers>,
    /// Of one style among several.
    pub style: Option<String>,
    /// The agreed time as it is typed on a pad: month, day, hour, minute, eight digits.
    pub next: Option<String>,
    /// Why she stayed away, by its word.
    pub reason: Option<String>,
    /// In words.
    pub note: Option<String>,
    /// Who did it; whom the task is for, if nobody else is named.
    pub by: Option<String>,
}

/// A number while it may be seen; wiped when dropped.
pub struct Shown {
    /// The digits.
    pub number: Zeroizing<String>,
    /// How long it may still be seen.
    pub left_s: u64,
}

impl Agent {
    /// What came of a task: tells HQ and takes it off the list.
    ///
    /// # Errors
    ///
    /// [`TaskError`]; the task stays.
    pub fn task_done(&mut self, id: u64, said: &Said) -> Result<(), TaskError> {
        let now = self.now();
        let task = self.task(id)?;
        let outcome = outcome(&task, said, now)?;
        let transaction = self.connection.unchecked_transaction()?;
        self.append(now, Body::Outcome(outcome))?;
        kept::done(&transaction, id, now.day())?;
        transaction.commit()?;
        self.task_open = self.task_open.filter(|(open, _)| *open != id);
        self.changed();
        Ok(())
    }

    /// Opens a number for one task; that `who` looked is written down first.
    ///
    /// # Errors
    ///
    /// [`TaskError`]; nothing is shown.
    pub fn task_number(&mut self, id: u64, who: &str) -> Result<Shown, TaskError> {
        let now = self.now();
        let task = self.task(id)?;
        let manager = [self.config.language.pick("店长", "manager"), "manager"].contains(&who);
        if !manager && task.assignee.as_deref() != Some(who) {
            return Err(TaskError::NotTheirs);
        }
        // A time that she agreed to is hers to choose.
        let agreed = task.at.is_some_and(|at| at.day() == now.day());
        if !agreed && !kept::hours(&self.connection)?.contains(&(now.second_of_day() / 60)) {
            return Err(TaskError::QuietHours);
        }
        let left_ms = |until: u64| until.saturating_sub(now.mono_ms);
        let again = match self.task_open.filter(|(_, until)| left_ms(*until) > 0) {
            Some((open, until)) if open != id => {
                return Err(TaskError::OtherOpen { wait_s: left_ms(until).div_ceil(1_000) });
            }
            again => again,
        };
        let sealed = task.number.as_ref().ok_or(TaskError::NoNumber)?;
        let phone = open_number(&self.keys.sealing, &self.keys.terminal, id, sealed)
            .map_err(|_| TaskError::Storage)?;
        let until = match again {
            Some((_, until)) => until,
            None => {
                let transaction = self.connection.unchecked_transaction()?;
                self.append(now, Body::Look(Look { who: who.to_owned(), task: Some(id) }))?;
                transaction.commit()?;
                now.mono_ms + SHOWN_MS
            }
        };
        self.task_open = Some((id, until));
        let number = Zeroizing::new(phone.clear().to_owned());
        Ok(Shown { number, left_s: left_ms(until).div_ceil(1_000) })
    }

    fn task(&self, id: u64) -> Result<Task, TaskError> {
        kept::find(&self.connection, &self.local, id)?.ok_or(TaskError::NoTask)
    }
}

/// The event for what was said.
fn outcome(task: &Task, said: &Said, now: Moment) -> Result<Outcome, TaskError> {
    let kind = OutcomeKind::from_word(&said.outcome);
    if kind == OutcomeKind::Other && said.outcome != OutcomeKind::Other.word() {
        return Err(TaskError::NoOutcome);
    }
    let next = match (kind, said.next.as_deref()) {
        (OutcomeKind::Rescheduled, typed) => {
            Some(appointment(typed.unwrap_or_default(), now).ok_or(TaskError::NoTime)?)
        }
        _ => None,
    };
    let reason = said.reason.as_deref().map(LostReason::from_word);
    let goes_on = matches!(kind, OutcomeKind::NoAnswer | OutcomeKind::Rescheduled);
    if task.needs_reason && reason.is_none() && !goes_on {
        return Err(TaskError::NoReason);
    }
    let answers = said.answers.filter(|answers| *answers != Answers::default());
    let style = said.style.clone().filter(|style| task.styles.iter().flatten().any(|s| s == style));
    let note = clean(said.note.as_deref());
    let (answers, styles) = match (answers, style) {
        (Some(answers), Some(style)) => {
            (None, Some(vec![StyleAnswer { style, answers, words: note.clone() }]))
        }
        (answers, _) => (answers, None),
    };
    Ok(Outcome {
        // The three questions were asked once: with a style they are of that style.
        answers: answers.or_else(|| styles.as_ref().and(said.answers)),
        styles,
        note,
        next,
        by: clean(said.by.as_deref()).or_else(|| task.assignee.clone()),
        reason,
        ..Outcome::plain(task.id, kind)
    })
}

fn clean(text: Option<&str>) -> Option<String> {
    let text: String =
        text?.trim().chars().filter(|symbol| !symbol.is_control()).take(NOTE_MAX).collect();
    (!text.is_empty()).then_some(text)
}

/// `11281530` is the 28th of November, 15:30: the next one there is.
fn appointment(typed: &str, now: Moment) -> Option<LocalSeconds> {
    let digits: Vec<u8> =
        typed.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let [m1, m2, d1, d2, h1, h2, n1, n2] = digits[..] else { return None };
    let two = |tens: u8, ones: u8| tens * 10 + ones;
    let (hour, minute) = (two(h1, h2), two(n1, n2));
    if hour > 23 || minute > 59 {
        return None;
    }
    let today = Date::of(now.day());
    let day = [today.year, today.year + 1].into_iter().find_map(|year| {
        let day = Date { year, month: two(m1, m2), day: two(d1, d2) }.day()?;
        (now.day()..=now.day() + AHEAD_DAYS).contains(&day).then_some(day)
    })?;
    let second = i64::from(hour) * 3_600 + i64::from(minute) * 60;
    let ahead = day > now.day() || second > i64::from(now.second_of_day());
    ahead.then_some(LocalSeconds(i64::from(day) * DAY_S + second))
}

#[cfg(test)]
mod tests;
