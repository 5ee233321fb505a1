//! The special functions that no crate has in the form that stays exact here.
//!
//! Not here: the gamma function and its logarithm's slope (`statrs`).

/// Terms of a series; at the slowest ratio that a forecast of ten years meets, 2,000 suffice.
const TERMS_MAX: u32 = 100_000;
/// From here on the transformed series grows too steeply.
const STEEP: f64 = 30.0;

/// `ln(e^a + e^b)` without overflow; `-∞` stands for nothing.
pub(super) fn log_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// `(e^(k·l) - 1) / k`, which is `l` at `k = 0`.
pub(super) fn exp_m1_over(k: f64, l: f64) -> f64 {
    if (k * l).abs() < 1e-9 { l } else { (k * l).exp_m1() / k }
}

/// Expected purchases of one who is there, in BG/NBD and MBG/NBD:
/// `c / (a - 1) · [1 - (1 - z)^(a - 1) · 2F1(d, a - 1; c; z)]`.
///
/// This is the published `c / (a - 1) · [1 - (1 - z)^(r + x) · 2F1(r + x, b + n; c; z)]` after Euler's
/// transformation: its parameters do not grow with the purchases, so nothing overflows for a customer
/// with thousands, and it has no hole at a = 1: the factor `a - 1` is taken out of the series.
///
/// Where nearly all leave alike (`a` and `b` ran to their bound) that series grows as `e^(a·z)` and
/// overflows; there the published form is summed, whose terms stay below 1.
pub(super) fn share_left(a: f64, d: f64, c: f64, z: f64) -> f64 {
    let k = a - 1.0;
    let log_rest = (-z).ln_1p();
    if a * z > STEEP {
        return as_published(a, d, c, z, log_rest);
    }
    let (mut term, mut series) = (d * z, 0.0);
    for n in 1..TERMS_MAX {
        series += term;
        let n = f64::from(n);
        term *= (d + n) * (a + n - 1.0) / ((c + n) * (n + 1.0)) * z;
        if term.abs() <= 1e-16 * series.abs() {
            break;
        }
    }
    -c * exp_m1_over(k, log_rest) - (k * log_rest).exp() * series
}

/// `2F1(1, b; c; z)` for 0 ≤ z < 1 and 0 < b < c: Gauss's continued fraction, whose terms fall as
/// `((1 - √(1-z)) / (1 + √(1-z)))^2n`, evaluated forwards (Lentz).
pub(super) fn gauss_with_one(b: f64, c: f64, z: f64) -> f64 {
    // 1 / (1 - k1 z / (1 - k2 z / (1 - …))), all of whose parts are positive and below one.
    let mut fraction = 1.0;
    let (mut above, mut below) = (1.0, 0.0);
    for n in 0..TERMS_MAX {
        let (m, odd) = (f64::from(n / 2), n % 2 == 1);
        let top = if odd { (m + 1.0) * (c - b + m) } else { (b + m) * (c + m - 1.0) };
        let step = top / ((c + f64::from(n) - 1.0) * (c + f64::from(n))) * -z;
        below = 1.0 / (1.0 + step * below);
        above = 1.0 + step / above;
        fraction *= above * below;
        if (above * below - 1.0).abs() < 1e-15 {
            break;
        }
    }
    1.0 / fraction
}

fn as_published(a: f64, d: f64, c: f64, z: f64, log_rest: f64) -> f64 {
    let (shape, stays) = (c - d, c - a + 1.0);
    let (mut term, mut series) = (1.0, 0.0);
    for n in 0..TERMS_MAX {
        series += term;
        let n = f64::from(n);
        term *= (shape + n) * (stays + n) / ((c + n) * (n + 1.0)) * z;
        if term <= 1e-16 * series {
            break;
        }
    }
    c / (a - 1.0) * (1.0 - (shape * log_rest).exp() * series)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shop where a tenth leaves after each purchase, everybody alike: `a` and `b` without end.
    #[test]
    fn what_is_expected_has_a_limit_where_all_leave_alike() {
        let expected = |a: f64| {
            let (b, chances, shape, z) = (9.0 * a, 3.0, 2.5, 0.3);
            let c = a + b + chances - 1.0;
            share_left(a, c - shape, c, z)
        };
        let (steep, far, end) = (expected(90.0), expected(110.0), expected(160_000.0));
        assert!((steep - far).abs() < 2e-3, "both forms meet: {steep} {far}");
        assert!((far - end).abs() < 5e-3 && end > 0.5, "and the limit is near: {end}");
        let (a, d, c, z) = (20.0, 5.0, 30.0, 0.4_f64);
        let published = as_published(a, d, c, z, (-z).ln_1p());
        assert!((share_left(a, d, c, z) - published).abs() < 1e-10, "{published}");
    }
}
