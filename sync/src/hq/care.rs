//! The way down: pages of a store's care list for the till that asks.
//!
//! # Invariants
//!
//! - A page carries the customers of the till's own store, nobody else's.
//! - Spend and marks are read in one transaction: what a page counts is exactly what its marks say.
//! - With its last page a till hears up to where its words are counted: whoever of them is not in the list
//!   is not to be in it, be it that she was erased before they came.
//! - A till that is ahead of us, here or in the ledger, proves that HQ was restored: HQ draws a new
//!   epoch and starts over with a snapshot.
//!
//! Not here: when a version changes (`customer`).

use super::Hq;
use super::customer::{self, File, Identity, card};
use super::desk;
use super::enrol::{self, Terminal};
use super::erasure;
use super::keys::Keys;
use super::ledger::{Ledger, LedgerError};
use super::store::{self, Own};
use super::style;
use super::words;
use crate::batch::Batch;
use crate::care_list::{
    Card, CareEntry, CarePage, CareRequest, CustomerId, Held, Mark, Profile, Version,
};
use crate::chain::Hash;
use crate::event::{Epoch, Seq, TerminalId};
use crate::message::{Refusal, RefusalReason, StoreId};
use crate::receiver::HighWater;
use crate::seal::SealError;
use crate::tier;
use minicbor::bytes::ByteArray;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Customers per page: some 40 KiB sealed.
const PAGE: usize = 256;
/// Characters kept of what a till calls its software.
const SOFTWARE_MAX: usize = 60;
/// Epochs of a till that are looked up; it has one, and another after a restore.
const HELD_MAX: usize = 64;

/// What HQ says to a till that asks for its care list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Care {
    /// A page, sealed and signed.
    Page(Vec<u8>),
    /// Nothing for this till.
    Refusal(Refusal),
}

/// Why no page could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CareError {
    /// The database.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The till's key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Answers a till's signed request. `today` is HQ's calendar, days since 1970-01-01.
///
/// # Errors
///
/// [`CareError`]; the till asks again.
pub fn answer(
    hq: &mut Hq,
    ledger: &dyn Ledger,
    now_ms: i64,
    today: i32,
    id: &TerminalId,
    body: &[u8],
) -> Result<Care, CareError> {
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(till) = enrol::terminal(&tx, id)? else {
        return Ok(refuse(id, RefusalReason::UnknownTerminal));
    };
    let Ok(request) = CareRequest::verify(&till.signing, body) else {
        return Ok(refuse(id, RefusalReason::Malformed));
    };
    if till.status != "active" {
        return Ok(refuse(id, RefusalReason::Revoked));
    }
    let lacks = lacks(ledger, id, request.held.as_deref().unwrap_or_default())?;
    let own = current_life(&tx, &request.cursor, !lacks.is_empty())?;
    let mut page = page(&tx, &hq.keys, own, &till, &request.cursor, today)?;
    page.lacks = Some(lacks);
    tx.execute(
        "UPDATE terminal SET seen_ms = ?2, software = coalesce(?3, software) WHERE id = ?1",
        params![id, now_ms, request.software.as_deref().map(shortened)],
    )?;
    tx.commit()?;
    Ok(Care::Page(page.seal(&hq.keys.signing, id, &till.sealing, &request)?))
}

/// What the till believes we hold, and we do not: the ledger was restored from a backup.
fn lacks(ledger: &dyn Ledger, id: &TerminalId, held: &[Held]) -> Result<Vec<Held>, LedgerError> {
    let mut lacks = Vec::new();
    for Held { epoch, mark } in held.iter().take(HELD_MAX) {
        let ours = ledger.stream(id, epoch)?.mark;
        let before = Seq(mark.seq.0.saturating_sub(1));
        let from = if ours.seq < mark.seq {
            ours
        } else {
            let run = ledger.behind(id, epoch, before, 1)?;
            if run.rows.first().is_some_and(|row| row.hash == mark.hash) {
                continue;
            }
            HighWater { seq: before, hash: run.prev }
        };
        // What is set aside since a fork is not in the stream, and we have it.
        if !is_aside(ledger, id, epoch, &mark.hash)? {
            lacks.push(Held { epoch: *epoch, mark: from });
        }
    }
    Ok(lacks)
}

