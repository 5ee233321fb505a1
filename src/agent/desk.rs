//! What a cashier does at her page besides typing a number: choosing among few, an answer, another
//! number, two files that are one person's.
//!
//! # Invariants
//!
//! - Every change is an event in the same transaction as the file it changes.
//!
//! Not here: whose a sale was (`attribute`), who brought her (`referral`), what she sees (`guest`).

use serde::Serialize;
use sync::event::{
    Body, Consent, ErasureRequest, Fact, Field, How, Merge, MergeReason, Name, Purpose, Said, Staff,
};
use sync::phone::Phone;

use super::serving::typed;
use super::{Agent, AttributeError, Guest, Serving, hints};
use crate::clock::Moment;
use crate::customers::Customer;

/// So many are shown; a cashier has four seconds.
const CANDIDATES_MAX: usize = 5;
/// From so many digits on somebody is looked for.
const DIGITS_MIN: usize = 4;
/// The longest answer that is kept, in characters.
const ANSWER_MAX: usize = 64;

/// What the digits typed so far mean.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Typed {
    /// How many digits there are.
    pub digits: usize,
    /// Whom they can mean, the last visit first.
    pub candidates: Vec<Guest>,
    /// They are a whole number: Enter takes it, known or new.
    pub whole: bool,
    /// Not everybody is in memory yet: only whole numbers find all.
    pub partial: bool,
}

impl Agent {
    /// Whom the digits typed so far can mean.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if the memory cannot be read.
    pub fn type_digits(&mut self, bridge: &str, digits: &str) -> Result<Typed, AttributeError> {
        let digits = digits_of(digits);
        let meaning = self.meaning(&digits)?;
        self.till(bridge).typed = digits;
        self.changed();
        Ok(meaning)
    }

    /// Takes what was entered on a keypad: the one customer whom it means, or a whole number. Where
    /// it means several, the page shows them and the cashier chooses.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if it is no number, or means nobody.
    pub fn enter_digits(
        &mut self,
        bridge: &str,
        entered: &str,
        by: How,
    ) -> Result<Option<Guest>, AttributeError> {
        let meaning = self.peek_digits(entered)?;
        let rows: Vec<i64> = meaning.candidates.iter().filter_map(|guest| guest.row).collect();
        match (meaning.whole, rows.as_slice()) {
            (true, _) => self.serve(bridge, entered, None, by).map(Some),
            (false, [only]) => self.serve_row(bridge, *only, None, by).map(Some),
            (false, []) => self.serve(bridge, entered, None, by).map(Some),
            (false, _) => {
                self.type_digits(bridge, entered)?;
                Ok(None)
            }
        }
    }

    /// As [`type_digits`](Self::type_digits), shown on no other screen.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if the memory cannot be read.
    pub fn peek_digits(&self, digits: &str) -> Result<Typed, AttributeError> {
        self.meaning(&digits_of(digits))
    }

    /// Whom digits can mean, without noting that they are being typed.
    pub(super) fn meaning(&self, digits: &str) -> Result<Typed, AttributeError> {
        let found = self.candidates(digits, self.now())?;
        let whole = Phone::parse(digits).is_ok_and(|phone| phone.is_cn_mobile())
            || digits.len() >= 7 && found.is_empty() && typed(digits).is_ok();
        let partial = !self.directory.borrow().is_complete();
        Ok(Typed { digits: digits.len(), candidates: found, whole, partial })
    }

    fn candidates(&self, digits: &str, now: Moment) -> Result<Vec<Guest>, AttributeError> {
        if digits.len() < DIGITS_MIN {
            return Ok(Vec::new());
        }
        let mut found: Vec<Customer> = Vec::new();
        let rows = self.directory.borrow().find(digits, CANDIDATES_MAX * 2);
        for row in rows {
            let Ok(Some(customer)) = self.memory().at(&self.connection, row) else { continue };
            let known = found.iter().any(|other| other.phone == customer.phone);
            if !known && matches(&customer, digits) {
                found.push(customer);
            }
        }
        // A whole number may be one that she had before, or not be read into the directory yet.
        if found.is_empty()
            && let Ok(phone) = Phone::parse(digits)
        {
            found.extend(self.memory().find(&self.connection, &phone)?);
        }
        found.truncate(CANDIDATES_MAX);
        found.iter().map(|customer| Ok(self.seen(customer, now)?)).collect()
    }

