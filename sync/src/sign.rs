//! Signatures: who wrote a message, kept with the message as evidence.
//!
//! Ed25519 (RFC 8032) in a tagged COSE_Sign1 (RFC 9052, section 4.2). The *context*, such as
//! `"huitou batch v1"`, goes in as external data, so that a signature made for one purpose is
//! worthless for another.
//!
//! Not here: secrecy (`seal`).

use crate::hex::identifier;
use crate::random::random;
use coset::TaggedCborSerializable as _;
use coset::iana::Algorithm;
use coset::{CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

identifier! {
    /// An Ed25519 public key.
    VerifyingKey, 32
}

/// An Ed25519 key that signs, made from a 32-byte seed that is wiped when dropped.
pub struct SigningKey {
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
}

/// Why a signed message is not what it claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// No COSE_Sign1 with a payload.
    #[error("not a signed message")]
    Malformed,
    /// Signed by someone else, for another purpose, or changed since.
    #[error("the signature does not fit: another key, another purpose, or changed")]
    Signature,
}

impl SigningKey {
    /// Draws a new key from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_seed(random())
    }

    /// A stored key.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .expect("any 32 bytes are an Ed25519 seed (RFC 8032, section 5.1.5)");
        Self { seed, pair }
    }

    /// The key as it is stored; wiped when dropped.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed.clone()
    }

    /// The half that may be given away.
    #[must_use]
    pub fn verifying(&self) -> VerifyingKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        VerifyingKey(key)
    }
}

impl core::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SigningKey({})", self.verifying())
    }
}

/// Signs `payload` for the purpose that `context` names.
#[must_use]
pub fn sign(key: &SigningKey, context: &str, payload: Vec<u8>) -> Vec<u8> {
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(Algorithm::EdDSA).build())
        .payload(payload)
        .create_signature(context.as_bytes(), |data| key.pair.sign(data).as_ref().to_vec())
        .build()
        .to_tagged_vec()
        .expect("a COSE_Sign1 of our own making encodes")
}

/// Returns the payload of what [`sign`] made with the same context.
///
/// # Errors
///
/// [`VerifyError`] if it is no signed message, or the signature does not fit key and context.
pub fn verify(key: &VerifyingKey, context: &str, bytes: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let message = parse(bytes)?;
    let public = UnparsedPublicKey::new(&ED25519, key.0);
    message
        .verify_signature(context.as_bytes(), |signature, data| public.verify(data, signature))
        .map_err(|_| VerifyError::Signature)?;
    message.payload.ok_or(VerifyError::Malformed)
}

/// The payload, unchecked: to learn which key should have signed. Trust nothing of it before
/// [`verify`] agreed.
///
/// # Errors
///
/// [`VerifyError::Malformed`] if it is no signed message.
pub fn claimed(bytes: &[u8]) -> Result<Vec<u8>, VerifyError> {
    parse(bytes)?.payload.ok_or(VerifyError::Malformed)
}

fn parse(bytes: &[u8]) -> Result<CoseSign1, VerifyError> {
    let message = CoseSign1::from_tagged_slice(bytes)
        .or_else(|_| CoseSign1::from_slice(bytes))
        .map_err(|_| VerifyError::Malformed)?;
    let eddsa = Some(coset::RegisteredLabelWithPrivate::Assigned(Algorithm::EdDSA));
    // Without a payload coset's check panics, and another algorithm was never ours.
    if message.payload.is_none() || message.protected.header.alg != eddsa {
        return Err(VerifyError::Malformed);
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    const CONTEXT: &str = "huitou test v1";

    fn key() -> SigningKey {
        SigningKey::from_seed([7; 32])
    }

    /// Frozen: do not change the test. HQ keeps signed batches as evidence for years.
    #[test]
    fn the_signed_form_has_not_changed() {
        let signed = sign(&key(), CONTEXT, b"payload".to_vec());
        assert_eq!(
            hex::text(&signed),
            "\
        d28443a10127a0477061796c6f6164584002eab6e49a8c0dc732578beb86434343042588e1fc24320a37\
        78e461895b3f7203e04ec2eee03731554ccfdb44e967e865a36deec27c51902b13636915270d03"
        );
    }

    #[test]
    fn a_signature_is_good_for_its_key_context_and_bytes_only() {
        let signed = sign(&key(), CONTEXT, b"payload".to_vec());
        let public = key().verifying();
        assert_eq!(verify(&public, CONTEXT, &signed).unwrap(), b"payload");
        assert_eq!(verify(&public, "another", &signed), Err(VerifyError::Signature));
        let other = SigningKey::from_seed([8; 32]).verifying();
        assert_eq!(verify(&other, CONTEXT, &signed), Err(VerifyError::Signature));
        for at in 0..signed.len() {
            let mut changed = signed.clone();
            changed[at] ^= 1;
            assert!(verify(&public, CONTEXT, &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_message_without_payload_is_refused_and_does_not_panic() {
        let empty = CoseSign1Builder::new().build().to_tagged_vec().unwrap();
        assert_eq!(verify(&key().verifying(), CONTEXT, &empty), Err(VerifyError::Malformed));
    }
}
