//! Forks: what came under numbers of which we know another history, for a person to look at and to count.
//!
//! ```text
//! counted   1 2 3 4 5 6          one epoch of one till, as HQ holds it
//! aside         └ 4' 5' 6' 7'    what another box, or the same one restored, sent under it
//!                    └─▶ counted as a stream of its own, once; what is counted already is passed over
//! ```
//!
//! # Invariants
//!
//! - Looking changes nothing. Counting is one transaction, and a second time counts nothing.
//! - A number means what its own branch said before it; what a branch says of a sale of its own is about that
//!   sale, not about the one that has its number at HQ.
//! - What was set aside stays there.
//! - What a person decided about is waited for no more by its till: the care list's marks say so.
//!
//! Not here: finding a fork (`receiver`), setting aside (`ledger`).

mod branch;

use branch::{about_the_branch, counted_as, tell_words};

use super::fold::{self, Place};
use super::ledger::{Ledger, LedgerError, SetAside};
use super::open::{self, StepError};
use super::{Hq, customer, words};
use crate::batch::Batch;
use crate::care_list::CustomerId;
use crate::chain::Hash;
use crate::event::{Body, Epoch, Event, Seq, TerminalId};
use crate::money::Minor;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};

/// A till whose events do not follow those of HQ.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Forked {
    /// Its store's name.
    pub store: String,
    /// Its own name.
    pub till: String,
    /// Its 32 digits.
    pub terminal: String,
    /// The first number that means two things.
    pub fork_at: u64,
}

/// One sale that is set aside, without whose it is.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Aside {
    /// Its number in its epoch.
    pub seq: u64,
    /// When its box believed it to be, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// As printed.
    pub receipt_no: Option<String>,
    /// Negative for a return.
    pub total: Minor,
    /// Whether HQ counts the same receipt already.
    pub known: bool,
}

/// What is set aside of a till.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Branches {
    /// Its sales and returns, in order.
    pub sales: Vec<Aside>,
    /// Events of other kinds.
    pub others: usize,
    /// Events that do not open or read.
    pub unreadable: usize,
    /// Events that were counted before.
    pub counted_before: usize,
}

/// An event that is set aside.
struct Kept {
    epoch: Epoch,
    seq: Seq,
    prev: Hash,
    sealed: Vec<u8>,
    received_ms: i64,
}

/// Tills that wait for a person.
///
/// # Errors
///
/// As SQLite says.
pub fn forked(db: &Connection) -> rusqlite::Result<Vec<Forked>> {
    let mut select = db.prepare(
        "SELECT st.name, t.till, t.id, t.fork_at FROM terminal t JOIN store st ON st.id = t.store
         WHERE t.fork_at IS NOT NULL ORDER BY st.name, t.till, t.id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Forked {
            store: row.get(0)?,
            till: row.get(1)?,
            terminal: row.get::<_, TerminalId>(2)?.to_string(),
            fork_at: row.get::<_, Seq>(3)?.0,
        })
    })?;
    rows.collect()
}

/// Looks at what is set aside of a till; with `count`, counts what is not counted yet.
///
/// # Errors
///
/// [`StepError`]; nothing was counted then.
pub fn look(
    hq: &mut Hq,
    ledger: &dyn Ledger,
    terminal: &TerminalId,
    count: bool,
) -> Result<Branches, StepError> {
    let kept = kept(ledger, terminal)?;
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = Looking::through(&tx, &hq.keys, terminal, &kept)?.found;
    if count {
        tx.commit()?;
    }
    Ok(found)
}

/// A person has looked: the till is named no more, and waits no more for what was set aside of it. Whose
/// sales these are is told to her stores anew, whether they were counted or not.
///
/// # Errors
///
/// [`StepError`].
pub fn close(hq: &mut Hq, ledger: &dyn Ledger, terminal: &TerminalId) -> Result<(), StepError> {
    let aside = ledger.aside(terminal)?;
    let mut concerned = spoken_of(hq, ledger, terminal)?;
    let batches = aside.iter().filter_map(|aside| Batch::claimed(&aside.body));
    decide(&hq.db, terminal, batches.map(|batch| (batch.epoch, batch.last())))?;
    ledger.fork_seen(terminal)?;
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    concerned.extend(bought_since(&tx, terminal)?);
    let mut touched = BTreeSet::new();
    for customer in concerned {
        let sql = "SELECT count(*) > 0 FROM customer WHERE id = ?1";
        if tx.prepare_cached(sql)?.query_row([customer], |row| row.get(0))? {
            touched.insert(customer);
        }
    }
    customer::touch(&tx, &touched)?;
    tx.execute("UPDATE terminal SET fork_at = NULL WHERE id = ?1", [terminal])?;
    tx.commit()?;
    Ok(())
}

