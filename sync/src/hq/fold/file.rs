//! What becomes of her file: a field told, a gift handed out, who brought her, numbers that are one person's.
//!
//! All of it is kept as it was said, with when and where; what stands is what was said last. So it does
//! not matter which till's batch arrives first.
//!
//! Not here: what stands (`hq::customer::person`, `hq::customer::fact`).

use super::{Folding, Place};
use crate::event::{Fact, HandOut, Merge, Referral, Staff};
use crate::hq::customer::{self, fact, identity, person};
use crate::hq::desk::vip::hand_out;
use rusqlite::params;

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

impl Folding<'_> {
    pub(super) fn fact(&mut self, said: &Fact) -> rusqlite::Result<()> {
        let Some(id) = customer::of_phone(self.db, self.keys, &said.phone)? else {
            return Ok(());
        };
        fact::hear(self.db, self.keys, &id, said.field, &said.said, self.place.said())?;
        self.touched.insert(id);
        Ok(())
    }

    pub(super) fn hand_out(&mut self, said: &HandOut) -> rusqlite::Result<()> {
        let Some(id) = customer::of_phone(self.db, self.keys, &said.phone)? else {
            return Ok(());
        };
        let Place { store, terminal, .. } = &self.place;
        hand_out::Word { customer: &id, store, terminal, said }.heed(self.db)?;
        self.touched.insert(id);
        Ok(())
    }

    pub(super) fn referral(&mut self, referral: &Referral) -> rusqlite::Result<()> {
        let newcomer = customer::of_phone(self.db, self.keys, &referral.newcomer)?;
        let referrer = customer::of_phone(self.db, self.keys, &referral.referrer)?;
        let (Some(newcomer), Some(referrer)) = (newcomer, referrer) else { return Ok(()) };
        self.db.execute(
            "INSERT INTO referral (stream, seq, newcomer, referrer, day, undone, said_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.place.stream,
                self.place.seq,
                newcomer,
                referrer,
                self.wall_ms.div_euclid(DAY_MS),
                referral.undone,
                self.place.said_ms
            ],
        )?;
        self.touched.extend([newcomer, referrer]);
        Ok(())
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> rusqlite::Result<()> {
        // What parts two numbers counts also where one of them is erased: the other is then not hers.
        let of = |phone| match customer::of_phone(self.db, self.keys, phone)? {
            None if merge.undone => Ok(Some(identity::pseudonym(self.keys, phone))),
            id => Ok::<_, rusqlite::Error>(id),
        };
        let (Some(kept), Some(absorbed)) = (of(&merge.kept)?, of(&merge.absorbed)?) else {
            return Ok(());
        };
        if kept == absorbed {
            return Ok(());
        }
        self.db.execute(
            "INSERT INTO merge (stream, seq, kept, absorbed, why, undone, said_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.place.stream,
                self.place.seq,
                kept,
                absorbed,
                merge.why.word(),
                merge.undone,
                self.place.said_ms
            ],
        )?;
        self.touched.extend(person::settle(self.db, kept)?);
        Ok(())
    }

    pub(super) fn staff(&mut self, staff: &Staff) -> rusqlite::Result<()> {
        let Some(id) = customer::of_phone(self.db, self.keys, &staff.phone)? else {
            return Ok(());
        };
        self.db.execute(
            "INSERT INTO staff (stream, seq, customer, is_staff, said_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.place.stream, self.place.seq, id, staff.is_staff, self.place.said_ms],
        )?;
        self.touched.insert(id);
        Ok(())
    }
}
