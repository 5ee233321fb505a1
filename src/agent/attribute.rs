//! Whose a sale was: added, changed or undone after it was printed.
//!
//! # Invariants
//!
//! - Undo is an event: nothing is edited, HQ folds what happened in order.
//!
//! Not here: the number for the sale that is being rung up (`serving`).

use rusqlite::OptionalExtension as _;
use sync::care_list::Mark;
use sync::event::{Asked, Attribution, Body, How, LinkChange, Name, SaleRef, Seq};
use sync::phone::{Phone, PhoneError};

use super::serving::typed;
use super::{Agent, Guest};
use crate::customers::{Customer, CustomersError};
use crate::day_book::{self, DayBookError};
use crate::outbox::OutboxError;
use crate::sales::{self, Sale};

/// How many a cashier can choose among.
const MAYBE_MAX: usize = 5;

/// How far back a receipt can be linked.
const LINK_DAYS: i32 = 7;

/// Why a sale was not tied to a customer. Carries no number.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// What was typed is no phone number.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// A mobile number with a digit too few or too many.
    #[error("a mobile number has 11 digits, this has {digits}: please type it again")]
    Mistyped {
        /// How many there are.
        digits: usize,
    },
    /// There is no such paper, or it is no sale.
    #[error("this paper is not a sale, or it is older than two days")]
    NoSale,
    /// A receipt of more than seven days ago.
    #[error("this receipt is older than seven days")]
    TooOld,
    /// The receipt number is empty.
    #[error("type the receipt number as it is printed")]
    NoReceipt,
    /// Nobody is being served, or whoever was chosen is gone.
    #[error("choose a customer first")]
    Nobody,
    /// She would have brought herself, or two numbers that are the same were to be joined.
    #[error("that is herself")]
    Herself,
    /// Somebody brought her already.
    #[error("somebody brought her already: undo that first")]
    CameAlready,
    /// An answer that cannot be one.
    #[error("this is no answer that can be kept")]
    NoAnswer,
    /// It is not given today, or not to her, or she had it.
    #[error("there is nothing like it to hand out to her today")]
    NotOffered,
    /// The outbox could not be written.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The database refused.
    #[error("the store's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The customers' memory.
    #[error(transparent)]
    Customers(#[from] CustomersError),
    /// The day book.
    #[error(transparent)]
    DayBook(#[from] DayBookError),
}

impl AttributeError {
    /// A word that the page has a sentence for.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Mistyped { .. } => "mistyped",
            Self::NoSale => "no_sale",
            Self::TooOld => "too_old",
            Self::NoReceipt => "no_receipt",
            Self::Nobody => "nobody",
            Self::Herself => "herself",
            Self::CameAlready => "came_already",
            Self::NoAnswer => "no_answer",
            Self::NotOffered => "not_offered",
            _ => "store",
        }
    }
}

impl Agent {
    /// Ties the sale on a paper to a customer.
    ///
    /// # Errors
    ///
    /// [`AttributeError`].
    pub fn link_paper(
        &mut self,
        paper: i64,
        number: &str,
        name: Option<Name>,
    ) -> Result<Guest, AttributeError> {
        let phone = typed(number)?;
        let sale = self.sale_of(paper)?;
        self.link(here(&sale), Some(&sale), &phone, name, How::Cashier)
    }

    /// Ties the sale on a paper to one of those whom the till's masked number can mean.
    ///
    /// # Errors
    ///
    /// [`AttributeError`].
    pub fn link_maybe(
        &mut self,
        paper: i64,
        which: usize,
        shown: (&str, Option<&str>),
    ) -> Result<Guest, AttributeError> {
        let entry = day_book::entry(&self.connection, &self.local, paper)?;
        let maybe = entry.map(|entry| self.maybe(&entry.paper)).unwrap_or_default();
        let who = maybe.into_iter().nth(which).ok_or(AttributeError::NoSale)?;
        // The list may have changed since it was shown.
        let now = self.look_up(&who.phone)?;
        if (now.phone.as_str(), now.name.as_deref()) != shown {
            return Err(AttributeError::NoSale);
        }
        let sale = self.sale_of(paper)?;
        self.link(here(&sale), Some(&sale), &who.phone, None, How::Cashier)
    }

    /// Whom the masked number on a paper can mean.
    pub(super) fn maybe(&self, paper: &day_book::Paper) -> Vec<Customer> {
        let Some((masked, name)) = &paper.masked else { return Vec::new() };
        let mut maybe = self.like(masked, name.as_deref());
        maybe.truncate(MAYBE_MAX);
        maybe
    }