/// Whom the events speak of that are set aside and not counted; counting is tried and taken back.
fn spoken_of(
    hq: &mut Hq,
    ledger: &dyn Ledger,
    terminal: &TerminalId,
) -> Result<BTreeSet<CustomerId>, StepError> {
    let kept = kept(ledger, terminal)?;
    let tx = hq.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    Ok(Looking::through(&tx, &hq.keys, terminal, &kept)?.concerned)
}

/// Whose sales were counted of the branches, or under the numbers that mean two things.
fn bought_since(db: &Connection, terminal: &TerminalId) -> rusqlite::Result<Vec<CustomerId>> {
    let mut select = db.prepare(
        "SELECT DISTINCT s.customer FROM stream m JOIN sale s ON s.stream = m.id
         WHERE m.terminal = ?1 AND s.customer IS NOT NULL
             AND m.fork_at IS NOT NULL AND (m.mark = 0 OR s.seq >= m.fork_at)",
    )?;
    select.query_map([terminal], |row| row.get(0))?.collect()
}

/// Notes up to where a person has decided, for the care list's marks.
fn decide(
    db: &Connection,
    terminal: &TerminalId,
    events: impl Iterator<Item = (Epoch, Seq)>,
) -> rusqlite::Result<()> {
    let mut upsert = db.prepare(
        "INSERT INTO decided (terminal, epoch, seq) VALUES (?1, ?2, ?3)
         ON CONFLICT (terminal, epoch) DO UPDATE SET seq = max(seq, excluded.seq)",
    )?;
    let mut last: BTreeMap<[u8; 16], Seq> = BTreeMap::new();
    for (epoch, seq) in events {
        let of = last.entry(epoch.0).or_insert(seq);
        *of = seq.max(*of);
    }
    for (epoch, seq) in last {
        upsert.execute(params![terminal, Epoch(epoch), seq])?;
    }
    Ok(())
}

/// Everything set aside that the ledger does not hold, by the chain after it.
fn kept(
    ledger: &dyn Ledger,
    terminal: &TerminalId,
) -> Result<BTreeMap<[u8; 32], Kept>, LedgerError> {
    let mut kept = BTreeMap::new();
    for SetAside { body, received_ms } in ledger.aside(terminal)? {
        // Its signature was checked before it was set aside.
        let Some(batch) = Batch::claimed(&body) else { continue };
        let held = held(ledger, &batch)?;
        for entry in batch.entries().filter(|entry| !held.contains(&entry.hash.0)) {
            let (epoch, seq, prev) = (batch.epoch, entry.seq, entry.prev);
            // Where it came more than once, the first time says how late it can have been said.
            kept.entry(entry.hash.0).or_insert_with(|| {
                let sealed = entry.sealed.to_vec();
                Kept { epoch, seq, prev, sealed, received_ms }
            });
        }
    }
    Ok(kept)
}

/// The chain at those numbers of a batch that the ledger holds.
fn held(ledger: &dyn Ledger, batch: &Batch) -> Result<BTreeSet<[u8; 32]>, LedgerError> {
    let after = Seq(batch.first.0.saturating_sub(1));
    let count = u32::try_from(batch.last().0.saturating_sub(after.0)).unwrap_or(u32::MAX >> 1);
    let run = ledger.behind(&batch.terminal, &batch.epoch, after, count)?;
    Ok(run.rows.iter().map(|row| row.hash.0).collect())
}

/// From the last event of each branch back to its first, turned round. What two branches share is in both.
fn branches(kept: &BTreeMap<[u8; 32], Kept>) -> Vec<Vec<[u8; 32]>> {
    let followed: BTreeSet<[u8; 32]> = kept.values().map(|event| event.prev.0).collect();
    let mut branches = Vec::new();
    for last in kept.keys().filter(|hash| !followed.contains(*hash)) {
        let back = std::iter::successors(Some(*last), |hash| {
            Some(kept[hash].prev.0).filter(|prev| kept.contains_key(prev))
        });
        let mut branch: Vec<[u8; 32]> = back.collect();
        branch.reverse();
        branches.push(branch);
    }
    branches.sort_by_key(|branch| (kept[&branch[0]].epoch.0, kept[&branch[0]].seq));
    branches
}

struct Looking<'a> {
    hq_keys: &'a super::keys::Keys,
    terminal: TerminalId,
    /// What two branches share is counted with the first.
    seen: BTreeSet<[u8; 32]>,
    found: Branches,
    /// Whom what is set aside is about.
    concerned: BTreeSet<CustomerId>,
}

impl<'a> Looking<'a> {
    /// Everything that is kept, branch by branch.
    fn through(
        tx: &Transaction<'_>,
        hq_keys: &'a super::keys::Keys,
        terminal: &TerminalId,
        kept: &BTreeMap<[u8; 32], Kept>,
    ) -> Result<Self, StepError> {
        let (seen, found, concerned) = (BTreeSet::new(), Branches::default(), BTreeSet::new());
        let mut looking = Self { hq_keys, terminal: *terminal, seen, found, concerned };
        for branch in branches(kept) {
            looking.branch(tx, kept, &branch)?;
        }
        Ok(looking)
    }

