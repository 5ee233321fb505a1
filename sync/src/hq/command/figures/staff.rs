//! Staff at the console: facts by name, who leaves, and the file contests.
//!
//! Not here: counting (`hq::figures`).

use super::super::desk::{day, number, text, written};
use super::super::show::show;
use super::super::{CommandError, Dir, Form, open};
use super::FiguresFailed;
use crate::hq::figures::contest::{self, Drawn, Entrant, Quarter};
use crate::hq::figures::measure::measured;
use crate::hq::figures::rules::FigureRules;
use crate::hq::figures::{handover, preference, staff};
use crate::hq::table::Cell;
use crate::hq::{Hq, clock};
use clap::{Args, Subcommand};
use std::io::Write;

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// List new customers by day, store and who served them first
    New(Span),
    /// List numbers given, declined and not asked for, by name
    Asked(Span),
    /// List each store's staff who went beside its customers who stayed
    Turnover {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List what customers answered on each one's calls in a month
    Satisfaction(OfMonth),
    /// List a month's complaints without names, for the staff meeting
    Digest(OfMonth),
    /// List who works where
    Active {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// Hand an associate's customers to others of the same store, because he or she leaves
    Leave {
        #[command(flatten)]
        dir: Dir,
        /// The store
        #[arg(long)]
        store: String,
        /// As receipts name him or her
        staff: String,
        /// Who says so
        #[arg(long, default_value = "hq")]
        by: String,
        /// It was a mistake, or he or she is back
        #[arg(long)]
        undo: bool,
    },
    /// The quarter's contests: new files, how complete, how many of the checked ones valid
    Contest {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// Such as 2026Q3
        #[arg(value_parser = quarter)]
        quarter: Quarter,
    },
    /// Draw files to be checked: the same seed draws the same
    Draw {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// Such as 2026Q3
        #[arg(value_parser = quarter)]
        quarter: Quarter,
        /// Any words; whoever is to repeat the draw needs them
        #[arg(long)]
        seed: String,
        /// So many of each one's files
        #[arg(long, default_value_t = 10)]
        size: usize,
    },
    /// Note what a check of a drawn file found
    Checked {
        #[command(flatten)]
        dir: Dir,
        /// Such as 2026Q3
        #[arg(value_parser = quarter)]
        quarter: Quarter,
        /// The 32 digits that `draw --json` shows
        customer: String,
        /// What is in it is not true
        #[arg(long)]
        invalid: bool,
        /// Who checked
        #[arg(long)]
        by: String,
    },
}

/// Days from and to.
#[derive(Debug, Args)]
pub(crate) struct Span {
    #[command(flatten)]
    dir: Dir,
    #[command(flatten)]
    form: Form,
    /// The first day, as 2026-01-31; 30 days back unless given
    #[arg(long, value_parser = day)]
    from: Option<i32>,
    /// The last day; today unless given
    #[arg(long, value_parser = day)]
    to: Option<i32>,
}

/// A calendar month.
#[derive(Debug, Args)]
pub(crate) struct OfMonth {
    #[command(flatten)]
    dir: Dir,
    #[command(flatten)]
    form: Form,
    /// Such as 2026-11
    #[arg(value_parser = month)]
    month: (i32, u8),
}

fn quarter(text: &str) -> Result<Quarter, &'static str> {
    Quarter::parse(text).ok_or("write it as 2026Q3")
}

fn month(text: &str) -> Result<(i32, u8), &'static str> {
    let read = || {
        let (year, month) = text.split_once('-')?;
        let month: u8 = month.parse().ok()?;
        Some((year.parse().ok()?, month)).filter(|_| (1..=12).contains(&month))
    };
    read().ok_or("write it as 2026-11")
}

pub(super) fn run(command: StaffCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        StaffCommand::New(span) => new(span, out),
        StaffCommand::Asked(span) => asked(span, out),
        StaffCommand::Turnover { dir, form } => turnover(&open(&dir)?, &form, out),
        StaffCommand::Satisfaction(of) => satisfaction(of, out),
        StaffCommand::Digest(of) => digest(of, out),
        StaffCommand::Active { dir, form } => {
            let all = staff::active(&open(&dir)?.db, clock::today())?;
            let row = |(store, staff, last): &(String, String, i32)| {
                vec![text(store), text(staff), text(&written(*last))]
            };
            let rows = || all.iter().map(row).collect();
            Ok(show(&form, &["store", "staff", "last_day"], rows, &all, out)?)
        }
        StaffCommand::Leave { dir, store, staff, by, undo } => {
            let (mut hq, today) = (open(&dir)?, clock::today());
            let done = match undo {
                true => handover::undo(&mut hq, &store, &staff, today),
                false => handover::leave(&mut hq, &store, &staff, &by, today),
            };
            let handover::Handed { customers, tasks } = done.map_err(FiguresFailed::from)?;
            Ok(writeln!(out, "{customers} customers and {tasks} tasks handed over")?)
        }
        StaffCommand::Contest { dir, form, quarter } => contest(&open(&dir)?, &form, quarter, out),
        StaffCommand::Draw { dir, form, quarter, seed, size } => {
            let drawn = contest::draw(&open(&dir)?.db, quarter, &seed, size)?;
            let rows = || drawn.iter().map(drawn_cells).collect();
            Ok(show(&form, &["store", "staff", "customer", "found"], rows, &drawn, out)?)
        }
        StaffCommand::Checked { dir, quarter, customer, invalid, by } => {
            let hq = open(&dir)?;
            let her = preference::by_pseudonym(&hq.db, &customer)?;
            let her = her.ok_or(CommandError::NoMember)?;
            Ok(contest::check(&hq.db, &her, quarter, !invalid, &by, clock::now_ms())?)
        }
    }
}

