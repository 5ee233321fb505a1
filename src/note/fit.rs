//! Rows that fit the paper: measured by cells, broken where a reader would.
//!
//! ```text
//! 客服400-800-1234 投诉0571-8765-4321     at 32 columns
//! └ breaks at the space, not inside a number, and no row begins with , or 。
//! ```
//!
//! # Invariants
//!
//! - No row is wider than asked; nothing but spaces and control characters is lost.
//! - A character beyond ASCII counts two cells: in the double-byte sets of printers `·` and `é`
//!   are as wide as 李. Where they are narrower a row only ends earlier.
//!
//! Not here: which characters a code page has (`receipt::code_page`).

/// Signs that no row may begin with.
const CLOSING: &str = ",.;:!?)]}%,。;:!?、)]》」』…·度";
/// Signs that no row may end with.
const OPENING: &str = "([{([《「『";

/// Cells of `text` on the widest paper it may meet.
#[must_use]
pub fn cells(text: &str) -> usize {
    text.chars().map(cells_of).sum()
}

const fn cells_of(symbol: char) -> usize {
    match symbol {
        '\0'..='\u{7F}' | '\u{FF61}'..='\u{FF9F}' => 1,
        _ => 2,
    }
}

/// Breaks a text into rows of at most `width` cells; rows after the first keep its indent.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let symbols: Vec<char> = text.chars().filter(|symbol| !symbol.is_control()).collect();
    let indent = symbols.iter().take_while(|&&symbol| symbol == ' ').count().min(width / 8);
    let body: Vec<char> = symbols.into_iter().skip_while(|&symbol| symbol == ' ').collect();
    let (mut rest, mut rows) = (&body[..], Vec::new());
    while !rest.is_empty() {
        let count = fitting(rest, width - indent);
        let at = if count == rest.len() { count } else { break_at(rest, count.max(1)) };
        let row: String = rest[..at].iter().collect();
        rows.push(format!("{}{}", " ".repeat(indent), row.trim_end()));
        rest = &rest[at..];
        while let [' ', after @ ..] = rest {
            rest = after;
        }
    }
    rows
}

/// How many of `symbols` fit into `width` cells.
fn fitting(symbols: &[char], width: usize) -> usize {
    let mut used = 0;
    let over = symbols.iter().position(|&symbol| {
        used += cells_of(symbol);
        used > width
    });
    over.unwrap_or(symbols.len())
}

/// Where to break, at most after `count`: at a space if one is not too far back, else between
/// characters that may part, else anywhere.
fn break_at(symbols: &[char], count: usize) -> usize {
    let back = || (1..=count).rev();
    let is_space = |&at: &usize| symbols[at] == ' ' || symbols[at - 1] == ' ';
    let space = back().find(is_space).filter(|at| at * 3 >= count);
    space.or_else(|| back().find(|&at| may_part(symbols, at))).unwrap_or(count)
}

fn may_part(symbols: &[char], at: usize) -> bool {
    let (before, after) = (symbols[at - 1], symbols[at]);
    if CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    match (before.is_ascii_graphic(), after.is_ascii_graphic()) {
        // 手洗,30度: a comma after Chinese ends a phrase, whatever follows.
        (true, true) => matches!(before, ',' | ';') && at > 1 && !symbols[at - 2].is_ascii(),
        (true, false) => !before.is_ascii_digit() || after == ' ',
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_break_where_a_reader_would() {
        assert_eq!(
            wrap("Hand wash below 30 degrees, dry flat", 20),
            ["Hand wash below 30", "degrees, dry flat"]
        );
        assert_eq!(wrap("一二三四五六", 5), ["一二", "三四", "五六"]);
        assert_eq!(
            wrap("客服400-800-1234 投诉0571-8765-4321", 32),
            ["客服400-800-1234", "投诉0571-8765-4321"]
        );
        assert_eq!(wrap(" 反面阴干,低温熨", 12), [" 反面阴干,低", " 温熨"]);
        assert_eq!(wrap("李女士,谢谢您", 6), ["李女", "士,谢", "谢您"]);
        assert_eq!(wrap("水温在30度内", 8), ["水温在", "30度内"]);
        assert_eq!(wrap("   ", 8), [""; 0]);
    }

    proptest! {
        /// Whatever the words, no row is wider than the paper, and nothing but spaces is lost.
        #[test]
        fn wrapped_rows_fit_and_keep_every_character(text in "[a-z 一-鿿,。·é0-9]{0,80}", width in 4usize..50) {
            let rows = wrap(&text, width);
            prop_assert!(rows.iter().all(|row| cells(row) <= width && !row.trim().is_empty()));
            let squeezed = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(squeezed(&rows.concat()), squeezed(&text));
        }
    }
}
