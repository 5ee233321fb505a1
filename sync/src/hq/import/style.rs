//! Styles: what a style number is made of, and how it is cared for.
//!
//! # Invariants
//!
//! - Of a style the newest list's row stands, whole.
//!
//! Not here: sending them down to stores (`hq::style`), what a care code means (`care_code`).

use super::columns::{Line, Problem};
use super::value;
use super::{At, Entry, Verdict};
use crate::care_code::CareCode;
use crate::care_list::CustomerId;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::{BTreeMap, BTreeSet};

/// A style, as the newest list has it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Style {
    /// 款号, as receipts print it.
    pub code: String,
    /// What it is called.
    pub name: Option<String>,
    /// 品类, e.g. `羊毛大衣`.
    pub category: Option<String>,
    /// What it is made of, e.g. `90%羊毛 10%羊绒`.
    pub fibre: Option<String>,
    /// The care code, as [`CareCode`] writes it.
    pub care: Option<String>,
    /// Its season.
    pub season: Option<String>,
}

/// All styles, by code.
///
/// # Errors
///
/// As SQLite says.
pub fn styles(db: &Connection) -> rusqlite::Result<Vec<Style>> {
    let mut select = db.prepare(
        "SELECT code, name, category, fibre, care, season, max(import) FROM import_style
         GROUP BY code ORDER BY code",
    )?;
    select.query_map([], style)?.collect()
}

/// The style of this code.
///
/// # Errors
///
/// As SQLite says.
pub fn style_of(db: &Connection, code: &str) -> rusqlite::Result<Option<Style>> {
    let mut select = db.prepare_cached(
        "SELECT code, name, category, fibre, care, season FROM import_style WHERE code = ?1
         ORDER BY import DESC LIMIT 1",
    )?;
    select.query_row([code], style).optional()
}

/// Counts up whenever styles were imported or an import of them undone: who has seen this number has
/// seen these styles.
///
/// # Errors
///
/// As SQLite says.
pub fn version(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT count(done_ms) + count(undone_ms) FROM import WHERE kind = 'styles'";
    db.query_row(sql, [], |row| row.get::<_, crate::event::Seq>(0)).map(|count| count.0)
}

fn style(row: &Row<'_>) -> rusqlite::Result<Style> {
    Ok(Style {
        code: row.get(0)?,
        name: row.get(1)?,
        category: row.get(2)?,
        fibre: row.get(3)?,
        care: row.get(4)?,
        season: row.get(5)?,
    })
}

impl Style {
    pub(super) fn read(line: &Line<'_>) -> Result<Self, Problem> {
        Ok(Self {
            code: line.must("code", |text| value::short(text, 40))?,
            name: line.short("name", 80)?,
            category: line.short("category", 40)?,
            fibre: line.short("fibre", 120)?,
            care: line.read("care", |text| Ok(CareCode::parse(text)?.written()))?,
            season: line.short("season", 40)?,
        })
    }
}

impl Entry for Style {
    fn key(&self) -> Vec<u8> {
        self.code.clone().into_bytes()
    }

    /// A list of single pieces names a style once for each colour and size.
    fn absorb(&mut self, other: &Self) -> bool {
        self == other
    }

    fn verdict(
        &self,
        at: &At<'_>,
        _: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict> {
        Ok(match style_of(at.db, &self.code)? {
            None => Verdict::New,
            Some(known) if known == *self => Verdict::Same,
            Some(_) => Verdict::Changed,
        })
    }

    fn write(&self, at: &At<'_>, _: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()> {
        at.db
            .prepare_cached(
                "INSERT INTO import_style (code, import, line, name, category, fibre, care, season)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                self.code,
                at.import,
                at.line(),
                self.name,
                self.category,
                self.fibre,
                self.care,
                self.season
            ])?;
        Ok(())
    }
}
