//! How far the forecast can be trusted, the models beside each other, and what a customer is worth.
//!
//! Not here: trying and reckoning (`forecast::beside`).

use super::panel;
use super::practice::{counted, definition, rule_beside_model};
use crate::hq::Hq;
use crate::hq::forecast::beside::{self, Said};
use crate::hq::forecast::{Trial, WEEKS};
use crate::hq::model::Defined as _;
use crate::hq::summary::Figures;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::pages::win_back;
use crate::hq::web::visit::{Refused, Visit};
use crate::money::grouped;

/// How far the forecast can be trusted: tried on what it had not seen.
pub(super) fn trust(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(practice) = counted(hq)? else { return Ok(()) };
    body.tag("h2", visit.of("预测准不准", "How good is the forecast"));
    if let Some(why) = practice.unfitted {
        body.raw("<p class=warn>").text(win_back::unfitted(visit, why)).raw("</p>");
    }
    let Some(trial) = practice.trial else { return Ok(()) };
    let (expected, made) = (trial.expected.div_ceil(1_000), trial.made.div_ceil(1_000));
    let words = match visit.lang {
        Lang::Zh => format!(
            "假装不知道最近 {WEEKS} 周:预测 {} 位顾客一共来 {expected} 次,实际来了 {made} 次。",
            trial.customers
        ),
        Lang::En => format!(
            "Blind to the last {WEEKS} weeks: it expected {expected} visits of {} customers; they made {made}.",
            trial.customers
        ),
    };
    body.raw("<p>").text(&words).raw("</p>");
    if let Some(ranked) = trial.ranked {
        let percent = format!("{}.{} %", ranked / 10, ranked % 10);
        let words = match visit.lang {
            Lang::Zh => format!(
                "拿一位来了的和一位没来的比,{percent} 的时候预测把来了的排在前面(50 % 是瞎猜)。"
            ),
            Lang::En => format!(
                "Of one who came and one who did not, it ranked the right one first in {percent} of pairs (50 % is chance)."
            ),
        };
        body.raw("<p>").text(&words).raw("</p>");
    }
    if let Some(beside) = trial.beside {
        rule_beside_model(visit, &beside, body);
    }
    models(visit, &trial, body);
    if let Some(worth) = practice.worth {
        let mean = visit.money_short(worth.mean);
        let counts = match visit.lang {
            Lang::Zh => format!("一位顾客今后一年预计带来 {mean}({} 位的平均)", worth.customers),
            Lang::En => format!(
                "a customer is expected to bring {mean} within a year (mean of {})",
                worth.customers
            ),
        };
        let title = visit.of("今后一年的价值,前 20 % 占", "A year's value: the top 20 % bring");
        body.raw("<div class=panels>");
        panel(
            body,
            title,
            Some(worth.top_fifth.into()),
            &counts,
            &beside::horizon().definition(visit.lang),
        );
        body.raw("</div>");
    }
    definition(
        body,
        visit.of(
            "方法:MBG/NBD(购买节奏)与 Gamma-Gamma(金额),用全公司自己的销售每夜拟合。",
            "Method: MBG/NBD for the rhythm and Gamma-Gamma for amounts, fitted each night on the chain's own sales.",
        ),
    );
    Ok(())
}

/// The three models on the same weeks: what each expected, how far that was off, how well it ranked.
fn models(visit: &Visit, trial: &Trial, body: &mut Html) {
    let said: Vec<&Said> = trial.models.iter().flatten().collect();
    if said.is_empty() {
        return;
    }
    body.raw("<div class=scroll><table><thead><tr><th>").text(visit.of("模型", "Model"));
    for (zh, en) in
        [("预测", "Expected"), ("实际", "Made"), ("偏差", "Off by"), ("排对", "Ranked right")]
    {
        body.raw("</th><th class=n>").text(visit.of(zh, en));
    }
    body.raw("</th></tr></thead><tbody>");
    let whole = |thousandths: u64| grouped(&thousandths.div_ceil(1_000).to_string());
    for of in said {
        let (expected, made) = (of.expected as f64, trial.made as f64);
        let off = if made > 0.0 {
            format!("{:+.1} %", 100.0 * (expected / made - 1.0))
        } else {
            "–".into()
        };
        let ranked =
            of.ranked.map_or_else(|| "–".into(), |it| format!("{}.{} %", it / 10, it % 10));
        body.raw("<tr><td>").text(of.model.name()).raw("</td><td class=n>");
        body.text(&whole(of.expected)).raw("</td><td class=n>").text(&whole(trial.made));
        body.raw("</td><td class=n>").text(&off).raw("</td><td class=n>").text(&ranked);
        body.raw("</td></tr>");
    }
    body.raw("</tbody></table></div>");
}
