//! The morning list: kept without HQ, one number at a time, every outcome an event.

use super::*;
use crate::agent::Agent;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys;
use minicbor::bytes::ByteVec;
use std::collections::BTreeMap;
use sync::care_list::{
    CareEntry, CarePage, CustomerId, HqEpoch, TaskKind, Tasks, Version, seal_number,
};
use sync::event::Name;
use sync::phone::Phone;

const NUMBER: &str = "13800006721";

struct Till {
    agent: Agent,
    _dir: tempfile::TempDir,
}

impl Till {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "state_dir = {:?}\n[store]\nname = \"测试店\"\n\
             [[bridge]]\nname = \"t\"\npos = \"tcp-listen:127.0.0.1:1\"\nprinter = \"tcp:127.0.0.1:2\"\n",
            dir.path()
        );
        let config = Config::parse(&text, dir.path()).unwrap();
        let agent = Agent::open(config, keys::example(), Clock::start()).unwrap();
        Self { agent, _dir: dir }
    }

    fn task(&self, id: u64, after_days: i32) -> Task {
        let keys = &self.agent.keys;
        let phone = Phone::parse(NUMBER).unwrap();
        let number = seal_number(&keys.sealing.public(), &keys.terminal, id, &phone).unwrap();
        Task {
            id,
            kind: TaskKind::Call,
            due_day: self.agent.now().day() + after_days,
            at: None,
            customer: Some(CustomerId([7; 16])),
            name: Some(Name { surname: "李".into(), title: "女士".into() }),
            tail: Some("6721".into()),
            tier: Some("金卡".into()),
            assignee: Some("小陈".into()),
            rules: vec!["big_sale".into()],
            about: Some("真丝连衣裙".into()),
            words_zh: "喜欢吗?".into(),
            words_en: "Do you like it?".into(),
            number: Some(ByteVec::from(number)),
            styles: Some(vec!["DR2301".into(), "CT1107".into()]),
            needs_reason: false,
            wears: None,
        }
    }

    /// A list as HQ sends it, with every hour of the day open.
    fn take(&mut self, tasks: Vec<Task>) {
        self.apply(
            Some(Tasks { tasks, from_minute: 0, until_minute: 1_440, offers: None }),
            Vec::new(),
        );
    }

    fn apply(&mut self, tasks: Option<Tasks>, entries: Vec<CareEntry>) {
        let version = Version { hq_epoch: HqEpoch([1; 16]), n: 1 };
        let page = CarePage {
            from: version,
            to: version,
            snapshot: false,
            more: false,
            entries,
            policy: None,
            contact: BTreeMap::new(),
            sealing: None,
            peers: None,
            words: None,
            styles: None,
            lacks: None,
            counted: None,
            tasks,
        };
        self.agent.apply(&page).unwrap();
    }

    fn ids(&self) -> Vec<u64> {
        self.agent.morning().unwrap().tasks.iter().map(|task| task.id).collect()
    }

    fn events(&self) -> u64 {
        self.agent.local().unwrap().last.0
    }
}

fn said(outcome: &str) -> Said {
    Said { outcome: outcome.into(), ..Said::default() }
}

#[test]
fn s32_the_list_shows_what_is_due_the_overdue_first_and_no_number() {
    let mut till = Till::new();
    till.take(vec![till.task(1, 0), till.task(2, -2), till.task(3, 4)]);
    assert_eq!(till.ids(), [2, 1]);
    let morning = till.agent.morning().unwrap();
    assert_eq!((morning.later, morning.tasks[0].late_days), (1, 2));
    assert_eq!(morning.tasks[0].line, "李女士 尾号6721 金卡");
    assert!(!serde_json::to_string(&morning).unwrap().contains(NUMBER));
    assert_eq!(till.agent.state().unwrap().tasks, 2);
}

/// S26: who calls her has her size, her taste and her last purchase before the eyes.
#[test]
fn s26_a_task_says_what_she_wears_likes_and_bought_last() {
    let mut till = Till::new();
    let wears = |last_item: &str| sync::care_list::Wears {
        size: Some("M".into()),
        taste: Some("素色".into()),
        last_item: Some(last_item.into()),
        last_style: Some("DR2301".into()),
    };
    let task = |id, last_item| Task { wears: Some(wears(last_item)), ..till.task(id, 0) };
    let tasks = vec![task(1, "真丝连衣裙"), task(2, "DR2301 真丝裙"), till.task(3, 0)];
    till.take(tasks);
    let shown: Vec<_> =
        till.agent.morning().unwrap().tasks.into_iter().map(|it| it.wears).collect();
    assert_eq!(shown[0].as_deref(), Some("常穿M · 喜欢:素色 · 上次真丝连衣裙 DR2301"));
    assert_eq!(shown[1].as_deref(), Some("常穿M · 喜欢:素色 · 上次DR2301 真丝裙"));
    assert_eq!(shown[2], None, "nothing is made up where nothing is known");
}

#[test]
fn an_outcome_is_an_event_and_an_older_list_does_not_bring_the_task_back() {
    let mut till = Till::new();
    till.take(vec![till.task(1, 0)]);
    till.agent.task_done(1, &said("reached")).unwrap();
    assert_eq!((till.ids(), till.events()), (Vec::new(), 1));
    assert!(matches!(till.agent.task_done(1, &said("reached")), Err(TaskError::NoTask)));
    till.take(vec![till.task(1, 0), till.task(2, 0)]);
    assert_eq!(till.ids(), [2]);
    assert!(matches!(till.agent.task_done(2, &said("great")), Err(TaskError::NoOutcome)));
    assert_eq!(till.events(), 1);
}

