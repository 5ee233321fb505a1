//! Figures at the console: numbers with their definitions, classes, timelines, dates of a member's life.
//!
//! Not here: counting (`hq::figures`), staff and contests (`staff`), surveys (`survey`).

mod staff;
mod survey;

use super::desk::{number, text, written};
use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::hq::customer::{self, person};
use crate::hq::figures::class::Class;
use crate::hq::figures::classed::{Classed, classed};
use crate::hq::figures::handover::HandoverError;
use crate::hq::figures::life::{self, Kind, LifeError, NewDate};
use crate::hq::figures::measure::measured;
use crate::hq::figures::numbers::{Number, alerts, cost_of_churn, numbers};
use crate::hq::figures::preference::{self, Tag};
use crate::hq::figures::rules::{FigureRules, FigureRulesError};
use crate::hq::figures::survey::SurveyError;
use crate::hq::figures::{measured::Potential, night, timeline};
use crate::hq::model::churn_cost::{ChurnCost, TooLarge};
use crate::hq::table::{self, Cell};
use crate::hq::{Hq, clock, store, summary};
use crate::language::Language;
use crate::money::Minor;
use crate::phone::Phone;
use clap::{Args, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum FiguresCommand {
    /// Show the numbers of keeping customers, each with how it was counted
    Numbers {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        lang: Lang,
        /// Do tonight's counting first
        #[arg(long)]
        run: bool,
        /// List customers with potential instead
        #[arg(long)]
        potential: bool,
    },
    /// List who is in a class, who spent most first
    Class {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// `gold`, `potential`, `new`, `regular`, `at_risk`, `lost` or `prospect`
        #[arg(value_parser = class)]
        class: Class,
        /// So many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Show the figures' rules, or lay a file of your own over the shipped ones
    FigureRules {
        #[command(flatten)]
        dir: Dir,
        /// The file; it needs to name only what differs
        file: Option<PathBuf>,
    },
    /// Calculate what losing customers costs, every sum shown
    ChurnCost(Cost),
    /// Show what happened with a member; her number is read from standard input
    Timeline {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        lang: Lang,
    },
    /// Keep a day of a member's life, or forget it; her number is read from standard input
    Life(LifeDate),
    /// Say what a feedback is about: value, system or people
    FeedbackTag {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
        /// What it is about
        #[arg(value_enum)]
        tag: Tag,
    },
    /// List how much of what is written in files has grown old, by field
    Stale {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// Staff: new customers, how numbers were asked for, who leaves, contests
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Surveys: staff fill them in before customers do
    #[command(subcommand)]
    Survey(survey::SurveyCommand),
}

/// The language of words.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Lang {
    /// `zh` or `en`
    #[arg(long, default_value = "zh", value_parser = language)]
    lang: Language,
}

fn language(word: &str) -> Result<Language, &'static str> {
    match word {
        "zh" => Ok(Language::Zh),
        "en" => Ok(Language::En),
        _ => Err("write zh or en"),
    }
}

/// What losing customers costs.
#[derive(Debug, Args)]
pub(super) struct Cost {
    /// Customers lost
    #[arg(long)]
    lost: u32,
    /// Orders of each a month
    #[arg(long)]
    orders: u32,
    /// An order's amount, minor units: 15000 is 150.00
    #[arg(long)]
    order: i64,
    /// Earned of it, percent
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=100))]
    margin: u32,
    /// Exchange rate into the own currency, in ten-thousandths: 63000 is 6.3
    #[arg(long, default_value_t = 10_000)]
    rate_e4: u32,
    /// Decimals of the currency
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=4))]
    decimals: u8,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    lang: Lang,
}

/// A day of her life.
#[derive(Debug, Args)]
pub(super) struct LifeDate {
    #[command(flatten)]
    dir: Dir,
    /// What it is
    #[arg(value_enum)]
    kind: Kind,
    /// `11-22`, or `lunar 08-15`; without it the day is forgotten
    #[arg(requires = "consent")]
    date: Option<String>,
    /// The version of the text that she agreed to
    #[arg(long)]
    consent: Option<String>,
    /// Who wrote it down
    #[arg(long, default_value = "hq")]
    by: String,
}

