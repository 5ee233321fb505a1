//! The command line of `huitou-hq`.
//!
//! Not here: what the commands do; each is a few calls into the other rooms.

mod complaint;
mod desk;
mod show;
mod win_back;

use super::desk::complaint::case::CaseError;
use super::desk::rules::RulesError;
use super::serve::{self, ServeError};
use super::store::Founding;
use super::{Hq, HqError, care, clock, customer, enrol};
use crate::event::TerminalId;
use crate::message::EnrolCode;
use crate::phone::{Phone, PhoneError};
use crate::tier::TierPolicy;
use clap::{Args, Parser, Subcommand};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Huitou headquarters: takes what the shops send, keeps the members' files, sends tiers back.
#[derive(Debug, Parser)]
#[command(name = "huitou-hq", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a new headquarters in an empty folder
    Init {
        #[command(flatten)]
        dir: Dir,
        /// The chain's name, shown on the pages
        #[arg(long, default_value = "回头")]
        name: String,
        /// Decimals of the currency: 2 for CNY, 0 for JPY
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=4))]
        decimals: u8,
    },
    /// Print a one-time code that enrols one till
    EnrolCode {
        #[command(flatten)]
        dir: Dir,
        /// The store the till stands in; made if it is new
        #[arg(long)]
        store: String,
        /// How long the code works
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_080))]
        minutes: u32,
    },
    /// Take what tills send and show the pages
    Serve {
        #[command(flatten)]
        dir: Dir,
        /// Where to listen; with pages, loopback only
        #[arg(long, default_value = "127.0.0.1:8620")]
        listen: SocketAddr,
        /// Serve the tills' routes without the pages, which have no log-in yet
        #[arg(long)]
        ingest_only: bool,
    },
    /// List the sales, the newest first
    Sales {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List the tills: who came in when, and which receipts are missing
    Tills {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List the members, who spent most first
    Customers {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        /// Show numbers in full
        #[arg(long)]
        clear: bool,
    },
    /// Set a text that a store prints, e.g. `store_phone 0571-8765-4321`
    Contact {
        #[command(flatten)]
        dir: Dir,
        /// The store; made if it is new
        #[arg(long)]
        store: String,
        /// What it is: `store_phone`, `service_phone`, `complaint_phone`
        key: String,
        /// The text
        value: String,
    },
    /// Revoke a till: what it sends from now on is set aside
    Revoke {
        #[command(flatten)]
        dir: Dir,
        /// The till's 32 digits, as `sales --json` shows them
        terminal: TerminalId,
    },
    /// List who asked for the key that its own keys are wrapped under, and what it was told
    Releases {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// The desk: tasks for people, and what came of them
    #[command(flatten)]
    Desk(desk::DeskCommand),
    /// Complaints, led through their nine steps
    #[command(subcommand)]
    Complaint(complaint::ComplaintCommand),
    /// Winning back who stays away
    #[command(subcommand)]
    WinBack(win_back::WinBackCommand),
    /// Forget a member; her number is read from standard input, so that no history keeps it
    Erase {
        #[command(flatten)]
        dir: Dir,
    },
}

#[derive(Debug, Args)]
struct Dir {
    /// The folder of this headquarters
    #[arg(long, default_value = "/var/lib/huitou-hq")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct Form {
    /// As CSV (RFC 4180), amounts as decimals
    #[arg(long)]
    csv: bool,
    /// As JSON, one object a line, amounts in minor units
    #[arg(long)]
    json: bool,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// This headquarters cannot be created or opened.
    #[error(transparent)]
    Hq(#[from] HqError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// Serving.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Reading or writing the console.
    #[error("the console: {0}")]
    Console(#[from] io::Error),
    /// What was typed is no number.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// There is no such till.
    #[error("no till {0}")]
    NoTill(TerminalId),
    /// There is no such question, case or task that is open.
    #[error("nothing open has the number {0}")]
    NoItem(i64),
    /// A complaint cannot be led on.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A cure is of one of eight things.
    #[error(
        "the tag is one of: idea, product, service, staff, image, management, innovation, alliance"
    )]
    NoTag,
    /// The desk's rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// There is no such member.
    #[error("no member with that number")]
    NoMember,
}

/// Runs the command; what it says goes to `out`.
///
/// # Errors
///
/// [`CommandError`], worded for the person who typed it.
pub fn run(cli: Cli, out: &mut impl Write) -> Result<(), CommandError> {
    match cli.command {
        Command::Init { dir, name, decimals } => init(dir, name, decimals, out),
        Command::EnrolCode { dir, store, minutes } => {
            let code = enrol_code(&open(&dir)?, &store, minutes)?;
            Ok(writeln!(out, "{code}")?)
        }
        Command::Serve { dir, listen, ingest_only } => run_server(&dir, listen, ingest_only, out),
        Command::Sales { dir, form } => show::sales(&open(&dir)?, &form, out),
        Command::Tills { dir, form } => show::tills(&open(&dir)?, &form, out),
        Command::Customers { dir, form, clear } => show::customers(&open(&dir)?, &form, clear, out),
        Command::Contact { dir, store, key, value } => {
            let hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            Ok(care::set_contact(&hq.db, &store, &key, &value)?)
        }
        Command::Revoke { dir, terminal } => match enrol::revoke(&open(&dir)?.db, &terminal)? {
            true => Ok(()),
            false => Err(CommandError::NoTill(terminal)),
        },
        Command::Releases { dir, form } => show::releases(&open(&dir)?, &form, out),
        Command::Desk(command) => desk::run(command, out),
        Command::WinBack(command) => win_back::run(command, out),
        Command::Complaint(command) => complaint::run(command, out),
        Command::Erase { dir } => erase(&dir),
    }
}

fn open(dir: &Dir) -> Result<Hq, HqError> {
    Hq::open(&dir.dir)
}

fn init(dir: Dir, name: String, decimals: u8, out: &mut impl Write) -> Result<(), CommandError> {
    let founding = Founding { name, currency_exponent: decimals, policy: TierPolicy::default() };
    Hq::create(&dir.dir, &founding)?;
    let dir = dir.dir.display();
    Ok(writeln!(out, "created {dir}: back up hq.key apart from hq.db; without it nothing opens")?)
}

fn enrol_code(hq: &Hq, store: &str, minutes: u32) -> rusqlite::Result<EnrolCode> {
    let expires_ms = clock::now_ms().saturating_add(i64::from(minutes) * 60_000);
    enrol::new_code(hq, store, expires_ms)
}

fn run_server(
    dir: &Dir,
    listen: SocketAddr,
    ingest_only: bool,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let hq = open(dir)?;
    let ready = |address| {
        // A supervisor may have closed our output; that is no reason not to serve.
        let _told = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(serve::serve(hq, listen, ingest_only, ready, stopped()))?)
}

/// Ends with Ctrl-C, or SIGTERM where there is one.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _asked = tokio::signal::ctrl_c().await;
}

fn erase(dir: &Dir) -> Result<(), CommandError> {
    let mut typed = zeroize::Zeroizing::new(String::new());
    io::stdin().read_line(&mut typed)?;
    let phone = Phone::parse(typed.trim())?;
    let mut hq = open(dir)?;
    if customer::erase(&mut hq.db, &hq.keys, &phone)? {
        Ok(())
    } else {
        Err(CommandError::NoMember)
    }
}
