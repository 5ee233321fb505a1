//! The store's tasks on their way down: words filled in, the number sealed to the till that asks.
//!
//! # Invariants
//!
//! - A page carries the tasks of the till's own store, nobody else's.
//! - Name and number are opened here and leave sealed only.
//!
//! Not here: the page (`hq::care`), how a till keeps them (`agent::tasks`).

use super::complaint::case;
use super::engine::Rule;
use super::messages;
use super::rules::{Rules, Words};
use super::vip::{benefit, hand_out};
use super::win_back::script::{self, Lost};
use crate::care_list::{CustomerId, Notice, Task, TaskKind, Tasks, seal_number};
use crate::event::{LocalSeconds, Name};
use crate::hq::customer::{self, File, card, person};
use crate::hq::enrol::Terminal;
use crate::hq::keys::Keys;
use crate::tier::{self, TierPolicy};
use rusqlite::{Connection, OptionalExtension as _, params};

/// A till may be without HQ for so many days and still know its mornings.
const AHEAD_DAYS: i32 = 8;
/// What a store can do; the rest waits, the overdue first.
const TASKS_MAX: u32 = 200;

struct Row {
    id: i64,
    customer: CustomerId,
    kind: TaskKind,
    due: i32,
    at: Option<i64>,
    assignee: Option<String>,
    about: Option<String>,
    store_name: String,
}

/// The open tasks of the till's store, due within some days.
///
/// # Errors
///
/// As SQLite says.
pub(crate) fn tasks(
    db: &Connection,
    keys: &Keys,
    till: &Terminal,
    policy: &TierPolicy,
    today: i32,
) -> rusqlite::Result<Tasks> {
    let rules = Rules::of(db).unwrap_or_else(|_| Rules::shipped());
    let mut tasks = Vec::new();
    for row in rows(db, till, today)? {
        let row = under_her_number(db, row)?;
        tasks.extend(task(db, keys, &rules, till, policy, today, row)?);
    }
    let Rules { caps, .. } = rules;
    let (from_minute, until_minute) = (caps.from_minute, caps.until_minute);
    let offers = Some(hand_out::offers(db, today)?);
    Ok(Tasks { tasks, from_minute, until_minute, offers })
}

fn rows(db: &Connection, till: &Terminal, today: i32) -> rusqlite::Result<Vec<Row>> {
    let mut select = db.prepare_cached(
        "SELECT t.id, t.customer, t.kind, t.due, t.at, t.assignee, t.about, s.name
         FROM task t JOIN store s ON s.id = t.store
         WHERE t.store = ?1 AND t.state = 'open' AND t.scope = 'store' AND t.due <= ?2
         ORDER BY t.due, t.id LIMIT ?3",
    )?;
    let rows = select.query_map(params![till.store, today + AHEAD_DAYS, TASKS_MAX], read)?;
    rows.collect()
}

/// A task is hers under whichever number she is found now: an old one may be somebody else's by today.
fn under_her_number(db: &Connection, row: Row) -> rusqlite::Result<Row> {
    Ok(Row { customer: person::root(db, &row.customer)?, ..row })
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        customer: row.get(1)?,
        kind: TaskKind::from_word(&row.get::<_, String>(2)?),
        due: row.get(3)?,
        at: row.get(4)?,
        assignee: row.get(5)?,
        about: row.get(6)?,
        store_name: row.get(7)?,
    })
}

fn task(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    till: &Terminal,
    policy: &TierPolicy,
    today: i32,
    row: Row,
) -> rusqlite::Result<Option<Task>> {
    // She was erased, or her file does not open: there is nobody to call.
    let File::Known(identity) = customer::file(db, keys, &row.customer)? else { return Ok(None) };
    let causes = causes(db, row.id)?;
    let to_send = messages::words(db, keys, row.id)?.unwrap_or_default();
    if to_send.is_empty() && causes == [Rule::Message] {
        return Ok(None); // a brace that nothing fills: there is nothing to send
    }
    let lost = match causes.contains(&Rule::WinBack) {
        true => script::lost(db, &row.customer)?,
        false => Lost::Unknown,
    };
    let number = u64::try_from(row.id).unwrap_or_default();
    let sealed = seal_number(&till.sealing, &till.id, number, &identity.phone).ok();
    let spend = customer::spend(db, &row.customer, policy, today)?;
    let clear = identity.phone.clear();
    let name = identity.name.as_ref();
    let [words_zh, words_en] = said(rules, &causes, lost, &row, name, &to_send);
    Ok(Some(Task {
        id: number,
        kind: row.kind,
        due_day: row.due,
        at: row.at.map(LocalSeconds),
        customer: Some(row.customer),
        tail: clear.get(clear.len().saturating_sub(4)..).map(str::to_owned),
        tier: tier::tier(policy, &spend, today).map(|standing| standing.name),
        words_zh,
        words_en,
        name: identity.name,
        assignee: row.assignee,
        rules: causes.iter().map(|rule| rule.word().to_owned()).collect(),
        about: row.about,
        number: sealed.map(Into::into),
        styles: Some(styles(db, row.id)?).filter(|styles| !styles.is_empty()),
        needs_reason: causes.contains(&Rule::WinBack),
        wears: card::wears(db, keys, &row.customer)?,
    }))
}