fn is_aside(
    ledger: &dyn Ledger,
    id: &TerminalId,
    epoch: &Epoch,
    hash: &Hash,
) -> Result<bool, LedgerError> {
    let aside = ledger.aside(id)?;
    let batches = aside.iter().filter_map(|batch| Batch::claimed(&batch.body));
    let mut batches = batches.filter(|batch| batch.epoch == *epoch);
    Ok(batches.any(|batch| batch.entries().any(|entry| entry.hash == *hash)))
}

/// What a till calls its software, no longer than anybody needs.
fn shortened(software: &str) -> String {
    software.chars().filter(|symbol| !symbol.is_control()).take(SOFTWARE_MAX).collect()
}

fn page(
    tx: &Connection,
    keys: &Keys,
    own: Own,
    till: &Terminal,
    cursor: &Version,
    today: i32,
) -> rusqlite::Result<CarePage> {
    let snapshot = own.epoch != cursor.hq_epoch;
    let after = if snapshot { 0 } else { cursor.n };
    let mut due = changed(tx, &till.store, after)?;
    let mut more = due.len() > PAGE;
    due.truncate(PAGE);
    let end = due.last().filter(|_| more).map_or(u64::MAX, |(_, n)| *n);
    let styles = style::due(tx, after, end, snapshot)?;
    let words = words::due(tx, &till.store, after, styles.end)?;
    more |= styles.more || words.more;
    due.retain(|(_, n)| *n <= words.end);
    let (styles, last_style) = styles.up_to(words.end);
    let last = due.last().map_or(after, |(_, n)| *n).max(last_style.unwrap_or(after));
    let marks = marks(tx, &till.store)?;
    let entry = |(customer, _): &(CustomerId, u64)| {
        entry(tx, keys, &own, &till.store, customer, &marks, today).transpose()
    };
    Ok(CarePage {
        from: *cursor,
        to: Version { hq_epoch: own.epoch, n: last.max(words.last) },
        snapshot,
        more,
        entries: due.iter().filter_map(entry).collect::<rusqlite::Result<_>>()?,
        policy: Some(own.policy.clone()),
        contact: contact(tx, &till.store)?,
        sealing: Some(keys.current_sealing()),
        peers: Some(peer_keys(keys, &till.store, today)),
        // The whole list, once per round: with the last page.
        tasks: match more {
            true => None,
            false => Some(desk::down::tasks(tx, keys, till, &own.policy, today)?),
        },
        words: Some(words.words),
        styles: Some(styles),
        lacks: None,
        counted: (!more).then_some(marks),
    })
}

/// The store's keys of this month and the last: a till that was revoked loses them within two.
fn peer_keys(keys: &Keys, store: &StoreId, today: i32) -> Vec<ByteArray<32>> {
    let crate::calendar::Date { year, month, .. } = crate::calendar::Date::of(today);
    let month = year * 12 + i32::from(month) - 1;
    let key = |month: i32| {
        let text = [b"huitou peers v1".as_slice(), &store.0, &month.to_be_bytes()].concat();
        let tag = ring::hmac::sign(&keys.index, &text);
        let tag: [u8; 32] = tag.as_ref().try_into().expect("HMAC-SHA256 has 32 bytes");
        ByteArray::from(tag)
    };
    vec![key(month), key(month - 1)]
}

/// HQ's own state; in a new life if the till has seen more of this one than we remember, of the list or of
/// the ledger. The list alone does not tell: new versions may have the lost ones' numbers by now.
fn current_life(tx: &Connection, cursor: &Version, lacks: bool) -> rusqlite::Result<Own> {
    let mut own = store::own(tx)?;
    if cursor.hq_epoch == own.epoch && (lacks || cursor.n > own.care_n) {
        own.epoch = store::begin_new_life(tx)?;
    }
    Ok(own)
}