#[test]
fn s45_another_time_needs_the_time_and_s20_a_win_back_the_reason() {
    let mut till = Till::new();
    let lost = Task { needs_reason: true, ..till.task(2, 0) };
    till.take(vec![till.task(1, 0), lost]);
    assert!(matches!(till.agent.task_done(1, &said("rescheduled")), Err(TaskError::NoTime)));
    assert!(matches!(till.agent.task_done(2, &said("reached")), Err(TaskError::NoReason)));
    let day = Date::of(till.agent.now().day() + 3);
    let next = Some(format!("{:02}{:02}1530", day.month, day.day));
    till.agent.task_done(1, &Said { next, ..said("rescheduled") }).unwrap();
    let reason = Some("competitor".to_owned());
    till.agent.task_done(2, &Said { reason, ..said("reached") }).unwrap();
    assert_eq!(till.events(), 2);
}

#[test]
fn one_number_at_a_time_is_shown_and_who_looked_is_on_disk_first() {
    let mut till = Till::new();
    till.take(vec![till.task(1, 0), till.task(2, 0)]);
    assert!(matches!(till.agent.task_number(1, "小周"), Err(TaskError::NotTheirs)));
    assert_eq!(till.events(), 0);
    let shown = till.agent.task_number(1, "小陈").unwrap();
    assert_eq!((shown.number.as_str(), shown.left_s <= 60), (NUMBER, true));
    assert_eq!(till.events(), 1, "a look");
    assert!(matches!(till.agent.task_number(2, "小陈"), Err(TaskError::OtherOpen { .. })));
    till.agent.task_number(1, "manager").unwrap();
    assert_eq!(till.events(), 1, "the same minute");
    till.agent.task_open = till.agent.task_open.map(|(id, _)| (id, 0));
    till.agent.task_number(2, "店长").unwrap();
    assert_eq!(till.events(), 2, "the minute was over");
}

#[test]
fn s119_no_number_is_shown_outside_the_hours_but_for_a_time_she_chose() {
    let mut till = Till::new();
    let today = i64::from(till.agent.now().day());
    let agreed = Task { at: Some(LocalSeconds(today * DAY_S + 1)), ..till.task(2, 0) };
    let tasks = vec![till.task(1, 0), agreed];
    till.apply(Some(Tasks { tasks, from_minute: 0, until_minute: 0, offers: None }), Vec::new());
    assert!(matches!(till.agent.task_number(1, "小陈"), Err(TaskError::QuietHours)));
    assert!(till.agent.task_number(2, "小陈").is_ok());
}

#[test]
fn at_rest_nothing_of_a_task_is_in_clear_and_the_number_stays_under_its_own_seal() {
    let mut till = Till::new();
    till.take(vec![till.task(1, 0)]);
    let sealed: Vec<u8> =
        till.agent.connection.query_row("SELECT sealed FROM task", [], |row| row.get(0)).unwrap();
    let holds =
        |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|at| at == text.as_bytes());
    assert!(!holds(&sealed, "李") && !holds(&sealed, NUMBER));
    let opened = till.agent.local.open(&[&b"task"[..], &1_u64.to_be_bytes()].concat(), &sealed);
    let opened = opened.unwrap();
    assert!(holds(&opened, "李") && !holds(&opened, NUMBER), "opened, the number is sealed still");
}

#[test]
fn an_erased_customers_tasks_are_gone_at_once() {
    let mut till = Till::new();
    till.take(vec![till.task(1, 0)]);
    till.apply(None, vec![CareEntry::Erased(CustomerId([7; 16]), None)]);
    assert_eq!(till.ids(), [0; 0]);
}

#[test]
fn s129_what_she_said_of_one_style_is_told_of_that_style() {
    let till = Till::new();
    let answers = Answers { likes: Some(false), ..Answers::default() };
    let heard = Said {
        answers: Some(answers),
        style: Some("CT1107".into()),
        note: Some(" 领口紧 ".into()),
        ..said("reached")
    };
    let outcome = outcome(&till.task(1, 0), &heard, till.agent.now()).unwrap();
    let styles = outcome.styles.unwrap();
    assert_eq!((styles[0].style.as_str(), styles[0].answers), ("CT1107", answers));
    assert_eq!(styles[0].words.as_deref(), Some("领口紧"), "for the buyers");
    assert_eq!(outcome.by.as_deref(), Some("小陈"));
}

#[test]
fn a_time_is_the_next_one_with_that_date_and_none_in_the_past() {
    // 2026-12-30 10:00, a Wednesday.
    let now = Moment { wall_ms: 1_798_624_800_000, mono_ms: 0, boot: 0, offset_s: 0 };
    let at = |typed: &str| appointment(typed, now).map(|at| at.0);
    assert_eq!(at("01021530"), Some(1_798_624_800 + 3 * 86_400 + 5 * 3_600 + 1_800));
    assert_eq!(at("12301001"), Some(1_798_624_800 + 60));
    for typed in
        ["12301000", "12300959", "12291530", "05011530", "02301530", "0102153", "", "01022530"]
    {
        assert_eq!(at(typed), None, "{typed}");
    }
}
