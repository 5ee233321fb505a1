//! What happened at a till, as small facts that are appended and never edited.
//!
//! ```text
//! event = [ at, tag, body ]     one CBOR array (RFC 8949); `tag` says what `body` is
//! at    = [ wall_ms, boot, mono_ms ]
//! ```
//!
//! # Invariants
//!
//! - Order is the position (terminal, epoch, seq), which travels beside the event; times are evidence.
//! - Fields are appended, never moved; a version that does not know a tag reads [`Body::Unknown`], one
//!   that does not know a code reads the code's careful fall-back, one that gets more fields skips them.
//! - Undo is an event: a link unmade is an [`Attribution`], a sale taken back is a [`Void`].
//!
//! Not here: sealing (`seal`), what HQ makes of an event (`hq::customer`).

mod code;
mod customer;
mod file;
mod hand_out;
mod position;
mod sale;
mod task;
mod till;

pub use crate::hex::HexError;
pub(crate) use code::codes;
pub use customer::{Attribution, Consent, ErasureRequest, How, LinkChange, Name, Purpose};
pub use file::{Fact, Field, Forgotten, Merge, MergeReason, Referral, Said, Staff};
pub use hand_out::{HandOut, OfferKind, Weather};
pub use position::{Epoch, Position, SaleRef, Seq, TerminalId};
pub use sale::{Asked, Item, Known, LocalSeconds, Sale, SaleKind, SlipId, Tender, TenderKind};
pub use task::{Answers, Look, LostReason, Outcome, OutcomeKind, StyleAnswer};
pub use till::{
    Amend, AmendReason, Gap, GapReason, Missing, Report, ReportKind, ReturnLink, Void, WordList,
};

use minicbor::{Decode, Decoder, Encode, Encoder};

/// One fact from a till.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// When the till believes it happened.
    pub at: When,
    /// What happened.
    pub body: Body,
}

/// When something happened: evidence only, because a till's clock may be years off.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct When {
    /// The wall clock, milliseconds since 1970-01-01 UTC.
    #[n(0)]
    pub wall_ms: i64,
    /// Random per start of the machine: two `mono_ms` compare only within one boot.
    #[n(1)]
    pub boot: u32,
    /// Milliseconds since some fixed moment of this boot.
    #[n(2)]
    pub mono_ms: u64,
}

/// What an [`Event`] tells.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// A receipt was printed: a sale, a return, or a picture nobody could read yet.
    Sale(Box<Sale>),
    /// A sale that was read wrongly is read anew.
    Amend(Amend),
    /// A sale was hers, or is no longer.
    Attribution(Attribution),
    /// She agreed to something, or withdrew it.
    Consent(Consent),
    /// A sale was taken back at the till: it counts for nobody.
    Void(Void),
    /// Which sale a return takes back.
    ReturnLink(ReturnLink),
    /// What came of a follow-up task.
    Outcome(Outcome),
    /// Someone saw a clear number.
    Look(Look),
    /// Slips that were printed and are lost to us.
    Gap(Gap),
    /// The till's own shift or day report.
    Report(Report),
    /// Receipts that nobody has.
    Missing(Missing),
    /// She told something about herself, or would rather not.
    Fact(Fact),
    /// Who brought her.
    Referral(Referral),
    /// Two numbers are one person's.
    Merge(Merge),
    /// A number is a member of staff's.
    Staff(Staff),
    /// What later events of this stream name by number.
    Words(WordList),
    /// A customer was forgotten here, as HQ told.
    Forgotten(Forgotten),
    /// She was handed a gift, or the like.
    HandOut(HandOut),
    /// It rains, or not.
    Weather(Weather),
    /// She wants to be forgotten.
    ErasureRequest(ErasureRequest),
    /// A tag from a newer version: kept and counted, not understood.
    Unknown(u32),
}

/// Why bytes are no [`Event`]. Carries nothing of their content.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("these bytes are no event (CBOR or a required field is broken)")]
pub struct EventError;

impl Event {
    /// The event as CBOR, about 255 bytes for a sale of five named items.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        to_cbor(self)
    }

    /// Reads what [`encode`](Self::encode) of this version, the one before or the one after wrote.
    ///
    /// # Errors
    ///
    /// [`EventError`] if the bytes are not CBOR or lack a required field.
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        minicbor::decode(bytes).map_err(|_| EventError)
    }
}