/// Why a command of figures failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FiguresFailed {
    /// Rules.
    #[error(transparent)]
    Rules(#[from] FigureRulesError),
    /// A sum is beyond what money can be.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A date that is not kept.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Somebody who cannot leave.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// A survey that cannot go out.
    #[error(transparent)]
    Survey(#[from] SurveyError),
}

fn class(word: &str) -> Result<Class, String> {
    Class::from_word(word).ok_or_else(|| "no such class".to_owned())
}

pub(super) fn run(command: FiguresCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        FiguresCommand::Numbers { dir, form, lang, run, potential } => {
            let mut hq = open(&dir)?;
            if run {
                count(&mut hq)?;
            }
            match potential {
                true => show_potential(&hq, &form, out),
                false => show_numbers(&hq, &form, lang.lang, out),
            }
        }
        FiguresCommand::Class { dir, form, class, limit } => {
            let hq = open(&dir)?;
            let exponent = store::own(&hq.db)?.currency_exponent;
            let all = classed(&hq.db, class, limit)?;
            let rows = || all.iter().map(|one| class_cells(one, exponent)).collect();
            let header =
                ["customer", "store", "staff", "since", "rfm", "visits", "net", "last", "signs"];
            Ok(show(&form, &header, rows, &all, out)?)
        }
        FiguresCommand::FigureRules { dir, file } => figure_rules(&open(&dir)?, file, out),
        FiguresCommand::ChurnCost(cost) => churn_cost(cost, out),
        FiguresCommand::Timeline { dir, lang } => show_timeline(&open(&dir)?, lang.lang, out),
        FiguresCommand::Life(date) => keep_date(date),
        FiguresCommand::FeedbackTag { dir, id, tag } => {
            let found = preference::tag(&open(&dir)?.db, id, tag)?;
            found.then_some(()).ok_or(CommandError::NoItem(id))
        }
        FiguresCommand::Stale { dir, form } => stale(&open(&dir)?, &form, out),
        FiguresCommand::Staff(command) => staff::run(command, out),
        FiguresCommand::Survey(command) => survey::run(command, out),
    }
}

/// What a night does, now.
fn count(hq: &mut Hq) -> Result<(), CommandError> {
    let today = clock::today();
    while summary::step(hq, today)? {}
    night::run(hq, today).map_err(FiguresFailed::from)?;
    Ok(())
}

fn show_numbers(
    hq: &Hq,
    form: &Form,
    language: Language,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let all = numbers(&hq.db, language).map_err(FiguresFailed::from)?;
    if form.json || form.csv {
        let rows = || all.iter().map(number_cells).collect();
        return Ok(show(form, &["rule", "name", "value", "definition"], rows, &all, out)?);
    }
    let plain = |number: &Number| vec![text(number.rule), text(&number.name), text(&number.value)];
    let rows: Vec<Vec<Cell>> = all.iter().map(plain).collect();
    out.write_all(table::aligned(&["", "", ""], &rows).trim_start().as_bytes())?;
    // Each definition once, after the table: beside every line nobody would find the numbers.
    let mut said: Vec<&str> = Vec::new();
    for number in all.iter().filter(|number| !number.definition.is_empty()) {
        if !said.contains(&number.definition.as_str()) {
            said.push(&number.definition);
            writeln!(out, "\n{} {}\n  {}", number.rule, number.name, number.definition)?;
        }
    }
    if all.is_empty() {
        let none =
            language.of("今夜汇总后就有数字。", "There are numbers once a night has passed.");
        writeln!(out, "{none}")?;
    }
    for alert in alerts(&hq.db, language)? {
        writeln!(out, "\n! {alert}")?;
    }
    Ok(())
}

fn number_cells(number: &Number) -> Vec<Cell> {
    vec![text(number.rule), text(&number.name), text(&number.value), text(&number.definition)]
}

