//! Keeping customers in numbers: who left within a year, months of first purchases, RFM, stages, how
//! far the forecast can be trusted, and what follows a sale.
//!
//! Not here: counting (`hq::forecast`), what leaving costs (`cost`).

use super::{panel, per_mille};
use crate::hq::Hq;
use crate::hq::desk::after_sale::AfterSale;
use crate::hq::desk::complaint::loyalty::Share;
use crate::hq::forecast::{self, Practice};
use crate::hq::model::Defined as _;
use crate::hq::model::absence::RuleBesideModel;
use crate::hq::model::rfm::Bins;
use crate::hq::model::stage::{Stage, Transitions};
use crate::hq::summary::Figures;
use crate::hq::web::chart;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::visit::{Refused, Visit};
use crate::money::grouped;

/// Shades of a table's cells, from few to many.
const SHADES: [&str; 5] = [
    "<td class=\"n h0\">",
    "<td class=\"n h1\">",
    "<td class=\"n h2\">",
    "<td class=\"n h3\">",
    "<td class=\"n h4\">",
];

pub(super) fn whole(count: usize) -> String {
    grouped(&count.to_string())
}

pub(super) fn definition(body: &mut Html, text: &str) {
    body.raw("<p class=soft>").text(text).raw("</p>");
}

/// What the night counted, or nothing before the first one.
pub(super) fn counted(hq: &Hq) -> Result<Option<Practice>, Refused> {
    Ok(forecast::practice(&hq.db)?)
}

/// The year's loss, the top buyers, members whom nobody touched, what follows a sale.
pub(super) fn year(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(practice) = counted(hq)? else { return Ok(()) };
    let given = practice.given;
    let of = |part: usize, all: usize| format!("{} / {}", whole(part), whole(all));
    let lost = given.before - given.retained.min(given.before);
    body.raw("<div class=panels>");
    panel(
        body,
        visit.of("一年流失", "Lost within a year"),
        per_mille(lost as u64, given.before as u64),
        &of(lost, given.before),
        visit.of(
            "定义:前一年买过的人里,最近 365 天没再买的占比。新顾客不计入。常说 20 % 到 40 %。",
            "Definition: of those who bought in the year before, who did not in the last 365 days. Newcomers do not count. Said to be 20 to 40 %.",
        ),
    );
    if let Some([twenty, thirty]) = practice.top {
        let counts = match visit.lang {
            Lang::Zh => format!("前 30 % 占 {}.{} %", thirty / 10, thirty % 10),
            Lang::En => format!("the top 30 %: {}.{} %", thirty / 10, thirty % 10),
        };
        panel(
            body,
            visit.of("前 20 % 的顾客占销售", "Sales to the top 20 %"),
            Some(twenty.into()),
            &counts,
            visit.of(
                "定义:最近 365 天买过的人按净消费排,前 20 % 占全部净消费的比例;由数据算出,不套 80/20。",
                "Definition: buyers of the last 365 days by net spend, what the top 20 % of them brought; computed, 80/20 is not assumed.",
            ),
        );
    }
    if let Some(coverage) = practice.coverage {
        let definition = match visit.lang {
            Lang::Zh => format!(
                "定义:有等级、可以联系的会员里,{} 天内有过联系结果的占比;目标是全部。",
                coverage.days
            ),
            Lang::En => format!(
                "Definition: of members with a tier who may be called, those with an outcome within {} days. The aim is all.",
                coverage.days
            ),
        };
        let touched = coverage.members - coverage.untouched.min(coverage.members);
        panel(
            body,
            visit.of("会员有人联系", "Members touched"),
            per_mille(touched.into(), coverage.members.into()),
            &of(touched as usize, coverage.members as usize),
            &definition,
        );
    }
    if let Some(after) = practice.after_sale {
        followed(visit, after, body);
    }
    body.raw("</div>");
    Ok(())
}

/// S31: does the relation end with the sale?
fn followed(visit: &Visit, after: AfterSale, body: &mut Html) {
    let done = after.touched + after.planned;
    panel(
        body,
        visit.of("销售后有跟进", "Sales that were followed up"),
        per_mille(done.into(), after.sales.into()),
        &format!("{done} / {}", after.sales),
        visit.of(
            "定义:最近 30 天会员的销售里,之后联系过或已安排联系的占比;其余是没有规则要求、不能打扰,或没办成。",
            "Definition: of the last 30 days' sales to members, those after which she was touched or is planned for; for the others no rule asked, she may not be called, or nothing came of it.",
        ),
    );
}

