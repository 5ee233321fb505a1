//! The three-month rule, with its error beside the model's (S118).
//!
//! The rule calls lost who has not bought for so long. It is kept because people think in it; but on the
//! public CDNOW purchases a fifth of those it calls lost bought again. So each list comes with what the
//! same rule would have got wrong a while ago, and what the model would have with equally many names.
//!
//! Not here: the filter by sex or store (the caller's), what is done with the list (win-back tasks).

use super::history::{Defined, Histories, share};
use super::hold_out::{HeldOut, hold_out};
use super::rhythm::Rhythm;
use crate::calendar::Date;
use crate::care_list::CustomerId;
use crate::language::Language;

/// How long is long.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub enum Absence {
    /// Calendar months: from 31 May back one month is 30 April. S118 says three.
    Months(u16),
    /// Days, e.g. 91 for 13 weeks.
    Days(u32),
}

impl Absence {
    /// Who bought on this day or later is not absent on day `today`.
    #[must_use]
    pub fn since(self, today: i32) -> i32 {
        match self {
            Self::Days(days) => today.saturating_sub_unsigned(days),
            Self::Months(months) => months_before(today, months),
        }
    }
}

fn months_before(today: i32, months: u16) -> i32 {
    let date = Date::of(today);
    let month = date.year * 12 + i32::from(date.month) - 1 - i32::from(months);
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12).unsigned_abs() as u8 + 1);
    // A month that is too short ends on its last day.
    let days = (1..=date.day).rev().map(|day| Date { year, month, day });
    days.into_iter().find_map(Date::day).unwrap_or(today)
}

/// Everybody whose last visit, up to and including day `today`, lies further back; with that day.
pub fn absent(
    histories: &Histories,
    rule: Absence,
    today: i32,
) -> impl Iterator<Item = (CustomerId, i32)> + '_ {
    let since = rule.since(today);
    histories.iter().filter_map(move |her| {
        her.last(today).filter(|last| *last < since).map(|last| (her.customer, last))
    })
}

/// What became of those whom a rule called lost, and of the others.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Verdict {
    /// Called lost at the split.
    pub flagged: usize,
    /// Of those, bought again.
    pub flagged_came: usize,
    /// Not called lost.
    pub unflagged: usize,
    /// Of those, bought again.
    pub unflagged_came: usize,
}

impl Verdict {
    /// Share of those called lost who bought again: the rule's error.
    #[must_use]
    pub fn wrongly_lost(&self) -> Option<f64> {
        share(self.flagged_came, self.flagged)
    }

    /// Share of the others who bought again.
    #[must_use]
    pub fn rightly_kept(&self) -> Option<f64> {
        share(self.unflagged_came, self.unflagged)
    }

    fn add(&mut self, flagged: bool, came: bool) {
        let (count, count_came) = if flagged {
            (&mut self.flagged, &mut self.flagged_came)
        } else {
            (&mut self.unflagged, &mut self.unflagged_came)
        };
        *count += 1;
        *count_came += usize::from(came);
    }
}

/// The rule and the model on the same days, each calling equally many lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct RuleBesideModel {
    /// The rule.
    pub rule: Absence,
    /// How the rule did.
    pub by_rule: Verdict,
    /// How the model did that calls those lost of whom it expects least.
    pub by_model: Verdict,
    /// How long after the split was looked, in days.
    pub days: u32,
}

/// Judges the rule at day `split` by visits up to and including day `end`, beside `forecast`: what a
/// model that was fitted up to the split expects of her, e.g. her chance to come within those weeks.
#[must_use]
pub fn judge(
    histories: &Histories,
    rule: Absence,
    split: i32,
    end: i32,
    forecast: impl Fn(&HeldOut) -> f64,
) -> RuleBesideModel {
    let hers = hold_out(histories, split, end);
    let rows = hers.map(|her| (her.rhythm, forecast(&her), her.customer, her.visits_after > 0));
    beside(rule, split, end, rows)
}

/// As [`judge`], of each one's rhythm at the split, what the model expects of her, something to tell equals
/// apart by, and whether she bought again.
pub fn beside<T: Ord>(
    rule: Absence,
    split: i32,
    end: i32,
    hers: impl IntoIterator<Item = (Rhythm, f64, T, bool)>,
) -> RuleBesideModel {
    let (mut by_rule, mut by_model) = (Verdict::default(), Verdict::default());
    let mut ranked = Vec::new();
    let weeks_absent = f64::from(split.saturating_sub(rule.since(split))) / 7.0;
    for (rhythm, forecast, customer, came) in hers {
        let absent_weeks = rhythm.age_weeks - rhythm.recency_weeks;
        // Both are whole days by seven: a thousandth of a day keeps their rounding out.
        by_rule.add(absent_weeks > weeks_absent + 1e-4, came);
        ranked.push((forecast, customer, came));
    }
    ranked.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    for (at, (.., came)) in ranked.iter().enumerate() {
        by_model.add(at < by_rule.flagged, *came);
    }
    RuleBesideModel { rule, by_rule, by_model, days: end.saturating_sub(split).unsigned_abs() }
}

impl Absence {
    fn words(self, language: Language) -> String {
        match (self, language) {
            (Self::Months(months), Language::Zh) => format!("{months}个月"),
            (Self::Months(months), Language::En) => format!("{months} calendar months"),
            (Self::Days(days), Language::Zh) => format!("{days}天"),
            (Self::Days(days), Language::En) => format!("{days} days"),
        }
    }
}

impl Defined for RuleBesideModel {
    fn definition(&self, language: Language) -> String {
        let (absence, days) = (self.rule.words(language), self.days);
        match language {
            Language::Zh => format!(
                "“久未到店”=超过{absence}没有购买。误判率=当时被划为久未到店、但之后{days}天内又买的比例。\
                 模型一栏划出同样多的人:预期购买最少的。"
            ),
            Language::En => format!(
                "Absent: no purchase for more than {absence}. The rule's error is the share of those who \
                 were called absent and bought again within the {days} days after. Beside it the model, \
                 calling equally many absent: those of whom it expects least."
            ),
        }
    }
}