fn changed(
    tx: &Connection,
    store: &StoreId,
    after: u64,
) -> rusqlite::Result<Vec<(CustomerId, u64)>> {
    let mut select = tx.prepare_cached(
        "SELECT customer, n FROM customer_store WHERE store = ?1 AND n > ?2 ORDER BY n LIMIT ?3",
    )?;
    let limit = i64::try_from(PAGE + 1).expect("a page is small");
    let rows = select.query_map(params![store, Seq(after), limit], |row| {
        Ok((row.get(0)?, row.get::<_, Seq>(1)?.0))
    })?;
    rows.collect()
}

fn marks(tx: &Connection, store: &StoreId) -> rusqlite::Result<Vec<Mark>> {
    let mut select = tx.prepare_cached(
        // What was set aside since a fork is in none of the streams' marks, and a person has decided about
        // it. The other box of the same epoch may send more of its own: until that is decided about, too,
        // nothing of it is said to be counted.
        "SELECT s.terminal, s.epoch, max(s.folded, coalesce(d.seq, 0)) AS known FROM stream s
         JOIN terminal t ON t.id = s.terminal
         LEFT JOIN decided d
             ON d.terminal = s.terminal AND d.epoch = s.epoch AND t.fork_at IS NULL
         WHERE t.store = ?1 AND known > 0 ORDER BY s.id",
    )?;
    let rows = select.query_map([store], |row| {
        let (terminal, epoch, seq) = (row.get(0)?, row.get::<_, Epoch>(1)?, row.get(2)?);
        Ok(Mark { terminal, epoch, seq })
    })?;
    rows.collect()
}

fn entry(
    tx: &Connection,
    keys: &Keys,
    own: &Own,
    store: &StoreId,
    customer: &CustomerId,
    marks: &[Mark],
    today: i32,
) -> rusqlite::Result<Option<CareEntry>> {
    let identity = match customer::file(tx, keys, customer)? {
        File::Known(identity) => identity,
        File::Erased => {
            let proof = erasure::proof(keys, customer);
            return Ok(Some(CareEntry::Erased(*customer, Some(proof))));
        }
        // Nothing to tell, and telling "erased" would destroy what the till has.
        File::Unreadable => return Ok(None),
    };
    if let Some(root) = card::stands_for(tx, customer)? {
        return Ok(alias(customer::file(tx, keys, &root)?, *customer, identity));
    }
    let spend = customer::spend(tx, customer, &own.policy, today)?;
    let held_out = customer::held_out(tx, customer, &identity.phone)?.is_some();
    let card = Card { held_out, ..card::card(tx, keys, customer, store)? };
    let standing = tier::tier(&own.policy, &spend, today).filter(|_| !held_out);
    Ok(Some(CareEntry::Customer(Profile {
        customer: *customer,
        phone: identity.phone,
        name: identity.name,
        tier: standing.map(|standing| standing.name),
        spend,
        marks: marks.to_vec(),
        card: Some(Box::new(card)),
    })))
}

/// A number that leads to another: a till that knows the old one finds her under the new.
fn alias(root: File, customer: CustomerId, identity: Identity) -> Option<CareEntry> {
    let File::Known(root) = root else { return None };
    Some(CareEntry::Customer(Profile {
        customer,
        phone: identity.phone,
        name: identity.name,
        tier: None,
        spend: Vec::new(),
        marks: Vec::new(),
        card: Some(Box::new(Card { same_as: Some(root.phone), ..Card::default() })),
    }))
}

fn contact(tx: &Connection, store: &StoreId) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut select = tx.prepare_cached("SELECT key, value FROM contact WHERE store = ?1")?;
    let rows = select.query_map([store], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Sets one of a store's own texts, e.g. `store_phone`; it goes down with the next page.
///
/// # Errors
///
/// As SQLite says.
pub fn set_contact(
    db: &Connection,
    store: &StoreId,
    key: &str,
    value: &str,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO contact (store, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (store, key) DO UPDATE SET value = excluded.value",
        params![store, key, value],
    )?;
    Ok(())
}

/// A refusal that concerns the till as a whole names no epoch.
fn refuse(terminal: &TerminalId, reason: RefusalReason) -> Care {
    Care::Refusal(Refusal { terminal: *terminal, epoch: Epoch([0; 16]), reason, mark: None })
}
