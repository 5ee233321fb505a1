//! What a cashier may hand to her today, and ticking it off (S62 to S64, S105).
//!
//! ```text
//! page of HQ ─▶ offers, kept ─▶ hers today: gift of the day, running rewards, what a style brought,
//!                                  │           what her tier brings on her birthday
//!                                  └─ ticked off ─▶ event ─▶ HQ; her file here knows it at once
//! ```
//!
//! # Invariants
//!
//! - A hand-out is an event in the transaction that changes her file; it is undone by another event.
//! - Nothing is handed to her twice on one day, here or where HQ has told of it.
//! - Works without HQ, as far as the last page went.
//!
//! Not here: the calendar and the rewards (HQ's), what her style brings (a notice of her card).

use rusqlite::Connection;
use serde::Serialize;
use sync::care_list::{Card, CarePage, Had, Offer};
use sync::event::{Body, HandOut, OfferKind};

use super::{Agent, AttributeError, Guest};
use crate::config::Language;
use crate::customers::Customer;
use crate::store;

const MEMO_OFFERS: &str = "offers";
/// The longest name of who handed it out, in characters.
const BY_MAX: usize = 32;
/// Her birthday is no entry of HQ's lists.
const BIRTHDAY: u64 = 0;

/// Something that may be handed to her today.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Offered {
    /// `gift`, `benefit`, `reward` or `birthday`.
    pub kind: &'static str,
    /// HQ's number of it.
    pub id: u64,
    /// What it is.
    pub text: String,
    /// She had it today.
    pub had: bool,
}

/// What is ticked off, or taken back.
#[derive(Clone, Copy, Debug)]
pub struct Ticked<'a> {
    /// Of which list.
    pub kind: OfferKind,
    /// HQ's number of it.
    pub id: u64,
    /// It was a mistake.
    pub undone: bool,
    /// Who handed it out.
    pub by: Option<&'a str>,
}

/// Keeps what a page says may be handed out, in the place of what was kept.
pub(super) fn take(connection: &Connection, page: &CarePage) -> rusqlite::Result<()> {
    let Some(offers) = page.tasks.as_ref().and_then(|tasks| tasks.offers.as_ref()) else {
        return Ok(());
    };
    // Encoding into memory cannot fail; nothing to offer is the careful reading of it all the same.
    let bytes = minicbor::to_vec(offers).unwrap_or_default();
    store::remember(connection, MEMO_OFFERS, &bytes)
}

fn kept(connection: &Connection) -> rusqlite::Result<Vec<Offer>> {
    let bytes = store::remembered(connection, MEMO_OFFERS)?;
    Ok(bytes.and_then(|bytes| minicbor::decode(&bytes).ok()).unwrap_or_default())
}

impl Agent {
    /// What may be handed to her on `day`, what she had included; nothing to whom nobody knows yet.
    /// `birthday` is what her tier brings, if that day is her birthday.
    pub(super) fn offered(
        &self,
        card: &Card,
        day: i32,
        birthday: Option<String>,
    ) -> rusqlite::Result<Vec<Offered>> {
        let language = self.config.language;
        let offers = kept(&self.connection)?;
        let offers = offers
            .into_iter()
            .filter(|offer| (offer.from_day..=offer.until_day).contains(&day))
            .filter(|offer| offer.kind != OfferKind::Other)
            .map(|offer| of_day(offer, card, day, language));
        let birthday = birthday.map(|text| {
            let had = is_had(card, Had { kind: OfferKind::Birthday, id: BIRTHDAY, day });
            Offered { kind: OfferKind::Birthday.word(), id: BIRTHDAY, text, had }
        });
        let mut all: Vec<Offered> = birthday.into_iter().chain(offers).collect();
        let benefits =
            card.notices.iter().filter(|notice| notice.kind == OfferKind::Benefit.word());
        all.extend(benefits.filter_map(|notice| {
            let (kind, text) = (OfferKind::Benefit.word(), notice.text.clone());
            Some(Offered { kind, id: notice.offer?, text, had: false })
        }));
        Ok(all)
    }

    /// Ticks off that the customer whom the cashier means was handed something, or takes that back.
    ///
    /// # Errors
    ///
    /// [`AttributeError`] if nobody is meant, or it is not hers today.
    pub fn hand_out(&mut self, bridge: &str, ticked: Ticked<'_>) -> Result<Guest, AttributeError> {
        let phone = self.subject(bridge).ok_or(AttributeError::Nobody)?;
        let by = ticked.by.map(plain).filter(|by| !by.is_empty());
        self.change(&phone, |agent, customer, now| {
            let day = now.day();
            let had = Had { kind: ticked.kind, id: ticked.id, day };
            agent.may_tick(customer, had, ticked.undone)?;
            let event = HandOut {
                phone: customer.phone.clone(),
                kind: had.kind,
                offer: had.id,
                day,
                undone: ticked.undone,
                by,
            };
            let seq = agent.append(now, Body::HandOut(event))?;
            customer.hand_out(agent.outbox.epoch(), seq, had, ticked.undone);
            Ok(())
        })
    }

    /// What she had is only taken back, what is offered today is only handed out.
    fn may_tick(&self, customer: &Customer, had: Had, undone: bool) -> Result<(), AttributeError> {
        let has = is_had(&customer.card(), had);
        let offered = self.offers(customer, had.day)?;
        let is_offered =
            offered.iter().any(|it| (it.kind, it.id, it.had) == (had.kind.word(), had.id, false));
        match if undone { has } else { is_offered } {
            true => Ok(()),
            false => Err(AttributeError::NotOffered),
        }
    }
}

fn of_day(offer: Offer, card: &Card, day: i32, language: Language) -> Offered {
    let had = is_had(card, Had { kind: offer.kind, id: offer.id, day });
    let text = language.pick(&offer.zh, &offer.en).to_owned();
    Offered { kind: offer.kind.word(), id: offer.id, text, had }
}

fn is_had(card: &Card, had: Had) -> bool {
    card.had.iter().flatten().any(|known| *known == had)
}

fn plain(text: &str) -> String {
    text.trim().chars().filter(|symbol| !symbol.is_control()).take(BY_MAX).collect()
}

#[cfg(test)]
mod tests;
