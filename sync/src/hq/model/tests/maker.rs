//! Makes shops whose truth is known: the stories behind the models, played out.

use super::super::Rhythm;

/// SplitMix64: the same shops on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// Above 0, up to 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((bits ^ (bits >> 31)) >> 11) as f64 + 1.0) / (1u64 << 53) as f64
    }

    pub(super) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Marsaglia and Tsang.
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.unit().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (one, other) = (self.gamma(a), self.gamma(b));
        one / (one + other)
    }
}

/// How customers of a made-up shop leave.
#[derive(Clone, Copy, Debug)]
pub(super) enum Story {
    /// BG/NBD with a, b.
    AfterRepeat(f64, f64),
    /// MBG/NBD with a, b.
    AfterAny(f64, f64),
    /// Pareto/NBD with s, β.
    AnyMoment(f64, f64),
}

/// A made-up shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shop {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) story: Story,
    pub(super) customers: usize,
    /// Looked at so many weeks after it opened.
    pub(super) weeks: f64,
    /// It found new customers during its first weeks.
    pub(super) intake_weeks: f64,
}

impl Shop {
    /// Every customer's rhythm, purchases of one day being one.
    pub(super) fn play(&self, dice: &mut Dice) -> Vec<Rhythm> {
        (0..self.customers).map(|_| self.customer(dice)).collect()
    }

    fn customer(&self, dice: &mut Dice) -> Rhythm {
        let whole_days = |weeks: f64| (weeks * 7.0).floor() / 7.0;
        let age_weeks = whole_days(self.weeks - dice.unit() * self.intake_weeks).max(0.0);
        let rate = dice.gamma(self.r) / self.alpha;
        let (leave, life) = match self.story {
            Story::AfterRepeat(a, b) | Story::AfterAny(a, b) => (dice.beta(a, b), f64::INFINITY),
            Story::AnyMoment(s, beta) => (0.0, dice.exponential() / (dice.gamma(s) / beta)),
        };
        let mut her = Rhythm { repeats: 0, recency_weeks: 0.0, age_weeks };
        let mut now = 0.0;
        let gone = |dice: &mut Dice| dice.unit() < leave;
        if matches!(self.story, Story::AfterAny(..)) && gone(dice) {
            return her;
        }
        loop {
            now += dice.exponential() / rate;
            let day = whole_days(now);
            if now > life || day > age_weeks {
                return her;
            }
            if day > her.recency_weeks {
                her = Rhythm { repeats: her.repeats + 1, recency_weeks: day, age_weeks };
            }
            if gone(dice) {
                return her;
            }
        }
    }
}
