//! Who there is: customers by class (S126), by step (S2), and regulars by both definitions (S1, S91).
//!
//! Not here: counting (`hq::figures`), who is in a class (`classes`), steps by store (`stores`).

use super::{panel, per_mille};
use crate::hq::Hq;
use crate::hq::figures::class::Class;
use crate::hq::figures::measure::measured;
use crate::hq::figures::measured::Measured;
use crate::hq::figures::step::Step;
use crate::hq::summary::Figures;
use crate::hq::web::chart;
use crate::hq::web::html::{Html, Lang};
use crate::hq::web::list::Words;
use crate::hq::web::visit::{Refused, Visit};
use crate::money::grouped;

/// How a class begins, in a few words.
const BEGINS: Words = &[
    ("gold", "来得多、花得多", "comes often and spends much"),
    ("potential", "来得勤,花得还不多", "comes often, has spent little so far"),
    ("regular", "其余", "none of the others"),
    ("new", "第一次购买不久", "bought for the first time lately"),
    ("at_risk", "半年左右没来", "has stayed away for long"),
    ("lost", "一年左右没来", "has stayed away for very long"),
    ("prospect", "建了档,还没买过", "on file, has not bought"),
];

pub(super) fn draw(hq: &Hq, visit: &Visit, _: &Figures, body: &mut Html) -> Result<(), Refused> {
    let Some(measured) = measured(&hq.db)?.filter(|measured| measured.persons > 0) else {
        return Ok(());
    };
    classes(visit, &measured, body);
    steps(visit, &measured, body);
    regulars(visit, &measured, body);
    Ok(())
}

fn count(measured: &Measured, class: Class) -> u64 {
    measured.classes.get(class.word()).copied().unwrap_or(0)
}

fn percent(part: u64, whole: u64) -> String {
    per_mille(part, whole).map_or_else(|| "–".to_owned(), |of| format!("{}.{} %", of / 10, of % 10))
}

fn classes(visit: &Visit, measured: &Measured, body: &mut Html) {
    body.tag("h2", visit.of("顾客分类", "Customers by class"));
    body.raw("<div class=scroll><table><thead><tr><th>").text(visit.of("类", "Class"));
    for (zh, en) in [("顾客", "Customers"), ("占比", "Share")] {
        body.raw("</th><th class=n>").text(visit.of(zh, en));
    }
    body.raw("</th><th>").text(visit.of("是什么样的", "Who they are"));
    body.raw("</th></tr></thead><tbody>");
    let mut all = 0;
    for (word, zh, en) in BEGINS {
        let Some(class) = Class::from_word(word) else { continue };
        let of = count(measured, class);
        all += of;
        body.raw("<tr><td>").link(&format!("/classes?class={word}"), class.name(visit.lang));
        body.raw("</td><td class=n>").text(&grouped(&of.to_string())).raw("</td><td class=n>");
        body.text(&percent(of, measured.persons)).raw("</td><td class=said>");
        body.text(visit.of(zh, en)).raw("</td></tr>");
    }
    body.raw("</tbody></table></div><p class=soft>");
    let (all, persons) = (grouped(&all.to_string()), grouped(&measured.persons.to_string()));
    let words = match visit.lang {
        Lang::Zh => format!(
            "定义:每位顾客正好在一类里;各类相加 {all} 位,建档共 {persons} 位。界限写在规则里,月月一样;每夜分一次。"
        ),
        Lang::En => format!(
            "Definition: everybody is in exactly one class; they add up to {all}, and {persons} are on file. The rules name the bounds, the same every month; classed each night."
        ),
    };
    body.text(&words).raw("</p>");
}

fn steps(visit: &Visit, measured: &Measured, body: &mut Html) {
    body.tag("h2", visit.of("三步走到哪了", "The three steps")).raw("<div class=wide>");
    let shares: Vec<(String, u64)> = Step::ALL
        .into_iter()
        .zip(measured.steps)
        .map(|(step, count)| (format!("{} {}", step.number(), step.name(visit.lang)), count))
        .collect();
    chart::shares(body, visit.of("顾客按步骤", "Customers by step"), &shares);
    body.raw("</div><p class=soft>").text(visit.of(
        "定义:1 建了档;2 买过,之后还没联系;3 最近一次购买后已经联系上。再买一次,又从第 2 步开始。",
        "Definition: 1 on file; 2 bought, and nobody has been in touch since; 3 in touch since the last purchase. The next purchase begins step 2 again.",
    ));
    body.raw(" ").link("/stores", visit.of("各门店", "By store")).raw("</p>");
}

fn regulars(visit: &Visit, measured: &Measured, body: &mut Html) {
    let of = |part: u64| {
        format!("{} / {}", grouped(&part.to_string()), grouped(&measured.persons.to_string()))
    };
    body.raw("<div class=panels>");
    panel(
        body,
        visit.of("老顾客:买过,有我们的联系方式", "Regulars: bought, and have our contact"),
        per_mille(measured.trusting, measured.persons),
        &of(measured.trusting),
        visit.of(
            "定义:买过,且拿到过带联系方式的小票,或已被我们联系到;占全部建档顾客。",
            "Definition: bought, and got a receipt with our contact on it or was reached by us; of all on file.",
        ),
    );
    panel(
        body,
        visit.of("老顾客:买过两次以上", "Regulars: bought twice or more"),
        per_mille(measured.twice, measured.persons),
        &of(measured.twice),
        visit.of(
            "定义:在两个或更多的日子买过;占全部建档顾客。和左边是两种定义,不可混用。",
            "Definition: bought on two days or more; of all on file. Another definition than the one before: not to be mixed.",
        ),
    );
    let (members, alone) = measured.members;
    panel(
        body,
        visit.of("会员有两个人认得", "Members whom two of the staff know"),
        per_mille(members - alone.min(members), members),
        &format!("{} / {members}", members - alone.min(members)),
        visit.of(
            "定义:今天有等级的顾客里,登记的在职接待人至少两名的;目标是全部。",
            "Definition: of customers with a tier today, those whom two active associates look after. The aim is all.",
        ),
    );
    body.raw("</div>");
}
