//! Bytes of text to characters, one at a time.
//!
//! ```text
//! bytes   D4 │ C6 C9 │ D1 41        (chunks end anywhere)
//! takes   D4 ─ C6 → 云   C9 ─ D1 → 裳   41 → A
//! ```
//!
//! # Invariants
//!
//! - However the bytes are chopped, the characters are the same.
//! - At most four bytes wait for the rest of their character.
//!
//! Not here: which charset is in force and what its codes mean (`receipt::code_page`).

use crate::receipt::code_page::{Charset, decode};

/// Collects the bytes of one character.
#[derive(Clone, Debug, Default)]
pub(crate) struct Characters {
    waiting: Vec<u8>,
}

impl Characters {
    /// Takes the next byte and hands out what it completes.
    pub(crate) fn push(&mut self, byte: u8, charset: Charset, mut each: impl FnMut(char)) {
        let continues = matches!(byte, 0x80..=0xBF);
        if charset == Charset::Utf8 && !self.waiting.is_empty() && !continues {
            self.finish(charset, &mut each);
        }
        self.waiting.push(byte);
        if self.waiting.len() >= length(charset, &self.waiting) {
            self.finish(charset, each);
        }
    }

    /// Ends a run of text: half a character becomes U+FFFD.
    pub(crate) fn finish(&mut self, charset: Charset, mut each: impl FnMut(char)) {
        match self.waiting[..] {
            [] => return,
            [byte @ 0x20..=0x7E] => each(char::from(byte)),
            _ => decode(charset, &self.waiting).chars().for_each(each),
        }
        self.waiting.clear();
    }
}

/// Bytes of the character that begins with `head`, as far as that can be told.
fn length(charset: Charset, head: &[u8]) -> usize {
    match (charset, head) {
        (Charset::Table(_), _) | (_, [0..=0x80, ..] | []) => 1,
        (Charset::Gb18030, [_, b'0'..=b'9', ..]) => 4,
        (Charset::ShiftJis, [0xA0..=0xDF, ..]) => 1,
        (Charset::Utf8, [0xC2..=0xDF, ..]) => 2,
        (Charset::Utf8, [0xE0..=0xEF, ..]) => 3,
        (Charset::Utf8, [0xF0..=0xF4, ..]) => 4,
        (Charset::Utf8, _) | (_, [0xFF, ..]) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(charset: Charset, bytes: &[u8]) -> String {
        let (mut characters, mut text) = (Characters::default(), String::new());
        for &byte in bytes {
            characters.push(byte, charset, |character| text.push(character));
        }
        characters.finish(charset, |character| text.push(character));
        text
    }

    #[test]
    fn every_charset_is_cut_into_whole_characters() {
        assert_eq!(read(Charset::Gb18030, b"\xd4\xc6A\xc9\xd1"), "云A裳");
        assert_eq!(read(Charset::Gb18030, b"\x81\x30\x81\x30"), "\u{80}", "four bytes");
        assert_eq!(read(Charset::Utf8, "回头€😀".as_bytes()), "回头€😀");
        assert_eq!(read(Charset::ShiftJis, b"\xb1\x93\xfa"), "ｱ日");
        assert_eq!(read(Charset::EucKr, b"\xc7\xd1"), "한");
        assert_eq!(read(Charset::Table(437), b"\x82"), "é");
    }

    #[test]
    fn half_a_character_costs_no_more_than_itself() {
        assert_eq!(read(Charset::Utf8, b"\xe5\x9bA"), "\u{FFFD}A");
        assert_eq!(read(Charset::Gb18030, b"A\xd4"), "A\u{FFFD}");
    }
}
