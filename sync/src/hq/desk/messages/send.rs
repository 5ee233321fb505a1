//! Sends what is queued: marks, carries, settles.
//!
//! ```text
//! queued ─▶ asked again: her word, her name, the hours ─▶ sending (on disk) ─▶ carried ─▶ settled (on disk)
//!                 └─▶ held, with the reason                    └─ a crash ─▶ unknown: said, not sent again
//! ```
//!
//! # Invariants
//!
//! - Nothing leaves that is not marked on disk; a mark without a settlement is never carried again.
//! - Her word is asked for right before: an opt-out works at once.
//!
//! Not here: planning (`plan`), the store's tasks (`tasks`), the list that a person takes along (`export`).

use super::fill::fill;
use super::gate::{self, Held, Slot};
use super::kind::Kind;
use super::library;
use super::outlet::http::Carrier;
use super::outlet::{Heard, Outgoing, Request, Verdict, sms, webhook};
use super::plan::key;
use super::settings::{Outlet, Settings};
use super::standing::{filling, standing};
use super::{MessageError, Now, tasks};
use crate::care_list::CustomerId;
use crate::hq::Hq;
use crate::hq::desk::rules::Rules;
use crate::hq::keys::Keys;
use crate::message::StoreId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::path::Path;
use zeroize::Zeroizing;

/// A mark that is older was left by a run that ended in between. Longer than any run waits for one.
const LOST_MS: i64 = 15 * 60_000;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Sent {
    /// Taken by the other side, or written to the list.
    pub sent: u32,
    /// To be tried again.
    pub again: u32,
    /// Refused.
    pub failed: u32,
    /// Nobody can say; not sent again.
    pub unknown: u32,
    /// Kept back at the last moment.
    pub held: u32,
    /// Wait for their hour.
    pub waiting: u32,
}

/// A message that was marked.
pub(super) struct Marked {
    pub(super) id: i64,
    tries: u16,
    outlet: Outlet,
    pub(super) out: Outgoing,
}

/// What marking one came to.
pub(super) enum Next {
    Marked(Box<Marked>),
    Held,
    Nothing,
}

/// The ways out that have settings, with their secrets.
struct Ways {
    webhook: Option<(super::settings::Webhook, Zeroizing<Vec<u8>>)>,
    sms: Option<(super::settings::Sms, Zeroizing<String>)>,
}

/// Sends what may leave now by webhook and SMS.
///
/// # Errors
///
/// [`MessageError`]; what was marked and not settled is `unknown` later.
pub fn send(hq: &mut Hq, carrier: &impl Carrier, now: Now) -> Result<Sent, MessageError> {
    let settings = Settings::of(&hq.db)?;
    let ways = Ways::of(&settings)?;
    let mut sent = Sent { unknown: begin(hq, now)?, ..Sent::default() };
    ways.suffice(&hq.db)?;
    loop {
        match mark(hq, &settings, now, |outlet| matches!(outlet, Outlet::Webhook | Outlet::Sms))? {
            Next::Nothing => break,
            Next::Held => sent.held += 1,
            Next::Marked(marked) => {
                let heard = carrier.carry(&ways.request(&marked, now.ms)?);
                let verdict = ways.verdict(&marked, &heard);
                settle(&hq.db, marked.id, &verdict, now)?;
                *sent.of(&verdict) += 1;
            }
        }
    }
    read_back(hq, &ways, carrier)?;
    sent.waiting = waiting(&hq.db)?;
    Ok(sent)
}

impl Sent {
    pub(super) fn of(&mut self, verdict: &Verdict) -> &mut u32 {
        match verdict {
            Verdict::Sent(_) => &mut self.sent,
            Verdict::Again(_) => &mut self.again,
            Verdict::Failed(_) => &mut self.failed,
            Verdict::Unknown(_) => &mut self.unknown,
        }
    }
}

impl Ways {
    fn of(settings: &Settings) -> Result<Self, MessageError> {
        let read = |path: &Path| {
            let cause = |cause| MessageError::File { path: path.to_owned(), cause };
            let text = Zeroizing::new(std::fs::read_to_string(path).map_err(cause)?);
            Ok::<_, MessageError>(Zeroizing::new(text.trim().to_owned()))
        };
        let webhook = match &settings.webhook {
            Some(webhook) => {
                let secret = read(&webhook.secret_file)?;
                Some((webhook.clone(), Zeroizing::new(secret.as_bytes().to_vec())))
            }
            None => None,
        };
        let sms = match &settings.sms {
            Some(sms) => {
                let secret = sms.secret_file.as_deref().map(read).transpose()?;
                Some((sms.clone(), secret.unwrap_or_default()))
            }
            None => None,
        };
        Ok(Self { webhook, sms })
    }

