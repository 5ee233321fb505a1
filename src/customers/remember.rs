//! What the till itself writes into a file: a newcomer, an answer, who brought her, another number.
//!
//! Each is written in the transaction that appends the event which tells HQ.
//!
//! Not here: what HQ sends (`apply`).

use rusqlite::{Connection, params};
use sync::care_list::Had;
use sync::event::{Epoch, Field, Name, Purpose, Seq};
use sync::phone::Phone;

use super::file::What;
use super::{Customer, CustomersError, Memory, Pseudonym, by_pseudonym};

impl Memory<'_> {
    /// Remembers a customer whom HQ does not know yet, or her name.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn meet(
        &self,
        connection: &Connection,
        phone: &Phone,
        name: Option<&Name>,
    ) -> Result<Customer, CustomersError> {
        let found = match self.find(connection, phone) {
            // HQ sends her file again; until then she is one whom we just met.
            Err(CustomersError::Damaged) => None,
            other => other?,
        };
        let mut customer = match found {
            Some(known) if name.is_none() => return Ok(known),
            Some(known) => known,
            None => Customer::new(phone.clone()),
        };
        let person = name.is_some_and(|name| customer.persons().contains(name));
        if !person {
            customer.name = name.cloned().or(customer.name);
        }
        self.write(connection, &customer, None, None)?;
        Ok(customer)
    }

    /// Writes her file as it is now; returns its row, for the directory.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn keep(
        &self,
        connection: &Connection,
        customer: &Customer,
    ) -> Result<i64, CustomersError> {
        self.write(connection, customer, None, None)
    }

    /// Two numbers are one person's: the absorbed one leads to the kept one from now on.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn merge(
        &self,
        connection: &Connection,
        kept: &Phone,
        absorbed: &Phone,
    ) -> Result<(), CustomersError> {
        let (kept, absorbed) = (self.pseudonym(kept), self.pseudonym(absorbed));
        // What led to the absorbed one leads on; the kept one leads nowhere.
        let moved = "UPDATE customer SET root = ?1 WHERE (pseudonym = ?2 OR root = ?2)
                     AND pseudonym <> ?1";
        connection.prepare_cached(moved)?.execute(params![kept, absorbed])?;
        lead(connection, kept, None)?;
        Ok(())
    }

    /// The two numbers are two persons' again.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn unmerge(&self, connection: &Connection, absorbed: &Phone) -> Result<(), CustomersError> {
        Ok(lead(connection, self.pseudonym(absorbed), None)?)
    }

    /// Opens the file of this very number, though it leads to another.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn own_file(
        &self,
        connection: &Connection,
        phone: &Phone,
    ) -> Result<Option<Customer>, CustomersError> {
        let row = by_pseudonym(connection, self.pseudonym(phone))?;
        row.map(|row| self.open(connection, &row)).transpose()
    }
}

/// Where a number leads.
pub(super) fn lead(
    connection: &Connection,
    from: Pseudonym,
    to: Option<Pseudonym>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE customer SET root = ?2 WHERE pseudonym = ?1")?
        .execute(params![from, to])
        .map(drop)
}

impl Customer {
    /// An answer of hers; none if she would rather not.
    pub fn tell(
        &mut self,
        (epoch, seq): (Epoch, Seq),
        day: i32,
        field: Field,
        value: Option<String>,
    ) {
        self.here().told_on = Some(day);
        self.say(epoch, seq, What::Told(field, value));
    }

    /// She agreed to something, or withdrew it.
    pub fn consent(&mut self, epoch: Epoch, seq: Seq, purpose: Purpose, given: bool) {
        self.say(epoch, seq, What::Consent(purpose, given));
    }

    /// Somebody brought her, or that was a mistake.
    pub fn came(&mut self, epoch: Epoch, seq: Seq, referrer: Option<Pseudonym>) {
        self.set_referrer(referrer);
        self.say(epoch, seq, What::Came(referrer.is_some()));
    }

    /// She brought somebody, or that was a mistake.
    pub fn brought(&mut self, epoch: Epoch, seq: Seq, really: bool) {
        self.say(epoch, seq, What::Brought(if really { 1 } else { -1 }));
    }

    /// The number is a member of staff's, or no longer.
    pub fn staff(&mut self, epoch: Epoch, seq: Seq, is_staff: bool) {
        self.say(epoch, seq, What::Staff(is_staff));
    }

    /// She was handed something, or that was a mistake.
    pub fn hand_out(&mut self, epoch: Epoch, seq: Seq, had: Had, undone: bool) {
        self.say(epoch, seq, What::HandOut(had, undone));
    }

    /// Whoever else has this number, besides the one whom the file names.
    #[must_use]
    pub fn persons(&self) -> Vec<Name> {
        let told = self.card().told;
        let persons = told.into_iter().filter(|told| told.field == Field::Person);
        persons.filter_map(|told| person(&told.value?)).collect()
    }
}

/// A person as a fact has it: `王 先生`.
fn person(text: &str) -> Option<Name> {
    let (surname, title) = text.split_once(' ')?;
    Some(Name { surname: surname.into(), title: title.into() })
}
