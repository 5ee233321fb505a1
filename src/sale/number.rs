//! Numbers on a row: where they stand, how they are written, what they cannot be.
//!
//! ```text
//! "2 x 1.299,00 €"        2: times    1.299,00: 129900 hundredths, currency
//! "A1103 2026-11-21"      no number: a code and a date
//! ```
//!
//! # Invariants
//!
//! - Whole digits only, no float: a number is a mantissa and how many of its digits are decimals.
//! - Digits that belong to a date, a phone number or a code are not numbers.
//!
//! Not here: which number is the amount (`entry`), dates (`stamp`).

use crate::sale::fold::is_cjk;

/// How this receipt writes its amounts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Style {
    /// With two decimals after this sign: `1299.00`, `1.299,00`.
    Cents(char),
    /// Whole, in groups of three: `37.500`, `37,500`.
    Grouped,
    /// Whole, as they come: `48`.
    #[default]
    Bare,
}

/// A number, not yet an amount.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Number {
    /// First character and one past the last, its currency sign and unit not among them.
    pub(crate) start: usize,
    pub(crate) end: usize,
    mantissa: i64,
    decimals: u8,
    pub(crate) grouped: bool,
    pub(crate) negative: bool,
    pub(crate) currency: bool,
    pub(crate) percent: bool,
    /// `8.5折`: tenths of the price.
    pub(crate) tenths: bool,
    /// Stands beside `x`, `×`, `*` or `@`: a quantity or a unit price.
    pub(crate) times: bool,
    /// Has a unit of quantity: `0.442kg`, `2个`.
    pub(crate) unit: bool,
    /// Letters touch it: part of a word.
    pub(crate) glued: bool,
    /// Too long, or padded with zeros: an identifier.
    pub(crate) code: bool,
}

impl Number {
    /// In hundredths, if it has no more than two decimals that count.
    pub(crate) fn hundredths(self) -> Option<i64> {
        let value = self.scaled(2)?;
        Some(if self.negative { -value } else { value })
    }

    /// In thousandths, for quantities.
    pub(crate) fn thousandths(self) -> Option<i64> {
        self.scaled(3)
    }

    /// Times ten thousand, for unit prices and factors.
    pub(crate) fn ten_thousandths(self) -> Option<i64> {
        self.scaled(4)
    }

    fn scaled(self, places: u8) -> Option<i64> {
        if self.decimals <= places {
            return self.mantissa.checked_mul(10_i64.pow(u32::from(places - self.decimals)));
        }
        let scale = 10_i64.pow(u32::from(self.decimals - places));
        (self.mantissa % scale == 0).then_some(self.mantissa / scale)
    }

    /// Decimals as printed.
    pub(crate) const fn decimals(self) -> u8 {
        self.decimals
    }

    /// Whether it is written as this receipt writes amounts.
    pub(crate) fn is_money(self, style: Style) -> bool {
        if self.percent || self.tenths || self.code || self.unit {
            return false;
        }
        match style {
            Style::Cents(_) => {
                let short = self.currency && self.decimals < 2;
                self.decimals == 2 || short || self.grouped && self.decimals == 1
            }
            Style::Grouped => {
                let long = self.decimals == 0 && (10_000..10_000_000).contains(&self.mantissa);
                !self.glued && (self.grouped || self.currency || self.decimals == 2 || long)
            }
            Style::Bare => !self.glued && self.decimals == 0,
        }
    }
}

/// Digits and separators as printed.
#[derive(Clone, Copy)]
struct Literal {
    start: usize,
    end: usize,
}

