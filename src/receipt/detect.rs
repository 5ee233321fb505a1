//! Guesses the charset of a slip that does not say which one it is in.
//!
//! The same bytes are valid in several charsets, so each candidate is scored over the whole slip:
//! characters that receipts are full of count most, other common ones some, rare ones and errors
//! against it.
//!
//! Not here: commands that name a charset (`code_page`).
//!
//! Sources: GB 2312 level 1 is rows 16-55, level 2 rows 56-87; KS X 1001 hangul rows 16-40; Big5
//! level 1 is lead 0xA4-0xC6; Shift_JIS kana leads 0x82 and 0x83 (Lunde, CJKV Information
//! Processing, 2nd ed., ch. 3 and 4).

use crate::receipt::code_page::{Charset, CodePageState, decode};
use firmware_bridge::token::{Kind, Tokenizer};

/// Bytes that are scored: enough to be sure, few enough for a hostile slip.
const EVIDENCE_MAX: usize = 16 << 10;

/// What the slip's bytes say about its charset.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Guess {
    /// The best candidate; `None` if the bytes are ASCII or fit none.
    pub charset: Option<Charset>,
    /// Some text byte is from 0x80 up.
    pub beyond_ascii: bool,
}

/// Guesses from the text of `slip` that no command tied to a single-byte table.
#[must_use]
pub fn detect(prelude: &[u8], slip: &[u8]) -> Guess {
    let evidence = Evidence::gather(prelude, slip);
    let best = [Charset::Utf8, Charset::Gb18030, Charset::Big5, Charset::EucKr, Charset::ShiftJis]
        .into_iter()
        .map(|charset| (score(charset, &evidence.text), charset))
        .filter(|(score, _)| *score > 0)
        // `max_by_key` would take the last of equals; the order above is by how common they are.
        .rev()
        .max_by_key(|(score, _)| *score);
    Guess { charset: best.map(|(_, charset)| charset), beyond_ascii: evidence.beyond_ascii }
}

#[derive(Default)]
struct Evidence {
    /// Text runs with high bytes in them, a line feed between.
    text: Vec<u8>,
    /// The same for runs after `ESC t n`: Chinese all the same on a clone, but not where the
    /// stream goes through several tables.
    tabled: Vec<u8>,
    table: Option<u8>,
    tables: u8,
    beyond_ascii: bool,
}

impl Evidence {
    fn gather(prelude: &[u8], slip: &[u8]) -> Self {
        let mut found = Self::default();
        let mut state = CodePageState::default();
        for (bytes, counts) in [(prelude, false), (slip, true)] {
            let mut tokenizer = Tokenizer::default();
            tokenizer.push(bytes, |token, _| match token.kind {
                Kind::Command { .. } => {
                    state.apply(token.bytes);
                    found.hear(token.bytes);
                }
                Kind::Text if counts => found.take(token.bytes, state),
                _ => {}
            });
        }
        if found.tables < 2 {
            found.text.append(&mut found.tabled);
        }
        found
    }

    fn hear(&mut self, command: &[u8]) {
        if let [0x1B, b't', n @ 0..=254] = *command
            && self.table != Some(n)
        {
            self.table = Some(n);
            self.tables = self.tables.saturating_add(1);
        }
    }

    fn take(&mut self, run: &[u8], state: CodePageState) {
        if run.is_ascii() {
            return;
        }
        self.beyond_ascii = true;
        let text = if state.is_tabled() { &mut self.tabled } else { &mut self.text };
        if !state.is_single_byte() && text.len() < EVIDENCE_MAX {
            text.extend(&run[..run.len().min(EVIDENCE_MAX)]);
            text.push(b'\n');
        }
    }
}

/// How well `bytes` read in `charset`; above 0 is plausible.
fn score(charset: Charset, bytes: &[u8]) -> i32 {
    let text = decode(charset, bytes);
    let mut before = '\n';
    let mut points = 0;
    for symbol in text.chars() {
        points += worth(charset, symbol);
        // "jordb喪med": a letter with an accent, read as half of a character.
        if !symbol.is_ascii() && before.is_ascii_lowercase() {
            points -= 8;
        }
        before = symbol;
    }
    points
}

fn worth(charset: Charset, symbol: char) -> i32 {
    if symbol.is_ascii() {
        return 0;
    }
    if symbol == char::REPLACEMENT_CHARACTER {
        return -12;
    }
    if matches!(symbol, '\u{E000}'..='\u{F8FF}' | '\u{80}'..='\u{9F}') {
        return -6;
    }
    match charset {
        Charset::Utf8 => 9, // hardly any other text is valid UTF-8 by chance
        Charset::Gb18030 => simplified(symbol),
        Charset::Big5 => traditional(symbol),
        Charset::EucKr => korean(symbol),
        Charset::ShiftJis => japanese(symbol),
        Charset::Table(_) => 0,
    }
}

