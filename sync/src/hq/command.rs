//! The command line of `huitou-hq`.
//!
//! Not here: what the commands do; each is a few calls into the other rooms.

mod bring;
mod carry;
mod complaint;
mod desk;
mod error;
mod figures;
mod forget;
mod fork;
mod found;
mod keys;
mod ledger_at;
mod regulars;
mod server;
mod show;
mod user;
mod win_back;

use self::keys::KeysCommand;
use super::arrivals::Watch;
use super::export::Format;
use super::export::nightly::Nightly;
use super::keys::IngestKeys;
use super::serve::Serving;
use super::{Hq, HqError, care, clock, enrol};
use crate::event::TerminalId;
use crate::language::Language;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
pub use error::CommandError;
use ledger_at::LedgerAt;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Whose deed it is in the audit trail: whoever has a shell on this machine.
const CONSOLE: &str = "(console)";

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
        /// The chain's name, shown on the pages; 回头 or Huitou unless given
        #[arg(long)]
        name: Option<String>,
        /// The chain's language: what its tiers are called on paper, `zh` or `en`
        #[arg(long, default_value = "zh", value_parser = found::language)]
        language: Language,
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
        #[command(flatten)]
        ledger: LedgerAt,
    },
    /// Take what tills send and show the pages
    Serve {
        #[command(flatten)]
        dir: Dir,
        /// Where to listen; with pages and without users, loopback only
        #[arg(long, default_value = "127.0.0.1:8620")]
        listen: SocketAddr,
        /// Where tills reach us over TLS, such as 0.0.0.0:8621
        #[arg(long)]
        tills: Option<SocketAddr>,
        /// Serve the tills' routes without the pages
        #[arg(long)]
        ingest_only: bool,
        #[command(flatten)]
        watch: WatchTimes,
        /// Write sales and items of the last days into this folder every night
        #[arg(long, value_name = "FOLDER")]
        export: Option<PathBuf>,
        /// How to write them
        #[arg(long, value_enum, default_value = "csv", requires = "export")]
        export_format: Format,
        /// What this process does: `ingest` only takes batches and loads `ingest.key` alone
        #[arg(long, value_enum, default_value_t = Role::All)]
        role: Role,
        #[command(flatten)]
        ledger: LedgerAt,
    },
    /// Write what a `--role ingest` process needs of the keys to `ingest.key`; it opens nothing
    IngestKey {
        #[command(flatten)]
        dir: Dir,
    },
    /// Who may log in to the pages
    #[command(subcommand)]
    User(user::UserCommand),
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
        /// Show numbers in full, and why: the reason goes into the audit trail
        #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
        clear: Option<String>,
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
    /// Show the chain's tiers as a file, or make those of a file the chain's: names, net spend, window,
    /// how long they are kept, what they bring, the birthday
    Tiers {
        #[command(flatten)]
        dir: Dir,
        /// The file; without one the tiers that stand are written out
        file: Option<PathBuf>,
        /// Change nothing: count who would move
        #[arg(long, requires = "file")]
        dry_run: bool,
    },
    /// Revoke a till: what it sends from now on is set aside
    Revoke {
        #[command(flatten)]
        dir: Dir,
        /// The till's 32 digits, as `sales --json` shows them
        terminal: TerminalId,
        #[command(flatten)]
        ledger: LedgerAt,
    },
    /// Tills whose events do not follow those of HQ: look, count, close
    #[command(subcommand)]
    Fork(fork::ForkCommand),
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
    /// Numbers, classes, staff figures
    #[command(flatten)]
    Figures(figures::FiguresCommand),
    /// Complaints, led through their nine steps
    #[command(subcommand)]
    Complaint(complaint::ComplaintCommand),
    /// Winning back who stays away
    #[command(subcommand)]
    WinBack(win_back::WinBackCommand),
    #[command(flatten)]
    Regulars(regulars::RegularsCommand),
    /// The keys: list, rotate, destroy, lock, and the copy on paper
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Forget a member; her number is read from standard input, so that no history keeps it
    Erase {
        #[command(flatten)]
        dir: Dir,
        /// Who asked for it, such as herself or a court's number; it stands in the certificate
        #[arg(long, default_value = "herself")]
        by: String,
    },
    /// List who was forgotten when, and which tills have confirmed it
    Erasures {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    #[command(flatten)]
    Carry(carry::Carry),
}

#[derive(Debug, Args)]
struct Dir {
    /// The folder of this headquarters
    #[arg(long, default_value = "/var/lib/huitou-hq")]
    dir: PathBuf,
}

/// What a serving process does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Role {
    /// Takes, opens, shows
    All,
    /// Takes batches, without a key that opens; other paths go to a process of role `all`
    Ingest,
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

