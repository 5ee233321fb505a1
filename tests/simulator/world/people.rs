//! What people do besides selling: at the tills, and at HQ.
//!
//! Not here: what it must lead to (`oracle`).

use super::{Breach, What, World};
use crate::deed::Deed;
use crate::headquarters::MACHINE;
use crate::headquarters::desk::Buried;
use crate::plan::MINUTE;
use crate::till::is_explained;

/// Somebody who asked to be forgotten, and was.
#[derive(Clone, Debug)]
pub(crate) struct Erased {
    pub(crate) customer: u64,
    pub(crate) buried: Buried,
    /// HQ's backup knows it.
    backed_up: bool,
    /// HQ's disk was lost with it: only what tills say brings it back.
    pub(crate) lost: bool,
}

impl World {
    /// Somebody at a till links, amends, asks or calls.
    pub(super) fn deed(&mut self, till: usize) -> Result<(), Breach> {
        let receipts = self.receipts_of_the_store(till);
        let deed = Deed::draw(&mut self.chance, &receipts);
        self.tills[till].ask(deed);
        self.open_shop(till)?;
        self.close_later(till);
        self.tell_slips(till)
    }

    /// The first two tills stand in one shop.
    fn receipts_of_the_store(&self, till: usize) -> Vec<String> {
        let store = |till: usize| self.tills[till].keys.store_name.clone();
        let here = |other: &usize| store(*other) == store(till);
        (0..self.tills.len())
            .filter(here)
            .flat_map(|other| self.tills[other].receipts.clone())
            .collect()
    }

    /// Somebody asks at HQ to be forgotten; whoever sits there tries until it is done.
    pub(super) fn erase(&mut self, customer: u64) -> Result<(), Breach> {
        let running = self.hq.program.is_some();
        let done = self.hq.erase(self.now, customer);
        let stopped = self.look_after(MACHINE);
        match done {
            Ok(Some(buried)) => self.bury(customer, buried),
            Ok(None) if running => self.bury_what_was_cut_off(customer)?,
            Err(cause) if !stopped => {
                self.explained(MACHINE, &format!("{cause}"), is_explained(&cause))?;
            }
            _ => {}
        }
        let hers = |erased: &Erased| erased.customer == customer && !erased.lost;
        if !self.erased.iter().any(hers) {
            self.soon(5 * MINUTE, What::Erase(customer));
        }
        Ok(())
    }

    fn bury(&mut self, customer: u64, buried: Buried) {
        self.say(|| format!("HQ forgets customer {customer}"));
        self.tally.erased += 1;
        self.erased.push(Erased { customer, buried, backed_up: false, lost: false });
    }

    /// It was done before, or a stop came after it was and before HQ could say so.
    fn bury_what_was_cut_off(&mut self, customer: u64) -> Result<(), Breach> {
        let found = self.hq.tombstones();
        if self.look_after(MACHINE) {
            return Ok(());
        }
        let found = match found {
            Ok(found) => found,
            Err(cause) => {
                return self.explained(MACHINE, &format!("{cause}"), is_explained(&cause));
            }
        };
        // Lost with HQ's disk, and there again: a till said so, or this one word more.
        for erased in &mut self.erased {
            erased.lost &= erased.customer != customer || !found.contains(&erased.buried.id);
        }
        let known = |id| self.erased.iter().any(|erased| erased.buried.id == id);
        let news: Vec<_> = found.into_iter().filter(|id| !known(*id)).collect();
        for id in news {
            self.bury(customer, Buried { id, key: None });
        }
        Ok(())
    }

    /// HQ's backup holds what is erased by now.
    pub(super) fn erasures_are_backed_up(&mut self) {
        self.erased.iter_mut().for_each(|erased| erased.backed_up = !erased.lost);
    }

    /// HQ woke up with its backup.
    pub(super) fn erasures_are_lost(&mut self) {
        self.erased.iter_mut().for_each(|erased| erased.lost = !erased.backed_up);
    }

    pub(super) fn rotate(&mut self) -> Result<(), Breach> {
        self.say(|| "HQ draws a new sealing key".into());
        self.hq.rotate();
        Ok(())
    }

    /// A till is stolen, or its shop is closed.
    pub(super) fn revoke(&mut self, till: usize) -> Result<(), Breach> {
        let terminal = self.tills[till].keys.terminal;
        let done = self.hq.revoke(self.now, &terminal);
        match (done, self.look_after(MACHINE)) {
            (true, _) => {
                self.say(|| format!("till {till} is revoked"));
                self.revoked = Some(till);
            }
            (false, _) => self.soon(5 * MINUTE, What::Revoke(till)),
        }
        Ok(())
    }
}