impl Span {
    fn days(&self) -> (i32, i32) {
        let to = self.to.unwrap_or_else(clock::today);
        (self.from.unwrap_or(to - 29), to)
    }
}

fn new(span: Span, out: &mut impl Write) -> Result<(), CommandError> {
    let (from, to) = span.days();
    let all = staff::new_customers(&open(&span.dir)?.db, from, to)?;
    let row = |of: &staff::NewCustomers| {
        let who = Cell::text(of.staff.as_deref());
        vec![text(&written(of.day)), text(&of.store), who, number(of.files)]
    };
    let rows = || all.iter().map(row).collect();
    Ok(show(&span.form, &["day", "store", "staff", "new"], rows, &all, out)?)
}

fn asked(span: Span, out: &mut impl Write) -> Result<(), CommandError> {
    let (from, to) = span.days();
    let all = staff::asked(&open(&span.dir)?.db, from, to)?;
    let row = |of: &staff::Asked| {
        let counts = [of.sales, of.given, of.refused, of.not_asked].map(number);
        [text(&of.store), text(&of.staff)].into_iter().chain(counts).collect()
    };
    let rows = || all.iter().map(row).collect();
    let header = ["store", "staff", "sales", "given", "refused", "not_asked"];
    Ok(show(&span.form, &header, rows, &all, out)?)
}

fn turnover(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let measured = measured(&hq.db)?.unwrap_or_default();
    let all = staff::turnover(&hq.db, &measured, clock::today())?;
    let row = |of: &staff::Turnover| {
        let counts = [of.staff_before, of.staff_gone, of.customers_before, of.customers_stayed];
        [text(&of.store)].into_iter().chain(counts.map(number)).collect()
    };
    let rows = || all.iter().map(row).collect();
    let header = ["store", "staff", "staff_gone", "customers", "customers_stayed"];
    Ok(show(form, &header, rows, &all, out)?)
}

fn satisfaction(of: OfMonth, out: &mut impl Write) -> Result<(), CommandError> {
    let (year, month) = of.month;
    let all = staff::satisfaction(&open(&of.dir)?.db, year, month)?;
    let row = |of: &staff::Satisfaction| {
        let start = [Cell::text(of.store.as_deref()), text(&of.staff)];
        start.into_iter().chain([of.answered, of.good, of.of].map(number)).collect()
    };
    let rows = || all.iter().map(row).collect();
    Ok(show(&of.form, &["store", "staff", "calls", "good", "answers"], rows, &all, out)?)
}

fn digest(of: OfMonth, out: &mut impl Write) -> Result<(), CommandError> {
    let (year, month) = of.month;
    let all = staff::digest(&open(&of.dir)?.db, year, month)?;
    let yes = |is: bool| text(if is { "yes" } else { "no" });
    let or_none = |of: Option<i64>| of.map_or_else(|| Cell::text(None), number);
    let row = |case: &staff::Case| {
        vec![
            Cell::text(case.store.as_deref()),
            Cell::text(case.cause.as_deref()),
            or_none(case.reply_minutes),
            or_none(case.hours),
            case.satisfied.map_or_else(|| Cell::text(None), yes),
            yes(case.reopened),
            number(case.granted),
            number(case.refused),
        ]
    };
    let rows = || all.iter().map(row).collect();
    let header =
        ["store", "cause", "reply_minutes", "hours", "content", "reopened", "granted", "refused"];
    Ok(show(&of.form, &header, rows, &all, out)?)
}

fn contest(
    hq: &Hq,
    form: &Form,
    quarter: Quarter,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let rules = FigureRules::of(&hq.db).map_err(FiguresFailed::from)?;
    let all = contest::entrants(&hq.db, &rules, quarter)?;
    let rank = |of: Option<u32>| of.map_or_else(|| Cell::text(None), number);
    let row = |of: &Entrant| {
        let counts = [of.files, of.invalid, of.complete_percent, of.checked, of.found_valid];
        let ranks = [Some(of.rank_files), of.rank_complete, of.rank_valid].map(rank);
        let start = [text(&of.store), text(&of.staff)].into_iter();
        start.chain(counts.map(number)).chain(ranks).collect()
    };
    let rows = || all.iter().map(row).collect();
    let header =
        ["store", "staff", "files", "invalid", "complete", "checked", "valid", "1st", "2nd", "3rd"];
    Ok(show(form, &header, rows, &all, out)?)
}

fn drawn_cells(of: &Drawn) -> Vec<Cell> {
    let found = match of.valid {
        Some(true) => "valid",
        Some(false) => "invalid",
        None => "",
    };
    let short = of.customer.get(..8).unwrap_or_default();
    vec![text(&of.store), text(&of.staff), text(short), text(found)]
}
