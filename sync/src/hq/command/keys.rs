//! `huitou-hq keys`: which keys there are, new ones, the end of old ones, and the copy on paper.
//!
//! Not here: the keys (`hq::keys`).

use super::{CommandError, Dir};
use crate::batch::Batch;
use crate::event::LocalSeconds;
use crate::hq::keys::lock::LockError;
use crate::hq::keys::parts::Part;
use crate::hq::keys::recovery::{self, Drill, RecoveryError};
use crate::hq::keys::{Keys, SealingInfo};
use crate::hq::{clock, store, table};
use clap::Subcommand;
use rusqlite::{Connection, params};
use std::fs;
use std::io::{self, BufRead as _, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A sealing key is to be destroyed at the latest when it is so old.
const MONTHS_MAX: i64 = 18;
const MONTH_MS: i64 = 30 * 86_400_000;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the sealing keys, how old they are and who still seals to them
    List {
        #[command(flatten)]
        dir: Dir,
    },
    /// Draw a new sealing key; tills learn it with their next page. Start `serve` anew afterwards
    Rotate {
        #[command(flatten)]
        dir: Dir,
    },
    /// Destroy an old sealing key: what was sealed to it can never be opened again
    Destroy {
        #[command(flatten)]
        dir: Dir,
        /// Its id, as `list` shows it
        id: u32,
        /// Do it; without this it is only said what would be given up
        #[arg(long)]
        yes: bool,
    },
    /// Put the key file under a passphrase, read from standard input
    Lock {
        #[command(flatten)]
        dir: Dir,
    },
    /// Make a sealed copy of all keys, and parts on paper that open it
    Backup {
        #[command(flatten)]
        dir: Dir,
        /// Where the sealed copy goes
        file: PathBuf,
        /// How many parts there are
        #[arg(long, default_value_t = 5)]
        parts: u8,
        /// How many of them open it
        #[arg(long, default_value_t = 3)]
        needed: u8,
    },
    /// Try a copy: parts are read from standard input, a line each; changes nothing
    Drill {
        #[command(flatten)]
        dir: Dir,
        /// The sealed copy
        file: PathBuf,
    },
    /// Bring the keys back into a folder that has none; parts are read from standard input
    Recover {
        #[command(flatten)]
        dir: Dir,
        /// The sealed copy
        file: PathBuf,
    },
}

/// Why a command about keys failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysFailed {
    /// The copy or its parts.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The passphrase.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A drill found that this copy would not do.
    #[error("{0}")]
    Drill(String),
    /// Something would be lost that nobody has seen.
    #[error("{unopened} events under key {id} are not opened yet; destroying it would lose them")]
    Unopened {
        /// The sealing key's id.
        id: u32,
        /// How many.
        unopened: u64,
    },
}

pub(super) fn run(command: KeysCommand, out: &mut impl Write) -> Result<(), CommandError> {
    match command {
        KeysCommand::List { dir } => list(&dir.dir, out),
        KeysCommand::Rotate { dir } => {
            let id = Keys::rotate(&dir.dir, clock::now_ms()).map_err(RecoveryError::from)?;
            Ok(writeln!(
                out,
                "key {id} is in force; make a new `keys backup`, and start `serve` anew"
            )?)
        }
        KeysCommand::Destroy { dir, id, yes } => destroy(&dir.dir, id, yes, out),
        KeysCommand::Lock { dir } => {
            let mut typed = Zeroizing::new(String::new());
            io::stdin().read_line(&mut typed)?;
            let passphrase = typed.trim_end_matches(['\r', '\n']);
            if passphrase.is_empty() {
                return Err(KeysFailed::from(LockError::NoPassphrase).into());
            }
            Keys::lock(&dir.dir, passphrase.as_bytes()).map_err(RecoveryError::from)?;
            Ok(writeln!(
                out,
                "locked: without the passphrase or a `keys backup` nothing opens any more"
            )?)
        }
        KeysCommand::Backup { dir, file, parts, needed } => {
            backup(&dir.dir, &file, parts, needed, out)
        }
        KeysCommand::Drill { dir, file } => drill(&dir.dir, &file, out),
        KeysCommand::Recover { dir, file } => {
            recovery::recover(&dir.dir, &read(&file)?, &typed_parts()?)?;
            Ok(writeln!(out, "the keys are back in {}", dir.dir.display())?)
        }
    }
}

impl From<RecoveryError> for CommandError {
    fn from(error: RecoveryError) -> Self {
        KeysFailed::from(error).into()
    }
}

fn list(dir: &Path, out: &mut impl Write) -> Result<(), CommandError> {
    let db = store::open(dir).map_err(crate::hq::HqError::from)?;
    let now_ms = clock::now_ms();
    for key in Keys::list(dir).map_err(RecoveryError::from)? {
        let behind = behind(&db, key.id)?.len();
        let state = match (key.in_force, behind, too_old(&key, now_ms)) {
            (true, _, true) => "in force; older than 18 months: rotate".to_owned(),
            (true, ..) => "in force".into(),
            (false, 0, _) => "every till has passed it: destroy".into(),
            (false, tills, true) => format!("older than 18 months; {tills} tills still seal to it"),
            (false, tills, false) => format!("{tills} tills still seal to it"),
        };
        let made = key
            .made_ms
            .map_or_else(|| "-".into(), |ms| table::local_time(LocalSeconds(ms / 1_000)));
        writeln!(out, "key {}  made {made}  {state}", key.id)?;
    }
    Ok(())
}

