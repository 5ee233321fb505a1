//! Sealing: whoever holds the public key can close, only the owner of the secret can open.
//!
//! HPKE base mode, single-shot (RFC 9180, section 6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! AES-256-GCM. A till therefore holds no key that opens its own backlog.
//!
//! ```text
//! sealed = key id u32 || encapsulated key 32 || ciphertext || tag 16      numbers big-endian
//! event's associated data = version || terminal || epoch || seq || previous hash || key id
//! ```
//!
//! # Invariants
//!
//! - A blob opens at its own position behind its own predecessor, and nowhere else.
//! - One encapsulation per message: no nonce is ever counted, stored or reused.
//! - A secret key is wiped when dropped and has no `Debug` that shows it.
//!
//! Not here: who sent it (`sign`); base mode proves no sender.

use crate::chain::Hash;
use crate::event::Position;
use crate::random::System;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const KEY_ID_BYTES: usize = 4;
const ENCAPSULATED_BYTES: usize = 32;
const EVENT_INFO: &[u8] = b"huitou event v1";

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// How many bytes sealing adds.
pub const OVERHEAD_BYTES: usize = KEY_ID_BYTES + ENCAPSULATED_BYTES + 16;

/// The half of a sealing key that closes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct SealingPublic {
    /// Which key this is, so that keys can be changed while blobs are under way.
    #[n(0)]
    pub id: u32,
    /// X25519 public key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

/// The half of a sealing key that opens.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealingSecret {
    id: u32,
    key: [u8; 32],
}

/// Why a message could not be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The public key is no usable X25519 point: whoever published it is at fault.
    #[error("sealing key {id} is no usable X25519 key")]
    BadKey {
        /// The key's id.
        id: u32,
    },
}

/// Why a sealed message could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Shorter than the smallest sealed message.
    #[error("a sealed message has at least {OVERHEAD_BYTES} bytes, this has {bytes}")]
    Short {
        /// What came.
        bytes: usize,
    },
    /// Sealed to another key.
    #[error("sealed to key {id}, which is not this one")]
    OtherKey {
        /// The key it was sealed to.
        id: u32,
    },
    /// Changed, moved to another place, or sealed under other terms.
    #[error("does not open: changed, or not from this place")]
    Broken,
}

impl SealingSecret {
    /// Draws a new key from the system's randomness.
    #[must_use]
    pub fn generate(id: u32) -> Self {
        let (secret, _) = X25519HkdfSha256::gen_keypair_with_rng(&mut System);
        let mut bytes = secret.to_bytes();
        let mut key = [0; 32];
        key.copy_from_slice(&bytes);
        bytes.zeroize();
        Self { id, key }
    }

    /// A stored key.
    #[must_use]
    pub const fn from_bytes(id: u32, key: [u8; 32]) -> Self {
        Self { id, key }
    }

    /// The key as it is stored; wiped when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key)
    }

    /// The half that may be given away.
    #[must_use]
    pub fn public(&self) -> SealingPublic {
        let mut key = [0; 32];
        key.copy_from_slice(&X25519HkdfSha256::sk_to_pk(&self.private()).to_bytes());
        SealingPublic { id: self.id, key }
    }

    /// Which key this is.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    fn private(&self) -> PrivateKey {
        PrivateKey::from_bytes(&self.key).expect("any 32 bytes are an X25519 secret key")
    }
}

impl core::fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SealingSecret(key {})", self.id)
    }
}

/// Seals an event for its place in the chain: at `position`, behind `prev`.
///
/// # Errors
///
/// [`SealError::BadKey`] if `public` is no usable key.
pub fn seal(
    public: &SealingPublic,
    position: &Position,
    prev: &Hash,
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    seal_to(public, EVENT_INFO, &event_aad(position, prev), plain)
}

/// Opens what [`seal`] closed, if it still stands where it was sealed.
///
/// # Errors
///
/// [`OpenError`] if it is too short, for another key, changed or moved.
pub fn open(
    secret: &SealingSecret,
    position: &Position,
    prev: &Hash,
    sealed: &[u8],
) -> Result<Vec<u8>, OpenError> {
    open_with(secret, EVENT_INFO, &event_aad(position, prev), sealed)
}

/// Seals any message: `info` names its kind and version, `aad` binds what surrounds it.
///
/// # Errors
///
/// [`SealError::BadKey`] if `public` is no usable key.
pub fn seal_to(
    public: &SealingPublic,
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let bad = SealError::BadKey { id: public.id };
    let key = PublicKey::from_bytes(&public.key).map_err(|_| bad)?;
    let aad = with_key_id(aad, public.id);
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<
        AesGcm256,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &key, info, plain, &aad, &mut System)
    .map_err(|_| bad)?;
    Ok([&public.id.to_be_bytes()[..], &encapsulated.to_bytes(), &ciphertext].concat())
}

/// Opens what [`seal_to`] closed with the same `info` and `aad`.
///
/// # Errors
///
/// [`OpenError`] if it is too short, for another key, changed, or sealed under other terms.
pub fn open_with(
    secret: &SealingSecret,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, OpenError> {
    let id = key_id(sealed)?;
    if id != secret.id {
        return Err(OpenError::OtherKey { id });
    }
    let (encapsulated, ciphertext) = sealed[KEY_ID_BYTES..].split_at(ENCAPSULATED_BYTES);
    let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| OpenError::Broken)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.private(),
        &encapsulated,
        info,
        ciphertext,
        &with_key_id(aad, id),
    )
    .map_err(|_| OpenError::Broken)
}

/// Which key a message was sealed to.
///
/// # Errors
///
/// [`OpenError::Short`] if it cannot be a sealed message.
pub fn key_id(sealed: &[u8]) -> Result<u32, OpenError> {
    match sealed.first_chunk::<KEY_ID_BYTES>() {
        Some(id) if sealed.len() >= OVERHEAD_BYTES => Ok(u32::from_be_bytes(*id)),
        _ => Err(OpenError::Short { bytes: sealed.len() }),
    }
}

fn event_aad(position: &Position, prev: &Hash) -> Vec<u8> {
    [&position.header()[..], &prev.0].concat()
}

fn with_key_id(aad: &[u8], id: u32) -> Vec<u8> {
    [aad, &id.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;
