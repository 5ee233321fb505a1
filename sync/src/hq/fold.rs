//! Folding: what each event does to the tables.
//!
//! A sale keeps what its own event said; remarks (attribution, amend, void, return) are kept beside it,
//! by place or by receipt number, and what stands is computed anew from all of them. So it does not
//! matter which arrives first, and undo is simply a later remark.
//!
//! # Invariants
//!
//! - Streams of tills are above 0, those of imports below: what a list said is the oldest word.
//! - The last word wins, be it a remark, a consent or a field of her file: the one said last ([`said_ms`]),
//!   within a stream the one told last. The sale's own word is the oldest of all.
//! - Folding the same ledger gives the same sales, consents and fields, whichever till's part came first.
//!
//! Not here: exactly once (`open`).

mod file;
mod remark;
mod sale;
mod settle;

use super::desk::messages::opt;
use super::keys::Keys;
use super::words;
use super::{audit, customer, desk, erasure, table};
use crate::care_list::CustomerId;
use crate::event::{
    Body, Consent, Epoch, ErasureRequest, Event, Gap, Look, Missing, Outcome, Report, Seq,
    TerminalId, Weather,
};
use crate::message::StoreId;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// No till waits so long for HQ: a word that seems to have was dated by a clock that lost its battery.
const WAIT_MS_MAX: i64 = 400 * 86_400_000;

/// Where an event stands, and in which store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) stream: i64,
    pub(super) seq: Seq,
    /// When it was said, as words are ordered; 0 for a list's.
    pub(super) said_ms: i64,
    /// When it came to HQ.
    pub(super) received_ms: i64,
    pub(super) terminal: TerminalId,
    pub(super) epoch: Epoch,
    pub(super) store: StoreId,
}

/// What orders words: when, and where.
pub(super) type SaidAt = (i64, i64, Seq);

impl Place {
    pub(super) const fn said(&self) -> SaidAt {
        (self.said_ms, self.stream, self.seq)
    }
}

/// When a word was said: by its till's clock, or when it arrived where that clock cannot be right. Never
/// before what its stream said earlier.
pub(super) fn said_ms(before_ms: i64, wall_ms: i64, received_ms: i64) -> i64 {
    let waited_ms = received_ms.saturating_sub(wall_ms);
    let said_ms = if (0..WAIT_MS_MAX).contains(&waited_ms) { wall_ms } else { received_ms };
    // What came while HQ's own clock was years ahead holds nothing back for years.
    said_ms.max(before_ms.min(received_ms)).max(1)
}

/// One event being folded.
struct Folding<'a> {
    db: &'a Connection,
    keys: &'a Keys,
    place: Place,
    wall_ms: i64,
    /// Customers whose file changed.
    touched: &'a mut BTreeSet<CustomerId>,
}

/// Folds `event` into the tables; notes in `touched` whose file changed.
pub(super) fn fold(
    db: &Connection,
    keys: &Keys,
    place: Place,
    event: &Event,
    touched: &mut BTreeSet<CustomerId>,
) -> rusqlite::Result<()> {
    let mut folding = Folding { db, keys, place, wall_ms: event.at.wall_ms, touched };
    match &event.body {
        Body::Sale(sale) => folding.sale(sale),
        Body::Amend(amend) => folding.amend(amend),
        Body::Attribution(attribution) => folding.attribution(attribution),
        Body::Void(void) => folding.void(void),
        Body::ReturnLink(link) => folding.return_link(link),
        Body::Consent(consent) => folding.consent(consent),
        Body::Outcome(outcome) => folding.outcome(outcome),
        Body::Look(look) => folding.look(look),
        Body::Gap(gap) => folding.gap(gap),
        Body::Report(report) => folding.report(report),
        Body::Missing(missing) => folding.missing(missing),
        Body::Fact(fact) => folding.fact(fact),
        Body::Referral(referral) => folding.referral(referral),
        Body::Merge(merge) => folding.merge(merge),
        Body::Staff(staff) => folding.staff(staff),
        Body::Forgotten(forgotten) => erasure::confirmed(db, keys, &place, forgotten, touched),
        Body::HandOut(given) => folding.hand_out(given),
        Body::Weather(weather) => folding.weather(weather),
        Body::ErasureRequest(request) => folding.erasure_request(request),
        Body::Words(list) => words::told(db, place.stream, list),
        Body::Unknown(_) => Ok(()),
    }
}

