//! The morning list on the receipt printer, on request: a job of our own between two of the till's.
//!
//! # Invariants
//!
//! - No number is on the paper: name and last four digits, as on the screen.
//! - The paper is short: what does not fit is counted, not cut off silently.
//!
//! Not here: when the printer takes it (`firmware_bridge`).

use super::{Morning, TaskError};
use crate::agent::Agent;
use crate::config::Language;
use crate::note::{self, NoteRow};

/// Columns of the narrowest paper.
const COLUMNS: usize = 32;
/// Rows of one job on the link, and its bytes, with room for what frames them.
const ROWS_MAX: usize = firmware_bridge::link::ROWS_MAX - 1;
const BYTES_MAX: usize = 1_800;

impl Agent {
    /// Prints the morning list; `false` if no bridge answers or the printer lacks the characters.
    ///
    /// # Errors
    ///
    /// [`TaskError`] if the list cannot be read.
    pub fn print_tasks(&mut self, bridge: &str) -> Result<bool, TaskError> {
        let morning = self.morning()?;
        let rows = rows(&morning, self.config.language);
        Ok(self.print_own(bridge, &rows))
    }
}

fn rows(morning: &Morning, language: Language) -> Vec<NoteRow> {
    let row = |text: String, bold| NoteRow { text, bold };
    let wrapped = |text: &str| note::wrap(text, COLUMNS);
    let count = morning.tasks.len();
    let head = match language {
        Language::Chinese => format!("{} 今天{count}件事", morning.date),
        Language::English => format!("{} today: {count}", morning.date),
    };
    let mut rows: Vec<NoteRow> = wrapped(&head).into_iter().map(|text| row(text, true)).collect();
    for (at, task) in morning.tasks.iter().enumerate() {
        let mark = if task.late_days > 0 { "!".to_owned() } else { (at + 1).to_string() };
        let who = match (&task.assignee, language) {
            (Some(who), Language::Chinese) => format!(" {who}跟"),
            (Some(who), Language::English) => format!(" by {who}"),
            (None, _) => String::new(),
        };
        let time = task.at.as_ref().map(|at| format!("{at} ")).unwrap_or_default();
        let first = wrapped(&format!("{mark} {}{who}", task.line));
        let second = wrapped(&format!("  {time}{}", task.why));
        let next: Vec<NoteRow> =
            first.into_iter().chain(second).map(|text| row(text, false)).collect();
        if !fits(&rows, &next) {
            let left = count - at;
            rows.push(row(
                match language {
                    Language::Chinese => format!("还有{left}件,见屏幕"),
                    Language::English => format!("{left} more on the screen"),
                },
                false,
            ));
            return rows;
        }
        rows.extend(next);
    }
    rows
}

/// Whether these rows fit, with room for the one that counts the rest.
fn fits(rows: &[NoteRow], next: &[NoteRow]) -> bool {
    let all = || rows.iter().chain(next);
    let bytes: usize = all().map(|row| row.text.len() + 4).sum();
    all().count() < ROWS_MAX && bytes < BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tasks::{TaskView, Yesterday};

    fn task(id: u64, late_days: i32) -> TaskView {
        TaskView {
            id,
            kind: "call",
            line: "李女士 尾号5678 金卡".into(),
            why: "回访:喜欢?舒服?洗涤? · 真丝连衣裙".into(),
            late_days,
            at: None,
            assignee: Some("小陈".into()),
            wears: None,
            words: String::new(),
            questions: true,
            styles: Vec::new(),
            needs_reason: false,
            has_number: true,
        }
    }

    fn paper(tasks: Vec<TaskView>) -> Vec<String> {
        let yesterday = Yesterday::default();
        let morning = Morning { date: "周六 11月21日".into(), tasks, later: 0, yesterday };
        rows(&morning, Language::Chinese).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn the_list_says_who_why_and_what_is_late() {
        let rows = paper(vec![task(1, 2), task(2, 0)]);
        assert_eq!(rows[0], "周六 11月21日 今天2件事");
        assert_eq!(rows[1], "! 李女士 尾号5678 金卡 小陈跟");
        assert!(rows.iter().any(|row| row.starts_with("2 李女士")), "{rows:?}");
    }

    #[test]
    fn a_long_list_ends_with_how_many_are_left() {
        let rows = paper((0..40).map(|id| task(id, 0)).collect());
        assert!(rows.len() <= firmware_bridge::link::ROWS_MAX, "{}", rows.len());
        let shown = rows.iter().filter(|row| row.contains("尾号")).count();
        assert_eq!(rows.last().unwrap(), &format!("还有{}件,见屏幕", 40 - shown));
    }
}
