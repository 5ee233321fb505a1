//! This store's memory of its customers.
//!
//! ```text
//! phone ─ HMAC(index key) ─▶ pseudonym ─▶ sealed file (name, dated net spend, marks)
//!                                              + own sales above the mark ─▶ tier
//! ```
//!
//! # Invariants
//!
//! - On disk she is a pseudonym and a sealed blob; the number is in neither, in clear.
//! - Her spend is HQ's dated amounts plus this till's own sales above HQ's mark: a sale counts once.
//! - What HQ erased is erased here, in the transaction that moves the cursor.
//!
//! Not here: the tier rule (`sync::tier`), sales (`sales`).

use std::collections::HashMap;

use minicbor::{Decode, Encode};
use rusqlite::{Connection, OptionalExtension, params};
use sync::care_list::{CareEntry, CarePage, CustomerId, Mark, Profile};
use sync::event::{Epoch, Name, Seq, TerminalId};
use sync::phone::Phone;
use sync::tier::{DatedAmount, Standing, TierPolicy, tier};

use crate::at_rest::{LocalKey, pseudonym};
use crate::sales;

/// A customer's keyed name on this disk.
pub type Pseudonym = [u8; 32];

/// What this store knows of a customer.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Customer {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// How she is addressed.
    #[n(1)]
    pub name: Option<Name>,
    /// Net amounts by day that HQ has counted.
    #[n(2)]
    spend: Vec<DatedAmount>,
    /// Up to which event of which terminal.
    #[n(3)]
    marks: Vec<Mark>,
}

impl Customer {
    /// HQ has counted a purchase of hers.
    #[must_use]
    pub fn has_bought(&self) -> bool {
        !self.spend.is_empty()
    }
}

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

/// Who ends in which four digits.
pub type Endings = HashMap<String, Vec<Pseudonym>>;

/// Digits at the end of a number that people remember.
const ENDING: usize = 4;
/// Digits that a masked number must show at its beginning.
const BEGIN_MIN: usize = 3;
/// Customers of one ending that are looked at; a cashier can choose among few.
const LIKE_MAX: usize = 200;

fn ending(digits: &str) -> &str {
    &digits[digits.len().saturating_sub(ENDING)..]
}

/// Whether a name that a till prints can be hers: `李女士`, `李*`, but not `李先生` nor `王女士`.
fn is_her(printed: &str, known: &Name) -> bool {
    const MEN: [&str; 3] = ["先生", "男", "Mr"];
    const WOMEN: [&str; 5] = ["女士", "小姐", "女", "Ms", "Mrs"];
    let says = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
    let other = says(&MEN, printed) && says(&WOMEN, &known.title)
        || says(&WOMEN, printed) && says(&MEN, &known.title);
    !known.surname.is_empty() && printed.starts_with(&known.surname) && !other
}

