//! Plans a day: who gets which message by which way, and who gets none and why.
//!
//! # Invariants
//!
//! - Planning the same day again changes nothing that was planned; what was held is looked at anew.
//! - After a look at her it is known when the next one can find something else, if nothing changes.
//! - A dry run does everything and keeps nothing.
//! - Marketing is looked at for those only who said yes to it, with or without proof.
//!
//! Not here: who is looked at (`round`), what is due (`due`), what may go (`gate`), sending (`send`).

use super::due::{self, Day, Due, Seen, due};
use super::fill::fill;
use super::gate::{self, Held, Slot, Standing};
use super::kind::{Kind, Stream};
use super::library::{self, Text};
use super::log::{Count, Counts};
use super::settings::{Outlet, Settings};
use super::standing::{self, filling, home, is_interested, sender};
use super::{MessageError, Now, round, tasks, weather};
use crate::care_list::CustomerId;
use crate::event::Field;
use crate::hq::Hq;
use crate::hq::customer::fact;
use crate::hq::desk::rules::Rules;
use crate::hq::desk::win_back;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use crate::random::random;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::collections::BTreeSet;

/// Persons per transaction: others get their turn.
pub(super) const CHUNK: usize = 256;
/// Hours of a day.
const HOURS: i64 = 24;

/// What does not change while a day is planned.
struct Planner<'a> {
    db: &'a Connection,
    keys: &'a Keys,
    settings: &'a Settings,
    rules: &'a Rules,
    day: Day,
    running: Vec<Text>,
    wet: BTreeSet<StoreId>,
    /// Anybody was drawn to be left alone, so that winning back can be compared.
    has_left_alone: bool,
    now: Now,
}

/// What an earlier look left of a message.
enum Before {
    /// It was planned, or a person withdrew it.
    Settled,
    /// Held, because the store had enough to send.
    Waits,
    /// Nothing, or held for what may have changed.
    Open,
}

/// A message that may go.
struct Ready {
    text: i64,
    store: StoreId,
    sender: String,
    outlet: Outlet,
    from_minute: u16,
}

/// Plans today's messages; with `write` unset it only says what it would do. Counts by kind, state and
/// reason are of what this run decided.
///
/// # Errors
///
/// [`MessageError`]; persons planned before it are planned.
pub fn plan(hq: &mut Hq, now: Now, write: bool) -> Result<Vec<Count>, MessageError> {
    let (mut counts, mut after) = (Counts::default(), None);
    loop {
        after = some(hq, now, write, after, &mut counts)?;
        if after.is_none() {
            return Ok(counts.into_rows());
        }
    }
}

/// Plans some persons in one transaction, those behind `after` in the order of pseudonyms; gives the
/// last of them, none when all are done. So others get their turn in between.
fn some(
    hq: &mut Hq,
    now: Now,
    write: bool,
    after: Option<CustomerId>,
    counts: &mut Counts,
) -> Result<Option<CustomerId>, MessageError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // What a dry run settles is not kept: the next persons need it anew.
    if after.is_none() || !write {
        tasks::settle(&tx)?;
        tasks::expire(&tx, now.day)?;
    }
    let persons = persons(&tx, after)?;
    these(&tx, &hq.keys, now, &persons, counts)?;
    if write {
        tx.commit()?;
    }
    Ok(persons.last().copied().filter(|_| persons.len() == CHUNK))
}

/// Plans these persons, each under the number that she is found under.
pub(super) fn these(
    db: &Connection,
    keys: &Keys,
    now: Now,
    persons: &[CustomerId],
    counts: &mut Counts,
) -> Result<(), MessageError> {
    let (settings, rules) = (Settings::of(db)?, Rules::of(db)?);
    let planner = Planner {
        db,
        keys,
        day: Day::of(&settings, now.day),
        running: library::running(db, settings.language(), now.day)?,
        wet: weather::wet(db, now.day)?,
        has_left_alone: win_back::has_left_alone(db)?,
        settings: &settings,
        rules: &rules,
        now,
    };
    for root in persons {
        let next = planner.person(root, counts)?;
        round::look_again(db, root, next)?;
    }
    Ok(())
}

fn persons(db: &Connection, after: Option<CustomerId>) -> rusqlite::Result<Vec<CustomerId>> {
    let sql = "SELECT id FROM customer WHERE root IS NULL AND identity IS NOT NULL
               AND (?1 IS NULL OR id > ?1) ORDER BY id LIMIT ?2";
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    db.prepare_cached(sql)?.query_map(params![after, limit], |row| row.get(0))?.collect()
}

