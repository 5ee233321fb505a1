//! What goes down to a store: its customers with their spend and tier, erasures, and the tier policy.
//!
//! ```text
//! till ── signed { cursor, nonce } ──▶ HQ
//! till ◀── signed by HQ( sealed to this till( page from..to ) ) ── HQ      until `more` is false
//! ```
//!
//! # Invariants
//!
//! - A page opens at the till that asked, for the request it answers, and is HQ's own.
//! - A cursor is (HQ epoch, n). A restored HQ draws a new epoch, and what follows is a snapshot.
//! - Within an epoch a version never goes back; page and cursor are applied in one transaction.
//! - An erasure wins over whatever else is known of that customer.
//!
//! Not here: which customers belong to a store (`hq::care`), how the till keeps them (`customers`).

mod card;
mod style;
mod task;

pub use card::{Card, Had, Notice, Told, is_another_size};
pub use style::CareStyle;
pub use task::{Offer, Task, TaskKind, Tasks, Wears, open_number, seal_number};

use crate::event::{Epoch, Name, Seq, TerminalId, to_cbor};
use crate::hex::identifier;
use crate::phone::Phone;
use crate::receiver::HighWater;
use crate::seal::{self, OpenError, SealError, SealingPublic, SealingSecret};
use crate::sign::{self, SigningKey, VerifyError, VerifyingKey};
use crate::tier::{DatedAmount, TierPolicy};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

const REQUEST_CONTEXT: &str = "huitou care request v1";
const PAGE_CONTEXT: &str = "huitou care page v1";
const PAGE_INFO: &[u8] = b"huitou care page v1";
/// The same, packed by zstd: a till says in its request whether it reads that.
const PACKED_INFO: &[u8] = b"huitou care page v1 zstd";
/// Small enough for a slow line, at a tenth of the time that sealing takes.
const PACKED_LEVEL: i32 = 9;
/// A page is no longer than this, so that a packed one cannot fill a till's memory.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

identifier! {
    /// A customer's pseudonym: a keyed hash of her number under a key that only HQ has. It names her
    /// after her number is destroyed, and is the same again after HQ was restored.
    CustomerId, 16
}

identifier! {
    /// One life of HQ's store: random, drawn anew when it is created or restored.
    HqEpoch, 16
}

identifier! {
    /// HQ's own word, which only HQ can make or check, that a customer is to be forgotten. A till hands it
    /// back, so that an HQ restored from an older backup forgets her again.
    ErasureProof, 16
}

/// How new a till's care list is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Version {
    /// Which life of HQ.
    #[n(0)]
    pub hq_epoch: HqEpoch,
    /// Counts up within it.
    #[n(1)]
    pub n: u64,
}

impl Version {
    /// The till has no list yet.
    pub const NONE: Self = Self { hq_epoch: HqEpoch([0; 16]), n: 0 };
}

/// A till asks for what is new. Signed by the till.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct CareRequest {
    /// What the till has applied.
    #[n(0)]
    pub cursor: Version,
    /// Random per request: an answer recorded earlier does not open for this one.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// Name and version of its software; none from an older till.
    #[n(2)]
    pub software: Option<String>,
    /// Whether it reads packed pages; none from an older till.
    #[n(3)]
    pub packed: Option<bool>,
    /// What it believes HQ holds of its epochs; none from an older till.
    #[n(4)]
    pub held: Option<Vec<Held>>,
}

/// Up to where HQ holds one epoch of a till's outbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Held {
    /// Which life of its outbox.
    #[n(0)]
    pub epoch: Epoch,
    /// The last event, and the chain after it.
    #[n(1)]
    pub mark: HighWater,
}

/// One page of what is new.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct CarePage {
    /// The cursor it continues.
    #[n(0)]
    pub from: Version,
    /// The cursor once it is applied.
    #[n(1)]
    pub to: Version,
    /// Forget all entries of before; set on the first page of a snapshot.
    #[n(2)]
    pub snapshot: bool,
    /// Whether to ask again at once.
    #[n(3)]
    pub more: bool,
    /// In the order to apply them.
    #[n(4)]
    pub entries: Vec<CareEntry>,
    /// The tiers that hold from now on.
    #[n(5)]
    pub policy: Option<TierPolicy>,
    /// The store's own texts by name, e.g. `store_phone`, `service_phone`.
    #[n(6)]
    pub contact: BTreeMap<String, String>,
    /// The key to seal events to from now on.
    #[n(7)]
    pub sealing: Option<SealingPublic>,
    /// Keys under which the tills of this store talk to each other: this month's, then last month's.
    #[n(8)]
    pub peers: Option<Vec<ByteArray<32>>>,
    /// What this store's sales repeat, as CBOR items: worth a number. None from an older HQ, which could not
    /// read the numbers.
    #[n(10)]
    pub words: Option<Vec<ByteVec>>,
    /// The store's open tasks, all of them, in the place of those before; on the last page only.
    #[n(9)]
    pub tasks: Option<Tasks>,
    /// Styles that are new, changed or gone; none from an older HQ.
    #[n(11)]
    pub styles: Option<Vec<CareStyle>>,
    /// Epochs of which HQ holds less than the till believes: it was restored, and asks for the rest again.
    /// None from an older HQ.
    #[n(12)]
    pub lacks: Option<Vec<Held>>,
    /// Up to where HQ has counted each till of the store, with the last page only: whom a till knows of its
    /// own and HQ has not sent by then, HQ does not know. None from an older HQ.
    #[n(13)]
    pub counted: Option<Vec<Mark>>,
}