fn too_old(key: &SealingInfo, now_ms: i64) -> bool {
    key.made_ms.is_some_and(|made| now_ms.saturating_sub(made) > MONTHS_MAX * MONTH_MS)
}

/// The active tills that have not sent anything sealed to a later key.
fn behind(db: &Connection, id: u32) -> rusqlite::Result<Vec<String>> {
    let mut select = db.prepare(
        "SELECT s.name || ' ' || t.till FROM terminal t JOIN store s ON s.id = t.store
         WHERE t.status = 'active' AND NOT EXISTS (
             SELECT 1 FROM stream JOIN ledger l ON l.stream = stream.id AND l.seq = stream.mark
             WHERE stream.terminal = t.id AND substr(l.sealed, 1, 4) > ?1)
         ORDER BY 1",
    )?;
    let tills = select.query_map([id.to_be_bytes()], |row| row.get(0))?;
    tills.collect()
}

/// Batches set aside that hold anything sealed to this key.
fn undecided(db: &Connection, id: u32) -> rusqlite::Result<u64> {
    let mut select = db.prepare("SELECT body FROM quarantine")?;
    let mut rows = select.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let batch = Batch::claimed(row.get_ref(0)?.as_blob()?);
        let holds =
            |batch: Batch| batch.entries().any(|entry| entry.sealed.starts_with(&id.to_be_bytes()));
        count += u64::from(batch.is_some_and(holds));
    }
    Ok(count)
}

fn destroy(dir: &Path, id: u32, yes: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let db = store::open(dir).map_err(crate::hq::HqError::from)?;
    let count = |sql: &str| -> rusqlite::Result<u64> {
        db.query_row(sql, params![id.to_be_bytes()], |row| row.get::<_, i64>(0))
            .map(i64::unsigned_abs)
    };
    let originals = count("SELECT count(*) FROM ledger WHERE substr(sealed, 1, 4) = ?1")?;
    let unopened = count(
        "SELECT count(*) FROM ledger l JOIN stream s ON s.id = l.stream
         WHERE l.seq > s.folded AND substr(l.sealed, 1, 4) = ?1",
    )?;
    // A ledger in PostgreSQL is not looked through: what the desk has not opened may be under any key.
    let elsewhere: u64 = db.query_row(
        "SELECT coalesce(sum(mark - folded), 0) FROM stream
         WHERE mark > folded AND NOT EXISTS (SELECT 1 FROM ledger)",
        [],
        |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
    )?;
    let unopened = unopened + elsewhere;
    let aside = count(
        "SELECT count(*) FROM set_aside a JOIN ledger l ON l.stream = a.stream AND l.seq = a.seq
         WHERE substr(l.sealed, 1, 4) = ?1",
    )?;
    let waiting = undecided(&db, id)?;
    let tills = behind(&db, id)?;
    if waiting > 0 {
        writeln!(
            out,
            "{waiting} batches that were set aside for a person hold events under it: nobody could count them \
             any more (huitou-hq fork list)"
        )?;
    }
    writeln!(
        out,
        "key {id}: {originals} sealed originals could never be opened again, {aside} of them set aside and not understood yet"
    )?;
    if !tills.is_empty() {
        writeln!(
            out,
            "what these tills still send under it would be set aside unread: {}",
            tills.join("; ")
        )?;
    }
    if unopened > 0 {
        return Err(KeysFailed::Unopened { id, unopened }.into());
    }
    if !yes {
        return Ok(writeln!(out, "nothing was done; add --yes to destroy it")?);
    }
    Keys::destroy(dir, id).map_err(RecoveryError::from)?;
    Ok(writeln!(
        out,
        "destroyed; older `keys backup` copies still hold it: replace them, then start `serve` anew"
    )?)
}

fn backup(
    dir: &Path,
    file: &Path,
    count: u8,
    needed: u8,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let (sealed, parts) = recovery::make(dir, needed, count)?;
    fs::write(file, sealed).map_err(|cause| KeysFailed::File { path: file.into(), cause })?;
    writeln!(
        out,
        "{} is sealed. Write each line on a paper of its own and keep them in {count} places;",
        file.display()
    )?;
    writeln!(
        out,
        "any {needed} of them open it. They are not shown again. Then try it: huitou-hq keys drill"
    )?;
    for part in parts {
        writeln!(out, "HQ-PART {} of {count}, {needed} needed: {part}", part.number)?;
    }
    Ok(())
}

fn drill(dir: &Path, file: &Path, out: &mut impl Write) -> Result<(), CommandError> {
    let said = match recovery::drill(dir, &read(file)?, &typed_parts()?)? {
        Drill::Good => {
            return Ok(writeln!(out, "good: this copy and these parts bring all keys back")?);
        }
        Drill::OtherHq => "this copy is another headquarters'".to_owned(),
        Drill::Older { missing } => {
            let missing: Vec<String> = missing.iter().map(u32::to_string).collect();
            format!("this copy lacks key {}: make a new one", missing.join(", "))
        }
    };
    Err(KeysFailed::Drill(said).into())
}

fn read(file: &Path) -> Result<Vec<u8>, KeysFailed> {
    fs::read(file).map_err(|cause| KeysFailed::File { path: file.into(), cause })
}

/// Parts as they are typed, a line each; an empty line ends them.
fn typed_parts() -> Result<Vec<Part>, CommandError> {
    let mut parts = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = Zeroizing::new(line?);
        if line.trim().is_empty() {
            break;
        }
        parts.push(line.parse::<Part>().map_err(RecoveryError::from)?);
    }
    Ok(parts)
}