impl<C> Encode<C> for Event {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(3)?;
        self.at.encode(e, ctx)?;
        e.u32(self.body.tag())?;
        match &self.body {
            Body::Sale(sale) => sale.encode(e, ctx),
            Body::Amend(amend) => amend.encode(e, ctx),
            Body::Attribution(attribution) => attribution.encode(e, ctx),
            Body::Consent(consent) => consent.encode(e, ctx),
            Body::Void(void) => void.encode(e, ctx),
            Body::ReturnLink(link) => link.encode(e, ctx),
            Body::Outcome(outcome) => outcome.encode(e, ctx),
            Body::Look(look) => look.encode(e, ctx),
            Body::Gap(gap) => gap.encode(e, ctx),
            Body::Report(report) => report.encode(e, ctx),
            Body::Missing(missing) => missing.encode(e, ctx),
            Body::Fact(fact) => fact.encode(e, ctx),
            Body::Referral(referral) => referral.encode(e, ctx),
            Body::Merge(merge) => merge.encode(e, ctx),
            Body::Staff(staff) => staff.encode(e, ctx),
            Body::Words(words) => words.encode(e, ctx),
            Body::Forgotten(forgotten) => forgotten.encode(e, ctx),
            Body::HandOut(given) => given.encode(e, ctx),
            Body::Weather(weather) => weather.encode(e, ctx),
            Body::ErasureRequest(request) => request.encode(e, ctx),
            Body::Unknown(_) => e.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Event {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.array()?;
        let at = When::decode(d, ctx)?;
        let body = match d.u32()? {
            0 => Body::Sale(Box::new(Sale::decode(d, ctx)?)),
            1 => Body::Amend(Amend::decode(d, ctx)?),
            2 => Body::Attribution(Attribution::decode(d, ctx)?),
            3 => Body::Consent(Consent::decode(d, ctx)?),
            4 => Body::Void(Void::decode(d, ctx)?),
            5 => Body::ReturnLink(ReturnLink::decode(d, ctx)?),
            6 => Body::Outcome(Outcome::decode(d, ctx)?),
            7 => Body::Look(Look::decode(d, ctx)?),
            8 => Body::Gap(Gap::decode(d, ctx)?),
            9 => Body::Report(Report::decode(d, ctx)?),
            10 => Body::Missing(Missing::decode(d, ctx)?),
            11 => Body::Fact(Fact::decode(d, ctx)?),
            12 => Body::Referral(Referral::decode(d, ctx)?),
            13 => Body::Merge(Merge::decode(d, ctx)?),
            14 => Body::Staff(Staff::decode(d, ctx)?),
            20 => Body::Words(WordList::decode(d, ctx)?),
            21 => Body::Forgotten(Forgotten::decode(d, ctx)?),
            22 => Body::HandOut(HandOut::decode(d, ctx)?),
            23 => Body::Weather(Weather::decode(d, ctx)?),
            24 => Body::ErasureRequest(ErasureRequest::decode(d, ctx)?),
            tag => Body::Unknown(tag),
        };
        Ok(Self { at, body })
    }
}

impl Body {
    /// The number that names this kind of event on the wire; never reused.
    #[must_use]
    pub const fn tag(&self) -> u32 {
        match self {
            Self::Sale(_) => 0,
            Self::Amend(_) => 1,
            Self::Attribution(_) => 2,
            Self::Consent(_) => 3,
            Self::Void(_) => 4,
            Self::ReturnLink(_) => 5,
            Self::Outcome(_) => 6,
            Self::Look(_) => 7,
            Self::Gap(_) => 8,
            Self::Report(_) => 9,
            Self::Missing(_) => 10,
            Self::Fact(_) => 11,
            Self::Referral(_) => 12,
            Self::Merge(_) => 13,
            Self::Staff(_) => 14,
            Self::Words(_) => 20,
            Self::Forgotten(_) => 21,
            Self::HandOut(_) => 22,
            Self::Weather(_) => 23,
            Self::ErasureRequest(_) => 24,
            Self::Unknown(tag) => *tag,
        }
    }
}

/// Encodes into memory, where writing cannot fail.
pub(crate) fn to_cbor(value: &impl Encode<()>) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to a Vec cannot fail")
}

#[cfg(test)]
mod tests;
