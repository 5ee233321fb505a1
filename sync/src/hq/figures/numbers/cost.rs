//! What losing customers costs, every sum shown, and what keeping more would bring (S88 to S90, S101).
//!
//! Not here: the arithmetic (`model::churn_cost`).

use super::super::rules::FigureRules;
use super::state::beside;
use super::{From, Number, percent};
use crate::hq::model::churn_cost::{ChurnCost, TooLarge, WhatIf};
use crate::hq::model::history::Defined;
use crate::hq::model::win_back::Replacement;
use crate::language::Language;
use crate::money::Minor;

pub(super) fn numbers(from: &From<'_>) -> Vec<Number> {
    let measured = from.measured;
    let count = |of: u64| usize::try_from(of).unwrap_or(usize::MAX);
    let replacement = Replacement {
        lost_net: Minor::new(measured.lost_net),
        lost: count(measured.lost),
        new_net: Minor::new(measured.new_net),
        new: count(measured.new),
    };
    let mut all = vec![from.number(
        "S88",
        ("一位流失顾客抵几位新客", "New customers that one lost one takes"),
        beside(from, replacement.ratio(), Replacement::CLAIMED),
        replacement.definition(from.language),
    )];
    all.extend(what_if(from));
    all.extend(own_cost(from));
    all.push(winning(from));
    all
}

fn what_if(from: &From<'_>) -> Option<Number> {
    let (measured, cost) = (from.measured, &from.rules.cost);
    let lost = measured.year.active.checked_sub(measured.year.retained)?;
    let churn = (measured.year.active > 0).then(|| lost as f64 / measured.year.active as f64)?;
    let mean = measured.year_net as f64 / measured.buyers.max(1) as f64;
    let what = WhatIf {
        yearly_churn: churn,
        points_less: f64::from(cost.points_less) / 100.0,
        discount: f64::from(cost.discount_percent) / 100.0,
        yearly_earning: mean * f64::from(cost.margin_percent) / 100.0,
    };
    let name = ("流失率降低后的利润增幅", "Gain from losing fewer");
    let value = what.gain().map_or_else(|| "–".to_owned(), percent);
    Some(from.number("S89", name, value, what.definition(from.language)))
}

/// The cost of the customers who were lost within the year, from the chain's own data: one order a month
/// stands for what one of them spent a month.
fn own_cost(from: &From<'_>) -> Vec<Number> {
    let measured = from.measured;
    let lost = u32::try_from(measured.lost).unwrap_or(u32::MAX);
    let a_month = i128::from(measured.lost_net) / (12 * i128::from(measured.lost.max(1)));
    let cost = ChurnCost {
        lost,
        orders_per_month: 1,
        order: Minor::new(i64::try_from(a_month).unwrap_or(i64::MAX)),
        margin_bp: u32::from(from.rules.cost.margin_percent) * 100,
        rate_e4: 10_000,
        exponent: from.exponent,
    };
    let own = from.of(
        "本店数据:一位流失顾客上一年的月均净消费算作每月一单。",
        "Own data: what a lost customer spent a month the year before counts as one order. ",
    );
    let Ok(lines) = cost_of_churn(&cost, from.language) else { return Vec::new() };
    lines
        .into_iter()
        .map(|line| Number { definition: format!("{own}{}", line.definition), ..line })
        .collect()
}

/// The calculator, every sum shown (S90).
///
/// # Errors
///
/// [`TooLarge`] if a sum is beyond what money can be.
pub fn cost_of_churn(cost: &ChurnCost, language: Language) -> Result<Vec<Number>, TooLarge> {
    let definition = cost.definition(language);
    let line = |step: &crate::hq::model::churn_cost::Step| Number {
        rule: "S90",
        name: step.label(language).to_owned(),
        value: step.to_string(),
        definition: definition.clone(),
    };
    Ok(cost.steps()?.iter().map(line).collect())
}

/// What winning a new one costs beside keeping one (S101).
fn winning(from: &From<'_>) -> Number {
    let FigureRules { cost, .. } = from.rules;
    let (ratio, keeping) = (cost.winning_times_keeping, cost.keeping);
    let lost = i64::try_from(from.measured.lost).unwrap_or(i64::MAX);
    let value = match lost
        .checked_mul(keeping)
        .and_then(|kept| Some((kept, kept.checked_mul(i64::from(ratio))?)))
    {
        Some((kept, won)) if keeping > 0 => {
            let [one, kept, won] = [keeping, kept, won].map(|units| from.money(units));
            format!("{lost} × {one} = {kept}; × {ratio} = {won}")
        }
        _ => ratio.to_string(),
    };
    let definition = match from.language {
        Language::Zh => format!(
            "争取一位新客的成本设为留住一位老客的{ratio}倍(常说5倍,可在规则中改)。知道每人每年的维护成本时,\
             列出留住本年流失者与另找同样多新客各需多少。"
        ),
        Language::En => format!(
            "Winning a customer is set to cost {ratio} times as much as keeping one (claimed: 5; the rules \
             can say otherwise). Where the chain knows what keeping one costs a year: what keeping this \
             year's lost would have cost, and finding as many new ones."
        ),
    };
    from.number("S101", ("新客成本÷留客成本", "Winning by keeping"), value, definition)
}
