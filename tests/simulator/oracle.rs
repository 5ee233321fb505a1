//! What must hold, whatever happened: nothing lost, nothing doubled, nothing readable, nobody stuck;
//! HQ's tables are what the events say (`folded`), each till's list is what HQ would send it anew
//! (`lists`), and who was erased is nowhere (`forgotten`).
//!
//! Not here: what happens (`world`).

mod folded;
mod forgotten;
mod lists;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use sync::batch::Batch;
use sync::chain::{self, Hash};
use sync::event::{Body, Epoch, Position, Seq, TerminalId};
use sync::hq::Hq;

use crate::deed::{ITEM, PHONE, SURNAME, TOLD};
use crate::disk;
use crate::headquarters::MACHINE;
use crate::till::Till;
use crate::world::{Breach, World};
use folded::Folded;

type Checked = Result<(), Breach>;

fn breach<T>(words: String) -> Result<T, Breach> {
    Err(Breach(words))
}

fn sql(cause: rusqlite::Error) -> Breach {
    Breach(format!("a check could not read: {cause}"))
}

/// No number, no name and no word of hers in `bytes`, and no item where `items` says so.
pub(crate) fn nothing_readable(bytes: &[u8], items: bool, what: &str) -> Checked {
    let words =
        [("a number", PHONE), ("a name", SURNAME), ("a word of hers", TOLD), ("an item", ITEM)];
    for (name, word) in words.iter().take(if items { 4 } else { 3 }) {
        if memchr::memmem::find(bytes, word.as_bytes()).is_some() {
            return breach(format!("{name} can be read in {what}"));
        }
    }
    Ok(())
}

/// Whoever takes the disk reads nothing. HQ keeps items in clear beside a pseudonym, as it says.
pub(crate) fn disk_is_unreadable(machine: usize) -> Checked {
    disk::of(machine, |disk| {
        let what = format!("a file of machine {machine}");
        disk.readable().try_for_each(|file| nothing_readable(file, machine != MACHINE, &what))
    })
}

/// After a start: what the bridge was told is there, and every chain leads to its head.
pub(crate) fn till_is_whole(till: &Till) -> Checked {
    let Some(process) = &till.process else { return Ok(()) };
    let db = &process.db;
    for (epoch, last, head) in epochs(db)? {
        let last_taken = till.taken.iter().filter(|(_, e, _)| *e == epoch).map(|(_, _, seq)| *seq);
        let last_taken = last_taken.max().unwrap_or_default();
        if last < last_taken {
            return breach(format!(
                "till {} had taken event {last_taken} and has {last} after a start",
                till.machine - 1
            ));
        }
        chain_leads_to(db, till.keys.terminal, epoch, last, head)?;
    }
    let slips = db
        .query_row(
            "SELECT count(*) FROM slip WHERE boot = ?1",
            [(till.machine as u64).cast_signed()],
            |row| row.get::<_, i64>(0),
        )
        .map_err(sql)?;
    if slips.unsigned_abs() < till.taken.len() as u64 {
        return breach(format!(
            "till {} had taken {} slips and has {slips} after a start",
            till.machine - 1,
            till.taken.len()
        ));
    }
    Ok(())
}

fn epochs(db: &Connection) -> Result<Vec<(Epoch, Seq, Hash)>, Breach> {
    let mut select =
        db.prepare_cached("SELECT epoch, last_seq, last_hash FROM epoch").map_err(sql)?;
    let rows = select
        .query_map([], |row| {
            let last = row.get::<_, i64>(1)?.unsigned_abs();
            Ok((Epoch(row.get(0)?), Seq(last), Hash(row.get(2)?)))
        })
        .map_err(sql)?;
    rows.collect::<Result<_, _>>().map_err(sql)
}

