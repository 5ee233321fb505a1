//! Hides customers' numbers in rows that a till printed.
//!
//! ```text
//! 会员手机:138-0000-6721  ▶  会员手机:138-****-6721
//! ```
//!
//! Hidden are the number that this paper was read to carry, however it is written, and whatever
//! looks like a mobile number of mainland China. Order numbers stay.
//!
//! Not here: what the page shows (`view`).

/// Digits of one number may stand this far apart: a dash, a space, one of each.
const APART_MAX: usize = 3;

/// Digits of a mobile number of mainland China.
const MOBILE_LEN: usize = 11;

/// A digit and its place in the row.
#[derive(Clone, Copy)]
struct Digit {
    at: usize,
    value: char,
}

/// The row with the middle of every customer's number hidden; `member` is the one that is known.
pub(super) fn masked(row: &str, member: Option<&str>) -> String {
    let mut symbols: Vec<char> = row.chars().collect();
    let digits: Vec<Digit> = symbols
        .iter()
        .enumerate()
        .filter_map(|(at, symbol)| ascii(*symbol).map(|value| Digit { at, value }))
        .collect();
    for start in 0..digits.len() {
        let len = member.filter(|member| is_here(&digits[start..], member)).map(str::len);
        if let Some(len) = len.or_else(|| is_mobile(&digits, start).then_some(MOBILE_LEN)) {
            let head = len.saturating_sub(8).min(3);
            for digit in &digits[start + head..start + len - 4] {
                symbols[digit.at] = '*';
            }
        }
    }
    symbols.into_iter().collect()
}

/// The value of a digit, full-width ones included.
fn ascii(symbol: char) -> Option<char> {
    match symbol {
        '0'..='9' => Some(symbol),
        '０'..='９' => char::from_u32(symbol as u32 - 0xFEE0),
        _ => None,
    }
}

/// Whether `number` begins here, with no more than separators between its digits.
fn is_here(digits: &[Digit], number: &str) -> bool {
    number.len() > 4
        && digits.len() >= number.len()
        && number.chars().zip(digits).all(|(wanted, digit)| wanted == digit.value)
        && together(&digits[..number.len()])
}

fn together(digits: &[Digit]) -> bool {
    digits.windows(2).all(|pair| pair[1].at - pair[0].at <= APART_MAX)
}

/// Whether a mobile number begins here that is no part of a longer one, its country code aside.
fn is_mobile(digits: &[Digit], start: usize) -> bool {
    let Some(number) = digits.get(start..start + MOBILE_LEN) else { return false };
    let adjoins =
        |left: usize| digits.get(left + 1).is_some_and(|right| right.at - digits[left].at == 1);
    let country = start >= 2
        && digits[start - 2..start].iter().map(|digit| digit.value).eq("86".chars())
        && (start == 2 || !adjoins(start - 3));
    let begins = start == 0 || !adjoins(start - 1) || country;
    let looks = number[0].value == '1' && ('3'..='9').contains(&number[1].value);
    looks && begins && !adjoins(start + MOBILE_LEN - 1) && together(number) && is_grouped(number)
}

/// Whether its groups are those in which people write such a number: 138 0000 6721, 1380 0006 721.
/// "1  399.00  399.00" has eleven digits too.
fn is_grouped(number: &[Digit]) -> bool {
    const GROUPS: [usize; 4] = [3, 4, 7, 8];
    let apart = |at: &usize| number[*at].at - number[at - 1].at > 1;
    (1..number.len()).filter(apart).all(|at| GROUPS.contains(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_is_hidden_however_it_is_written() {
        for (row, hidden) in [
            ("会员手机:13800006721 李", "会员手机:138****6721 李"),
            ("手机 138-0000-6721", "手机 138-****-6721"),
            ("+8613800006722", "+86138****6722"),
            ("羊毛大衣 1 399.00 399.00", "羊毛大衣 1 399.00 399.00"),
            ("１３８００００６７２３", "１３８****６７２３"),
            ("会员:138 0000 6721 积分 20", "会员:138 **** 6721 积分 20"),
        ] {
            assert_eq!(masked(row, None), hidden);
        }
    }

    #[test]
    fn an_order_number_and_a_masked_one_stay() {
        for row in ["单号 20261121138000067", "138****6721", "羊毛大衣  1  1299.00  1104.15"]
        {
            assert_eq!(masked(row, None), row);
        }
    }

    #[test]
    fn the_number_that_was_read_is_hidden_though_it_is_no_mobile() {
        let row = "Tel (0571) 8765-4321";
        assert_eq!(masked(row, Some("057187654321")), "Tel (057*) ****-4321");
        assert_eq!(masked("Member 010 1234", Some("0101234")), "Member *** 1234");
    }
}
