//! Sealing of what stays on this box: customer profiles and the day book.
//!
//! AES-256-GCM with a random nonce in front: `nonce (12) ‖ ciphertext ‖ tag (16)`. The associated
//! data names what it is and which row it belongs to, so that a row cannot be moved.
//!
//! Not here: the keys (`keys`), what goes to HQ (`sync::seal`: this box cannot open that).

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use sync::random::random;

/// A key for what stays here.
pub struct LocalKey(LessSafeKey);

/// A sealed blob that does not open: damaged, moved, or of another key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sealed row does not open: damaged, moved from another row, or written with another key")]
pub struct AtRestError;

impl LocalKey {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("the length is the algorithm's");
        Self(LessSafeKey::new(key))
    }

    /// Seals `plain` for the row that `aad` names.
    #[must_use]
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + 16);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut sealed[NONCE_LEN..])
            .expect("a row is shorter than 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`seal`](Self::seal) gave.
    ///
    /// # Errors
    ///
    /// [`AtRestError`] if anything about it is not as it was.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, AtRestError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(AtRestError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| AtRestError)?;
        let mut plain = rest.to_vec();
        let len =
            self.0.open_in_place(nonce, Aad::from(aad), &mut plain).map_err(|_| AtRestError)?.len();
        plain.truncate(len);
        Ok(plain)
    }
}

/// Whom a row is about, without saying it: HMAC-SHA-256 under the index key.
#[must_use]
pub fn pseudonym(index_key: &[u8; 32], text: &str) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, index_key);
    let tag = hmac::sign(&key, text.as_bytes());
    tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_opens_in_its_place_only() {
        let key = LocalKey::new(&[1; 32]);
        let sealed = key.seal(b"row 1", b"hello");
        assert_eq!(key.open(b"row 1", &sealed).unwrap(), b"hello");
        assert_eq!(key.open(b"row 2", &sealed), Err(AtRestError));
        assert_eq!(LocalKey::new(&[2; 32]).open(b"row 1", &sealed), Err(AtRestError));
        assert_eq!(key.open(b"row 1", &sealed[..10]), Err(AtRestError));
        let mut flipped = sealed.clone();
        flipped[15] ^= 1;
        assert_eq!(key.open(b"row 1", &flipped), Err(AtRestError));
        assert_ne!(sealed, key.seal(b"row 1", b"hello"), "no two nonces are the same");
    }
}