    fn branch(
        &mut self,
        tx: &Transaction<'_>,
        kept: &BTreeMap<[u8; 32], Kept>,
        branch: &[[u8; 32]],
    ) -> Result<(), StepError> {
        let first = &kept[&branch[0]];
        let (place, counted) = self.place(tx, first, &branch[0])?;
        let last = kept[&branch[branch.len() - 1]].seq;
        if counted.is_some_and(|counted| counted >= last) {
            self.found.counted_before += branch.len();
            return Ok(());
        }
        let plain = |event: &Kept| {
            let at = Place { epoch: first.epoch, seq: event.seq, ..place };
            open::read(&self.hq_keys.sealing, &at, &event.prev, Some(&event.sealed))
        };
        let events: Vec<(Seq, _)> =
            branch.iter().map(|hash| (kept[hash].seq, plain(&kept[hash]))).collect();
        tell_words(tx, &place, first, &events)?;
        let (mut touched, mut met) = (BTreeSet::new(), words::Met::default());
        let mut said_ms = 0;
        for (hash, (seq, plain)) in branch.iter().zip(&events) {
            if !self.seen.insert(*hash) {
                continue;
            }
            if counted.is_some_and(|counted| *seq <= counted) {
                self.found.counted_before += 1;
                continue;
            }
            let mut at = Place { seq: *seq, ..place };
            let event = match plain {
                Ok(plain) => open::decoded(tx, &at, plain)?.ok(),
                Err(_) => None,
            };
            let Some(mut event) = event else {
                self.found.unreadable += 1;
                continue;
            };
            about_the_branch(&mut event.body, first, place.epoch);
            said_ms = fold::said_ms(said_ms, event.at.wall_ms, kept[hash].received_ms);
            (at.said_ms, at.received_ms) = (said_ms, kept[hash].received_ms);
            if self.see(tx, &at, &event)? {
                fold::fold(tx, self.hq_keys, at, &event, &mut touched)?;
                if let Body::Sale(sale) = &event.body {
                    met.sale(sale);
                }
            }
        }
        customer::touch(tx, &touched)?;
        self.concerned.append(&mut touched);
        words::learn(tx, &place.store, &met)?;
        // What more of this branch was on its way is counted from here on.
        let counted = "UPDATE stream SET fork_at = ?2 WHERE id = ?1";
        tx.execute(counted, params![place.stream, last])?;
        Ok(())
    }

    /// The stream that a branch is counted as, and up to where it was counted before. It has no events of the
    /// ledger's and no fork of its own: `fork_at` is how far it was counted.
    fn place(
        &self,
        tx: &Transaction<'_>,
        first: &Kept,
        hash: &[u8; 32],
    ) -> rusqlite::Result<(Place, Option<Seq>)> {
        let name = Hash::of(&[b"huitou branch v1".as_slice(), hash].concat());
        let epoch = Epoch(std::array::from_fn(|at| name.0[at]));
        let store =
            tx.query_row("SELECT store FROM terminal WHERE id = ?1", [self.terminal], |row| {
                row.get(0)
            })?;
        let stream = tx
            .query_row(
                "INSERT INTO stream (terminal, epoch, mark, hash) VALUES (?1, ?2, 0, ?3)
                 ON CONFLICT DO NOTHING RETURNING id",
                params![self.terminal, epoch, Hash::GENESIS],
                |row| row.get::<_, i64>(0),
            )
            .optional()?;
        let (stream, counted) = match stream {
            Some(stream) => (stream, None),
            // Before this was noted a branch was counted whole.
            None => tx.query_row(
                "SELECT id, coalesce(fork_at, 9223372036854775807) FROM stream
                 WHERE terminal = ?1 AND epoch = ?2",
                params![self.terminal, epoch],
                |row| Ok((row.get(0)?, Some(row.get(1)?))),
            )?,
        };
        let place = Place {
            stream,
            seq: first.seq,
            said_ms: 0,
            received_ms: 0,
            terminal: self.terminal,
            epoch,
            store,
        };
        Ok((place, counted))
    }

    /// Notes an event; returns whether it is to be counted. Also of whose receipt counts already the till
    /// that forked believes that it is missing.
    fn see(&mut self, tx: &Connection, at: &Place, event: &Event) -> rusqlite::Result<bool> {
        let Body::Sale(sale) = &event.body else {
            self.found.others += 1;
            return Ok(true);
        };
        let counted = counted_as(tx, at, sale)?;
        let known = counted.is_some();
        self.concerned.extend(counted.flatten());
        self.found.sales.push(Aside {
            seq: at.seq.0,
            wall_ms: event.at.wall_ms,
            receipt_no: sale.receipt_no.clone(),
            total: sale.total,
            known,
        });
        Ok(!known)
    }
}
