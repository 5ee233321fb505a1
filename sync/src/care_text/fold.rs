//! Folding: what a text reads like, whatever signs it was written with, and where each sign stood.
//!
//! ```text
//! "Ｖ優\u{200b}惠 ①"  ─▶  'v' '优' '惠' ' ' '1'      each with its bytes in the text
//! ```
//!
//! Small letters, half width, simplified characters; what cannot be seen is dropped; letters and characters that stand
//! apart one by one ("S A L E", "满 三 百") are moved together.
//!
//! # Invariants
//!
//! - `at` has one range for each sign, within the text, on character borders, in order.
//! - Folding is linear in the text.
//!
//! Not here: words written with false characters (`hidden`).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// A text as it is judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    /// The signs.
    pub(super) signs: Vec<char>,
    /// For each sign, its bytes in the text as written.
    pub(super) at: Vec<Range<usize>>,
}

impl Folded {
    /// Folds `text`.
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self::default();
        for (start, written) in text.char_indices() {
            let at = start..start + written.len_utf8();
            folded.take(written, at);
        }
        folded.together()
    }

    fn take(&mut self, written: char, at: Range<usize>) {
        if unseen(written) {
            return;
        }
        let plain = plain(written);
        if plain == ' ' && self.signs.last().is_none_or(|last| last.is_whitespace()) {
            return;
        }
        match circled(plain) {
            Some(number @ 10..) => {
                self.push(char::from(b'0' + number / 10), at.clone());
                self.push(char::from(b'0' + number % 10), at);
            }
            Some(number) => self.push(char::from(b'0' + number), at),
            None => plain.to_lowercase().take(1).for_each(|small| self.push(small, at.clone())),
        }
    }

    fn push(&mut self, sign: char, at: Range<usize>) {
        self.signs.push(sign);
        self.at.push(at);
    }

    /// Moves signs together that stand apart one by one with the same sign between them, three or more.
    fn together(self) -> Self {
        let mut kept = Self::default();
        let mut from = 0;
        while from < self.signs.len() {
            let run = self.apart(from);
            let step = if run >= 3 { 2 } else { 1 };
            let end = if run >= 3 { from + 2 * run - 1 } else { from + 1 };
            for index in (from..end).step_by(step) {
                kept.push(self.signs[index], self.at[index].clone());
            }
            from = end;
        }
        kept
    }

    /// Returns how many signs stand apart one by one from `from` on.
    fn apart(&self, from: usize) -> usize {
        let sign = |index: usize| self.signs.get(index).copied().unwrap_or('\n');
        let alone = |index: usize| sign(index).is_alphanumeric();
        if !alone(from) || (from > 0 && joins(sign(from - 1), sign(from))) {
            return 0;
        }
        let between = sign(from + 1);
        if !matches!(between, ' ' | '.' | '·' | '*' | '_' | '-' | '/' | '|' | '~' | '・') {
            return 0;
        }
        let digits_only = |run: usize| (0..run).all(|step| sign(from + 2 * step).is_ascii_digit());
        let mut run = 1;
        while sign(from + 2 * run - 1) == between && alone(from + 2 * run) {
            run += 1;
        }
        // The last one belongs to a longer word: "a b cd".
        if run > 1 && joins(sign(from + 2 * run - 2), sign(from + 2 * run - 1)) {
            run -= 1;
        }
        if digits_only(run) { 0 } else { run }
    }
}

/// Says whether two neighbours read as one word or run of characters.
fn joins(left: char, right: char) -> bool {
    left.is_alphanumeric() && right.is_alphanumeric()
}

/// Says whether a sign is CJK, so that it stands for itself without blanks around it.
pub(super) fn is_han(sign: char) -> bool {
    matches!(sign, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Signs that are written and not seen: joiners, direction marks, variation selectors, accents put over a letter.
fn unseen(sign: char) -> bool {
    matches!(sign,
        '\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{300}'..='\u{36f}'
        | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Half width, Latin for its doubles, simplified.
fn plain(sign: char) -> char {
    let half = match sign {
        '\n' | '\u{2028}' | '\u{2029}' => '\n',
        '\r' | '\t' | '\u{3000}' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => {
            ' '
        }
        '\u{ff01}'..='\u{ff5e}' => shifted(sign, 0xff01, 0x21),
        '\u{ffe5}' => '¥',
        '\u{ffe1}' => '£',
        '\u{1d400}'..='\u{1d6a3}' => lettered((u32::from(sign) - 0x1d400) % 52),
        '\u{1d7ce}'..='\u{1d7ff}' => {
            char::from_digit((u32::from(sign) - 0x1d7ce) % 10, 10).unwrap_or(sign)
        }
        '\u{24b6}'..='\u{24cf}' => shifted(sign, 0x24b6, 0x61),
        '\u{24d0}'..='\u{24e9}' => shifted(sign, 0x24d0, 0x61),
        '\u{1f130}'..='\u{1f149}' => shifted(sign, 0x1f130, 0x61),
        '\u{1f150}'..='\u{1f169}' => shifted(sign, 0x1f150, 0x61),
        '\u{1f170}'..='\u{1f189}' => shifted(sign, 0x1f170, 0x61),
        '\u{1f1e6}'..='\u{1f1ff}' => shifted(sign, 0x1f1e6, 0x61),
        '’' | '‘' | '`' | '´' => '\'',
        '“' | '”' | '„' | '「' | '」' | '『' | '』' => '"',
        '–' | '—' | '−' | '‐' | '‑' => '-',
        _ => double(sign),
    };
    SIMPLIFIED.get(&half).copied().unwrap_or(half)
}

fn shifted(sign: char, from: u32, to: u32) -> char {
    char::from_u32(u32::from(sign) - from + to).unwrap_or(sign)
}

fn lettered(place: u32) -> char {
    char::from_u32(u32::from('a') + place % 26).unwrap_or('a')
}

/// Greek and Cyrillic letters that look like Latin ones, and Latin ones with accents.
fn double(sign: char) -> char {
    const DOUBLES: &str = "аaеeоoрpсcхxуyіiѕsјjԁdһhкkмmтtвbнhАaЕeОoРpСcХxУyІiЅsЈjКkМmТtВbНhαaοoρpνvκkιiΑaΕeΟoΡpΚkΙiΤtΒbΗhΝnΜmΖz\
        àaáaâaãaäaåaèeéeêeëeìiíiîiïiòoóoôoõoöoùuúuûuüuñnçcÀaÁaÈeÉeÍiÓoÖoÚuÜu";
    if sign.is_ascii() || is_han(sign) {
        return sign;
    }
    let mut pairs = DOUBLES.chars();
    while let (Some(other), Some(latin)) = (pairs.next(), pairs.next()) {
        if other == sign {
            return latin;
        }
    }
    sign
}

/// ① to ⑳ and their black and bracketed likes.
fn circled(sign: char) -> Option<u8> {
    let place = |first: u32| u8::try_from(u32::from(sign) - first + 1).ok();
    match sign {
        '\u{2460}'..='\u{2473}' => place(0x2460),
        '\u{2474}'..='\u{2487}' => place(0x2474),
        '\u{2776}'..='\u{277f}' => place(0x2776),
        '\u{2780}'..='\u{2789}' => place(0x2780),
        '\u{278a}'..='\u{2793}' => place(0x278a),
        '\u{24ea}' | '\u{24ff}' => Some(0),
        _ => None,
    }
}

/// Traditional characters that a keyboard types, each followed by its simplified one (from OpenCC's `TSCharacters`).
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs: Vec<char> =
        include_str!("traditional.txt").chars().filter(|sign| !sign.is_whitespace()).collect();
    pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});
