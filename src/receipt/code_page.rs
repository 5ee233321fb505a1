//! Code pages: what a byte from 0x80 up means on paper, and how wide it is.
//!
//! ```text
//! 1C 26 │ D4 C6 C9 D1 │ 1C 2E │ 1B 74 10 │ 80
//! kanji │ "云裳", 2×2  │ off   │ table 16 │ "€", CP1252, 1 column
//! ```
//!
//! A stream often mixes: a [`Charset`] holds for a run of text, and [`CodePageState`] follows the
//! commands between the runs.
//!
//! # Invariants
//!
//! - [`decode`] takes any bytes; what is no character becomes U+FFFD.
//! - [`encode`] gives bytes that [`decode`] reads back as the same text, or `None`.
//!
//! Not here: guessing the charset of a stream that says nothing (`receipt/detect`), where a
//! character stands (`receipt/screen`).

use encoding_rs::Encoding;
use oem_cp::code_table::{DECODING_TABLE_CP_MAP, ENCODING_TABLE_CP_MAP};
use serde::Serialize;

/// How the bytes of a run of text are read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// Simplified Chinese; GBK and GB2312 are parts of it.
    Gb18030,
    /// Traditional Chinese, Taiwan and Hong Kong.
    Big5,
    /// Japanese, with half-width katakana as single bytes.
    ShiftJis,
    /// Korean, KS X 1001 and its extension CP949.
    EucKr,
    /// Unicode, as newer firmware takes it.
    Utf8,
    /// A single-byte table by its IBM or Windows number, e.g. 437, 866, 1252. 932 is Epson's page
    /// of half-width katakana; 28592, 28597 and 28605 are ISO 8859-2, -7 and -15.
    Table(u16),
}

/// The katakana page (`ESC t 1`): no Windows number has it alone, so it goes by Japan's.
const KATAKANA: u16 = 932;

/// `ESC t n` to code page numbers.
///
/// Source: Epson ESC/POS command reference, `ESC t`, character code tables of the TM-T88VI;
/// 20, 21 and 26 are the Thai codes 42, 11 and 18, near enough to Windows 874.
const ESC_T: [(u8, u16); 36] = [
    (0, 437),
    (1, KATAKANA),
    (2, 850),
    (3, 860),
    (4, 863),
    (5, 865),
    (13, 857),
    (14, 737),
    (15, 28597),
    (16, 1252),
    (17, 866),
    (18, 852),
    (19, 858),
    (20, 874),
    (21, 874),
    (26, 874),
    (32, 720),
    (33, 775),
    (34, 855),
    (35, 861),
    (36, 862),
    (37, 864),
    (38, 869),
    (39, 28592),
    (40, 28605),
    (45, 1250),
    (46, 1251),
    (47, 1253),
    (48, 1254),
    (49, 1255),
    (50, 1256),
    (51, 1257),
    (52, 1258),
    (66, 857),
    (71, 874),
    (72, 1252),
];

impl Charset {
    /// Whether one character may take several bytes.
    #[must_use]
    pub const fn is_multi_byte(self) -> bool {
        !matches!(self, Self::Table(_))
    }

    /// Its usual name in lower case, e.g. `gb18030`, `shift-jis`, `cp437`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Gb18030 => "gb18030".into(),
            Self::Big5 => "big5".into(),
            Self::ShiftJis => "shift-jis".into(),
            Self::EucKr => "euc-kr".into(),
            Self::Utf8 => "utf-8".into(),
            Self::Table(KATAKANA) => "katakana".into(),
            Self::Table(number @ 28592..=28606) => format!("iso-8859-{}", number - 28590),
            Self::Table(number) => format!("cp{number}"),
        }
    }

    /// Display columns of one character printed in this charset.
    ///
    /// A double-byte character fills a double-width cell, `×` and `…` too; in a table every
    /// character is one cell.
    #[must_use]
    pub fn width(self, symbol: char) -> usize {
        match (self, symbol) {
            (Self::Table(_), _) | (_, '\0'..='\u{7F}' | '\u{FF61}'..='\u{FF9F}' | '\u{FFFD}') => 1,
            (Self::Utf8, _) => columns_of(symbol),
            _ => 2,
        }
    }

    fn encoding(self) -> Option<&'static Encoding> {
        Some(match self {
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Big5 => encoding_rs::BIG5,
            Self::ShiftJis => encoding_rs::SHIFT_JIS,
            Self::EucKr => encoding_rs::EUC_KR,
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Table(1250) => encoding_rs::WINDOWS_1250,
            Self::Table(1251) => encoding_rs::WINDOWS_1251,
            Self::Table(1252) => encoding_rs::WINDOWS_1252,
            Self::Table(1253) => encoding_rs::WINDOWS_1253,
            Self::Table(1254) => encoding_rs::WINDOWS_1254,
            Self::Table(1255) => encoding_rs::WINDOWS_1255,
            Self::Table(1256) => encoding_rs::WINDOWS_1256,
            Self::Table(1257) => encoding_rs::WINDOWS_1257,
            Self::Table(1258) => encoding_rs::WINDOWS_1258,
            Self::Table(28592) => encoding_rs::ISO_8859_2,
            Self::Table(28597) => encoding_rs::ISO_8859_7,
            Self::Table(28605) => encoding_rs::ISO_8859_15,
            Self::Table(_) => return None,
        })
    }
}