impl Planner<'_> {
    /// Plans her day; gives the hour of the next look.
    fn person(&self, root: &CustomerId, counts: &mut Counts) -> rusqlite::Result<i64> {
        let seen = self.seen(root)?;
        let mut next = i64::from(seen.next_day(self.settings, self.day.day)) * HOURS;
        let mut all: Vec<(Due, Option<Text>)> =
            due(self.settings, &self.day, &seen).into_iter().map(|due| (due, None)).collect();
        if !self.running.is_empty() {
            all.extend(self.campaigns(root)?);
        }
        for (due, text) in all {
            let waits = match self.before(root, &due)? {
                Before::Settled => continue,
                _ if due.kind == Kind::LongAbsent && self.is_left_alone(root)? => continue,
                Before::Waits => self.has_no_room(root)?,
                Before::Open => false,
            };
            let verdict = match waits {
                true => Err(Held::CapStore),
                false => self.verdict(root, &due, text)?,
            };
            let written = self.write(root, &due, &verdict)?;
            next = next.min(written.err().map_or(i64::MAX, |held| self.retry(due.kind, held)));
            counts.add(due.kind, written);
        }
        Ok(next)
    }

    /// Whether she was drawn to be left alone: winning back is compared with nothing, not with fewer words.
    fn is_left_alone(&self, root: &CustomerId) -> rusqlite::Result<bool> {
        let since = self.day.day - self.rules.win_back.again_after_days;
        Ok(self.has_left_alone && win_back::stands(self.db, root, since)? == Some(None))
    }

    /// When what was held may go if nothing but time passes: where caps were in the way.
    fn retry(&self, kind: Kind, held: Held) -> i64 {
        let today = matches!(kind, Kind::Birthday | Kind::Rain | Kind::Holiday);
        match held {
            Held::CapDay | Held::CapWeek | Held::CapKind | Held::CapDesk if today => {
                self.now.hour() + 1
            }
            Held::CapDay | Held::CapWeek | Held::CapKind | Held::CapDesk | Held::CapStore => {
                i64::from(self.day.day + 1) * HOURS
            }
            _ => i64::MAX,
        }
    }

    fn seen(&self, root: &CustomerId) -> rusqlite::Result<Seen> {
        let told = fact::told(self.db, self.keys, root)?;
        let mut told = told.into_iter().filter(|told| told.field == Field::Birthday);
        let birthday = told.find_map(|told| due::birthday(&told.value?));
        let (db, today) = (self.db, self.day.day);
        let last_day: Option<i32> = db
            .prepare_cached(
                "SELECT max(day) FROM sale WHERE counts AND kind = 'sale'
                 AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
            )?
            .query_row([root], |row| row.get(0))?;
        let in_the_rain = last_day == Some(today)
            && home(db, root)?.is_some_and(|store| self.wet.contains(&store));
        Ok(Seen { birthday, last_day, in_the_rain })
    }

    /// What of today's marketing and information concerns her.
    fn campaigns(&self, root: &CustomerId) -> rusqlite::Result<Vec<(Due, Option<Text>)>> {
        let (db, keys) = (self.db, self.keys);
        if !standing::said_anything(db, root)? {
            return Ok(Vec::new());
        }
        let standing = standing::standing(db, keys, self.rules, root, None)?;
        let mut all = Vec::new();
        for text in &self.running {
            let theme = text.theme.as_deref();
            let concerns = match text.kind.stream() {
                Stream::Marketing => {
                    (standing.said_yes || standing.marketing_proof.is_some())
                        && match theme {
                            Some(theme) => is_interested(db, keys, root, theme)?,
                            None => true,
                        }
                }
                _ => theme.is_some_and(|theme| standing.themes.contains(theme)),
            };
            if concerns {
                let occasion = text.occasion.clone();
                let due = Due { kind: text.kind, subject: occasion.clone(), occasion };
                all.push((due, Some(text.clone())));
            }
        }
        Ok(all)
    }

    /// What an earlier look left of it.
    fn before(&self, root: &CustomerId, due: &Due) -> rusqlite::Result<Before> {
        let mut select = self.db.prepare_cached(
            "SELECT state, reason FROM message WHERE kind = ?2 AND subject = ?3
             AND customer IN (SELECT id FROM customer WHERE id = ?1 OR root = ?1)",
        )?;
        let mut rows = select.query(params![root, due.kind.word(), due.subject])?;
        let mut before = Before::Open;
        while let Some(row) = rows.next()? {
            let (state, reason) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str_or_null()?);
            before = match reason {
                _ if state != "held" => return Ok(Before::Settled),
                Some("withdrawn" | "late") => return Ok(Before::Settled),
                reason if reason == Some(Held::CapStore.word()) => Before::Waits,
                _ => before,
            };
        }
        Ok(before)
    }

    /// Whether her store has enough to send still, as when she was looked at before.
    fn has_no_room(&self, root: &CustomerId) -> rusqlite::Result<bool> {
        let store = home(self.db, root)?;
        store.map_or(Ok(false), |store| self.is_full(&store))
    }

    fn verdict(
        &self,
        root: &CustomerId,
        due: &Due,
        text: Option<Text>,
    ) -> rusqlite::Result<Result<Ready, Held>> {
        let standing = standing::standing(self.db, self.keys, self.rules, root, None)?;
        let theme = text.as_ref().and_then(|text| text.theme.clone());
        match self.may(&standing, due.kind, theme.as_deref()) {
            Err(held) => Ok(Err(held)),
            Ok(from_minute) => self.ready(root, due, text, from_minute),
        }
    }

    /// Her word, the caps and the clock: the minute from which it may leave.
    fn may(&self, standing: &Standing, kind: Kind, theme: Option<&str>) -> Result<u16, Held> {
        gate::consent(standing, kind, theme)?;
        gate::caps(self.settings, &self.rules.caps, standing, kind, self.day.day)?;
        let hours = gate::hours(self.settings, &self.rules.caps, kind);
        match gate::slot(hours, self.day.day, self.now) {
            Slot::Over => Err(Held::Late),
            _ => Ok(hours.0),
        }
    }

    fn ready(
        &self,
        root: &CustomerId,
        due: &Due,
        text: Option<Text>,
        from_minute: u16,
    ) -> rusqlite::Result<Result<Ready, Held>> {
        let (db, keys, language) = (self.db, self.keys, self.settings.language());
        let text = match text {
            Some(text) => Some(text),
            None => library::current(db, due.kind, language, &due.occasion)?,
        };
        let Some(text) = text else { return Ok(Err(Held::NoText)) };
        let Some(store) = home(db, root)? else { return Ok(Err(Held::NoStore)) };
        let sender = sender(db, keys, root, &store, language, self.day.day)?;
        // Filled to see whether it can be; what leaves is filled again then.
        let filled = filling(db, keys, root, &store, Some(sender.clone()))?;
        if filled.and_then(|(filling, _)| fill(&text.text, &filling)).is_none() {
            return Ok(Err(Held::Unfilled));
        }
        let outlet = self.settings.outlet(due.kind);
        if outlet == Outlet::Task && due.kind != Kind::Birthday && self.is_full(&store)? {
            return Ok(Err(Held::CapStore));
        }
        Ok(Ok(Ready { text: text.id, store, sender, outlet, from_minute }))
    }

    /// Whether a store's people have enough to send today.
    fn is_full(&self, store: &StoreId) -> rusqlite::Result<bool> {
        let asked: u32 = self
            .db
            .prepare_cached(
                "SELECT count(*) FROM message WHERE day = ?2 AND store = ?1 AND outlet = 'task'
                 AND state IN ('queued', 'sent')",
            )?
            .query_row(params![store, self.day.day], |row| row.get(0))?;
        Ok(asked >= self.settings.caps.per_store_per_day)
    }

    fn write(
        &self,
        root: &CustomerId,
        due: &Due,
        verdict: &Result<Ready, Held>,
    ) -> rusqlite::Result<Result<(), Held>> {
        let ready = verdict.as_ref().ok();
        // What is held for the same reason as before is left as it is.
        let id: Option<i64> = self
            .db
            .prepare_cached(
                "INSERT INTO message (customer, kind, subject, text, store, day, from_minute, sender,
                     outlet, key, state, reason, made_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT (customer, kind, subject) DO UPDATE SET
                     text = excluded.text, store = excluded.store, day = excluded.day,
                     from_minute = excluded.from_minute, sender = excluded.sender,
                     outlet = excluded.outlet, state = excluded.state, reason = excluded.reason,
                     made_ms = excluded.made_ms
                 WHERE excluded.state = 'queued' OR message.reason IS NOT excluded.reason
                 RETURNING id",
            )?
            .query_row(
                params![
                    root,
                    due.kind.word(),
                    due.subject,
                    ready.map(|ready| ready.text),
                    ready.map(|ready| ready.store),
                    self.day.day,
                    ready.map_or(0, |ready| ready.from_minute),
                    ready.map(|ready| ready.sender.as_str()),
                    ready.map(|ready| ready.outlet.word()),
                    random::<16>(),
                    if ready.is_some() { "queued" } else { "held" },
                    verdict.as_ref().err().map(|held| held.word()),
                    self.now.ms
                ],
                |row| row.get(0),
            )
            .optional()?;
        match (verdict, id) {
            (Err(held), _) => Ok(Err(*held)),
            (Ok(ready), Some(id)) if ready.outlet == Outlet::Task => {
                tasks::make(self.db, self.keys, self.rules, root, id, ready.store, self.day.day)
            }
            (Ok(_), _) => Ok(Ok(())),
        }
    }
}

/// The key under which another program knows a message, as hex.
pub(super) fn key(db: &Connection, id: i64) -> rusqlite::Result<Option<String>> {
    let key: Option<[u8; 16]> = db
        .prepare_cached("SELECT key FROM message WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(key.map(|key| key.iter().map(|byte| format!("{byte:02x}")).collect()))
}
