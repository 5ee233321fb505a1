//! RFM: how recently, how often and for how much she bought, each from 1 to 5 (S8, S68, S126).
//!
//! The three are ranked independently of each other, so that a 5 means the same in every cell; 125
//! cells, 111 to 555, where 5 is best. Equal customers get equal scores: where half of a shop came once,
//! they share one F, in the middle of the ranks that they take up, and another F stays empty.
//!
//! # Invariants
//!
//! - Every customer is in exactly one cell, and the same one whatever order they come in.
//! - A better value never has a lower score.
//!
//! Not here: acting on a cell.

use super::history::{Defined, Histories, History};
use crate::care_list::CustomerId;
use crate::language::Language;
use crate::money::Minor;

/// A cell, 111 to 555.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Cell {
    /// Recency: 5 came last.
    pub r: u8,
    /// Frequency: 5 came most often.
    pub f: u8,
    /// Money: 5 spent most.
    pub m: u8,
}

impl Cell {
    /// 100 R + 10 F + M.
    #[must_use]
    pub const fn score(self) -> u16 {
        100 * self.r as u16 + 10 * self.f as u16 + self.m as u16
    }
}

/// What is ranked of a customer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Values {
    /// Since her last visit.
    pub days_since: i32,
    /// Days with a visit.
    pub visits: usize,
    /// Net spend.
    pub net: Minor,
}

/// How scores are drawn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Bins {
    /// Five groups of about equal size each, by rank.
    Quintiles,
    /// At bounds that stay the same from month to month.
    Fixed(Bounds),
}

/// Four rising bounds each; reaching one is the next score, as with tiers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bounds {
    recency_days: [i32; 4],
    visits: [usize; 4],
    net: [Minor; 4],
}

/// Why bounds cannot be used: cells would be empty or overlap.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the four bounds of {which} must rise")]
pub struct BoundsError {
    /// recency, frequency or money.
    pub which: &'static str,
}

impl Bounds {
    /// Takes bounds, each rising: days since the last visit (the first is where 5 ends: `[30, 90, 180,
    /// 365]` gives 5 up to 29 days, 1 from 365), visits and net spend (the first is where 2 begins).
    ///
    /// # Errors
    ///
    /// [`BoundsError`] if some do not rise.
    pub fn new(
        recency_days: [i32; 4],
        visits: [usize; 4],
        net: [Minor; 4],
    ) -> Result<Self, BoundsError> {
        let wrong = |which| Err(BoundsError { which });
        match (rise(&recency_days), rise(&visits), rise(&net)) {
            (false, ..) => wrong("recency"),
            (_, false, _) => wrong("frequency"),
            (.., false) => wrong("money"),
            _ => Ok(Self { recency_days, visits, net }),
        }
    }

    fn cell(&self, values: &Values) -> Cell {
        Cell {
            r: 5 - reached(&self.recency_days, values.days_since),
            f: 1 + reached(&self.visits, values.visits),
            m: 1 + reached(&self.net, values.net),
        }
    }
}

fn rise<T: Ord>(bounds: &[T; 4]) -> bool {
    bounds.windows(2).all(|pair| pair[0] < pair[1])
}

/// How many bounds, 0 to 4.
fn reached<T: Ord>(bounds: &[T; 4], value: T) -> u8 {
    bounds.iter().map(|bound| u8::from(value >= *bound)).sum()
}

/// The cell of everybody who bought up to and including day `today`, by rising pseudonym.
#[must_use]
pub fn rfm(histories: &Histories, today: i32, bins: &Bins) -> Vec<(CustomerId, Cell)> {
    let valued = histories.iter().filter_map(|her| Some((her.customer, values(&her, today)?)));
    let (customers, values): (Vec<_>, Vec<_>) = valued.unzip();
    customers.into_iter().zip(cells(&values, bins)).collect()
}

fn values(her: &History<'_>, today: i32) -> Option<Values> {
    let past = i32::MIN..today.saturating_add(1);
    Some(Values {
        days_since: today.saturating_sub(her.last(today)?),
        visits: her.count(&past),
        net: her.net(&past),
    })
}

/// The cell of each, in the order given.
#[must_use]
pub fn cells(values: &[Values], bins: &Bins) -> Vec<Cell> {
    match bins {
        Bins::Fixed(bounds) => values.iter().map(|values| bounds.cell(values)).collect(),
        Bins::Quintiles => {
            // Fewer days since are better: the sign turns them round.
            let recency: Vec<_> = values.iter().map(|her| -i64::from(her.days_since)).collect();
            let visits: Vec<_> = values.iter().map(|her| her.visits).collect();
            let net: Vec<_> = values.iter().map(|her| her.net).collect();
            let scores = quintiles(&recency).into_iter().zip(quintiles(&visits));
            let scores = scores.zip(quintiles(&net));
            scores.map(|((r, f), m)| Cell { r, f, m }).collect()
        }
    }
}

/// 1 to 5 by the middle of the ranks that a value's equals take up.
fn quintiles<T: Ord>(values: &[T]) -> Vec<u8> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|one, other| values[*one].cmp(&values[*other]));
    let (mut scores, mut below) = (vec![0; values.len()], 0);
    for equal in order.chunk_by(|one, other| values[*one] == values[*other]) {
        // Twice the middle rank, so that it is whole.
        let twice_middle = 2 * below + equal.len();
        let group = (5 * twice_middle / (2 * values.len())).min(4);
        equal.iter().for_each(|at| scores[*at] = group as u8 + 1);
        below += equal.len();
    }
    scores
}

impl Defined for Bins {
    fn definition(&self, language: Language) -> String {
        let how = match self {
            Self::Quintiles => language.of(
                "三项各自排名,分成人数大致相等的五组;数值相同的同组",
                "Each of the three is ranked by itself into five groups of about equal size; equal \
                 values are in one group",
            ),
            Self::Fixed(_) => language
                .of("三项各按固定界限分五档,达到即入", "At fixed bounds; reaching one counts"),
        };
        let what = language.of(
            "R=距上次购买天数,F=购买天数,M=净消费;5为最好。",
            "R is days since the last purchase, F days with one, M net spend; 5 is best.",
        );
        format!("{how}{}{what}", language.of("。", ". "))
    }
}
