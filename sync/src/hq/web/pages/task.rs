//! One task: whom it is for, what to say, and what came of it.
//!
//! # Invariants
//!
//! - Her number stands here masked; seeing it needs a reason and is in the trail (`reveal`).
//! - What is entered here is folded as a till's word would be, so that both follow the same rules.
//!
//! Not here: what follows an outcome (`hq::desk::outcome`).

use super::{customers, tasks, words};
use crate::care_list::CustomerId;
use crate::event::{Answers, LocalSeconds, LostReason, Outcome, OutcomeKind};
use crate::hq::customer::{self, fact, person};
use crate::hq::desk::{book, down, outcome};
use crate::hq::listing::Masking;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::moment;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::hq::{Hq, audit, table};
use axum::response::{IntoResponse as _, Redirect, Response};
use rusqlite::OptionalExtension as _;

/// Nothing is put off for longer, in days.
const PUT_OFF_MAX: i32 = 60;

/// A task as its page shows it.
struct Task {
    id: i64,
    customer: CustomerId,
    store: Option<String>,
    scope: String,
    kind: String,
    due: i32,
    at: Option<i64>,
    assignee: Option<String>,
    about: Option<String>,
    tries: i64,
    state: String,
    outcome: Option<String>,
    reason: Option<String>,
    closed: Option<(i32, Option<String>)>,
    rules: Vec<String>,
}

impl Task {
    fn is_open(&self) -> bool {
        self.state == "open"
    }

    fn needs_reason(&self) -> bool {
        self.rules.iter().any(|rule| rule == "win_back")
    }
}

/// The task of the path, if it is one of hers.
fn find(hq: &Hq, visit: &Visit) -> Result<Task, Refused> {
    let sql = format!(
        "SELECT t.id, t.customer, s.name, t.scope, t.kind, t.due, t.at, t.assignee, t.about, t.tries,
                t.state, t.outcome, t.reason, t.closed_day, t.closed_by,
                (SELECT group_concat(DISTINCT rule) FROM task_cause WHERE task = t.id AND stands)
         FROM task t LEFT JOIN store s ON s.id = t.store WHERE t.id = ?1 AND {}",
        tasks::hers(visit, None)
    );
    let read = |row: &rusqlite::Row<'_>| {
        let rules: Option<String> = row.get(15)?;
        let closed: Option<i32> = row.get(13)?;
        let closed_by: Option<String> = row.get(14)?;
        Ok(Task {
            id: row.get(0)?,
            customer: row.get(1)?,
            store: row.get(2)?,
            scope: row.get(3)?,
            kind: row.get(4)?,
            due: row.get(5)?,
            at: row.get(6)?,
            assignee: row.get(7)?,
            about: row.get(8)?,
            tries: row.get(9)?,
            state: row.get(10)?,
            outcome: row.get(11)?,
            reason: row.get(12)?,
            closed: closed.map(|day| (day, closed_by)),
            rules: rules.unwrap_or_default().split(',').map(str::to_owned).collect(),
        })
    };
    let found = hq.db.query_row(&sql, [visit.number("task")?], read).optional()?;
    found.ok_or(Refused::Nothing)
}

/// `GET /tasks/{task}`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let task = find(hq, visit)?;
    let root = person::root(&hq.db, &task.customer)?;
    let file = customer::file(&hq.db, &hq.keys, &root)?;
    let name = customers::name(&file).unwrap_or_default();
    let kind = words::of(words::TASK, &task.kind, visit.lang);
    let mut body = Html::default();
    body.h1(&format!("{kind} · {name} {}", Masking::Masked.show(&file)));
    body.raw("<div class=two><section>");
    about(visit, &task, &root, &mut body);
    said_before(hq, visit, &task, &mut body)?;
    body.raw("</section><section>");
    to_say(hq, visit, &task, &mut body)?;
    if task.is_open() {
        enter(visit, &task, &root, &mut body);
    }
    body.raw("</section></div>");
    Ok(visit.page(visit.of("任务", "Task"), "/tasks", body))
}

