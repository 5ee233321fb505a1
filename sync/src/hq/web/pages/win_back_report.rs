//! What winning back showed: called beside held out, why they stayed away, and what is done about it.
//!
//! Not here: counting (`hq::desk::win_back::report`), the list (`win_back`).

use super::numbers::practice;
use super::{tasks, words};
use crate::event::LostReason;
use crate::hq::desk::win_back::cure::{self, Cure, TAGS};
use crate::hq::desk::win_back::report::{self, Arm, Report};
use crate::hq::web::chart::{self, Bar};
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::visit::{Refused, Visit, day_text};
use crate::hq::{Hq, audit, forecast};
use axum::response::{IntoResponse as _, Redirect, Response};

/// `GET /win-back/report`.
pub(in crate::hq::web) fn page(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let report = report::report(&hq.db, visit.today)?;
    let mut body = Html::default();
    body.h1(visit.of("挽回成效", "What winning back showed"));
    tasks::neighbours(visit, "/win-back/report", &mut body);
    body.raw("<p class=lead>").text(&verdict(visit, &report)).raw("</p>");
    arms(visit, &report, &mut body);
    if let Some(beside) = forecast::practice(&hq.db)?.and_then(|known| known.trial?.beside) {
        body.tag("h2", visit.of("谁算流失:规则和模型", "Who is lost: the rule and the model"));
        practice::rule_beside_model(visit, &beside, &mut body);
    }
    reasons(visit, &report, &mut body);
    cures(hq, visit, &mut body)?;
    Ok(visit.page(visit.of("挽回成效", "What winning back showed"), "/tasks", body))
}

fn percent(permille: u32) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// In one sentence: did it help?
fn verdict(visit: &Visit, report: &Report) -> String {
    let Some(lift) = report.lift_permille else {
        return visit
            .of(
                "还说不准:回访组和对照组都要过 90 天才算数。",
                "Too early to tell: both groups count 90 days after the draw.",
            )
            .to_owned();
    };
    let points = format!("{:.1}", lift as f64 / 10.0);
    match (report.is_proved, visit.lang) {
        (true, Lang::Zh) => format!("打电话让回来的比例变化了 {points} 个百分点,不是偶然。"),
        (false, Lang::Zh) => format!("回来的比例相差 {points} 个百分点,可能是偶然:再等等。"),
        (true, Lang::En) => {
            format!("Calls changed who came back by {points} points; not by chance.")
        }
        (false, Lang::En) => {
            format!("Who came back differs by {points} points, which may be chance: wait.")
        }
    }
}

fn arm_name(visit: &Visit, arm: &Arm) -> &'static str {
    let (zh, en) = match arm.name {
        "called" => ("回访组", "called"),
        "held_out" => ("对照组(不打扰)", "held out (left alone)"),
        _ => ("新顾客再来", "newcomers who came again"),
    };
    visit.lang.of(zh, en)
}

fn arms(visit: &Visit, report: &Report, body: &mut Html) {
    body.raw("<div class=panels>");
    for arm in &report.arms {
        body.raw("<section class=panel>").tag("h2", arm_name(visit, arm)).raw("<p class=big>");
        body.text(&if arm.of == 0 { "–".to_owned() } else { percent(arm.permille[0]) });
        body.raw("</p><p>").text(&format!("{} / {}", arm.came_back, arm.of)).raw("</p>");
        if arm.of > 0 {
            let of = visit.of("95 % 区间 ", "95 % interval ");
            let (low, high) = (percent(arm.permille[1]), percent(arm.permille[2]));
            body.raw("<p class=soft>").text(&format!("{of}{low} – {high}")).raw("</p>");
        }
        body.raw("</section>");
    }
    body.raw("</div><p class=soft>").text(visit.of(
        "定义:抽签之日起 90 天内又买的占比;不论是否联系上都算;90 天没到的两边都不算。新顾客:首次购买后 90 天内再买的占比。",
        "Definition: bought again within 90 days of the draw, reached or not; who was drawn later is in neither. Newcomers: bought again within 90 days of the first purchase.",
    ));
    body.raw("</p>");
    if let Some(times) = report.times_newcomers_percent {
        let (whole, part) = (times / 100, times % 100);
        let words = match visit.lang {
            Lang::Zh => format!("挽回成功率是新客再来的 {whole}.{part:02} 倍;常说是 2 倍。"),
            Lang::En => format!(
                "Winning back works {whole}.{part:02} times as often as with newcomers; it is said to be 2."
            ),
        };
        body.raw("<p>").text(&words).raw("</p>");
    }
    let words = match visit.lang {
        Lang::Zh => format!("从没投诉、就不来了的:{} 位。", report.silent),
        Lang::En => format!("Stayed away and never complained: {}.", report.silent),
    };
    body.raw("<p>").text(&words).raw("</p>");
    if let Some(days) = report.loop_days {
        let words = match visit.lang {
            Lang::Zh => format!("一半的回访在 {days} 天内有了结果。"),
            Lang::En => format!("Half of the calls had an outcome within {days} days."),
        };
        body.raw("<p>").text(&words).raw("</p>");
    }
}

