//! What both ends know already is sent as a number: a product of this shop, a word of its name, a cashier.
//!
//! ```text
//! HQ    what a store's sales repeat ──(care list)──▶ till
//! till  event "0…41 are: [羊毛大衣, CT1107, …], …" ──▶ its outbox, and from then on   [羊毛大衣, …] ⇒ 6(0)
//! HQ    reads the stream in order, so it has the words before it meets a number
//! ```
//!
//! A *word* is a whole CBOR item: an array (a product with its price), a text, a number. A text that is
//! unknown as a whole may still be known by its words: `羊毛大衣 CT1107 黑/M` ⇒ `6([3, 17, "黑/M"])`.
//!
//! The numbers are a stream's own and the words travel in it, sealed. So nothing has to be agreed on:
//! an HQ that was restored, or a till's new epoch, knows what it reads.
//!
//! # Invariants
//!
//! - `unpack(pack(bytes)) == bytes` for whatever CBOR an event is.
//! - Hostile bytes give an error or bytes of at most [`UNPACKED_MAX`], and no panic.
//!
//! # Source
//!
//! A reference is an unsigned number under tag 6, as in draft-ietf-cbor-packed; the array is ours.
//!
//! Not here: which words are worth it (`hq::words`), keeping them (the agent's `words`).

use std::collections::HashMap;

/// The longest word, in bytes of CBOR.
pub const WORD_MAX: usize = 128;
/// The most words of one stream.
pub const WORDS_MAX: usize = 16_384;
/// The longest event after unpacking, in bytes.
pub const UNPACKED_MAX: usize = 1024 * 1024;
/// The most parts of a text that is known by its words.
const PARTS_MAX: usize = 23;
/// Deeper than any event nests.
const DEPTH_MAX: u8 = 12;

const TAG_REFERENCE: u8 = 0xc6;
const TEXT: u8 = 3;
const BYTES: u8 = 2;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// What a till packs with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Words {
    numbers: HashMap<Vec<u8>, u32>,
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

    /// Adds a word under the next number; `false` if it is there, is not one plain CBOR item, is too long,
    /// or there are enough.
    pub fn add(&mut self, word: &[u8]) -> bool {
        let fits = is_word(word) && self.numbers.len() < WORDS_MAX;
        let next = self.len();
        let is_new = fits && !self.numbers.contains_key(word);
        if is_new {
            self.numbers.insert(word.to_vec(), next);
        }
        is_new
    }

    /// Replaces what is known in an event's CBOR by its numbers, where that is shorter.
    #[must_use]
    pub fn pack(&self, cbor: &[u8]) -> Vec<u8> {
        let mut packed = Vec::with_capacity(cbor.len());
        let mut rest = cbor;
        while let Some((item, after)) = split(rest) {
            let whole = extent(rest, DEPTH_MAX).map(|len| &rest[..len]);
            let known = whole.and_then(|whole| Some((self.reference(whole)?, whole)));
            match known.filter(|(reference, whole)| reference.len() < whole.len()) {
                Some((reference, whole)) => {
                    packed.extend(reference);
                    rest = &rest[whole.len()..];
                }
                None => {
                    match item.text().and_then(|text| self.by_parts(text)) {
                        Some(parts) if parts.len() < item.bytes.len() => packed.extend(parts),
                        _ => packed.extend_from_slice(item.bytes),
                    }
                    rest = after;
                }
            }
        }
        packed.extend_from_slice(rest); // nothing, for an event of our own
        packed
    }

    fn reference(&self, word: &[u8]) -> Option<Vec<u8>> {
        let number = *self.numbers.get(word)?;
        let mut bytes = vec![TAG_REFERENCE];
        head(&mut bytes, 0, u64::from(number));
        Some(bytes)
    }

    /// A text by the words between its spaces.
    fn by_parts(&self, text: &str) -> Option<Vec<u8>> {
        let parts: Vec<&str> = text.split(' ').collect();
        if parts.len() > PARTS_MAX || self.is_empty() {
            return None;
        }
        let mut bytes = vec![TAG_REFERENCE];
        head(&mut bytes, ARRAY, parts.len() as u64);
        for part in parts {
            let part = text_item(part);
            match self.numbers.get(&part) {
                Some(number) => head(&mut bytes, 0, u64::from(*number)),
                None => bytes.extend(part),
            }
        }
        Some(bytes)
    }
}

