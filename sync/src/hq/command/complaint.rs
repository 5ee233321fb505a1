//! Complaints at the console: open, lead through the nine steps, close, list, and what they show.
//!
//! Not here: what a step needs (`hq::desk::complaint`).

use super::desk::{day, number, text};
use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::hq::desk::complaint::case::{self, CaseRow};
use crate::hq::desk::complaint::loyalty::{self, Share, Silent, Speed};
use crate::hq::desk::complaint::{Said, Step, trend};
use crate::hq::desk::feedback::Scope;
use crate::hq::desk::rules::Rules;
use crate::hq::table::Cell;
use crate::hq::{Hq, clock, customer, enrol};
use crate::phone::Phone;
use clap::{Args, Subcommand};
use std::io::{BufRead as _, Write};

#[derive(Debug, Subcommand)]
pub(super) enum ComplaintCommand {
    /// Open a case; her number, if she is known, is read from standard input
    Open {
        #[command(flatten)]
        dir: Dir,
        /// Where it happened
        #[arg(long)]
        store: String,
        /// Who leads it
        #[arg(long, value_enum, default_value = "store")]
        scope: Scope,
        /// The style number that it is about
        #[arg(long)]
        style: Option<String>,
    },
    /// Take the next step; what was said is read from standard input
    Step {
        #[command(flatten)]
        dir: Dir,
        /// The case's number
        id: i64,
        /// The step
        #[arg(value_enum)]
        step: Step,
        #[command(flatten)]
        said: SaidArgs,
    },
    /// Grant or refuse what she asks for; what it is is read from standard input
    Request {
        #[command(flatten)]
        dir: Dir,
        /// The case's number
        id: i64,
        /// It is granted
        #[arg(long)]
        granted: bool,
        /// Why, or why not
        #[arg(long)]
        reason: String,
        /// Who decided
        #[arg(long)]
        approver: String,
    },
    /// Send a case on to the side that can solve it
    Route {
        #[command(flatten)]
        dir: Dir,
        /// The case's number
        id: i64,
        /// Who leads it from now on
        #[arg(value_enum)]
        scope: Scope,
    },
    /// Close a case whose result was told; the call afterwards is planned
    Close {
        #[command(flatten)]
        dir: Dir,
        /// The case's number
        id: i64,
    },
    /// List the cases, the open ones first
    List {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List the stores: how many cases, how old, how soon answered, more or fewer than before
    Stores {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// Show whether solving and quick answers keep customers, and how quick we are
    Loyalty {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
pub(super) struct SaidArgs {
    /// Who did it
    #[arg(long)]
    by: String,
    /// The cause; or why there is no gift
    #[arg(long)]
    reason: Option<String>,
    /// What she says was checked and is true
    #[arg(long)]
    verified: Option<bool>,
    /// Who sees to it
    #[arg(long)]
    owner: Option<String>,
    /// By which day, as 2026-01-31
    #[arg(long, value_parser = day)]
    by_day: Option<i32>,
    /// She is content
    #[arg(long)]
    satisfied: Option<bool>,
    /// The last offer, if she is not
    #[arg(long)]
    offer: Option<String>,
    /// She was thanked
    #[arg(long)]
    thanked: bool,
}

/// So much of standard input is read.
const TEXT_MAX: u64 = 16_384;

pub(super) fn run(command: ComplaintCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        ComplaintCommand::Open { dir, store, scope, style } => {
            let mut hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            let typed = typed()?;
            let customer = match typed.trim() {
                "" => None,
                number => customer::of_phone(&hq.db, &hq.keys, &Phone::parse(number)?)?,
            };
            let id = case::open(&mut hq, customer, Some(store), scope, clock::now_ms())?;
            if let Some(style) = style {
                case::about(&hq.db, id, &style)?;
            }
            Ok(writeln!(out, "{id}")?)
        }
        ComplaintCommand::Step { dir, id, step, said } => {
            let mut hq = open(&dir)?;
            Ok(case::step(&mut hq, id, step, &said.said(typed()?), clock::now_ms())?)
        }
        ComplaintCommand::Request { dir, id, granted, reason, approver } => {
            let hq = open(&dir)?;
            Ok(case::request(&hq, id, typed()?.trim(), granted, &reason, &approver)?)
        }
        ComplaintCommand::Route { dir, id, scope } => {
            Ok(case::route(&mut open(&dir)?, id, scope, clock::now_ms())?)
        }
        ComplaintCommand::Close { dir, id } => {
            Ok(case::close(&mut open(&dir)?, id, clock::now_ms())?)
        }
        ComplaintCommand::List { dir, form } => list(&open(&dir)?, &form, out),
        ComplaintCommand::Stores { dir, form } => stores(&open(&dir)?, &form, out),
        ComplaintCommand::Loyalty { dir, form } => show_loyalty(&open(&dir)?, &form, out),
    }
}

/// What stands on standard input; wiped when dropped.
fn typed() -> Result<zeroize::Zeroizing<String>, CommandError> {
    let mut text = zeroize::Zeroizing::new(String::new());
    let mut input = std::io::Read::take(std::io::stdin().lock(), TEXT_MAX);
    while input.read_line(&mut text)? > 0 {}
    Ok(text)
}

impl SaidArgs {
    fn said(self, typed: zeroize::Zeroizing<String>) -> Said {
        let text = Some(typed.trim().to_owned()).filter(|text| !text.is_empty());
        let Self { by, reason, verified, owner, by_day, satisfied, offer, thanked } = self;
        Said { text, by, reason, verified, owner, by_day, satisfied, offer, thanked }
    }
}

fn list(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let cases = case::list(&hq.db, clock::now_ms())?;
    let rows = || cases.iter().map(cells).collect();
    let header = [
        "case",
        "store",
        "scope",
        "state",
        "next",
        "reply_minutes",
        "age_hours",
        "satisfied",
        "stock_apology",
        "misrouted",
    ];
    Ok(show(form, &header, rows, &cases, out)?)
}

fn cells(case: &CaseRow) -> Vec<Cell> {
    let yes = |yes: Option<bool>| match yes {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    vec![
        number(case.id),
        Cell::text(case.store.as_deref()),
        text(&case.scope),
        text(&case.state),
        Cell::text(case.next.map(Step::word)),
        Cell::Number(case.reply_minutes.map(|minutes| minutes.to_string()).unwrap_or_default()),
        number(case.age_hours),
        text(yes(case.satisfied)),
        text(if case.stock_apology { "yes" } else { "" }),
        number(case.misrouted),
    ]
}

fn stores(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let trends = trend::by_store(&hq.db, &Rules::of(&hq.db)?, clock::now_ms())?;
    let rows = || {
        let row = |of: &trend::Trend| {
            vec![
                Cell::text(of.store.as_deref()),
                number(of.open),
                number(of.oldest_hours),
                number(of.lately),
                number(of.before),
                number(of.reply.median),
                number(of.reply.ninety),
                number(of.silent_estimate),
            ]
        };
        trends.iter().map(row).collect()
    };
    let header = [
        "store",
        "open",
        "oldest_hours",
        "last_30_days",
        "30_days_before",
        "reply_median_min",
        "reply_90_min",
        "silent_estimate",
    ];
    Ok(show(form, &header, rows, &trends, out)?)
}

fn show_loyalty(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let today = clock::today();
    let silent = Silent::of_all(&hq.db, today)?;
    let mut shares = loyalty::by_ending(&hq.db, today, &silent)?;
    shares.extend(loyalty::by_reply(&hq.db, today)?);
    let rows = || {
        let row = |share: &Share| {
            let [of, low, high] = share.permille.map(|of| format!("{}.{}%", of / 10, of % 10));
            let few = if share.too_few { "too few" } else { "" };
            let counts = [number(share.of), number(share.came_back)];
            let start = [text(&share.group)].into_iter().chain(counts);
            start.chain([of, low, high].map(Cell::Number)).chain([text(few)]).collect()
        };
        shares.iter().map(row).collect()
    };
    let header = ["group", "of", "came_back", "share", "low", "high", "sample"];
    show(form, &header, rows, &shares, out)?;
    if !form.json && !form.csv {
        let cases = case::list(&hq.db, clock::now_ms())?;
        let reply = Speed::of(cases.iter().filter_map(|case| case.reply_minutes).collect());
        let closed = cases.iter().filter(|case| case.state == "closed");
        let close = Speed::of(closed.map(|case| case.age_hours * 60).collect());
        for (what, speed) in [("first answered", reply), ("closed", close)] {
            let Speed { of, median, ninety } = speed;
            writeln!(out, "{of} {what}: half within {median} min, 90 % within {ninety} min")?;
        }
    }
    Ok(())
}
