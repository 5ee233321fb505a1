//! Staff: who serves, and which numbers are their own.
//!
//! # Invariants
//!
//! - A number of staff's counts for no tier; a till's word on it stands over the list's.
//!
//! Not here: who may log in (nobody does by this list).

use super::columns::{Line, Problem};
use super::value::{self, Why};
use super::{At, Entry, Verdict};
use crate::care_list::CustomerId;
use crate::hq::customer;
use crate::phone::Phone;
use rusqlite::{OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};

/// One member of staff.
pub(super) struct Associate {
    code: String,
    name: String,
    store: Option<String>,
    role: Option<String>,
    phone: Option<Phone>,
}

impl Associate {
    pub(super) fn read(line: &Line<'_>) -> Result<Self, Problem> {
        Ok(Self {
            code: line.must("code", |text| value::short(text, 40))?,
            name: line.must("name", |text| value::short(text, 60))?,
            store: line.short("store", 60)?,
            role: line.short("role", 40)?,
            phone: line.read("phone", value::phone)?,
        })
    }
}

type Row = (String, Option<String>, Option<String>, Option<CustomerId>);

impl Entry for Associate {
    fn key(&self) -> Vec<u8> {
        self.code.clone().into_bytes()
    }

    fn absorb(&mut self, other: &Self) -> bool {
        (&self.name, &self.store, &self.role, &self.phone)
            == (&other.name, &other.store, &other.role, &other.phone)
    }

    fn verdict(
        &self,
        at: &At<'_>,
        _: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict> {
        let id = self.phone.as_ref().map(|phone| customer::id_of(at.keys, phone));
        if let Some(id) = &id
            && customer::is_erased(at.db, id)? == Some(true)
        {
            return Ok(Verdict::Refused("phone", Why::Erased));
        }
        let sql = "SELECT name, store, role, customer FROM import_staff WHERE code = ?1
                   ORDER BY import DESC LIMIT 1";
        let known: Option<Row> = at
            .db
            .query_row(sql, [&self.code], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        Ok(match known {
            None => Verdict::New,
            Some(known)
                if known == (self.name.clone(), self.store.clone(), self.role.clone(), id) =>
            {
                Verdict::Same
            }
            Some(_) => Verdict::Changed,
        })
    }

    fn write(&self, at: &At<'_>, touched: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()> {
        let id = match &self.phone {
            Some(phone) => customer::of_phone(at.db, at.keys, phone)?,
            None => None,
        };
        at.db.execute(
            "INSERT INTO import_staff (code, import, line, name, store, role, customer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![self.code, at.import, at.line(), self.name, self.store, self.role, id],
        )?;
        if let Some(id) = id {
            at.db.execute(
                "INSERT INTO staff (stream, seq, customer, is_staff) VALUES (?1, ?2, ?3, 1)",
                params![at.stream(), at.line(), id],
            )?;
            touched.insert(id);
        }
        Ok(())
    }
}
