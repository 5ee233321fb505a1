//! What leaving costs: what the lost had brought, counted; the practice's sum, every step shown (S90);
//! and what losing fewer would bring (S89).
//!
//! Not here: counting (`hq::forecast`), the sums (`model::churn_cost`).

use super::practice::whole;
use crate::hq::Hq;
use crate::hq::figures::rules::{Cost, FigureRules};
use crate::hq::forecast::{self, Given};
use crate::hq::model::Defined as _;
use crate::hq::model::churn_cost::{ChurnCost, WhatIf};
use crate::hq::model::win_back::Replacement;
use crate::hq::summary::Figures;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::visit::{Param, Refused, Shape, Visit, odd};
use crate::money::Minor;

/// What the calculator asks for.
pub(in crate::hq::web) const PARAMS: &[Param] = &[
    Param { name: "lost", shape: Shape::Text, about: "Customers lost." },
    Param { name: "orders", shape: Shape::Text, about: "Orders of one of them a month." },
    Param { name: "order", shape: Shape::Text, about: "An order's amount, whole units." },
    Param { name: "margin", shape: Shape::Text, about: "What of it is earned, in percent." },
];

/// Its example: customers lost, orders a month of each, an order's amount in whole units.
const EXAMPLE: [u32; 3] = [7, 10, 150];

pub(super) fn draw(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let given = forecast::practice(&hq.db)?.map(|practice| practice.given).unwrap_or_default();
    let rules = FigureRules::of_chain(&hq.db).cost;
    body.tag("h2", visit.of("流失的代价", "What leaving costs"));
    if given.before > 0 {
        counted(visit, &given, &rules, body)?;
        losing_fewer(visit, &given, &rules, body)?;
    }
    calculator(visit, &rules, body)
}

fn lost(given: &Given) -> usize {
    given.before - given.retained.min(given.before)
}

/// What the lost had brought in the year before, and what it takes to replace one.
fn counted(visit: &Visit, given: &Given, rules: &Cost, body: &mut Html) -> Result<(), Refused> {
    let (count, orders, net) = (lost(given), given.lost_orders, visit.money(given.lost_net));
    let margin = number(visit, "margin", rules.margin_percent.into())?;
    let earned = visit.money(given.lost_net.saturating_mul(margin.into()) / 100);
    let words = match visit.lang {
        Lang::Zh => format!(
            "最近一年没再来的 {} 位,前一年买了 {} 次,一共 {net};按毛利率 {margin} % 算,少赚 {earned}。",
            whole(count),
            whole(orders)
        ),
        Lang::En => format!(
            "The {} who stayed away for a year had bought {} times in the year before, for {net}; at a margin of {margin} % that is {earned} earned.",
            whole(count),
            whole(orders)
        ),
    };
    body.raw("<p class=lead>").text(&words).raw("</p>");
    let replacement = Replacement {
        lost_net: Minor::new(given.lost_net),
        lost: count,
        new_net: Minor::new(given.new_net),
        new: given.newcomers,
    };
    if let Some(ratio) = replacement.ratio() {
        let words = match visit.lang {
            Lang::Zh => format!("失去一位要 {ratio:.1} 位新顾客才补得上;常说要十位以上。"),
            Lang::En => format!(
                "One who leaves takes {ratio:.1} newcomers to replace; said to be ten or more."
            ),
        };
        body.raw("<p>").text(&words).raw("</p><p class=soft>");
        body.text(&replacement.definition(visit.lang)).raw("</p>");
    }
    Ok(())
}

/// What five points less of churn are worth (S89), from the chain's own numbers.
fn losing_fewer(
    visit: &Visit,
    given: &Given,
    rules: &Cost,
    body: &mut Html,
) -> Result<(), Refused> {
    let margin = f64::from(number(visit, "margin", rules.margin_percent.into())?) / 100.0;
    let points = rules.points_less;
    let what_if = WhatIf {
        yearly_churn: lost(given) as f64 / given.before.max(1) as f64,
        points_less: f64::from(points) / 100.0,
        discount: f64::from(rules.discount_percent) / 100.0,
        yearly_earning: given.net as f64 / given.before.max(1) as f64 * margin,
    };
    if let (Some(now), Some(then), Some(gain)) = (what_if.now(), what_if.then(), what_if.gain()) {
        let (now, then) = (visit.money(now.round() as i64), visit.money(then.round() as i64));
        let words = match visit.lang {
            Lang::Zh => format!(
                "少流失 {points} 个百分点:一位顾客今后的毛利从 {now} 到 {then},多 {:.1} %。",
                100.0 * gain
            ),
            Lang::En => format!(
                "Losing {points} points fewer: what one customer earns goes from {now} to {then}, {:.1} % more.",
                100.0 * gain
            ),
        };
        body.raw("<p>").text(&words).raw("</p><p class=soft>");
        body.text(&what_if.definition(visit.lang)).raw("</p>");
    }
    Ok(())
}

fn number(visit: &Visit, name: &str, unless: u32) -> Result<u32, Refused> {
    match visit.asked(name).map(str::trim) {
        None | Some("") => Ok(unless),
        Some(text) => {
            text.parse().ok().filter(|number| *number <= 100_000_000).ok_or_else(|| odd(name))
        }
    }
}

/// The practice's sum (S90), with its own example until somebody types.
fn calculator(visit: &Visit, rules: &Cost, body: &mut Html) -> Result<(), Refused> {
    let [lost, orders, order, margin] = [
        number(visit, "lost", EXAMPLE[0])?,
        number(visit, "orders", EXAMPLE[1])?,
        number(visit, "order", EXAMPLE[2])?,
        number(visit, "margin", rules.margin_percent.into())?,
    ];
    body.raw("<div class=card><p class=soft>").text(visit.of(
        "自己算一算;开头的数字是书上的例子。",
        "Reckon it yourself; the numbers to begin with are the practice's example.",
    ));
    body.raw("</p><form method=get action=\"/numbers#cost\" id=cost>");
    let attributes = "inputmode=numeric size=8";
    let mut field = |zh: &str, en: &str, name, value: u32| {
        body.field(visit.of(zh, en), name, attributes, &value.to_string());
    };
    field("流失几位", "Customers lost", "lost", lost);
    field("每人每月几单", "Orders a month each", "orders", orders);
    field("每单金额", "Amount of an order", "order", order);
    field("毛利率 %", "Margin, %", "margin", margin);
    body.button(visit.of("算", "Reckon")).raw("</form>");
    let cost = ChurnCost {
        lost,
        orders_per_month: orders,
        order: Minor::new(
            i64::from(order).saturating_mul(10_i64.saturating_pow(visit.exponent.into())),
        ),
        margin_bp: margin.saturating_mul(100),
        rate_e4: 10_000,
        exponent: visit.exponent,
    };
    match cost.steps() {
        Ok(steps) => {
            body.raw("<dl class=sums>");
            for step in &steps {
                body.tag("dt", step.label(visit.lang)).tag("dd", &step.to_string());
            }
            body.raw("</dl>");
        }
        Err(_) => {
            let words = visit.of("数字太大,算不了。", "These numbers are too large.");
            body.raw("<p class=warn>").text(words).raw("</p>");
        }
    }
    body.raw("<p class=soft>").text(&cost.definition(visit.lang)).raw("</p></div>");
    Ok(())
}