fn about(visit: &Visit, task: &Task, root: &CustomerId, body: &mut Html) {
    body.raw("<dl>");
    let pair = |body: &mut Html, name: &str, value: &str| {
        if !value.is_empty() {
            body.tag("dt", name).tag("dd", value);
        }
    };
    let late = visit.today - task.due;
    let due = match (task.is_open() && late > 0, visit.lang) {
        (true, Lang::Zh) => format!("{},已逾期 {late} 天", day_text(task.due)),
        (true, Lang::En) => format!("{}, {late} days late", day_text(task.due)),
        (false, _) => day_text(task.due),
    };
    let why: Vec<&str> =
        task.rules.iter().map(|rule| words::of(words::RULE, rule, visit.lang)).collect();
    pair(body, visit.of("状态", "State"), words::of(words::STATE, &task.state, visit.lang));
    pair(body, visit.of("到期", "Due"), &due);
    let at = task.at.map(|at| table::local_time(LocalSeconds(at))).unwrap_or_default();
    pair(body, visit.of("约好的时间", "Agreed time"), &at);
    pair(body, visit.of("为什么", "Why"), &why.join(visit.of("、", ", ")));
    pair(body, visit.of("关于", "About"), task.about.as_deref().unwrap_or_default());
    pair(body, visit.of("门店", "Store"), task.store.as_deref().unwrap_or_default());
    pair(body, visit.of("由谁办", "Whose"), words::of(words::SIDE, &task.scope, visit.lang));
    pair(body, visit.of("负责人", "Who"), task.assignee.as_deref().unwrap_or_default());
    if task.tries > 0 {
        pair(body, visit.of("试过", "Tried"), &task.tries.to_string());
    }
    if let Some(outcome) = &task.outcome {
        pair(body, visit.of("结果", "Outcome"), words::of(words::OUTCOME, outcome, visit.lang));
    }
    if let Some(reason) = &task.reason {
        let reason = words::of(words::REASON, reason, visit.lang);
        pair(body, visit.of("久未来的原因", "Why she stayed away"), reason);
    }
    if let Some((day, by)) = &task.closed {
        let by = by.as_deref().unwrap_or_default();
        pair(body, visit.of("办完", "Done"), format!("{} {by}", day_text(*day)).trim_end());
    }
    body.raw("</dl><p>").link(&format!("/customers/{root}"), visit.of("她的档案 ›", "Her file ›"));
    body.raw("</p>");
}

/// What was said of this task so far, by whomever.
fn said_before(hq: &Hq, visit: &Visit, task: &Task, body: &mut Html) -> Result<(), Refused> {
    let mut select = hq.db.prepare_cached(
        "SELECT outcome, done_by, wall_ms, note FROM outcome WHERE task = ?1 ORDER BY wall_ms",
    )?;
    let mut rows = select.query([task.id])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        if count == 0 {
            body.tag("h2", visit.of("记录", "What was written down")).raw("<ol class=timeline>");
        }
        count += 1;
        let outcome: String = row.get(0)?;
        let by: Option<String> = row.get(1)?;
        let sealed: Option<Vec<u8>> = row.get(3)?;
        let note = match sealed {
            Some(sealed) => fact::open(&hq.db, &hq.keys, &task.customer, &sealed)?,
            None => None,
        };
        body.raw("<li><time>").text(&moment(row.get(2)?)).raw("</time> ");
        body.text(words::of(words::OUTCOME, &outcome, visit.lang)).raw(" ");
        body.raw("<span class=soft>").text(&by.unwrap_or_default()).raw("</span> ");
        body.text(&note.unwrap_or_default()).raw("</li>");
    }
    if count > 0 {
        body.raw("</ol>");
    }
    Ok(())
}

