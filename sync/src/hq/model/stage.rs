//! The five stages of a customer, and who moves between them in a month (S71, S72).
//!
//! ```text
//! 1 猜疑 ──▶ 2 期望 ──▶ 3 第一次购买 ──▶ 4 重复购买 ──▶ 5 品牌宣传
//!   on file   showed     first sale        second day     a repeat buyer who
//!             interest                     with a sale    brought somebody
//! ```
//!
//! # Invariants
//!
//! - A stage is a fact of the past and never falls: who stays away is absent (`absence`), not new.
//! - So what can fall is the share that moves up, and that is what the alert watches.
//!
//! Not here: where interest and referrals are recorded (the customer file).

use super::history::{Defined, History, share};
use crate::language::Language;

/// How close she is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// On file, nothing more.
    Suspicion,
    /// Asked, answered or agreed to be written to; has not bought.
    Expectation,
    /// Bought on one day.
    First,
    /// Bought on two days or more.
    Repeat,
    /// And brought another customer.
    Advocate,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 5] =
        [Self::Suspicion, Self::Expectation, Self::First, Self::Repeat, Self::Advocate];

    /// Its name.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Suspicion => language.of("猜疑", "suspicion"),
            Self::Expectation => language.of("期望", "expectation"),
            Self::First => language.of("第一次购买", "first purchase"),
            Self::Repeat => language.of("重复购买", "repeat purchase"),
            Self::Advocate => language.of("品牌宣传", "advocate"),
        }
    }
}

/// What of a customer's file moves her between stages; days since 1970-01-01.
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// Since when she is on file.
    pub known: i32,
    /// When she first showed interest.
    pub interested: Option<i32>,
    /// When she first brought somebody.
    pub referred: Option<i32>,
    /// Her purchases, if there are any.
    pub history: Option<History<'a>>,
}

impl Contact<'_> {
    /// Where she stood at the end of day `day`; `None` if she was not known yet.
    #[must_use]
    pub fn stage(&self, day: i32) -> Option<Stage> {
        let by = |when: Option<i32>| when.is_some_and(|when| when <= day);
        let visits = self.history.map_or(0, |her| her.visits().take_while(|on| *on <= day).count());
        match visits {
            0 if by(self.interested) => Some(Stage::Expectation),
            0 => by(Some(self.known)).then_some(Stage::Suspicion),
            1 => Some(Stage::First),
            _ if by(self.referred) => Some(Stage::Advocate),
            _ => Some(Stage::Repeat),
        }
    }
}

/// How many moved from where to where between two days.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Transitions {
    /// By stage before, then stage after.
    pub moves: [[usize; 5]; 5],
    /// Came on file in between, by stage after.
    pub new: [usize; 5],
}

/// Counts the moves between the ends of two days, e.g. the last days of two months.
#[must_use]
pub fn transitions<'a>(
    contacts: impl IntoIterator<Item = Contact<'a>>,
    before: i32,
    after: i32,
) -> Transitions {
    let mut counted = Transitions::default();
    for contact in contacts {
        match (contact.stage(before), contact.stage(after)) {
            (Some(from), Some(to)) => counted.moves[from as usize][to as usize] += 1,
            (None, Some(to)) => counted.new[to as usize] += 1,
            (_, None) => {}
        }
    }
    counted
}

impl Transitions {
    /// Of those who could move up, the share who did.
    #[must_use]
    pub fn upward(&self) -> Option<f64> {
        share(self.moved_up(), self.could_move())
    }

    fn moved_up(&self) -> usize {
        let above = |(from, row): (usize, &[usize; 5])| row[from + 1..].iter().sum::<usize>();
        self.moves.iter().enumerate().map(above).sum()
    }

    fn could_move(&self) -> usize {
        self.moves[..4].iter().flatten().sum()
    }

    /// The upward share fell since `last` by more than chance explains (one-sided test of two shares at
    /// 5 %): the process is to be thought over (S72).
    #[must_use]
    pub fn falls_behind(&self, last: &Self) -> bool {
        let (now, then) = (self.could_move() as f64, last.could_move() as f64);
        let (up_now, up_then) = (self.moved_up() as f64, last.moved_up() as f64);
        let pooled = (up_now + up_then) / (now + then);
        let spread = (pooled * (1.0 - pooled) * (1.0 / now + 1.0 / then)).sqrt();
        up_then / then - up_now / now > 1.645 * spread
    }
}

impl Defined for Transitions {
    fn definition(&self, language: Language) -> String {
        language
            .of(
                "五阶段:猜疑(已建档)、期望(有意向)、第一次购买、重复购买(两个购买日以上)、品牌宣传(重复购买且介绍过新客)。\
                 上升比例=期初未到第五阶段的顾客中期末升级的比例。比上期下降超出偶然(5%)时提示。",
                "Five stages: suspicion (on file), expectation (showed interest), first purchase, repeat \
                 purchase (two days or more), advocate (and brought somebody). The upward share: of \
                 those below the fifth before, who stood higher after. An alert if it falls by more than \
                 chance explains (5 %).",
            )
            .to_owned()
    }
}
