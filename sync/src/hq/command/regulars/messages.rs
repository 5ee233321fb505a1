//! `huitou-hq messages`: list, add, review, plan, send, export, log, rain, opt, settings.
//!
//! Not here: what they do (`hq::desk::messages`).

use super::{RegularsFailed, member, open};
use crate::hq::command::desk::{day, number, text, written};
use crate::hq::command::show::show;
use crate::hq::command::{Dir, Form};
use crate::hq::desk::messages::export::export;
use crate::hq::desk::messages::kind::{Kind, Stream};
use crate::hq::desk::messages::library::{self, Draft, Overrule, Text};
use crate::hq::desk::messages::log::{self, Count, Entry};
use crate::hq::desk::messages::opt::{self, Opt};
use crate::hq::desk::messages::outlet::http::Http;
use crate::hq::desk::messages::plan::plan;
use crate::hq::desk::messages::send::{Sent, send};
use crate::hq::desk::messages::settings::Settings;
use crate::hq::desk::messages::{Now, weather};
use crate::hq::table::Cell;
use crate::hq::{Hq, clock, enrol};
use crate::language::Language;
use clap::{Args, Subcommand};
use std::io::{Read as _, Write};
use std::path::PathBuf;

/// So much of standard input is a text.
const TEXT_MAX: u64 = 4_096;