fn to_say(hq: &Hq, visit: &Visit, task: &Task, body: &mut Html) -> Result<(), Refused> {
    let Some(said) = down::words(&hq.db, &hq.keys, task.id)? else { return Ok(()) };
    let [zh, en] = &said.words;
    body.tag("h2", visit.of("可以这样说", "What to say")).raw("<blockquote class=card>");
    for line in visit.of(zh, en).lines() {
        body.raw("<p>").text(line).raw("</p>");
    }
    body.raw("</blockquote>");
    if !said.styles.is_empty() {
        body.raw("<p class=soft>").text(visit.of("款号:", "Styles: "));
        body.text(&said.styles.join(" ")).raw("</p>");
    }
    Ok(())
}

/// What came of it by one click; beside it her number, and another day.
fn enter(visit: &Visit, task: &Task, root: &CustomerId, body: &mut Html) {
    let why = format!("{} {}", visit.of("任务", "task"), task.id);
    body.raw("<div class=card>").form(&format!("/customers/{root}/reveal"), &visit.token);
    body.raw("<input type=hidden name=why value=\"").text(&why).raw("\">");
    body.button(
        visit.of("看她的号码 60 秒(会记下来)", "Show her number for 60 s (it is written down)"),
    );
    body.raw("</form></div>");
    if task.kind == "complaint" {
        let words = visit.of("投诉要按九步办 ›", "A complaint goes through its nine steps ›");
        body.raw("<p>").link("/complaints", words).raw("</p>");
    }
    body.tag("h2", visit.of("结果", "What came of it")).raw("<div class=card>");
    body.form(&format!("/tasks/{}/outcome", task.id), &visit.token);
    if task.kind == "call" && !task.needs_reason() {
        questions(visit, body);
    }
    if task.needs_reason() {
        reasons(visit, body);
    }
    body.field(visit.of("备注", "Note"), "note", "maxlength=300 autocomplete=off", "");
    body.raw("<div class=outcomes>");
    for outcome in fitting(&task.kind) {
        body.raw("<button name=outcome value=").raw(outcome).raw(">");
        body.text(words::of(words::OUTCOME, outcome, visit.lang)).raw("</button>");
    }
    body.raw("</div>");
    if fitting(&task.kind).contains(&"rescheduled") {
        let label =
            visit.of("改约到(点“改约时间”时要填)", "Agreed for (needed with “another time”)");
        body.field(label, "next", "type=datetime-local", "");
    }
    body.raw("</form></div><div class=card>");
    body.form(&format!("/tasks/{}/postpone", task.id), &visit.token);
    let tomorrow = day_text(visit.today.max(task.due) + 1);
    body.field(visit.of("推迟到", "Put off to"), "due", "type=date required", &tomorrow);
    body.button(visit.of("推迟", "Put off")).raw("</form></div>");
}

/// The outcomes that make sense for a kind of task.
fn fitting(kind: &str) -> &'static [&'static str] {
    match kind {
        "message" | "letter" | "card" | "gift" | "invitation" => &["sent", "declined"],
        "complaint" => &["resolved", "no_answer", "rescheduled"],
        "visit" => &["reached", "rescheduled", "declined"],
        _ => &["reached", "no_answer", "rescheduled", "declined"],
    }
}

/// The three questions of a call (S30).
fn questions(visit: &Visit, body: &mut Html) {
    let choices = |yes: (&str, &str), no: (&str, &str)| {
        vec![
            (String::new(), visit.of("没问", "not asked").to_owned()),
            ("yes".to_owned(), visit.of(yes.0, yes.1).to_owned()),
            ("no".to_owned(), visit.of(no.0, no.1).to_owned()),
        ]
    };
    let likes = choices(("喜欢", "yes"), ("不喜欢", "no"));
    body.choice(visit.of("喜欢吗?", "Does she like it?"), "likes", &likes, "");
    let comfortable = choices(("舒服", "yes"), ("不舒服", "no"));
    body.choice(visit.of("舒服吗?", "Is it comfortable?"), "comfortable", &comfortable, "");
    let washing = choices(("会洗", "yes"), ("有疑问", "she has a question"));
    body.choice(visit.of("会洗吗?", "Does she know how to wash it?"), "washing", &washing, "");
}

