//! Folds the many forms of a printed sign into one: `：` is `:`, `￥` is `¥`, `８` is `8`.
//!
//! # Invariant
//!
//! - One character in, one out: an offset in the folded row is one in the printed row.
//!
//! Not here: what the words mean (`lexicon`).

/// One sign in the form that reading works with; letters keep their case.
pub(crate) const fn fold(symbol: char) -> char {
    match symbol {
        '\u{FF0A}' => '*',
        '\u{FF01}'..='\u{FF5E}' => ascii_of(symbol),
        '\u{3000}' | '\u{A0}' => ' ',
        '￥' | 'Ұ' => '¥',
        '￡' => '£',
        '、' | '،' => ',',
        '。' => '.',
        '×' | '✕' | '╳' | '✖' => '×',
        '—' | '–' | '−' | '―' | '─' | '━' => '-',
        '“' | '”' | '„' => '"',
        '‘' | '’' | '´' | '`' => '\'',
        '【' | '〔' => '[',
        '】' | '〕' => ']',
        _ => symbol,
    }
}

/// The full-width form's ASCII twin.
const fn ascii_of(symbol: char) -> char {
    match char::from_u32(symbol as u32 - 0xFEE0) {
        Some(twin) => twin,
        None => symbol,
    }
}

/// A folded row, character by character.
pub(crate) fn folded(text: &str) -> Vec<char> {
    text.chars().map(fold).collect()
}

/// A label as it is looked up: no spaces, no case, no punctuation.
pub(crate) fn key(text: impl IntoIterator<Item = char>) -> String {
    let letters = text.into_iter().map(fold).filter(|symbol| symbol.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Where in `text` each character of its key stands.
pub(crate) fn key_places(text: &[char]) -> Vec<usize> {
    let each = text.iter().enumerate();
    each.flat_map(|(at, symbol)| vec![at; key([*symbol]).chars().count()]).collect()
}

/// Whether a character belongs to a script that is written without spaces.
pub(crate) const fn is_cjk(symbol: char) -> bool {
    matches!(
        symbol,
        '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{FF66}'..='\u{FF9F}'
    )
}
