//! The morning list as page and paper show it: no number, and nothing of her but name and last digits.
//!
//! Not here: opening a number (the parent module).

use serde::Serialize;
use sync::calendar::Date;
use sync::care_list::{Task, Wears};
use sync::event::Asked;

use super::{TaskError, kept};
use crate::agent::Agent;
use crate::config::Language;

/// What is to be done today.
#[derive(Clone, Debug, Serialize)]
pub struct Morning {
    /// `周六 11月21日`, `Sat 21 Nov`.
    pub date: String,
    /// The longest overdue first.
    pub tasks: Vec<TaskView>,
    /// Due on later days.
    pub later: u64,
    /// What yesterday was like.
    pub yesterday: Yesterday,
}

/// How many sales there were yesterday, and how many customers left their number.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Yesterday {
    /// Sales of this till.
    pub sales: u32,
    /// She left her number.
    pub given: u32,
    /// She would rather not.
    pub refused: u32,
    /// Nobody asked.
    pub not_asked: u32,
}

/// A task as the manager sees it.
#[derive(Clone, Debug, Serialize)]
pub struct TaskView {
    /// HQ's number of it.
    pub id: u64,
    /// `call`, `message`, …
    pub kind: &'static str,
    /// `李女士 尾号5678 金卡`.
    pub line: String,
    /// Why, in words.
    pub why: String,
    /// Days over its day.
    pub late_days: i32,
    /// `15:30`, where a time was agreed.
    pub at: Option<String>,
    /// Who looks after her.
    pub assignee: Option<String>,
    /// `常穿M · 喜欢素色 · 上次真丝连衣裙`, to have in mind while speaking with her (S26).
    pub wears: Option<String>,
    /// What to say or send.
    pub words: String,
    /// The three questions are asked.
    pub questions: bool,
    /// Styles that the answers are about.
    pub styles: Vec<String>,
    /// It closes with a reason only.
    pub needs_reason: bool,
    /// Her number can be opened.
    pub has_number: bool,
}

impl Agent {
    /// What is to be done today.
    ///
    /// # Errors
    ///
    /// [`TaskError`] if the database cannot be read.
    pub fn morning(&self) -> Result<Morning, TaskError> {
        let today = self.now().day();
        let language = self.config.language;
        let tasks = kept::due(&self.connection, &self.local, today)?;
        Ok(Morning {
            date: date(today, language),
            tasks: tasks.into_iter().map(|task| view(task, today, language)).collect(),
            later: kept::count(&self.connection, today)?.1,
            yesterday: self.yesterday(today - 1)?,
        })
    }

    /// How many tasks are due today.
    pub(in crate::agent) fn tasks_due(&self) -> rusqlite::Result<u64> {
        Ok(kept::count(&self.connection, self.now().day())?.0)
    }

    fn yesterday(&self, day: i32) -> rusqlite::Result<Yesterday> {
        let mut select = self.connection.prepare_cached(
            "SELECT asked, count(*) FROM sale WHERE taken_day = ?1 AND counts AND amount > 0
             GROUP BY asked",
        )?;
        let mut rows = select.query([day])?;
        let mut all = Yesterday::default();
        while let Some(row) = rows.next()? {
            let (asked, count): (u8, u32) = (row.get(0)?, row.get(1)?);
            all.sales += count;
            match Asked::from_code(asked) {
                Asked::Given => all.given += count,
                Asked::Refused => all.refused += count,
                _ => all.not_asked += count,
            }
        }
        Ok(all)
    }
}

fn view(task: Task, today: i32, language: Language) -> TaskView {
    let asks = |rule: &String| {
        ["big_sale", "newcomer_call", "appointment", "retry", "second_chance"]
            .contains(&rule.as_str())
    };
    TaskView {
        line: line(&task, language),
        why: why(&task, language),
        late_days: (today - task.due_day).max(0),
        at: task.at.map(|at| {
            let minute = at.0.rem_euclid(86_400) / 60;
            format!("{:02}:{:02}", minute / 60, minute % 60)
        }),
        wears: task.wears.as_ref().and_then(|wears| worn(wears, language)),
        words: language.pick(&task.words_zh, &task.words_en).to_owned(),
        questions: task.rules.iter().any(asks),
        styles: task.styles.unwrap_or_default(),
        has_number: task.number.is_some(),
        needs_reason: task.needs_reason,
        assignee: task.assignee,
        kind: task.kind.word(),
        id: task.id,
    }
}

