//! A customer's number and name, closed under a key of her own.
//!
//! ```text
//! master key ──wraps──▶ her key ──closes──▶ [ phone, name ]        AES-256-GCM, fresh random nonces
//!                         └─closes──▶ each answer of hers
//! index key  ──HMAC───▶ pseudonym                                   HMAC-SHA256 of the digits, 16 bytes
//! ```
//!
//! # Invariants
//!
//! - A wrapped key and an identity open for their own customer only: her id is associated data.
//!
//! Not here: the rows (`customer`).

use crate::care_list::CustomerId;
use crate::event::{Name, to_cbor};
use crate::hq::keys::Keys;
use crate::phone::Phone;
use crate::random::random;
use minicbor::{Decode, Encode};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

const WRAP: &[u8] = b"huitou wrap v1";
const IDENTITY: &[u8] = b"huitou identity v1";
const FACT: &[u8] = b"huitou fact v1";

/// Who a customer is.
#[derive(Clone, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Identity {
    /// Her number.
    #[n(0)]
    pub phone: Phone,
    /// How to address her, if anyone told.
    #[n(1)]
    pub name: Option<Name>,
}

/// What finds her without saying who she is.
pub(in crate::hq) fn pseudonym(keys: &Keys, phone: &Phone) -> CustomerId {
    let tag = hmac::sign(&keys.index, phone.clear().as_bytes());
    let first = tag.as_ref().first_chunk();
    CustomerId(*first.expect("HMAC-SHA256 has 32 bytes"))
}

/// A new file: her wrapped key and her closed identity.
pub(super) fn create(keys: &Keys, id: &CustomerId, phone: &Phone) -> (Vec<u8>, Vec<u8>) {
    let key = Zeroizing::new(random::<32>());
    let wrapped = close(&keys.master, WRAP, id, key.as_slice());
    (wrapped, close_identity(&key, id, &Identity { phone: phone.clone(), name: None }))
}

pub(super) fn open(
    keys: &Keys,
    id: &CustomerId,
    wrapped_key: &[u8],
    sealed: &[u8],
) -> Option<Identity> {
    let key = unwrap_key(keys, id, wrapped_key)?;
    let plain = unclose(&key, IDENTITY, id, sealed)?;
    minicbor::decode(&plain).ok()
}

/// Her identity closed anew with another name, or none; `None` if it does not open.
pub(super) fn renamed(
    keys: &Keys,
    id: &CustomerId,
    wrapped_key: &[u8],
    sealed: &[u8],
    name: Option<&Name>,
) -> Option<Vec<u8>> {
    let identity = open(keys, id, wrapped_key, sealed)?;
    let key = unwrap_key(keys, id, wrapped_key)?;
    Some(close_identity(&key, id, &Identity { name: name.cloned(), ..identity }))
}

/// An answer of hers, closed under her key; `None` if that does not open.
pub(super) fn close_fact(
    keys: &Keys,
    id: &CustomerId,
    wrapped_key: &[u8],
    value: &str,
) -> Option<Vec<u8>> {
    let key = unwrap_key(keys, id, wrapped_key)?;
    Some(close(&key, FACT, id, value.as_bytes()))
}

/// What [`close_fact`] closed.
pub(super) fn open_fact(
    keys: &Keys,
    id: &CustomerId,
    wrapped_key: &[u8],
    sealed: &[u8],
) -> Option<String> {
    let key = unwrap_key(keys, id, wrapped_key)?;
    let plain = unclose(&key, FACT, id, sealed)?;
    String::from_utf8(plain.to_vec()).ok()
}

/// Tells texts apart without holding them.
pub(crate) fn hash(keys: &Keys, text: &str) -> Vec<u8> {
    let tag = hmac::sign(&keys.index, format!("fact {text}").as_bytes());
    tag.as_ref()[..8].to_vec()
}

fn close_identity(key: &[u8; 32], id: &CustomerId, identity: &Identity) -> Vec<u8> {
    close(key, IDENTITY, id, &Zeroizing::new(to_cbor(identity)))
}

fn unwrap_key(keys: &Keys, id: &CustomerId, wrapped: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let key = unclose(&keys.master, WRAP, id, wrapped)?;
    <[u8; 32]>::try_from(key.as_slice()).ok().map(Zeroizing::new)
}

fn close(key: &[u8; 32], purpose: &[u8], id: &CustomerId, plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random();
    let mut closed = plain.to_vec();
    aead(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from([purpose, &id.0].concat()),
            &mut closed,
        )
        .expect("an identity is far shorter than AES-GCM's limit");
    [&nonce[..], &closed].concat()
}

fn unclose(
    key: &[u8; 32],
    purpose: &[u8],
    id: &CustomerId,
    closed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, closed) = closed.split_first_chunk::<NONCE_LEN>()?;
    let mut plain = Zeroizing::new(closed.to_vec());
    let aad = Aad::from([purpose, &id.0].concat());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = aead(key).open_in_place(nonce, aad, &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn aead(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes");
    LessSafeKey::new(key)
}
