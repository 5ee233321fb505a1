//! Import: members, staff, stores, styles and past sales from other programs' lists.
//!
//! ```text
//! file ─▶ rows ─▶ columns ─▶ entries ─▶ compared with what is there ─▶ told, or written under one number
//!          └──────────────── problems, by line ───────────────┘                  └─ undo: taken out again
//! ```
//!
//! # Invariants
//!
//! - Without being told to, nothing is written. The same list twice changes nothing.
//! - What a list said stands below whatever a till said, and goes with its import when that is undone.
//! - No report carries a phone number, a name or a header.
//!
//! Not here: the console (`command`), what a till gets of it (`care`).

pub mod columns;
pub(super) mod cut_off;
pub mod member;
pub mod read;
mod sale;
mod shop;
mod staff;
pub mod style;
mod undo;
pub mod value;

pub use undo::{UndoError, Undone, undo};

use super::Hq;
use super::customer;
use super::keys::Keys;
use crate::care_list::CustomerId;
use columns::{ColumnError, Columns, Field, Line, Problem};
use read::{ReadError, Sheet};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use value::Why;

/// Lines written in one transaction: a till that sends meanwhile waits for some 30 ms.
const CHUNK: usize = 256;
/// Streams of tills count up from 1, those of imports from here: below every till's, a later list's
/// above an earlier one's.
pub(super) const FIRST_STREAM: i64 = -(1 << 40);

/// What a list is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Members with their files.
    Members,
    /// Staff, so that their own numbers count for no tier.
    Staff,
    /// Stores with their texts.
    Stores,
    /// Styles: category, fibre, care.
    Styles,
    /// Sales of before.
    Sales,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Members, Self::Staff, Self::Stores, Self::Styles, Self::Sales];

    /// As tables and commands call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Staff => "staff",
            Self::Stores => "stores",
            Self::Styles => "styles",
            Self::Sales => "sales",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Members => columns::MEMBERS,
            Self::Staff => columns::STAFF,
            Self::Stores => columns::STORES,
            Self::Styles => columns::STYLES,
            Self::Sales => columns::SALES,
        }
    }
}

/// Why a list was not imported at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its columns.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// The database.
    #[error("the database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// What an import would do, or did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Its number, once it is written; none if there was nothing to write.
    pub import: Option<i64>,
    /// How the file is encoded.
    pub encoding: &'static str,
    /// Which column is what.
    pub columns: String,
    /// Rows below the header.
    pub rows: usize,
    /// Entries that HQ did not have.
    pub added: usize,
    /// Entries that say something new.
    pub changed: usize,
    /// Entries that HQ has just so.
    pub same: usize,
    /// What is wrong, by line; these lines are left out.
    pub problems: Vec<Problem>,
    /// What else is to be known, with how many lines it is about.
    pub notes: BTreeMap<&'static str, usize>,
}

/// What an entry is to HQ.
enum Verdict {
    New,
    Changed,
    Same,
    Refused(&'static str, Why),
}

/// One entry of a list, read and not yet compared.
trait Entry: Sized {
    /// What tells it apart within its list.
    fn key(&self) -> Vec<u8>;
    /// Takes another line of the same key in; `false` if it says otherwise.
    fn absorb(&mut self, other: &Self) -> bool;
    /// What it is to HQ; `notes` are for the person.
    fn verdict(
        &self,
        at: &At<'_>,
        notes: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict>;
    /// Writes what is new in it.
    fn write(&self, at: &At<'_>, touched: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()>;
}

/// Where an entry is compared or written.
struct At<'a> {
    db: &'a Connection,
    keys: &'a Keys,
    /// 0 while it is only compared.
    import: i64,
    line: u64,
}

impl At<'_> {
    fn stream(&self) -> i64 {
        stream(self.import)
    }

    /// The line as a number that SQLite holds.
    fn line(&self) -> i64 {
        i64::try_from(self.line).unwrap_or(i64::MAX)
    }
}

/// The stream under which an import's words stand.
fn stream(import: i64) -> i64 {
    FIRST_STREAM + import
}

/// Imports `bytes`, the content of the file `name`; with `write` unset it only says what it would do.
///
/// # Errors
///
/// [`ImportError`] if it is no such list. A line that is wrong is no error: see [`Report::problems`].
pub fn import(
    hq: &mut Hq,
    kind: Kind,
    name: &str,
    bytes: &[u8],
    told: &[(String, String)],
    write: Option<i64>,
) -> Result<Report, ImportError> {
    let sheet = read::read(bytes)?;
    let columns = Columns::find(kind, &sheet.header, told)?;
    let mut report = Report {
        encoding: sheet.encoding,
        columns: columns.told(&sheet.header),
        rows: sheet.rows.len(),
        ..Report::default()
    };
    let exponent = super::store::own(&hq.db)?.currency_exponent;
    let list = List { kind, name, sheet: &sheet, columns: &columns, write };
    match kind {
        Kind::Members => list.bring(hq, &mut report, |line| member::Member::read(&line))?,
        Kind::Staff => list.bring(hq, &mut report, |line| staff::Associate::read(&line))?,
        Kind::Stores => list.bring(hq, &mut report, |line| shop::Shop::read(&line))?,
        Kind::Styles => list.bring(hq, &mut report, |line| style::Style::read(&line))?,
        Kind::Sales => list.bring(hq, &mut report, |line| sale::Past::read(&line, exponent))?,
    }
    report.problems.sort_by_key(|problem| problem.line);
    Ok(report)
}

/// A list on its way in.
struct List<'a> {
    kind: Kind,
    name: &'a str,
    sheet: &'a Sheet,
    columns: &'a Columns,
    /// When, if it is to be written; milliseconds since 1970-01-01 UTC.
    write: Option<i64>,
}