/// When stores have to be in, on HQ's own clock.
#[derive(Clone, Copy, Debug, Args)]
struct WatchTimes {
    /// Who is heard of from then on has come in that day
    #[arg(long, default_value = "20:00", value_parser = minutes)]
    day_ends: u16,
    /// Who is not in by then, the next morning, is missing
    #[arg(long, default_value = "06:30", value_parser = minutes)]
    due: u16,
}

impl WatchTimes {
    fn watch(self) -> Watch {
        Watch { from_min: self.day_ends, due_min: self.due }
    }
}

/// `06:30` as minutes since midnight.
fn minutes(text: &str) -> Result<u16, &'static str> {
    let time = chrono::NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "write HH:MM")?;
    let minutes = chrono::Timelike::num_seconds_from_midnight(&time) / 60;
    u16::try_from(minutes).map_err(|_| "write HH:MM")
}

/// Runs the command; what it says goes to `out`.
///
/// # Errors
///
/// [`CommandError`], worded for the person who typed it.
pub fn run(cli: Cli, out: &mut impl Write) -> Result<(), CommandError> {
    match cli.command {
        Command::Init { dir, name, language, decimals } => {
            found::init(&dir, name, language, decimals, out)
        }
        Command::EnrolCode { dir, store, minutes, ledger } => {
            let expires_ms = clock::now_ms().saturating_add(i64::from(minutes) * 60_000);
            let (hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            let code = enrol::new_code(&hq, &*ledger, &store, expires_ms)?;
            Ok(writeln!(out, "{code}")?)
        }
        Command::Serve {
            dir,
            listen,
            tills,
            ingest_only,
            watch,
            export,
            export_format,
            role: Role::All,
            ledger,
        } => {
            let (folder, watch) = (dir.dir.clone(), watch.watch());
            let export = export.map(|to| Nightly { hq: folder, to, format: export_format, watch });
            let post = (!ingest_only).then(|| dir.dir.clone());
            let serving = Serving { listen, tills, ingest_only, watch, export, post };
            let (hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            hq.settle_log()?;
            server::all(hq, &ledger, serving, out)
        }
        Command::Serve { dir, listen, tills, role: Role::Ingest, ledger, .. } => {
            let keys = IngestKeys::load(&dir.dir).map_err(HqError::from)?;
            server::ingest(keys, &ledger.open_to_serve(&dir.dir)?, listen, tills, out)
        }
        Command::IngestKey { dir } => {
            let path = IngestKeys::of(&open(&dir)?.keys).write(&dir.dir).map_err(HqError::from)?;
            Ok(writeln!(out, "{}: signs receipts, opens nothing", path.display())?)
        }
        Command::User(command) => user::run(command, out),
        Command::Sales { dir, form } => show::sales(&open(&dir)?, &form, out),
        Command::Tills { dir, form } => show::tills(&open(&dir)?, &form, out),
        Command::Customers { dir, form, clear } => {
            show::customers(&open(&dir)?, &form, clear.as_deref(), out)
        }
        Command::Contact { dir, store, key, value } => {
            let hq = open(&dir)?;
            let store = enrol::store_named(&hq.db, &store)?;
            Ok(care::set_contact(&hq.db, &store, &key, &value)?)
        }
        Command::Tiers { dir, file, dry_run } => found::tiers(open(&dir)?, file, dry_run, out),
        Command::Revoke { dir, terminal, ledger } => {
            let (hq, ledger) = (open(&dir)?, ledger.open(&dir.dir)?);
            // Here as well as there: what goes down to tills asks the desk's own table.
            let here = enrol::revoke(&hq.db, &terminal)?;
            let there = ledger.revoke(clock::now_ms(), &terminal)?;
            if here || there { Ok(()) } else { Err(CommandError::NoTill(terminal)) }
        }
        Command::Fork(command) => fork::run(command, out),
        Command::Releases { dir, form } => show::releases(&open(&dir)?, &form, out),
        Command::Desk(command) => desk::run(command, out),
        Command::Figures(command) => figures::run(command, out),
        Command::WinBack(command) => win_back::run(command, out),
        Command::Regulars(command) => Ok(regulars::run(command, out)?),
        Command::Complaint(command) => complaint::run(command, out),
        Command::Keys(command) => keys::run(command, out),
        Command::Erase { dir, by } => forget::erase(&dir, &by, out),
        Command::Erasures { dir, form } => show::erasures(&open(&dir)?, &form, out),
        Command::Carry(command) => carry::run(command, out),
    }
}

fn open(dir: &Dir) -> Result<Hq, HqError> {
    Hq::open(&dir.dir)
}
