//! The chain's numbers, each with its definition beside it.
//!
//! Figures come from last night's sums and models; a panel of one's own joins in [`PANELS`].
//!
//! Not here: computing them (`hq::summary`).

pub(in crate::hq::web) mod cost;
mod made;
pub(super) mod practice;
mod trust;

use crate::hq::Hq;
use crate::hq::figures::measure::measured;
use crate::hq::figures::rules::FigureRules;
use crate::hq::file::{Filled, Weights};
use crate::hq::summary::{self, Figures};
use crate::hq::web::chart;
use crate::hq::web::html::Html;
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::language::Language;
use crate::money::grouped;
use axum::response::Response;

/// Draws a part of the page.
type Panel = fn(&Hq, &Visit, &Figures, &mut Html) -> Result<(), Refused>;

/// What stands on the page, in order.
const PANELS: &[Panel] = &[
    shares,
    practice::year,
    concentration,
    tiers,
    made::draw,
    practice::stages,
    practice::cohorts,
    practice::rfm,
    cost::draw,
    trust::trust,
    practice::complaints,
];

/// `GET /numbers`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let mut body = Html::default();
    body.h1(visit.of("数字", "Numbers"));
    super::beside::links(visit, super::beside::FIGURES, "/numbers", &mut body);
    match summary::figures(&hq.db)? {
        None => {
            let words = visit
                .of("今夜汇总后就有数字。", "There are numbers once a night has been summed up.");
            body.raw("<p class=none>").text(words).raw("</p>");
        }
        Some(figures) => {
            body.raw("<p class=soft>")
                .text(visit.of("截至 ", "As of "))
                .text(&day_text(figures.day));
            body.text(visit.of(",全公司", ", the whole chain")).raw("</p>");
            for panel in PANELS {
                panel(hq, visit, &figures, &mut body)?;
            }
        }
    }
    Ok(visit.page(visit.of("数字", "Numbers"), "/numbers", body))
}

/// In tenths of a percent, rounded; none of nothing.
fn per_mille(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| (part * 2_000 / whole).div_ceil(2))
}

fn shares(hq: &Hq, visit: &Visit, figures: &Figures, body: &mut Html) -> Result<(), Refused> {
    let whole = |count: u64| grouped(&count.to_string());
    let of = |part: u64, all: u64| format!("{} / {}", whole(part), whole(all));
    // As the stores' figures have it: one name, one value.
    let measured = measured(&hq.db)?.unwrap_or_default();
    body.raw("<div class=panels>");
    panel(
        body,
        visit.of("留存率", "Retention"),
        per_mille(figures.retained, figures.before),
        &of(figures.retained, figures.before),
        visit.of(
            "定义:前 90 天(第 91 至 180 天前)买过的人里,最近 90 天又买的占比。",
            "Definition: of those who bought in the 90 days before the last 90, who bought again in the last 90.",
        ),
    );
    panel(
        body,
        visit.of("复购率", "Repeat rate"),
        per_mille(measured.repeaters, measured.buyers),
        &of(measured.repeaters, measured.buyers),
        visit.of(
            "定义:最近 365 天买过的人里,这 365 天内在两个或更多日子买过的占比(按人算)。",
            "Definition: of those who bought within 365 days, those who did on two days or more in them (persons, not orders).",
        ),
    );
    let units = |amount: i64| u64::try_from(amount).unwrap_or(0);
    panel(
        body,
        visit.of("会员等级占销售", "Tiers' share of sales"),
        per_mille(units(measured.member_net).min(units(measured.all_net)), units(measured.all_net)),
        &format!("{} / {}", visit.money(measured.member_net), visit.money(measured.all_net)),
        visit.of(
            "定义:最近 365 天全部净销售额里(没留号的也算),今天有等级的人占多少。",
            "Definition: of all net sales within 365 days, also those to nobody known, the part of those with a tier today.",
        ),
    );
    let weights = Weights::of(&FigureRules::of_chain(&hq.db).file);
    let filled =
        Filled { hard: average(figures.hard, figures), soft: average(figures.soft, figures) };
    panel(
        body,
        visit.of("档案完整度", "Files complete"),
        (figures.persons > 0).then(|| u64::from(filled.percent(weights)) * 10),
        &whole(figures.persons),
        &complete_means(visit, weights.hard_percent()),
    );
    body.raw("</div>");
    Ok(())
}

fn complete_means(visit: &Visit, hard: u32) -> String {
    let soft = 100 - hard;
    match visit.lang {
        Language::Zh => {
            format!("定义:{hard} % × 硬档案已填 + {soft} % × 软档案已填,按全体平均的填写数算。")
        }
        Language::En => format!(
            "Definition: {hard} % × hard fields filled + {soft} % × soft fields filled, by the average number filled."
        ),
    }
}

fn average(sum: u64, figures: &Figures) -> u32 {
    u32::try_from((sum + figures.persons / 2) / figures.persons.max(1)).unwrap_or(u32::MAX)
}

fn panel(body: &mut Html, name: &str, per_mille: Option<u64>, counts: &str, definition: &str) {
    body.raw("<section class=panel>").tag("h2", name).raw("<p class=big>");
    match per_mille {
        Some(share) => body.text(&format!("{}.{} %", share / 10, share % 10)),
        None => body.text("–"),
    };
    body.raw("</p><p>")
        .text(counts)
        .raw("</p><p class=soft>")
        .text(definition)
        .raw("</p></section>");
}

/// The 80/20 curve, from the data (S68).
fn concentration(_: &Hq, visit: &Visit, figures: &Figures, body: &mut Html) -> Result<(), Refused> {
    let whole = figures.curve.last().copied().unwrap_or(0);
    if whole <= 0 {
        return Ok(());
    }
    let share =
        |net: &i64| i64::try_from(i128::from(*net) * 1_000 / i128::from(whole)).unwrap_or(0);
    let points: Vec<i64> = figures.curve.iter().map(share).collect();
    let mark = |at: usize| {
        let (top, part) = (at * 100 / points.len(), points.get(at - 1).copied().unwrap_or(0));
        let words = visit.of("的顾客占", "of buyers make");
        (at, format!("{top} % {words} {}.{} %", part / 10, part % 10))
    };
    let marks: Vec<(usize, String)> =
        [4, 6].into_iter().filter(|at| *at <= points.len()).map(mark).collect();
    body.raw("<div class=wide>");
    let title = visit.of(
        "消费集中度:最近 365 天,按净消费从高到低累计;虚线是人人一样",
        "Concentration: net sales within 365 days, buyers by net spend; the dashed line is all alike",
    );
    chart::curve(body, title, &points, &marks);
    body.raw("</div>");
    Ok(())
}

fn tiers(_: &Hq, visit: &Visit, figures: &Figures, body: &mut Html) -> Result<(), Refused> {
    let mut shares: Vec<(String, u64)> =
        figures.tiers.iter().map(|(name, count)| (name.clone(), *count)).collect();
    shares.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    shares.truncate(4);
    let with: u64 = shares.iter().map(|(_, count)| count).sum();
    shares.push((visit.of("其他", "others").to_owned(), figures.persons.saturating_sub(with)));
    body.raw("<div class=wide>");
    chart::shares(body, visit.of("顾客按等级", "Customers by tier"), &shares);
    body.raw("</div>");
    Ok(())
}
