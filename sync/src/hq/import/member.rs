//! Members: what another program's list says of them.
//!
//! What was said is kept by import, closed under her key. Of it name, birthday, size and associate stand
//! in her file unless a till said otherwise; tier, points and the day she joined are kept as they were
//! told, for tiers are computed from sales.
//!
//! # Invariants
//!
//! - A whole name is shortened to what she is addressed by; the rest is not stored, nor a year of birth.
//! - A consent to marketing without proof is kept and counts for nothing.
//!
//! Not here: taking it out again (`undo`).

use super::columns::{Line, Problem};
use super::value::{self, Why};
use super::{At, Entry, Verdict, note, store_of};
use crate::care_list::CustomerId;
use crate::event::{Field, Name, Purpose, Said};
use crate::hq::customer::{self, fact};
use crate::hq::keys::Keys;
use crate::message::StoreId;
use crate::phone::Phone;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};

const NO_PROOF: &str = "agreed to marketing without proof: kept, and counts for nothing";
const NO_STORE: &str =
    "name a store that HQ does not know: no till gets the member before she buys";
/// Says that a list made this file.
const LISTED: &str = "listed";

/// One member of a list.
pub(super) struct Member {
    phone: Phone,
    /// By field, as [`as_told`] names them.
    facts: BTreeMap<&'static str, String>,
    consents: Vec<Agreed>,
    store: Option<String>,
}

/// What she agreed to, and where that is known from.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Agreed {
    purpose: Purpose,
    given: bool,
    source: Option<String>,
    day: Option<i32>,
    text_version: Option<String>,
    proof: Option<String>,
}

impl Agreed {
    /// Declining needs no proof.
    fn counts(&self) -> bool {
        !self.given || self.purpose != Purpose::Marketing || self.proof.is_some()
    }
}

impl Member {
    pub(super) fn read(line: &Line<'_>) -> Result<Self, Problem> {
        let phone = line.must("phone", value::phone)?;
        let lunar = line.read("lunar", |text| match text {
            "农历" | "阴历" | "lunar" => Ok(true),
            "公历" | "阳历" | "新历" | "solar" => Ok(false),
            other => value::yes(other),
        })?;
        let facts = [
            ("name", name(line)?),
            ("birthday", line.read("birthday", |text| value::birthday(text, lunar == Some(true)))?),
            ("size", line.short("size", 20)?),
            ("tier", line.short("tier", 20)?),
            (
                "points",
                line.read("points", |text| value::amount(text, 0))?.map(|n| n.units().to_string()),
            ),
            ("joined", line.read("joined", value::day)?.map(|day| day.to_string())),
            ("associate", line.short("associate", 20)?),
        ];
        let facts = facts.into_iter().filter_map(|(field, text)| text.map(|text| (field, text)));
        Ok(Self {
            phone,
            facts: facts.collect(),
            consents: consents(line)?,
            store: line.short("store", 60)?,
        })
    }
}

/// Surname and title, as she is addressed.
fn name(line: &Line<'_>) -> Result<Option<String>, Problem> {
    let surname = match line.short("surname", 20)? {
        Some(surname) => Some(surname),
        None => line.short("name", 60)?.and_then(|whole| surname_of(&whole)),
    };
    let title = match line.short("title", 10)?.as_deref() {
        Some("女" | "F" | "f" | "female" | "Female") => "女士".to_owned(),
        Some("男" | "M" | "m" | "male" | "Male") => "先生".to_owned(),
        Some("未知" | "保密") | None => String::new(),
        Some(other) => other.to_owned(),
    };
    Ok(surname.map(|surname| format!("{surname}\t{title}")))
}

/// 李 of 李晓明, 欧阳 of 欧阳修; the last word of a name in Latin letters.
fn surname_of(whole: &str) -> Option<String> {
    const TWO: [&str; 16] = [
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙",
        "宇文", "司徒", "夏侯", "端木", "百里",
    ];
    let first = whole.chars().next()?;
    if first.is_ascii() {
        return whole.split_whitespace().last().map(str::to_owned);
    }
    let two = TWO.into_iter().find(|two| whole.starts_with(two) && whole.chars().count() > 2);
    Some(two.map_or_else(|| first.to_string(), str::to_owned))
}

