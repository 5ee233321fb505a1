//! Words that both ends know are sent as numbers.
//!
//! ```text
//! HQ    which texts a store's sales repeat ──(care list)──▶ till
//! till  event "words 0…41: 羊毛大衣, …" ──▶ its outbox, and from then on   羊毛大衣 ⇒ 6(0)
//! HQ    reads the stream in order, so it has the words before it meets a number
//! ```
//!
//! The numbers are a stream's own and the texts travel in it, sealed. So nothing has to be agreed on:
//! an HQ that was restored, or a till's new epoch, knows what it reads.
//!
//! # Invariants
//!
//! - `unpack(pack(bytes)) == bytes` for whatever CBOR an event is.
//! - Hostile bytes give an error or bytes of at most [`UNPACKED_MAX`], and no panic.
//!
//! # Source
//!
//! A reference is an unsigned number under tag 6, as in draft-ietf-cbor-packed.
//!
//! Not here: which words are worth it (`hq::words`), keeping them (the agent's `words`).

use std::collections::HashMap;

/// The longest text that becomes a word, in bytes.
pub const TEXT_MAX: usize = 64;
/// The most words of one stream.
pub const WORDS_MAX: usize = 4_096;
/// The longest event after unpacking, in bytes.
pub const UNPACKED_MAX: usize = 1024 * 1024;

const TAG_REFERENCE: u8 = 0xc6;
const TEXT: u8 = 3;
const BYTES: u8 = 2;

/// What a till packs with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Words {
    numbers: HashMap<String, u32>,
}

impl Words {
    /// How many there are; the next one's number.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Adds a text under the next number; `false` if it is there, too long, or there are enough.
    pub fn add(&mut self, text: &str) -> bool {
        let fits = text.len() <= TEXT_MAX && self.numbers.len() < WORDS_MAX;
        let next = self.len();
        let is_new = fits && !self.numbers.contains_key(text);
        if is_new {
            self.numbers.insert(text.to_owned(), next);
        }
        is_new
    }

    /// Replaces known texts in an event's CBOR by their numbers, where that is shorter.
    #[must_use]
    pub fn pack(&self, cbor: &[u8]) -> Vec<u8> {
        let mut packed = Vec::with_capacity(cbor.len());
        let mut rest = cbor;
        while let Some((item, after)) = split(rest) {
            match item.text().and_then(|text| self.reference(text)) {
                Some(reference) if reference.len() < item.bytes.len() => packed.extend(reference),
                _ => packed.extend_from_slice(item.bytes),
            }
            rest = after;
        }
        packed.extend_from_slice(rest); // nothing, for an event of our own
        packed
    }

    fn reference(&self, text: &str) -> Option<Vec<u8>> {
        let number = *self.numbers.get(text)?;
        let mut bytes = vec![TAG_REFERENCE];
        head(&mut bytes, 0, u64::from(number));
        Some(bytes)
    }
}

/// Why an event cannot be unpacked. Carries nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// A number that the stream has given no word.
    #[error("word {0} was never told")]
    Unknown(u32),
    /// No CBOR.
    #[error("not CBOR")]
    Malformed,
    /// It grows beyond [`UNPACKED_MAX`].
    #[error("too long")]
    TooLong,
}

/// Puts the texts back; `word(n)` is the stream's n-th. Bytes without references come back as they are.
///
/// # Errors
///
/// [`UnpackError`].
pub fn unpack(
    packed: &[u8],
    mut word: impl FnMut(u32) -> Option<String>,
) -> Result<Vec<u8>, UnpackError> {
    let mut cbor = Vec::with_capacity(packed.len());
    let mut rest = packed;
    while !rest.is_empty() {
        let (item, mut after) = split(rest).ok_or(UnpackError::Malformed)?;
        if item.bytes == [TAG_REFERENCE] {
            let (number, behind) = split(after).ok_or(UnpackError::Malformed)?;
            let number = number.number().ok_or(UnpackError::Malformed)?;
            let text = word(number).ok_or(UnpackError::Unknown(number))?;
            head(&mut cbor, TEXT, text.len() as u64);
            cbor.extend_from_slice(text.as_bytes());
            after = behind;
        } else {
            cbor.extend_from_slice(item.bytes);
        }
        if cbor.len() > UNPACKED_MAX {
            return Err(UnpackError::TooLong);
        }
        rest = after;
    }
    Ok(cbor)
}

/// The head of a data item, with what a string holds. What an array, a map or a tag holds follows as
/// items of its own, so that one pass sees all.
struct Item<'a> {
    bytes: &'a [u8],
    major: u8,
    value: u64,
    head_len: usize,
    definite: bool,
}

impl Item<'_> {
    fn text(&self) -> Option<&str> {
        let text = &self.bytes[self.head_len..];
        (self.major == TEXT && self.definite).then(|| str::from_utf8(text).ok()).flatten()
    }

    fn number(&self) -> Option<u32> {
        (self.major == 0).then(|| u32::try_from(self.value).ok()).flatten()
    }
}

fn split(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let first = *bytes.first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    let (extra, definite) = match info {
        0..=23 => (0, true),
        24..=27 => (1 << (info - 24), true),
        31 => (0, false),
        _ => return None, // reserved (RFC 8949, section 3)
    };
    let head_len = 1 + extra;
    let argument = bytes.get(1..head_len)?;
    let value = match extra {
        0 => u64::from(info),
        _ => argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
    };
    let holds = matches!(major, BYTES | TEXT) && definite;
    let len = if holds { head_len.checked_add(usize::try_from(value).ok()?)? } else { head_len };
    let (item, rest) = bytes.split_at_checked(len)?;
    Some((Item { bytes: item, major, value, head_len, definite }, rest))
}

/// The shortest head (RFC 8949, section 4.2.1).
fn head(bytes: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    let be = value.to_be_bytes();
    match value {
        0..=23 => bytes.push(major | be[7]),
        24..=0xff => bytes.extend([major | 24, be[7]]),
        0x100..=0xffff => bytes.extend([major | 25, be[6], be[7]]),
        0x1_0000..=0xffff_ffff => {
            bytes.push(major | 26);
            bytes.extend(&be[4..]);
        }
        _ => {
            bytes.push(major | 27);
            bytes.extend(be);
        }
    }
}

#[cfg(test)]
mod tests;