/// Months of first purchases, and the share who came again 1, 2, … months later.
pub(super) fn cohorts(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(practice) = counted(hq)? else { return Ok(()) };
    let months = practice.cohorts.iter().map(|cohort| cohort.bought.len()).max().unwrap_or(0);
    if months == 0 {
        return Ok(());
    }
    body.tag("h2", visit.of("新顾客后来还来吗", "Do newcomers come again"));
    body.raw("<div class=scroll><table class=grid><thead><tr><th>");
    body.text(visit.of("首次购买", "First purchase")).raw("</th><th class=n>");
    body.text(visit.of("人数", "Customers")).raw("</th>");
    for month in 1..=months.min(12) {
        body.raw("<th class=n>+").count(month).raw("</th>");
    }
    body.raw("</tr></thead><tbody>");
    for cohort in &practice.cohorts {
        let month = format!("{}-{:02}", cohort.year, cohort.month);
        body.raw("<tr><td>").text(&month).raw("</td><td class=n>").text(&whole(cohort.customers));
        body.raw("</td>");
        for bought in cohort.bought.iter().take(12) {
            let percent = 100 * bought / cohort.customers.max(1);
            body.raw(SHADES[(percent / 10).min(4)]).count(percent).raw(" %</td>");
        }
        body.raw("</tr>");
    }
    body.raw("</tbody></table></div>");
    definition(
        body,
        visit.of(
            "定义:某月首次购买的顾客中,此后第 1、2、3…个月又买的占比;只列已经过完的月份。",
            "Definition: of the customers whose first purchase was in that month, the share who bought in the first, second, third month after; whole months only.",
        ),
    );
    Ok(())
}

/// Recency by frequency, with the mean money score in each cell.
pub(super) fn rfm(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(practice) = counted(hq)?.filter(|practice| practice.customers > 0) else {
        return Ok(());
    };
    let most = practice.rfm.iter().flatten().map(|(count, _)| *count).max().unwrap_or(0).max(1);
    body.tag("h2", visit.of("RFM:多久、多常、多少", "RFM: how lately, how often, how much"));
    body.raw("<div class=scroll><table class=grid><thead><tr><th>R \\ F</th>");
    for frequency in 1..=5_usize {
        body.raw("<th class=n>F").count(frequency).raw("</th>");
    }
    body.raw("</tr></thead><tbody>");
    for (at, row) in practice.rfm.iter().enumerate().rev() {
        body.raw("<tr><th>R").count(at + 1).raw("</th>");
        for (count, money) in row {
            body.raw(SHADES[(5 * count / (most + 1)).min(4)]).text(&whole(*count));
            if *count > 0 {
                let tenths = 10 * money / count;
                body.raw(" <small>M")
                    .count(tenths / 10)
                    .raw(".")
                    .count(tenths % 10)
                    .raw("</small>");
            }
            body.raw("</td>");
        }
        body.raw("</tr>");
    }
    body.raw("</tbody></table></div>");
    let all = practice.rfm.iter().flatten().map(|(count, _)| count).sum();
    let (all, bought) = (whole(all), whole(practice.customers));
    let words = match visit.lang {
        Lang::Zh => format!("25 格相加 {all} 位,买过的共 {bought} 位:每位正好在一格里。"),
        Lang::En => format!(
            "The 25 cells add up to {all}; {bought} have bought: everybody is in exactly one."
        ),
    };
    body.raw("<p>").text(&words).raw("</p>");
    definition(body, &Bins::Quintiles.definition(visit.lang));
    Ok(())
}

/// The five stages today, and who moved in the last whole month (S71, S72).
pub(super) fn stages(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(practice) = counted(hq)? else { return Ok(()) };
    body.tag("h2", visit.of("五个阶段", "The five stages")).raw("<div class=wide>");
    let shares: Vec<(String, u64)> = Stage::ALL
        .iter()
        .zip(practice.stages)
        .map(|(stage, count)| (stage.name(visit.lang).to_owned(), count as u64))
        .collect();
    chart::shares(body, visit.of("今天的顾客", "Customers today"), &shares);
    body.raw("</div>");
    let moved = Transitions { moves: practice.moves, new: practice.new };
    matrix(visit, &practice, body);
    let upward = moved.upward().map_or_else(|| "–".to_owned(), |up| format!("{:.1} %", 100.0 * up));
    let (year, month) = practice.month;
    let words = match visit.lang {
        Lang::Zh => format!("{year} 年 {month} 月上升比例:{upward}。"),
        Lang::En => format!("Upward share in {year}-{month:02}: {upward}."),
    };
    body.raw("<p>").text(&words).raw("</p>");
    if practice.falls_behind {
        body.raw("<p class=warn>").text(visit.of(
            "上升比例比上个月低,不像是偶然:想想哪里做得不对。",
            "Fewer moved up than the month before, by more than chance: think over what was done.",
        ));
        body.raw("</p>");
    }
    definition(body, &moved.definition(visit.lang));
    Ok(())
}