/// Whether a name that a till prints is all that we know of hers: a surname and a title.
#[must_use]
pub fn is_whole_name(printed: &str, known: &Name) -> bool {
    printed.strip_prefix(known.surname.as_str()) == Some(known.title.as_str())
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

impl Memory<'_> {
    /// Her keyed name.
    #[must_use]
    pub fn pseudonym(&self, phone: &Phone) -> Pseudonym {
        pseudonym(self.index, phone.clear())
    }

    /// Looks her up by her full number.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn find(
        &self,
        connection: &Connection,
        phone: &Phone,
    ) -> Result<Option<Customer>, CustomersError> {
        self.open(connection, self.pseudonym(phone))
    }

    /// Who ends in which four digits. It lives in memory only: nothing that is derived from so few
    /// digits is on disk.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn endings(&self, connection: &Connection) -> Result<Endings, CustomersError> {
        let mut rows = connection.prepare_cached("SELECT pseudonym FROM customer")?;
        let rows: Vec<Pseudonym> =
            rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut endings = Endings::new();
        for pseudonym in rows {
            match self.open(connection, pseudonym) {
                Ok(Some(customer)) => {
                    let ending = ending(customer.phone.clear()).to_owned();
                    endings.entry(ending).or_default().push(pseudonym);
                }
                Ok(None) | Err(CustomersError::Damaged) => {} // one bad row hides nobody else
                Err(error) => return Err(error),
            }
        }
        Ok(endings)
    }

    /// Everybody whom a till's masked number can mean: `138****6721` and what it prints as her name.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn like(
        &self,
        connection: &Connection,
        endings: &Endings,
        masked: &str,
        name: Option<&str>,
    ) -> Result<Vec<Customer>, CustomersError> {
        let shown = |symbol: &char| symbol.is_ascii_digit();
        let begin: String = masked.chars().take_while(shown).collect();
        let end: usize = masked.chars().rev().take_while(shown).count();
        if begin.len() < BEGIN_MIN || end < ENDING || !masked.is_ascii() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for pseudonym in endings.get(ending(masked)).into_iter().flatten().take(LIKE_MAX) {
            found.extend(self.open(connection, *pseudonym)?);
        }
        found.retain(|customer: &Customer| {
            let phone = customer.phone.clear();
            let named = match (name, &customer.name) {
                (Some(printed), Some(known)) => is_her(printed, known),
                (Some(_), None) => false,
                (None, _) => true,
            };
            phone.len() == masked.len()
                && phone.starts_with(&begin)
                && phone.ends_with(&masked[masked.len() - end..])
                && named
        });
        Ok(found)
    }

    fn open(
        &self,
        connection: &Connection,
        pseudonym: Pseudonym,
    ) -> Result<Option<Customer>, CustomersError> {
        let sealed: Option<Vec<u8>> = connection
            .prepare_cached("SELECT sealed FROM customer WHERE pseudonym = ?1")?
            .query_row([pseudonym], |row| row.get(0))
            .optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.local.open(&pseudonym, &sealed).map_err(|_| CustomersError::Damaged)?;
        minicbor::decode(&plain).map(Some).map_err(|_| CustomersError::Damaged)
    }

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
            None => {
                Customer { phone: phone.clone(), name: None, spend: Vec::new(), marks: Vec::new() }
            }
        };
        customer.name = name.cloned().or(customer.name);
        self.write(connection, &customer, None)?;
        Ok(customer)
    }

    fn write(
        &self,
        connection: &Connection,
        customer: &Customer,
        hq_id: Option<CustomerId>,
    ) -> Result<(), CustomersError> {
        let pseudonym = self.pseudonym(&customer.phone);
        let plain = minicbor::to_vec(customer).map_err(|_| CustomersError::Damaged)?;
        connection
            .prepare_cached(
                "INSERT INTO customer (pseudonym, hq_id, sealed) VALUES (?1, ?2, ?3)
                 ON CONFLICT (pseudonym) DO UPDATE SET
                     sealed = excluded.sealed, hq_id = coalesce(excluded.hq_id, hq_id)",
            )?
            .execute(params![
                pseudonym,
                hq_id.map(|id| id.0),
                self.local.seal(&pseudonym, &plain)
            ])?;
        Ok(())
    }

    /// Her tier today, and what is missing to the next.
    ///
    /// # Errors
    ///
    /// [`CustomersError`].
    pub fn standing(
        &self,
        connection: &Connection,
        customer: &Customer,
        policy: &TierPolicy,
        today: i32,
    ) -> Result<Option<Standing>, CustomersError> {
        let mut amounts = customer.spend.clone();
        let own = sales::of_customer(connection, self.pseudonym(&customer.phone))?;
        amounts.extend(
            own.into_iter()
                .filter(|sale| sale.seq > self.mark(customer, sale.epoch))
                .map(|sale| DatedAmount { day: sale.day, amount: sale.amount }),
        );
        Ok(tier(policy, &amounts, today))
    }

    fn mark(&self, customer: &Customer, epoch: Epoch) -> Seq {
        customer
            .marks
            .iter()
            .find(|mark| mark.terminal == self.terminal && mark.epoch == epoch)
            .map_or(Seq::NONE, |mark| mark.seq)
    }

    /// Applies a page of the care list; the caller moves the cursor in the same transaction.
    ///
    /// # Errors
    ///
    /// [`CustomersError`]; the caller rolls back.
    pub fn apply(&self, transaction: &Connection, page: &CarePage) -> Result<(), CustomersError> {
        if page.snapshot {
            // Those whom HQ has not heard of yet stay: their first sale is still on its way.
            transaction.execute("DELETE FROM customer WHERE hq_id IS NOT NULL", [])?;
        }
        for entry in &page.entries {
            match entry {
                CareEntry::Customer(profile) => self.learn(transaction, profile)?,
                CareEntry::Erased(id) => {
                    let erased = erase(transaction, *id)?;
                    sales::forget_customer(transaction, erased)?;
                }
            }
        }
        Ok(())
    }

    fn learn(&self, transaction: &Connection, profile: &Profile) -> Result<(), CustomersError> {
        let pseudonym = self.pseudonym(&profile.phone);
        // The same customer under an earlier number: her file moves, it is not doubled.
        transaction
            .prepare_cached("DELETE FROM customer WHERE hq_id = ?1 AND pseudonym <> ?2")?
            .execute(params![profile.customer.0, pseudonym])?;
        let customer = Customer {
            phone: profile.phone.clone(),
            name: profile.name.clone(),
            spend: profile.spend.clone(),
            marks: profile.marks.clone(),
        };
        self.write(transaction, &customer, Some(profile.customer))
    }
}