/// Finds how amounts are written, from all rows together.
pub(crate) fn style(rows: &[Vec<char>]) -> Style {
    // Decimals by the sign before them, and groups of three by theirs.
    let (mut points, mut commas, mut by_comma, mut by_point) = (0, 0, 0, 0);
    for row in rows {
        let rate =
            |literal: &Literal| row[literal.end..].iter().find(|sign| **sign != ' ') == Some(&'%');
        let found = literals(row);
        // "1.00  48000  48000": pieces with decimals, amounts without.
        let piece = |at: usize| {
            let text =
                |at: usize| found.get(at).map_or(&[][..], |l: &Literal| &row[l.start..l.end]);
            let whole = |text: &[char]| text.len() >= 4 && ending(text).0.is_none();
            text(at).len() <= 5 && whole(text(at + 1)) && whole(text(at + 2))
        };
        let amounts = found.iter().enumerate().filter(|(at, _)| !piece(*at)).map(|(_, l)| *l);
        for literal in amounts.filter(|literal| !rate(literal)) {
            match ending(&row[literal.start..literal.end]) {
                (Some('.'), 2) => points += 1,
                (Some(','), 2) => commas += 1,
                (Some(','), 3) => by_comma += 1,
                (Some('.'), 3) => by_point += 1,
                _ => {}
            }
        }
    }
    match () {
        () if points + commas + by_comma + by_point == 0 => Style::Bare,
        () if points + commas == 0 => Style::Grouped,
        () if by_comma > points && points >= commas => Style::Grouped,
        () if by_point > commas && commas > points => Style::Grouped,
        () if commas > points => Style::Cents(','),
        () => Style::Cents('.'),
    }
}

/// The last separator and how many digits follow it.
fn ending(literal: &[char]) -> (Option<char>, usize) {
    match literal.iter().rposition(|symbol| matches!(symbol, '.' | ',')) {
        Some(at) => (Some(literal[at]), literal.len() - at - 1),
        None => (None, 0),
    }
}

/// All numbers of a row, left to right.
pub(crate) fn numbers(row: &[char], style: Style) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    for literal in literals(row) {
        if let Some(number) = number(row, literal, style) {
            found.push(number);
        }
    }
    found
}

fn literals(row: &[char]) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < row.len() {
        if !starts_literal(row, at) {
            at += 1;
            continue;
        }
        let start = at;
        while at < row.len() && (row[at].is_ascii_digit() || joins(row, at)) {
            at += 1;
        }
        let literal = Literal { start, end: at };
        if !is_composite(row, literal) {
            found.push(literal);
        }
    }
    found
}

fn starts_literal(row: &[char], at: usize) -> bool {
    let digit = |at: usize| row.get(at).is_some_and(char::is_ascii_digit);
    // ".99" is an amount where the cents' digits end there.
    let bare_cents = row[at] == '.'
        && digit(at + 1)
        && digit(at + 2)
        && !digit(at + 3)
        && (at == 0 || !row[at - 1].is_alphanumeric());
    digit(at) || bare_cents
}

/// Whether the sign at `at` joins digits into one number.
fn joins(row: &[char], at: usize) -> bool {
    matches!(row[at], '.' | ',') && row.get(at + 1).is_some_and(char::is_ascii_digit)
}

/// Whether the digits belong to a date, a time, a phone number, a range or a masked number.
fn is_composite(row: &[char], literal: Literal) -> bool {
    let before = |back: usize| literal.start.checked_sub(back).map(|at| row[at]);
    let after = |on: usize| row.get(literal.end + on).copied();
    let is_digit = |symbol: Option<char>| symbol.is_some_and(|symbol| symbol.is_ascii_digit());
    let binds =
        |symbol: Option<char>| matches!(symbol, Some('-' | '/' | ':' | '\'' | '_' | '#' | '\\'));
    let left = binds(before(1)) && is_digit(before(2)) || before(1) == Some('#');
    let right = binds(after(0)) && is_digit(after(1));
    let masked = before(1) == Some('*') && before(2) == Some('*')
        || after(0) == Some('*') && after(1) == Some('*');
    let dots = row[literal.start..literal.end].iter().filter(|&&symbol| symbol == '.').count();
    let date = matches!(after(0), Some('年' | '月' | '日' | '时' | '時'));
    let dotted_date =
        dots == 2 && literal.end - literal.start >= 8 && !grouped_by(row, literal, '.');
    left || right || masked || date || dotted_date
}