    /// Nothing is marked that no way is there for.
    fn suffice(&self, db: &Connection) -> Result<(), MessageError> {
        let sql = "SELECT count(*) > 0 FROM message WHERE state = 'queued' AND outlet = ?1";
        let is = [("webhook", self.webhook.is_some()), ("sms", self.sms.is_some())];
        for (outlet, _) in is.into_iter().filter(|(_, is)| !is) {
            if db.query_row(sql, [outlet], |row| row.get(0))? {
                return Err(MessageError::NoOutlet(outlet));
            }
        }
        Ok(())
    }

    fn request(&self, marked: &Marked, now_ms: i64) -> Result<Request, MessageError> {
        match marked.outlet {
            Outlet::Webhook => match &self.webhook {
                Some((webhook, secret)) => {
                    Ok(webhook::request(webhook, secret, &marked.out, now_ms))
                }
                None => Err(MessageError::NoOutlet("webhook")),
            },
            _ => match &self.sms {
                Some((sms, secret)) => Ok(sms::request(sms, secret, &marked.out)),
                None => Err(MessageError::NoOutlet("sms")),
            },
        }
    }

    fn verdict(&self, marked: &Marked, heard: &Heard) -> Verdict {
        let key = &marked.out.key;
        match (marked.outlet, &self.webhook, &self.sms) {
            (Outlet::Webhook, Some((webhook, _)), _) => {
                webhook::verdict(webhook, marked.tries, key, heard)
            }
            (_, _, Some((sms, _))) => sms::verdict(sms, marked.tries, key, heard),
            _ => Verdict::Unknown("no_outlet"),
        }
    }
}

/// What a run before left: marks that nobody settled are unknown, days that went by are over.
pub(super) fn begin(hq: &mut Hq, now: Now) -> Result<u32, MessageError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let lost = tx.execute(
        "UPDATE message SET state = 'unknown', reason = 'interrupted', settled_ms = ?1
         WHERE state = 'sending' AND marked_ms < ?2",
        params![now.ms, now.ms.saturating_sub(LOST_MS)],
    )?;
    tasks::settle(&tx)?;
    tasks::expire(&tx, now.day)?;
    tx.commit()?;
    Ok(u32::try_from(lost).unwrap_or(u32::MAX))
}

/// Marks the next message that may leave by one of these ways.
pub(super) fn mark(
    hq: &mut Hq,
    settings: &Settings,
    now: Now,
    by: impl Fn(Outlet) -> bool,
) -> Result<Next, MessageError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rules = Rules::of(&tx)?;
    let Some(row) = next(&tx, settings, &rules, now, &by)? else { return Ok(Next::Nothing) };
    let out = match ready(&tx, &hq.keys, &rules, &row)? {
        Ok(out) => out,
        Err(held) => {
            tasks::hold(&tx, row.id, held)?;
            tx.commit()?;
            return Ok(Next::Held);
        }
    };
    tx.execute(
        "UPDATE message SET state = 'sending', marked_ms = ?2, tries = tries + 1 WHERE id = ?1",
        params![row.id, now.ms],
    )?;
    tx.commit()?;
    let (id, tries, outlet) = (row.id, row.tries.saturating_add(1), row.outlet);
    Ok(Next::Marked(Box::new(Marked { id, tries, outlet, out })))
}

struct Queued {
    id: i64,
    customer: CustomerId,
    kind: Kind,
    store: StoreId,
    sender: Option<String>,
    text: i64,
    theme: Option<String>,
    outlet: Outlet,
    tries: u16,
}