/// Reads `bytes` as text in `charset`; what is no character becomes U+FFFD.
///
/// A table that we do not have reads as ASCII, its upper half as U+FFFD.
#[must_use]
pub fn decode(charset: Charset, bytes: &[u8]) -> String {
    if let Some(encoding) = charset.encoding() {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    match charset {
        Charset::Table(KATAKANA) => bytes.iter().map(|&byte| katakana(byte)).collect(),
        Charset::Table(number) => match DECODING_TABLE_CP_MAP.get(&number) {
            Some(table) => table.decode_string_lossy(bytes),
            None => bytes.iter().map(|&byte| ascii(byte)).collect(),
        },
        _ => String::new(),
    }
}

/// Writes `text` in `charset`, or `None` if a character is not in it.
///
/// Beyond the Basic Multilingual Plane it is `None` in GB18030 too: it has codes for emoji, no
/// printer has their glyphs.
#[must_use]
pub fn encode(charset: Charset, text: &str) -> Option<Vec<u8>> {
    if charset == Charset::Gb18030 && text.chars().any(|symbol| symbol > '\u{FFFF}') {
        return None;
    }
    let bytes = match (charset, charset.encoding()) {
        (_, Some(encoding)) => {
            let (bytes, _, unmapped) = encoding.encode(text);
            (!unmapped).then(|| bytes.into_owned())?
        }
        (Charset::Table(KATAKANA), _) => text.chars().map(katakana_byte).collect::<Option<_>>()?,
        (Charset::Table(number), _) => match ENCODING_TABLE_CP_MAP.get(&number) {
            Some(table) => oem_cp::encode_string_checked(text, table)?,
            None => text.is_ascii().then(|| text.as_bytes().to_vec())?,
        },
        _ => return None,
    };
    // Some codes are one-way: the encoder of Shift_JIS folds `¥` to a backslash.
    (decode(charset, &bytes) == text).then_some(bytes)
}

/// Display columns of `text`: 2 for wide and full-width characters (UAX #11, W and F), else 1.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

const fn columns_of(symbol: char) -> usize {
    match symbol {
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{303E}'
        | '\u{3041}'..='\u{A4CF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE10}'..='\u{FE19}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF01}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1F64F}'
        | '\u{1F680}'..='\u{1F6FF}'
        | '\u{1F900}'..='\u{1F9FF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

fn ascii(byte: u8) -> char {
    if byte < 0x80 { char::from(byte) } else { char::REPLACEMENT_CHARACTER }
}

/// 0x80 to 0x9F and 0xE0 to 0xFE of Epson's katakana page; the kana stand between.
///
/// Source: Epson ESC/POS command reference, character code tables, page 1.
const KATAKANA_SIGNS: &str = "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯\
                              ═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒";

fn katakana(byte: u8) -> char {
    let sign = |at: u8| KATAKANA_SIGNS.chars().nth(usize::from(at));
    let symbol = match byte {
        0x80..=0x9F => sign(byte - 0x80),
        0xA1..=0xDF => char::from_u32(0xFEC0 + u32::from(byte)),
        0xE0..=0xFE => sign(byte - 0xC0),
        _ => Some(ascii(byte)),
    };
    symbol.unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn katakana_byte(symbol: char) -> Option<u8> {
    (0..=0xFE).find(|&byte| katakana(byte) == symbol && symbol != char::REPLACEMENT_CHARACTER)
}

/// Follows the commands that choose a code page, from `ESC @` on.
///
/// Clone printers start in kanji mode and print GBK without being told; the `default` that
/// [`charset`](Self::charset) takes stands for what such a printer, or this shop's, starts with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CodePageState {
    /// `ESC t n` as sent, if it was.
    table: Option<u8>,
    /// `FS &` or `FS .`, if one was sent.
    kanji: Option<bool>,
    /// A charset by name: `ESC 9 n`, `FS ( C`, `FS C n`, `ESC t 255`.
    named: Option<Charset>,
    /// `ESC R n`: which country's variants stand in a few ASCII places.
    country: u8,
}

impl CodePageState {
    /// Takes one whole command; others than those of code pages are ignored.
    pub fn apply(&mut self, command: &[u8]) {
        match *command {
            [0x1B, b'@', ..] => *self = Self::default(),
            [0x1B, b't', 255, ..] => self.named = Some(Charset::Gb18030),
            [0x1B, b't', n, ..] => self.table = Some(n),
            [0x1B, b'R', n, ..] => self.country = n,
            [0x1C, b'&', ..] => self.kanji = Some(true),
            [0x1C, b'.', ..] => self.kanji = Some(false),
            [0x1C, b'C', 1 | 2 | b'1' | b'2', ..] => self.named = Some(Charset::ShiftJis),
            [0x1B, b'9', n, ..] => self.named = by_clone_number(n).or(self.named),
            [0x1C, b'(', b'C', 2, 0, 0x30, n, ..] => self.utf8(matches!(n, 2 | b'2')),
            _ => {}
        }
    }

    fn utf8(&mut self, on: bool) {
        if on {
            self.named = Some(Charset::Utf8);
        } else if self.named == Some(Charset::Utf8) {
            self.named = None;
        }
    }

    /// How text from here on is read, where `default` holds if the stream has not said.
    ///
    /// A multi-byte default yields to `ESC t n` only after `FS .`: in kanji mode a clone takes
    /// two bytes for one character, whatever table is chosen beneath.
    #[must_use]
    pub fn charset(&self, default: Charset) -> Charset {
        let multi = self.named.unwrap_or(default);
        if multi.is_multi_byte() && self.kanji != Some(false) || self.named == Some(Charset::Utf8) {
            return multi;
        }
        match self.table {
            Some(n) => table(n),
            None if default.is_multi_byte() => table(0),
            None => default,
        }
    }

    /// Whether the stream left kanji mode with `FS .`.
    #[must_use]
    pub const fn is_single_byte(&self) -> bool {
        matches!(self.kanji, Some(false)) && !matches!(self.named, Some(Charset::Utf8))
    }

    /// Whether the stream chose a table, and neither kanji mode nor a charset by name.
    #[must_use]
    pub const fn is_tabled(&self) -> bool {
        self.table.is_some() && self.kanji.is_none() && self.named.is_none()
    }

    /// What the country chosen with `ESC R` prints in place of an ASCII sign; only currency signs.
    ///
    /// Source: Epson ESC/POS command reference, `ESC R`: 3 U.K., 8 Japan, 13 Korea, 15 China.
    #[must_use]
    pub const fn national(&self, symbol: char) -> char {
        match (self.country, symbol) {
            (3, '#') => '£',
            (8, '\\') | (15, '$') => '¥',
            (13, '\\') => '₩',
            _ => symbol,
        }
    }
}

/// `ESC 9 n` of Chinese clones: 0 GBK, 1 UTF-8, 3 Big5, 4 Shift-JIS, 5 EUC-KR.
const fn by_clone_number(n: u8) -> Option<Charset> {
    match n {
        0 | b'0' => Some(Charset::Gb18030),
        1 | b'1' => Some(Charset::Utf8),
        3 | b'3' => Some(Charset::Big5),
        4 | b'4' => Some(Charset::ShiftJis),
        5 | b'5' => Some(Charset::EucKr),
        _ => None,
    }
}

/// The charset of `ESC t n`; an unknown number prints as the first table does on most printers.
fn table(n: u8) -> Charset {
    let number = ESC_T.iter().find(|(code, _)| *code == n).map_or(437, |(_, number)| *number);
    Charset::Table(number)
}

#[cfg(test)]
mod tests;
