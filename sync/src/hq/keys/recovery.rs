//! The offline copy of HQ's keys: a sealed file, and a secret in parts on paper that opens it.
//!
//! ```text
//! hq.key ─ sealed under a random secret ─▶ file (any place, also the database's backup)
//!                            └─ split ─▶ part 1 … part 5 on paper, in five places; three open it
//! ```
//!
//! # Invariants
//!
//! - The file without enough parts, and parts without the file, open nothing.
//! - A drill says whether this copy would bring all keys back, and changes nothing.
//!
//! Not here: the splitting (`parts`).

use super::parts::{self, Part, PartError, SECRET_BYTES};
use super::{KeyError, KeyFile, Keys};
use crate::event::to_cbor;
use crate::random::random;
use minicbor::{Decode, Encode};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::path::Path;
use zeroize::Zeroizing;

const VERSION: u32 = 1;
const AAD: &[u8] = b"huitou hq keys backup v1";

#[derive(Encode, Decode)]
#[cbor(array)]
struct Sealed {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    split: [u8; 4],
    #[cbor(n(2), with = "minicbor::bytes")]
    nonce: [u8; NONCE_LEN],
    #[cbor(n(3), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// Why the copy cannot be made or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The keys that are in use.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The parts.
    #[error(transparent)]
    Parts(#[from] PartError),
    /// The sealed file.
    #[error("this is no sealed copy of keys, or a damaged one")]
    Damaged,
    /// Parts of another copy.
    #[error("these parts belong to another copy than this file")]
    OtherCopy,
}

/// What a drill found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Drill {
    /// All keys in use would come back.
    Good,
    /// It is another HQ's.
    OtherHq,
    /// It was made before these sealing keys: make a new copy.
    Older {
        /// Their ids.
        missing: Vec<u32>,
    },
}

/// Makes a sealed copy of the keys in `dir`, and the parts of what opens it.
///
/// # Errors
///
/// [`RecoveryError`].
pub fn make(dir: &Path, needed: u8, count: u8) -> Result<(Vec<u8>, Vec<Part>), RecoveryError> {
    let plain = Zeroizing::new(to_cbor(&KeyFile::load(dir)?));
    let secret = Zeroizing::new(random::<SECRET_BYTES>());
    let parts = parts::split(&secret, needed, count)?;
    let nonce = random();
    let mut sealed = plain.to_vec();
    key(&secret)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(AAD), &mut sealed)
        .expect("a key file is far below AES-GCM's limit");
    let split = parts[0].split;
    Ok((to_cbor(&Sealed { version: VERSION, split, nonce, sealed }), parts))
}

/// Says whether this copy and these parts would bring the keys in `dir` back.
///
/// # Errors
///
/// [`RecoveryError`] if they open nothing.
pub fn drill(dir: &Path, sealed: &[u8], parts: &[Part]) -> Result<Drill, RecoveryError> {
    let copy = opened(sealed, parts)?;
    let live = KeyFile::load(dir)?;
    if (copy.signing_seed, copy.index, copy.master) != (live.signing_seed, live.index, live.master)
    {
        return Ok(Drill::OtherHq);
    }
    let has = |id: u32, key: &[u8; 32]| {
        copy.sealing.iter().any(|known| known.id == id && known.key == *key)
    };
    let lacks = live.sealing.iter().filter(|key| !has(key.id, &key.key));
    let missing: Vec<u32> = lacks.map(|key| key.id).collect();
    if missing.is_empty() { Ok(Drill::Good) } else { Ok(Drill::Older { missing }) }
}

/// Brings the keys back into `dir`, where there are none.
///
/// # Errors
///
/// [`RecoveryError`]; keys that are there are never overwritten.
pub fn recover(dir: &Path, sealed: &[u8], parts: &[Part]) -> Result<Keys, RecoveryError> {
    let file = opened(sealed, parts)?;
    file.save_new(dir)?;
    Ok(Keys::from_file(&file))
}

fn opened(sealed: &[u8], parts: &[Part]) -> Result<KeyFile, RecoveryError> {
    let copy: Sealed = minicbor::decode(sealed).map_err(|_| RecoveryError::Damaged)?;
    let secret = parts::join(parts)?;
    if copy.version != VERSION || parts[0].split != copy.split {
        return Err(RecoveryError::OtherCopy);
    }
    let mut plain = Zeroizing::new(copy.sealed);
    let nonce = Nonce::assume_unique_for_key(copy.nonce);
    let opened = key(&secret).open_in_place(nonce, Aad::from(AAD), &mut plain);
    let bytes = opened.map_err(|_| RecoveryError::Damaged)?;
    minicbor::decode(bytes).map_err(|_| RecoveryError::Damaged)
}

fn key(secret: &[u8; SECRET_BYTES]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, secret).expect("the length is the algorithm's");
    LessSafeKey::new(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_five_bring_the_keys_back_and_two_do_not() {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keys = Keys::create(dir.path()).unwrap();
        let (sealed, parts) = make(dir.path(), 3, 5).unwrap();
        assert_eq!(drill(dir.path(), &sealed, &parts[1..4]).unwrap(), Drill::Good);
        assert!(matches!(
            drill(dir.path(), &sealed, &parts[..2]),
            Err(RecoveryError::Parts(PartError::TooFew { have: 2, needed: 3 }))
        ));
        let back = recover(elsewhere.path(), &sealed, &parts[2..]).unwrap();
        assert_eq!(back.public(), keys.public());
        assert!(matches!(
            recover(elsewhere.path(), &sealed, &parts),
            Err(RecoveryError::Keys(KeyError::Exists { .. }))
        ));
    }

    #[test]
    fn a_copy_from_before_a_new_key_is_found_out_by_a_drill() {
        let dir = tempfile::tempdir().unwrap();
        Keys::create(dir.path()).unwrap();
        let (sealed, parts) = make(dir.path(), 2, 3).unwrap();
        let id = Keys::rotate(dir.path(), 7).unwrap();
        let older = Drill::Older { missing: vec![id] };
        assert_eq!(drill(dir.path(), &sealed, &parts).unwrap(), older);
        let other = tempfile::tempdir().unwrap();
        Keys::create(other.path()).unwrap();
        assert_eq!(drill(other.path(), &sealed, &parts).unwrap(), Drill::OtherHq);
    }

    #[test]
    fn a_file_that_was_changed_or_belongs_to_other_parts_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        Keys::create(dir.path()).unwrap();
        let (sealed, parts) = make(dir.path(), 2, 3).unwrap();
        let (_, others) = make(dir.path(), 2, 3).unwrap();
        assert!(matches!(drill(dir.path(), &sealed, &others), Err(RecoveryError::OtherCopy)));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(drill(dir.path(), &changed, &parts), Err(RecoveryError::Damaged)));
        assert!(matches!(drill(dir.path(), b"x", &parts), Err(RecoveryError::Damaged)));
    }
}