/// Whether `sign` parts the digits in threes.
fn grouped_by(row: &[char], literal: Literal, sign: char) -> bool {
    let mut parts = row[literal.start..literal.end].split(|&symbol| symbol == sign);
    let first = parts.next().map_or(0, <[char]>::len);
    (1..=3).contains(&first) && parts.clone().count() > 0 && parts.all(|part| part.len() == 3)
}

fn number(row: &[char], literal: Literal, style: Style) -> Option<Number> {
    let text = &row[literal.start..literal.end];
    let (sign, after) = ending(text);
    let decimals = match (sign, after) {
        (Some(sign), 3) if !is_decimal_three(row, literal, sign, style) => 0,
        (Some(_), after) => after,
        (None, _) => 0,
    };
    let digits: String = text.iter().filter(|symbol| symbol.is_ascii_digit()).collect();
    let whole = digits.len() - decimals;
    let mut number = Number {
        start: literal.start,
        end: literal.end,
        mantissa: digits.parse().ok().filter(|_| digits.len() <= 15)?,
        decimals: u8::try_from(decimals).ok().filter(|&decimals| decimals <= 4)?,
        grouped: sign.is_some()
            && (decimals == 0
                || text.iter().any(|&s| s != text[text.len() - 1 - after] && !s.is_ascii_digit())),
        code: whole > 9 || (whole > 1 && digits.starts_with('0')),
        ..Number::default()
    };
    number.look_left(row);
    number.look_right(row);
    Some(number)
}

/// Three digits after the last separator: decimals of a weight, or thousands?
fn is_decimal_three(row: &[char], literal: Literal, sign: char, style: Style) -> bool {
    match style {
        _ if row[literal.start] == '0' => true,
        Style::Cents(decimal) => sign == decimal,
        _ => !grouped_by(row, literal, sign),
    }
}

/// Currency signs written in letters before an amount.
const CURRENCIES: [&str; 13] =
    ["RM", "RP", "RP.", "EUR", "USD", "MYR", "SGD", "IDR", "CNY", "RMB", "HKD", "NTD", "KRW"];
/// Units of quantity that may touch a number.
const UNITS: [&str; 50] = [
    "付", "帖", "剂", "位", "间", "晚", "次", "张", "米", "组", "对", "副", "台", "部", "扎", "碗",
    "壶", "桶", "升", "度", "串", "盘", "kg", "g", "pcs", "pc", "ea", "lb", "lbs", "件", "个",
    "瓶", "斤", "袋", "盒", "份", "克", "包", "点", "本", "枚", "条", "双", "套", "箱", "只", "杯",
    "支", "개", "着",
];

impl Number {
    fn look_left(&mut self, row: &[char]) {
        let mut at = self.start;
        let skip = |at: &mut usize| {
            while *at > 0 && row[*at - 1] == ' ' {
                *at -= 1;
            }
        };
        for _ in 0..3 {
            match at.checked_sub(1).map(|at| row[at]) {
                Some('-') if !(at >= 2 && row[at - 2].is_ascii_digit()) => self.negative = true,
                Some('+') => {}
                Some('¥' | '$' | '€' | '£' | '₩' | '฿' | '₱') => self.currency = true,
                _ => break,
            }
            at -= 1;
        }
        let touching = at;
        let letters = letters_before(row, at);
        if touching == self.start || self.currency || self.negative {
            skip(&mut at);
        }
        if CURRENCIES.contains(&letters_before(row, at).to_uppercase().as_str()) {
            self.currency = true;
            // "@2 X RM 9.40": the mark stands before the currency.
            let word = letters_before(row, at).chars().count();
            let mut before = at.saturating_sub(word);
            skip(&mut before);
            self.times = before < at && is_times(row, before);
        } else if is_times(row, at) {
            self.times = true;
        } else if !letters.is_empty() || touching > 0 && is_cjk(row[touching - 1]) {
            self.glued = !letters.is_empty();
        }
    }