    /// Takes an answer of hers; none if she would rather not.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant, or the answer is none.
    pub fn told(
        &mut self,
        bridge: &str,
        field: Field,
        value: Option<&str>,
    ) -> Result<Guest, AttributeError> {
        let phone = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        let value = value.map(|value| answer(field, value)).transpose()?;
        let said = value.clone().map_or(Said::Refused, Said::Told);
        self.change(&phone, |agent, customer, now| {
            let fact = Fact { phone: customer.phone.clone(), field, said };
            let seq = agent.append(now, Body::Fact(fact))?;
            customer.tell((agent.outbox.epoch(), seq), now.day(), field, value);
            Ok(())
        })
    }

    /// She agreed to something besides being cared for, or withdrew it.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant.
    pub fn consent(
        &mut self,
        bridge: &str,
        purpose: Purpose,
        given: bool,
    ) -> Result<Guest, AttributeError> {
        let phone = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        self.change(&phone, |agent, customer, now| {
            let text_version = super::CONSENT_TEXT.into();
            let phone = customer.phone.clone();
            let consent = Consent { phone, purpose, given, text_version, cashier: None };
            let seq = agent.append(now, Body::Consent(consent))?;
            customer.consent(agent.outbox.epoch(), seq, purpose, given);
            Ok(())
        })
    }

    /// She wants to be forgotten: no more care from now on, and HQ is told; a person there deletes her.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant.
    pub fn forget_me(&mut self, bridge: &str, row: i64) -> Result<Guest, AttributeError> {
        let phone = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        // Whom the cashier saw, not who is served since.
        if self.memory().row(&self.connection, &phone)? != Some(row) {
            return Err(AttributeError::Nobody);
        }
        self.change(&phone, |agent, customer, now| {
            let phone = customer.phone.clone();
            let agreed = customer.card().agreed.into_iter();
            let besides = agreed.filter(|purpose| *purpose != Purpose::Care);
            for purpose in besides.chain([Purpose::Care]) {
                let (phone, text_version) = (phone.clone(), super::CONSENT_TEXT.into());
                let consent = Consent { phone, purpose, given: false, text_version, cashier: None };
                let seq = agent.append(now, Body::Consent(consent))?;
                customer.consent(agent.outbox.epoch(), seq, purpose, false);
            }
            agent.append(now, Body::ErasureRequest(ErasureRequest { phone, by: None }))?;
            Ok(())
        })
    }

    /// Another person of the same number.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant.
    pub fn add_person(&mut self, bridge: &str, name: &Name) -> Result<Guest, AttributeError> {
        self.told(bridge, Field::Person, Some(&format!("{} {}", name.surname, name.title)))
    }

    /// She has another number now; her history goes with her.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant, or the number is none.
    pub fn new_number(&mut self, bridge: &str, number: &str) -> Result<Guest, AttributeError> {
        let old = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        let new = typed(number)?;
        if self.memory().find(&self.connection, &old)?.is_none() {
            return Err(AttributeError::Nobody);
        }
        let guest = self.join(&new, &old, MergeReason::NewNumber)?;
        if let Some(till) = self.tills.get_mut(bridge) {
            match &mut till.serving {
                Serving::Number { phone, .. } => *phone = new,
                _ => till.last = till.last.take().map(|(_, at_ms)| (new, at_ms)),
            }
        }
        Ok(guest)
    }

    /// Two files are one person's: the second's history goes to the first.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if one of them is gone, or both are the same.
    pub fn merge(&mut self, kept: i64, absorbed: i64) -> Result<Guest, AttributeError> {
        let memory = self.memory();
        let kept = memory.at(&self.connection, kept)?.ok_or(AttributeError::Nobody)?;
        let absorbed = memory.at(&self.connection, absorbed)?.ok_or(AttributeError::Nobody)?;
        self.join(&kept.phone, &absorbed.phone, MergeReason::SamePerson)
    }

