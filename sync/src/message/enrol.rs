//! Enrolment: how a till and HQ come to know each other's keys.
//!
//! # Invariants
//!
//! - The till checks HQ's keys against the fingerprint that a person carried.
//! - Token and names cross the wire sealed to HQ; the reply is signed by HQ and sealed to the till.
//!
//! Not here: who may enrol (`hq::enrol`).

use super::enrol_code::{Fingerprint, Token};
use crate::event::{TerminalId, to_cbor};
use crate::hex::identifier;
use crate::seal::{self, OpenError, SealError, SealingPublic, SealingSecret};
use crate::sign::{self, SigningKey, VerifyError, VerifyingKey};
use crate::tier::TierPolicy;
use minicbor::{Decode, Encode};

const KEYS_CONTEXT: &str = "huitou hq keys v1";
const REPLY_CONTEXT: &str = "huitou enrol reply v1";
const REQUEST_INFO: &[u8] = b"huitou enrol request v1";
const REPLY_INFO: &[u8] = b"huitou enrol reply v1";

identifier! {
    /// A store; drawn at random by HQ.
    StoreId, 16
}

/// HQ's public keys, as `GET /v1/keys` answers them: signed by the signing key itself.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct HqKeys {
    /// What HQ signs receipts and pages with.
    #[n(0)]
    pub signing: VerifyingKey,
    /// What to seal to; the newest is last, older ones still open.
    #[n(1)]
    pub sealing: Vec<SealingPublic>,
}

/// What a till says about itself to be enrolled.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolRequest {
    /// From the code.
    #[n(0)]
    pub token: Token,
    /// What the till will sign with.
    #[n(1)]
    pub signing: VerifyingKey,
    /// What HQ may seal to.
    #[n(2)]
    pub sealing: SealingPublic,
    /// The store's name as the till's owner wrote it; the code decides which store it is.
    #[n(3)]
    pub store: String,
    /// The till's name within the store.
    #[n(4)]
    pub till: String,
    /// Name and version of the software.
    #[n(5)]
    pub software: String,
}

/// HQ's answer: the till is enrolled.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolReply {
    /// Who the till is from now on.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which store it belongs to.
    #[n(1)]
    pub store: StoreId,
    /// The store's name at HQ.
    #[n(2)]
    pub store_name: String,
    /// Decimals of the store's currency: 2 for CNY, 0 for JPY.
    #[n(3)]
    pub currency_exponent: u8,
    /// The tiers, until a care list brings others.
    #[n(4)]
    pub policy: TierPolicy,
}

/// Why enrolment failed. Carries neither code nor names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The keys or the reply are not signed as they should be.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// The keys are genuine, but another HQ's: wrong address, or someone in between.
    #[error("this is not the HQ that the code is from: check the address")]
    OtherHq,
    /// HQ publishes no sealing key.
    #[error("HQ publishes no key to seal to")]
    NoSealingKey,
    /// Does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key that cannot be sealed to.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Opens, but is no such message.
    #[error("not an enrolment message")]
    Malformed,
}

impl HqKeys {
    /// Signs and encodes, as HQ.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(key, KEYS_CONTEXT, to_cbor(self))
    }

    /// Reads HQ's keys and checks them against the fingerprint of the code.
    ///
    /// # Errors
    ///
    /// [`EnrolError`] if they are another HQ's, not signed by themselves, or lack a sealing key.
    pub fn verify(fingerprint: &Fingerprint, bytes: &[u8]) -> Result<Self, EnrolError> {
        let keys: Self =
            minicbor::decode(&sign::claimed(bytes)?).map_err(|_| EnrolError::Malformed)?;
        if Fingerprint::of(&keys.signing) != *fingerprint {
            return Err(EnrolError::OtherHq);
        }
        sign::verify(&keys.signing, KEYS_CONTEXT, bytes)?;
        keys.current().map(|_| keys.clone())
    }

    /// The key to seal to now.
    ///
    /// # Errors
    ///
    /// [`EnrolError::NoSealingKey`] if there is none.
    pub fn current(&self) -> Result<SealingPublic, EnrolError> {
        self.sealing.last().copied().ok_or(EnrolError::NoSealingKey)
    }
}

impl EnrolRequest {
    /// Seals the request to HQ.
    ///
    /// # Errors
    ///
    /// [`EnrolError::Seal`] if HQ's key is unusable.
    pub fn seal(&self, hq: &SealingPublic) -> Result<Vec<u8>, EnrolError> {
        Ok(seal::seal_to(hq, REQUEST_INFO, &[], &to_cbor(self))?)
    }

    /// Opens a request, as HQ.
    ///
    /// # Errors
    ///
    /// [`EnrolError`] if it is not sealed to this key, changed, or no request.
    pub fn open(secret: &SealingSecret, sealed: &[u8]) -> Result<Self, EnrolError> {
        let plain = seal::open_with(secret, REQUEST_INFO, &[], sealed)?;
        minicbor::decode(&plain).map_err(|_| EnrolError::Malformed)
    }
}

impl EnrolReply {
    /// Seals the reply to the till and signs it, as HQ.
    ///
    /// # Errors
    ///
    /// [`EnrolError::Seal`] if the till's key is unusable.
    pub fn seal(&self, hq: &SigningKey, till: &SealingPublic) -> Result<Vec<u8>, EnrolError> {
        let sealed = seal::seal_to(till, REPLY_INFO, &[], &to_cbor(self))?;
        Ok(sign::sign(hq, REPLY_CONTEXT, sealed))
    }

    /// Opens HQ's reply, as the till.
    ///
    /// # Errors
    ///
    /// [`EnrolError`] if it is not HQ's, not for this till, or no reply.
    pub fn open(
        hq: &VerifyingKey,
        secret: &SealingSecret,
        bytes: &[u8],
    ) -> Result<Self, EnrolError> {
        let sealed = sign::verify(hq, REPLY_CONTEXT, bytes)?;
        let plain = seal::open_with(secret, REPLY_INFO, &[], &sealed)?;
        minicbor::decode(&plain).map_err(|_| EnrolError::Malformed)
    }
}

impl<C> Encode<C> for Token {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Token {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        minicbor::bytes::decode(d, ctx).map(Self)
    }
}
