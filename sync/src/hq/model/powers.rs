//! Powers of many numbers at once, without a branch, so that a core raises several in one step.
//!
//! ```text
//! x^p = e^(p · ln x):   ln x = k ln 2 + 2 artanh((m - 1)/(m + 1)),  x = 2^k m,  m near 1
//!                       e^y  = 2^n e^r,  r = y - n ln 2,  |r| ≤ ln 2 / 2
//! ```
//!
//! # Invariants
//!
//! - For ratios from 1 to 10^15 within 10^-12 of what the standard library gives; a power beyond what a
//!   double holds is a very large number, never below.
//!
//! Not here: who asks (`beta_geometric`, `pareto_nbd`).

/// Raised together.
pub(super) const LANES: usize = 32;

/// Bits of the square root of one half: mantissas are taken from there to the root of two.
const ROOT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
/// Added to a small whole number's bits it is a double, 2^52 more than the number.
const WHOLE: u64 = 0x4330_0000_0000_0000;
const TWO_52: f64 = 4_503_599_627_370_496.0;
/// Added to a double it leaves the nearest whole number in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// `ln 2` in two parts: the first has so few digits that its products are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// `1 / n!`
const FACTORIALS: [f64; 13] = {
    let mut of = [1.0; 13];
    let mut n = 1;
    while n < of.len() {
        of[n] = of[n - 1] / n as f64;
        n += 1;
    }
    of
};
/// `e^709` is still a double.
const EXPONENT_MAX: f64 = 709.0;

/// The product of each factor's `bases[i]` to the power of its `exponents[i]`; bases of at least 1,
/// exponents of at least 0.
#[inline(always)]
pub(super) fn product<const FACTORS: usize>(
    factors: [(&[f64; LANES], &[f64; LANES]); FACTORS],
) -> [f64; LANES] {
    let mut log = [0.0; LANES];
    for (bases, exponents) in factors {
        for at in 0..LANES {
            log[at] += exponents[at] * ln(bases[at]);
        }
    }
    let mut product = [0.0; LANES];
    for at in 0..LANES {
        product[at] = exp(log[at].min(EXPONENT_MAX));
    }
    product
}

/// Of numbers of at least 1.
#[inline(always)]
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let k = bits.wrapping_sub(ROOT_HALF) >> 52;
    let mantissa = f64::from_bits(bits.wrapping_sub(k << 52));
    let k = f64::from_bits(k | WHOLE) - TWO_52;
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    // 1 + z/3 + z²/5 + …, z ≤ 0.0295
    let mut sum = 1.0 / 21.0;
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0_f64] {
        sum = sum * z + 1.0 / odd;
    }
    k * LN_2_HIGH + (2.0 * s * (1.0 + z * sum) + k * LN_2_LOW)
}

/// Of 0 to [`EXPONENT_MAX`].
#[inline(always)]
fn exp(y: f64) -> f64 {
    let shifted = y * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (y - n * LN_2_HIGH) - n * LN_2_LOW;
    // 1 + r + r²/2! + …, |r| ≤ 0.347
    let mut sum = FACTORIALS[12];
    for below in (0..12).rev() {
        sum = sum * r + FACTORIALS[below];
    }
    f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_standard_library() {
        let mut bases = vec![1.0, 1.0 + f64::EPSILON, 1.5, 2.0, 1e15];
        bases.extend((1..2_000).map(|n| 1.0 + f64::from(n * n) / 700.0));
        for base in bases {
            for exponent in [0.0, 0.01, 0.25, 1.0, 2.2, 7.9, 17.0, 44.4] {
                let [ours, ..] = product([(&[base; LANES], &[exponent; LANES])]);
                let theirs = base.powf(exponent);
                let close = (ours / theirs - 1.0).abs() < 1e-12;
                assert!(close || theirs > 1e307, "{base} ^ {exponent}: {ours:e}, {theirs:e}");
            }
        }
    }

    #[test]
    fn what_is_too_large_is_very_large() {
        let [huge, ..] = product([(&[1e12; LANES], &[300.0; LANES])]);
        assert!(huge > 1e307 && huge.is_finite());
    }
}
