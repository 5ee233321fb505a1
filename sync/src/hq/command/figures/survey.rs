//! Surveys at the console; questions and answers come from standard input, one a line.
//!
//! Not here: when one may go out (`hq::figures::survey`).

use super::super::desk::{number, text};
use super::super::show::show;
use super::super::{CommandError, Dir, Form, open};
use super::FiguresFailed;
use crate::hq::clock;
use crate::hq::figures::survey::{self, Question};
use clap::Subcommand;
use std::io::{self, Read as _, Write};

#[derive(Debug, Subcommand)]
pub(crate) enum SurveyCommand {
    /// Make one; its questions are read from standard input
    Make {
        #[command(flatten)]
        dir: Dir,
        /// Its title
        title: String,
    },
    /// Fill it in as one of the staff; the answers are read from standard input
    FillIn {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        survey: i64,
        /// Who
        #[arg(long)]
        staff: String,
    },
    /// Allow a question that is marked sensitive
    Allow {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        survey: i64,
        /// The question's
        question: i64,
    },
    /// Publish it: only after staff have filled it in
    Publish {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        survey: i64,
    },
    /// List the questions, the sensitive ones marked
    List {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
}

pub(super) fn run(command: SurveyCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let now_ms = clock::now_ms();
    match command {
        SurveyCommand::Make { dir, title } => {
            let id = survey::make(&mut open(&dir)?.db, &title, &typed()?, now_ms)?;
            Ok(writeln!(out, "{id}")?)
        }
        SurveyCommand::FillIn { dir, survey, staff } => {
            let filled = survey::fill_in(&open(&dir)?.db, survey, &staff, &typed()?, now_ms);
            Ok(filled.map_err(FiguresFailed::from)?)
        }
        SurveyCommand::Allow { dir, survey, question } => {
            let found = survey::allow(&open(&dir)?.db, survey, question)?;
            found.then_some(()).ok_or(CommandError::NoItem(question))
        }
        SurveyCommand::Publish { dir, survey } => {
            let out = survey::publish(&open(&dir)?.db, survey, now_ms);
            Ok(out.map_err(FiguresFailed::from)?)
        }
        SurveyCommand::List { dir, form } => {
            let all = survey::questions(&open(&dir)?.db)?;
            let row = |of: &Question| {
                let marked = match (of.sensitive.as_deref(), of.allowed) {
                    (Some(what), true) => format!("{what}, allowed"),
                    (what, _) => what.unwrap_or_default().to_owned(),
                };
                let out = if of.published { "yes" } else { "" };
                let start = [number(of.survey), text(&of.title), text(out), number(of.trials)];
                start
                    .into_iter()
                    .chain([number(of.number), text(&of.text), text(&marked)])
                    .collect()
            };
            let rows = || all.iter().map(row).collect();
            let header = ["survey", "title", "published", "trials", "no", "question", "sensitive"];
            Ok(show(&form, &header, rows, &all, out)?)
        }
    }
}

fn typed() -> io::Result<String> {
    let mut typed = String::new();
    io::stdin().take(65_536).read_to_string(&mut typed)?;
    Ok(typed)
}
