//! The key file under a passphrase: what lies on disk opens nothing by itself.
//!
//! ```text
//! passphrase ─ Argon2id (RFC 9106) ─▶ key ─ AES-256-GCM ─▶ the key file
//! ```
//!
//! The passphrase comes from a file that `HUITOU_HQ_PASSPHRASE_FILE` names, or as systemd's credential
//! `huitou-hq.passphrase` (`LoadCredentialEncrypted=`, under a TPM where there is one). So a copied disk
//! or backup opens nothing; a machine that runs and is taken as it runs does.
//!
//! Not here: what the file holds (`keys`), the copy on paper (`recovery`).

use crate::event::to_cbor;
use crate::random::random;
use argon2::{Algorithm, Argon2, Params, Version};
use minicbor::{Decode, Encode};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Names the file that holds the passphrase.
pub const PASSPHRASE_FILE: &str = "HUITOU_HQ_PASSPHRASE_FILE";
/// The name of systemd's credential.
pub const CREDENTIAL: &str = "huitou-hq.passphrase";

const VERSION: u32 = 2;
const AAD: &[u8] = b"huitou hq keys locked v1";
/// RFC 9106, section 4, second choice: 64 MiB, three passes; one lane, as this waits once at a start.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

#[derive(Encode, Decode)]
#[cbor(array)]
struct Locked {
    #[n(0)]
    version: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[n(2)]
    memory_kib: u32,
    #[n(3)]
    passes: u32,
    #[cbor(n(4), with = "minicbor::bytes")]
    nonce: [u8; NONCE_LEN],
    #[cbor(n(5), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// Why a locked key file does not open. Carries nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Nobody gave the passphrase.
    #[error(
        "the keys are locked: name the passphrase's file in {PASSPHRASE_FILE}, or give systemd's credential {CREDENTIAL}"
    )]
    NoPassphrase,
    /// Wrong, or the file was changed.
    #[error("the passphrase does not open the keys, or their file is damaged")]
    Wrong,
    /// The file asks for more than a machine has.
    #[error("the key file is damaged")]
    Damaged,
}

/// Whether these bytes are a locked key file.
#[must_use]
pub fn is_locked(bytes: &[u8]) -> bool {
    minicbor::decode::<Locked>(bytes).is_ok_and(|file| file.version == VERSION)
}

/// Locks a key file's bytes.
#[must_use]
pub fn lock(plain: &[u8], passphrase: &[u8]) -> Vec<u8> {
    let (salt, nonce) = (random(), random());
    let key = derived(passphrase, &salt, MEMORY_KIB, PASSES).expect("these parameters are allowed");
    let mut sealed = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(AAD), &mut sealed)
        .expect("a key file is far below AES-GCM's limit");
    let (memory_kib, passes) = (MEMORY_KIB, PASSES);
    to_cbor(&Locked { version: VERSION, salt, memory_kib, passes, nonce, sealed })
}

/// Opens what [`lock`] made.
///
/// # Errors
///
/// [`LockError`].
pub fn unlock(bytes: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, LockError> {
    let file: Locked = minicbor::decode(bytes).map_err(|_| LockError::Damaged)?;
    // A damaged or planted file must not take all memory.
    if file.memory_kib > 4 * MEMORY_KIB || file.passes > 4 * PASSES {
        return Err(LockError::Damaged);
    }
    let key = derived(passphrase, &file.salt, file.memory_kib, file.passes)?;
    let mut plain = Zeroizing::new(file.sealed);
    let nonce = Nonce::assume_unique_for_key(file.nonce);
    let opened = key.open_in_place(nonce, Aad::from(AAD), &mut plain);
    let len = opened.map_err(|_| LockError::Wrong)?.len();
    plain.truncate(len);
    Ok(plain)
}

fn derived(
    passphrase: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<LessSafeKey, LockError> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| LockError::Damaged)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .map_err(|_| LockError::Damaged)?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).expect("the length is the algorithm's");
    Ok(LessSafeKey::new(key))
}

/// The passphrase, from where a person or systemd has put it.
///
/// # Errors
///
/// [`LockError::NoPassphrase`] if there is none.
pub fn passphrase() -> Result<Zeroizing<Vec<u8>>, LockError> {
    let credential =
        || Some(PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL));
    let path = std::env::var_os(PASSPHRASE_FILE).map(PathBuf::from).or_else(credential);
    let bytes = path.and_then(|path| std::fs::read(path).ok()).map(Zeroizing::new);
    let mut bytes = bytes.ok_or(LockError::NoPassphrase)?;
    while bytes.last().is_some_and(u8::is_ascii_whitespace) {
        bytes.pop(); // an editor's line end is no part of it
    }
    if bytes.is_empty() { Err(LockError::NoPassphrase) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_file_opens_with_its_passphrase_only_and_as_it_was() {
        let locked = lock(b"keys", b"correct horse");
        assert!(is_locked(&locked) && !is_locked(b"keys"));
        assert!(!locked.windows(4).any(|bytes| bytes == b"keys"));
        assert_eq!(unlock(&locked, b"correct horse").unwrap().as_slice(), b"keys");
        assert_eq!(unlock(&locked, b"wrong"), Err(LockError::Wrong));
        let mut changed = locked.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(unlock(&changed, b"correct horse"), Err(LockError::Wrong));
    }

    #[test]
    fn a_planted_file_does_not_take_all_memory() {
        let mut file: Locked = minicbor::decode(&lock(b"keys", b"x")).unwrap();
        file.memory_kib = u32::MAX;
        assert_eq!(unlock(&to_cbor(&file), b"x"), Err(LockError::Damaged));
    }
}
