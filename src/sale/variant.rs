//! Colour and size in an item's name, as tills of clothes and shoes write them.
//!
//! ```text
//! 羊毛大衣 驼色/M     女单鞋 黑37     SLIM JEAN NAVY 32X32     衬衫 白 175/92A
//! ```
//!
//! The name itself stays as it is printed.
//!
//! Not here: style numbers (`items`), the words (`lexicon.toml`).

use crate::sale::fold::is_cjk;
use crate::sale::lexicon::lexicon;

/// Colour and size, where the name says them.
pub(crate) fn variant(name: &str) -> (Option<String>, Option<String>) {
    let (mut colour, mut size) = (None, None);
    // The first word is what it is; a lone 白 there is a shirt's name.
    let words = name.split([' ', ',', '，', '(', ')', '[', ']']).filter(|word| !word.is_empty());
    for word in words.skip(1) {
        let parts = if is_size(word) { vec![word] } else { word.split(['/', '-', '_']).collect() };
        for part in parts {
            let digits = part.find(|symbol: char| symbol.is_ascii_alphanumeric()).unwrap_or(0);
            let (front, back) = part.split_at(digits);
            if colour.is_none() && is_colour(part) {
                colour = Some(part.to_owned());
            } else if size.is_none() && is_size(part) {
                size = Some(part.to_owned());
            } else if !front.is_empty() && is_colour(front) && is_size(back) {
                colour = colour.or_else(|| Some(front.to_owned()));
                size = size.or_else(|| Some(back.to_owned()));
            }
        }
    }
    (colour, size)
}

fn is_colour(word: &str) -> bool {
    const SHADES: [char; 8] = ['深', '浅', '亮', '暗', '淡', '雾', '奶', '纯'];
    let known = |word: &str| lexicon().colours.contains(&word.to_lowercase());
    let base = word.strip_suffix('色').unwrap_or(word);
    let plain = base.strip_prefix(SHADES).unwrap_or(base);
    let coloured = word.ends_with('色') && (2..=4).contains(&word.chars().count());
    known(word)
        || known(base)
        || !plain.is_empty() && known(plain)
        || coloured && word.chars().all(is_cjk)
}

/// `M`, `2XL`, `均码`, `37`, `175/92A`, `32X32`, `80B`.
fn is_size(word: &str) -> bool {
    let upper = word.to_uppercase();
    if lexicon().sizes.contains(&upper) {
        return true;
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let body = upper.trim_end_matches(|symbol: char| ('A'..='G').contains(&symbol));
    let cup = upper.len() - body.len() <= 1;
    match body.split_once(['/', 'X']) {
        Some((left, right)) => {
            cup && number(left).is_some_and(|n| (24..=200).contains(&n))
                && number(right).is_some_and(|n| (24..=140).contains(&n))
        }
        // Shoes and trousers, children's and men's heights.
        None => {
            cup && number(body)
                .is_some_and(|n| (22..=48).contains(&n) || (60..=195).contains(&n) && n % 5 == 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_and_size_are_found_as_shops_write_them() {
        for (name, colour, size) in [
            ("羊毛大衣 驼色/M", "驼色", "M"),
            ("女单鞋 黑37", "黑", "37"),
            ("直筒牛仔裤 深蓝/29", "深蓝", "29"),
            ("圆领短袖T恤 白 M", "白", "M"),
            ("休闲西装 灰 175/92A", "灰", "175/92A"),
            ("SLIM JEAN NAVY 32X32", "NAVY", "32X32"),
            ("连衣裙 均码", "", "均码"),
        ] {
            let want = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            assert_eq!(variant(name), (want(colour), want(size)), "{name}");
        }
    }

    #[test]
    fn what_is_neither_is_left_alone() {
        for name in [
            "纯牛奶250ml*12",
            "白衬衫",
            "雪花啤酒 勇闯天涯",
            "电池 5号 4节",
            "Latte",
            "Item 2 with a long name",
        ] {
            assert_eq!(variant(name), (None, None), "{name}");
        }
    }
}
