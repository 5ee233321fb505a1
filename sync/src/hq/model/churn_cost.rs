//! What losing customers costs, every sum shown (S90), and what losing fewer would bring (S89).
//!
//! ```text
//! 7 buyers × 10 orders × 150.00 = 10,500.00     × 20 % = 2,100.00     × 6.3 = 13,230.00     × 12 = 158,760.00
//! ```
//!
//! The source calls 7 of 35 "5 %" and 158,760 "nearly 150,000"; a calculator that shows its sums cannot.
//!
//! # Invariants
//!
//! - Whole minor units, rounded half away from zero once per step; what does not fit is an error.
//!
//! Not here: how many are lost (`retention`).

use super::history::Defined;
use crate::language::Language;
use crate::money::Minor;
use std::fmt;

/// What goes into the calculation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChurnCost {
    /// Customers lost.
    pub lost: u32,
    /// Orders of one of them a month.
    pub orders_per_month: u32,
    /// An order's mean amount, net.
    pub order: Minor,
    /// What of it is earned, in hundredths of a percent: 2,000 is 20 %.
    pub margin_bp: u32,
    /// Exchange rate in ten-thousandths: 63,000 is 6.3; 10,000 where there is one currency only.
    pub rate_e4: u32,
    /// Decimals of both currencies.
    pub exponent: u8,
}

/// The sums are beyond what money can be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the cost of churn is beyond what can be counted; check the figures")]
pub struct TooLarge;

/// One line of the calculation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Step {
    /// What it gives.
    pub kind: StepKind,
    /// The result.
    pub amount: Minor,
    cost: ChurnCost,
    before: Minor,
}

/// What a step gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StepKind {
    /// Revenue a month.
    Revenue,
    /// What of it was earned.
    Earned,
    /// In the other currency.
    Exchanged,
    /// A year of it.
    Year,
}

impl ChurnCost {
    /// The steps in order; the last one is the year's cost. Without a second currency there are three.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if a sum does not fit.
    pub fn steps(&self) -> Result<Vec<Step>, TooLarge> {
        let ten_thousandths = 10_000;
        let orders = i128::from(self.lost) * i128::from(self.orders_per_month);
        let mut factors = vec![
            (StepKind::Revenue, orders, 1),
            (StepKind::Earned, i128::from(self.margin_bp), ten_thousandths),
            (StepKind::Exchanged, i128::from(self.rate_e4), ten_thousandths),
            (StepKind::Year, 12, 1),
        ];
        factors
            .retain(|(kind, factor, _)| *kind != StepKind::Exchanged || *factor != ten_thousandths);
        let mut before = self.order;
        let step = |(kind, factor, divisor)| {
            let amount = times(before, factor, divisor)?;
            Ok(Step { kind, amount, cost: *self, before: std::mem::replace(&mut before, amount) })
        };
        factors.into_iter().map(step).collect()
    }
}

fn times(amount: Minor, factor: i128, divisor: i128) -> Result<Minor, TooLarge> {
    let product = i128::from(amount.units()).checked_mul(factor).ok_or(TooLarge)?;
    let half = product.signum() * divisor / 2;
    i64::try_from((product + half) / divisor).map(Minor::new).map_err(|_| TooLarge)
}

impl fmt::Display for Step {
    /// The sum as a person would write it: `10500.00 × 20% = 2100.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = (self.written(self.before), self.written(self.amount));
        let ChurnCost { lost, orders_per_month, .. } = self.cost;
        match self.kind {
            StepKind::Revenue => write!(f, "{lost} × {orders_per_month} × {before} = {after}"),
            StepKind::Earned => {
                write!(f, "{before} × {}% = {after}", f64::from(self.cost.margin_bp) / 100.0)
            }
            StepKind::Exchanged => {
                write!(f, "{before} × {} = {after}", f64::from(self.cost.rate_e4) / 10_000.0)
            }
            StepKind::Year => write!(f, "{before} × 12 = {after}"),
        }
    }
}

impl Step {
    fn written(&self, amount: Minor) -> String {
        amount.with_decimals(self.cost.exponent).to_string()
    }

    /// What the step gives, in words.
    #[must_use]
    pub const fn label(&self, language: Language) -> &'static str {
        match self.kind {
            StepKind::Revenue => language.of("每月少卖", "Revenue lost a month"),
            StepKind::Earned => language.of("其中每月少赚", "Of that, earnings lost a month"),
            StepKind::Exchanged => language.of("折合本币", "In our currency"),
            StepKind::Year => language.of("一年少赚", "Earnings lost a year"),
        }
    }
}

impl Defined for ChurnCost {
    fn definition(&self, language: Language) -> String {
        language
            .of(
                "流失成本=流失人数×每人每月单数×每单金额×毛利率×汇率×12,每步列出。",
                "Cost of churn: customers lost × orders a month of each × an order's amount × margin × \
                 exchange rate × 12, every step shown.",
            )
            .to_owned()
    }
}

/// What keeping more customers is worth: each customer earns `yearly_earning` a year as long as she
/// stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIf {
    /// Share lost a year, 0 to 1, from the shop's own data.
    pub yearly_churn: f64,
    /// Share fewer that are lost, in points: 0.05 for five.
    pub points_less: f64,
    /// Discount a year, 0 or more.
    pub discount: f64,
    /// What a customer earns a year, in minor units, not rounded.
    pub yearly_earning: f64,
}

impl WhatIf {
    /// What is said of five points (S89): 25 to 85 % more profit.
    pub const CLAIMED: std::ops::Range<f64> = 0.25..0.85;

    /// What one customer earns over all years, in minor units: `e · (1 + d) / (d + churn)`. `None` if
    /// that has no end, with neither churn nor discount.
    #[must_use]
    pub fn now(&self) -> Option<f64> {
        self.at(self.yearly_churn)
    }

    /// The same after losing fewer.
    #[must_use]
    pub fn then(&self) -> Option<f64> {
        self.at((self.yearly_churn - self.points_less).max(0.0))
    }

    /// The gain as a share of now: 0.25 is 25 % more.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        let now = self.now().filter(|now| *now > 0.0)?;
        Some(self.then()? / now - 1.0)
    }

    fn at(&self, churn: f64) -> Option<f64> {
        let fading = self.discount + churn;
        (fading > 0.0).then(|| self.yearly_earning * (1.0 + self.discount) / fading)
    }
}

impl Defined for WhatIf {
    fn definition(&self, language: Language) -> String {
        let (churn, points) = (100.0 * self.yearly_churn, 100.0 * self.points_less);
        let discount = 100.0 * self.discount;
        match language {
            Language::Zh => format!(
                "每年流失{churn:.1}%的顾客若少流失{points:.1}个百分点,一位顾客今后累计毛利(每年折现\
                 {discount:.1}%)增加的比例。常引用的“25%到85%”(Reichheld与Sasser,1990)是各行业净现值,并非承诺。"
            ),
            Language::En => format!(
                "If {points:.1} points fewer of the {churn:.1} % a year were lost: the gain in what one \
                 customer earns over all years, discounted by {discount:.1} % a year. The often quoted \
                 25 to 85 % (Reichheld and Sasser, 1990) are net present values by industry, not a \
                 promise."
            ),
        }
    }
}
