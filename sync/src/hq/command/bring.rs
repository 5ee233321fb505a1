//! Imports at the console: what a list would do, doing it, undoing it.
//!
//! Not here: the work (`import`).

use super::show::show;
use super::{CommandError, Dir, Form, open};
use crate::event::LocalSeconds;
use crate::hq::import::style::{self, Style};
use crate::hq::import::{self, ImportRow, Kind, Report, Undone};
use crate::hq::table::{self, Cell};
use crate::hq::{Hq, clock};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::PathBuf;

/// So many problems are shown.
const SHOWN: usize = 20;
const IMPORTS: [&str; 7] = ["id", "kind", "file", "begun_utc", "added", "changed", "state"];
const STYLES: [&str; 6] = ["code", "name", "category", "fibre", "care", "season"];

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Members: phone; surname or name, title, birthday, lunar, size, tier, points, joined, associate, store;
    /// care, marketing, consent_source, consent_date, consent_text, consent_proof
    Members(List),
    /// Staff: code, name; store, role, phone
    Staff(List),
    /// Stores: name; code, region, city, address, opened, store_phone, service_phone
    Stores(List),
    /// Styles: code; name, category, fibre, care, season
    Styles(List),
    /// Past sales: date, store, receipt, amount; phone, associate, item, style, colour, size, quantity,
    /// item_amount
    Sales(List),
    /// Take an import out again
    Undo {
        #[command(flatten)]
        dir: Dir,
        /// Its number, as `imports` lists it
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    dir: Dir,
    /// The list as CSV: UTF-8, GB18030 or UTF-16 with mark
    file: PathBuf,
    /// Which column a field is in, by name or number: `--map phone=3`
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    told: Vec<(String, String)>,
    /// Do it; without this the command only says what it would do
    #[arg(long)]
    yes: bool,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN")?;
    Ok((field.trim().into(), column.trim().into()))
}

pub(super) fn run(what: What, out: &mut impl Write) -> Result<(), CommandError> {
    let (kind, list) = match what {
        What::Members(list) => (Kind::Members, list),
        What::Staff(list) => (Kind::Staff, list),
        What::Stores(list) => (Kind::Stores, list),
        What::Styles(list) => (Kind::Styles, list),
        What::Sales(list) => (Kind::Sales, list),
        What::Undo { dir, id } => {
            let undone = import::undo(&mut open(&dir)?, id, clock::now_ms())?;
            return Ok(tell_undone(id, &undone, out)?);
        }
    };
    let bytes = std::fs::read(&list.file)
        .map_err(|cause| CommandError::File { path: list.file.clone(), cause })?;
    let name = list.file.file_name().unwrap_or_default().to_string_lossy();
    let when = list.yes.then(clock::now_ms);
    let report = import::import(&mut open(&list.dir)?, kind, &name, &bytes, &list.told, when)?;
    Ok(tell(&report, list.yes, out)?)
}

fn tell(report: &Report, yes: bool, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}, {} rows; {}", report.encoding, report.rows, report.columns)?;
    let Report { added, changed, same, problems, .. } = report;
    let refused = problems.len();
    writeln!(out, "new {added}, changed {changed}, the same {same}, refused {refused}")?;
    for (text, count) in &report.notes {
        writeln!(out, "{count} {text}")?;
    }
    for problem in problems.iter().take(SHOWN) {
        writeln!(out, "{problem}")?;
    }
    if refused > SHOWN {
        writeln!(out, "and {} more", refused - SHOWN)?;
    }
    match (report.import, yes) {
        (Some(id), _) => writeln!(out, "done: import {id}; to take it out again: import undo {id}"),
        (None, true) => writeln!(out, "there was nothing to do"),
        (None, false) => writeln!(out, "nothing was changed; with --yes it is done"),
    }
}

fn tell_undone(id: i64, undone: &Undone, out: &mut impl Write) -> std::io::Result<()> {
    let Undone { rows, files, snapshot } = undone;
    writeln!(out, "import {id} is undone: {rows} rows and {files} members' files are gone")?;
    if *snapshot {
        writeln!(out, "some of them were at tills: each till gets its whole care list anew")?;
    }
    Ok(())
}

pub(super) fn imports(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let imports = import::imports(&hq.db)?;
    let rows = || imports.iter().map(import_cells).collect();
    Ok(show(form, &IMPORTS, rows, &imports, out)?)
}

fn import_cells(import: &ImportRow) -> Vec<Cell> {
    let begun = table::local_time(LocalSeconds(import.begun_ms.div_euclid(1_000)));
    let state = match (import.undone, import.done) {
        (true, _) => "undone",
        (false, true) => "done",
        (false, false) => "cut off",
    };
    vec![
        Cell::Number(import.id.to_string()),
        Cell::text(Some(&import.kind)),
        Cell::text(Some(&import.name)),
        Cell::text(Some(&begun)),
        Cell::Number(import.added.to_string()),
        Cell::Number(import.changed.to_string()),
        Cell::text(Some(state)),
    ]
}

pub(super) fn styles(hq: &Hq, form: &Form, out: &mut impl Write) -> Result<(), CommandError> {
    let styles = style::styles(&hq.db)?;
    let rows = || styles.iter().map(style_cells).collect();
    Ok(show(form, &STYLES, rows, &styles, out)?)
}

fn style_cells(style: &Style) -> Vec<Cell> {
    let text = |text: &Option<String>| Cell::text(text.as_deref());
    vec![
        Cell::text(Some(&style.code)),
        text(&style.name),
        text(&style.category),
        text(&style.fibre),
        text(&style.care),
        text(&style.season),
    ]
}
