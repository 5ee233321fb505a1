//! The one-time code that a person carries from HQ to a till, typed or scanned.
//!
//! ```text
//! fingerprint 16 bytes || token 16 bytes  →  52 symbols of Crockford base32, a check symbol
//! 7K3M-…(13 groups of 4)…-X
//! ```
//!
//! # Invariants
//!
//! - The token never shows in `Debug`; HQ keeps only its hash.
//! - Any single wrong symbol and any swap of neighbours is noticed before anything is sent.
//!
//! # Source
//!
//! The check modulo 37: Douglas Crockford, "Base 32".
//!
//! Not here: single use, expiry and rate limit (`hq::enrol`).

use crate::base32::{self, ALPHABET, symbols, value};
use crate::chain::Hash;
use crate::hex::identifier;
use crate::random::random;
use crate::sign::VerifyingKey;
use core::fmt;
use core::str::FromStr;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const CHECK: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
const SYMBOLS: usize = 52;

identifier! {
    /// The first 16 bytes of SHA-256 over HQ's signing key.
    Fingerprint, 16
}

impl Fingerprint {
    /// The fingerprint of a key.
    #[must_use]
    pub fn of(key: &VerifyingKey) -> Self {
        let hash = Hash::of(&key.0).0;
        Self(*hash.first_chunk().expect("SHA-256 has 32 bytes"))
    }
}

/// 128 random bits that let one till enrol once.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Token(pub(crate) [u8; 16]);

impl Token {
    /// Draws a new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(random())
    }

    /// What HQ keeps of it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(**)")
    }
}

/// HQ's fingerprint and a token. `Display` writes it in groups of four.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnrolCode {
    /// Which HQ it is for.
    pub fingerprint: Fingerprint,
    /// The one-time secret.
    pub token: Token,
}

/// Why a text is no enrolment code. Carries nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Too few or too many symbols.
    #[error("an enrolment code has {} letters and digits, this has {found}", SYMBOLS + 1)]
    Length {
        /// How many there are, spaces and hyphens aside.
        found: usize,
    },
    /// Something that no code contains.
    #[error("group {group} holds a sign that no code contains")]
    Symbol {
        /// Groups of four, counted from 1.
        group: usize,
    },
    /// Two symbols swapped, or one mistyped.
    #[error("the last sign does not fit the rest: something is mistyped")]
    Check,
}

impl fmt::Display for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = symbols(&self.bytes());
        for group in symbols.chunks(4) {
            for value in group {
                write!(f, "{}", char::from(ALPHABET[usize::from(*value)]))?;
            }
            f.write_str("-")?;
        }
        write!(f, "{}", char::from(CHECK[check(&symbols)]))
    }
}

impl FromStr for EnrolCode {
    type Err = CodeError;

    /// Takes lower case, spaces or hyphens anywhere, `O` for `0`, `I` and `L` for `1`.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let typed: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let [values @ .., last] = &typed[..] else {
            return Err(CodeError::Length { found: 0 });
        };
        if values.len() != SYMBOLS {
            return Err(CodeError::Length { found: typed.len() });
        }
        let symbols = values
            .iter()
            .enumerate()
            .map(|(at, c)| value(ALPHABET, *c).ok_or(CodeError::Symbol { group: at / 4 + 1 }))
            .collect::<Result<Vec<_>, _>>()?;
        let last = value(CHECK, *last).ok_or(CodeError::Symbol { group: SYMBOLS / 4 + 1 })?;
        if usize::from(last) != check(&symbols) {
            return Err(CodeError::Check);
        }
        from_symbols(&symbols).ok_or(CodeError::Check)
    }
}

impl EnrolCode {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.fingerprint.0);
        bytes[16..].copy_from_slice(&self.token.0);
        bytes
    }
}

fn from_symbols(symbols: &[u8]) -> Option<EnrolCode> {
    let bytes = Zeroizing::new(base32::bytes(symbols));
    let (fingerprint, token) = bytes.split_first_chunk()?;
    let padding = symbols.last()? & 0b1111;
    (padding == 0).then_some(EnrolCode {
        fingerprint: Fingerprint(*fingerprint),
        token: Token(token.try_into().ok()?),
    })
}

/// The number that the symbols spell, modulo 37.
fn check(symbols: &[u8]) -> usize {
    symbols.iter().fold(0, |rest, value| (rest * 32 + usize::from(*value)) % 37)
}
