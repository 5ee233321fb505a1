//! Whom the cashier is serving: the number for the sale that is being rung up.
//!
//! # Invariants
//!
//! - The till's own member line is the better witness: a typed number may be the last customer's.
//! - A number is kept in memory until the next sale takes it, and nowhere else in clear.
//!
//! Not here: adding or undoing a link afterwards (`attribute`).

use sync::event::{Asked, Body, Consent, How, Name, Purpose};
use sync::phone::Phone;

use super::Agent;
use crate::clock::Moment;
use crate::customers::{Customer, CustomersError, is_whole_name};
use crate::note;
use crate::outbox::OutboxError;
use crate::sale::{MemberPhone, Reading};

/// Which wording of the consent text the page shows.
pub const CONSENT_TEXT: &str = "care-2026-11";

/// Whom a till is serving.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Serving {
    /// Nobody has said.
    #[default]
    Nobody,
    /// She gave her number.
    Number {
        /// It.
        phone: Phone,
        /// How she is addressed, if she said.
        name: Option<Name>,
        /// Where it was typed.
        by: How,
    },
    /// She would rather not.
    Refused,
    /// A gift: nothing on the paper.
    Silent,
}

/// Who bought, as far as this sale tells.
#[derive(Clone, Debug)]
pub(super) enum Buyer {
    Known {
        phone: Phone,
        name: Option<Name>,
        /// Here, rather than printed by the till.
        typed: bool,
    },
    Refused,
    Unknown,
}

impl Buyer {
    pub(super) const fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Known { phone, .. } => Some(phone),
            _ => None,
        }
    }

    pub(super) const fn name(&self) -> Option<&Name> {
        match self {
            Self::Known { name, .. } => name.as_ref(),
            _ => None,
        }
    }

    pub(super) const fn asked(&self) -> Asked {
        match self {
            Self::Known { .. } => Asked::Given,
            Self::Refused => Asked::Refused,
            Self::Unknown => Asked::Pending,
        }
    }
}

/// What the cashier sees of a customer.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Guest {
    /// Her number, masked.
    pub phone: String,
    /// Surname and title.
    pub name: Option<String>,
    /// Her tier.
    pub tier: Option<String>,
    /// What is missing to the next tier, and which that is.
    pub next: Option<(String, String)>,
    /// She is in this store's memory.
    pub known: bool,
}

/// Reads a number that a person typed; one that looks like a mobile number with a digit too few or
/// too many is not taken for another customer's.
pub(super) fn typed(number: &str) -> Result<Phone, super::AttributeError> {
    let phone = Phone::parse(number)?;
    match phone.mistyped() {
        Some(digits) => Err(super::AttributeError::Mistyped { digits }),
        None => Ok(phone),
    }
}

impl Agent {
    /// Takes a number for the sale that is being rung up, and says who she is.
    ///
    /// # Errors
    ///
    /// [`super::AttributeError`] if the number is none or the memory cannot be read.
    pub fn serve(
        &mut self,
        bridge: &str,
        number: &str,
        name: Option<Name>,
        by: How,
    ) -> Result<Guest, super::AttributeError> {
        let phone = typed(number)?;
        let guest = self.look_up(&phone)?;
        self.set_serving(bridge, Serving::Number { phone, name, by });
        Ok(guest)
    }

    /// Records that a new customer was told what the number is for: the text stands on the page.
    /// Within the caller's transaction, when the number is really used, not while it is typed.
    pub(super) fn agreed(&self, phone: &Phone, now: Moment) -> Result<(), OutboxError> {
        if matches!(self.memory().find(&self.connection, phone), Ok(Some(_))) {
            return Ok(());
        }
        let consent = Consent {
            phone: phone.clone(),
            purpose: Purpose::Care,
            given: true,
            text_version: CONSENT_TEXT.into(),
        };
        self.append(now, Body::Consent(consent)).map(drop)
    }