fn show_potential(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let exponent = store::own(&hq.db)?.currency_exponent;
    let all = measured(&hq.db)?.unwrap_or_default().potential;
    let amount = |units| Cell::amount(Some(Minor::new(units)), exponent);
    let rows = || {
        let row = |her: &Potential| {
            let expected = Minor::new(her.purchases_milli).with_decimals(3).to_string();
            vec![
                text(her.customer.get(..8).unwrap_or_default()),
                Cell::Number(expected),
                amount(her.spend),
                amount(her.net),
            ]
        };
        all.iter().map(row).collect()
    };
    Ok(show(form, &["customer", "purchases", "spend", "net"], rows, &all, out)?)
}

fn class_cells(one: &Classed, exponent: u8) -> Vec<Cell> {
    vec![
        text(one.customer.get(..8).unwrap_or_default()),
        Cell::text(one.store.as_deref()),
        Cell::text(one.staff.as_deref()),
        text(&written(one.since)),
        number(one.rfm.unwrap_or_default()),
        number(one.visits),
        Cell::amount(Some(Minor::new(one.net)), exponent),
        Cell::text(one.last_day.map(written).as_deref()),
        number(one.signs.score()),
    ]
}

fn figure_rules(hq: &Hq, file: Option<PathBuf>, out: &mut impl Write) -> Result<(), CommandError> {
    let Some(path) = file else {
        return Ok(out.write_all(FigureRules::text(&hq.db)?.as_bytes())?);
    };
    let own = std::fs::read_to_string(&path).map_err(|cause| CommandError::File { path, cause })?;
    Ok(FigureRules::set(&hq.db, &own).map_err(FiguresFailed::from)?)
}

fn churn_cost(cost: Cost, out: &mut impl Write) -> Result<(), CommandError> {
    let what = ChurnCost {
        lost: cost.lost,
        orders_per_month: cost.orders,
        order: Minor::new(cost.order),
        margin_bp: cost.margin * 100,
        rate_e4: cost.rate_e4,
        exponent: cost.decimals,
    };
    let lines = cost_of_churn(&what, cost.lang.lang).map_err(FiguresFailed::from)?;
    let rows = || lines.iter().map(|line| vec![text(&line.name), text(&line.value)]).collect();
    show(&cost.form, &["step", "sum"], rows, &lines, out)?;
    match (lines.first(), cost.form.json || cost.form.csv) {
        (Some(line), false) => Ok(writeln!(out, "\n{}", line.definition)?),
        _ => Ok(()),
    }
}

fn typed_number() -> Result<Phone, CommandError> {
    let mut typed = zeroize::Zeroizing::new(String::new());
    io::stdin().read_line(&mut typed)?;
    Ok(Phone::parse(typed.trim())?)
}

fn show_timeline(hq: &Hq, language: Language, out: &mut impl Write) -> Result<(), CommandError> {
    let id = customer::id_of(&hq.keys, &typed_number()?);
    if customer::is_erased(&hq.db, &id)? != Some(false) {
        return Err(CommandError::NoMember);
    }
    let root = person::root(&hq.db, &id)?;
    let exponent = store::own(&hq.db)?.currency_exponent;
    for moment in timeline::timeline(&hq.db, &root, 100)? {
        let who = moment.who.as_deref().unwrap_or_default();
        writeln!(out, "{}  {}  {who}", written(moment.day()), moment.words(language, exponent))?;
    }
    Ok(())
}

fn keep_date(life: LifeDate) -> Result<(), CommandError> {
    let (hq, phone) = (open(&life.dir)?, typed_number()?);
    let Some(date) = &life.date else {
        let found = life::forget(&hq, &phone, life.kind)?;
        return found.then_some(()).ok_or(CommandError::NoMember);
    };
    let text_version = life.consent.as_deref().unwrap_or_default();
    let new = NewDate { kind: life.kind, date, text_version, author: &life.by };
    let now = (clock::today(), clock::now_ms());
    Ok(life::set(&hq, &phone, new, now).map_err(FiguresFailed::from)?)
}

fn stale(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let rules = FigureRules::of(&hq.db).map_err(FiguresFailed::from)?;
    let all = preference::stale(&hq.db, &rules, clock::today())?;
    let row =
        |(field, of, stale): &(String, u64, u64)| vec![text(field), number(of), number(stale)];
    let rows = || all.iter().map(row).collect();
    Ok(show(form, &["field", "written", "stale"], rows, &all, out)?)
}