impl List<'_> {
    fn bring<E: Entry>(
        &self,
        hq: &mut Hq,
        report: &mut Report,
        read: impl Fn(Line<'_>) -> Result<E, Problem>,
    ) -> rusqlite::Result<()> {
        let entries = self.entries(report, read);
        let due = compare(hq, report, entries)?;
        match self.write {
            Some(now_ms) if !due.is_empty() => {
                report.import = Some(self.write_all(hq, now_ms, &due, report)?);
            }
            _ => {}
        }
        Ok(())
    }

    /// The list's entries in its own order, each key once.
    fn entries<E: Entry>(
        &self,
        report: &mut Report,
        read: impl Fn(Line<'_>) -> Result<E, Problem>,
    ) -> Vec<(u64, E)> {
        let (mut entries, mut seen) = (Vec::<(u64, E)>::new(), HashMap::<Vec<u8>, usize>::new());
        for row in &self.sheet.rows {
            let entry = match read(Line { row, columns: self.columns }) {
                Ok(entry) => entry,
                Err(problem) => {
                    report.problems.push(problem);
                    continue;
                }
            };
            match seen.get(&entry.key()).map(|at| &mut entries[*at]) {
                None => {
                    seen.insert(entry.key(), entries.len());
                    entries.push((row.line, entry));
                }
                Some((first, known)) => {
                    if !known.absorb(&entry) {
                        let why = Why::SaidOtherwise(*first);
                        report.problems.push(Problem { line: row.line, field: "key", why });
                    }
                }
            }
        }
        entries
    }

    fn write_all<E: Entry>(
        &self,
        hq: &mut Hq,
        now_ms: i64,
        due: &[(u64, E)],
        report: &Report,
    ) -> rusqlite::Result<i64> {
        let import = self.begin(&hq.db, now_ms, report)?;
        for chunk in due.chunks(CHUNK) {
            let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut touched = BTreeSet::new();
            for (line, entry) in chunk {
                entry.write(&At { db: &tx, keys: &hq.keys, import, line: *line }, &mut touched)?;
            }
            customer::touch(&tx, &touched)?;
            tx.commit()?;
        }
        let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.kind == Kind::Styles {
            super::style::settle(&tx)?;
        }
        tx.execute("UPDATE import SET done_ms = ?2 WHERE id = ?1", params![import, now_ms])?;
        tx.commit()?;
        Ok(import)
    }

    /// An import that was cut off is listed without its end, and can be undone or done again.
    fn begin(&self, db: &Connection, now_ms: i64, report: &Report) -> rusqlite::Result<i64> {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        db.execute(
            "INSERT INTO import (kind, name, begun_ms, added, changed) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                self.kind.word(),
                self.name,
                now_ms,
                count(report.added),
                count(report.changed)
            ],
        )?;
        Ok(db.last_insert_rowid())
    }
}

/// Those entries that say something new, counted with the others; reads only.
fn compare<E: Entry>(
    hq: &Hq,
    report: &mut Report,
    entries: Vec<(u64, E)>,
) -> rusqlite::Result<Vec<(u64, E)>> {
    let mut due = Vec::new();
    for (line, entry) in entries {
        let at = At { db: &hq.db, keys: &hq.keys, import: 0, line };
        match entry.verdict(&at, &mut report.notes)? {
            Verdict::New => report.added += 1,
            Verdict::Changed => report.changed += 1,
            Verdict::Same => {
                report.same += 1;
                continue;
            }
            Verdict::Refused(field, why) => {
                report.problems.push(Problem { line, field, why });
                continue;
            }
        }
        due.push((line, entry));
    }
    Ok(due)
}

fn note(notes: &mut BTreeMap<&'static str, usize>, text: &'static str) {
    *notes.entry(text).or_default() += 1;
}

/// The store of this name, or of this code in the newest list of stores.
fn store_of(db: &Connection, text: &str) -> rusqlite::Result<Option<crate::message::StoreId>> {
    let mut select = db.prepare_cached(
        "SELECT id FROM store WHERE name = ?1
         UNION ALL SELECT s.id FROM import_store i JOIN store s ON s.name = i.name
             WHERE i.code = ?1 LIMIT 1",
    )?;
    select.query_row([text], |row| row.get(0)).optional()
}

/// One import, as it is listed.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct ImportRow {
    /// Its number.
    pub id: i64,
    /// What it was a list of.
    pub kind: String,
    /// The file's name.
    pub name: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub begun_ms: i64,
    /// Whether it came to its end.
    pub done: bool,
    /// Whether it was undone.
    pub undone: bool,
    /// Entries that were new.
    pub added: i64,
    /// Entries that said something new.
    pub changed: i64,
}

/// All imports, the newest first.
///
/// # Errors
///
/// As SQLite says.
pub fn imports(db: &Connection) -> rusqlite::Result<Vec<ImportRow>> {
    let mut select = db.prepare(
        "SELECT id, kind, name, begun_ms, done_ms IS NOT NULL, undone_ms IS NOT NULL, added, changed
         FROM import ORDER BY id DESC",
    )?;
    let rows = select.query_map([], |row| {
        Ok(ImportRow {
            id: row.get(0)?,
            kind: row.get(1)?,
            name: row.get(2)?,
            begun_ms: row.get(3)?,
            done: row.get(4)?,
            undone: row.get(5)?,
            added: row.get(6)?,
            changed: row.get(7)?,
        })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests;