fn consents(line: &Line<'_>) -> Result<Vec<Agreed>, Problem> {
    let (source, text_version, proof) = (
        line.short("consent_source", 100)?,
        line.short("consent_text", 60)?,
        line.short("consent_proof", 200)?.filter(|proof| !value::says_none(proof)),
    );
    let day = line.read("consent_date", value::day)?;
    let mut consents = Vec::new();
    for (field, purpose) in [("care", Purpose::Care), ("marketing", Purpose::Marketing)] {
        if let Some(given) = line.read(field, value::yes)? {
            consents.push(Agreed {
                purpose,
                given,
                source: source.clone(),
                day,
                text_version: text_version.clone(),
                proof: proof.clone(),
            });
        }
    }
    Ok(consents)
}

impl Entry for Member {
    fn key(&self) -> Vec<u8> {
        self.phone.clear().as_bytes().to_vec()
    }

    fn absorb(&mut self, other: &Self) -> bool {
        self.facts == other.facts && self.consents == other.consents && self.store == other.store
    }

    fn verdict(
        &self,
        at: &At<'_>,
        notes: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict> {
        if self.consents.iter().any(|agreed| !agreed.counts()) {
            note(notes, NO_PROOF);
        }
        let store = self.store(at.db)?;
        if self.store.is_some() && store.is_none() {
            note(notes, NO_STORE);
        }
        let id = customer::id_of(at.keys, &self.phone);
        match customer::is_erased(at.db, &id)? {
            None => Ok(Verdict::New),
            Some(true) => Ok(Verdict::Refused("phone", Why::Erased)),
            Some(false) if self.is_known(at, &id, store)? => Ok(Verdict::Same),
            Some(false) => Ok(Verdict::Changed),
        }
    }

    fn write(&self, at: &At<'_>, touched: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()> {
        let is_new = customer::is_erased(at.db, &customer::id_of(at.keys, &self.phone))?.is_none();
        let Some(id) = customer::of_phone(at.db, at.keys, &self.phone)? else { return Ok(()) };
        if is_new {
            keep(at, &id, LISTED, "")?;
        }
        for (field, text) in self.new_facts(at.db, at.keys, &id)? {
            keep(at, &id, field, text)?;
            stand(at.db, at.keys, &id, field, text, (at.stream(), at.line()))?;
        }
        for agreed in self.new_consents(at.db, &id)? {
            keep_consent(at, &id, agreed)?;
        }
        if let Some(store) = self.store(at.db)? {
            customer::known_in(at.db, &store, &id)?;
        }
        touched.insert(id);
        Ok(())
    }
}

impl Member {
    fn store(&self, db: &Connection) -> rusqlite::Result<Option<StoreId>> {
        self.store.as_deref().map_or(Ok(None), |store| store_of(db, store))
    }

    fn is_known(
        &self,
        at: &At<'_>,
        id: &CustomerId,
        store: Option<StoreId>,
    ) -> rusqlite::Result<bool> {
        let in_store = match store {
            Some(store) => customer::is_known_in(at.db, &store, id)?,
            None => true,
        };
        Ok(in_store
            && self.new_facts(at.db, at.keys, id)?.is_empty()
            && self.new_consents(at.db, id)?.is_empty())
    }

    /// Those that the newest list on her did not say just so.
    fn new_facts(
        &self,
        db: &Connection,
        keys: &Keys,
        id: &CustomerId,
    ) -> rusqlite::Result<Vec<(&'static str, &str)>> {
        let known = as_told(db, keys, id)?;
        let is_new = |(field, text): &(&'static str, &str)| {
            known.get(*field).map(String::as_str) != Some(*text)
        };
        Ok(self.facts.iter().map(|(field, text)| (*field, text.as_str())).filter(is_new).collect())
    }