/// Why they stayed away: ours to mend, or the world's (S113).
fn reasons(visit: &Visit, report: &Report, body: &mut Html) {
    body.tag("h2", visit.of("为什么久未来", "Why they stayed away"));
    let given: Vec<_> = report.reasons.iter().filter(|reason| reason.count > 0).collect();
    if given.is_empty() {
        body.raw("<p class=none>")
            .text(visit.of("还没有人说。", "Nobody has said yet."))
            .raw("</p>");
        return;
    }
    let bar = |reason: &&report::Reason| Bar {
        label: words::of(words::REASON, reason.reason, visit.lang).to_owned(),
        value: reason.count.to_string(),
        height: i64::from(reason.count),
        part: if reason.group == "ours" { i64::from(reason.count) } else { 0 },
    };
    let bars: Vec<Bar> = given.iter().map(bar).collect();
    let title = visit.of(
        "挽回任务结束时记下的原因;深色是我们能改的",
        "Reasons noted when a win-back closed; the dark ones are ours to mend",
    );
    chart::bars(body, title, &bars);
}

/// What is done about the reasons (S115, S116): what is missing, and a form to note it.
fn cures(hq: &Hq, visit: &Visit, body: &mut Html) -> Result<(), Refused> {
    body.tag("h2", visit.of("对策", "What is done about it"));
    let gaps = cure::gaps(&hq.db)?;
    body.raw("<ul class=plain>");
    for gap in &gaps {
        let reason = words::of(words::REASON, gap.reason, visit.lang);
        let lacks = cure_name(visit, gap.lacks);
        let words = match visit.lang {
            Lang::Zh => format!("“{reason}”说了 {} 次,还缺{lacks}对策", gap.given),
            Lang::En => {
                format!("“{reason}” was given {} times and lacks a cure {lacks}", gap.given)
            }
        };
        body.raw("<li class=warn>").text(&words).raw("</li>");
    }
    let mut select = hq.db.prepare_cached(
        "SELECT reason, cure, tag, text, day FROM cure ORDER BY day DESC, id DESC LIMIT 30",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (reason, cure, tag): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let cure = if cure == Cure::Emergency.word() { Cure::Emergency } else { Cure::LongTerm };
        body.raw("<li><b>").text(words::of(words::REASON, &reason, visit.lang)).raw("</b> · ");
        body.text(cure_name(visit, cure)).raw(" · ").text(tag_name(visit, &tag)).raw("<br>");
        let text: String = row.get(3)?;
        body.text(&text).raw(" <span class=soft>").text(&day_text(row.get(4)?));
        body.raw("</span></li>");
    }
    body.raw("</ul>");
    if visit.is_hq() {
        cure_form(visit, body);
    }
    Ok(())
}

fn cure_form(visit: &Visit, body: &mut Html) {
    body.raw("<div class=card>").form("/win-back/cure", &visit.token);
    let pair = |word: &str, said: &str| (word.to_owned(), said.to_owned());
    let reasons: Vec<_> = LostReason::ALL
        .iter()
        .map(|of| pair(of.word(), words::of(words::REASON, of.word(), visit.lang)))
        .collect();
    body.choice(visit.of("原因", "Reason"), "reason", &reasons, "");
    let cures = [Cure::Emergency, Cure::LongTerm].map(|of| pair(of.word(), cure_name(visit, of)));
    body.choice(visit.of("治标还是治本", "For today or for the root"), "cure", &cures, "");
    let tags: Vec<_> = TAGS.iter().map(|tag| pair(tag, tag_name(visit, tag))).collect();
    body.choice(visit.of("从哪里改", "Of what"), "tag", &tags, "service");
    body.field(visit.of("做什么", "What is done"), "what", "required maxlength=300", "");
    body.button(visit.of("记下", "Keep")).raw("</form></div>");
}

fn cure_name(visit: &Visit, cure: Cure) -> &'static str {
    match cure {
        Cure::Emergency => visit.lang.of("治标", "for today"),
        Cure::LongTerm => visit.lang.of("治本", "for the root"),
    }
}

fn tag_name<'a>(visit: &Visit, tag: &'a str) -> &'a str {
    const TAG: crate::hq::web::list::Words = &[
        ("idea", "观念", "idea"),
        ("product", "产品", "product"),
        ("service", "服务", "service"),
        ("staff", "人员", "staff"),
        ("image", "形象", "image"),
        ("management", "管理", "management"),
        ("innovation", "创新", "innovation"),
        ("alliance", "联盟", "alliance"),
    ];
    words::of(TAG, tag, visit.lang)
}

/// `POST /win-back/cure`.
pub(in crate::hq::web) fn add_cure(hq: &mut Hq, visit: &Visit) -> Result<Response, Refused> {
    let reason = LostReason::from_word(visit.typed("reason")?);
    let cure = if visit.typed("cure")? == Cure::Emergency.word() {
        Cure::Emergency
    } else {
        Cure::LongTerm
    };
    let what = visit.needed("what", "请写做什么", "say what is done")?;
    let added = cure::add(&hq.db, reason, cure, visit.typed("tag")?, what, visit.today)?;
    if added.is_none() {
        return Err(Refused::odd("请选从哪里改", "choose what it is of"));
    }
    audit::note(&hq.db, visit.now_ms, &visit.user.name, "cure", reason.word(), "")?;
    Ok(Redirect::to("/win-back/report").into_response())
}
