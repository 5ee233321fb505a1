//! What tills may hand out, on its way down, and what they did hand out, on its way back (S62 to S64, S105).
//!
//! ```text
//! gift calendar, rewards ─▶ offers ─▶ the till's page ─ ticked off ─▶ event ─▶ gift_given, reward_given
//! benefit ─▶ a notice of her card ─────────────┘                           └▶ benefit_given, birthday_given
//! ```
//!
//! # Invariants
//!
//! - A till without HQ for some weeks still knows the gift of the day.
//! - What a till says was handed out is written down, whatever the calendar says meanwhile; once for each
//!   person, thing and day.
//!
//! Not here: the event's form (`event::hand_out`), what a till does with an offer (the agent).

use super::gift;
use crate::care_list::{CustomerId, Had, Offer};
use crate::event::{HandOut, OfferKind, TerminalId};
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, params};

/// As long as a till is to know its customers without HQ, and some days more.
const AHEAD_DAYS: i32 = 35;
/// So many of the last hand-outs go down with her card.
const HAD_MAX: u32 = 8;

/// What may be handed out from yesterday on, for some weeks: a till's calendar may be a day behind.
///
/// # Errors
///
/// As SQLite says.
pub fn offers(db: &Connection, today: i32) -> rusqlite::Result<Vec<Offer>> {
    let (from, until) = (today - 1, today + AHEAD_DAYS);
    let mut offers = Vec::new();
    for (day, gift) in gift::between(db, from, until)? {
        offers.push(Offer {
            kind: OfferKind::Gift,
            id: gift.id.unsigned_abs(),
            from_day: day,
            until_day: day,
            zh: gift.zh,
            en: gift.en,
        });
    }
    let mut select = db.prepare_cached(
        "SELECT id, from_day, until_day, name FROM reward
         WHERE until_day >= ?1 AND from_day <= ?2 ORDER BY id",
    )?;
    let rewards = select.query_map([from, until], |row| {
        let name: String = row.get(3)?;
        Ok(Offer {
            kind: OfferKind::Reward,
            id: row.get::<_, i64>(0)?.unsigned_abs(),
            from_day: row.get(1)?,
            until_day: row.get(2)?,
            zh: name.clone(),
            en: name,
        })
    })?;
    offers.extend(rewards.collect::<rusqlite::Result<Vec<_>>>()?);
    Ok(offers)
}

/// What she was handed last, under any of her numbers; none if nothing.
pub(in crate::hq) fn had(db: &Connection, root: &CustomerId) -> rusqlite::Result<Option<Vec<Had>>> {
    let mut select = db.prepare_cached(
        "WITH hers (id) AS (SELECT id FROM customer WHERE id = ?1 OR root = ?1)
         SELECT 'gift', gift, day FROM gift_given WHERE customer IN hers
         UNION SELECT 'reward', reward, day FROM reward_given WHERE customer IN hers
         UNION SELECT 'birthday', 0, day FROM birthday_given WHERE customer IN hers
         ORDER BY 3 DESC, 1, 2 LIMIT ?2",
    )?;
    let rows = select.query_map(params![root, HAD_MAX], |row| {
        let kind = OfferKind::from_word(&row.get::<_, String>(0)?);
        Ok(Had { kind, id: row.get::<_, i64>(1)?.unsigned_abs(), day: row.get(2)? })
    })?;
    let had: Vec<Had> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(Some(had).filter(|had| !had.is_empty()))
}

/// A till's word that something was handed to somebody, or was not after all.
pub(in crate::hq) struct Word<'a> {
    pub(in crate::hq) customer: &'a CustomerId,
    pub(in crate::hq) store: &'a StoreId,
    pub(in crate::hq) terminal: &'a TerminalId,
    pub(in crate::hq) said: &'a HandOut,
}

impl Word<'_> {
    /// Writes it down, or takes it back.
    pub(in crate::hq) fn heed(&self, db: &Connection) -> rusqlite::Result<()> {
        let Ok(offer) = i64::try_from(self.said.offer) else { return Ok(()) };
        if self.said.undone { self.take_back(db, offer) } else { self.give(db, offer) }
    }

    fn give(&self, db: &Connection, offer: i64) -> rusqlite::Result<()> {
        let Self { customer, store, said, .. } = self;
        let by = self.by(db)?;
        match said.kind {
            OfferKind::Gift => db.execute(
                "INSERT INTO gift_given (gift, customer, store, day, by)
                 SELECT id, ?2, ?3, ?4, ?5 FROM gift WHERE id = ?1 ON CONFLICT DO NOTHING",
                params![offer, customer, store, said.day, by],
            ),
            OfferKind::Benefit => db.execute(
                "INSERT INTO benefit_given (benefit, customer, day, by)
                 SELECT id, ?2, ?3, ?4 FROM benefit WHERE id = ?1 ON CONFLICT DO NOTHING",
                params![offer, customer, said.day, by],
            ),
            OfferKind::Reward => db.execute(
                "INSERT INTO reward_given (reward, customer, store, day)
                 SELECT id, ?2, ?3, ?4 FROM reward r WHERE id = ?1 AND NOT EXISTS (
                     SELECT 1 FROM reward_given WHERE reward = r.id AND customer = ?2 AND day = ?4)",
                params![offer, customer, store, said.day],
            ),
            OfferKind::Birthday => db.execute(
                "INSERT INTO birthday_given (customer, day, store, by) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                params![customer, said.day, store, by],
            ),
            OfferKind::Other => Ok(0),
        }
        .map(drop)
    }

    /// Only what was handed out in this store: another's is not this till's to take back.
    fn take_back(&self, db: &Connection, offer: i64) -> rusqlite::Result<()> {
        let Self { customer, store, said, .. } = self;
        match said.kind {
            OfferKind::Gift => db.execute(
                "DELETE FROM gift_given WHERE gift = ?1 AND customer = ?2 AND store = ?3 AND day = ?4",
                params![offer, customer, store, said.day],
            ),
            OfferKind::Benefit => db.execute(
                "DELETE FROM benefit_given WHERE benefit = ?1 AND customer = ?2 AND day = ?3",
                params![offer, customer, said.day],
            ),
            OfferKind::Reward => db.execute(
                "DELETE FROM reward_given WHERE reward = ?1 AND customer = ?2 AND store = ?3
                 AND day = ?4 AND task IS NULL",
                params![offer, customer, store, said.day],
            ),
            OfferKind::Birthday => db.execute(
                "DELETE FROM birthday_given WHERE customer = ?1 AND store = ?2 AND day = ?3",
                params![customer, store, said.day],
            ),
            OfferKind::Other => Ok(0),
        }
        .map(drop)
    }

    /// Who handed it out; the till, if nobody is named.
    fn by(&self, db: &Connection) -> rusqlite::Result<String> {
        let named = self.said.by.as_deref().map(str::trim).filter(|by| !by.is_empty());
        if let Some(named) = named {
            return Ok(named.to_owned());
        }
        let sql = "SELECT till FROM terminal WHERE id = ?1";
        Ok(db.query_row(sql, [self.terminal], |row| row.get(0)).optional()?.unwrap_or_default())
    }
}