/// The outbox's rows follow each other without a gap up to the head.
fn chain_leads_to(
    db: &Connection,
    terminal: TerminalId,
    epoch: Epoch,
    last: Seq,
    head: Hash,
) -> Checked {
    let mut select = db
        .prepare_cached("SELECT seq, prev, sealed FROM outbox WHERE epoch = ?1 ORDER BY seq")
        .map_err(sql)?;
    let mut rows = select.query([epoch.0]).map_err(sql)?;
    let mut at: Option<(Seq, Hash)> = None;
    while let Some(row) = rows.next().map_err(sql)? {
        let seq = Seq(row.get::<_, i64>(0).map_err(sql)?.unsigned_abs());
        let prev = Hash(row.get(1).map_err(sql)?);
        let sealed: Vec<u8> = row.get(2).map_err(sql)?;
        if at.is_some_and(|(before, hash)| (before.next(), hash) != (seq, prev)) {
            return breach(format!("the outbox's chain is broken at {seq}"));
        }
        at = Some((seq, chain::next(&prev, &Position { terminal, epoch, seq }, &sealed)));
    }
    match at {
        Some(found) if found != (last, head) => {
            breach(format!("the outbox's chain ends at {}, its head says {last}", found.0))
        }
        _ => Ok(()),
    }
}

impl World {
    /// At the end, once all was quiet for a while.
    pub(crate) fn judge(&mut self) -> Checked {
        while self.hq.open_step().map_err(|cause| Breach(format!("HQ cannot open: {cause}")))? {}
        self.hq_starts_anew()?;
        let machines = 0..=self.plan.tills + usize::from(self.clones.is_some());
        machines.into_iter().try_for_each(disk_is_unreadable)?;
        let Some(hq) = &self.hq.program else { return breach("HQ does not run".into()) };
        ledger_is_whole(hq)?;
        let forked = self.fork_is_named(hq)?;
        let mut elsewhere = BTreeSet::new();
        for (at, till) in self.tills.iter().enumerate() {
            till_is_whole(till)?;
            match forked.contains(&at) || self.revoked == Some(at) {
                true => elsewhere.append(&mut set_aside(hq, till)?),
                false => all_in(hq, till)?,
            }
        }
        self.sales_count(hq, &elsewhere)?;
        let folded = Folded::of(hq)?;
        let erased = self.forgotten(&folded);
        let whom: BTreeSet<u64> = erased.iter().map(|erased| erased.customer).collect();
        folded.is_what_hq_made(hq, &whom)?;
        self.outcomes_are_of_their_tasks(hq, &forked)?;
        self.nothing_is_left(hq, &erased, &forked)?;
        self.hq_knows_what_it_is(hq)?;
        self.lists_agree(&folded, &forked)?;
        self.tally.forked += u64::from(!forked.is_empty());
        self.a_fork_is_counted(&forked)?;
        self.nobody_comes_back(&whom)
    }

    /// In good order: then its log is gone, and what its database holds is all that there is.
    fn hq_starts_anew(&mut self) -> Checked {
        if self.hq.program.take().is_none() {
            return breach("HQ does not run".into());
        }
        match self.hq.start() {
            Ok(None) => Ok(()),
            Ok(Some(lost)) => breach(lost),
            Err(cause) => breach(format!("HQ does not start: {cause}")),
        }
    }

    fn sales_count(&self, hq: &Hq, elsewhere: &BTreeSet<String>) -> Checked {
        let counted = counted(hq)?;
        for till in &self.tills {
            every_sale_counts(till, &counted, elsewhere)?;
        }
        let made = self.tills.iter().flat_map(|till| &till.taken);
        let made = made.filter(|(job, ..)| job.slip().is_some()).count();
        match counted.len() > made {
            true => breach(format!("{made} sales were made, HQ counts {}", counted.len())),
            false => Ok(()),
        }
    }

    /// A person has counted what was set aside: then only what was never sent is missing.
    fn a_fork_is_counted(&mut self, forked: &[usize]) -> Checked {
        if !self.plan.counts_fork || forked.is_empty() {
            return Ok(());
        }
        let terminal = self.tills[forked[0]].keys.terminal;
        self.hq.count_fork(&terminal).map_err(|cause| Breach(format!("a fork: {cause}")))?;
        let Some(hq) = &self.hq.program else { return breach("HQ does not run".into()) };
        let mut unsent = BTreeSet::new();
        for at in forked {
            unsent.append(&mut waiting(hq, &self.tills[*at], true)?);
        }
        self.sales_count(hq, &unsent)
    }

