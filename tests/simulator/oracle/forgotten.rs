//! Who was erased is nowhere: not at HQ, not on a till, not under another door.
//!
//! Not here: everybody else (`folded`, `lists`).

use std::collections::BTreeSet;

use huitou::at_rest::LocalKey;
use rusqlite::params;
use sync::hq::Hq;

use super::folded::Folded;
use super::{Checked, breach, sql};
use crate::deed;
use crate::disk;
use crate::headquarters::MACHINE;
use crate::till::{self, Till};
use crate::world::people::Erased;
use crate::world::{Breach, World};

/// What HQ may not hold of her any more: rows by what they are.
const HERS: [(&str, &str); 8] = [
    ("a key or a name", "customer WHERE id = ?1 AND (wrapped_key, identity) IS NOT (NULL, NULL)"),
    ("facts", "fact WHERE customer = ?1"),
    ("consents", "consent WHERE customer = ?1"),
    ("lists' words", "import_fact WHERE customer = ?1"),
    ("open tasks", "task WHERE customer = ?1 AND state = 'open'"),
    ("a task's subject", "task WHERE customer = ?1 AND about IS NOT NULL"),
    (
        "notes",
        "outcome o JOIN task t ON t.id = o.task WHERE t.customer = ?1 AND o.note IS NOT NULL",
    ),
    ("her own words", "feedback WHERE customer = ?1"),
];

impl World {
    /// Those whom HQ has to have forgotten: what it did and was not lost with its disk, and what tills
    /// say that they forgot on its word.
    pub(super) fn forgotten(&self, folded: &Folded) -> Vec<&Erased> {
        let stands =
            |erased: &&Erased| !erased.lost || folded.forgotten.contains(&erased.buried.id.0);
        self.erased.iter().filter(stands).collect()
    }

    /// Nothing of hers is left where it can be read.
    pub(super) fn nothing_is_left(&self, hq: &Hq, erased: &[&Erased], forked: &[usize]) -> Checked {
        let expected: BTreeSet<[u8; 16]> = erased.iter().map(|erased| erased.buried.id.0).collect();
        let tombstones = tombstones(hq)?;
        if tombstones != expected {
            let (there, due) = (tombstones.len(), expected.len());
            return breach(format!("HQ has {there} tombstones, {due} customers were erased"));
        }
        for erased in erased {
            nothing_at_hq(hq, erased)?;
            for (at, till) in self.tills.iter().enumerate() {
                if self.revoked != Some(at) {
                    nothing_at_till(till, erased, forked.contains(&at))?;
                }
            }
        }
        Ok(())
    }

    /// Whatever list comes in later brings none of these back, nor who was found erased in a branch that a
    /// person counted meanwhile.
    pub(super) fn nobody_comes_back(&mut self, whom: &BTreeSet<u64>) -> Checked {
        let Some(hq) = &self.hq.program else { return breach("HQ does not run".into()) };
        let buried = tombstones(hq)?;
        let there = self.erased.iter().filter(|erased| buried.contains(&erased.buried.id.0));
        let there: BTreeSet<u64> = there.map(|erased| erased.customer).collect();
        if let Some(lost) = whom.difference(&there).next() {
            return breach(format!("HQ forgot that customer {lost} was erased"));
        }
        let Some(refused) = self.hq.import_everybody(self.now) else {
            return breach("HQ cannot import a list".into());
        };
        match refused == there.len() {
            true => Ok(()),
            false => breach(format!(
                "an import was refused {refused} of {} erased customers",
                there.len()
            )),
        }
    }
}

fn tombstones(hq: &Hq) -> Result<BTreeSet<[u8; 16]>, Breach> {
    let text = "SELECT id FROM customer WHERE identity IS NULL
                UNION SELECT customer FROM erased";
    let mut select = hq.db.prepare(text).map_err(sql)?;
    let rows = select.query_map([], |row| row.get(0)).map_err(sql)?;
    rows.collect::<rusqlite::Result<_>>().map_err(sql)
}

fn nothing_at_hq(hq: &Hq, erased: &Erased) -> Checked {
    let Erased { customer, buried, .. } = erased;
    for (what, of) in HERS {
        let text = format!("SELECT count(*) FROM {of}");
        let rows: i64 = hq.db.query_row(&text, [buried.id.0], |row| row.get(0)).map_err(sql)?;
        if rows > 0 {
            return breach(format!("HQ has {what} of customer {customer}, who was erased"));
        }
    }
    let Some(key) = buried.key.as_ref().filter(|_| !erased.lost) else { return Ok(()) };
    disk::of(MACHINE, |disk| {
        match disk.readable().any(|file| memchr::memmem::find(file, key).is_some()) {
            true => breach(format!("the key of customer {customer}, erased, is on HQ's disk")),
            false => Ok(()),
        }
    })
}

/// The till's memory, its own sales and its tasks know her no more. Of one whose words are set aside only
/// what HQ sent is looked at.
fn nothing_at_till(till: &Till, erased: &Erased, is_forked: bool) -> Checked {
    let Some(process) = &till.process else { return Ok(()) };
    let Erased { customer, buried, .. } = erased;
    let local = LocalKey::new(&till.keys.local);
    let pseudonym = till::memory(&till.keys, &local).pseudonym(&deed::phone(*customer));
    let rows = |text: &str, named: &[u8]| -> Result<i64, Breach> {
        process.db.query_row(text, params![named], |row| row.get(0)).map_err(sql)
    };
    let by_pseudonym = [
        ("a file", "SELECT count(*) FROM customer WHERE pseudonym = ?1"),
        ("sales", "SELECT count(*) FROM sale WHERE customer = ?1"),
    ];
    let by_id = [
        ("a file", "SELECT count(*) FROM customer WHERE hq_id = ?1"),
        ("tasks", "SELECT count(*) FROM task WHERE hq_id = ?1"),
    ];
    let mut found = None;
    for (what, text) in by_id {
        found = found.or((rows(text, &buried.id.0)? > 0).then_some(what));
    }
    for (what, text) in by_pseudonym.iter().filter(|_| !is_forked) {
        found = found.or((rows(text, &pseudonym)? > 0).then_some(*what));
    }
    let number = till.machine - 1;
    found.map_or(Ok(()), |what| {
        breach(format!("till {number} has {what} of customer {customer}, who was erased"))
    })
}