    fn new_consents(&self, db: &Connection, id: &CustomerId) -> rusqlite::Result<Vec<&Agreed>> {
        let mut new = Vec::new();
        for agreed in &self.consents {
            if consent_of(db, id, agreed.purpose)?.as_ref() != Some(agreed) {
                new.push(agreed);
            }
        }
        Ok(new)
    }
}

/// What lists said of her, the newest word on each field: `name` (surname and title with a tab between),
/// `birthday`, `size`, `tier`, `points`, `joined` (days since 1970-01-01), `associate`.
///
/// # Errors
///
/// As SQLite says.
pub fn as_told(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut select = db.prepare_cached(
        "SELECT f.field, f.value, c.wrapped_key FROM import_fact f JOIN customer c ON c.id = f.customer
         WHERE f.customer = ?1 AND c.wrapped_key IS NOT NULL ORDER BY f.import",
    )?;
    let mut told = BTreeMap::new();
    let mut rows = select.query([id])?;
    while let Some(row) = rows.next()? {
        let (sealed, wrapped): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let text = fact::opened(keys, id, &wrapped, &sealed);
        told.extend(text.map(|text| (row.get(0), text)).and_then(|(field, text)| {
            field.ok().filter(|field: &String| field != LISTED).map(|field| (field, text))
        }));
    }
    Ok(told)
}

fn keep(at: &At<'_>, id: &CustomerId, field: &str, text: &str) -> rusqlite::Result<()> {
    let Some(value) = fact::closed(at.db, at.keys, id, text)? else { return Ok(()) };
    at.db
        .prepare_cached(
            "INSERT INTO import_fact (customer, field, import, line, value)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET line = excluded.line, value = excluded.value",
        )?
        .execute(params![id, field, at.import, at.line(), value])?;
    Ok(())
}

/// Lets a list's word stand in her file at its place.
pub(super) fn stand(
    db: &Connection,
    keys: &Keys,
    id: &CustomerId,
    field: &str,
    text: &str,
    (stream, line): (i64, i64),
) -> rusqlite::Result<()> {
    let field = match field {
        "name" => {
            let (surname, title) = text.split_once('\t').unwrap_or((text, ""));
            let name = Name { surname: surname.into(), title: title.into() };
            return customer::listed_name(db, keys, id, Some(&name), stream);
        }
        "birthday" => Field::Birthday,
        "size" => Field::Size,
        "associate" => Field::Associate,
        _ => return Ok(()),
    };
    let place = (0, stream, crate::event::Seq(line.unsigned_abs()));
    fact::hear(db, keys, id, field, &Said::Told(text.into()), place)
}

fn consent_of(
    db: &Connection,
    id: &CustomerId,
    purpose: Purpose,
) -> rusqlite::Result<Option<Agreed>> {
    let mut select = db.prepare_cached(
        "SELECT given, source, day, text_version, proof FROM import_consent
         WHERE customer = ?1 AND purpose = ?2 ORDER BY import DESC LIMIT 1",
    )?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Agreed {
            purpose,
            given: row.get(0)?,
            source: row.get(1)?,
            day: row.get(2)?,
            text_version: row.get(3)?,
            proof: row.get(4)?,
        })
    };
    select.query_row(params![id, purpose.word()], row).optional()
}

fn keep_consent(at: &At<'_>, id: &CustomerId, agreed: &Agreed) -> rusqlite::Result<()> {
    let purpose = agreed.purpose.word();
    at.db
        .prepare_cached(
            "INSERT INTO import_consent (customer, purpose, import, line, given, source, day,
                 text_version, proof, counts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id,
            purpose,
            at.import,
            at.line(),
            agreed.given,
            agreed.source,
            agreed.day,
            agreed.text_version,
            agreed.proof,
            agreed.counts()
        ])?;
    if !agreed.counts() {
        return Ok(());
    }
    // A line has at most one word on each purpose.
    let seq = at.line().saturating_mul(8) + i64::from(agreed.purpose.code());
    at.db
        .prepare_cached(
            "INSERT INTO consent (stream, seq, customer, purpose, given, text_version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            at.stream(),
            seq,
            id,
            purpose,
            agreed.given,
            agreed.text_version.as_deref().unwrap_or("imported")
        ])?;
    Ok(())
}