/// A text as CBOR, as words of texts are told.
#[must_use]
pub fn text_item(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 3);
    head(&mut bytes, TEXT, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// One whole item, without references of its own.
fn is_word(word: &[u8]) -> bool {
    let whole = word.len() <= WORD_MAX && extent(word, DEPTH_MAX) == Some(word.len());
    let mut rest = word;
    while let Some((item, after)) = split(rest) {
        if item.major == TAG {
            return false;
        }
        rest = after;
    }
    whole
}

/// How long the first item of `bytes` is, with all that it holds.
fn extent(bytes: &[u8], depth: u8) -> Option<usize> {
    let (item, _) = split(bytes)?;
    let holds = match item.major {
        _ if !item.definite => return None, // nothing of ours is written so
        ARRAY => item.value,
        MAP => item.value.checked_mul(2)?,
        TAG => 1,
        _ => 0,
    };
    let mut len = item.bytes.len();
    for _ in 0..holds {
        len += extent(bytes.get(len..)?, depth.checked_sub(1)?)?;
    }
    Some(len)
}

/// Why an event cannot be unpacked. Carries nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// A number whose word the stream has not told.
    #[error("word {0} was never told")]
    Unknown(u32),
    /// No CBOR.
    #[error("not CBOR")]
    Malformed,
    /// It grows beyond [`UNPACKED_MAX`].
    #[error("too long")]
    TooLong,
}

/// Puts the words back; `word(n)` is the stream's n-th. Bytes without references come back as they are.
///
/// # Errors
///
/// [`UnpackError`].
pub fn unpack(
    packed: &[u8],
    mut word: impl FnMut(u32) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, UnpackError> {
    let mut cbor = Vec::with_capacity(packed.len());
    let mut rest = packed;
    let mut known = |number: Option<u32>| {
        let number = number.ok_or(UnpackError::Malformed)?;
        word(number).ok_or(UnpackError::Unknown(number))
    };
    while !rest.is_empty() {
        let (item, mut after) = split(rest).ok_or(UnpackError::Malformed)?;
        if item.bytes == [TAG_REFERENCE] {
            let (named, behind) = split(after).ok_or(UnpackError::Malformed)?;
            after = behind;
            match named.major {
                ARRAY if named.definite => after = parts(&mut cbor, &named, behind, &mut known)?,
                _ => cbor.extend(known(named.number())?),
            }
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

/// Joins a text that was sent by its words; returns what follows it.
fn parts<'a>(
    cbor: &mut Vec<u8>,
    array: &Item<'_>,
    mut rest: &'a [u8],
    known: &mut impl FnMut(Option<u32>) -> Result<Vec<u8>, UnpackError>,
) -> Result<&'a [u8], UnpackError> {
    let mut parts = Vec::new();
    for _ in 0..array.value {
        let (part, after) = split(rest).ok_or(UnpackError::Malformed)?;
        let text = match part.text() {
            Some(text) => text.to_owned(),
            None => {
                let word = known(part.number())?;
                let (word, _) = split(&word).ok_or(UnpackError::Malformed)?;
                word.text().ok_or(UnpackError::Malformed)?.to_owned()
            }
        };
        parts.push(text);
        rest = after;
        if parts.len() > PARTS_MAX {
            return Err(UnpackError::Malformed);
        }
    }
    cbor.extend(text_item(&parts.join(" ")));
    Ok(rest)
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
