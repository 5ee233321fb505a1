//! Who brought her (S46, S66).
//!
//! # Invariants
//!
//! - Nobody brings herself, and no chain of referrals closes, as far as this store knows; HQ looks
//!   again.
//! - Of a newcomer without a file it is noted in memory and written with her first sale.
//!
//! Not here: the thanks that follow (HQ's desk).

use sync::event::{Body, Referral};
use sync::phone::Phone;

use super::{Agent, AttributeError, Guest, Serving};
use crate::clock::Moment;
use crate::customers::{Customer, Pseudonym};

/// A chain of referrals is followed so far.
const CHAIN_MAX: usize = 32;

impl Agent {
    /// Who brought her; `None` takes it back.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant, the referrer is not known here, or she would have
    /// brought herself, by whatever way round.
    pub fn refer(&mut self, bridge: &str, referrer: Option<i64>) -> Result<Guest, AttributeError> {
        let newcomer = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        let referrer = match referrer {
            Some(row) => {
                let found = self.memory().at(&self.connection, row)?;
                Some(found.ok_or(AttributeError::Nobody)?)
            }
            None => None,
        };
        let known = self.memory().find(&self.connection, &newcomer)?;
        if let Some(referrer) = &referrer {
            self.may_bring(&newcomer, known.as_ref(), referrer)?;
        }
        if let Some(Serving::Number { referrer: pending, .. }) =
            self.tills.get_mut(bridge).map(|till| &mut till.serving)
            && known.is_none()
        {
            *pending = referrer.map(|customer| customer.phone);
            self.changed();
            return self.look_up(&newcomer);
        }
        let now = self.now();
        let transaction = self.connection.unchecked_transaction()?;
        match (referrer, known.as_ref().and_then(Customer::referrer)) {
            (Some(referrer), _) => self.bring(&newcomer, &referrer.phone, now)?,
            (None, Some(before)) => self.unbring(&newcomer, before, now)?,
            (None, None) => {}
        }
        transaction.commit()?;
        self.changed();
        self.look_up(&newcomer)
    }

    fn may_bring(
        &self,
        newcomer: &Phone,
        known: Option<&Customer>,
        referrer: &Customer,
    ) -> Result<(), AttributeError> {
        let memory = self.memory();
        let hers = match known {
            Some(customer) => memory.numbers(&self.connection, customer)?,
            None => vec![memory.pseudonym(newcomer)],
        };
        if hers.contains(&memory.pseudonym(&referrer.phone)) {
            return Err(AttributeError::Herself);
        }
        if known.is_some_and(|customer| customer.card().came) {
            return Err(AttributeError::CameAlready);
        }
        let mut before = referrer.referrer();
        for _ in 0..CHAIN_MAX {
            let Some(pseudonym) = before else { return Ok(()) };
            if hers.contains(&pseudonym) {
                return Err(AttributeError::Herself);
            }
            before = memory.known_as(&self.connection, pseudonym)?.and_then(|c| c.referrer());
        }
        Ok(())
    }

    /// Writes down who brought her, within the caller's transaction; she has a file by now.
    pub(super) fn bring(
        &self,
        newcomer: &Phone,
        referrer: &Phone,
        now: Moment,
    ) -> Result<(), AttributeError> {
        let memory = self.memory();
        let event =
            Referral { newcomer: newcomer.clone(), referrer: referrer.clone(), undone: false };
        let seq = self.append(now, Body::Referral(event))?;
        let epoch = self.outbox.epoch();
        if let Some(mut customer) = memory.find(&self.connection, newcomer)? {
            customer.came(epoch, seq, Some(memory.pseudonym(referrer)));
            memory.keep(&self.connection, &customer)?;
        }
        if let Some(mut customer) = memory.find(&self.connection, referrer)? {
            customer.brought(epoch, seq, true);
            customer.set_brought_on(Some(now.day()));
            memory.keep(&self.connection, &customer)?;
        }
        Ok(())
    }

    fn unbring(
        &self,
        newcomer: &Phone,
        referrer: Pseudonym,
        now: Moment,
    ) -> Result<(), AttributeError> {
        let memory = self.memory();
        let Some(mut other) = memory.known_as(&self.connection, referrer)? else {
            return Err(AttributeError::Nobody);
        };
        let event =
            Referral { newcomer: newcomer.clone(), referrer: other.phone.clone(), undone: true };
        let seq = self.append(now, Body::Referral(event))?;
        let epoch = self.outbox.epoch();
        other.brought(epoch, seq, false);
        other.set_brought_on(None);
        memory.keep(&self.connection, &other)?;
        if let Some(mut customer) = memory.find(&self.connection, newcomer)? {
            customer.came(epoch, seq, None);
            memory.keep(&self.connection, &customer)?;
        }
        Ok(())
    }
}
