//! This store's memory of its customers.
//!
//! ```text
//! phone ─ HMAC(index key) ─▶ pseudonym ─▶ sealed file (name, dated net spend, card)
//!                                              + own sales above HQ's marks ─▶ tier
//! last digits ─ directory, in memory only ─▶ row ─▶ the same file
//! ```
//!
//! # Invariants
//!
//! - On disk she is a pseudonym and a sealed blob; the number is in neither, in clear.
//! - Her spend is HQ's dated amounts plus what this till sold, and heard that the store's other tills
//!   sold, above HQ's marks: a sale counts once.
//! - What HQ erased is erased here, in the transaction that moves the cursor.
//! - A number that was another one's before leads to the file of the one that is kept.
//!
//! Not here: the tier rule (`sync::tier`), sales (`sales`).

mod apply;
mod directory;
mod file;
mod like;
mod remember;

pub use apply::Applied;
pub use directory::Directory;
pub use file::{Customer, Visit};
pub use like::is_whole_name;

use rusqlite::{Connection, OptionalExtension, params};
use sync::care_list::{CustomerId, Mark};
use sync::event::{Epoch, Seq, TerminalId};
use sync::phone::Phone;
use sync::tier::DatedAmount;

use crate::at_rest::{LocalKey, pseudonym};
use crate::sales;

/// A customer's keyed name on this disk.
pub type Pseudonym = [u8; 32];

/// Why the memory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CustomersError {
    /// The database refused.
    #[error("the customers: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row does not open or is not one.
    #[error("a customer's file cannot be read")]
    Damaged,
}

/// The keys that open this store's memory.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    /// What she is looked up under.
    pub index: &'a [u8; 32],
    /// What her file is sealed with.
    pub local: &'a LocalKey,
    /// Who we are.
    pub terminal: TerminalId,
}

/// A row as it lies on the disk.
struct Sealed {
    row: i64,
    pseudonym: Pseudonym,
    root: Option<Pseudonym>,
    marks: Option<i64>,
    sealed: Vec<u8>,
}

const COLUMNS: &str = "id, pseudonym, root, marks, sealed";

fn sealed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        row: row.get(0)?,
        pseudonym: row.get(1)?,
        root: row.get(2)?,
        marks: row.get(3)?,
        sealed: row.get(4)?,
    })
}