fn matrix(visit: &Visit, practice: &Practice, body: &mut Html) {
    body.raw("<div class=scroll><table class=grid><thead><tr><th>");
    body.text(visit.of("月初 → 月末", "Before → after")).raw("</th>");
    for stage in Stage::ALL {
        body.raw("<th class=n>").text(stage.name(visit.lang)).raw("</th>");
    }
    body.raw("</tr></thead><tbody>");
    let new = visit.of("新建档", "came on file");
    let names = Stage::ALL.iter().map(|stage| stage.name(visit.lang)).chain([new]);
    for (name, row) in names.zip(practice.moves.iter().chain([&practice.new])) {
        body.raw("<tr><th>").text(name).raw("</th>");
        for count in row {
            body.raw(if *count > 0 { SHADES[1] } else { SHADES[0] }).text(&whole(*count));
            body.raw("</td>");
        }
        body.raw("</tr>");
    }
    body.raw("</tbody></table></div>");
}

/// The rule of three months and the model, each with its error: of those called lost, who bought again (S118).
pub(in crate::hq::web::pages) fn rule_beside_model(
    visit: &Visit,
    beside: &RuleBesideModel,
    body: &mut Html,
) {
    let panels = [
        (visit.of("三个月规则误判", "Wrong by the rule of three months"), beside.by_rule),
        (visit.of("模型误判", "Wrong by the model"), beside.by_model),
    ];
    body.raw("<div class=panels>");
    for (title, verdict) in panels {
        let (came, flagged) = (verdict.flagged_came, verdict.flagged);
        let counts = format!("{} / {}", whole(came), whole(flagged));
        let meaning = visit.of("划为流失、之后又买的", "called lost, and bought again");
        panel(body, title, per_mille(came as u64, flagged as u64), &counts, meaning);
    }
    body.raw("</div>");
    definition(body, &beside.definition(visit.lang));
}

/// Does solving a complaint keep her, and does a quick answer? (S60, S109)
pub(super) fn complaints(
    hq: &Hq,
    visit: &Visit,
    _: &Figures,
    body: &mut Html,
) -> Result<(), Refused> {
    let Some(Practice { complaints: mut groups, .. }) = counted(hq)? else { return Ok(()) };
    groups.retain(|group| group.of > 0);
    if groups.iter().all(|group| group.group == "never_complained") {
        return Ok(());
    }
    body.tag("h2", visit.of("投诉以后还来吗", "Do they come back after a complaint"));
    body.raw("<div class=scroll><table><thead><tr><th>").text(visit.of("哪些人", "Who"));
    for (zh, en) in [
        ("人数", "How many"),
        ("又来了", "Came back"),
        ("比例", "Share"),
        ("95 % 区间", "95 % interval"),
    ] {
        body.raw("</th><th class=n>").text(visit.of(zh, en));
    }
    body.raw("</th></tr></thead><tbody>");
    for group in &groups {
        let percent =
            |at: usize| format!("{}.{} %", group.permille[at] / 10, group.permille[at] % 10);
        body.raw("<tr><td>").text(ended(visit, group)).raw("</td><td class=n>").number(group.of);
        body.raw("</td><td class=n>").number(group.came_back).raw("</td><td class=n>");
        body.text(&percent(0)).raw("</td><td class=n>");
        body.text(&format!("{} – {}", percent(1), percent(2))).raw("</td></tr>");
    }
    body.raw("</tbody></table></div>");
    definition(
        body,
        visit.of(
            "定义:投诉后 180 天内又买的占比;没投诉的按同样的 180 天算。不到 30 人的说明不了什么。",
            "Definition: bought again within 180 days of the complaint; who never complained over the same 180 days. Fewer than 30 prove nothing.",
        ),
    );
    Ok(())
}

fn ended(visit: &Visit, group: &Share) -> &'static str {
    let (zh, en) = match &*group.group {
        "solved" => ("解决了,满意", "solved, she is content"),
        "unsolved" => ("没解决", "not solved"),
        "never_complained" => ("没投诉过", "never complained"),
        "within_an_hour" => ("一小时内答复", "answered within an hour"),
        "within_a_day" => ("一天内答复", "answered within a day"),
        "later" => ("更晚答复", "answered later"),
        _ => ("没人答复", "never answered"),
    };
    visit.lang.of(zh, en)
}