    fn join(
        &mut self,
        kept: &Phone,
        absorbed: &Phone,
        why: MergeReason,
    ) -> Result<Guest, AttributeError> {
        if kept == absorbed {
            return Err(AttributeError::Herself);
        }
        let now = self.now();
        let transaction = self.connection.unchecked_transaction()?;
        let memory = self.memory();
        let before = memory.own_file(&self.connection, absorbed)?;
        let event = Merge { kept: kept.clone(), absorbed: absorbed.clone(), why, undone: false };
        self.append(now, Body::Merge(event))?;
        let name = before.as_ref().and_then(|customer| customer.name.clone());
        let known = memory.own_file(&self.connection, kept)?;
        let named = known.as_ref().is_some_and(|customer| customer.name.is_some());
        memory.meet(&self.connection, kept, name.as_ref().filter(|_| !named))?;
        memory.merge(&self.connection, kept, absorbed)?;
        let row = match memory.find(&self.connection, kept)? {
            Some(mut customer) => {
                customer.inherit(before.as_ref());
                Some((memory.keep(&self.connection, &customer)?, customer.last_day()))
            }
            None => None,
        };
        transaction.commit()?;
        if let Some((row, day)) = row {
            self.directory.borrow_mut().add(kept, row, day);
        }
        self.changed();
        self.look_up(kept)
    }

    /// The number leads nowhere any more: what was merged is two files again.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if it led nowhere.
    pub fn unmerge(&mut self, number: &str) -> Result<Guest, AttributeError> {
        let absorbed = typed(number)?;
        let memory = self.memory();
        let kept = memory.find(&self.connection, &absorbed)?.ok_or(AttributeError::Nobody)?;
        if kept.phone == absorbed {
            return Err(AttributeError::Nobody);
        }
        let transaction = self.connection.unchecked_transaction()?;
        let event = Merge {
            kept: kept.phone,
            absorbed: absorbed.clone(),
            why: MergeReason::SamePerson,
            undone: true,
        };
        self.append(self.now(), Body::Merge(event))?;
        memory.unmerge(&self.connection, &absorbed)?;
        transaction.commit()?;
        self.changed();
        self.look_up(&absorbed)
    }

    /// A number is a member of staff's, or no longer: it counts for no tier.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if she is gone meanwhile.
    pub fn staff(&mut self, row: i64, is_staff: bool) -> Result<Guest, AttributeError> {
        let customer = self.memory().at(&self.connection, row)?.ok_or(AttributeError::Nobody)?;
        self.change(&customer.phone, |agent, customer, now| {
            let event = Staff { phone: customer.phone.clone(), is_staff };
            let seq = agent.append(now, Body::Staff(event))?;
            customer.staff(agent.outbox.epoch(), seq, is_staff);
            Ok(())
        })
    }

    /// Changes her file and tells HQ, in one transaction.
    pub(super) fn change(
        &mut self,
        phone: &Phone,
        with: impl FnOnce(&Self, &mut Customer, Moment) -> Result<(), AttributeError>,
    ) -> Result<Guest, AttributeError> {
        let now = self.now();
        let memory = self.memory();
        let mut customer = memory.find(&self.connection, phone)?.ok_or(AttributeError::Nobody)?;
        let transaction = self.connection.unchecked_transaction()?;
        with(self, &mut customer, now)?;
        memory.keep(&self.connection, &customer)?;
        transaction.commit()?;
        self.changed();
        Ok(self.seen(&customer, now)?)
    }
}

/// The digits of what was typed, no more than a number can have and a few.
fn digits_of(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_digit).take(20).collect()
}

/// Whether a customer's number really is one that the digits can mean.
fn matches(customer: &Customer, digits: &str) -> bool {
    let number = customer.phone.clear();
    number.ends_with(digits) || number.starts_with(digits)
}

/// An answer as it is kept: a birthday that is one, and no control characters.
fn answer(field: Field, value: &str) -> Result<String, AttributeError> {
    let plain: String = value.trim().chars().filter(|c| !c.is_control()).take(ANSWER_MAX).collect();
    let good = match field {
        Field::Birthday => hints::read_birthday(&plain).is_some(),
        _ => !plain.is_empty(),
    };
    good.then_some(plain).ok_or(AttributeError::NoAnswer)
}
