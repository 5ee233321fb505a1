//! Whom the cashier is serving: the number for the sale that is being rung up.
//!
//! # Invariants
//!
//! - The till's own member line is the better witness: a typed number may be the last customer's.
//! - A number is kept in memory until the next sale takes it, and nowhere else in clear.
//!
//! Not here: adding or undoing a link afterwards (`attribute`), what a cashier sees (`guest`).

use sync::event::{Asked, Body, Consent, How, Name, Purpose};
use sync::phone::Phone;

use super::{Agent, Guest};
use crate::clock::Moment;
use crate::customers::{Customer, is_whole_name};
use crate::outbox::OutboxError;
use crate::sale::{MemberPhone, Reading};

/// Which wording of the consent text the page shows.
pub const CONSENT_TEXT: &str = "care-2026-11";

/// How long the last customer can still be meant by what a cashier presses, in ms.
const LAST_MS: u64 = 10 * 60 * 1_000;

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
        /// Who brought her, if she said and is new.
        referrer: Option<Phone>,
        /// How long the digits took, in tenths of a second, if a page said so.
        typing_ds: Option<u16>,
    },
    /// She would rather not.
    Refused,
}

/// Who bought, as far as this sale tells.
#[derive(Clone, Debug)]
pub(super) enum Buyer {
    Known {
        phone: Phone,
        name: Option<Name>,
        /// Here, rather than printed by the till.
        typed: bool,
        referrer: Option<Phone>,
        typing_ds: Option<u16>,
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

    pub(super) const fn typing_ds(&self) -> Option<u16> {
        match self {
            Self::Known { typing_ds, .. } => *typing_ds,
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
        self.serve_phone(bridge, phone, name, by)
    }

    /// Takes the customer of a row that the directory found.
    ///
    /// # Errors
    ///
    /// [`super::AttributeError`] if she is gone meanwhile.
    pub fn serve_row(
        &mut self,
        bridge: &str,
        row: i64,
        name: Option<Name>,
        by: How,
    ) -> Result<Guest, super::AttributeError> {
        let customer = self.memory().at(&self.connection, row)?;
        let customer = customer.ok_or(super::AttributeError::Nobody)?;
        self.serve_phone(bridge, customer.phone, name, by)
    }

    fn serve_phone(
        &mut self,
        bridge: &str,
        phone: Phone,
        name: Option<Name>,
        by: How,
    ) -> Result<Guest, super::AttributeError> {
        let guest = self.look_up(&phone)?;
        // What was said of her already stays, if she is named or typed once more.
        let referrer = match self.tills.get(bridge).map(|till| &till.serving) {
            Some(Serving::Number { phone: before, referrer, .. }) if *before == phone => {
                referrer.clone()
            }
            _ => None,
        };
        let typing_ds = None;
        let serving = Serving::Number { phone, name: name.clone(), by, referrer, typing_ds };
        self.set_serving(bridge, serving);
        Ok(match name {
            Some(name) if guest.name.is_none() => self.named(guest, &name),
            _ => guest,
        })
    }

    /// Records that a new customer was told what the number is for: the text stands on the page.
    /// Within the caller's transaction, when the number is really used, not while it is typed.
    pub(super) fn agreed(
        &self,
        phone: &Phone,
        cashier: Option<&str>,
        now: Moment,
    ) -> Result<bool, OutboxError> {
        if matches!(self.memory().find(&self.connection, phone), Ok(Some(_))) {
            return Ok(false);
        }
        let consent = Consent {
            phone: phone.clone(),
            purpose: Purpose::Care,
            given: true,
            text_version: CONSENT_TEXT.into(),
            cashier: cashier.map(str::to_owned),
        };
        self.append(now, Body::Consent(consent)).map(|_| true)
    }

    /// How long the cashier took over the number that is being served, in ms (S98).
    pub fn typing_took(&mut self, bridge: &str, took_ms: Option<u32>) {
        if let Serving::Number { typing_ds, .. } = &mut self.till(bridge).serving {
            *typing_ds = took_ms.map(|ms| u16::try_from(ms / 100).unwrap_or(u16::MAX));
        }
    }

    /// Says that she would rather not, or that nobody is served.
    pub fn set_serving(&mut self, bridge: &str, serving: Serving) {
        let since_ms = self.now().mono_ms;
        let till = self.till(bridge);
        if serving == Serving::Nobody {
            till.quiet = false;
        }
        (till.serving, till.serving_since_ms) = (serving, since_ms);
        till.typed.clear();
        self.changed();
    }

    /// A gift: the paper of this sale greets nobody. Whose sale it is, it is still.
    pub fn set_quiet(&mut self, bridge: &str, quiet: bool) {
        let since_ms = self.now().mono_ms;
        let till = self.till(bridge);
        (till.quiet, till.serving_since_ms) = (quiet, since_ms);
        self.changed();
    }

    /// Whom a cashier means now: who is being served, else the last customer for some minutes.
    pub(super) fn subject(&self, bridge: &str) -> Option<Phone> {
        let till = self.tills.get(bridge)?;
        match (&till.serving, &till.last) {
            (Serving::Number { phone, .. }, _) => Some(phone.clone()),
            (Serving::Nobody, Some((phone, at_ms))) => {
                let since = self.now().mono_ms.saturating_sub(*at_ms);
                (since <= LAST_MS).then(|| phone.clone())
            }
            _ => None,
        }
    }

    /// Who bought: the till's own member line, else what the cashier typed for this sale.
    pub(super) fn buyer(&self, bridge: &str, reading: &Reading, fresh: bool) -> Buyer {
        let serving = self.tills.get(bridge).map(|till| &till.serving).filter(|_| fresh);
        if let Some(MemberPhone::Full(phone)) = &reading.member_phone {
            let (name, referrer) = match serving {
                Some(Serving::Number { phone: typed, name, referrer, .. }) if typed == phone => {
                    (name.clone(), referrer.clone())
                }
                _ => (None, None),
            };
            let (phone, typing_ds) = (phone.clone(), None);
            return Buyer::Known { phone, name, typed: false, referrer, typing_ds };
        }
        match serving {
            Some(Serving::Number { phone, name, referrer, typing_ds, .. }) => Buyer::Known {
                phone: phone.clone(),
                name: name.clone(),
                typed: true,
                referrer: referrer.clone(),
                typing_ds: *typing_ds,
            },
            Some(Serving::Refused) => Buyer::Refused,
            _ => self.meant(reading).map_or(Buyer::Unknown, |only| Buyer::Known {
                phone: only.phone,
                name: None,
                typed: false,
                referrer: None,
                typing_ds: None,
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
}
