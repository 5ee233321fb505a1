//! Money as whole minor units.
//!
//! A till adds exactly, so we do: no float ever holds an amount. Which currency it is belongs to
//! the store, not to the amount.
//!
//! Not here: reading an amount off a receipt (`sale`, in the agent).

use core::fmt;
use core::iter::Sum;

/// An amount in the currency's minor unit: fen for CNY, cents for EUR, whole yen for JPY.
///
/// Signed, because a return is a sale below zero.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Eq,
    Hash,
    Ord,
    PartialEq,
    PartialOrd,
    serde::Serialize,
    serde::Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Minor(#[n(0)] i64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Takes `units` minor units, e.g. `Minor::new(1_250)` for 12.50 EUR.
    #[must_use]
    pub const fn new(units: i64) -> Self {
        Self(units)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Adds, or `None` past ±9.2e18: a sum that large is a misread receipt.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// Subtracts, or `None` past ±9.2e18.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// Adds and stays at the limit: for sums over many sales, where a limit is never met honestly.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The same amount the other way round.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// The amount as it is written with `exponent` decimals, e.g. `1104.15`; 0 for yen and won.
    #[must_use]
    pub fn with_decimals(self, exponent: u8) -> Decimal {
        Decimal { amount: self, exponent }
    }
}

impl Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::saturating_add)
    }
}

/// [`Minor`] with the number of decimals that its currency is written with.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    amount: Minor,
    exponent: u8,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount.0 < 0 { "-" } else { "" };
        let units = self.amount.0.unsigned_abs();
        let scale = 10_u64.saturating_pow(u32::from(self.exponent));
        if self.exponent == 0 {
            return write!(f, "{sign}{units}");
        }
        let width = usize::from(self.exponent);
        write!(f, "{sign}{}.{:0width$}", units / scale, units % scale)
    }
}

/// `1,104.15`: an amount in plain digits by thousands, as people read it.
#[must_use]
pub fn grouped(plain: &str) -> String {
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let digits = whole.trim_start_matches('-').len();
    let mut text = String::with_capacity(plain.len() + digits / 3);
    for (index, symbol) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if left < digits && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(symbol);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_padded_and_the_sign_stands_first() {
        assert_eq!(Minor::new(110_415).with_decimals(2).to_string(), "1104.15");
        assert_eq!(Minor::new(-5).with_decimals(2).to_string(), "-0.05");
        assert_eq!(Minor::new(17_000).with_decimals(0).to_string(), "17000");
    }
}
