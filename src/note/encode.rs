//! Turns a note into the bytes of the receipt's own code page.
//!
//! Not here: what it says (the parent module), frames (`firmware_bridge::link`).

use firmware_bridge::link::NotePage;

use crate::receipt::code_page::{self, Charset};

use super::NoteRow;

/// A note in bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EncodedNote {
    /// How the bytes are to be printed.
    pub page: NotePage,
    /// Row by row: bytes, and whether bold.
    pub rows: Vec<(Vec<u8>, bool)>,
}

/// Encodes `rows` for a receipt that was printed in `printed`, on a printer that prints `default`
/// where a receipt holds ASCII only.
///
/// `None` if a character is not in the code page: the caller says it in another language then.
#[must_use]
pub fn encode(rows: &[NoteRow], printed: Option<Charset>, default: Charset) -> Option<EncodedNote> {
    let charset = printed.unwrap_or(default);
    let encoded = rows.iter().map(|row| Some((code_page::encode(charset, &row.text)?, row.bold)));
    let rows: Vec<_> = encoded.collect::<Option<_>>()?;
    let ascii = rows.iter().all(|(bytes, _)| bytes.is_ascii());
    let double_byte =
        matches!(charset, Charset::Gb18030 | Charset::Big5 | Charset::ShiftJis | Charset::EucKr);
    let page = if double_byte && !ascii { NotePage::Kanji } else { NotePage::AsPrinted };
    Some(EncodedNote { page, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_takes_the_receipts_own_code_page_or_says_that_it_cannot() {
        let rows = [NoteRow { text: "谢谢".into(), bold: true }];
        let gb = encode(&rows, None, Charset::Gb18030).unwrap();
        assert_eq!((gb.page, gb.rows[0].0.as_slice()), (NotePage::Kanji, &b"\xd0\xbb\xd0\xbb"[..]));
        let utf8 = encode(&rows, Some(Charset::Utf8), Charset::Gb18030).unwrap();
        assert_eq!(
            (utf8.page, utf8.rows[0].0.as_slice()),
            (NotePage::AsPrinted, "谢谢".as_bytes())
        );
        assert_eq!(encode(&rows, Some(Charset::Table(437)), Charset::Gb18030), None);
        let latin = [NoteRow { text: "Thanks".into(), bold: false }];
        assert!(encode(&latin, Some(Charset::Table(437)), Charset::Gb18030).is_some());
    }
}