    /// Ties a receipt to a customer by its number, also one of another till of this store.
    ///
    /// # Errors
    ///
    /// [`AttributeError`].
    pub fn link_receipt(
        &mut self,
        receipt_no: &str,
        number: &str,
        name: Option<Name>,
    ) -> Result<Guest, AttributeError> {
        let phone = typed(number)?;
        let no: String = receipt_no.trim().chars().filter(|c| !c.is_control()).take(64).collect();
        if no.is_empty() {
            return Err(AttributeError::NoReceipt);
        }
        let oldest = self.now().day() - LINK_DAYS;
        let sale = sales::by_receipt(&self.connection, &no, oldest)?;
        // Known here, and older: whoever bought it then is not asked after a week. Another till of the store
        // may have the same number of yesterday: then HQ says which is meant.
        if sale.is_none()
            && self.is_alone()?
            && sales::by_receipt(&self.connection, &no, i32::MIN)?.is_some()
        {
            return Err(AttributeError::TooOld);
        }
        let named = sale.as_ref().map_or(SaleRef::Receipt { no }, here);
        self.link(named, sale.as_ref(), &phone, name, How::Afterwards)
    }

    /// Whether no other till of this store is known.
    fn is_alone(&self) -> rusqlite::Result<bool> {
        if self.config.peers.listen.is_some() {
            return Ok(false);
        }
        let sql = "SELECT marks FROM mark_set ORDER BY id DESC LIMIT 1";
        let marks: Option<Vec<u8>> =
            self.connection.query_row(sql, [], |row| row.get(0)).optional()?;
        let marks: Vec<Mark> =
            marks.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default();
        Ok(marks.iter().all(|mark| mark.terminal == self.keys.terminal))
    }

    fn link(
        &mut self,
        named: SaleRef,
        sale: Option<&Sale>,
        phone: &Phone,
        name: Option<Name>,
        by: How,
    ) -> Result<Guest, AttributeError> {
        let change = LinkChange::Linked { phone: phone.clone(), who: name.clone() };
        let attribution = Attribution { sale: named, change, by, cashier: None };
        let transaction = self.connection.unchecked_transaction()?;
        let agreed = self.agreed(phone, None, self.now())?;
        let said = self.append(self.now(), Body::Attribution(attribution))?;
        let memory = self.memory();
        let mut customer = memory.meet(&transaction, phone, name.as_ref())?;
        if agreed {
            customer.owe_consent(true);
        }
        let row = memory.keep(&transaction, &customer)?;
        if let Some(sale) = sale {
            sales::attribute(&transaction, sale, Some(memory.pseudonym(phone)), Asked::Given)?;
        }
        transaction.commit()?;
        self.directory.borrow_mut().add(&customer.phone, row, customer.last_day());
        self.tell_again(sale, said)?;
        self.changed();
        self.look_up(phone)
    }

    /// Takes a wrong link back; the sale is nobody's.
    ///
    /// # Errors
    ///
    /// [`AttributeError`].
    pub fn unlink_paper(&mut self, paper: i64) -> Result<(), AttributeError> {
        let sale = self.sale_of(paper)?;
        let change = LinkChange::Unlinked;
        let attribution =
            Attribution { sale: here(&sale), change, by: How::Cashier, cashier: None };
        let transaction = self.connection.unchecked_transaction()?;
        let said = self.append(self.now(), Body::Attribution(attribution))?;
        sales::attribute(&transaction, &sale, None, Asked::NotAsked)?;
        transaction.commit()?;
        self.tell_again(Some(&sale), said)?;
        self.changed();
        Ok(())
    }

    /// Tells the store's other tills whose a sale is now.
    fn tell_again(&self, sale: Option<&Sale>, said: Seq) -> Result<(), AttributeError> {
        let Some(sale) = sale else { return Ok(()) };
        if let Some(now) = sales::find(&self.connection, sale.epoch, sale.seq)? {
            self.tell_met(&now, said);
        }
        Ok(())
    }

    fn sale_of(&self, paper: i64) -> Result<Sale, AttributeError> {
        let entry = day_book::entry(&self.connection, &self.local, paper)?;
        let (epoch, seq) = entry.and_then(|entry| entry.sale).ok_or(AttributeError::NoSale)?;
        sales::find(&self.connection, epoch, seq)?.ok_or(AttributeError::NoSale)
    }
}

fn here(sale: &Sale) -> SaleRef {
    SaleRef::Here { epoch: sale.epoch, seq: sale.seq }
}
