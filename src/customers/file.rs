//! A customer's file as this store keeps it.
//!
//! # Invariants
//!
//! - What was said here and HQ has not counted yet stands beside HQ's card until its mark passes it:
//!   who refused yesterday is not asked today because a page came down in between.
//!
//! Not here: where it lies (the parent module), what a cashier sees of it (`agent::serving`).

use minicbor::{Decode, Encode};
use sync::care_list::{Card, Had, Mark};
use sync::event::{Epoch, Field, Name, Purpose, Seq, TerminalId};
use sync::phone::Phone;
use sync::tier::DatedAmount;

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
    pub(super) spend: Vec<DatedAmount>,
    /// Up to which event of which terminal; empty where the row names a set of marks.
    #[n(3)]
    pub(super) marks: Vec<Mark>,
    /// HQ's card of her.
    #[n(4)]
    pub(super) card: Option<Box<Card>>,
    /// What only this till knows.
    #[n(5)]
    pub(super) here: Option<Here>,
}

/// What this till knows of her and HQ need not, or has not counted yet.
#[derive(Clone, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub(super) struct Here {
    /// Which rules of the note were printed for her, and on which day.
    #[n(0)]
    pub(super) shown: Vec<(String, i32)>,
    /// What was said here, in order.
    #[n(1)]
    pub(super) unsent: Vec<Unsent>,
    /// Who brought her, as a keyed pseudonym.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) referrer: Option<Vec<u8>>,
    /// The tier that the till's own system printed last.
    #[n(3)]
    pub(super) printed_tier: Option<String>,
    /// How she was seen here since HQ's card: first day, last day, last item, size, associate.
    #[n(4)]
    pub(super) visit: Option<Visit>,
    /// The day on which she brought somebody.
    #[n(5)]
    pub(super) brought_on: Option<i32>,
    /// The day on which she answered a question last.
    #[n(6)]
    pub(super) told_on: Option<i32>,
    /// She agreed here, and no paper told her yet what the number is for.
    #[n(7)]
    pub(super) owes_consent: Option<bool>,
}

/// A visit of hers on this till.
#[derive(Clone, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Visit {
    /// The day.
    #[n(0)]
    pub day: i32,
    /// What she bought, the dearest.
    #[n(1)]
    pub item: Option<String>,
    /// Its size.
    #[n(2)]
    pub size: Option<String>,
    /// Who served her.
    #[n(3)]
    pub associate: Option<String>,
}

/// Something said here, with the event that tells HQ.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Unsent {
    #[n(0)]
    pub(super) epoch: Epoch,
    #[n(1)]
    pub(super) seq: Seq,
    #[n(2)]
    pub(super) what: What,
}