    fn look_right(&mut self, row: &[char]) {
        let rest = &row[self.end..];
        let word: String =
            rest.iter().take_while(|symbol| symbol.is_alphabetic()).take(8).collect();
        let next = rest.iter().position(|&symbol| symbol != ' ').map(|gap| (gap, rest[gap]));
        match next {
            Some((0..=1, '%')) => self.percent = true,
            Some((0, '折')) => self.tenths = true,
            Some((_, '元' | '円' | '원' | '€')) => self.currency = true,
            Some((gap, 'x' | 'X' | '×' | '*' | '@')) if !has_letter(rest, gap + 1) => {
                self.times = true
            }
            Some((0, '-')) if !rest.get(1).is_some_and(char::is_ascii_digit) => {
                self.negative = true
            }
            _ => {}
        }
        if word.is_empty()
            || self.tenths
            || self.currency && rest.first().is_some_and(|&symbol| "元円원".contains(symbol))
            || self.times && matches!(rest.first(), Some('x' | 'X'))
        {
            return;
        }
        let unit = UNITS.iter().any(|unit| word.to_lowercase() == *unit);
        let tax_mark = self.decimals == 2 && word.len() <= 3 && word.is_ascii();
        self.unit = unit && !(tax_mark && word.len() == 1 && word != "g");
        self.glued |= !unit && !tax_mark;
    }
}

/// The ASCII letters and points that end right before `at`.
fn letters_before(row: &[char], at: usize) -> String {
    let start = row[..at].iter().rposition(|s| !(s.is_ascii_alphabetic() || *s == '.'));
    row[start.map_or(0, |start| start + 1)..at].iter().take(12).collect()
}

fn is_times(row: &[char], at: usize) -> bool {
    let alone = |back: usize| at < back || !row[at - back].is_ascii_alphabetic();
    match at.checked_sub(1).map(|at| row[at]) {
        Some('×' | '@') => true,
        Some('*') => at >= 2 && (row[at - 2].is_ascii_digit() || row[at - 2] == ' '),
        Some('x' | 'X') => alone(2),
        _ => false,
    }
}

fn has_letter(rest: &[char], at: usize) -> bool {
    rest.get(at).is_some_and(|symbol| symbol.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::fold::folded;

    fn read(text: &str) -> Vec<Number> {
        let row = folded(text);
        numbers(&row, style(&[row.clone(), folded("9.90")]))
    }

    fn cents(text: &str) -> Vec<i64> {
        read(text).into_iter().filter_map(Number::hundredths).collect()
    }

    #[test]
    fn amounts_are_read_as_markets_write_them() {
        assert_eq!(cents("1,299.00 -5.00 ￥30 RM28.30 .99B"), [129_900, -500, 3_000, 2_830, 99]);
        let german = folded("1.299,00 €");
        assert_eq!(
            numbers(&german, style(std::slice::from_ref(&german)))[0].hundredths(),
            Some(129_900)
        );
        let rupiah = folded("37.500 12,750");
        let seen = numbers(&rupiah, style(std::slice::from_ref(&rupiah)));
        assert_eq!(seen[0].hundredths(), Some(3_750_000));
        assert_eq!(seen[1].hundredths(), Some(1_275_000));
    }

    #[test]
    fn dates_phones_and_codes_are_no_numbers() {
        assert!(read("2026-11-21 15:42 13:04:06 138****6721 INV#931").is_empty());
        assert!(read("A1103 VIP100888").iter().all(|number| number.glued || number.code));
        assert!(read("6901812499568")[0].code);
    }

    #[test]
    fn quantities_carry_their_mark() {
        assert!(read("x2")[0].times);
        assert!(read("3×16").iter().all(|number| number.times));
        assert!(read("0.442kg")[0].unit);
        assert_eq!(read("0.442kg")[0].thousandths(), Some(442));
        assert!(read("折扣85%")[0].percent);
    }
}
