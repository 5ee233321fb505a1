//! Stores: their names, codes and texts.
//!
//! # Invariants
//!
//! - A text that a person set at HQ is not replaced; one that a list set is replaced by the next list.
//!
//! Not here: enrolling their tills.

use super::columns::{Line, Problem};
use super::value::{self};
use super::{At, Entry, Verdict};
use crate::care_list::CustomerId;
use crate::hq::{care, enrol};
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};

/// One store of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Shop {
    name: String,
    code: Option<String>,
    region: Option<String>,
    city: Option<String>,
    address: Option<String>,
    opened_day: Option<i32>,
    store_phone: Option<String>,
    service_phone: Option<String>,
}

impl Shop {
    pub(super) fn read(line: &Line<'_>) -> Result<Self, Problem> {
        Ok(Self {
            name: line.must("name", |text| value::short(text, 60))?,
            code: line.short("code", 40)?,
            region: line.short("region", 40)?,
            city: line.short("city", 40)?,
            address: line.short("address", 200)?,
            opened_day: line.read("opened", value::day)?,
            store_phone: line.short("store_phone", 40)?,
            service_phone: line.short("service_phone", 40)?,
        })
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 2] {
        [
            ("store_phone", self.store_phone.as_deref()),
            ("service_phone", self.service_phone.as_deref()),
        ]
    }
}

/// What the newest list but those from `before` on says of a store.
pub(super) fn newest(db: &Connection, name: &str, before: i64) -> rusqlite::Result<Option<Shop>> {
    let mut select = db.prepare_cached(
        "SELECT name, code, region, city, address, opened_day, store_phone, service_phone
         FROM import_store WHERE name = ?1 AND import < ?2 ORDER BY import DESC LIMIT 1",
    )?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Shop {
            name: row.get(0)?,
            code: row.get(1)?,
            region: row.get(2)?,
            city: row.get(3)?,
            address: row.get(4)?,
            opened_day: row.get(5)?,
            store_phone: row.get(6)?,
            service_phone: row.get(7)?,
        })
    };
    select.query_row(params![name, before], row).optional()
}

/// Replaces the texts that the list `from` set by those of the list `to`.
pub(super) fn replace_texts(
    db: &Connection,
    store: &StoreId,
    from: Option<&Shop>,
    to: Option<&Shop>,
) -> rusqlite::Result<()> {
    for key in ["store_phone", "service_phone"] {
        let of = |shop: Option<&Shop>| {
            shop.and_then(|shop| shop.texts().into_iter().find(|(name, _)| *name == key)?.1)
                .map(str::to_owned)
        };
        let sql = "SELECT value FROM contact WHERE store = ?1 AND key = ?2";
        let stands: Option<String> =
            db.query_row(sql, params![store, key], |row| row.get(0)).optional()?;
        if stands != of(from) {
            continue;
        }
        match of(to) {
            Some(text) => care::set_contact(db, store, key, &text)?,
            None => {
                db.execute(
                    "DELETE FROM contact WHERE store = ?1 AND key = ?2",
                    params![store, key],
                )?;
            }
        }
    }
    Ok(())
}

impl Entry for Shop {
    fn key(&self) -> Vec<u8> {
        self.name.clone().into_bytes()
    }

    fn absorb(&mut self, other: &Self) -> bool {
        self == other
    }

    fn verdict(
        &self,
        at: &At<'_>,
        _: &mut BTreeMap<&'static str, usize>,
    ) -> rusqlite::Result<Verdict> {
        Ok(match newest(at.db, &self.name, i64::MAX)? {
            None => Verdict::New,
            Some(known) if known == *self => Verdict::Same,
            Some(_) => Verdict::Changed,
        })
    }

    fn write(&self, at: &At<'_>, _: &mut BTreeSet<CustomerId>) -> rusqlite::Result<()> {
        let store = enrol::store_named(at.db, &self.name)?;
        let before = newest(at.db, &self.name, at.import)?;
        at.db.execute(
            "INSERT INTO import_store (name, import, line, code, region, city, address, opened_day,
                 store_phone, service_phone) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.name,
                at.import,
                at.line(),
                self.code,
                self.region,
                self.city,
                self.address,
                self.opened_day,
                self.store_phone,
                self.service_phone
            ],
        )?;
        replace_texts(at.db, &store, before.as_ref(), Some(self))
    }
}
