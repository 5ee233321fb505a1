//! A function of a count and a time, asked very often: for each count it is a smooth curve, which is
//! computed at some times and read off in between.
//!
//! ```text
//!  f(count, weeks)        w = weeks + scale, the model's own, so that f is smooth in log w
//!    ╰──╮
//!       ╰───╮___          a piece: a quarter of an octave of w, computed at 12 places,
//!   ┊  ┊  ┊  ┊  ┊         a polynomial from then on
//! ```
//!
//! # Invariants
//!
//! - Memory does not grow with the questions: pieces are a fixed number for each count, and high counts,
//!   which are rare, have none.
//! - What few ask is computed: a piece is made when it is asked for again and again.
//! - Within 10^-9 of what the function itself says, or of 1 where it says more, for the forecasts here.
//!
//! Not here: the functions (`beta_geometric`, `pareto_nbd`); who asks (`many`).

/// Places where a piece is computed, which is also the number of its coefficients.
const PLACES: usize = 12;
/// Bits of the mantissa that tell pieces of an octave apart.
const PIECE_BITS: u32 = 2;
/// From the scale of a model to so many octaves more: a factor of a million.
const OCTAVES: usize = 20;
const PIECES: usize = OCTAVES << PIECE_BITS;
/// Counts from here on are computed each time.
const COUNTS: usize = 256;

const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 0x3FF0_0000_0000_0000;

/// A piece that has been made; before, its number counts who asked.
const MADE: u8 = 4;

/// See the module.
pub(super) struct Curves<F> {
    of: F,
    scale: f64,
    /// Of the first piece: the high bits of the scale.
    first: usize,
    counts: Vec<Option<Curve>>,
    chebyshev: Chebyshev,
}

struct Curve {
    asked: [u8; PIECES],
    pieces: Box<[[f64; PLACES]]>,
}

impl<F: Fn(u32, f64) -> f64> Curves<F> {
    /// Of a function that is smooth in the logarithm of `weeks + scale`; `scale` is greater than 0.
    pub(super) fn new(scale: f64, of: F) -> Self {
        let counts = std::iter::repeat_with(|| None).take(COUNTS).collect();
        Self { of, scale, first: piece_of(scale), counts, chebyshev: Chebyshev::new() }
    }

    #[inline]
    pub(super) fn at(&mut self, count: u32, weeks: f64) -> f64 {
        let w = weeks + self.scale;
        let piece = piece_of(w).wrapping_sub(self.first);
        if let Some(Some(curve)) = self.counts.get(count as usize)
            && piece < PIECES
            && curve.asked[piece] == MADE
        {
            return read(&curve.pieces[piece], w);
        }
        self.compute(count, weeks, piece)
    }

    #[cold]
    fn compute(&mut self, count: u32, weeks: f64, piece: usize) -> f64 {
        if piece < PIECES
            && let Some(place) = self.counts.get_mut(count as usize)
        {
            let curve = place.get_or_insert_with(|| Curve {
                asked: [0; PIECES],
                pieces: vec![[0.0; PLACES]; PIECES].into(),
            });
            curve.asked[piece] += 1;
            if curve.asked[piece] == MADE {
                let at = |w: f64| (self.of)(count, w - self.scale);
                curve.pieces[piece] = self.chebyshev.piece(self.first + piece, at);
            }
        }
        (self.of)(count, weeks)
    }
}

/// In order of `w`, which is greater than 0.
#[inline]
fn piece_of(w: f64) -> usize {
    (w.to_bits() >> (52 - PIECE_BITS)) as usize
}

/// The polynomial of the piece that `w` is in; its variable runs from -1 to 1 there.
#[inline]
fn read(c: &[f64; PLACES], w: f64) -> f64 {
    let t = 2.0 * f64::from_bits(w.to_bits() << PIECE_BITS & MANTISSA | ONE) - 3.0;
    let (t2, t4) = (t * t, (t * t) * (t * t));
    let four = |at: usize| (c[at] + c[at + 1] * t) + (c[at + 2] + c[at + 3] * t) * t2;
    four(0) + (four(4) + four(8) * t4) * t4
}

/// From values at Chebyshev's places to coefficients of powers.
struct Chebyshev {
    places: [f64; PLACES],
    /// By power, then place.
    to_powers: [[f64; PLACES]; PLACES],
}

impl Chebyshev {
    fn new() -> Self {
        let n = PLACES as f64;
        let mut angles = [0.0; PLACES];
        for (at, angle) in angles.iter_mut().enumerate() {
            *angle = (at as f64 + 0.5) * std::f64::consts::PI / n;
        }
        // T_0 = 1, T_1 = t, T_k+1 = 2 t T_k - T_k-1, as coefficients of powers.
        let mut polynomials = [[0.0; PLACES]; PLACES];
        polynomials[0][0] = 1.0;
        polynomials[1][1] = 1.0;
        for k in 2..PLACES {
            for power in 0..PLACES {
                let raised = if power > 0 { 2.0 * polynomials[k - 1][power - 1] } else { 0.0 };
                polynomials[k][power] = raised - polynomials[k - 2][power];
            }
        }
        let mut to_powers = [[0.0; PLACES]; PLACES];
        for (power, row) in to_powers.iter_mut().enumerate() {
            for (share, angle) in row.iter_mut().zip(angles) {
                *share = (0..PLACES)
                    .map(|k| {
                        let weight = if k == 0 { 1.0 } else { 2.0 } / n;
                        weight * (k as f64 * angle).cos() * polynomials[k][power]
                    })
                    .sum();
            }
        }
        Self { places: angles.map(f64::cos), to_powers }
    }

    fn piece(&self, number: usize, of: impl Fn(f64) -> f64) -> [f64; PLACES] {
        let from = f64::from_bits((number as u64) << (52 - PIECE_BITS));
        let to = f64::from_bits((number as u64 + 1) << (52 - PIECE_BITS));
        let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
        let values = self.places.map(|place| of(middle + half * place));
        self.to_powers.map(|row| row.iter().zip(values).map(|(share, value)| share * value).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Asked a hundred times all over a piece and beside it: computed at first, read off later.
        #[test]
        fn what_is_read_off_is_what_would_be_computed(
            scale in 0.001..100.0f64, count in 0u32..400, from in 0.0..2_000.0f64, power in -5.0..5.0f64,
        ) {
            let of = |count: u32, weeks: f64| {
                let w = weeks + scale;
                (w / (w + 26.0)).powf(power) / f64::from(count + 1)
            };
            let mut curves = Curves::new(scale, of);
            for step in 0..100 {
                let weeks = from * (1.0 + f64::from(step * 37 % 100) / 1_000.0);
                let (read, computed) = (curves.at(count, weeks), of(count, weeks));
                prop_assert!((read - computed).abs() <= 1e-9 * computed.abs().max(1.0), "{read} {computed}");
            }
        }
    }

    #[test]
    fn what_is_asked_often_is_computed_seldom() {
        let computed = std::cell::Cell::new(0);
        let mut curves = Curves::new(1.0, |_, weeks| {
            computed.set(computed.get() + 1);
            weeks.ln_1p()
        });
        for step in 0..10_000 {
            curves.at(3, 50.0 + f64::from(step) / 10_000.0);
        }
        assert!(computed.get() < 60, "{}", computed.get());
        for _ in 0..100 {
            curves.at(COUNTS as u32, 50.0);
            curves.at(3, f64::INFINITY);
        }
        assert!(computed.get() >= 200, "high counts and times have no curve: {}", computed.get());
    }
}