    /// Two boxes with one past: HQ says so, or they have had different lives since.
    fn fork_is_named(&self, hq: &Hq) -> Result<Vec<usize>, Breach> {
        let status = |till: &Till| {
            let text = "SELECT EXISTS (SELECT 1 FROM quarantine
                                       WHERE terminal = ?1 AND reason = 'fork')";
            hq.db.query_row(text, [till.keys.terminal.0], |row| row.get::<_, bool>(0))
        };
        let Some((one, other)) = self.clones else {
            for till in &self.tills {
                if status(till).map_err(sql)? {
                    return breach(format!("HQ calls till {} forked", till.machine - 1));
                }
            }
            return Ok(Vec::new());
        };
        let lives: Vec<_> = [one, other]
            .iter()
            .map(|at| self.tills[*at].taken.iter().map(|(_, epoch, _)| *epoch).next_back())
            .collect();
        match (status(&self.tills[one]).map_err(sql)?, lives[0] == lives[1]) {
            (true, _) => Ok(vec![one, other]),
            (false, false) => Ok(Vec::new()),
            (false, true) => {
                breach("two boxes went on from one disk, and HQ did not say so".into())
            }
        }
    }
}

/// Every stream: without gaps, its chain leads to its mark, all of it opened.
fn ledger_is_whole(hq: &Hq) -> Checked {
    let mut select =
        hq.db.prepare("SELECT id, terminal, epoch, mark, hash, folded FROM stream").map_err(sql)?;
    let mut rows = select.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let read = || -> rusqlite::Result<_> {
            let place = (TerminalId(row.get(1)?), Epoch(row.get(2)?));
            Ok((
                row.get::<_, i64>(0)?,
                place,
                row.get::<_, i64>(3)?,
                Hash(row.get(4)?),
                row.get::<_, i64>(5)?,
            ))
        };
        let (stream, place, mark, head, folded) = read().map_err(sql)?;
        if folded != mark {
            return breach(format!("HQ opened {folded} of {mark} events"));
        }
        stream_is_whole(hq, stream, place, mark, head)?;
    }
    let aside: i64 =
        hq.db.query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0)).map_err(sql)?;
    if aside > 0 { breach(format!("HQ set {aside} events aside")) } else { Ok(()) }
}

fn stream_is_whole(
    hq: &Hq,
    stream: i64,
    (terminal, epoch): (TerminalId, Epoch),
    mark: i64,
    head: Hash,
) -> Checked {
    let mut select = hq
        .db
        .prepare_cached("SELECT seq, hash, sealed FROM ledger WHERE stream = ?1 ORDER BY seq")
        .map_err(sql)?;
    let mut rows = select.query([stream]).map_err(sql)?;
    let (mut last, mut prev) = (Seq::NONE, Hash::GENESIS);
    while let Some(row) = rows.next().map_err(sql)? {
        let seq = Seq(row.get::<_, i64>(0).map_err(sql)?.unsigned_abs());
        let sealed: Vec<u8> = row.get(2).map_err(sql)?;
        let hash = chain::next(&prev, &Position { terminal, epoch, seq }, &sealed);
        if seq != last.next() || hash != Hash(row.get(1).map_err(sql)?) {
            return breach(format!("HQ's chain is broken at {seq}"));
        }
        (last, prev) = (seq, hash);
    }
    match (last.0, prev) == (mark.unsigned_abs(), head) {
        true => Ok(()),
        false => breach(format!("HQ's mark is {mark}, its ledger ends at {last}")),
    }
}

/// Receipt number → what HQ counts for it; a number that is there twice is a breach.
fn counted(hq: &Hq) -> Result<BTreeMap<String, i64>, Breach> {
    let mut select = hq.db.prepare("SELECT receipt_no, own_total FROM sale").map_err(sql)?;
    let mut rows = select.query([]).map_err(sql)?;
    let mut counted = BTreeMap::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let no: String = row.get(0).map_err(sql)?;
        if counted.insert(no.clone(), row.get(1).map_err(sql)?).is_some() {
            return breach(format!("{no} counts twice"));
        }
    }
    Ok(counted)
}

fn every_sale_counts(
    till: &Till,
    counted: &BTreeMap<String, i64>,
    elsewhere: &BTreeSet<String>,
) -> Checked {
    let sales = till.taken.iter().filter_map(|(job, _, seq)| Some((job.slip()?, seq)));
    for (slip, seq) in sales {
        match counted.get(&slip.receipt_no) {
            Some(total) if *total == slip.total => {}
            Some(total) => {
                return breach(format!("{}: {total} instead of {}", slip.receipt_no, slip.total));
            }
            None if elsewhere.contains(&slip.receipt_no) => {}
            None => return breach(format!("{} (event {seq}) is lost", slip.receipt_no)),
        }
    }
    Ok(())
}

