//! What goes in and out of HQ at the console; backup, restore, export and arrivals.
//!
//! Not here: the work (`backup`), imports (`bring`).

use super::show::show;
use super::{CommandError, Dir, Form, WatchTimes, bring, open};
use crate::event::LocalSeconds;
use crate::hq::arrivals::{self, TillState, Watch};
use crate::hq::backup::check::{self, Held};
use crate::hq::backup::{self, restore};
use crate::hq::export::{self, Format, What};
use crate::hq::table::{self, Cell};
use crate::hq::{Hq, clock};
use crate::seal::SealingSecret;
use chrono::NaiveDate;
use clap::Subcommand;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(super) enum Carry {
    /// Copy this headquarters to one file, also while it is being served
    Backup {
        #[command(flatten)]
        dir: Dir,
        /// The new file; none is replaced
        file: PathBuf,
    },
    /// Restore a headquarters from a backup into a folder that has none
    Restore {
        #[command(flatten)]
        dir: Dir,
        /// The backup; its recovery key is read from standard input
        file: PathBuf,
    },
    /// Bring in members, staff, stores, styles or past sales from a CSV file, or take an import out again
    Import {
        #[command(subcommand)]
        what: bring::What,
    },
    /// List the imports, the newest first
    Imports {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List the styles: category, fibre, care
    Styles {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
    },
    /// List stores and tills: who came in, who is missing, and how each road is
    Arrivals {
        #[command(flatten)]
        dir: Dir,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        watch: WatchTimes,
        /// Check every till's chain of events from its first on, which reads the whole ledger
        #[arg(long)]
        check: bool,
    },
    /// Write sales or their items into a folder, a day a file, without any phone number
    Export {
        #[command(flatten)]
        dir: Dir,
        /// What to write
        what: What,
        /// The folder
        #[arg(value_name = "FOLDER", id = "folder")]
        to: PathBuf,
        /// The first day, like 2026-11-21; yesterday, if none is said
        #[arg(long)]
        from: Option<NaiveDate>,
        /// The last day; the first, if none is said
        #[arg(long = "to")]
        until: Option<NaiveDate>,
        /// How to write it
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
    /// Draw the key that backups' keys are sealed to, and print its secret half once
    RecoveryKey {
        #[command(flatten)]
        dir: Dir,
    },
}

pub(super) fn run(command: Carry, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        Carry::Backup { dir, file } => back_up(&dir, &file, out),
        Carry::Restore { dir, file } => bring_back(&dir, &file, out),
        Carry::Import { what } => bring::run(what, out),
        Carry::Imports { dir, form } => bring::imports(&open(&dir)?, &form, out),
        Carry::Styles { dir, form } => bring::styles(&open(&dir)?, &form, out),
        Carry::Arrivals { dir, form, watch, check } => {
            let hq = open(&dir)?;
            if check {
                check::marks(&hq.db)?;
            }
            arrivals(&hq, &form, watch.watch(), out)
        }
        Carry::Export { dir, what, to, from, until, format } => {
            let from = from.map_or_else(|| clock::today() - 1, days);
            let until = until.map_or(from, days);
            export_days(&open(&dir)?, what, &to, from..=until, format, out)
        }
        Carry::RecoveryKey { dir } => {
            let secret = backup::new_recovery_key(&open(&dir)?.db, clock::now_ms())?;
            writeln!(out, "{}", *backup::written(&secret))?;
            writeln!(
                out,
                "write it down and lock it away: it is shown this once, and whoever has it and a \
                 backup has everything; backups made before need the key of before"
            )?;
            Ok(())
        }
    }
}

fn back_up(dir: &Dir, file: &std::path::Path, out: &mut impl Write) -> Result<(), CommandError> {
    let hq = open(dir)?;
    let note = backup::backup(&hq.db, &hq.keys, &dir.dir, file, clock::now_ms())?;
    let keys = match note.keys {
        Some(_) => "keys are in it, sealed to the recovery key",
        None => "no keys are in it: keep hq.key apart, or draw a recovery-key first",
    };
    Ok(writeln!(out, "backed up to {}: {keys}", file.display())?)
}

fn bring_back(dir: &Dir, file: &std::path::Path, out: &mut impl Write) -> Result<(), CommandError> {
    let restored = restore::restore(file, &dir.dir, typed_key)?;
    let age_h = clock::now_ms().saturating_sub(restored.made_ms) / 3_600_000;
    writeln!(
        out,
        "restored the backup of {} UTC ({age_h} hours old) to {}: {} sales, {} members; keys {}",
        moment(Some(restored.made_ms)),
        dir.dir.display(),
        restored.sales,
        restored.members,
        if restored.keys_from_backup { "from the backup" } else { "as they were in the folder" },
    )?;
    writeln!(out, "{}", marks(&restored.marks).trim_end())?;
    writeln!(
        out,
        "a new life of this headquarters: tills send again what came after these marks, and get \
         their whole care list anew"
    )?;
    Ok(writeln!(
        out,
        "what this headquarters was told after the backup is not in it: revoke stolen tills once more; \
         erase once more whoever has a certificate of a later day (tills that heard of it tell HQ when \
         they come in); a till that was enrolled since needs a new code, and what it had sent is on its \
         own disk only"
    )?)
}

/// Days since 1970-01-01.
fn days(date: NaiveDate) -> i32 {
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(i32::MAX)
}

fn export_days(
    hq: &Hq,
    what: What,
    to: &std::path::Path,
    days: RangeInclusive<i32>,
    format: Format,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    for day in days {
        let rows = export::day(&hq.db, to, what, day, format)?;
        writeln!(out, "{}: {rows} rows", export::file_of(to, what, day, format)?.display())?;
    }
    Ok(())
}

fn marks(held: &[Held]) -> String {
    let row = |held: &Held| {
        vec![
            Cell::text(Some(&held.store)),
            Cell::text(Some(&held.till)),
            Cell::text(held.terminal.get(..8)),
            Cell::text(held.epoch.get(..8)),
            Cell::Number(held.mark.to_string()),
            Cell::Number(held.folded.to_string()),
            Cell::text(Some(&moment(held.received_ms))),
        ]
    };
    let header = ["store", "till", "terminal", "epoch", "mark", "counted", "received_utc"];
    table::aligned(&header, &held.iter().map(row).collect::<Vec<_>>())
}

/// HQ's own clock in UTC, to the minute.
fn moment(at_ms: Option<i64>) -> String {
    at_ms.map(|at| table::local_time(LocalSeconds(at.div_euclid(1_000)))).unwrap_or_default()
}

/// The recovery key from standard input, so that no history keeps it.
fn typed_key() -> Option<SealingSecret> {
    let mut typed = Zeroizing::new(String::new());
    io::stdin().read_line(&mut typed).ok()?;
    backup::typed(typed.trim())
}

const ARRIVALS: [&str; 12] = [
    "store",
    "standing",
    "till",
    "status",
    "came_in",
    "last_batch_utc",
    "lag_s",
    "clock_off_s",
    "unopened",
    "gaps",
    "quarantined",
    "software",
];

/// A table has a row per till; JSON is one object with stores and tills.
fn arrivals(hq: &Hq, form: &Form, watch: Watch, out: &mut impl Write) -> Result<(), CommandError> {
    let all = arrivals::arrivals(&hq.db, watch, clock::moment())?;
    let standing = |till: &TillState| {
        let store = all.stores.iter().find(|store| store.store == till.store);
        store.map_or("", |store| store.standing.word())
    };
    let rows = || all.tills.iter().map(|till| till_cells(till, standing(till))).collect();
    Ok(show(form, &ARRIVALS, rows, std::slice::from_ref(&all), out)?)
}

fn till_cells(till: &TillState, standing: &str) -> Vec<Cell> {
    let text = |text: &str| Cell::text(Some(text));
    let number = |number: Option<i64>| {
        Cell::Number(number.map(|number| number.to_string()).unwrap_or_default())
    };
    let ranges = till.quarantined.iter().map(|batch| format!("{}-{}", batch.first, batch.last));
    vec![
        text(&till.store),
        text(standing),
        text(&till.till),
        text(&till.status),
        text(if till.came_in { "yes" } else { "no" }),
        text(&moment(till.batch_ms)),
        number(till.lag_s),
        number(till.clock.map(|clock| clock.error_s)),
        number(i64::try_from(till.unopened).ok()),
        number(i64::try_from(till.broken).ok()),
        text(&ranges.collect::<Vec<_>>().join(" ")),
        text(&till.software),
    ]
}