/// What to say, in Chinese and in English, with names and things filled in.
fn said(
    rules: &Rules,
    causes: &[Rule],
    lost: Lost,
    row: &Row,
    name: Option<&Name>,
    to_send: &[String],
) -> [String; 2] {
    let say = |pick: fn(&Words) -> &str, [mild, thing, us]: [&str; 3]| {
        let who = name.map(Name::addressed);
        let words = causes.iter().flat_map(|rule| rules.words(*rule, lost)).map(|words| {
            pick(words)
                .replace("{who}", who.as_deref().unwrap_or(mild))
                .replace("{store}", &row.store_name)
                .replace("{staff}", row.assignee.as_deref().unwrap_or(us))
                .replace("{item}", row.about.as_deref().unwrap_or(thing))
        });
        words.chain(to_send.iter().cloned()).collect::<Vec<_>>().join("\n")
    };
    [
        say(|words| &words.zh, ["您", "衣服", "店长"]),
        say(|words| &words.en, ["there", "purchase", "the manager"]),
    ]
}

/// What HQ's own page of a task says.
pub(crate) struct Said {
    /// What to say, in Chinese and in English.
    pub(crate) words: [String; 2],
    /// Style numbers that it is about.
    pub(crate) styles: Vec<String>,
}

/// What to say for task `id`; none once she was erased.
///
/// # Errors
///
/// As SQLite says.
pub(crate) fn words(db: &Connection, keys: &Keys, id: i64) -> rusqlite::Result<Option<Said>> {
    let rules = Rules::of(db).unwrap_or_else(|_| Rules::shipped());
    let mut select = db.prepare_cached(
        "SELECT t.id, t.customer, t.kind, t.due, t.at, t.assignee, t.about, coalesce(s.name, h.name)
         FROM task t JOIN hq h LEFT JOIN store s ON s.id = t.store WHERE t.id = ?1",
    )?;
    let row = under_her_number(db, select.query_row([id], read)?)?;
    let File::Known(identity) = customer::file(db, keys, &row.customer)? else { return Ok(None) };
    let causes = causes(db, id)?;
    let lost = match causes.contains(&Rule::WinBack) {
        true => script::lost(db, &row.customer)?,
        false => Lost::Unknown,
    };
    let to_send = messages::words(db, keys, id)?.unwrap_or_default();
    let words = said(&rules, &causes, lost, &row, identity.name.as_ref(), &to_send);
    Ok(Some(Said { words, styles: styles(db, id)? }))
}

/// What her card says: an open complaint before all else, then a call that is to come.
pub(crate) fn notices(db: &Connection, root: &CustomerId) -> rusqlite::Result<Vec<Notice>> {
    let mut notices: Vec<Notice> = case::notice(db, root)?.into_iter().collect();
    let about: Option<Option<String>> = db
        .prepare_cached(
            "SELECT t.about FROM task t WHERE t.state = 'open' AND t.kind = 'call'
             AND t.customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
             AND EXISTS (SELECT 1 FROM task_cause c WHERE c.task = t.id AND c.stands
                         AND c.rule IN ('big_sale', 'newcomer_call', 'appointment', 'retry'))
             ORDER BY t.due LIMIT 1",
        )?
        .query_row([root], |row| row.get(0))
        .optional()?;
    if let Some(about) = about {
        let thing = about.map(|about| format!("({about})")).unwrap_or_default();
        let text = format!("有回访要做{thing}:喜欢吗?舒服吗?会洗吗?");
        notices.push(Notice { kind: "follow_up".into(), text, offer: None });
    }
    notices.extend(benefit::notices(db, root)?);
    Ok(notices)
}

/// The rules that stand behind a task, the strongest words first.
fn causes(db: &Connection, task: i64) -> rusqlite::Result<Vec<Rule>> {
    let mut select = db.prepare_cached("SELECT rule FROM task_cause WHERE task = ?1 AND stands")?;
    let words = select.query_map([task], |row| row.get::<_, String>(0))?;
    let mut rules: Vec<Rule> = Vec::new();
    for word in words {
        rules.extend(Rule::from_word(&word?));
    }
    rules.sort();
    rules.dedup();
    // One call, one set of questions: the newcomer's are the large sale's.
    if rules.contains(&Rule::BigSale) {
        rules.retain(|rule| *rule != Rule::NewcomerCall);
    }
    Ok(rules)
}

fn styles(db: &Connection, task: i64) -> rusqlite::Result<Vec<String>> {
    let mut select =
        db.prepare_cached("SELECT style FROM task_style WHERE task = ?1 ORDER BY style LIMIT 9")?;
    select.query_map([task], |row| row.get(0))?.collect()
}