/// HQ has all that this till has, and the till knows it.
fn all_in(hq: &Hq, till: &Till) -> Checked {
    let number = till.machine - 1;
    if !till.bridge.waiting.is_empty() {
        return breach(format!("till {number} still has slips to take"));
    }
    let Some(process) = &till.process else {
        return breach(format!("till {number} does not run"));
    };
    for (epoch, last, head) in epochs(&process.db)?.into_iter().filter(|(_, last, _)| last.0 > 0) {
        // The box that this one was cloned from may have gone on in this epoch.
        let text = "SELECT s.mark, l.hash FROM stream s JOIN ledger l ON l.stream = s.id
                    WHERE s.terminal = ?1 AND s.epoch = ?2 AND l.seq = ?3";
        let place = rusqlite::params![till.keys.terminal.0, epoch.0, last.0.cast_signed()];
        let found = hq.db.query_row(text, place, |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
        match found {
            Ok((_, hash)) if Hash(hash) == head => {}
            Ok((mark, _)) => return breach(format!("till {number}: another {last} of {mark}")),
            Err(_) => return breach(format!("till {number} is stuck: HQ has no event {last}")),
        }
    }
    let local = till.local().map_err(|trouble| Breach(format!("{trouble}")))?;
    match local {
        Some(local) if local.acknowledged == local.last => Ok(()),
        _ => breach(format!("till {number} is stuck: it does not know that HQ has all")),
    }
}

/// The receipts that HQ set aside for this till, and those that wait in its outbox still.
fn set_aside(hq: &Hq, till: &Till) -> Result<BTreeSet<String>, Breach> {
    let terminal = till.keys.terminal;
    let mut found = BTreeSet::new();
    let mut add = |epoch, seq, prev: &Hash, sealed: &[u8]| {
        if let Some(no) = receipt_no(hq, &Position { terminal, epoch, seq }, prev, sealed) {
            found.insert(no);
        }
    };
    let mut select =
        hq.db.prepare("SELECT body FROM quarantine WHERE terminal = ?1").map_err(sql)?;
    let mut rows = select.query([terminal.0]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let body: Vec<u8> = row.get(0).map_err(sql)?;
        let Ok(batch) = Batch::verify(&till.keys.signing.verifying(), &body) else {
            return breach("a batch in quarantine is not the till's".into());
        };
        batch.entries().for_each(|entry| add(batch.epoch, entry.seq, &entry.prev, entry.sealed));
    }
    found.append(&mut waiting(hq, till, false)?);
    Ok(found)
}

/// The receipts in a till's outbox; with `unsent` only those that HQ does not have.
fn waiting(hq: &Hq, till: &Till, unsent: bool) -> Result<BTreeSet<String>, Breach> {
    let Some(process) = &till.process else { return Ok(BTreeSet::new()) };
    let text = "SELECT o.epoch, o.seq, o.prev, o.sealed FROM outbox o
                JOIN epoch e ON e.epoch = o.epoch WHERE NOT ?1 OR o.seq > e.acknowledged";
    let mut select = process.db.prepare(text).map_err(sql)?;
    let mut rows = select.query([unsent]).map_err(sql)?;
    let (terminal, mut found) = (till.keys.terminal, BTreeSet::new());
    while let Some(row) = rows.next().map_err(sql)? {
        let read = || -> rusqlite::Result<_> {
            let seq = Seq(row.get::<_, i64>(1)?.unsigned_abs());
            Ok((Epoch(row.get(0)?), seq, Hash(row.get(2)?), row.get::<_, Vec<u8>>(3)?))
        };
        let (epoch, seq, prev, sealed) = read().map_err(sql)?;
        found.extend(receipt_no(hq, &Position { terminal, epoch, seq }, &prev, &sealed));
    }
    Ok(found)
}

fn receipt_no(hq: &Hq, position: &Position, prev: &Hash, sealed: &[u8]) -> Option<String> {
    match folded::opened(hq, position, prev, sealed)?.body {
        Body::Sale(sale) => sale.receipt_no,
        _ => None,
    }
}