#[derive(Debug, Subcommand)]
pub(in crate::hq::command) enum MessagesCommand {
    /// List the library: every version, who wrote, reviewed and overruled it
    List {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// Add a text, read from standard input; a care text that sells, pries or demands is refused
    Add {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        draft: DraftArgs,
    },
    /// Put the texts that come with the program into the library; each waits for a review
    AddShipped {
        #[command(flatten)]
        dir: Dir,
    },
    /// Somebody else than its author has read a text: it goes out from now on
    Review {
        #[command(flatten)]
        dir: Dir,
        /// Its number
        id: i64,
        /// Who has read it
        #[arg(long)]
        by: String,
    },
    /// Plan today's messages, and say how many are queued or held and why
    Plan {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// Write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Send what may leave now by webhook or SMS
    Send {
        #[command(flatten)]
        dir: Dir,
    },
    /// Write what is queued for a list to a new CSV file, numbers in clear
    Export {
        #[command(flatten)]
        dir: Dir,
        /// The file; it must not be there yet
        #[arg(long)]
        out: PathBuf,
        /// Who takes it along, for the audit trail
        #[arg(long)]
        by: String,
    },
    /// List what became of messages, or count them by kind, state and reason
    Log {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// The first day; today without it
        #[arg(long, value_parser = day)]
        from: Option<i32>,
        /// The last day; today without it
        #[arg(long, value_parser = day)]
        to: Option<i32>,
        /// Count only
        #[arg(long)]
        counts: bool,
    },
    /// It rains in a store today: who came is thanked that evening
    Rain {
        #[command(flatten)]
        dir: Dir,
        /// The store
        #[arg(long)]
        store: String,
        /// It does not after all
        #[arg(long)]
        off: bool,
    },
    /// Note that a member wants a stream; her number is read from standard input
    OptIn {
        #[command(flatten)]
        dir: Dir,
        /// Which
        #[arg(long, value_enum)]
        stream: Stream,
        /// The theme that she chose, for information
        #[arg(long)]
        theme: Option<String>,
        /// What proves it, such as a form's number
        #[arg(long)]
        proof: String,
        /// Who writes it down
        #[arg(long)]
        by: String,
    },
    /// Note that a member wants no more; her number is read from standard input
    OptOut {
        #[command(flatten)]
        dir: Dir,
        /// Of this stream only; without it she is left alone altogether
        #[arg(long, value_enum)]
        stream: Option<Stream>,
        /// Who writes it down
        #[arg(long)]
        by: String,
    },
    /// Show the settings, or lay a file of your own over the shipped ones
    Settings {
        #[command(flatten)]
        dir: Dir,
        /// The file; it needs to name only what differs
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(in crate::hq::command) struct DraftArgs {
    /// What for
    #[arg(long, value_enum)]
    kind: Kind,
    /// zh or en
    #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
    language: String,
    /// A holiday's or season's word, a campaign's name; without it for any
    #[arg(long, default_value = "")]
    occasion: String,
    /// Who wrote it
    #[arg(long)]
    author: String,
    /// Who has to be interested: a word of what she bought or told
    #[arg(long)]
    theme: Option<String>,
    /// The first day, for marketing and information
    #[arg(long, value_parser = day)]
    from: Option<i32>,
    /// The last day
    #[arg(long, value_parser = day)]
    until: Option<i32>,
    /// Keep it against the checker's word: who decides so
    #[arg(long, requires = "why")]
    overrule: Option<String>,
    /// And why
    #[arg(long, requires = "overrule")]
    why: Option<String>,
}

impl DraftArgs {
    fn draft(self, text: String) -> Draft {
        Draft {
            kind: self.kind,
            language: Language::asked(Some(&self.language)),
            occasion: self.occasion,
            text,
            author: self.author,
            theme: self.theme,
            from_day: self.from,
            until_day: self.until,
            overrule: self.overrule.zip(self.why).map(|(by, why)| Overrule { by, why }),
        }
    }
}

pub(super) fn run(command: MessagesCommand, out: &mut impl Write) -> Result<(), RegularsFailed> {
    match command {
        MessagesCommand::List { dir, form } => list(&open(&dir)?, &form, out),
        MessagesCommand::Add { dir, draft } => add(&open(&dir)?, draft, out),
        MessagesCommand::AddShipped { dir } => add_shipped(&open(&dir)?, out),
        MessagesCommand::Review { dir, id, by } => {
            Ok(library::review(&open(&dir)?.db, id, &by, clock::now_ms())?)
        }
        MessagesCommand::Plan { dir, form, dry_run } => {
            let counts = plan(&mut open(&dir)?, now(), !dry_run)?;
            show_counts(&counts, &form, out)
        }
        MessagesCommand::Send { dir } => told(send(&mut open(&dir)?, &Http::new()?, now())?, out),
        MessagesCommand::Export { dir, out: path, by } => {
            told(export(&mut open(&dir)?, &path, &by, now())?, out)
        }
        MessagesCommand::Log { dir, form, from, to, counts } => {
            let (hq, today) = (open(&dir)?, clock::today());
            let (from, to) = (from.unwrap_or(today), to.unwrap_or(today));
            match counts {
                true => show_counts(&log::counts(&hq.db, from, to)?, &form, out),
                false => show_log(&log::entries(&hq.db, from, to)?, &form, out),
            }
        }
        MessagesCommand::Rain { dir, store, off } => {
            let hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            Ok(weather::set(&hq.db, &store, clock::today(), !off, clock::now_ms())?)
        }
        MessagesCommand::OptIn { dir, stream, theme, proof, by } => {
            let hq = open(&dir)?;
            let opt = Opt { stream, theme, given: true, proof: Some(proof), by };
            Ok(opt::note(&hq.db, &member(&hq)?, &opt, clock::now_ms())?)
        }
        MessagesCommand::OptOut { dir, stream, by } => opt_out(&open(&dir)?, stream, by),
        MessagesCommand::Settings { dir, file } => settings(&open(&dir)?, file, out),
    }
}

fn now() -> Now {
    Now::of(clock::moment())
}

fn add(hq: &Hq, draft: DraftArgs, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let mut text = String::new();
    std::io::stdin().take(TEXT_MAX).read_to_string(&mut text)?;
    let id = library::add(&hq.db, &draft.draft(text.trim().to_owned()), clock::now_ms())?;
    Ok(writeln!(out, "{id}")?)
}

fn add_shipped(hq: &Hq, out: &mut impl Write) -> Result<(), RegularsFailed> {
    for draft in library::shipped() {
        let id = library::add(&hq.db, &draft, clock::now_ms())?;
        writeln!(out, "{id}")?;
    }
    Ok(())
}

fn opt_out(hq: &Hq, stream: Option<Stream>, by: String) -> Result<(), RegularsFailed> {
    let (customer, now_ms) = (member(hq)?, clock::now_ms());
    match stream {
        Some(stream) => {
            let opt = Opt { stream, theme: None, given: false, proof: None, by };
            Ok(opt::note(&hq.db, &customer, &opt, now_ms)?)
        }
        None => Ok(opt::leave_alone(&hq.db, &customer, &by, clock::today(), now_ms)?),
    }
}

fn settings(hq: &Hq, file: Option<PathBuf>, out: &mut impl Write) -> Result<(), RegularsFailed> {
    match file {
        Some(file) => {
            Settings::set(&hq.db, &std::fs::read_to_string(file)?)?;
            Ok(())
        }
        None => Ok(out.write_all(Settings::text(&hq.db)?.as_bytes())?),
    }
}

fn told(sent: Sent, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let Sent { sent, again, failed, unknown, held, waiting } = sent;
    writeln!(
        out,
        "sent {sent}, again later {again}, failed {failed}, held {held}, waiting {waiting}"
    )?;
    if unknown > 0 {
        writeln!(
            out,
            "{unknown} may have arrived or not: they are not sent again; see messages log"
        )?;
    }
    Ok(())
}

fn list(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let texts = library::list(&hq.db)?;
    let row = |of: &Text| {
        let overruled = of.overruled_by.as_deref().zip(of.overruled_why.as_deref());
        let overruled = overruled.map(|(by, why)| format!("{by}: {why}"));
        vec![
            number(of.id),
            text(of.kind.word()),
            text(&of.language),
            text(&of.occasion),
            number(of.version),
            text(&of.author),
            Cell::text(of.reviewer.as_deref()),
            Cell::text(of.objections.as_deref()),
            Cell::text(overruled.as_deref()),
            text(&of.text),
        ]
    };
    let header = [
        "text",
        "kind",
        "language",
        "occasion",
        "version",
        "author",
        "reviewer",
        "objections",
        "overruled",
        "words",
    ];
    Ok(show(form, &header, || texts.iter().map(row).collect(), &texts, out)?)
}

fn show_counts(counts: &[Count], form: &Form, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let row = |of: &Count| {
        vec![text(&of.kind), text(&of.state), Cell::text(of.reason.as_deref()), number(of.count)]
    };
    let rows = || counts.iter().map(row).collect();
    Ok(show(form, &["kind", "state", "reason", "count"], rows, counts, out)?)
}

fn show_log(entries: &[Entry], form: &Form, out: &mut impl Write) -> Result<(), RegularsFailed> {
    let row = |of: &Entry| {
        let delivered = of.delivered.map(|has| if has { "yes" } else { "no" });
        vec![
            number(of.id),
            text(&written(of.day)),
            text(&of.kind),
            text(&of.subject),
            Cell::text(of.customer.get(..8)),
            Cell::text(of.store.as_deref()),
            Cell::text(of.sender.as_deref()),
            Cell::text(of.outlet.as_deref()),
            text(&of.state),
            Cell::text(of.reason.as_deref()),
            number(of.tries),
            Cell::text(delivered),
        ]
    };
    let header = [
        "message",
        "day",
        "kind",
        "subject",
        "customer",
        "store",
        "sender",
        "outlet",
        "state",
        "reason",
        "tries",
        "delivered",
    ];
    Ok(show(form, &header, || entries.iter().map(row).collect(), entries, out)?)
}