fn erase(transaction: &Connection, id: CustomerId) -> rusqlite::Result<Option<Pseudonym>> {
    transaction
        .prepare_cached("DELETE FROM customer WHERE hq_id = ?1 RETURNING pseudonym")?
        .query_row([id.0], |row| row.get(0))
        .optional()
}

/// How many customers this store remembers.
///
/// # Errors
///
/// What SQLite says.
pub fn count(connection: &Connection) -> rusqlite::Result<u64> {
    let count: i64 = connection.query_row("SELECT count(*) FROM customer", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::store;
    use sync::care_list::Version;
    use sync::money::Minor;

    const TERMINAL: TerminalId = TerminalId([1; 16]);
    const EPOCH: Epoch = Epoch([2; 16]);

    fn profile(amount: i64, mark: u64) -> Profile {
        Profile {
            customer: CustomerId([9; 16]),
            phone: Phone::parse("13800006721").unwrap(),
            spend: vec![DatedAmount { day: 100, amount: Minor::new(amount) }],
            marks: vec![Mark { terminal: TERMINAL, epoch: EPOCH, seq: Seq(mark) }],
            tier: None,
            name: Some(Name { surname: "李".into(), title: "女士".into() }),
        }
    }

    fn page(entries: Vec<CareEntry>, snapshot: bool) -> CarePage {
        CarePage {
            from: Version::NONE,
            to: Version::NONE,
            snapshot,
            more: false,
            entries,
            policy: None,
            contact: BTreeMap::new(),
            sealing: None,
        }
    }

    #[test]
    fn a_sale_counts_once_whether_hq_has_counted_it_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let local = LocalKey::new(&[7; 32]);
        let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
        let policy = TierPolicy::default();
        let phone = Phone::parse("138 0000 6721").unwrap();
        for (seq, amount) in [(1, 60_000), (2, 50_000)] {
            let sale = sales::Sale {
                epoch: EPOCH,
                seq: Seq(seq),
                day: 100,
                amount: Minor::new(amount),
                customer: Some(memory.pseudonym(&phone)),
                ..sales::example()
            };
            sales::write(&connection, &sale).unwrap();
        }
        memory.meet(&connection, &phone, None).unwrap();
        let spend = |connection: &Connection| {
            let customer = memory.find(connection, &phone).unwrap().unwrap();
            let standing = memory.standing(connection, &customer, &policy, 120).unwrap();
            standing.map(|standing| standing.spend.units())
        };
        assert_eq!(spend(&connection), Some(110_000));
        for (mark, counted) in [(1, 60_000), (2, 110_000)] {
            memory
                .apply(&connection, &page(vec![CareEntry::Customer(profile(counted, mark))], false))
                .unwrap();
            assert_eq!(spend(&connection), Some(110_000), "HQ's mark at {mark}");
        }
        assert_eq!(memory.find(&connection, &phone).unwrap().unwrap().name.unwrap().surname, "李");
    }

    #[test]
    fn what_hq_erased_is_gone_here() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let local = LocalKey::new(&[7; 32]);
        let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
        memory.apply(&connection, &page(vec![CareEntry::Customer(profile(1, 1))], true)).unwrap();
        assert_eq!(count(&connection).unwrap(), 1);
        memory
            .apply(&connection, &page(vec![CareEntry::Erased(CustomerId([9; 16]))], false))
            .unwrap();
        assert_eq!(count(&connection).unwrap(), 0);
    }

    #[test]
    fn a_snapshot_keeps_those_whom_hq_has_not_heard_of() {
        let dir = tempfile::tempdir().unwrap();
        let connection = store::open(dir.path()).unwrap();
        let local = LocalKey::new(&[7; 32]);
        let memory = Memory { index: &[8; 32], local: &local, terminal: TERMINAL };
        memory.meet(&connection, &Phone::parse("13900001234").unwrap(), None).unwrap();
        memory.apply(&connection, &page(vec![CareEntry::Customer(profile(1, 1))], false)).unwrap();
        memory.apply(&connection, &page(Vec::new(), true)).unwrap();
        assert_eq!(count(&connection).unwrap(), 1);
        assert!(memory.find(&connection, &Phone::parse("13900001234").unwrap()).unwrap().is_some());
    }
}
