//! What tills have of HQ's list, beside what HQ would send them had they nothing yet.
//!
//! Not here: whether HQ's list is right (`folded`).

use std::collections::{BTreeMap, BTreeSet};

use huitou::agent::tasks::kept;
use huitou::at_rest::LocalKey;
use huitou::customers::Customer;
use rusqlite::OptionalExtension as _;
use sync::care_list::{Card, CareEntry, CarePage, Profile, Task};
use sync::event::{Field, Purpose};
use sync::hq::{Hq, store};
use sync::tier::DatedAmount;

use super::folded::Folded;
use super::{Checked, breach, sql};
use crate::deed::{CUSTOMERS, customer_of, phone};
use crate::headquarters::{MACHINE, founded};
use crate::till::{self, Till};
use crate::world::{Breach, World};

/// What a list says of a person.
#[derive(Debug, Eq, PartialEq)]
struct Known {
    title: Option<String>,
    told: BTreeMap<Field, Option<String>>,
    agreed: BTreeSet<Purpose>,
    declined: BTreeSet<Purpose>,
    /// By day, where HQ's calendar was right all along: how far back it goes depends on it.
    spend: Option<BTreeMap<i32, i64>>,
}

impl World {
    /// Every till that HQ talks to has what it would be sent anew.
    pub(super) fn lists_agree(&mut self, folded: &Folded, forked: &[usize]) -> Checked {
        let clock_is_right = self.plan.clocks.iter().all(|(_, machine, _)| *machine != MACHINE);
        for at in 0..self.tills.len() {
            if forked.contains(&at) || self.revoked == Some(at) {
                continue;
            }
            let Some(pages) = self.hq.snapshot(self.now, &self.tills[at]) else {
                return breach(format!("HQ has no list for till {at}"));
            };
            words_agree(&sent(&pages, false), folded)?;
            list_agrees(&self.tills[at], &pages, clock_is_right)?;
        }
        Ok(())
    }

    /// HQ takes itself for restored only if it was: every till in the chain would get its whole list anew.
    pub(super) fn hq_knows_what_it_is(&self, hq: &Hq) -> Checked {
        let own = store::own(&hq.db).map_err(sql)?;
        match self.tally.restored == 0 && own.epoch != founded().epoch {
            true => breach("HQ began a new life, and was not restored".into()),
            false => Ok(()),
        }
    }

    /// Each outcome closed the task that it was told of, and nobody else's.
    pub(super) fn outcomes_are_of_their_tasks(&self, hq: &Hq, forked: &[usize]) -> Checked {
        for (at, till) in self.tills.iter().enumerate() {
            if forked.contains(&at) || self.revoked == Some(at) {
                continue;
            }
            for (told, ..) in &till.told {
                let text = "SELECT customer, state FROM task WHERE id = ?1";
                let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
                let task = hq.db.query_row(text, [told.task.cast_signed()], read).optional();
                let Some((customer, state)) = task.map_err(sql)? else { continue };
                if told.customer.map(|id| id.0) != Some(customer) {
                    return breach(format!("an outcome of till {at} went to another's task"));
                }
                if told.closes && state == "open" {
                    return breach(format!("task {} was done at till {at} and is open", told.task));
                }
            }
        }
        Ok(())
    }
}

/// What HQ would send of a person is what the events say of her.
fn words_agree(sent: &BTreeMap<u64, Known>, folded: &Folded) -> Checked {
    for (customer, known) in sent {
        let Some(person) = folded.persons.get(customer) else {
            return breach(format!("HQ sends customer {customer}, of whom nobody told"));
        };
        let said = |given: bool| {
            let of = person.agreed.iter().filter(move |(_, said)| **said == given);
            of.map(|(purpose, _)| *purpose).collect::<BTreeSet<_>>()
        };
        let (agreed, declined) = (said(true), said(false));
        if (&known.agreed, &known.declined) != (&agreed, &declined) {
            return breach(format!("customer {customer} agreed to {agreed:?}, HQ has {known:?}"));
        }
        if known.told != person.told {
            return breach(format!("customer {customer} told otherwise than HQ has it"));
        }
    }
    Ok(())
}