    /// Says that she would rather not, that the paper is to be silent, or that nobody is served.
    pub fn set_serving(&mut self, bridge: &str, serving: Serving) {
        let since_ms = self.now().mono_ms;
        let till = self.till(bridge);
        (till.serving, till.serving_since_ms) = (serving, since_ms);
    }

    /// Who has this number.
    ///
    /// # Errors
    ///
    /// [`super::AttributeError`] if the memory cannot be read.
    pub fn look_up(&self, phone: &Phone) -> Result<Guest, super::AttributeError> {
        let Some(customer) = self.memory().find(&self.connection, phone)? else {
            return Ok(Guest { phone: phone.masked(), ..Guest::default() });
        };
        let today = self.now().day();
        let standing = self.memory().standing(&self.connection, &customer, &self.policy, today)?;
        let next = standing.as_ref().and_then(|standing| standing.next.clone());
        let decimals = self.keys.currency_exponent;
        Ok(Guest {
            phone: phone.masked(),
            name: customer.name.as_ref().map(|name| format!("{}{}", name.surname, name.title)),
            tier: standing.map(|standing| standing.name),
            next: next.map(|next| (next.name, next.gap.with_decimals(decimals).to_string())),
            known: true,
        })
    }

    /// Who bought: the till's own member line, else what the cashier typed for this sale.
    pub(super) fn buyer(&self, bridge: &str, reading: &Reading, fresh: bool) -> Buyer {
        let serving = self.tills.get(bridge).map(|till| &till.serving).filter(|_| fresh);
        if let Some(MemberPhone::Full(phone)) = &reading.member_phone {
            let name = match serving {
                Some(Serving::Number { phone: typed, name, .. }) if typed == phone => name.clone(),
                _ => None,
            };
            return Buyer::Known { phone: phone.clone(), name, typed: false };
        }
        match serving {
            Some(Serving::Number { phone, name, .. }) => {
                Buyer::Known { phone: phone.clone(), name: name.clone(), typed: true }
            }
            Some(Serving::Refused) => Buyer::Refused,
            _ => self.meant(reading).map_or(Buyer::Unknown, |only| Buyer::Known {
                phone: only.phone,
                name: None,
                typed: false,
            }),
        }
    }

    /// The one customer whom the till's masked number and her whole name mean: `138****6721`,
    /// `李女士`. With less than that the cashier is asked: a stranger may have the same digits.
    fn meant(&self, reading: &Reading) -> Option<Customer> {
        let MemberPhone::Masked(masked) = reading.member_phone.as_ref()? else { return None };
        let name = reading.member_name.as_deref()?;
        let mut found = self.like(masked, Some(name));
        let only = found.pop().filter(|_| found.is_empty())?;
        only.name.as_ref().is_some_and(|known| is_whole_name(name, known)).then_some(only)
    }

    /// What paper may know of her; it is what was true before this sale. A file that cannot be read
    /// must not keep the sale from being taken: she is greeted as one whom we do not know.
    pub(super) fn guest(&self, buyer: &Buyer, now: Moment) -> Option<note::Guest> {
        let Buyer::Known { phone, name, .. } = buyer else { return None };
        let unknown =
            || note::Guest { name: name.clone(), first_visit: true, ..note::Guest::default() };
        Some(self.remembered(phone, name.clone(), now).ok().flatten().unwrap_or_else(unknown))
    }

    fn remembered(
        &self,
        phone: &Phone,
        name: Option<Name>,
        now: Moment,
    ) -> Result<Option<note::Guest>, CustomersError> {
        let memory = self.memory();
        let Some(customer) = memory.find(&self.connection, phone)? else { return Ok(None) };
        let standing = memory.standing(&self.connection, &customer, &self.policy, now.day())?;
        let regular = customer.has_bought()
            || !crate::sales::of_customer(&self.connection, memory.pseudonym(phone))?.is_empty();
        Ok(Some(note::Guest {
            name: name.or(customer.name),
            regular,
            first_visit: !regular,
            tier: standing.map(|standing| standing.name),
            ..note::Guest::default()
        }))
    }
}
