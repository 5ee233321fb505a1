//! HQ's answers to a batch: taken up to here, or not taken and why.
//!
//! # Invariants
//!
//! - Both are signed by HQ and name terminal and epoch: an answer for one till means nothing to another.
//! - A mark in a refusal is as good as one in a receipt: it is where HQ stands.
//!
//! Not here: what the till does with them (`uplink`).

use crate::event::{Epoch, Seq, TerminalId, to_cbor};
use crate::receiver::HighWater;
use crate::sign::{self, SigningKey, VerifyError, VerifyingKey};
use minicbor::{Decode, Encode};

const RECEIPT_CONTEXT: &str = "huitou receipt v1";
const REFUSAL_CONTEXT: &str = "huitou refusal v1";

/// HQ holds this epoch up to the mark, on disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// Whose events.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which life of its outbox.
    #[n(1)]
    pub epoch: Epoch,
    /// Up to where.
    #[n(2)]
    pub mark: HighWater,
}

/// HQ did not take it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Refusal {
    /// Who was refused.
    #[n(0)]
    pub terminal: TerminalId,
    /// Which epoch it spoke of.
    #[n(1)]
    pub epoch: Epoch,
    /// Why.
    #[n(2)]
    pub reason: RefusalReason,
    /// Where HQ stands, for [`RefusalReason::MarkMismatch`]; up to where it set aside what was sent,
    /// for [`RefusalReason::Fork`].
    #[n(3)]
    pub mark: Option<HighWater>,
}

/// Why HQ did not take a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
#[non_exhaustive]
pub enum RefusalReason {
    /// Something before it is missing at HQ: send from the mark on.
    #[n(0)]
    MarkMismatch,
    /// HQ does not know the till.
    #[n(1)]
    UnknownTerminal,
    /// The till was revoked; what it sends is set aside, not dropped.
    #[n(2)]
    Revoked,
    /// Another history under known numbers; what comes under this epoch is set aside until a person has looked.
    #[n(3)]
    Fork {
        /// The first number that differs.
        #[n(0)]
        at: Seq,
    },
    /// Not signed by the till, or not what the path says.
    #[n(4)]
    Malformed,
    /// HQ keeps no release key for the till: it never made one, or was restored from before.
    #[n(5)]
    NoReleaseKey,
}

/// Why an answer is not HQ's word for this till.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Not HQ's.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// HQ's, but no answer of this kind.
    #[error("not an answer of this kind")]
    Malformed,
    /// HQ's, but to another till or about another epoch.
    #[error("an answer to another till, or about another epoch")]
    NotOurs,
}

impl Receipt {
    /// Signs and encodes, as HQ.
    #[must_use]
    pub fn sign(&self, hq: &SigningKey) -> Vec<u8> {
        sign::sign(hq, RECEIPT_CONTEXT, to_cbor(self))
    }

    /// Reads HQ's receipt for this till and epoch.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not HQ's, no receipt, or about something else.
    pub fn verify(
        hq: &VerifyingKey,
        terminal: TerminalId,
        epoch: Epoch,
        bytes: &[u8],
    ) -> Result<Self, AnswerError> {
        let payload = sign::verify(hq, RECEIPT_CONTEXT, bytes)?;
        let receipt: Self = minicbor::decode(&payload).map_err(|_| AnswerError::Malformed)?;
        ours((receipt.terminal, receipt.epoch), (terminal, epoch)).map(|()| receipt)
    }
}

impl Refusal {
    /// Signs and encodes, as HQ.
    #[must_use]
    pub fn sign(&self, hq: &SigningKey) -> Vec<u8> {
        sign::sign(hq, REFUSAL_CONTEXT, to_cbor(self))
    }

    /// Reads HQ's refusal for this till and epoch.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] if it is not HQ's, no refusal, or about something else.
    pub fn verify(
        hq: &VerifyingKey,
        terminal: TerminalId,
        epoch: Epoch,
        bytes: &[u8],
    ) -> Result<Self, AnswerError> {
        let payload = sign::verify(hq, REFUSAL_CONTEXT, bytes)?;
        let refusal: Self = minicbor::decode(&payload).map_err(|_| AnswerError::Malformed)?;
        ours((refusal.terminal, refusal.epoch), (terminal, epoch)).map(|()| refusal)
    }
}

fn ours(named: (TerminalId, Epoch), own: (TerminalId, Epoch)) -> Result<(), AnswerError> {
    if named == own { Ok(()) } else { Err(AnswerError::NotOurs) }
}
