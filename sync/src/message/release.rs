//! Release: HQ keeps the key that a till's own keys are wrapped under, and gives it out at each start.
//!
//! ```text
//! till ── POST /v1/release: signed { terminal, nonce, make or open } ──▶ HQ    writes it down
//! till ◀─ signed by HQ( sealed to this till( release key ) ) ─────────── HQ    or a signed refusal
//! ```
//!
//! # Invariants
//!
//! - An answer opens at the till that asked, for the request it answers, and is HQ's own.
//! - The key is drawn by HQ, is wiped when dropped, and has no `Debug` that shows it.
//!
//! Not here: to whom HQ gives it (`hq::release`), what is wrapped under it (the agent's `keys`).

use crate::event::{TerminalId, to_cbor};
use crate::seal::{self, OpenError, SealError, SealingPublic, SealingSecret};
use crate::sign::{self, SigningKey, VerifyError, VerifyingKey};
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const REQUEST_CONTEXT: &str = "huitou release request v1";
const RELEASE_CONTEXT: &str = "huitou release v1";
const RELEASE_INFO: &[u8] = b"huitou release v1";

/// A till asks for its release key. Signed by the till.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct ReleaseRequest {
    /// Who asks.
    #[n(0)]
    pub terminal: TerminalId,
    /// Random per request: an answer recorded earlier does not open for this one.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// What for.
    #[n(2)]
    pub purpose: Purpose,
}

/// What a release key is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// To wrap keys: HQ draws one if it has none for this till.
    #[n(0)]
    Wrap,
    /// To open what is wrapped: a new key would be worthless.
    #[n(1)]
    Open,
}

/// The key that HQ keeps for one till.
#[derive(Clone, Eq, PartialEq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
#[cbor(array)]
pub struct Release {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

/// Why an answer is no release for this till and request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// Not HQ's.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// For another till or another request.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// HQ's and ours, but no release.
    #[error("not a release")]
    Malformed,
}

impl ReleaseRequest {
    /// Signs and encodes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(key, REQUEST_CONTEXT, to_cbor(self))
    }

    /// Who says it asks; nothing of it is proved before [`verify`](Self::verify).
    ///
    /// # Errors
    ///
    /// [`VerifyError::Malformed`] if it is no such request.
    pub fn claimed(bytes: &[u8]) -> Result<TerminalId, VerifyError> {
        let request: Self =
            minicbor::decode(&sign::claimed(bytes)?).map_err(|_| VerifyError::Malformed)?;
        Ok(request.terminal)
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

    fn aad(&self) -> Vec<u8> {
        [self.terminal.0, self.nonce].concat()
    }
}

impl Release {
    /// Seals the key to the till that asked and signs it as HQ.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the till's key is unusable.
    pub fn seal(
        &self,
        hq: &SigningKey,
        till: &SealingPublic,
        request: &ReleaseRequest,
    ) -> Result<Vec<u8>, SealError> {
        let plain = Zeroizing::new(to_cbor(self));
        let sealed = seal::seal_to(till, RELEASE_INFO, &request.aad(), &plain)?;
        Ok(sign::sign(hq, RELEASE_CONTEXT, sealed))
    }

    /// Opens HQ's answer to `request`.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`] if it is not HQ's, not for this till and request, or no release.
    pub fn open(
        hq: &VerifyingKey,
        secret: &SealingSecret,
        request: &ReleaseRequest,
        bytes: &[u8],
    ) -> Result<Self, ReleaseError> {
        let sealed = sign::verify(hq, RELEASE_CONTEXT, bytes)?;
        let plain = seal::open_with(secret, RELEASE_INFO, &request.aad(), &sealed)?;
        minicbor::decode(&Zeroizing::new(plain)).map_err(|_| ReleaseError::Malformed)
    }
}

impl core::fmt::Debug for Release {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Release(…)")
    }
}

#[cfg(test)]
mod tests;