/// Settles anew what followed the sale that stood at `place`, and is gone.
pub(super) fn without(
    db: &Connection,
    keys: &Keys,
    place: Place,
    receipt_no: Option<&str>,
    touched: &mut BTreeSet<CustomerId>,
) -> rusqlite::Result<()> {
    Folding { db, keys, place, wall_ms: 0, touched }.settle_without(receipt_no)
}

impl Folding<'_> {
    fn consent(&mut self, consent: &Consent) -> rusqlite::Result<()> {
        let Some(customer) = customer::of_phone(self.db, self.keys, &consent.phone)? else {
            return Ok(());
        };
        self.db.execute(
            "INSERT INTO consent (stream, seq, customer, purpose, given, text_version, cashier, said_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.place.stream,
                self.place.seq,
                customer,
                consent.purpose.word(),
                consent.given,
                consent.text_version,
                consent.cashier,
                self.place.said_ms
            ],
        )?;
        self.touched.insert(customer);
        Ok(())
    }

    fn outcome(&self, outcome: &Outcome) -> rusqlite::Result<()> {
        let place = (self.place.stream, self.place.seq);
        desk::outcome::heard(self.db, self.keys, place, self.wall_ms, outcome)
    }

    fn weather(&self, weather: &Weather) -> rusqlite::Result<()> {
        let Weather { day, rains } = *weather;
        desk::messages::weather::heard(self.db, &self.place.store, day, rains, self.wall_ms)
    }

    fn look(&self, look: &Look) -> rusqlite::Result<()> {
        let Place { stream, seq, .. } = self.place;
        self.db.execute(
            "INSERT INTO look (stream, seq, who, task) VALUES (?1, ?2, ?3, ?4)",
            params![stream, seq, look.who, look.task.map(Seq)],
        )?;
        // Beside what was looked at here: one trail of every number that somebody saw.
        let sql = "SELECT name FROM store WHERE id = ?1";
        let store: String = self.db.query_row(sql, [self.place.store], |row| row.get(0))?;
        let who = format!("{store} · {}", look.who);
        let task = look.task.map_or_else(String::new, |task| format!("task {task} "));
        let about = format!("{task}{}", table::minute(self.wall_ms));
        audit::note(self.db, self.place.received_ms, &who, "till_look", &about, "")
    }

    fn erasure_request(&mut self, request: &ErasureRequest) -> rusqlite::Result<()> {
        let Some(customer) = customer::of_phone(self.db, self.keys, &request.phone)? else {
            return Ok(());
        };
        let Place { stream, seq, store, said_ms, .. } = self.place;
        self.db.execute(
            "INSERT INTO erasure_request (stream, seq, customer, store, said_ms, by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![stream, seq, customer, store, said_ms, request.by],
        )?;
        self.touched.insert(customer);
        // Until a person has done it she is left alone by everybody.
        let day = i32::try_from(said_ms.div_euclid(86_400_000)).unwrap_or(i32::MAX);
        let alone = opt::leave_alone(self.db, &customer, opt::ERASURE_REQUEST, day, said_ms);
        alone.or_else(|error| match error {
            opt::OptError::Sql(error) => Err(error),
            _ => Ok(()), // none of an opt-out
        })
    }

    fn gap(&self, gap: &Gap) -> rusqlite::Result<()> {
        self.db.execute(
            "INSERT INTO gap (stream, seq, boot, first_slip, last_slip, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.place.stream,
                self.place.seq,
                format!("{:016x}", gap.boot),
                Seq(gap.first_slip),
                Seq(gap.last_slip),
                gap.reason.word()
            ],
        )?;
        Ok(())
    }

    fn missing(&self, missing: &Missing) -> rusqlite::Result<()> {
        let (reported, captured) = missing.counts.unzip();
        let (reported_total, captured_total) = missing.totals.unzip();
        self.db.execute(
            "INSERT INTO missing (stream, seq, bridge, day, numbers, count, reported, captured,
                                  reported_total, captured_total)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.place.stream,
                self.place.seq,
                missing.bridge,
                missing.day,
                missing.numbers.join("\n"),
                Seq(missing.count),
                reported,
                captured,
                reported_total,
                captured_total
            ],
        )?;
        Ok(())
    }

    fn report(&self, report: &Report) -> rusqlite::Result<()> {
        self.db.execute(
            "INSERT INTO report (stream, seq, kind, printed_at, count, total, till)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.place.stream,
                self.place.seq,
                report.kind.word(),
                report.printed_at.map(|at| at.0),
                report.count,
                report.total,
                report.till
            ],
        )?;
        Ok(())
    }
}
