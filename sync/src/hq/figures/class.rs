//! Which class a customer is in, since when, and when time alone will change it (S8, S69, S126).
//!
//! ```text
//! never bought ─▶ prospect        away 365 days ─▶ lost        away 180 ─▶ at risk
//! came once, lately ─▶ new        comes often and spends much ─▶ gold
//! comes often, spends little so far ─▶ potential               everybody else ─▶ regular
//! ```
//!
//! # Invariants
//!
//! - Everybody is in exactly one class and one RFM cell; both follow from four numbers and the day.
//! - Between a look and [`Standing::changes_on`] nothing changes by itself: nobody need be looked at
//!   before.
//!
//! Not here: reading the numbers (`person`), acting on a class (the desk).

use super::rules::ClassRules;
use crate::hq::model::rfm::{self, Bins, Bounds, Cell, Values};
use crate::language::Language;
use crate::money::Minor;

/// What a customer is to the shop now.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// On file, has not bought.
    Prospect,
    /// Bought for the first time lately.
    New,
    /// Comes often and spends much.
    Gold,
    /// Comes often, and has spent little so far.
    Potential,
    /// None of the others.
    Regular,
    /// Has stayed away.
    AtRisk,
    /// Has stayed away for very long.
    Lost,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Prospect,
        Self::New,
        Self::Gold,
        Self::Potential,
        Self::Regular,
        Self::AtRisk,
        Self::Lost,
    ];

    /// Its word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::New => "new",
            Self::Gold => "gold",
            Self::Potential => "potential",
            Self::Regular => "regular",
            Self::AtRisk => "at_risk",
            Self::Lost => "lost",
        }
    }

    /// The class of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Prospect => language.of("未购", "not yet a buyer"),
            Self::New => language.of("新客", "new"),
            Self::Gold => language.of("黄金", "gold"),
            Self::Potential => language.of("潜力", "potential"),
            Self::Regular => language.of("一般", "regular"),
            Self::AtRisk => language.of("可能流失", "at risk"),
            Self::Lost => language.of("已流失", "lost"),
        }
    }
}

/// What a class follows from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bought {
    /// The day of her first purchase.
    pub first: i32,
    /// Of her last one.
    pub last: i32,
    /// Days with a purchase.
    pub visits: usize,
    /// Net spend.
    pub net: Minor,
}

/// Where she stands on a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Her class.
    pub class: Class,
    /// Her RFM cell; none before she bought.
    pub cell: Option<Cell>,
    /// Since when she is in this class, if nothing but time has passed since her last purchase.
    pub since: Option<i32>,
    /// The next day on which class or cell may change though nothing happens.
    pub changes_on: Option<i32>,
}

/// Bounds, checked.
#[derive(Clone, Debug)]
pub struct Bands {
    rules: ClassRules,
    bins: Bins,
}

impl Bands {
    /// Takes rules and their checked bounds.
    #[must_use]
    pub fn new(rules: ClassRules, bounds: Bounds) -> Self {
        Self { rules, bins: Bins::Fixed(bounds) }
    }

    /// How RFM cells are drawn.
    #[must_use]
    pub const fn bins(&self) -> &Bins {
        &self.bins
    }

    /// Where she stands at the end of day `today`.
    #[must_use]
    pub fn standing(&self, bought: Option<&Bought>, today: i32) -> Standing {
        let Some(her) = bought else {
            let class = Class::Prospect;
            return Standing { class, cell: None, since: None, changes_on: None };
        };
        let class = self.class(her, today);
        let past = self.turns(her).into_iter().filter(|turn| *turn <= today);
        let turned = |turn: &i32| *turn > her.last && self.class(her, turn - 1) != class;
        Standing {
            class,
            cell: Some(self.cell(her, today)),
            since: past.filter(turned).max().or(Some(her.last)),
            changes_on: self.turns(her).into_iter().filter(|turn| *turn > today).min(),
        }
    }

    fn cell(&self, her: &Bought, today: i32) -> Cell {
        let Bought { last, visits, net, .. } = *her;
        let values = Values { days_since: today.saturating_sub(last), visits, net };
        rfm::cells(&[values], &self.bins)[0]
    }