impl Memory<'_> {
    /// Her keyed name.
    #[must_use]
    pub fn pseudonym(&self, phone: &Phone) -> Pseudonym {
        pseudonym(self.index, phone.clear())
    }

    /// Looks her up by her full number; by one that she had before, her file of now.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn find(
        &self,
        connection: &Connection,
        phone: &Phone,
    ) -> Result<Option<Customer>, CustomersError> {
        self.known_as(connection, self.pseudonym(phone))
    }

    /// Looks her up by her keyed name, or by one that she had before.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn known_as(
        &self,
        connection: &Connection,
        pseudonym: Pseudonym,
    ) -> Result<Option<Customer>, CustomersError> {
        let Some(own) = by_pseudonym(connection, pseudonym)? else { return Ok(None) };
        let kept = match own.root {
            Some(root) => by_pseudonym(connection, root)?,
            None => None,
        };
        self.open(connection, &kept.unwrap_or(own)).map(Some)
    }

    /// Opens the row that the directory names; the file of the number that is kept.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn at(
        &self,
        connection: &Connection,
        row: i64,
    ) -> Result<Option<Customer>, CustomersError> {
        let own = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM customer WHERE id = ?1"))?
            .query_row([row], sealed)
            .optional()?;
        match own {
            Some(Sealed { root: Some(root), .. }) => self.known_as(connection, root),
            Some(own) => self.open(connection, &own).map(Some),
            None => Ok(None),
        }
    }

    /// The row of a number's own file.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn row(
        &self,
        connection: &Connection,
        phone: &Phone,
    ) -> Result<Option<i64>, CustomersError> {
        Ok(by_pseudonym(connection, self.pseudonym(phone))?.map(|row| row.row))
    }

    fn open(&self, connection: &Connection, row: &Sealed) -> Result<Customer, CustomersError> {
        let plain =
            self.local.open(&row.pseudonym, &row.sealed).map_err(|_| CustomersError::Damaged)?;
        let plain = zeroize::Zeroizing::new(plain);
        let mut customer: Customer =
            minicbor::decode(&plain).map_err(|_| CustomersError::Damaged)?;
        if let Some(set) = row.marks {
            customer.marks = marks(connection, set)?;
        }
        Ok(customer)
    }

    /// All numbers of the store, for the directory; one bad row hides nobody else.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn directory(&self, connection: &Connection) -> Result<Directory, CustomersError> {
        let mut rows =
            connection.prepare(&format!("SELECT {COLUMNS} FROM customer WHERE root IS NULL"))?;
        let all = rows.query_map([], sealed)?.filter_map(Result::ok);
        Ok(Directory::of(all.filter_map(|row| {
            let plain = self.local.open(&row.pseudonym, &row.sealed).ok()?;
            let plain = zeroize::Zeroizing::new(plain);
            let customer: Customer = minicbor::decode(&plain).ok()?;
            let day = customer.last_day();
            Some((directory::backwards(customer.phone.clear()), row.row, day))
        })))
    }

    /// Writes her file; returns its row.
    fn write(
        &self,
        connection: &Connection,
        customer: &Customer,
        hq_id: Option<CustomerId>,
        marks: Option<i64>,
    ) -> Result<i64, CustomersError> {
        let pseudonym = self.pseudonym(&customer.phone);
        // Marks lie in a set of their own; a file from before the sets keeps them.
        let set_is_known = marks.is_some() || self.marks_of(connection, pseudonym)?.is_some();
        let plain = if set_is_known {
            minicbor::to_vec(Customer { marks: Vec::new(), ..customer.clone() })
        } else {
            minicbor::to_vec(customer)
        };
        let plain = zeroize::Zeroizing::new(plain.map_err(|_| CustomersError::Damaged)?);
        let row = connection
            .prepare_cached(
                "INSERT INTO customer (pseudonym, hq_id, marks, sealed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pseudonym) DO UPDATE SET
                     sealed = excluded.sealed, hq_id = coalesce(excluded.hq_id, hq_id),
                     marks = coalesce(excluded.marks, marks), stale = 0
                 RETURNING id",
            )?
            .query_row(
                params![
                    pseudonym,
                    hq_id.map(|id| id.0),
                    marks,
                    self.local.seal(&pseudonym, &plain)
                ],
                |row| row.get(0),
            )?;
        Ok(row)
    }

    fn marks_of(
        &self,
        connection: &Connection,
        pseudonym: Pseudonym,
    ) -> rusqlite::Result<Option<i64>> {
        connection
            .prepare_cached("SELECT marks FROM customer WHERE pseudonym = ?1")?
            .query_row([pseudonym], |row| row.get(0))
            .optional()
            .map(Option::flatten)
    }

    /// Net amounts by day: HQ's, and this till's own above HQ's marks, under all her numbers.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn amounts(
        &self,
        connection: &Connection,
        customer: &Customer,
    ) -> Result<Vec<DatedAmount>, CustomersError> {
        let mut amounts = customer.spend.clone();
        for number in self.numbers(connection, customer)? {
            let own = sales::of_customer(connection, number)?;
            amounts.extend(
                own.into_iter()
                    .filter(|sale| sale.seq > mark(customer, self.terminal, sale.epoch))
                    .map(|sale| DatedAmount { day: sale.day, amount: sale.amount }),
            );
            let others = crate::agent::peers::of_customer(connection, number)?;
            amounts.extend(
                others
                    .into_iter()
                    .filter(|(terminal, epoch, seq, _)| *seq > mark(customer, *terminal, *epoch))
                    .map(|(.., dated)| dated),
            );
        }
        Ok(amounts)
    }

    /// Her keyed names: the one that is kept, and those that lead to it.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn numbers(
        &self,
        connection: &Connection,
        customer: &Customer,
    ) -> Result<Vec<Pseudonym>, CustomersError> {
        let kept = self.pseudonym(&customer.phone);
        let mut select =
            connection.prepare_cached("SELECT pseudonym FROM customer WHERE root = ?1")?;
        let others = select.query_map([kept], |row| row.get(0))?;
        let others: Vec<Pseudonym> = others.collect::<Result<_, _>>()?;
        Ok(std::iter::once(kept).chain(others).collect())
    }
}

/// Up to which event of a till HQ has counted her sales.
fn mark(customer: &Customer, terminal: TerminalId, epoch: Epoch) -> Seq {
    let of = |mark: &&Mark| mark.terminal == terminal && mark.epoch == epoch;
    customer.marks.iter().find(of).map_or(Seq::NONE, |mark| mark.seq)
}

impl Customer {
    /// The last day that she was here, as far as we know.
    #[must_use]
    pub fn last_day(&self) -> Option<i32> {
        let card = self.card.as_ref().and_then(|card| card.last_day);
        let spent = self.spend.iter().map(|dated| dated.day).max();
        card.max(spent).max(self.visit().map(|visit| visit.day))
    }
}

fn by_pseudonym(connection: &Connection, pseudonym: Pseudonym) -> rusqlite::Result<Option<Sealed>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM customer WHERE pseudonym = ?1"))?
        .query_row([pseudonym], sealed)
        .optional()
}

fn marks(connection: &Connection, set: i64) -> rusqlite::Result<Vec<Mark>> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT marks FROM mark_set WHERE id = ?1")?
        .query_row([set], |row| row.get(0))
        .optional()?;
    Ok(bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
