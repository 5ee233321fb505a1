//! The three steps of a relation: meet, sell, stay in touch (S2).
//!
//! ```text
//! 1 建立关系 ──first sale──▶ 2 促进消费 ──we reach her──▶ 3 日常联系 ──next sale──▶ 2 …
//! ```
//!
//! Not here: when she bought or was reached (`person`).

use crate::language::Language;

/// Where the relation stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// On file.
    Met,
    /// Bought, and nobody has been in touch since.
    Bought,
    /// We have been in touch since her last purchase.
    InTouch,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Met, Self::Bought, Self::InTouch];

    /// By the day of her last purchase and of our last touch.
    #[must_use]
    pub fn of(bought: Option<i32>, touched: Option<i32>) -> Self {
        match (bought, touched) {
            (None, _) => Self::Met,
            (Some(bought), Some(touched)) if touched >= bought => Self::InTouch,
            _ => Self::Bought,
        }
    }

    /// 1 to 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its name.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Met => language.of("建立关系", "meet"),
            Self::Bought => language.of("促进消费", "sell"),
            Self::InTouch => language.of("日常联系", "stay in touch"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_a_sale_and_a_contact_each_move_the_step() {
        assert_eq!(Step::of(None, Some(3)), Step::Met, "known, and has not bought");
        assert_eq!(Step::of(Some(5), None), Step::Bought);
        assert_eq!(Step::of(Some(5), Some(5)), Step::InTouch);
        assert_eq!(Step::of(Some(9), Some(5)), Step::Bought, "the next sale begins it again");
        assert_eq!(Step::ALL.map(Step::number), [1, 2, 3]);
    }
}
