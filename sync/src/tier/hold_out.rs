//! Numbers that are no customer's: nobody shall be gold under one.
//!
//! Not here: which numbers are staff's, and counting how often one was typed (the caller).

use crate::language::Language;
use crate::phone::Phone;

/// A customer's own number is typed at most so often a day.
const USES_PER_DAY_MAX: u64 = 3;

/// Why a number has no tier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// 13800000000 and its like.
    Placeholder,
    /// A number of somebody who works here.
    Staff,
    /// Typed more than three times in one day.
    TooOften,
}

/// Whether a number is held out of tiers, and why. `uses_by_day` says on which day it was typed how
/// often, for the days that the caller looks at.
#[must_use]
pub fn held_out(phone: &Phone, staff: bool, uses_by_day: &[(i32, u32)]) -> Option<HeldOut> {
    match () {
        () if phone.is_placeholder() => Some(HeldOut::Placeholder),
        () if staff => Some(HeldOut::Staff),
        () if uses_by_day.iter().any(|(day, _)| is_too_often(uses_by_day, *day)) => {
            Some(HeldOut::TooOften)
        }
        () => None,
    }
}

/// A day may be listed more than once, e.g. by each till.
fn is_too_often(uses_by_day: &[(i32, u32)], day: i32) -> bool {
    let uses = uses_by_day.iter().filter(|(at, _)| *at == day);
    uses.map(|(_, uses)| u64::from(*uses)).sum::<u64>() > USES_PER_DAY_MAX
}

impl HeldOut {
    /// Why, for the screen.
    #[must_use]
    pub const fn words(self, language: Language) -> &'static str {
        match self {
            Self::Placeholder => language.of("占位号码,不计等级", "a placeholder: no tier"),
            Self::Staff => language.of("员工号码,不计等级", "a number of our staff: no tier"),
            Self::TooOften => {
                language.of("同一天用得太多,不计等级", "used too often in one day: no tier")
            }
        }
    }
}
