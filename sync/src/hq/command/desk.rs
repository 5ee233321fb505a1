//! The desk at the console: tasks, a dry run, standards, questions, answers by style.
//!
//! Not here: what they mean (`hq::desk`).

use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::calendar::Date;
use crate::hq::desk::after_sale::{AfterSale, after_sale};
use crate::hq::desk::feedback::{self, Asked, Kind, Scope};
use crate::hq::desk::opinion::{self, By, Opinion};
use crate::hq::desk::practice::{self, Practice};
use crate::hq::desk::rules::Rules;
use crate::hq::desk::{book, rehearse, standing, year};
use crate::hq::table::Cell;
use crate::hq::{Hq, clock, enrol, store};
use clap::Subcommand;
use std::io::{Read as _, Write};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum DeskCommand {
    /// Plan what is due and list the open tasks; or count what the rules would have asked for
    FollowUps {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// Write nothing; live through the days from `--from` to `--to` and count, per rule and store
        #[arg(long, requires = "from", requires = "to")]
        dry_run: bool,
        /// The first day, as 2026-01-31
        #[arg(long, value_parser = day)]
        from: Option<i32>,
        /// The last day
        #[arg(long, value_parser = day)]
        to: Option<i32>,
    },
    /// Show the desk's rules, or lay a file of your own over the shipped ones
    DeskRules {
        #[command(flatten)]
        dir: Dir,
        /// The file; it needs to name only what differs
        file: Option<PathBuf>,
    },
    /// Say which region a store is in
    Region {
        #[command(flatten)]
        dir: Dir,
        /// The store; made if it is new
        #[arg(long)]
        store: String,
        /// The region's name
        name: String,
    },
    /// List every standard that is broken, and how many members nobody has touched
    Standards {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List who did how much in which month; only what has an outcome counts
    Contacts {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List what customers said of each style, when they were called or complained
    StyleAnswers {
        #[command(flatten)]
        dir: Dir,
        /// Count by kind of goods instead
        #[arg(long)]
        by_category: bool,
        #[command(flatten)]
        form: Form,
    },
    /// List the practice rule by rule: what it asks for, whether it is done, where and by which test
    Rules {
        #[command(flatten)]
        form: Form,
    },
    /// Questions, suggestions and wishes, each with the side that answers it
    #[command(subcommand)]
    Feedback(FeedbackCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum FeedbackCommand {
    /// Take one; its text is read from standard input
    Open {
        #[command(flatten)]
        dir: Dir,
        /// Where it was said
        #[arg(long)]
        store: String,
        /// What it is
        #[arg(long, value_enum, default_value = "question")]
        kind: Kind,
        /// Who answers
        #[arg(long, value_enum, default_value = "store")]
        scope: Scope,
    },
    /// Send one on to the side that can answer it
    Route {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
        /// Who answers
        #[arg(value_enum)]
        scope: Scope,
    },
    /// It was answered
    Close {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
    },
    /// List them, the open ones first
    List {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
}

/// `2026-01-31` as a day.
pub(super) fn day(text: &str) -> Result<i32, String> {
    let mut parts = text.splitn(3, '-');
    let mut part = || parts.next().and_then(|part| part.parse::<i32>().ok());
    let date = (|| {
        let (year, month, day) = (part()?, part()?, part()?);
        Date { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? }.day()
    })();
    date.ok_or_else(|| "write the day as 2026-01-31".to_owned())
}

/// A day as `2026-01-31`.
pub(super) fn written(day: i32) -> String {
    let Date { year, month, day } = Date::of(day);
    format!("{year:04}-{month:02}-{day:02}")
}

pub(super) fn run(command: DeskCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        DeskCommand::FollowUps { dir, form, dry_run: true, from: Some(from), to: Some(to) } => {
            dry_run(&open(&dir)?, &form, from, to, out)
        }
        DeskCommand::FollowUps { dir, form, .. } => follow_ups(&mut open(&dir)?, &form, out),
        DeskCommand::DeskRules { dir, file } => desk_rules(&open(&dir)?, file, out),
        DeskCommand::Region { dir, store, name } => {
            let hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            Ok(book::set_region(&hq.db, &store, &name)?)
        }
        DeskCommand::Standards { dir, form } => standards(&open(&dir)?, &form, out),
        DeskCommand::Contacts { dir, form } => contacts(&open(&dir)?, &form, out),
        DeskCommand::StyleAnswers { dir, by_category, form } => {
            let by = if by_category { By::Category } else { By::Style };
            styles(&open(&dir)?, by, &form, out)
        }
        DeskCommand::Rules { form } => practices(&form, out),
        DeskCommand::Feedback(command) => feedback(command, out),
    }
}

pub(super) fn text(text: &str) -> Cell {
    Cell::text(Some(text))
}

pub(super) fn number(number: impl ToString) -> Cell {
    Cell::Number(number.to_string())
}

fn dry_run(
    hq: &Hq,
    form: &Form,
    from: i32,
    to: i32,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let rules = Rules::of(&hq.db)?;
    let counts = rehearse::rehearse(&hq.db, &hq.keys, &rules, from, to)?;
    let rows = || {
        let row = |count: &rehearse::Count| {
            let store = Cell::text(count.store.as_deref());
            let numbers = [count.fired, count.joined, count.withdrawn, count.held];
            [store, text(count.rule.word())].into_iter().chain(numbers.map(number)).collect()
        };
        counts.iter().map(row).collect()
    };
    let header = ["store", "rule", "fired", "joined", "withdrawn", "held"];
    Ok(show(form, &header, rows, &counts, out)?)
}

fn follow_ups(hq: &mut Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let today = clock::today();
    while book::step(hq, today)? {}
    let rules = Rules::of(&hq.db)?;
    year::close(hq, &rules, today)?;
    let tasks = standing::open_tasks(&hq.db, today)?;
    let rows = || {
        let row = |task: &standing::TaskRow| {
            vec![
                number(task.id),
                Cell::text(task.store.as_deref()),
                text(&task.scope),
                text(&task.kind),
                text(&task.rules),
                text(&written(task.due)),
                number(task.late_days),
                Cell::text(task.assignee.as_deref()),
                Cell::text(task.customer.get(..8)),
            ]
        };
        tasks.iter().map(row).collect()
    };
    let header =
        ["task", "store", "scope", "kind", "rules", "due", "late_days", "assignee", "customer"];
    Ok(show(form, &header, rows, &tasks, out)?)
}

fn desk_rules(hq: &Hq, file: Option<PathBuf>, out: &mut impl Write) -> Result<(), CommandError> {
    if let Some(file) = file {
        Rules::set(&hq.db, &std::fs::read_to_string(file)?)?;
        // Whoever waits for a plan gets it by the new rules.
        hq.db.execute_batch(
            "INSERT INTO desk_dirty SELECT id FROM customer
             WHERE root IS NULL AND identity IS NOT NULL ON CONFLICT DO NOTHING",
        )?;
        return Ok(());
    }
    Ok(out.write_all(Rules::text(&hq.db)?.as_bytes())?)
}

fn standards(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let (rules, today) = (Rules::of(&hq.db)?, clock::today());
    let breaches = standing::breaches(&hq.db, &rules, today, clock::now_ms())?;
    let rows = || {
        let row = |breach: &standing::Breach| {
            let store = Cell::text(breach.store.as_deref());
            vec![text(breach.standard), store, number(breach.of), number(breach.late_hours)]
        };
        breaches.iter().map(row).collect()
    };
    show(form, &["standard", "store", "of", "late_hours"], rows, &breaches, out)?;
    if !form.json && !form.csv {
        let own = store::own(&hq.db)?;
        let seen = standing::coverage(&hq.db, &hq.keys, &own, &rules, today)?;
        let standing::Coverage { members, untouched, days } = seen;
        writeln!(out, "{untouched} of {members} members were not touched within {days} days")?;
        let AfterSale { sales, touched, planned, may_not, no_rule, neither } =
            after_sale(&hq.db, &hq.keys, &rules, today - days, today)?;
        writeln!(
            out,
            "{sales} sales of known customers: {touched} touched, {planned} planned, {may_not} who may not be called, {no_rule} for which no rule asks, {neither} with nothing"
        )?;
    }
    Ok(())
}

fn contacts(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let done = standing::done(&hq.db)?;
    let rows = || {
        let row = |done: &standing::Done| {
            let store = Cell::text(done.store.as_deref());
            let words = [&done.staff, &done.kind, &done.outcome].map(|word| text(word));
            let start = [text(&done.month), store].into_iter().chain(words);
            start.chain([number(done.count)]).collect()
        };
        done.iter().map(row).collect()
    };
    Ok(show(form, &["month", "store", "staff", "kind", "outcome", "count"], rows, &done, out)?)
}

fn styles(hq: &Hq, by: By, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let styles = opinion::opinions(&hq.db, &hq.keys, by)?;
    let rows = || {
        let row = |style: &Opinion| {
            let counts = [
                style.answers,
                style.likes,
                style.dislikes,
                style.uncomfortable,
                style.washing_questions,
                style.complaints,
            ];
            let start = [&style.style, &style.item, &style.category];
            let start = start.map(|words| Cell::text(words.as_deref())).into_iter();
            start.chain(counts.map(number)).chain([text(&style.words.join("; "))]).collect()
        };
        styles.iter().map(row).collect()
    };
    let header = [
        "style",
        "item",
        "category",
        "answers",
        "likes",
        "dislikes",
        "uncomfortable",
        "washing_questions",
        "complaints",
        "words",
    ];
    Ok(show(form, &header, rows, &styles, out)?)
}

fn practices(form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let all = practice::all();
    let rows = || {
        let row = |of: &Practice| {
            let proof = [of.place, of.test.and_then(|test| test.split("::").last())];
            let start = [of.id, of.fit, of.state(), of.what].map(text).into_iter();
            start.chain(proof.map(Cell::text)).collect()
        };
        all.iter().map(row).collect()
    };
    show(form, &["id", "fit", "state", "what", "where", "test"], rows, &all, out)?;
    if !form.json && !form.csv {
        let done = all.iter().filter(|of| of.state() == "done").count();
        let open = all.iter().filter(|of| of.state() == "open").count();
        writeln!(out, "{done} done, {open} open, {} outside", all.len() - done - open)?;
    }
    Ok(())
}

fn feedback(command: FeedbackCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let found = |found: bool, id| if found { Ok(()) } else { Err(CommandError::NoItem(id)) };
    match command {
        FeedbackCommand::Open { dir, store, kind, scope } => {
            let hq = open(&dir)?;
            let store = Some(enrol::store_named(&hq.db, &store)?);
            let mut said = String::new();
            std::io::stdin().take(4_096).read_to_string(&mut said)?;
            let asked = Asked { customer: None, store, task: None, kind, scope };
            let said = Some(said.trim()).filter(|said| !said.is_empty());
            let id = feedback::open(&hq.db, &hq.keys, &asked, said, clock::now_ms())?;
            Ok(writeln!(out, "{id}")?)
        }
        FeedbackCommand::Route { dir, id, scope } => {
            found(feedback::route(&open(&dir)?.db, id, scope)?, id)
        }
        FeedbackCommand::Close { dir, id } => {
            found(feedback::answer(&open(&dir)?.db, id, clock::now_ms())?, id)
        }
        FeedbackCommand::List { dir, form } => {
            let rows = feedback::list(&open(&dir)?.db)?;
            let cells = || rows.iter().map(feedback_cells).collect();
            let header = ["id", "store", "kind", "scope", "misrouted", "answered"];
            Ok(show(&form, &header, cells, &rows, out)?)
        }
    }
}

fn feedback_cells(row: &feedback::Row) -> Vec<Cell> {
    let answered = if row.answered_ms.is_some() { "yes" } else { "" };
    vec![
        number(row.id),
        Cell::text(row.store.as_deref()),
        text(&row.kind),
        text(&row.scope),
        number(row.misrouted),
        text(answered),
    ]
}