/// `李女士 尾号5678 金卡`.
fn line(task: &Task, language: Language) -> String {
    let name = task.name.as_ref().map(|name| match language {
        Language::Chinese => format!("{}{}", name.surname, name.title),
        Language::English => format!("{} {}", name.title, name.surname),
    });
    let nobody = || language.pick("顾客", "Customer").to_owned();
    let tail = task.tail.as_ref().map(|tail| match language {
        Language::Chinese => format!("尾号{tail}"),
        Language::English => format!("…{tail}"),
    });
    let parts = [Some(name.unwrap_or_else(nobody)), tail, task.tier.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What she wears and likes, and what she bought last.
fn worn(wears: &Wears, language: Language) -> Option<String> {
    let said = |zh: &str, en: &str, text: &String| format!("{}{text}", language.pick(zh, en));
    let last = wears.last_item.as_ref().map(|item| match &wears.last_style {
        Some(style) if !item.contains(style) => format!("{item} {style}"),
        _ => item.clone(),
    });
    let parts = [
        wears.size.as_ref().map(|size| said("常穿", "wears ", size)),
        wears.taste.as_ref().map(|taste| said("喜欢:", "likes: ", taste)),
        last.as_ref().map(|last| said("上次", "last time ", last)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Why she is on the list: the rules in words, and what it is about.
fn why(task: &Task, language: Language) -> String {
    let rules = task.rules.iter().filter_map(|rule| rule_words(rule, language));
    let mut parts: Vec<&str> = rules.collect();
    if parts.is_empty() {
        parts.push(language.pick("请联系她", "Please get in touch"));
    }
    parts.extend(task.about.as_deref());
    parts.join(" · ")
}

fn rule_words(rule: &str, language: Language) -> Option<&'static str> {
    let (chinese, english) = match rule {
        "big_sale" => ("回访:喜欢?舒服?洗涤?", "Call: likes it? comfortable? washing?"),
        "newcomer_call" => ("新顾客回访", "Call the newcomer"),
        "newcomer_thanks" => ("谢谢新顾客", "Thank the newcomer"),
        "referrer_thanks" => ("谢谢她带朋友来", "Thank her for her friend"),
        "threshold" => ("谢谢她一直信任", "Thank her for her trust"),
        "top_spender" => ("登门致谢", "Visit her with thanks"),
        "appointment" => ("约好的时间", "The agreed time"),
        "retry" => ("上次没接,再打一次", "No answer last time: again"),
        "second_chance" => ("解决后回访", "Call back after it was settled"),
        "complaint" => ("投诉跟进,先道歉", "Her complaint: apologise first"),
        "message" => ("发一条问候", "Send her a word of care"),
        "life_event" => ("她的重要日子", "A day that matters to her"),
        "win_back" => ("好久没来,问候一声", "Away for long: say hello"),
        _ => return None,
    };
    Some(language.pick(chinese, english))
}

fn date(day: i32, language: Language) -> String {
    const WEEK: [(&str, &str); 7] = [
        ("周日", "Sun"),
        ("周一", "Mon"),
        ("周二", "Tue"),
        ("周三", "Wed"),
        ("周四", "Thu"),
        ("周五", "Fri"),
        ("周六", "Sat"),
    ];
    let Date { month, day: of_month, .. } = Date::of(day);
    // 1970-01-01 was a Thursday.
    let (chinese, english) = WEEK[usize::try_from((day + 4).rem_euclid(7)).unwrap_or_default()];
    match language {
        Language::Chinese => format!("{chinese} {month}月{of_month}日"),
        Language::English => format!("{english} {of_month}/{month}"),
    }
}