    fn class(&self, her: &Bought, today: i32) -> Class {
        let rules = &self.rules;
        let away = today.saturating_sub(her.last);
        let Cell { f, m, .. } = self.cell(her, today);
        let comes_often = her.visits > 1 && self.gap_days(her) <= rules.potential_gap_days;
        if away >= rules.lost_days {
            Class::Lost
        } else if away >= rules.at_risk_days {
            Class::AtRisk
        } else if her.visits == 1 && today.saturating_sub(her.first) < rules.new_days {
            Class::New
        } else if f >= rules.gold_score && m >= rules.gold_score {
            Class::Gold
        } else if comes_often && m <= rules.potential_score {
            Class::Potential
        } else {
            Class::Regular
        }
    }

    /// Mean days between her purchases.
    fn gap_days(&self, her: &Bought) -> i32 {
        let gaps = i32::try_from(her.visits.saturating_sub(1)).unwrap_or(i32::MAX).max(1);
        her.last.saturating_sub(her.first) / gaps
    }

    /// Every day on which time alone crosses a bound.
    fn turns(&self, her: &Bought) -> Vec<i32> {
        let rules = &self.rules;
        let since_last =
            rules.recency_days.into_iter().chain([rules.at_risk_days, rules.lost_days]);
        let turns = since_last.map(|days| her.last.saturating_add(days));
        turns.chain([her.first.saturating_add(rules.new_days)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::FigureRules;
    use super::*;
    use proptest::prelude::*;

    fn bands() -> Bands {
        FigureRules::shipped().bands().unwrap()
    }

    fn bought(first: i32, last: i32, visits: usize, net: i64) -> Bought {
        Bought { first, last, visits, net: Minor::new(net) }
    }

    /// S8: gold by fixed figures, the same whoever counts. S69: potential is often and little so far.
    #[test]
    fn s8_s69_s126_each_class_begins_at_its_bound() {
        let class = |her: Bought, today| bands().standing(Some(&her), today).class;
        assert_eq!(bands().standing(None, 0).class, Class::Prospect);
        assert_eq!(class(bought(100, 100, 1, 1), 189), Class::New);
        assert_eq!(class(bought(100, 100, 1, 1), 190), Class::Regular);
        assert_eq!(class(bought(0, 400, 5, 500_000), 400), Class::Gold);
        assert_eq!(class(bought(0, 400, 5, 499_999), 400), Class::Regular, "100 days apart");
        assert_eq!(class(bought(280, 400, 3, 499_999), 400), Class::Potential, "60 days apart");
        assert_eq!(class(bought(278, 400, 3, 499_999), 400), Class::Regular, "61 days apart");
        assert_eq!(class(bought(0, 400, 5, 500_000), 579), Class::Gold);
        assert_eq!(class(bought(0, 400, 5, 500_000), 580), Class::AtRisk);
        assert_eq!(class(bought(0, 400, 5, 500_000), 765), Class::Lost);
    }

    #[test]
    fn s126_a_class_is_told_since_the_day_it_began_whatever_night_found_it() {
        let her = bought(0, 400, 5, 500_000);
        let at = |today| bands().standing(Some(&her), today);
        assert_eq!((at(400).since, at(400).changes_on), (Some(400), Some(430)), "R falls to 4");
        assert_eq!(at(430).since, Some(400), "the same class in another cell");
        assert_eq!((at(583).class, at(583).since), (Class::AtRisk, Some(580)));
        assert_eq!((at(999).class, at(999).since), (Class::Lost, Some(765)));
        assert_eq!(at(999).changes_on, None);
    }

    proptest! {
        /// S126: no gap and no overlap over time: nothing changes before the day that is told, and the
        /// day since when is the day it changed.
        #[test]
        fn nothing_changes_before_the_day_that_is_told(
            first in 0..300_i32, more in 0..300_i32, visits in 1..12_usize,
            net in -1_000..2_000_000_i64, wait in 0..500_i32,
        ) {
            let her = bought(first, if visits == 1 { first } else { first + more }, visits, net);
            let (bands, today) = (bands(), her.last + wait);
            let now = bands.standing(Some(&her), today);
            let until = now.changes_on.unwrap_or(today + 400);
            for day in today..until {
                let then = bands.standing(Some(&her), day);
                prop_assert_eq!((then.class, then.cell), (now.class, now.cell));
            }
            let since = now.since.unwrap();
            prop_assert_eq!(bands.standing(Some(&her), since).class, now.class);
            if since > her.last {
                prop_assert_ne!(bands.standing(Some(&her), since - 1).class, now.class);
            }
        }
    }
}