/// What is new about one customer.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub enum CareEntry {
    /// Her profile as it is now; replaces the one before.
    #[n(0)]
    Customer(#[n(0)] Profile),
    /// She is to be forgotten, whatever arrives late.
    #[n(1)]
    Erased(#[n(0)] CustomerId, #[n(1)] Option<ErasureProof>),
}

/// What a till may know of a customer of its store.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Profile {
    /// Her pseudonym.
    #[n(0)]
    pub customer: CustomerId,
    /// Her number.
    #[n(1)]
    pub phone: Phone,
    /// Net spend per day within the tier window, as far as `marks` reach.
    #[n(2)]
    pub spend: Vec<DatedAmount>,
    /// Up to which event of each till `spend` counts: a till adds only its events above.
    #[n(3)]
    pub marks: Vec<Mark>,
    /// Her tier on the day the page was made.
    #[n(4)]
    pub tier: Option<String>,
    /// How to address her.
    #[n(5)]
    pub name: Option<Name>,
    /// The rest of what a till may know; none from an older HQ.
    #[n(6)]
    pub card: Option<Box<Card>>,
}

/// HQ has counted this epoch of a till up to `seq`, inclusive.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Mark {
    /// Which till.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which life of its outbox.
    #[n(1)]
    pub epoch: Epoch,
    /// The last event counted.
    #[n(2)]
    pub seq: Seq,
}

/// Why an answer is no page for this till and request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// Not HQ's.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// For another till or another request.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// HQ's and ours, but no page.
    #[error("not a page of a care list")]
    Malformed,
    /// It continues another cursor than ours: applying it would lose what lies between.
    #[error("the page does not continue the till's list")]
    Cursor,
}

impl CareRequest {
    /// Signs and encodes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(key, REQUEST_CONTEXT, to_cbor(self))
    }

    /// Reads what a till signed.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] if it is not the key's, or no request.
    pub fn verify(key: &VerifyingKey, bytes: &[u8]) -> Result<Self, VerifyError> {
        let payload = sign::verify(key, REQUEST_CONTEXT, bytes)?;
        minicbor::decode(&payload).map_err(|_| VerifyError::Malformed)
    }
}

impl CarePage {
    /// Seals the page to the till that asked and signs it as HQ; packed, if the till reads that.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the till's key is unusable.
    pub fn seal(
        &self,
        hq: &SigningKey,
        terminal: &TerminalId,
        public: &SealingPublic,
        request: &CareRequest,
    ) -> Result<Vec<u8>, SealError> {
        let plain = to_cbor(self);
        let packed = match request.packed {
            Some(true) => zstd::bulk::compress(&plain, PACKED_LEVEL).ok(),
            _ => None,
        };
        let (info, page) = match &packed {
            Some(packed) => (PACKED_INFO, packed),
            None => (PAGE_INFO, &plain),
        };
        let sealed = seal::seal_to(public, info, &aad(terminal, &request.nonce), page)?;
        Ok(sign::sign(hq, PAGE_CONTEXT, sealed))
    }

    /// Opens the answer to `request` and checks that it is HQ's, ours, and continues our list.
    ///
    /// # Errors
    ///
    /// [`PageError`] otherwise; the list stays as it is.
    pub fn open(
        hq: &VerifyingKey,
        terminal: &TerminalId,
        secret: &SealingSecret,
        request: &CareRequest,
        bytes: &[u8],
    ) -> Result<Self, PageError> {
        let sealed = sign::verify(hq, PAGE_CONTEXT, bytes)?;
        let aad = aad(terminal, &request.nonce);
        let plain = match request.packed {
            Some(true) => unpacked(secret, &aad, &sealed)?,
            _ => seal::open_with(secret, PAGE_INFO, &aad, &sealed)?,
        };
        let page: Self = minicbor::decode(&plain).map_err(|_| PageError::Malformed)?;
        if page.continues(&request.cursor) { Ok(page) } else { Err(PageError::Cursor) }
    }

    fn continues(&self, cursor: &Version) -> bool {
        let same_life = self.to.hq_epoch == cursor.hq_epoch;
        match self.snapshot {
            true => !same_life || self.to.n >= cursor.n,
            false => same_life && self.from == *cursor && self.to.n >= cursor.n,
        }
    }
}

/// A page as this version of HQ packs it, or plain as an older one sends it.
fn unpacked(secret: &SealingSecret, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, PageError> {
    match seal::open_with(secret, PACKED_INFO, aad, sealed) {
        Ok(packed) => {
            zstd::bulk::decompress(&packed, PAGE_BYTES_MAX).map_err(|_| PageError::Malformed)
        }
        Err(OpenError::Broken) => Ok(seal::open_with(secret, PAGE_INFO, aad, sealed)?),
        Err(error) => Err(error.into()),
    }
}

fn aad(terminal: &TerminalId, nonce: &[u8; 16]) -> Vec<u8> {
    [terminal.0, *nonce].concat()
}

#[cfg(test)]
mod tests;