/// Signs that receipts use in every CJK charset.
const fn is_sign(symbol: char) -> bool {
    matches!(
        symbol,
        '\u{3000}'..='\u{3002}'
            | '\u{FF01}'..='\u{FF5E}'
            | '￥' | '¥' | '—' | '─' | '━' | '═' | '…' | '×' | '【' | '】' | '℃' | '★' | '※'
    )
}

const SIMPLIFIED: &str = "单号收银员合计金额数量日期时间店会员找零现付总折扣品名电话地址小票欢迎\
    谢光临应实优惠支手机积分商交易门导购退货原价元件公司衣服色码";
const TRADITIONAL: &str = "單號收銀員合計金額數量日期時間店會員找零現付總折扣品名電話地址小票歡迎\
    謝光臨應實優惠支手機積分商交易門導購退貨原價元件公司衣服色碼統編發";
const HANGUL: &str =
    "합계금액수량단가판매일시간전표번호회원적립카드현부세원점고객용가보관승인거래총주소";
const KANJI: &str = "合計小税込消費点数現金預釣円店電話領収書様日時番号担当年月商品会員";

fn simplified(symbol: char) -> i32 {
    if SIMPLIFIED.contains(symbol) {
        return 6;
    }
    if is_sign(symbol) {
        return 2;
    }
    let code = code_of(encoding_rs::GB18030, symbol);
    match code {
        [0xB0..=0xD7, 0xA1..=0xFE] => 3,
        [0xD8..=0xF7, 0xA1..=0xFE] => 1,
        [0xA1..=0xA9, 0xA1..=0xFE] => 0,
        _ => -3,
    }
}

fn traditional(symbol: char) -> i32 {
    if TRADITIONAL.contains(symbol) {
        return 6;
    }
    if is_sign(symbol) {
        return 2;
    }
    match code_of(encoding_rs::BIG5, symbol) {
        [0xA4..=0xC6, _] => 3,
        [0xC9..=0xF9, _] => 0,
        [0xA1..=0xA3, _] => 0,
        _ => -2,
    }
}

fn korean(symbol: char) -> i32 {
    if HANGUL.contains(symbol) {
        return 6;
    }
    if is_sign(symbol) {
        return 2;
    }
    match code_of(encoding_rs::EUC_KR, symbol) {
        [0xB0..=0xC8, 0xA1..=0xFE] => 3,
        [0xCA..=0xFD, 0xA1..=0xFE] => -2, // hanja: hardly ever on a receipt
        [0xA1..=0xAC, 0xA1..=0xFE] => 0,
        _ => -3,
    }
}

fn japanese(symbol: char) -> i32 {
    match symbol {
        'ぁ'..='ん' | 'ァ'..='ー' => 4,
        // GB 2312 bytes all read as half-width kana, so these prove nothing.
        '\u{FF61}'..='\u{FF9F}' => 0,
        _ if KANJI.contains(symbol) => 5,
        _ if is_sign(symbol) => 2,
        _ => match code_of(encoding_rs::SHIFT_JIS, symbol) {
            [0x88..=0x98, _] => 2,
            _ => -2,
        },
    }
}

/// The two bytes of `symbol`, or zeros if it has not two.
fn code_of(encoding: &'static encoding_rs::Encoding, symbol: char) -> [u8; 2] {
    let mut buffer = [0; 4];
    let (bytes, _, _) = encoding.encode(symbol.encode_utf8(&mut buffer));
    <[u8; 2]>::try_from(bytes.as_ref()).unwrap_or([0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::code_page::encode;

    fn guess_of(charset: Charset, text: &str) -> Option<Charset> {
        detect(b"", &encode(charset, text).unwrap()).charset
    }

    #[test]
    fn each_charset_is_known_by_a_short_receipt() {
        for (charset, text) in [
            (Charset::Gb18030, "羊毛大衣  1  88.00\n合计：88.00"),
            (Charset::Gb18030, "绿源生鲜\n抹角分 -0.05"),
            (Charset::Utf8, "云裳衣坊"),
            (Charset::Big5, "單號：1\n羊毛大衣 1 88.00\n總計 88.00"),
            (Charset::EucKr, "예제도서 가나다라\n합계액 17,000"),
            (Charset::ShiftJis, "領収書\nコーヒー 1点\n合計 ¥330".replace('¥', "").as_str()),
        ] {
            assert_eq!(guess_of(charset, text), Some(charset), "{text}");
        }
    }

    #[test]
    fn a_few_accented_letters_are_no_double_byte_text() {
        assert_eq!(detect(b"", b"Caf\x82 M\x81ller & S\x94hne\n").charset, None);
        assert_eq!(detect(b"", b"TOTAL 7.00\n"), Guess::default());
    }

    #[test]
    fn text_tied_to_a_table_is_no_evidence() {
        let guess = detect(b"", b"\x1C.\x1Bt\x01\x95\x95\x95\x95\n");
        assert_eq!(guess, Guess { charset: None, beyond_ascii: true });
    }
}