fn list_agrees(till: &Till, pages: &[CarePage], clock_is_right: bool) -> Checked {
    let number = till.machine - 1;
    let sent = sent(pages, clock_is_right);
    let has = has(till, clock_is_right)?;
    for customer in 0..CUSTOMERS {
        match (sent.get(&customer), has.get(&customer)) {
            (sent, has) if sent == has => {}
            (Some(sent), Some(has)) => {
                return breach(format!("till {number} has of {customer} {has:?}, not {sent:?}"));
            }
            (Some(_), None) => return breach(format!("till {number} lacks customer {customer}")),
            (None, _) => {
                return breach(format!(
                    "till {number} has customer {customer}, HQ would not send her"
                ));
            }
        }
    }
    tasks_agree(till, pages)
}

fn sent(pages: &[CarePage], with_spend: bool) -> BTreeMap<u64, Known> {
    let entries = pages.iter().flat_map(|page| &page.entries);
    let profile = |entry: &CareEntry| match entry {
        CareEntry::Customer(profile) => Some((customer_of(&profile.phone)?, profile.clone())),
        CareEntry::Erased(..) => None,
    };
    let known = |(customer, profile): (u64, Profile)| {
        let title = profile.name.map(|name| name.title);
        let card = profile.card.map(|card| *card).unwrap_or_default();
        (customer, Known::of(title, card, with_spend.then(|| by_day(&profile.spend))))
    };
    entries.filter_map(profile).map(known).collect()
}

fn has(till: &Till, with_spend: bool) -> Result<BTreeMap<u64, Known>, Breach> {
    let Some(process) = &till.process else { return Ok(BTreeMap::new()) };
    let local = LocalKey::new(&till.keys.local);
    let memory = till::memory(&till.keys, &local);
    let broken = |cause| Breach(format!("till {}: {cause}", till.machine - 1));
    let mut has = BTreeMap::new();
    for customer in 0..CUSTOMERS {
        let file = memory.own_file(&process.db, &phone(customer)).map_err(broken)?;
        let Some(file): Option<Customer> = file else { continue };
        let spend = match with_spend {
            true => Some(by_day(&memory.amounts(&process.db, &file).map_err(broken)?)),
            false => None,
        };
        let title = file.name.as_ref().map(|name| name.title.clone());
        has.insert(customer, Known::of(title, file.card(), spend));
    }
    Ok(has)
}

impl Known {
    fn of(title: Option<String>, card: Card, spend: Option<BTreeMap<i32, i64>>) -> Self {
        let told = card.told.into_iter().map(|told| (told.field, told.value)).collect();
        let (agreed, declined) = (card.agreed.into_iter(), card.declined.into_iter());
        Self { title, told, agreed: agreed.collect(), declined: declined.collect(), spend }
    }
}

fn by_day(amounts: &[DatedAmount]) -> BTreeMap<i32, i64> {
    let mut days = BTreeMap::new();
    for DatedAmount { day, amount } in amounts {
        *days.entry(*day).or_default() += amount.units();
    }
    days.retain(|_, amount| *amount != 0);
    days
}

fn tasks_agree(till: &Till, pages: &[CarePage]) -> Checked {
    let Some(process) = &till.process else { return Ok(()) };
    let local = LocalKey::new(&till.keys.local);
    let named = |task: &Task| (task.id, task.due_day, task.customer, task.words_zh.clone());
    let sent = pages.iter().filter_map(|page| page.tasks.as_ref()).flat_map(|list| &list.tasks);
    let sent: BTreeSet<_> = sent.map(named).collect();
    let has = kept::due(&process.db, &local, i32::MAX).map_err(sql)?;
    let has: BTreeSet<_> = has.iter().map(named).collect();
    match sent == has {
        true => Ok(()),
        false => {
            let number = till.machine - 1;
            breach(format!("till {number} has {} tasks of {}", has.len(), sent.len()))
        }
    }
}