/// What was said.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(super) enum What {
    /// An answer of hers; none if she would rather not.
    #[n(0)]
    Told(#[n(0)] Field, #[n(1)] Option<String>),
    /// She agreed, or withdrew.
    #[n(1)]
    Consent(#[n(0)] Purpose, #[n(1)] bool),
    /// Somebody brought her, or that was a mistake.
    #[n(2)]
    Came(#[n(0)] bool),
    /// She brought so many more, or fewer.
    #[n(3)]
    Brought(#[n(0)] i32),
    /// The number is staff's, or no longer.
    #[n(4)]
    Staff(#[n(0)] bool),
    /// She was handed something, or that was a mistake.
    #[n(5)]
    HandOut(#[n(0)] Had, #[n(1)] bool),
}

impl Customer {
    /// One whom we just met.
    #[must_use]
    pub fn new(phone: Phone) -> Self {
        let (spend, marks) = (Vec::new(), Vec::new());
        Self { phone, name: None, spend, marks, card: None, here: None }
    }

    /// HQ has counted a purchase of hers.
    #[must_use]
    pub fn has_bought(&self) -> bool {
        !self.spend.is_empty()
            || self.card.as_ref().is_some_and(|card| card.first_day.is_some())
            || self.visit().is_some()
    }

    /// Her card: HQ's, with what was said and seen here since.
    #[must_use]
    pub fn card(&self) -> Card {
        let mut card = self.card.as_deref().cloned().unwrap_or_default();
        let Some(here) = &self.here else { return card };
        if let Some(visit) = &here.visit {
            card.first_day = card.first_day.or(Some(visit.day));
            if card.last_day <= Some(visit.day) {
                card.last_day = Some(visit.day);
                card.last_item = visit.item.clone().or(card.last_item);
            }
            card.size = card.size.or_else(|| visit.size.clone());
            card.associate = card.associate.or_else(|| visit.associate.clone());
        }
        for unsent in &here.unsent {
            heed(&mut card, &unsent.what);
        }
        card
    }

    /// Whether something may be asked on `day`: once per visit, and not at her first.
    #[must_use]
    pub fn may_be_asked(&self, day: i32) -> bool {
        let told_on = self.here.as_ref().and_then(|here| here.told_on);
        told_on != Some(day) && self.card().first_day != Some(day)
    }

    /// Which rules were printed for her, and when.
    #[must_use]
    pub fn shown(&self) -> &[(String, i32)] {
        self.here.as_ref().map_or(&[], |here| &here.shown)
    }

    /// Notes that these rules were printed on `day`.
    pub fn show(&mut self, rules: &[String], day: i32) {
        let shown = &mut self.here().shown;
        shown.retain(|(rule, _)| !rules.contains(rule));
        shown.extend(rules.iter().map(|rule| (rule.clone(), day)));
    }

    /// Whether paper still has to tell her what her number is for (S12).
    #[must_use]
    pub fn owes_consent(&self) -> bool {
        self.here.as_ref().is_some_and(|here| here.owes_consent == Some(true))
    }

    /// Notes that paper has to tell her, or that it did.
    pub fn owe_consent(&mut self, owed: bool) {
        self.here().owes_consent = owed.then_some(true);
    }

    /// Who brought her, if this till knows.
    #[must_use]
    pub fn referrer(&self) -> Option<super::Pseudonym> {
        self.here.as_ref()?.referrer.as_deref()?.try_into().ok()
    }

    /// Notes who brought her, or that nobody did.
    pub fn set_referrer(&mut self, referrer: Option<super::Pseudonym>) {
        self.here().referrer = referrer.map(|pseudonym| pseudonym.to_vec());
    }

    /// The tier that the till's own system printed last.
    #[must_use]
    pub fn printed_tier(&self) -> Option<&str> {
        self.here.as_ref()?.printed_tier.as_deref()
    }

    /// Notes what the till's own system printed.
    pub fn set_printed_tier(&mut self, tier: &str) {
        self.here().printed_tier = Some(tier.to_owned());
    }

    /// Her last visit on this till.
    #[must_use]
    pub fn visit(&self) -> Option<&Visit> {
        self.here.as_ref()?.visit.as_ref()
    }

    /// The last day on which she brought somebody, as far as this till saw.
    #[must_use]
    pub fn brought_on(&self) -> Option<i32> {
        self.here.as_ref()?.brought_on
    }

    /// Notes the day on which she brought somebody, or that she did not.
    pub fn set_brought_on(&mut self, day: Option<i32>) {
        self.here().brought_on = day;
    }

    /// Notes a visit.
    pub fn set_visit(&mut self, visit: Visit) {
        self.here().visit = Some(visit);
    }

    /// Takes over what this till knew of a number that was merged into hers.
    pub fn inherit(&mut self, absorbed: Option<&Self>) {
        let Some(absorbed) = absorbed else { return };
        let known = self.card();
        for told in absorbed.card().told {
            if !known.was_asked(told.field) {
                let card = self.card.get_or_insert_with(Box::default);
                card.hear(told.field, told.value);
            }
        }
        if self.visit().is_none()
            && let Some(visit) = absorbed.visit()
        {
            self.set_visit(visit.clone());
        }
        if self.referrer().is_none() {
            self.set_referrer(absorbed.referrer());
        }
        if absorbed.owes_consent() {
            self.owe_consent(true);
        }
    }

    /// Notes what was said here, and the event that tells HQ.
    pub(super) fn say(&mut self, epoch: Epoch, seq: Seq, what: What) {
        self.here().unsent.push(Unsent { epoch, seq, what });
    }

    /// Forgets what HQ has counted of that which was said here.
    pub(super) fn settle(&mut self, terminal: TerminalId) {
        let marks = &self.marks;
        let Some(here) = &mut self.here else { return };
        here.unsent.retain(|unsent| {
            !marks.iter().any(|mark| {
                mark.terminal == terminal && mark.epoch == unsent.epoch && mark.seq >= unsent.seq
            })
        });
    }

    pub(super) fn here(&mut self) -> &mut Here {
        self.here.get_or_insert_with(Here::default)
    }
}

fn heed(card: &mut Card, what: &What) {
    match what {
        What::Told(field, value) => card.hear(*field, value.clone()),
        What::Consent(purpose, given) => {
            card.agreed.retain(|known| known != purpose);
            card.declined.retain(|known| known != purpose);
            let list = if *given { &mut card.agreed } else { &mut card.declined };
            list.push(*purpose);
        }
        What::Came(came) => card.came = *came,
        What::Brought(more) => card.brought = card.brought.saturating_add_signed(*more),
        What::Staff(is_staff) => card.held_out = *is_staff,
        What::HandOut(had, undone) => card.hand_out(*had, *undone),
    }
}