/// Why she stayed away (S20): the practice's eight.
fn reasons(visit: &Visit, body: &mut Html) {
    let said = |reason: &LostReason| {
        let word = reason.word();
        (word.to_owned(), words::of(words::REASON, word, visit.lang).to_owned())
    };
    let none = (String::new(), visit.of("请选择", "please choose").to_owned());
    let all: Vec<(String, String)> =
        std::iter::once(none).chain(LostReason::ALL.iter().map(said)).collect();
    body.choice(visit.of("为什么久未来", "Why she stayed away"), "reason", &all, "");
}

/// `POST /tasks/{task}/outcome`.
pub(in crate::hq::web) fn outcome(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let task = find(hq, visit)?;
    let word = visit.typed("outcome")?;
    let kind = fitting(&task.kind)
        .contains(&word)
        .then(|| OutcomeKind::from_word(word))
        .ok_or_else(|| Refused::odd("请点一个结果", "choose an outcome"))?;
    if !task.is_open() {
        return Err(Refused::odd("这件任务已经办完了", "this task is done already"));
    }
    let reason = match visit.typed("reason")? {
        "" => None,
        word => Some(LostReason::from_word(word)).filter(|reason| reason.word() == word),
    };
    let closes = !matches!(kind, OutcomeKind::NoAnswer | OutcomeKind::Rescheduled);
    if task.needs_reason() && closes && reason.is_none() {
        return Err(Refused::odd("请选她久未来的原因", "say why she stayed away"));
    }
    let next = next(visit, kind)?;
    let said = Outcome {
        note: Some(visit.typed("note")?.to_owned()).filter(|note| !note.is_empty()),
        answers: Some(answers(visit)?).filter(|answers| *answers != Answers::default()),
        next,
        by: Some(visit.user.name.clone()),
        reason,
        ..Outcome::plain(task.id.unsigned_abs(), kind)
    };
    let tx = hq.db.transaction()?;
    outcome::at_hq(&tx, &hq.keys, visit.now_ms, &said)?;
    let about = format!("{} {word}", task.id);
    audit::note(&tx, visit.now_ms, &visit.user.name, "task", &about, "")?;
    tx.commit()?;
    Ok(Redirect::to(&format!("/tasks/{}", task.id)).into_response())
}

fn answers(visit: &Visit) -> Result<Answers, Refused> {
    let said = |name| {
        visit.typed(name).map(|said| match said {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        })
    };
    Ok(Answers {
        likes: said("likes")?,
        comfortable: said("comfortable")?,
        washing: said("washing")?,
    })
}

/// The time that was agreed (S45): needed where another time was agreed, and not past.
fn next(visit: &Visit, kind: OutcomeKind) -> Result<Option<LocalSeconds>, Refused> {
    if kind != OutcomeKind::Rescheduled {
        return Ok(None);
    }
    let typed = visit.needed("next", "请填约好的时间", "say which time was agreed")?;
    let odd = || Refused::odd("时间不对", "that is no time to come");
    let time = chrono::NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M").map_err(|_| odd())?;
    let at = LocalSeconds(time.and_utc().timestamp());
    let days = visit.today..=visit.today + PUT_OFF_MAX;
    if days.contains(&at.day()) { Ok(Some(at)) } else { Err(odd()) }
}

/// `POST /tasks/{task}/postpone`.
pub(in crate::hq::web) fn postpone(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let task = find(hq, visit)?;
    let due = visit.typed_day("due")?;
    let due = due.filter(|due| (visit.today..=visit.today + PUT_OFF_MAX).contains(due));
    let due = due.ok_or_else(|| {
        Refused::odd("请选今天起 60 天内的一天", "choose a day within 60 days from today")
    })?;
    let tx = hq.db.transaction()?;
    if !book::postpone(&tx, task.id, due)? {
        return Err(Refused::odd("这件任务已经办完了", "this task is done already"));
    }
    let about = format!("{} {}", task.id, day_text(due));
    audit::note(&tx, visit.now_ms, &visit.user.name, "task", &about, "")?;
    tx.commit()?;
    Ok(Redirect::to(&format!("/tasks/{}", task.id)).into_response())
}
