//! The second factor: six digits that change every 30 s (RFC 6238 over HMAC-SHA1, what every
//! authenticator app speaks).
//!
//! # Invariants
//!
//! - A code opens once: the step it belongs to is remembered, and only a later one opens next.
//! - The secret is closed under the master key, bound to its user.
//!
//! Not here: when it is asked for (`web::door`).

use crate::hq::keys::Keys;
use crate::random::random;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

const PURPOSE: &[u8] = b"huitou totp v1";
const STEP_S: i64 = 30;
/// Steps to each side that are taken, for clocks that differ.
const SKEW: i64 = 1;

/// What the app and HQ share.
pub struct Secret(Zeroizing<[u8; 20]>);

impl Secret {
    /// A new one.
    #[must_use]
    pub fn draw() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// As an app takes it: `otpauth://totp/…`.
    #[must_use]
    pub fn uri(&self, chain: &str, name: &str) -> Zeroizing<String> {
        let (chain, name) = (escaped(chain), escaped(name));
        Zeroizing::new(format!(
            "otpauth://totp/{chain}:{name}?secret={}&issuer={chain}",
            self.base32()
        ))
    }

    fn base32(&self) -> String {
        const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let quintet = |at: usize| {
            let bit = |bit: usize| usize::from(self.0[bit / 8] >> (7 - bit % 8) & 1);
            (0..5).fold(0, |value, offset| value << 1 | bit(at * 5 + offset))
        };
        (0..32).map(|at| char::from(SIGNS[quintet(at)])).collect()
    }

    pub(crate) fn close(&self, keys: &Keys, user: i64) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut closed = self.0.to_vec();
        master(keys)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad(user), &mut closed)
            .expect("20 bytes are far shorter than AES-GCM's limit");
        [&nonce[..], &closed].concat()
    }

    pub(crate) fn open(keys: &Keys, user: i64, closed: &[u8]) -> Option<Self> {
        let (nonce, closed) = closed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = Zeroizing::new(closed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let secret = master(keys).open_in_place(nonce, aad(user), &mut plain).ok()?;
        Some(Self(Zeroizing::new(<[u8; 20]>::try_from(&*secret).ok()?)))
    }

    /// The step that `code` belongs to, if it is this secret's now and later than `used`.
    pub(crate) fn step_of(&self, code: &str, now_ms: i64, used: i64) -> Option<i64> {
        let now = now_ms.div_euclid(1_000 * STEP_S);
        let typed: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
        (now - SKEW..=now + SKEW)
            .filter(|step| *step > used)
            .find(|step| same(self.code(*step).as_bytes(), typed.as_bytes()))
    }

    fn code(&self, step: i64) -> String {
        format!("{:06}", truncated(self.0.as_slice(), step) % 1_000_000)
    }

    #[cfg(test)]
    pub(crate) fn now(&self, now_ms: i64) -> String {
        self.code(now_ms.div_euclid(1_000 * STEP_S))
    }
}

/// RFC 4226, 5.3: dynamic truncation.
fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 0x0f);
    u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]])
}

/// Takes as long whatever differs.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn master(keys: &Keys) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, keys.master.as_slice());
    LessSafeKey::new(key.expect("AES-256 takes 32 bytes"))
}

fn aad(user: i64) -> Aad<Vec<u8>> {
    Aad::from([PURPOSE, &user.to_be_bytes()].concat())
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let sign =
        |byte: u8| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
    text.bytes().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> Secret {
        Secret(Zeroizing::new(*b"12345678901234567890"))
    }

    /// RFC 6238, appendix B, the SHA-1 column; its eight digits end in our six.
    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (at_s, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let found =
                format!("{:08}", truncated(b"12345678901234567890", at_s / 30) % 100_000_000);
            assert_eq!(found, code, "at {at_s}");
            assert_eq!(rfc().step_of(&code[2..], at_s * 1_000, 0), Some(at_s / 30));
        }
    }

    #[test]
    fn a_code_opens_once_and_for_a_minute_and_a_half() {
        let secret = rfc();
        let (at_ms, code) = (1_111_111_111_000, "050 471");
        let step = secret.step_of(code, at_ms, 0).unwrap();
        assert_eq!(secret.step_of(code, at_ms, step), None, "used");
        assert_eq!(secret.step_of(code, at_ms + 30_000, 0), Some(step), "a clock that is behind");
        assert_eq!(secret.step_of(code, at_ms + 60_000, 0), None);
        for wrong in ["", "05047", "0504711", "050472"] {
            assert_eq!(secret.step_of(wrong, at_ms, 0), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_for_the_app_is_as_every_app_reads_it() {
        let uri = rfc().uri("云 A", "li");
        assert_eq!(
            &*uri,
            "otpauth://totp/%E4%BA%91%20A:li?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E4%BA%91%20A"
        );
    }
}
