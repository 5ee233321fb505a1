//! How an item's numbers explain its amount: `1 × 1299.00 × 85% = 1104.15`.
//!
//! # Invariant
//!
//! - Whole numbers only; a product may miss the amount by what rounding explains, no more.
//!
//! Not here: which rows are items (`story`), their names (`items`).

use crate::sale::number::Number;

/// What multiplies to an amount.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Shape {
    /// In thousandths.
    pub(crate) quantity: Option<i64>,
    /// Unit price in hundredths.
    pub(crate) unit: Option<i64>,
    /// What the price was taken times, in ten-thousandths: 0.85 is 8500.
    pub(crate) factor: Option<i64>,
}

impl Shape {
    /// Whether it says more than that one times the amount is the amount.
    pub(crate) fn is_telling(self) -> bool {
        self.factor.is_some_and(|factor| factor != 10_000)
            || self.quantity.is_some_and(|quantity| quantity != 1_000) && self.unit.is_some()
    }
}

/// Numbers of one item that are tried against each other; more is a table, not an item.
const NUMBERS_MAX: usize = 8;

/// Finds quantity, price and factor among `numbers` so that their product is `amount`.
pub(crate) fn shape(numbers: &[Number], amount: i64) -> Option<Shape> {
    let from = numbers.len().saturating_sub(NUMBERS_MAX);
    let numbers = &numbers[from..];
    let amount = amount.abs();
    two(numbers, amount).or_else(|| three(numbers, amount)).or_else(|| one(numbers, amount))
}

fn two(numbers: &[Number], amount: i64) -> Option<Shape> {
    let products = pairs(numbers).filter_map(|(a, b)| {
        let count = quantity(numbers[a])?;
        let unit = price(numbers[b])?;
        let close = is_product(count, unit, 10_000, amount);
        let shape = Shape { quantity: Some(count), unit: round(unit), factor: None };
        close.then_some((unlikely(numbers[a]), shape))
    });
    products.min_by_key(|(unlikely, _)| *unlikely).map(|(_, shape)| shape)
}

/// Price and factor, with a quantity or with one piece.
fn three(numbers: &[Number], amount: i64) -> Option<Shape> {
    pairs(numbers).filter(|(_, p)| unlikely(numbers[*p]).0 || numbers.len() < 3).find_map(
        |(f, p)| {
            let factor = factor(numbers[f])?;
            let unit = price(numbers[p])?;
            let rest = (0..numbers.len()).filter(|&i| i != f && i != p);
            let counts =
                rest.filter(|&i| numbers[i].decimals() != 2).filter_map(|i| quantity(numbers[i]));
            let mut tried = counts.chain([1_000]);
            let count = tried.find(|&count| is_product(count, unit, factor, amount))?;
            Some(Shape { quantity: Some(count), unit: round(unit), factor: Some(factor) })
        },
    )
}

/// A lone quantity beside the amount: `x2`, `2个`, `1`; `6 洗衣粉1.5kg` has one, and a size.
fn one(numbers: &[Number], amount: i64) -> Option<Shape> {
    let free = |number: &&Number| !(number.glued || number.unit) && number.decimals() == 0;
    let sizes = numbers.iter().all(|number| number.glued || number.unit || free(&number));
    let mut plain = numbers.iter().filter(free).filter(|_| sizes);
    let number = match (numbers, plain.next(), plain.next()) {
        ([number], _, _) | (_, Some(number), None) => number,
        _ => return None,
    };
    let written = number.times || number.unit || number.decimals() != 2;
    let quantity = quantity(*number).filter(|_| written)?;
    let per_piece = amount * 1_000 % quantity == 0;
    let unit = per_piece.then(|| amount * 1_000 / quantity);
    (quantity <= 99_000).then_some(Shape { quantity: Some(quantity), unit, factor: None })
}

/// Two numbers may both be the quantity: one that is written like a price is it last, else the
/// first is.
fn unlikely(number: Number) -> (bool, usize) {
    ((number.decimals() == 2 || number.grouped) && !number.unit, number.start)
}

fn pairs(numbers: &[Number]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let count = numbers.len();
    (0..count).flat_map(move |a| (0..count).map(move |b| (a, b))).filter(|(a, b)| a != b)
}

fn quantity(number: Number) -> Option<i64> {
    let usable = !(number.percent
        || number.tenths
        || number.code
        || number.currency
        || number.glued && !number.unit);
    number.thousandths().filter(|&thousandths| usable && (1..=9_999_000).contains(&thousandths))
}

/// A unit price, in ten-thousandths.
fn price(number: Number) -> Option<i64> {
    let usable = !(number.percent || number.tenths || number.code || number.unit);
    number.ten_thousandths().filter(|&price| usable && price > 0)
}

/// A discount factor in ten-thousandths: `0.900`, `85%`, `9折` is read as 9.
fn factor(number: Number) -> Option<i64> {
    let value = number.ten_thousandths()?;
    let factor = match (number.percent, value) {
        (true, 1..=1_000_000) => value / 100,
        (false, 1..=99_000) if number.tenths => value / 10,
        (false, 1..=10_000) if number.decimals() > 0 => value,
        _ => return None,
    };
    Some(factor)
}

/// Whether thousandths × ten-thousandths × ten-thousandths make so many hundredths.
fn is_product(quantity: i64, unit: i64, factor: i64, amount: i64) -> bool {
    let product = i128::from(quantity) * i128::from(unit) * i128::from(factor);
    let scale = 1_000_i128 * 10_000 * 100;
    let exact = i128::from(amount) * scale;
    // A whole amount may have been rounded to the yuan where a factor was at work.
    let slack = if factor != 10_000 && amount % 100 == 0 { scale * 50 } else { scale };
    amount != 0 && (product - exact).abs() <= slack
}

fn round(unit: i64) -> Option<i64> {
    Some((unit + 50) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sale::fold::folded;
    use crate::sale::number::{Style, numbers};

    fn shape_of(row: &str, amount: i64) -> Option<Shape> {
        shape(&numbers(&folded(row), Style::Cents('.')), amount)
    }

    #[test]
    fn factors_are_found_however_they_are_written() {
        let coat = Some(Shape { quantity: Some(1_000), unit: Some(129_900), factor: Some(8_500) });
        assert_eq!(shape_of("折扣85%  1  1299.00", 110_415), coat);
        assert_eq!(shape_of("8.5折 1 1299.00", 110_415), coat);
        assert_eq!(shape_of("269.00 0.900", 24_200).unwrap().factor, Some(9_000));
        assert_eq!(shape_of("x2", 1_400).unwrap().unit, Some(700));
        assert_eq!(shape_of("0.442kg 32.80", 1_450).unwrap().quantity, Some(442));
        assert_eq!(shape_of("2 359.00", 71_900), None);
    }
}