fn next(
    db: &Connection,
    settings: &Settings,
    rules: &Rules,
    now: Now,
    by: &impl Fn(Outlet) -> bool,
) -> rusqlite::Result<Option<Queued>> {
    let open = |kind: Kind, outlet: Outlet| {
        let hours = gate::hours(settings, &rules.caps, kind);
        // A list is read by a person, who minds the hours that stand in it.
        outlet == Outlet::Csv || gate::slot(hours, now.day, now) == Slot::Open
    };
    let ways = [Outlet::Csv, Outlet::Webhook, Outlet::Sms];
    for outlet in ways.into_iter().filter(|outlet| by(*outlet)) {
        for kind in Kind::ALL.into_iter().filter(|kind| open(*kind, outlet)) {
            let found = db
                .prepare_cached(
                    "SELECT m.id, m.customer, m.store, m.sender, m.text, m.tries, x.theme
                     FROM message m JOIN message_text x ON x.id = m.text
                     WHERE m.state = 'queued' AND m.outlet = ?1 AND m.kind = ?2 AND m.day = ?3
                       AND m.next_ms <= ?4 ORDER BY m.id LIMIT 1",
                )?
                .query_row(params![outlet.word(), kind.word(), now.day, now.ms], |row| {
                    Ok(Queued {
                        id: row.get(0)?,
                        customer: row.get(1)?,
                        store: row.get(2)?,
                        sender: row.get(3)?,
                        text: row.get(4)?,
                        tries: row.get(5)?,
                        theme: row.get(6)?,
                        kind,
                        outlet,
                    })
                })
                .optional()?;
            if found.is_some() {
                return Ok(found);
            }
        }
    }
    Ok(None)
}

/// The message as it leaves, if her word of this moment allows it and every brace is filled.
fn ready(
    db: &Connection,
    keys: &Keys,
    rules: &Rules,
    row: &Queued,
) -> rusqlite::Result<Result<Outgoing, Held>> {
    let standing = standing(db, keys, rules, &row.customer, Some(row.id))?;
    if let Err(held) = gate::consent(&standing, row.kind, row.theme.as_deref()) {
        return Ok(Err(held));
    }
    let found = filling(db, keys, &row.customer, &row.store, row.sender.clone())?;
    let Some((filling, phone)) = found else { return Ok(Err(Held::Erased)) };
    let Some(text) = fill(&library::words(db, row.text)?, &filling) else {
        return Ok(Err(Held::Unfilled));
    };
    Ok(Ok(Outgoing {
        key: key(db, row.id)?.unwrap_or_default(),
        kind: row.kind.word(),
        phone,
        text,
        store: filling.store.unwrap_or_default(),
        associate: filling.associate.unwrap_or_default(),
    }))
}

pub(super) fn settle(
    db: &Connection,
    id: i64,
    verdict: &Verdict,
    now: Now,
) -> rusqlite::Result<()> {
    let (state, reason, gateway, next_ms) = match verdict {
        Verdict::Sent(gateway) => ("sent", None, gateway.as_deref(), 0),
        Verdict::Again(pause) => ("queued", Some("again"), None, now.ms.saturating_add(*pause)),
        Verdict::Failed(why) => ("failed", Some(why.as_str()), None, 0),
        Verdict::Unknown(why) => ("unknown", Some(*why), None, 0),
    };
    db.execute(
        "UPDATE message SET state = ?2, reason = ?3, gateway = ?4, next_ms = ?5, settled_ms = ?6
         WHERE id = ?1 AND state = 'sending'",
        params![id, state, reason, gateway, next_ms, now.ms],
    )
    .map(drop)
}

/// Asks the gateway what became of those whose arrival it has not told yet.
fn read_back(hq: &Hq, ways: &Ways, carrier: &impl Carrier) -> Result<(), MessageError> {
    let Some((sms, secret)) = &ways.sms else { return Ok(()) };
    let mut select = hq.db.prepare(
        "SELECT id, gateway FROM message WHERE state = 'sent' AND outlet = 'sms'
         AND gateway IS NOT NULL AND delivered IS NULL ORDER BY id DESC LIMIT 500",
    )?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, gateway) in rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()? {
        let Some(request) = sms::report(sms, secret, &gateway) else { continue };
        let sql = "UPDATE message SET delivered = ?2 WHERE id = ?1";
        hq.db.execute(sql, params![id, sms::delivered(sms, &carrier.carry(&request))])?;
    }
    Ok(())
}

fn waiting(db: &Connection) -> rusqlite::Result<u32> {
    let sql = "SELECT count(*) FROM message WHERE state = 'queued' AND outlet <> 'task'";
    db.query_row(sql, [], |row| row.get(0))
}
